"""The control sheet (form 06) and the follow-up book (form 07)."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import pytest
from openpyxl import load_workbook
from pypdf import PdfReader

from tinhso.kernel.access.api import Refused
from tinhso.kernel.audit.api import trail
from tinhso.modules.dossiers import api as dossiers
from tinhso.modules.dossiers.models import Printout
from tinhso.modules.dossiers.queries.books import hand_overs
from tinhso.modules.dossiers.tests.action_steps import answer, ask, at
from tinhso.modules.dossiers.tests.factories import (
    NOW,
    Stage,
    accepted,
    do,
    issued,
    make_stage,
    send,
    submitted_to_leader,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage() -> Stage:
    return make_stage()


def test_every_hand_over_stands_on_the_sheet_in_order(stage: Stage) -> None:
    dossier = accepted(stage)
    ask(dossier, stage.handler, now=at(minutes=10))
    answer(dossier, stage.citizen, now=at(minutes=20))
    do(dossier, "consult", stage.handler, now=at(minutes=30))
    for key, actor, minute in (("culture", stage.colleague, 40), ("economy", stage.handler, 50)):
        do(dossier, "send", actor, comment="Không có ý kiến khác.", key=key, now=at(minutes=minute))
    do(dossier, "submit", stage.handler, comment="Đủ điều kiện.", now=at(hours=1))
    do(dossier, "return", stage.leader, comment="Kiểm tra lại tên.", now=at(hours=2))
    rows = hand_overs(dossiers.dossier_view(dossier.public_id))
    assert [(row.from_name, row.to_name, row.note) for row in rows] == [
        ("Lê Thị Hồng Nhung", "Lê Thị Mai", "Tiếp nhận"),
        ("Lê Thị Mai", "Nguyễn Văn Bình", "Lấy ý kiến"),
        ("Nguyễn Văn Bình", "Lê Thị Hồng Nhung", "Yêu cầu bổ sung, mẫu 02 số 01; hạn 04/12/2026"),
        ("Lê Thị Hồng Nhung", "", "Đã bổ sung theo mẫu 02 số 01"),
        ("Nguyễn Văn Bình", "Hà Thu Trang", "Cho ý kiến: Không có ý kiến khác."),
        ("Nguyễn Văn Bình", "Nguyễn Văn Bình", "Cho ý kiến: Không có ý kiến khác."),
        ("Nguyễn Văn Bình", "Nguyễn Văn Bình", "Trình lãnh đạo: Đủ điều kiện."),
        ("Nguyễn Văn Bình", "Lê Minh Tuấn", "Trả lại để làm lại: Kiểm tra lại tên."),
        ("Lê Minh Tuấn", "Nguyễn Văn Bình", "Làm lại."),
    ]
    assert [row.at for row in rows] == sorted(row.at for row in rows)


def pdf_text(content: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages).split())


def test_the_sheet_is_numbered_and_kept_once_all_is_over(stage: Stage) -> None:
    dossier = submitted_to_leader(stage)
    content = dossiers.control_sheet_pdf(dossiers.dossier_view(dossier.public_id), actor=stage.head, now=at(hours=1))
    assert "Nguyễn Văn Bình" in pdf_text(content)
    assert not Printout.objects.filter(form="06").exists()
    dossiers.withdraw(dossier_id=dossier.pk, confirmed=True, actor=stage.citizen, now=at(hours=2))
    view = dossiers.dossier_view(dossier.public_id)
    sheets = {dossiers.control_sheet_pdf(view, actor=stage.head, now=at(hours=n)) for n in (3, 4)}
    assert len(sheets) == 1
    assert Printout.objects.get(form="06").number == 1
    with pytest.raises(Refused):
        dossiers.control_sheet_pdf(view, actor=stage.elsewhere, now=NOW)
    with pytest.raises(Refused):
        dossiers.control_sheet_xlsx(view, actor=stage.citizen, now=NOW)


def test_the_sheet_as_a_workbook_holds_no_formula(stage: Stage) -> None:
    dossier = accepted(stage, full_name='=HYPERLINK("http://x","y")')
    do(dossier, "submit", stage.handler, comment="+1+1", now=at(minutes=9))
    view = dossiers.dossier_view(dossier.public_id)
    sheet = load_workbook(io.BytesIO(dossiers.control_sheet_xlsx(view, actor=stage.head, now=NOW))).active
    cells = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert not [cell for cell in cells if cell.data_type == "f"]
    assert any(str(cell.value).startswith("=HYPERLINK") for cell in cells)


def book(stage: Stage, kind: str, actor: Any = None, **values: Any) -> bytes:
    make = dossiers.book_pdf if kind == "pdf" else dossiers.book_xlsx
    return make(
        **{
            "office_id": stage.office_id, "first": date(2026, 11, 1), "last": date(2026, 11, 30), "field_ids": (),
            "field_name": "", "actor": actor or stage.clerk, "now": at(days=1), **values,
        }
    )  # fmt: skip


def test_the_book_lists_what_the_office_received_in_the_period(stage: Stage) -> None:
    inside, done = accepted(stage), issued(stage, full_name="Trần Thị Hai")
    before, waiting = accepted(stage, now=at(days=-30), full_name="Trần Thị Ba"), send(stage)
    rows = list(load_workbook(io.BytesIO(book(stage, "xlsx"))).active.iter_rows(values_only=True))
    codes = [row[1] for row in rows[4:]]
    assert codes == [inside.code, done.code]
    assert before.code not in codes
    assert waiting.code not in codes
    text = pdf_text(book(stage, "pdf"))
    assert "SỔ THEO DÕI HỒ SƠ" in text
    assert "Từ ngày 01/11/2026 đến ngày 30/11/2026" in text
    last = trail(f"organisation:{stage.office_id}")[-1]
    assert (last.action, last.after["rows"]) == ("dossiers.take_book", 2)


def test_a_book_of_a_field(stage: Stage) -> None:
    dossier = accepted(stage)
    field = dossier.version.procedure.field_id
    other = 9_999
    assert len(list(load_workbook(io.BytesIO(book(stage, "xlsx", field_ids=[other]))).active.iter_rows())) == 4
    if field is not None:
        assert len(list(load_workbook(io.BytesIO(book(stage, "xlsx", field_ids=[field]))).active.iter_rows())) == 5


def test_a_book_has_bounds_and_keepers(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    accepted(stage)
    accepted(stage, full_name="Trần Thị Hai")
    with pytest.raises(dossiers.BookTooLong, match="một năm"):
        book(stage, "pdf", first=date(2024, 1, 1))
    with pytest.raises(dossiers.BookTooLong, match="từ ngày bắt đầu"):
        book(stage, "pdf", last=date(2026, 10, 1))
    for actor in (stage.handler, stage.elsewhere, stage.leader, stage.citizen):
        with pytest.raises(Refused):
            book(stage, "xlsx", actor)
    from tinhso.modules.dossiers.services import books

    monkeypatch.setattr(books, "PDF_MOST", 1)
    with pytest.raises(dossiers.BookTooLong, match="XLSX"):
        book(stage, "pdf")
