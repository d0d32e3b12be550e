"""Reads of the calendar's tables: everything in two queries, for all organisations at once."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Q

from tinhso.kernel.calendar.models import CalendarState, HolidayOverride, WorkingHours
from tinhso.kernel.calendar.rules import DayOverride, HoursPeriod, WorkingCalendar, national_calendar, parse_hours


@dataclass(frozen=True)
class OverrideInfo:
    """A day off or worked by decision, in force. `organisation_id` None: the whole province."""

    id: int
    day: date
    kind: str
    organisation_id: int | None
    reason: str
    ground: str
    source: str


@dataclass(frozen=True)
class HoursInfo:
    """Dated working hours. `hours`: "07:30-11:30,13:00-17:00"."""

    id: int
    organisation_id: int | None
    hours: str
    valid_from: date
    valid_until: date | None
    ground: str


@dataclass(frozen=True)
class Snapshot:
    """All decisions in force at one token, and the calendars made of them so far."""

    token: str
    overrides: dict[int | None, dict[date, DayOverride]]
    hours: dict[int | None, tuple[HoursPeriod, ...]]
    _calendars: dict[int | None, WorkingCalendar] = field(default_factory=dict)

    def calendar(self, organisation_id: int | None) -> WorkingCalendar:
        # Organisations without decisions of their own share one calendar, and so its yearly tables.
        key = organisation_id if organisation_id in self.overrides or organisation_id in self.hours else None
        if key not in self._calendars:
            own_overrides = self.overrides.get(key, {}) if key is not None else {}
            own_hours = self.hours.get(key, ()) if key is not None else ()
            self._calendars[key] = national_calendar(
                overrides={**self.overrides.get(None, {}), **own_overrides},
                hour_changes=self.hours.get(None, ()) + own_hours,
            )
        return self._calendars[key]


def current_token() -> str:
    return CalendarState.objects.values_list("token", flat=True).filter(pk=1).first() or ""


def load(token: str) -> Snapshot:
    """Everything in force. `token` is read before, so that a change in between shows at the next look."""
    overrides: dict[int | None, dict[date, DayOverride]] = defaultdict(dict)
    rows = HolidayOverride.objects.filter(removed_at__isnull=True)
    for day, kind, organisation_id, reason in rows.values_list("day", "kind", "organisation_id", "reason"):
        overrides[organisation_id][day] = DayOverride("off" if kind == "off" else "work", reason)
    hours: dict[int | None, tuple[HoursPeriod, ...]] = defaultdict(tuple)
    for row in WorkingHours.objects.order_by("valid_from", "pk"):
        hours[row.organisation_id] += (HoursPeriod(parse_hours(row.hours), row.valid_from, row.valid_until),)
    return Snapshot(token, dict(overrides), dict(hours))


def overrides(*, organisation_id: int | None, year: int | None = None) -> list[OverrideInfo]:
    """The days in force for an organisation, the province's included, in order of days."""
    rows = HolidayOverride.objects.filter(_of(organisation_id), removed_at__isnull=True)
    if year is not None:
        rows = rows.filter(day__year=year)
    return [
        OverrideInfo(row.pk, row.day, row.kind, row.organisation_id, row.reason, row.ground, row.source)
        for row in rows.order_by("day", "organisation_id")
    ]


def working_hours(*, organisation_id: int | None) -> list[HoursInfo]:
    """The dated hours of an organisation, the province's included, in order of their start."""
    rows = WorkingHours.objects.filter(_of(organisation_id))
    return [
        HoursInfo(row.pk, row.organisation_id, row.hours, row.valid_from, row.valid_until, row.ground)
        for row in rows.order_by("valid_from", "pk")
    ]


def _of(organisation_id: int | None) -> Q:
    everybody = Q(organisation_id__isnull=True)
    return everybody if organisation_id is None else everybody | Q(organisation_id=organisation_id)
