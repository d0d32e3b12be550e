"""What the index of Quyết định 766 counts of an agency's dossiers in a period, and which dossiers count against it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from tinhso.kernel.access.api import Actor, reach, require
from tinhso.modules.directory import api as directory
from tinhso.modules.dossiers.models import Dossier, Paper, Result
from tinhso.modules.dossiers.queries import counting
from tinhso.modules.dossiers.queries.counting import Origin, Period, Standing
from tinhso.modules.dossiers.rules import SyncState

SUPPLEMENTS_BEFORE_LATE = 1
LATE = frozenset({Standing.LATE, Standing.WORKING_LATE, Standing.PAUSED_LATE})

_RECEIVED = ~Q(standing=Standing.REFUSED)
_FRESH = _RECEIVED & ~Q(origin=Origin.CARRIED)
_VOUCHED = Q(by_national_identity=True) | Q(has_national=True)
# Indicator of scorecards → (what is counted, what of it counts for the agency).
INDICATORS: Mapping[str, tuple[Q, Q]] = {
    # By Quyết định 766 more than one supplement request counts as late, though by law it need not be.
    "settled_on_time": (_RECEIVED, ~Q(standing__in=LATE) & Q(supplement_count__lte=SUPPLEMENTS_BEFORE_LATE)),
    "results_digital": (_RECEIVED, Q(has_result=True)),
    "papers_digitised": (_RECEIVED, Q(has_result=True, has_file=True)),
    "data_reused": (_RECEIVED, Q(has_reused=True)),
    "dossiers_online": (_FRESH, Q(origin=Origin.ONLINE, has_result=True)),
    "dossiers_synchronised": (_FRESH, Q(sync_state=SyncState.SYNCED)),
    # Our own store is not the national one (`data_reused`).
    "personal_store": (_RECEIVED, Q(has_national=True)),
    "dossiers_with_identity": (_RECEIVED, _VOUCHED),
}
# What is told by procedure: which of them had such dossiers.
_BY_PROCEDURE: Mapping[str, Q] = {
    "used_online": _FRESH & Q(origin=Origin.ONLINE),
    "with_identity": _RECEIVED & _VOUCHED,
}


@dataclass(frozen=True)
class IndexCounts:
    """Of one agency: indicator → (numerator, denominator) in dossiers; and the codes of the procedures with a dossier
    received online, and with one whose sender the national identity had vouched for."""

    agency_id: int
    agency_code: str
    agency: str
    counts: Mapping[str, tuple[int, int]]
    used_online: frozenset[str] = frozenset()
    with_identity: frozenset[str] = frozenset()


@dataclass
class _Sums:
    numbers: dict[str, int]
    procedures: dict[str, set[str]] = field(default_factory=lambda: {key: set() for key in _BY_PROCEDURE})


def index_counts(*, since: date, until: date, actor: Actor, now: datetime) -> tuple[IndexCounts, ...]:
    """By agency within `actor`'s reach, in the order of codes, in four queries. Raises `ValueError` on days out of
    order or a period that has not begun."""
    require(actor, "dossiers.statistics")
    period = Period.of_days(since, until, now)
    scope = counting.within(actor)
    numbers = {
        name: Count("pk", filter=condition)
        for key, (counted, good) in INDICATORS.items()
        for name, condition in ((f"{key}_of", counted), (f"{key}_good", counted & good))
    }
    asked = {**numbers, **{key: Count("pk", filter=condition) for key, condition in _BY_PROCEDURE.items()}}
    found: dict[int, _Sums] = {}
    for part in counting.counted_parts(period):
        # By version first: the procedures are told from the same reading.
        rows = with_facts(part, period).filter(scope).values("agency_id", "version__procedure__code").annotate(**asked)
        for counted in rows:
            row: dict[str, Any] = {**counted}
            sums = found.setdefault(row["agency_id"], _Sums(dict.fromkeys(numbers, 0)))
            for name in numbers:
                sums.numbers[name] += row[name]
            for key, known in sums.procedures.items():
                if row[key]:
                    known.add(row["version__procedure__code"])
    agencies = directory.organisations_by_id(found)
    counts = (
        IndexCounts(
            number,
            agencies[number].code or "",
            agencies[number].name,
            {key: (sums.numbers[f"{key}_good"], sums.numbers[f"{key}_of"]) for key in INDICATORS},
            **{key: frozenset(known) for key, known in sums.procedures.items()},
        )
        for number, sums in found.items()
        if sums.numbers["settled_on_time_of"]
    )
    return tuple(sorted(counts, key=lambda row: (row.agency_code, row.agency)))


def with_facts(part: QuerySet[Dossier], period: Period) -> QuerySet[Dossier]:
    """With what the indicators ask of a dossier beside its standing."""
    papers = Paper.objects.filter(dossier=OuterRef("pk"), superseded_at__isnull=True)
    results = Result.objects.filter(dossier=OuterRef("pk"), file__isnull=False, issued_at__lt=period.end)
    return part.annotate(
        has_result=Exists(results),
        has_file=Exists(papers.filter(file__isnull=False)),
        has_reused=Exists(papers.filter(reuse__isnull=False)),
        has_national=Exists(papers.filter(from_national_store=True)),
    )


def agencies_issuing_files(*, code: str, since: date, until: date, actor: Actor, now: datetime) -> frozenset[int]:
    """The agencies within `actor`'s reach that issued at least one result of a procedure (by its code) as an electronic file
    in the period. Two queries."""
    require(actor, "dossiers.statistics")
    period = Period.of_days(since, until, now)
    issued = Result.objects.filter(
        file__isnull=False,
        issued_at__gte=period.start,
        issued_at__lt=period.end,
        dossier__version__procedure__code=code,
    )
    found = frozenset(issued.values_list("dossier__agency_id", flat=True).distinct())
    return found if actor.kind == "system" else found & reach(actor, "dossiers.statistics")
