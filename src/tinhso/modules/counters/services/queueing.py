"""Numbers: taken, called, called again, missed, handed on, done. Everything is in the database at once: whoever opens
the page again after a crash finds it as it was."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Case, IntegerField, Value, When

from tinhso.kernel.access.api import Actor, account_of, require
from tinhso.kernel.audit.api import record
from tinhso.kernel.identifiers.api import next_number
from tinhso.modules.counters.models import Counter, Hall, Line, Ticket
from tinhso.modules.counters.queries import TicketInfo, day_of, hall_by_token, ticket_info
from tinhso.modules.counters.rules import PRIORITIES, TicketState, shown


class CannotTake(ValueError):
    """The line is closed or unknown. No number was drawn."""


class CannotCall(ValueError):
    """The clerk sits nowhere, somebody is being served, or the number is no longer theirs. Nothing was changed."""


@transaction.atomic
def take_number(*, token: UUID, line_id: int, priority: str = "", actor: Actor, now: datetime) -> TicketInfo:
    """Draw the next number of the hall today, without gaps. Raises `CannotTake`, `HallNotFound`."""
    require(actor, "counters.take")
    hall = hall_by_token(token)
    line = Line.objects.filter(hall_id=hall.id, pk=line_id, is_open=True).first()
    if line is None:
        raise CannotTake("Nhóm việc này hiện không nhận. Hãy chọn nhóm việc khác hoặc hỏi bàn hướng dẫn.")
    if priority and priority not in PRIORITIES:
        raise CannotTake("Diện ưu tiên không hợp lệ. Hãy chọn lại.")
    day = day_of(now)
    # Drawn last: the row of the sequence stays locked until this transaction ends, so that no number is lost.
    number = next_number(f"queue:{hall.id}:{day:%y%m%d}")
    row = Ticket.objects.create(
        hall_id=hall.id, date=day, number=number, letter=line.letter, line=line, priority=priority,
        state=TicketState.WAITING, taken_at=now,
    )  # fmt: skip
    return ticket_info(row)


@transaction.atomic
def sit_down(*, counter_id: int, actor: Actor, now: datetime) -> None:
    """The clerk sits at a counter for today; whatever they had elsewhere is left. Raises `CannotCall`."""
    counter = Counter.objects.select_for_update(of=("self",)).select_related("hall", "clerk").get(pk=counter_id)
    require(actor, "counters.call", counter.hall)
    day = day_of(now)
    clerk = account_of(actor)
    if counter.clerk_id not in (None, clerk) and counter.taken_date == day:
        name = counter.clerk.full_name if counter.clerk else "cán bộ khác"
        raise CannotCall(f"Quầy {counter.number} đang có {name}. Hãy chọn quầy khác.")
    _leave_others(clerk, counter.pk)
    counter.clerk_id, counter.taken_date = clerk, day
    try:
        with transaction.atomic():
            counter.save(update_fields=["clerk", "taken_date"])
    except IntegrityError:
        raise CannotCall("Bạn vừa ngồi vào một quầy khác ở cửa sổ khác. Hãy tải lại trang.") from None
    record(who=actor, action="counters.sit_down", object_ref=f"counter:{counter.pk}", now=now)


def _leave_others(clerk_id: int, counter_id: int) -> None:
    busy = Counter.objects.filter(clerk_id=clerk_id).exclude(pk=counter_id)
    if Ticket.objects.filter(counter__in=busy, state=TicketState.CALLED).exists():
        raise CannotCall("Quầy bạn đang ngồi còn một số chưa xong. Bấm «Xong» hoặc «Vắng» trước khi đổi quầy.")
    busy.update(clerk=None, taken_date=None)


@transaction.atomic
def stand_up(*, actor: Actor, now: datetime) -> None:
    """The clerk leaves the counter. Raises `CannotCall` while a number is in hand."""
    counter = _own_counter(actor, now)
    if Ticket.objects.filter(counter=counter, state=TicketState.CALLED).exists():
        raise CannotCall("Còn một số đang phục vụ. Bấm «Xong» hoặc «Vắng» rồi mới rời quầy.")
    counter.clerk = None
    counter.taken_date = None
    counter.save(update_fields=["clerk", "taken_date"])
    record(who=actor, action="counters.stand_up", object_ref=f"counter:{counter.pk}", now=now)


@transaction.atomic
def call_next(*, actor: Actor, now: datetime) -> TicketInfo | None:
    """«Mời số tiếp theo»: priorities first, then by number, of the lines that the counter serves. Two who press at once
    get two numbers. None: nobody waits. Raises `CannotCall`."""
    counter = _own_counter(actor, now)
    if Ticket.objects.filter(counter=counter, state=TicketState.CALLED).exists():
        raise CannotCall("Quầy đang phục vụ một số. Bấm «Xong» hoặc «Vắng» trước khi mời số tiếp theo.")
    lines = list(counter.lines.values_list("pk", flat=True))
    row = (
        Ticket.objects.select_for_update(of=("self",), skip_locked=True)
        .filter(hall_id=counter.hall_id, date=day_of(now), state=TicketState.WAITING, line_id__in=lines)
        .annotate(turn=Case(When(priority="", then=Value(1)), default=Value(0), output_field=IntegerField()))
        .order_by("turn", "number")
        .first()
    )
    if row is None:
        return None
    return _call(row, counter, now)


def _call(row: Ticket, counter: Counter, now: datetime) -> TicketInfo:
    row.state = TicketState.CALLED
    row.counter = counter
    row.called_at = now
    row.first_called_at = row.first_called_at or now
    row.calls += 1
    row.save(update_fields=["state", "counter", "called_at", "first_called_at", "calls"])
    return ticket_info(Ticket.objects.select_related("line", "counter").get(pk=row.pk))


@transaction.atomic
def call_again(*, ticket_id: int, actor: Actor, now: datetime) -> TicketInfo:
    """Call the number in hand once more, or one that was missed and has come back. Raises `CannotCall`."""
    counter = _own_counter(actor, now)
    row = _row(ticket_id, counter, now)
    if row.state == TicketState.CALLED and row.counter_id == counter.pk:
        return _call(row, counter, now)
    if row.state != TicketState.ABSENT:
        raise CannotCall(f"Số {shown(row.letter, row.number)} không còn ở trạng thái gọi lại được.")
    if Ticket.objects.filter(counter=counter, state=TicketState.CALLED).exists():
        raise CannotCall("Quầy đang phục vụ một số. Bấm «Xong» hoặc «Vắng» trước khi gọi lại số khác.")
    return _call(row, counter, now)


@transaction.atomic
def miss(*, ticket_id: int, actor: Actor, now: datetime) -> None:
    """Nobody came. The number can be called again today. Raises `CannotCall`."""
    row = _in_hand(ticket_id, actor, now)
    row.state = TicketState.ABSENT
    row.save(update_fields=["state"])


@transaction.atomic
def finish(*, ticket_id: int, actor: Actor, now: datetime) -> None:
    """The person has been served. Raises `CannotCall`."""
    row = _in_hand(ticket_id, actor, now)
    row.state = TicketState.DONE
    row.done_at = now
    row.save(update_fields=["state", "done_at"])


@transaction.atomic
def hand_on(*, ticket_id: int, line_id: int, actor: Actor, now: datetime) -> None:
    """The matter belongs to another line: the person keeps the number and waits there, before later numbers. Raises
    `CannotCall`."""
    row = _in_hand(ticket_id, actor, now)
    line = Line.objects.filter(hall_id=row.hall_id, pk=line_id, is_open=True).first()
    if line is None or line.pk == row.line_id:
        raise CannotCall("Chọn nhóm việc khác với nhóm hiện nay của số này.")
    row.line = line
    row.state = TicketState.WAITING
    row.counter = None
    row.save(update_fields=["line", "state", "counter"])


@transaction.atomic
def note_use(*, reference: str, actor: Actor, now: datetime) -> None:
    """What is begun at the counter is begun for the number in hand, if there is one."""
    require(actor, "counters.call")
    Ticket.objects.filter(
        counter__clerk_id=account_of(actor), counter__taken_date=day_of(now), state=TicketState.CALLED
    ).update(reference=reference[:60])


def _own_counter(actor: Actor, now: datetime) -> Counter:
    """The clerk's own counter, locked."""
    require(actor, "counters.call")
    counter = (
        Counter.objects.select_for_update(of=("self",))
        .select_related("hall")
        .filter(clerk_id=account_of(actor), taken_date=day_of(now))
        .first()
    )
    if counter is None:
        raise CannotCall("Bạn chưa ngồi vào quầy nào hôm nay. Chọn quầy trước khi gọi số.")
    require(actor, "counters.call", counter.hall)
    return counter


