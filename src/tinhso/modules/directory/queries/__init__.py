"""What is read of the directory, each in a bounded number of queries."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import fields
from datetime import date
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import CharField, Func, OuterRef, Q, QuerySet, Subquery, TextField, Value
from django.db.models.functions import Cast, Concat, Length

from tinhso.kernel.access.api import Actor, holders, reach
from tinhso.kernel.text import fold
from tinhso.modules.directory.models import Organisation, Position, StaffMember, Succession, Unit
from tinhso.modules.directory.rules import OrganisationInfo, StaffInfo, path_ids
from tinhso.modules.directory.rules.checking import Known, KnownOrganisation, KnownUser, Period


def in_force(on: date, prefix: str = "") -> Q:
    """The condition "holds on this day" for any dated table (`prefix` such as "organisation__")."""
    return Q(**{f"{prefix}valid_from__lte": on}) & (
        Q(**{f"{prefix}valid_until__isnull": True}) | Q(**{f"{prefix}valid_until__gte": on})
    )


# Read as tuples: for the whole province, models would cost more than the query.
_INFO = tuple(one.name for one in fields(OrganisationInfo))


def infos(rows: QuerySet[Organisation]) -> list[OrganisationInfo]:
    return [OrganisationInfo(*values) for values in rows.values_list(*_INFO)]


def info_of(row: Organisation) -> OrganisationInfo:
    return OrganisationInfo(
        id=row.pk,
        code=row.code,
        name=row.name,
        short_name=row.short_name,
        level=row.level,
        kind=row.kind,
        parent_id=row.parent_id,
        path=row.path,
        admin_unit_code=row.admin_unit_code,
        address=row.address,
        phone=row.phone,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
    )


def organisation(organisation_id: int) -> OrganisationInfo | None:
    row = Organisation.objects.filter(pk=organisation_id).first()
    return info_of(row) if row else None


def organisations_by_id(organisation_ids: Collection[int]) -> dict[int, OrganisationInfo]:
    return {one.id: one for one in infos(Organisation.objects.filter(pk__in=set(organisation_ids)))}


def organisations_by_codes(codes: Collection[str]) -> list[OrganisationInfo]:
    rows = Organisation.objects.filter(code__in=set(codes)).order_by("code", "valid_from")
    return infos(rows)


def organisation_by_code(code: str, on: date | None) -> OrganisationInfo | None:
    rows = Organisation.objects.filter(code=code)
    if on is not None:
        rows = rows.filter(in_force(on))
    row = rows.order_by("-valid_from").first()
    return info_of(row) if row else None


def organisations(
    *, on: date, level: str | None, kind: str | None, parent_id: int | None = None
) -> list[OrganisationInfo]:
    rows = Organisation.objects.filter(in_force(on))
    if level is not None:
        rows = rows.filter(level=level)
    if kind is not None:
        rows = rows.filter(kind=kind)
    if parent_id is not None:
        rows = rows.filter(parent_id=parent_id)
    return infos(rows.order_by("sort_key", "pk"))


def descendant_ids(organisation_ids: Collection[int]) -> dict[int, frozenset[int]]:
    """Each asked organisation → itself and all that ever stood below it. One query."""
    wanted = set(organisation_ids)
    found: dict[int, set[int]] = {number: {number} for number in wanted}
    if wanted:
        below = Q()
        for number in wanted:
            below |= Q(path__contains=f"/{number}/")
        for number, path in Organisation.objects.filter(below).values_list("pk", "path"):
            for ancestor in wanted.intersection(path_ids(path)):
                found[ancestor].add(number)
    return {number: frozenset(members) for number, members in found.items()}


class _Joined(Func):
    """All numbers of a subquery in one text, with commas."""

    function = "GROUP_CONCAT"
    output_field = TextField()

    def as_postgresql(self, compiler: Any, connection: Any, **more: Any) -> Any:
        return self.as_sql(compiler, connection, template="STRING_AGG((%(expressions)s)::text, ',')", **more)


def below_expression() -> Subquery:
    """For a row with `organisation_id`: the numbers of that organisation and of all that ever stood below it."""
    mark = Concat(Value("/"), Cast(OuterRef("organisation_id"), CharField()), Value("/"))
    return Subquery(
        Organisation.objects.filter(path__contains=mark).order_by().annotate(joined=_Joined("pk")).values("joined"),
        output_field=TextField(),
    )


def centre_of(organisation_id: int, on: date) -> OrganisationInfo | None:
    """The nearest public service centre: the organisation's own, or that of the first one above it. Two queries.

    One that serves a commune never answers for the commune's neighbours: only centres directly below the
    organisation or below those on its path are looked at.
    """
    row = Organisation.objects.filter(pk=organisation_id).first()
    if row is None:
        return None
    if row.kind == "public_service_centre":
        return info_of(row)
    centre = (
        Organisation.objects.filter(in_force(on), kind="public_service_centre", parent_id__in=path_ids(row.path))
        .order_by(Length("path").desc(), "sort_key", "pk")
        .first()
    )
    return info_of(centre) if centre else None


def successors_of(organisation_id: int, on: date) -> list[OrganisationInfo]:
    """Who carries on the work on a day, following chains of successions; the organisation itself while it lasts."""
    chains: dict[int, list[tuple[int, date]]] = {}
    rows = Succession.objects.filter(effective_date__lte=on).values_list(
        "predecessor_id", "successor_id", "effective_date"
    )
    for predecessor, successor, effective in rows:
        chains.setdefault(predecessor, []).append((successor, effective))
    reached: dict[int, None] = {}
    ahead = [organisation_id]
    while ahead:
        number = ahead.pop(0)
        if number not in reached:
            reached[number] = None
            ahead.extend(successor for successor, _ in chains.get(number, ()))
    alive = {row.pk: row for row in Organisation.objects.filter(in_force(on), pk__in=reached)}
    if organisation_id in alive:
        return [info_of(alive[organisation_id])]
    return [info_of(alive[number]) for number in reached if number in alive]


def heirs_of(organisation_ids: Collection[int]) -> frozenset[int]:
    return _reached(organisation_ids, "predecessor_id", "successor_id")


def predecessors_of(organisation_ids: Collection[int]) -> frozenset[int]:
    return _reached(organisation_ids, "successor_id", "predecessor_id")


def _reached(start: Collection[int], near: str, far: str) -> frozenset[int]:
    """All that successions lead to, without the start. One query for each link of the longest chain, and one."""
    reached = frozenset(start)
    ahead = reached
    while ahead:
        steps = Succession.objects.filter(predecessor__valid_until__isnull=False, **{f"{near}__in": ahead})
        ahead = frozenset(steps.values_list(far, flat=True)) - reached
        reached |= ahead
    return reached - frozenset(start)


def former_names(organisation_ids: Collection[int], on: date) -> dict[int, tuple[str, ...]]:
    """Each organisation → the names of those whose work it carries on, for people who know only the old name. One query."""
    found: dict[int, list[str]] = {}
    rows = Succession.objects.filter(successor_id__in=set(organisation_ids), effective_date__lte=on)
    for number, name in rows.order_by("predecessor__sort_key").values_list("successor_id", "predecessor__name"):
        found.setdefault(number, []).append(name)
    return {number: tuple(names) for number, names in found.items()}


def _staff(on: date) -> QuerySet[StaffMember]:
    return StaffMember.objects.filter(in_force(on), user__is_active=True).select_related("user", "unit", "position")


def staff_info_of(row: StaffMember) -> StaffInfo:
    return StaffInfo(
        user_id=row.user_id,
        full_name=row.user.full_name,
        position_title=row.position.title,
        unit_id=row.unit_id,
        unit_name=row.unit.name if row.unit else "",
        organisation_id=row.organisation_id,
    )


def colleagues(organisation_id: int, *, role: str | None, on: date, unit_id: int | None = None) -> list[StaffInfo]:
    """Staff of one organisation, by given name. With `role`: those who hold it over the organisation. ≤ 3 queries."""
    rows = _staff(on).filter(organisation_id=organisation_id)
    if unit_id is not None:
        rows = rows.filter(unit_id=unit_id)
    if role is not None:
        path = Organisation.objects.filter(pk=organisation_id).values_list("path", flat=True).first() or ""
        rows = rows.filter(user_id__in=holders(role, organisation_ids=(organisation_id,), above=path_ids(path), on=on))
    return [staff_info_of(row) for row in rows.order_by("sort_key", "pk")]


def appointments_of_user(user_id: int, on: date) -> list[StaffInfo]:
    rows = _staff(on).filter(user_id=user_id)
    return [staff_info_of(row) for row in rows.order_by("position__rank", "valid_from", "pk")]


def places_of_users(user_ids: Collection[int], on: date) -> dict[int, frozenset[int]]:
    found: dict[int, set[int]] = {}
    rows = _staff(on).filter(user_id__in=set(user_ids))
    for user_id, organisation_id in rows.values_list("user_id", "organisation_id"):
        found.setdefault(user_id, set()).add(organisation_id)
    return {user_id: frozenset(places) for user_id, places in found.items()}


def known_to_import(codes: Collection[str], usernames: Collection[str], actor: Actor) -> Known:
    """What the directory holds of the codes and accounts that a file mentions. Six queries."""
    organisations: dict[str, list[KnownOrganisation]] = {}
    ids: set[int] = set()
    for number, code, valid_from, valid_until in Organisation.objects.filter(code__in=codes).values_list(
        "pk", "code", "valid_from", "valid_until"
    ):
        organisations.setdefault(code, []).append(KnownOrganisation(number, valid_from, valid_until))
        ids.add(number)
    user_model: Any = get_user_model()
    users = {
        username: KnownUser(number, full_name, kind)
        for number, username, full_name, kind in user_model.objects.filter(username__in=usernames).values_list(
            "pk", "username", "full_name", "kind"
        )
    }
    places: dict[tuple[str, int], list[Period]] = {}
    for username, number, valid_from, valid_until in StaffMember.objects.filter(
        organisation_id__in=ids, user__username__in=usernames
    ).values_list("user__username", "organisation_id", "valid_from", "valid_until"):
        places.setdefault((username, number), []).append((valid_from, valid_until))
    units = {
        (number, fold(name))
        for number, name in Unit.objects.filter(organisation_id__in=ids, valid_until__isnull=True).values_list(
            "organisation_id", "name"
        )
    }
    return Known(
        organisations=organisations,
        users=users,
        places=places,
        units=units,
        positions={fold(title) for title in Position.objects.values_list("title", flat=True)},
        reach=reach(actor, "directory.import"),
        empty=not Organisation.objects.exists(),
    )
