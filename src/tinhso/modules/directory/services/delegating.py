"""Lending one's roles to a colleague while absent: dated, scoped, never further, and visible on everything done under it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta

from django.db import transaction

from tinhso.kernel.access.api import (
    Actor,
    CannotGrant,
    RoleGrant,
    absent_colleagues,
    account_of,
    grant_role,
    own_grants,
    require,
    revoke_grant,
)
from tinhso.kernel.audit.api import record
from tinhso.kernel.clock import VIETNAM
from tinhso.modules.directory.models import StaffMember
from tinhso.modules.directory.queries import in_force

LONGEST = timedelta(days=90)
LENDABLE = frozenset({"leader", "unit_head"})


@transaction.atomic
def delegate(
    *,
    grant_ids: Collection[int],
    to_user_id: int,
    valid_from: date,
    valid_until: date,
    ground: str,
    actor: Actor,
    now: datetime,
) -> list[int]:
    """Lend own grants to a colleague from one day to another, both included. Returns the new grants' numbers.

    Not to oneself, not longer than 90 days, not from the past, not what was lent itself, only to somebody who works at
    one of the lender's own places. Raises `CannotGrant` with the reason.
    """
    require(actor, "access.delegate")
    own_id = account_of(actor)
    today = now.astimezone(VIETNAM).date()
    if actor.on_behalf_of is not None:
        raise CannotGrant("Quyền đang làm thay người khác không được ủy quyền tiếp.")
    if to_user_id == own_id:
        raise CannotGrant("Không ủy quyền cho chính mình được.")
    if valid_from < today:
        raise CannotGrant("Ngày bắt đầu không được trước hôm nay.")
    if valid_until < valid_from:
        raise CannotGrant("Ngày kết thúc phải sau ngày bắt đầu.")
    if valid_until - valid_from >= LONGEST:
        raise CannotGrant(f"Mỗi lần ủy quyền dài nhất {LONGEST.days} ngày.")
    if len(ground.strip()) < 5:
        raise CannotGrant("Ghi căn cứ: giấy ủy quyền, quyết định, lý do vắng mặt.")
    lent = list(own_grants(today).filter(pk__in=grant_ids, user_id=own_id, role__in=LENDABLE).order_by("pk"))
    if not lent or len(lent) != len(set(grant_ids)):
        raise CannotGrant("Chọn ít nhất một vai trò lãnh đạo mà chính bạn đang giữ.")
    places = StaffMember.objects.filter(in_force(today), user_id=own_id).values("organisation_id")
    colleague = StaffMember.objects.filter(
        in_force(today), user_id=to_user_id, organisation_id__in=places, user__is_active=True
    )
    if not colleague.exists():
        raise CannotGrant("Chỉ ủy quyền cho người đang làm việc cùng cơ quan với bạn.")
    if any(grant.valid_until is not None and valid_until > grant.valid_until for grant in lent):
        raise CannotGrant("Không ủy quyền dài hơn thời gian bạn được giữ vai trò.")
    return [
        grant_role(
            user_id=to_user_id,
            role=grant.role,
            organisation_id=grant.organisation_id,
            subtree=grant.subtree,
            valid_from=valid_from,
            valid_until=valid_until,
            ground=ground.strip()[:500],
            delegated_from=grant.pk,
            actor=actor,
            now=now,
        )
        for grant in lent
    ]


@transaction.atomic
def end_delegation(*, grant_id: int, actor: Actor, now: datetime) -> None:
    """Lender or deputy ends it before its day. Raises `CannotGrant`."""
    require(actor, "directory.own_rights")
    if not RoleGrant.objects.filter(pk=grant_id, delegated_from__isnull=False).exists():
        raise CannotGrant("Không có ủy quyền này.")
    revoke_grant(grant_id=grant_id, reason="Kết thúc ủy quyền sớm", actor=actor, now=now)


@transaction.atomic
def begin_acting_for(*, user_id: int, actor: Actor, now: datetime) -> str:
    """The deputy begins to act in the absent one's place; returns the absent one's name. Raises `CannotGrant`."""
    require(actor, "directory.own_rights")
    found = absent_colleagues(account_of(actor), on=now.astimezone(VIETNAM).date())
    if user_id not in found:
        raise CannotGrant("Hiện không có ủy quyền nào của người này cho bạn.")
    record(
        who=actor,
        action="directory.act_for",
        object_ref=f"user:{account_of(actor)}",
        after={"on_behalf_of": user_id},
        now=now,
    )
    return found[user_id]
