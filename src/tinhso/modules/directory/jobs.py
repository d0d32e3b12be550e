"""What comes round in the directory."""

from __future__ import annotations

from datetime import datetime

from tinhso.kernel.access.api import SYSTEM
from tinhso.kernel.jobs.api import every
from tinhso.modules.directory.services.staffing import finish_departures


@every(seconds=900, name="directory.finish_departures")
def finish_due_departures(*, now: datetime) -> None:
    """Those whose last day is over: work handed on, sessions ended."""
    finish_departures(actor=SYSTEM, now=now)
