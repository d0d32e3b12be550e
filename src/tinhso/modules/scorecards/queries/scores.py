"""The index from the product's own records: only what they can tell; the rest has no data and no score."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.conf import settings

from tinhso.kernel.access.api import Actor, reach, require
from tinhso.kernel.access.web import local_day
from tinhso.modules.directory import api as directory
from tinhso.modules.scorecards.models import ClosedMonth, ClosedProvince
from tinhso.modules.scorecards.queries.sources import Shares, gather, whole_of
from tinhso.modules.scorecards.rules import Inputs, Scorecard, Share, province_of, score


@dataclass(frozen=True)
class AgencyCard:
    """`closed_at`: when the month was closed; None: counted just now."""

    agency_id: int
    card: Scorecard
    closed_at: datetime | None = None
    # Indicators whose figures are from elsewhere → "source", "given_by", "confirmed_by".
    given: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def inputs(self) -> Inputs:
        shares = {
            one.indicator.key: one.share
            for group in self.card.groups
            for one in group.indicators
            if one.share is not None
        }
        return Inputs(self.card.agency_code, self.card.agency, shares)


@dataclass(frozen=True)
class Month:
    """The scorecards of a time. `whole`: of the province, for who sees all of it; None for others."""

    cards: tuple[AgencyCard, ...]
    whole: Scorecard | None
    closed_at: datetime | None = None


def shares_of(*, since: date, until: date, actor: Actor, now: datetime) -> Shares:
    """What every source tells of the agencies with dossiers in the time. A few queries per source."""
    return gather(since=since, until=until, actor=actor, now=now).known


def scorecards(*, since: date, until: date, actor: Actor, now: datetime) -> tuple[Scorecard, ...]:
    """One scorecard for each agency within `actor`'s reach with dossiers in the period, in the order of codes. Raises
    `ValueError` on days out of order, `Refused`."""
    return tuple(one.card for one in period_of(since=since, until=until, actor=actor, now=now).cards)


def period_of(*, since: date, until: date, actor: Actor, now: datetime) -> Month:
    """Counted now, for any time. Raises `ValueError` on days out of order, `Refused`."""
    asked = gather(since=since, until=until, actor=actor, now=now)
    sees_all = bool(asked.known) and _sees_all(actor, asked.authority.agencies)
    return Month(_cards(asked.known, given=asked.given), _province(whole_of(asked)) if sees_all else None)


def month_of(*, month: date, actor: Actor, now: datetime) -> Month:
    """The scorecards of a month: as closed, or counted now where it has not been closed."""
    closed = closed_cards(month=month, actor=actor)
    if not closed:
        last = (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        return period_of(since=month, until=last, actor=actor, now=now)
    whole = None
    if _sees_all(actor, directory.organisations(on=local_day(now))):
        kept = ClosedProvince.objects.filter(month=month).first()
        # Months closed before the whole was kept tell what may be added up.
        shares = (
            read_shares(kept.shares)
            if kept is not None
            else province_of(tuple(one.inputs for one in closed), code="", name="").shares
        )
        whole = _province(shares)
    return Month(closed, whole, closed[0].closed_at)


def cards_of_month(*, month: date, actor: Actor, now: datetime) -> tuple[AgencyCard, ...]:
    """The agencies' scorecards of a month: as closed, or counted now where it has not been closed."""
    return month_of(month=month, actor=actor, now=now).cards


def _sees_all(actor: Actor, agencies: Iterable[directory.OrganisationInfo]) -> bool:
    """Only who may see every agency sees the sum of all. No query."""
    if actor.kind == "system":
        return True
    within = reach(actor, "dossiers.statistics")
    return all(one.id in within for one in agencies)


def _province(shares: Mapping[str, Share]) -> Scorecard:
    return score(Inputs(settings.PROVINCE["code"], f"Toàn {settings.PROVINCE['full_name']}", shares))


def closed_cards(*, month: date, actor: Actor) -> tuple[AgencyCard, ...]:
    """The scorecards of a month as they were closed; none where it has not been. Two queries."""
    require(actor, "dossiers.statistics")
    closed = ClosedMonth.objects.filter(month=month)
    if actor.kind != "system":
        closed = closed.filter(agency_id__in=reach(actor, "dossiers.statistics"))
    rows = list(closed)
    if not rows:
        return ()
    return _cards(
        {row.agency_id: read_shares(row.shares) for row in rows},
        closed_at=rows[0].closed_at,
        given={row.agency_id: row.given for row in rows},
    )


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


def _cards(
    shares: Shares,
    closed_at: datetime | None = None,
    given: Mapping[int, Mapping[str, Mapping[str, str]]] | None = None,
) -> tuple[AgencyCard, ...]:
    agencies = directory.organisations_by_id(shares)
    found = (
        AgencyCard(
            number,
            score(Inputs(agencies[number].code or "", agencies[number].name, own)),
            closed_at,
            (given or {}).get(number, {}),
        )
        for number, own in shares.items()
    )
    return tuple(sorted(found, key=lambda one: (one.card.agency_code, one.card.agency)))
