"""What was filed under a mandate, told by the module that keeps it (identity is below dossiers and cannot ask)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from tinhso.kernel.access.api import Actor


@dataclass(frozen=True)
class Filing:
    """One thing filed, or still being written (`code` is "" then). `url`: "" where this reader may not open it."""

    code: str
    title: str
    agency_name: str
    state: str
    at: datetime
    url: str = ""


@dataclass(frozen=True)
class Filings:
    """`listing(mandate_id, actor)`: the newest first, at most some dozens; `counts(mandate_ids)`: how many were sent."""

    listing: Callable[[int, Actor], list[Filing]]
    counts: Callable[[Collection[int]], Mapping[int, int]]


_filings: Filings | None = None


def register_filings(filings: Filings) -> None:
    """Once, when the application starts."""
    global _filings
    _filings = filings


def filed_under(mandate_id: int, actor: Actor) -> list[Filing]:
    return [] if _filings is None else _filings.listing(mandate_id, actor)


def filed_counts(mandate_ids: Collection[int]) -> Mapping[int, int]:
    return {} if _filings is None or not mandate_ids else _filings.counts(mandate_ids)
