"""Several workers at the same moment, on real connections."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connections
from django_tasks import task_backends
from django_tasks_db import DatabaseBackend

from tinhso.kernel.jobs import running
from tinhso.kernel.jobs.api import enqueue, forget, job
from tinhso.kernel.jobs.periods import run_turns
from tinhso.kernel.jobs.registry import Period

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

NOW = datetime(2026, 2, 13, 9, 50, tzinfo=UTC)
WORKERS = 6


def at_the_same_time(work: Callable[[str], Any]) -> list[Any]:
    barrier = threading.Barrier(WORKERS)

    def one(number: int) -> Any:
        try:
            barrier.wait(timeout=10)
            return work(f"w{number}")
        finally:
            connections.close_all()

    with ThreadPoolExecutor(WORKERS) as pool:
        return list(pool.map(one, range(WORKERS)))


def test_a_turn_is_run_by_one_of_them() -> None:
    calls: list[datetime] = []

    def turn(*, now: datetime) -> None:
        calls.append(now)

    period = Period("workers_test.turn", 3600, turn)
    ran = at_the_same_time(lambda holder: run_turns([period], holder=holder, clock=lambda: NOW))
    assert sum(ran) == 1
    assert calls == [NOW]


@pytest.fixture
def note() -> Iterator[Any]:
    task_backends["default"] = DatabaseBackend("default", {})

    @job(name="workers_test.note")
    def note(*, number: int) -> None: ...

    yield note
    forget(name="workers_test.note")
    del task_backends["default"]


def test_each_job_is_claimed_by_one_of_them(note: Any) -> None:
    for number in range(30):
        enqueue(note, number=number)

    def claim_all(holder: str) -> list[str]:
        claimed = []
        while (row := running.claim(holder=holder, now=NOW)) is not None:
            claimed.append(str(row.pk))
        return claimed

    claimed = [pk for pks in at_the_same_time(claim_all) for pk in pks]
    assert len(claimed) == len(set(claimed))
    # One that found all it saw taken gives up early; what is left is free for the next look.
    claimed += claim_all("last")
    assert len(set(claimed)) == 30
