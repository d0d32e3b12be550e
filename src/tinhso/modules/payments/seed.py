"""Money of the demo: what people paid, gave up, were exempted from and paid twice, a refund on its way, and a statement
that does not agree. Through the same services as people's work; providers need not run."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from tinhso.kernel.access.api import SYSTEM, Actor, User, grant_role, require
from tinhso.kernel.clock import VIETNAM
from tinhso.modules.payments.models import Charge, Payment, Statement
from tinhso.modules.payments.rules.days import day_span
from tinhso.modules.payments.rules.messages import Notice
from tinhso.modules.payments.rules.reconciling import HEAD
from tinhso.modules.payments.rules.words import ChargeState, Method
from tinhso.modules.payments.services import charging, online, reconciling, refunding, taking

GROUND = "Tài khoản mẫu"
SURPLUS_OF = 1


def grant(*, username: str, role: str, organisation_id: int, actor: Actor, now: datetime) -> None:
    """Give one of this module's roles to an account of the demo."""
    user = User.objects.get(username=username)
    grant_role(
        user_id=user.pk, role=role, organisation_id=organisation_id, subtree=True,
        valid_from=now.date() - timedelta(days=60), ground=GROUND, actor=actor, now=now,
    )  # fmt: skip


def write_demo(*, clerk: Actor, approver: Actor, organisation_ids: frozenset[int], actor: Actor, now: datetime) -> str:
    """Once; a later call changes nothing. Returns a line of counts, in Vietnamese."""
    require(actor, "payments.ask_provider")
    if Statement.objects.exists():
        return "đã có sẵn"
    open_charges = Charge.objects.filter(state=ChargeState.OPEN, organisation_id__in=organisation_ids)
    charges = list(open_charges.order_by("-created_at"))
    owned = [charge for charge in charges if charge.owner_id is not None]
    counter = [charge for charge in charges if charge.owner_id is None]
    for charge in owned[1:2]:
        _pay_online(charge, "vnpay", ok=False, now=now)
    if len(counter) > 2:
        taking.take_cash(public_id=counter[0].public_id, tendered=counter[0].amount + 4000, actor=clerk, now=now)
        taking.begin_vietqr(public_id=counter[1].public_id, actor=clerk, now=now - timedelta(hours=1))
        taking.confirm_vietqr(
            public_id=counter[1].public_id, bank_reference="FT26328004417", actor=clerk, now=now - timedelta(minutes=50)
        )
        charging.exempt(
            public_id=counter[2].public_id,
            ground="Hộ nghèo (giấy chứng nhận năm nay), miễn theo nghị quyết của HĐND tỉnh về phí, lệ phí",
            actor=clerk,
            now=now - timedelta(hours=2),
        )
    _paid_twice(organisation_ids, now)
    _refund_on_its_way(clerk, approver, organisation_ids, now)
    _statement(now)
    payments = Payment.objects.filter(organisation_id__in=organisation_ids).count()
    return f"{payments} khoản thu"


def pay_demo(*, subject_ref: str, code: str, actor: Actor, now: datetime) -> bool:
    """The person of a sample paid online right after sending. False when nothing is owed."""
    require(actor, "payments.ask_provider")
    charge = Charge.objects.filter(subject_ref=subject_ref, state=ChargeState.OPEN).first()
    if charge is None:
        return False
    _pay_online(charge, code, ok=True, now=now + timedelta(minutes=6))
    return True


def _pay_online(charge: Charge, code: str, *, ok: bool, now: datetime) -> None:
    """As if the provider had told so, minutes after the dossier was sent."""
    at = min(charge.created_at + timedelta(minutes=6), now)
    attempt = online.new_attempt(charge, code, at)
    notice = Notice(
        attempt.reference, attempt.amount, online.subject_of(charge), ok, f"14{attempt.pk:08d}" if ok else "",
        "00" if ok else "24", at,
    )  # fmt: skip
    with transaction.atomic():
        online.apply_notice(code, notice, at)


def _paid_twice(organisation_ids: frozenset[int], now: datetime) -> None:
    """Cash was taken while the person was paying online: the provider tells afterwards."""
    cash = Payment.objects.filter(
        organisation_id__in=organisation_ids, method=Method.CASH, charge__owner__isnull=False
    ).order_by("-paid_at")
    for payment in cash.select_related("charge")[:SURPLUS_OF]:
        _pay_late(payment.charge, now)


def _pay_late(charge: Charge, now: datetime) -> None:
    at = now - timedelta(hours=3)
    attempt = online.new_attempt(charge, "vnpay", at)
    notice = Notice(attempt.reference, attempt.amount, online.subject_of(charge), True, f"14{attempt.pk:08d}", "00", at)
    with transaction.atomic():
        online.apply_notice("vnpay", notice, at)


def _refund_on_its_way(clerk: Actor, approver: Actor, organisation_ids: frozenset[int], now: datetime) -> None:
    """One waits for approval, one was done last week."""
    rows = Payment.objects.filter(
        organisation_id__in=organisation_ids, is_surplus=False, taken_by=None, paid_at__lt=now - timedelta(days=1)
    )
    for number, payment in enumerate(rows.order_by("paid_at")[:2]):
        at = now - timedelta(days=6, hours=2) if number == 0 else now - timedelta(hours=5)
        refund_id = refunding.ask_refund(
            payment_id=payment.pk,
            amount=min(2000, payment.amount),
            reason="Thu theo mức cũ, chênh lệch phải trả lại người nộp.",
            actor=clerk,
            now=at,
        )
        if number == 0:
            refunding.decide_refund(refund_id=refund_id, approve=True, note="", actor=approver, now=at)
            refunding.finish_refund(
                refund_id=refund_id, reference="PC 07/2026", actor=clerk, now=at + timedelta(hours=3)
            )


def _statement(now: datetime) -> None:
    """Of the last day before today with a payment by VNPAY: one row is missing, one is of nobody."""
    today = day_span(now.astimezone(VIETNAM).date())[0]
    last = Payment.objects.filter(method=Method.VNPAY, paid_at__lt=today).order_by("-paid_at").first()
    if last is None:
        return
    day = last.paid_at.astimezone(VIETNAM).date()
    start, end = day_span(day)
    rows = Payment.objects.filter(method=Method.VNPAY, paid_at__gte=start, paid_at__lt=end).select_related("attempt")
    lines = [",".join(HEAD)]
    for payment in list(rows.order_by("pk"))[1:]:
        if payment.attempt is not None:
            at = payment.paid_at.astimezone(VIETNAM).isoformat(timespec="seconds")
            lines.append(f"{payment.attempt.reference},{payment.reference},thanh_toan,{payment.amount},{at}")
    noon = (start + timedelta(hours=12)).isoformat(timespec="seconds")
    lines.append(f"TS{day:%y%m%d}00004711,1499999999,thanh_toan,16000,{noon}")
    reconciling.reconcile(provider=Method.VNPAY, day=day, content="\n".join(lines).encode(), actor=SYSTEM, now=now)
