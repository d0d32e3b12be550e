"""What was shown beside what was counted again. A disagreement names the count, both values and the dossiers."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable
from typing import Any


class Ledger:
    def __init__(self) -> None:
        self.compared = 0
        self.disagreements: list[str] = []

    def same(self, count: str, shown: Any, counted: Any, about: Iterable[object] = ()) -> None:
        """One count. `about`: the dossiers that it is of."""
        self.compared += 1
        if shown != counted:
            codes = sorted(map(str, about))[:20]
            self.disagreements.append(f"{count}: shown {shown!r}, counted {counted!r}; {', '.join(codes) or '-'}")

    def same_codes(self, count: str, shown: Iterable[str], counted: Iterable[str]) -> None:
        """A list: as long as counted, and of the same dossiers."""
        shown, counted = sorted(shown), sorted(counted)
        self.same(count, len(shown), len(counted), set(shown) ^ set(counted))
        if len(shown) == len(counted):
            self.same(f"{count}, which", shown, counted, set(shown) ^ set(counted))

    def section(self, title: str, work: Callable[[], None]) -> None:
        """A part of the accounts; one that cannot be drawn up at all is a disagreement too."""
        try:
            work()
        except Exception as fault:
            last = traceback.extract_tb(fault.__traceback__)[-1]
            self.disagreements.append(f"{title} could not be drawn up: {fault!r} ({last.filename}:{last.lineno})")

    def none(self, count: str, found: Iterable[object]) -> None:
        """Something that must not be there at all."""
        found = sorted(map(str, found))
        self.same(count, len(found), 0, found)
