"""Carrying what the national database changed into a definition of ours. Only what can mean one thing is carried; the
rest is named for an editor. What is the province's own (form, route, fees, extra papers, results) is left alone."""

from __future__ import annotations

import copy
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from tinhso.modules.procedures.rules.catalogue import CatalogueRow


@dataclass(frozen=True)
class Carried:
    """`left`: keys of the national content that an editor has to look at."""

    definition: dict[str, Any]
    left: tuple[str, ...]


# Facts about the procedure, not of its definition.
_ELSEWHERE = {"name", "field", "ministry", "agency", "portal_url"}


def carry_over(
    definition: Mapping[str, Any], row: CatalogueRow, fields: Collection[Mapping[str, Any]], starts: date | None
) -> Carried:
    """`fields`: the changes ({"key", "before", "after"}); `starts`: the new first day (None: stays)."""
    new = copy.deepcopy(dict(definition))
    # The dates were those of the decision before.
    new.pop("decided_on", None)
    new.pop("rule_in_force_on", None)
    left = []
    for change in fields:
        key = change["key"]
        if change["before"] is None or key in _ELSEWHERE:
            continue  # what was only unknown changes nothing that we say ourselves
        if key == "decision":
            new["decision"] = row.decision
        elif key == "service_level" and row.service_level is not None:
            new["service_level"] = row.service_level
        elif key == "channels" and row.channels:
            new["channels"] = list(row.channels)
        elif key == "levels" and row.levels:
            new["levels"] = list(row.levels)
        elif key == "time_limit" and _carry_term(new, row):
            pass
        else:
            left.append(key)
    if starts is not None:
        new["valid_from"] = starts.isoformat()
    return Carried(new, tuple(left))


def _carry_term(new: dict[str, Any], row: CatalogueRow) -> bool:
    """A plain new term replaces a plain old one. Where the version tells cases apart, only a person can say which."""
    deadline = new.get("deadline")
    cases = deadline.get("cases") if isinstance(deadline, Mapping) else None
    if row.time_limit_amount is None or not isinstance(cases, list) or len(cases) != 1:
        return False
    cases[0]["amount"], cases[0]["unit"] = row.time_limit_amount, row.time_limit_unit
    return True
