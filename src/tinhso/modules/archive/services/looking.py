"""Officers' looks into a store: by number, with a purpose, within rights, each written down and told to the person."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from tinhso.kernel.access.api import Actor, Refused, require
from tinhso.kernel.clock import VIETNAM
from tinhso.modules.archive.models import Document, Holder, StoreLook
from tinhso.modules.archive.queries.documents import kept_by
from tinhso.modules.archive.rules.documents import clean_number, holder_kind_of
from tinhso.modules.archive.services.using import note_look

PURPOSE_LEAST = 10
# How long a stated purpose opens the store before it has to be stated again.
OPEN_FOR = timedelta(minutes=30)


class CannotSearch(ValueError):
    """The search is refused: `field` names what is wrong."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


def look_for(*, number: str, purpose: str, actor: Actor, now: datetime) -> int | None:
    """Look into the store of a number; returns the look's number, None where there is no such store. Raises
    `CannotSearch` without a whole number or a purpose."""
    require(actor, "archive.search")
    number = clean_number(number)
    if holder_kind_of(number) is None:
        raise CannotSearch("Nhập đủ số định danh 12 chữ số, hoặc mã số của tổ chức. Không tìm theo tên.", "number")
    if len(purpose.strip()) < PURPOSE_LEAST:
        raise CannotSearch("Ghi rõ mục đích: hồ sơ nào, việc gì. Chủ kho sẽ thấy dòng này.", "purpose")
    holder = Holder.objects.filter(number=number).first()
    if holder is None:
        return None
    return note_look(holder_id=holder.pk, document_id=None, purpose=purpose.strip(), actor=actor, now=now)


def open_look(*, look_id: int, actor: Actor, now: datetime) -> StoreLook:
    """The actor's own look, still open. Raises `Refused`."""
    require(actor, "archive.search")
    look = StoreLook.objects.select_related("holder").filter(pk=look_id, user_id=actor.user_id or 0).first()
    if look is None or look.document_id is not None or now - look.looked_at > OPEN_FOR:
        raise Refused("Lượt xem này đã hết hạn hoặc không phải của bạn. Hãy tra cứu lại và ghi mục đích.")
    return look


@transaction.atomic
def look_at(*, look: StoreLook, document: Document, actor: Actor, now: datetime) -> None:
    """Open one document of a store that was looked into. Raises `Refused` outside one's rights."""
    require(actor, "archive.view", kept_by(document.keeper_id, now.astimezone(VIETNAM).date()))
    if document.holder_id != look.holder_id:
        raise Refused("Giấy tờ này không nằm trong kho vừa tra cứu.", permission="archive.view")
    note_look(holder_id=look.holder_id, document_id=document.pk, purpose=look.purpose, actor=actor, now=now)
