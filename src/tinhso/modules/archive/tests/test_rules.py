"""What a document is worth on a day, and whose it is."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tinhso.modules.archive.rules.documents import (
    HolderKind,
    Proof,
    Standing,
    Validity,
    clean_number,
    holder_kind_of,
    is_withheld,
    same_name,
    standing_on,
    until_after,
    why_not,
)

DAY = date(2026, 11, 24)


@pytest.mark.parametrize(
    ("period", "until"),
    [("P12M", date(2027, 2, 28)), ("P6M", date(2026, 8, 28)), ("P1Y", date(2027, 2, 28)), ("P30D", date(2026, 3, 30)), ("", None), (None, None)],
)  # fmt: skip
def test_a_validity_is_counted_from_the_day_of_issue(period, until) -> None:
    assert until_after(date(2026, 2, 28), period) == until


def test_the_end_of_a_short_month() -> None:
    assert until_after(date(2026, 8, 31), "P6M") == date(2027, 2, 28)


@pytest.mark.parametrize("period", ["P", "12M", "P-1M", "PT5H", "P1W"])
def test_a_period_that_cannot_be_read_is_refused(period) -> None:
    with pytest.raises(ValueError, match="period"):
        until_after(DAY, period)


# No deadline: a busy machine is not a wrong rule.
@settings(deadline=None)
@given(st.dates(date(1950, 1, 1), date(2090, 1, 1)), st.integers(1, 60))
def test_more_months_never_end_sooner(issued, months) -> None:
    ends, later = until_after(issued, f"P{months}M"), until_after(issued, f"P{months + 1}M")
    assert ends is not None
    assert later is not None
    assert issued < ends < later


def test_the_last_day_still_holds() -> None:
    validity = Validity(date(2026, 1, 1), DAY)
    assert standing_on(validity, DAY) == Standing.VALID
    assert standing_on(validity, DAY + timedelta(days=1)) == Standing.EXPIRED
    assert why_not(validity, DAY + timedelta(days=1)) == "hết hạn ngày 24/11/2026"


@pytest.mark.parametrize(
    ("validity", "standing", "words"),
    [
        (Validity(DAY + timedelta(days=1), None), Standing.NOT_YET, "có hiệu lực từ 25/11/2026"),
        (Validity(DAY, None, replaced_by="Giấy B"), Standing.REPLACED, "đã được thay bằng Giấy B"),
        (Validity(DAY, None, revoked_because="QĐ 12"), Standing.REVOKED, "đã bị thu hồi: QĐ 12"),
        (Validity(DAY, None, is_withheld=True), Standing.WITHHELD, "chưa xác định được chủ của giấy tờ"),
        (Validity(DAY, None), Standing.VALID, ""),
    ],
)
def test_why_a_document_cannot_be_used(validity, standing, words) -> None:
    assert (standing_on(validity, DAY), why_not(validity, DAY)) == (standing, words)


@pytest.mark.parametrize(
    ("typed", "clean", "kind"),
    [
        ("038 192.000001", "038192000001", None),
        ("038192 000 001", "038192000001", HolderKind.PERSON),
        ("0381920000011", "0381920000011", HolderKind.ORGANISATION),
        ("2800123456", "2800123456", HolderKind.ORGANISATION),
        ("2800123456-001", "2800123456-001", HolderKind.ORGANISATION),
        ("h56.102", "H56.102", HolderKind.ORGANISATION),
        ("03819200000", "03819200000", None),
        ("٠٣٨١٩٢٠٠٠٠٠١", "٠٣٨١٩٢٠٠٠٠٠١", None),
        ("", "", None),
    ],
)
def test_numbers(typed, clean, kind) -> None:
    assert clean_number(typed) == clean
    if typed != "038 192.000001":
        assert holder_kind_of(clean) == kind


def test_names_differ_by_their_diacritics() -> None:
    assert same_name("LÊ  Thị Hồng Nhung", "Lê Thị Hồng Nhung")
    assert not same_name("Lê Thị Hong Nhung", "Lê Thị Hồng Nhung")
    assert not same_name("", "")


def test_what_somebody_typed_does_not_make_an_owner() -> None:
    assert is_withheld(Proof.TYPED, proven_name="", told_name="Lê Văn A")
    assert is_withheld(Proof.TYPED, proven_name="Trần B", told_name="Lê Văn A")
    assert not is_withheld(Proof.TYPED, proven_name="lê văn a", told_name="Lê Văn A")
    assert not is_withheld(Proof.INDEX, proven_name="", told_name="Lê Văn A")
    assert is_withheld(Proof.INDEX, proven_name="Trần B", told_name="Lê Văn A")
    assert not is_withheld(Proof.COUNTER, proven_name="Trần B", told_name="Lê Văn A")
