"""What an operator looks at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Min, Q

from tinhso.kernel.events.models import Delivery


@dataclass(frozen=True)
class StuckDelivery:
    """A delivery that failed at least once."""

    id: int
    event_id: int
    event_name: str
    subscriber: str
    key: str
    status: str
    attempts: int
    next_attempt_at: datetime | None
    last_error: str
    published_at: datetime


@dataclass(frozen=True)
class Backlog:
    """Open work. `oldest_at`: when the oldest waiting event was published."""

    pending: int
    failing: int
    parked: int
    oldest_at: datetime | None


def parked_deliveries(*, after_id: int = 0, limit: int = 100) -> list[StuckDelivery]:
    """What stands still for an operator, oldest first, paged by number."""
    return _stuck(Q(status=Delivery.Status.PARKED), after_id, limit)


def failing_deliveries(*, after_id: int = 0, limit: int = 100) -> list[StuckDelivery]:
    """What failed and will be tried again by itself, oldest first, paged by number."""
    return _stuck(Q(status=Delivery.Status.PENDING, attempts__gt=0), after_id, limit)


def backlog() -> Backlog:
    """How much is open. Reads open deliveries only."""
    counts = Delivery.objects.filter(closed_at__isnull=True).aggregate(
        pending=Count("pk", filter=Q(status=Delivery.Status.PENDING)),
        failing=Count("pk", filter=Q(status=Delivery.Status.PENDING, attempts__gt=0)),
        parked=Count("pk", filter=Q(status=Delivery.Status.PARKED)),
        oldest_at=Min("event__published_at", filter=Q(status=Delivery.Status.PENDING)),
    )
    return Backlog(**counts)


def _stuck(condition: Q, after_id: int, limit: int) -> list[StuckDelivery]:
    rows = Delivery.objects.filter(condition, closed_at__isnull=True, pk__gt=after_id)
    return [
        StuckDelivery(
            id=row.pk,
            event_id=row.event_id,
            event_name=row.event.name,
            subscriber=row.subscriber,
            key=row.key,
            status=row.status,
            attempts=row.attempts,
            next_attempt_at=row.next_attempt_at,
            last_error=row.last_error,
            published_at=row.event.published_at,
        )
        for row in rows.select_related("event").order_by("pk")[:limit]
    ]
