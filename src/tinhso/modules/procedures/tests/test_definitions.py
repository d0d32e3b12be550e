from __future__ import annotations

import copy
from datetime import time
from typing import Any

import pytest

from tinhso.modules.procedures import rules
from tinhso.modules.procedures.rules import Definition, read_definition
from tinhso.modules.procedures.tests.samples import ANSWERS, FORM, definition_raw


def read(**changes: Any) -> Definition:
    reading = read_definition(definition_raw(**changes))
    assert reading.defects == ()
    assert reading.definition is not None
    return reading.definition


def defects(raw: Any, **options: Any) -> list[str]:
    return [str(defect) for defect in read_definition(raw, **options).defects]


def test_papers_are_asked_by_case() -> None:
    definition = read()
    assert [paper.key for paper in rules.papers_asked(definition, ANSWERS)] == ["birth_proof"]
    abroad = {**ANSWERS, "child": {**ANSWERS["child"], "abroad": True}}
    assert [paper.key for paper in rules.papers_asked(definition, abroad)] == ["birth_proof", "foreign_proof"]


def test_fees_are_added_up_by_case_and_channel() -> None:
    definition = read()
    online = rules.fees_due(definition, ANSWERS, "online")
    assert online is not None
    assert (online.total, [line.quantity for line in online.lines]) == (16000, [2])
    post = rules.fees_due(definition, ANSWERS, "post")
    assert post is not None
    assert post.total == 36000


def test_unknown_fees_stay_unknown() -> None:
    assert rules.fees_due(read(fees=None), ANSWERS, "online") is None
    free = rules.fees_due(read(fees=[]), ANSWERS, "online")
    assert free is not None
    assert (free.lines, free.total) == ((), 0)
    unclear = rules.fees_due(read(fees=[{"key": "a", "name": "Phí", "amount": None}]), ANSWERS, "online")
    assert unclear is not None
    assert unclear.total is None


@pytest.mark.parametrize("typed", [None, "x", -3, True])
def test_a_senseless_number_of_copies_counts_as_one(typed: Any) -> None:
    due = rules.fees_due(read(), {"request": {"copies": typed}}, "online")
    assert due is not None
    assert due.total == 8000


def test_the_first_deadline_case_that_holds_is_taken() -> None:
    definition = read()
    usual = rules.deadline_rule(definition, ANSWERS)
    assert usual is not None
    assert (usual.amount, usual.unit, usual.cutoff) == (1, "working_day", time(15))
    abroad = rules.deadline_rule(definition, {"child": {"abroad": True}})
    assert abroad is not None
    assert abroad.amount == 3
    assert rules.deadline_rule(read(deadline=None, route=None), ANSWERS) is None


def test_the_route_is_walked() -> None:
    definition = read()
    first = rules.first_step(definition)
    assert first is not None
    assert first.key == "examine"
    assert [step.key for step in rules.next_steps(definition, "examine", "submit")] == ["approve"]
    assert rules.next_steps(definition, "approve", "approve") == ()
    assert [action.key for action in rules.actions_open(definition, "approve", {})] == ["approve", "return"]
    with pytest.raises(KeyError):
        rules.next_steps(definition, "approve", "nothing")


def test_only_form_route_and_deadline_together_make_it_fileable() -> None:
    assert read().fileable
    assert not read(route=None).fileable
    assert not read(route=None, deadline=None).fileable


def step(key: str, *actions: dict[str, Any], hours: int = 1, role: str = "handler") -> dict[str, Any]:
    return {"key": key, "title": key, "role": role, "hours": hours, "actions": list(actions)}


def action(kind: str, to: Any = None, key: str = "go", **more: Any) -> dict[str, Any]:
    return {"key": key, "title": key, "kind": kind, **({"to": to} if to is not None else {}), **more}


