"""The door of access. `allow` is the first line of every service; see `rules` for its meaning."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import date, datetime
from typing import cast

from django.db import IntegrityError, transaction
from django.db.models import Case, F, Q, QuerySet, TextField, Value, When
from django.db.models.expressions import Combinable

from tinhso.kernel.access.following import (
    follow_grants,
    follow_requests,
    grants_by_organisation,
    grants_from,
    holders_by_role,
    kept_apart_after,
    open_requests,
)
from tinhso.kernel.access.models import RoleGrant, RoleRequest, User
from tinhso.kernel.access.rules import (
    NOBODY,
    SYSTEM,
    Actor,
    ActorKind,
    Decision,
    Grant,
    Guarded,
    Mandated,
    Permission,
    Refused,
    account_of,
    allow,
    declare,
    declare_apart,
    declare_role,
    explain,
    kept_apart_from,
    may_be_held_by,
    permissions,
    reach,
    require,
    roles,
)
from tinhso.kernel.clock import VIETNAM

__all__ = [
    "NOBODY",
    "SYSTEM",
    "Actor",
    "ActorKind",
    "CannotGrant",
    "Decision",
    "Grant",
    "Guarded",
    "Mandated",
    "Permission",
    "Refused",
    "RoleGrant",
    "RoleRequest",
    "User",
    "absent_colleagues",
    "account_of",
    "actor_of",
    "allow",
    "create_user",
    "deactivate",
    "declare",
    "declare_apart",
    "declare_role",
    "descendants_of",
    "end_sessions",
    "explain",
    "follow_grants",
    "follow_requests",
    "grant_role",
    "grants_by_organisation",
    "grants_from",
    "holders",
    "holders_by_role",
    "kept_apart_after",
    "kept_apart_from",
    "lent_grants",
    "may_be_held_by",
    "open_requests",
    "own_grants",
    "permissions",
    "raise_bell",
    "reach",
    "register_below",
    "register_descendants",
    "register_mandates",
    "register_rights_contacts",
    "register_sessions_ended",
    "require",
    "require_grantable",
    "restore_rights",
    "revoke_grant",
    "rights_contacts",
    "roles",
    "set_bell",
    "withdraw_rights",
]


class CannotGrant(ValueError):
    """The role cannot be given or taken so; the message says why, in Vietnamese. Nothing was changed."""


def _in_force(on: date) -> QuerySet[RoleGrant]:
    return RoleGrant.objects.filter(
        Q(valid_until__isnull=True) | Q(valid_until__gte=on), valid_from__lte=on, revoked_at__isnull=True
    )


def own_grants(on: date) -> QuerySet[RoleGrant]:
    """Grants that hold on a day in their holder's own right."""
    return _in_force(on).filter(delegated_from__isnull=True)


def lent_grants(on: date) -> QuerySet[RoleGrant]:
    """Grants held on a day in the absence of another; only while the lender's own holds."""
    return _in_force(on).filter(
        Q(delegated_from__valid_until__isnull=True) | Q(delegated_from__valid_until__gte=on),
        delegated_from__valid_from__lte=on,
        delegated_from__revoked_at__isnull=True,
        delegated_from__user__is_active=True,
    )


Descendants = Callable[[Collection[int]], Mapping[int, frozenset[int]]]


def _alone(organisation_ids: Collection[int]) -> Mapping[int, frozenset[int]]:
    return {number: frozenset({number}) for number in organisation_ids}


_descendants: Descendants = _alone


def register_descendants(function: Descendants) -> None:
    """The directory tells how an organisation is expanded to itself and all below it."""
    global _descendants
    _descendants = function


_below: Callable[[], Combinable] | None = None


def register_below(expression: Callable[[], Combinable]) -> None:
    """The directory tells how the same is asked within the query of the grants: the numbers with commas between them,
    for a row with `organisation_id`."""
    global _below
    _below = expression


def _with_below(rows: QuerySet[RoleGrant]) -> QuerySet[RoleGrant]:
    """Each grant over a subtree with `below`, so that rights cost one query whatever they cover."""
    if _below is None:
        return rows
    return rows.annotate(below=Case(When(subtree=True, then=_below()), default=Value(""), output_field=TextField()))


