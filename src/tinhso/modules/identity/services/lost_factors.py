"""A lost second factor: who knows the person asks, another decides. The owner hears of both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from allauth.mfa.models import Authenticator
from django.db import transaction

from tinhso.kernel.access.api import Actor, User, account_of, end_sessions, reach, require
from tinhso.kernel.audit.api import record
from tinhso.kernel.clock import VIETNAM
from tinhso.kernel.events.api import publish
from tinhso.modules.directory import api as directory
from tinhso.modules.identity.events import SecondFactorRemovalAsked, SecondFactorRemoved
from tinhso.modules.identity.models import FactorRemoval
from tinhso.modules.identity.rules import clean_text

ASK, DECIDE = "identity.ask_factor_removal", "identity.decide_factor_removal"
GROUND_MIN, SHOWN = 10, 50


class CannotRemoveFactor(ValueError):
    """The request or the decision cannot be made; the message says why. Nothing was changed."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


def _reaches(actor: Actor, permission: str, user_id: int, now: datetime) -> bool:
    """Does the actor's role cover a place where the person works?"""
    places = directory.places_of_users([user_id], now.astimezone(VIETNAM).date())
    return bool(places.get(user_id, frozenset()) & reach(actor, permission))


@transaction.atomic
def ask_factor_removal(*, username: str, ground: str, actor: Actor, now: datetime) -> int:
    """Ask that the second factor of an officer be removed. `ground`: how it was made sure who asks. Returns its number."""
    require(actor, ASK)
    ground = clean_text(ground)
    user = User.objects.filter(username=clean_text(username).lower(), is_active=True).exclude(kind="citizen").first()
    # Somebody out of reach looks like nobody.
    if user is None or not _reaches(actor, ASK, user.pk, now):
        raise CannotRemoveFactor("Không có cán bộ nào mang tên đăng nhập này trong phạm vi của bạn.", "username")
    if user.pk in (account_of(actor), actor.on_behalf_of):
        raise CannotRemoveFactor("Không tự đề nghị cho chính mình được; nhờ người khác cùng vai trò.", "username")
    if not GROUND_MIN <= len(ground) <= 500:
        raise CannotRemoveFactor("Ghi đã xác minh người đề nghị thế nào, theo giấy tờ nào; ít nhất 10 ký tự.", "ground")
    if not Authenticator.objects.filter(user=user).exists():
        raise CannotRemoveFactor("Tài khoản này không bật xác thực hai lớp.", "username")
    if FactorRemoval.objects.filter(user=user, state=FactorRemoval.State.WAITING).exists():
        raise CannotRemoveFactor("Đã có đề nghị cho tài khoản này, đang chờ quyết định.", "username")
    row = FactorRemoval.objects.create(user=user, ground=ground, requested_by_id=account_of(actor), requested_at=now)
    publish(SecondFactorRemovalAsked(removal_id=row.pk, user_id=user.pk), key=f"user:{user.pk}")
    record(who=actor, action="identity.ask_factor_removal", object_ref=f"user:{user.pk}", reason=ground, now=now)
    return row.pk


@transaction.atomic
def decide_factor_removal(*, removal_id: int, remove: bool, reason: str, actor: Actor, now: datetime) -> FactorRemoval:
    """Remove all second factors of the account and end its sessions, or refuse. Not by who asked, not by the owner."""
    require(actor, DECIDE)
    row = FactorRemoval.objects.select_for_update().filter(pk=removal_id).first()
    if row is None or not _reaches(actor, DECIDE, row.user_id, now):
        raise CannotRemoveFactor("Không có đề nghị này trong phạm vi của bạn.")
    if row.state != FactorRemoval.State.WAITING:
        raise CannotRemoveFactor(f"Đề nghị này đã được quyết định: {row.get_state_display().lower()}.")
    own = {account_of(actor), actor.on_behalf_of}
    if row.requested_by_id in own:
        raise CannotRemoveFactor("Người đề nghị không được tự quyết định.")
    if row.user_id in own:
        raise CannotRemoveFactor("Không tự quyết định cho tài khoản của chính mình được.")
    reason = clean_text(reason)[:500]
    if not remove and len(reason) < 5:
        raise CannotRemoveFactor("Ghi lý do không gỡ.", "reason")
    row.state = FactorRemoval.State.REMOVED if remove else FactorRemoval.State.REFUSED
    row.decided_by_id, row.decided_at, row.reason = account_of(actor), now, reason
    row.save()
    removed = 0
    if remove:
        removed, _ = Authenticator.objects.filter(user_id=row.user_id).delete()
        end_sessions(row.user_id)
        publish(SecondFactorRemoved(removal_id=row.pk, user_id=row.user_id), key=f"user:{row.user_id}")
    record(
        who=actor, action="identity.remove_factor" if remove else "identity.refuse_factor_removal",
        object_ref=f"user:{row.user_id}", reason=reason or row.ground, after={"removed": removed}, now=now,
    )  # fmt: skip
    return row


@dataclass(frozen=True)
class RemovalRow:
    """A request in the list. `may_decide`: the reader is a third person whose role covers the account's owner."""

    id: int
    full_name: str
    username: str
    ground: str
    requested_by: str
    requested_at: datetime
    state: str
    waiting: bool
    decided_by: str
    decided_at: datetime | None
    reason: str
    may_decide: bool


def removals(*, actor: Actor, now: datetime) -> Sequence[RemovalRow]:
    """Those of the newest within the reader's reach, waiting ones first. Two queries, and those of the reach."""
    require(actor, "identity.factor_removals")
    rows = FactorRemoval.objects.select_related("user", "requested_by", "decided_by").order_by("-requested_at")[:SHOWN]
    places = directory.places_of_users([row.user_id for row in rows], now.astimezone(VIETNAM).date())
    deciding, asking = reach(actor, DECIDE), reach(actor, ASK)
    found = []
    for row in rows:
        here = places.get(row.user_id, frozenset())
        decides = bool(here & deciding)
        if not decides and not here & asking:
            continue
        waiting = row.state == FactorRemoval.State.WAITING
        found.append(
            RemovalRow(
                id=row.pk, full_name=row.user.full_name, username=row.user.username, ground=row.ground,
                requested_by=row.requested_by.full_name, requested_at=row.requested_at, state=row.get_state_display(),
                waiting=waiting, decided_by=row.decided_by.full_name if row.decided_by else "",
                decided_at=row.decided_at, reason=row.reason,
                may_decide=decides and waiting and actor.user_id not in (row.user_id, row.requested_by_id),
            )
        )  # fmt: skip
    return sorted(found, key=lambda one: not one.waiting)
