"""The table of a plan as a file holds it: one line per action, titles in Vietnamese (a sheet) or keys in English (JSON).

`read_rows` reads every line and tells every fault; nothing of a faulty file is kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tinhso.kernel.text import fold
from tinhso.modules.directory.rules import KINDS, LEVELS
from tinhso.modules.directory.rules.reforms import ACTION_KINDS, TAKES, Action
from tinhso.modules.directory.rules.sheets import Fault, RawTable, column_letter

MAX_ACTIONS = 20_000


def _words(titles: Mapping[str, str], more: Mapping[str, str]) -> dict[str, str]:
    """Folded word → key; the key itself is understood too."""
    return {key: key for key in titles} | {fold(title): key for key, title in titles.items()} | dict(more)


_KIND_WORDS = _words(ACTION_KINDS, {
    "nhap": "merge", "hop nhat": "merge", "sap nhap": "merge", "chia": "split", "tach": "split",
    "giai the": "dissolve", "lap moi": "create",
})  # fmt: skip
_LEVEL_WORDS = _words(LEVELS, {"tinh": "province", "huyen": "district", "xa": "commune"})
_ORGANISATION_WORDS = _words(KINDS, {"ubnd": "people_committee", "so": "department"})
_TAKES_WORDS = _words(TAKES, {"tat ca": "all", "phan con lai": "all", "linh vuc": "fields", "khong": "none"})


def _one_of(words: Mapping[str, str], listed: Mapping[str, str]) -> Callable[[str], str]:
    def read(text: str) -> str:
        found = words.get(text.strip().lower()) or words.get(fold(text))
        if found is None:
            raise ValueError(f"«{text[:40]}» không nằm trong: {', '.join(listed.values())}.")
        return found

    return read


def _code(text: str) -> str:
    return "".join(text.split()).upper()


@dataclass(frozen=True)
class SheetColumn:
    """A column: its key in JSON and in `Action`, its title in a sheet, the longest text."""

    key: str
    title: str
    longest: int
    read: Callable[[str], str] = lambda text: " ".join(text.split())


COLUMNS: tuple[SheetColumn, ...] = (
    SheetColumn("kind", "Hình thức", 40, _one_of(_KIND_WORDS, ACTION_KINDS)),
    SheetColumn("old_code", "Mã cơ quan cũ", 40, _code),
    SheetColumn("new_code", "Mã cơ quan mới, nơi nhận", 40, _code),
    SheetColumn("name", "Tên mới", 300),
    SheetColumn("short_name", "Tên gọn", 150),
    SheetColumn("level", "Cấp", 40, _one_of(_LEVEL_WORDS, LEVELS)),
    SheetColumn("organisation_kind", "Loại", 60, _one_of(_ORGANISATION_WORDS, KINDS)),
    SheetColumn("parent_code", "Mã cơ quan cấp trên", 40, _code),
    SheetColumn("admin_unit_code", "Mã đơn vị hành chính", 10, _code),
    SheetColumn("address", "Địa chỉ", 500),
    SheetColumn("takes", "Nhận việc", 40, _one_of(_TAKES_WORDS, TAKES)),
    SheetColumn("fields", "Lĩnh vực", 2000),
    SheetColumn("note", "Ghi chú", 500),
    SheetColumn("doubt", "Cần quyết định", 500),
)
_BY_TITLE = {fold(column.title): column for column in COLUMNS} | {column.key: column for column in COLUMNS}


def read_table(table: RawTable) -> tuple[list[Action], list[Fault]]:
    """The actions of a sheet; its first line with content holds the titles."""
    rows = [
        (number, row) for number, row in enumerate(table.rows, start=table.first_row) if any(c.strip() for c in row)
    ]
    if not rows:
        return [], [Fault(table.sheet, 0, "", "", "Bảng trống.")]
    (header_row, header), *body = rows
    columns: dict[int, SheetColumn] = {}
    faults: list[Fault] = []
    for place, title in enumerate(header):
        column = _BY_TITLE.get(fold(title)) or _BY_TITLE.get(title.strip())
        if column is not None:
            columns[place] = column
        elif title.strip():
            faults.append(
                Fault(table.sheet, header_row, f"{column_letter(place)}{header_row}", title[:40], "Không biết cột này.")
            )
    if not any(column.key == "kind" for column in columns.values()):
        faults.append(Fault(table.sheet, header_row, "", "Hình thức", "Thiếu cột «Hình thức»."))
    if faults:
        return [], faults
    lines = []
    for number, row in body:
        values = {column.key: row[place] if place < len(row) else "" for place, column in columns.items()}
        cells = {column.key: f"{column_letter(place)}{number}" for place, column in columns.items()}
        lines.append((number, values, cells))
    return _read(table.sheet, lines)


def read_objects(name: str, objects: object) -> tuple[list[Action], list[Fault]]:
    """The actions of JSON: a list of objects with the keys of `COLUMNS`."""
    if not isinstance(objects, list) or not all(isinstance(one, dict) for one in objects):
        return [], [Fault(name, 0, "", "", "JSON phải là một danh sách các đối tượng.")]
    lines = []
    for number, one in enumerate(objects, start=1):
        unknown = [key for key in one if key not in _BY_TITLE]
        if unknown:
            return [], [Fault(name, number, "", str(unknown[0])[:40], "Không biết khóa này.")]
        values = {
            key: ";".join(str(v) for v in value) if isinstance(value, list) else "" if value is None else str(value)
            for key, value in one.items()
        }
        lines.append((number, values, {key: f"{key}[{number}]" for key in values}))
    return _read(name, lines)


def _read(
    name: str, lines: Sequence[tuple[int, Mapping[str, str], Mapping[str, str]]]
) -> tuple[list[Action], list[Fault]]:
    if len(lines) > MAX_ACTIONS:
        return [], [Fault(name, 0, "", "", f"Quá {MAX_ACTIONS} dòng. Chia thành nhiều phương án.")]
    actions: list[Action] = []
    faults: list[Fault] = []
    for place, (number, values, cells) in enumerate(lines, start=1):
        read: dict[str, Any] = {}
        for column in COLUMNS:
            text = values.get(column.key, "").strip()
            try:
                if len(text) > column.longest:
                    raise ValueError(f"Dài quá {column.longest} ký tự.")
                if text or column.key == "kind":
                    read[column.key] = column.read(text)
            except ValueError as reason:
                faults.append(Fault(name, number, cells.get(column.key, ""), column.title, str(reason)))
        listed = tuple(dict.fromkeys(" ".join(f.split()) for f in read.pop("fields", "").split(";") if f.strip()))
        if not faults:
            actions.append(Action(number=place, fields=listed, **read))
    return ([] if faults else actions), faults
