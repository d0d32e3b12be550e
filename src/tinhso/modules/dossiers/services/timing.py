"""What a finished step took, measured once by the calendar of that day."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from tinhso.kernel.calendar.api import calendar_for, working_minutes_between
from tinhso.modules.dossiers.models import Task
from tinhso.modules.dossiers.queries.delays import taken_up_at, waits_of
from tinhso.modules.dossiers.rules import TaskKind
from tinhso.modules.dossiers.rules.watching import step_time

MEASURED = ("waited_minutes", "worked_minutes", "person_minutes")


def measure(task: Task, *, now: datetime) -> None:
    """Fill in the measured minutes of work that ends now. Three queries; none for work without a plan."""
    if task.kind not in (TaskKind.STEP, TaskKind.OPINION):
        return
    calendar = calendar_for(task.organisation_id)
    time = step_time(
        created_at=task.created_at,
        claimed_at=taken_up_at(task),
        finished_at=max(now, task.created_at),
        waits=waits_of(task.dossier_id, now=now),
        minutes=partial(working_minutes_between, calendar),
    )
    task.waited_minutes, task.worked_minutes, task.person_minutes = time.waited, time.worked, time.person
