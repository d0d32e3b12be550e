"""The person is asked to pay before the work goes on (state 6), and the work goes on. No pause: no version names one."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from tinhso.kernel.access.api import Actor, require
from tinhso.kernel.audit.api import record
from tinhso.kernel.events.api import publish
from tinhso.modules.dossiers.events import PaymentRequested, PaymentSettled
from tinhso.modules.dossiers.models import Dossier, PaymentRequest
from tinhso.modules.dossiers.rules import MoneyState, State, may_become, state_after_waiting
from tinhso.modules.dossiers.services.money import owe, take_over
from tinhso.modules.dossiers.services.routing import begin
from tinhso.modules.dossiers.services.supplementing import task_in_hand
from tinhso.modules.payments import api as payments

MOST_DONG = 10_000_000_000


class CannotRequestPayment(ValueError):
    """Nothing owed can be asked for now. Nothing was changed."""


class CannotSettle(ValueError):
    """No payment is waited for, or it is still owed."""


@transaction.atomic
def request_payment(*, dossier_id: int, amount: int, reason: str, actor: Actor, now: datetime) -> int:
    """Ask for an amount in đồng before going on. Returns the request's number. Raises `CannotRequestPayment`."""
    dossier = Dossier.objects.select_for_update().get(pk=dossier_id)
    in_hand = task_in_hand(dossier, actor)
    require(actor, "dossiers.request_payment", in_hand or dossier)
    before = State(dossier.state)
    if before == State.REGISTERED:
        require(actor, "dossiers.accept", dossier)
    elif before not in (State.ACCEPTED, State.IN_PROGRESS):
        raise CannotRequestPayment(f"Hồ sơ {dossier.code} đang «{before.title}» nên chưa thể yêu cầu nộp tiền.")
    elif in_hand is None:
        raise CannotRequestPayment("Chỉ người đang xử lý bước hiện tại được yêu cầu nộp tiền.")
    if dossier.money_state == MoneyState.PAID:
        raise CannotRequestPayment("Hồ sơ đã nộp phí, lệ phí. Khoản thu thêm do bộ phận thu phí lập.")
    if not 0 < amount <= MOST_DONG:
        raise CannotRequestPayment("Nhập số tiền lớn hơn 0 đồng.")
    reason = reason.strip()
    if len(reason) < 5:
        raise CannotRequestPayment("Ghi rõ khoản phải nộp và căn cứ.")
    begin(dossier)
    before = State(dossier.state)
    request = PaymentRequest.objects.create(
        dossier=dossier, amount=amount, reason=reason[:2000], requested_at=now, requested_by_name=actor.label
    )
    owe(dossier, [payments.ChargeLine("Phí, lệ phí theo yêu cầu", amount)], reason=reason, actor=actor, now=now)
    dossier.state = State.PAYMENT_REQUESTED
    dossier.save(update_fields=["state", "charge", "fee_total", "money_state"])
    record(
        who=actor,
        action="dossiers.request_payment",
        object_ref=dossier.ref,
        reason=reason,
        before={"state": before},
        after={"state": State.PAYMENT_REQUESTED, "amount": amount},
        now=now,
    )
    publish(PaymentRequested(dossier_id=dossier.pk, code=dossier.code, amount=amount), key=dossier.ref)
    return request.pk


@transaction.atomic
def resume_after_payment(*, dossier_id: int, actor: Actor, now: datetime, exempt_ground: str = "") -> None:
    """The work goes on: what was asked is paid, or is no longer owed on a ground. Raises `CannotSettle`."""
    dossier = Dossier.objects.select_for_update().get(pk=dossier_id)
    require(actor, "dossiers.take_fee", dossier)
    target = state_after_waiting(accepted=dossier.accepted_at is not None)
    request = PaymentRequest.objects.filter(dossier=dossier, settled_at__isnull=True).first()
    if dossier.state != State.PAYMENT_REQUESTED or request is None or not may_become(State(dossier.state), target):
        raise CannotSettle(f"Hồ sơ {dossier.code} không có yêu cầu nộp tiền nào đang chờ.")
    exempt_ground = exempt_ground.strip()
    take_over(dossier, actor=actor, now=now)
    if dossier.money_state == MoneyState.DUE:
        if len(exempt_ground) < 10:
            raise CannotSettle("Khoản tiền chưa nộp. Hãy thu tiền trước, hoặc ghi rõ căn cứ miễn (ít nhất 10 ký tự).")
        if dossier.charge_id is not None:
            charge = payments.charge_by_id(dossier.charge_id)
            payments.exempt(public_id=charge.public_id, ground=exempt_ground, actor=actor, now=now)
        take_over(dossier, actor=actor, now=now)
    go_on(dossier, actor=actor, now=now, ground=exempt_ground)


def go_on(dossier: Dossier, *, actor: Actor, now: datetime, ground: str = "") -> None:
    """State 6 ends when nothing is owed any more. Under the dossier's lock; nothing where there is nothing to end."""
    request = PaymentRequest.objects.filter(dossier=dossier, settled_at__isnull=True).first()
    target = state_after_waiting(accepted=dossier.accepted_at is not None)
    if (
        request is None
        or dossier.state != State.PAYMENT_REQUESTED
        or dossier.money_state not in (MoneyState.PAID, MoneyState.FREE)
        or not may_become(State(dossier.state), target)
    ):
        return
    settle(dossier, request, how=ground or "Đã nộp", actor=actor, now=now)
    dossier.state = target
    dossier.save(update_fields=["state"])
    record(
        who=actor,
        action="dossiers.resume_after_payment",
        object_ref=dossier.ref,
        reason=ground,
        before={"state": State.PAYMENT_REQUESTED},
        after={"state": target, "money_state": dossier.money_state},
        now=now,
    )
    publish(PaymentSettled(dossier_id=dossier.pk, code=dossier.code), key=dossier.ref)


def settle(dossier: Dossier, request: PaymentRequest, *, how: str, actor: Actor, now: datetime) -> None:
    request.settled_at = now
    request.settled_by_name = actor.label[:300]
    request.settlement = how
    request.save(update_fields=["settled_at", "settled_by_name", "settlement"])
