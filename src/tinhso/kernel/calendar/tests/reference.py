"""A second, slow and simple way to count working time: minute by minute. Only for comparison in tests."""

from __future__ import annotations

from datetime import datetime, timedelta

from tinhso.kernel.calendar.rules import DeadlineRule, Pause, WorkingCalendar
from tinhso.kernel.clock import VIETNAM

MINUTE = timedelta(minutes=1)


def works(calendar: WorkingCalendar, minute: datetime) -> bool:
    """Is the minute that starts here a minute of work?"""
    day = minute.date()
    off = day in calendar.holidays or (day.weekday() >= 5 and day not in calendar.swapped_workdays)
    return not off and any(start <= minute.time() < end for start, end in calendar.hours)


def minutes_between(calendar: WorkingCalendar, start: datetime, end: datetime) -> int:
    count = 0
    while start < end:
        count += works(calendar, start)
        start += MINUTE
    return count


def due(calendar: WorkingCalendar, received: datetime, rule: DeadlineRule, pauses: list[Pause]) -> datetime:
    """Only for working units and `same_day`."""
    minute = received.astimezone(VIETNAM).replace(second=0, microsecond=0)
    if rule.cutoff is not None and minute.time() > rule.cutoff:
        minute = datetime(minute.year, minute.month, minute.day, tzinfo=VIETNAM) + timedelta(days=1)
    left = rule.minutes
    if rule.unit == "same_day":
        probe = minute
        while not works(calendar, probe):
            probe += MINUTE
        day = probe.date()
        while probe.date() == day:
            left += works(calendar, probe)
            probe += MINUTE
    while left:
        if works(calendar, minute) and not any(p.start <= minute < p.end for p in pauses if p.end):
            left -= 1
        minute += MINUTE
    return minute