def route(*steps: dict[str, Any], start: str = "a") -> dict[str, Any]:
    return {"start": start, "steps": list(steps)}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"surprise": 1}, "/surprise: khóa lạ"),
        ({"valid_from": "01/07/2025"}, "/valid_from: phải là ngày"),
        ({"service_level": "4"}, "/service_level"),
        ({"levels": ["city"]}, "/levels/0"),
        ({"papers": [{"key": "a", "name": "A", "original": True}]}, "/papers/0/original: sai kiểu"),
        ({"papers": [{"key": "a", "name": "A"}, {"key": "a", "name": "B"}]}, "/papers: khóa «a» dùng nhiều lần"),
        (
            {"papers": [{"key": "a", "name": "A", "when": {"field": "/child/nothing", "equals": 1}}]},
            "/papers/0/when: điều kiện dựa vào trường không có trong biểu mẫu: «/child/nothing»",
        ),
        ({"papers": [{"key": "a", "name": "A", "whn": None}]}, "/papers/0/whn: khóa lạ"),
        ({"fees": [{"key": "a", "name": "A", "amount": -1}]}, "/fees/0/amount: không được âm"),
        ({"fees": [{"key": "a", "name": "A", "amount": 1, "per_field": "nothing"}]}, "/fees/0/per_field"),
        ({"deadline": {"cases": []}}, "/deadline/cases"),
        ({"deadline": None}, "/deadline: có tuyến xử lý thì phải có thời hạn"),
        (
            {
                "deadline": {
                    "cases": [{"when": {"field": "/child/abroad", "equals": True}, "amount": 1, "unit": "working_day"}]
                }
            },
            "/deadline/cases/0: thiếu trường hợp còn lại",
        ),
        ({"deadline": {"cases": [{"amount": 0, "unit": "working_day"}]}}, "/deadline/cases/0/amount"),
        ({"deadline": {"cases": [{"amount": 1, "unit": "working_day", "cutoff": "3pm"}]}}, "/deadline/cases/0/cutoff"),
        (
            {"result": [{"key": "r", "name": "R", "kind": "notice", "fields": ["/child/nothing"]}]},
            "/result/0/fields/0: biểu mẫu không có trường «/child/nothing»",
        ),
        ({"result": [{"key": "r", "name": "R", "kind": "notice", "validity": "6 tháng"}]}, "/result/0/validity"),
        ({"route": route(step("a", action("issue")), start="z")}, "/route/start: không có bước «z»"),
        ({"route": route(step("a", action("forward", "z")))}, "/route/steps/0/actions/0: dẫn đến bước không có: «z»"),
        ({"route": route(step("a", action("forward")))}, "/route/steps/0/actions/0/to: phải dẫn đến đúng một bước"),
        ({"route": route(step("a"))}, "/route/steps/0/actions: bước không có hành động"),
        ({"route": route({**step("a", action("issue")), "role": ""})}, "/route/steps/0/role: để trống"),
        ({"route": route(step("a", action("issue"), hours=0))}, "/route/steps/0/hours"),
        (
            {"route": route(step("a", action("issue")), step("b", action("issue")))},
            "/route/steps/1: không đường nào dẫn đến bước «b»",
        ),
        (
            {"route": route(step("a", action("forward", "b")), step("b", action("back", "a")))},
            "/route: tuyến xử lý không có lối ra",
        ),
        (
            {
                "route": route(
                    step("a", action("issue"), action("forward", "b", key="b")),
                    step("b", action("forward", "b")),
                )
            },
            "/route/steps/1: bước «b» không có lối ra",
        ),
        (
            {
                "route": route(
                    step("a", action("forward", "b")), step("b", action("issue"), action("forward", "a", key="again"))
                )
            },
            "dùng kind «back»",
        ),
        ({"route": route(step("a", action("issue"), hours=9))}, "/route: các bước dài 9 giờ làm việc"),
        ({"route": route(step("a", action("parallel", ["a"])))}, "/route/steps/0/actions/0/join"),
    ],
)
def test_every_defect_is_named_with_its_path(changes: dict[str, Any], expected: str) -> None:
    assert any(expected in found for found in defects(definition_raw(**changes))), defects(definition_raw(**changes))


