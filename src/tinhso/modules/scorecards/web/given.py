"""«Số liệu từ nguồn khác»: one figure or a workbook, and another person's word for them."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tinhso.kernel.access.api import allow
from tinhso.kernel.access.web import ActorRequest, guarded, local_day
from tinhso.modules.scorecards.queries import given, progress
from tinhso.modules.scorecards.rules import GIVABLE, INDICATORS
from tinhso.modules.scorecards.services.given import (
    CannotDecideFigure,
    CannotGive,
    check_month,
    confirm,
    give,
    is_closed,
    read_figure,
    refuse,
)
from tinhso.modules.scorecards.services.given_sheets import CannotReadFigures, read_table, template
from tinhso.modules.scorecards.services.sheets import XLSX
from tinhso.modules.scorecards.web.asking import neighbours, read_month

MOST_BYTES = 5 * 1024 * 1024


def _usual(request: ActorRequest) -> date:
    """The month asked for; else the one before this one, whose figures are given now, as long as it is not closed."""
    today, text = local_day(request.now), request.GET.get("month", "")
    month = read_month(text, today, before=True)
    return month if text or not is_closed(month) else read_month("", today)


@never_cache
@require_GET
@guarded("scorecards.see_given")
def listing(request: ActorRequest) -> HttpResponse:
    month = _usual(request)
    asked = request.GET.get("page", "")[:6]
    number = max(1, int(asked)) if asked.isascii() and asked.isdigit() else 1
    rows, total = given.figures_of(month=month, actor=request.actor, page=number)
    address = reverse("scorecards:given")
    here = f"{address}?month={month:%Y-%m}"
    context = {
        "month": month,
        "rows": rows,
        "total": total,
        "any_to_decide": any(row.may_decide for row in rows),
        "may_give": bool(allow(request.actor, "scorecards.give_figures")),
        "open": _open(month, request),
        "here": here,
        "previous_url": f"{here}&page={number - 1}" if number > 1 else "",
        "next_url": f"{here}&page={number + 1}" if number * given.PAGE < total else "",
        **neighbours(month, local_day(request.now), address),
    }
    return render(request, "scorecards/given.html", context)


def _open(month: date, request: ActorRequest) -> str:
    """Why the month takes no figures; "": it does."""
    try:
        check_month(month, now=request.now)
    except CannotGive as refusal:
        return str(refusal)
    return ""


@never_cache
@require_http_methods(["GET", "POST"])
@guarded("scorecards.give_figures")
def new(request: ActorRequest) -> HttpResponse:
    """One figure."""
    month = _usual(request)
    agencies = progress.agencies_within(request.actor, "scorecards.give_figures")
    names = ("agency", "indicator", "numerator", "denominator", "source")
    typed = {name: str(request.POST.get(name, ""))[:1000] for name in names}
    if request.method == "GET" and len(agencies) == 1:
        typed["agency"] = str(agencies[0].id)
    errors: dict[str, str] = {}
    if request.method == "POST":
        try:
            chosen = next((one.id for one in agencies if str(one.id) == typed["agency"]), None)
            figure = read_figure(agency_id=chosen, **{name: typed[name] for name in names[1:]})
            give(month=month, figures=[figure], actor=request.actor, now=request.now)
        except CannotGive as refusal:
            errors = refusal.errors
        else:
            messages.success(request, "Đã ghi số liệu. Người khác xác nhận thì mới được tính.")
            return redirect(f"{reverse('scorecards:given')}?month={month:%Y-%m}")
    context = {
        "month": month,
        "agencies": [(str(one.id), one.name) for one in agencies],
        "indicators": [(key, f"{INDICATORS[key].code} {INDICATORS[key].title}") for key in GIVABLE],
        "typed": typed,
        "errors": errors,
        "error_list": [(key if key in names else "", text) for key, text in errors.items()],
        "closed": "" if errors else _open(month, request),
        "back": f"{reverse('scorecards:given')}?month={month:%Y-%m}",
    }
    return render(request, "scorecards/given_new.html", context, status=422 if errors else 200)


@never_cache
@require_GET
@guarded("scorecards.give_figures")
def workbook(request: ActorRequest) -> HttpResponse:
    """The workbook to fill, for the agencies of who asks."""
    month = _usual(request)
    made = template(month, progress.agencies_within(request.actor, "scorecards.give_figures"))
    stream = io.BytesIO()
    made.save(stream)
    name = f"so-lieu-nguon-khac-{month:%Y-%m}.xlsx"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(stream.getvalue(), content_type=XLSX, headers=headers)


@never_cache
@require_http_methods(["GET", "POST"])
@guarded("scorecards.give_figures")
def upload(request: ActorRequest) -> HttpResponse:
    """A filled workbook: all of it, or nothing and every cell that is wrong."""
    month = _usual(request)
    error, problems, more = "", [], 0
    if request.method == "POST":
        try:
            content, filename = _uploaded(request)
            agencies = progress.agencies_within(request.actor, "scorecards.give_figures")
            figures = read_table(content, filename, month=month, agencies=agencies)
            made = give(month=month, figures=figures, actor=request.actor, now=request.now)
        except CannotReadFigures as refusal:
            error = f"Chưa nhận số liệu nào: tệp có {refusal.count} chỗ cần sửa."
            problems, more = refusal.problems, refusal.count - len(refusal.problems)
        except CannotGive as refusal:
            error = str(refusal)
        else:
            messages.success(request, f"Đã ghi {len(made)} số liệu. Người khác xác nhận thì mới được tính.")
            return redirect(f"{reverse('scorecards:given')}?month={month:%Y-%m}")
    context = {
        "month": month,
        "error": error,
        "error_list": [("file", text) for text in problems or ([error] if error else [])]
        + ([("", f"Và {more} chỗ khác.")] if more else []),
        "closed": "" if error else _open(month, request),
        "here": f"?month={month:%Y-%m}",
        "back": f"{reverse('scorecards:given')}?month={month:%Y-%m}",
    }
    return render(request, "scorecards/given_upload.html", context, status=422 if error else 200)


def _uploaded(request: ActorRequest) -> tuple[bytes, str]:
    sent: Any = next(iter(request.FILES.getlist("file")), None)
    if sent is None:
        raise CannotReadFigures(["Chọn tệp đã điền theo mẫu (.xlsx)."])
    if (sent.size or 0) > MOST_BYTES or getattr(sent, "refusal", ""):
        raise CannotReadFigures(["Tệp lớn quá 5 MB. Chia thành nhiều tệp."])
    return sent.read(), sent.name or ""


def _figure(request: ActorRequest, figure_id: int) -> tuple[given.FigureInfo, ...]:
    found = given.figure_of(figure_id, request.actor)
    if not found:
        raise Http404
    return found


@never_cache
@require_GET
@guarded("scorecards.see_given")
def figure(request: ActorRequest, figure_id: int) -> HttpResponse:
    """A figure with what was given of the same before and after; and another person's word."""
    return _show(request, _figure(request, figure_id))


