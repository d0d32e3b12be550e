"""The questions that people are asked, and what they answered: by agency and month, never by officer, never few."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from django.db.models import Count, Q, QuerySet

from tinhso.kernel.access.api import Actor, reach, require
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
    """The ratings of one agency in a time. `hidden`: too few to be shown; then every other number is 0."""

    agency_id: int
    agency_code: str
    agency: str
    total: int
    satisfied: int
    dissatisfied: int
    dissatisfied_in_time: int

    @property
    def hidden(self) -> bool:
        return self.total == 0


_COUNTS = {
    "total": Count("pk"),
    "satisfied": Count("pk", filter=Q(overall__gte=SATISFIED_FROM)),
    "dissatisfied": Count("pk", filter=Q(overall__lte=DISSATISFIED_TO)),
    "dissatisfied_in_time": Count("pk", filter=Q(overall__lte=DISSATISFIED_TO, was_late=False)),
}


def rating_counts(*, since: date, until: date, actor: Actor) -> tuple[RatingCounts, ...]:
    """By agency within `actor`'s reach with any rating in the months from `since`'s to `until`'s, in the order of
    codes. Two queries. Raises `Refused`."""
    require(actor, "dossiers.ratings")
    found = _counted(_within(actor, since, until), "agency_id")
    agencies = directory.organisations_by_id(found)
    counts = [
        RatingCounts(
            number,
            agencies[number].code or "",
            agencies[number].name,
            **{name: row[name] if row["total"] >= RATINGS_SHOWN_FROM else 0 for name in _COUNTS},
        )
        for number, row in found.items()
    ]
    return tuple(sorted(counts, key=lambda one: (one.agency_code, one.agency)))


def ratings_by_month(
    *, since: date, until: date, actor: Actor, agency_id: int | None = None
) -> dict[date, tuple[int, int, int]]:
    """Month → (satisfied, neither, dissatisfied), of one agency or of all within reach; months with too few ratings are
    left out. One query."""
    require(actor, "dossiers.ratings")
    rows = _within(actor, since, until)
    if agency_id is not None:
        rows = rows.filter(agency_id=agency_id)
    return {
        month: (
            row["satisfied"],
            row["total"] - row["satisfied"] - row["dissatisfied"],
            row["dissatisfied"],
        )
        for month, row in sorted(_counted(rows, "month").items())
        if row["total"] >= RATINGS_SHOWN_FROM
    }


@dataclass(frozen=True)
class Answers:
    """How one question was answered: how many gave 1, 2, … 5."""

    question: Question
    numbers: tuple[int, ...]


def answers_of(
    *, agency_id: int, since: date, until: date, actor: Actor
) -> tuple[tuple[Answers, ...], tuple[str, ...]]:
    """An agency's answers by question, and what people wrote, in no order that tells when. Empty with too few ratings.
    One query. Raises `Refused`."""
    require(actor, "dossiers.ratings")
    rows = list(
        _within(actor, since, until).filter(agency_id=agency_id).values_list("pk", "question_set", "answers", "comment")
    )
    if len(rows) < RATINGS_SHOWN_FROM:
        return (), ()
    known: dict[str, Question] = {}
    counts: dict[str, list[int]] = {}
    for one in question_sets():
        asked: Mapping[str, Question] = {question.key: question for question in one.questions}
        for _, key, answers, _ in rows:
            if key == one.key:
                for name, number in answers.items():
                    known[name] = asked[name]
                    counts.setdefault(name, [0] * 5)[number - 1] += 1
    comments = [comment for _, _, _, comment in sorted(rows, key=lambda row: str(row[0])) if comment]
    return tuple(Answers(known[name], tuple(counts[name])) for name in known), tuple(comments[:COMMENTS])


def _counted(rows: QuerySet[Rating], column: str) -> dict[Any, dict[str, int]]:
    return {row[column]: {**row} for row in rows.values(column).annotate(**_COUNTS).order_by()}


def _within(actor: Actor, since: date, until: date) -> QuerySet[Rating]:
    rows = Rating.objects.filter(month__gte=since.replace(day=1), month__lte=until)
    return rows if actor.kind == "system" else rows.filter(agency_id__in=reach(actor, "dossiers.ratings"))
