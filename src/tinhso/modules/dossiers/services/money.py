"""A dossier and its payment never disagree silently: what is owed is a charge of `payments`, and `money_state` follows it.

`owe` opens the charge, `follow` takes over how it stands, whoever settled it. All under the dossier's lock, the dossier
before the charge.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from tinhso.kernel.access.api import Actor, require
from tinhso.kernel.audit.api import record
from tinhso.modules.dossiers.models import Dossier
from tinhso.modules.dossiers.rules import Channel, MoneyState
from tinhso.modules.payments import api as payments
from tinhso.modules.procedures import api as procedures

FOLLOWED = {
    payments.ChargeState.OPEN: MoneyState.DUE,
    payments.ChargeState.PAID: MoneyState.PAID,
    payments.ChargeState.EXEMPT: MoneyState.FREE,
    payments.ChargeState.REFUNDED: MoneyState.REFUNDED,
}


def owe_by_version(dossier: Dossier, case: Mapping[str, Any], *, actor: Actor, now: datetime) -> None:
    """What the version asks of this case: a charge where something is owed or exempted on a ground. Not saved: the
    caller saves `charge`, `fee_total` and `money_state`."""
    if dossier.charge_id is not None:
        # What was paid, given back or exempted by a clerk is settled, whatever the form says later.
        known = payments.charge_by_id(dossier.charge_id)
        if known.amount and known.state not in (payments.ChargeState.OPEN, payments.ChargeState.CANCELLED):
            return
    definition = procedures.version(dossier.version_id).definition
    channel: Any = "online" if dossier.channel in (Channel.ONLINE, Channel.NATIONAL) else dossier.channel
    fees = None if definition is None else procedures.fees_due(definition, case, channel)
    dossier.fee_total = None if fees is None else fees.total
    if definition is None or fees is None or fees.total is None:
        dossier.money_state = MoneyState.UNKNOWN
        _nothing_owed(dossier, actor=actor, now=now)
        return
    exempt = procedures.fees_exempt(definition, case, channel)
    lines = [_line(line) for line in fees.lines]
    lines += [_line(one.line, ground=one.ground) for one in exempt if one.line.amount is not None]
    if not any(line.total or line.exempt_ground for line in lines):
        dossier.money_state = MoneyState.FREE
        _nothing_owed(dossier, actor=actor, now=now)
        return
    owe(dossier, lines, actor=actor, now=now)


def owe(
    dossier: Dossier, lines: Sequence[payments.ChargeLine], *, actor: Actor, now: datetime, reason: str = ""
) -> None:
    """A charge for the dossier, in the place of what was open. Not saved, as above."""
    procedure = procedures.version(dossier.version_id)
    subject = payments.Subject(
        ref=dossier.ref,
        code=dossier.code,
        title=procedure.title,
        topic_code=procedure.code,
        organisation_id=dossier.office_id,
        agency_id=dossier.agency_id,
        owner_id=dossier.owner_id,
        payer_name=dossier.applicant_name,
    )
    charge_id, state = payments.open_charge(subject=subject, lines=lines, reason=reason, actor=actor, now=now)
    dossier.charge_id = charge_id
    dossier.fee_total = sum(line.total for line in lines)
    dossier.money_state = FOLLOWED[state]


def _nothing_owed(dossier: Dossier, *, actor: Actor, now: datetime) -> None:
    if dossier.charge_id is not None:
        payments.cancel_charge(
            subject_ref=dossier.ref, ground="Tờ khai bổ sung không còn khoản phải nộp", actor=actor, now=now
        )
        dossier.charge_id = None


def _line(line: procedures.FeeLine, ground: str = "") -> payments.ChargeLine:
    return payments.ChargeLine(line.name, line.amount or 0, line.quantity, line.unit or "", line.note, ground)


def no_longer_owed(dossier: Dossier, *, ground: str, actor: Actor, now: datetime) -> None:
    """The dossier ended: what is open is cancelled. What was paid stays paid until it is refunded. Saves the dossier."""
    if payments.cancel_charge(subject_ref=dossier.ref, ground=ground, actor=actor, now=now):
        dossier.money_state = MoneyState.FREE
        dossier.save(update_fields=["money_state"])


@transaction.atomic
def follow(*, dossier_id: int, actor: Actor, now: datetime) -> None:
    """Take over how the dossier's charge stands; settled, the work goes on. Safe to repeat."""
    from tinhso.modules.dossiers.services.paying import go_on

    require(actor, "dossiers.follow_payment")
    dossier = Dossier.objects.select_for_update().get(pk=dossier_id)
    take_over(dossier, actor=actor, now=now)
    go_on(dossier, actor=actor, now=now)


def take_over(dossier: Dossier, *, actor: Actor, now: datetime) -> None:
    """Under the dossier's lock."""
    if dossier.charge_id is None:
        return
    charge = payments.charge_by_id(dossier.charge_id)
    state = FOLLOWED.get(charge.state)
    if state is None or dossier.money_state == state:
        return
    before, dossier.money_state = dossier.money_state, state
    if charge.state == payments.ChargeState.EXEMPT:
        dossier.fee_total = 0
    dossier.save(update_fields=["money_state", "fee_total"])
    record(
        who=actor,
        action="dossiers.follow_payment",
        object_ref=dossier.ref,
        before={"money_state": before},
        after={"money_state": state},
        now=now,
    )
