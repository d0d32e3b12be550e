"""Hoàn trả: asked by one person, approved by another, done with its voucher. The money of a charge goes back only so."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Sum

from tinhso.kernel.access.api import Actor, account_of, require
from tinhso.kernel.audit.api import record
from tinhso.kernel.events.api import publish
from tinhso.modules.payments.events import PaymentRefunded
from tinhso.modules.payments.models import Charge, Payment, Receipt, Refund
from tinhso.modules.payments.rules.amounts import dong
from tinhso.modules.payments.rules.words import ChargeState, RefundState
from tinhso.modules.payments.services.settling import lock_charge


class CannotRefund(ValueError):
    """Too much, no ground, not this person's to decide, or decided already. Nothing was changed."""


def left_to_refund(payment_id: int, amount: int) -> int:
    """What of a payment has not been given back, nor is being asked for."""
    bound = Refund.objects.filter(payment_id=payment_id).exclude(state=RefundState.DECLINED)
    return amount - int(bound.aggregate(sum=Sum("amount"))["sum"] or 0)


@transaction.atomic
def ask_refund(*, payment_id: int, amount: int, reason: str, actor: Actor, now: datetime) -> int:
    """Ask to give back part or all of a payment. Returns the refund's number. Raises `CannotRefund`."""
    payment = Payment.objects.get(pk=payment_id)
    charge = lock_charge(payment.charge_id)
    require(actor, "payments.ask_refund", charge)
    reason = reason.strip()
    if len(reason) < 10:
        raise CannotRefund("Nêu rõ lý do và căn cứ hoàn trả (ít nhất 10 ký tự).")
    if Refund.objects.filter(payment=payment, state__in=[RefundState.ASKED, RefundState.APPROVED]).exists():
        raise CannotRefund("Khoản thu này đang có đề nghị hoàn trả chưa xong.")
    left = left_to_refund(payment.pk, payment.amount)
    if not 0 < amount <= left:
        raise CannotRefund(f"Số tiền hoàn trả phải lớn hơn 0 và không quá {dong(left)}.")
    refund = Refund.objects.create(
        payment=payment,
        organisation_id=payment.organisation_id,
        amount=amount,
        reason=reason[:2000],
        state=RefundState.ASKED,
        asked_at=now,
        asked_by_id=account_of(actor),
        asked_by_name=actor.label[:300],
    )
    record(
        who=actor,
        action="payments.ask_refund",
        object_ref=charge.ref,
        reason=reason,
        after={"refund": refund.pk, "amount": amount},
        now=now,
    )
    return refund.pk


@transaction.atomic
def decide_refund(*, refund_id: int, approve: bool, note: str, actor: Actor, now: datetime) -> None:
    """Approve or decline; never by who asked, nor by who took the money. Raises `CannotRefund`."""
    refund, charge = _locked(refund_id)
    require(actor, "payments.approve_refund", charge)
    note = note.strip()
    if refund.state != RefundState.ASKED:
        raise CannotRefund(f"Đề nghị này đã được xử lý: {RefundState(refund.state).title.lower()}.")
    if actor.stands_for(refund.asked_by_id) or actor.stands_for(refund.payment.taken_by_id):
        raise CannotRefund("Người đề nghị hoặc người đã thu tiền không được tự duyệt. Cần một người khác duyệt.")
    if not approve and len(note) < 5:
        raise CannotRefund("Ghi lý do không duyệt để người đề nghị biết.")
    refund.state = RefundState.APPROVED if approve else RefundState.DECLINED
    refund.decided_at, refund.decided_by_id = now, account_of(actor)
    refund.decided_by_name, refund.decision_note = actor.label[:300], note[:2000]
    refund.save(update_fields=["state", "decided_at", "decided_by", "decided_by_name", "decision_note"])
    record(
        who=actor,
        action="payments.decide_refund",
        object_ref=charge.ref,
        reason=note,
        after={"refund": refund.pk, "state": refund.state},
        now=now,
    )


@transaction.atomic
def finish_refund(*, refund_id: int, reference: str, actor: Actor, now: datetime) -> None:
    """The money was given back; `reference` names the voucher or the bank's number. When all that settled the charge is
    back, the charge is refunded and its receipt cancelled. Raises `CannotRefund`."""
    refund, charge = _locked(refund_id)
    require(actor, "payments.do_refund", charge)
    reference = reference.strip()
    if refund.state != RefundState.APPROVED:
        raise CannotRefund(f"Đề nghị này đang «{RefundState(refund.state).title}» nên chưa chi trả được.")
    if len(reference) < 3:
        raise CannotRefund("Ghi số chứng từ chi hoặc mã giao dịch hoàn trả.")
    refund.state, refund.done_at, refund.done_by_id = RefundState.DONE, now, account_of(actor)
    refund.done_by_name, refund.reference = actor.label[:300], reference[:100]
    refund.save(update_fields=["state", "done_at", "done_by", "done_by_name", "reference"])
    payment = refund.payment
    back = Refund.objects.filter(payment=payment, state=RefundState.DONE).aggregate(sum=Sum("amount"))["sum"] or 0
    whole = not payment.is_surplus and back == payment.amount and charge.state == ChargeState.PAID
    if whole:
        charge.state = ChargeState.REFUNDED
        charge.save(update_fields=["state"])
        Receipt.objects.filter(payment=payment).update(
            cancelled_at=now, cancelled_ground=f"Hoàn trả {dong(payment.amount)}: {refund.reason}"[:2000]
        )
    record(
        who=actor,
        action="payments.refund",
        object_ref=charge.ref,
        reason=reference,
        after={"refund": refund.pk, "amount": refund.amount, "state": charge.state},
        now=now,
    )
    publish(PaymentRefunded(charge.pk, charge.subject_ref, refund.amount, whole), key=charge.ref)


def _locked(refund_id: int) -> tuple[Refund, Charge]:
    found = Refund.objects.select_related("payment").get(pk=refund_id)
    charge = lock_charge(found.payment.charge_id)
    return Refund.objects.select_for_update(of=("self",)).select_related("payment").get(pk=refund_id), charge
