"""The day book as a workbook. Texts that begin like a formula are kept as texts."""

from __future__ import annotations

import io
from datetime import date, datetime
from typing import Any

from django.db import transaction
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font

from tinhso.kernel.access.api import Actor, require
from tinhso.kernel.audit.api import record
from tinhso.kernel.clock import VIETNAM
from tinhso.modules.payments.models import Payment
from tinhso.modules.payments.queries.books import day_book

HEAD = (
    ("Giờ", 9), ("Biên lai", 20), ("Mã hồ sơ", 26), ("Người nộp", 28), ("Nội dung", 44), ("Hình thức", 14),
    ("Mã giao dịch", 22), ("Số tiền (đồng)", 16), ("Người thu", 26), ("Ghi chú", 18),
)  # fmt: skip


@transaction.atomic
def day_book_xlsx(*, organisation_id: int, name: str, day: date, actor: Actor, now: datetime) -> io.BytesIO:
    """Rows in the order of the book, totals by method below them. Its taking away is in the trail."""
    require(actor, "payments.day_book", Payment(organisation_id=organisation_id))
    book = day_book([organisation_id], day)
    workbook = Workbook(write_only=True)
    sheet: Any = workbook.create_sheet("Sổ thu ngày")
    for number, (_, width) in enumerate(HEAD):
        sheet.column_dimensions[chr(ord("A") + number)].width = width
    sheet.append([_bold(sheet, f"Sổ thu phí, lệ phí ngày {day:%d/%m/%Y}: {name}")])
    sheet.append([_bold(sheet, title) for title, _ in HEAD])
    for row in book.rows:
        sheet.append(
            [
                f"{row.paid_at.astimezone(VIETNAM):%H:%M}",
                _text(sheet, row.receipt),
                _text(sheet, row.subject_code),
                _text(sheet, row.payer_name),
                _text(sheet, row.title),
                row.method.title,
                _text(sheet, row.reference),
                row.amount,
                _text(sheet, row.taken_by_name),
                "Nộp thừa" if row.is_surplus else "",
            ]
        )
    for total in book.totals:
        sheet.append(["", "", "", "", f"Cộng {total.method.title} ({total.count})", "", "", total.amount])
    sheet.append(["", "", "", "", _bold(sheet, "Tổng thu"), "", "", _bold(sheet, book.total)])
    sheet.append(["", "", "", "", "Đã hoàn trả trong ngày", "", "", book.refunded])
    sheet.append([f"Xuất lúc {now.astimezone(VIETNAM):%d/%m/%Y %H:%M}. Có dữ liệu cá nhân: giữ và hủy theo quy định."])
    record(
        who=actor,
        action="payments.export_day_book",
        object_ref=f"organisation:{organisation_id}",
        after={"day": day.isoformat(), "rows": len(book.rows)},
        now=now,
    )
    stream = io.BytesIO()
    workbook.save(stream)
    stream.seek(0)
    return stream


def _bold(sheet: Any, value: Any) -> Any:
    cell = WriteOnlyCell(sheet, value=value)
    cell.font = Font(bold=True)
    return cell


def _text(sheet: Any, value: str) -> Any:
    cell = WriteOnlyCell(sheet, value=ILLEGAL_CHARACTERS_RE.sub("", value))
    cell.data_type = "s"
    return cell
