"""Who listens to what. Filled when apps get ready, read by `publish` and by the relay."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from tinhso.kernel.events.rules import Event, shape


@dataclass(frozen=True)
class Context:
    """What a handler knows about the delivery it works on. `attempt` counts from 1."""

    now: datetime
    event_id: int
    key: str
    attempt: int


E = TypeVar("E", bound=Event)
Handler = Callable[[E, Context], None]


@dataclass(frozen=True)
class Subscription:
    subscriber: str
    event_class: type[Event]
    handler: Handler[Any]


# event name → subscriber name → subscription
_subscriptions: dict[str, dict[str, Subscription]] = {}


def subscribe(event_class: type[E], *, name: str) -> Callable[[Handler[E]], Handler[E]]:
    """Decorate the handler of `event_class` for the subscriber `name` ("notifications.dossier_mail").

    One subscriber may listen to several kinds of events: it gets all of one key in the order of their publication.
    The name is stored with every delivery, so it outlives the function: rename it only with a migration.
    A handler runs inside the transaction that marks its delivery done, so what it writes to our database happens
    exactly once. It calls one service; slow or outside work it hands to `kernel.jobs`.
    """
    shape(event_class)
    if not name or len(name) > 100:
        raise ValueError(f"a subscriber has a name of at most 100 characters, not {name!r}")

    def register(handler: Handler[E]) -> Handler[E]:
        listeners = _subscriptions.setdefault(event_class.name, {})
        known = listeners.get(name)
        if known is not None and _origin(known.handler) != _origin(handler):
            raise ValueError(f"subscriber {name} listens to {event_class.name} twice")
        listeners[name] = Subscription(name, event_class, handler)
        return handler

    return register


def subscribers_of(event_name: str) -> list[str]:
    return sorted(_subscriptions.get(event_name, ()))


def subscription(event_name: str, subscriber: str) -> Subscription | None:
    return _subscriptions.get(event_name, {}).get(subscriber)


def known_subscribers() -> dict[str, frozenset[str]]:
    """Subscriber name → names of the events it handles."""
    known: dict[str, set[str]] = {}
    for event_name, listeners in _subscriptions.items():
        for subscriber in listeners:
            known.setdefault(subscriber, set()).add(event_name)
    return {subscriber: frozenset(names) for subscriber, names in known.items()}


def forget(*, name: str) -> None:
    """Take a subscriber away: for tests that add their own."""
    for listeners in _subscriptions.values():
        listeners.pop(name, None)


def _origin(handler: Handler[Any]) -> tuple[str, str]:
    return handler.__module__, handler.__qualname__
