"""Who could do a step of a route: which roles are held where, for many organisations at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import date

from django.db.models import Q

from tinhso.kernel.access.api import own_grants
from tinhso.modules.directory.models import Organisation, StaffMember
from tinhso.modules.directory.queries import in_force
from tinhso.modules.directory.rules import path_ids

StaffedRoles = dict[int, dict[str, frozenset[str]]]


def staffed_roles(organisation_ids: Collection[int], roles: Collection[str], *, on: date) -> StaffedRoles:
    """Organisation → role → names of the units in which somebody of its staff holds it ("" for no unit). Three queries."""
    wanted = set(organisation_ids)
    above = {
        pk: frozenset(path_ids(path))
        for pk, path in Organisation.objects.filter(pk__in=wanted).values_list("pk", "path")
    }
    grants = own_grants(on).filter(
        Q(organisation_id__in=wanted) | Q(organisation_id__in=frozenset().union(*above.values()), subtree=True),
        role__in=set(roles),
        user__is_active=True,
    )
    held: dict[int, list[tuple[str, int, bool]]] = defaultdict(list)
    for user_id, role, organisation_id, subtree in grants.values_list("user_id", "role", "organisation_id", "subtree"):
        held[user_id].append((role, organisation_id, subtree))
    found: dict[int, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    staff = StaffMember.objects.filter(in_force(on), organisation_id__in=wanted, user_id__in=held)
    for user_id, organisation_id, unit in staff.values_list("user_id", "organisation_id", "unit__name"):
        for role, over, subtree in held[user_id]:
            if over == organisation_id or (subtree and over in above[organisation_id]):
                found[organisation_id][role].add(unit or "")
    return {number: {role: frozenset(units) for role, units in by_role.items()} for number, by_role in found.items()}
