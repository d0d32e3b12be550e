"""Paying online: the payer is sent to a provider; what comes back is believed only when it is signed and right.

A callback is kept as it came, applied once, and answered alike when it is repeated. The payer's way back settles nothing:
it makes us ask the provider. A callback that never comes is asked for, again and again, until the provider knows.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from tinhso.kernel.access.api import SYSTEM, Actor, require
from tinhso.kernel.audit.api import record
from tinhso.kernel.events.api import publish
from tinhso.modules.payments.events import AttemptFailed
from tinhso.modules.payments.models import Attempt, Charge, Payment, ProviderMessage, ProviderMessageBody
from tinhso.modules.payments.rules.messages import Forged, Incoming, Notice, Order, Unreadable
from tinhso.modules.payments.rules.words import ONLINE, AttemptState, ChargeState, Method, Verdict
from tinhso.modules.payments.services.health import note
from tinhso.modules.payments.services.payer import require_payer
from tinhso.modules.payments.services.providers import Provider, ProviderAway, provider
from tinhso.modules.payments.services.settling import lock_charge, settle
from tinhso.modules.payments.services.taking import new_reference

VALID_MINUTES = 15
# After these many minutes without a callback the provider is asked; the last is repeated for a day.
ASK_AFTER = (2, 3, 5, 10, 20, 30, 60)
MOST_ASKS = 30
AT_ONCE = 50
MESSAGE_BYTES = 16_384
# Answers that stay: the same message again gets the same.
FINAL = frozenset({Verdict.APPLIED, Verdict.FAILED_NOTED, Verdict.KNOWN})


class CannotPay(ValueError):
    """Nothing is owed, or the provider cannot be reached now. Nothing was taken."""


class UnknownProvider(LookupError):
    """No such provider is connected here."""


def subject_of(charge: Charge) -> str:
    """What the provider shows the payer and hands back: the dossier's code, without personal data."""
    return "Ho so " + re.sub(r"[^A-Za-z0-9]+", " ", charge.subject_code).strip()


def order_of(attempt: Attempt, charge: Charge, payer_address: str = "127.0.0.1") -> Order:
    return Order(
        attempt.reference, attempt.amount, subject_of(charge), attempt.started_at, attempt.expires_at, payer_address
    )


def start(
    *, public_id: UUID, code: str, payer_address: str, opened: frozenset[str], actor: Actor, now: datetime
) -> str:
    """Begin a payment; returns the provider's address that the payer goes to. Raises `CannotPay`."""
    with transaction.atomic():
        charge = lock_charge(Charge.objects.get(public_id=public_id).pk)
        require_payer(actor, charge, opened)
        if charge.state != ChargeState.OPEN:
            raise CannotPay(f"Khoản này đang «{ChargeState(charge.state).title}» nên không cần nộp nữa.")
        door = provider(code)
        if door is None:
            raise CannotPay("Cổng thanh toán này chưa kết nối. Hãy chọn cách nộp khác.")
        running = Attempt.objects.filter(
            charge=charge, provider__in=ONLINE, state=AttemptState.WAITING, expires_at__gt=now, pay_url__gt=""
        ).first()
        if running is not None and running.provider == code:
            return running.pay_url
        attempt = new_attempt(charge, code, now)
        record(
            who=actor,
            action="payments.start",
            object_ref=charge.ref,
            after={"attempt": attempt.pk, "provider": code, "amount": attempt.amount},
            now=now,
        )
    # Outside the transaction: a slow provider holds no lock.
    try:
        address = door.begin(order_of(attempt, charge, payer_address))
    except ProviderAway as away:
        note(code, problem=str(away), now=now)
        Attempt.objects.filter(pk=attempt.pk, state=AttemptState.WAITING).update(
            state=AttemptState.FAILED, finished_at=now, problem=str(away)
        )
        raise CannotPay(
            f"{door.title} không trả lời, chưa trừ tiền của bạn. Hãy chọn cổng khác, thử lại sau, hoặc nộp tại quầy."
        ) from None
    Attempt.objects.filter(pk=attempt.pk).update(pay_url=address)
    return address


def new_attempt(charge: Charge, code: str, now: datetime) -> Attempt:
    """A try of its own, waiting for the provider's word, which is asked for when it does not come."""
    return Attempt.objects.create(
        charge=charge,
        provider=code,
        reference=new_reference(now),
        amount=charge.amount,
        state=AttemptState.WAITING,
        started_at=now,
        expires_at=now + timedelta(minutes=VALID_MINUTES),
        next_ask_at=now + timedelta(minutes=ASK_AFTER[0]),
    )


def receive(*, code: str, incoming: Incoming, actor: Actor, now: datetime) -> tuple[int, dict[str, Any]]:
    """A provider's callback: kept as it came, judged, applied at most once. Returns what is answered (status, JSON).
    Raises `UnknownProvider`."""
    require(actor, "payments.callback")
    door = provider(code)
    if door is None:
        raise UnknownProvider(code)
    if len(incoming.raw) > MESSAGE_BYTES:
        return door.answer(Verdict.UNREADABLE)
    with transaction.atomic():
        message, first = _keep(code, "ipn", incoming.raw, now)
        if not first and message.verdict in FINAL:
            ProviderMessage.objects.filter(pk=message.pk).update(times=message.times + 1)
            return door.answer(Verdict(message.verdict))
        try:
            notice = door.read(incoming)
        except Forged:
            verdict, attempt = Verdict.FORGED, None
        except Unreadable:
            verdict, attempt = Verdict.UNREADABLE, None
        else:
            verdict, attempt = apply_notice(code, notice, now)
        message.verdict, message.attempt = verdict, attempt
        message.times += 0 if first else 1
        message.save(update_fields=["verdict", "attempt", "times"])
    return door.answer(verdict)


