from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from tinhso.kernel.clock import VIETNAM
from tinhso.kernel.ui.templatetags import vi
from tinhso.kernel.ui.typed import parse_date, parse_money

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=VIETNAM)


def test_dates_are_written_the_vietnamese_way() -> None:
    assert vi.vi_datetime(NOON) == "24/11/2026 12:00"
    assert vi.vi_date(NOON) == vi.vi_date(date(2026, 11, 24)) == vi.vi_date("2026-11-24") == "24/11/2026"
    assert vi.vi_datetime("2026-11-24T05:00:00+00:00") == "24/11/2026 12:00"
    assert vi.vi_weekday(NOON) == "thứ Ba"
    assert vi.vi_weekday(date(2026, 11, 29)) == "Chủ nhật"


def test_what_is_no_date_stays_as_it_was_typed() -> None:
    assert vi.vi_date("35/13/2030") == "35/13/2030"
    assert vi.vi_date(None) == ""
    assert vi.vi_date("") == ""


def test_money_has_dots_and_unknown_stays_empty() -> None:
    assert vi.money(1458818) == "1.458.818 đồng"
    assert vi.money("8000") == "8.000 đồng"
    assert vi.money(0) == "0 đồng"
    assert vi.money(None) == ""
    assert vi.number(3591) == "3.591"


@pytest.mark.parametrize(
    ("gap", "said"),
    [
        (timedelta(days=1, hours=3, minutes=20), "còn 1 ngày 3 giờ"),
        (timedelta(days=9, hours=3), "còn 9 ngày"),
        (timedelta(hours=2, minutes=5), "còn 2 giờ 5 phút"),
        (timedelta(hours=5, minutes=5), "còn 5 giờ"),
        (timedelta(minutes=45), "còn 45 phút"),
        (timedelta(seconds=-20), "đến hạn"),
        (timedelta(days=-2), "quá hạn 2 ngày"),
        (timedelta(minutes=-90), "quá hạn 1 giờ 30 phút"),
    ],
)
def test_remaining_time_is_said_in_two_units_at_most(gap: timedelta, said: str) -> None:
    assert vi.remaining(NOON + gap, NOON) == said


def test_a_due_time_turns_amber_within_a_day_and_red_when_late() -> None:
    assert "due-ok" in vi.due_mark(NOON + timedelta(hours=25), NOON)
    assert "due-soon" in vi.due_mark(NOON + timedelta(hours=23), NOON)
    late = vi.due_mark(NOON - timedelta(hours=1), NOON)
    assert "due-late" in late
    assert 'title="Hạn: thứ Ba 24/11/2026 11:00"' in late


def test_a_finished_dossier_tells_whether_it_was_in_time() -> None:
    assert "đúng hạn" in vi.due_mark(NOON, NOON + timedelta(days=9), NOON)
    assert "trễ hạn 2 giờ" in vi.due_mark(NOON, NOON + timedelta(days=9), NOON + timedelta(hours=2))


def test_a_state_escapes_its_word_and_knows_its_tones() -> None:
    assert vi.state("danger", "<b>") == '<span class="state state-danger">&lt;b&gt;</span>'
    assert "state-neutral" in vi.state("hot pink", "x")


def test_sizes_phones_and_identity_numbers() -> None:
    assert [vi.filesize_vi(n) for n in (12, 340_000, 1_887_437)] == ["12 byte", "332 KB", "1,8 MB"]
    assert vi.phone("+84912345678") == vi.phone("0912345678") == "0912 345 678"
    assert vi.phone("18001096") == "18001096"
    assert vi.mask("038190001234") == "••••••••1234"
    assert vi.mask("123") == "•••"
    assert vi.first_letters("Nguyễn Thị Ánh") == "NÁ"


def test_left_over_attributes_are_escaped() -> None:
    told = vi.html_attrs({"data-x": '"><script>', "disabled": True, "hidden": False})
    assert told == 'data-x="&quot;&gt;&lt;script&gt;" disabled=""'


@pytest.mark.parametrize("text", ["27/3/2025", "27-03-2025", " 27032025 ", "2025-03-27", "27.3.2025"])
def test_a_typed_date_is_read_in_the_ways_people_write_it(text: str) -> None:
    assert parse_date(text) == date(2025, 3, 27)


def test_an_impossible_date_is_refused_in_vietnamese() -> None:
    assert parse_date("  ") is None
    with pytest.raises(ValueError, match="Không có ngày 31/2/2025"):
        parse_date("31/2/2025")
    with pytest.raises(ValueError, match="ngày/tháng/năm"):
        parse_date("hôm qua")


def test_typed_money_is_read() -> None:
    assert parse_money("1.458.818 đồng") == parse_money("1458818") == 1458818
    assert parse_money("") is None
    with pytest.raises(ValueError, match="chữ số"):
        parse_money("một triệu")
