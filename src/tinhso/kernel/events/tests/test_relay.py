from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import ClassVar

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from tinhso.kernel.access.api import NOBODY, Actor, Refused
from tinhso.kernel.audit.api import trail
from tinhso.kernel.events.api import (
    CannotDiscard,
    CannotRetry,
    Context,
    Event,
    backlog,
    discard,
    drain,
    failing_deliveries,
    forget,
    parked_deliveries,
    prune,
    publish,
    retry,
    run_relay,
    subscribe,
)
from tinhso.kernel.events.models import Delivery, StoredEvent
from tinhso.kernel.events.rules import MAX_ATTEMPTS
from tinhso.kernel.events.services import revive_known_subscribers

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 2, 13, 9, 50, tzinfo=UTC)
OPERATOR = Actor(kind="operator", label="Quản trị viên")


@dataclass(frozen=True)
class Happened(Event):
    name: ClassVar[str] = "relay_test.happened"
    number: int


@dataclass(frozen=True)
class Ended(Event):
    name: ClassVar[str] = "relay_test.ended"
    number: int


class Listener:
    """A subscriber that writes down what it got, and fails where told to."""

    def __init__(self) -> None:
        self.got: list[tuple[str, int]] = []
        self.contexts: list[Context] = []
        self.fails_on: set[int] = set()

    def __call__(self, event: Happened | Ended, context: Context) -> None:
        if event.number in self.fails_on:
            raise ValueError(f"fails on {event.number}")
        self.got.append((context.key, event.number))
        self.contexts.append(context)

    def of(self, key: str) -> list[int]:
        return [number for k, number in self.got if k == key]


@pytest.fixture
def first() -> Iterator[Listener]:
    yield from _listening("relay_test.first")


@pytest.fixture
def second() -> Iterator[Listener]:
    yield from _listening("relay_test.second")


def _listening(name: str) -> Iterator[Listener]:
    listener = Listener()

    def handler(event: Happened | Ended, context: Context) -> None:
        listener(event, context)

    subscribe(Happened, name=name)(handler)
    subscribe(Ended, name=name)(handler)
    yield listener
    forget(name=name)


def happen(*numbers: int, key: str = "thing:1") -> None:
    for number in numbers:
        with transaction.atomic():
            publish(Happened(number), key=key)


# Publishing


def test_publishing_outside_a_transaction_is_refused_and_writes_nothing(first: Listener) -> None:
    with pytest.raises(RuntimeError, match="transaction"):
        publish(Happened(1), key="thing:1")
    assert not StoredEvent.objects.exists()


def test_a_rolled_back_change_announces_nothing(first: Listener) -> None:
    with transaction.atomic():
        publish(Happened(1), key="thing:1")
        transaction.set_rollback(True)
    drain(NOW)
    assert first.got == []
    assert not StoredEvent.objects.exists()


def test_an_event_that_nobody_listens_to_is_kept() -> None:
    happen(1)
    stored = StoredEvent.objects.get()
    assert (stored.name, stored.key, stored.payload) == ("relay_test.happened", "thing:1", {"number": 1})
    assert not Delivery.objects.exists()
    assert drain(NOW).delivered == 0


@pytest.mark.parametrize("key", ["", "k" * 201])
def test_a_bad_key_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match="key"), transaction.atomic():
        publish(Happened(1), key=key)


def test_publishing_costs_the_same_for_one_subscriber_and_for_two(first: Listener, second: Listener) -> None:
    with (
        transaction.atomic(),
        CaptureQueriesContext(
            connection,
        ) as queries,
    ):
        publish(Happened(1), key="thing:1")
    assert len([q for q in queries if "SAVEPOINT" not in q["sql"]]) <= 3


def test_two_functions_cannot_be_one_subscriber_of_an_event(first: Listener) -> None:
    def other(event: Happened, context: Context) -> None: ...

    with pytest.raises(ValueError, match="twice"):
        subscribe(Happened, name="relay_test.first")(other)


# Delivering


def test_every_subscriber_gets_every_event_once_and_in_order(first: Listener, second: Listener) -> None:
    happen(1, 2, 3, key="thing:1")
    happen(4, 5, key="thing:2")
    assert drain(NOW).delivered == 10
    assert drain(NOW).delivered == 0
    for listener in (first, second):
        assert listener.of("thing:1") == [1, 2, 3]
        assert listener.of("thing:2") == [4, 5]


def test_one_subscriber_gets_different_kinds_of_events_of_a_key_in_order(first: Listener) -> None:
    happen(1)
    with transaction.atomic():
        publish(Ended(2), key="thing:1")
        publish(Happened(3), key="thing:1")
    drain(NOW)
    assert first.of("thing:1") == [1, 2, 3]


