"""Figures as workbooks, written row by row, with what a reader must know of them at the top."""

from __future__ import annotations

from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font

from tinhso.modules.dossiers.api import NUMBERS, ProgressTable, Row
from tinhso.modules.scorecards.queries.progress import COLUMNS
from tinhso.modules.scorecards.rules import counted_how, progress_note

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def progress_workbook(
    table: ProgressTable, *, grouping: str, scope: str, made_by: str, one_agency: bool = False
) -> Workbook:
    """The progress table with its title, scope, source and time of closing; a row that does not add up says so."""
    book = Workbook(write_only=True)
    sheet: Any = book.create_sheet("Tiến độ 766")
    sheet.column_dimensions["A"].width = 6
    sheet.column_dimensions["B"].width = 46
    for place in range(len(NUMBERS)):
        sheet.column_dimensions[chr(ord("C") + place)].width = 11
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = 9
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.freeze_panes = "C8"
    sheet.append(
        [_cell(sheet, "Tình hình tiếp nhận, giải quyết thủ tục hành chính (Quyết định 766/QĐ-TTg)", bold=True)]
    )
    sheet.append([f"Kỳ: từ {table.since:%d/%m/%Y} đến {table.until:%d/%m/%Y}"])
    sheet.append([_cell(sheet, f"Phạm vi: {scope}")])
    how = counted_how(by=table.by, one_agency=one_agency, shared=table.shared)
    sheet.append([_cell(sheet, f"{progress_note(table.as_of)} {how}")])
    sheet.append([_cell(sheet, f"Người lập: {made_by}")])
    heads: list[Any] = [_cell(sheet, "TT", bold=True), _cell(sheet, grouping, bold=True)]
    titles: list[Any] = [None, None]
    for group, columns in COLUMNS:
        heads += [_cell(sheet, group, bold=True), *[None] * (len(columns) - 1)]
        titles += [_cell(sheet, title, bold=True) for _, title in columns]
    sheet.append(heads)
    sheet.append(titles)
    for place, row in enumerate(table.rows, start=1):
        sheet.append([place, _cell(sheet, row.name), *_numbers(row)])
    sheet.append(
        [None, _cell(sheet, "Tổng cộng", bold=True), *(_cell(sheet, n, bold=True) for n in _numbers(table.total))]
    )
    for row in table.broken:
        sheet.append([None, _cell(sheet, f"Dòng «{row.name}» lệch {row.missing} hồ sơ: không dùng số liệu này.")])
    return book


def _numbers(row: Row) -> list[int]:
    return [row.number(name) for _, columns in COLUMNS for name, _ in columns]


def text_cell(sheet: Any, value: str, *, bold: bool = False) -> Any:
    """For other workbooks of this module."""
    return _cell(sheet, value, bold=bold)


def _cell(sheet: Any, value: str | int, *, bold: bool = False) -> Any:
    """A text that begins like a formula stays a text."""
    cell = WriteOnlyCell(sheet, value=value)
    if isinstance(value, str):
        cell.data_type = "s"
        cell.alignment = Alignment(wrap_text=bold, vertical="top")
    if bold:
        cell.font = Font(bold=True)
    return cell
