"""From the instant of receipt and a rule to the instant a result is due, with the reason of every day.

How each unit counts:

- `working_hour`, `working_day`: working minutes from receipt; a working day is 8 working hours (480 minutes), also
  where an agency's own day is longer or shorter. A term used up exactly at closing ends at that closing.
- `same_day`: until closing of the day of receipt, or of the next working day when nothing is left of the day.
- `calendar_day`: Bộ luật Dân sự 2015, articles 147 and 148: the day of receipt does not count; every day after it
  does, days off too; a last day that is a day off moves to the next working day; the day ends at closing. Its counted
  minutes are 1440 a day.
- `cutoff`: received after it, the clock starts on the next working day; the cut-off minute itself is still before it.

Pauses stop the clock: working minutes inside a pause do not count, and a calendar day does not count when the pause
holds at its closing (at its midnight on a day off). A pause without an end makes the due instant unknown (None).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Final, Literal, get_args

from tinhso.kernel.calendar.rules.working_time import (
    LAST_DAY,
    MINUTES_PER_DAY,
    WORKING_DAY_MINUTES,
    CannotComputeDeadline,
    WorkingCalendar,
    clock_text,
    duration_text,
    instant,
    local,
    minute_of,
    next_day,
)

Unit = Literal["working_day", "working_hour", "calendar_day", "same_day"]
UNITS: Final[tuple[Unit, ...]] = get_args(Unit)
UNIT_TEXTS: Final[dict[Unit, str]] = {
    "working_day": "ngày làm việc",
    "working_hour": "giờ làm việc",
    "calendar_day": "ngày",
    "same_day": "trong ngày",
}
MAX_AMOUNT: Final[dict[Unit, int]] = {"working_day": 3650, "working_hour": 29200, "calendar_day": 3650, "same_day": 1}

DayKind = Literal["working", "off", "paused", "received", "due"]


@dataclass(frozen=True)
class DeadlineRule:
    """`amount` of `unit`, e.g. 3 working_day; halves such as 0.5 only in working units, down to a whole minute.
    `same_day` looks at no amount (0 or 1). Raises `CannotComputeDeadline`."""

    amount: int | float | Decimal
    unit: Unit
    cutoff: time | None = None

    def __post_init__(self) -> None:
        if self.unit not in UNITS:
            raise CannotComputeDeadline(f"Đơn vị «{self.unit}» không có; dùng một trong: {', '.join(UNITS)}.")
        amount = self._exact()
        if self.unit == "same_day":
            if amount not in (0, 1):
                raise CannotComputeDeadline("Thời hạn trong ngày không có số lượng khác 1.")
            return
        if amount <= 0:
            raise CannotComputeDeadline("Số lượng của thời hạn phải lớn hơn 0.")
        if amount > MAX_AMOUNT[self.unit]:
            raise CannotComputeDeadline(
                f"Thời hạn quá dài: nhiều nhất {MAX_AMOUNT[self.unit]} {UNIT_TEXTS[self.unit]}."
            )
        if self.unit == "calendar_day" and amount != int(amount):
            raise CannotComputeDeadline("Thời hạn tính theo ngày phải là số nguyên.")
        if self._scaled() != int(self._scaled()):
            raise CannotComputeDeadline("Thời hạn phải tròn phút.")

    @property
    def minutes(self) -> int:
        """The length of the term: working minutes, 1440 for each calendar day; 0 for `same_day`, which depends on
        the instant of receipt."""
        return int(self._scaled())

    @property
    def text(self) -> str:
        """ "3 ngày làm việc", "trong ngày"."""
        if self.unit == "same_day":
            return UNIT_TEXTS["same_day"]
        return f"{self._exact().normalize():f} {UNIT_TEXTS[self.unit]}".replace(".", ",")

    def _exact(self) -> Decimal:
        try:
            amount = Decimal(str(self.amount))
        except InvalidOperation:
            amount = Decimal("NaN")
        if isinstance(self.amount, bool) or not amount.is_finite():
            raise CannotComputeDeadline("Số lượng của thời hạn phải là một số.")
        return amount

    def _scaled(self) -> Decimal:
        per_unit = {"working_day": WORKING_DAY_MINUTES, "working_hour": 60, "calendar_day": MINUTES_PER_DAY}
        return self._exact() * per_unit.get(self.unit, 0)


@dataclass(frozen=True)
class Pause:
    """The clock stands still from `start` to `end` on a legal `ground`; `end` None: not yet ended."""

    start: datetime
    end: datetime | None
    ground: str = ""

    def __post_init__(self) -> None:
        if self.end is not None and self.end <= self.start:
            raise CannotComputeDeadline("Tạm dừng phải kết thúc sau khi bắt đầu.")


@dataclass(frozen=True)
class DayLine:
    """One calendar day of the way from receipt to due: minutes of the term used up that day, and why."""

    date: date
    counted_minutes: int
    reason: str
    kind: DayKind = "working"


@dataclass(frozen=True)
class Due:
    """`due_at`: Vietnam time; None while a pause has no end. `explanation`: every day from receipt to due (or to the
    start of the open pause); its counted minutes add up to the term."""

    due_at: datetime | None
    explanation: tuple[DayLine, ...]

    @property
    def counted_minutes(self) -> int:
        return sum(line.counted_minutes for line in self.explanation)


def compute_due(
    calendar: WorkingCalendar, received_at: datetime, rule: DeadlineRule, pauses: Iterable[Pause] = ()
) -> Due:
    """When the result of a dossier received at `received_at` is due under `rule`. Pure and repeatable.

    Raises `CannotComputeDeadline` for naive instants and outside the years 2000 to 2099.
    """
    count = _Count(calendar, received_at, rule, pauses)
    lines: list[DayLine] = []
    steps = count.calendar_days() if rule.unit == "calendar_day" else count.working_days()
    due: int | None = None
    for line, end in steps:
        lines.append(line)
        due = end
    return Due(None if due is None else instant(lines[-1].date, due), tuple(lines))


@dataclass(frozen=True)
class _Stop:
    """A pause in absolute minutes (day ordinal × 1440 + minute); `end` far away when open."""

    start: int
    end: int
    ground: str

    @property
    def text(self) -> str:
        return f"Tạm dừng theo {self.ground}" if self.ground else "Tạm dừng"


_FAR: Final = (LAST_DAY.toordinal() + 1) * MINUTES_PER_DAY


class _Count:
    """One computation: yields each day's line, and the minute of the day at which the term ends (None: not yet)."""

    def __init__(
        self, calendar: WorkingCalendar, received_at: datetime, rule: DeadlineRule, pauses: Iterable[Pause]
    ) -> None:
        self.calendar = calendar
        self.rule = rule
        self.day, self.minute = local(received_at)
        self.after_cutoff = rule.cutoff is not None and self.minute > minute_of(rule.cutoff)
        self.stops = sorted(
            (
                _Stop(_absolute(pause.start), _FAR if pause.end is None else _absolute(pause.end), pause.ground)
                for pause in pauses
            ),
            key=lambda stop: (stop.start, stop.end),
        )
        self.odd_hours = False

    # Working units

    def working_days(self) -> Iterator[tuple[DayLine, int | None]]:
        first = self._first_day()
        left = self.rule.minutes if self.rule.unit != "same_day" else _length(self._spans(first))
        day = self.day
        while True:
            spans = self._spans(day)
            running = self._running(day, spans)
            self.odd_hours |= bool(spans) and self.calendar.minutes_on(day) != WORKING_DAY_MINUTES
            counted = min(left, _length(running))
            left -= counted
            due = _used_up_at(running, counted) if left == 0 else None
            yield self._working_line(day, spans, running, counted, due), due
            if left == 0 or self._never_ends(day):
                return
            day = next_day(day)

    def _first_day(self) -> date:
        """The day on which the clock starts, were there no pause."""
        return self.day if _length(self._spans(self.day)) else self.calendar.next_working_day(self.day)

    def _spans(self, day: date) -> list[tuple[int, int]]:
        """Working time of the day from the start of the clock on."""
        spans = self.calendar.spans_on(day)
        if day > self.day:
            return list(spans)
        if self.after_cutoff:
            return []
        return [(max(start, self.minute), end) for start, end in spans if end > self.minute]

    def _running(self, day: date, spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
        """What pauses leave of the day's working time."""
        base = day.toordinal() * MINUTES_PER_DAY
        for stop in self.stops:
            from_, until = stop.start - base, stop.end - base
            if until <= 0 or from_ >= MINUTES_PER_DAY:
                continue
            spans = [
                piece
                for start, end in spans
                for piece in ((start, min(end, from_)), (max(start, until), end))
                if piece[0] < piece[1]
            ]
        return spans

    def _never_ends(self, day: date) -> bool:
        """Is everything after this day inside pauses without an end?"""
        return any(stop.end == _FAR and stop.start < (day.toordinal() + 1) * MINUTES_PER_DAY for stop in self.stops)

    def _working_line(
        self,
        day: date,
        spans: list[tuple[int, int]],
        running: list[tuple[int, int]],
        counted: int,
        due: int | None,
    ) -> DayLine:
        parts: list[str] = []
        kind: DayKind = "working"
        off = self.calendar.day_off_reason(day)
        lost = _length(spans) - _length(running)
        if day == self.day:
            kind = "received"
            whole = lost == 0 and counted == _length(running)
            parts.append(self._receipt(spans, counted, whole=whole, off=off))
        elif off:
            kind = "off"
            parts.append(off)
        elif not (lost and not running):
            parts.append(self.calendar.extra_work_reason(day) or "Ngày làm việc")
        if lost and (due is None or self._paused_before(day, due)):
            kind = "paused" if not running else kind
            parts.extend(self._pause_texts(day, whole=not running))
        if due is not None:
            kind = "due"
            parts.append(f"Hết hạn lúc {clock_text(due)}")
            if self.odd_hours and self.rule.unit == "working_day":
                parts.append("Một ngày làm việc của thời hạn tính đủ 8 giờ làm việc")
            parts.extend(self._estimate(day))
        return DayLine(day, counted, _sentence(parts), kind)

    def _receipt(self, spans: list[tuple[int, int]], counted: int, *, whole: bool, off: str | None) -> str:
        said = f"Tiếp nhận lúc {clock_text(self.minute)}"
        if off:
            return f"{said} vào ngày nghỉ – {_lower(off)} – tính từ ngày làm việc kế tiếp"
        if self.after_cutoff and self.rule.cutoff is not None:
            return f"{said}, sau {self.rule.cutoff:%H:%M}, tính từ ngày làm việc kế tiếp"
        if not spans:
            return f"{said}, sau giờ làm việc, tính từ ngày làm việc kế tiếp"
        opening = spans[0][0]
        if self.minute < opening:
            before = opening == self.calendar.spans_on(self.day)[0][0]
            return f"{said}, {'trước giờ làm việc' if before else 'trong giờ nghỉ trưa'}, tính từ {clock_text(opening)}"
        if not whole:
            return f"{said}, tính {duration_text(counted)}" if counted else said
        part = "của ngày"
        if len(spans) == 1:
            part = "của buổi chiều" if spans[0][1] > 12 * 60 else "của buổi sáng"
        return f"{said}, tính {duration_text(counted)} còn lại {part}"

    # Calendar days

    def calendar_days(self) -> Iterator[tuple[DayLine, int | None]]:
        left = int(self.rule.minutes) // MINUTES_PER_DAY
        number = 0
        said = f"Tiếp nhận lúc {clock_text(self.minute)}"
        base = self.day
        # With a cut-off the day of receipt is the working day to which the dossier is taken to belong.
        if self.rule.cutoff is not None and (self.after_cutoff or not self.calendar.spans_on(self.day)):
            base = self.calendar.next_working_day(self.day)
            why = f", sau {self.rule.cutoff:%H:%M}" if self.after_cutoff else " vào ngày nghỉ"
            yield DayLine(self.day, 0, f"{said}{why}, coi như tiếp nhận vào {base:%d/%m/%Y}", "received"), None
        else:
            yield DayLine(self.day, 0, f"{said}; ngày tiếp nhận không tính vào thời hạn", "received"), None
        day = self.day
        while not self._never_ends(day):
            day = next_day(day)
            off = self.calendar.day_off_reason(day)
            if day <= base:
                reason = off or "Coi là ngày tiếp nhận, không tính vào thời hạn"
                yield DayLine(day, 0, reason, "off" if off else "received"), None
                continue
            stop = self._stop_at_end_of(day)
            if stop is not None:
                yield DayLine(day, 0, stop.text, "paused"), None
                continue
            counted = 0
            parts = []
            if left:
                number += 1
                left -= 1
                counted = MINUTES_PER_DAY
                parts.append(f"Ngày thứ {number}")
                if off:
                    parts.append(off)
                    parts.append(
                        "Ngày nghỉ vẫn tính" if left else "Ngày cuối là ngày nghỉ, lùi sang ngày làm việc kế tiếp"
                    )
            else:
                parts.append(off or "Ngày làm việc kế tiếp")
            if left or off:
                yield DayLine(day, counted, _sentence(parts), "off" if off else "working"), None
                continue
            closing = self.calendar.spans_on(day)[-1][1]
            parts += [f"Hết hạn lúc {clock_text(closing)}", *self._estimate(day)]
            yield DayLine(day, counted, _sentence(parts), "due"), closing
            return

    def _stop_at_end_of(self, day: date) -> _Stop | None:
        spans = self.calendar.spans_on(day)
        end = day.toordinal() * MINUTES_PER_DAY + (spans[-1][1] if spans else MINUTES_PER_DAY)
        return next((stop for stop in self.stops if stop.start < end <= stop.end), None)

    # Words

    def _estimate(self, day: date) -> list[str]:
        if not self.calendar.is_estimated(day):
            return []
        return [f"Ngày này là dự kiến vì chưa có lịch nghỉ chính thức của năm {day.year}"]

    def _paused_before(self, day: date, minute: int) -> bool:
        moment = day.toordinal() * MINUTES_PER_DAY + minute
        return any(stop.start < moment for stop in self._stops_on(day))

    def _stops_on(self, day: date) -> list[_Stop]:
        base = day.toordinal() * MINUTES_PER_DAY
        return [stop for stop in self.stops if stop.start < base + MINUTES_PER_DAY and stop.end > base]

    def _pause_texts(self, day: date, *, whole: bool) -> list[str]:
        base = day.toordinal() * MINUTES_PER_DAY
        texts = []
        for stop in self._stops_on(day):
            if stop.end == _FAR and stop.start < base + MINUTES_PER_DAY:
                since = instant(date.fromordinal(stop.start // MINUTES_PER_DAY), stop.start % MINUTES_PER_DAY)
                texts.append(f"{stop.text} từ {since:%H:%M %d/%m/%Y}, chưa có ngày kết thúc")
            elif whole:
                texts.append(stop.text)
            else:
                from_ = f" từ {clock_text(stop.start - base)}" if stop.start > base else ""
                until = f" đến {clock_text(stop.end - base)}" if stop.end < base + MINUTES_PER_DAY else ""
                texts.append(f"{stop.text}{from_}{until}")
        return list(dict.fromkeys(texts))


def _absolute(moment: datetime) -> int:
    day, minute = local(moment)
    return day.toordinal() * MINUTES_PER_DAY + minute


def _length(spans: Iterable[tuple[int, int]]) -> int:
    return sum(end - start for start, end in spans)


def _used_up_at(spans: Iterable[tuple[int, int]], minutes: int) -> int:
    for start, end in spans:
        if minutes <= end - start:
            return start + minutes
        minutes -= end - start
    raise AssertionError("more minutes counted than the day has")


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _sentence(parts: list[str]) -> str:
    return "; ".join([parts[0], *map(_lower, parts[1:])])
