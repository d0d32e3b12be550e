"""The questions that people are asked, and what they answered: by agency and month, never by officer, never few."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from django.db.models import Count, Q

from tinhso.kernel.access.api import Actor, reach, require
from tinhso.kernel.clock import VIETNAM
from tinhso.modules.directory import api as directory
from tinhso.modules.dossiers.models import Rated, Rating
from tinhso.modules.dossiers.rules import DISSATISFIED_TO, RATINGS_SHOWN_FROM, SATISFIED_FROM

DATA = Path(__file__).resolve().parents[1] / "data" / "rating_questions.json"
COMMENTS = 50


@dataclass(frozen=True)
class Question:
    """`words`: what 1 to 5 mean."""

    key: str
    text: str
    words: tuple[str, ...]


@dataclass(frozen=True)
class QuestionSet:
    key: str
    valid_from: date
    source: str
    questions: tuple[Question, ...]


@cache
def question_sets() -> tuple[QuestionSet, ...]:
    """Every set of questions, the oldest first."""
    raw = json.loads(DATA.read_text(encoding="utf-8"))
    return tuple(
        QuestionSet(
            one["key"],
            date.fromisoformat(one["valid_from"]),
            one["source"],
            tuple(Question(q["key"], q["text"], tuple(q["words"])) for q in one["questions"]),
        )
        for one in sorted(raw, key=lambda one: str(one["valid_from"]))
    )


def questions_on(day: date) -> QuestionSet:
    """The set that is asked on a day; before the first one, the first."""
    sets = question_sets()
    return next((one for one in reversed(sets) if one.valid_from <= day), sets[0])


def rated_on(dossier_id: int) -> date | None:
    """The day on which the dossier was rated; None: not yet. One query."""
    return Rated.objects.filter(dossier_id=dossier_id).values_list("rated_date", flat=True).first()


@dataclass(frozen=True)
class RatingCounts:
    """The ratings of one agency in a time. `hidden`: too few to be shown; then every number is 0."""

    agency_id: int
    agency_code: str
    agency: str
    total: int = 0
    satisfied: int = 0
    dissatisfied: int = 0
    dissatisfied_in_time: int = 0

    @property
    def hidden(self) -> bool:
        return self.total == 0


_COUNTS = {
    "total": Count("pk"),
    "satisfied": Count("pk", filter=Q(overall__gte=SATISFIED_FROM)),
    "dissatisfied": Count("pk", filter=Q(overall__lte=DISSATISFIED_TO)),
    "dissatisfied_in_time": Count("pk", filter=Q(overall__lte=DISSATISFIED_TO, was_late=False)),
}


def rating_counts(*, since: date, until: date, actor: Actor, now: datetime) -> tuple[RatingCounts, ...]:
    """By agency within `actor`'s reach with any rating in the months from `since`'s to `until`'s, in the order of
    codes. Two queries. Raises `Refused`."""
    require(actor, "dossiers.ratings")
    found: dict[int, Counter[str]] = {}
    for (agency_id, _), counts in _cells(since, until, actor, now, shown=False).items():
        found.setdefault(agency_id, Counter()).update(counts)
    agencies = directory.organisations_by_id(found)
    rows = (
        RatingCounts(number, agencies[number].code or "", agencies[number].name, **counts)
        for number, counts in found.items()
    )
    return tuple(sorted(rows, key=lambda one: (one.agency_code, one.agency)))


def ratings_by_month(
    *, since: date, until: date, actor: Actor, now: datetime, agency_id: int | None = None
) -> dict[date, tuple[int, int, int]]:
    """Month → (satisfied, neither, dissatisfied), of one agency or of all within reach; months with too few ratings are
    left out. One query."""
    require(actor, "dossiers.ratings")
    found: dict[date, Counter[str]] = {}
    for (agency, month), counts in _cells(since, until, actor, now).items():
        if agency_id in (None, agency):
            found.setdefault(month, Counter()).update(counts)
    return {
        month: (
            own["satisfied"],
            own["total"] - own["satisfied"] - own["dissatisfied"],
            own["dissatisfied"],
        )
        for month, own in sorted(found.items())
    }


@dataclass(frozen=True)
class Answers:
    """How one question was answered: how many gave 1, 2, … 5."""

    question: Question
    numbers: tuple[int, ...]


def answers_of(
    *, agency_id: int, since: date, until: date, actor: Actor, now: datetime
) -> tuple[tuple[Answers, ...], tuple[str, ...]]:
    """An agency's answers by question, and what people wrote, in no order that tells when. Empty with too few ratings.
    Two queries. Raises `Refused`."""
    require(actor, "dossiers.ratings")
    months = [month for agency, month in _cells(since, until, actor, now) if agency == agency_id]
    rows = Rating.objects.filter(agency_id=agency_id, month__in=months).order_by("pk")
    known = {(one.key, question.key): question for one in question_sets() for question in one.questions}
    counts: dict[Question, list[int]] = {}
    comments = []
    for key, answers, comment in rows.values_list("question_set", "answers", "comment"):
        for name, number in answers.items():
            counts.setdefault(known[key, name], [0] * 5)[number - 1] += 1
        if comment:
            comments.append(comment)
    return tuple(Answers(question, tuple(own)) for question, own in counts.items()), tuple(comments[:COMMENTS])


def _cells(
    since: date, until: date, actor: Actor, now: datetime, *, shown: bool = True
) -> dict[tuple[int, date], dict[str, int]]:
    """(Agency, month) → counts. What is shown is always whole months that are over and have enough ratings of the
    agency: no difference of two periods, of two days or of a sum and its parts then tells what one person said.
    With `shown` False the others are there too, without their numbers."""
    this_month = now.astimezone(VIETNAM).date().replace(day=1)
    rows = Rating.objects.filter(month__gte=since.replace(day=1), month__lte=until)
    if actor.kind != "system":
        rows = rows.filter(agency_id__in=reach(actor, "dossiers.ratings"))
    found: dict[tuple[int, date], dict[str, int]] = {}
    for row in rows.values("agency_id", "month").annotate(**_COUNTS).order_by():
        counts: dict[str, Any] = {**row}
        key = (counts.pop("agency_id"), counts.pop("month"))
        if key[1] < this_month and counts["total"] >= RATINGS_SHOWN_FROM:
            found[key] = counts
        elif not shown:
            found[key] = {}
    return found
