"""Files as people upload them: good ones to spoil in one place."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import openpyxl

from tinhso.modules.directory.rules.sheets import TABLES, column_letter

ORGANISATION = ["H56.102.09", "Ban Quản lý chợ phường Hạc Thành", "BQL chợ", "Xã", "Đơn vị trực thuộc", "H56.102", "14797",
                "25 Đại lộ Lê Lợi", "0237 3000 000", "01/01/2026", ""]  # fmt: skip
STAFF = ["Nguyễn Thị Ví Dụ", "du.ntv", "H56.102", "Phòng Văn hóa - Xã hội", "Chuyên viên", "du@thanhhoa.example", "0900 000 000",
         "01/01/2026", ""]  # fmt: skip


def header(kind: str) -> list[str]:
    return [column.title for column in TABLES[kind][1]]


def workbook(**tables: Sequence[Sequence[Any]]) -> openpyxl.Workbook:
    """`workbook(organisations=[row…], staff=[row…])` with the headers of the template."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for kind, rows in tables.items():
        sheet = book.create_sheet(TABLES[kind][0])
        sheet.append(header(kind))
        for row in rows:
            sheet.append(list(row))
    return book


def xlsx(book: openpyxl.Workbook | None = None, **tables: Sequence[Sequence[Any]]) -> bytes:
    out = io.BytesIO()
    (book or workbook(**tables)).save(out)
    return out.getvalue()


def csv_text(kind: str, rows: Sequence[Sequence[str]], delimiter: str = ",") -> str:
    lines = [header(kind), *rows]
    return "\r\n".join(delimiter.join(f'"{cell}"' for cell in line) for line in lines)


def spoilt(row: Sequence[Any], **changes: Any) -> list[Any]:
    """The row with some cells changed: `spoilt(STAFF, unit="x")`."""
    kind = "organisations" if row[0] == ORGANISATION[0] or len(row) == len(ORGANISATION) else "staff"
    keys = [column.key for column in TABLES[kind][1]]
    return [changes.get(key, cell) for key, cell in zip(keys, row, strict=True)]


def cell_of(kind: str, key: str, row: int = 2) -> str:
    keys = [column.key for column in TABLES[kind][1]]
    return f"{column_letter(keys.index(key))}{row}"