def test_the_handler_is_told_the_time_the_event_and_the_attempt(first: Listener) -> None:
    happen(1)
    drain(NOW)
    assert first.contexts == [Context(now=NOW, event_id=StoredEvent.objects.get().pk, key="thing:1", attempt=1)]


def test_what_a_handler_announces_is_delivered_too(second: Listener) -> None:
    @subscribe(Happened, name="relay_test.chain")
    def chain(event: Happened, context: Context) -> None:
        publish(Ended(event.number + 1), key=context.key)

    try:
        happen(1)
        drain(NOW)
    finally:
        forget(name="relay_test.chain")
    assert second.of("thing:1") == [1, 2]


def test_a_failed_handler_leaves_no_trace_and_is_tried_again_after_growing_pauses(second: Listener) -> None:
    tries = []

    @subscribe(Happened, name="relay_test.half")
    def half(event: Happened, context: Context) -> None:
        StoredEvent.objects.create(name="trace", key="trace", payload={}, published_at=context.now)
        tries.append(context.attempt)
        if context.attempt < 3:
            raise ValueError("not yet")

    try:
        happen(1)
        assert drain(NOW).failed == 1
        assert not StoredEvent.objects.filter(name="trace").exists()
        assert drain(NOW + timedelta(milliseconds=900)).failed == 0
        assert drain(NOW + timedelta(seconds=1)).failed == 1
        assert drain(NOW + timedelta(seconds=2.9)).delivered == 0
        assert drain(NOW + timedelta(seconds=3)).delivered == 1
    finally:
        forget(name="relay_test.half")
    assert tries == [1, 2, 3]
    assert StoredEvent.objects.filter(name="trace").count() == 1
    assert second.of("thing:1") == [1]


def test_a_failing_delivery_holds_up_its_own_key_and_subscriber_only(first: Listener, second: Listener) -> None:
    first.fails_on = {2}
    happen(1, 2, 3, key="thing:1")
    happen(4, key="thing:2")
    drain(NOW)
    assert first.of("thing:1") == [1]
    assert first.of("thing:2") == [4]
    assert second.of("thing:1") == [1, 2, 3]
    assert [d.attempts for d in failing_deliveries()] == [1]
    first.fails_on = set()
    drain(NOW + timedelta(seconds=1))
    assert first.of("thing:1") == [1, 2, 3]


def park(first: Listener) -> int:
    """Number 2 of thing:1 is parked, 3 waits behind it."""
    first.fails_on = {2}
    happen(1, 2, 3)
    for hour in range(MAX_ATTEMPTS + 1):
        drain(NOW + timedelta(hours=hour))
    [parked] = parked_deliveries()
    return parked.id


LATER = NOW + timedelta(days=2)


def test_after_the_last_attempt_a_delivery_is_parked_and_seen(first: Listener) -> None:
    park(first)
    [parked] = parked_deliveries()
    assert (parked.attempts, parked.event_name, parked.key) == (MAX_ATTEMPTS, "relay_test.happened", "thing:1")
    assert "ValueError" in parked.last_error
    assert "fails on" not in parked.last_error
    assert drain(LATER).delivered == 0
    assert first.of("thing:1") == [1]
    counts = backlog()
    assert (counts.pending, counts.parked) == (1, 1)
    happen(9, key="thing:2")
    drain(LATER)
    assert first.of("thing:2") == [9]


def test_a_long_queue_behind_a_parked_delivery_is_put_off_in_one_go(first: Listener) -> None:
    park(first)
    happen(*range(10, 30))
    with CaptureQueriesContext(connection) as queries:
        assert drain(LATER).put_off == 1
    assert len(queries) < 15
    with CaptureQueriesContext(connection) as queries:
        drain(LATER)
    assert len(queries) == 1


def test_an_operator_tries_a_parked_delivery_again_and_the_rest_follows(first: Listener) -> None:
    delivery_id = park(first)
    first.fails_on = set()
    retry(delivery_id=delivery_id, actor=OPERATOR, now=LATER)
    drain(NOW)
    assert first.of("thing:1") == [1, 2, 3]
    assert [entry.action for entry in trail(f"delivery:{delivery_id}")] == ["events.retry"]


def test_an_operator_discards_a_parked_delivery_with_a_reason_and_the_rest_follows(first: Listener) -> None:
    delivery_id = park(first)
    discard(delivery_id=delivery_id, reason="Hồ sơ thử", actor=OPERATOR, now=LATER)
    drain(NOW)
    assert first.of("thing:1") == [1, 3]
    [entry] = trail(f"delivery:{delivery_id}")
    assert (entry.action, entry.reason) == ("events.discard", "Hồ sơ thử")
    assert parked_deliveries() == []


