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


_NUMBERS: Mapping[str, Q] = {
    name: condition
    for key, (counted, good) in INDICATORS.items()
    for name, condition in ((f"{key}_of", counted), (f"{key}_good", counted & good))
}
# What the conditions above may ask of.
_FACTS = (
    "standing", "origin", "supplement_count", "sync_state", "by_national_identity", "has_result", "has_file", "has_reused",
    "has_national",
)  # fmt: skip


def _counts_for(facts: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    return (
        [name for name, condition in _NUMBERS.items() if _holds(condition, facts)],
        [name for name, condition in _BY_PROCEDURE.items() if _holds(condition, facts)],
    )


def _holds(condition: Q, facts: Mapping[str, Any]) -> bool:
    """The same condition that the lists ask of the database, asked of facts: equality, `__in` and `__lte` only."""
    parts = []
    for part in condition.children:
        if isinstance(part, Q):
            parts.append(_holds(part, facts))
        elif isinstance(part, tuple):
            name, _, way = str(part[0]).partition("__")
            value, wanted = facts[name], part[1]
            parts.append(bool(value in wanted if way == "in" else value <= wanted if way == "lte" else value == wanted))
    return (any(parts) if condition.connector == Q.OR else all(parts)) is not condition.negated


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
    found: dict[int, _Sums] = {}
    # Which numbers a dossier with these facts counts for: there are a few dozen combinations of facts.
    counting_for: dict[tuple[Any, ...], tuple[list[str], list[str]]] = {}
    for part in counting.counted_parts(period):
        # Each fact of a dossier is looked up once in the database; which numbers it counts for is told here.
        groups = with_facts(part, period).filter(scope).values_list("agency_id", "version__procedure__code", *_FACTS)
        for agency_id, code, *rest in groups.annotate(count=Count("pk")):
            *facts, count = rest
            key = tuple(facts)
            if key not in counting_for:
                counting_for[key] = _counts_for(dict(zip(_FACTS, key, strict=True)))
            numbers, procedures = counting_for[key]
            sums = found.setdefault(agency_id, _Sums(dict.fromkeys(_NUMBERS, 0)))
            for name in numbers:
                sums.numbers[name] += count
            for name in procedures:
                sums.procedures[name].add(code)
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
