"""Every page has a budget of database queries in query_budgets.json, and no entry is left over.

`{"dossiers:list": 9, …}`: the most queries that a GET of the page may cost; `null` for an address that only takes a
POST. The module's own tests measure their pages against the file.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from django.urls import URLPattern, URLResolver, get_resolver

FILE = Path(__file__).with_name("query_budgets.json")
# No page of ours costs more, whatever the file says.
CEILING = 40


def our_url_names(resolver: URLResolver, namespaces: tuple[str, ...] = ()) -> Iterator[str]:
    """Names of the addresses whose views are written here, with their namespace."""
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            inner = (*namespaces, entry.namespace) if entry.namespace else namespaces
            yield from our_url_names(entry, inner)
        elif isinstance(entry, URLPattern) and getattr(entry.callback, "__module__", "").startswith("tinhso."):
            assert entry.name, f"/{entry.pattern} has no name"
            yield ":".join((*namespaces, entry.name))


def all_url_names(resolver: URLResolver, namespaces: tuple[str, ...] = ()) -> Iterator[str]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            yield from all_url_names(entry, (*namespaces, entry.namespace) if entry.namespace else namespaces)
        elif isinstance(entry, URLPattern) and entry.name:
            yield ":".join((*namespaces, entry.name))


def budgets() -> dict[str, int | None]:
    found: dict[str, int | None] = json.loads(FILE.read_text(encoding="utf-8"))
    return found


def test_every_page_has_a_budget() -> None:
    missing = sorted(set(our_url_names(get_resolver())) - set(budgets()))
    assert missing == []


def test_no_budget_is_of_a_page_that_is_gone() -> None:
    stale = sorted(set(budgets()) - set(all_url_names(get_resolver())))
    assert stale == []


def test_budgets_are_small_whole_numbers() -> None:
    wrong = {
        name: most
        for name, most in budgets().items()
        if most is not None and not (isinstance(most, int) and 0 <= most <= CEILING)
    }
    assert wrong == {}
