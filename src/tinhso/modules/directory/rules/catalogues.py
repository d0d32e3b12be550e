"""Shared catalogues (danh mục dùng chung), function 2 of Thông tư 11/2025: each module tells which lists of codes it keeps,
where they come from and how long each code holds. Nothing is kept here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Entry:
    """One code. `code` "": the source gives none. `note`: what else is to be known of it; `source`: only where it differs
    from the catalogue's."""

    code: str
    name: str
    valid_from: date | None = None
    valid_until: date | None = None
    note: str = ""
    source: str = ""


@dataclass(frozen=True)
class Catalogue:
    """`source`: who issues the codes; `keeping`: why a code that history refers to is still there. `entries` reads them
    in order; a catalogue with a page of its own names it in `page` (a URL's name) instead."""

    key: str
    title: str
    source: str
    keeping: str
    entries: Callable[[], Sequence[Entry]] | None = None
    page: str = ""


_catalogues: dict[str, Catalogue] = {}


def register_catalogue(catalogue: Catalogue) -> None:
    if (catalogue.entries is None) == (not catalogue.page):
        raise ValueError(f"{catalogue.key}: either its entries or its page")
    _catalogues[catalogue.key] = catalogue


def catalogues() -> tuple[Catalogue, ...]:
    return tuple(_catalogues.values())


def catalogue_of(key: str) -> Catalogue | None:
    return _catalogues.get(key)
