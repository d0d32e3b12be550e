"""Deadlines checked by hand against the official days off of the year."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal

import pytest

from tinhso.kernel.calendar.rules import (
    DayOverride,
    DeadlineRule,
    Due,
    HoursPeriod,
    Pause,
    compute_due,
    national_calendar,
    parse_hours,
    remaining,
    working_time_text,
)
from tinhso.kernel.clock import VIETNAM

CALENDAR = national_calendar()
FIFTEEN = time(15, 0)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=VIETNAM)


def due(received: str, amount: float, unit: str, cutoff: time | None = None, *pauses: Pause) -> Due:
    return compute_due(CALENDAR, at(received), DeadlineRule(amount, unit, cutoff), pauses)  # type: ignore[arg-type]


CASES = [
    # Tết Bính Ngọ: agencies closed from Saturday 14 to Sunday 22 February 2026.
    ("2026-02-13T16:50", 3, "working_day", None, "2026-02-25T16:50", "10 minutes before Tết, 480, 480, 470"),
    ("2026-02-13T17:00", 3, "working_day", None, "2026-02-25T17:00", "closing: nothing left before Tết"),
    ("2026-02-13T16:00", 1, "working_hour", None, "2026-02-13T17:00", "used up at closing, not after Tết"),
    ("2026-02-13T16:00", 1, "same_day", FIFTEEN, "2026-02-23T17:00", "after the cut-off, before Tết"),
    ("2026-02-16T09:00", 1, "working_day", None, "2026-02-23T17:00", "received during Tết"),
    ("2026-02-13T08:00", 10, "calendar_day", None, "2026-02-23T17:00", "10 days, Tết counts"),
    ("2026-02-13T08:00", 5, "calendar_day", None, "2026-02-23T17:00", "the last day falls in Tết"),
    # Tết Ất Tỵ: 25 January to 2 February 2025.
    ("2025-01-24T15:00", 1, "working_day", None, "2025-02-03T15:00", "over Tết 2025"),
    # 30 April and 1 May 2025; Friday 2 May swapped for Saturday 26 April.
    ("2025-04-25T17:30", 1, "working_day", None, "2025-04-26T17:00", "Saturday 26 April 2025 is worked"),
    ("2025-04-29T13:00", 1, "working_day", None, "2025-05-05T11:30", "30 April to 4 May 2025 off; used up at noon"),
    # 29 April 2024 swapped for Saturday 4 May.
    ("2024-04-26T07:30", 2, "working_day", None, "2024-05-02T17:00", "27 April to 1 May 2024 off"),
    ("2024-05-03T13:00", 1, "working_day", None, "2024-05-04T11:30", "Saturday 4 May 2024 is worked"),
    # Giỗ Tổ on Sunday 26 April 2026: Monday off instead. 30 April and 1 May: Thursday and Friday.
    ("2026-04-24T13:00", 2, "working_day", None, "2026-04-29T11:30", "Monday 27 April 2026 off"),
    ("2026-04-29T15:01", 1, "same_day", FIFTEEN, "2026-05-04T17:00", "over 30 April and 1 May 2026"),
    # 2 September 2026: off from 29 August; Monday 31 August swapped for Saturday 22 August.
    ("2026-08-21T13:00", 1, "working_day", None, "2026-08-22T11:30", "Saturday 22 August 2026 is worked"),
    ("2026-08-28T15:00", 1, "working_day", None, "2026-09-03T15:00", "29 August to 2 September 2026 off"),
    # 2 September 2025 on Tuesday: Monday 1 September off as well.
    ("2025-08-29T16:00", 2, "working_hour", None, "2025-09-03T08:30", "30 August to 2 September 2025 off"),
    # 24 November, Ngày Văn hóa Việt Nam, off from 2026.
    ("2026-11-24T10:00", 4, "working_hour", None, "2026-11-25T11:30", "received on 24 November 2026"),
    # Ordinary weeks.
    ("2026-03-09T06:00", 1, "working_day", None, "2026-03-09T17:00", "before opening: from opening"),
    ("2026-03-09T07:30", 1, "working_day", None, "2026-03-09T17:00", "at opening"),
    ("2026-03-09T11:30", 4, "working_hour", None, "2026-03-09T17:00", "at the start of the noon break"),
    ("2026-03-09T12:15", 1, "working_hour", None, "2026-03-09T14:00", "in the noon break: from the afternoon"),
    ("2026-03-09T07:30", 4, "working_hour", None, "2026-03-09T11:30", "used up at noon, not at 13:00"),
    ("2026-03-13T17:01", 1, "working_day", None, "2026-03-16T17:00", "after hours on Friday"),
    ("2026-03-14T10:00", 8, "working_hour", None, "2026-03-16T17:00", "on a Saturday"),
    ("2026-03-09T14:59", 1, "same_day", FIFTEEN, "2026-03-09T17:00", "before the cut-off"),
    ("2026-03-09T15:00", 1, "same_day", FIFTEEN, "2026-03-09T17:00", "the cut-off itself is before it"),
    ("2026-03-09T15:01", 1, "same_day", FIFTEEN, "2026-03-10T17:00", "after the cut-off: the next working day"),
    ("2026-03-13T15:01", 1, "same_day", FIFTEEN, "2026-03-16T17:00", "after the cut-off on Friday"),
    ("2026-03-09T16:00", 1, "same_day", None, "2026-03-09T17:00", "no cut-off"),
    ("2026-03-09T17:00", 1, "same_day", None, "2026-03-10T17:00", "nothing left of the day"),
    ("2026-03-09T15:01", 2, "working_day", FIFTEEN, "2026-03-11T17:00", "a cut-off before a term of days"),
    ("2026-03-09T10:00", 0.5, "working_day", None, "2026-03-09T15:30", "half a working day"),
    ("2026-03-02T09:00", 15, "calendar_day", None, "2026-03-17T17:00", "15 days, the first not counted"),
    ("2026-03-02T09:00", 19, "calendar_day", None, "2026-03-23T17:00", "the 19th day is a Saturday"),
    # Leap day, New Year, a long term.
    ("2024-02-28T13:00", 1, "working_day", None, "2024-02-29T11:30", "29 February counts"),
    ("2024-02-28T13:00", 2, "calendar_day", None, "2024-03-01T17:00", "29 February counts as a day"),
    ("2025-12-31T13:00", 0.5, "working_day", None, "2025-12-31T17:00", "used up on the last day of the year"),
    ("2024-12-31T16:00", 1, "working_day", None, "2025-01-02T16:00", "over New Year"),
    ("2024-01-01T00:00", 366, "calendar_day", None, "2025-01-02T17:00", "366 days end on 1 January, a day off"),
]


@pytest.mark.parametrize(("received", "amount", "unit", "cutoff", "expected", "why"), CASES, ids=[c[5] for c in CASES])
def test_due(received: str, amount: float, unit: str, cutoff: time | None, expected: str, why: str) -> None:
    assert due(received, amount, unit, cutoff).due_at == at(expected), why


def test_explained_day_by_day_over_tet() -> None:
    lines = due("2026-02-13T16:50", 3, "working_day").explanation
    assert [(line.date.day, line.counted_minutes) for line in lines] == [
        (13, 10),
        *[(day, 0) for day in range(14, 23)],
        (23, 480),
        (24, 480),
        (25, 470),
    ]
    reasons = [line.reason for line in lines]
    assert reasons[0] == "Tiếp nhận lúc 16:50, tính 10 phút còn lại của buổi chiều"
    assert reasons[1] == "Cuối tuần (thứ Bảy)"
    assert reasons[3:8] == ["Nghỉ Tết Nguyên đán"] * 5
    assert reasons[-1] == "Ngày làm việc; hết hạn lúc 16:50"


@pytest.mark.parametrize(
    ("received", "unit", "first"),
    [
        (
            "2026-03-09T06:00",
            "working_day",
            "Tiếp nhận lúc 06:00, trước giờ làm việc, tính từ 07:30; hết hạn lúc 17:00",
        ),
        ("2026-03-09T12:15", "working_day", "Tiếp nhận lúc 12:15, trong giờ nghỉ trưa, tính từ 13:00"),
        ("2026-03-09T09:00", "working_day", "Tiếp nhận lúc 09:00, tính 6 giờ 30 phút còn lại của ngày"),
        ("2026-03-09T17:20", "working_day", "Tiếp nhận lúc 17:20, sau giờ làm việc, tính từ ngày làm việc kế tiếp"),
        ("2026-03-09T15:20", "same_day", "Tiếp nhận lúc 15:20, sau 15:00, tính từ ngày làm việc kế tiếp"),
        (
            "2026-11-24T09:00",
            "working_day",
            "Tiếp nhận lúc 09:00 vào ngày nghỉ – nghỉ Ngày Văn hóa Việt Nam (24/11) – tính từ ngày làm việc kế tiếp",
        ),
        ("2026-03-09T09:00", "calendar_day", "Tiếp nhận lúc 09:00; ngày tiếp nhận không tính vào thời hạn"),
    ],
)
def test_the_day_of_receipt_says_how_it_counts(received: str, unit: str, first: str) -> None:
    cutoff = FIFTEEN if unit == "same_day" else None
    assert due(received, 1, unit, cutoff).explanation[0].reason == first


@pytest.mark.parametrize(
    ("day", "reason"),
    [
        ("2024-04-29", "Nghỉ hoán đổi, làm bù vào ngày 04/05/2024"),
        ("2025-01-27", "Nghỉ Tết Nguyên đán"),
        ("2025-05-02", "Nghỉ hoán đổi, làm bù vào ngày 26/04/2025"),
        ("2025-09-01", "Nghỉ Quốc khánh (02/9)"),
        ("2026-01-01", "Nghỉ Tết Dương lịch (01/01)"),
        ("2026-04-27", "Nghỉ bù Giỗ Tổ Hùng Vương (10/3 âm lịch)"),
        ("2026-04-30", "Nghỉ Ngày Chiến thắng (30/4)"),
        ("2026-05-01", "Nghỉ Ngày Quốc tế Lao động (01/5)"),
        ("2026-08-31", "Nghỉ hoán đổi, làm bù vào ngày 22/08/2026"),
        ("2035-02-09", "Nghỉ Tết Nguyên đán, lịch dự kiến"),
        ("2026-03-09", None),
    ],
)
def test_days_off_of_the_country_and_why(day: str, reason: str | None) -> None:
    assert CALENDAR.day_off_reason(date.fromisoformat(day)) == reason


def test_swapped_saturdays_say_for_which_day() -> None:
    assert CALENDAR.extra_work_reason(date(2026, 8, 22)) == "Làm bù cho ngày 31/08/2026"
    assert CALENDAR.extra_work_reason(date(2019, 1, 5)) == "Làm bù cho ngày 31/12/2018"
    assert CALENDAR.extra_work_reason(date(2026, 8, 24)) is None
    assert CALENDAR.extra_work_reason(date(2026, 8, 23)) is None


def test_a_year_without_an_official_schedule_is_called_an_estimate() -> None:
    assert (
        due("2035-02-01T08:00", 20, "working_day")
        .explanation[-1]
        .reason.endswith("ngày này là dự kiến vì chưa có lịch nghỉ chính thức của năm 2035")
    )


def test_pause_for_papers_does_not_count() -> None:
    pause = Pause(at("2026-03-10T10:00"), at("2026-03-12T09:00"), "phiếu yêu cầu bổ sung số 12")
    found = due("2026-03-09T07:30", 3, "working_day", None, pause)
    # 480 on Monday, 150 before the pause, 450 after it on Thursday, 360 on Friday.
    assert [line.counted_minutes for line in found.explanation] == [480, 150, 0, 390, 420]
    assert found.due_at == at("2026-03-13T16:00")
    assert [line.reason for line in found.explanation[1:4]] == [
        "Ngày làm việc; tạm dừng theo phiếu yêu cầu bổ sung số 12 từ 10:00",
        "Tạm dừng theo phiếu yêu cầu bổ sung số 12",
        "Ngày làm việc; tạm dừng theo phiếu yêu cầu bổ sung số 12 đến 09:00",
    ]


def test_pauses_that_overlap_count_once() -> None:
    both = [
        Pause(at("2026-03-09T09:00"), at("2026-03-09T11:00"), "A"),
        Pause(at("2026-03-09T10:00"), at("2026-03-09T14:00"), "B"),
    ]
    assert due("2026-03-09T07:30", 4, "working_hour", None, *both).due_at == at("2026-03-09T16:30")


def test_pause_from_the_last_minute_on_comes_too_late() -> None:
    pause = Pause(at("2026-03-09T17:00"), at("2026-03-20T17:00"))
    assert due("2026-03-09T07:30", 1, "working_day", None, pause).due_at == at("2026-03-09T17:00")


def test_calendar_days_in_a_pause_do_not_count() -> None:
    pause = Pause(at("2026-03-04T10:00"), at("2026-03-06T09:00"), "văn bản 7")
    found = due("2026-03-02T09:00", 15, "calendar_day", None, pause)
    assert found.due_at == at("2026-03-19T17:00")
    assert [line.counted_minutes for line in found.explanation[:6]] == [0, 1440, 0, 0, 1440, 1440]


def test_calendar_days_after_the_cutoff_start_with_the_next_working_day() -> None:
    # Friday 15:30, after 15:00: taken as received on Monday 16; the 5th day after it is Saturday 21, so Monday 23.
    assert due("2026-03-13T15:30", 5, "calendar_day", FIFTEEN).due_at == at("2026-03-23T17:00")
    assert due("2026-03-13T15:00", 5, "calendar_day", FIFTEEN).due_at == at("2026-03-18T17:00")


def test_other_hours_still_count_eight_hours_a_day_and_say_so() -> None:
    calendar = national_calendar(parse_hours("07:30-11:30,13:30-16:30"))
    found = compute_due(calendar, at("2026-03-09T07:30"), DeadlineRule(1, "working_day"))
    assert found.due_at == at("2026-03-10T08:30")
    assert "tính đủ 8 giờ" in found.explanation[-1].reason


def test_hours_that_change_on_a_date() -> None:
    summer = HoursPeriod(parse_hours("07:00-11:00,13:30-17:30"), date(2026, 4, 15), date(2026, 10, 14))
    calendar = national_calendar(hour_changes=(summer,))
    rule = DeadlineRule(1, "working_day")
    assert compute_due(calendar, at("2026-04-14T08:00"), rule).due_at == at("2026-04-15T07:30")
    assert compute_due(calendar, at("2026-04-15T07:00"), rule).due_at == at("2026-04-15T17:30")
    assert compute_due(calendar, at("2026-10-15T07:00"), rule).due_at == at("2026-10-15T17:00")


def test_a_local_decision_goes_before_the_national_calendar() -> None:
    calendar = national_calendar(
        overrides={
            date(2026, 3, 10): DayOverride("off", "Nghỉ phòng chống bão số 1"),
            date(2026, 3, 14): DayOverride("work", "Làm bù cho ngày 10/03/2026"),
            date(2026, 4, 30): DayOverride("work", "Trực lễ"),
        }
    )
    found = compute_due(calendar, at("2026-03-09T07:30"), DeadlineRule(6, "working_day"))
    assert found.due_at == at("2026-03-16T17:00")
    assert [found.explanation[i].reason for i in (1, 5)] == ["Nghỉ phòng chống bão số 1", "Làm bù cho ngày 10/03/2026"]
    assert calendar.day_off_reason(date(2026, 4, 30)) is None


def test_seconds_do_not_count() -> None:
    with_seconds = compute_due(CALENDAR, at("2026-03-09T15:00:59"), DeadlineRule(1, "same_day", FIFTEEN))
    assert with_seconds.due_at == at("2026-03-09T17:00")


def test_what_is_left_in_words() -> None:
    assert remaining(CALENDAR, at("2026-03-09T14:00"), at("2026-03-10T17:00")).text == "còn 1 ngày 3 giờ"
    assert remaining(CALENDAR, at("2026-03-09T17:00"), at("2026-03-09T15:20")).text == "quá hạn 1 giờ 40 phút"
    assert remaining(CALENDAR, at("2026-03-09T17:00"), at("2026-03-10T07:30")).text == "đến hạn"
    assert working_time_text(480) == "1 ngày"


@pytest.mark.parametrize(
    ("amount", "unit", "text"),
    [
        (3, "working_day", "3 ngày làm việc"),
        (Decimal("0.5"), "working_day", "0,5 ngày làm việc"),
        (4, "working_hour", "4 giờ làm việc"),
        (20, "calendar_day", "20 ngày"),
        (1, "same_day", "trong ngày"),
    ],
)
def test_a_rule_in_words(amount: float, unit: str, text: str) -> None:
    assert DeadlineRule(amount, unit).text == text  # type: ignore[arg-type]
