"""Reading a row of the national catalogue. Only what can mean one thing is turned into figures; the rest stays text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

_LEVELS = {"bộ": "ministry", "tỉnh": "province", "huyện": "district", "xã": "commune", "cơ quan khác": "other"}
_CHANNELS = {"trực tuyến": "online", "trực tiếp": "counter", "dịch vụ bưu chính": "post"}
_SERVICE_LEVELS = {"toàn trình": "full", "một phần": "partial"}
_TIME_LIMIT = re.compile(r"^(\d{1,4}) (ngày làm việc|ngày)$", re.IGNORECASE)
_UNITS = {"ngày làm việc": "working_day", "ngày": "calendar_day"}
_FREE = re.compile(r"^miễn phí( \(không( có)?\.?\))?$", re.IGNORECASE)
# The source's own warning: the price shown as nil may only stand for "see the text".
_FREE_IS_DOUBTFUL = "«Miễn phí» là số hiển thị"
_TEXT_IS_GLUED = "dính chữ"
_UNKNOWN = {"", "không có thông tin"}

COLUMNS = (
    *("code", "name", "field", "level", "agency", "time_limit", "fee", "online_level", "channels", "ministry"),
    *("decision", "portal_url", "as_of", "remark"),
)


@dataclass(frozen=True)
class CatalogueRow:
    """A procedure as the catalogue tells it; None and empty mean: not known."""

    code: str
    name: str
    field: str
    levels: tuple[str, ...]
    agency: str
    time_limit_text: str
    time_limit_amount: int | None
    time_limit_unit: str
    fee_text: str
    is_free: bool | None
    service_level: str | None
    channels: tuple[str, ...]
    ministry: str
    decision: str
    portal_url: str
    as_of: str
    seen_from: date
    remark: str


def read_row(raw: Mapping[str, str | None]) -> CatalogueRow:
    """Raises `ValueError` naming the cell where a closed list holds an unknown word or code or name is missing."""
    cell = {key: (raw.get(key) or "").strip() for key in COLUMNS}
    if not cell["code"] or not cell["name"]:
        raise ValueError("thiếu mã hoặc tên thủ tục")
    remark = cell["remark"]
    amount, unit = (None, "") if _TEXT_IS_GLUED in remark else _time_limit(cell["time_limit"])
    free = bool(_FREE.match(cell["fee"])) and _FREE_IS_DOUBTFUL not in remark and _TEXT_IS_GLUED not in remark
    return CatalogueRow(
        code=cell["code"],
        name=cell["name"],
        field=cell["field"],
        levels=_words(cell["level"], _LEVELS, "level"),
        agency="" if cell["agency"].lower() in _UNKNOWN else cell["agency"],
        time_limit_text=cell["time_limit"],
        time_limit_amount=amount,
        time_limit_unit=unit,
        fee_text=cell["fee"],
        is_free=True if free else None,
        service_level=_one(cell["online_level"], _SERVICE_LEVELS, "online_level"),
        channels=_words(cell["channels"], _CHANNELS, "channels"),
        ministry=cell["ministry"],
        decision=cell["decision"],
        portal_url=cell["portal_url"],
        as_of=cell["as_of"],
        seen_from=first_day(cell["as_of"]),
        remark=remark,
    )


def _time_limit(text: str) -> tuple[int | None, str]:
    match = _TIME_LIMIT.match(text)
    if match is None or int(match[1]) == 0:
        return None, ""
    return int(match[1]), _UNITS[match[2].lower()]


def _words(text: str, known: Mapping[str, str], column: str) -> tuple[str, ...]:
    found = (_one(word.strip(), known, column) for word in text.split(";"))
    return tuple(dict.fromkeys(word for word in found if word is not None))


def _one(word: str, known: Mapping[str, str], column: str) -> str | None:
    if not word:
        return None
    if word.lower() not in known:
        raise ValueError(f"cột {column}: không hiểu «{word}»")
    return known[word.lower()]


def first_day(as_of: str) -> date:
    """The first day that the source can mean: "19/11/2025", "2025-11", "2026-06/07" (June or July), "2026"."""
    if match := re.match(r"^(\d{2})/(\d{2})/(\d{4})$", as_of):
        return date(int(match[3]), int(match[2]), int(match[1]))
    if match := re.match(r"^(\d{4})-(\d{2})", as_of):
        return date(int(match[1]), int(match[2]), 1)
    if match := re.match(r"^(\d{4})$", as_of):
        return date(int(match[1]), 1, 1)
    raise ValueError(f"cột as_of: không hiểu «{as_of}»")
