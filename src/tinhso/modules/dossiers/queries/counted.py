"""The list behind a number of the progress table or of the index, page by page, by keyset and never by an offset."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import F, Q, QuerySet

from tinhso.kernel.access.api import Actor, reach, require
from tinhso.modules.dossiers.models import Dossier
from tinhso.modules.dossiers.queries import counting, shares
from tinhso.modules.dossiers.queries.counting import Narrowing, Period, Standing
from tinhso.modules.dossiers.queries.index_counts import INDICATORS, with_facts
from tinhso.modules.dossiers.queries.lists import cursor_of, mark_of
from tinhso.modules.dossiers.queries.statistics import NUMBERS
from tinhso.modules.dossiers.rules import Channel, State

PAGE = 50
AGAINST = "against."  # what a list of an index's indicator is asked by, before its key


@dataclass(frozen=True)
class CountedRow:
    """One dossier behind a number. `applicant_name` and `public_id`: only where the reader may open the dossier.
    `is_share`: counted for what one agency does of it; the times are then that agency's own."""

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
    is_share: bool = False


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
    ended, the latest first; narrowed to one agency, then its shares of dossiers across agencies. `number`: a name of
    `statistics.NUMBERS`, or "against." and an indicator of the index for those that count against the agency. Two to four queries. Raises `ValueError` on an unknown number or period."""
    require(actor, "dossiers.statistics")
    period = Period.of_days(since, until, now)
    scope, share_scope = counting.scopes(actor, narrowing)
    scope &= _condition(number)
    if number.endswith(".carried_over"):
        # Its origin says so too; said of the column, an index knows where to look.
        scope &= Q(accepted_at__lt=period.start)
    facts = number.startswith(AGAINST)
    by_share = narrowing.agency_id is not None and not facts
    if by_share:
        scope &= Q(is_joint=False)
    opened, ended = (
        (with_facts(part, period) if facts else part).filter(scope) for part in counting.counted_parts(period)
    )
    place, _, cursor = after.partition("_")
    wanted = limit + 1
    found: list[tuple[str, datetime, int]] = []
    if place not in ("e", "s"):
        found += _keys("o", opened, "accepted_at", cursor if place == "o" else "", wanted)
    if len(found) < wanted and place != "s":
        found += _keys("e", ended, "-ended_at", cursor if place == "e" else "", wanted - len(found))
    mine: list[dict[str, Any]] = []
    if by_share and len(found) < wanted:
        mine = _shares(period, number, share_scope, cursor if place == "s" else "", wanted - len(found))
        found += [("s", row["received_at"], row["dossier_id"]) for row in mine]
    shown = found[:limit]
    more = len(found) > limit
    whole = [key for place, _, key in shown if place != "s"]
    rows = (*_rows(whole, actor, period), *_share_rows(mine[: len(shown) - len(whole)], actor))
    return CountedPage(rows, f"{shown[-1][0]}_{cursor_of(shown[-1][1], shown[-1][2])}" if more else "")


def _shares(period: Period, number: str, scope: Q, cursor: str, wanted: int) -> list[dict[str, Any]]:
    """The agency's shares by the dossiers' numbers. One query."""
    mark = mark_of(cursor) if cursor else None
    if mark is not None:
        scope &= Q(dossier_id__gt=mark[1])
    found = shares.counted_shares(period, scope).filter(_condition(number)).order_by("dossier_id")
    return list(found[:wanted])


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


_FACTS = (
    "pk", "public_id", "code", "applicant_name", "version__procedure__plain_name", "version__procedure__name",
    "agency__short_name", "agency__name", "agency_id", "office_id", "state", "channel", "accepted_at", "due_at",
    "ended_at", "supplement_count",
)  # fmt: skip
_COLUMNS = (*_FACTS, "standing")


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


def _share_rows(found: Sequence[Mapping[str, Any]], actor: Actor) -> tuple[CountedRow, ...]:
    """The agency's own times; open to the readers of the dossier. One query, none for none."""
    if not found:
        return ()
    openable = reach(actor, "dossiers.view")
    known = {
        row["pk"]: row for row in Dossier.objects.filter(pk__in=[one["dossier_id"] for one in found]).values(*_FACTS)
    }
    rows = []
    for one in found:
        row = known[one["dossier_id"]]
        may_open = bool({row["agency_id"], row["office_id"], one["organisation_id"]} & openable)
        rows.append(
            CountedRow(
                public_id=row["public_id"] if may_open else None,
                code=row["code"],
                applicant_name=row["applicant_name"] if may_open else "",
                procedure_name=row["version__procedure__plain_name"] or row["version__procedure__name"],
                agency_name=row["agency__short_name"] or row["agency__name"],
                channel=Channel(row["channel"]),
                state=State(row["state"]),
                standing=Standing(one["standing"]),
                accepted_at=one["received_at"],
                due_at=one["share_due_at"],
                ended_at=one["finished_at"],
                supplement_count=row["supplement_count"],
                is_share=True,
            )
        )
    return tuple(rows)
