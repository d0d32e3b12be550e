"""Rights follow the work when organisations are joined, divided or renamed: sets of rows, safe to repeat.

The directory knows who succeeds whom and calls these in its own transactions; nothing here is deleted: what was held
until the eve stays as it was, and goes on over the successor from the day.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta

from django.db.models import Count, Q, QuerySet

from tinhso.kernel.access.models import RoleGrant, RoleRequest
from tinhso.kernel.access.rules import Actor, kept_apart_from, require
from tinhso.kernel.audit.api import Change, record_many


def grants_from(day: date, organisation_ids: Collection[int]) -> QuerySet[RoleGrant]:
    """Grants over these organisations that would still hold on the day."""
    return RoleGrant.objects.filter(
        Q(valid_until__isnull=True) | Q(valid_until__gte=day),
        organisation_id__in=organisation_ids,
        revoked_at__isnull=True,
    )


def open_requests(organisation_ids: Collection[int]) -> QuerySet[RoleRequest]:
    """Roles asked for over these organisations and not decided."""
    return RoleRequest.objects.filter(organisation_id__in=organisation_ids, decision="")


def grants_by_organisation(organisation_ids: Collection[int], *, on: date) -> dict[int, int]:
    """How many grants would still hold on a day, by organisation. One query."""
    rows = grants_from(on, organisation_ids).order_by().values("organisation_id").annotate(number=Count("pk"))
    return {row["organisation_id"]: row["number"] for row in rows}


def holders_by_role(organisation_ids: Collection[int], *, on: date) -> dict[tuple[int, str], int]:
    """(organisation, role) → how many active people would hold it there themselves on a day. One query."""
    rows = grants_from(on, organisation_ids).filter(
        delegated_from__isnull=True, user__is_active=True, valid_from__lte=on
    )
    counted = rows.order_by().values("organisation_id", "role").annotate(number=Count("user", distinct=True))
    return {(row["organisation_id"], row["role"]): row["number"] for row in counted}


def kept_apart_after(successors: Mapping[int, int], *, on: date) -> list[tuple[int, str, int]]:
    """(user, role, successor) where joining would give one person two roles that are kept apart. Two queries."""
    places = set(successors) | set(successors.values())
    held: dict[tuple[int, int], set[str]] = {}
    rows = grants_from(on, places).filter(delegated_from__isnull=True)
    for user_id, role, organisation_id in rows.values_list("user_id", "role", "organisation_id"):
        held.setdefault((user_id, successors.get(organisation_id, organisation_id)), set()).add(role)
    return [
        (user_id, role, organisation_id)
        for (user_id, organisation_id), roles in sorted(held.items())
        for role in sorted(roles)
        if roles & kept_apart_from(role)
    ]


def follow_grants(
    *, successors: Mapping[int, int], day: date, ground: str, limit: int, actor: Actor, now: datetime
) -> int:
    """The next grants over ended organisations go to their successors; returns how many old ones were touched, 0 when
    none is left. A bounded number of queries for any `limit`. Whoever held the role over two that were joined has it once."""
    require(actor, "access.withdraw")
    own = list(
        grants_from(day, successors.keys())
        .filter(delegated_from__isnull=True)
        .select_for_update()
        .order_by("user_id", "pk")[:limit]
    )
    new_of = _carry(own, successors, day, ground, {})
    lent = list(
        grants_from(day, successors.keys())
        .filter(delegated_from__in=[row.pk for row in own])
        .select_for_update()
        .order_by("user_id", "pk")
    )
    if not own:
        # Lent on from a grant that lies elsewhere: it follows alone.
        lent = list(grants_from(day, successors.keys()).select_for_update().order_by("user_id", "pk")[:limit])
    _carry(lent, successors, day, ground, new_of)
    touched = own + lent
    for row in touched:
        if row.valid_from >= day:
            row.revoked_at, row.revoke_reason = now, ground[:500]
        else:
            row.valid_until = day - timedelta(days=1)
    RoleGrant.objects.bulk_update(touched, ["valid_until", "revoked_at", "revoke_reason"], batch_size=500)
    by_user: dict[int, list[int]] = {}
    for row in touched:
        by_user.setdefault(row.user_id, []).append(row.pk)
    record_many(
        who=actor,
        action="access.follow",
        changes=[Change(f"user:{user}", None, {"grants": grants, "day": str(day)}) for user, grants in by_user.items()],
        reason=ground,
        now=now,
    )
    return len(touched)


def _carry(
    rows: list[RoleGrant], successors: Mapping[int, int], day: date, ground: str, lenders: Mapping[int, int]
) -> dict[int, int]:
    """The same rights over the successors. Returns old grant → new grant."""
    wanted: dict[tuple[int, str, int, date, int | None], RoleGrant] = {}
    keys = {}
    for row in rows:
        lender = None if row.delegated_from_id is None else lenders.get(row.delegated_from_id, row.delegated_from_id)
        key = (row.user_id, row.role, successors[row.organisation_id], max(row.valid_from, day), lender)
        keys[row.pk] = key
        held = wanted.get(key)
        if held is None:
            wanted[key] = RoleGrant(
                user_id=key[0], role=key[1], organisation_id=key[2], valid_from=key[3], delegated_from_id=key[4],
                subtree=row.subtree, valid_until=row.valid_until, granted_by_id=row.granted_by_id,
                ground=f"{ground} (kế thừa vai trò được cấp số {row.pk})"[:500],
            )  # fmt: skip
        else:
            _widen(held, row)
    existing = {}
    present = RoleGrant.objects.filter(
        user_id__in={key[0] for key in wanted}, organisation_id__in={key[2] for key in wanted}, revoked_at__isnull=True
    )
    for grant in present:
        key = (grant.user_id, grant.role, grant.organisation_id, grant.valid_from, grant.delegated_from_id)
        if key in wanted:
            before = (grant.subtree, grant.valid_until)
            _widen(grant, wanted.pop(key))
            existing[key] = grant
            if before != (grant.subtree, grant.valid_until):
                grant.save(update_fields=["subtree", "valid_until"])
    RoleGrant.objects.bulk_create(wanted.values(), batch_size=500)
    return {old: (existing[key] if key in existing else wanted[key]).pk for old, key in keys.items()}


def _widen(grant: RoleGrant, other: RoleGrant) -> None:
    grant.subtree = grant.subtree or other.subtree
    if grant.valid_until is not None:
        grant.valid_until = None if other.valid_until is None else max(grant.valid_until, other.valid_until)


def follow_requests(*, successors: Mapping[int, int], ground: str, decided_by: int, now: datetime) -> int:
    """Open requests are for the successor from now on; one that stands there already is withdrawn with the reason."""
    rows = list(open_requests(successors.keys()).select_for_update().order_by("pk"))
    held = set(open_requests(set(successors.values())).values_list("user_id", "role", "organisation_id"))
    for row in rows:
        key = (row.user_id, row.role, successors[row.organisation_id])
        if key in held:
            row.decision, row.decided_at, row.decided_by_id = RoleRequest.Decision.WITHDRAWN, now, decided_by
            row.decision_reason = f"Đã có đề nghị như vậy tại cơ quan kế thừa. {ground}"[:500]
        else:
            held.add(key)
            row.organisation_id = key[2]
    RoleRequest.objects.bulk_update(
        rows, ["organisation_id", "decision", "decided_at", "decided_by", "decision_reason"], batch_size=500
    )
    return len(rows)
