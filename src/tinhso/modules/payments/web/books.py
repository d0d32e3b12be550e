"""The day book with its totals, and refunds."""

from __future__ import annotations

from datetime import date

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache

from tinhso.kernel.access.api import allow, reach, require
from tinhso.kernel.access.web import ActorRequest, guarded, local_day
from tinhso.kernel.audit.api import record_look
from tinhso.kernel.ui.typed import parse_date, parse_money
from tinhso.modules.directory import api as directory
from tinhso.modules.payments.models import Payment
from tinhso.modules.payments.queries.books import day_book, refunds, surplus_without_refund
from tinhso.modules.payments.queries.charges import charge_info, charge_row
from tinhso.modules.payments.rules.words import RefundState
from tinhso.modules.payments.services.exporting import day_book_xlsx
from tinhso.modules.payments.services.refunding import (
    CannotRefund,
    ask_refund,
    decide_refund,
    finish_refund,
    left_to_refund,
)

REFUND_TONES = {
    RefundState.ASKED: "warning",
    RefundState.APPROVED: "progress",
    RefundState.DECLINED: "neutral",
    RefundState.DONE: "success",
}
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _places(request: ActorRequest, permission: str) -> list[tuple[int, str]]:
    """The organisations over which the officer holds it and that take money, in Vietnamese order."""
    known = set(reach(request.actor, permission))
    taking = set(Payment.objects.filter(organisation_id__in=known).values_list("organisation_id", flat=True).distinct())
    chosen = taking or known
    found = directory.organisations_by_id(chosen)
    return sorted(((one.id, one.name) for one in found.values()), key=lambda pair: pair[1])[:200]


def _asked(request: ActorRequest, places: list[tuple[int, str]]) -> tuple[int | None, date, str]:
    """The place and day asked for; a day that cannot be read is told and today's book shown."""
    chosen = request.GET.get("organisation", "")
    numbers = [number for number, _ in places]
    place = int(chosen) if chosen.isdecimal() and int(chosen) in numbers else (numbers[0] if numbers else None)
    try:
        return place, parse_date(request.GET.get("day", "")) or local_day(request.now), ""
    except ValueError as wrong:
        return place, local_day(request.now), f"{wrong}."


@never_cache
@guarded("payments.day_book")
def show_day_book(request: ActorRequest) -> HttpResponse:
    """«Sổ thu ngày»."""
    places = _places(request, "payments.day_book")
    place, day, error = _asked(request, places)
    context = {
        "places": places,
        "place": place,
        "place_name": dict(places).get(place or 0, ""),
        "day": day,
        "typed_day": request.GET.get("day", "") if error else f"{day:%d/%m/%Y}",
        "error": error,
        "book": day_book([place] if place else [], day),
        "may_refund": bool(allow(request.actor, "payments.ask_refund")),
        "may_take": bool(allow(request.actor, "payments.take")),
    }
    return render(request, "payments/officer/day_book.html", context, status=422 if error else 200)


@never_cache
@guarded("payments.day_book")
def export_day_book(request: ActorRequest) -> HttpResponseBase:
    """The same as a workbook. The trail tells who took it away."""
    places = _places(request, "payments.day_book")
    place, day, error = _asked(request, places)
    if error or place is None:
        return redirect("payments:day_book")
    stream = day_book_xlsx(
        organisation_id=place, name=dict(places)[place], day=day, actor=request.actor, now=request.now
    )
    return FileResponse(stream, as_attachment=True, filename=f"so-thu-{day:%Y-%m-%d}.xlsx", content_type=XLSX)


@never_cache
@guarded("payments.see_refunds")
def show_refunds(request: ActorRequest) -> HttpResponse:
    """«Hoàn trả»: what waits for whom, surplus money that nobody has asked back yet, what is done."""
    return _refunds(request)


