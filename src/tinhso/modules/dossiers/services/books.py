"""The control sheet of a dossier (form 06) and the follow-up book of an office (form 07), as PDF and as workbooks."""

from __future__ import annotations

import io
from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any, TypeVar

from django.db import transaction
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font

from tinhso.kernel.access.api import Actor, require
from tinhso.kernel.audit.api import record
from tinhso.kernel.clock import VIETNAM
from tinhso.kernel.files.api import open_file
from tinhso.kernel.pdf import print_paper
from tinhso.modules.directory import api as directory
from tinhso.modules.dossiers.print import shapes
from tinhso.modules.dossiers.queries.books import BookRow, HandedOver, book_rows, hand_overs, partners_of
from tinhso.modules.dossiers.queries.reading import Access, DossierView
from tinhso.modules.dossiers.rules import ELECTRONIC, FINISHED
from tinhso.modules.dossiers.services.printing import letterhead, letterhead_of, print_once

# A book of paper is bound by the month; more rows belong into a workbook.
PDF_MOST = 1500
XLSX_MOST = 20_000
DAYS_MOST = 366


class BookTooLong(ValueError):
    """More rows or days than one file holds; the message says what to narrow."""


def control_sheet_pdf(view: DossierView, *, actor: Actor, now: datetime) -> bytes:
    """Form 06. While work goes on: as it stands, without a number. When all is over: numbered, stored, once."""
    require(actor, "dossiers.view", view.access)
    if view.state in FINISHED and not view.open_tasks:
        at = max(task.finished_at or now for task in view.tasks)
        file_id = print_once(
            view, "06", lambda number: _control_sheet(view, f"{number:02d}", at), "phieu-kiem-soat", actor, now
        )
        with open_file(file_id) as stream:
            return stream.read()
    return print_paper(_control_sheet(view, "", now))


def _control_sheet(view: DossierView, number: str, at: datetime) -> shapes.ControlSheet:
    return shapes.ControlSheet(
        issuer=letterhead(view),
        issued_at=at,
        printed_at=at,
        dossier_code=view.code,
        number=number,
        electronic=view.channel in ELECTRONIC,
        agency_name=view.agency_name,
        partner_agencies=partners_of(view),
        received_at=view.accepted_at or view.submitted_at,
        due_at=view.due_at,
        hand_overs=tuple(
            shapes.HandOver(
                from_unit=one.from_place,
                to_unit=one.to_place,
                from_name=one.from_name,
                to_name=one.to_name,
                at=one.at,
                outcome=_outcome(one),
                note=one.note,
            )
            for one in hand_overs(view)
        ),
    )


def _outcome(one: HandedOver) -> str:
    return "" if one.outcome is None else one.outcome.title.lower()


def control_sheet_xlsx(view: DossierView, *, actor: Actor, now: datetime) -> bytes:
    """Form 06 as a workbook."""
    require(actor, "dossiers.view", view.access)
    head = (
        ("Giao: đơn vị", 34), ("Người giao", 24), ("Nhận: đơn vị", 34), ("Người nhận", 24), ("Thời gian giao nhận", 18),
        ("Kết quả (trước hạn/đúng hạn/quá hạn)", 20), ("Ghi chú", 60),
    )  # fmt: skip
    rows = [
        (one.from_place, one.from_name, one.to_place, one.to_name, one.at, _outcome(one), one.note)
        for one in hand_overs(view)
    ]
    title = f"PHIẾU KIỂM SOÁT QUÁ TRÌNH GIẢI QUYẾT HỒ SƠ {view.code}"
    lines = (title, f"Cơ quan giải quyết: {view.agency_name}", f"Lập lúc {_at(now)}")
    return _workbook("Phiếu kiểm soát", lines, head, rows)


def book_pdf(
    *, office_id: int, first: date, last: date, field_ids: Collection[int], field_name: str, actor: Actor, now: datetime
) -> bytes:
    """Form 07 of an office, a field or group of fields (none: all) and a period. Raises `BookTooLong`."""
    rows = _rows(office_id, first, last, field_ids, PDF_MOST, actor, now)
    office = directory.organisation(office_id)
    return print_paper(
        shapes.FollowUpBook(
            issuer=letterhead_of(office),
            issued_at=now,
            printed_at=now,
            field_name=field_name,
            from_date=first,
            to_date=last,
            entries=tuple(
                shapes.BookEntry(
                    ordinal=place,
                    dossier_code=row.code,
                    procedure_name=row.procedure_name,
                    applicant_name=row.applicant_name,
                    contact=row.contact,
                    agency_name=row.agency_name,
                    received_at=row.accepted_at,
                    due_at=row.due_at,
                    returned_at=row.returned_at,
                    return_method=row.return_method,
                )
                for place, row in enumerate(rows, 1)
            ),
        )
    )