Contacts = Callable[[Actor, date], list[str]]
_contacts: Contacts | None = None


def register_rights_contacts(function: Contacts) -> None:
    """The directory tells whom an officer asks for rights: names with their workplace."""
    global _contacts
    _contacts = function


def rights_contacts(actor: Actor, *, on: date) -> list[str]:
    """Whom to ask when refused; empty when not known."""
    return _contacts(actor, on) if _contacts is not None else []


Mandates = Callable[[int, int, date], Mandated | None]
_mandates: Mandates | None = None


def register_mandates(function: Mandates) -> None:
    """The module of accounts tells whether a mandate (holder, number, day) is in force."""
    global _mandates
    _mandates = function


def actor_of(user: User, *, on: date, acting_for: int | None = None) -> Actor:
    """The actor that `user` is on a day, with the grants valid that day. One query.

    `acting_for`: the person whose absence is filled. Then the actor has the grants lent by them and no other; when
    nothing is lent any more, the actor is simply the user again (one more query, once). For a citizen it is the number of
    the mandate under which they act; once that has ended they are themselves again.
    """
    kind = cast(ActorKind, user.kind) if user.is_active else "nobody"
    if kind == "citizen" and acting_for is not None and _mandates is not None:
        mandate = _mandates(user.pk, acting_for, on)
        if mandate is not None:
            label = f"{user.full_name} (thay mặt {mandate.principal_name})"
            return Actor("citizen", label, user.pk, on_behalf_of=mandate.principal_id, mandate=mandate)
    if kind in ("nobody", "citizen"):
        return Actor(kind=kind, label=user.full_name, user_id=user.pk)
    if acting_for is None:
        return Actor(kind, user.full_name, user.pk, _expanded(list(_with_below(own_grants(on).filter(user=user)))))
    rows = lent_grants(on).filter(user=user, delegated_from__user_id=acting_for)
    lent = list(_with_below(rows).select_related("delegated_from__user"))
    if not lent:
        return actor_of(user, on=on)
    absent = cast(RoleGrant, lent[0].delegated_from).user
    label = f"{user.full_name} (thừa ủy quyền của {absent.full_name})"
    return Actor(kind, label, user.pk, _expanded(lent), on_behalf_of=absent.pk)


def _expanded(rows: list[RoleGrant]) -> tuple[Grant, ...]:
    if any(hasattr(row, "below") for row in rows):
        wide = {row.organisation_id: _numbers(row) for row in rows if row.subtree}
    else:
        wide = dict(_descendants({row.organisation_id for row in rows if row.subtree}))
    return tuple(
        Grant(row.role, wide[row.organisation_id] if row.subtree else frozenset({row.organisation_id})) for row in rows
    )


def _numbers(row: RoleGrant) -> frozenset[int]:
    below: str = getattr(row, "below", "") or ""
    return frozenset({row.organisation_id, *map(int, below.split(",") if below else ())})


def descendants_of(organisation_ids: Collection[int]) -> Mapping[int, frozenset[int]]:
    """Each organisation → itself and all below, as the directory tells."""
    return _descendants(organisation_ids)


def absent_colleagues(user_id: int, *, on: date) -> dict[int, str]:
    """Whom the user may act for on a day: user number → full name. One query."""
    rows = lent_grants(on).filter(user_id=user_id)
    return dict(rows.values_list("delegated_from__user_id", "delegated_from__user__full_name"))


def holders(role: str, *, organisation_ids: Collection[int], above: Collection[int] = (), on: date) -> frozenset[int]:
    """The active users who hold `role` themselves on a day over one of `organisation_ids`: by a grant on it, or by a
    subtree grant on one of `above` (the organisations above them, which the directory knows). One query."""
    on_it = Q(organisation_id__in=organisation_ids) | Q(organisation_id__in=above, subtree=True)
    rows = own_grants(on).filter(on_it, role=role, user__is_active=True)
    return frozenset(rows.values_list("user_id", flat=True))


def create_user(
    *, username: str, full_name: str, kind: str, email: str = "", phone: str = "", password: str | None = None
) -> User:
    """Create an account. Without a password it cannot sign in by password."""
    user = User(username=username, full_name=full_name, kind=kind, email=email, phone=phone)
    user.set_password(password)
    user.save()
    return user


