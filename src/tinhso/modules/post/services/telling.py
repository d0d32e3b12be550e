"""What the operator tells: signed, once each, in whatever order it comes. Delivery with proof, or back to the sender."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from tinhso.kernel.access.api import Actor, require
from tinhso.kernel.audit.api import record
from tinhso.kernel.events.api import publish
from tinhso.kernel.signed import is_genuine
from tinhso.modules.post.events import ConsignmentDelivered, ConsignmentReturned
from tinhso.modules.post.models import Consignment, Told
from tinhso.modules.post.rules import (
    ENDED,
    FRESH,
    CannotRead,
    ConsignmentState,
    Message,
    read_message,
    state_after,
)
from tinhso.modules.post.services import operator

SILENT = timedelta(hours=12)
ASKED_AT_ONCE = 50


class NotGenuine(ValueError):
    """The message is not signed by the operator, or is too old."""


class UnknownConsignment(LookupError):
    """No consignment of ours has this code and order."""


def take_message(*, body: bytes, timestamp: str, signature: str, actor: Actor, now: datetime) -> bool:
    """A signed message of the operator. False: it was known already. Raises `NotGenuine`, `CannotRead`,
    `UnknownConsignment`."""
    require(actor, "post.tell")
    if not is_genuine(settings.POST_OPERATOR["secret"], timestamp, body, signature, now=now, fresh=FRESH):
        raise NotGenuine
    try:
        raw = json.loads(body)
    except ValueError:
        raise CannotRead("not JSON") from None
    return _apply(read_message(raw), actor=actor, now=now)


@transaction.atomic
def _apply(message: Message, *, actor: Actor, now: datetime) -> bool:
    row = (
        Consignment.objects.select_for_update()
        .filter(tracking_code=message.tracking_code, public_id__in=_as_uuid(message.order_id))
        .first()
    )
    if row is None:
        raise UnknownConsignment
    if message.at > now + timedelta(minutes=10):
        raise CannotRead("at lies in the future")
    _, fresh = Told.objects.get_or_create(
        event_key=message.event_id,
        defaults={
            "consignment": row, "state": message.state, "at": message.at, "place": message.place,
            "note": message.note, "taken_at": now,
        },
    )  # fmt: skip
    if not fresh:
        return False
    before = ConsignmentState(row.state)
    after = state_after(before, row.told_at, message.state, message.at)
    row.told_at = max(row.told_at or message.at, message.at)
    row.state = after
    if after in ENDED and before not in ENDED:
        row.ended_at = message.at
        row.received_by_name = message.received_by
    row.save(update_fields=["told_at", "state", "ended_at", "received_by_name"])
    if after == before:
        return True
    record(
        who=actor, action="post.told", object_ref=f"consignment:{row.pk}", before={"state": before},
        after={"state": after, "event": message.event_id}, now=now,
    )  # fmt: skip
    if after == ConsignmentState.DELIVERED:
        publish(ConsignmentDelivered(consignment_id=row.pk, reference=row.reference), key=row.reference)
    elif after == ConsignmentState.RETURNED:
        publish(ConsignmentReturned(consignment_id=row.pk, reference=row.reference), key=row.reference)
    return True


def _as_uuid(text: str) -> list[Any]:

    try:
        return [UUID(text)]
    except ValueError:
        return []


def ask_about_silent(*, actor: Actor, now: datetime) -> int:
    """Messages get lost: ask the operator about what is under way and of which nothing was heard for half a day.
    Returns how many messages were new."""
    require(actor, "post.push")
    if not operator.is_connected():
        return 0
    silent = (
        Consignment.objects.exclude(state__in=[*ENDED, ConsignmentState.ORDERED, ConsignmentState.CREATED])
        .exclude(told_at__gte=now - SILENT)
        .exclude(tried_at__gte=now - SILENT)
        .order_by("pk")
    )
    new = 0
    for row in silent[:ASKED_AT_ONCE]:
        Consignment.objects.filter(pk=row.pk).update(tried_at=now)
        try:
            told = operator.tell(row.tracking_code)
        except operator.OperatorFailed as failure:
            Consignment.objects.filter(pk=row.pk).update(problem=str(failure)[:300])
            continue
        Consignment.objects.filter(pk=row.pk).update(problem="")
        for raw in told:
            try:
                message = read_message(raw)
            except CannotRead:
                continue
            if message.tracking_code == row.tracking_code and message.order_id == str(row.public_id):
                new += _apply(message, actor=actor, now=now)
    return new
