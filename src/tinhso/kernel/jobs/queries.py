"""What an operator looks at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from tinhso.kernel.jobs.models import PeriodState
from tinhso.kernel.jobs.services import job_name


@dataclass(frozen=True)
class FailedJob:
    """A job that used up its attempts. `error`: class and place, no values."""

    id: str
    name: str
    attempts: int
    enqueued_at: datetime
    finished_at: datetime
    error: str


@dataclass(frozen=True)
class PeriodReport:
    name: str
    next_run_at: datetime
    last_finished_at: datetime | None
    failures: int
    last_error: str


def failed_jobs(*, limit: int = 100) -> list[FailedJob]:
    """Jobs that failed for good, newest first."""
    rows = DBTaskResult.objects.filter(status=TaskResultStatus.FAILED).order_by("-finished_at")[:limit]
    return [
        FailedJob(
            id=str(row.pk),
            name=job_name(row),
            attempts=len(row.worker_ids),
            enqueued_at=row.enqueued_at,
            finished_at=row.finished_at,
            error=row.traceback,
        )
        for row in rows
    ]


def queued_count() -> int:
    """Jobs that wait or will be tried again."""
    return int(DBTaskResult.objects.filter(status=TaskResultStatus.READY).order_by().count())


def period_reports() -> list[PeriodReport]:
    return [
        PeriodReport(row.name, row.next_run_at, row.last_finished_at, row.failures, row.last_error)
        for row in PeriodState.objects.order_by("name")
    ]
