"""The workbook for figures from elsewhere: made for the agencies of who gives them, and read back cell by cell."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

from openpyxl import Workbook

from tinhso.modules.directory.api import CannotRead, OrganisationInfo, read_upload
from tinhso.modules.scorecards.rules import GIVABLE, INDICATORS
from tinhso.modules.scorecards.services.given import CannotGive, Figure, read_figure
from tinhso.modules.scorecards.services.sheets import text_cell

HEAD = (
    "Mã cơ quan",
    "Cơ quan",
    "Chỉ tiêu",
    "Tên chỉ tiêu",
    "Tử số",
    "Mẫu số",
    "Nguồn (số, ngày văn bản hoặc tên hệ thống)",
)
# Where each field of a figure stands, for telling what is wrong.
_CELL = {"agency": "A", "indicator": "C", "numerator": "E", "denominator": "F", "source": "G"}
FIRST_ROW = 3
MOST_TOLD = 100
_BY_CODE = {INDICATORS[key].code: key for key in GIVABLE}


class CannotReadFigures(ValueError):
    """Nothing was kept. `problems`: what is wrong, by cell; at most a hundred."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__(f"Tệp có {len(problems)} chỗ sai.")
        self.count = len(problems)
        self.problems = problems[:MOST_TOLD]


def template(month: date, agencies: Collection[OrganisationInfo]) -> Workbook:
    """One row for each agency and indicator; what is left empty is not given."""
    book = Workbook(write_only=True)
    sheet: Any = book.create_sheet("Số liệu")
    for letter, width in zip("ABCDEFG", (14, 44, 10, 44, 10, 10, 60), strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.freeze_panes = f"A{FIRST_ROW}"
    sheet.append([text_cell(sheet, "Tháng", bold=True), text_cell(sheet, f"{month:%m/%Y}", bold=True)])
    sheet.append([text_cell(sheet, title, bold=True) for title in HEAD])
    for agency in agencies:
        for key in GIVABLE:
            one = INDICATORS[key]
            sheet.append([text_cell(sheet, text) for text in (agency.code or "", agency.name, one.code, one.title)])
    return book


def read_table(content: bytes, filename: str, *, month: date, agencies: Collection[OrganisationInfo]) -> list[Figure]:
    """The figures of a filled template. Raises `CannotReadFigures` with every cell that is wrong."""
    try:
        tables, _ = read_upload(content, filename)
    except CannotRead as refusal:
        raise CannotReadFigures([str(refusal)]) from None
    table = tables[0]
    rows = [tuple(cell.strip() for cell in row) for row in table.rows]
    if len(rows) < FIRST_ROW - 1 or [_at(rows[1], place) for place in (0, 2, 4, 5)] != [
        HEAD[0],
        HEAD[2],
        HEAD[4],
        HEAD[5],
    ]:
        raise CannotReadFigures(["Dòng 2 không có tiêu đề như tệp mẫu. Tải lại tệp mẫu rồi điền vào đó."])
    problems = []
    if _at(rows[0], 1).lstrip("0") not in (f"{month:%m/%Y}".lstrip("0"), f"01/{month:%m/%Y}".lstrip("0")):
        problems.append(f"Ô B1: tệp là của tháng «{_at(rows[0], 1)[:20]}», không phải tháng {month:%m/%Y}.")
    problems += [f"Ô {cell}: là công thức. Hãy dán thành giá trị." for cell in table.formulas]
    known = {agency.code: agency.id for agency in agencies if agency.code}
    figures: list[Figure] = []
    seen: dict[tuple[int, str], int] = {}
    for number, row in enumerate(rows[FIRST_ROW - 1 :], start=FIRST_ROW):
        code, title, part, whole, source = (_at(row, place) for place in (0, 2, 4, 5, 6))
        if not (part or whole or source):
            continue
        try:
            found = read_figure(
                agency_id=known.get(code),
                indicator=_BY_CODE.get(title.lower(), ""),
                numerator=part,
                denominator=whole,
                source=source,
            )
        except CannotGive as refusal:
            told = {**refusal.errors}
            if "agency" in told:
                told["agency"] = f"mã «{code[:20]}» không phải cơ quan bạn được nhập số liệu."
            if "indicator" in told:
                told["indicator"] = f"chỉ tiêu «{title[:20]}» không nhận. Chỉ nhận {', '.join(_BY_CODE)}."
            problems += [f"Ô {_CELL[key]}{number}: {text}" for key, text in told.items()]
            continue
        first = seen.setdefault((found.agency_id, found.indicator), number)
        if first != number:
            problems.append(f"Ô A{number}: cơ quan và chỉ tiêu này đã có ở dòng {first}.")
        figures.append(found)
    if not figures and not problems:
        problems.append("Tệp chưa có số liệu nào: điền tử số, mẫu số và nguồn.")
    if problems:
        raise CannotReadFigures(problems)
    return figures


def _at(row: tuple[str, ...], place: int) -> str:
    return row[place] if place < len(row) else ""
