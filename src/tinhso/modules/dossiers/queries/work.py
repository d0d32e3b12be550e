"""Whose work a task is: held by a person, or waiting for anybody of a role at an organisation (and in a unit)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Case, DateTimeField, Exists, F, OuterRef, Q, QuerySet, Subquery, When

from tinhso.kernel.access.api import Actor, Grant
from tinhso.kernel.clock import VIETNAM
from tinhso.modules.directory import api as directory
from tinhso.modules.dossiers.models import Part, Task
from tinhso.modules.dossiers.rules import State, TaskKind

WORKING_ROLES = frozenset({"clerk", "handler", "unit_head", "leader"})
# Time runs against these; of the others nobody is late.
RUNNING = (State.ACCEPTED, State.IN_PROGRESS, State.SUPPLEMENT_REQUESTED, State.PAYMENT_REQUESTED)
SOON_DAYS = 3


@dataclass(frozen=True)
class OpenTask:
    """A piece of open work as lists show it. `mine`: held by who asks; `claimable`: they may take it; `part_due_at`: until
    when its agency has its part of a dossier across agencies."""

    id: int
    title: str
    unit_name: str
    holder_id: int | None
    holder_name: str
    is_rework: bool
    due_at: datetime | None
    mine: bool
    claimable: bool
    part_due_at: datetime | None = None


def working_grants(actor: Actor) -> tuple[Grant, ...]:
    return tuple(grant for grant in actor.grants if grant.role in WORKING_ROLES)


def unit_names_of(actor: Actor, *, on: date) -> frozenset[str]:
    """The names under which a route may call the units of a person: "Phòng Kinh tế, Hạ tầng và Đô thị" is also meant by
    "Phòng Kinh tế". Empty: the person belongs to no unit, so everything of their role is theirs. One query."""
    if actor.user_id is None:
        return frozenset()
    names: set[str] = set()
    for place in directory.appointments_of_user(actor.user_id, on):
        if place.unit_name:
            words = place.unit_name.split(", ")
            names.update(", ".join(words[:end]) for end in range(1, len(words) + 1))
    return frozenset(names)


def held_by(actor: Actor) -> Q:
    """Open tasks that the actor holds."""
    if actor.on_behalf_of is not None:
        return Q(finished_at__isnull=True, holder_id__in=[actor.user_id, actor.on_behalf_of])
    return Q(finished_at__isnull=True, holder_id=actor.user_id)


def waiting_for(actor: Actor, unit_names: Collection[str] = (), *, other_units: bool = False) -> Q:
    """Open tasks that nobody holds, of the actor's roles at their organisations. With `unit_names` only those for
    these units or for none; with `other_units` the opposite."""
    pool = Q(pk__in=[])
    for grant in working_grants(actor):
        pool |= Q(role=grant.role) & among("organisation_id", grant.organisation_ids)
    waiting = Q(finished_at__isnull=True, holder_id__isnull=True) & pool
    if unit_names:
        here = Q(unit_name="") | Q(unit_name__in=sorted(unit_names))
        return waiting & (~here if other_units else here)
    return waiting & Q(pk__in=[]) if other_units else waiting


def among(field: str, numbers: Collection[int]) -> Q:
    """One number is asked for by equality, so that an index after it keeps its order."""
    if len(numbers) == 1:
        return Q(**{field: next(iter(numbers))})
    return Q(**{f"{field}__in": sorted(numbers)})


def day_bounds(day: date) -> tuple[datetime, datetime]:
    """The first instant of a day in Vietnam and of the next."""
    start = datetime.combine(day, time.min, VIETNAM)
    return start, start + timedelta(days=1)


def due_window(due: str, now: datetime, prefix: str = "") -> Q:
    """Running dossiers that are due today, soon (in the coming days, from now) or late; `prefix`: "dossier__"."""
    running: Sequence[int] = [state.value for state in RUNNING]
    return Q(**{f"{prefix}state__in": running}, **_bounds(due, now, prefix))


def due_here(due: str, now: datetime) -> Q:
    """Tasks whose dossier is due so, or the part of it that the agency of the task has: who is late with their part is
    late, though the person's day has not come."""
    part = Exists(_open_part().filter(**_bounds(due, now, "")))
    running: Sequence[int] = [state.value for state in RUNNING]
    # Cheap conditions first: the part is looked for only where there can be one.
    joint = Q(dossier__is_joint=True, dossier__state__in=running)
    return due_window(due, now, "dossier__") | (joint & Q(part))


def part_due() -> Case:
    """Of a task: when the part of its agency is due; null for a dossier of one agency."""
    found = Subquery(_open_part().values("due_at")[:1], output_field=DateTimeField())
    return Case(When(dossier__is_joint=True, then=found), default=None, output_field=DateTimeField())


def elsewhere(agency_ids: Collection[int]) -> Q:
    """Open tasks of agencies on dossiers that another one settles: a part, or an opinion. Both are few beside an agency's
    own work, and asked for apart, so that the database begins with them."""
    here = Task.objects.filter(among("organisation_id", agency_ids), finished_at__isnull=True)
    parts = Part.objects.filter(among("organisation_id", agency_ids), started_at__isnull=False, done_at__isnull=True)
    opinions = here.filter(kind=TaskKind.OPINION).values("pk")
    steps = here.filter(dossier_id__in=parts.values("dossier_id")).values("pk")
    return Q(pk__in=opinions.union(steps)) & ~Q(dossier__agency_id=F("organisation_id"))


def _open_part() -> QuerySet[Part]:
    return Part.objects.filter(
        dossier_id=OuterRef("dossier_id"),
        organisation_id=OuterRef("organisation_id"),
        started_at__isnull=False,
        done_at__isnull=True,
    )


def _bounds(due: str, now: datetime, prefix: str) -> dict[str, datetime]:
    start, end = day_bounds(now.astimezone(VIETNAM).date())
    return {
        "today": {f"{prefix}due_at__gte": start, f"{prefix}due_at__lt": end},
        "soon": {f"{prefix}due_at__gte": now, f"{prefix}due_at__lt": now + timedelta(days=SOON_DAYS)},
        "late": {f"{prefix}due_at__lt": now},
    }[due]
