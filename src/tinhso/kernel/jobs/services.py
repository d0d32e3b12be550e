"""Queueing a job, and what an operator may do with one that failed for good."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, ParamSpec
from uuid import UUID

from django.db import transaction
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult, get_date_max

from tinhso.kernel.access.api import Actor, require
from tinhso.kernel.audit.api import record
from tinhso.kernel.jobs.registry import job_of
from tinhso.kernel.jobs.rules import require_plain
from tinhso.kernel.jobs.tasks import run_job

P = ParamSpec("P")

DONE_KEPT = timedelta(days=7)
FAILED_KEPT = timedelta(days=90)
_PRUNE_BATCH = 1000


class CannotRetry(Exception):
    """The job is not among the failed ones (any more)."""


class JobFailed(RuntimeError):
    """The job ran at once, as the settings of tests say, and raised."""


def enqueue(job: Callable[P, None], *args: P.args, **arguments: P.kwargs) -> None:
    """Queue a job, in the transaction at hand: rolled back with it, and after its commit never lost.

    Arguments go by keyword and are JSON (`TypeError` otherwise). Nothing personal: pass numbers, let the job look up.
    """
    known = job_of(job)
    if args:
        raise TypeError(f"{known.name}: arguments go by keyword")
    inspect.signature(job).bind(**arguments)
    require_plain(arguments, known.name)
    result = run_job.enqueue(name=known.name, arguments=arguments)
    if result.status == TaskResultStatus.FAILED:
        raise JobFailed(f"{known.name}\n{result.errors[0].traceback}")


@transaction.atomic
def retry_job(*, job_id: str, actor: Actor, now: datetime) -> None:
    """Queue a failed job again, with all attempts before it. Raises `Refused` or `CannotRetry`."""
    require(actor, "jobs.operate")
    row = DBTaskResult.objects.select_for_update().filter(pk=UUID(job_id), status=TaskResultStatus.FAILED).first()
    if row is None:
        raise CannotRetry("Việc này không còn ở trạng thái lỗi; hãy tải lại danh sách.")
    record(
        who=actor,
        action="jobs.retry",
        object_ref=f"job:{job_id}",
        before={"status": str(row.status), "job": job_name(row)},
        after={"status": str(TaskResultStatus.READY)},
        now=now,
    )
    DBTaskResult.objects.filter(pk=row.pk).update(
        status=TaskResultStatus.READY, worker_ids=[], run_after=get_date_max(), finished_at=None
    )


def job_name(row: Any) -> str:
    """The name of our job in a row of the queue, else the path of the foreign task."""
    if row.task_path == run_job.module_path:
        return str(row.args_kwargs["kwargs"]["name"])
    return str(row.task_path)


def prune(*, now: datetime) -> int:
    """Delete jobs done for a week and failed for a quarter; returns how many."""
    deleted = 0
    for status, kept in ((TaskResultStatus.SUCCESSFUL, DONE_KEPT), (TaskResultStatus.FAILED, FAILED_KEPT)):
        old = DBTaskResult.objects.filter(status=status, finished_at__lt=now - kept)
        while True:
            batch = list(old.order_by().values_list("pk", flat=True)[:_PRUNE_BATCH])
            if not batch:
                break
            deleted += DBTaskResult.objects.filter(pk__in=batch).delete()[0]
    return deleted
