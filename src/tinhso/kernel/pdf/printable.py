"""Text made fit for print: what people typed, in letters the document faces have, breakable anywhere if need be."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from functools import lru_cache

from fontTools.ttLib import TTFont

from tinhso.kernel.clock import VIETNAM
from tinhso.kernel.pdf.fonts import covering_font_file
from tinhso.kernel.pdf.qr import Svg

#: Stands for a character no document face can draw (emoji, Chinese): a reader sees that something was there.
MISSING = "\N{REPLACEMENT CHARACTER}"

#: Marks our templates draw with Typst's own DejaVu Sans Mono.
_TEMPLATE_MARKS = frozenset(map(ord, "☐☑✓✂→"))

# Invisible characters could reorder what a paper seems to say (bidi overrides) or break the search in it.
_INVISIBLE = re.compile(
    "[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]|[\U000e0000-\U000e01ef]"
)
_LINE_END = re.compile("\r\n|[\r\v\f\x85\u2028\u2029]")
_CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f]")
_ENDLESS_WORD = re.compile(r"\S{41,}")
_WORD_PART = re.compile(r"[^/?&=._@-]+[/?&=._@-]*|[/?&=._@-]+")
_LONGEST_PART = 20
_BREAK_EVERY = 10


@lru_cache(maxsize=1)
def _covered() -> frozenset[int]:
    with TTFont(covering_font_file(), lazy=True) as font:
        return frozenset(font.getBestCmap()) | _TEMPLATE_MARKS | {ord("\n")}


def printable(text: str) -> str:
    """`text` as it will be printed: NFC, no control or invisible characters, unknown letters shown as U+FFFD.

    Words over 40 characters get places to break (U+200B), in addresses after their marks, so that they stay on the page.
    """
    text = _LINE_END.sub("\n", text)
    text = _CONTROL.sub(" ", _INVISIBLE.sub("", text))
    text = unicodedata.normalize("NFC", text)
    covered = _covered()
    if not all(ord(letter) in covered for letter in text):
        text = "".join(letter if ord(letter) in covered else MISSING for letter in text)
    return _ENDLESS_WORD.sub(_with_breaks, text)


def _with_breaks(word: re.Match[str]) -> str:
    pieces: list[str] = []
    for part in _WORD_PART.findall(word.group()):
        if len(part) <= _LONGEST_PART:
            pieces.append(part)
        else:
            pieces.extend(part[start : start + _BREAK_EVERY] for start in range(0, len(part), _BREAK_EVERY))
    return "\u200b".join(pieces)


def plain(value: object) -> object:
    """`value` as JSON-ready data for a template.

    Dataclasses and mappings become objects, sequences lists, dates `yyyy-mm-dd`, instants ISO 8601 in Vietnam time.
    Raises TypeError for anything else, ValueError for an instant without a time zone.
    """
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Svg):
        return str(value)
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError("Thời điểm trên bản in phải có múi giờ.")
        return value.astimezone(VIETNAM).isoformat(timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    raise TypeError(f"Không in được giá trị kiểu {type(value).__name__}.")
