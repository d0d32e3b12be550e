"""What was taken away and what was added between two texts, by words, so that a person sees it at a glance."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

Mark = Literal["same", "gone", "new"]
# Beyond this nobody reads a mixture: the whole old and the whole new text are shown.
_MOST_WORDS = 2000


@dataclass(frozen=True)
class Piece:
    mark: Mark
    text: str


def pieces(before: str, after: str) -> tuple[Piece, ...]:
    """The two texts as one, in order. Joining what is not "new" gives `before`; what is not "gone", `after`."""
    old, new = re.findall(r"\s+|[^\s]+", before), re.findall(r"\s+|[^\s]+", after)
    if len(old) + len(new) > _MOST_WORDS:
        return (Piece("gone", before), Piece("new", after))
    found: list[Piece] = []
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            found.append(Piece("same", "".join(old[a:b])))
            continue
        if b > a:
            found.append(Piece("gone", "".join(old[a:b])))
        if d > c:
            found.append(Piece("new", "".join(new[c:d])))
    return tuple(found)
