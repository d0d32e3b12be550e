"""Watching due times: the stages of being late, the thresholds, and what time a step took.

Pure: instants in, stages and boundaries out. The sets are in `services.watching`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import IntEnum

# The leader is told apart from the ladder of reminders.
ESCALATED = 0
MOST_REPEATS = 20


class Stage(IntEnum):
    """How near or how far past its due time a dossier is. Above `OVERDUE`: the k-th further reminder is OVERDUE + k."""

    SOON = 1
    TODAY = 2
    OVERDUE = 3


@dataclass(frozen=True)
class Thresholds:
    """When to remind: so many working hours before, every so many working days afterwards; the leader after so many
    working days. `organisation_id` None: of the whole province."""

    soon_hours: int = 16
    repeat_days: int = 3
    leader_after_days: int = 2
    valid_from: date | None = None
    organisation_id: int | None = None


DEFAULT = Thresholds()


def threshold_errors(
    *, soon_hours: int | None, repeat_days: int | None, leader_after_days: int | None
) -> dict[str, str]:
    """Field → message; empty when the thresholds make sense."""
    errors: dict[str, str] = {}
    if soon_hours is None or not 1 <= soon_hours <= 240:
        errors["soon_hours"] = "Nhập số giờ làm việc từ 1 đến 240 (8 giờ là một ngày làm việc)."
    if repeat_days is None or not 1 <= repeat_days <= 60:
        errors["repeat_days"] = "Nhập số ngày làm việc từ 1 đến 60."
    if leader_after_days is None or not 0 <= leader_after_days <= 60:
        errors["leader_after_days"] = "Nhập số ngày làm việc từ 0 đến 60; 0 là báo ngay khi quá hạn."
    return errors


def days_back(today: date, count: int, *, works: Callable[[date], bool]) -> date:
    """The day from which, up to today, `count` working days have begun: yesterday or earlier for 1, on a working day."""
    day = today
    while count > 0:
        if works(day):
            count -= 1
        day -= timedelta(days=1)
    return day


def end_of(day: date, like: datetime) -> datetime:
    """The first instant after a day, in the zone of `like`."""
    return datetime.combine(day + timedelta(days=1), time(), like.tzinfo)


@dataclass(frozen=True)
class Boundaries:
    """What the sets compare due times with, for one agency at one moment. A dossier is in the k-th repeat when its due
    time lies before `repeats[k - 1]`."""

    now: datetime
    soon_until: datetime
    tomorrow: datetime
    leader_before: datetime
    repeats: tuple[datetime, ...]

    def stage_of(self, due_at: datetime) -> int | None:
        """The stage of one dossier: what the SQL of `services.watching` says of a million."""
        if due_at >= self.now:
            return Stage.TODAY if due_at < self.tomorrow else Stage.SOON if due_at <= self.soon_until else None
        passed = sum(due_at < boundary for boundary in self.repeats)
        return Stage.OVERDUE + passed


def boundaries_of(
    thresholds: Thresholds, *, now: datetime, soon_until: datetime, works: Callable[[date], bool]
) -> Boundaries:
    """`now` is in the zone of the calendar; `works` tells whether a day has working time."""
    today = now.date()
    tomorrow = end_of(today, now)
    repeats: list[datetime] = []
    day = today
    for _ in range(MOST_REPEATS):
        day = days_back(day, thresholds.repeat_days, works=works)
        repeats.append(min(end_of(day, now), now))
    leader = days_back(today, thresholds.leader_after_days, works=works)
    leader_before = now if thresholds.leader_after_days == 0 else min(end_of(leader, now), now)
    return Boundaries(now, max(soon_until, tomorrow), tomorrow, leader_before, tuple(repeats))


@dataclass(frozen=True)
class StepTime:
    """What a piece of work took, in working minutes: waiting to be taken up, at work, waiting for the person."""

    waited: int
    worked: int
    person: int

    @property
    def own(self) -> int:
        """What the agency answers for."""
        return self.waited + self.worked


def step_time(
    *,
    created_at: datetime,
    claimed_at: datetime | None,
    finished_at: datetime,
    waits: Sequence[tuple[datetime, datetime]],
    minutes: Callable[[datetime, datetime], int],
) -> StepTime:
    """Split the time of a task. `waits`: when the person was waited for; `minutes` counts working time between two
    instants. Never taken up: all of it was waiting."""
    claimed = min(max(claimed_at or finished_at, created_at), finished_at)

    def person_between(start: datetime, end: datetime) -> int:
        found = 0
        for begins, ends in waits:
            from_, until = max(begins, start), min(ends, end)
            if from_ < until:
                found += minutes(from_, until)
        return found

    before, after = person_between(created_at, claimed), person_between(claimed, finished_at)
    return StepTime(
        waited=max(minutes(created_at, claimed) - before, 0),
        worked=max(minutes(claimed, finished_at) - after, 0),
        person=before + after,
    )


# Why a dossier was late, as a leader records it.
DELAY_GROUNDS: dict[str, str] = {
    "coordination": "Chờ cơ quan, đơn vị khác phối hợp",
    "complex": "Hồ sơ phức tạp, phải xác minh thêm",
    "staff": "Thiếu người, người phụ trách vắng mặt",
    "workload": "Số hồ sơ tăng đột biến",
    "system": "Lỗi phần mềm, mất kết nối",
    "handling": "Xử lý chậm ở bước",
    "other": "Nguyên nhân khác",
}
