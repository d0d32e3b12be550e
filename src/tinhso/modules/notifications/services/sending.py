"""Carrying messages out, one channel at a time: one sender holds a channel, takes message after message, and writes
down what became of each before it takes the next.

Each message is claimed and committed before the provider is asked, so that a sender killed in between leaves a trace.
Whoever takes over asks again with the same key: an SMS gateway and Zalo know it and do not send twice. SMTP knows no
such key: between the server's "taken" and our commit a second letter is possible, with the same Message-ID.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Coalesce

from tinhso.kernel.access.api import Actor, require
from tinhso.kernel.clock import VIETNAM
from tinhso.modules.notifications.models import ChannelState, Message
from tinhso.modules.notifications.rules import (
    MOST_ATTEMPTS,
    Channel,
    MessageState,
    next_try_at,
    pause_of_channel,
    send_from,
)
from tinhso.modules.notifications.services.doors import Letter, Outcome, connected, send_through

log = structlog.get_logger("tinhso.notifications")

HOLD = timedelta(minutes=2)
CLAIM = timedelta(minutes=2)
ASKED = timedelta(minutes=5)


def ask_to_send(*, actor: Actor, now: datetime) -> list[Channel]:
    """Channels with something to send that nobody holds, that are not paused and for which no job waits yet: the caller
    queues one for each. At most three queries and one for each channel found."""
    require(actor, "notifications.send")
    due = set(
        Message.objects.filter(state=MessageState.QUEUED, next_try_at__lte=now)
        .order_by()
        .values_list("channel", flat=True)
        .distinct()
    )
    found = []
    for channel in Channel:
        if channel in due and connected(channel):
            ChannelState.objects.get_or_create(channel=channel)
            idle = ChannelState.objects.filter(_past("held_until", now), _past("paused_until", now), pk=channel)
            if idle.filter(_past("asked_until", now)).update(asked_until=now + ASKED):
                found.append(channel)
    return found


def _past(field: str, now: datetime) -> Q:
    return Q(**{f"{field}__isnull": True}) | Q(**{f"{field}__lte": now})


def send_due(*, channel: Channel, actor: Actor, clock: Callable[[], datetime], most: int = 200) -> int:
    """Send what is due on a channel, at most `most` messages; returns how many went out. Nothing where somebody else
    holds the channel or its provider is left alone for a while."""
    require(actor, "notifications.send")
    now = clock()
    ChannelState.objects.get_or_create(channel=channel)
    idle = ChannelState.objects.filter(_past("held_until", now), _past("paused_until", now), pk=channel)
    if not idle.update(held_until=now + HOLD, asked_until=None):
        return 0
    sent = 0
    try:
        _expire(channel, now)
        for _ in range(most):
            now = clock()
            message = _claim(channel, now)
            if message is None:
                break
            outcome = send_through(channel, _letter(message))
            now = clock()
            _settle(message, outcome, now)
            sent += outcome.how == "sent"
            if outcome.how == "down":
                log.warning("channel_down", channel=channel.value, error=outcome.error)
                break
            ChannelState.objects.filter(pk=channel).update(held_until=now + HOLD)
    finally:
        ChannelState.objects.filter(pk=channel).update(held_until=None)
    return sent


def _expire(channel: Channel, now: datetime) -> None:
    Message.objects.filter(channel=channel, state=MessageState.QUEUED, expires_at__lte=now).update(
        state=MessageState.EXPIRED, expired_at=now, claimed_until=None
    )


@transaction.atomic
def _claim(channel: Channel, now: datetime) -> Message | None:
    message = (
        Message.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(_past("claimed_until", now), channel=channel, state=MessageState.QUEUED, next_try_at__lte=now)
        .order_by("next_try_at", "pk")
        .select_related("notice")
        .first()
    )
    if message is None:
        return None
    # Night has come since it was queued.
    at = send_from(channel, now.astimezone(VIETNAM), quiet=settings.NOTIFICATIONS_QUIET_HOURS)
    if at > now:
        Message.objects.filter(channel=channel, state=MessageState.QUEUED, next_try_at__lte=now).update(next_try_at=at)
        return None
    message.claimed_until = now + CLAIM
    message.attempts += 1
    message.save(update_fields=["claimed_until", "attempts"])
    return message


def _letter(message: Message) -> Letter:
    return Letter(
        key=message.public_id,
        address=message.address,
        subject=message.subject,
        text=message.text,
        url=message.notice.url,
        provider_template=message.provider_template,
        values=message.values,
    )


@transaction.atomic
def _settle(message: Message, outcome: Outcome, now: datetime) -> None:
    """Write down what became of it. A report of delivery that came meanwhile is not overwritten."""
    channel = ChannelState.objects.select_for_update().get(pk=message.channel)
    mine = Message.objects.filter(pk=message.pk, state=MessageState.QUEUED)
    if outcome.how == "sent":
        # Even where a report came first: the moment and the reference are ours to keep.
        Message.objects.filter(pk=message.pk).update(sent_at=Coalesce("sent_at", now), provider_ref=outcome.ref)
        mine.update(state=MessageState.SENT, claimed_until=None, error="")
        channel.last_sent_at = now
    elif outcome.how == "refused" or message.attempts >= MOST_ATTEMPTS:
        mine.update(state=MessageState.FAILED, failed_at=now, claimed_until=None, error=outcome.error)
    else:
        mine.update(next_try_at=next_try_at(now, message.attempts), claimed_until=None, error=outcome.error)
    if outcome.how == "down":
        channel.failures += 1
        channel.paused_until = now + pause_of_channel(channel.failures)
        channel.last_error = outcome.error
    else:
        channel.failures = 0
        channel.paused_until = None
        channel.last_error = ""
    channel.save(update_fields=["failures", "paused_until", "last_error", "last_sent_at"])
