"""Reading what the national procedure database answers, and telling what changed. Nothing is guessed: an answer that
contradicts itself is a problem of that procedure, told by its code, and changes nothing.

Facts of the interface: services LayDanhSachTTHC, LayThuTuc; times yyyyMMddHHmmss; KENH 1 counter, 2 online, 3 post.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from html.parser import HTMLParser
from typing import Any

from tinhso.modules.procedures.rules.catalogue import CatalogueRow, read_row

Content = dict[str, Any]

_CHANNELS = {"1": "Trực tiếp", "2": "Trực tuyến", "3": "Dịch vụ bưu chính"}
_CODE = re.compile(r"^\d{1,2}\.\d{6}(\.[0-9A-Z.-]{1,12})?$")
# What is compared, how it is called, and whether a change of it alone may be taken over without a second look: it
# changes nothing of what a person has to bring, pay or wait for.
FIELDS: dict[str, tuple[str, bool]] = {
    "name": ("Tên thủ tục", True),
    "field": ("Lĩnh vực", True),
    "ministry": ("Bộ, ngành quản lý", True),
    "agency": ("Cơ quan thực hiện", True),
    "decision": ("Quyết định công bố", True),
    "portal_url": ("Trang trên Cổng Dịch vụ công quốc gia", True),
    "legal_basis": ("Căn cứ pháp lý", True),
    "levels": ("Cấp thực hiện", False),
    "time_limit": ("Thời hạn giải quyết", False),
    "fee": ("Phí, lệ phí", False),
    "service_level": ("Mức độ dịch vụ công trực tuyến", False),
    "channels": ("Cách thức nộp", False),
    "papers": ("Thành phần hồ sơ", False),
    "results": ("Kết quả thực hiện", False),
}
_SETS = ("levels", "channels")


class Unreadable(ValueError):
    """The answer cannot be used. The message, in Vietnamese, says what is wrong with it."""


@dataclass(frozen=True)
class Listed:
    """One line of the list. `stamp`: when the national side last changed it."""

    code: str
    name: str
    stamp: str


@dataclass(frozen=True)
class NationalProcedure:
    """A procedure as the national database has it. `replaced_by`: the code that takes its place."""

    code: str
    stamp: str
    active: bool
    valid_from: date | None
    valid_until: date | None
    replaced_by: str
    content: Content


@dataclass(frozen=True)
class FieldChange:
    """`before` None: not known until now."""

    key: str
    before: Any
    after: Any

    @property
    def label(self) -> str:
        return FIELDS[self.key][0]

    @property
    def harmless(self) -> bool:
        return self.before is None or FIELDS[self.key][1]


def read_list(answer: Any) -> tuple[list[Listed], list[str], int]:
    """(lines, problems, how many there are in all). Raises `Unreadable` where it is no list at all."""
    rows = _rows(answer)
    total = answer.get("total")
    if not isinstance(total, int) or isinstance(total, bool) or total < 0:
        raise Unreadable("danh sách không cho biết tổng số thủ tục")
    lines: list[Listed] = []
    problems: list[str] = []
    for number, row in enumerate(rows, start=1):
        code, name = _text(row, "MATTHC"), plain(_text(row, "TENTTHC"))
        if not _CODE.match(code):
            problems.append(f"Dòng {number} («{name[:80] or 'không tên'}»): mã «{code[:30]}» không đúng dạng")
            continue
        lines.append(Listed(code, name, _text(row, "NGAYCAPNHAT")))
    return lines, problems, total


def read_procedure(answer: Any, code: str, *, today: date) -> NationalProcedure:
    """Raises `Unreadable` when a part is missing, contradicts another, or holds an unknown word."""
    rows = _rows(answer)
    if len(rows) != 1:
        raise Unreadable(f"trả về {len(rows)} thủ tục thay vì 1")
    row = rows[0]
    if _text(row, "MATTHC") != code:
        raise Unreadable(f"hỏi mã {code} nhưng nhận mã «{_text(row, 'MATTHC')[:30]}»")
    stamp = _text(row, "NGAYCAPNHAT")
    changed_on = _day(row, "NGAYCAPNHAT")
    if changed_on is not None and changed_on > today:
        raise Unreadable(f"ngày cập nhật {changed_on:%d/%m/%Y} ở tương lai")
    valid_from, valid_until = _day(row, "NGAYHIEULUC"), _day(row, "NGAYHETHIEULUC")
    if valid_from is not None and valid_until is not None and valid_until < valid_from:
        raise Unreadable(f"hết hiệu lực {valid_until:%d/%m/%Y} trước khi có hiệu lực {valid_from:%d/%m/%Y}")
    if _text(row, "TRANGTHAI") not in ("0", "1"):
        raise Unreadable(f"trạng thái «{_text(row, 'TRANGTHAI')[:20]}» không hiểu được")
    replaced_by = _text(row, "MATTHCTHAYTHE")
    if replaced_by and (replaced_by == code or not _CODE.match(replaced_by)):
        raise Unreadable(f"mã thay thế «{replaced_by[:30]}» không hợp lệ")
    content = _content(row)
    try:
        catalogue_row(code, content, as_of=today)
    except ValueError as error:
        raise Unreadable(str(error)) from error
    return NationalProcedure(code, stamp, _text(row, "TRANGTHAI") == "1", valid_from, valid_until, replaced_by, content)


def content_of_row(row: Mapping[str, str | None]) -> Content:
    """The same shape from a line of the catalogue's TSV: what is known there, and no more."""
    cell = {key: _tidy(value or "") for key, value in row.items()}
    return {
        "name": cell["name"],
        "field": cell["field"],
        "levels": _words(cell["level"]),
        "agency": cell["agency"],
        "service_level": cell["online_level"],
        "time_limit": cell["time_limit"],
        "fee": cell["fee"],
        "channels": _words(cell["channels"]),
        "ministry": cell["ministry"],
        "decision": cell["decision"],
        "portal_url": cell["portal_url"],
    }


