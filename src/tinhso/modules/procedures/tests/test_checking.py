"""The publishing check: every defect at once, with place and remedy; a broken route never passes."""

from __future__ import annotations

import copy
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tinhso.modules.procedures.rules import Definition, Workplace, defects, holds, read_definition, staffing_defects
from tinhso.modules.procedures.tests.samples import definition_raw


def step(key: str, *actions: dict[str, Any], **values: Any) -> dict[str, Any]:
    return {"key": key, "title": f"Bước {key}", "role": "handler", "hours": 1, "actions": list(actions), **values}


def act(kind: str, to: Any = None, key: str = "go", **more: Any) -> dict[str, Any]:
    return {"key": key, "title": key, "kind": kind, **({"to": to} if to is not None else {}), **more}


def routed(*steps: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return definition_raw(route={"start": "a", "steps": list(steps)}, **changes)


IS = {"field": "/child/sex", "equals": "male"}
IS_NOT = {"field": "/child/sex", "equals": "female"}
ABROAD = {"field": "/child/abroad", "equals": True}


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        (routed(step("a", act("issue", when=ABROAD))), "không đi tiếp được đến kết quả khi «sinh ở nước ngoài»"),
        (
            routed(step("a", act("forward", "b"), act("forward", "c", key="c")), step("b", act("issue")),
                   step("c", act("issue", when=IS))),
            "bước «Bước c» không đi tiếp được đến kết quả khi «giới tính» là «Nữ»",
        ),
        (
            routed(step("a", act("forward", "b")), step("b", act("issue"), act("back", "b", key="b"))),
            "không đứng trước bước «Bước b»",
        ),
        (
            routed(step("a", act("back", "b"), act("issue", key="i")), step("b", act("issue"))),
            "trả lại về «Bước b», là bước không đứng trước",
        ),
        (
            routed(step("a", act("parallel", ["x", "y"], join="b")), step("b", act("issue")),
                   step("x", act("forward", "b")), step("y", act("back", "a"))),
            "nhánh «Bước y» không dẫn về bước tổng hợp ý kiến",
        ),
        (
            routed(step("a", act("parallel", ["x"], join="b")), step("b", act("issue")),
                   step("x", act("forward", "b"), act("issue", key="i"))),
            "ban hành kết quả khi các ý kiến chưa về đủ",
        ),
        (routed(step("a", act("issue")), result=[]), "chưa khai kết quả nào"),
        (definition_raw(channels=[]), "chưa chọn cách nộp nào"),
        (definition_raw(channels=["counter"]), "không nhận hồ sơ trực tuyến"),
        (definition_raw(fees=None), "chưa có quy tắc phí"),
        (definition_raw(fees=[{"key": "f", "name": "Phí", "amount": None}]), "chưa có mức thu"),
        (definition_raw(papers=[{"key": "p", "name": "Đơn"}]), "chưa ghi số bản"),
        (definition_raw(form=None, papers=[], fees=[], result=[], deadline={"cases": [{"when": None, "amount": 9,
         "unit": "working_day"}]}), "có tuyến xử lý nhưng chưa có biểu mẫu"),
        (definition_raw(route=None), "có biểu mẫu nhưng chưa có tuyến xử lý"),
        (definition_raw(levels=["province"]), "không có trong các cấp thực hiện"),
        (
            definition_raw(papers=[{"key": "p", "name": "Đơn", "copy": 1,
                                    "when": {"field": "/child/sex", "equals": "Nam"}}]),
            "điều kiện không bao giờ đúng",
        ),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_named(raw: dict[str, Any], problem: str) -> None:
    found = defects(raw)
    assert any(problem in one.problem for one in found), found
    assert all(one.place and one.remedy for one in found)


def test_every_defect_is_told_at_once_with_place_and_remedy() -> None:
    raw = routed(
        step("a", act("forward", "b"), hours=90), step("b", act("forward", "z"), act("back", "a", key="r")),
        step("lost", act("issue"), hours=0, role="nobody"),
        fees=None, papers=[{"key": "p", "name": "Đơn"}],
        result=[{"key": "r", "name": "Giấy", "kind": "certificate", "fields": ["/child/weight"]}],
    )  # fmt: skip
    found = defects(raw, roles={"handler", "leader"})
    told = {one.problem.split(":")[0].split(" «")[0]: one for one in found}
    for problem in (
        "dẫn đến bước không có", "không đường nào dẫn đến bước", "tuyến xử lý không có lối ra", "số giờ phải từ 1 trở lên",
        "không có vai trò", "biểu mẫu không có trường", "chưa có quy tắc phí, lệ phí", "giấy tờ",
    ):  # fmt: skip
        assert problem in told, sorted(told)
    assert told["không có vai trò"].place == "Tuyến xử lý, bước 3 «Bước lost», vai trò"
    assert told["biểu mẫu không có trường"].remedy.startswith("Thêm trường này vào biểu mẫu")
    assert any("các bước dài" in one.problem for one in found)


def test_a_field_inside_the_form_is_named_by_its_title() -> None:
    raw = definition_raw()
    raw["form"]["properties"]["child"]["properties"]["full_name"]["x-when"] = {"field": "/request/copies", "equals": 1}
    (found,) = [one for one in defects(raw) if "đứng sau" in one.problem]
    assert found.place == "Biểu mẫu, «Trẻ được khai sinh», «Họ và tên», điều kiện"
    assert "lên trước" in found.remedy


def test_conditions_that_cover_all_choices_are_enough() -> None:
    assert defects(routed(step("a", act("issue", when=IS), act("issue", key="b", when=IS_NOT)))) == ()


# No organisation knows of it: who is there is handed in.
DEFINITION = read_definition(definition_raw()).parsed


def test_a_step_without_a_person_is_named() -> None:
    raw = definition_raw()
    place = Workplace("UBND xã", {"handler": frozenset({"Văn phòng"})})
    (found,) = staffing_defects(DEFINITION, [place], {}, raw)
    assert (found.path, found.place) == ("/route/steps/1/role", "Tuyến xử lý, bước 2 «Phê duyệt», vai trò")
    assert "Cấp vai trò" in found.remedy
    (nowhere,) = staffing_defects(DEFINITION, [], {}, raw)
    assert "chưa có cơ quan nào" in nowhere.problem
    somewhere = Workplace("UBND phường", {"leader": frozenset({""})})
    assert staffing_defects(DEFINITION, [place, somewhere], {}, raw) == ()


def test_the_unit_and_the_agency_asked_count() -> None:
    raw = definition_raw()
    raw["route"]["steps"][0] |= {"unit": "Phòng Kinh tế"}
    raw["route"]["steps"][1] |= {"agency": "H56.9"}
    definition = read_definition(raw).parsed
    place = Workplace("UBND xã", {"handler": frozenset({"Văn phòng"}), "leader": frozenset({""})})
    assert [one.path for one in staffing_defects(definition, [place], {"H56.9": None}, raw)] == [
        "/route/steps/0/role",
        "/route/steps/1/agency",
    ]
    other = Workplace("Sở Y tế", {})
    assert "tại Sở Y tế" in staffing_defects(definition, [place], {"H56.9": other}, raw)[1].problem


# Random routes. The oracle below walks every case by brute force and shares nothing with the check but `holds`.

KEYS = ("a", "b", "c", "d")
CONDITIONS = (None, None, IS, IS_NOT, ABROAD)


@st.composite
def routes(draw: st.DrawFn) -> dict[str, Any]:
    keys = KEYS[: draw(st.integers(1, 4))]
    anywhere = st.sampled_from((*keys, "ghost") if draw(st.integers(0, 9)) == 0 else keys)
    steps = []
    for key in keys:
        actions = []
        for number in range(draw(st.integers(1, 3))):
            kind = draw(st.sampled_from(("forward", "forward", "issue", "back", "parallel")))
            action = act(kind, key=f"k{number}", when=draw(st.sampled_from(CONDITIONS)))
            if kind in ("forward", "back"):
                action["to"] = draw(anywhere)
            elif kind == "parallel":
                action["to"] = draw(st.lists(anywhere, min_size=1, max_size=2, unique=True))
                action["join"] = draw(anywhere)
            actions.append(action)
        steps.append(step(key, *actions, hours=draw(st.integers(1, 6))))
    return {"start": "a", "steps": steps}


CASES = [
    {"child": {"sex": sex, **({} if abroad is None else {"abroad": abroad})}}
    for sex, abroad in product(("male", "female"), (None, True, False))
]


def is_broken(route: dict[str, Any], most_hours: int) -> bool:
    """By walking: some step comes to nothing in some case, or some way without turning back is too long or endless."""
    steps = {one["key"]: one for one in route["steps"]}
    if any(target not in steps for one in steps.values() for a in one["actions"] for target in after(a)):
        return True
    if walks_forward(steps, "a", ()) > most_hours:
        return True
    return any(comes_to_nothing(steps, case) for case in CASES)


def after(action: dict[str, Any]) -> list[str]:
    to = action.get("to", [])
    return [*([to] if isinstance(to, str) else to), *([action["join"]] if "join" in action else [])]


def walks_forward(steps: dict[str, Any], key: str, passed: tuple[str, ...]) -> float:
    if key in passed:
        return float("inf")
    ways = [0.0]
    for action in steps[key]["actions"]:
        if action["kind"] == "forward":
            ways.append(walks_forward(steps, action["to"], (*passed, key)))
        elif action["kind"] == "parallel" and action["join"] != key:
            branches = max(steps[one]["hours"] for one in action["to"])
            ways.append(branches + walks_forward(steps, action["join"], (*passed, key)))
    return float(steps[key]["hours"] + max(ways))


def comes_to_nothing(steps: dict[str, Any], case: dict[str, Any]) -> bool:
    """As the product walks: opinions are given by the steps asked, then the joining step goes on."""

    def onward(key: str) -> set[str] | None:
        """Where one can be next; None: the result is out."""
        found: set[str] = set()
        for action in steps[key]["actions"]:
            if not holds(action.get("when"), case):
                continue
            if action["kind"] == "issue":
                return None
            found.add(action["join"] if action["kind"] == "parallel" else action["to"])
        return found

    reached, waiting = set(), ["a"]
    while waiting:
        key = waiting.pop()
        if key in reached:
            continue
        reached.add(key)
        waiting.extend(onward(key) or ())
    done = {key for key in reached if onward(key) is None}
    for _ in steps:
        done |= {key for key in reached if (onward(key) or set()) & done}
    return bool(reached - done)


@settings(max_examples=400, deadline=None)
@given(routes(), st.integers(1, 2))
def test_a_broken_route_never_passes(route: dict[str, Any], days: int) -> None:
    raw = definition_raw(route=route, deadline={"cases": [{"when": None, "amount": days, "unit": "working_day"}]})
    if not defects(raw):
        assert not is_broken(route, days * 8)


SOUND = routed(
    step("a", act("forward", "b", when=IS), act("parallel", ["x", "y"], key="ask", join="b", when=IS_NOT)),
    step("b", act("issue"), act("back", "a", key="r")),
    step("x", act("forward", "b")), step("y", act("forward", "b"), unit="Phòng B"),
)  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_breaking_a_sound_route_anywhere_is_noticed(data: st.DataObject) -> None:
    assert defects(SOUND, roles={"handler"}) == ()
    raw = copy.deepcopy(SOUND)
    steps = raw["route"]["steps"]
    breakage = data.draw(
        st.sampled_from(("no exit", "lost step", "ghost", "no role", "no time", "too long", "no branch"))
    )
    number = data.draw(st.integers(0, 3))
    if breakage == "no exit":
        steps[1]["actions"].pop(0)
    elif breakage == "lost step":
        steps.append(step("e", act("forward", "b")))
    elif breakage == "ghost":
        steps[number]["actions"][0] = act("forward", "ghost")
    elif breakage == "no role":
        steps[number]["role"] = data.draw(st.sampled_from(("", "wizard")))
    elif breakage == "no time":
        steps[number]["hours"] = data.draw(st.integers(-5, 0))
    elif breakage == "too long":
        steps[number]["hours"] = data.draw(st.integers(25, 10_000))
    else:
        steps[0]["actions"].pop(data.draw(st.integers(0, 1)))
    assert defects(raw, roles={"handler"})


def test_the_oracle_knows_a_good_route() -> None:
    definition: Definition = read_definition(SOUND).parsed
    assert definition.route is not None
    assert not is_broken(SOUND["route"], 8)
