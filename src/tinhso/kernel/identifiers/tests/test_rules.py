"""The shapes of codes, as the law and the received samples tell."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinhso.kernel.identifiers.api import (
    agency_code_error,
    dossier_code,
    new_agency_code,
    old_agency_code,
    parse_dossier_code,
    personal_id_error,
    tax_code_error,
)

DAY = date(2026, 11, 23)


@pytest.mark.parametrize("code", ["H56", "H56.12", "H15.50.05.13", "H44.100", "H37.DN.001", "G12.18"])
def test_agency_codes_in_use_are_accepted(code) -> None:
    assert agency_code_error(code) == ""


@pytest.mark.parametrize("code", ["", "h56.12", "H5", "H56.", "H56.1", "H56-12", "H56.12 ", "H56.12\n", "H56.1२"])
def test_other_agency_codes_are_refused(code) -> None:
    assert "ví dụ H56.12" in agency_code_error(code)


def test_an_old_agency_code_is_answered_with_the_new_one() -> None:
    assert agency_code_error("000.00.12.H56").endswith("mã hiện nay là H56.12.")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("000.00.00.G01", "G01"),
        ("000.00.12.H56", "H56.12"),
        ("000.01.12.H56", "H56.12.01"),
        ("001.01.07.H53", "H53.07.01.001"),
        ("003.00.12.H56", "H56.12.00.003"),
    ],
)
def test_old_and_new_agency_codes_convert_both_ways(old, new) -> None:
    assert new_agency_code(old) == new
    assert old_agency_code(new) == old


@pytest.mark.parametrize("new", ["H44.100", "H37.DN.001", "H56.12.01.001.01", "x"])
def test_codes_without_an_old_form(new) -> None:
    with pytest.raises(ValueError, match="13 ký tự"):
        old_agency_code(new)


def test_dossier_codes_of_each_time() -> None:
    assert dossier_code("H56.12", DAY, 7) == "H56.12-261123-0007"
    assert dossier_code("H56.12", DAY, 12345) == "H56.12-261123-12345"
    assert dossier_code("H15.50.05.13", date(2026, 10, 8), 975, ministry="15") == "H15.50.05.13-261008-150975"
    assert dossier_code("H56.12", date(2019, 11, 30), 1) == "000.00.12.H56-191130-0001"


def test_dossier_codes_are_read_back() -> None:
    code = parse_dossier_code(" h56.12–261123–0007 ")
    assert (code.text, code.agency_code, code.day, code.number, code.ministry) == (
        "H56.12-261123-0007",
        "H56.12",
        DAY,
        7,
        "",
    )
    central = parse_dossier_code("H15.50.05.13-261008-150975")
    assert (central.pattern, central.ministry, central.number) == ("central", "15", 975)
    before = parse_dossier_code("H15.50.05.13-251008-150975")
    assert (before.pattern, before.ministry, before.number) == ("current", "", 150975)
    old = parse_dossier_code("000.00.12.H56-201130-0001")
    assert (old.pattern, old.agency_code, old.day) == ("old", "H56.12", date(2020, 11, 30))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "abc",
        "H56.12-261123",
        "H56.12-261323-0007",
        "H56.12-261123-007",
        "H56.12-261123-0000",
        "000.00.12.H56-261123-0001",
        "' OR 1=1",
        "H56.12-261123-0007; drop",
        "٠" * 12,
    ],
)
def test_what_is_not_a_dossier_code(text) -> None:
    with pytest.raises(ValueError, match=r"[mM]ã hồ sơ"):
        parse_dossier_code(text)


@given(
    st.sampled_from(["H56", "H56.12", "H44.100", "H15.50.05.13"]),
    st.dates(date(2020, 9, 15), date(2099, 12, 31)),
    st.integers(1, 99_999),
    st.sampled_from(["", "15", "09"]),
)
def test_reading_undoes_writing(agency, day, number, ministry) -> None:
    if ministry and day < date(2026, 1, 25):
        return
    code = parse_dossier_code(dossier_code(agency, day, number, ministry=ministry))
    assert (code.agency_code, code.day, code.number, code.ministry) == (agency, day, number, ministry)


@pytest.mark.parametrize(
    "bad", [("x", DAY, 1, ""), ("H56", DAY, 0, ""), ("H56", date(2010, 1, 1), 1, ""), ("H56", DAY, 1, "5")]
)
def test_codes_that_cannot_be_written(bad) -> None:
    agency, day, number, ministry = bad
    with pytest.raises(ValueError):  # noqa: PT011
        dossier_code(agency, day, number, ministry=ministry)


@pytest.mark.parametrize("number", ["038090012345", "001199000001", "038203004567", "101090000001"])
def test_good_personal_numbers(number) -> None:
    assert personal_id_error(number, on=DAY) == ""


@pytest.mark.parametrize(
    ("number", "said"),
    [
        ("", "chỉ gồm chữ số"),
        ("03809001234X", "chỉ gồm chữ số"),
        ("038 090 012 345", "chỉ gồm chữ số"),
        ("٠٣٨٠٩٠٠١٢٣٤٥", "chỉ gồm chữ số"),
        ("173456789", "chứng minh nhân dân 9 số"),
        ("0380900123456", "bạn đã nhập 13"),
        ("000090012345", "Ba chữ số đầu"),
        ("099090012345", "Ba chữ số đầu"),
        ("038290012345", "năm sinh 2090"),
        ("038490012345", "năm sinh 2190"),
    ],
)
def test_bad_personal_numbers_say_what_is_wrong(number, said) -> None:
    assert said in personal_id_error(number, on=DAY)


def test_a_personal_number_is_compared_with_birth_and_sex() -> None:
    number = "038190012345"
    assert personal_id_error(number, birth_date=date(1990, 5, 1), male=False) == ""
    assert "sinh năm 1990" in personal_id_error(number, birth_date=date(1991, 5, 1))
    assert "của nữ" in personal_id_error(number, male=True)


@pytest.mark.parametrize("code", ["0300588569", "0101248141", "0300588569-001", "0300588569001"])
def test_good_tax_codes(code) -> None:
    assert tax_code_error(code) == ""


@pytest.mark.parametrize("code", ["", "030058856", "0300588568", "0300588569-000", "0300588569-1", "038090012345"])
def test_bad_tax_codes(code) -> None:
    assert tax_code_error(code)
