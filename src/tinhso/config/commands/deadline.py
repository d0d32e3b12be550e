"""`tinhso deadline`: compute one deadline and tell how it came about, day by day. Needs no database.

National days off only; a decision of the province or of an agency is passed as --off or --work.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import NoReturn, cast

from tinhso.kernel.calendar.rules import (
    DEFAULT_HOURS,
    UNITS,
    WEEKDAYS,
    CannotComputeDeadline,
    DayOverride,
    DeadlineRule,
    Due,
    Pause,
    Unit,
    check_day,
    compute_due,
    duration_text,
    hours_text,
    national_calendar,
    parse_hours,
    parse_time,
)
from tinhso.kernel.clock import VIETNAM

_UNIT_HELP = "working_day (ngày làm việc), working_hour (giờ làm việc), calendar_day (ngày), same_day (trong ngày)"
_EXAMPLE = "2026-02-13T16:50+07:00"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Everything is read as text and checked in `run`, so that each mistake gets one Vietnamese line."""

    def refuse(message: str) -> NoReturn:
        option = re.match(r"argument (--\w+): expected one argument", message)
        said = f"Thiếu giá trị của {option[1]}" if option else f"Tham số không đúng: {message}"
        print(f"{said}. Xem: tinhso deadline --help", file=sys.stderr)
        sys.exit(2)

    parser.error = refuse  # type: ignore[method-assign]
    parser.add_argument(
        "--received", metavar="LÚC", help=f"thời điểm tiếp nhận, ví dụ {_EXAMPLE}; thiếu múi giờ: giờ Việt Nam"
    )
    parser.add_argument("--amount", metavar="SỐ", help="số ngày hoặc số giờ, ví dụ 3 hay 0.5")
    parser.add_argument("--unit", metavar="ĐƠN_VỊ", help=_UNIT_HELP)
    parser.add_argument(
        "--cutoff", metavar="GIỜ", help="tiếp nhận sau giờ này thì tính từ ngày làm việc kế tiếp, ví dụ 15:00"
    )
    parser.add_argument(
        "--hours", metavar="GIỜ", default=hours_text(DEFAULT_HOURS), help="giờ làm việc (mặc định %(default)s)"
    )
    parser.add_argument(
        "--pause", metavar="TỪ/ĐẾN", action="append", default=[], help="thời gian tạm dừng; lặp lại được"
    )
    parser.add_argument(
        "--off", metavar="NGÀY", action="append", default=[], help="ngày nghỉ thêm theo quyết định riêng"
    )
    parser.add_argument(
        "--work", metavar="NGÀY", action="append", default=[], help="ngày làm việc thêm theo quyết định riêng"
    )
    parser.add_argument("--json", action="store_true", help="in ra JSON")


def run(args: argparse.Namespace) -> int:
    """0, or 2 with one line on stderr."""
    try:
        rule = _rule(args)
        received_at = _instant(args.received, "--received")
        calendar = national_calendar(parse_hours(args.hours), overrides=_overrides(args))
        pauses = [_pause(text) for text in args.pause]
        due = compute_due(calendar, received_at, rule, pauses)
    except CannotComputeDeadline as error:
        print(error, file=sys.stderr)
        return 2
    print(_json(due) if args.json else _table(received_at, rule, due))
    return 0


def _rule(args: argparse.Namespace) -> DeadlineRule:
    if not args.unit:
        raise CannotComputeDeadline(f"Thiếu --unit: {_UNIT_HELP}.")
    if args.unit not in UNITS:
        raise CannotComputeDeadline(f"--unit «{args.unit}» không có; dùng một trong: {', '.join(UNITS)}.")
    amount = args.amount
    if amount is None:
        if args.unit != "same_day":
            raise CannotComputeDeadline("Thiếu --amount: số ngày hoặc số giờ.")
        amount = "1"
    try:
        number = Decimal(amount.strip().replace(",", "."))
    except InvalidOperation:
        raise CannotComputeDeadline(f"--amount «{amount}» không phải là một số.") from None
    return DeadlineRule(number, cast(Unit, args.unit), parse_time(args.cutoff) if args.cutoff is not None else None)


def _instant(text: str | None, option: str) -> datetime:
    if not text:
        raise CannotComputeDeadline(f"Thiếu {option}: thời điểm, ví dụ {_EXAMPLE}.")
    moment: datetime | None = None
    with suppress(ValueError):
        moment = datetime.fromisoformat(text.strip())
    # A day alone would be read as its midnight, which nobody means.
    with suppress(ValueError):
        date.fromisoformat(text.strip())
        moment = None
    if moment is None:
        raise CannotComputeDeadline(f"{option} «{text}» không phải là một thời điểm có ngày và giờ, ví dụ {_EXAMPLE}.")
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=VIETNAM)


def _pause(text: str) -> Pause:
    start, slash, end = text.partition("/")
    if not slash:
        raise CannotComputeDeadline(
            f"--pause «{text}» không đúng dạng TỪ/ĐẾN, ví dụ 2026-03-02T08:00/2026-03-04T17:00."
        )
    return Pause(_instant(start, "--pause"), _instant(end, "--pause"))


def _overrides(args: argparse.Namespace) -> dict[date, DayOverride]:
    found: dict[date, DayOverride] = {}
    for option, days in (("--off", args.off), ("--work", args.work)):
        for text in days:
            try:
                day = date.fromisoformat(text)
            except ValueError:
                raise CannotComputeDeadline(f"{option} «{text}» không phải là một ngày, ví dụ 2026-01-02.") from None
            check_day(day)
            found[day] = (
                DayOverride("off", "Nghỉ theo quyết định riêng")
                if option == "--off"
                else DayOverride("work", "Làm việc theo quyết định riêng")
            )
    return found


def _json(due: Due) -> str:
    return json.dumps(
        {
            "due": due.due_at.isoformat() if due.due_at else None,
            "explanation": [
                {"date": line.date.isoformat(), "counted_minutes": line.counted_minutes, "reason": line.reason}
                for line in due.explanation
            ],
        },
        ensure_ascii=False,
        indent=2,
    )


def _table(received_at: datetime, rule: DeadlineRule, due: Due) -> str:
    lines = [
        f"Tiếp nhận: {received_at.astimezone(VIETNAM):%H:%M %d/%m/%Y}",
        f"Thời hạn:  {rule.text}"
        + (f", tiếp nhận sau {rule.cutoff:%H:%M} tính từ ngày làm việc kế tiếp" if rule.cutoff else ""),
        f"Hạn trả:   {due.due_at:%H:%M} {WEEKDAYS[due.due_at.weekday()]}, {due.due_at:%d/%m/%Y}"
        if due.due_at
        else "Hạn trả:   chưa xác định",
        "",
        f"{'Ngày':<12}{'Thứ':<10}{'Tính vào hạn':<16}Vì sao",
    ]
    for line in due.explanation:
        minutes = line.counted_minutes
        counted = "1 ngày" if minutes == 1440 else duration_text(minutes) if minutes else "–"
        lines.append(f"{line.date:%d/%m/%Y}  {WEEKDAYS[line.date.weekday()]:<10}{counted:<16}{line.reason}")
    return "\n".join(lines)