def _keep(code: str, channel: str, raw: bytes, now: datetime) -> tuple[ProviderMessage, bool]:
    """The message's row, locked; of two equal ones at once the second waits for the first. The bytes lie apart."""
    digest = sha256(raw).hexdigest()
    try:
        with transaction.atomic():
            message = ProviderMessage.objects.create(
                provider=code, channel=channel, digest=digest, received_at=now, verdict=Verdict.UNREADABLE
            )
            ProviderMessageBody.objects.create(message=message, raw=raw)
        return message, True
    except IntegrityError:
        return ProviderMessage.objects.select_for_update().get(provider=code, channel=channel, digest=digest), False


def apply_notice(code: str, notice: Notice, now: datetime) -> tuple[Verdict, Attempt | None]:
    """Believe a notice whose signature was checked, when order, amount and subject are ours."""
    known = Attempt.objects.filter(provider=code, reference=notice.reference).first()
    if known is None:
        return Verdict.UNKNOWN_ORDER, None
    charge = lock_charge(known.charge_id)
    attempt = Attempt.objects.select_for_update().get(pk=known.pk)
    if notice.amount != attempt.amount:
        return Verdict.WRONG_AMOUNT, attempt
    if notice.subject != subject_of(charge):
        return Verdict.WRONG_SUBJECT, attempt
    if attempt.state == AttemptState.PAID or (attempt.state == AttemptState.FAILED and not notice.succeeded):
        return Verdict.KNOWN, attempt
    if not notice.succeeded:
        attempt.state, attempt.finished_at, attempt.next_ask_at = AttemptState.FAILED, now, None
        attempt.problem = f"Cổng báo không thành công (mã {notice.code})."
        attempt.save(update_fields=["state", "finished_at", "next_ask_at", "problem"])
        publish(AttemptFailed(charge.pk, charge.subject_ref, code), key=charge.ref)
        return Verdict.FAILED_NOTED, attempt
    if notice.number and Payment.objects.filter(method=code, reference=notice.number).exists():
        # The provider's own number is of another payment: this one is not a payment of its own.
        return Verdict.WRONG_SUBJECT, attempt
    settle(
        charge,
        method=Method(code),
        amount=notice.amount,
        paid_at=notice.paid_at or now,
        reference=notice.number,
        attempt=attempt,
        actor=SYSTEM,
        now=now,
    )
    return Verdict.APPLIED, attempt


def come_back(*, code: str, incoming: Incoming, actor: Actor, now: datetime) -> tuple[int, UUID] | None:
    """The payer's browser is back. Settles nothing: tells which attempt (its number, the charge's public id) it is of,
    when the address is signed by the provider; None when it is not."""
    require(actor, "payments.come_back")
    door = provider(code)
    if door is None or len(incoming.raw) > MESSAGE_BYTES:
        return None
    try:
        notice = door.read(incoming)
    except (Forged, Unreadable):
        return None
    attempt = Attempt.objects.filter(provider=code, reference=notice.reference).select_related("charge").first()
    return None if attempt is None else (attempt.pk, attempt.charge.public_id)


def ask(*, attempt_id: int, actor: Actor, now: datetime) -> Verdict | None:
    """Ask the provider what became of an attempt, and believe its signed answer. None: it does not know yet, or is
    away. Safe to repeat."""
    require(actor, "payments.ask_provider")
    attempt = Attempt.objects.select_related("charge").get(pk=attempt_id)
    door = provider(attempt.provider)
    if attempt.state == AttemptState.PAID or door is None:
        return None
    notice, problem = _question(door, attempt)
    note(attempt.provider, problem=problem, now=now)
    with transaction.atomic():
        verdict = None
        # An answer about another order is no answer.
        if notice is not None and notice.final and notice.reference == attempt.reference:
            verdict, _ = apply_notice(attempt.provider, notice, now)
        _plan_next(attempt_id, away=bool(problem), verdict=verdict, now=now)
    return verdict


def _question(door: Provider, attempt: Attempt) -> tuple[Notice | None, str]:
    try:
        return door.ask(order_of(attempt, attempt.charge)), ""
    except ProviderAway as away:
        return None, str(away)


def _plan_next(attempt_id: int, *, away: bool, verdict: Verdict | None, now: datetime) -> None:
    attempt = Attempt.objects.select_for_update().get(pk=attempt_id)
    if attempt.state in (AttemptState.PAID, AttemptState.FAILED):
        return
    attempt.asks += 1
    if verdict is not None:
        attempt.problem = f"Cổng trả lời: {verdict.title.lower()}."
    # While the provider is away nothing is known: only its word, or its silence past the time, ends the waiting.
    if now > attempt.expires_at and not away:
        attempt.state, attempt.finished_at = AttemptState.EXPIRED, attempt.finished_at or now
    wait = timedelta(minutes=ASK_AFTER[min(attempt.asks, len(ASK_AFTER) - 1)])
    attempt.next_ask_at = None if attempt.asks >= MOST_ASKS else now + wait
    attempt.save(update_fields=["asks", "problem", "state", "finished_at", "next_ask_at"])


def ask_waiting(*, actor: Actor, now: datetime) -> int:
    """Ask about every attempt whose time has come, the oldest first; returns how many. Those of VietQR just run out."""
    require(actor, "payments.ask_provider")
    Attempt.objects.filter(provider=Method.VIETQR, state=AttemptState.WAITING, expires_at__lt=now).update(
        state=AttemptState.EXPIRED, finished_at=now
    )
    due = Attempt.objects.filter(next_ask_at__lte=now).order_by("next_ask_at").values_list("pk", flat=True)
    found = list(due[:AT_ONCE])
    for attempt_id in found:
        ask(attempt_id=attempt_id, actor=actor, now=now)
    return len(found)
