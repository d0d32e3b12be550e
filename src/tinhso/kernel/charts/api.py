"""The door of charts."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from django.core.cache import cache as drawings
from django.utils.safestring import SafeString, mark_safe

__all__ = ["Bar", "Part", "stacked_bars"]

Tone = Literal["success", "info", "danger", "warning", "neutral"]
_FONT = "Be Vietnam Pro"
_KEPT_SECONDS = 24 * 3600
_VERSION = 1  # of the drawing: another one does not find the old drawings
# The engine knows colours only as numbers: each stands for a token, which takes its place afterwards.
_TOKENS: Mapping[str, str] = {
    "#000001": "--success",
    "#000002": "--action",
    "#000003": "--danger",
    "#000004": "--warning-mark",
    "#000005": "--line-strong",
    "#000006": "--ink-2",
    "#000007": "--line",
}
_TONES: Mapping[Tone, str] = {
    "success": "#000001",
    "info": "#000002",
    "danger": "#000003",
    "warning": "#000004",
    "neutral": "#000005",
}


@dataclass(frozen=True)
class Part:
    """What the bars are made of, from the ground up: a title for the legend and a tone."""

    title: str
    tone: Tone


@dataclass(frozen=True)
class Bar:
    """One bar: a number for each part, in their order."""

    title: str
    numbers: tuple[int, ...]


def stacked_bars(parts: Sequence[Part], bars: Sequence[Bar], *, y_title: str) -> SafeString:
    """The chart as an `<svg>` for a page, "" when there is nothing to draw. Not for screen readers: put a table beside
    it. Drawn once for the same content and kept in the cache for a day. Raises `ValueError` where the numbers of a bar
    are not as many as the parts."""
    if any(len(bar.numbers) != len(parts) for bar in bars):
        raise ValueError("a bar has a number for each part")
    if not any(sum(bar.numbers) for bar in bars):
        return mark_safe("")
    content = json.dumps([_VERSION, [(p.title, p.tone) for p in parts], [(b.title, b.numbers) for b in bars], y_title])
    key = "charts:" + hashlib.sha256(content.encode()).hexdigest()
    found: str | None = drawings.get(key)
    if found is None:
        found = _safe(_drawn(parts, bars, y_title))
        drawings.set(key, found, _KEPT_SECONDS)
    return mark_safe(found)  # noqa: S308 - titles are escaped by the engine, `_safe` refuses what could act


def _drawn(parts: Sequence[Part], bars: Sequence[Bar], y_title: str) -> str:
    import altair

    values = [
        {"bar": f"{place:03d} {bar.title}", "part": part.title, "order": order, "number": bar.numbers[order]}
        for place, bar in enumerate(bars)
        for order, part in enumerate(parts)
    ]
    # Titles may repeat (two agencies of one name): the place before them keeps the bars apart and in order.
    label = altair.Axis(title=None, labelExpr="slice(datum.label, 4)", labelAngle=-35, labelLimit=150)
    chart = (
        altair.Chart(altair.InlineData(values))
        .mark_bar(size=max(8, min(36, 640 // max(1, len(bars)))))
        .encode(
            x=altair.X("bar:N", axis=label, sort=None),
            y=altair.Y("number:Q", title=y_title, axis=altair.Axis(tickCount=5, format="~s", gridColor="#000007")),
            color=altair.Color(
                "part:N",
                title=None,
                scale=altair.Scale(domain=[p.title for p in parts], range=[_TONES[p.tone] for p in parts]),
                legend=altair.Legend(orient="top"),
            ),
            order=altair.Order("order:Q"),
        )
        .properties(width=680, height=240, background="transparent")
        .configure_axis(
            labelFont=_FONT, titleFont=_FONT, labelFontSize=12, titleFontSize=12, labelColor="#000006",
            titleColor="#000006", domainColor="#000005", tickColor="#000005", titleFontWeight="normal",
        )
        .configure_legend(labelFont=_FONT, labelFontSize=12, labelColor="#000006", symbolType="square")
        .configure_view(stroke=None)
    )  # fmt: skip
    return str(_engine().vegalite_to_svg(chart.to_dict()))


@cache
def _engine() -> Any:
    """Started at the first drawing only: it takes a second and 100 MB. It measures texts with the page's own font."""
    import fontpkg_be_vietnam_pro
    import vl_convert

    vl_convert.register_font_directory(str(Path(fontpkg_be_vietnam_pro.__file__).parent))
    return vl_convert


def _safe(svg: str) -> str:
    if re.search(r"<(script|style|foreignObject|image|use|a)\b|\s(on\w+|style|href)=", svg, re.IGNORECASE):
        raise ValueError("the drawing holds what a page must not")
    for number, token in _TOKENS.items():
        svg = svg.replace(number, f"var({token})")
    svg = re.sub(r"\s(role|aria-[a-z]+)=\"[^\"]*\"", "", svg)
    size = re.search(r'viewBox="0 0 [\d.]+ [\d.]+"', svg)
    inner = svg[svg.index(">") + 1 :]
    return f'<svg class="chart" xmlns="http://www.w3.org/2000/svg" {size[0] if size else ""} aria-hidden="true" focusable="false">{inner}'
