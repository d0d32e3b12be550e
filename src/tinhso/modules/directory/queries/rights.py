"""Who holds which role where, by whom and on what ground; what waits for a decision; whom to ask. All bounded."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Q
from django.urls import reverse

from tinhso.kernel.access.api import (
    Actor,
    RoleGrant,
    RoleRequest,
    User,
    absent_colleagues,
    lent_grants,
    own_grants,
    reach,
    roles,
)
from tinhso.kernel.clock import VIETNAM
from tinhso.kernel.search import folded_filter
from tinhso.modules.directory.models import Departure, Organisation, StaffMember, Unit
from tinhso.modules.directory.queries import in_force
from tinhso.modules.directory.rules import path_ids

PAGE_SIZE = 50
SOON = timedelta(days=30)
SHOWN = 200


@dataclass(frozen=True)
class Held:
    """A role that somebody holds. `for_name`: whose absence it fills, "" for an own role."""

    id: int
    user_id: int
    full_name: str
    role: str
    title: str
    organisation_id: int
    organisation_name: str
    subtree: bool
    valid_from: date
    valid_until: date | None
    ground: str
    granted_by: str
    for_name: str = ""

    @property
    def url(self) -> str:
        """The page of the person."""
        return reverse("directory:staff_member", args=[self.user_id])


@dataclass(frozen=True)
class Asked:
    """A request for a role."""

    id: int
    user_id: int
    full_name: str
    title: str
    organisation_name: str
    subtree: bool
    valid_from: date
    valid_until: date | None
    ground: str
    requested_by_id: int
    requested_by: str
    requested_at: datetime
    decision: str
    decision_title: str
    decided_by: str
    decision_reason: str


def _names(rows: Iterable[Any]) -> dict[int, str]:
    wanted = {row.organisation_id for row in rows}
    return dict(Organisation.objects.filter(pk__in=wanted).values_list("pk", "name")) if wanted else {}


def _held(rows: Sequence[RoleGrant]) -> list[Held]:
    names, titles = _names(rows), roles()
    return [
        Held(
            id=row.pk,
            user_id=row.user_id,
            full_name=row.user.full_name,
            role=row.role,
            title=titles.get(row.role, row.role),
            organisation_id=row.organisation_id,
            organisation_name=names.get(row.organisation_id, ""),
            subtree=row.subtree,
            valid_from=row.valid_from,
            valid_until=row.valid_until,
            ground=row.ground,
            granted_by=row.granted_by.full_name if row.granted_by else "Hệ thống",
            for_name=row.delegated_from.user.full_name if row.delegated_from else "",
        )
        for row in rows
    ]


_WITH = ("user", "granted_by", "delegated_from__user")


def granted(
    actor: Actor, *, on: date, text: str = "", role: str = "", ending: bool = False, page: int = 1
) -> tuple[list[Held], bool]:
    """A page of the roles in force or to come within the reach of a rights office, and whether there are more.
    `ending`: those that end within 30 days, the first first. Two queries."""
    rows = RoleGrant.objects.filter(
        Q(valid_until__isnull=True) | Q(valid_until__gte=on),
        revoked_at__isnull=True,
        organisation_id__in=reach(actor, "directory.rights"),
    )
    if role:
        rows = rows.filter(role=role)
    if text:
        people = folded_filter(StaffMember.objects.filter(in_force(on)), "search_text", text)
        rows = rows.filter(user_id__in=people.values("user_id"))
    rows = rows.filter(valid_until__lte=on + SOON).order_by("valid_until", "pk") if ending else rows.order_by("-pk")
    start = (page - 1) * PAGE_SIZE
    found = list(rows.select_related(*_WITH)[start : start + PAGE_SIZE + 1])
    return _held(found[:PAGE_SIZE]), len(found) > PAGE_SIZE


def grant_in_reach(grant_id: int, actor: Actor) -> Held | None:
    """A grant not revoked yet, within the reach of a rights office. Two queries."""
    rows = RoleGrant.objects.filter(
        pk=grant_id, revoked_at__isnull=True, organisation_id__in=reach(actor, "directory.rights")
    )
    found = list(rows.select_related(*_WITH))
    return _held(found)[0] if found else None


def _asked(rows: Sequence[RoleRequest]) -> list[Asked]:
    names, titles = _names(rows), roles()
    return [
        Asked(
            id=row.pk,
            user_id=row.user_id,
            full_name=row.user.full_name,
            title=titles.get(row.role, row.role),
            organisation_name=names.get(row.organisation_id, ""),
            subtree=row.subtree,
            valid_from=row.valid_from,
            valid_until=row.valid_until,
            ground=row.ground,
            requested_by_id=row.requested_by_id,
            requested_by=row.requested_by.full_name,
            requested_at=row.requested_at,
            decision=row.decision,
            decision_title=row.get_decision_display() if row.decision else "Chờ duyệt",
            decided_by=row.decided_by.full_name if row.decided_by else "",
            decision_reason=row.decision_reason,
        )
        for row in rows
    ]


_ASKED_WITH = ("user", "requested_by", "decided_by")


def waiting_requests(actor: Actor) -> list[Asked]:
    """Requests that a rights office has to decide, the oldest first, at most 200. Two queries."""
    rows = RoleRequest.objects.filter(decision="", organisation_id__in=reach(actor, "directory.decide_role"))
    return _asked(list(rows.select_related(*_ASKED_WITH).order_by("requested_at", "pk")[:SHOWN]))


def request_in_reach(request_id: int, actor: Actor) -> bool:
    return RoleRequest.objects.filter(pk=request_id, organisation_id__in=reach(actor, "directory.decide_role")).exists()


def requests_of(user_id: int) -> list[Asked]:
    """What somebody asked for, for themselves or others: the last twenty. Two queries."""
    rows = RoleRequest.objects.filter(Q(requested_by_id=user_id) | Q(user_id=user_id))
    return _asked(list(rows.select_related(*_ASKED_WITH).order_by("-pk")[:20]))


def own_request(request_id: int, user_id: int) -> bool:
    return RoleRequest.objects.filter(pk=request_id, requested_by_id=user_id).exists()


@dataclass(frozen=True)
class OwnRights:
    """A person's roles, what they were lent and what they lent."""

    own: Sequence[Held]
    lent_to_me: Sequence[Held]
    lent_by_me: Sequence[Held]


