"""Instructions of leaders: of one dossier, of one person, of an agency; and whom one may be given to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from django.db.models import Q

from tinhso.kernel.access.api import Actor, reach
from tinhso.kernel.clock import VIETNAM
from tinhso.modules.directory import api as directory
from tinhso.modules.dossiers.models import Instruction
from tinhso.modules.dossiers.queries.work import among

OPEN = Q(answered_at__isnull=True, withdrawn_at__isnull=True)
SHOWN = 100
Which = Literal["mine", "given", "agency"]


@dataclass(frozen=True)
class InstructionInfo:
    """An instruction as a page shows it. `mine`: the actor is to answer it; `given`: the actor gave it."""

    id: int
    public_id: UUID
    code: str
    procedure_name: str
    text: str
    given_at: datetime
    given_by_name: str
    addressee_name: str
    answer_by_at: datetime
    answer: str
    answered_at: datetime | None
    answered_by_name: str
    withdrawn_at: datetime | None
    withdrawn_reason: str
    mine: bool
    given: bool

    @property
    def is_open(self) -> bool:
        return self.answered_at is None and self.withdrawn_at is None

    @property
    def ended_at(self) -> datetime | None:
        return self.answered_at or self.withdrawn_at


def _info(row: Instruction, actor: Actor) -> InstructionInfo:
    procedure = row.dossier.version.procedure
    return InstructionInfo(
        id=row.pk,
        public_id=row.dossier.public_id,
        code=row.dossier.code,
        procedure_name=procedure.plain_name or procedure.name,
        text=row.text,
        given_at=row.given_at,
        given_by_name=row.given_by_name,
        addressee_name=row.addressee_name,
        answer_by_at=row.answer_by_at,
        answer=row.answer,
        answered_at=row.answered_at,
        answered_by_name=row.answered_by_name,
        withdrawn_at=row.withdrawn_at,
        withdrawn_reason=row.withdrawn_reason,
        mine=actor.stands_for(row.addressee_id),
        given=actor.stands_for(row.given_by_id),
    )


def instructions_of(dossier_id: int, actor: Actor) -> list[InstructionInfo]:
    """Of one dossier, the oldest first. One query. The caller has asked who may see the dossier."""
    rows = Instruction.objects.filter(dossier_id=dossier_id).select_related("dossier__version__procedure")
    return [
        _info(row, actor) for row in rows.defer("dossier__form_data", "dossier__version__definition").order_by("pk")
    ]


def instructions_page(
    actor: Actor, *, which: Which, only: str = "", now: datetime, limit: int = SHOWN
) -> list[InstructionInfo]:
    """What is to be answered by the actor, what they gave, or all of a leader's agencies; the open ones first, what is due
    first before them, then the ended ones. `only`: "open", "late" or "" for all. Two queries, at most a hundred rows."""
    if which == "mine":
        scope = Q(addressee_id=actor.user_id)
    elif which == "given":
        scope = Q(given_by_id=actor.user_id)
    else:
        scope = among("dossier__agency_id", reach(actor, "dossiers.instruct"))
    rows = Instruction.objects.filter(scope).select_related("dossier__version__procedure")
    rows = rows.defer("dossier__form_data", "dossier__version__definition")
    late = Q(answer_by_at__lt=now) if only == "late" else Q()
    found = list(rows.filter(OPEN, late).order_by("answer_by_at", "pk")[:limit])
    if only not in ("open", "late"):
        found += rows.exclude(OPEN).order_by("-pk")[: limit - len(found)]
    return [_info(row, actor) for row in found]


def waiting_for(actor: Actor, *, limit: int = 10) -> list[InstructionInfo]:
    """What the actor is to answer, due first. One query."""
    rows = (
        Instruction.objects.filter(OPEN, addressee_id=actor.user_id)
        .select_related("dossier__version__procedure")
        .defer("dossier__form_data", "dossier__version__definition")
        .order_by("answer_by_at", "pk")
    )
    return [_info(row, actor) for row in rows[:limit]]


def addressees_of(agency_id: int, *, now: datetime) -> list[directory.StaffInfo]:
    """Who of the agency may be given an instruction: its handlers, heads and leaders. Bounded by the roles."""
    found: dict[int, directory.StaffInfo] = {}
    for role in ("handler", "unit_head", "leader"):
        for person in directory.colleagues(agency_id, role, on=now.astimezone(VIETNAM).date()):
            found.setdefault(person.user_id, person)
    return list(found.values())