def catalogue_row(code: str, content: Content, *, as_of: date) -> CatalogueRow:
    """The content as a line of our catalogue. Raises `ValueError` on an unknown word or without a name."""
    return read_row(
        {
            "code": code,
            "name": content["name"],
            "field": content["field"],
            "level": "; ".join(content["levels"]),
            "agency": content["agency"],
            "time_limit": content["time_limit"],
            "fee": content["fee"],
            "online_level": content["service_level"],
            "channels": "; ".join(content["channels"]),
            "ministry": content["ministry"],
            "decision": content["decision"],
            "portal_url": content["portal_url"],
            "as_of": f"{as_of:%d/%m/%Y}",
            "remark": "",
        }
    )


def differences(before: Content | None, after: Content) -> tuple[FieldChange, ...]:
    """What changed, field by field, in the order in which people read it. What is not asked for any more counts too."""
    found = []
    for key in FIELDS:
        old, new = (before or {}).get(key), after.get(key)
        if key in after and _comparable(key, old) != _comparable(key, new) and not (old is None and not new):
            found.append(FieldChange(key, old, new))
        elif key not in after and old:
            found.append(FieldChange(key, old, [] if isinstance(old, list) else ""))
    return tuple(found)


def digest_of_content(content: Content) -> str:
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def doubts(*, known: int, listed: int, gone: int, changed: int, problems: int, nameless: int = 0) -> tuple[str, ...]:
    """Why a run must not be believed without a person's word. Empty: nothing strange.

    `known`: procedures in force by the last accepted list; `gone`: of them no longer in this one; `nameless`: lines of
    the list without a code that can be read.
    """
    found = []
    if known and listed < known * 0.8:
        share = 100 - round(100 * listed / known)
        found.append(f"Danh sách chỉ còn {listed} thủ tục, trong khi đang áp dụng {known} (giảm {share} %).")
    if gone > max(20, known * 0.05):
        found.append(f"{gone} thủ tục đang áp dụng không còn trong danh sách: nhiều bất thường cho một lần.")
    if nameless and gone:
        found.append(
            f"{nameless} dòng của danh sách không đọc được mã, nên chưa chắc {gone} thủ tục vắng mặt đã bị bãi bỏ."
        )
    if known > 50 and changed > known * 0.3:
        found.append(f"{changed} thủ tục thay đổi cùng lúc, hơn 30 % danh mục.")
    if problems > max(10, listed * 0.1):
        found.append(f"{problems} thủ tục trả về sai dạng, không đọc được.")
    return tuple(found)