def own_rights(user_id: int, *, on: date) -> OwnRights:
    """Four queries."""
    ahead = Q(user_id=user_id) | Q(delegated_from__user_id=user_id)
    rows = RoleGrant.objects.filter(
        ahead, Q(valid_until__isnull=True) | Q(valid_until__gte=on), revoked_at__isnull=True
    )
    found = _held(list(rows.select_related(*_WITH).order_by("valid_from", "pk")[:SHOWN]))
    return OwnRights(
        own=[row for row in found if row.user_id == user_id and not row.for_name],
        lent_to_me=[row for row in found if row.user_id == user_id and row.for_name],
        lent_by_me=[row for row in found if row.user_id != user_id],
    )


def lender_ids(user_id: int, *, on: date) -> dict[int, int]:
    """Lent grant → whom it was lent by, for those usable on a day. One query."""
    rows = lent_grants(on).filter(user_id=user_id)
    return dict(rows.values_list("pk", "delegated_from__user_id"))


def holders_over(
    organisation_ids: Collection[int], role_names: Collection[str], *, on: date, most: int = SHOWN
) -> list[Held]:
    """Everybody who holds one of the roles over one of the organisations on a day, own or lent, with the grant behind
    it, by role and name; at most `most`. Four queries."""
    paths = Organisation.objects.filter(pk__in=organisation_ids).values_list("path", flat=True)
    above = {number for path in paths for number in path_ids(path)}
    where = Q(organisation_id__in=organisation_ids) | Q(organisation_id__in=above, subtree=True)
    wanted = Q(where, role__in=role_names, user__is_active=True)
    found = [
        row
        for grants in (own_grants(on), lent_grants(on))
        for row in grants.filter(wanted).select_related(*_WITH).order_by("role", "user__full_name", "pk")[:most]
    ]
    return _held(found[:most])


