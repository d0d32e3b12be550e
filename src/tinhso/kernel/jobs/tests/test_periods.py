from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from tinhso.kernel.clock import VIETNAM
from tinhso.kernel.jobs.api import every, forget, period_reports
from tinhso.kernel.jobs.models import PeriodState
from tinhso.kernel.jobs.periods import release, run_turns
from tinhso.kernel.jobs.registry import Period, periods
from tinhso.kernel.jobs.rules import LEASE, next_turn

NOW = datetime(2026, 2, 13, 9, 50, tzinfo=UTC)


class Counter:
    def __init__(self) -> None:
        self.calls: list[datetime] = []
        self.during: Callable[[], None] = lambda: None

    def __call__(self, *, now: datetime) -> None:
        self.calls.append(now)
        self.during()


@pytest.fixture
def counter() -> Counter:
    return Counter()


def turn(counter: Counter, at: datetime, *, seconds: int = 60, holder: str = "w1") -> int:
    return run_turns([Period("periods_test.count", seconds, counter)], holder=holder, clock=lambda: at)


@given(st.datetimes(min_value=datetime(2020, 1, 1), timezones=st.just(VIETNAM)), st.integers(1, 10**6))  # noqa: DTZ001
def test_the_next_turn_is_after_now_and_the_same_for_all_in_between(now: datetime, seconds: int) -> None:
    turn = next_turn(now, seconds)
    assert timedelta(0) < turn - now <= timedelta(seconds=seconds)
    assert next_turn(turn - timedelta(microseconds=1), seconds) == turn
    assert next_turn(turn, seconds) == turn + timedelta(seconds=seconds)


@pytest.mark.django_db
def test_a_period_runs_at_once_when_new_and_then_once_per_turn(counter: Counter) -> None:
    for second in range(0, 180, 5):
        turn(counter, NOW + timedelta(seconds=second))
    assert counter.calls == [NOW + timedelta(seconds=s) for s in (0, 60, 120)]


@pytest.mark.django_db
def test_several_workers_run_a_turn_once(counter: Counter) -> None:
    for second in range(120):
        for holder in ("w1", "w2", "w3"):
            turn(counter, NOW + timedelta(seconds=second), holder=holder)
    assert len(counter.calls) == 2


@pytest.mark.django_db
def test_a_turn_that_runs_is_not_begun_by_another_worker(counter: Counter) -> None:
    others: list[int] = []
    counter.during = lambda: others.append(turn(Counter(), NOW + LEASE, holder="w2")) if not others else None
    turn(counter, NOW)
    assert others == [0]


@pytest.mark.django_db
def test_a_turn_whose_worker_died_is_run_by_another_when_the_lease_is_over(counter: Counter) -> None:
    turn(counter, NOW, seconds=86_400)
    day = NOW + timedelta(days=1)
    PeriodState.objects.update(holder="dead", expires_at=day + LEASE)
    assert turn(counter, day + LEASE, seconds=86_400) == 0
    assert turn(counter, day + LEASE + timedelta(seconds=1), seconds=86_400) == 1


@pytest.mark.django_db
def test_after_trouble_a_worker_lets_go_of_its_turn(counter: Counter) -> None:
    turn(counter, NOW)
    later = NOW + timedelta(minutes=5)
    PeriodState.objects.update(holder="w1", expires_at=later + LEASE)
    assert turn(counter, later) == 0
    release(holder="w1")
    assert turn(counter, later) == 1


@pytest.mark.django_db
def test_a_failing_period_is_seen_tried_again_soon_and_stops_nothing(counter: Counter) -> None:
    def fail() -> None:
        raise ValueError("Nguyễn Văn A")

    other = Counter()
    counter.during = fail
    both = [Period("periods_test.count", 86_400, counter), Period("periods_test.other", 86_400, other)]
    run_turns(both, holder="w1", clock=lambda: NOW)
    assert len(other.calls) == 1
    [report] = [r for r in period_reports() if r.name == "periods_test.count"]
    assert report.failures == 1
    assert "ValueError" in report.last_error
    assert "Nguyễn" not in report.last_error
    counter.during = lambda: None
    assert turn(counter, NOW + timedelta(seconds=1), seconds=86_400) == 1
    [report] = [r for r in period_reports() if r.name == "periods_test.count"]
    assert (report.failures, report.last_error, report.last_finished_at) == (0, "", NOW + timedelta(seconds=1))


@pytest.mark.django_db
def test_a_clock_set_back_silences_no_period(counter: Counter) -> None:
    turn(counter, NOW + timedelta(days=400))
    assert turn(counter, NOW) == 1
    assert turn(counter, NOW + timedelta(seconds=60)) == 1


@pytest.mark.django_db
def test_periods_that_are_not_due_cost_one_read(counter: Counter) -> None:
    turn(counter, NOW)
    with CaptureQueriesContext(connection) as queries:
        turn(counter, NOW)
    assert len(queries) == 1


@pytest.fixture
def registered() -> Iterator[None]:
    @every(seconds=5, name="periods_test.registered")
    def registered(*, now: datetime) -> None: ...

    yield
    forget(name="periods_test.registered")


def test_registering_is_strict(registered: None) -> None:
    def good(*, now: datetime) -> None: ...

    def without_now() -> None: ...

    with pytest.raises(ValueError, match="two periods"):
        every(seconds=5, name="periods_test.registered")(good)
    with pytest.raises(ValueError, match="at least one second"):
        every(seconds=0, name="periods_test.none")
    with pytest.raises(ValueError, match="reads like"):
        every(seconds=1, name="none")
    with pytest.raises(TypeError, match="now"):
        every(seconds=1, name="periods_test.none")(without_now)  # type: ignore[type-var]


def test_the_audit_trail_is_sealed_every_second() -> None:
    assert {period.name: period.seconds for period in periods()}["audit.seal"] == 1
