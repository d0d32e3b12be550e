"""What must hold for every instant, amount and pause."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tinhso.kernel.calendar.rules import (
    DEFAULT_HOURS,
    CannotComputeDeadline,
    DeadlineRule,
    Pause,
    WorkingCalendar,
    add_working_minutes,
    compute_due,
    hours_text,
    national_calendar,
    parse_hours,
    remaining,
    working_minutes_between,
)
from tinhso.kernel.calendar.tests import reference
from tinhso.kernel.clock import VIETNAM

CALENDARS = [
    national_calendar(),
    national_calendar(parse_hours("08:00-12:00,13:30-17:00")),
    national_calendar(parse_hours("07:00-11:00")),
    WorkingCalendar(DEFAULT_HOURS, {}, {}),
]
calendars = st.sampled_from(CALENDARS)
instants = st.datetimes(datetime(2024, 1, 1), datetime(2027, 11, 30), timezones=st.just(VIETNAM)).map(  # noqa: DTZ001
    lambda moment: moment.replace(second=0, microsecond=0)
)
cutoffs = st.none() | st.sampled_from([time(11, 0), time(15, 0), time(16, 30)])
working_rules = st.one_of(
    st.builds(DeadlineRule, st.integers(1, 12), st.just("working_day"), cutoffs),
    st.builds(DeadlineRule, st.integers(1, 50), st.just("working_hour"), cutoffs),
    st.builds(DeadlineRule, st.just(1), st.just("same_day"), cutoffs),
)
rules = working_rules | st.builds(DeadlineRule, st.integers(1, 40), st.just("calendar_day"), cutoffs)


@st.composite
def pauses_after(draw: st.DrawFn, start: datetime) -> list[Pause]:
    found = []
    for _ in range(draw(st.integers(0, 3))):
        begin = start + timedelta(minutes=draw(st.integers(-2000, 12_000)))
        found.append(Pause(begin, begin + timedelta(minutes=draw(st.integers(1, 9000))), "văn bản 12"))
    return found


@settings(max_examples=60, deadline=None)
@given(calendars, instants, working_rules, st.data())
def test_same_instant_as_counted_minute_by_minute(
    calendar: WorkingCalendar, received: datetime, rule: DeadlineRule, data: st.DataObject
) -> None:
    pauses = data.draw(pauses_after(received))
    assert compute_due(calendar, received, rule, pauses).due_at == reference.due(calendar, received, rule, pauses)


@settings(max_examples=60, deadline=None)
@given(calendars, instants, st.integers(0, 20_000))
def test_working_minutes_as_counted_minute_by_minute(calendar: WorkingCalendar, start: datetime, length: int) -> None:
    end = start + timedelta(minutes=length)
    minutes = working_minutes_between(calendar, start, end)
    assert minutes == reference.minutes_between(calendar, start, end)
    assert working_minutes_between(calendar, end, start) == -minutes


@settings(max_examples=200, deadline=None)
@given(calendars, instants, rules, st.data())
def test_minutes_add_up_day_by_day_and_end_in_working_hours(
    calendar: WorkingCalendar, received: datetime, rule: DeadlineRule, data: st.DataObject
) -> None:
    due = compute_due(calendar, received, rule, data.draw(pauses_after(received)))
    assert due.due_at is not None
    if rule.unit != "same_day":
        assert due.counted_minutes == rule.minutes
    days = [line.date for line in due.explanation]
    assert days[0] == received.date()
    assert days[-1] == due.due_at.date()
    assert all(second - first == timedelta(days=1) for first, second in pairwise(days))
    assert all(line.reason for line in due.explanation)
    assert due.due_at > received
    assert any(start < due.due_at.time() <= end for start, end in calendar.hours)
    assert calendar.day_off_reason(due.due_at.date()) is None


@settings(max_examples=200, deadline=None)
@given(calendars, instants, rules, st.integers(1, 5000))
def test_later_receipt_is_never_due_earlier(
    calendar: WorkingCalendar, received: datetime, rule: DeadlineRule, later: int
) -> None:
    first = compute_due(calendar, received, rule).due_at
    second = compute_due(calendar, received + timedelta(minutes=later), rule).due_at
    assert first is not None
    assert second is not None
    assert first <= second


@settings(max_examples=150, deadline=None)
@given(calendars, instants, rules, st.integers(1, 9), st.data())
def test_a_longer_term_or_one_more_pause_is_never_due_earlier(
    calendar: WorkingCalendar, received: datetime, rule: DeadlineRule, more: int, data: st.DataObject
) -> None:
    pauses = data.draw(pauses_after(received))
    due = compute_due(calendar, received, rule, pauses).due_at
    assert due is not None
    without = compute_due(calendar, received, rule, pauses[1:]).due_at
    assert without is not None
    assert without <= due
    if rule.unit != "same_day":
        longer = compute_due(calendar, received, DeadlineRule(rule.amount + more, rule.unit, rule.cutoff), pauses)
        assert longer.due_at is not None
        assert longer.due_at >= due


@settings(max_examples=150, deadline=None)
@given(calendars, instants, st.integers(1, 400_000))
def test_adding_and_measuring_agree(calendar: WorkingCalendar, start: datetime, minutes: int) -> None:
    end = add_working_minutes(calendar, start, minutes)
    assert working_minutes_between(calendar, start, end) == minutes
    assert working_minutes_between(calendar, start, end - timedelta(minutes=1)) == minutes - 1
    assert remaining(calendar, start, end).minutes == minutes
    assert remaining(calendar, end, start).is_late


@settings(max_examples=60, deadline=None)
@given(instants, st.integers(1, 800))
def test_a_term_of_working_days_is_that_many_times_eight_hours(received: datetime, amount: int) -> None:
    calendar = CALENDARS[0]
    due = compute_due(calendar, received, DeadlineRule(amount, "working_day")).due_at
    assert due == add_working_minutes(calendar, received, amount * 480)


@given(instants, st.integers(-720, 840))
def test_the_time_zone_of_the_input_does_not_matter(received: datetime, offset: int) -> None:
    from datetime import timezone

    elsewhere = received.astimezone(timezone(timedelta(minutes=offset)))
    rule = DeadlineRule(3, "working_day")
    assert compute_due(CALENDARS[0], elsewhere, rule) == compute_due(CALENDARS[0], received, rule)


@given(instants, st.integers(0, 3000))
def test_a_pause_without_an_end_leaves_the_due_instant_unknown(received: datetime, after: int) -> None:
    calendar = CALENDARS[0]
    start = received + timedelta(minutes=after)
    due = compute_due(calendar, received, DeadlineRule(9, "working_day"), [Pause(start, None, "văn bản 12")])
    assert due.due_at is None
    assert due.explanation[-1].date == start.date()
    assert due.counted_minutes == working_minutes_between(calendar, received, start)


def test_an_open_pause_after_the_end_changes_nothing() -> None:
    received = datetime(2026, 3, 2, 8, tzinfo=VIETNAM)
    rule = DeadlineRule(1, "working_day")
    due = compute_due(CALENDARS[0], received, rule)
    assert due.due_at is not None
    assert compute_due(CALENDARS[0], received, rule, [Pause(due.due_at, None)]).due_at == due.due_at


@pytest.mark.parametrize(
    ("amount", "unit"),
    [
        (0, "working_day"),
        (-1, "working_day"),
        (3651, "working_day"),
        (10**30, "working_hour"),
        (1.5, "calendar_day"),
        (0.0001, "working_day"),
        (float("nan"), "working_day"),
        (float("inf"), "working_day"),
        (True, "working_day"),
        ("ba", "working_day"),
        (2, "same_day"),
        (-1, "same_day"),
        (1, "week"),
    ],
)
def test_senseless_terms_are_refused(amount: object, unit: str) -> None:
    with pytest.raises(CannotComputeDeadline):
        DeadlineRule(amount, unit)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text",
    ["", "7", "07:30", "07:30-", "11:30-07:30", "07:30-07:30", "07:30-11:30,11:00-17:00", "25:00-26:00", "a-b"],
)
def test_senseless_hours_are_refused(text: str) -> None:
    with pytest.raises(CannotComputeDeadline):
        parse_hours(text)


def test_hours_are_read_as_written() -> None:
    assert parse_hours("07:30-11:30, 13:00-17:00") == DEFAULT_HOURS
    assert parse_hours(hours_text(DEFAULT_HOURS)) == DEFAULT_HOURS


@pytest.mark.parametrize("year", [1, 1999, 2100, 9999])
def test_instants_outside_the_calendar_are_refused(year: int) -> None:
    with pytest.raises(CannotComputeDeadline):
        compute_due(CALENDARS[0], datetime(year, 6, 1, 8, tzinfo=VIETNAM), DeadlineRule(1, "working_day"))


def test_a_term_that_leaves_the_calendar_is_refused() -> None:
    with pytest.raises(CannotComputeDeadline):
        compute_due(CALENDARS[0], datetime(2099, 12, 1, 8, tzinfo=VIETNAM), DeadlineRule(400, "working_day"))
    with pytest.raises(CannotComputeDeadline):
        add_working_minutes(CALENDARS[0], datetime(2099, 12, 1, 8, tzinfo=VIETNAM), 10**9)


def test_naive_instants_and_reversed_pauses_are_refused() -> None:
    with pytest.raises(CannotComputeDeadline):
        compute_due(CALENDARS[0], datetime(2026, 6, 1, 8), DeadlineRule(1, "working_day"))  # noqa: DTZ001
    start = datetime(2026, 6, 1, 8, tzinfo=VIETNAM)
    with pytest.raises(CannotComputeDeadline):
        Pause(start, start)


@given(st.dates(date(2024, 1, 1), date(2026, 12, 31)))
def test_every_saturday_and_sunday_off_unless_swapped(day: date) -> None:
    calendar = CALENDARS[0]
    assume(day.weekday() >= 5)
    assert (calendar.day_off_reason(day) is None) == (day in {date(2024, 5, 4), date(2025, 4, 26), date(2026, 8, 22)})
