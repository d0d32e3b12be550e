"""Reading what came in a request."""

from __future__ import annotations


def number_of(text: str | None) -> int | None:
    """A whole number of a table's row, or None."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 18 else None
