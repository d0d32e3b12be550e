from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django_tasks import TaskResultStatus, task, task_backends
from django_tasks_db import DatabaseBackend
from django_tasks_db.models import DBTaskResult

from tinhso.kernel.access.api import NOBODY, Actor, Refused
from tinhso.kernel.audit.api import trail
from tinhso.kernel.jobs import running
from tinhso.kernel.jobs.api import (
    CannotRetry,
    JobFailed,
    enqueue,
    failed_jobs,
    forget,
    job,
    queued_count,
    retry_job,
    run_due,
)
from tinhso.kernel.jobs.models import Claim
from tinhso.kernel.jobs.rules import LEASE
from tinhso.kernel.jobs.services import prune

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 2, 13, 9, 50, tzinfo=UTC)
OPERATOR = Actor(kind="operator", label="Quản trị viên")

ran: list[Any] = []


@task()
def foreign(number: int) -> int:
    """A task that a library might bring."""
    ran.append(number)
    if number < 0:
        raise ValueError(number)
    return number * 2


@pytest.fixture(autouse=True)
def _queue() -> Iterator[None]:
    """The queue in the database, as in production, whatever the settings of tests say."""
    task_backends["default"] = DatabaseBackend("default", {})
    ran.clear()
    yield
    del task_backends["default"]


@pytest.fixture
def note() -> Iterator[Any]:
    @job(name="jobs_test.note", attempts=3)
    def note(*, number: int, text: str = "") -> None:
        ran.append(number)
        if number < 0:
            raise ValueError(f"Nguyễn Văn A {number}")

    yield note
    forget(name="jobs_test.note")


def test_a_job_runs_after_its_transaction_with_what_it_was_given(note: Any) -> None:
    with transaction.atomic():
        enqueue(note, number=1)
        enqueue(note, number=2, text="hai")
    assert ran == []
    assert queued_count() == 2
    assert run_due(NOW) == 2
    assert ran == [1, 2]
    assert run_due(NOW) == 0
    assert not Claim.objects.exists()


def test_a_rolled_back_change_queues_nothing(note: Any) -> None:
    with transaction.atomic():
        enqueue(note, number=1)
        transaction.set_rollback(True)
    assert run_due(NOW) == 0


@pytest.mark.parametrize(
    "arguments", [{"number": NOW}, {"number": (1,)}, {"number": {1: 2}}, {"number": float("nan")}, {"other": 1}, {}]
)
def test_arguments_that_are_not_json_or_not_the_jobs_are_refused(note: Any, arguments: dict[str, Any]) -> None:
    with pytest.raises(TypeError):
        enqueue(note, **arguments)
    assert queued_count() == 0


def test_positional_arguments_are_refused(note: Any) -> None:
    with pytest.raises(TypeError, match="keyword"):
        enqueue(note, 1)


def test_what_is_no_job_is_not_queued() -> None:
    def stranger() -> None: ...

    with pytest.raises(LookupError):
        enqueue(stranger)


def test_names_are_well_formed_and_unique(note: Any) -> None:
    def other() -> None: ...

    with pytest.raises(ValueError, match="two jobs"):
        job(name="jobs_test.note")(other)
    with pytest.raises(ValueError, match="reads like"):
        job(name="Note")


def test_a_failing_job_is_tried_again_after_growing_pauses_then_kept_for_an_operator(note: Any) -> None:
    enqueue(note, number=-1)
    assert run_due(NOW) == 1
    assert run_due(NOW + timedelta(milliseconds=900)) == 0
    assert run_due(NOW + timedelta(seconds=1)) == 1
    assert run_due(NOW + timedelta(seconds=2)) == 0
    assert run_due(NOW + timedelta(seconds=3)) == 1
    assert run_due(NOW + timedelta(days=1)) == 0
    [failed] = failed_jobs()
    assert (failed.name, failed.attempts) == ("jobs_test.note", 3)
    assert "ValueError" in failed.error
    assert "Nguyễn" not in failed.error


def test_one_failing_job_does_not_stop_the_others(note: Any) -> None:
    for number in (-1, 5, -2, 6):
        enqueue(note, number=number)
    run_due(NOW)
    assert sorted(ran) == [-2, -1, 5, 6]


