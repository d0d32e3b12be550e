"""The statements of the hot path, written by hand: through the ORM, composing them took more time than running them.

They do the same on SQLite and PostgreSQL; where the two differ it is said why.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import connection

# "At once", whatever the clocks of the machines say: a fresh delivery is due at any now.
AT_ONCE = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Taken:
    """A delivery in the hands of this relay. `attempts`: those before this one."""

    id: int
    subscriber: str
    key: str
    attempts: int
    event_id: int
    event_name: str
    payload: dict[str, Any]


# Numbers are drawn before they are committed. Publishers of one key therefore take turns until their commit, so that
# the order of numbers is the order in which the relay can see them: the lock comes first, the number after it.
_PUBLISH_POSTGRESQL = """
    WITH turn AS MATERIALIZED (SELECT pg_advisory_xact_lock(hashtextextended(%(key)s, 20261124))),
    event AS (
        INSERT INTO events_storedevent (name, key, payload, published_at)
        SELECT %(name)s, %(key)s, %(payload)s::jsonb, %(published_at)s FROM turn
        RETURNING id
    )
    INSERT INTO events_delivery (event_id, subscriber, key, status, attempts, next_attempt_at, last_error)
    SELECT event.id, subscriber, %(key)s, 'pending', 0, %(at_once)s, ''
    FROM event, unnest(%(subscribers)s::text[]) AS subscriber
"""
_INSERT_EVENT = """
    INSERT INTO events_storedevent (name, key, payload, published_at)
    VALUES (%(name)s, %(key)s, %(payload)s, %(published_at)s) RETURNING id
"""
_INSERT_DELIVERIES_SQLITE = """
    INSERT INTO events_delivery (event_id, subscriber, key, status, attempts, next_attempt_at, last_error)
    SELECT %(event_id)s, value, %(key)s, 'pending', 0, %(at_once)s, '' FROM json_each(%(subscribers)s)
"""
_TAKE = """
    SELECT d.id, d.subscriber, d.key, d.attempts, e.id, e.name, e.payload
    FROM events_delivery d JOIN events_storedevent e ON e.id = d.event_id
    WHERE d.id = %(id)s AND d.next_attempt_at <= %(now)s AND NOT EXISTS (
        SELECT 1 FROM events_delivery p
        WHERE p.subscriber = d.subscriber AND p.key = d.key AND p.closed_at IS NULL AND p.id < d.id
    )
"""
_DONE = """
    UPDATE events_delivery
    SET status = 'done', attempts = attempts + 1, next_attempt_at = NULL, last_error = '', closed_at = %(now)s
    WHERE id = %(id)s AND status = 'pending' AND attempts = %(attempts)s
"""


def insert(*, name: str, key: str, payload: dict[str, Any], published_at: datetime, subscribers: Sequence[str]) -> None:
    """The event and its deliveries: one statement on PostgreSQL, two on SQLite."""
    values = {
        "name": name,
        "key": key,
        "payload": json.dumps(payload, ensure_ascii=False),
        "published_at": _instant(published_at),
        "at_once": _instant(AT_ONCE),
    }
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql" and subscribers:
            cursor.execute(_PUBLISH_POSTGRESQL, {**values, "subscribers": list(subscribers)})
            return
        # One writer at a time on SQLite, and no order to keep where nobody listens: no turns to take.
        cursor.execute(_INSERT_EVENT, values)
        event_id = cursor.fetchone()[0]
        if subscribers:
            cursor.execute(
                _INSERT_DELIVERIES_SQLITE,
                {**values, "event_id": event_id, "subscribers": json.dumps(list(subscribers))},
            )


def take(delivery_id: int, now: datetime) -> Taken | None:
    """Lock a due delivery that is the head of its lane; None when it is not, or when another relay has it."""
    # SQLite has no row locks: the transaction began with its one write lock.
    lock = " FOR UPDATE OF d SKIP LOCKED" if connection.features.has_select_for_update_skip_locked else ""
    with connection.cursor() as cursor:
        cursor.execute(_TAKE + lock, {"id": delivery_id, "now": _instant(now)})
        row = cursor.fetchone()
    if row is None:
        return None
    number, subscriber, key, attempts, event_id, event_name, payload = row
    return Taken(number, subscriber, key, attempts, event_id, event_name, json.loads(payload))


def mark_done(taken: Taken, now: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_DONE, {"id": taken.id, "attempts": taken.attempts, "now": _instant(now)})


def _instant(value: datetime) -> Any:
    return connection.ops.adapt_datetimefield_value(value)
