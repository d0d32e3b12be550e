"""What comes round in the directory."""

from __future__ import annotations

from datetime import datetime

from tinhso.kernel.access.api import SYSTEM
from tinhso.kernel.clock import now as clock
from tinhso.kernel.jobs.api import every, job
from tinhso.modules.directory.services.applying import apply_reform, try_reform
from tinhso.modules.directory.services.reforming import apply_due_reforms
from tinhso.modules.directory.services.staffing import finish_departures


@every(seconds=900, name="directory.finish_departures")
def finish_due_departures(*, now: datetime) -> None:
    """Those whose last day is over: work handed on, sessions ended."""
    finish_departures(actor=SYSTEM, now=now)


@every(seconds=60, name="directory.apply_due_reforms")
def apply_due(*, now: datetime) -> None:
    """Approved plans whose day has come, and those that a killed worker left half done."""
    apply_due_reforms(actor=SYSTEM, now=now)


@job(name="directory.apply_reform", attempts=1)
def apply_approved(*, reform_id: int) -> None:
    """What the button «Áp dụng» asks for. Interrupted, it is taken up by `apply_due`."""
    apply_reform(reform_id=reform_id, actor=SYSTEM, now=clock())


@job(name="directory.try_reform", attempts=1)
def try_out(*, reform_id: int) -> None:
    """A trial run, rolled back; its report stands with the plan."""
    try_reform(reform_id=reform_id, actor=SYSTEM, now=clock())
