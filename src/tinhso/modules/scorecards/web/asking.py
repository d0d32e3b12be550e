"""From the address of a page of figures to what is asked, and back to the addresses that its numbers open."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, cast
from urllib.parse import urlencode

from tinhso.kernel.ui.typed import parse_date
from tinhso.modules.dossiers.api import CHANNELS, LEVELS, Narrowing

MAX_TEXT = 300
NAMES = ("from", "until", "by", "agency", "level", "field", "channel")
GROUPINGS = {"agency": "Cơ quan", "field": "Lĩnh vực", "level": "Cấp", "channel": "Kênh tiếp nhận"}


@dataclass(frozen=True)
class Asked:
    """A period and what it is narrowed to; `typed`: as it stood in the address; `errors`: field → message."""

    since: date
    until: date
    by: str
    narrowing: Narrowing
    typed: Mapping[str, str]
    errors: Mapping[str, str]

    @property
    def query(self) -> dict[str, str]:
        return {name: value for name, value in self.typed.items() if value}

    def address(self, **changes: Any) -> str:
        """The query of this page with something else in it; None takes a part away."""
        changed = {**self.query, **changes}
        return "?" + urlencode({name: value for name, value in changed.items() if value is not None})


def month_of(day: date) -> tuple[date, date]:
    first = day.replace(day=1)
    return first, first.replace(day=monthrange(first.year, first.month)[1])


def read_month(text: str, today: date, *, before: bool = False) -> date:
    """The month asked for as 2026-10; else the present one, or the one `before` it. Never one to come."""
    this = today.replace(day=1)
    try:
        return min(date.fromisoformat(f"{text}-01"), this)
    except ValueError:
        return (this - timedelta(days=1)).replace(day=1) if before else this


def neighbours(month: date, today: date, address: str) -> dict[str, str]:
    """The addresses of the months before and after; "" where that is still to come."""
    before = (month - timedelta(days=1)).replace(day=1)
    after = (month + timedelta(days=31)).replace(day=1)
    return {
        "before_url": f"{address}?month={before:%Y-%m}",
        "after_url": f"{address}?month={after:%Y-%m}" if after <= today else "",
    }


def periods(today: date) -> list[tuple[str, date, date]]:
    """The periods that people ask for most, by name."""
    first, last = month_of(today)
    before = month_of(first - timedelta(days=1))
    quarter = date(today.year, today.month - (today.month - 1) % 3, 1)
    return [
        ("Tháng này", first, last),
        ("Tháng trước", *before),
        ("Quý này", quarter, month_of(date(quarter.year, quarter.month + 2, 1))[1]),
        ("Năm nay", date(today.year, 1, 1), date(today.year, 12, 31)),
        ("Năm trước", date(today.year - 1, 1, 1), date(today.year - 1, 12, 31)),
    ]


def read(given: Mapping[str, str], today: date) -> Asked:
    """This month where nothing is said. What makes no sense is left out; days that cannot be read are told."""
    typed = {name: str(given.get(name, "")).replace("\x00", "").strip()[:MAX_TEXT] for name in NAMES}
    errors: dict[str, str] = {}
    since, until = month_of(today)
    since = _day(typed, "from", since, errors)
    until = _day(typed, "until", until if not typed["from"] else max(since, today), errors)
    if not errors and until < since:
        errors["until"] = "Ngày kết thúc phải từ ngày bắt đầu trở đi."
    if not errors and since > today:
        errors["from"] = "Kỳ thống kê chưa bắt đầu. Hãy chọn ngày bắt đầu từ hôm nay trở về trước."
    if errors:
        since, until = month_of(today)
    for name, known in (("by", GROUPINGS), ("level", LEVELS), ("channel", CHANNELS)):
        if typed[name] not in known:
            typed[name] = ""
    if not (typed["agency"].isascii() and typed["agency"].isdigit() and len(typed["agency"]) < 10):
        typed["agency"] = ""
    return Asked(
        since,
        until,
        typed["by"] or "agency",
        Narrowing(
            agency_id=int(typed["agency"]) if typed["agency"] else None,
            level=typed["level"],
            field=typed["field"],
            channel=cast(Any, typed["channel"]),
        ),
        typed,
        errors,
    )


def _day(typed: Mapping[str, str], name: str, usual: date, errors: dict[str, str]) -> date:
    try:
        return parse_date(typed[name]) or usual
    except ValueError as error:
        errors[name] = str(error)
        return usual
