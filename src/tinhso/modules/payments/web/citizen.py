"""The payer's pages: what is owed and why, how to pay, how it stands, the receipt."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache

from tinhso.kernel.access.web import ActorRequest, guarded
from tinhso.kernel.files.api import respond
from tinhso.modules.payments.models import Charge
from tinhso.modules.payments.queries.charges import ChargeInfo, ChargeNotFound, charge_info, charge_row, providers_away
from tinhso.modules.payments.rules.words import AttemptState, ChargeState
from tinhso.modules.payments.services.online import CannotPay
from tinhso.modules.payments.services.online import start as start_online
from tinhso.modules.payments.services.payer import may_pay, opened_in
from tinhso.modules.payments.services.providers import providers
from tinhso.modules.payments.services.receipts import ensure_receipt

TONES = {
    ChargeState.OPEN: "warning",
    ChargeState.PAID: "success",
    ChargeState.EXEMPT: "success",
    ChargeState.CANCELLED: "neutral",
    ChargeState.REFUNDED: "info",
}


@dataclass(frozen=True)
class Choice:
    """A way to pay online. `why_not` empty: it can be chosen."""

    code: str
    title: str
    help: str
    why_not: str


HELP = {
    "vnpay": "Thẻ ATM, thẻ quốc tế hoặc quét mã bằng ứng dụng ngân hàng.",
    "paygov": "Tài khoản ngân hàng hoặc ví điện tử, qua nền tảng thanh toán của Cổng Dịch vụ công quốc gia.",
}


def own_charge(request: ActorRequest, public_id: UUID) -> Charge:
    """The charge when this browser may pay it; else 404: whether it exists is not told."""
    try:
        row = charge_row(public_id)
    except ChargeNotFound:
        raise Http404 from None
    if not may_pay(request.actor, row, opened_in(request.session, now=request.now)):
        raise Http404
    return row


@never_cache
@guarded("payments.pay")
def show(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """«Thanh toán»."""
    return show_charge(request, charge_info(own_charge(request, public_id)))


def show_charge(request: ActorRequest, charge: ChargeInfo, error: str = "") -> HttpResponse:
    attempt = charge.online_attempt
    waiting = attempt is not None and charge.state == ChargeState.OPEN and attempt.state == AttemptState.WAITING
    doors = providers()
    away = providers_away(list(doors), now=request.now)
    choices = []
    for code, door in doors.items():
        why_not = "" if door.connected and code not in away else "chưa kết nối"
        choices.append(Choice(code, door.title, HELP[code], why_not))
    context = {
        "charge": charge,
        "tone": TONES[charge.state],
        "attempt": attempt,
        "waiting": waiting,
        "may_continue": waiting and bool(attempt and attempt.pay_url and attempt.expires_at > request.now),
        "choices": choices,
        "any_choice": any(not choice.why_not for choice in choices),
        "error": error,
    }
    return render(request, "payments/citizen/show.html", context, status=422 if error else 200)


@never_cache
@guarded("payments.pay")
def start(request: ActorRequest, public_id: UUID) -> HttpResponseBase:
    """To the provider. A GET leads back to the page."""
    if request.method != "POST":
        return redirect("payments:show", public_id)
    row = own_charge(request, public_id)
    chosen = request.POST.get("provider", "")
    try:
        if not chosen:
            raise CannotPay("Chọn cổng thanh toán.")
        address = start_online(
            public_id=public_id,
            code=chosen,
            payer_address=request.META.get("REMOTE_ADDR") or "127.0.0.1",
            opened=opened_in(request.session, now=request.now),
            actor=request.actor,
            now=request.now,
        )
    except CannotPay as refusal:
        return show_charge(request, charge_info(row), str(refusal))
    return HttpResponseRedirect(address)


start.methods = ("POST",)  # type: ignore[attr-defined]  # For the rights table: a GET only leads away.


@never_cache
@guarded("payments.pay")
def receipt(request: ActorRequest, public_id: UUID) -> HttpResponseBase:
    """The receipt as PDF."""
    found = charge_info(own_charge(request, public_id)).receipt
    if found is None:
        messages.warning(request, "Khoản này chưa có biên lai: chưa nộp, hoặc được miễn.")
        return redirect("payments:show", public_id)
    file_id = ensure_receipt(receipt_id=found.id, actor=request.actor, now=request.now)
    return respond(file_id, inline=True, request=request)
