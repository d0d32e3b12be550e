"""Working time of one agency: which days it works, at which hours, and arithmetic over them.

All instants are aware; they are looked at in Vietnam time and to the minute (seconds are dropped, as on the printed
receipt). Inside, a day is a `date` and a time of day is a number of minutes since midnight.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import accumulate
from typing import Final, Literal

from tinhso.kernel.clock import VIETNAM

FIRST_DAY: Final = date(2000, 1, 1)
LAST_DAY: Final = date(2099, 12, 31)
MINUTES_PER_DAY: Final = 1440
WORKING_DAY_MINUTES: Final = 480
"""One working day of a deadline is 8 working hours, whatever the agency's hours are."""

Hours = tuple[tuple[time, time], ...]
Spans = tuple[tuple[int, int], ...]

DEFAULT_HOURS: Final[Hours] = ((time(7, 30), time(11, 30)), (time(13), time(17)))

WEEKDAYS: Final = ("thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật")


class CannotComputeDeadline(Exception):
    """The deadline cannot be computed from what was given. The message is Vietnamese, one line, for a person."""


@dataclass(frozen=True)
class HoursPeriod:
    """Working hours that hold from `valid_from` to `valid_until`, both days included; None: without an end."""

    hours: Hours
    valid_from: date | None = None
    valid_until: date | None = None

    def holds_on(self, day: date) -> bool:
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_until is None or day <= self.valid_until
        )


@dataclass(frozen=True)
class DayOverride:
    """A decision about one day that goes before the national calendar: a day off, or a day worked."""

    kind: Literal["off", "work"]
    reason: str


@dataclass(frozen=True, eq=False)
class WorkingCalendar:
    """The working time of an agency. Immutable; hold one and use it for any number of dossiers.

    `hours`: working hours of a day. `holidays`: days off and why. `swapped_workdays`: Saturdays and Sundays worked
    instead of another day, and why. `overrides`: decisions that go before both. `hour_changes`: dated hours that go
    before `hours`, the last that holds counts. `known_until`: last day for which the yearly decisions on days off are
    known; later days off are an estimate and the explanation says so.
    """

    hours: Hours = DEFAULT_HOURS
    holidays: Mapping[date, str] = field(default_factory=dict)
    swapped_workdays: Mapping[date, str] | Collection[date] = field(default_factory=dict)
    overrides: Mapping[date, DayOverride] = field(default_factory=dict)
    hour_changes: tuple[HoursPeriod, ...] = ()
    known_until: date | None = None
    _years: dict[int, list[int]] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        check_hours(self.hours)
        for change in self.hour_changes:
            check_hours(change.hours)

    def day_off_reason(self, day: date) -> str | None:
        """Why the agency does not work on `day`; None when it works."""
        override = self.overrides.get(day)
        if override is not None:
            return override.reason if override.kind == "off" else None
        holiday = self.holidays.get(day)
        if holiday is not None:
            return holiday
        if day.weekday() >= 5 and day not in self.swapped_workdays:
            return f"Cuối tuần ({WEEKDAYS[day.weekday()]})"
        return None

    def extra_work_reason(self, day: date) -> str | None:
        """Why the agency works on a day that would otherwise be off; None on ordinary working days and days off."""
        override = self.overrides.get(day)
        if override is not None:
            return override.reason if override.kind == "work" else None
        if day.weekday() >= 5 and day in self.swapped_workdays and day not in self.holidays:
            return self.swapped_workdays[day] if isinstance(self.swapped_workdays, Mapping) else "Làm bù"
        return None

    def is_estimated(self, day: date) -> bool:
        return self.known_until is not None and day > self.known_until

    def hours_on(self, day: date) -> Hours:
        """The hours that hold on `day`, were it a working day."""
        for change in reversed(self.hour_changes):
            if change.holds_on(day):
                return change.hours
        return self.hours

    def spans_on(self, day: date) -> Spans:
        """Working time of `day` as (start, end) in minutes since midnight; empty on a day off."""
        if self.day_off_reason(day) is not None:
            return ()
        return tuple((minute_of(start), minute_of(end)) for start, end in self.hours_on(day))

    def minutes_on(self, day: date) -> int:
        return sum(end - start for start, end in self.spans_on(day))

    def next_working_day(self, day: date) -> date:
        """The first working day after `day`."""
        following = next_day(day)
        while not self.spans_on(following):
            following = next_day(following)
        return following

    def minutes_before(self, day: date) -> list[int]:
        """For the year of `day`: working minutes from 1 January to the start of each day of the year, and in all."""
        year = day.year
        if year not in self._years:
            check_day(day)
            first = date(year, 1, 1)
            length = (date(year + 1, 1, 1) - first).days
            minutes = (self.minutes_on(first + timedelta(days=number)) for number in range(length))
            self._years[year] = list(accumulate(minutes, initial=0))
        return self._years[year]


def working_minutes_between(calendar: WorkingCalendar, start: datetime, end: datetime) -> int:
    """Working minutes from `start` to `end`; negative when `end` is before `start`."""
    if end < start:
        return -working_minutes_between(calendar, end, start)
    (first, _), (last, _) = local(start), local(end)
    whole_years = sum(calendar.minutes_before(date(year, 1, 1))[-1] for year in range(first.year, last.year))
    return whole_years + _minutes_into_year(calendar, end) - _minutes_into_year(calendar, start)