SessionsEnded = Callable[[int], None]
_sessions_ended: SessionsEnded | None = None


def register_sessions_ended(function: SessionsEnded) -> None:
    """The module of accounts forgets the sessions of a user and tells other systems, in the same transaction."""
    global _sessions_ended
    _sessions_ended = function


def end_sessions(user_id: int) -> None:
    """Every session of the account ends at its next request, on all devices, and in the systems signed in through it."""
    User.objects.filter(pk=user_id).update(session_epoch=F("session_epoch") + 1)
    if _sessions_ended is not None:
        _sessions_ended(user_id)


def raise_bell(user_ids: Collection[int], *, by: int = 1) -> None:
    """Each of these accounts has so many more notices that are not read. One query."""
    User.objects.filter(pk__in=user_ids).update(unread_notices=F("unread_notices") + by)


def set_bell(user_id: int, count: int) -> None:
    """So many notices of the account are not read. One query."""
    User.objects.filter(pk=user_id).update(unread_notices=count)


def deactivate(user_id: int) -> None:
    """The account stays with all that it did, and can no longer be used; its sessions end."""
    User.objects.filter(pk=user_id).update(is_active=False)
    end_sessions(user_id)


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
    delegated_from: int | None = None,
    actor: Actor,
    now: datetime,
) -> int:
    """Give `role` over an organisation; returns the grant's number. Raises `ValueError` on an unknown role,
    `CannotGrant` where duties are kept apart, the account's kind may not hold the role, or one gives to oneself.

    `delegated_from`: the grant that is lent; asks "access.delegate" instead of "access.grant".
    """
    from tinhso.kernel.audit.api import record

    require(actor, "access.grant" if delegated_from is None else "access.delegate")
    if role not in roles():
        raise ValueError(f"unknown role {role}")
    if actor.user_id is not None and actor.user_id == user_id:
        raise CannotGrant("Không ai được tự cấp quyền cho mình.")
    # The row of the account is the lock: two grants at once cannot join what is kept apart.
    user = User.objects.select_for_update().get(pk=user_id)
    require_grantable(user, role, organisation_id, subtree, valid_from, valid_until)
    try:
        with transaction.atomic():
            grant = RoleGrant.objects.create(
                user_id=user_id,
                role=role,
                organisation_id=organisation_id,
                subtree=subtree,
                valid_from=valid_from,
                valid_until=valid_until,
                ground=ground,
                granted_by_id=actor.user_id,
                delegated_from_id=delegated_from,
            )
    except IntegrityError as error:
        raise CannotGrant("Người này đã có vai trò đó tại cơ quan, cùng ngày bắt đầu.") from error
    record(
        who=actor,
        action="access.grant" if delegated_from is None else "access.delegate",
        object_ref=f"user:{user_id}",
        reason=ground,
        after={
            "grant": grant.pk,
            "role": role,
            "organisation_id": organisation_id,
            "subtree": subtree,
            "valid_from": str(valid_from),
            "valid_until": str(valid_until) if valid_until else None,
            "delegated_from": delegated_from,
        },
        now=now,
    )
    return grant.pk


def require_grantable(
    user: User, role: str, organisation_id: int, subtree: bool, valid_from: date, valid_until: date | None
) -> None:
    """Raise `CannotGrant` where the account's kind may not hold the role, or duties are kept apart. Two queries at
    most; none for a role that is kept apart from no other."""
    if not may_be_held_by(role, user.kind):
        raise CannotGrant(f"Tài khoản loại «{user.get_kind_display()}» không được giữ vai trò «{roles()[role]}».")
    others = kept_apart_from(role)
    if not others:
        return
    rows = RoleGrant.objects.filter(
        Q(valid_until__isnull=True) | Q(valid_until__gte=valid_from),
        user_id=user.pk,
        role__in=others,
        revoked_at__isnull=True,
    )
    if valid_until is not None:
        rows = rows.filter(valid_from__lte=valid_until)
    held = list(rows)
    if not held:
        return
    below = _descendants({r.organisation_id for r in held if r.subtree} | ({organisation_id} if subtree else set()))
    asked = below[organisation_id] if subtree else frozenset({organisation_id})
    for row in held:
        if asked & (below[row.organisation_id] if row.subtree else {row.organisation_id}):
            raise CannotGrant(
                f"Người này đang giữ vai trò «{roles()[row.role]}»: không được kiêm «{roles()[role]}» tại cùng cơ quan "
                "(nguyên tắc tách bạch trách nhiệm)."
            )


