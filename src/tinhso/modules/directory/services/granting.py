"""Roles are asked for, and given by another person; taken back with a reason. Every step leaves a line in the trail."""

from __future__ import annotations

from datetime import date, datetime

from django.db import IntegrityError, transaction

from tinhso.kernel.access.api import (
    Actor,
    CannotGrant,
    Refused,
    RoleGrant,
    RoleRequest,
    User,
    account_of,
    grant_role,
    require,
    require_grantable,
    revoke_grant,
    roles,
)
from tinhso.kernel.audit.api import record
from tinhso.kernel.clock import VIETNAM
from tinhso.modules.directory.models import Organisation, StaffMember
from tinhso.modules.directory.queries import in_force

GROUND_MIN = 5


@transaction.atomic
def request_role(
    *,
    user_id: int,
    role: str,
    organisation_id: int,
    subtree: bool,
    valid_from: date,
    valid_until: date | None,
    ground: str,
    actor: Actor,
    now: datetime,
) -> int:
    """Ask for a role for oneself, or (heads, leaders, administrators of staff) for one's people. Returns the request's
    number. Raises `CannotGrant` with the reason."""
    require(actor, "directory.request_role")
    organisation = Organisation.objects.filter(pk=organisation_id).first()
    if organisation is None:
        raise CannotGrant("Không có cơ quan này.")
    if user_id != actor.user_id:
        require(actor, "directory.request_role_for", organisation)
    if role not in roles():
        raise CannotGrant("Chọn một vai trò trong danh sách.")
    if len(ground.strip()) < GROUND_MIN:
        raise CannotGrant("Ghi căn cứ: số quyết định, phân công nhiệm vụ.")
    today = now.astimezone(VIETNAM).date()
    if valid_from < today:
        raise CannotGrant("Ngày bắt đầu không được trước hôm nay.")
    if valid_until is not None and valid_until < valid_from:
        raise CannotGrant("Ngày kết thúc phải sau ngày bắt đầu.")
    user = User.objects.filter(pk=user_id, is_active=True).first()
    # A connected system works nowhere; its roles are declared for systems only.
    at_work = user is not None and user.kind == User.Kind.SERVICE
    if user is None or not (at_work or StaffMember.objects.filter(in_force(today), user_id=user_id).exists()):
        raise CannotGrant("Người này hiện không làm việc tại cơ quan nào trong danh bạ.")
    require_grantable(user, role, organisation_id, subtree, valid_from, valid_until)
    try:
        with transaction.atomic():
            asked = RoleRequest.objects.create(
                user_id=user_id,
                role=role,
                organisation_id=organisation_id,
                subtree=subtree,
                valid_from=valid_from,
                valid_until=valid_until,
                ground=ground.strip()[:500],
                requested_by_id=account_of(actor),
                requested_at=now,
            )
    except IntegrityError as error:
        raise CannotGrant("Đã có một đề nghị như vậy đang chờ duyệt.") from error
    record(
        who=actor,
        action="directory.request_role",
        object_ref=f"user:{user_id}",
        reason=asked.ground,
        after={"request": asked.pk, "role": role, "organisation_id": organisation_id, "subtree": subtree},
        now=now,
    )
    return asked.pk


def _open_request(request_id: int) -> RoleRequest:
    asked = RoleRequest.objects.select_for_update().filter(pk=request_id).first()
    if asked is None:
        raise CannotGrant("Không có đề nghị này.")
    if asked.decision:
        raise CannotGrant(f"Đề nghị này đã được quyết định: {asked.get_decision_display().lower()}.")
    return asked


@transaction.atomic
def decide(*, request_id: int, approve: bool, reason: str, actor: Actor, now: datetime) -> int | None:
    """Approve (returns the grant's number) or refuse a request. Neither who asked nor who is to get it may approve.
    Raises `CannotGrant`."""
    asked = _open_request(request_id)
    require(actor, "directory.decide_role", Organisation.objects.get(pk=asked.organisation_id))
    if approve and account_of(actor) in (asked.requested_by_id, asked.user_id):
        raise CannotGrant(
            "Không ai được duyệt đề nghị của chính mình hoặc cho chính mình. Cần một người quản trị quyền khác."
        )
    if not approve and len(reason.strip()) < GROUND_MIN:
        raise CannotGrant("Ghi lý do không duyệt để người đề nghị biết.")
    grant_id = None
    if approve:
        today = now.astimezone(VIETNAM).date()
        if asked.valid_until is not None and asked.valid_until < today:
            raise CannotGrant("Thời gian đề nghị đã qua. Hãy không duyệt và đề nghị lại.")
        grant_id = grant_role(
            user_id=asked.user_id,
            role=asked.role,
            organisation_id=asked.organisation_id,
            subtree=asked.subtree,
            valid_from=asked.valid_from,
            valid_until=asked.valid_until,
            ground=asked.ground,
            actor=actor,
            now=now,
        )
    _close(asked, "approved" if approve else "refused", reason, actor, now, grant_id)
    return grant_id


@transaction.atomic
def withdraw_request(*, request_id: int, actor: Actor, now: datetime) -> None:
    """Who asked takes the request back. Raises `CannotGrant`."""
    require(actor, "directory.request_role")
    asked = _open_request(request_id)
    if asked.requested_by_id != account_of(actor):
        raise Refused("Chỉ người đề nghị được rút đề nghị.", permission="directory.request_role")
    _close(asked, "withdrawn", "", actor, now, None)


def _close(asked: RoleRequest, decision: str, reason: str, actor: Actor, now: datetime, grant_id: int | None) -> None:
    asked.decision = decision
    asked.decided_by_id, asked.decided_at = account_of(actor), now
    asked.decision_reason = reason.strip()[:500]
    asked.grant_id = grant_id
    asked.save(update_fields=["decision", "decided_by", "decided_at", "decision_reason", "grant"])
    record(
        who=actor,
        action="directory.decide_role",
        object_ref=f"user:{asked.user_id}",
        reason=asked.decision_reason,
        after={"request": asked.pk, "decision": decision, "grant": grant_id},
        now=now,
    )


@transaction.atomic
def revoke(*, grant_id: int, reason: str, actor: Actor, now: datetime) -> None:
    """The rights office ends a grant within its reach, at once. Raises `CannotGrant`."""
    grant = RoleGrant.objects.filter(pk=grant_id).first()
    if grant is None:
        raise CannotGrant("Không có vai trò được cấp này.")
    require(actor, "directory.decide_role", Organisation.objects.get(pk=grant.organisation_id))
    revoke_grant(grant_id=grant_id, reason=reason, actor=actor, now=now)
