"""What the index of Quyết định 766 counts of an agency's dossiers in a period, and which dossiers count against it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from tinhso.kernel.access.api import Actor, require
from tinhso.modules.directory import api as directory
from tinhso.modules.dossiers.models import Dossier, Paper, Result
from tinhso.modules.dossiers.queries import counting
from tinhso.modules.dossiers.queries.counting import Origin, Period, Standing

SUPPLEMENTS_BEFORE_LATE = 1
LATE = frozenset({Standing.LATE, Standing.WORKING_LATE, Standing.PAUSED_LATE})

_RECEIVED = ~Q(standing=Standing.REFUSED)
_FRESH = _RECEIVED & ~Q(origin=Origin.CARRIED)
# Indicator of scorecards → (what is counted, what of it counts for the agency).
INDICATORS: Mapping[str, tuple[Q, Q]] = {
    # By Quyết định 766 more than one supplement request counts as late, though by law it need not be.
    "settled_on_time": (_RECEIVED, ~Q(standing__in=LATE) & Q(supplement_count__lte=SUPPLEMENTS_BEFORE_LATE)),
    "results_digital": (_RECEIVED, Q(has_result=True)),
    "papers_digitised": (_RECEIVED, Q(has_result=True, has_file=True)),
    "data_reused": (_RECEIVED, Q(has_reused=True)),
    "dossiers_online": (_FRESH, Q(origin=Origin.ONLINE, has_result=True)),
}


@dataclass(frozen=True)
class IndexCounts:
    """Of one agency: indicator → (numerator, denominator) in dossiers."""

    agency_id: int
    agency_code: str
    agency: str
    counts: Mapping[str, tuple[int, int]]


def index_counts(*, since: date, until: date, actor: Actor, now: datetime) -> tuple[IndexCounts, ...]:
    """By agency within `actor`'s reach, in the order of codes, in four queries. Raises `ValueError` on days out of
    order or a period that has not begun."""
    require(actor, "dossiers.statistics")
    period = Period.of_days(since, until, now)
    scope = counting.within(actor)
    asked = {
        name: Count("pk", filter=condition)
        for key, (counted, good) in INDICATORS.items()
        for name, condition in ((f"{key}_of", counted), (f"{key}_good", counted & good))
    }
    found: dict[int, dict[str, int]] = {}
    for part in counting.counted_parts(period):
        for counted in with_facts(part, period).filter(scope).values("agency_id").annotate(**asked):
            row: dict[str, Any] = {**counted}
            sums = found.setdefault(row["agency_id"], dict.fromkeys(asked, 0))
            for name in asked:
                sums[name] += row[name]
    agencies = directory.organisations_by_id(found)
    rows = (
        IndexCounts(
            number,
            agencies[number].code or "",
            agencies[number].name,
            {key: (sums[f"{key}_good"], sums[f"{key}_of"]) for key in INDICATORS},
        )
        for number, sums in found.items()
        if sums["settled_on_time_of"]
    )
    return tuple(sorted(rows, key=lambda row: (row.agency_code, row.agency)))


def with_facts(part: QuerySet[Dossier], period: Period) -> QuerySet[Dossier]:
    """With what the indicators ask of a dossier beside its standing."""
    papers = Paper.objects.filter(dossier=OuterRef("pk"), superseded_at__isnull=True)
    results = Result.objects.filter(dossier=OuterRef("pk"), file__isnull=False, issued_at__lt=period.end)
    return part.annotate(
        has_result=Exists(results),
        has_file=Exists(papers.filter(file__isnull=False)),
        has_reused=Exists(papers.filter(reuse__isnull=False)),
    )
