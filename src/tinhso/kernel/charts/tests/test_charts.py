"""A drawing is made of the tokens' colours and of nothing that could act in a page."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from tinhso.kernel.charts.api import Bar, Part, stacked_bars

PARTS = (Part("Đúng hạn", "success"), Part("Quá hạn", "danger"))


def test_a_chart_in_the_colours_of_the_tokens() -> None:
    svg = stacked_bars(PARTS, [Bar("Phường Hạc Thành", (3, 1)), Bar("<b>&", (2, 0))], y_title="Hồ sơ")
    tree = ElementTree.fromstring(svg)
    texts = [element.text for element in tree.iter() if element.text]
    assert {"Phường Hạc Thành", "<b>&", "Đúng hạn", "Quá hạn", "Hồ sơ"} <= set(texts)
    assert "var(--success)" in svg
    assert "var(--danger)" in svg
    assert not re.search(r"#[0-9a-f]{3,6}\b", svg)
    assert not re.search(r"style=|<style|<script|\son\w+=", svg)


def test_the_same_chart_is_drawn_once(monkeypatch: pytest.MonkeyPatch) -> None:
    first = stacked_bars(PARTS, [Bar("A", (3, 1))], y_title="Hồ sơ")
    monkeypatch.setattr("tinhso.kernel.charts.api._drawn", lambda *_: pytest.fail("drawn again"))
    assert stacked_bars(PARTS, [Bar("A", (3, 1))], y_title="Hồ sơ") == first


def test_nothing_to_draw_and_numbers_that_do_not_fit() -> None:
    assert stacked_bars(PARTS, [], y_title="") == ""
    assert stacked_bars(PARTS, [Bar("A", (0, 0))], y_title="") == ""
    with pytest.raises(ValueError, match="each part"):
        stacked_bars(PARTS, [Bar("A", (1,))], y_title="")
