"""The list behind a number of the progress table or of the index, page by page, by keyset and never by an offset."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import F, Q, QuerySet

from tinhso.kernel.access.api import Actor, reach, require
from tinhso.modules.dossiers.models import Dossier
from tinhso.modules.dossiers.queries import counting
from tinhso.modules.dossiers.queries.counting import Narrowing, Period, Standing
from tinhso.modules.dossiers.queries.index_counts import INDICATORS, with_facts
from tinhso.modules.dossiers.queries.lists import cursor_of, mark_of
from tinhso.modules.dossiers.queries.statistics import NUMBERS
from tinhso.modules.dossiers.rules import Channel, State

PAGE = 50
AGAINST = "against."  # what a list of an index's indicator is asked by, before its key


@dataclass(frozen=True)
class CountedRow:
    """One dossier behind a number. `applicant_name` and `public_id`: only where the reader may open the dossier."""

    public_id: UUID | None
    code: str
    applicant_name: str
    procedure_name: str
    agency_name: str
    channel: Channel
    state: State
    standing: Standing
    accepted_at: datetime | None
    due_at: datetime | None
    ended_at: datetime | None
    supplement_count: int


@dataclass(frozen=True)
class CountedPage:
    """`next`: what to give as `after` for the following rows, "" at the end."""

    rows: tuple[CountedRow, ...]
    next: str


def counted_dossiers(
    *,
    number: str,
    since: date,
    until: date,
    actor: Actor,
    now: datetime,
    narrowing: Narrowing = Narrowing(),  # noqa: B008 - frozen
    after: str = "",
    limit: int = PAGE,
) -> CountedPage:
    """The dossiers that a number counts within `actor`'s reach: those still open by the time of acceptance, then those
    ended, the latest first. `number`: a name of `statistics.NUMBERS`, or "against." and an indicator of the index for
    those that count against the agency. Two to four queries. Raises `ValueError` on an unknown number or period."""
    require(actor, "dossiers.statistics")
    period = Period.of_days(since, until, now)
    scope = counting.within(actor) & narrowing.condition & _condition(number)
    facts = number.startswith(AGAINST)
    opened, ended = (
        (with_facts(part, period) if facts else part).filter(scope) for part in counting.counted_parts(period)
    )
    place, _, cursor = after.partition("_")
    wanted = limit + 1
    found: list[tuple[str, datetime, int]] = []
    if place != "e":
        found += _keys("o", opened, "accepted_at", cursor if place == "o" else "", wanted)
    if len(found) < wanted:
        found += _keys("e", ended, "-ended_at", cursor if place == "e" else "", wanted - len(found))
    shown = found[:limit]
    more = len(found) > limit
    return CountedPage(
        _rows([key for _, _, key in shown], actor, period),
        f"{shown[-1][0]}_{cursor_of(shown[-1][1], shown[-1][2])}" if more else "",
    )


def _condition(number: str) -> Q:
    if number.startswith(AGAINST):
        key = number.removeprefix(AGAINST)
        if key not in INDICATORS:
            raise ValueError(f"Không có chỉ tiêu «{key}».")
        counted, good = INDICATORS[key]
        return counted & ~good
    if number not in NUMBERS:
        raise ValueError(f"Không có số liệu «{number}».")
    origins, standings = NUMBERS[number]
    found = Q(standing__in=sorted(standings))
    if origins != frozenset(counting.Origin):
        found &= Q(origin__in=sorted(origins))
    return found


def _keys(place: str, part: QuerySet[Dossier], order: str, cursor: str, wanted: int) -> list[tuple[str, datetime, int]]:
    """Only what the index holds is read here; the rows of the page are fetched by their numbers afterwards."""
    column = order.lstrip("-")
    mark = mark_of(cursor)
    if mark is not None and mark[0] is not None:
        at, number = mark
        side = "lt" if order.startswith("-") else "gt"
        part = part.filter(
            Q(**{f"{column}__{side}e": at}) & (Q(**{f"{column}__{side}": at}) | Q(**{f"pk__{side}": number}))
        )
    backwards = order.startswith("-")
    ordered = part.order_by(order, "-pk" if backwards else "pk")
    return [(place, at, key) for at, key in ordered.values_list(F(column), "pk")[:wanted]]


_COLUMNS = (
    "pk", "public_id", "code", "applicant_name", "version__procedure__plain_name", "version__procedure__name",
    "agency__short_name", "agency__name", "agency_id", "office_id", "state", "channel", "accepted_at", "due_at",
    "ended_at", "supplement_count", "standing",
)  # fmt: skip


def _rows(keys: Collection[int], actor: Actor, period: Period) -> tuple[CountedRow, ...]:
    found: dict[int, dict[str, Any]] = {}
    for part in counting.counted_parts(period):
        found |= {row["pk"]: row for row in part.filter(pk__in=keys).values(*_COLUMNS)}
    openable = reach(actor, "dossiers.view")
    rows = []
    for key in keys:
        row = found[key]
        known = row["agency_id"] in openable or row["office_id"] in openable
        rows.append(
            CountedRow(
                public_id=row["public_id"] if known else None,
                code=row["code"],
                applicant_name=row["applicant_name"] if known else "",
                procedure_name=row["version__procedure__plain_name"] or row["version__procedure__name"],
                agency_name=row["agency__short_name"] or row["agency__name"],
                channel=Channel(row["channel"]),
                state=State(row["state"]),
                standing=Standing(row["standing"]),
                accepted_at=row["accepted_at"],
                due_at=row["due_at"],
                ended_at=row["ended_at"],
                supplement_count=row["supplement_count"],
            )
        )
    return tuple(rows)
