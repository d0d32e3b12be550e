"""Spreadsheets that the directory gives out: the list of organisations, and the template of the import."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import Any

from django.http import HttpResponse
from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill

from tinhso.modules.directory.models import Organisation, Reform, ReformAction
from tinhso.modules.directory.queries.pages import StaffLine
from tinhso.modules.directory.queries.reforms import Impact
from tinhso.modules.directory.rules import CODE_SOURCES, KINDS, LEVELS
from tinhso.modules.directory.rules.reform_sheet import COLUMNS as REFORM_COLUMNS
from tinhso.modules.directory.rules.sheets import GUIDE_SHEET, MAX_ROWS, TABLES

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_HEAD = Font(bold=True)
_REQUIRED = PatternFill("solid", fgColor="FFF2CC")
EXPORT_COLUMNS = (
    "Mã định danh", "Nguồn của mã", "Tên cơ quan", "Cấp", "Loại", "Mã cơ quan cấp trên", "Cơ quan cấp trên",
    "Mã đơn vị hành chính", "Địa chỉ", "Điện thoại", "Từ ngày", "Đến hết ngày",
)  # fmt: skip


def organisations_workbook(rows: Iterable[Organisation]) -> HttpResponse:
    """The rows as they stand in the officer's list, one sheet, first line the titles."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Cơ quan")
    sheet.freeze_panes = "A2"
    for letter, width in zip("ABCDEFGHIJKL", (16, 20, 50, 10, 28, 16, 36, 12, 50, 16, 12, 12), strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.append([_bold(sheet, title) for title in EXPORT_COLUMNS])
    for row in rows:
        sheet.append(
            [
                _text(row.code),
                CODE_SOURCES[row.code_source],
                _text(row.name),
                LEVELS[row.level],
                KINDS[row.kind],
                _text(row.parent.code) if row.parent else "",
                _text(row.parent.name) if row.parent else "",
                row.admin_unit_code,
                _text(row.address),
                _text(row.phone),
                row.valid_from,
                row.valid_until,
            ]
        )
    return _response(book, "danh-ba-co-quan.xlsx")


def staff_workbook(rows: Iterable[StaffLine]) -> HttpResponse:
    """People with where they work, one line for each place."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Cán bộ")
    sheet.freeze_panes = "A2"
    titles = (
        "Họ và tên",
        "Chức danh",
        "Phòng, bộ phận",
        "Cơ quan",
        "Mã cơ quan",
        "Từ ngày",
        "Đến hết ngày",
        "Tài khoản",
    )
    for letter, width in zip("ABCDEFGH", (28, 22, 30, 44, 14, 12, 12, 20), strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.append([_bold(sheet, title) for title in titles])
    for name, position, unit, organisation, code, valid_from, valid_until, username in rows:
        sheet.append([
            _text(name), _text(position), _text(unit or ""), _text(organisation), _text(code), valid_from, valid_until,
            _text(username),
        ])  # fmt: skip
    return _response(book, "danh-sach-can-bo.xlsx")


def template_workbook() -> HttpResponse:
    """Two sheets to fill in, with the required columns coloured and text columns kept as text; a guide with an example."""
    book = Workbook()
    guide = book.create_sheet(GUIDE_SHEET, 0)
    book.remove(book.worksheets[1])
    lines: list[list[str]] = [
        ["Cách dùng"],
        ["Điền vào trang «Cơ quan», trang «Cán bộ» hoặc cả hai; giữ nguyên dòng tiêu đề; mỗi dòng là một bản ghi."],
        [
            f"Cột tô màu là bắt buộc. Mỗi trang tối đa {MAX_ROWS:,} dòng. Không gộp ô, không dùng công thức.".replace(
                ",", "."
            )
        ],
        ["Tệp được kiểm tra trọn vẹn trước khi nhập; còn một lỗi thì không dòng nào được nhập."],
        [],
        ["Trang", "Cột", "Bắt buộc", "Cách ghi", "Ví dụ"],
    ]
    for title, columns in TABLES.values():
        lines += [[title, c.title, "có" if c.required else "", c.hint, c.example] for c in columns]
    for line in lines:
        guide.append(line)
    guide["A1"].font = _HEAD
    for cell in guide[6]:
        cell.font = _HEAD
    for letter, width in zip("ABCDE", (12, 26, 12, 60, 50), strict=True):
        guide.column_dimensions[letter].width = width
    for title, columns in TABLES.values():
        sheet = book.create_sheet(title)
        sheet.freeze_panes = "A2"
        for place, column in enumerate(columns, start=1):
            cell = sheet.cell(1, place, column.title)
            cell.font = _HEAD
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            if column.required:
                cell.fill = _REQUIRED
            dimension = sheet.column_dimensions[cell.column_letter]
            dimension.width = max(14, min(len(column.example) + 4, 40))
            # As text, so that codes keep their leading zeros and dates stay as typed.
            dimension.number_format = "@"
    book.active = 1
    return _response(book, "mau-nhap-co-quan-can-bo.xlsx")


def reform_template() -> HttpResponse:
    """The table of a plan, to be filled in."""
    book = Workbook()
    book.remove(book.worksheets[0])
    sheet = book.create_sheet("Phương án")
    for place, column in enumerate(REFORM_COLUMNS, start=1):
        cell = sheet.cell(1, place, column.title)
        cell.font = _HEAD
        dimension = sheet.column_dimensions[cell.column_letter]
        dimension.width, dimension.number_format = 24, "@"
    return _response(book, "mau-phuong-an-sap-xep.xlsx")


def reform_workbook(reform: Reform, impact: Impact | None, rows: Iterable[ReformAction]) -> HttpResponse:
    """The report of a plan: what it is, what it touches, its problems, its rows."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Tổng hợp")
    report = reform.report
    facts: list[list[Any]] = [
        ["Phương án", _text(reform.title)],
        ["Căn cứ", _text(reform.ground)],
        ["Có hiệu lực từ", reform.effective_date],
        ["Trạng thái", reform.get_state_display()],
        ["Người soạn", _text(reform.drafted_by.full_name)],
        ["Người phê duyệt", _text(reform.decided_by.full_name) if reform.decided_by else ""],
    ]
    for fact in facts:
        sheet.append([_bold(sheet, fact[0]), fact[1]])
    sheet.append([])
    sheet.append([_bold(sheet, "Loại"), _bold(sheet, "Phải chuyển"), _bold(sheet, "Đã chuyển")])
    moved = {step["name"]: step["moved"] for step in report.get("steps", ())}
    kinds = impact.kinds if impact else ()
    counted = [(k.name, k.title, k.count) for k in kinds] or [
        (k["name"], k["title"], k["count"]) for k in report.get("impact", {}).get("kinds", ())
    ]
    for name, title, count in counted:
        sheet.append([title, count, moved.get(name, "")])
    problems = book.create_sheet("Vấn đề")
    problems.append([_bold(problems, title) for title in ("Mức", "Dòng", "Vấn đề", "Cách xử lý")])
    for one in impact.problems if impact else ():
        problems.append([one.severity, one.number, _text(one.message), _text(one.remedy)])
    for kept in () if impact else report.get("impact", {}).get("problems", ()):
        problems.append([kept["severity"], kept["number"], _text(kept["message"]), _text(kept["remedy"])])
    plan = book.create_sheet("Các việc")
    plan.append([_bold(plan, title) for title in ("Dòng", "Hình thức", "Mã cũ", "Tên cũ", "Mã mới", "Tên mới",
                                                  "Nhận việc", "Ghi chú", "Cần quyết định")])  # fmt: skip
    for row in rows:
        plan.append([
            row.number, row.get_kind_display(), _text(row.old_code), _text(row.old.name) if row.old else "",
            _text(row.new_code), _text(row.successor.name if row.successor else row.name), row.get_takes_display(),
            _text(row.note), _text(row.doubt),
        ])  # fmt: skip
    return _response(book, f"phuong-an-{reform.pk}.xlsx")


def _bold(sheet: Any, title: str) -> Cell:
    cell: Cell = WriteOnlyCell(sheet, value=title)
    cell.font = _HEAD
    return cell


def _text(value: str) -> str:
    """A text that a spreadsheet will not take for a formula."""
    return f"'{value}" if value[:1] in "=+-@\t\r" and value else value


def _response(book: Workbook, filename: str) -> HttpResponse:
    out = io.BytesIO()
    book.save(out)
    response = HttpResponse(out.getvalue(), content_type=XLSX)
    response["Content-Disposition"] = f'attachment; filename="{filename}"'
    return response
