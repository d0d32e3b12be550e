"""The parts of dossiers across agencies as pages show them; how an agency counts them: `shares`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import F

from tinhso.kernel.access.api import Actor, reach
from tinhso.modules.dossiers.models import HandOver, Part, PartResult
from tinhso.modules.dossiers.models.parts import PENDING
from tinhso.modules.dossiers.queries.work import among
from tinhso.modules.dossiers.rules import Timeliness, timeliness

SHOWN = 100


@dataclass(frozen=True)
class PartResultInfo:
    """A paper that an agency made for its part. Replaced ones are not shown."""

    id: int
    name: str
    notation: str
    issued_date: date
    file_id: int
    added_by_name: str
    added_at: datetime


@dataclass(frozen=True)
class PartInfo:
    """What one agency does. Not started: planned; `is_skipped`: the dossier went another way."""

    number: int
    organisation_id: int
    organisation_name: str
    title: str
    hours: int
    started_at: datetime | None
    due_at: datetime | None
    done_at: datetime | None
    is_skipped: bool
    results: tuple[PartResultInfo, ...] = ()

    @property
    def is_open(self) -> bool:
        return self.started_at is not None and self.done_at is None

    @property
    def timeliness(self) -> Timeliness | None:
        """How the agency stood against its own time; None while it works or has not begun."""
        if self.done_at is None or self.due_at is None:
            return None
        return timeliness(self.done_at, self.due_at)

    def is_late(self, now: datetime) -> bool:
        """Past its own time, done or not."""
        return self.due_at is not None and (self.done_at or now) > self.due_at


@dataclass(frozen=True)
class HandOverInfo:
    id: int
    from_name: str
    to_organisation_id: int
    to_name: str
    is_return: bool
    handed_at: datetime
    handed_by_name: str
    confirmed_at: datetime | None
    confirmed_by_name: str
    refused_at: datetime | None
    refused_by_name: str
    ground: str

    @property
    def is_pending(self) -> bool:
        return self.confirmed_at is None and self.refused_at is None


def parts_of(dossier_id: int) -> tuple[tuple[PartInfo, ...], tuple[HandOverInfo, ...]]:
    """The parts in order and all hand-overs, the oldest first. Three queries."""
    made: dict[int, list[PartResultInfo]] = {}
    for one in PartResult.objects.filter(part__dossier_id=dossier_id, superseded_at__isnull=True).order_by("pk"):
        made.setdefault(one.part_id, []).append(
            PartResultInfo(
                one.pk, one.name, one.notation, one.issued_date, one.file_id, one.added_by_name, one.added_at
            )
        )
    parts = tuple(
        PartInfo(
            number=row.number,
            organisation_id=row.organisation_id,
            organisation_name=row.organisation.name,
            title=row.title,
            hours=row.hours,
            started_at=row.started_at,
            due_at=row.due_at,
            done_at=row.done_at,
            is_skipped=row.is_skipped,
            results=tuple(made.get(row.pk, ())),
        )
        for row in Part.objects.filter(dossier_id=dossier_id).select_related("organisation").order_by("number")
    )
    hand_overs = tuple(
        HandOverInfo(
            id=row.pk,
            from_name=row.from_organisation.name,
            to_organisation_id=row.to_organisation_id,
            to_name=row.to_organisation.name,
            is_return=row.is_return,
            handed_at=row.handed_at,
            handed_by_name=row.handed_by_name,
            confirmed_at=row.confirmed_at,
            confirmed_by_name=row.confirmed_by_name,
            refused_at=row.refused_at,
            refused_by_name=row.refused_by_name,
            ground=row.ground,
        )
        for row in HandOver.objects.filter(dossier_id=dossier_id)
        .select_related("from_organisation", "to_organisation")
        .order_by("pk")
    )
    return parts, hand_overs


@dataclass(frozen=True)
class Coming:
    """A dossier that another agency handed over and that nobody here has confirmed yet."""

    public_id: UUID
    code: str
    procedure_name: str
    from_name: str
    handed_at: datetime
    part_due_at: datetime | None


def coming_to(actor: Actor, *, limit: int = 20) -> list[Coming]:
    """The hand-overs that wait for the actor's organisations, the oldest first. One query."""
    rows = (
        HandOver.objects.filter(PENDING, among("to_organisation_id", reach(actor, "dossiers.confirm_hand_over")))
        .select_related("dossier__version__procedure", "from_organisation", "to_task")
        .defer("dossier__form_data", "dossier__version__definition")
        .order_by("pk")[:limit]
    )
    return [
        Coming(
            public_id=row.dossier.public_id,
            code=row.dossier.code,
            procedure_name=row.dossier.version.procedure.plain_name or row.dossier.version.procedure.name,
            from_name=row.from_organisation.short_name or row.from_organisation.name,
            handed_at=row.handed_at,
            part_due_at=row.to_task.due_at,
        )
        for row in rows
    ]


@dataclass(frozen=True)
class PartRow:
    """A part of one's own agencies on the list: its time and the dossier's, kept apart."""

    public_id: UUID
    code: str
    procedure_name: str
    organisation_name: str
    title: str
    started_at: datetime
    due_at: datetime | None
    done_at: datetime | None
    dossier_due_at: datetime | None
    completed_at: datetime | None
    holder: str


def parts_page(actor: Actor, *, now: datetime, only_late: bool, limit: int = SHOWN) -> list[PartRow]:
    """The open parts of the actor's agencies by their own due time, at most a hundred. One query."""
    rows = Part.objects.filter(
        among("organisation_id", reach(actor, "dossiers.list")), started_at__isnull=False, done_at__isnull=True
    )
    if only_late:
        rows = rows.filter(due_at__lt=now)
    rows = (
        rows.select_related("dossier__version__procedure", "organisation", "dossier__agency")
        .defer("dossier__form_data", "dossier__version__definition")
        .order_by(F("due_at").asc(nulls_last=True), "pk")[:limit]
    )
    return [
        PartRow(
            public_id=row.dossier.public_id,
            code=row.dossier.code,
            procedure_name=row.dossier.version.procedure.plain_name or row.dossier.version.procedure.name,
            organisation_name=row.organisation.short_name or row.organisation.name,
            title=row.title,
            started_at=row.started_at,
            due_at=row.due_at,
            done_at=row.done_at,
            dossier_due_at=row.dossier.due_at,
            completed_at=row.dossier.completed_at,
            holder=row.dossier.agency.short_name or row.dossier.agency.name,
        )
        for row in rows
        if row.started_at is not None
    ]
