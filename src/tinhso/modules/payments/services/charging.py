"""Khoản phải nộp: opened when something is owed, closed when it is not any more, each with its ground."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from tinhso.kernel.access.api import Actor, require
from tinhso.kernel.audit.api import record
from tinhso.kernel.events.api import publish
from tinhso.modules.payments.events import ChargeSettled
from tinhso.modules.payments.models import Charge
from tinhso.modules.payments.rules.amounts import MOST_DONG, ChargeLine, stored, total_of
from tinhso.modules.payments.rules.words import ChargeState
from tinhso.modules.payments.services.settling import close, lock_charge


class CannotCharge(ValueError):
    """The amount is not one that can be asked for. Nothing was changed."""


class CannotExempt(ValueError):
    """No ground was given, or nothing is owed. Nothing was changed."""


@dataclass(frozen=True)
class Subject:
    """What is paid for. `ref` names it to its module ("dossier:17"); `organisation_id` takes the money, `agency_id`
    settles the case; `topic_code` is the procedure's."""

    ref: str
    code: str
    title: str
    topic_code: str
    organisation_id: int
    agency_id: int
    owner_id: int | None
    payer_name: str


@transaction.atomic
def open_charge(
    *, subject: Subject, lines: Sequence[ChargeLine], actor: Actor, now: datetime, reason: str = ""
) -> tuple[int, ChargeState]:
    """Ask for the lines' total. What was open for the subject is cancelled. When every line is exempt, the charge is
    kept as exempt with its grounds. Returns its number and state. Raises `CannotCharge`."""
    require(actor, "payments.charge")
    amount = total_of(lines)
    grounds = "; ".join(dict.fromkeys(line.exempt_ground for line in lines if line.exempt_ground))
    if (
        any(line.amount < 0 or line.quantity < 0 for line in lines)
        or amount > MOST_DONG
        or (not amount and not grounds)
    ):
        raise CannotCharge("Số tiền phải lớn hơn 0 và không quá 10 tỷ đồng.")
    _cancel_open(subject.ref, ground="Thay bằng khoản phải nộp tính lại", actor=actor, now=now)
    exempt = amount == 0
    charge = Charge.objects.create(
        subject_ref=subject.ref,
        subject_code=subject.code,
        title=subject.title[:1000],
        topic_code=subject.topic_code,
        organisation_id=subject.organisation_id,
        agency_id=subject.agency_id,
        owner_id=subject.owner_id,
        payer_name=subject.payer_name[:300],
        lines=stored(lines),
        amount=amount,
        reason=reason,
        state=ChargeState.EXEMPT if exempt else ChargeState.OPEN,
        created_at=now,
        closed_at=now if exempt else None,
        closed_by_name=actor.label[:300] if exempt else "",
        closed_ground=grounds if exempt else "",
    )
    record(
        who=actor,
        action="payments.charge",
        object_ref=charge.ref,
        reason=reason,
        after={"amount": amount, "state": charge.state, "subject": subject.ref},
        now=now,
    )
    return charge.pk, ChargeState(charge.state)


@transaction.atomic
def cancel_charge(*, subject_ref: str, ground: str, actor: Actor, now: datetime) -> bool:
    """Nothing is owed for the subject any more (it ended). False when nothing was open. What was paid stays paid: it is
    given back by a refund only."""
    require(actor, "payments.charge")
    return _cancel_open(subject_ref, ground=ground, actor=actor, now=now)


def _cancel_open(subject_ref: str, *, ground: str, actor: Actor, now: datetime) -> bool:
    charge = Charge.objects.select_for_update().filter(subject_ref=subject_ref, state=ChargeState.OPEN).first()
    if charge is None:
        return False
    close(charge, ChargeState.CANCELLED, ground=ground, actor=actor, now=now)
    record(
        who=actor,
        action="payments.cancel",
        object_ref=charge.ref,
        reason=ground,
        before={"state": ChargeState.OPEN},
        after={"state": ChargeState.CANCELLED},
        now=now,
    )
    return True


@transaction.atomic
def exempt(*, public_id: UUID, ground: str, actor: Actor, now: datetime) -> None:
    """The person need not pay, on a ground that is kept and shown. Raises `CannotExempt`."""
    charge = lock_charge(Charge.objects.get(public_id=public_id).pk)
    require(actor, "payments.exempt", charge)
    ground = " ".join(ground.split())
    if charge.state != ChargeState.OPEN:
        raise CannotExempt(f"Khoản này đang «{ChargeState(charge.state).title}» nên không ghi nhận miễn được.")
    if len(ground) < 10:
        raise CannotExempt("Ghi rõ căn cứ miễn (ít nhất 10 ký tự): đối tượng nào, theo văn bản, điều khoản nào.")
    close(charge, ChargeState.EXEMPT, ground=ground[:2000], actor=actor, now=now)
    record(
        who=actor,
        action="payments.exempt",
        object_ref=charge.ref,
        reason=ground,
        before={"state": ChargeState.OPEN, "amount": charge.amount},
        after={"state": ChargeState.EXEMPT},
        now=now,
    )
    publish(ChargeSettled(charge.pk, charge.subject_ref, "exempt", 0), key=charge.ref)
