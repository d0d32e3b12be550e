"""One's own reports, their versions and closings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from tinhso.kernel.access.api import Actor
from tinhso.modules.scorecards.models import Report, ReportClosing, ReportVersion


@dataclass(frozen=True)
class VersionInfo:
    number: int
    query: Mapping[str, str]
    made_at: datetime
    made_by_name: str


@dataclass(frozen=True)
class ClosingInfo:
    """`rows`: dicts with "key", "name" and "numbers"; the last is the sum."""

    id: int
    report_id: int
    report_name: str
    version: int
    query: Mapping[str, str]
    since: date
    until: date
    as_of: datetime
    scope: str
    closed_at: datetime
    closed_by_name: str
    rows: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True)
class ReportInfo:
    """`versions`: the last first; `closings`: the last ten, the latest first."""

    id: int
    name: str
    versions: tuple[VersionInfo, ...]
    closings: tuple[ClosingInfo, ...]

    @property
    def query(self) -> Mapping[str, str]:
        return self.versions[0].query


def reports_of(actor: Actor) -> tuple[ReportInfo, ...]:
    """The actor's own, by name. Three queries."""
    reports = list(Report.objects.filter(owner_id=actor.user_id or 0).order_by("name"))
    numbers = [report.pk for report in reports]
    versions: dict[int, list[VersionInfo]] = {}
    for row in ReportVersion.objects.filter(report_id__in=numbers).order_by("-number"):
        versions.setdefault(row.report_id, []).append(VersionInfo(row.number, row.query, row.made_at, row.made_by_name))
    closings: dict[int, list[ClosingInfo]] = {}
    closed = ReportClosing.objects.filter(version__report_id__in=numbers).select_related("version__report")
    for one in closed.defer("rows").order_by("-pk")[:500]:
        closings.setdefault(one.version.report_id, []).append(_closing(one, rows=False))
    return tuple(
        ReportInfo(report.pk, report.name, tuple(versions.get(report.pk, ())), tuple(closings.get(report.pk, ())[:10]))
        for report in reports
    )


def closing_of(closing_id: int, actor: Actor) -> ClosingInfo | None:
    """A closing of one of the actor's own reports. One query."""
    row = (
        ReportClosing.objects.select_related("version__report")
        .filter(pk=closing_id, version__report__owner_id=actor.user_id or 0)
        .first()
    )
    return None if row is None else _closing(row, rows=True)


def _closing(row: ReportClosing, *, rows: bool) -> ClosingInfo:
    return ClosingInfo(
        row.pk,
        row.version.report_id,
        row.version.report.name,
        row.version.number,
        row.version.query,
        row.since,
        row.until,
        row.as_of,
        row.scope,
        row.closed_at,
        row.closed_by_name,
        tuple(row.rows) if rows else (),
    )