def test_an_operator_tries_a_failed_job_again(note: Any) -> None:
    enqueue(note, number=-1)
    for hour in range(3):
        run_due(NOW + timedelta(hours=hour))
    [failed] = failed_jobs()
    for actor in (NOBODY, Actor(kind="officer", label="B", user_id=2)):
        with pytest.raises(Refused):
            retry_job(job_id=failed.id, actor=actor, now=NOW)
    assert run_due(NOW + timedelta(days=1)) == 0
    retry_job(job_id=failed.id, actor=OPERATOR, now=NOW)
    assert run_due(NOW) == 1
    assert [entry.action for entry in trail(f"job:{failed.id}")] == ["jobs.retry"]
    with pytest.raises(CannotRetry):
        retry_job(job_id=failed.id, actor=OPERATOR, now=NOW)


def test_a_job_that_no_code_knows_waits_and_is_kept(note: Any) -> None:
    enqueue(note, number=1)
    forget(name="jobs_test.note")
    run_due(NOW)
    assert queued_count() == 1
    job(name="jobs_test.note")(note)
    run_due(NOW + timedelta(minutes=1))
    assert ran == [1]


def test_a_task_of_a_library_runs_too() -> None:
    foreign.enqueue(4)
    foreign.enqueue(number=-4)
    run_due(NOW)
    assert ran == [4, -4]
    assert DBTaskResult.objects.get(status=TaskResultStatus.SUCCESSFUL).return_value == 8


def test_what_a_dead_worker_left_is_picked_up_when_its_claim_has_run_out(note: Any) -> None:
    enqueue(note, number=1)
    assert running.claim(holder="dead", now=NOW) is not None
    assert run_due(NOW + LEASE) == 0
    assert running.recover(now=NOW + LEASE) == 0
    later = NOW + LEASE + timedelta(seconds=1)
    assert running.recover(now=later) == 1
    assert run_due(later + timedelta(seconds=1)) == 1
    assert ran == [1]


def test_a_worker_that_lives_keeps_its_claim(note: Any) -> None:
    enqueue(note, number=1)
    running.claim(holder="slow", now=NOW)
    for minute in range(1, 5):
        running.renew(holders=["slow", "other"], now=NOW + minute * timedelta(seconds=20))
        assert running.recover(now=NOW + minute * timedelta(seconds=20) + LEASE) == 0


def test_a_job_that_kills_its_workers_fails_for_good_in_the_end(note: Any) -> None:
    enqueue(note, number=1)
    at = NOW
    for _ in range(3):
        assert running.claim(holder="dead", now=at) is not None
        at += timedelta(hours=1)
        running.recover(now=at)
        at += timedelta(hours=1)
    assert running.claim(holder="next", now=at) is None
    assert failed_jobs()[0].error == running.WORKER_LOST


def test_a_worker_taken_for_dead_does_not_settle_what_another_has_now(note: Any) -> None:
    enqueue(note, number=1)
    slow = running.claim(holder="slow", now=NOW)
    later = NOW + timedelta(minutes=5)
    running.recover(now=later)
    other = running.claim(holder="other", now=later + timedelta(minutes=1))
    assert other is not None
    assert running.settle(slow, failure=None, now=later) == "taken over"
    assert DBTaskResult.objects.get().status == TaskResultStatus.RUNNING
    assert running.settle(other, failure=None, now=later) == "done"


def test_a_worker_picks_up_its_own_after_trouble_with_the_database(note: Any) -> None:
    enqueue(note, number=1)
    running.claim(holder="me", now=NOW)
    assert running.recover_own(holder="me", now=NOW) == 1
    assert run_due(NOW + timedelta(seconds=1)) == 1


def test_an_idle_worker_reads_once_and_locks_nothing() -> None:
    with CaptureQueriesContext(connection) as queries:
        assert run_due(NOW) == 0
    assert [q["sql"][:6] for q in queries] == ["SELECT"]


def test_pruning_keeps_what_waits_and_what_is_fresh(note: Any) -> None:
    enqueue(note, number=1)
    enqueue(note, number=-1)
    for hour in range(3):
        run_due(NOW + timedelta(hours=hour))
    enqueue(note, number=2)
    assert prune(now=NOW + timedelta(days=6)) == 0
    assert prune(now=NOW + timedelta(days=8)) == 1
    assert prune(now=NOW + timedelta(days=91)) == 1
    assert queued_count() == 1


def test_where_jobs_run_at_once_a_failing_one_is_not_hidden(note: Any) -> None:
    from django_tasks.backends.immediate import ImmediateBackend

    task_backends["default"] = ImmediateBackend("default", {})
    enqueue(note, number=3)
    assert ran == [3]
    with pytest.raises(JobFailed, match="jobs_test"):
        enqueue(note, number=-3)
