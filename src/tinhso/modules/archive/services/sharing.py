"""Showing one document to somebody once: a code with an end, of which only the hash is kept."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from tinhso.kernel.access.api import Actor, Refused, require
from tinhso.kernel.audit.api import record
from tinhso.kernel.clock import VIETNAM
from tinhso.modules.archive.models import Document, ShareCode
from tinhso.modules.archive.queries.documents import holders_of_account, infos_of
from tinhso.modules.archive.rules.documents import Standing

# Without the letters and digits that are mistaken for each other when read aloud.
LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
CODE_LENGTH = 10
HOURS = (1, 24, 72)
OPEN_MOST = 5


class CannotShare(ValueError):
    """The document cannot be shared now; the message says why."""


class WrongCode(LookupError):
    """No code like this opens anything now: made up, used, cancelled and past ones answer alike."""


@transaction.atomic
def share(*, document_id: int, purpose: str, hours: int, actor: Actor, now: datetime) -> str:
    """A new code for one look at a document of one's own, shown once. Raises `CannotShare`, `Refused`."""
    require(actor, "archive.share")
    row = Document.objects.select_for_update(of=("self",)).get(pk=document_id)
    if row.holder_id not in {holder.id for holder in holders_of_account(actor.user_id)}:
        raise Refused("Giấy tờ này không thuộc kho của bạn.", permission="archive.share")
    found = infos_of(Document.objects.filter(pk=row.pk), now.astimezone(VIETNAM).date())[0]
    if found.standing == Standing.WITHHELD:
        raise CannotShare("Giấy tờ này chưa xác định được chủ nên chưa chia sẻ được.")
    if hours not in HOURS:
        raise CannotShare("Chọn thời gian mã có hiệu lực.")
    if len(purpose.strip()) < 3:
        raise CannotShare("Ghi đưa mã cho ai, để làm gì. Chỉ bạn thấy dòng này.")
    alive = ShareCode.objects.filter(document=row, opened_at__isnull=True, cancelled_at__isnull=True, until_at__gt=now)
    if alive.count() >= OPEN_MOST:
        raise CannotShare(f"Giấy tờ này đang có {OPEN_MOST} mã chưa dùng. Hủy bớt mã rồi tạo mã mới.")
    code = "".join(secrets.choice(LETTERS) for _ in range(CODE_LENGTH))
    made = ShareCode.objects.create(
        document=row,
        code_hash=_hash(code),
        purpose=purpose.strip()[:200],
        made_at=now,
        until_at=now + timedelta(hours=hours),
    )
    record(who=actor, action="archive.share", object_ref=row.ref, after={"share": made.pk, "hours": hours}, now=now)
    return code


@transaction.atomic
def open_shared(*, code: str, actor: Actor, now: datetime) -> Document:
    """The document behind a code, which is then used up. Raises `WrongCode`."""
    require(actor, "archive.open_shared")
    plain = "".join(letter for letter in code.upper() if letter.isalnum())
    row = (
        ShareCode.objects.select_for_update(of=("self",))
        .select_related("document")
        .filter(code_hash=_hash(plain), opened_at__isnull=True, cancelled_at__isnull=True, until_at__gt=now)
        .first()
    )
    if row is None:
        raise WrongCode
    row.opened_at = now
    row.save(update_fields=["opened_at"])
    record(who=actor, action="archive.open_shared", object_ref=row.document.ref, after={"share": row.pk}, now=now)
    return row.document


@transaction.atomic
def cancel(*, share_id: int, actor: Actor, now: datetime) -> UUID:
    """A code of one's own opens nothing any more; used or past already: nothing happens. Returns the document's public
    id. Raises `Refused`."""
    require(actor, "archive.share")
    row = ShareCode.objects.select_for_update(of=("self",)).select_related("document").filter(pk=share_id).first()
    mine = {holder.id for holder in holders_of_account(actor.user_id)}
    if row is None or row.document.holder_id not in mine:
        raise Refused("Mã này không thuộc kho của bạn.", permission="archive.share")
    if row.opened_at is None and row.cancelled_at is None:
        row.cancelled_at = now
        row.save(update_fields=["cancelled_at"])
        record(who=actor, action="archive.cancel_share", object_ref=row.document.ref, after={"share": row.pk}, now=now)
    return row.document.public_id


def _hash(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()
