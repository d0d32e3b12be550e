"""What other modules hold of a person, told to identity when the application starts: so that one record stays one when
two accounts are put together, and a person sees what is kept and who looked."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Look:
    """Somebody looked at what is kept of a person. `who` and `agency` as the person may know them."""

    at: datetime
    who: str
    agency: str
    what: str
    purpose: str


@dataclass(frozen=True)
class OwnFile:
    """A file of the person's own, by its number in the store of files."""

    file_id: int
    path: str


@dataclass(frozen=True)
class OwnData:
    """What one module keeps of a person, ready for JSON, and their files."""

    content: Any
    files: tuple[OwnFile, ...] = ()


@dataclass(frozen=True)
class Holding:
    """`claim(user_id, number, full_name, now)`: the number was proven; `adopt(kept, closed)`: two accounts became one;
    `looks(user_id)`: the newest first, at most some hundreds; `export(user_id)`. Each runs in the caller's transaction."""

    key: str
    title: str
    claim: Callable[[int, str, str, datetime], None] | None = None
    adopt: Callable[[int, int], None] | None = None
    looks: Callable[[int], Iterable[Look]] | None = None
    export: Callable[[int], OwnData] | None = None


_holdings: dict[str, Holding] = {}


def register_holding(holding: Holding) -> None:
    """Once per module. Another one under the same key is a mistake of the programmer."""
    if _holdings.setdefault(holding.key, holding) != holding:
        raise ValueError(f"holding {holding.key} registered twice")


def holdings() -> tuple[Holding, ...]:
    """In the order of their keys."""
    return tuple(one for _, one in sorted(_holdings.items()))
