"""Money came. One place decides whether it settles a charge or is a surplus, whoever brings it."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings

from tinhso.kernel.access.api import Actor
from tinhso.kernel.audit.api import record
from tinhso.kernel.clock import VIETNAM
from tinhso.kernel.events.api import publish
from tinhso.kernel.identifiers.api import next_number
from tinhso.modules.payments.events import ChargeSettled, SurplusReceived
from tinhso.modules.payments.models import Attempt, Charge, Payment, Receipt
from tinhso.modules.payments.rules.words import AttemptState, ChargeState, Method


def lock_charge(charge_id: int) -> Charge:
    """The charge's row is the lock of all that happens to its money. First the charge, then its attempts."""
    return Charge.objects.select_for_update().get(pk=charge_id)


def settle(
    charge: Charge,
    *,
    method: Method,
    amount: int,
    paid_at: datetime,
    actor: Actor,
    now: datetime,
    attempt: Attempt | None = None,
    tendered: int | None = None,
    reference: str = "",
) -> Payment:
    """Keep what came, under the charge's lock, in the caller's transaction. The first right amount settles the charge
    and gets a receipt; all else is a surplus, which is kept and told, never lost."""
    settles = charge.state == ChargeState.OPEN and amount == charge.amount
    payment = Payment.objects.create(
        charge=charge,
        attempt=attempt,
        organisation_id=charge.organisation_id,
        method=method,
        amount=amount,
        tendered=tendered,
        reference=reference,
        paid_at=paid_at,
        noted_at=now,
        taken_by_id=actor.user_id,
        taken_by_name=actor.label[:300],
        is_surplus=not settles,
    )
    if attempt is not None:
        attempt.state, attempt.finished_at, attempt.problem, attempt.next_ask_at = AttemptState.PAID, now, "", None
        attempt.save(update_fields=["state", "finished_at", "problem", "next_ask_at"])
    before = charge.state
    if settles:
        close(charge, ChargeState.PAID, ground="", actor=actor, now=now)
    record(
        who=actor,
        action="payments.receive",
        object_ref=charge.ref,
        before={"state": before},
        after={
            "state": charge.state,
            "payment": payment.pk,
            "amount": amount,
            "method": str(method),
            "surplus": not settles,
        },
        now=now,
    )
    if not settles:
        publish(SurplusReceived(charge.pk, charge.subject_ref, payment.pk, amount), key=charge.ref)
        return payment
    _number_receipt(charge, payment, now)
    publish(ChargeSettled(charge.pk, charge.subject_ref, "paid", amount), key=charge.ref)
    return payment


def close(charge: Charge, state: ChargeState, *, ground: str, actor: Actor, now: datetime) -> None:
    charge.state, charge.closed_at = state, now
    charge.closed_by_name, charge.closed_ground = actor.label[:300], ground
    charge.save(update_fields=["state", "closed_at", "closed_by_name", "closed_ground"])


def _number_receipt(charge: Charge, payment: Payment, now: datetime) -> None:
    """Drawn last: the counter's row stays locked until the transaction ends, so that no number is skipped."""
    year = now.astimezone(VIETNAM).year
    Receipt.objects.create(
        payment=payment,
        organisation_id=charge.organisation_id,
        year=year,
        number=next_number(f"receipt:{charge.organisation_id}:{year}"),
        form=settings.PAYMENTS["receipt_form"],
        series=now.astimezone(VIETNAM).strftime(settings.PAYMENTS["receipt_series"]),
        issued_at=now,
    )
