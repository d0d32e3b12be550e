"""Figures from elsewhere: those of a month as their pages show them, and the confirmed ones that count."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Case, IntegerField, QuerySet, Value, When

from tinhso.kernel.access.api import Actor, reach
from tinhso.modules.scorecards.models import GivenFigure
from tinhso.modules.scorecards.rules import INDICATORS, Share

PAGE = 50
State = GivenFigure.State
TONES = {State.WAITING: "warning", State.CONFIRMED: "success", State.REFUSED: "danger", State.REPLACED: "neutral"}


@dataclass(frozen=True)
class FigureInfo:
    """`may_decide`: waits, and the reader is another than who gave it, with the right to confirm."""

    id: int
    agency_id: int
    agency: str
    month: date
    indicator: str
    numerator: int
    denominator: int
    source: str
    state: str
    given_at: datetime
    given_by_name: str
    decided_at: datetime | None
    decided_by_name: str
    reason: str
    replaced_at: datetime | None
    may_decide: bool

    @property
    def code(self) -> str:
        return INDICATORS[self.indicator].code

    @property
    def title(self) -> str:
        return INDICATORS[self.indicator].title

    @property
    def state_title(self) -> str:
        return State(self.state).label

    @property
    def tone(self) -> str:
        return TONES[State(self.state)]


@dataclass(frozen=True)
class Used:
    """A confirmed figure that counts, and where it comes from: "source", "given_by", "confirmed_by"."""

    share: Share
    words: Mapping[str, str]


def figures_of(*, month: date, actor: Actor, page: int) -> tuple[tuple[FigureInfo, ...], int]:
    """One page of a month's figures within reach, those that wait first; and how many there are. Two queries."""
    rows = _within(actor).filter(month=month)
    order = Case(When(state=State.WAITING, then=Value(0)), default=Value(1), output_field=IntegerField())
    shown = rows.annotate(place=order).order_by("place", "agency__sort_key", "indicator", "-pk")
    return tuple(_info(row, actor) for row in shown[(page - 1) * PAGE : page * PAGE]), rows.count()


def figure_of(figure_id: int, actor: Actor) -> tuple[FigureInfo, ...]:
    """The figure and what was given of the same before and after it, the latest first; empty where it is not within reach."""
    found = _within(actor).filter(pk=figure_id).first()
    if found is None:
        return ()
    same = _within(actor).filter(agency_id=found.agency_id, month=found.month, indicator=found.indicator)
    return (_info(found, actor), *(_info(row, actor) for row in same.exclude(pk=figure_id).order_by("-pk")[:50]))


def _within(actor: Actor) -> QuerySet[GivenFigure]:
    rows = GivenFigure.objects.select_related("agency")
    return rows if actor.kind == "system" else rows.filter(agency_id__in=reach(actor, "scorecards.see_given"))


def _info(row: GivenFigure, actor: Actor) -> FigureInfo:
    mine = actor.stands_for(row.given_by_id)
    return FigureInfo(
        id=row.pk, agency_id=row.agency_id, agency=row.agency.name, month=row.month, indicator=row.indicator,
        numerator=row.numerator, denominator=row.denominator, source=row.source, state=row.state, given_at=row.given_at,
        given_by_name=row.given_by_name, decided_at=row.decided_at, decided_by_name=row.decided_by_name, reason=row.reason,
        replaced_at=row.replaced_at,
        may_decide=row.state == State.WAITING and not mine and row.agency_id in reach(actor, "scorecards.confirm_figures"),
    )  # fmt: skip


def confirmed(*, since: date, until: date, actor: Actor) -> Mapping[int, Mapping[str, Used]]:
    """Agency → indicator → the confirmed figures of the months from `since` to `until`, where these are whole months and every
    one of them has its figure. One query."""
    if since.day != 1 or (until + timedelta(days=1)).day != 1:
        return {}
    months = (until.year - since.year) * 12 + until.month - since.month + 1
    rows = GivenFigure.objects.filter(state=State.CONFIRMED, month__gte=since, month__lte=until)
    if actor.kind != "system":
        rows = rows.filter(agency_id__in=reach(actor, "dossiers.statistics"))
    found: dict[tuple[int, str], list[GivenFigure]] = {}
    for row in rows.order_by("month"):
        found.setdefault((row.agency_id, row.indicator), []).append(row)
    used: dict[int, dict[str, Used]] = {}
    for (agency_id, key), known in found.items():
        if len(known) == months:
            used.setdefault(agency_id, {})[key] = Used(
                sum((Share(row.numerator, row.denominator) for row in known), Share(0, 0)),
                {
                    "source": "; ".join(dict.fromkeys(row.source for row in known)),
                    "given_by": ", ".join(dict.fromkeys(row.given_by_name for row in known)),
                    "confirmed_by": ", ".join(dict.fromkeys(row.decided_by_name for row in known)),
                },
            )
    return used