def contacts(actor: Actor, on: date) -> list[str]:
    """Whom an officer asks for rights: names of the rights offices over their workplaces, at most three. ≤ 3 queries."""
    places = StaffMember.objects.filter(in_force(on), user_id=actor.user_id or 0)
    paths = list(places.values_list("organisation__path", flat=True))
    above = {number for path in paths for number in path_ids(path)}
    if not above:
        return []
    rows = own_grants(on).filter(
        Q(organisation_id__in=above, subtree=True) | Q(organisation_id__in=places.values("organisation_id")),
        role="rights_admin",
        user__is_active=True,
    )
    return [row.user.full_name for row in rows.select_related("user").order_by("pk")[:3]]


def departures(actor: Actor) -> list[Departure]:
    """Who left or is leaving, the last fifty. One query."""
    rows = Departure.objects.filter(organisation_id__in=reach(actor, "directory.manage_staff"))
    return list(rows.select_related("user", "organisation", "successor", "to_organisation").order_by("-pk")[:50])


def departure(departure_id: int) -> Departure | None:
    """One departure with its people. One query."""
    rows = Departure.objects.select_related("user", "organisation", "successor", "to_organisation", "decided_by")
    return rows.filter(pk=departure_id).first()


def hand_overs_to(user_id: int, *, waiting: bool = False) -> list[Departure]:
    """What somebody takes over, the newest first; `waiting`: only what they have not answered. One query."""
    rows = Departure.objects.filter(successor_id=user_id, cancelled_at__isnull=True)
    if waiting:
        rows = rows.filter(confirmed_at__isnull=True, refused_at__isnull=True)
    return list(rows.select_related("user", "organisation").order_by("-pk")[:20])


def hand_overs_waiting(actor: Actor, now: datetime) -> dict[str, Any]:
    """For the desk: hand-overs that wait for the officer's word; empty when there is none. One query."""
    found = [] if actor.user_id is None else hand_overs_to(actor.user_id, waiting=True)
    return {"hand_overs": found} if found else {}


def officer_named(user_id: int) -> tuple[str, str] | None:
    """(username, full name) of an officer's account. One query, none for 0."""
    rows = User.objects.filter(pk=user_id, kind="officer") if user_id else User.objects.none()
    return rows.values_list("username", "full_name").first()


def units_of(organisation_id: int, *, on: date) -> list[tuple[int, str]]:
    """(number, name) of the inner units of an organisation on a day. One query."""
    rows = Unit.objects.filter(in_force(on), organisation_id=organisation_id)
    return list(rows.order_by("rank", "name").values_list("pk", "name"))


@dataclass(frozen=True)
class PlaceHeld:
    """Where somebody works or worked, and as what."""

    organisation_name: str
    position_title: str
    valid_from: date
    valid_until: date | None

    def held_on(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_until is None or day <= self.valid_until)


def places_of(user_ids: Collection[int]) -> dict[int, list[PlaceHeld]]:
    """Each person → all places they ever had, the highest first. One query."""
    found: dict[int, list[PlaceHeld]] = {}
    rows = StaffMember.objects.filter(user_id__in=user_ids).select_related("organisation", "position")
    for row in rows.order_by("position__rank", "valid_from", "pk"):
        found.setdefault(row.user_id, []).append(
            PlaceHeld(row.organisation.name, row.position.title, row.valid_from, row.valid_until)
        )
    return found


def absences(actor: Actor, now: datetime) -> dict[str, Any]:
    """For the desk: who lent the officer their roles for today; empty when nobody did. One query."""
    if actor.user_id is None:
        return {}
    found = absent_colleagues(actor.user_id, on=now.astimezone(VIETNAM).date())
    found.pop(actor.on_behalf_of or 0, None)
    return {"absent": sorted(found.values())} if found else {}
