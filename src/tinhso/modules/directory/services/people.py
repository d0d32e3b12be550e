"""What people are found by; and invented people for the reference province. Same seed, same people; any likeness to a real person is chance."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path

from tinhso.kernel.search import searchable

NAMES = Path(__file__).resolve().parent.parent / "data/invented_names.json"


def invented_names(seed: str) -> Iterator[str]:
    """An endless row of full names, about half of women; the same row for the same seed.

    Family names come about as often as they do in Vietnam, so that a list looks and sorts like a real one.
    """
    names = json.loads(NAMES.read_text(encoding="utf-8"))
    families, weights = list(names["family"]), list(names["family"].values())
    chance = random.Random(seed)  # noqa: S311 - not a secret, must be repeatable
    while True:
        gender = "women" if chance.random() < 0.5 else "men"
        family = chance.choices(families, weights)[0]
        yield f"{family} {chance.choice(names[gender + '_middle'])} {chance.choice(names[gender])}"


def staff_search_text(full_name: str, position: str, organisation: str, unit: str = "") -> str:
    """What a place of work is found by: the person, what they are there, and where."""
    return searchable(full_name, position, unit, organisation)
