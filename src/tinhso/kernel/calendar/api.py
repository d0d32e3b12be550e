"""The door of the calendar: working time of an organisation, deadlines and their reasons.

    calendar = calendar_for(organisation_id, around=received_at.date())
    due = compute_due(calendar, received_at, DeadlineRule(3, "working_day"))
    rows = explain(due)

Modules whose own rules must stay free of Django import the pure part from `calendar.rules`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from tinhso.kernel.calendar import queries
from tinhso.kernel.calendar.following import follow_calendar, hours_in_conflict, own_days_from, own_hours_from
from tinhso.kernel.calendar.queries import HoursInfo, OverrideInfo, overrides, working_hours
from tinhso.kernel.calendar.rules import (
    DEFAULT_HOURS,
    UNIT_TEXTS,
    UNITS,
    WEEKDAYS,
    CannotComputeDeadline,
    DayLine,
    DeadlineRule,
    Due,
    Pause,
    Remaining,
    Unit,
    WorkingCalendar,
    add_working_minutes,
    check_day,
    compute_due,
    duration_text,
    parse_hours,
    parse_time,
    remaining,
    working_minutes_between,
    working_time_text,
)
from tinhso.kernel.calendar.services import (
    CannotChangeCalendar,
    add_override,
    remove_override,
    set_working_hours,
)

__all__ = [
    "DEFAULT_HOURS",
    "UNITS",
    "UNIT_TEXTS",
    "CannotChangeCalendar",
    "CannotComputeDeadline",
    "DayLine",
    "DeadlineRule",
    "Due",
    "ExplanationRow",
    "HoursInfo",
    "OverrideInfo",
    "Pause",
    "Remaining",
    "Unit",
    "WorkingCalendar",
    "add_override",
    "add_working_minutes",
    "calendar_for",
    "calendars_for",
    "compute_due",
    "compute_due_for",
    "duration_text",
    "explain",
    "follow_calendar",
    "hours_in_conflict",
    "overrides",
    "own_days_from",
    "own_hours_from",
    "parse_hours",
    "parse_time",
    "remaining",
    "remove_override",
    "set_working_hours",
    "working_hours",
    "working_minutes_between",
    "working_time_text",
]

_snapshot: queries.Snapshot | None = None


def calendar_for(organisation_id: int | None, *, around: date | None = None) -> WorkingCalendar:
    """The working calendar of an organisation (None: of the province). One small query; two more after a change.

    The calendar is right for every day from 2000 to 2099 and needs no further query: keep it for a whole list.
    `around` is the day in question; one outside those years raises `CannotComputeDeadline` at once.
    """
    if around is not None:
        check_day(around)
    return _current().calendar(organisation_id)


def calendars_for(organisation_ids: Collection[int]) -> dict[int, WorkingCalendar]:
    """The calendars of many organisations, in the same number of queries as one."""
    snapshot = _current()
    return {number: snapshot.calendar(number) for number in organisation_ids}


def compute_due_for(
    organisation_id: int | None, received_at: datetime, rule: DeadlineRule, pauses: Iterable[Pause] = ()
) -> Due:
    """`compute_due` by the calendar of an organisation."""
    return compute_due(calendar_for(organisation_id), received_at, rule, pauses)


@dataclass(frozen=True)
class ExplanationRow:
    """One day on the page "vì sao có ngày này". `counted` is "" where nothing of the day counts; `kind` is one of
    received, working, off, paused, due, for the look of the row."""

    day: date
    weekday: str
    counted: str
    reason: str
    kind: str


def explain(due: Due) -> list[ExplanationRow]:
    """The days from receipt to due, ready to show, one row a day."""
    return [
        ExplanationRow(
            day=line.date,
            weekday=_weekday(line.date),
            counted=_counted(line.counted_minutes),
            reason=line.reason,
            kind=line.kind,
        )
        for line in due.explanation
    ]


def _weekday(day: date) -> str:
    # Not str.capitalize(): the day's own name keeps its capital ("Thứ Hai").
    name = WEEKDAYS[day.weekday()]
    return name[:1].upper() + name[1:]


def _counted(minutes: int) -> str:
    # A whole day of 24 hours is counted only by terms in calendar days.
    if minutes == 1440:
        return "1 ngày"
    return duration_text(minutes) if minutes else ""


def _current() -> queries.Snapshot:
    global _snapshot
    token = queries.current_token()
    snapshot = _snapshot
    if snapshot is None or snapshot.token != token:
        snapshot = _snapshot = queries.load(token)
    return snapshot
