"""The door of access. `allow` is the first line of every service; see `rules` for its meaning."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import date, datetime
from typing import cast

from django.db import transaction
from django.db.models import Q

from tinhso.kernel.access.models import RoleGrant, User
from tinhso.kernel.access.rules import (
    NOBODY,
    SYSTEM,
    Actor,
    ActorKind,
    Decision,
    Grant,
    Guarded,
    Permission,
    Refused,
    account_of,
    allow,
    declare,
    declare_role,
    permissions,
    reach,
    require,
    roles,
)

__all__ = [
    "NOBODY",
    "SYSTEM",
    "Actor",
    "ActorKind",
    "Decision",
    "Grant",
    "Guarded",
    "Permission",
    "Refused",
    "User",
    "account_of",
    "actor_of",
    "allow",
    "create_user",
    "declare",
    "declare_role",
    "grant_role",
    "holders",
    "permissions",
    "reach",
    "register_descendants",
    "require",
    "roles",
]

Descendants = Callable[[Collection[int]], Mapping[int, frozenset[int]]]


def _alone(organisation_ids: Collection[int]) -> Mapping[int, frozenset[int]]:
    return {number: frozenset({number}) for number in organisation_ids}


_descendants: Descendants = _alone


def register_descendants(function: Descendants) -> None:
    """The directory tells how an organisation is expanded to itself and all below it."""
    global _descendants
    _descendants = function


def actor_of(user: User, *, on: date) -> Actor:
    """The actor that `user` is on a day, with the grants valid that day. At most two queries."""
    kind = cast(ActorKind, user.kind) if user.is_active else "nobody"
    if kind in ("nobody", "citizen"):
        return Actor(kind=kind, label=user.full_name, user_id=user.pk)
    rows = list(
        RoleGrant.objects.filter(Q(valid_until__isnull=True) | Q(valid_until__gte=on), user=user, valid_from__lte=on)
    )
    below = _descendants({row.organisation_id for row in rows if row.subtree}) if any(r.subtree for r in rows) else {}
    grants = tuple(
        Grant(row.role, below[row.organisation_id] if row.subtree else frozenset({row.organisation_id})) for row in rows
    )
    return Actor(kind=kind, label=user.full_name, user_id=user.pk, grants=grants)


def holders(role: str, *, organisation_ids: Collection[int], above: Collection[int] = (), on: date) -> frozenset[int]:
    """The active users who hold `role` on a day over one of `organisation_ids`: by a grant on it, or by a subtree
    grant on one of `above` (the organisations above them, which the directory knows). One query."""
    on_it = Q(organisation_id__in=organisation_ids) | Q(organisation_id__in=above, subtree=True)
    rows = RoleGrant.objects.filter(
        on_it, Q(valid_until__isnull=True) | Q(valid_until__gte=on), role=role, valid_from__lte=on, user__is_active=True
    )
    return frozenset(rows.values_list("user_id", flat=True))


def create_user(
    *, username: str, full_name: str, kind: str, email: str = "", phone: str = "", password: str | None = None
) -> User:
    """Create an account. Without a password it cannot sign in by password."""
    user = User(username=username, full_name=full_name, kind=kind, email=email, phone=phone)
    user.set_password(password)
    user.save()
    return user


@transaction.atomic
def grant_role(
    *,
    user_id: int,
    role: str,
    organisation_id: int,
    subtree: bool = False,
    valid_from: date,
    valid_until: date | None = None,
    ground: str,
    actor: Actor,
    now: datetime,
) -> int:
    """Give `role` over an organisation. Raises `ValueError` on an unknown role; returns the grant's number."""
    from tinhso.kernel.audit.api import record

    require(actor, "access.grant")
    if role not in roles():
        raise ValueError(f"unknown role {role}")
    grant = RoleGrant.objects.create(
        user_id=user_id,
        role=role,
        organisation_id=organisation_id,
        subtree=subtree,
        valid_from=valid_from,
        valid_until=valid_until,
        ground=ground,
        granted_by_id=actor.user_id,
    )
    record(
        who=actor,
        action="access.grant",
        object_ref=f"user:{user_id}",
        reason=ground,
        after={"role": role, "organisation_id": organisation_id, "subtree": subtree, "valid_from": str(valid_from)},
        now=now,
    )
    return grant.pk
