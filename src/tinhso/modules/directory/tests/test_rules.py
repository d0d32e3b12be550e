from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinhso.modules.directory.rules import child_path, cyclic, path_ids, periods_overlap, top_down, valid_on

DAYS = st.dates(date(2020, 1, 1), date(2020, 3, 1))


@given(DAYS, st.none() | DAYS, DAYS, st.none() | DAYS)
def test_two_periods_overlap_exactly_when_some_day_is_in_both(
    a: date, a_end: date | None, b: date, b_end: date | None
) -> None:
    if (a_end and a_end < a) or (b_end and b_end < b):
        return
    later_start = max(a, b)
    assert periods_overlap(a, a_end, b, b_end) == (valid_on(a, a_end, later_start) and valid_on(b, b_end, later_start))
    assert periods_overlap(a, a_end, b, b_end) == periods_overlap(b, b_end, a, a_end)


def test_a_path_is_read_back_as_its_organisations() -> None:
    path = child_path(child_path("", 1), 7)
    assert path == "/1/7/"
    assert path_ids(path) == (1, 7)


@pytest.mark.parametrize(
    ("parents", "circle"),
    [
        ({"a": None, "b": "a", "c": "b"}, set()),
        ({"a": "b", "b": "a"}, {"a", "b"}),
        ({"a": "a"}, {"a"}),
        ({"a": "b", "b": "c", "c": "b", "d": None}, {"a", "b", "c"}),
        ({"a": "elsewhere"}, set()),
    ],
)
def test_organisations_above_each_other_in_a_circle_are_found(parents: dict[str, str | None], circle: set[str]) -> None:
    assert cyclic(parents) == circle


@given(st.permutations(["a", "b", "c", "d", "e"]))
def test_parents_come_before_children_whatever_the_order_of_the_file(order: list[str]) -> None:
    above = {"a": None, "b": "a", "c": "b", "d": "c", "e": "a"}
    placed = top_down({key: above[key] for key in order})
    assert sorted(placed) == sorted(order)
    assert all(parent is None or placed.index(parent) < placed.index(key) for key, parent in above.items())