class _Words(HTMLParser):
    """The text of a piece of HTML; blocks and breaks become new lines. Scripts and styles are left out."""

    _BLOCKS = frozenset({"br", "p", "div", "li", "tr", "h1", "h2", "h3", "ul", "ol", "table"})
    _UNSEEN = frozenset({"script", "style"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.unseen = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.unseen += tag in self._UNSEEN
        if tag in self._BLOCKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self.unseen = max(0, self.unseen - (tag in self._UNSEEN))
        if tag in self._BLOCKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self.unseen:
            self.parts.append(data)


def plain(text: str) -> str:
    """Without tags and needless spaces, in composed characters."""
    if "<" in text or "&" in text:
        words = _Words()
        words.feed(text)
        words.close()
        text = "".join(words.parts)
    return _tidy(text)


def _tidy(text: str) -> str:
    text = unicodedata.normalize("NFC", text).replace("\x00", "")
    lines = (" ".join(line.split()) for line in text.splitlines())
    return "\n".join(line for line in lines if line)


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(";") if word.strip()]


def _comparable(key: str, value: Any) -> Any:
    return sorted(value) if key in _SETS and isinstance(value, list) else value


def _rows(answer: Any) -> list[Mapping[str, Any]]:
    rows = answer.get("result") if isinstance(answer, Mapping) else None
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        raise Unreadable("không có phần «result»")
    return rows


def _text(row: Mapping[str, Any], key: str) -> str:
    value = row.get(key)
    return str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _day(row: Mapping[str, Any], key: str) -> date | None:
    text = _text(row, key)
    if not text:
        return None
    try:
        return datetime.strptime(text, "%Y%m%d%H%M%S").date()  # noqa: DTZ007 - a day of the law, not an instant
    except ValueError:
        raise Unreadable(f"{key} «{text[:20]}» không phải thời điểm yyyyMMddHHmmss") from None


def _content(row: Mapping[str, Any]) -> Content:
    for key in ("TENTTHC", "CAPTHUCHIEN", "CACHTHUCTHUCHIEN"):
        if key not in row:
            raise Unreadable(f"thiếu {key}")
    content: Content = {
        "name": plain(_text(row, "TENTTHC")),
        "field": plain(_text(row, "LINHVUC")),
        "levels": _words(plain(_text(row, "CAPTHUCHIEN"))),
        "agency": plain(_text(row, "COQUANTHUCHIEN")),
        "service_level": plain(_text(row, "MUCDODVC")),
        "time_limit": plain(_text(row, "THOIHAN")),
        "fee": plain(_text(row, "PHILEPHI")),
        "channels": [_channel(one) for one in _parts(row, "CACHTHUCTHUCHIEN")],
        "ministry": plain(_text(row, "BONGANH")),
        "decision": plain(_text(row, "QUYETDINHCONGBO")),
        "portal_url": _text(row, "DUONGDAN"),
    }
    if content["portal_url"] and not re.match(r"^https?://[^\s<>\"]+$", content["portal_url"]):
        raise Unreadable("đường dẫn của thủ tục không phải địa chỉ web")
    too_long = next((key for key, most in _LONGEST.items() if len(content[key]) > most), None)
    if too_long is not None:
        raise Unreadable(f"«{FIELDS[too_long][0]}» dài quá {_LONGEST[too_long]} ký tự")
    if "THANHPHANHOSO" in row:
        content["papers"] = list(_papers(row))
    if "TRINHTUTHUCHIEN" in row:
        # Only that it is told: whether the public content is complete asks no more.
        content["has_steps"] = bool(row["TRINHTUTHUCHIEN"])
    if "KETQUATHUCHIEN" in row:
        content["results"] = [plain(_text(one, "TENKETQUA")) for one in _parts(row, "KETQUATHUCHIEN")]
    if "CANCUPHAPLY" in row:
        content["legal_basis"] = [
            f"{plain(_text(one, 'TENVANBAN'))} ({_text(one, 'SOKYHIEU')})" for one in _parts(row, "CANCUPHAPLY")
        ]
    return content


_LONGEST = {"name": 1500, "field": 300, "agency": 500, "time_limit": 1000, "fee": 1500, "ministry": 200,
            "decision": 300, "portal_url": 500}  # fmt: skip


def _parts(row: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    value = row.get(key)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(one, Mapping) for one in value):
        raise Unreadable(f"{key} phải là danh sách")
    return value


def _channel(row: Mapping[str, Any]) -> str:
    kind = _text(row, "KENH")
    if kind not in _CHANNELS:
        raise Unreadable(f"KENH «{kind[:20]}» không hiểu được")
    return _CHANNELS[kind]


def _papers(row: Mapping[str, Any]) -> Iterator[str]:
    for group in _parts(row, "THANHPHANHOSO"):
        case = plain(_text(group, "TRUONGHOP")).strip("* :")
        for paper in _parts(group, "GIAYTO"):
            name = plain(_text(paper, "TENGIAYTO")).lstrip("-+ ")
            yield f"{case}: {name}" if case else name
