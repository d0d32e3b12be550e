"""The list as a workbook, written row by row."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font

from tinhso.kernel.clock import VIETNAM
from tinhso.modules.dossiers.queries.lists import EXPORT_MOST, ListRow

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
HEAD = (
    ("Mã hồ sơ", 24), ("Người nộp", 28), ("Thủ tục", 44), ("Cơ quan giải quyết", 32), ("Trạng thái", 22),
    ("Kênh", 18), ("Nộp lúc", 17), ("Tiếp nhận lúc", 17), ("Hẹn trả", 17), ("Xử lý xong lúc", 17), ("Bước đang mở", 32),
    ("Người giữ", 26), ("Phí, lệ phí", 22), ("Trả kết quả", 20),
)  # fmt: skip


def workbook_of(rows: Sequence[ListRow], *, cut: bool, now: datetime) -> Workbook:
    """One row per dossier. Texts that begin like a formula are kept as texts."""
    book = Workbook(write_only=True)
    sheet: Any = book.create_sheet("Hồ sơ")
    for number, (_, width) in enumerate(HEAD):
        sheet.column_dimensions[chr(ord("A") + number)].width = width
    sheet.freeze_panes = "B2"
    sheet.append([_bold(sheet, title) for title, _ in HEAD])
    for row in rows:
        sheet.append(
            [
                _text(sheet, row.code),
                _text(sheet, row.applicant_name),
                _text(sheet, row.procedure_name),
                _text(sheet, row.agency_name),
                row.state.title,
                row.channel.title,
                _moment(sheet, row.submitted_at),
                _moment(sheet, row.accepted_at),
                _moment(sheet, row.due_at),
                _moment(sheet, row.done_at),
                _text(sheet, "; ".join(task.title for task in row.tasks)),
                _text(sheet, "; ".join(task.holder_name for task in row.tasks if task.holder_name)),
                row.money_state.title,
                row.delivery_state.title,
            ]
        )
    if cut:
        sheet.append([f"Chỉ xuất {EXPORT_MOST} hồ sơ đầu; hãy lọc hẹp hơn để có phần còn lại."])
    sheet.append([])
    sheet.append([f"Xuất lúc {now.astimezone(VIETNAM):%d/%m/%Y %H:%M}. Có dữ liệu cá nhân: giữ và hủy theo quy định."])
    return book


def _bold(sheet: Any, title: str) -> Any:
    cell = WriteOnlyCell(sheet, value=title)
    cell.font = Font(bold=True)
    return cell


def _text(sheet: Any, value: str) -> Any:
    cell = WriteOnlyCell(sheet, value=ILLEGAL_CHARACTERS_RE.sub("", value))
    cell.data_type = "s"
    return cell


def _moment(sheet: Any, value: datetime | None) -> Any:
    if value is None:
        return None
    cell = WriteOnlyCell(sheet, value=value.astimezone(VIETNAM).replace(tzinfo=None))
    cell.number_format = "dd/mm/yyyy hh:mm"
    return cell
