"""A version of a procedure as its public page and its printed guide tell it. None: not known."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.urls import NoReverseMatch, reverse

from tinhso.kernel.calendar.api import CannotComputeDeadline, DeadlineRule, WorkingCalendar, compute_due
from tinhso.modules.procedures.queries import VersionInfo
from tinhso.modules.procedures.rules import (
    CHANNELS,
    DEADLINE_UNITS,
    LEVELS,
    ORGANISATION_KINDS,
    SERVICE_LEVELS,
    DatedTerm,
    DeadlineTerm,
)
from tinhso.modules.procedures.rules.messages import shown_number
from tinhso.modules.procedures.rules.wording import (
    condition_in_words,
    copies_in_words,
    fee_in_words,
    term_in_words,
)


@dataclass(frozen=True)
class TermLine:
    """A case of the deadline. `due`: when the result is due if filed now; None where it cannot be told."""

    text: str
    when: str
    due: datetime | None
    note: str


@dataclass(frozen=True)
class PaperLine:
    name: str
    copies: str
    when: str
    example: str
    form_ref: str
    required: bool


@dataclass(frozen=True)
class FeeLineText:
    name: str
    amount: str | None
    when: str
    channel: str
    note: str


@dataclass(frozen=True)
class Presented:
    """The page's content. `terms`, `papers`, `fees`, `channels` None: not known; empty: there are none."""

    terms: tuple[TermLine, ...] | None
    time_text: str
    papers: tuple[PaperLine, ...] | None
    fees: tuple[FeeLineText, ...] | None
    fee_text: str
    channels: tuple[str, ...] | None
    service_level: DatedTerm | None
    levels: tuple[str, ...]
    competent: str

    @property
    def always(self) -> tuple[PaperLine, ...]:
        return tuple(paper for paper in self.papers or () if not paper.when and paper.required)

    @property
    def by_case(self) -> tuple[PaperLine, ...]:
        return tuple(paper for paper in self.papers or () if paper.when or not paper.required)


def present(version: VersionInfo, *, calendar: WorkingCalendar | None, now: datetime) -> Presented:
    """`calendar`: the working time by which due times are counted (None: they are not shown)."""
    definition = version.definition
    channels = tuple(CHANNELS[key] for key in version.channels if key in CHANNELS) or None
    common = {
        "channels": channels,
        "service_level": SERVICE_LEVELS.get(version.service_level or ""),
        "levels": tuple(LEVELS.get(level, level) for level in version.levels),
        "time_text": _time_text(version),
        "fee_text": version.fee_text,
    }
    if definition is None:
        return Presented(terms=None, papers=None, fees=None, competent=version.agency, **common)  # type: ignore[arg-type]
    form = definition.form
    terms = None
    if definition.deadline is not None:
        terms = tuple(
            TermLine(
                text=term_in_words(case.term),
                when=condition_in_words(case.when, form) or ("Thông thường" if len(definition.deadline) > 1 else ""),
                due=_due(case.term, calendar, now),
                note=case.term.note,
            )
            # The rule reads the special cases first; a person wants the usual one first.
            for case in sorted(definition.deadline, key=lambda case: case.when is not None)
        )
    papers = tuple(
        PaperLine(
            name=paper.name,
            copies=copies_in_words(paper),
            when=condition_in_words(paper.when, form),
            example=paper.example,
            form_ref=paper.form_ref or "",
            required=paper.required,
        )
        for paper in definition.papers
    )
    fees = None
    if definition.fees is not None:
        fees = tuple(
            FeeLineText(
                name=fee.name,
                amount=fee_in_words(fee),
                when=condition_in_words(fee.when, form),
                channel=CHANNELS.get(fee.channel or "", ""),
                note=fee.note,
            )
            for fee in definition.fees
        )
    kind = ORGANISATION_KINDS[definition.competent_kind]
    competent = version.agency or f"{kind} {LEVELS[definition.competent_level].lower()}"
    return Presented(terms=terms, papers=papers, fees=fees, competent=competent, **common)  # type: ignore[arg-type]


def _time_text(version: VersionInfo) -> str:
    if version.time_limit_amount is not None:
        return f"{shown_number(version.time_limit_amount)} {DEADLINE_UNITS[version.time_limit_unit]}"
    return version.time_limit_text


def _due(term: DeadlineTerm, calendar: WorkingCalendar | None, now: datetime) -> datetime | None:
    if calendar is None:
        return None
    try:
        return compute_due(calendar, now, DeadlineRule(max(1, term.amount), term.unit, term.cutoff)).due_at
    except CannotComputeDeadline:
        return None


def start_url(version: VersionInfo, agency_id: int | None) -> str:
    """Where filing begins, with the agency chosen; "" when it is not online here (or dossiers are not installed)."""
    if not version.fileable or "online" not in version.channels:
        return ""
    try:
        url = reverse("dossiers:start", kwargs={"code": version.code})
    except NoReverseMatch:
        return ""
    return f"{url}?agency={agency_id}" if agency_id is not None else url
