"""The door of jobs: work that runs behind the page, and work that comes round.

@job(name="dossiers.render_receipt")
def render_receipt(*, dossier_id: int) -> None: ...

enqueue(render_receipt, dossier_id=17)          # in the service, in its transaction

@every(seconds=3600, name="dossiers.remind")
def remind(*, now: datetime) -> None: ...       # in jobs.py, imported by the app's ready()
"""

from __future__ import annotations

from tinhso.kernel.jobs.queries import FailedJob, PeriodReport, failed_jobs, period_reports, queued_count
from tinhso.kernel.jobs.registry import every, forget, job
from tinhso.kernel.jobs.running import run_due
from tinhso.kernel.jobs.services import CannotRetry, JobFailed, enqueue, retry_job
from tinhso.kernel.jobs.worker import Worker

__all__ = [
    "CannotRetry",
    "FailedJob",
    "JobFailed",
    "PeriodReport",
    "Worker",
    "enqueue",
    "every",
    "failed_jobs",
    "forget",
    "job",
    "period_reports",
    "queued_count",
    "retry_job",
    "run_due",
]
