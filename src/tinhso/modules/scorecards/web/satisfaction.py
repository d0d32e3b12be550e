"""How satisfied people are, by agency and month; never by officer, never few."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from tinhso.kernel.access.web import ActorRequest, guarded, local_day
from tinhso.kernel.charts.api import Bar, Part, stacked_bars
from tinhso.modules.dossiers import api as dossiers
from tinhso.modules.scorecards.queries import progress
from tinhso.modules.scorecards.rules import SATISFACTION_TARGET
from tinhso.modules.scorecards.web import asking
from tinhso.modules.scorecards.web.asking import Asked

PARTS = (Part("Hài lòng", "success"), Part("Bình thường", "neutral"), Part("Không hài lòng", "danger"))


def _year_to(day: date) -> tuple[date, date]:
    return date(day.year - 1, day.month, 1) if day.month < 12 else date(day.year, 1, 1), day


def _asked(request: ActorRequest) -> Asked:
    """Whole months; a year to this day where nothing is said."""
    today = local_day(request.now)
    given: dict[str, str] = {**request.GET.dict()}
    if not given.get("from"):
        given["from"] = _year_to(today)[0].isoformat()
    return asking.read(given, today)


@never_cache
@require_GET
@guarded("scorecards.satisfaction")
def agencies(request: ActorRequest) -> HttpResponse:
    """Every agency's share of satisfied people against the target, and the trend of all."""
    asked = _asked(request)
    counts = dossiers.rating_counts(since=asked.since, until=asked.until, actor=request.actor, now=request.now)
    shown = [_row(one) for one in counts if not one.hidden]
    context = {
        "asked": asked,
        "rows": sorted(shown, key=lambda row: -row["share"]),
        "hidden": [one.agency for one in counts if one.hidden],
        "least": dossiers.RATINGS_SHOWN_FROM,
        "target": SATISFACTION_TARGET,
        "source": dossiers.questions_on(asked.until).source,
        "error_list": list(asked.errors.items()),
        **_trend(asked, request, None),
    }
    return render(request, "scorecards/satisfaction.html", context, status=422 if asked.errors else 200)


@never_cache
@require_GET
@guarded("scorecards.satisfaction")
def agency(request: ActorRequest, agency_id: int) -> HttpResponse:
    """One agency: question by question, what people wrote, and its trend."""
    if agency_id not in {one.id for one in progress.agencies_within(request.actor)}:
        raise Http404
    asked = _asked(request)
    answers, comments = dossiers.answers_of(
        agency_id=agency_id, since=asked.since, until=asked.until, actor=request.actor, now=request.now
    )
    context = {
        "asked": asked,
        "agency_name": progress.agency_name(agency_id),
        "answers": [
            {
                "text": one.question.text,
                "levels": list(zip(one.question.words, one.numbers, strict=True)),
                "mean": f"{sum(n * level for level, n in enumerate(one.numbers, 1)) / sum(one.numbers):.2f}".replace(
                    ".", ","
                ),
            }
            for one in answers
        ],
        "comments": comments,
        "least": dossiers.RATINGS_SHOWN_FROM,
        "back": reverse("scorecards:satisfaction") + asked.address(agency=None),
        **_trend(asked, request, agency_id),
    }
    return render(request, "scorecards/satisfaction_agency.html", context)


def _row(one: dossiers.RatingCounts) -> dict[str, Any]:
    share = one.satisfied / one.total
    return {
        "id": one.agency_id,
        "name": one.agency,
        "total": one.total,
        "satisfied": one.satisfied,
        "dissatisfied": one.dissatisfied,
        "share": share,
        "percent": f"{100 * share:.1f}".replace(".", ","),
        "reached": 100 * share >= SATISFACTION_TARGET,
    }


def _trend(asked: Asked, request: ActorRequest, agency_id: int | None) -> dict[str, Any]:
    months = dossiers.ratings_by_month(
        since=asked.since, until=asked.until, actor=request.actor, now=request.now, agency_id=agency_id
    )
    return {
        "chart": stacked_bars(
            PARTS, [Bar(f"{month:%m/%Y}", found) for month, found in months.items()], y_title="Phiếu"
        ),
        "months": [
            (month, *found, f"{100 * found[0] / sum(found):.1f}".replace(".", ",")) for month, found in months.items()
        ],
    }
