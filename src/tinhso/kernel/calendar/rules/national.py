"""Days off and swapped working days of Vietnam, from the package `holidays`, worded for people.

Source of the days: Bộ luật Lao động 2019, article 112, and the yearly decisions on Tết and on swapped days, as far as
the package knows them. What it does not know (a decision of the current year, a day off of one province) is an
override: a table in the database, options on the command line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from typing import Any

from tinhso.kernel.calendar.rules.working_time import (
    DEFAULT_HOURS,
    FIRST_DAY,
    LAST_DAY,
    DayOverride,
    Hours,
    HoursPeriod,
    WorkingCalendar,
)

_WORDING = {
    "Tết Dương lịch": "Tết Dương lịch (01/01)",
    "Ngày Giỗ Tổ Hùng Vương": "Giỗ Tổ Hùng Vương (10/3 âm lịch)",
    "Ngày Chiến thắng": "Ngày Chiến thắng (30/4)",
    "Ngày Quốc tế Lao động": "Ngày Quốc tế Lao động (01/5)",
    "Quốc khánh": "Quốc khánh (02/9)",
    "Ngày Văn hóa Việt Nam": "Ngày Văn hóa Việt Nam (24/11)",
}
_SUBSTITUTED = re.compile(r"thay cho ngày (\d\d)/(\d\d)/(\d{4})")


class YearlyDays(Mapping[date, str]):
    """Days and what is said of them, looked up by year and only when a day of that year is asked for."""

    def __init__(self, kind: str) -> None:
        self._kind = kind

    def __getitem__(self, day: date) -> str:
        return _days(day.year)[self._kind][day]

    def __iter__(self) -> Iterator[date]:
        for year in range(FIRST_DAY.year, LAST_DAY.year + 1):
            yield from _days(year)[self._kind]

    def __len__(self) -> int:
        return sum(1 for _ in self)


def national_calendar(
    hours: Hours = DEFAULT_HOURS,
    *,
    overrides: Mapping[date, DayOverride] | None = None,
    hour_changes: tuple[HoursPeriod, ...] = (),
) -> WorkingCalendar:
    """The working calendar of Vietnam's agencies. The years are worked out when first needed, once per process."""
    return WorkingCalendar(
        hours=hours,
        holidays=YearlyDays("off"),
        swapped_workdays=YearlyDays("work"),
        overrides=overrides or {},
        hour_changes=hour_changes,
        known_until=date(_last_decided_year(), 12, 31),
    )


@cache
def _days(year: int) -> dict[str, dict[date, str]]:
    found: dict[str, dict[date, str]] = {"off": {}, "work": {}}
    if not FIRST_DAY.year <= year <= LAST_DAY.year:
        return found
    # A day swapped over New Year is listed with the year of its day off: look one year to both sides.
    days = _vietnam()(years=range(year - 1, year + 2), language="vi")
    swapped: dict[date, date] = {}
    for day, name in days.items():
        match = _SUBSTITUTED.search(name)
        if match:
            swapped[date(int(match[3]), int(match[2]), int(match[1]))] = day
        if day.year == year:
            found["off"][day] = _reason(name, year)
    for day in days.weekend_workdays:
        if day.year == year:
            instead = swapped.get(day)
            found["work"][day] = f"Làm bù cho ngày {instead:%d/%m/%Y}" if instead else "Làm bù"
    return found


def _reason(names: str, year: int) -> str:
    """ "Quốc khánh (nghỉ bù)" → "Nghỉ bù Quốc khánh (02/9)"."""
    match = _SUBSTITUTED.search(names)
    if match:
        return f"Nghỉ hoán đổi, làm bù vào ngày {match[1]}/{match[2]}/{match[3]}"
    # Which five days of Tết, and whether 1 or 3 September, is decided year by year (Bộ luật Lao động 2019, article 112).
    expected = ", lịch dự kiến" if year > _last_decided_year() else ""
    if "Tết Nguyên Đán" in names or "29 Tết" in names:
        return f"Nghỉ Tết Nguyên đán{expected}"
    name = names.split("; ")[0]
    plain = name.removesuffix(" (nghỉ bù)")
    if plain != "Quốc khánh":
        expected = ""
    return f"{'Nghỉ' if plain == name else 'Nghỉ bù'} {_WORDING.get(plain, plain)}{expected}"


@cache
def _last_decided_year() -> int:
    """The last year for which the package lists a decision on swapped days, so far as anybody can tell from it."""
    return int(max(_static_days().special_public_holidays))


# Imported when first needed: a command that fails on its arguments need not wait for it.
def _vietnam() -> Any:
    from holidays.countries.vietnam import Vietnam

    return Vietnam


def _static_days() -> Any:
    from holidays.countries.vietnam import VietnamStaticHolidays

    return VietnamStaticHolidays
