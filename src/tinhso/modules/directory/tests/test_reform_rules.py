"""A plan is judged before anything is touched: every way in which it can be wrong is told with its row and a remedy."""

from __future__ import annotations

from datetime import date

import pytest

from tinhso.modules.directory.rules.reform_sheet import read_objects, read_table
from tinhso.modules.directory.rules.reforms import Action, Plan, Standing, digest_of, judge
from tinhso.modules.directory.rules.sheets import RawTable

DAY = date(2025, 7, 1)
LONG_AGO = date(2020, 1, 1)


def unit(number: int, code: str, parent: int | None = 1, **more: object) -> Standing:
    values: dict[str, object] = {
        "name": f"UBND {code}", "level": "commune", "kind": "people_committee", "valid_from": LONG_AGO,
        "valid_until": None, **more,
    }  # fmt: skip
    return Standing(id=number, code=code, parent_id=parent, **values)  # type: ignore[arg-type]


WORLD = [
    unit(1, "T", None, level="province"),
    unit(2, "D1", level="district"),
    unit(3, "A", 2),
    unit(4, "B", 2),
    unit(5, "C"),
    unit(6, "A.1", 3, kind="public_service_centre"),
]
NEW = Action(1, "create", new_code="N", name="UBND xã Mới", level="commune", organisation_kind="people_committee",
             parent_code="T")  # fmt: skip


def plan(*actions: Action) -> Plan:
    return judge(actions, WORLD, DAY)


def codes(found: Plan, severity: str = "error") -> set[str]:
    return {p.code for p in found.problems if p.severity == severity}


def test_two_join_into_a_new_one_and_what_stands_below_follows() -> None:
    found = plan(NEW, Action(2, "merge", "A", "N"), Action(3, "merge", "B", "N"))
    assert found.problems == ()
    assert set(found.ended) == {3, 4}
    assert {(e.old_id, e.successor) for e in found.edges} == {(3, "N"), (4, "N")}
    assert found.moves == {6: "N"}


def test_a_new_one_may_take_the_code_of_an_ended_one() -> None:
    reused = Action(1, "create", new_code="A", name="UBND phường A", level="commune",
                    organisation_kind="people_committee", parent_code="T")  # fmt: skip
    found = plan(reused, Action(2, "merge", "A", "A"), Action(3, "merge", "B", "A"))
    assert codes(found) == set()


def test_absorbed_by_one_that_goes_on() -> None:
    found = plan(Action(1, "merge", "B", "C"))
    assert found.problems == ()
    assert set(found.ended) == {4}


def test_divided_by_field_with_the_rest() -> None:
    found = plan(
        Action(1, "split", "B", "C", takes="all"), Action(2, "split", "B", "A", takes="fields", fields=("Đất đai",))
    )
    assert found.problems == ()
    assert found.main_of(4) == "C"


def test_a_renamed_one_ends_and_goes_on_under_the_new_name() -> None:
    found = plan(Action(1, "rename", "C", name="UBND phường C"))
    assert found.problems == ()
    assert [(f.code, f.name, f.parent) for f in found.foundings] == [("C", "UBND phường C", "T")]
    assert [(e.old_id, e.successor) for e in found.edges] == [(5, "C")]


WRONG = {
    "empty": [],
    "unknown_old": [Action(1, "merge", "Z", "C")],
    "unknown_new": [Action(1, "merge", "B", "Z")],
    "code_twice": [Action(1, "create", new_code="C", name="X", level="commune", organisation_kind="unit")],
    "incomplete": [Action(1, "create", new_code="X")],
    "ended_twice": [Action(1, "merge", "B", "C"), Action(2, "dissolve", "B")],
    "edge_twice": [Action(1, "split", "B", "C"), Action(2, "split", "B", "C", takes="none")],
    "no_rule": [Action(1, "split", "B", "C", takes="none"), Action(2, "split", "B", "T", takes="none")],
    "field_twice": [
        Action(1, "split", "B", "C"),
        Action(2, "split", "B", "A", takes="fields", fields=("Đất đai",)),
        Action(3, "split", "B", "T", takes="fields", fields=("Đất đai",)),
    ],
    "cyclic": [Action(1, "move", "D1", parent_code="A")],
    "child_left": [Action(1, "dissolve", "D1")],
    "parent_ended": [Action(1, "merge", "B", "C"), Action(2, "move", "A", parent_code="B")],
    "moved_twice": [Action(1, "move", "A", parent_code="T"), Action(2, "move", "A", parent_code="C")],
    "kind": [Action(1, "explode", "A")],
}  # fmt: skip


