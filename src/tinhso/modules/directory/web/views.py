"""Pages of the directory: the public list of agencies; for officers the organisations, the staff, the import."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tinhso.kernel.access.api import allow
from tinhso.kernel.access.web import ActorRequest, guarded
from tinhso.kernel.ui.typed import parse_date
from tinhso.modules.directory.queries import pages
from tinhso.modules.directory.queries.pages import Listing
from tinhso.modules.directory.rules import KINDS, LEVELS
from tinhso.modules.directory.services.importing import CannotImport, apply, upload
from tinhso.modules.directory.services.workbooks import MAX_BYTES, CannotRead
from tinhso.modules.directory.web.chart import draw
from tinhso.modules.directory.web.spreadsheets import organisations_workbook, staff_workbook, template_workbook

MAX_WORDS = 200


@require_GET
@guarded("directory.browse")
def public(request: ActorRequest) -> HttpResponse:
    today = request.now.date()
    text = _words(request)
    level = "commune" if request.GET.get("level") == "commune" else "province"
    found = pages.public_listing(on=today, text=text, level=level, page=_page(request))
    former, former_count = pages.former_listing(on=today, text=text)
    tabs = [
        {"title": title, "url": f"{reverse('directory:public')}?level={key}", "current": level == key}
        for key, title in (("province", "Cấp tỉnh"), ("commune", "Xã, phường"))
    ]
    context = {
        "text": text, "level": level, "found": found, "former": former, "former_count": former_count, "tabs": tabs,
    }  # fmt: skip
    return render(request, "directory/public.html", context | _neighbours(request, found))


@dataclass(frozen=True)
class _Filters:
    text: str
    level: str
    kind: str
    parent_id: int | None
    ended: bool
    on: date
    on_typed: str = ""
    on_error: str = ""


def _filters(request: ActorRequest) -> _Filters:
    """The filters of the officer's list; a filter that makes no sense is as good as none, a wrong date is told."""
    given = request.GET
    level, kind, parent = given.get("level", ""), given.get("kind", ""), given.get("parent", "")
    typed = given.get("on", "").strip()[:20]
    on, wrong = request.now.date(), ""
    try:
        on = parse_date(typed) or on
    except ValueError as reason:
        wrong = str(reason)
    return _Filters(
        text=_words(request),
        level=level if level in LEVELS else "",
        kind=kind if kind in KINDS else "",
        parent_id=_number(parent),
        ended=given.get("ended") == "1",
        on=on,
        on_typed=typed,
        on_error=wrong,
    )


@require_GET
@guarded("directory.view")
def organisations(request: ActorRequest) -> HttpResponse:
    wanted = _filters(request)
    found = pages.organisation_listing(
        on=wanted.on, text=wanted.text, level=wanted.level, kind=wanted.kind, parent_id=wanted.parent_id,
        ended=wanted.ended, page=_page(request),
    )  # fmt: skip
    context = {
        "wanted": wanted,
        "found": found,
        "levels": list(LEVELS.items()),
        "kinds": list(KINDS.items()),
        "tabs": _tabs("organisations"),
        "may_import": bool(allow(request.actor, "directory.import")),
    }
    return render(request, "directory/organisations.html", context | _neighbours(request, found))


@require_GET
@guarded("directory.export")
def export(request: ActorRequest) -> HttpResponse:
    wanted = _filters(request)
    rows = pages.organisation_rows(
        on=wanted.on, text=wanted.text, level=wanted.level, kind=wanted.kind, parent_id=wanted.parent_id,
        ended=wanted.ended,
    )  # fmt: skip
    return organisations_workbook(rows)


@require_GET
@guarded("directory.view")
def tree(request: ActorRequest) -> HttpResponse:
    return render(
        request, "directory/tree.html", {"branches": pages.tree(on=request.now.date()), "tabs": _tabs("tree")}
    )


@require_GET
@guarded("directory.view")
def organisation(request: ActorRequest, organisation_id: int) -> HttpResponse:
    shown = pages.organisation_page(organisation_id, on=request.now.date())
    if shown is None:
        raise Http404("Không có cơ quan này.")
    crumbs = [("Cơ quan", reverse("directory:organisations"))]
    crumbs += [(row.short_name or row.name, reverse("directory:organisation", args=[row.pk])) for row in shown.above]
    crumbs.append((shown.organisation.short_name or shown.organisation.name, ""))
    return render(request, "directory/organisation.html", {"shown": shown, "crumbs": crumbs})


