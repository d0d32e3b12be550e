"""The index from the product's own records: only what they can tell; the rest has no data and no score."""

from __future__ import annotations

from datetime import date, datetime

from tinhso.kernel.access.api import Actor
from tinhso.modules.dossiers.api import IndexCounts, index_counts
from tinhso.modules.scorecards.rules import Inputs, Scorecard, Share, score


def scorecards(*, since: date, until: date, actor: Actor, now: datetime) -> tuple[Scorecard, ...]:
    """One scorecard for each agency within `actor`'s reach with dossiers in the period, in the order of codes. One
    query. Raises `ValueError` on days out of order, `Refused`."""
    counts = index_counts(since=since, until=until, actor=actor, now=now)
    return tuple(score(inputs_of(row)) for row in counts)


def inputs_of(row: IndexCounts) -> Inputs:
    shares = {key: Share(numerator, denominator) for key, (numerator, denominator) in row.counts.items()}
    return Inputs(row.agency_code, row.agency, shares)
