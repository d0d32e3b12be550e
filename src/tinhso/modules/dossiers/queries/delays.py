"""Which step ate the time: of one dossier, and of an agency in a period."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Literal

from django.db.models import Avg, Count, F, Q, Sum

from tinhso.kernel.calendar.api import calendars_for, working_minutes_between
from tinhso.modules.dossiers.models import DelayGround, PaymentRequest, SupplementRequest, Task
from tinhso.modules.dossiers.queries.reading import DossierView
from tinhso.modules.dossiers.rules import TaskKind
from tinhso.modules.dossiers.rules.watching import DELAY_GROUNDS, StepTime, step_time

DelayBy = Literal["step", "unit", "person"]


@dataclass(frozen=True)
class StepRow:
    """A step of one dossier, in working minutes. `over`: beyond what was planned; `worst`: it ate most of the delay."""

    task_id: int
    title: str
    where: str
    who: str
    created_at: datetime
    finished_at: datetime | None
    planned: int | None
    time: StepTime
    worst: bool = False

    @property
    def over(self) -> int:
        return max(self.time.own - self.planned, 0) if self.planned is not None else 0


@dataclass(frozen=True)
class GroundInfo:
    title: str
    step: str
    note: str
    recorded_at: datetime
    recorded_by_name: str


@dataclass(frozen=True)
class StepTimes:
    """`late`: the dossier is or was late, so one step is marked as the worst."""

    rows: tuple[StepRow, ...]
    late: bool
    grounds: tuple[GroundInfo, ...]

    @property
    def worst(self) -> StepRow | None:
        return next((row for row in self.rows if row.worst), None)


def waits_of(dossier_id: int, *, now: datetime) -> list[tuple[datetime, datetime]]:
    """When the person was waited for, to supply or to pay; an open request lasts until now. Two queries."""
    waits = [
        (asked, min(answered or closed or now, now))
        for asked, answered, closed in SupplementRequest.objects.filter(dossier_id=dossier_id).values_list(
            "requested_at", "answered_at", "closed_at"
        )
    ]
    paid = PaymentRequest.objects.filter(dossier_id=dossier_id).values_list("requested_at", "settled_at")
    waits += [(asked, min(settled or now, now)) for asked, settled in paid]
    return _joined(sorted(waits))


def _joined(waits: list[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    """Without overlaps, so that no minute is taken off twice."""
    found: list[tuple[datetime, datetime]] = []
    for begins, ends in waits:
        if found and begins <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], ends))
        else:
            found.append((begins, ends))
    return found


def taken_up_at(task: Task) -> datetime | None:
    """When somebody took the work up; None: nobody has, or it was done without being taken up. Work that was opened for
    somebody was theirs from the first moment."""
    if task.claimed_at is not None:
        return task.claimed_at
    return task.created_at if task.holder_id is not None else None


def step_times(view: DossierView, *, now: datetime) -> StepTimes:
    """The time of every step of a dossier, open ones up to now. Five queries at most."""
    waits = waits_of(view.id, now=now)
    tasks = list(
        Task.objects.filter(dossier_id=view.id, kind__in=[TaskKind.INTAKE, TaskKind.STEP, TaskKind.OPINION])
        .select_related("organisation", "holder")
        .order_by("pk")
    )
    calendars = calendars_for({task.organisation_id for task in tasks})
    rows = []
    for task in tasks:
        calendar = calendars[task.organisation_id]
        end = max(task.finished_at or min(view.completed_at or now, now), task.created_at)
        rows.append(
            StepRow(
                task_id=task.pk,
                title=task.title,
                where=task.unit_name or task.organisation.short_name or task.organisation.name,
                who=task.finished_by_name or (task.holder.full_name if task.holder else ""),
                created_at=task.created_at,
                finished_at=task.finished_at,
                planned=task.planned_minutes,
                time=step_time(
                    created_at=task.created_at,
                    claimed_at=taken_up_at(task),
                    finished_at=end,
                    waits=waits,
                    minutes=partial(working_minutes_between, calendar),
                ),
            )
        )
    late = view.due_at is not None and (view.completed_at or now) > view.due_at
    return StepTimes(_marked(rows) if late else tuple(rows), late, _grounds(view))


def _marked(rows: list[StepRow]) -> tuple[StepRow, ...]:
    """The step that went most beyond its plan; where none has a plan, the longest."""
    worst = max(rows, key=lambda row: (row.over, row.time.own), default=None)
    if worst is None or worst.time.own == 0:
        return tuple(rows)
    return tuple(StepRow(**{**row.__dict__, "worst": row is worst}) for row in rows)


def _grounds(view: DossierView) -> tuple[GroundInfo, ...]:
    rows = DelayGround.objects.filter(dossier_id=view.id).select_related("task").order_by("pk")
    return tuple(
        GroundInfo(
            DELAY_GROUNDS[row.ground],
            row.task.title if row.task else "",
            row.note,
            row.recorded_at,
            row.recorded_by_name,
        )
        for row in rows
    )


@dataclass(frozen=True)
class DelayRow:
    """Finished work of one step (unit, person) in a period: averages in working minutes. `over`: how many took longer
    than planned; `over_minutes`: by how much in all."""

    title: str
    where: str
    many: int
    planned: int
    waited: int
    worked: int
    person: int
    over: int
    over_minutes: int

    @property
    def own(self) -> int:
        return self.waited + self.worked


@dataclass(frozen=True)
class DelayTable:
    rows: tuple[DelayRow, ...]
    grounds: tuple[tuple[str, int], ...]
    unmeasured: int


_GROUPS: dict[str, tuple[str, str]] = {
    "step": ("title", "unit_name"),
    "unit": ("unit_name", "organisation__short_name"),
    "person": ("finished_by_name", "unit_name"),
}
MOST_ROWS = 100


def delay_table(
    *,
    agency_id: int,
    start: datetime,
    end: datetime,
    by: DelayBy,
    late_only: bool,
    units: Collection[str] | None,
) -> DelayTable:
    """What steps took on an agency's dossiers, and on others' dossiers at the agency, of work finished in [start, end), the
    worst first. `units`: only work of these units or of none. Three queries."""
    ended = Task.objects.filter(finished_at__gte=start, finished_at__lt=end)
    # Each from its own index: an «or» over both would read every task there is.
    its = ended.filter(dossier__agency_id=agency_id).values("pk")
    wanted = Q(pk__in=its.union(ended.filter(organisation_id=agency_id).values("pk")))
    wanted &= Q(kind__in=[TaskKind.STEP, TaskKind.OPINION])
    if units is not None:
        wanted &= Q(unit_name__in=sorted(units)) | Q(unit_name="")
    if late_only:
        past = Q(dossier__completed_at__gt=F("dossier__due_at"))
        wanted &= past | Q(dossier__completed_at__isnull=True, dossier__due_at__lt=end)
    measured = Task.objects.filter(wanted, worked_minutes__isnull=False, planned_minutes__isnull=False)
    own = F("waited_minutes") + F("worked_minutes")
    over = Q(planned_minutes__lt=own)
    title, where = _GROUPS[by]
    rows = (
        measured.order_by()
        .values(title, where)
        .annotate(
            many=Count("pk"),
            planned=Avg("planned_minutes"),
            waited=Avg("waited_minutes"),
            worked=Avg("worked_minutes"),
            person=Avg("person_minutes"),
            over=Count("pk", filter=over),
            over_minutes=Sum(own - F("planned_minutes"), filter=over),
        )
        .order_by(F("over_minutes").desc(nulls_last=True), title)[:MOST_ROWS]
    )
    grounds = (
        DelayGround.objects.filter(dossier__agency_id=agency_id, recorded_at__gte=start, recorded_at__lt=end)
        .order_by()
        .values_list("ground")
        .annotate(many=Count("pk"))
    )
    return DelayTable(
        rows=tuple(
            DelayRow(
                title=row[title] or ("Không gắn với bộ phận nào" if by == "unit" else "–"),
                where=row[where] or "",
                many=row["many"],
                planned=round(row["planned"] or 0),
                waited=round(row["waited"] or 0),
                worked=round(row["worked"] or 0),
                person=round(row["person"] or 0),
                over=row["over"],
                over_minutes=row["over_minutes"] or 0,
            )
            for row in rows
        ),
        grounds=tuple(sorted(((DELAY_GROUNDS[ground], many) for ground, many in grounds), key=lambda found: -found[1])),
        unmeasured=Task.objects.filter(
            wanted, Q(worked_minutes__isnull=True) | Q(planned_minutes__isnull=True)
        ).count(),
    )
