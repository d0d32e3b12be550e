"""The index from the product's own records: only what they can tell; the rest has no data and no score."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from tinhso.kernel.access.api import Actor, reach, require
from tinhso.modules.directory import api as directory
from tinhso.modules.dossiers.api import index_counts, rating_counts
from tinhso.modules.payments.api import online_payment_counts
from tinhso.modules.scorecards.models import ClosedMonth
from tinhso.modules.scorecards.rules import Inputs, Scorecard, Share, score

Shares = Mapping[int, Mapping[str, Share]]
# Agency → the shares of the indicators that a module below can tell of a time.
Source = Callable[[date, date, Actor, datetime, Shares], Shares]


def _of_dossiers(since: date, until: date, actor: Actor, now: datetime, known: Shares) -> Shares:
    return {
        row.agency_id: {key: Share(*pair) for key, pair in row.counts.items()}
        for row in index_counts(since=since, until=until, actor=actor, now=now)
    }


def _of_ratings(since: date, until: date, actor: Actor, now: datetime, known: Shares) -> Shares:
    """5.4: all, less those late and those whose person was dissatisfied. Only where enough people have rated for their
    number to be shown."""
    found = {}
    for row in rating_counts(since=since, until=until, actor=actor, now=now):
        settled = known.get(row.agency_id, {}).get("settled_on_time")
        if settled is not None and not row.hidden:
            good = max(0, settled.numerator - row.dissatisfied_in_time)
            found[row.agency_id] = {"service_satisfied": Share(good, settled.denominator)}
    return found


def _of_payments(since: date, until: date, actor: Actor, now: datetime, known: Shares) -> Shares:
    """3.5b and 3.6, of the charges asked in the time. An agency that asked for none has no data: whether its procedures
    cost anything is not known from that."""
    found = {}
    for number, row in online_payment_counts(since=since, until=until).items():
        if number in known and row.charged:
            found[number] = {
                "dossiers_paid_online": Share(min(row.paid_online, row.charged), row.charged),
                "procedures_paid_online": Share(min(row.topics_online, row.topics), row.topics),
            }
    return found


# In order: a later one may stand on what the earlier ones told.
SOURCES: tuple[Source, ...] = (_of_dossiers, _of_ratings, _of_payments)


@dataclass(frozen=True)
class AgencyCard:
    """`closed_at`: when the month was closed; None: counted just now."""

    agency_id: int
    card: Scorecard
    closed_at: datetime | None = None


def shares_of(*, since: date, until: date, actor: Actor, now: datetime) -> Shares:
    """What every source tells of the agencies with dossiers in the time. A few queries per source."""
    known: dict[int, dict[str, Share]] = {}
    for source in SOURCES:
        for number, shares in source(since, until, actor, now, known).items():
            known.setdefault(number, {}).update(shares)
    return known


def scorecards(*, since: date, until: date, actor: Actor, now: datetime) -> tuple[Scorecard, ...]:
    """One scorecard for each agency within `actor`'s reach with dossiers in the period, in the order of codes. Raises
    `ValueError` on days out of order, `Refused`."""
    return tuple(one.card for one in _cards(shares_of(since=since, until=until, actor=actor, now=now)))


def cards_of_month(*, month: date, actor: Actor, now: datetime) -> tuple[AgencyCard, ...]:
    """The scorecards of a month: as closed, or counted now where it has not been closed."""
    closed = closed_cards(month=month, actor=actor)
    if closed:
        return closed
    last = (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return _cards(shares_of(since=month, until=last, actor=actor, now=now))


def closed_cards(*, month: date, actor: Actor) -> tuple[AgencyCard, ...]:
    """The scorecards of a month as they were closed; none where it has not been. Two queries."""
    require(actor, "dossiers.statistics")
    closed = ClosedMonth.objects.filter(month=month)
    if actor.kind != "system":
        closed = closed.filter(agency_id__in=reach(actor, "dossiers.statistics"))
    rows = list(closed)
    if not rows:
        return ()
    return _cards({row.agency_id: read_shares(row.shares) for row in rows}, closed_at=rows[0].closed_at)


def trend_of(*, agency_id: int, until: date, actor: Actor) -> tuple[tuple[date, AgencyCard], ...]:
    """The agency's closed months to `until`, at most twelve, the earliest first. Two queries."""
    if actor.kind != "system" and agency_id not in reach(actor, "dossiers.statistics"):
        return ()
    rows = list(ClosedMonth.objects.filter(agency_id=agency_id, month__lte=until).order_by("-month")[:12])
    if not rows:
        return ()
    agency = directory.organisation(agency_id)
    return tuple(
        (
            row.month,
            AgencyCard(
                agency_id, score(Inputs(agency.code or "", agency.name, read_shares(row.shares))), row.closed_at
            ),
        )
        for row in reversed(rows)
    )


def read_shares(kept: Mapping[str, list[int]]) -> dict[str, Share]:
    return {key: Share(*pair) for key, pair in kept.items()}


def _cards(shares: Shares, closed_at: datetime | None = None) -> tuple[AgencyCard, ...]:
    agencies = directory.organisations_by_id(shares)
    found = (
        AgencyCard(number, score(Inputs(agencies[number].code or "", agencies[number].name, own)), closed_at)
        for number, own in shares.items()
    )
    return tuple(sorted(found, key=lambda one: (one.card.agency_code, one.card.agency)))
