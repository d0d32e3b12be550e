"""What the pages of watching show: thresholds as they were set, and agencies whose run failed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q

from tinhso.modules.dossiers.models import WatchRun, WatchThreshold


@dataclass(frozen=True)
class ThresholdInfo:
    valid_from: date
    soon_hours: int
    repeat_days: int
    leader_after_days: int
    made_by_name: str
    of_province: bool


@dataclass(frozen=True)
class FailingRun:
    """An agency whose watching failed the last time. `parked_at`: it waits for an operator."""

    agency_id: int
    agency_name: str
    ran_at: datetime
    failures: int
    error: str
    parked_at: datetime | None


def threshold_history(organisation_id: int) -> tuple[ThresholdInfo, ...]:
    """Those of an organisation and of the province, the newest first. One query."""
    mine = Q(organisation_id=organisation_id) | Q(organisation__isnull=True)
    return tuple(
        ThresholdInfo(
            row.valid_from,
            row.soon_hours,
            row.repeat_days,
            row.leader_after_days,
            row.made_by_name,
            row.organisation_id is None,
        )
        for row in WatchThreshold.objects.filter(mine).order_by("-valid_from", "-pk")[:20]
    )


def failing_runs() -> tuple[FailingRun, ...]:
    """Parked ones first. One query."""
    rows = WatchRun.objects.filter(failures__gt=0).select_related("agency").order_by("-failures", "agency_id")[:200]
    return tuple(
        FailingRun(row.agency_id, row.agency.name, row.ran_at, row.failures, row.error, row.parked_at) for row in rows
    )
