"""What pages and jobs read of the runs and changes of the national database."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Case, Count, Exists, OuterRef, Q, Value, When

from tinhso.modules.procedures.models import CatalogueChange, ProcedureVersion, SyncItem, SyncRun
from tinhso.modules.procedures.queries import published_on
from tinhso.modules.procedures.rules.diffing import Piece, pieces
from tinhso.modules.procedures.rules.national import FIELDS

PAGE_SIZE = 50


def run_on_its_way() -> int | None:
    """The run that is being read. One query."""
    return SyncRun.objects.filter(state="fetching").values_list("pk", flat=True).first()


def was_started_since(moment: datetime) -> bool:
    return SyncRun.objects.filter(started_at__gte=moment).exists()


@dataclass(frozen=True)
class RunInfo:
    id: int
    state: str
    state_title: str
    started_at: datetime
    started_by: str
    finished_at: datetime | None
    total: int | None
    read: int
    last_error: str
    next_try_at: datetime | None
    doubts: tuple[str, ...]
    problems: tuple[str, ...]
    reason: str
    decided_by: str
    open: int
    changes: int


def runs(*, page: int = 1) -> tuple[list[RunInfo], int]:
    """(runs, the newest first; number of pages). Three queries."""
    total = SyncRun.objects.count()
    pages = max(1, -(-total // PAGE_SIZE))
    number = min(max(1, page), pages)
    rows = SyncRun.objects.select_related("started_by", "decided_by").order_by("-pk")
    shown = list(rows[(number - 1) * PAGE_SIZE : number * PAGE_SIZE])
    counted = _counts([row.pk for row in shown])
    return [_info(row, counted.get(row.pk, (0, 0))) for row in shown], pages


def run(run_id: int) -> RunInfo | None:
    """Two or three queries."""
    row = SyncRun.objects.select_related("started_by", "decided_by").filter(pk=run_id).first()
    return None if row is None else _info(row, _counts([row.pk]).get(row.pk, (0, 0)))


def _counts(run_ids: list[int]) -> dict[int, tuple[int, int]]:
    rows = (
        CatalogueChange.objects.filter(run_id__in=run_ids)
        .order_by()
        .values("run_id")
        .annotate(all=Count("pk"), waiting=Count("pk", filter=Q(state="open")))
    )
    return {row["run_id"]: (row["waiting"], row["all"]) for row in rows}


def _info(row: SyncRun, counted: tuple[int, int]) -> RunInfo:
    fetching = row.state == "fetching"
    return RunInfo(
        id=row.pk,
        state=row.state,
        state_title=row.get_state_display(),
        started_at=row.started_at,
        started_by=row.started_by.full_name if row.started_by else "Hệ thống",
        finished_at=row.finished_at,
        total=row.total,
        read=SyncItem.objects.filter(run=row, is_read=True).count() if fetching else row.total or 0,
        last_error=row.last_error,
        next_try_at=row.next_try_at,
        doubts=tuple(row.doubts),
        problems=tuple(row.problems),
        reason=row.reason,
        decided_by=row.decided_by.full_name if row.decided_by else "",
        open=counted[0],
        changes=counted[1],
    )


@dataclass(frozen=True)
class FieldInfo:
    """One field of a change, with what was taken away and added marked."""

    label: str
    before: str
    after: str
    was_unknown: bool
    harmless: bool
    pieces: tuple[Piece, ...]


@dataclass(frozen=True)
class ChangeInfo:
    id: int
    run_id: int
    code: str
    name: str
    kind: str
    kind_title: str
    state: str
    state_title: str
    is_harmless: bool
    fields: tuple[FieldInfo, ...]
    valid_from: date | None
    valid_until: date | None
    replaced_by: str
    fileable: bool
    version_number: int | None
    decided_at: datetime | None
    decided_by: str
    reason: str


KINDS = {"new": "Mới", "changed": "Thay đổi", "retired": "Bãi bỏ"}


@dataclass(frozen=True)
class Changes:
    rows: tuple[ChangeInfo, ...]
    counts: Mapping[str, int]
    total: int
    number: int
    pages: int


def changes(run_id: int, *, on: date, show: str = "", page: int = 1) -> Changes:
    """The changes of a run, those that wait first. `show`: "harmless", "new", "changed", "retired" or all. Two queries."""
    found = CatalogueChange.objects.filter(run_id=run_id)
    harmless = Q(is_harmless=True, state="open")
    counted = found.aggregate(
        all=Count("pk"),
        open=Count("pk", filter=Q(state="open")),
        harmless=Count("pk", filter=harmless),
        **{kind: Count("pk", filter=Q(kind=kind)) for kind in KINDS},
    )
    if show == "harmless":
        found = found.filter(harmless)
    elif show in KINDS:
        found = found.filter(kind=show)
    total = counted[show] if show in counted else counted["all"]
    pages = max(1, -(-total // PAGE_SIZE))
    number = min(max(1, page), pages)
    waiting_first = Case(When(state="open", then=Value(0)), default=Value(1))
    filed_here = ProcedureVersion.objects.filter(published_on(on), procedure_id=OuterRef("procedure_id"), fileable=True)
    rows = (
        found.select_related("decided_by", "version")
        .defer("content", "version__definition")
        .annotate(filed_here=Exists(filed_here))
        .order_by(waiting_first, "-filed_here", "kind", "code")[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]
    )
    return Changes(tuple(_change(row) for row in rows), counted, total, number, pages)


def ids_of_run(run_id: int, asked: Collection[int]) -> list[int]:
    """Those of the asked changes that belong to the run and still wait. One query."""
    found = CatalogueChange.objects.filter(run_id=run_id, state="open", pk__in=set(asked))
    return list(found.values_list("pk", flat=True))


def harmless_ids(run_id: int) -> list[int]:
    """All that may be taken over without a second look. One query."""
    found = CatalogueChange.objects.filter(run_id=run_id, state="open", is_harmless=True)
    return list(found.values_list("pk", flat=True))


def changes_of(code: str) -> tuple[ChangeInfo, ...]:
    """The decided changes of one procedure, the newest first. One query."""
    rows = (
        CatalogueChange.objects.filter(code=code)
        .exclude(state="outdated")
        .select_related("decided_by", "version")
        .defer("content", "version__definition")
        .order_by("-pk")
    )
    return tuple(_change(row) for row in rows[:PAGE_SIZE])


def _change(row: CatalogueChange) -> ChangeInfo:
    return ChangeInfo(
        id=row.pk,
        run_id=row.run_id,
        code=row.code,
        name=row.name,
        kind=row.kind,
        kind_title=row.get_kind_display(),
        state=row.state,
        state_title=row.get_state_display(),
        is_harmless=row.is_harmless,
        fields=tuple(_field(one) for one in row.fields),
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        replaced_by=row.replaced_by,
        fileable=bool(getattr(row, "filed_here", False)),
        version_number=row.version.number if row.version else None,
        decided_at=row.decided_at,
        decided_by=row.decided_by.full_name if row.decided_by else "",
        reason=row.reason,
    )


def _field(change: Mapping[str, Any]) -> FieldInfo:
    before, after = _text(change["before"]), _text(change["after"])
    label, harmless = FIELDS[change["key"]]
    unknown = change["before"] is None
    return FieldInfo(label, before, after, unknown, harmless or unknown, () if unknown else pieces(before, after))


def _text(value: Any) -> str:
    return "\n".join(f"• {one}" for one in value) if isinstance(value, list) else str(value or "")
