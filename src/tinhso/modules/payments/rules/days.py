"""A day in Vietnam as a span of time."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from tinhso.kernel.clock import VIETNAM


def day_span(day: date) -> tuple[datetime, datetime]:
    """From its first instant to the first of the next day."""
    start = datetime.combine(day, time(), VIETNAM)
    return start, start + timedelta(days=1)
