"""Stages, boundaries and the split of a step's time: pure."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinhso.kernel.clock import VIETNAM
from tinhso.modules.dossiers.rules.watching import (
    Stage,
    Thresholds,
    boundaries_of,
    days_back,
    step_time,
    threshold_errors,
)

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=VIETNAM)  # a Tuesday


def works(day: date) -> bool:
    return day.weekday() < 5


def bounds(**changes: int):
    thresholds = Thresholds(**changes)
    return boundaries_of(thresholds, now=NOW, soon_until=NOW + timedelta(days=2), works=works)


@pytest.mark.parametrize(
    ("due", "stage"),
    [
        (NOW + timedelta(days=9), None),
        (NOW + timedelta(days=1, hours=20), Stage.SOON),
        (NOW.replace(hour=17), Stage.TODAY),
        (NOW - timedelta(minutes=1), Stage.OVERDUE),
        (NOW - timedelta(days=1), Stage.OVERDUE),
        # Thursday and before: Friday, Monday, Tuesday have begun since.
        (datetime(2026, 11, 19, 17, 0, tzinfo=VIETNAM), Stage.OVERDUE + 1),
        (datetime(2026, 11, 20, 17, 0, tzinfo=VIETNAM), Stage.OVERDUE),
        (datetime(2026, 11, 16, 17, 0, tzinfo=VIETNAM), Stage.OVERDUE + 2),
        (datetime(2025, 1, 1, tzinfo=VIETNAM), Stage.OVERDUE + 20),
    ],
)
def test_the_stage_of_a_due_time(due: datetime, stage: int | None) -> None:
    assert bounds().stage_of(due) == stage


@given(st.integers(1, 60), st.integers(0, 60), st.integers(0, 400 * 24 * 60))
def test_the_longer_late_the_higher_the_stage(repeat: int, leader: int, minutes: int) -> None:
    found = bounds(repeat_days=repeat, leader_after_days=leader)
    due = NOW - timedelta(minutes=minutes)
    earlier = found.stage_of(due - timedelta(hours=7))
    assert (earlier or 0) >= (found.stage_of(due) or 0)
    assert found.leader_before <= NOW
    assert list(found.repeats) == sorted(found.repeats, reverse=True)


def test_working_days_are_walked_back() -> None:
    assert days_back(date(2026, 11, 24), 0, works=works) == date(2026, 11, 24)
    assert days_back(date(2026, 11, 24), 2, works=works) == date(2026, 11, 22)
    assert days_back(date(2026, 11, 24), 3, works=works) == date(2026, 11, 19)


MINUTES = st.integers(0, 10_000)


def plain(start: datetime, end: datetime) -> int:
    return int((end - start).total_seconds() // 60)


@given(MINUTES, st.none() | MINUTES, st.lists(st.tuples(MINUTES, MINUTES), max_size=1))
def test_no_minute_is_lost_or_counted_twice(length: int, claimed: int | None, waits: list[tuple[int, int]]) -> None:
    def at(minute: int) -> datetime:
        return NOW + timedelta(minutes=minute)

    found = step_time(
        created_at=at(0),
        claimed_at=None if claimed is None else at(claimed),
        finished_at=at(length),
        waits=[(at(a), at(b)) for a, b in waits if a < b],
        minutes=plain,
    )
    assert found.waited + found.worked + found.person == length
    assert min(found.waited, found.worked, found.person) >= 0


def test_what_makes_no_sense_is_told() -> None:
    errors = threshold_errors(soon_hours=None, repeat_days=0, leader_after_days=61)
    assert set(errors) == {"soon_hours", "repeat_days", "leader_after_days"}
    assert threshold_errors(soon_hours=16, repeat_days=3, leader_after_days=0) == {}
