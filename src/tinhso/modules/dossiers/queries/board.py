"""The live board of an agency: how many dossiers stand at each step. Counted at most every twenty seconds, however many
people look on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from django.core.cache import cache
from django.db.models import Count, Q

from tinhso.modules.dossiers.models import UNFINISHED, Task
from tinhso.modules.dossiers.queries.work import due_here, due_window, elsewhere
from tinhso.modules.dossiers.rules import TaskKind
from tinhso.modules.procedures import api as procedures

By = Literal["procedure", "unit"]
# Older than this it is counted again, by one of those who look; the others see the last count meanwhile.
FRESH = timedelta(seconds=20)
_KEPT_SECONDS = 300
_COUNTING_SECONDS = 15
_ORDER = {TaskKind.INTAKE: 0, TaskKind.STEP: 1, TaskKind.OPINION: 2, TaskKind.RETURN: 3}


@dataclass(frozen=True)
class Column:
    """A step: dossiers standing there, of them late, due soon, and taken up by nobody."""

    title: str
    unit_name: str
    total: int
    late: int
    soon: int
    unclaimed: int


@dataclass(frozen=True)
class Lane:
    """A procedure (with its code) or a unit, with its steps in the order of the work. `elsewhere`: of dossiers that
    another agency settles; late is then who is late with their part."""

    key: str
    name: str
    columns: tuple[Column, ...]
    elsewhere: bool = False

    @property
    def total(self) -> int:
        return sum(column.total for column in self.columns)

    @property
    def late(self) -> int:
        return sum(column.late for column in self.columns)


@dataclass(frozen=True)
class Board:
    """Counted at `as_of`. A dossier whose opinions are asked in parallel stands in several columns."""

    agency_id: int
    by: By
    as_of: datetime
    lanes: tuple[Lane, ...]


def live_board(*, agency_id: int, by: By, now: datetime) -> Board:
    """The board, at most twenty seconds old. No query when it is fresh; else three."""
    key = f"dossiers:board:{agency_id}:{by}"
    known: Board | None = cache.get(key)
    if known is not None and timedelta(0) <= now - known.as_of < FRESH:
        return known
    if not cache.add(f"{key}:counting", 1, _COUNTING_SECONDS) and known is not None:
        return known
    fresh = count_board(agency_id=agency_id, by=by, now=now)
    cache.set(key, fresh, _KEPT_SECONDS)
    cache.delete(f"{key}:counting")
    return fresh


def count_board(*, agency_id: int, by: By, now: datetime) -> Board:
    """Count the open work of an agency's dossiers now, and what it has of other agencies' dossiers. Three queries. An open task is the only one of its key in a dossier
    (`task_open_once_per_key`): within a key, tasks are dossiers, and nothing needs sorting to find the distinct ones."""
    own = Q(finished_at__isnull=True, dossier__agency_id=agency_id, dossier__state__in=UNFINISHED)
    others = elsewhere({agency_id}) & Q(dossier__state__in=UNFINISHED)
    rows = [
        (False, row)
        for row in _counted(own, due_window("late", now, "dossier__"), due_window("soon", now, "dossier__"))
    ]
    rows += [(True, row) for row in _counted(others, due_here("late", now), due_here("soon", now))]
    versions = procedures.versions_by_id({row["dossier__version_id"] for _, row in rows})
    lanes: dict[tuple[bool, str, str], dict[tuple[int, int, str, str], list[int]]] = {}
    for is_elsewhere, row in rows:
        version = versions[row["dossier__version_id"]]
        key, name = (
            (version.code, version.procedure.title)
            if by == "procedure"
            else (row["unit_name"], row["unit_name"] or "Không gắn với bộ phận nào")
        )
        place = _place(version.id, version.definition_digest, row["key"])
        column = (_ORDER[TaskKind(row["kind"])], place, row["title"], row["unit_name"])
        numbers = lanes.setdefault((is_elsewhere, name, key), {}).setdefault(column, [0, 0, 0, 0])
        for at, found in enumerate((row["total"], row["late"], row["soon"], row["unclaimed"])):
            numbers[at] += found
    return Board(
        agency_id,
        by,
        now,
        tuple(
            Lane(key, name, _columns(found), is_elsewhere) for (is_elsewhere, name, key), found in sorted(lanes.items())
        ),
    )


def _counted(wanted: Q, late: Q, soon: Q) -> Sequence[Mapping[str, Any]]:
    """The open tasks of a kind, by step and version."""
    rows: Iterable[Mapping[str, Any]] = (
        Task.objects.filter(wanted)
        .order_by()
        .values("kind", "key", "title", "unit_name", "dossier__version_id")
        .annotate(
            total=Count("pk"),
            late=Count("pk", filter=late),
            soon=Count("pk", filter=soon),
            unclaimed=Count("pk", filter=Q(holder_id__isnull=True)),
        )
    )
    return list(rows)


def _columns(found: dict[tuple[int, int, str, str], list[int]]) -> tuple[Column, ...]:
    """In the order of the work; the same step of several versions or procedures is one column."""
    merged: dict[tuple[str, str], list[int]] = {}
    for _, _, title, unit in sorted(found):
        merged.setdefault((title, unit), [0, 0, 0, 0])
    for (_, _, title, unit), numbers in found.items():
        merged[title, unit] = [a + b for a, b in zip(merged[title, unit], numbers, strict=True)]
    return tuple(Column(title, unit, *numbers) for (title, unit), numbers in merged.items())


def _place(version_id: int, digest: str, key: str) -> int:
    """Where a step stands in its route; definitions are parsed once per content."""
    definition = procedures.definition(version_id, digest=digest)
    if definition is None or definition.route is None:
        return 0
    return next((at for at, step in enumerate(definition.route.steps) if step.key == key), 0)
