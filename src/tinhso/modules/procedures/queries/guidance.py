"""Answers to an officer's question, only from what was approved: the notes in force, and the versions in force themselves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet

from tinhso.kernel.search import folded_filter
from tinhso.modules.procedures import queries
from tinhso.modules.procedures.models import Guidance
from tinhso.modules.procedures.queries import Search, VersionInfo
from tinhso.modules.procedures.rules.asking import Topic, read_question

NOTES_MOST, VERSIONS_MOST = 20, 5
Status = Guidance.Status


@dataclass(frozen=True)
class Answers:
    """`topics` empty: every part of the versions is told. Nothing found: nothing is guessed."""

    topics: frozenset[Topic]
    notes: tuple[Guidance, ...]
    versions: tuple[VersionInfo, ...]

    @property
    def nothing(self) -> bool:
        return not self.notes and not self.versions


def answers(typed: str, *, procedure_code: str = "", on: date) -> Answers:
    """Of a question in words, or of all that is known of one procedure. At most four queries, one more per version whose
    definition was not read yet."""
    topics, rest = read_question(typed)
    notes = in_force(on)
    if procedure_code:
        found = queries.current_version(procedure_code, on)
        notes = notes.filter(Q(procedure__code=procedure_code))
        notes = folded_filter(notes, "folded", rest) if rest else notes
        return Answers(topics, tuple(notes[:NOTES_MOST]), (found,) if found else ())
    if not rest:
        return Answers(topics, (), ())
    page = queries.search(Search(text=rest, scope="fileable"), on=on)
    rows = page.rows or queries.search(Search(text=rest, scope="offered"), on=on).rows
    versions = tuple(v for row in rows[:VERSIONS_MOST] if (v := queries.version(row.id)) is not None)
    return Answers(topics, tuple(folded_filter(notes, "folded", rest)[:NOTES_MOST]), versions)


def in_force(on: date) -> QuerySet[Guidance]:
    days = Q(valid_from__lte=on) & (Q(valid_until__isnull=True) | Q(valid_until__gte=on))
    return (
        Guidance.objects.filter(days, status__in=[Status.APPROVED, Status.ENDED])
        .select_related("procedure")
        .order_by("-valid_from", "-pk")
    )


def all_guidance(status: str) -> list[Guidance]:
    """Of one status, the newest first, at most two hundred. One query."""
    return list(Guidance.objects.filter(status=status).select_related("procedure").order_by("-pk")[:200])


def any_guidance() -> bool:
    """Was any ever written? One query."""
    return Guidance.objects.exists()


def guidance(guidance_id: int) -> Guidance | None:
    return Guidance.objects.select_related("procedure", "replaces").filter(pk=guidance_id).first()
