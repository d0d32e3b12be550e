"""The index of Quyết định 766: the published month 8/2026 from its own figures, and what must hold of any figures."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinhso.modules.scorecards.api import (
    GROUPS,
    INDICATORS,
    CannotRead,
    Inputs,
    Share,
    province_of,
    read_inputs,
    rounded,
    score,
)

# The national portal's figures of a province, month 8/2026, as published.
AUGUST = {
    "published_on_time": Share(0, 0),
    "made_public_on_time": Share(0, 0),
    "content_complete": Share(87, 89),
    "dossiers_synchronised": Share(138_744, 138_744),
    "settled_on_time": Share(144_625, 184_513),
    "procedures_online": Share(31 + 21, 56),
    "services_used_online": Share(406, 1_968),
    "dossiers_online": Share(150_956, 152_595),
    "procedures_with_fees": Share(56, 310),
    "procedures_paid_online": Share(93, 310),
    "dossiers_paid_online": Share(82_913, 98_459),
    "results_digital": Share(133_274, 184_513),
    "papers_digitised": Share(21_233, 184_513),
    "data_reused": Share(3_160, 184_513),
    "personal_store": Share(0, 184_513),
    "dossiers_with_identity": Share(85_644, 184_513),
    "procedures_with_identity": Share(297, 1_301),
    "certified_copies": Share(148, 148),
    "complaints_on_time": Share(182, 247),
    "complaints_satisfied": Share(137, 247),
    "service_satisfied": Share(144_315, 184_503),
}
PUBLISHED = {
    "transparency": 7.96, "progress": 15.68, "online": 8.83, "payment": 6.25, "digitised": 8.22, "satisfaction": 12.96,
}  # fmt: skip


def card(**shares: Share):  # type: ignore[no-untyped-def]
    return score(Inputs("H56", "Tỉnh", shares))


def test_the_published_month_comes_out_of_its_own_figures() -> None:
    found = card(**AUGUST)
    for group in found.groups:
        assert rounded(group.points) == pytest.approx(PUBLISHED[group.group.key], abs=0.015), group.group.key
    assert rounded(found.points) == pytest.approx(59.91, abs=0.015)


def test_six_groups_make_a_hundred_points() -> None:
    assert [group.max_points for group in GROUPS] == [18, 20, 12, 10, 22, 18]


def test_no_data_is_no_score_and_never_zero() -> None:
    found = card(content_complete=Share(87, 89), published_on_time=Share(0, 0))
    transparency = found.groups[0]
    assert [one.points is None for one in transparency.indicators] == [True, True, False, True]
    assert transparency.known_max == found.known_max == 2
    assert found.groups[1].points is None
    assert card().points is None


@pytest.mark.parametrize(
    ("key", "points"),
    [("settled_on_time", 0), ("dossiers_paid_online", 0), ("service_satisfied", 0), ("complaints_on_time", 6),
     ("complaints_satisfied", 6), ("published_on_time", None)],
)  # fmt: skip
def test_what_nothing_to_count_gives(key: str, points: int | None) -> None:
    assert INDICATORS[key].points(Share(0, 0)) == points


@given(st.sampled_from(sorted(INDICATORS)), st.integers(1, 10**6), st.data())
def test_points_stay_within_their_weight_and_missing_brings_them_all(key: str, whole: int, data: st.DataObject) -> None:
    part = data.draw(st.integers(0, whole))
    indicator, share = INDICATORS[key], Share(part, whole)
    points = indicator.points(share)
    assert points is not None
    assert 0 <= points <= indicator.max_points
    missing = indicator.missing(share)
    assert indicator.points(Share(part + missing, whole)) == indicator.max_points
    if missing:
        almost = indicator.points(Share(part + missing - 1, whole))
        assert almost is not None
        assert almost < indicator.max_points


@given(st.lists(st.tuples(st.integers(0, 500), st.integers(0, 500)), min_size=1, max_size=9))
def test_the_province_is_the_sum_of_its_agencies(pairs: list[tuple[int, int]]) -> None:
    agencies = tuple(Inputs(f"A{n}", f"A{n}", {"settled_on_time": Share(a, a + b)}) for n, (a, b) in enumerate(pairs))
    whole = province_of(agencies, code="H56", name="Tỉnh").shares["settled_on_time"]
    assert whole == Share(sum(a for a, _ in pairs), sum(a + b for a, b in pairs))


def test_a_file_of_figures_is_read() -> None:
    raw = {"agencies": [{"agency": "Tỉnh", "inputs": {"content_complete": {"numerator": 1, "denominator": 2},
                                                      "data_reused": None}}]}  # fmt: skip
    (found,) = read_inputs(raw)
    assert score(found).points == Fraction(1)


@pytest.mark.parametrize(
    "raw",
    [
        [], {}, {"agencies": []}, {"agencies": [1]}, {"agencies": [{"agency": "A"}]}, {"agencies": [{"inputs": {}}]},
        {"agencies": [{"agency": "A", "inputs": {"nothing": {"numerator": 1, "denominator": 2}}}]},
        {"agencies": [{"agency": "A", "inputs": {"data_reused": {"numerator": 3, "denominator": 2}}}]},
        {"agencies": [{"agency": "A", "inputs": {"data_reused": {"numerator": "1", "denominator": 2}}}]},
        {"agencies": [{"agency": "A", "inputs": {"data_reused": {"numerator": True, "denominator": 2}}}]},
    ],
)  # fmt: skip
def test_figures_that_make_no_sense_are_named(raw: object) -> None:
    with pytest.raises(CannotRead):
        read_inputs(raw)
