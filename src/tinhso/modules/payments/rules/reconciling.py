"""Đối soát: our books against a provider's statement. Finds every difference; settles none."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from tinhso.modules.payments.rules.words import DifferenceKind


class CannotRead(ValueError):
    """The file is not a statement; the message names the row and what is wrong."""


@dataclass(frozen=True)
class Line:
    """A row of a statement. `kind`: payment or refund; `amount` in đồng, positive."""

    reference: str
    number: str
    kind: str
    amount: int
    at: datetime


@dataclass(frozen=True)
class Ours:
    """What our books say about a reference."""

    reference: str
    paid: int
    refunded: int = 0


@dataclass(frozen=True)
class Found:
    kind: DifferenceKind
    reference: str
    here: int | None
    there: int | None


HEAD = ("ma_tham_chieu", "ma_giao_dich", "loai", "so_tien", "thoi_gian")
KINDS = {"thanh_toan": "payment", "hoan_tra": "refund"}
MOST_ROWS = 200_000


def read_statement(content: bytes) -> list[Line]:
    """The statement file of a day: CSV in UTF-8 with the columns of `HEAD`, separated by commas or semicolons.
    Raises `CannotRead`."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise CannotRead("Tệp không phải văn bản UTF-8. Hãy xuất lại bảng kê dạng CSV UTF-8.") from None
    first = text.partition("\n")[0]
    rows = csv.DictReader(io.StringIO(text), delimiter=";" if first.count(";") > first.count(",") else ",")
    missing = [name for name in HEAD if name not in (rows.fieldnames or ())]
    if missing:
        raise CannotRead(f"Bảng kê thiếu cột: {', '.join(missing)}. Các cột cần có: {', '.join(HEAD)}.")
    lines = []
    for place, row in enumerate(rows, start=2):
        if place > MOST_ROWS:
            raise CannotRead(f"Bảng kê có hơn {MOST_ROWS} dòng. Hãy tách theo ngày.")
        lines.append(_line(place, {name: (row[name] or "").strip() for name in HEAD}))
    return lines


def _line(place: int, row: dict[str, str]) -> Line:
    kind = KINDS.get(row["loai"])
    if kind is None:
        raise CannotRead(f"Dòng {place}: loại phải là thanh_toan hoặc hoan_tra.")
    amount = row["so_tien"].replace(".", "")
    if not (amount.isascii() and amount.isdigit() and 0 < int(amount) < 10**13):
        raise CannotRead(f"Dòng {place}: số tiền phải là số nguyên lớn hơn 0.")
    if not row["ma_tham_chieu"] or len(row["ma_tham_chieu"]) > 40 or len(row["ma_giao_dich"]) > 40:
        raise CannotRead(f"Dòng {place}: thiếu mã tham chiếu, hoặc mã dài quá 40 ký tự.")
    try:
        at = datetime.fromisoformat(row["thoi_gian"])
    except ValueError:
        raise CannotRead(f"Dòng {place}: thời gian phải có dạng 2026-11-24T09:30:00+07:00.") from None
    if at.tzinfo is None:
        raise CannotRead(f"Dòng {place}: thời gian thiếu múi giờ (+07:00).")
    return Line(row["ma_tham_chieu"], row["ma_giao_dich"], kind, int(amount), at)


def differences(ours: Iterable[Ours], theirs: Iterable[Line]) -> list[Found]:
    """Every reference on which the two do not agree, in the order of references. `ours` holds what we count as paid on
    the day, and whatever else we know of the statement's references; `theirs` all lines of these references."""
    here = {one.reference: one for one in ours}
    there: dict[str, list[Line]] = defaultdict(list)
    for line in theirs:
        there[line.reference].append(line)
    found = []
    for reference in sorted(here.keys() | there.keys()):
        known = here.get(reference, Ours(reference, 0))
        payments = [line for line in there[reference] if line.kind == "payment"]
        # A row repeated in two files is one payment: the provider's number tells.
        paid = list({line.number or str(place): line for place, line in enumerate(payments)}.values())
        refunds = {line.number or str(i): line for i, line in enumerate(there[reference]) if line.kind == "refund"}
        refunded = sum(line.amount for line in refunds.values())
        total = sum(line.amount for line in paid)
        if paid and not known.paid:
            found.append(Found(DifferenceKind.NOT_HERE, reference, None, total))
        elif known.paid and not paid:
            found.append(Found(DifferenceKind.NOT_THERE, reference, known.paid, None))
        elif len(paid) > 1:
            found.append(Found(DifferenceKind.TWICE, reference, known.paid, total))
        elif paid and total != known.paid:
            found.append(Found(DifferenceKind.AMOUNT, reference, known.paid, total))
        if refunded != known.refunded:
            found.append(Found(DifferenceKind.REFUND, reference, known.refunded, refunded))
    return found
