"""The officer's desk: four numbers, and the work behind them. Nothing counts further than 100."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce

from tinhso.kernel.access.api import Actor, allow, reach
from tinhso.modules.dossiers.models import Dossier, Task
from tinhso.modules.dossiers.queries.lists import open_task
from tinhso.modules.dossiers.queries.work import (
    OpenTask,
    among,
    due_here,
    due_window,
    held_by,
    part_due,
    unit_names_of,
    waiting_for,
)
from tinhso.modules.dossiers.rules import WAITING_FOR_PERSON, State, TaskKind

COUNT_MOST = 99
SHOWN = 30


@dataclass(frozen=True)
class Count:
    """A number that stops at 99: "99+" says there are more."""

    found: int

    @property
    def text(self) -> str:
        return f"{COUNT_MOST}+" if self.found > COUNT_MOST else str(self.found)

    def __bool__(self) -> bool:
        return self.found > 0


@dataclass(frozen=True)
class DeskTask:
    """A piece of work on the desk: the task, and what of its dossier one chooses by."""

    task: OpenTask
    kind: TaskKind
    public_id: UUID
    code: str
    applicant_name: str
    procedure_name: str
    agency_name: str
    state: State
    submitted_at: datetime
    due_at: datetime | None
    done_at: datetime | None

    @property
    def waits_for_person(self) -> bool:
        return self.state in WAITING_FOR_PERSON


@dataclass(frozen=True)
class Pile:
    """Some tasks of a kind, the most urgent first; `more`: there are others behind them."""

    tasks: tuple[DeskTask, ...]
    more: bool


@dataclass(frozen=True)
class Desk:
    """`mine`, `today`, `late`, `returned`: the numbers. The piles are empty where the actor's roles know no such work.
    `agency_late`: late dossiers of the whole agency, for those who lead (None for others)."""

    mine: Count
    today: Count
    late: Count
    returned: Count
    agency_late: Count | None
    held: Pile
    pool: Pile
    other_units: Pile
    intake: Pile
    handing_back: Pile

    @property
    def empty(self) -> bool:
        return not (self.held.tasks or self.pool.tasks or self.intake.tasks or self.handing_back.tasks)


def desk_of(actor: Actor, *, now: datetime) -> Desk:
    """At most eleven queries: four or five numbers, the units of the actor, and one for each pile that their roles know."""
    roles = actor.roles()
    units = unit_names_of(actor, on=now.date())
    held, waiting = held_by(actor), waiting_for(actor, units)
    mine_or_waiting = held | waiting
    steps = Q(kind__in=[TaskKind.STEP, TaskKind.OPINION])
    processing = bool(roles & {"handler", "unit_head", "leader"})
    clerk = "clerk" in roles
    return Desk(
        mine=_count(held),
        today=_count(mine_or_waiting & due_here("today", now)),
        late=_count(mine_or_waiting & due_here("late", now)),
        returned=_count(held & Q(is_rework=True)),
        agency_late=_agency_late(actor, now) if roles & {"unit_head", "leader"} else None,
        held=_pile(actor, held),
        pool=_pile(actor, waiting & steps) if processing else EMPTY,
        other_units=_pile(actor, waiting_for(actor, units, other_units=True) & steps)
        if processing and units
        else EMPTY,
        intake=_pile(actor, waiting & Q(kind=TaskKind.INTAKE, dossier__state=State.REGISTERED)) if clerk else EMPTY,
        handing_back=_pile(actor, waiting & Q(kind=TaskKind.RETURN)) if clerk else EMPTY,
    )


EMPTY = Pile((), False)


def _count(condition: Q) -> Count:
    dossiers = Task.objects.filter(condition).order_by().values("dossier_id").distinct()
    return Count(dossiers[: COUNT_MOST + 1].count())


def _agency_late(actor: Actor, now: datetime) -> Count:
    late = Dossier.objects.filter(among("agency_id", reach(actor, "dossiers.list")), due_window("late", now))
    return Count(late.order_by().values("pk")[: COUNT_MOST + 1].count())


def _pile(actor: Actor, condition: Q) -> Pile:
    rows: QuerySet[Task] = (
        Task.objects.filter(condition)
        .select_related("holder", "dossier__version__procedure", "dossier__agency")
        .only(
            "kind", "key", "title", "role", "organisation_id", "unit_name", "holder__full_name", "is_rework",
            "created_at", "due_at", "finished_at", "dossier__public_id", "dossier__code", "dossier__applicant_name",
            "dossier__state", "dossier__submitted_at", "dossier__due_at", "dossier__completed_at", "dossier__agency__short_name",
            "dossier__agency__name", "dossier__version__procedure__plain_name", "dossier__version__procedure__name",
        )
        .annotate(part_due_at=part_due())
        .order_by(Coalesce("part_due_at", F("dossier__due_at")).asc(nulls_last=True), "pk")[: SHOWN + 1]
    )  # fmt: skip
    shown = [row for row in rows if allow(actor, "dossiers.work", row)]
    return Pile(tuple(_desk_task(actor, row) for row in shown[:SHOWN]), len(shown) > SHOWN)


def _desk_task(actor: Actor, row: Task) -> DeskTask:
    dossier = row.dossier
    procedure = dossier.version.procedure
    return DeskTask(
        task=open_task(actor, row, part_due_at=vars(row).get("part_due_at")),
        kind=TaskKind(row.kind),
        public_id=dossier.public_id,
        code=dossier.code,
        applicant_name=dossier.applicant_name,
        procedure_name=procedure.plain_name or procedure.name,
        agency_name=dossier.agency.short_name or dossier.agency.name,
        state=State(dossier.state),
        submitted_at=dossier.submitted_at,
        due_at=dossier.due_at,
        done_at=dossier.completed_at,
    )
