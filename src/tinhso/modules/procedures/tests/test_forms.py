from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.http import QueryDict
from hypothesis import given, settings
from hypothesis import strategies as st

from tinhso.modules.procedures import rules
from tinhso.modules.procedures.tests.make_form_cases import FIELDS
from tinhso.modules.procedures.tests.samples import ANSWERS, FORM

CASES = json.loads((Path(__file__).parent / "form_cases.json").read_text(encoding="utf-8"))
TODAY = date.fromisoformat(CASES["today"])


@pytest.mark.parametrize("case", CASES["cases"], ids=[case["name"] for case in CASES["cases"]])
def test_the_server_decides_as_the_common_cases_say(case: dict[str, Any]) -> None:
    form = CASES["forms"][case["form"]]
    answers, errors = rules.clean(form, case["data"], today=TODAY, context=case["context"])
    assert answers == case["answers"]
    assert [list(pair) for pair in errors.items()] == case["errors"]


def test_the_sample_forms_have_no_defect() -> None:
    assert list(rules.defects_of_form(FORM)) == []
    # One key of that form breaks the rule on names on purpose, to see a title that keeps its capitals.
    assert [path for path, _ in rules.defects_of_form(FIELDS)] == ["/properties/all/properties/UBND"]


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda part: (
        st.lists(part, max_size=4)
        | st.dictionaries(
            st.sampled_from(["child", "members", "full_name", "birth_date", "copies", "name"]), part, max_size=4
        )
    ),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None)
@given(data=_json)
def test_no_answers_make_the_check_fail_and_what_passed_passes_again(data: Any) -> None:
    kept, errors = rules.clean(FORM, data, today=TODAY)
    if not errors:
        assert rules.clean(FORM, kept, today=TODAY) == (kept, {})


def test_what_was_posted_becomes_nested_answers() -> None:
    posted = QueryDict(mutable=True)
    posted.update({"child.full_name": " Nguyễn Minh Khang ", "child.birth_date": "14/9/2026", "child.sex": "male"})
    posted.update({"request.copies": "2", "request.income": "1.458.818", "request.pledge": "true"})
    posted.update({"members.0.name": "An", "members.2.name": "Bình", "members.2.adult": "true", "members.1.name": ""})
    data = rules.from_post(FORM, posted)
    assert data["child"] == {
        "full_name": " Nguyễn Minh Khang ",
        "birth_date": "2026-09-14",
        "sex": "male",
        "abroad": False,
    }
    assert data["request"] == {"copies": 2, "income": 1458818, "pledge": True}
    assert data["members"] == [{"name": "An", "adult": False}, {"name": "Bình", "adult": True}]


def test_what_cannot_be_read_stays_as_typed() -> None:
    posted = QueryDict("child.birth_date=hôm+qua&request.copies=hai")
    data = rules.from_post(FORM, posted)
    assert data["child"]["birth_date"] == "hôm qua"
    assert data["request"]["copies"] == "hai"


def test_one_page_is_read_alone() -> None:
    posted = QueryDict("child.full_name=An&request.copies=3")
    assert set(rules.from_post(FORM, posted, group="request")) == {"request"}


def test_a_checkbox_ticked_twice_over_counts_as_its_last_value() -> None:
    posted = QueryDict("request.pledge=false&request.pledge=true")
    assert rules.from_post(FORM, posted, group="request")["request"]["pledge"] is True


def test_hostile_numbers_of_items_do_no_harm() -> None:
    posted = QueryDict("members.999999999.name=A&members.x.name=B&members.-1.name=C&members.7.name=D&members..name=E")
    assert rules.from_post(FORM, posted, group="members")["members"] == [{"name": "D", "adult": False}]


def test_an_item_is_added_and_taken_out_without_javascript() -> None:
    data = {"members": [{"name": "An"}, {"name": "Bình"}]}
    added, here = rules.apply_list_action(FORM, data, QueryDict("_add=members"))
    assert (added["members"], here) == ([{"name": "An"}, {"name": "Bình"}, {}], "members.2")
    removed, here = rules.apply_list_action(FORM, data, QueryDict("_remove=members.0"))
    assert (removed["members"], here) == ([{"name": "Bình"}], "members")
    assert rules.apply_list_action(FORM, data, QueryDict("x=1")) == (data, None)
    assert data["members"] == [{"name": "An"}, {"name": "Bình"}]


def test_an_empty_item_stays_while_items_are_added_and_taken_out() -> None:
    posted = QueryDict("members.0.name=An&members.1.name=&_remove=members.0")
    data = rules.from_post(FORM, posted, group="members")
    assert data["members"] == [{"name": "An", "adult": False}, {"name": "", "adult": False}]
    changed, _ = rules.apply_list_action(FORM, data, posted)
    assert changed["members"] == [{"name": "", "adult": False}]


@pytest.mark.parametrize("button", ["_add=child", "_add=nothing.here", "_remove=members.9", "_remove=members", "_add="])
def test_a_wrong_button_changes_nothing(button: str) -> None:
    data = {"members": [{"name": "An"}]}
    changed, _ = rules.apply_list_action(FORM, data, QueryDict(button))
    assert changed["members"] == data["members"]


def test_a_full_list_takes_no_more() -> None:
    data = {"members": [{"name": str(n)} for n in range(3)]}
    changed, _ = rules.apply_list_action(FORM, data, QueryDict("_add=members"))
    assert len(changed["members"]) == 3


def test_a_blank_form_has_its_groups_and_least_items() -> None:
    assert rules.blank(FORM) == {"child": {}, "members": [], "request": {}}
    assert rules.blank(FIELDS)["all"]["people"] == [{}]


def test_answers_are_described_in_words() -> None:
    data = {**ANSWERS, "members": [{"name": "An", "adult": True, "note": "Con"}]}
    sections = rules.describe(FORM, data)
    assert [section.title for section in sections] == ["Trẻ được khai sinh", "Thành viên 1", "Yêu cầu"]
    rows = {row.pointer: row.text for section in sections for row in section.rows}
    assert rows["/child/birth_date"] == "14/09/2026"
    assert rows["/child/sex"] == "Nam"
    assert rows["/members/0/adult"] == "Có"
    assert "/child/country" not in rows
    assert rules.answer(FORM, data, "/child/sex") == ("Giới tính", "Nam")
    money = rules.describe(FORM, {"request": {"income": 1458818}})
    assert money[0].rows[0].text == "1.458.818 đồng"


@pytest.mark.parametrize(
    ("typed", "expected"),
    [("1.458.818", 1458818), ("12,5", 12.5), ("1.250,5", 1250.5), ("12.5", 12.5), ("1 000", 1000), ("-3", -3)],
)
def test_numbers_are_read_as_vietnamese_write_them(typed: str, expected: float) -> None:
    assert rules.number(typed) == expected


@pytest.mark.parametrize("typed", ["", "hai", "1,2,3", "1e9", "٣", "9" * 40, "1.23.456"])
def test_what_is_no_number_is_told_apart(typed: str) -> None:
    assert rules.number(typed) is None


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("5/3/2026", "2026-03-05"),
        ("05-03-2026", "2026-03-05"),
        ("2026-03-05", "2026-03-05"),
        ("29/02/2026", None),
        ("1/1/0026", None),
        ("20260305", None),
    ],
)
def test_days_are_read_as_people_type_them(typed: str, expected: str | None) -> None:
    assert rules.iso_date(typed) == expected