def test_an_unknown_role_is_named() -> None:
    found = defects(definition_raw(), roles={"leader"})
    assert found == ["/route/steps/0/role: không có vai trò «handler»"]


def test_all_defects_are_told_at_once() -> None:
    raw = definition_raw(surprise=1, service_level="4", papers=[{"key": "A B", "name": ""}])
    assert len(defects(raw)) >= 4


@pytest.mark.parametrize("raw", [None, [], "x", 3, {}])
def test_what_is_no_definition_is_refused_without_failing(raw: Any) -> None:
    reading = read_definition(raw)
    assert reading.definition is None
    assert reading.defects


def test_opinions_asked_in_parallel_count_as_long_as_the_longest() -> None:
    asked = route(
        step("a", action("parallel", ["x", "y"], key="ask", join="a"), action("forward", "b"), hours=2),
        step("x", action("forward", "a"), hours=3),
        step("y", action("forward", "a"), hours=1),
        step("b", action("issue"), hours=1),
    )
    definition = read(route=asked)
    assert definition.route is not None
    assert rules.route_hours(definition.route) == 6


def test_a_condition_may_read_the_applicant() -> None:
    read(papers=[{"key": "a", "name": "A", "when": {"field": "/applicant/acting_as", "equals": "authorised"}}])


@pytest.mark.parametrize(
    ("amount", "unit", "hours"),
    [
        (2, "working_day", 16),
        (3, "working_hour", 3),
        (1, "same_day", 8),
        (30, "calendar_day", 160),
        (1, "calendar_day", 0),
    ],
)
def test_the_least_working_hours_of_a_term(amount: int, unit: Any, hours: int) -> None:
    assert rules.DeadlineTerm(amount, unit, None, "").least_working_hours() == hours


def form_with(field: dict[str, Any], **group: Any) -> dict[str, Any]:
    form = copy.deepcopy(FORM)
    form["properties"]["child"]["properties"]["extra"] = field
    form["properties"]["child"].update(group)
    return form


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        (form_with({"type": "string"}), "/form/properties/child/properties/extra/title: thiếu tên"),
        (form_with({"type": "null", "title": "A"}), "extra/type: kiểu"),
        (form_with({"type": "string", "title": "A", "pattern": "("}), "extra/pattern"),
        (form_with({"type": "string", "title": "A", "x-widget": "map"}), "extra/x-widget: không có kiểu ô"),
        (form_with({"type": "string", "title": "A", "x-widget": "select"}), "extra/x-widget: ô chọn"),
        (form_with({"type": "string", "title": "A", "x-wen": 1}), "extra/x-wen: khóa lạ"),
        (form_with({"type": "string", "title": "A", "x-errors": {"oops": "B"}}), "x-errors/oops"),
        (form_with({"type": "integer", "title": "A", "x-not-after": "today"}), "extra/x-not-after"),
        (
            form_with({"type": "string", "title": "A", "x-when": {"field": "/request/copies", "equals": 1}}),
            "trường không có hoặc đứng sau",
        ),
        (form_with({"type": "string", "title": "A"}, required=["nothing"]), "/required: «nothing»"),
        (form_with({"type": "string", "title": "A"}, **{"x-order": ["extra"]}), "/x-order"),
        (form_with({"type": "string", "title": "A", "minLength": "2"}), "không phải JSON Schema"),
        (
            {"type": "object", "properties": {"applicant": {"type": "object", "title": "A", "properties": {}}}},
            "applicant",
        ),
        ({"type": "object", "properties": {"a": {"type": "string", "title": "A"}}}, "nhóm phải có type"),
        ({"type": "object"}, "ít nhất một nhóm"),
        ("form", "/form: sai kiểu"),
    ],
)
def test_every_defect_of_a_form_is_named(form: Any, expected: str) -> None:
    found = defects(definition_raw(form=form))
    assert any(expected in text for text in found), found