def _refunds(request: ActorRequest, place: str = "", message: str = "", typed: str = "") -> HttpResponse:
    over = reach(request.actor, "payments.see_refunds")
    rows = refunds(over)
    context = {
        "asked": [row for row in rows if row.state == RefundState.ASKED],
        "approved": [row for row in rows if row.state == RefundState.APPROVED],
        "finished": [row for row in rows if row.state in (RefundState.DONE, RefundState.DECLINED)],
        "surplus": surplus_without_refund(over),
        "tones": REFUND_TONES,
        "may_ask": bool(allow(request.actor, "payments.ask_refund")),
        "may_approve": bool(allow(request.actor, "payments.approve_refund")),
        "may_finish": bool(allow(request.actor, "payments.do_refund")),
        "me": request.actor.user_id,
        "place": place,
        "message": message,
        "typed": typed,
        "errors": [(place, message)] if message else [],
    }
    return render(request, "payments/officer/refunds.html", context, status=422 if message else 200)


@never_cache
@guarded("payments.ask_refund")
def ask(request: ActorRequest, payment_id: int) -> HttpResponseBase:
    """«Đề nghị hoàn trả» of one payment."""
    payment = Payment.objects.select_related("charge").filter(pk=payment_id).first()
    if payment is None:
        raise Http404
    require(request.actor, "payments.ask_refund", payment.charge)
    record_look(who=request.actor, action="payments.look", object_ref=payment.charge.subject_ref, now=request.now)
    amount, reason, message = request.POST.get("amount", ""), request.POST.get("reason", ""), ""
    left = left_to_refund(payment.pk, payment.amount)
    if request.method == "POST":
        try:
            try:
                parsed = parse_money(amount)
            except ValueError as wrong:
                raise CannotRefund(f"{wrong}.") from None
            ask_refund(payment_id=payment_id, amount=parsed or 0, reason=reason, actor=request.actor, now=request.now)
        except CannotRefund as refusal:
            message = str(refusal)
        else:
            messages.success(request, "Đã gửi đề nghị hoàn trả. Người duyệt khác sẽ xem xét.")
            return redirect("payments:refunds")
    charge = charge_info(charge_row(payment.charge.public_id))
    context = {
        "charge": charge,
        "payment": next(one for one in charge.payments if one.id == payment_id),
        "left": left,
        "amount": amount or left,
        "reason": reason,
        "message": message,
        "in_reason": "lý do" in message,
        "errors": [("reason" if "lý do" in message else "amount", message)] if message else [],
    }
    return render(request, "payments/officer/refund_ask.html", context, status=422 if message else 200)


@never_cache
@guarded("payments.approve_refund")
def decide(request: ActorRequest, refund_id: int) -> HttpResponseBase:
    """«Duyệt» or «Không duyệt»."""
    if request.method != "POST":
        return redirect("payments:refunds")
    note = request.POST.get("note", "")
    approve = request.POST.get("decision") == "approve"
    try:
        decide_refund(
            refund_id=_known(request, refund_id), approve=approve, note=note, actor=request.actor, now=request.now
        )
    except CannotRefund as refusal:
        return _refunds(request, f"note-{refund_id}", str(refusal), note)
    messages.success(request, "Đã duyệt hoàn trả." if approve else "Đã trả lại đề nghị, không duyệt.")
    return redirect("payments:refunds")


@never_cache
@guarded("payments.do_refund")
def finish(request: ActorRequest, refund_id: int) -> HttpResponseBase:
    """«Đã chi trả», with its voucher."""
    if request.method != "POST":
        return redirect("payments:refunds")
    reference = request.POST.get("reference", "")
    try:
        finish_refund(refund_id=_known(request, refund_id), reference=reference, actor=request.actor, now=request.now)
    except CannotRefund as refusal:
        return _refunds(request, f"reference-{refund_id}", str(refusal), reference)
    messages.success(request, "Đã ghi nhận hoàn trả.")
    return redirect("payments:refunds")


def _known(request: ActorRequest, refund_id: int) -> int:
    if not any(row.id == refund_id for row in refunds(reach(request.actor, "payments.see_refunds"))):
        raise Http404
    return refund_id
