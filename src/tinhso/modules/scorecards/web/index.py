"""The index of Quyết định 766: the ranking of a month, an agency's points down to its dossiers, what would win them back."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from tinhso.kernel.access.web import ActorRequest, guarded, local_day
from tinhso.modules.dossiers import api as dossiers
from tinhso.modules.scorecards.queries import lost, progress, scores
from tinhso.modules.scorecards.queries.scores import AgencyCard
from tinhso.modules.scorecards.rules import (
    GROUPS,
    INDICATORS,
    NO_DATA,
    PROCEDURE_INDICATORS,
    IndicatorScore,
    Scorecard,
    counts_as_late_by_law,
    rounded,
    win_back,
)
from tinhso.modules.scorecards.web import asking


def _month(request: ActorRequest) -> date:
    return asking.read_month(request.GET.get("month", ""), local_day(request.now))


def points(value: Fraction | None) -> str:
    """Two decimals as Vietnamese write them; what has no data is a dash, never 0."""
    found = rounded(value)
    return "–" if found is None else f"{found:.2f}".replace(".", ",")


@never_cache
@require_GET
@guarded("scorecards.index")
def ranking(request: ActorRequest) -> HttpResponse:
    """The agencies of a month in the order of their points."""
    month, today = _month(request), local_day(request.now)
    found = scores.month_of(month=month, actor=request.actor, now=request.now)
    cards = found.cards
    before = {
        one.agency_id: one.card.reached
        for one in scores.closed_cards(month=(month - timedelta(days=1)).replace(day=1), actor=request.actor)
    }
    context = {
        "month": month,
        "is_present": month == today.replace(day=1),
        "closed_at": found.closed_at,
        "whole": found.whole
        and {
            "name": found.whole.agency,
            "points": points(found.whole.points),
            "known_max": found.whole.known_max,
            "reached": points(found.whole.reached),
            "groups": _groups(found.whole),
        },
        "rows": _ranked(cards, before),
        "groups": GROUPS,
        **asking.neighbours(month, today, reverse("scorecards:index")),
    }
    return render(request, "scorecards/index.html", context)


def _ranked(cards: tuple[AgencyCard, ...], before: dict[int, Fraction | None]) -> list[dict[str, Any]]:
    """By what was reached of the points that there is data for: who has more data is not ahead for that alone."""
    ordered = sorted(cards, key=lambda one: -(one.card.reached or Fraction(-1)))
    rows: list[dict[str, Any]] = []
    for place, one in enumerate(ordered, start=1):
        same = rows and rows[-1]["exact"] == one.card.reached
        earlier = before.get(one.agency_id)
        change = None if earlier is None or one.card.reached is None else one.card.reached - earlier
        rows.append(
            {
                "rank": rows[-1]["rank"] if same else place,
                "exact": one.card.reached,
                "reached": points(one.card.reached),
                "id": one.agency_id,
                "name": one.card.agency,
                "points": points(one.card.points),
                "known_max": one.card.known_max,
                "change": "" if change is None else f"{'+' if change > 0 else ''}{points(change)}",
                "groups": _groups(one.card),
            }
        )
    return rows


def _groups(card: Scorecard) -> list[tuple[str, int]]:
    return [(points(group.points), group.group.max_points) for group in card.groups]


@never_cache
@require_GET
@guarded("scorecards.index")
def agency(request: ActorRequest, agency_id: int) -> HttpResponse:
    """One agency's points of a month, indicator by indicator."""
    month, today = _month(request), local_day(request.now)
    cards = scores.cards_of_month(month=month, actor=request.actor, now=request.now)
    found = next((one for one in cards if one.agency_id == agency_id), None)
    if found is None and agency_id not in {one.id for one in progress.agencies_within(request.actor)}:
        raise Http404
    context = {
        "agency_name": found.card.agency if found else progress.agency_name(agency_id),
        "card": found,
        "points": points(found.card.points) if found else "",
        "month": month,
        "is_present": month == today.replace(day=1),
        "groups": [
            {
                "title": group.group.title,
                "points": points(group.points),
                "max": group.group.max_points,
                "rows": [_indicator(one, found, month) for one in group.indicators],
            }
            for group in (found.card.groups if found else ())
        ],
        "trend": [
            (when, points(one.card.points), one.card.known_max, one.closed_at)
            for when, one in scores.trend_of(agency_id=agency_id, until=month, actor=request.actor)
        ],
        "back": f"{reverse('scorecards:index')}?month={month:%Y-%m}",
        **asking.neighbours(month, today, reverse("scorecards:index_agency", args=[agency_id])),
    }
    return render(request, "scorecards/index_agency.html", context)