@pytest.mark.parametrize("code", WRONG)
def test_what_is_wrong_is_told(code: str) -> None:
    found = plan(*WRONG[code])
    assert code in codes(found)
    assert all(p.message and p.remedy for p in found.problems)


def test_two_that_take_everything_is_no_rule() -> None:
    assert "no_rule" in codes(plan(Action(1, "split", "B", "C"), Action(2, "split", "B", "A")))


def test_a_successor_that_ends_too_is_named() -> None:
    found = plan(Action(1, "merge", "A", "B"), Action(2, "merge", "B", "C"))
    assert any("UBND B cũng kết thúc" in p.message for p in found.errors)


def test_dates_that_overlap() -> None:
    world = [*WORLD, unit(9, "E", valid_until=date(2026, 1, 1)), unit(10, "F", valid_from=date(2025, 8, 1))]
    found = judge([Action(1, "merge", "E", "C"), Action(2, "merge", "B", "E")], world, DAY)
    assert codes(found) == {"dates"}
    assert "unknown_old" in codes(judge([Action(1, "merge", "F", "C")], world, DAY))


def test_a_doubt_is_a_question_until_a_person_settles_it() -> None:
    doubtful = Action(1, "merge", "B", "C", doubt="Hai xã cùng tên.")
    assert codes(plan(doubtful), "question") == {"doubt"}
    settled = Action(1, "merge", "B", "C", doubt="Hai xã cùng tên.", settled=True)
    assert plan(settled).problems == ()


def test_the_digest_changes_with_every_word_and_the_day() -> None:
    one = [NEW, Action(2, "merge", "A", "N")]
    assert digest_of(DAY, one) == digest_of(DAY, list(reversed(one)))
    assert digest_of(DAY, one) != digest_of(date(2025, 7, 2), one)
    assert digest_of(DAY, one) != digest_of(DAY, [NEW, Action(2, "merge", "A", "N", note="x")])


def test_a_sheet_is_read_by_its_titles() -> None:
    rows = (
        ("Hình thức", "Mã cơ quan cũ", "Mã cơ quan mới, nơi nhận", "Nhận việc", "Lĩnh vực"),
        ("Sáp nhập", "h56.31", "H56.101", "", ""),
        ("Chia, tách", "H56.32", "H56.102", "Theo lĩnh vực", "Đất đai; Hộ tịch"),
    )
    actions, faults = read_table(RawTable("Phương án", rows))
    assert faults == []
    assert actions[0] == Action(1, "merge", "H56.31", "H56.101")
    assert actions[1].takes == "fields"
    assert actions[1].fields == ("Đất đai", "Hộ tịch")


def test_every_fault_of_a_sheet_is_told_by_cell() -> None:
    rows = (("Hình thức", "Cấp"), ("Bay hơi", "xã"), ("Thành lập", "thôn"))
    actions, faults = read_table(RawTable("Phương án", rows))
    assert actions == []
    assert [(fault.row, fault.cell) for fault in faults] == [(2, "A2"), (3, "B3")]
    assert read_table(RawTable("X", (("Tên lạ",),)))[1][0].reason == "Không biết cột này."


def test_json_is_read_by_its_keys() -> None:
    actions, faults = read_objects("x.json", [{"kind": "split", "old_code": "A", "new_code": "B", "fields": ["Đất đai"],
                                               "takes": "fields"}])  # fmt: skip
    assert faults == []
    assert actions[0].fields == ("Đất đai",)
    assert read_objects("x.json", {"kind": "x"})[1]
    assert read_objects("x.json", [{"colour": "red"}])[1]
