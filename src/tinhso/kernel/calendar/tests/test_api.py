"""Decisions in the database, who may take them, and calendars that follow them at once."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from django.db import IntegrityError, transaction
from pytest_django import DjangoAssertNumQueries

from tinhso.kernel.access.api import NOBODY, SYSTEM, Actor, Grant, Refused
from tinhso.kernel.audit.api import trail
from tinhso.kernel.calendar.api import (
    CannotChangeCalendar,
    CannotComputeDeadline,
    DeadlineRule,
    Pause,
    add_override,
    calendar_for,
    calendars_for,
    compute_due,
    compute_due_for,
    explain,
    overrides,
    remove_override,
    set_working_hours,
    working_hours,
)
from tinhso.kernel.calendar.models import HolidayOverride
from tinhso.kernel.clock import VIETNAM

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 2, 9, tzinfo=VIETNAM)
TUESDAY = date(2026, 3, 10)
HOANG_HOA, NGA_SON = 7, 8
OF_HOANG_HOA = Actor("officer", "Mai", 1, (Grant("calendar_admin", frozenset({HOANG_HOA})),))
OF_PROVINCE = Actor("officer", "Lan", 2, (Grant("province_calendar_admin", frozenset({1, HOANG_HOA, NGA_SON})),))
CITIZEN = Actor("citizen", "Nam", 3)


def close(organisation_id: int | None, actor: Actor, *, day: date = TUESDAY, **changed: object) -> int:
    values: dict[str, object] = {
        "day": day,
        "kind": "off",
        "organisation_id": organisation_id,
        "reason": "Nghỉ phòng chống bão số 1",
        "ground": "Công điện 05/CĐ-UBND",
        "actor": actor,
        "now": NOW,
    }
    return add_override(**(values | changed))  # type: ignore[arg-type]


def test_a_decision_of_one_organisation_changes_its_calendar_only() -> None:
    assert calendar_for(HOANG_HOA, around=TUESDAY).day_off_reason(TUESDAY) is None
    close(HOANG_HOA, OF_HOANG_HOA)
    assert calendar_for(HOANG_HOA, around=TUESDAY).day_off_reason(TUESDAY) == "Nghỉ phòng chống bão số 1"
    assert calendar_for(NGA_SON, around=TUESDAY).day_off_reason(TUESDAY) is None
    assert calendar_for(None, around=TUESDAY).day_off_reason(TUESDAY) is None


def test_a_decision_of_the_province_holds_everywhere_unless_an_organisation_decides_otherwise() -> None:
    close(None, OF_PROVINCE)
    close(HOANG_HOA, OF_HOANG_HOA, kind="work", reason="Trực tiếp dân")
    calendars = calendars_for([HOANG_HOA, NGA_SON])
    assert calendars[HOANG_HOA].day_off_reason(TUESDAY) is None
    assert calendars[NGA_SON].day_off_reason(TUESDAY) == "Nghỉ phòng chống bão số 1"


def test_a_decision_shows_in_the_deadline_and_its_reasons() -> None:
    close(HOANG_HOA, OF_HOANG_HOA)
    due = compute_due_for(HOANG_HOA, datetime(2026, 3, 9, 7, 30, tzinfo=VIETNAM), DeadlineRule(2, "working_day"))
    assert due.due_at == datetime(2026, 3, 11, 17, tzinfo=VIETNAM)
    rows = explain(due)
    assert [(row.weekday, row.counted, row.kind) for row in rows] == [
        ("Thứ Hai", "8 giờ", "received"),
        ("Thứ Ba", "", "off"),
        ("Thứ Tư", "8 giờ", "due"),
    ]
    assert rows[1].reason == "Nghỉ phòng chống bão số 1"


def test_a_removed_decision_no_longer_counts_and_stays_on_record() -> None:
    number = close(HOANG_HOA, OF_HOANG_HOA)
    remove_override(override_id=number, ground="Bão đổi hướng", actor=OF_HOANG_HOA, now=NOW)
    assert calendar_for(HOANG_HOA, around=TUESDAY).day_off_reason(TUESDAY) is None
    assert HolidayOverride.objects.get(pk=number).removal_ground == "Bão đổi hướng"
    assert [entry.action for entry in trail(f"calendar:{HOANG_HOA}")] == [
        "calendar.add_override",
        "calendar.remove_override",
    ]
    with pytest.raises(CannotChangeCalendar):
        remove_override(override_id=number, ground="Lần hai", actor=OF_HOANG_HOA, now=NOW)
    close(HOANG_HOA, OF_HOANG_HOA)


def test_a_change_that_is_rolled_back_is_forgotten() -> None:
    for reason in ("Một", "Hai"):
        with transaction.atomic():
            close(HOANG_HOA, OF_HOANG_HOA, reason=reason)
            assert calendar_for(HOANG_HOA, around=TUESDAY).day_off_reason(TUESDAY) == reason
            transaction.set_rollback(True)
        assert calendar_for(HOANG_HOA, around=TUESDAY).day_off_reason(TUESDAY) is None


@pytest.mark.parametrize(
    ("organisation_id", "actor"),
    [
        (HOANG_HOA, NOBODY),
        (HOANG_HOA, CITIZEN),
        (NGA_SON, OF_HOANG_HOA),
        (None, OF_HOANG_HOA),
        (None, CITIZEN),
    ],
)
def test_who_may_not_decide(organisation_id: int | None, actor: Actor) -> None:
    before = HolidayOverride.objects.count()
    with pytest.raises(Refused):
        close(organisation_id, actor)
    with pytest.raises(Refused):
        set_working_hours(
            organisation_id=organisation_id,
            hours="08:00-12:00",
            valid_from=TUESDAY,
            ground="Quyết định 1",
            actor=actor,
            now=NOW,
        )
    assert HolidayOverride.objects.count() == before
    assert working_hours(organisation_id=organisation_id) == []


def test_who_may_not_take_a_decision_back() -> None:
    number = close(NGA_SON, OF_PROVINCE)
    with pytest.raises(Refused):
        remove_override(override_id=number, ground="x", actor=OF_HOANG_HOA, now=NOW)
    with pytest.raises(Refused):
        remove_override(override_id=number + 1000, ground="x", actor=CITIZEN, now=NOW)
    assert calendar_for(NGA_SON, around=TUESDAY).day_off_reason(TUESDAY) is not None


@pytest.mark.parametrize(
    ("field", "value"),
    [("reason", " "), ("reason", "x" * 201), ("ground", ""), ("kind", "half"), ("day", date(1900, 1, 1))],
)
def test_bad_values_are_named_by_field(field: str, value: object) -> None:
    with pytest.raises(CannotChangeCalendar) as refused:
        close(HOANG_HOA, OF_HOANG_HOA, **{field: value})
    assert list(refused.value.errors) == [field]


def test_one_decision_per_day_and_organisation() -> None:
    for organisation_id in (None, HOANG_HOA):
        close(organisation_id, SYSTEM)
        with pytest.raises(CannotChangeCalendar):
            close(organisation_id, SYSTEM)
    with pytest.raises(IntegrityError), transaction.atomic():
        HolidayOverride.objects.create(day=TUESDAY, kind="work", reason="x", ground="y", added_at=NOW)


def test_hours_of_one_organisation_from_a_date() -> None:
    set_working_hours(
        organisation_id=None,
        hours="07:00-11:00, 13:30-17:30",
        valid_from=date(2026, 4, 15),
        valid_until=date(2026, 10, 14),
        ground="Quyết định 20/QĐ-UBND",
        actor=OF_PROVINCE,
        now=NOW,
    )
    set_working_hours(
        organisation_id=HOANG_HOA,
        hours="08:00-12:00,13:00-17:00",
        valid_from=date(2026, 1, 1),
        ground="Quyết định 3/QĐ-UBND",
        actor=OF_HOANG_HOA,
        now=NOW,
    )
    rule = DeadlineRule(1, "working_day")
    early = datetime(2026, 5, 5, 6, tzinfo=VIETNAM)
    assert compute_due_for(NGA_SON, early, rule).due_at == datetime(2026, 5, 5, 17, 30, tzinfo=VIETNAM)
    assert compute_due_for(HOANG_HOA, early, rule).due_at == datetime(2026, 5, 5, 17, tzinfo=VIETNAM)
    assert [row.hours for row in working_hours(organisation_id=HOANG_HOA)] == [
        "08:00-12:00,13:00-17:00",
        "07:00-11:00,13:30-17:30",
    ]


@pytest.mark.parametrize(
    ("field", "changed"),
    [
        ("hours", {"hours": "17:00-07:00"}),
        ("hours", {"hours": ",".join(f"{h:02d}:00-{h:02d}:30" for h in range(20))}),
        ("valid_until", {"valid_until": date(2026, 3, 1)}),
        ("ground", {"ground": ""}),
    ],
)
def test_bad_hours_are_named_by_field(field: str, changed: dict[str, object]) -> None:
    values = {"organisation_id": None, "hours": "08:00-12:00", "valid_from": TUESDAY, "ground": "Quyết định 1"}
    with pytest.raises(CannotChangeCalendar) as refused:
        set_working_hours(**(values | changed), actor=OF_PROVINCE, now=NOW)  # type: ignore[arg-type]
    assert list(refused.value.errors) == [field]


def test_a_calendar_serves_a_whole_list_without_queries(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    calendar_for(HOANG_HOA, around=TUESDAY)
    with django_assert_num_queries(1):
        calendars = calendars_for(range(1, 170))
        for calendar in calendars.values():
            compute_due(calendar, NOW, DeadlineRule(3, "working_day"))
    assert calendars[HOANG_HOA] is calendars[NGA_SON]


def test_days_of_a_year_with_the_provinces() -> None:
    close(HOANG_HOA, OF_HOANG_HOA)
    close(NGA_SON, OF_PROVINCE)
    close(None, OF_PROVINCE, day=date(2027, 3, 10))
    found = overrides(organisation_id=HOANG_HOA, year=2026)
    assert [row.day for row in found if row.organisation_id is not None] == [TUESDAY]
    assert {row.day.year for row in found} == {2026}


def test_a_day_outside_the_calendar_is_refused() -> None:
    with pytest.raises(CannotComputeDeadline):
        calendar_for(None, around=date(1999, 12, 31))


def test_rows_of_a_term_in_calendar_days_and_of_an_open_pause() -> None:
    received = datetime(2026, 3, 9, 8, tzinfo=VIETNAM)
    rows = explain(compute_due_for(None, received, DeadlineRule(2, "calendar_day")))
    assert [row.counted for row in rows] == ["", "1 ngày", "1 ngày"]
    paused = compute_due_for(None, received, DeadlineRule(2, "working_day"), [Pause(received, None, "phiếu 12")])
    assert paused.due_at is None
    assert (
        explain(paused)[0].reason
        == "Tiếp nhận lúc 08:00; tạm dừng theo phiếu 12 từ 08:00 09/03/2026, chưa có ngày kết thúc"
    )
