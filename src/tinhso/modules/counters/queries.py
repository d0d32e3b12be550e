"""What the kiosk, the screen and the clerk's desk read, each in a bounded number of queries."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Avg, Count, DurationField, ExpressionWrapper, F, Q

from tinhso.kernel.access.api import Actor, reach
from tinhso.kernel.clock import VIETNAM
from tinhso.modules.counters.models import Counter, Hall, Line, Ticket
from tinhso.modules.counters.rules import PRIORITIES, TicketState, minutes_in_words, shown

LAST_CALLED = 6


class HallNotFound(LookupError):
    """No hall has this address. The same answer whatever was typed."""


@dataclass(frozen=True)
class HallInfo:
    id: int
    token: UUID
    office_id: int
    office_name: str


@dataclass(frozen=True)
class LineInfo:
    id: int
    letter: str
    title: str
    waiting: int = 0


@dataclass(frozen=True)
class TicketInfo:
    """`shown`: "A012". No personal data: there is none."""

    id: int
    number: int
    shown: str
    line_id: int
    line_title: str
    priority: str
    state: TicketState
    counter_number: int | None
    taken_at: datetime
    called_at: datetime | None
    calls: int
    reference: str = ""


@dataclass(frozen=True)
class Seat:
    """Where a clerk sits today, and whom they serve now."""

    counter_id: int
    counter_number: int
    hall: HallInfo
    lines: tuple[LineInfo, ...]
    current: TicketInfo | None


@dataclass(frozen=True)
class Waiting:
    """The hall just now. `average`: how long people waited today, in words."""

    total: int
    priority: int
    average: str


def day_of(now: datetime) -> date:
    """The day that numbers belong to: that of Vietnam."""
    return now.astimezone(VIETNAM).date()


def hall_by_token(token: UUID) -> HallInfo:
    """Raises `HallNotFound`. One query."""
    row = Hall.objects.select_related("office").filter(token=token).first()
    if row is None:
        raise HallNotFound
    return hall_info(row)


def hall_info(row: Hall) -> HallInfo:
    return HallInfo(row.pk, row.token, row.office_id, row.office.name)


def halls_of(actor: Actor) -> list[HallInfo]:
    """The halls of the actor's offices. One query."""
    rows = Hall.objects.select_related("office").filter(office_id__in=reach(actor, "counters.call"))
    return [hall_info(row) for row in rows.order_by("office__sort_key")]


def lines_of(hall_id: int, *, now: datetime) -> list[LineInfo]:
    """What one can choose, each with how many wait. Two queries."""
    counted = dict(
        Ticket.objects.filter(hall_id=hall_id, date=day_of(now), state=TicketState.WAITING)
        .order_by()
        .values_list("line_id")
        .annotate(Count("pk"))
    )
    rows = Line.objects.filter(hall_id=hall_id, is_open=True).order_by("letter")
    return [LineInfo(row.pk, row.letter, row.title, counted.get(row.pk, 0)) for row in rows]


def counters_of(hall_id: int) -> list[Counter]:
    return list(Counter.objects.filter(hall_id=hall_id, is_open=True).select_related("clerk").order_by("number"))


def ticket_info(row: Ticket) -> TicketInfo:
    return TicketInfo(
        id=row.pk,
        number=row.number,
        shown=shown(row.letter, row.number),
        line_id=row.line_id,
        line_title=row.line.title,
        priority=PRIORITIES.get(row.priority, ""),
        state=TicketState(row.state),
        counter_number=None if row.counter is None else row.counter.number,
        taken_at=row.taken_at,
        called_at=row.called_at,
        calls=row.calls,
        reference=row.reference,
    )


def ticket(hall_id: int, number: int, *, now: datetime) -> TicketInfo | None:
    """A number of today. One query."""
    rows = Ticket.objects.select_related("line", "counter")
    row = rows.filter(hall_id=hall_id, date=day_of(now), number=number).first()
    return None if row is None else ticket_info(row)


def tickets_of(references: Collection[str]) -> dict[str, list[tuple[date, str, datetime]]]:
    """The numbers that stood for these: reference → (day, number, taken at). One query."""
    found: dict[str, list[tuple[date, str, datetime]]] = {}
    for row in Ticket.objects.filter(reference__in=references).order_by("pk"):
        found.setdefault(row.reference, []).append((row.date, shown(row.letter, row.number), row.taken_at))
    return found


def called_now(hall_id: int, *, now: datetime) -> list[TicketInfo]:
    """The last called, the newest first: at a counter now or just served. One query."""
    rows = (
        Ticket.objects.select_related("line", "counter")
        .filter(hall_id=hall_id, date=day_of(now), state=TicketState.CALLED)
        .order_by("-called_at", "-pk")[:LAST_CALLED]
    )
    return [ticket_info(row) for row in rows]


def waiting_in(hall_id: int, *, now: datetime) -> Waiting:
    """How many wait, and how long people have waited today. One query."""
    waited = ExpressionWrapper(F("first_called_at") - F("taken_at"), output_field=DurationField())
    found = Ticket.objects.filter(hall_id=hall_id, date=day_of(now)).aggregate(
        total=Count("pk", filter=Q(state=TicketState.WAITING)),
        priority=Count("pk", filter=Q(state=TicketState.WAITING) & ~Q(priority="")),
        average=Avg(waited, filter=Q(first_called_at__isnull=False)),
    )
    average = found["average"]
    return Waiting(
        found["total"], found["priority"], minutes_in_words(None if average is None else average.total_seconds())
    )


def seat_of(actor: Actor, *, now: datetime) -> Seat | None:
    """The counter that a clerk sits at today, with the number in hand; None when they sit nowhere. Three queries."""
    if actor.user_id is None:
        return None
    counter = (
        Counter.objects.select_related("hall__office").filter(clerk_id=actor.user_id, taken_date=day_of(now)).first()
    )
    if counter is None:
        return None
    current = Ticket.objects.select_related("line", "counter").filter(counter=counter, state=TicketState.CALLED).first()
    lines = [LineInfo(row.pk, row.letter, row.title) for row in counter.lines.order_by("letter")]
    return Seat(
        counter.pk,
        counter.number,
        hall_info(counter.hall),
        tuple(lines),
        None if current is None else ticket_info(current),
    )


def absent_today(hall_id: int, *, now: datetime) -> list[TicketInfo]:
    """Who was called and did not come: they may come back. One query."""
    rows = (
        Ticket.objects.select_related("line", "counter")
        .filter(hall_id=hall_id, date=day_of(now), state=TicketState.ABSENT)
        .order_by("-called_at")[:20]
    )
    return [ticket_info(row) for row in rows]
