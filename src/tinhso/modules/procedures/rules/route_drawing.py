"""The drawing of a route from top to bottom: boxes and lines with their places, for the page's SVG."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from tinhso.modules.procedures.rules.route_editing import steps_of
from tinhso.modules.procedures.rules.route_layers import Link, layers_of, links_of

_GAP_Y = 56
_GAP_X = 14
_MARGIN = 34
_LINE = 16
_CHARACTER = 7.1


@dataclass(frozen=True)
class Box:
    """`number`: of the step in the list, from 1. `lines`: the title; `below`: who and how long."""

    number: int
    key: str
    x: int
    y: int
    width: int
    height: int
    lines: tuple[tuple[int, str], ...]
    below: tuple[tuple[int, str], ...]
    faulty: bool

    @property
    def middle(self) -> int:
        return self.x + self.width // 2

    @property
    def bottom(self) -> int:
        return self.y + self.height


@dataclass(frozen=True)
class Line:
    """`path`: the d of an SVG path; `label` at (label_x, label_y)."""

    path: str
    kind: str
    label: str
    label_x: int
    label_y: int


@dataclass(frozen=True)
class Drawing:
    width: int
    height: int
    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]
    start: tuple[int, int]
    end: tuple[int, int]


def draw(route: Mapping[str, Any] | None, roles: Mapping[str, str], *, faulty: Collection[str] = ()) -> Drawing:
    """`roles`: the titles of the roles; `faulty`: keys of the steps with a defect."""
    layers = layers_of(route)
    steps = steps_of(route)
    columns = layers.width
    width = {1: 230, 2: 150}.get(columns, 118)
    inner = columns * width + (columns - 1) * _GAP_X
    total = inner + 2 * _MARGIN
    texts = {step["key"]: _texts(step, roles, width) for step in steps}
    heights = [
        max((_height(texts[step["key"]]) for step in steps if layers.layer[step["key"]] == number), default=0)
        for number in range(layers.depth)
    ]
    top = [64]
    for height in heights:
        top.append(top[-1] + height + _GAP_Y)
    boxes: dict[str, Box] = {}
    for number, step in enumerate(steps, start=1):
        key = step["key"]
        layer = layers.layer[key]
        size = layers.sizes[layer]
        row = size * width + (size - 1) * _GAP_X
        x = (total - row) // 2 + layers.place[key] * (width + _GAP_X)
        title, below = texts[key]
        y = top[layer]
        boxes[key] = Box(
            number,
            key,
            x,
            y,
            width,
            heights[layer],
            tuple((y + 18 + i * _LINE, line) for i, line in enumerate(title)),
            tuple((y + 20 + (len(title) + i) * _LINE, line) for i, line in enumerate(below)),
            key in faulty,
        )
    start = (total // 2, 26)
    end = (total // 2, top[-1] + 8)
    found = links_of(route)
    lines = tuple(_line(link, boxes, start, end, found, total) for link in found)
    return Drawing(total, end[1] + 26, tuple(boxes.values()), lines, start, end)


def _texts(step: Mapping[str, Any], roles: Mapping[str, str], width: int) -> tuple[list[str], list[str]]:
    role = roles.get(str(step.get("role")), str(step.get("role") or "chưa chọn vai trò"))
    hours = step.get("hours")
    most = max(int((width - 14) / _CHARACTER), 8)
    title = _wrapped(str(step.get("title") or "(chưa có tên)"), most, 4)
    return title, [*_wrapped(role, most, 2), f"{hours} giờ" if hours else "chưa có giờ"]


def _height(texts: tuple[list[str], list[str]]) -> int:
    return (len(texts[0]) + len(texts[1])) * _LINE + 16


def _wrapped(text: str, most: int, lines: int) -> list[str]:
    rows: list[str] = [""]
    for word in text.split():
        word = word if len(word) <= most else word[: most - 1] + "…"
        if len(rows[-1]) + len(word) + (1 if rows[-1] else 0) <= most:
            rows[-1] = f"{rows[-1]} {word}".strip()
        elif len(rows) == lines:
            rows[-1] = (rows[-1] if len(rows[-1]) < most else rows[-1][: most - 1]) + "…"
            break
        else:
            rows.append(word)
    return rows


def _line(
    link: Link,
    boxes: Mapping[str, Box],
    start: tuple[int, int],
    end: tuple[int, int],
    links: tuple[Link, ...],
    total: int,
) -> Line:
    source = boxes.get(link.source or "")
    target = boxes.get(link.target or "")
    if link.kind == "back" and source and target:
        return _line_back(source, target, total)
    x1, y1 = (source.middle, source.bottom) if source else (start[0], start[1] + 9)
    x2, y2 = (target.middle, target.y) if target else (end[0], end[1] - 10)
    label = _label(link, links)
    if source and target and target.y < source.bottom:
        # An answer that comes back to who asked, or a circle that the check complains of.
        return _line_back(source, target, total)
    skips = source is not None and _between(boxes, source, target, end)
    middle = y2 - _GAP_Y // 2
    if skips:
        side = total - 12 if x1 >= total // 2 else 12
        path = f"M{x1} {y1} V{y1 + 12} H{side} V{y2 - 14} H{x2} V{y2}"
        return Line(path, link.kind, label, min(max((x1 + side) // 2, 50), total - 50), y1 + 26)
    if link.kind == "opinion":
        return Line(f"M{x1} {y1} V{middle} H{x2} V{y2}", link.kind, label, x1, y1 + 16)
    path = f"M{x1} {y1} V{middle} H{x2} V{y2}" if x1 != x2 else f"M{x1} {y1} V{y2}"
    return Line(path, link.kind, label, (x1 + x2) // 2 if x1 != x2 else x1, middle - 6 if x1 == x2 else middle + 14)


def _between(boxes: Mapping[str, Box], source: Box, target: Box | None, end: tuple[int, int]) -> bool:
    """Would a straight line run through other steps?"""
    until = target.y if target else end[1]
    low, high = sorted((source.middle, target.middle if target else end[0]))
    return any(
        source.bottom < box.y < until and box.x < high + 1 and box.x + box.width > low - 1 for box in boxes.values()
    )


def _line_back(source: Box, target: Box, total: int) -> Line:
    side = 14 + (source.number * 5) % 16
    y1, y2 = source.y + source.height // 2, target.y + target.height // 2 + 8
    if source.x > total - source.x - source.width:
        side = total - side
        return Line(f"M{source.x + source.width} {y1} H{side} V{y2} H{target.x + target.width}", "back", "", side, y1)
    return Line(f"M{source.x} {y1} H{side} V{y2} H{target.x}", "back", "", side, y1)


def _label(link: Link, links: tuple[Link, ...]) -> str:
    """Named only where there is a choice; the list beside the drawing names all."""
    if link.source is None or link.kind == "join":
        return ""
    if link.kind == "opinion":
        asked = next(other for other in links if (other.source, other.title) == (link.source, link.title))
        if asked is not link:
            return ""  # said once, above the first of those asked
    ways = {other.title for other in links if other.source == link.source and other.kind != "back"}
    if len(ways) < 2 and not link.conditional:
        return ""
    text = link.title if len(link.title) <= 22 else f"{link.title[:21].rstrip()}…"
    return f"{text} (nếu)" if link.conditional else text