def test_discarding_without_a_reason_is_refused(first: Listener) -> None:
    delivery_id = park(first)
    with pytest.raises(CannotDiscard, match="lý do"):
        discard(delivery_id=delivery_id, reason="  ", actor=OPERATOR, now=LATER)
    assert [d.id for d in parked_deliveries()] == [delivery_id]


@pytest.mark.parametrize(
    "actor", [NOBODY, Actor(kind="citizen", label="A", user_id=1), Actor(kind="officer", label="B", user_id=2)]
)
def test_only_an_operator_operates(actor: Actor, first: Listener) -> None:
    delivery_id = park(first)
    with pytest.raises(Refused):
        retry(delivery_id=delivery_id, actor=actor, now=LATER)
    with pytest.raises(Refused):
        discard(delivery_id=delivery_id, reason="x", actor=actor, now=LATER)
    assert [d.id for d in parked_deliveries()] == [delivery_id]
    assert trail(f"delivery:{delivery_id}") == []


def test_only_a_parked_delivery_is_retried_or_discarded(first: Listener) -> None:
    happen(1)
    drain(NOW)
    delivery_id = Delivery.objects.get().pk
    with pytest.raises(CannotRetry):
        retry(delivery_id=delivery_id, actor=OPERATOR, now=NOW)
    with pytest.raises(CannotDiscard):
        discard(delivery_id=delivery_id, reason="x", actor=OPERATOR, now=NOW)
    assert Delivery.objects.get().status == "done"


def test_a_subscriber_that_no_code_knows_is_parked_and_revived_when_it_is_known_again(first: Listener) -> None:
    happen(1, 2)
    Delivery.objects.update(subscriber="relay_test.gone")
    assert drain(NOW).parked == 1
    assert revive_known_subscribers() == 0
    assert [d.subscriber for d in parked_deliveries()] == ["relay_test.gone"]
    listener = _listening("relay_test.gone")
    gone = next(listener)
    try:
        assert revive_known_subscribers() == 1
        drain(NOW + timedelta(hours=1))
    finally:
        list(listener)
    assert gone.of("thing:1") == [1, 2]


def test_a_payload_that_the_code_cannot_read_is_tried_again_later(first: Listener) -> None:
    happen(1)
    StoredEvent.objects.update(payload={"number": 1, "newer": True})
    assert drain(NOW).failed == 1
    assert "Unreadable" in failing_deliveries()[0].last_error


def test_a_flood_of_fresh_events_does_not_starve_what_was_put_off(first: Listener) -> None:
    first.fails_on = {1}
    happen(1, key="thing:slow")
    drain(NOW)
    first.fails_on = set()
    with transaction.atomic():
        for number in range(250):
            publish(Happened(number), key=f"thing:{number}")
    from tinhso.kernel.events.relay import deliver_due

    deliver_due(lambda: NOW + timedelta(minutes=1))
    assert first.of("thing:slow") == [1]
    drain(NOW + timedelta(minutes=1))
    assert len(first.got) == 251


def test_an_idle_round_is_one_read(first: Listener) -> None:
    happen(1)
    drain(NOW)
    with CaptureQueriesContext(connection) as queries:
        drain(NOW)
    assert len(queries) == 1
    assert queries[0]["sql"].startswith("SELECT")


def test_what_is_due_and_a_lane_are_found_by_their_small_indexes() -> None:
    due = Delivery.objects.filter(next_attempt_at__lte=NOW).order_by("next_attempt_at", "id")
    lane = Delivery.objects.filter(subscriber="a", key="b", closed_at__isnull=True, id__lt=5)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
    assert "delivery_due" in due.explain()
    assert "delivery_open_lane" in lane.explain()


def test_running_once_delivers_what_is_due_and_returns(first: Listener) -> None:
    happen(1, 2)
    run_relay(once=True)
    assert first.of("thing:1") == [1, 2]


# Constraints and pruning


def test_the_database_refuses_times_that_do_not_fit_the_status(first: Listener) -> None:
    happen(1)
    for wrong in ({"status": "done"}, {"status": "parked"}, {"next_attempt_at": None}, {"closed_at": NOW}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Delivery.objects.update(**wrong)


def test_pruning_deletes_what_is_long_done_and_keeps_what_is_open(first: Listener) -> None:
    delivery_id = park(first)
    happen(5, key="thing:2")
    drain(LATER)
    assert prune(now=NOW + timedelta(days=29)) == 0
    assert prune(now=LATER + timedelta(days=31)) == 2
    assert set(Delivery.objects.values_list("status", flat=True)) == {"parked", "pending"}
    assert StoredEvent.objects.count() == 4
    assert prune(now=datetime.now(UTC) + timedelta(days=366)) == 2
    assert StoredEvent.objects.count() == 2
    assert [d.id for d in parked_deliveries()] == [delivery_id]
