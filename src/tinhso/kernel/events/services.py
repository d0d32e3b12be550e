"""Publishing, and what an operator may do with a delivery that stands still."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection, transaction

from tinhso.kernel.access.api import Actor, require
from tinhso.kernel.audit.api import record
from tinhso.kernel.clock import now as clock_now
from tinhso.kernel.events import statements
from tinhso.kernel.events.models import Delivery, StoredEvent
from tinhso.kernel.events.rules import MAX_KEY_LENGTH, Event, encode
from tinhso.kernel.events.statements import AT_ONCE
from tinhso.kernel.events.subscriptions import known_subscribers, subscribers_of

UNKNOWN_SUBSCRIBER = "unknown subscriber"

DELIVERIES_KEPT = timedelta(days=30)
EVENTS_KEPT = timedelta(days=365)
_PRUNE_BATCH = 1000


class CannotRetry(Exception):
    """The delivery is not parked (any more)."""


class CannotDiscard(Exception):
    """The delivery is not parked (any more), or no reason was given."""


def publish(event: Event, *, key: str) -> None:
    """Write the event, and one delivery per subscriber, into the transaction of the change that it tells of.

    `key` is the ordering: every subscriber gets the events of one key ("dossier:17") in the order they were published.
    Raises `RuntimeError` outside a transaction, `TypeError` on an event that is not plain, `ValueError` on a bad key.
    """
    _require_transaction()
    if not key or len(key) > MAX_KEY_LENGTH:
        raise ValueError(f"a key has 1 to {MAX_KEY_LENGTH} characters")
    payload = encode(event)
    statements.insert(
        name=event.name, key=key, payload=payload, published_at=clock_now(), subscribers=subscribers_of(event.name)
    )


def _require_transaction() -> None:
    # A transaction that only the test runner opened does not count, else no test could find the mistake.
    if not any(not getattr(block, "_from_testcase", False) for block in connection.atomic_blocks):
        raise RuntimeError("publish() belongs inside the transaction.atomic of the change it tells of")


@transaction.atomic
def retry(*, delivery_id: int, actor: Actor, now: datetime) -> None:
    """Try a parked delivery again, with all attempts before it. Raises `Refused` or `CannotRetry`."""
    require(actor, "events.operate")
    delivery = _parked(delivery_id)
    if delivery is None:
        raise CannotRetry("Lượt giao này không còn ở trạng thái tạm dừng; hãy tải lại danh sách.")
    _record(actor, delivery, "events.retry", "", {"status": Delivery.Status.PENDING}, now)
    delivery.status = Delivery.Status.PENDING
    delivery.attempts = 0
    delivery.next_attempt_at = AT_ONCE
    delivery.save(update_fields=["status", "attempts", "next_attempt_at"])
    wake_lane(delivery.subscriber, delivery.key, delivery.pk)


@transaction.atomic
def discard(*, delivery_id: int, reason: str, actor: Actor, now: datetime) -> None:
    """Give a parked delivery up for good, so that the later ones of its lane go on.

    Raises `Refused`, or `CannotDiscard` without a reason or when it is not parked.
    """
    require(actor, "events.operate")
    if not reason.strip():
        raise CannotDiscard("Nêu lý do bỏ qua lượt giao này.")
    delivery = _parked(delivery_id)
    if delivery is None:
        raise CannotDiscard("Lượt giao này không còn ở trạng thái tạm dừng; hãy tải lại danh sách.")
    _record(actor, delivery, "events.discard", reason.strip(), {"status": Delivery.Status.DISCARDED}, now)
    delivery.status = Delivery.Status.DISCARDED
    delivery.closed_at = now
    delivery.save(update_fields=["status", "closed_at"])
    wake_lane(delivery.subscriber, delivery.key, delivery.pk)


def wake_lane(subscriber: str, key: str, delivery_id: int) -> None:
    """Let what waited behind a delivery be looked at again at once."""
    Delivery.objects.filter(
        subscriber=subscriber,
        key=key,
        closed_at__isnull=True,
        id__gt=delivery_id,
        next_attempt_at__gt=AT_ONCE,
    ).update(next_attempt_at=AT_ONCE)


def revive_known_subscribers() -> int:
    """Deliveries parked because no code knew their subscriber, and now some does, are tried again. Returns how many.

    So a relay of the old release, met by events of the new one during an upgrade, leaves nothing for an operator to do.
    """
    known = known_subscribers()
    stuck = Delivery.objects.filter(
        closed_at__isnull=True, status=Delivery.Status.PARKED, last_error=UNKNOWN_SUBSCRIBER
    ).select_related("event")
    revived = [d.pk for d in stuck if d.event.name in known.get(d.subscriber, ())]
    return Delivery.objects.filter(pk__in=revived, status=Delivery.Status.PARKED).update(
        status=Delivery.Status.PENDING, attempts=0, next_attempt_at=AT_ONCE
    )


def prune(*, now: datetime) -> int:
    """Delete deliveries closed more than 30 days ago, and events of more than a year with nothing left to deliver.

    Walks from the oldest row and stops at the first batch with nothing old in it, so it reads little more than it deletes.
    Returns the number of rows deleted.
    """
    return _prune_deliveries(now - DELIVERIES_KEPT) + _prune_events(now - EVENTS_KEPT)


def _prune_deliveries(before: datetime) -> int:
    deleted, last = 0, 0
    while True:
        rows = Delivery.objects.filter(pk__gt=last).order_by("pk").values_list("pk", "closed_at")[:_PRUNE_BATCH]
        batch = list(rows)
        old = [pk for pk, closed_at in batch if closed_at is not None and closed_at < before]
        if not old:
            return deleted
        last = batch[-1][0]
        deleted += Delivery.objects.filter(pk__in=old).delete()[0]


def _prune_events(before: datetime) -> int:
    deleted, last = 0, 0
    while True:
        rows = StoredEvent.objects.filter(pk__gt=last).order_by("pk").values_list("pk", "published_at")[:_PRUNE_BATCH]
        batch = list(rows)
        old = {pk for pk, published_at in batch if published_at < before}
        if not old:
            return deleted
        last = batch[-1][0]
        old -= set(Delivery.objects.filter(event_id__in=old).values_list("event_id", flat=True))
        deleted += StoredEvent.objects.filter(pk__in=old).delete()[0]


def _parked(delivery_id: int) -> Delivery | None:
    return (
        Delivery.objects.select_for_update(of=("self",))
        .select_related("event")
        .filter(pk=delivery_id, status=Delivery.Status.PARKED)
        .first()
    )


def _record(actor: Actor, delivery: Delivery, action: str, reason: str, after: dict[str, str], now: datetime) -> None:
    record(
        who=actor,
        action=action,
        object_ref=f"delivery:{delivery.pk}",
        reason=reason,
        before={"status": delivery.status, "event": delivery.event.name, "subscriber": delivery.subscriber},
        after=after,
        now=now,
    )
