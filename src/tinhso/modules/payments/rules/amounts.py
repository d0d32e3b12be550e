"""Amounts in đồng: what is owed, change at the counter, amounts in words as receipts want them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

MOST_DONG = 10_000_000_000


@dataclass(frozen=True)
class ChargeLine:
    """One fee or charge. `exempt_ground`: why nothing is owed for it, "" when it is owed."""

    name: str
    amount: int
    quantity: int = 1
    unit: str = ""
    note: str = ""
    exempt_ground: str = ""

    @property
    def total(self) -> int:
        """What is owed for the line."""
        return 0 if self.exempt_ground else self.amount * self.quantity


def total_of(lines: Iterable[ChargeLine]) -> int:
    return sum(line.total for line in lines)


def stored(lines: Iterable[ChargeLine]) -> list[dict[str, Any]]:
    return [asdict(line) for line in lines]


def read(raw: Iterable[Mapping[str, Any]]) -> tuple[ChargeLine, ...]:
    return tuple(ChargeLine(**line) for line in raw)


def change_of(*, owed: int, tendered: int) -> int:
    """What the clerk gives back. Raises `ValueError`, in Vietnamese, where less was handed over than is owed."""
    if tendered < owed:
        raise ValueError(f"Người nộp đưa {dong(tendered)}, còn thiếu {dong(owed - tendered)}.")
    return tendered - owed


def dong(amount: int) -> str:
    return f"{amount:,} đồng".replace(",", ".")


_DIGITS = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
_GROUPS = ("", "nghìn", "triệu", "tỷ")


def in_words(amount: int) -> str:
    """1.005.015 → "Một triệu không trăm linh năm nghìn không trăm mười lăm đồng": as receipts are read aloud.
    Takes 0 to 999.999.999.999."""
    if not 0 <= amount < 10**12:
        raise ValueError("Số tiền nằm ngoài khoảng viết được bằng chữ.")
    if amount == 0:
        return "Không đồng"
    groups = []
    rest = amount
    while rest:
        rest, group = divmod(rest, 1000)
        groups.append(group)
    words = []
    for place in range(len(groups) - 1, -1, -1):
        if groups[place]:
            words += [*_group(groups[place], whole=place < len(groups) - 1), _GROUPS[place]]
    text = " ".join(word for word in words if word)
    return f"{text[0].upper()}{text[1:]} đồng"


def _group(number: int, *, whole: bool) -> list[str]:
    hundreds, rest = divmod(number, 100)
    tens, ones = divmod(rest, 10)
    words = [_DIGITS[hundreds], "trăm"] if hundreds or whole else []
    if tens == 1:
        words.append("mười")
    elif tens:
        words += [_DIGITS[tens], "mươi"]
    elif ones and words:
        words.append("linh")
    if ones == 1 and tens > 1:
        words.append("mốt")
    elif ones == 5 and tens:
        words.append("lăm")
    elif ones:
        words.append(_DIGITS[ones])
    return words
