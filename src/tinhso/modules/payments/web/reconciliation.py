"""Reconciliation with the providers' statements, and how the providers answer."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache

from tinhso.kernel.access.api import allow, reach
from tinhso.kernel.access.web import ActorRequest, guarded, local_day
from tinhso.kernel.ui.typed import parse_date
from tinhso.modules.payments.queries.books import differences, provider_health, statements
from tinhso.modules.payments.rules.amounts import dong
from tinhso.modules.payments.rules.reconciling import HEAD
from tinhso.modules.payments.services.providers import providers
from tinhso.modules.payments.services.reconciling import (
    STATED,
    CannotReconcile,
    CannotSettleDifference,
    reconcile,
    settle_difference,
)
from tinhso.modules.payments.services.taking import receiving_account

STATEMENT_BYTES = 20 * 1024 * 1024


@never_cache
@guarded("payments.reconcile")
def reconciliation(request: ActorRequest) -> HttpResponseBase:
    """«Đối soát»: differences that wait for a person; a statement file read in."""
    if request.method != "POST":
        return _show(request)
    typed = {"provider": request.POST.get("provider", ""), "day": request.POST.get("day", "")}
    try:
        upload = request.FILES.get("statement")
        try:
            day = parse_date(typed["day"])
        except ValueError as wrong:
            raise CannotReconcile(f"{wrong}.") from None
        if day is None:
            raise CannotReconcile("Nhập ngày của bảng kê.")
        if upload is None:
            raise CannotReconcile("Chọn tệp bảng kê (CSV).")
        if (upload.size or 0) > STATEMENT_BYTES:
            raise CannotReconcile("Tệp lớn quá 20 MB. Hãy tách bảng kê.")
        done = reconcile(
            provider=typed["provider"], day=day, content=upload.read(), actor=request.actor, now=request.now
        )
    except CannotReconcile as refusal:
        return _show(request, place=_place_of(str(refusal)), message=str(refusal), typed=typed)
    if done.already:
        messages.info(request, f"Bảng kê này đã được đối soát. Còn {done.found} chênh lệch chưa đóng.")
    else:
        messages.success(
            request, f"Đã đối soát {done.rows} dòng, {dong(done.total)}: {done.found} chênh lệch cần xử lý."
        )
    return redirect("payments:reconciliation")


def _place_of(message: str) -> str:
    if message.startswith("Chọn cổng"):
        return "provider"
    return "day" if "ngày" in message.lower() and "tệp" not in message.lower() else "statement"


def _show(
    request: ActorRequest, *, place: str = "", message: str = "", typed: dict[str, str] | None = None, ground: str = ""
) -> HttpResponse:
    over = reach(request.actor, "payments.reconcile")
    context = {
        "unsettled": differences(over, settled=False),
        "settled": differences(over, settled=True)[:50],
        "statements": statements(),
        "providers": [(method.value, method.title) for method in STATED],
        "columns": ", ".join(HEAD),
        "may_settle": bool(allow(request.actor, "payments.settle_difference")),
        "typed": typed or {"provider": "", "day": f"{local_day(request.now) - timedelta(days=1):%d/%m/%Y}"},
        "ground": ground,
        "place": place,
        "message": message,
        "errors": [(place, message)] if message else [],
    }
    return render(request, "payments/officer/reconciliation.html", context, status=422 if message else 200)


@never_cache
@guarded("payments.settle_difference")
def settle(request: ActorRequest, difference_id: int) -> HttpResponseBase:
    """«Đóng chênh lệch», with its ground."""
    known = differences(reach(request.actor, "payments.settle_difference"), settled=False)
    if request.method != "POST" or not any(row.id == difference_id for row in known):
        return redirect("payments:reconciliation")
    ground = request.POST.get("ground", "")
    try:
        settle_difference(difference_id=difference_id, ground=ground, actor=request.actor, now=request.now)
    except CannotSettleDifference as refusal:
        return _show(request, place=f"ground-{difference_id}", message=str(refusal), ground=ground)
    messages.success(request, "Đã đóng chênh lệch.")
    return redirect("payments:reconciliation")


@never_cache
@guarded("payments.providers")
def show_providers(request: ActorRequest) -> HttpResponse:
    """«Cổng thanh toán»: who answers, what waits, what came in the last day."""
    doors = providers()
    health = provider_health(list(doors), since=request.now - timedelta(days=1))
    rows = []
    for code, door in doors.items():
        row = health[code]
        if not door.connected:
            state = ("neutral", "Chưa cấu hình")
        elif row.failures:
            state = ("danger", "Không trả lời")
        elif row.ok_at is None:
            state = ("neutral", "Chưa hỏi lần nào")
        else:
            state = ("success", "Đang kết nối")
        rows.append({"door": door, "health": row, "tone": state[0], "state": state[1]})
    return render(
        request, "payments/officer/providers.html", {"rows": rows, "account": receiving_account(), "now": request.now}
    )
