"""Reading notices: the bell, the inbox, what became of a notice, the operator's outbox."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Max, Q

from tinhso.kernel.access.api import Actor, account_of
from tinhso.modules.notifications.models import ChannelState, ContactChoice, Message, Notice
from tinhso.modules.notifications.rules import CHANNEL_TITLES, MESSAGE_TITLES, Channel, Kind, MessageState, masked

PAGE = 50


@dataclass(frozen=True)
class MessageInfo:
    """A message of a notice. Which times are set tells its life."""

    id: int
    channel: Channel
    state: MessageState
    queued_at: datetime
    sent_at: datetime | None
    delivered_at: datetime | None
    failed_at: datetime | None
    expired_at: datetime | None
    attempts: int
    error: str
    address_hint: str
    next_try_at: datetime

    @property
    def channel_title(self) -> str:
        return CHANNEL_TITLES[self.channel]

    @property
    def state_title(self) -> str:
        return MESSAGE_TITLES[self.state]


@dataclass(frozen=True)
class NoticeInfo:
    """A notice as its reader, or the story of its object, shows it."""

    id: int
    kind: Kind
    title: str
    text: str
    url: str
    created_at: datetime
    read_at: datetime | None
    messages: tuple[MessageInfo, ...] = ()


def inbox(actor: Actor, *, before: int | None = None) -> tuple[list[NoticeInfo], int | None]:
    """A page of the actor's notices, the newest first, and what to give as `before` for the next. One query."""
    rows = Notice.objects.filter(user_id=account_of(actor))
    if before is not None:
        rows = rows.filter(pk__lt=before)
    found = list(rows.order_by("-pk")[: PAGE + 1])
    shown = [_notice(row, ()) for row in found[:PAGE]]
    return shown, (shown[-1].id if len(found) > PAGE else None)


def newest_unread(actor: Actor, *, most: int = 5) -> list[NoticeInfo]:
    """For the desk. One query."""
    rows = Notice.objects.filter(user_id=account_of(actor), read_at__isnull=True).order_by("-pk")[:most]
    return [_notice(row, ()) for row in rows]


def own_notice(actor: Actor, notice_id: int) -> NoticeInfo | None:
    row = Notice.objects.filter(user_id=account_of(actor), pk=notice_id).first()
    return None if row is None else _notice(row, ())


def notices_about(about: str) -> list[NoticeInfo]:
    """What was told about an object, oldest first, with what became of each message. Two queries at most."""
    rows = list(Notice.objects.filter(about=about).order_by("pk")[:200])
    sent: dict[int, list[MessageInfo]] = {}
    if rows:
        for message in Message.objects.filter(notice__in=[row.pk for row in rows]).order_by("pk"):
            sent.setdefault(message.notice_id, []).append(_message(message))
    return [_notice(row, tuple(sent.get(row.pk, ()))) for row in rows]


def _notice(row: Notice, messages: tuple[MessageInfo, ...]) -> NoticeInfo:
    return NoticeInfo(row.pk, Kind(row.kind), row.title, row.text, row.url, row.created_at, row.read_at, messages)


def _message(row: Message) -> MessageInfo:
    return MessageInfo(
        id=row.pk,
        channel=Channel(row.channel),
        state=MessageState(row.state),
        queued_at=row.queued_at,
        sent_at=row.sent_at,
        delivered_at=row.delivered_at,
        failed_at=row.failed_at,
        expired_at=row.expired_at,
        attempts=row.attempts,
        error=row.error,
        address_hint=masked(row.address) if row.address else "",
        next_try_at=row.next_try_at,
    )


@dataclass(frozen=True)
class ChoiceInfo:
    email: bool = True
    phone_channel: str = Channel.SMS.value
    zalo_consent_at: datetime | None = None


def choice_of(actor: Actor) -> ChoiceInfo:
    """How the actor wants to be told; the usual where they have not said. One query."""
    row = ContactChoice.objects.filter(user_id=account_of(actor)).first()
    return ChoiceInfo() if row is None else ChoiceInfo(row.email, row.phone_channel, row.zalo_consent_at)


@dataclass(frozen=True)
class OutboxRow:
    message: MessageInfo
    kind: Kind
    about: str


@dataclass(frozen=True)
class ChannelReport:
    """How a channel stands: `counts` by state, of the last 30 days."""

    channel: Channel
    counts: Mapping[MessageState, int]
    paused_until: datetime | None
    failures: int
    last_error: str
    last_sent_at: datetime | None
    oldest_queued_at: datetime | None

    @property
    def title(self) -> str:
        return CHANNEL_TITLES[self.channel]

    @property
    def numbers(self) -> list[tuple[str, int]]:
        """(state in words, messages), every state."""
        return [(title, self.counts.get(state, 0)) for state, title in MESSAGE_TITLES.items()]


def channel_reports(*, now: datetime) -> list[ChannelReport]:
    """All channels. Three queries."""
    since = now - timedelta(days=30)
    counts: dict[str, dict[MessageState, int]] = {}
    last: dict[str, datetime] = {}
    rows = (
        Message.objects.filter(queued_at__gte=since)
        .order_by()
        .values("channel", "state")
        .annotate(many=Count("pk"), last=Max("sent_at"))
    )
    for row in rows:
        counts.setdefault(row["channel"], {})[MessageState(row["state"])] = row["many"]
        if row["last"] is not None:
            last[row["channel"]] = max(row["last"], last.get(row["channel"], row["last"]))
    states = {state.channel: state for state in ChannelState.objects.all()}
    waiting = Message.objects.filter(state=MessageState.QUEUED).order_by("channel", "queued_at")
    oldest: dict[str, datetime] = {}
    for channel, queued_at in waiting.values_list("channel", "queued_at")[:2000]:
        oldest.setdefault(channel, queued_at)
    return [
        ChannelReport(
            channel=channel,
            counts=counts.get(channel.value, {}),
            paused_until=state.paused_until if (state := states.get(channel.value)) else None,
            failures=state.failures if state else 0,
            last_error=state.last_error if state else "",
            last_sent_at=last.get(channel.value),
            oldest_queued_at=oldest.get(channel.value),
        )
        for channel in Channel
    ]


def outbox(
    *, channel: Channel | None, state: MessageState | None, before: int | None = None
) -> tuple[list[OutboxRow], int | None]:
    """A page of messages, the newest first, without what they say. One query."""
    wanted = Q()
    if channel is not None:
        wanted &= Q(channel=channel)
    if state is not None:
        wanted &= Q(state=state)
    if before is not None:
        wanted &= Q(pk__lt=before)
    rows = Message.objects.filter(wanted).select_related("notice").defer("text", "subject", "values", "notice__text")
    found = list(rows.order_by("-pk")[: PAGE + 1])
    shown = [OutboxRow(_message(row), Kind(row.notice.kind), row.notice.about) for row in found[:PAGE]]
    return shown, (found[PAGE - 1].pk if len(found) > PAGE else None)