@require_GET
@guarded("directory.view")
def staff(request: ActorRequest) -> HttpResponse:
    text = _words(request)
    found = pages.staff_listing(on=request.now.date(), text=text, page=_page(request))
    context = {"text": text, "found": found, "tabs": _tabs("staff")}
    return render(request, "directory/staff.html", context | _neighbours(request, found))


@require_GET
@guarded("directory.view")
def staff_member(request: ActorRequest, user_id: int) -> HttpResponse:
    shown = pages.staff_page(user_id, on=request.now.date())
    if shown is None:
        raise Http404("Không có cán bộ này.")
    context = {
        "shown": shown,
        "may_manage": bool(allow(request.actor, "directory.manage_staff")),
        "may_request": bool(allow(request.actor, "directory.request_role_for")),
    }
    return render(request, "directory/staff_member.html", context)


@require_GET
@guarded("directory.export")
def staff_export(request: ActorRequest) -> HttpResponse:
    """The staff that the list shows, as a workbook."""
    return staff_workbook(pages.staff_lines(on=request.now.date(), text=_words(request)))


@require_GET
@guarded("directory.view")
def chart(request: ActorRequest, organisation_id: int) -> HttpResponse:
    """The organisation drawn: itself, its units with their people, what stands below."""
    found = pages.chart_of(organisation_id, on=request.now.date())
    if found is None:
        raise Http404("Không có cơ quan này.")
    return render(
        request,
        "directory/chart.html",
        {"chart": found, "drawings": [("wide", draw(found)), ("narrow", draw(found, per_row=1))]},
    )


@require_http_methods(["GET", "HEAD", "POST"])
@guarded("directory.import")
def import_start(request: ActorRequest) -> HttpResponse:
    error = ""
    if request.method == "POST":
        try:
            number = upload(
                content=_uploaded(request), filename=_filename(request), actor=request.actor, now=request.now
            )
            return redirect("directory:import_batch", batch_id=number)
        except (CannotRead, CannotImport) as reason:
            error = str(reason)
    context = {
        "error": error,
        "errors": [("file", error)] if error else [],
        "batches": pages.import_batches(request.actor),
    }
    return render(request, "directory/import_start.html", context, status=422 if error else 200)


@require_GET
@guarded("directory.import")
def import_batch(request: ActorRequest, batch_id: int) -> HttpResponse:
    batch = pages.import_batch(batch_id, request.actor)
    if batch is None:
        raise Http404("Không có lần nhập này.")
    return render(request, "directory/import_batch.html", {"batch": batch})


@require_POST
@guarded("directory.import")
def import_apply(request: ActorRequest, batch_id: int) -> HttpResponse:
    if pages.import_batch(batch_id, request.actor) is None:
        raise Http404("Không có lần nhập này.")
    try:
        written = apply(batch_id=batch_id, actor=request.actor, now=request.now)
    except CannotImport as reason:
        messages.error(request, str(reason))
    else:
        messages.success(request, f"Đã nhập {written} dòng." if written else "Tệp này đã được nhập trước đó.")
    return redirect("directory:import_batch", batch_id=batch_id)


@require_GET
@guarded("directory.import")
def import_template(request: ActorRequest) -> HttpResponse:
    return template_workbook()


def _uploaded(request: ActorRequest) -> bytes:
    given = request.FILES.get("file")
    if given is None:
        raise CannotRead("Chưa chọn tệp.")
    # The size is known before the content is read into memory.
    if (given.size or 0) > MAX_BYTES:
        raise CannotRead(f"Tệp lớn quá {MAX_BYTES // 1024 // 1024} MB.")
    content: bytes = given.read()
    return content


def _filename(request: ActorRequest) -> str:
    given = request.FILES.get("file")
    return (given.name or "") if given else ""


def _words(request: ActorRequest) -> str:
    return " ".join(request.GET.get("q", "").replace("\0", " ").split())[:MAX_WORDS]


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else None


def _page(request: ActorRequest) -> int:
    return min(_number(request.GET.get("page")) or 1, 1_000_000)


def _tabs(current: str) -> list[dict[str, Any]]:
    tabs = (("organisations", "Danh sách"), ("tree", "Sơ đồ cây"), ("staff", "Cán bộ"))
    return [{"title": title, "url": reverse(f"directory:{key}"), "current": key == current} for key, title in tabs]


def _neighbours(request: ActorRequest, found: Listing) -> dict[str, str]:
    """The addresses of the page before and after, with everything else of the address kept."""

    def address(page: int) -> str:
        given: QueryDict = request.GET.copy()
        given["page"] = str(page)
        return f"{request.path}?{given.urlencode()}"

    return {
        "previous": address(found.page - 1) if found.page > 1 else "",
        "next": address(found.page + 1) if found.page < found.pages else "",
    }
