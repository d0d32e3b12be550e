"""Opening a dossier in an emergency, and looking at it afterwards."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from tinhso.kernel.access.api import Actor, Refused, account_of, allow, require
from tinhso.kernel.audit.api import record
from tinhso.modules.dossiers.models import Dossier, EmergencyAccess
from tinhso.modules.dossiers.queries.reading import Access

LASTS = timedelta(hours=1)
GROUND_MIN = 15


class CannotOpen(ValueError):
    """No such dossier, no need, or no ground; the message says which, in Vietnamese."""


@transaction.atomic
def break_glass(*, code: str, ground: str, actor: Actor, now: datetime) -> UUID:
    """Open a dossier outside one's reach for an hour, to read. Told to the office of rights and to the dossier's owner.
    Returns its public id. Raises `CannotOpen`."""
    require(actor, "dossiers.break_glass")
    user_id = account_of(actor)
    if len(ground.strip()) < GROUND_MIN:
        raise CannotOpen("Ghi rõ việc khẩn cấp: ai cần, vì sao không chờ được, ít nhất một câu.")
    code = "".join(code.split()).upper()[:60]
    dossier = Dossier.objects.filter(code=code).first()
    if dossier is None:
        raise CannotOpen("Không có hồ sơ nào mang mã này. Hãy xem lại mã trên giấy tiếp nhận.")
    if allow(actor, "dossiers.view", Access(frozenset(dossier.access_organisation_ids), dossier.owner_id)):
        raise CannotOpen("Vai trò của bạn đã bao gồm hồ sơ này. Hãy mở từ danh sách hồ sơ.")
    EmergencyAccess.objects.create(
        dossier=dossier, user_id=user_id, ground=ground.strip()[:500], opened_at=now, until_at=now + LASTS
    )
    record(
        who=actor,
        action="dossiers.break_glass",
        object_ref=dossier.ref,
        reason=ground.strip(),
        after={"until_at": (now + LASTS).isoformat()},
        now=now,
    )
    return dossier.public_id


def require_open(*, dossier_id: int, actor: Actor, now: datetime) -> EmergencyAccess:
    """The running emergency access of the actor to a dossier. Raises `Refused` when there is none any more."""
    require(actor, "dossiers.break_glass")
    found = (
        EmergencyAccess.objects.filter(dossier_id=dossier_id, user_id=account_of(actor), until_at__gt=now)
        .order_by("-until_at")
        .first()
    )
    if found is None:
        raise Refused("Lượt mở khẩn cấp của bạn cho hồ sơ này đã hết hoặc chưa có.", permission="dossiers.break_glass")
    return found


@transaction.atomic
def review(*, access_id: int, note: str, actor: Actor, now: datetime) -> None:
    """The office of rights has looked at it. Nobody reviews their own. Raises `CannotOpen`."""
    require(actor, "dossiers.review_emergencies")
    row = EmergencyAccess.objects.select_for_update().select_related("dossier").filter(pk=access_id).first()
    if row is None or row.reviewed_at is not None:
        raise CannotOpen("Lượt mở này không có hoặc đã được xem xét.")
    if row.user_id == actor.user_id:
        raise CannotOpen("Không ai tự xem xét lượt mở của mình.")
    row.reviewed_at, row.reviewed_by_id, row.review_note = now, account_of(actor), note.strip()[:500]
    row.save(update_fields=["reviewed_at", "reviewed_by", "review_note"])
    record(
        who=actor,
        action="dossiers.review_emergency",
        object_ref=row.dossier.ref,
        reason=row.review_note,
        after={"access": row.pk},
        now=now,
    )
