"""The end of the journey: fees taken at the counter, the result returned with proof. Late never blocks the return."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from tinhso.kernel.access.api import Actor, require
from tinhso.kernel.audit.api import record
from tinhso.kernel.events.api import publish
from tinhso.modules.dossiers.events import ResultReturned
from tinhso.modules.dossiers.models import Dossier, Result, Task
from tinhso.modules.dossiers.rules import DeliveryState, MoneyState, State, may_become
from tinhso.modules.dossiers.services.money import owe, take_over
from tinhso.modules.dossiers.services.paying import go_on
from tinhso.modules.dossiers.services.routing import finish_task
from tinhso.modules.payments import api as payments


class CannotReturn(ValueError):
    """There is no result to return yet, a fee is still owed, or the receiver is not named."""


class CannotTakeFee(ValueError):
    """Nothing is owed, or the amount is not what is owed."""


# A result that replaces one already returned, still on its way to the person.
OUT_AGAIN = (DeliveryState.WAITING, DeliveryState.POSTED, DeliveryState.POST_BACK)


@transaction.atomic
def take_fee(*, dossier_id: int, amount: int, actor: Actor, now: datetime) -> None:
    """The clerk confirms the fee paid in cash at the counter, in đồng, without change. A receipt is issued, and a dossier
    that waited for it goes on. Raises `CannotTakeFee`."""
    dossier = Dossier.objects.select_for_update().get(pk=dossier_id)
    require(actor, "dossiers.take_fee", dossier)
    take_over(dossier, actor=actor, now=now)
    if dossier.money_state != MoneyState.DUE or dossier.fee_total is None:
        raise CannotTakeFee(
            f"Hồ sơ {dossier.code}: {MoneyState(dossier.money_state).title.lower()}, không có khoản phải thu."
        )
    if amount != dossier.fee_total:
        raise CannotTakeFee(f"Số tiền phải thu là {payments.dong(dossier.fee_total)}.")
    if dossier.charge_id is None:
        # A dossier from before charges were kept.
        owe(dossier, [payments.ChargeLine("Phí, lệ phí", dossier.fee_total)], actor=actor, now=now)
        dossier.save(update_fields=["charge"])
    charge = payments.charge_by_id(dossier.charge_id or 0)
    try:
        payments.take_cash(public_id=charge.public_id, tendered=amount, actor=actor, now=now)
    except payments.CannotTake as refusal:
        raise CannotTakeFee(str(refusal)) from None
    dossier.money_state = MoneyState.PAID
    dossier.save(update_fields=["money_state"])
    record(
        who=actor,
        action="dossiers.take_fee",
        object_ref=dossier.ref,
        before={"money_state": MoneyState.DUE},
        after={"money_state": MoneyState.PAID, "amount": amount},
        now=now,
    )
    go_on(dossier, actor=actor, now=now)


@transaction.atomic
def give_back(
    *,
    dossier_id: int,
    received_by_name: str,
    received_by_identity: str,
    actor: Actor,
    now: datetime,
    note: str = "",
) -> None:
    """Hand the result to a named person at the counter, or confirm that the electronic one is on their page. A result
    that replaces one already returned is exchanged: the legal state and the first time of return stay.

    Raises `CannotReturn`.
    """
    dossier = Dossier.objects.select_for_update().get(pk=dossier_id)
    require(actor, "dossiers.return", dossier)
    by_post = dossier.delivery_state == DeliveryState.POSTED
    if by_post and actor.kind == "officer":
        raise CannotReturn("Kết quả đang trên đường bưu chính. Khi bưu tá phát xong, hệ thống tự ghi nhận.")
    before = State(dossier.state)
    exchange = before == State.RETURNED and dossier.delivery_state in OUT_AGAIN
    if not exchange and not may_become(before, State.RETURNED):
        raise CannotReturn(f"Hồ sơ {dossier.code} đang «{State(dossier.state).title}», chưa thể trả kết quả.")
    take_over(dossier, actor=actor, now=now)
    if dossier.money_state == MoneyState.DUE:
        raise CannotReturn("Hồ sơ chưa nộp phí, lệ phí. Hãy thu và xác nhận trước khi trả kết quả.")
    online = dossier.result_delivery == "online"
    name = " ".join(received_by_name.split()) or (dossier.applicant_name if online else "")
    if not name:
        raise CannotReturn("Nhập họ tên người nhận kết quả.")
    result = Result.objects.get(dossier=dossier, is_current=True)
    result.received_by_name = name[:300]
    result.received_by_identity = received_by_identity.strip()[:20]
    result.return_note = note.strip()
    result.save(update_fields=["received_by_name", "received_by_identity", "return_note"])
    task = Task.objects.get(dossier=dossier, key="return", finished_at__isnull=True)
    title = "Trả kết quả thay thế" if exchange else "Trả kết quả"
    finish_task(task, action="return", action_title=title, comment=note, actor=actor, now=now)
    dossier.state = State.RETURNED
    dossier.returned_at = dossier.returned_at or now
    dossier.delivery_state = (
        DeliveryState.BY_POST if by_post else DeliveryState.SENT_ONLINE if online else DeliveryState.HANDED_OVER
    )
    dossier.save(update_fields=["state", "returned_at", "delivery_state"])
    record(
        who=actor,
        action="dossiers.return",
        object_ref=dossier.ref,
        before={"state": before},
        after={"state": State.RETURNED, "delivery_state": dossier.delivery_state},
        now=now,
    )
    publish(ResultReturned(dossier_id=dossier.pk, code=dossier.code), key=dossier.ref)