def book_xlsx(
    *, office_id: int, first: date, last: date, field_ids: Collection[int], field_name: str, actor: Actor, now: datetime
) -> bytes:
    """Form 07 as a workbook. Raises `BookTooLong`."""
    rows = _rows(office_id, first, last, field_ids, XLSX_MOST, actor, now)
    office = directory.organisation(office_id)
    head = (
        ("STT", 6), ("Mã hồ sơ", 24), ("Tên TTHC", 50), ("Tên tổ chức, cá nhân", 30), ("Địa chỉ/SĐT", 40),
        ("Cơ quan chủ trì giải quyết", 34), ("Nhận hồ sơ", 17), ("Hẹn trả kết quả", 17), ("Trả kết quả", 17),
        ("Phương thức nhận kết quả", 20), ("Ký nhận", 14),
    )  # fmt: skip
    lines = (
        "SỔ THEO DÕI HỒ SƠ",
        f"{office.name}. {f'Lĩnh vực: {field_name}. ' if field_name else ''}Từ ngày {first:%d/%m/%Y} đến ngày {last:%d/%m/%Y}",
        f"Lập lúc {_at(now)}. Có dữ liệu cá nhân: giữ và hủy theo quy định.",
    )
    return _workbook(
        "Sổ theo dõi",
        lines,
        head,
        [
            (
                place, row.code, row.procedure_name, row.applicant_name, row.contact, row.agency_name, row.accepted_at,
                row.due_at, row.returned_at, row.return_method, "",
            )
            for place, row in enumerate(rows, 1)
        ],
    )  # fmt: skip


@transaction.atomic
def _rows(
    office_id: int, first: date, last: date, field_ids: Collection[int], most: int, actor: Actor, now: datetime
) -> list[BookRow]:
    require(actor, "dossiers.book", Access(frozenset({office_id}), None))
    if last < first:
        raise BookTooLong("Ngày kết thúc phải từ ngày bắt đầu trở đi.")
    if (last - first).days >= DAYS_MOST:
        raise BookTooLong("Mỗi lần lập sổ tối đa một năm.")
    rows = book_rows(office_id, first=first, last=last, field_ids=field_ids, limit=most + 1)
    if len(rows) > most:
        other = " hoặc tải bản XLSX" if most == PDF_MOST else ""
        raise BookTooLong(f"Sổ có hơn {most} hồ sơ. Hãy chọn khoảng ngày ngắn hơn hoặc một lĩnh vực{other}.")
    record(
        who=actor,
        action="dossiers.take_book",
        object_ref=f"organisation:{office_id}",
        after={"rows": len(rows), "first": first.isoformat(), "last": last.isoformat(), "fields": sorted(field_ids)},
        now=now,
    )
    return rows


def _at(moment: datetime) -> str:
    return f"{moment.astimezone(VIETNAM):%d/%m/%Y %H:%M}"


Row = TypeVar("Row", bound=Sequence[Any])


def _workbook(name: str, lines: Sequence[str], head: Sequence[tuple[str, int]], rows: Sequence[Row]) -> bytes:
    """Texts stay texts, also those that begin like a formula; instants are dates of the workbook."""
    book = Workbook(write_only=True)
    sheet: Any = book.create_sheet(name)
    for number, (_, width) in enumerate(head):
        sheet.column_dimensions[chr(ord("A") + number)].width = width
    sheet.freeze_panes = f"A{len(lines) + 2}"
    for line in lines:
        sheet.append([_cell(sheet, line, bold=line is lines[0])])
    sheet.append([_cell(sheet, title, bold=True) for title, _ in head])
    for row in rows:
        sheet.append([_cell(sheet, value, wrap=True) for value in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _cell(sheet: Any, value: Any, *, bold: bool = False, wrap: bool = False) -> Any:
    if isinstance(value, datetime):
        cell = WriteOnlyCell(sheet, value=value.astimezone(VIETNAM).replace(tzinfo=None))
        cell.number_format = "dd/mm/yyyy hh:mm"
    elif isinstance(value, str):
        cell = WriteOnlyCell(sheet, value=ILLEGAL_CHARACTERS_RE.sub("", value))
        cell.data_type = "s"
    else:
        cell = WriteOnlyCell(sheet, value=value)
    if bold:
        cell.font = Font(bold=True)
    if wrap:
        cell.alignment = Alignment(wrap_text=True, vertical="top")
    return cell
