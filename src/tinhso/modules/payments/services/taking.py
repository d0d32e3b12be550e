"""At the counter: cash with its change, and VietQR, which the clerk confirms by the bank's own number."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction

from tinhso.kernel.access.api import Actor, require
from tinhso.kernel.clock import VIETNAM
from tinhso.modules.payments.models import Attempt, Charge, Payment
from tinhso.modules.payments.rules.amounts import change_of, dong
from tinhso.modules.payments.rules.vietqr import Account, payload
from tinhso.modules.payments.rules.words import AttemptState, ChargeState, Method
from tinhso.modules.payments.services.settling import lock_charge, settle

VIETQR_MINUTES = 30


class CannotTake(ValueError):
    """Nothing is owed, or what was handed over is not what is owed. Nothing was changed."""


@dataclass(frozen=True)
class Taken:
    """`change` is what the clerk gives back, in đồng."""

    payment_id: int
    amount: int
    change: int


def new_reference(now: datetime) -> str:
    """Not to be guessed, and short enough for the content of a bank transfer."""
    return f"TS{now.astimezone(VIETNAM):%y%m%d}{secrets.randbelow(10**8):08d}"


def receiving_account() -> Account:
    """Where VietQR sends the money; not usable until the installation names it."""
    known = settings.PAYMENTS["vietqr"]
    return Account(known["bank"], known["account"], known["name"])


@transaction.atomic
def take_cash(*, public_id: UUID, tendered: int, actor: Actor, now: datetime) -> Taken:
    """Cash at the counter; the change is told. Raises `CannotTake`."""
    charge = _open_for_counter(public_id, actor)
    try:
        change = change_of(owed=charge.amount, tendered=tendered)
    except ValueError as less:
        raise CannotTake(str(less)) from None
    if change >= 10_000_000:
        raise CannotTake(f"Tiền thối lại là {dong(change)}. Kiểm tra lại số tiền người nộp đưa.")
    payment = settle(
        charge, method=Method.CASH, amount=charge.amount, tendered=tendered, paid_at=now, actor=actor, now=now
    )
    return Taken(payment.pk, charge.amount, change)


@transaction.atomic
def begin_vietqr(*, public_id: UUID, actor: Actor, now: datetime) -> str:
    """A VietQR code of its own for the charge; the open one again while it holds. Returns the text behind the code.
    Raises `CannotTake`."""
    charge = _open_for_counter(public_id, actor)
    account = receiving_account()
    if not account.usable:
        raise CannotTake("Chưa khai tài khoản nhận VietQR của đơn vị. Hãy thu tiền mặt và báo quản trị kỹ thuật.")
    waiting = Attempt.objects.filter(
        charge=charge, provider=Method.VIETQR, state=AttemptState.WAITING, expires_at__gt=now
    ).first()
    if waiting is None:
        waiting = Attempt.objects.create(
            charge=charge,
            provider=Method.VIETQR,
            reference=new_reference(now),
            amount=charge.amount,
            state=AttemptState.WAITING,
            started_at=now,
            expires_at=now + timedelta(minutes=VIETQR_MINUTES),
        )
    return payload(account, amount=waiting.amount, memo=waiting.reference)


@transaction.atomic
def confirm_vietqr(*, public_id: UUID, bank_reference: str, actor: Actor, now: datetime) -> Taken:
    """The clerk saw the money on the account. The bank's number of the transfer is kept and used once only: it is what
    the reconciliation with the bank's statement goes by. Raises `CannotTake`."""
    charge = _open_for_counter(public_id, actor)
    number = bank_reference.strip().upper()
    if not re.fullmatch(r"[0-9A-Z./-]{6,40}", number):
        raise CannotTake("Nhập mã giao dịch trên báo có của ngân hàng (6–40 chữ và số), ví dụ FT26328123456.")
    if Payment.objects.filter(method=Method.VIETQR, reference=number).exists():
        raise CannotTake(f"Mã giao dịch {number} đã dùng cho một khoản thu khác. Kiểm tra lại báo có.")
    attempt = (
        Attempt.objects.select_for_update()
        .filter(charge=charge, provider=Method.VIETQR, amount=charge.amount)
        .exclude(state=AttemptState.PAID)
        .order_by("-pk")
        .first()
    )
    if attempt is None:
        raise CannotTake("Hãy hiện mã VietQR cho người nộp trước, rồi xác nhận khi có báo có.")
    payment = settle(
        charge,
        method=Method.VIETQR,
        amount=charge.amount,
        paid_at=now,
        reference=number,
        attempt=attempt,
        actor=actor,
        now=now,
    )
    return Taken(payment.pk, charge.amount, 0)


@transaction.atomic
def note_portal_payment(
    *, charge_id: int, amount: int, reference: str, paid_at: datetime, actor: Actor, now: datetime
) -> bool:
    """What was paid at the national portal before the dossier came; the portal's number of it is used once only. True: it
    settled the charge; a wrong amount is kept as a surplus. Raises `CannotTake`."""
    charge = lock_charge(charge_id)
    require(actor, "payments.note_portal", charge)
    if Payment.objects.filter(method=Method.PORTAL, reference=reference).exists():
        raise CannotTake(f"Mã giao dịch {reference} đã dùng cho một khoản thu khác.")
    payment = settle(
        charge, method=Method.PORTAL, amount=amount, paid_at=paid_at, reference=reference, actor=actor, now=now
    )
    return not payment.is_surplus


def _open_for_counter(public_id: UUID, actor: Actor) -> Charge:
    charge = lock_charge(Charge.objects.get(public_id=public_id).pk)
    require(actor, "payments.take", charge)
    if charge.state != ChargeState.OPEN:
        raise CannotTake(f"Khoản này đang «{ChargeState(charge.state).title}», không có gì phải thu.")
    return charge