def _indicator(one: IndicatorScore, card: AgencyCard | None, month: date) -> dict[str, Any]:
    key, agency_id = one.indicator.key, card.agency_id if card else 0
    given = card.given.get(key) if card else None
    share = one.share
    against = bool(one.missing) and given is None and (key in dossiers.INDEX_INDICATORS or key in PROCEDURE_INDICATORS)
    address = reverse("scorecards:index_dossiers", args=[agency_id, key])
    things = "thủ tục" if key in PROCEDURE_INDICATORS else "hồ sơ"
    return {
        "code": one.indicator.code,
        "title": one.indicator.title,
        "share": share,
        "percent": f"{100 * share.numerator / share.denominator:.2f}".replace(".", ",")
        if share is not None and share.denominator
        else "",
        "points": points(one.points),
        "max": one.indicator.max_points,
        "why_empty": NO_DATA.get(key, "Chưa có số liệu trong tháng.") if one.points is None else "",
        "win_back": win_back(one),
        "url": f"{address}?month={month:%Y-%m}" if against else "",
        "given": given,
        "link": f"Xem các {things} làm mất điểm",
    }


@never_cache
@require_GET
@guarded("scorecards.index")
def against(request: ActorRequest, agency_id: int, indicator: str) -> HttpResponse:
    """What counts against an agency in an indicator: its dossiers, or its procedures."""
    if indicator in PROCEDURE_INDICATORS:
        return _procedures_against(request, agency_id, indicator)
    if indicator not in dossiers.INDEX_INDICATORS:
        raise Http404
    month = _month(request)
    since, until = asking.month_of(month)
    after = request.GET.get("after", "")[:80]
    page = dossiers.counted_dossiers(
        number=f"against.{indicator}",
        since=since,
        until=until,
        narrowing=dossiers.Narrowing(agency_id=agency_id),
        actor=request.actor,
        now=request.now,
        after=after,
    )
    here = f"?month={month:%Y-%m}"
    context = {
        "asked": {"since": since, "until": until},
        "page": page,
        "rows": [(row, progress.STANDINGS[row.standing]) for row in page.rows],
        "title": f"Hồ sơ làm mất điểm: {INDICATORS[indicator].title.lower()}",
        "scope": progress.scope_in_words(dossiers.Narrowing(agency_id=agency_id), request.actor),
        "lead": counts_as_late_by_law() if indicator == "settled_on_time" else "",
        "back": f"{reverse('scorecards:index_agency', args=[agency_id])}{here}",
        "back_label": "Về điểm của cơ quan",
        "after": after,
        "first_url": here if after else "",
        "next_url": f"{here}&after={page.next}" if page.next else "",
    }
    return render(request, "scorecards/progress_dossiers.html", context)


def _procedures_against(request: ActorRequest, agency_id: int, indicator: str) -> HttpResponse:
    month = _month(request)
    if agency_id not in {one.id for one in progress.agencies_within(request.actor)}:
        raise Http404
    found = lost.procedures_against(
        agency_id=agency_id, indicator=indicator, month=month, actor=request.actor, now=request.now
    )
    pages = max(1, -(-len(found) // lost.PAGE))
    number = min(max(1, int(asked)), pages) if (asked := request.GET.get("page", "")[:6]).isdecimal() else 1
    here = f"?month={month:%Y-%m}"
    context = {
        "rows": found[(number - 1) * lost.PAGE : number * lost.PAGE],
        "total": len(found),
        "number": number,
        "pages": pages,
        "title": f"Thủ tục làm mất điểm: {INDICATORS[indicator].title.lower()}",
        "agency_name": progress.agency_name(agency_id),
        "month": month,
        "lead": lost.LEADS.get(indicator, ""),
        "back": f"{reverse('scorecards:index_agency', args=[agency_id])}{here}",
        "previous_url": f"{here}&page={number - 1}" if number > 1 else "",
        "next_url": f"{here}&page={number + 1}" if number < pages else "",
    }
    return render(request, "scorecards/index_procedures.html", context)