def _show(request: ActorRequest, found: tuple[given.FigureInfo, ...], error: str = "", typed: str = "") -> HttpResponse:
    one, *others = found
    context = {
        "one": one,
        "others": others,
        "typed": typed,
        "error": error,
        "error_list": [("reason", error)] if error else [],
        "back": f"{reverse('scorecards:given')}?month={one.month:%Y-%m}",
    }
    return render(request, "scorecards/given_figure.html", context, status=422 if error else 200)


@require_POST
@guarded("scorecards.confirm_figures")
def confirm_some(request: ActorRequest) -> HttpResponse:
    """Those that were marked, all or none."""
    marked = [
        int(text) for text in request.POST.getlist("figure") if text.isascii() and text.isdigit() and len(text) < 16
    ]
    try:
        count = confirm(figure_ids=marked, actor=request.actor, now=request.now)
    except CannotDecideFigure as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"Đã xác nhận {count} số liệu; từ nay được tính vào điểm.")
    month = read_month(request.POST.get("month", ""), local_day(request.now), before=True)
    return redirect(f"{reverse('scorecards:given')}?month={month:%Y-%m}")


@require_POST
@guarded("scorecards.confirm_figures")
def refuse_one(request: ActorRequest, figure_id: int) -> HttpResponse:
    found = _figure(request, figure_id)
    reason = request.POST.get("reason", "")[:1000]
    try:
        refuse(figure_id=figure_id, reason=reason, actor=request.actor, now=request.now)
    except CannotDecideFigure as refusal:
        return _show(request, found, str(refusal), reason)
    messages.success(request, "Đã ghi là không xác nhận, kèm lý do.")
    return redirect(f"{reverse('scorecards:given')}?month={found[0].month:%Y-%m}")
