"""Reading an uploaded table: XLSX or CSV bytes → `RawTable`s of text. Suspicious files are refused with the reason."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
import zipfile
from datetime import date, datetime, time

import openpyxl
from python_calamine import CalamineError, CalamineWorkbook

from tinhso.modules.directory.rules.sheets import MAX_COLUMNS, MAX_ROWS, RawTable, column_letter

MAX_BYTES = 5 * 1024 * 1024
# A spreadsheet is a ZIP: what it would unpack to is looked at before anything unpacks it.
MAX_UNPACKED_BYTES = 80 * 1024 * 1024
MAX_PARTS = 500
MAX_SHEETS = 10
MAX_SHOWN = 50


class CannotRead(Exception):
    """The file is not a table that can be read. The message tells what to do instead."""


def read_upload(content: bytes, filename: str) -> tuple[tuple[RawTable, ...], str]:
    """The tables of a file, and how it was read ("XLSX", "CSV, UTF-8"…). Raises `CannotRead`. What decides is the
    content, not the name."""
    if not content.strip():
        raise CannotRead("Tệp rỗng.")
    if len(content) > MAX_BYTES:
        raise CannotRead(f"Tệp lớn quá {MAX_BYTES // 1024 // 1024} MB.")
    if content.startswith(b"PK\x03\x04"):
        return _read_xlsx(content), "XLSX"
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise CannotRead("Tệp là sổ tính kiểu cũ (.xls) hoặc có mật khẩu. Hãy bỏ mật khẩu và lưu thành .xlsx.")
    if content.startswith(
        (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"MZ", b"\x7fELF", b"Rar!", b"7z\xbc\xaf", b"{\\rtf")
    ):
        raise CannotRead("Tệp không phải bảng tính. Chỉ nhận tệp .xlsx hoặc .csv.")
    text, encoding = _decode(content)
    return (_read_csv(text, filename),), f"CSV, {encoding}"


def _read_xlsx(content: bytes) -> tuple[RawTable, ...]:
    _check_archive(content)
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
        names = workbook.sheet_names
        if len(names) > MAX_SHEETS:
            raise CannotRead(f"Tệp có {len(names)} trang tính; tối đa {MAX_SHEETS}.")
        tables = []
        for name in names:
            sheet = workbook.get_sheet_by_name(name)
            # The header and one row too many are enough to say that there are too many.
            if sheet.total_height > MAX_ROWS * 4 or sheet.total_width > MAX_COLUMNS * 4:
                raise CannotRead(
                    f"Trang tính «{name[:40]}» rộng {sheet.total_height} dòng × {sheet.total_width} cột; "
                    f"mỗi lần nhập tối đa {MAX_ROWS} dòng. Hãy chia nhỏ tệp hoặc xóa các dòng, cột trống có định dạng."
                )
            rows = tuple(tuple(_text(cell) for cell in row) for row in sheet.to_python(skip_empty_area=False))
            merged = tuple(
                f"{column_letter(first[1])}{first[0] + 1}:{column_letter(last[1])}{last[0] + 1}"
                for first, last in list(sheet.merged_cell_ranges or ())[:MAX_SHOWN]
            )
            tables.append((name, rows, merged))
    except (CalamineError, ValueError, OSError) as wrong:
        raise CannotRead("Không đọc được tệp .xlsx này: tệp hỏng hoặc không phải sổ tính.") from wrong
    formulas = _formulas(content, [name for name, rows, _ in tables if rows])
    return tuple(RawTable(name, rows, 1, merged, formulas.get(name, ())) for name, rows, merged in tables)


def _check_archive(content: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError) as wrong:
        raise CannotRead("Tệp .xlsx bị hỏng hoặc tải lên chưa hết.") from wrong
    names = {part.filename for part in parts}
    if not any(name.startswith("xl/") for name in names):
        raise CannotRead("Tệp nén này không phải sổ tính .xlsx. Chỉ nhận tệp .xlsx hoặc .csv.")
    if any(name.endswith("vbaProject.bin") for name in names):
        raise CannotRead("Tệp có macro. Hãy lưu thành .xlsx (không macro).")
    if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED_BYTES:
        raise CannotRead("Nội dung tệp quá lớn sau khi giải nén.")


def _formulas(content: bytes, names: list[str]) -> dict[str, tuple[str, ...]]:
    """The cells that hold a formula, by sheet. The values reader shows only results, so the file is read once more."""
    found: dict[str, tuple[str, ...]] = {}
    try:
        workbook = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=False, keep_links=False)
        for name in names:
            cells: list[str] = []
            for row in workbook[name].iter_rows(max_row=MAX_ROWS * 4, max_col=MAX_COLUMNS):
                cells += [str(cell.coordinate) for cell in row if cell.data_type == "f"]
            found[name] = tuple(cells[:MAX_SHOWN])
        workbook.close()
    except Exception as wrong:  # the library raises many kinds on a damaged file; each means the same to the clerk
        raise CannotRead("Không đọc được tệp .xlsx này: tệp hỏng hoặc không phải sổ tính.") from wrong
    return found


def _text(cell: object) -> str:
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    if isinstance(cell, datetime):
        return cell.strftime("%d/%m/%Y") if cell.time() == time() else cell.strftime("%d/%m/%Y %H:%M")
    if isinstance(cell, date):
        return cell.strftime("%d/%m/%Y")
    return "" if cell is None else str(cell)


# Letters that only Vietnamese text in Windows-1258 shows once decoded and composed.
_VIETNAMESE = re.compile("[ăâđêôơưĂÂĐÊÔƠƯ\u1ea0-\u1ef9]")


def _decode(content: bytes) -> tuple[str, str]:
    """CSV knows no encoding: the mark at the start, else UTF-8 if it is, else Windows-1258 if that reads as Vietnamese."""
    try:
        if content.startswith((b"\xff\xfe", b"\xfe\xff")):
            return content.decode("utf-16"), "UTF-16"
        if content.startswith(b"\xef\xbb\xbf"):
            return content.decode("utf-8-sig"), "UTF-8"
    except UnicodeDecodeError as wrong:
        raise CannotRead("Tệp CSV bị hỏng: bảng mã không đúng như đầu tệp ghi.") from wrong
    if b"\0" in content:
        raise CannotRead("Tệp không phải bảng tính. Chỉ nhận tệp .xlsx hoặc .csv.")
    try:
        return content.decode("utf-8"), "UTF-8"
    except UnicodeDecodeError:
        pass
    try:
        text = unicodedata.normalize("NFC", content.decode("cp1258"))
    except UnicodeDecodeError:
        text = ""
    if not _VIETNAMESE.search(text):
        raise CannotRead("Không nhận ra bảng mã của tệp CSV. Hãy lưu lại: chọn kiểu «CSV UTF-8».")
    return text, "Windows-1258"


def _read_csv(text: str, filename: str) -> RawTable:
    header = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(",;\t", key=header.count)
    csv.field_size_limit(100_000)
    rows: list[tuple[str, ...]] = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True):
            rows.append(tuple(row))
            if len(rows) > MAX_ROWS * 4:
                raise CannotRead(f"Tệp có quá nhiều dòng; mỗi lần nhập tối đa {MAX_ROWS} dòng.")
            if len(row) > MAX_COLUMNS * 4:
                raise CannotRead("Tệp có quá nhiều cột.")
    except csv.Error as wrong:
        raise CannotRead(
            f"Tệp CSV sai cấu trúc ở dòng {len(rows) + 1} (dấu nháy kép chưa đóng hoặc ô quá dài)."
        ) from wrong
    name = re.sub(r"\.[A-Za-z0-9]{1,5}$", "", filename.replace("\\", "/").rsplit("/", 1)[-1])[:60]
    return RawTable(name or "CSV", tuple(rows))
