"""The life of a message: sent is not delivered, and what failed is tried again, later and later."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from enum import StrEnum

from tinhso.modules.notifications.rules.kinds import WEAK_CHANNELS, Channel


class MessageState(StrEnum):
    """`SENT`: the mail server or the provider has taken it. `DELIVERED`: the provider reports it on the telephone.
    An e-mail stays at `SENT`, since SMTP tells no more. `FAILED` waits for an operator."""

    QUEUED = "queued"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"
    EXPIRED = "expired"


MESSAGE_TITLES = {
    MessageState.QUEUED: "Chờ gửi",
    MessageState.SENT: "Đã gửi",
    MessageState.DELIVERED: "Đã đến",
    MessageState.FAILED: "Không gửi được",
    MessageState.EXPIRED: "Quá hạn gửi",
}

# A report may come before our own note of the sending (QUEUED → DELIVERED), late (EXPIRED → DELIVERED), or after an
# operator gave up. What is delivered stays so, whatever a confused provider says afterwards.
TRANSITIONS: dict[MessageState, frozenset[MessageState]] = {
    MessageState.QUEUED: frozenset(
        {MessageState.SENT, MessageState.DELIVERED, MessageState.FAILED, MessageState.EXPIRED}
    ),
    MessageState.SENT: frozenset({MessageState.DELIVERED, MessageState.FAILED, MessageState.EXPIRED}),
    MessageState.FAILED: frozenset({MessageState.QUEUED, MessageState.DELIVERED}),
    MessageState.EXPIRED: frozenset({MessageState.DELIVERED}),
    MessageState.DELIVERED: frozenset(),
}
FINAL = frozenset({MessageState.DELIVERED, MessageState.EXPIRED})

MOST_ATTEMPTS = 10
_FIRST_PAUSE = timedelta(seconds=30)
_LONGEST_PAUSE = timedelta(hours=2)
_FIRST_CHANNEL_PAUSE = timedelta(seconds=30)
_LONGEST_CHANNEL_PAUSE = timedelta(minutes=15)
# Later than this it would tell of something long past.
_KEEPS = {Channel.EMAIL: timedelta(days=5), Channel.SMS: timedelta(days=2), Channel.ZALO: timedelta(days=2)}


def may_become(state: MessageState, target: MessageState) -> bool:
    return target in TRANSITIONS[state]


def _doubled(first: timedelta, times: int, *, most: timedelta) -> timedelta:
    return min(timedelta(seconds=first.total_seconds() * 2.0 ** min(max(times - 1, 0), 20)), most)


def next_try_at(now: datetime, attempts: int) -> datetime:
    """After the `attempts`-th refusal of one message: 30 s, 1 min, 2 min … 2 hours."""
    return now + _doubled(_FIRST_PAUSE, attempts, most=_LONGEST_PAUSE)


def pause_of_channel(failures: int) -> timedelta:
    """How long a provider that does not answer is left alone, after `failures` times in a row."""
    return _doubled(_FIRST_CHANNEL_PAUSE, failures, most=_LONGEST_CHANNEL_PAUSE)


def expires_at(channel: Channel, queued_at: datetime) -> datetime:
    """When a message is not worth sending any more."""
    return queued_at + _KEEPS[channel]


def send_from(channel: Channel, at: datetime, *, quiet: tuple[int, int]) -> datetime:
    """`at`, or for telephones the end of the quiet hours (from, until; hours of the clock) in which it lies.

    `at` is aware in the zone whose clock is meant. Equal hours: no quiet hours.
    """
    begins, ends = quiet
    if channel not in WEAK_CHANNELS or begins == ends:
        return at
    over_midnight = begins > ends
    inside = (at.hour >= begins or at.hour < ends) if over_midnight else begins <= at.hour < ends
    if not inside:
        return at
    day = at.date() + timedelta(days=1) if over_midnight and at.hour >= begins else at.date()
    return datetime.combine(day, time(ends), at.tzinfo)


def masked(address: str) -> str:
    """What an operator sees of an address: "0912345678" → "••••678", "ten@example.vn" → "t••@example.vn"."""
    name, at, domain = address.partition("@")
    return f"{name[:1]}••@{domain}" if at else f"••••{address[-3:]}" if len(address) > 3 else "••••"
