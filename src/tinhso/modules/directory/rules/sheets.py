"""The two tables that are imported, and how every cell of them is read and judged. Pure: no file, no database.

A table arrives as rows of text. `read_table` turns it into records and faults; `check` then judges the records
together and against what the directory already holds (`Known`). A fault names sheet, row and cell, and says in
Vietnamese what to correct. Nothing is imported while there is one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from tinhso.kernel.text import fold

MAX_ROWS = 5000
MAX_COLUMNS = 40
EARLIEST, LATEST = date(1945, 9, 2), date(2100, 12, 31)

LEVEL_WORDS = {"tinh": "province", "cap tinh": "province", "huyen": "district", "cap huyen": "district",
               "xa": "commune", "cap xa": "commune"}  # fmt: skip
KIND_WORDS = {
    "ubnd": "people_committee", "uy ban nhan dan": "people_committee",
    "so ban nganh": "department", "so": "department", "ban": "department",
    "trung tam phuc vu hanh chinh cong": "public_service_centre", "trung tam pvhcc": "public_service_centre",
    "don vi truc thuoc": "unit", "co quan khac": "other", "khac": "other",
}  # fmt: skip

_CODE = re.compile(r"[A-Z]\d{2}(\.[0-9A-Z]{2,3}){0,4}|(\d{2,3}\.){3}[A-Z]\d{2}")
_USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{2,59}")
_EMAIL = re.compile(r"[^@\s<>\"',;]+@[^@\s<>\"',;]+\.[A-Za-z]{2,}")
_PHONE = re.compile(r"\+?[0-9][0-9 .()-]{5,18}")
_TAG = re.compile(r"<\s*[a-zA-Z/!?]|&#|javascript:", re.IGNORECASE)
_ERROR_CELL = re.compile(r"#(REF|N/A|VALUE|DIV/0|NAME\?|NULL|NUM)!?", re.IGNORECASE)


@dataclass(frozen=True)
class Fault:
    """One thing to correct. `cell` such as "B7" ("" when the whole row or table is meant); `row` 0: the table."""

    sheet: str
    row: int
    cell: str
    column: str
    reason: str


@dataclass(frozen=True)
class Column:
    """A column of a template. `read` turns a non-empty text into a value or raises `ValueError` with the reason."""

    key: str
    title: str
    required: bool
    max_length: int
    hint: str
    example: str
    read: Callable[[str], object]


@dataclass(frozen=True)
class RawTable:
    """A table as found: `rows[i]` are the texts of file row `first_row + i`; row one of them is the header."""

    sheet: str
    rows: tuple[tuple[str, ...], ...]
    first_row: int = 1
    merged: tuple[str, ...] = ()
    formulas: tuple[str, ...] = ()


@dataclass(frozen=True)
class Record:
    """A row that was read: `values` by column key, None where empty; `cells` tells where each stood."""

    sheet: str
    row: int
    values: Mapping[str, object]
    cells: Mapping[str, str]

    def text(self, key: str) -> str:
        value = self.values.get(key)
        return value if isinstance(value, str) else ""

    def day(self, key: str) -> date | None:
        value = self.values.get(key)
        return value if isinstance(value, date) else None

    @property
    def valid_from(self) -> date:
        return self.day("valid_from") or EARLIEST

    @property
    def valid_until(self) -> date | None:
        return self.day("valid_until")


@dataclass
class ReadTable:
    kind: str
    records: list[Record] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    # A sheet of the template with nothing below its titles: passed over where another one has something.
    empty_sheet: str = ""


def _plain(text: str) -> str:
    return text


def _code(text: str) -> str:
    code = text.upper()
    if not _CODE.fullmatch(code):
        raise ValueError("Mã định danh phải có dạng như H56, H56.12 hoặc H56.12.03.")
    return code


def _number_code(text: str) -> str:
    if not (text.isascii() and text.isdigit()) or len(text) not in (2, 3, 5):
        raise ValueError("Mã đơn vị hành chính gồm 2 chữ số (tỉnh), 3 chữ số (huyện) hoặc 5 chữ số (xã).")
    return text


def _word(words: Mapping[str, str], choices: str) -> Callable[[str], object]:
    def read(text: str) -> object:
        try:
            return words[fold(text)]
        except KeyError:
            raise ValueError(f"Chỉ nhận một trong: {choices}.") from None

    return read


def _phone(text: str) -> str:
    if text.isdigit() and len(text) == 9 and not text.startswith("0"):
        raise ValueError("Số điện thoại thiếu số 0 ở đầu; hãy định dạng ô là văn bản rồi nhập lại.")
    if not _PHONE.fullmatch(text):
        raise ValueError("Số điện thoại không đúng, ví dụ đúng: 0237 3852 246.")
    return text


def _email(text: str) -> str:
    if not _EMAIL.fullmatch(text):
        raise ValueError("Địa chỉ thư điện tử không đúng, ví dụ đúng: lan.nt@thanhhoa.gov.vn.")
    return text.lower()


def _username(text: str) -> str:
    if not _USERNAME.fullmatch(text):
        raise ValueError("Tên đăng nhập gồm 3–60 chữ thường không dấu, chữ số, dấu chấm, gạch nối hoặc gạch dưới.")
    return text


def _person(text: str) -> str:
    if any(character.isdigit() for character in text):
        raise ValueError("Họ và tên không được có chữ số.")
    return text


def _date(text: str) -> date:
    for pattern in ("%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%Y-%m-%d"):
        try:
            day = datetime.strptime(text, pattern).date()  # noqa: DTZ007 - a calendar day has no zone
        except ValueError:
            continue
        if not EARLIEST <= day <= LATEST:
            raise ValueError(f"Ngày phải từ {EARLIEST:%d/%m/%Y} đến {LATEST:%d/%m/%Y}.")
        return day
    raise ValueError("Ngày không đúng; hãy ghi theo dạng ngày/tháng/năm, ví dụ 01/07/2025.")


ORGANISATION_COLUMNS = (
    Column("code", "Mã định danh", True, 40, "Theo Quyết định 20/2020/QĐ-TTg", "H56.120.02", _code),
    Column("name", "Tên cơ quan", True, 300, "Tên đầy đủ", "Ban Quản lý chợ phường Hạc Thành", _plain),
    Column("short_name", "Tên gọn", False, 150, "Tên dùng nơi chật", "BQL chợ Hạc Thành", _plain),
    Column("level", "Cấp", True, 20, "Tỉnh, Huyện hoặc Xã", "Xã", _word(LEVEL_WORDS, "Tỉnh, Huyện, Xã")),
    Column("kind", "Loại", True, 60, "UBND; Sở, ban, ngành; Trung tâm Phục vụ hành chính công; Đơn vị trực thuộc; Cơ quan khác",
           "Đơn vị trực thuộc", _word(KIND_WORDS, "UBND; Sở, ban, ngành; Trung tâm Phục vụ hành chính công; Đơn vị trực thuộc; Cơ quan khác")),
    Column("parent_code", "Mã cơ quan cấp trên", False, 40, "Mã đang dùng hoặc có trong chính tệp này", "H56.102", _code),
    Column("admin_unit_code", "Mã đơn vị hành chính", False, 10, "2, 3 hoặc 5 chữ số, giữ số 0 ở đầu", "14797", _number_code),
    Column("address", "Địa chỉ", False, 500, "", "25 Đại lộ Lê Lợi, phường Hạc Thành, tỉnh Thanh Hóa", _plain),
    Column("phone", "Điện thoại", False, 30, "Định dạng ô là văn bản", "0237 3000 000", _phone),
    Column("valid_from", "Từ ngày", True, 20, "Ngày/tháng/năm", "01/01/2027", _date),
    Column("valid_until", "Đến hết ngày", False, 20, "Để trống khi còn hoạt động", "", _date),
)  # fmt: skip

STAFF_COLUMNS = (
    Column("full_name", "Họ và tên", True, 300, "", "Nguyễn Thị Ví Dụ", _person),
    Column("username", "Tên đăng nhập", True, 60, "Chữ thường không dấu; trùng người đã có thì thêm nơi làm việc mới",
           "du.ntv", _username),
    Column("organisation_code", "Mã cơ quan", True, 40, "Mã đang dùng hoặc có trong chính tệp này", "H56.102", _code),
    Column("unit", "Phòng, bộ phận", False, 300, "Chưa có thì được tạo mới", "Phòng Văn hóa - Xã hội", _plain),
    Column("position", "Chức danh", True, 150, "", "Chuyên viên", _plain),
    Column("email", "Thư điện tử", False, 254, "", "du.ntv@thanhhoa.example", _email),
    Column("phone", "Điện thoại", False, 20, "Định dạng ô là văn bản", "0900 000 000", _phone),
    Column("valid_from", "Từ ngày", True, 20, "Ngày/tháng/năm", "01/01/2027", _date),
    Column("valid_until", "Đến hết ngày", False, 20, "Để trống khi còn làm việc", "", _date),
)  # fmt: skip

TABLES: Mapping[str, tuple[str, tuple[Column, ...]]] = {
    "organisations": ("Cơ quan", ORGANISATION_COLUMNS),
    "staff": ("Cán bộ", STAFF_COLUMNS),
}
GUIDE_SHEET = "Hướng dẫn"


def column_letter(index: int) -> str:
    """0 → "A", 25 → "Z", 26 → "AA"."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def clean(text: str) -> str:
    """Composed Unicode, single spaces, no spaces at the ends: what is stored."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def _header_key(title: str) -> str:
    return fold(title.replace("*", ""))


def kind_of(header: Sequence[str]) -> str | None:
    """Which table a header row belongs to: the one that shares most titles; None when none shares at least two."""
    titles = {_header_key(title) for title in header}
    shared = {
        kind: sum(_header_key(column.title) in titles for column in columns) for kind, (_, columns) in TABLES.items()
    }
    best = max(shared, key=lambda kind: shared[kind])
    return best if shared[best] >= 2 else None


def read_table(table: RawTable) -> ReadTable | None:
    """The records and faults of one table; None for an empty sheet or the guide, which are passed over."""
    filled = [number for number, row in enumerate(table.rows) if any(text.strip() for text in row)]
    if not filled or fold(table.sheet) == fold(GUIDE_SHEET):
        return None
    header_at = filled[0]
    header = [clean(title) for title in table.rows[header_at]]
    kind = kind_of(header)
    if kind is None:
        reason = "Dòng đầu không có các tiêu đề cột của mẫu. Hãy tải tệp mẫu và giữ nguyên dòng tiêu đề."
        return ReadTable("", faults=[Fault(table.sheet, table.first_row + header_at, "", "", reason)])
    read = ReadTable(kind)
    where = _columns_at(table, header, header_at, kind, read.faults)
    if table.merged:
        reason = "Có ô bị gộp. Hãy bỏ gộp ô (Unmerge) để mỗi dòng là một bản ghi."
        read.faults += [Fault(table.sheet, _row_of(area), area, "", reason) for area in table.merged]
    if table.formulas:
        reason = "Ô là công thức. Hãy dán lại dưới dạng giá trị (Paste values)."
        read.faults += [Fault(table.sheet, _row_of(cell), cell, "", reason) for cell in table.formulas]
    body = filled[1:]
    if len(body) > MAX_ROWS:
        reason = f"Có {len(body):,} dòng dữ liệu; mỗi lần nhập tối đa {MAX_ROWS:,} dòng.".replace(",", ".")
        read.faults.append(Fault(table.sheet, 0, "", "", reason))
        return read
    if not body and not read.faults:
        read.empty_sheet = table.sheet
    for number in body:
        read.records.append(_read_row(table, number, where, read.faults))
    return read


def _row_of(cell: str) -> int:
    digits = re.search(r"\d+", cell)
    return int(digits.group()) if digits else 0


def _columns_at(
    table: RawTable, header: Sequence[str], header_at: int, kind: str, faults: list[Fault]
) -> list[tuple[int, Column]]:
    """Where each column of the template stands; unknown, repeated and missing titles become faults."""
    sheet_row = table.first_row + header_at
    by_title = {_header_key(column.title): column for column in TABLES[kind][1]}
    found: dict[str, int] = {}
    for index, title in enumerate(header):
        if not title:
            continue
        cell = f"{column_letter(index)}{sheet_row}"
        column = by_title.get(_header_key(title))
        if column is None:
            faults.append(Fault(table.sheet, sheet_row, cell, title[:80], "Cột này không có trong mẫu. Hãy xóa cột."))
        elif column.key in found:
            faults.append(Fault(table.sheet, sheet_row, cell, column.title, "Tiêu đề cột bị lặp."))
        else:
            found[column.key] = index
    for column in by_title.values():
        if column.required and column.key not in found:
            faults.append(Fault(table.sheet, sheet_row, "", column.title, f"Thiếu cột «{column.title}»."))
    return [(found[column.key], column) for column in by_title.values() if column.key in found]


def _read_row(table: RawTable, number: int, where: list[tuple[int, Column]], faults: list[Fault]) -> Record:
    row = table.rows[number]
    sheet_row = table.first_row + number
    values: dict[str, object] = {}
    cells: dict[str, str] = {}
    for index, column in where:
        cell = cells[column.key] = f"{column_letter(index)}{sheet_row}"
        text = clean(row[index]) if index < len(row) else ""
        values[column.key] = None
        try:
            values[column.key] = _read_cell(text, row[index] if index < len(row) else "", column)
        except ValueError as wrong:
            faults.append(Fault(table.sheet, sheet_row, cell, column.title, str(wrong)))
    return Record(table.sheet, sheet_row, values, cells)


def _read_cell(text: str, original: str, column: Column) -> object:
    if any(
        unicodedata.category(character) in ("Cc", "Cs", "Co", "Cn") and character not in "\t\n\r"
        for character in original
    ):
        raise ValueError("Ô có ký tự điều khiển không đọc được. Hãy gõ lại nội dung ô.")
    if "\ufffd" in text:
        raise ValueError("Ô có chữ bị hỏng do sai bảng mã. Hãy lưu tệp bằng UTF-8.")
    if not text:
        if column.required:
            raise ValueError(f"Chưa nhập «{column.title}».")
        return None
    if _ERROR_CELL.match(text):
        raise ValueError("Ô đang báo lỗi của bảng tính.")
    if text[0] in "=@" or (text[0] in "+-" and column.key != "phone"):
        raise ValueError("Ô bắt đầu như một công thức. Hãy nhập chữ thường.")
    if _TAG.search(text):
        raise ValueError("Ô có mã HTML. Chỉ nhập chữ thường.")
    if len(text) > column.max_length:
        raise ValueError(f"Dài {len(text)} ký tự; tối đa {column.max_length}.")
    return column.read(text)
