"""1.1 and 1.2: whether decisions of publication were made, and made public, in time. The terms are dated data."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path

from tinhso.kernel.calendar.api import WorkingCalendar, calendar_for
from tinhso.kernel.clock import VIETNAM
from tinhso.modules.procedures.api import Decision

DATA = Path(__file__).resolve().parents[1] / "data" / "publication_terms.json"
# "2628/QĐ-BTC" is a ministry's; "100/QĐ-UBND" the province's, as is what does not say.
_OF_MINISTRY = re.compile(r"/QĐ-(?!UBND)", re.IGNORECASE)


@dataclass(frozen=True)
class Terms:
    """In working days: how long before the rule holds it must be decided, how long after that it must be public."""

    valid_from: date
    decided_before_rule: int
    public_after_decision: int


@cache
def _terms() -> tuple[tuple[Terms, Terms], ...]:
    """(of the province, of a ministry), the latest first."""
    raw = json.loads(DATA.read_text(encoding="utf-8"))
    found = []
    for one in sorted(raw, key=lambda one: str(one["valid_from"]), reverse=True):
        since = date.fromisoformat(one["valid_from"])
        province, ministry = (Terms(since, **one[key]) for key in ("province", "ministry"))
        found.append((province, ministry))
    return tuple(found)


def terms_of(decision: str, on: date) -> Terms:
    """Those that hold on a day; before the first ones, the first."""
    both = next((pair for pair in _terms() if pair[0].valid_from <= on), _terms()[-1])
    return both[1] if _OF_MINISTRY.search(decision) else both[0]


@dataclass(frozen=True)
class Judged:
    """A procedure's decisions of a time: it is late when one of them is. None: nothing to judge. `why_*`: what was late."""

    in_time: bool | None
    public_in_time: bool | None
    why_decided: str
    why_public: str


def judge(decisions: Iterable[Decision], *, today: date) -> Mapping[str, Judged]:
    """By the code of the procedure, each once. One query at most for the province's calendar."""
    by_code: dict[str, list[Decision]] = {}
    for one in decisions:
        by_code.setdefault(one.code, []).append(one)
    if not by_code:
        return {}
    calendar = calendar_for(None)
    return {code: _judged(found, calendar, today) for code, found in by_code.items()}


def _judged(found: list[Decision], calendar: WorkingCalendar, today: date) -> Judged:
    decided: list[bool] = []
    public: list[bool] = []
    why_decided = why_public = ""
    for one in found:
        terms = terms_of(one.decision, one.decided_on)
        if one.rule_in_force_on is not None:
            last = step(calendar, one.rule_in_force_on, -terms.decided_before_rule)
            decided.append(one.decided_on <= last)
            if not decided[-1]:
                why_decided = (
                    f"Quyết định ngày {one.decided_on:%d/%m/%Y}, chậm nhất phải là {last:%d/%m/%Y} "
                    f"({terms.decided_before_rule} ngày làm việc trước {one.rule_in_force_on:%d/%m/%Y})"
                )
        due = step(calendar, one.decided_on, terms.public_after_decision)
        day = one.published_at.astimezone(VIETNAM).date() if one.published_at else None
        # Not public yet and still in time: nothing can be said.
        if day is not None or today > due:
            public.append(day is not None and day <= due)
            if not public[-1]:
                told = f"Công khai ngày {day:%d/%m/%Y}" if day else "Chưa công khai"
                why_public = f"{told}, hạn là {due:%d/%m/%Y} (quyết định ngày {one.decided_on:%d/%m/%Y})"
    return Judged(all(decided) if decided else None, all(public) if public else None, why_decided, why_public)


def step(calendar: WorkingCalendar, day: date, days: int) -> date:
    """That many working days after (before, where less than 0) a day, which itself does not count."""
    way = timedelta(days=1 if days > 0 else -1)
    for _ in range(abs(days)):
        day += way
        while calendar.day_off_reason(day) is not None:
            day += way
    return day
