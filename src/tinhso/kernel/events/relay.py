"""The relay brings deliveries to their subscribers.

Each delivery is one transaction: take the row, run the handler, mark it done. So what a handler writes to our database
happens exactly once, wherever the process dies. A row is taken only as the head of its lane (subscriber, key), that is
when no earlier delivery of the lane is open; hence the order within a lane, also between several relays, which skip rows
that another one holds. What fails is put off and holds up its own lane only.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

import structlog
from django.db import DatabaseError, InterfaceError, connection, transaction

from tinhso.kernel.clock import now as clock_now
from tinhso.kernel.events.models import Delivery
from tinhso.kernel.events.rules import MAX_ATTEMPTS, decode, failure_place, pause_after
from tinhso.kernel.events.services import UNKNOWN_SUBSCRIBER, revive_known_subscribers, wake_lane
from tinhso.kernel.events.sole import SoleRelay
from tinhso.kernel.events.statements import AT_ONCE, Taken, mark_done, take
from tinhso.kernel.events.subscriptions import Context, subscription

log = structlog.get_logger("tinhso.events")

BATCH = 200
# Behind a parked delivery nothing moves until an operator acts, who wakes the lane; the look now and then is only
# for a wake-up that crossed a put-off.
LOOK_AGAIN = timedelta(minutes=5)

Clock = Callable[[], datetime]


class Outcome(Enum):
    DELIVERED = "delivered"
    FAILED = "failed"
    PARKED = "parked"
    PUT_OFF = "put off"  # an earlier one of its lane is in the way
    TAKEN = "taken"  # another relay has it, or had it


@dataclass
class Tally:
    """What a run of the relay did, in deliveries."""

    delivered: int = 0
    failed: int = 0
    parked: int = 0
    put_off: int = 0

    def add(self, outcome: Outcome) -> None:
        if outcome is Outcome.DELIVERED:
            self.delivered += 1
        elif outcome is Outcome.FAILED:
            self.failed += 1
        elif outcome is Outcome.PARKED:
            self.parked += 1
        elif outcome is Outcome.PUT_OFF:
            self.put_off += 1

    @property
    def moved(self) -> bool:
        return bool(self.delivered or self.failed or self.parked or self.put_off)


def drain(now: datetime) -> Tally:
    """Deliver everything that is due at `now`, and what that brings about, until nothing moves."""
    total = Tally()
    while True:
        tally = deliver_due(lambda: now)
        if not tally.moved:
            return total
        for field in ("delivered", "failed", "parked", "put_off"):
            setattr(total, field, getattr(total, field) + getattr(tally, field))


def run_relay(*, once: bool = False, stop: threading.Event | None = None, poll_seconds: float = 0.2) -> None:
    """Deliver until `stop` is set, or with `once` until nothing is due. It outlives the loss of its database.

    On SQLite a second relay stands by until the first is gone; with `once` it does nothing then.
    """
    stop = stop or threading.Event()
    sole = SoleRelay()
    trouble = 0
    revived = False
    try:
        while not stop.is_set():
            if not sole.acquire():
                if once:
                    return
                stop.wait(poll_seconds)
                continue
            try:
                if not revived:
                    revive_known_subscribers()
                    revived = True
                moved = deliver_due(clock_now, stop=stop).moved
                trouble = 0
            except Exception as error:
                if once:
                    raise
                trouble += 1
                log.error("relay_interrupted", error=failure_place(error), in_a_row=trouble)
                drop_connection()
                stop.wait(min(0.25 * 2 ** min(trouble, 6), 10))
                continue
            if not moved:
                if once:
                    return
                stop.wait(poll_seconds)
    finally:
        sole.release()


def drop_connection() -> None:
    """Forget a connection that may be broken; the next query opens a new one."""
    try:
        connection.close()
    except (DatabaseError, InterfaceError):
        connection.connection = None


def deliver_due(clock: Clock, *, stop: threading.Event | None = None) -> Tally:
    """One round: the oldest due deliveries, lane by lane."""
    tally = Tally()
    lanes = list(_due_by_lane(clock()).values())
    if connection.vendor == "postgresql" and lanes:
        # Several relays begin at different lanes, so that they seldom meet.
        begin = os.getpid() * 7919 % len(lanes)
        lanes = lanes[begin:] + lanes[:begin]
    for lane in lanes:
        for delivery_id in lane:
            if stop is not None and stop.is_set():
                return tally
            outcome = deliver(delivery_id, clock())
            tally.add(outcome)
            if outcome is not Outcome.DELIVERED:
                break
    return tally


def _due_by_lane(now: datetime) -> dict[tuple[str, str], list[int]]:
    """(subscriber, key) → its due deliveries in order. A plain read: an idle relay takes no lock."""
    due = Delivery.objects.filter(next_attempt_at__lte=now).order_by("next_attempt_at", "id")
    rows = list(due.values_list("id", "subscriber", "key")[:BATCH])
    if len(rows) == BATCH:
        # Under a flood of fresh deliveries the put-off ones still get their turn.
        rows += due.filter(next_attempt_at__gt=AT_ONCE).values_list("id", "subscriber", "key")[: BATCH // 4]
    lanes: dict[tuple[str, str], list[int]] = {}
    for number, subscriber, key in sorted(set(rows)):
        lanes.setdefault((subscriber, key), []).append(number)
    return lanes


def deliver(delivery_id: int, now: datetime) -> Outcome:
    """Deliver one, if it is due, free, and the head of its lane."""
    taken: Taken | None = None
    began = time.monotonic()
    try:
        with transaction.atomic():
            taken = take(delivery_id, now)
            if taken is not None:
                outcome = _hand_over(taken, now)
    except Exception as error:
        if taken is None:
            raise
        # If the database itself went away, this fails too and no attempt is counted.
        outcome = _note_failure(taken, error, now)
    if taken is None:
        return _put_off_behind_earlier(delivery_id, now)
    log.log(
        logging.DEBUG if outcome is Outcome.DELIVERED else logging.WARNING,
        "event_delivery",
        outcome=outcome.value,
        delivery_id=delivery_id,
        event_id=taken.event_id,
        event_name=taken.event_name,
        subscriber=taken.subscriber,
        attempt=taken.attempts + 1,
        milliseconds=round((time.monotonic() - began) * 1000),
    )
    return outcome


def _hand_over(taken: Taken, now: datetime) -> Outcome:
    subscribed = subscription(taken.event_name, taken.subscriber)
    if subscribed is None:
        # Not lost and not guessed: it stands still until code knows it again, or an operator decides.
        _update_waiting(taken, status=Delivery.Status.PARKED, next_attempt_at=None, last_error=UNKNOWN_SUBSCRIBER)
        return Outcome.PARKED
    event = decode(subscribed.event_class, taken.payload)
    subscribed.handler(event, Context(now=now, event_id=taken.event_id, key=taken.key, attempt=taken.attempts + 1))
    mark_done(taken, now)
    if taken.attempts:
        wake_lane(taken.subscriber, taken.key, taken.id)
    return Outcome.DELIVERED


def _note_failure(taken: Taken, error: Exception, now: datetime) -> Outcome:
    attempts = taken.attempts + 1
    parks = attempts >= MAX_ATTEMPTS
    _update_waiting(
        taken,
        status=Delivery.Status.PARKED if parks else Delivery.Status.PENDING,
        attempts=attempts,
        next_attempt_at=None if parks else now + pause_after(attempts),
        last_error=failure_place(error),
    )
    return Outcome.PARKED if parks else Outcome.FAILED


def _update_waiting(taken: Taken, **values: object) -> None:
    # The count of attempts is the guard: a row that another relay has worked on since is left alone.
    Delivery.objects.filter(pk=taken.id, status=Delivery.Status.PENDING, attempts=taken.attempts).update(**values)


def _put_off_behind_earlier(delivery_id: int, now: datetime) -> Outcome:
    """Why could it not be taken? If an earlier one of its lane stands still, the lane is put off with it, in one
    statement, so that a long queue behind a stuck delivery is not read over and over."""
    mine = Delivery.objects.filter(pk=delivery_id, next_attempt_at__lte=now).first()
    if mine is None:
        return Outcome.TAKEN
    lane = Delivery.objects.filter(subscriber=mine.subscriber, key=mine.key, closed_at__isnull=True)
    earlier = lane.filter(pk__lt=delivery_id).order_by("pk").first()
    if earlier is None:
        return Outcome.TAKEN
    again_at = earlier.next_attempt_at or now + LOOK_AGAIN
    if again_at <= now:
        return Outcome.TAKEN
    lane.filter(pk__gt=earlier.pk, next_attempt_at__lte=now).update(next_attempt_at=again_at)
    return Outcome.PUT_OFF