def add_working_minutes(calendar: WorkingCalendar, start: datetime, minutes: int) -> datetime:
    """The instant at which `minutes` working minutes after `start` are used up (a closing, not the next opening).

    Zero minutes end at `start` itself. Raises `CannotComputeDeadline` for negative minutes or past the year 2099.
    """
    if minutes < 0:
        raise CannotComputeDeadline("Số phút cộng thêm không được âm.")
    day, minute = local(start)
    if minutes == 0:
        return instant(day, minute)
    target = _minutes_into_year(calendar, start) + minutes
    year = day.year
    while target > (total := calendar.minutes_before(date(year, 1, 1))[-1]):
        target -= total
        year += 1
        check_day(date(year, 1, 1))
    before = calendar.minutes_before(date(year, 1, 1))
    index = bisect_left(before, target) - 1
    day = date(year, 1, 1) + timedelta(days=index)
    left = target - before[index]
    for span_start, span_end in calendar.spans_on(day):
        if left <= span_end - span_start:
            return instant(day, span_start + left)
        left -= span_end - span_start
    raise AssertionError("the table of the year disagrees with its days")


@dataclass(frozen=True)
class Remaining:
    """What is left of a deadline: working minutes, negative when it has passed."""

    minutes: int

    @property
    def is_late(self) -> bool:
        return self.minutes < 0

    @property
    def text(self) -> str:
        """ "còn 1 ngày 3 giờ", "quá hạn 2 giờ"; a day is 8 working hours."""
        if self.is_late:
            return f"quá hạn {working_time_text(-self.minutes)}"
        return f"còn {working_time_text(self.minutes)}" if self.minutes else "đến hạn"


def remaining(calendar: WorkingCalendar, now: datetime, due: datetime) -> Remaining:
    """Working time left at `now` until `due`."""
    return Remaining(working_minutes_between(calendar, now, due))


def duration_text(minutes: int) -> str:
    """ "10 phút", "3 giờ 30 phút", "8 giờ"."""
    hours, rest = divmod(minutes, 60)
    parts = [f"{hours} giờ"] * bool(hours) + [f"{rest} phút"] * bool(rest)
    return " ".join(parts) or "0 phút"


def working_time_text(minutes: int) -> str:
    """ "1 ngày 3 giờ": working days of 8 hours, then hours and minutes."""
    days, rest = divmod(minutes, WORKING_DAY_MINUTES)
    parts = [f"{days} ngày"] * bool(days) + [duration_text(rest)] * bool(rest or not days)
    return " ".join(parts)


def parse_hours(text: str) -> Hours:
    """ "07:30-11:30,13:00-17:00" → hours. Raises `CannotComputeDeadline`."""
    hours = []
    for part in text.split(","):
        start, dash, end = part.strip().partition("-")
        if not dash:
            raise CannotComputeDeadline(f"Giờ làm việc «{part}» không đúng dạng 07:30-11:30,13:00-17:00.")
        hours.append((parse_time(start), parse_time(end)))
    check_hours(tuple(hours))
    return tuple(hours)


def hours_text(hours: Hours) -> str:
    """The form that `parse_hours` reads."""
    return ",".join(f"{start:%H:%M}-{end:%H:%M}" for start, end in hours)


def parse_time(text: str) -> time:
    """ "15:00" → time. Raises `CannotComputeDeadline`."""
    hour, colon, minute = text.strip().partition(":")
    digits = colon and hour.isdecimal() and minute.isdecimal() and len(hour) <= 2 and len(minute) == 2
    if digits and int(hour) < 24 and int(minute) < 60:
        return time(int(hour), int(minute))
    raise CannotComputeDeadline(f"Giờ «{text.strip()}» không đúng dạng giờ:phút, ví dụ 15:00.")


def check_hours(hours: Hours) -> None:
    """At least one span, each ending after it starts, in order, none overlapping, whole minutes."""
    if not hours:
        raise CannotComputeDeadline("Giờ làm việc phải có ít nhất một buổi.")
    last_end = time(0)
    for start, end in hours:
        if start.second or start.microsecond or end.second or end.microsecond:
            raise CannotComputeDeadline("Giờ làm việc tính đến phút, không có giây.")
        if end <= start:
            raise CannotComputeDeadline(f"Buổi làm việc {start:%H:%M}-{end:%H:%M} phải kết thúc sau khi bắt đầu.")
        if start < last_end:
            raise CannotComputeDeadline("Các buổi làm việc phải xếp theo thứ tự và không chồng lên nhau.")
        last_end = end


def local(moment: datetime) -> tuple[date, int]:
    """Day and minute of the day in Vietnam. Raises `CannotComputeDeadline` for a naive or far-off instant."""
    if moment.tzinfo is None:
        raise CannotComputeDeadline("Thời điểm phải kèm múi giờ.")
    try:
        here = moment.astimezone(VIETNAM)
    except OverflowError:
        raise CannotComputeDeadline(_OUT_OF_RANGE) from None
    check_day(here.date())
    return here.date(), here.hour * 60 + here.minute


def instant(day: date, minute: int) -> datetime:
    """The instant of a minute of a day in Vietnam; minute 1440 is the next midnight."""
    return datetime.combine(day, time(0), tzinfo=VIETNAM) + timedelta(minutes=minute)


def minute_of(moment: time) -> int:
    return moment.hour * 60 + moment.minute


def clock_text(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def next_day(day: date) -> date:
    following = day + timedelta(days=1)
    check_day(following)
    return following


def check_day(day: date) -> None:
    if not FIRST_DAY <= day <= LAST_DAY:
        raise CannotComputeDeadline(_OUT_OF_RANGE)


_OUT_OF_RANGE: Final = f"Lịch làm việc chỉ tính được từ năm {FIRST_DAY.year} đến năm {LAST_DAY.year}."


def _minutes_into_year(calendar: WorkingCalendar, moment: datetime) -> int:
    day, minute = local(moment)
    today = sum(max(0, min(minute, end) - start) for start, end in calendar.spans_on(day))
    return calendar.minutes_before(day)[day.timetuple().tm_yday - 1] + today
