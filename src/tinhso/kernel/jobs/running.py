"""Running queued jobs: claim one, call it, settle it; and pick up what a dead worker left.

The claim and the task's state change together, and so do the settling and the claim's end. A worker that dies leaves a
claim that runs out; the task is then tried again, or has failed for good when its attempts are used up.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from django.db import transaction
from django.db.models import Q, QuerySet
from django_tasks import TaskResultStatus
from django_tasks_db.compat import normalize_json
from django_tasks_db.models import DBTaskResult, get_date_max

from tinhso.kernel.events.api import failure_place, pause_after
from tinhso.kernel.jobs.models import Claim, PeriodState
from tinhso.kernel.jobs.registry import job_named
from tinhso.kernel.jobs.rules import FOREIGN_ATTEMPTS, LEASE
from tinhso.kernel.jobs.services import job_name
from tinhso.kernel.jobs.tasks import run_job

log = structlog.get_logger("tinhso.jobs")

Clock = Callable[[], datetime]
WORKER_LOST = "worker lost"


@dataclass(frozen=True)
class Failure:
    kind: str
    place: str


def run_next(*, holder: str, clock: Clock) -> bool:
    """Run the next job that is due; False when none is. `holder` runs one job at a time."""
    row = claim(holder=holder, now=clock())
    if row is None:
        return False
    attempt = len(row.worker_ids)
    told = log.bind(job=job_name(row), job_id=str(row.pk), attempt=attempt)
    told.info("job_started")
    began = time.monotonic()
    value, failure = None, None
    try:
        arguments = row.args_kwargs
        value = normalize_json(row.task.call(*arguments["args"], **arguments["kwargs"]))
    except Exception as error:
        failure = Failure(f"{type(error).__module__}.{type(error).__qualname__}", failure_place(error))
    outcome = settle(row, failure=failure, value=value, now=clock())
    told.log(
        30 if failure else 20,
        "job_ended",
        outcome=outcome,
        error=failure.place if failure else None,
        milliseconds=round((time.monotonic() - began) * 1000),
    )
    return True


def run_due(now: datetime) -> int:
    """Run every job that is due at `now`, and what they queue, until none is left; returns how many ran. For tests."""
    ran = 0
    while run_next(holder="run_due", clock=lambda: now):
        ran += 1
    return ran


def claim(*, holder: str, now: datetime) -> Any | None:
    """Take the next due task for `holder`, or None."""
    due = _due(now)
    # First a plain read: an idle worker must not take SQLite's one write lock.
    if not due.exists():
        return None
    with transaction.atomic():
        row = due.select_for_update(skip_locked=True).first()
        if row is None:
            return None
        row.status = TaskResultStatus.RUNNING
        row.started_at = now
        row.worker_ids = [*row.worker_ids, holder]
        DBTaskResult.objects.filter(pk=row.pk).update(
            status=row.status, started_at=row.started_at, worker_ids=row.worker_ids
        )
        Claim.objects.create(task_id=row.pk, holder=holder, expires_at=now + LEASE)
    return row


@transaction.atomic
def settle(row: Any, *, failure: Failure | None, value: Any = None, now: datetime) -> str:
    """Write what became of a claimed task. Nothing happens when the claim is not ours any more."""
    holder = row.worker_ids[-1]
    held, _ = Claim.objects.filter(task_id=row.pk, holder=holder).delete()
    if not held:
        return "taken over"
    values: dict[str, Any]
    if failure is None:
        outcome = "done"
        values = {"status": TaskResultStatus.SUCCESSFUL, "finished_at": now, "return_value": value}
        values |= {"exception_class_path": "", "traceback": ""}
    else:
        attempt = len(row.worker_ids)
        again = attempt < _attempts_of(row)
        outcome = "again" if again else "failed"
        values = {"exception_class_path": failure.kind, "traceback": failure.place}
        if again:
            values |= {"status": TaskResultStatus.READY, "run_after": now + pause_after(attempt)}
        else:
            values |= {"status": TaskResultStatus.FAILED, "finished_at": now}
    DBTaskResult.objects.filter(pk=row.pk).update(**values)
    return outcome


def renew(*, holders: list[str], now: datetime) -> None:
    """Say that these holders live. Writes only where they hold something."""
    claims = Claim.objects.filter(holder__in=holders)
    if claims.exists():
        claims.update(expires_at=now + LEASE)
    held = PeriodState.objects.filter(holder__in=holders)
    if held.exists():
        held.update(expires_at=now + LEASE)


def recover(*, now: datetime) -> int:
    """Give up the claims that ran out; returns how many tasks were picked up."""
    return sum(_give_up(claim, now) for claim in Claim.objects.filter(expires_at__lt=now))


def recover_own(*, holder: str, now: datetime) -> int:
    """Give up what `holder` still holds from before its trouble: it runs one task at a time, and none now."""
    return sum(_give_up(claim, now) for claim in Claim.objects.filter(holder=holder))


def _give_up(lost: Claim, now: datetime) -> int:
    with transaction.atomic():
        still = Claim.objects.select_for_update().filter(pk=lost.pk, holder=lost.holder, expires_at=lost.expires_at)
        row = DBTaskResult.objects.filter(pk=lost.task_id).first() if still.exists() else None
        if row is None:
            still.delete()
            return 0
        outcome = settle(row, failure=Failure(WORKER_LOST, WORKER_LOST), now=now)
    log.warning(
        "job_ended",
        job=job_name(row),
        job_id=str(row.pk),
        attempt=len(row.worker_ids),
        outcome=outcome,
        error=WORKER_LOST,
    )
    return 1


def _due(now: datetime) -> QuerySet[Any]:
    # The library's mark for "at once" is the end of time.
    ready = DBTaskResult.objects.filter(status=TaskResultStatus.READY)
    due: QuerySet[Any] = ready.filter(Q(run_after=get_date_max()) | Q(run_after__lte=now))
    return due


def _attempts_of(row: Any) -> int:
    if row.task_path != run_job.module_path:
        return FOREIGN_ATTEMPTS
    known = job_named(job_name(row))
    return known.attempts if known else FOREIGN_ATTEMPTS
