"""Reads what people type into the boxes of `<c-date>` and money boxes."""

from __future__ import annotations

import re
from datetime import date

_DATE = re.compile(r"(\d{1,2})[\s./-]*(\d{1,2})[\s./-]*(\d{4})")
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})")


def parse_date(text: str) -> date | None:
    """ "27/3/2025", "27-03-2025", "27032025" or "2025-03-27" → the date; empty → None.

    Raises `ValueError` with a Vietnamese message for anything else.
    """
    text = text.strip()
    if not text:
        return None
    if match := _ISO.fullmatch(text):
        year, month, day = (int(part) for part in match.groups())
    elif match := _DATE.fullmatch(text):
        day, month, year = (int(part) for part in match.groups())
    else:
        raise ValueError("Viết ngày theo dạng ngày/tháng/năm, ví dụ 27/3/2025")
    try:
        return date(year, month, day)
    except ValueError:
        raise ValueError(f"Không có ngày {text} trong lịch") from None


def parse_money(text: str) -> int | None:
    """ "1.458.818", "1458818 đồng" → 1458818; empty → None. Raises `ValueError` with a Vietnamese message."""
    text = text.strip().removesuffix("đồng").removesuffix("đ").strip()
    if not text:
        return None
    if not re.fullmatch(r"\d{1,3}([.,\s]\d{3})*|\d+", text):
        raise ValueError("Viết số tiền bằng chữ số, ví dụ 1.500.000")
    return int(re.sub(r"\D", "", text))
