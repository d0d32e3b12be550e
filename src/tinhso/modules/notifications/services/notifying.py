"""Telling people: the notice is made once, its texts are fixed, and messages wait for their channels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings
from django.db import transaction

from tinhso.kernel.access.api import Actor, User, raise_bell, require
from tinhso.kernel.clock import VIETNAM
from tinhso.modules.notifications.models import ContactChoice, Message, Notice
from tinhso.modules.notifications.rules import (
    KINDS,
    Channel,
    Kind,
    MessageState,
    channels_for,
    check_weak_values,
    expires_at,
    fill,
    send_from,
    without_accents,
)
from tinhso.modules.notifications.services.doors import connected
from tinhso.modules.notifications.services.templates import TemplateInfo, in_force


@dataclass(frozen=True)
class Recipient:
    """Whom to tell. `user_id`: an account, whose inbox shows it and whose choice of channels holds. `email`, `phone`:
    what was given for this matter; without them those of the account."""

    user_id: int | None = None
    name: str = ""
    email: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)


@dataclass(frozen=True)
class Wanted:
    """One notice to make. `key` names the event ("supplement:12"); with the recipient it makes the notice unique.
    `url`: the path of the page to open; `public_url`: the one told on weak channels, which tells nothing.
    `about`: the object as the trail names it."""

    kind: Kind
    key: str
    recipient: Recipient
    values: Mapping[str, str] = field(repr=False)
    url: str
    public_url: str = "/"
    about: str = ""


def notify(*, wanted: Wanted, actor: Actor, now: datetime) -> bool:
    """Tell somebody something, once: False when it has been told already. Runs in the caller's transaction."""
    return notify_many(wanted=[wanted], actor=actor, now=now) == 1


@transaction.atomic
def notify_many(*, wanted: Sequence[Wanted], actor: Actor, now: datetime) -> int:
    """Many notices at once; returns how many are new. Seven queries, however many. A recipient with neither an account nor
    an address is told nothing."""
    require(actor, "notifications.notify")
    fresh = _not_told_yet(wanted)
    if not fresh:
        return 0
    numbers = {w.recipient.user_id for w in fresh.values() if w.recipient.user_id is not None}
    # Locked in the order of their numbers: others who tell some of the same people wait instead of dead-locking.
    accounts = User.objects.select_for_update(no_key=True).filter(pk__in=numbers, is_active=True).order_by("pk")
    users = {user.pk: user for user in accounts}
    choices = {choice.user_id: choice for choice in ContactChoice.objects.filter(user_id__in=numbers)}
    texts = in_force({w.kind for w in fresh.values()}, now=now)
    notices, messages = [], []
    for key, one in fresh.items():
        user = users.get(one.recipient.user_id or 0)
        contact = _contact(one, user, choices.get(user.pk) if user else None)
        if user is None and not contact:
            continue
        values = {
            "name": one.recipient.name or (user.full_name if user else "bạn"),
            "province": settings.PROVINCE["full_name"],
            "link": f"{settings.PUBLIC_ORIGIN}{one.url}",
            **one.values,
        }
        letter = texts[one.kind, Channel.EMAIL]
        notice = Notice(
            key=key,
            kind=one.kind,
            user=user,
            about=one.about,
            title=fill(letter.subject, values)[:400],
            text=fill(letter.text, values),
            url=one.url,
            created_at=now,
        )
        notices.append(notice)
        for channel, address in contact.items():
            if (template := texts.get((one.kind, channel))) is not None:
                messages.append(_message(notice, template, address, one, values, now))
    Notice.objects.bulk_create(notices, batch_size=500)
    Message.objects.bulk_create(messages, batch_size=500)
    for count, told in _by_count(notices).items():
        raise_bell(told, by=count)
    return len(notices)


def _by_count(notices: Sequence[Notice]) -> dict[int, list[int]]:
    """How many new notices → the accounts that got so many. Mostly one."""
    found: dict[int, list[int]] = {}
    for user_id, count in Counter(notice.user_id for notice in notices if notice.user_id is not None).items():
        found.setdefault(count, []).append(user_id)
    return found


def _not_told_yet(wanted: Sequence[Wanted]) -> dict[str, Wanted]:
    keys: dict[str, Wanted] = {}
    for one in wanted:
        keys.setdefault(f"{one.key}:{one.recipient.user_id or 'person'}", one)
    told: set[str] = set()
    names = list(keys)
    for start in range(0, len(names), 500):
        told.update(Notice.objects.filter(key__in=names[start : start + 500]).values_list("key", flat=True))
    return {key: one for key, one in keys.items() if key not in told}


def _contact(one: Wanted, user: User | None, choice: ContactChoice | None) -> dict[Channel, str]:
    """Channel → address, as the person chose and as far as the deployment has the channel."""
    email = one.recipient.email or (user.email if user else "")
    phone = one.recipient.phone or (user.phone if user else "")
    wants_email = choice.email if choice else True
    by_phone = Channel.SMS if choice is None else Channel(choice.phone_channel) if choice.phone_channel else None
    if KINDS[one.kind].audience == "officer":
        by_phone = None
    addresses = {Channel.EMAIL: email, Channel.SMS: phone, Channel.ZALO: phone}
    return {
        channel: addresses[channel]
        for channel in channels_for(one.kind, email=wants_email, phone=by_phone)
        if addresses[channel] and connected(channel)
    }


def _message(
    notice: Notice, template: TemplateInfo, address: str, one: Wanted, values: Mapping[str, str], now: datetime
) -> Message:
    channel = template.channel
    said: Mapping[str, str] = values
    text = ""
    if channel != Channel.EMAIL:
        said = check_weak_values({**values, "link": f"{settings.PUBLIC_ORIGIN}{one.public_url}"})
    text = fill(template.text, said)
    if channel == Channel.SMS:
        text = without_accents(text)
    return Message(
        notice=notice,
        channel=channel,
        address=address,
        subject=notice.title if channel == Channel.EMAIL else "",
        text=text,
        provider_template=template.provider_template,
        values=dict(said) if channel == Channel.ZALO else {},
        state=MessageState.QUEUED,
        queued_at=now,
        expires_at=expires_at(channel, now),
        next_try_at=send_from(channel, now.astimezone(VIETNAM), quiet=settings.NOTIFICATIONS_QUIET_HOURS),
    )
