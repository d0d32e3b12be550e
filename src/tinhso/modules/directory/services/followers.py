"""What follows of the directory itself and of the kernel below it: places of work, departures, rights, working time."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta

from django.db.models import Count, Q, QuerySet
from django.urls import reverse

from tinhso.kernel.access.api import (
    SYSTEM,
    follow_grants,
    follow_requests,
    grants_by_organisation,
    grants_from,
    open_requests,
    roles,
)
from tinhso.kernel.audit.api import Change, record_many
from tinhso.kernel.calendar.api import follow_calendar, own_days_from, own_hours_from
from tinhso.modules.directory.models import Departure, Organisation, Reform, StaffMember, Unit
from tinhso.modules.directory.services.following import Follower, Moves, Touched, register_follower, register_stays
from tinhso.modules.directory.services.people import staff_search_text


def _counted(rows: QuerySet[StaffMember]) -> dict[int, int]:
    return {
        row["organisation_id"]: row["number"]
        for row in rows.order_by().values("organisation_id").annotate(number=Count("pk"))
    }


def _still(day: date) -> Q:
    return Q(valid_until__isnull=True) | Q(valid_until__gte=day)


def _places(organisations: Collection[int], day: date) -> QuerySet[StaffMember]:
    return StaffMember.objects.filter(_still(day), organisation_id__in=organisations)


def count_staff(organisations: Collection[int], day: date) -> Mapping[int, int]:
    return _counted(_places(organisations, day))


def list_staff(organisations: Collection[int], day: date, limit: int) -> Sequence[Touched]:
    rows = _places(organisations, day).select_related("user", "position").order_by("sort_key", "pk")[:limit]
    return [
        Touched(
            f"{row.user.full_name}, {row.position.title}",
            row.organisation_id,
            reverse("directory:staff_member", args=[row.user_id]),
        )
        for row in rows
    ]


def move_staff(moves: Moves, limit: int, now: datetime) -> int:
    """Each place ends on the eve and goes on at the successor, in a unit of the same name; who worked at two that were
    joined works there once, in the higher position."""
    rows = list(
        _places(moves.main.keys(), moves.day)
        .select_for_update(of=("self",))
        .order_by("user_id", "position__rank", "pk")[:limit]
        .select_related("user", "position", "unit")
    )
    if not rows:
        return 0
    targets = {moves.main[row.organisation_id] for row in rows}
    names = dict(Organisation.objects.filter(pk__in=targets).values_list("pk", "name"))
    units = _units_at(moves, targets, {row.unit_id for row in rows if row.unit_id is not None})
    there = {
        (user, organisation)
        for user, organisation in _places(targets, moves.day)
        .filter(user_id__in={row.user_id for row in rows})
        .values_list("user_id", "organisation_id")
    }
    new, changes = [], {}
    for row in rows:
        target = moves.main[row.organisation_id]
        if (row.user_id, target) not in there:
            there.add((row.user_id, target))
            new.append(
                StaffMember(
                    user_id=row.user_id, organisation_id=target, position_id=row.position_id,
                    unit_id=None if row.unit_id is None else units.get(row.unit_id),
                    valid_from=max(row.valid_from, moves.day), valid_until=row.valid_until,
                    search_text=staff_search_text(
                        row.user.full_name, row.position.title, names[target], row.unit.name if row.unit else ""
                    ),
                    sort_key=row.sort_key,
                )
            )  # fmt: skip
        changes[row.user_id] = Change(
            f"user:{row.user_id}", {"organisation_id": row.organisation_id}, {"organisation_id": target}
        )
        # A place that would only have begun later never was: its one day lies on the eve.
        row.valid_until = moves.day - timedelta(days=1)
        row.valid_from = min(row.valid_from, row.valid_until)
    StaffMember.objects.bulk_update(rows, ["valid_from", "valid_until"], batch_size=500)
    StaffMember.objects.bulk_create(new, batch_size=500)
    record_many(who=SYSTEM, action="directory.follow", changes=changes.values(), reason=moves.ground, now=now)
    return len(rows)


def _units_at(moves: Moves, targets: Collection[int], unit_ids: Collection[int]) -> dict[int, int]:
    """Old unit → the unit of that name at the successor, opened where it is missing."""
    old = list(Unit.objects.filter(pk__in=unit_ids))
    known = {
        (organisation, name.casefold()): number
        for number, organisation, name in Unit.objects.filter(
            _still(moves.day), organisation_id__in=targets
        ).values_list("pk", "organisation_id", "name")
    }
    missing: dict[tuple[int, str], Unit] = {}
    for unit in old:
        key = (moves.main[unit.organisation_id], unit.name.casefold())
        if key not in known and key not in missing:
            missing[key] = Unit(organisation_id=key[0], name=unit.name, rank=unit.rank, valid_from=moves.day)
    Unit.objects.bulk_create(missing.values(), batch_size=500)
    known |= {key: unit.pk for key, unit in missing.items()}
    return {unit.pk: known[moves.main[unit.organisation_id], unit.name.casefold()] for unit in old}


def _leaving(organisations: Collection[int]) -> QuerySet[Departure]:
    return Departure.objects.filter(
        Q(organisation_id__in=organisations) | Q(to_organisation_id__in=organisations), done_at__isnull=True
    )


def count_departures(organisations: Collection[int], day: date) -> Mapping[int, int]:
    found: dict[int, int] = {}
    wanted = frozenset(organisations)
    for pair in _leaving(organisations).values_list("organisation_id", "to_organisation_id"):
        for number in set(pair) & wanted:
            found[number] = found.get(number, 0) + 1
    return found


def list_departures(organisations: Collection[int], day: date, limit: int) -> Sequence[Touched]:
    rows = _leaving(organisations).select_related("user").order_by("last_day", "pk")[:limit]
    return [
        Touched(
            f"{row.user.full_name}, ngày cuối {row.last_day:%d/%m/%Y}",
            row.organisation_id,
            reverse("directory:staff_member", args=[row.user_id]),
        )
        for row in rows
    ]


def move_departures(moves: Moves, limit: int, now: datetime) -> int:
    """A departure decided and not due yet is one from the successor; of two from organisations that are joined, the
    later counts."""
    rows = list(_leaving(moves.main.keys()).select_for_update().order_by("-last_day", "pk")[:limit])
    taken = set(
        Departure.objects.filter(
            done_at__isnull=True, organisation_id__in=set(moves.main.values()), user_id__in={r.user_id for r in rows}
        ).values_list("user_id", "organisation_id")
    )
    for row in rows:
        target = moves.main.get(row.organisation_id, row.organisation_id)
        if target != row.organisation_id and (row.user_id, target) in taken:
            row.done_at = now
        else:
            taken.add((row.user_id, target))
            row.organisation_id = target
        if row.to_organisation_id is not None:
            row.to_organisation_id = moves.main.get(row.to_organisation_id, row.to_organisation_id)
        # Place and rights are others now: what was before cannot be put back any more.
        row.before = {}
        row.save(update_fields=["organisation", "to_organisation", "done_at", "before"])
    return len(rows)


def count_grants(organisations: Collection[int], day: date) -> Mapping[int, int]:
    return grants_by_organisation(organisations, on=day)


def list_grants(organisations: Collection[int], day: date, limit: int) -> Sequence[Touched]:
    titles = roles()
    rows = grants_from(day, organisations).select_related("user").order_by("organisation_id", "role", "pk")[:limit]
    return [
        Touched(
            f"{row.user.full_name}: {titles.get(row.role, row.role)}{' (được ủy quyền)' if row.delegated_from_id else ''}",
            row.organisation_id,
            reverse("directory:staff_member", args=[row.user_id]),
        )
        for row in rows
    ]


def move_grants(moves: Moves, limit: int, now: datetime) -> int:
    return follow_grants(successors=moves.main, day=moves.day, ground=moves.ground, limit=limit, actor=SYSTEM, now=now)


def count_requests(organisations: Collection[int], day: date) -> Mapping[int, int]:
    rows = open_requests(organisations).order_by().values("organisation_id").annotate(number=Count("pk"))
    return {row["organisation_id"]: row["number"] for row in rows}


def list_requests(organisations: Collection[int], day: date, limit: int) -> Sequence[Touched]:
    titles = roles()
    rows = open_requests(organisations).select_related("user").order_by("organisation_id", "pk")[:limit]
    return [Touched(f"{row.user.full_name}: {titles.get(row.role, row.role)}", row.organisation_id) for row in rows]


def move_requests(moves: Moves, limit: int, now: datetime) -> int:
    decided_by = Reform.objects.values_list("decided_by_id", "drafted_by_id").get(pk=moves.reform_id)
    return follow_requests(
        successors=moves.main, ground=moves.ground, decided_by=decided_by[0] or decided_by[1], now=now
    )


def count_calendar(organisations: Collection[int], day: date) -> Mapping[int, int]:
    found: dict[int, int] = {}
    for rows in (own_days_from(day, organisations), own_hours_from(day, organisations)):
        for number in rows.values_list("organisation_id", flat=True):
            found[number or 0] = found.get(number or 0, 0) + 1
    return found


def list_calendar(organisations: Collection[int], day: date, limit: int) -> Sequence[Touched]:
    days = [
        Touched(f"{row.day:%d/%m/%Y}: {row.get_kind_display()}, {row.reason}", row.organisation_id or 0)
        for row in own_days_from(day, organisations).order_by("day", "pk")[:limit]
    ]
    hours = [
        Touched(f"Giờ làm việc {row.hours}", row.organisation_id or 0)
        for row in own_hours_from(day, organisations).order_by("pk")[:limit]
    ]
    return (days + hours)[:limit]


def move_calendar(moves: Moves, limit: int, now: datetime) -> int:
    return follow_calendar(successors=moves.main, day=moves.day, ground=moves.ground, now=now)


def register_own() -> None:
    """The followers of the directory and of the kernel; called when the app is ready."""
    own = (
        Follower("staff", "Cán bộ", 10,
                 frozenset({"directory.StaffMember.organisation", "directory.Unit.organisation"}),
                 count_staff, list_staff, move_staff),
        Follower("departures", "Quyết định rời cơ quan chưa đến ngày", 20,
                 frozenset({"directory.Departure.organisation", "directory.Departure.to_organisation"}),
                 count_departures, list_departures, move_departures),
        Follower("grants", "Vai trò, ủy quyền", 30, frozenset({"access.RoleGrant.organisation_id"}),
                 count_grants, list_grants, move_grants, wants_owner=False),
        Follower("role_requests", "Đề nghị cấp vai trò", 40, frozenset({"access.RoleRequest.organisation_id"}),
                 count_requests, list_requests, move_requests, wants_owner=False),
        Follower("calendar", "Lịch làm việc riêng", 50,
                 frozenset({"calendar.HolidayOverride.organisation_id", "calendar.WorkingHours.organisation_id"}),
                 count_calendar, list_calendar, move_calendar, wants_owner=False),
    )  # fmt: skip
    for follower in own:
        register_follower(follower)
    register_stays(
        {"directory.Organisation.parent"},
        because="What stands below an ended organisation is moved by the structure step, what ended with it stays below it.",
    )
    register_stays(
        {"directory.Succession.predecessor", "directory.Succession.successor", "directory.StaffNumber.organisation"},
        because="A fact about the organisation as it was.",
    )
    register_stays(
        {f"directory.ReformAction.{name}" for name in ("old", "successor", "made")},
        because="The record of a reform.",
    )
