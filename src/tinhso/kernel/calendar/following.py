"""An organisation's own working time follows its work to the successor, as far as nothing speaks against it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta

from django.db.models import Q, QuerySet

from tinhso.kernel.calendar.models import HolidayOverride, WorkingHours
from tinhso.kernel.calendar.services import mark_changed


def own_days_from(day: date, organisation_ids: Collection[int]) -> QuerySet[HolidayOverride]:
    """Days off or worked by an organisation's own decision, on the day or later."""
    return HolidayOverride.objects.filter(day__gte=day, organisation_id__in=organisation_ids, removed_at__isnull=True)


def own_hours_from(day: date, organisation_ids: Collection[int]) -> QuerySet[WorkingHours]:
    """Own working hours that would still hold on the day."""
    return WorkingHours.objects.filter(
        Q(valid_until__isnull=True) | Q(valid_until__gte=day), organisation_id__in=organisation_ids
    )


def hours_in_conflict(successors: Mapping[int, int], *, day: date) -> list[int]:
    """Successors whose predecessors (and themselves) do not all keep the same own hours: a person has to decide."""
    found: dict[int, dict[int, set[str]]] = {}
    for organisation_id, hours in own_hours_from(day, set(successors) | set(successors.values())).values_list(
        "organisation_id", "hours"
    ):
        own_id = organisation_id or 0
        found.setdefault(successors.get(own_id, own_id), {}).setdefault(own_id, set()).add(hours)
    members: dict[int, int] = {}
    for heir in successors.values():
        members[heir] = members.get(heir, 0) + 1
    return sorted(
        heir
        for heir, own in found.items()
        if len({frozenset(hours) for hours in own.values()}) > 1 or len(own.keys() - {heir}) < members.get(heir, 0)
    )


def follow_calendar(*, successors: Mapping[int, int], day: date, ground: str, now: datetime) -> int:
    """Own days from the day on, and own hours where all agree, hold for the successor too. Returns how many rows were
    ended or carried over; 0 when nothing is left. What held before the day stays."""
    days = list(own_days_from(day, successors.keys()).order_by("pk"))
    taken = {(row.organisation_id, row.day) for row in own_days_from(day, set(successors.values()))}
    for row in days:
        heir = successors[row.organisation_id or 0]
        if (heir, row.day) not in taken:
            taken.add((heir, row.day))
            HolidayOverride.objects.create(
                day=row.day, kind=row.kind, organisation_id=heir, reason=row.reason, ground=row.ground,
                source=row.source, added_at=now,
            )  # fmt: skip
        row.removed_at, row.removal_ground = now, ground[:500]
        row.save(update_fields=["removed_at", "removal_ground"])
    disputed = set(hours_in_conflict(successors, day=day))
    hours = list(own_hours_from(day, successors.keys()).order_by("pk"))
    settled = {(row.organisation_id, row.valid_from) for row in own_hours_from(day, set(successors.values()))}
    for period in hours:
        heir = successors[period.organisation_id or 0]
        start = max(period.valid_from, day)
        if heir not in disputed and (heir, start) not in settled:
            settled.add((heir, start))
            WorkingHours.objects.create(
                organisation_id=heir, hours=period.hours, valid_from=start, valid_until=period.valid_until,
                ground=period.ground, source=period.source, added_at=now,
            )  # fmt: skip
        # What would only have begun later never holds: its one day lies before the reform.
        period.valid_until = day - timedelta(days=1)
        period.valid_from = min(period.valid_from, period.valid_until)
        period.save(update_fields=["valid_from", "valid_until"])
    if days or hours:
        mark_changed()
    return len(days) + len(hours)
