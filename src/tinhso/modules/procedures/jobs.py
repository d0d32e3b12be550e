"""When the national procedure database is read: once a night, and on after every stop. Safe to repeat."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings

from tinhso.kernel.access.api import SYSTEM
from tinhso.kernel.clock import VIETNAM
from tinhso.kernel.clock import now as clock_now
from tinhso.kernel.jobs.api import enqueue, every, job
from tinhso.modules.procedures import api


@every(seconds=30, name="procedures.look_after_runs")
def look_after_runs(*, now: datetime) -> None:
    """Start the nightly reading, and send the open one on. Nothing where no address is set."""
    if not settings.NATIONAL_CATALOGUE["url"]:
        return
    run = api.run_on_its_way()
    if run is None and api.nightly_run_is_due(now=now, since=_last_nightly_hour(now)):
        run = api.start_run(actor=SYSTEM, now=now)
    if run is not None:
        enqueue(advance_run, run_id=run)


# One attempt: the run itself knows when to try again.
@job(name="procedures.advance_run", attempts=1)
def advance_run(*, run_id: int) -> None:
    """Read the national database for up to 45 seconds."""
    api.advance_run(run_id=run_id, actor=SYSTEM, now=clock_now())


def _last_nightly_hour(now: datetime) -> datetime:
    hour = int(str(settings.NATIONAL_CATALOGUE["hour"]))
    today = now.astimezone(VIETNAM).replace(hour=hour, minute=0, second=0, microsecond=0)
    return today if today <= now else today - timedelta(days=1)
