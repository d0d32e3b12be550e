"""The clerk's counter: cash with change, VietQR, exemption with its ground, the printed receipt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.safestring import mark_safe
from django.views.decorators.cache import never_cache

from tinhso.kernel.access.api import Refused, allow, require
from tinhso.kernel.access.web import ActorRequest, guarded
from tinhso.kernel.audit.api import record_look
from tinhso.kernel.files.api import respond
from tinhso.kernel.pdf import qr_svg
from tinhso.kernel.ui.typed import parse_money
from tinhso.modules.payments.models import Charge, Receipt
from tinhso.modules.payments.queries.charges import ChargeNotFound, charge_info, charge_row
from tinhso.modules.payments.rules.amounts import dong
from tinhso.modules.payments.rules.vietqr import payload
from tinhso.modules.payments.rules.words import AttemptState, ChargeState, Method
from tinhso.modules.payments.services.charging import CannotExempt, exempt
from tinhso.modules.payments.services.receipts import ensure_receipt
from tinhso.modules.payments.services.taking import (
    CannotTake,
    begin_vietqr,
    confirm_vietqr,
    receiving_account,
    take_cash,
)
from tinhso.modules.payments.web.citizen import TONES


@dataclass(frozen=True)
class Typed:
    """What was posted and could not be done: at which field, why, and the texts."""

    place: str = ""
    message: str = ""
    values: dict[str, str] = field(default_factory=dict)


def open_here(request: ActorRequest, public_id: UUID) -> Charge:
    try:
        row = charge_row(public_id)
    except ChargeNotFound:
        raise Http404 from None
    decision = allow(request.actor, "payments.take", row)
    if not decision:
        raise Refused(decision.reason, permission="payments.take")
    record_look(who=request.actor, action="payments.look", object_ref=row.subject_ref, now=request.now)
    return row


@never_cache
@guarded("payments.take")
def counter(request: ActorRequest, public_id: UUID) -> HttpResponseBase:
    """«Thu phí, lệ phí» of one charge."""
    row = open_here(request, public_id)
    if request.method != "POST":
        return _show(request, row, Typed())
    action = ACTIONS.get(request.POST.get("do", ""))
    if action is None:
        return redirect("payments:counter", public_id)
    place, do = action
    try:
        do(request, public_id)
    except (CannotTake, CannotExempt) as refusal:
        values = {name: request.POST.get(name, "") for name in ("tendered", "bank_reference", "ground")}
        return _show(request, open_here(request, public_id), Typed(place, str(refusal), values))
    return redirect("payments:counter", public_id)


def _cash(request: ActorRequest, public_id: UUID) -> None:
    try:
        tendered = parse_money(request.POST.get("tendered", ""))
    except ValueError as wrong:
        raise CannotTake(f"{wrong}.") from None
    if tendered is None:
        raise CannotTake("Nhập số tiền người nộp đưa.")
    taken = take_cash(public_id=public_id, tendered=tendered, actor=request.actor, now=request.now)
    change = f" Thối lại {dong(taken.change)}." if taken.change else ""
    messages.success(request, f"Đã thu {dong(taken.amount)}.{change} In biên lai đưa người nộp.")


def _vietqr(request: ActorRequest, public_id: UUID) -> None:
    begin_vietqr(public_id=public_id, actor=request.actor, now=request.now)


def _confirm(request: ActorRequest, public_id: UUID) -> None:
    taken = confirm_vietqr(
        public_id=public_id,
        bank_reference=request.POST.get("bank_reference", ""),
        actor=request.actor,
        now=request.now,
    )
    messages.success(request, f"Đã ghi nhận {dong(taken.amount)} qua VietQR.")


def _exempt(request: ActorRequest, public_id: UUID) -> None:
    exempt(public_id=public_id, ground=request.POST.get("ground", ""), actor=request.actor, now=request.now)
    messages.success(request, "Đã ghi nhận miễn phí, lệ phí.")


# What a button does, and the field at which a refusal is told.
ACTIONS: dict[str, tuple[str, Callable[[ActorRequest, UUID], None]]] = {
    "cash": ("tendered", _cash),
    "vietqr": ("vietqr", _vietqr),
    "confirm": ("bank_reference", _confirm),
    "exempt": ("ground", _exempt),
}


def _show(request: ActorRequest, row: Charge, typed: Typed) -> HttpResponse:
    charge = charge_info(row)
    account = receiving_account()
    code = next(
        (
            one
            for one in charge.attempts
            if one.provider == Method.VIETQR and one.state == AttemptState.WAITING and one.expires_at > request.now
        ),
        None,
    )
    owed = charge.state == ChargeState.OPEN
    # Without a code on the screen there is no box for the bank's number.
    place = "vietqr" if typed.place == "bank_reference" and not code else typed.place
    context = {
        "charge": charge,
        "tone": TONES[charge.state],
        "owed": owed,
        "code": code if owed else None,
        "qr": mark_safe(qr_svg(payload(account, amount=code.amount, memo=code.reference)))  # noqa: S308 - drawn by us
        if code and owed
        else "",
        "account": account,
        "notes": _notes(charge.amount) if owed else (),
        "online_waiting": owed
        and charge.online_attempt is not None
        and charge.online_attempt.state == AttemptState.WAITING,
        "typed": typed,
        "place": place,
        "errors": [(place, typed.message)] if typed.message else [],
    }
    return render(request, "payments/officer/counter.html", context, status=422 if typed.message else 200)


def _notes(amount: int) -> tuple[int, ...]:
    """Sums that people hand over for an amount: the next round ones."""
    found = {-(-amount // step) * step for step in (1, 10_000, 50_000, 100_000, 500_000)}
    return tuple(sorted(found))[:4]


@never_cache
@guarded("payments.view_receipt")
def receipt(request: ActorRequest, receipt_id: int) -> HttpResponseBase:
    """A receipt as PDF, to be printed for the payer or looked up from the day book."""
    found = Receipt.objects.select_related("payment__charge").filter(pk=receipt_id).first()
    if found is None:
        raise Http404
    require(request.actor, "payments.view_receipt", found.payment.charge)
    record_look(who=request.actor, action="payments.look", object_ref=found.payment.charge.subject_ref, now=request.now)
    file_id = ensure_receipt(receipt_id=receipt_id, actor=request.actor, now=request.now)
    return respond(file_id, inline=True, request=request)