def _row(ticket_id: int, counter: Counter, now: datetime) -> Ticket:
    row = (
        Ticket.objects.select_for_update(of=("self",))
        .filter(pk=ticket_id, hall_id=counter.hall_id, date=day_of(now))
        .first()
    )
    if row is None:
        raise CannotCall("Không có số này trong hôm nay.")
    return row


def _in_hand(ticket_id: int, actor: Actor, now: datetime) -> Ticket:
    counter = _own_counter(actor, now)
    row = _row(ticket_id, counter, now)
    if row.state != TicketState.CALLED or row.counter_id != counter.pk:
        raise CannotCall(f"Số {shown(row.letter, row.number)} không còn ở quầy của bạn. Hãy tải lại trang.")
    return row


class CannotSetUp(ValueError):
    """There would be no line or no counter, or too many. Nothing was changed."""


LINES_MOST, COUNTERS_MOST = 12, 40


@transaction.atomic
def set_up_hall(*, office_id: int, titles: list[str], counters: int, actor: Actor, now: datetime) -> UUID:
    """Lines (letters A, B… in order) and counters of an office's hall; each counter serves every line until it is told
    otherwise. What is left out is closed, never deleted: its numbers stay. Raises `CannotSetUp`. Returns the hall's
    token."""
    require(actor, "counters.set_up", Hall(office_id=office_id))
    titles = [" ".join(title.split())[:100] for title in titles if title.strip()]
    if not 1 <= len(titles) <= LINES_MOST:
        raise CannotSetUp(f"Ghi từ 1 đến {LINES_MOST} nhóm việc, mỗi dòng một nhóm.")
    if not 1 <= counters <= COUNTERS_MOST:
        raise CannotSetUp(f"Số quầy từ 1 đến {COUNTERS_MOST}.")
    hall, _ = Hall.objects.get_or_create(office_id=office_id)
    Line.objects.filter(hall=hall).update(is_open=False)
    for place, title in enumerate(titles):
        Line.objects.update_or_create(
            hall=hall, letter=chr(ord("A") + place), defaults={"title": title, "is_open": True}
        )
    Counter.objects.filter(hall=hall).update(is_open=False)
    open_lines = list(Line.objects.filter(hall=hall, is_open=True))
    for number in range(1, counters + 1):
        counter, _ = Counter.objects.update_or_create(hall=hall, number=number, defaults={"is_open": True})
        counter.lines.set(open_lines)
    record(
        who=actor, action="counters.set_up", object_ref=f"hall:{hall.pk}",
        after={"lines": titles, "counters": counters}, now=now,
    )  # fmt: skip
    return hall.token


@transaction.atomic
def serve_lines(*, counter_id: int, line_ids: list[int], actor: Actor, now: datetime) -> None:
    """Which lines a counter serves. Raises `CannotSetUp`."""
    counter = Counter.objects.select_for_update(of=("self",)).select_related("hall").get(pk=counter_id)
    require(actor, "counters.set_up", counter.hall)
    lines = list(Line.objects.filter(hall_id=counter.hall_id, pk__in=line_ids, is_open=True))
    if not lines:
        raise CannotSetUp(f"Quầy {counter.number} phải phục vụ ít nhất một nhóm việc.")
    counter.lines.set(lines)
    record(
        who=actor, action="counters.serve_lines", object_ref=f"counter:{counter.pk}",
        after={"lines": [line.letter for line in lines]}, now=now,
    )  # fmt: skip
