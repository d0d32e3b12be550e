from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinhso.modules.procedures.rules import at, holds, pointers_of
from tinhso.modules.procedures.rules.conditions import defects_of

DATA = {"a": {"x": True, "n": 1, "s": "nam", "empty": "", "list": [{"k": 5}], "none": None}}


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (None, True),
        ({"field": "/a/x", "equals": True}, True),
        ({"field": "/a/n", "equals": True}, False),
        ({"field": "/a/x", "equals": 1}, False),
        ({"field": "/a/s", "in": ["nữ", "nam"]}, True),
        ({"field": "/a/missing", "in": [None]}, False),
        ({"field": "/a/missing", "equals": None}, False),
        ({"field": "/a/none", "equals": None}, True),
        ({"field": "/a/empty", "present": True}, False),
        ({"field": "/a/empty", "present": False}, True),
        ({"field": "/a/list", "present": True}, True),
        ({"field": "/a/list/0/k", "equals": 5}, True),
        ({"field": "/a/list/1/k", "present": False}, True),
        ({"not": {"field": "/a/missing", "equals": 3}}, True),
        ({"all": [{"field": "/a/x", "equals": True}, {"field": "/a/n", "equals": 2}]}, False),
        ({"any": [{"field": "/a/x", "equals": False}, {"field": "/a/n", "equals": 1}]}, True),
    ],
)
def test_a_condition_is_decided(condition: Any, expected: bool) -> None:
    assert holds(condition, DATA) is expected


def test_a_pointer_may_start_at_the_item() -> None:
    assert holds({"field": "./k", "equals": 5}, DATA, {"k": 5})
    assert not holds({"field": "./k", "equals": 5}, DATA, None)


def test_pointers_are_found_in_every_part() -> None:
    condition = {"all": [{"field": "/a", "present": True}, {"not": {"any": [{"field": "/b", "equals": 1}]}}]}
    assert list(pointers_of(condition)) == ["/a", "/b"]


@pytest.mark.parametrize(
    "condition",
    [
        {},
        "x",
        {"field": "/a"},
        {"field": "/a", "equals": 1, "in": [1]},
        {"all": []},
        {"any": "x"},
        {"not": None},
        {"field": "a", "equals": 1},
        {"field": "/a", "in": []},
        {"field": "/a", "present": "yes"},
        {"all": [None]},
        {"all": [{"field": "/a"}]},
    ],
)
def test_a_malformed_condition_is_named(condition: Any) -> None:
    assert list(defects_of(condition, "/when"))


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda part: st.lists(part, max_size=3) | st.dictionaries(st.text(max_size=3), part, max_size=3),
    max_leaves=8,
)


@given(data=_json, pointer=st.lists(st.sampled_from(["a", "0", "b", "~1", "-1"]), min_size=1, max_size=4))
def test_reading_never_fails_whatever_the_answers(data: Any, pointer: list[str]) -> None:
    at(data, "/" + "/".join(pointer))
    condition = {"field": "/" + "/".join(pointer), "present": True}
    assert holds(condition, data) is not holds({"not": condition}, data)
