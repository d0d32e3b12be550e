"""How a person wants to be told, and what they have read."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from tinhso.kernel.access.api import Actor, account_of, require, set_bell
from tinhso.kernel.audit.api import record
from tinhso.modules.identity import api as identity
from tinhso.modules.notifications.models import ContactChoice, Message, Notice
from tinhso.modules.notifications.rules import CHANNEL_TITLES, MESSAGE_TITLES, Channel, MessageState


class CannotChoose(ValueError):
    """The choice is not one of those offered, or lacks the consent. Nothing was changed. `field`: where."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@transaction.atomic
def choose_channels(*, email: bool, phone_channel: str, zalo_consent: bool, actor: Actor, now: datetime) -> None:
    """A person says how they want to be told. Zalo, a private company's network, needs their consent. Raises
    `CannotChoose`."""
    require(actor, "notifications.choose")
    if phone_channel not in ("", Channel.SMS, Channel.ZALO):
        raise CannotChoose("phone_channel", "Chọn một trong ba cách: SMS, Zalo hoặc không nhắn.")
    zalo = phone_channel == Channel.ZALO
    if zalo and not zalo_consent:
        raise CannotChoose("zalo_consent", "Đánh dấu đồng ý để nhận qua Zalo, hoặc chọn SMS.")
    user_id = account_of(actor)
    before = ContactChoice.objects.select_for_update().filter(user_id=user_id).first()
    consent_at = (before.zalo_consent_at if before else None) or now if zalo else None
    ContactChoice.objects.update_or_create(
        user_id=user_id,
        defaults={
            "email": email,
            "phone_channel": phone_channel,
            "zalo_consent_at": consent_at,
            "changed_at": now,
        },
    )
    record(
        who=actor,
        action="notifications.choose",
        object_ref=f"user:{user_id}",
        before={"email": before.email, "phone": before.phone_channel} if before else None,
        after={"email": email, "phone": phone_channel, "zalo_consent": zalo},
        now=now,
    )


@transaction.atomic
def mark_read(*, actor: Actor, now: datetime, notice_id: int | None = None) -> int:
    """One notice of the actor's own, or all of them, is read. Others' are not found. Returns how many were unread."""
    require(actor, "notifications.inbox")
    user_id = account_of(actor)
    unread = Notice.objects.filter(user_id=user_id, read_at__isnull=True)
    read = (unread if notice_id is None else unread.filter(pk=notice_id)).update(read_at=now)
    if read:
        # Counted again, not lowered: whatever made it wrong is over with the next reading.
        set_bell(user_id, unread.count())
    return read


def adopt(kept: int, closed: int) -> None:
    """Two accounts of one person became one (told by identity): the notices are the other's; how they want to be told is
    what they chose where they stay."""
    Notice.objects.filter(user_id=closed).update(user_id=kept)
    set_bell(kept, Notice.objects.filter(user_id=kept, read_at__isnull=True).count())


def export(user_id: int) -> identity.OwnData:
    """Every notice of the account, what was sent out of it and where to, and how the person wants to be told. Three
    queries."""
    rows = list(Notice.objects.filter(user_id=user_id).order_by("pk"))
    sent: dict[int, list[dict[str, object]]] = {}
    for message in Message.objects.filter(notice__user_id=user_id).order_by("pk"):
        sent.setdefault(message.notice_id, []).append(
            {
                "kênh": CHANNEL_TITLES[Channel(message.channel)], "đến": message.address,
                "trạng thái": MESSAGE_TITLES[MessageState(message.state)], "gửi lúc": message.sent_at,
            }
        )  # fmt: skip
    choice = ContactChoice.objects.filter(user_id=user_id).first()
    return identity.OwnData(
        {
            "thông báo": [
                {
                    "lúc": row.created_at, "tiêu đề": row.title, "nội dung": row.text, "đọc lúc": row.read_at,
                    "tin gửi đi": sent.get(row.pk, []),
                }
                for row in rows
            ],
            "cách nhận tin": None if choice is None else {
                "thư điện tử": choice.email, "kênh điện thoại": choice.phone_channel,
                "đồng ý Zalo lúc": choice.zalo_consent_at, "sửa lần cuối": choice.changed_at,
            },
        }
    )  # fmt: skip
