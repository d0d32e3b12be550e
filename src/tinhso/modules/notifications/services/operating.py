"""What an operator does with messages that stand still."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from tinhso.kernel.access.api import Actor, require
from tinhso.kernel.audit.api import record
from tinhso.modules.notifications.models import ChannelState, Message
from tinhso.modules.notifications.rules import Channel, MessageState, expires_at


class CannotRetry(ValueError):
    """The message does not stand still, or its address is no longer kept. Nothing was changed."""


@transaction.atomic
def retry_message(*, message_id: int, actor: Actor, now: datetime) -> None:
    """Queue a failed message again, with all attempts before it. Raises `CannotRetry`."""
    require(actor, "notifications.operate")
    message = Message.objects.select_for_update().filter(pk=message_id).first()
    if message is None or message.state != MessageState.FAILED:
        raise CannotRetry("Tin này không còn ở trạng thái «Không gửi được». Hãy tải lại trang.")
    if not message.address:
        raise CannotRetry("Địa chỉ của tin này đã được xóa theo thời hạn lưu nên không gửi lại được.")
    _queue_again(Message.objects.filter(pk=message.pk), Channel(message.channel), now)
    record(
        who=actor,
        action="notifications.retry",
        object_ref=f"message:{message.pk}",
        before={"state": message.state, "error": message.error},
        after={"state": MessageState.QUEUED.value},
        now=now,
    )


@transaction.atomic
def retry_channel(*, channel: Channel, actor: Actor, now: datetime) -> int:
    """Queue all failed messages of a channel again and wake the channel; returns how many."""
    require(actor, "notifications.operate")
    failed = Message.objects.filter(channel=channel, state=MessageState.FAILED).exclude(address="")
    count = _queue_again(failed, channel, now)
    ChannelState.objects.filter(pk=channel).update(paused_until=None, failures=0)
    record(
        who=actor,
        action="notifications.retry_channel",
        object_ref=f"channel:{list(Channel).index(channel) + 1}",
        after={"channel": channel.value, "count": count},
        now=now,
    )
    return count


def _queue_again(messages: QuerySet[Message], channel: Channel, now: datetime) -> int:
    return messages.update(
        state=MessageState.QUEUED,
        attempts=0,
        error="",
        next_try_at=now,
        expires_at=expires_at(channel, now),
    )
