"""What comes round: the month that is over is closed."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta

from tinhso.kernel.access.api import SYSTEM
from tinhso.kernel.access.web import local_day
from tinhso.kernel.jobs.api import every
from tinhso.modules.scorecards import api
from tinhso.modules.scorecards.rules import CLOSED_AFTER_DAY


@every(seconds=6 * 3600, name="scorecards.close_month")
def close_last_month(*, now: datetime) -> None:
    """Safe to repeat: a month is closed once, when figures from elsewhere have had time to come."""
    if local_day(now).day <= CLOSED_AFTER_DAY:
        return
    last = local_day(now).replace(day=1) - timedelta(days=1)
    with suppress(api.CannotClose):
        api.close_month(month=last.replace(day=1), actor=SYSTEM, now=now)
