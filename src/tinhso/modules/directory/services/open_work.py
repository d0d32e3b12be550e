"""What other modules know of the open work of a person. The directory asks before somebody leaves, without knowing them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from django.apps import apps


@dataclass(frozen=True)
class OpenWork:
    """Work of one kind that a person holds at an organisation. `to_successor` of `count` can go to the successor, the
    rest waits for anybody with the role. `examples`: (title, address), a few."""

    title: str
    count: int
    to_successor: int
    examples: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Leaving:
    """Whose work where is asked for, and who is to take it."""

    user_id: int
    organisation_id: int
    successor_id: int | None
    on: date


Count = Callable[[Leaving], OpenWork]
_counts: dict[str, Count] = {}


def register_open_work(name: str, count: Count) -> None:
    """Only in `AppConfig.ready`. Each count costs a bounded number of queries."""
    if apps.ready:
        raise RuntimeError(f"open work {name} registered after start: do it in AppConfig.ready")
    if _counts.setdefault(name, count) is not count:
        raise ValueError(f"open work {name} registered twice")


def open_work(leaving: Leaving) -> list[OpenWork]:
    """Every kind of work that is not nothing."""
    return [found for _, count in sorted(_counts.items()) if (found := count(leaving)).count]