@transaction.atomic
def revoke_grant(*, grant_id: int, reason: str, actor: Actor, now: datetime) -> None:
    """End a grant at once, and what was lent from it. The rights office needs "access.grant"; the holder may give
    back what they lent or were lent. Raises `CannotGrant` when it has ended already or no reason is given."""
    from tinhso.kernel.audit.api import record

    grant = RoleGrant.objects.select_for_update().filter(pk=grant_id).first()
    if grant is None:
        raise CannotGrant("Không có vai trò được cấp này.")
    lender = grant.delegated_from.user_id if grant.delegated_from else None
    if actor.user_id is None or actor.user_id not in (lender, grant.user_id if lender else None):
        require(actor, "access.grant")
    if grant.revoked_at is not None:
        raise CannotGrant("Vai trò này đã được thu hồi trước đó.")
    if len(reason.strip()) < 5:
        raise CannotGrant("Ghi rõ lý do thu hồi.")
    ended = RoleGrant.objects.filter(Q(pk=grant_id) | Q(delegated_from_id=grant_id), revoked_at__isnull=True)
    for row in list(ended.order_by("user_id", "pk")):
        row.revoked_at, row.revoked_by_id, row.revoke_reason = now, actor.user_id, reason.strip()[:500]
        row.save(update_fields=["revoked_at", "revoked_by", "revoke_reason"])
        record(
            who=actor,
            action="access.revoke",
            object_ref=f"user:{row.user_id}",
            reason=reason,
            before={"grant": row.pk, "role": row.role, "organisation_id": row.organisation_id},
            now=now,
        )


@transaction.atomic
def withdraw_rights(
    *, user_id: int, keep_organisation_ids: Collection[int], last_day: date, reason: str, actor: Actor, now: datetime
) -> dict[int, date | None]:
    """Somebody leaves a place: their grants, own and lent, over other organisations than those to keep end with
    `last_day`; what would only begin later is revoked. Returns each touched grant with the end that it had before."""
    from tinhso.kernel.audit.api import record

    require(actor, "access.withdraw")
    rows = RoleGrant.objects.filter(
        Q(valid_until__isnull=True) | Q(valid_until__gt=last_day), user_id=user_id, revoked_at__isnull=True
    )
    touched = list(rows.exclude(organisation_id__in=keep_organisation_ids).order_by("pk"))
    before = {row.pk: row.valid_until for row in touched}
    for row in touched:
        if row.valid_from > last_day:
            row.revoked_at, row.revoked_by_id, row.revoke_reason = now, actor.user_id, reason[:500]
        else:
            row.valid_until = last_day
        row.save(update_fields=["valid_until", "revoked_at", "revoked_by", "revoke_reason"])
    if touched:
        record(
            who=actor,
            action="access.withdraw",
            object_ref=f"user:{user_id}",
            reason=reason,
            after={"grants": [row.pk for row in touched], "last_day": str(last_day)},
            now=now,
        )
    return before


@transaction.atomic
def restore_rights(*, ends: Mapping[int, date | None], user_id: int, reason: str, actor: Actor, now: datetime) -> int:
    """Take back `withdraw_rights` before its day: the grants of a person get the ends that they had. What was changed
    since then by somebody else is left as it is. Returns how many were restored."""
    from tinhso.kernel.audit.api import record

    require(actor, "access.withdraw")
    today = now.astimezone(VIETNAM).date()
    rows = list(
        RoleGrant.objects.select_for_update()
        .filter(pk__in=ends, user_id=user_id, valid_until__gte=today, revoked_at__isnull=True)
        .order_by("pk")
    )
    for row in rows:
        row.valid_until = ends[row.pk]
        row.save(update_fields=["valid_until"])
    if rows:
        record(
            who=actor, action="access.restore", object_ref=f"user:{user_id}", reason=reason,
            after={"grants": [row.pk for row in rows]}, now=now,
        )  # fmt: skip
    return len(rows)
