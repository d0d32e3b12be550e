"""How much of the valid old results a level is to digitise, with the day from which the target holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Target:
    level: str
    percent: int


# The mission's plan (row A6): 60 % of the province's, 40 % of the districts', 30 % of the communes' results. Districts
# ended on 1 July 2025; their target stays for periods before.
TARGETS: Mapping[date, tuple[Target, ...]] = {
    date(2021, 1, 1): (Target("province", 60), Target("district", 40), Target("commune", 30)),
    date(2025, 7, 1): (Target("province", 60), Target("commune", 30)),
}
