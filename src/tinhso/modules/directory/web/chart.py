"""The chart of an organisation as plain boxes and lines: numbers for an SVG, measured here and drawn by the template."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tinhso.modules.directory.queries.pages import Chart, ChartBox

WIDTH, GAP, PER_ROW = 260, 24, 4
LINE, PADDING, EDGE = 18, 12, 10
CHARACTERS = 34  # of a line of a box, measured with the widest Vietnamese names


@dataclass(frozen=True)
class Text:
    x: int
    y: int
    words: str
    is_name: bool


@dataclass(frozen=True)
class Box:
    x: int
    y: int
    width: int
    height: int
    lines: tuple[Text, ...]
    url: str


@dataclass(frozen=True)
class Link:
    """From the trunk above to the middle of a box's upper edge."""

    points: str


@dataclass(frozen=True)
class Drawing:
    width: int
    height: int
    boxes: tuple[Box, ...]
    links: tuple[Link, ...]


def draw(chart: Chart, *, per_row: int = PER_ROW) -> Drawing:
    """The organisation on top, its units below, what stands below it last; at most `per_row` boxes in a row: one on a
    telephone."""
    columns = max(1, min(per_row, max(len(chart.units), len(chart.below))))
    # On the left runs the trunk to the rows after the first, so that no line seems to come from a unit.
    inner = columns * WIDTH + (columns - 1) * GAP
    width = GAP + inner + EDGE
    top = _box(chart.leaders, GAP + (inner - WIDTH) // 2, EDGE)
    boxes, links = [top], []
    y = top.y + top.height
    beside = top.y + top.height // 2
    for group in (chart.units, chart.below):
        for start in range(0, len(group), columns):
            row = group[start : start + columns]
            y += 2 * GAP
            left = GAP + (inner - len(row) * WIDTH - (len(row) - 1) * GAP) // 2
            made = [_box(one, left + place * (WIDTH + GAP), y) for place, one in enumerate(row)]
            first = len(boxes) == 1
            trunk = top.x + WIDTH // 2 if first else EDGE
            origin = f"{trunk},{y - 2 * GAP}" if first else f"{top.x},{beside} {trunk},{beside}"
            for box in made:
                middle = box.x + box.width // 2
                links.append(Link(f"{origin} {trunk},{y - GAP} {middle},{y - GAP} {middle},{y}"))
            boxes += made
            y += max(box.height for box in made)
    return Drawing(width, y + EDGE, tuple(boxes), tuple(links))


def _box(of: ChartBox, x: int, y: int) -> Box:
    lines = [(words, True) for words in _wrapped(of.name)]
    for name, title in of.people:
        lines += [(words, False) for words in _wrapped(f"{name}, {title}")]
    if of.count > len(of.people):
        lines.append((f"và {of.count - len(of.people)} người khác", False))
    texts = tuple(
        Text(x + PADDING, y + PADDING + LINE * place + LINE - 5, words, strong)
        for place, (words, strong) in enumerate(lines)
    )
    return Box(x, y, WIDTH, 2 * PADDING + LINE * len(lines), texts, of.url)


def _wrapped(words: str) -> Iterator[str]:
    line = ""
    for word in words.split():
        if line and len(line) + len(word) + 1 > CHARACTERS:
            yield line
            line = word
        else:
            line = f"{line} {word}".strip()
    yield line
