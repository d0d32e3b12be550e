"""Import: a whole file or nothing, and every mistake named by sheet, row and cell."""

from __future__ import annotations

import io
import zipfile
from datetime import date
from typing import Any

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse

from tinhso.kernel.access.api import Actor, Refused
from tinhso.kernel.access.models import User
from tinhso.kernel.audit.api import trail, verify
from tinhso.modules.directory import api
from tinhso.modules.directory.models import ImportBatch, Organisation, StaffMember, Unit
from tinhso.modules.directory.services.importing import CannotImport, apply, upload
from tinhso.modules.directory.services.workbooks import CannotRead
from tinhso.modules.directory.tests.factories import (
    NOW,
    TODAY,
    get_organisation,
    give,
    make_officer,
    make_organisation,
    make_province,
    make_staff,
)
from tinhso.modules.directory.tests.sheets import ORGANISATION, STAFF, cell_of, csv_text, spoilt, workbook, xlsx

pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator() -> Actor:
    return give(make_officer("quantricanbo"), "staff_admin", make_province(), subtree=True)


def send(actor: Actor, content: bytes, filename: str = "danh-sach.xlsx") -> ImportBatch:
    return ImportBatch.objects.get(pk=upload(content=content, filename=filename, actor=actor, now=NOW))


def faults(batch: ImportBatch) -> list[tuple[str, str]]:
    return [(fault["cell"], fault["reason"]) for fault in batch.faults]


def world() -> tuple[int, int, int, int]:
    return Organisation.objects.count(), StaffMember.objects.count(), User.objects.count(), Unit.objects.count()


def test_a_good_file_is_previewed_then_applied_whole(administrator: Actor) -> None:
    below = spoilt(ORGANISATION, code="H56.102.10", name="Tổ dịch vụ chợ", parent_code="H56.102.09")
    before = world()
    batch = send(
        administrator,
        xlsx(organisations=[below, ORGANISATION], staff=[STAFF, spoilt(STAFF, organisation_code="H56.102.10")]),
    )
    assert batch.state == "ready", batch.faults
    assert batch.counts == {
        "organisations": 2, "staff": 2, "new_people": 1, "new_units": 2, "faults": 0, "new_positions": 1,
        "unit_names": ["Phòng Văn hóa - Xã hội (H56.102)", "Phòng Văn hóa - Xã hội (H56.102.10)"],
        "position_titles": ["Chuyên viên"],
    }  # fmt: skip
    assert world() == before
    assert apply(batch_id=batch.pk, actor=administrator, now=NOW) == 4
    market = api.organisation_by_code("H56.102.09", TODAY)
    service = api.organisation_by_code("H56.102.10", TODAY)
    assert service.path == f"{market.path}{service.id}/"
    assert market.path.startswith(get_organisation("H56.102").path)
    assert [person.full_name for person in api.colleagues(market.parent_id, on=TODAY)] == ["Nguyễn Thị Ví Dụ"]
    assert len(api.appointments_of_user(User.objects.get(username="du.ntv").pk, TODAY)) == 2
    assert not User.objects.get(username="du.ntv").has_usable_password()
    assert trail(f"organisation:{market.id}")[0].action == "directory.create_organisation"
    assert verify().ok


def test_a_sheet_left_empty_beside_a_filled_one_is_passed_over(administrator: Actor) -> None:
    """The template says: one sheet, the other, or both."""
    batch = send(administrator, xlsx(organisations=[], staff=[STAFF]))
    assert (batch.state, batch.faults) == ("ready", [])
    assert faults(send(administrator, xlsx(organisations=[], staff=[])))[0][1].startswith("Chưa có dòng dữ liệu")


def test_the_preview_names_what_a_slip_of_the_pen_would_found(administrator: Actor) -> None:
    send(administrator, xlsx(staff=[spoilt(STAFF, position="Chuyen viênn", unit="Phòng Ma")]))
    client = Client()
    client.force_login(User.objects.get(username="quantricanbo"))
    page = client.get(reverse("directory:import_batch", args=[ImportBatch.objects.latest("pk").pk])).content.decode()
    assert "Chuyen viênn" in page
    assert "Phòng Ma (H56.102)" in page


def test_a_double_click_imports_once(administrator: Actor) -> None:
    batch = send(administrator, xlsx(staff=[STAFF]))
    assert apply(batch_id=batch.pk, actor=administrator, now=NOW) == 1
    after = world()
    assert apply(batch_id=batch.pk, actor=administrator, now=NOW) == 0
    assert world() == after


def test_what_became_wrong_since_the_preview_stops_the_whole_import(administrator: Actor) -> None:
    batch = send(administrator, xlsx(organisations=[ORGANISATION], staff=[STAFF]))
    make_organisation("Cơ quan khác", "H56.102.09", parent=get_organisation("H56.102"))
    before = world()
    with pytest.raises(CannotImport, match="đã thay đổi"):
        apply(batch_id=batch.pk, actor=administrator, now=NOW)
    assert world() == before
    batch.refresh_from_db()
    assert batch.state == "faulty"
    assert faults(batch)[0][0] == cell_of("organisations", "code")


def test_another_persons_file_is_not_mine_to_apply(administrator: Actor) -> None:
    batch = send(administrator, xlsx(staff=[STAFF]))
    other = give(make_officer("nguoikhac"), "staff_admin", get_organisation("H56"), subtree=True)
    with pytest.raises(CannotImport):
        apply(batch_id=batch.pk, actor=other, now=NOW)


def test_who_has_no_right_uploads_nothing(administrator: Actor) -> None:
    clerk = give(make_officer("tiepnhan"), "clerk", get_organisation("H56.102"))
    with pytest.raises(Refused):
        upload(content=xlsx(staff=[STAFF]), filename="a.xlsx", actor=clerk, now=NOW)
    assert ImportBatch.objects.count() == 0


def test_an_administrator_of_a_ward_imports_only_below_it(administrator: Actor) -> None:
    ward = give(make_officer("quantri.phuong"), "staff_admin", get_organisation("H56.102"), subtree=True)
    assert send(ward, xlsx(staff=[STAFF])).state == "ready"
    elsewhere = send(ward, xlsx(organisations=[spoilt(ORGANISATION, code="H56.77", parent_code="H56")],
                                staff=[spoilt(STAFF, organisation_code="H56.22")]))  # fmt: skip
    assert faults(elsewhere) == [
        (cell_of("organisations", "parent_code"), "Bạn không được giao quản lý cơ quan H56."),
        (cell_of("staff", "organisation_code"), "Bạn không được giao quản lý cơ quan H56.22."),
    ]


BAD_ORGANISATIONS: list[tuple[dict[str, Any], str, str]] = [
    ({"code": ""}, "code", "Chưa nhập «Mã định danh»."),
    ({"code": "phường 1"}, "code", "Mã định danh phải có dạng"),
    ({"code": "H56.102"}, "code", "Mã H56.102 đang có cơ quan khác dùng"),
    ({"name": "<b>Chợ</b>"}, "name", "Ô có mã HTML"),
    ({"name": "<script>alert(1)</script>"}, "name", "Ô có mã HTML"),
    ({"name": "A" * 301}, "name", "Dài 301 ký tự; tối đa 300."),
    ({"name": "@SUM(1)"}, "name", "Ô bắt đầu như một công thức"),
    ({"level": "Thôn"}, "level", "Chỉ nhận một trong: Tỉnh, Huyện, Xã."),
    ({"kind": "Câu lạc bộ"}, "kind", "Chỉ nhận một trong"),
    ({"parent_code": "H56.99"}, "parent_code", "Không có cơ quan mang mã H56.99."),
    ({"parent_code": "H56.102.09"}, "parent_code", "không thể là cấp trên của chính mình"),
    ({"parent_code": ""}, "parent_code", "Chưa nhập mã cơ quan cấp trên."),
    ({"valid_from": "31/02/2026"}, "valid_from", "Ngày không đúng"),
    ({"valid_from": "01/01/1800"}, "valid_from", "Ngày phải từ"),
    ({"valid_from": "01/01/2021"}, "parent_code", "không hoạt động vào ngày bắt đầu này"),
    ({"valid_until": "31/12/2025"}, "valid_until", "Ngày kết thúc trước ngày bắt đầu."),
    ({"phone": 237300000}, "phone", "thiếu số 0 ở đầu"),
    ({"phone": "gọi sau"}, "phone", "Số điện thoại không đúng"),
    ({"admin_unit_code": "147"[:1]}, "admin_unit_code", "Mã đơn vị hành chính gồm"),
    ({"address": "25 Lê Lợi _x0001_"}, "", ""),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "key", "reason"), BAD_ORGANISATIONS)
def test_a_bad_organisation_is_named_by_its_cell(
    administrator: Actor, changes: dict[str, Any], key: str, reason: str
) -> None:
    batch = send(administrator, xlsx(organisations=[spoilt(ORGANISATION, **changes)]))
    if not key:
        return
    assert batch.state == "faulty"
    assert any(cell == cell_of("organisations", key) and reason in text for cell, text in faults(batch)), batch.faults
    assert batch.faults[0]["sheet"] == "Cơ quan"
    assert batch.tables == []


@pytest.mark.parametrize(
    ("changes", "key", "reason"),
    [
        ({"full_name": None}, "full_name", "Chưa nhập «Họ và tên»."),
        ({"full_name": "Nguyễn Văn 3"}, "full_name", "không được có chữ số"),
        ({"full_name": "Nguyễn Văn " + "A" * 300}, "full_name", "tối đa 300"),
        ({"username": "Dũng NT"}, "username", "Tên đăng nhập gồm"),
        ({"username": "congdan"}, "username", "không phải tài khoản cán bộ"),
        ({"username": "quantricanbo"}, "username", "đã cấp cho người khác"),
        ({"username": "maile", "full_name": "Lê Thị Mai"}, "username", "đang làm việc tại cơ quan H56.102"),
        ({"organisation_code": "H56.98"}, "organisation_code", "Không có cơ quan mang mã H56.98."),
        ({"valid_from": "01/01/2024"}, "organisation_code", "không hoạt động vào ngày bắt đầu này"),
        ({"email": "a@b"}, "email", "Địa chỉ thư điện tử không đúng"),
        ({"unit": "Phòng <img src=x>"}, "unit", "Ô có mã HTML"),
        ({"valid_from": "2026-13-01"}, "valid_from", "Ngày không đúng"),
    ],
)
def test_a_bad_staff_row_is_named_by_its_cell(
    administrator: Actor, changes: dict[str, Any], key: str, reason: str
) -> None:
    make_officer("congdan", "Nguyễn Thị Ví Dụ", kind="citizen")
    make_staff(make_officer("maile", "Lê Thị Mai"), get_organisation("H56.102"))
    batch = send(administrator, xlsx(staff=[spoilt(STAFF, **changes)]))
    assert any(cell == cell_of("staff", key) and reason in text for cell, text in faults(batch)), batch.faults


def test_duplicates_inside_the_file_and_circles_of_parents_are_found(administrator: Actor) -> None:
    rows = [
        ORGANISATION,
        spoilt(ORGANISATION, name="Lặp mã"),
        spoilt(ORGANISATION, code="H56.102.11", parent_code="H56.102.12"),
        spoilt(ORGANISATION, code="H56.102.12", parent_code="H56.102.11"),
    ]
    staff = [STAFF, STAFF, spoilt(STAFF, full_name="Trần Văn Khác", organisation_code="H56.22")]
    reasons = [reason for _, reason in faults(send(administrator, xlsx(organisations=rows, staff=staff)))]
    assert "Mã H56.102.09 đã có ở dòng 2 của tệp này." in reasons
    assert reasons.count("Các cơ quan làm cấp trên của nhau thành vòng tròn.") == 2
    assert "du.ntv đã có ở dòng 2 cho cùng cơ quan." in reasons
    assert "du.ntv là tên đăng nhập của người khác ở dòng 2." in reasons


def test_merged_cells_formulas_and_strange_headers_are_named(administrator: Actor) -> None:
    book = workbook(organisations=[ORGANISATION, ORGANISATION])
    sheet = book["Cơ quan"]
    sheet.merge_cells("H2:H3")
    sheet["B2"] = '=CONCATENATE("Ban ","Quản lý")'
    sheet["L1"] = "Ghi chú"
    sheet["C1"] = "Tên cơ quan"
    found = faults(send(administrator, xlsx(book)))
    assert ("H2:H3", "Có ô bị gộp. Hãy bỏ gộp ô (Unmerge) để mỗi dòng là một bản ghi.") in found
    assert ("B2", "Ô là công thức. Hãy dán lại dưới dạng giá trị (Paste values).") in found
    assert ("L1", "Cột này không có trong mẫu. Hãy xóa cột.") in found
    assert ("C1", "Tiêu đề cột bị lặp.") in found


def test_a_missing_column_and_a_foreign_sheet_are_told(administrator: Actor) -> None:
    book = workbook(staff=[STAFF])
    book["Cán bộ"].delete_cols(3)
    book.create_sheet("Thu chi").append(["Khoản", "Số tiền"])
    reasons = [reason for _, reason in faults(send(administrator, xlsx(book)))]
    assert "Thiếu cột «Mã cơ quan»." in reasons
    assert any("không có các tiêu đề cột của mẫu" in reason for reason in reasons)
    assert faults(send(administrator, xlsx(staff=[])))[0][1] == "Chưa có dòng dữ liệu nào dưới dòng tiêu đề."


def test_real_dates_and_numbers_of_a_spreadsheet_are_understood(administrator: Actor) -> None:
    row = spoilt(ORGANISATION, valid_from=date(2026, 1, 1), valid_until=date(2030, 12, 31), admin_unit_code=14797)
    batch = send(administrator, xlsx(organisations=[row]))
    assert batch.faults == []
    apply(batch_id=batch.pk, actor=administrator, now=NOW)
    assert api.organisation_by_code("H56.102.09", TODAY).valid_until == date(2030, 12, 31)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1258"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_is_read_in_the_encodings_people_have(administrator: Actor, encoding: str, delimiter: str) -> None:
    text = csv_text("staff", [STAFF], delimiter)
    batch = send(administrator, _encoded(text, encoding), "can-bo.csv")
    assert batch.faults == []
    assert ("1258" in batch.read_as) == (encoding == "cp1258")
    apply(batch_id=batch.pk, actor=administrator, now=NOW)
    assert User.objects.get(username="du.ntv").full_name == "Nguyễn Thị Ví Dụ"
    assert Unit.objects.get().name == "Phòng Văn hóa - Xã hội"


def _encoded(text: str, encoding: str) -> bytes:
    if encoding != "cp1258":
        return text.encode(encoding)
    # Windows-1258 writes tones apart from letters: "ễ" as "ê" and a mark.
    import unicodedata

    marks = {"\u0300", "\u0309", "\u0303", "\u0301", "\u0323"}
    out = []
    for character in text:
        parts = unicodedata.normalize("NFD", character)
        tone = [part for part in parts if part in marks]
        rest = unicodedata.normalize("NFC", "".join(part for part in parts if part not in marks))
        out.append(rest + "".join(tone))
    return "".join(out).encode("cp1258")


def _zip(**parts: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/"), content)
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "Tệp rỗng."),
        (b"  \n", "Tệp rỗng."),
        (b"%PDF-1.7 ...", "không phải bảng tính"),
        (b"MZ\x90\x00" + b"\0" * 100, "không phải bảng tính"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "mật khẩu"),
        (b"a" * (5 * 1024 * 1024 + 1), "lớn quá 5 MB"),
        (b"PK\x03\x04" + b"x" * 50, "bị hỏng hoặc tải lên chưa hết"),
        (_zip(a__b=b"x"), "không phải sổ tính .xlsx"),
        (_zip(xl__workbook=b"<x/>"), "Không đọc được tệp .xlsx này"),
        (_zip(xl__vbaProject_bin=b"x", **{"xl__vbaProject.bin": b"x"}), "có macro"),
        (_zip(**{f"xl__p{n}": b"0" * 9_000_000 for n in range(10)}), "quá lớn sau khi giải nén"),
        (b"ten\0co quan", "không phải bảng tính"),
        (b"ten,\xff\xfa\x80\x9f\xd2\xd2", "Không nhận ra bảng mã"),
        ('"Họ và tên,Tên đăng nhập\n"a'.encode(), "sai cấu trúc"),
        (("x," * 300 + "\n").encode(), "quá nhiều cột"),
        (b"a,b\n" * 100_000, "quá nhiều dòng"),
    ],
)  # fmt: skip
def test_what_is_no_table_is_refused_with_the_reason(administrator: Actor, content: bytes, reason: str) -> None:
    with pytest.raises(CannotRead, match=reason):
        send(administrator, content)
    assert ImportBatch.objects.count() == 0


def test_too_many_rows_are_refused_before_they_are_looked_at(administrator: Actor) -> None:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Cán bộ")
    for number in range(20_500):
        sheet.append([number])
    out = io.BytesIO()
    book.save(out)
    with pytest.raises(CannotRead, match="tối đa 5000 dòng"):
        send(administrator, out.getvalue())
    rows = [spoilt(STAFF, username=f"nguoi{number}") for number in range(5001)]
    batch = send(administrator, csv_text("staff", rows).encode(), "a.csv")
    assert batch.faults[0]["reason"] == "Có 5.001 dòng dữ liệu; mỗi lần nhập tối đa 5.000 dòng."


def test_the_guide_sheet_and_empty_rows_are_passed_over(administrator: Actor) -> None:
    book = workbook(staff=[[None] * 9, STAFF, [None] * 9, spoilt(STAFF, username="x")])
    book.create_sheet("Hướng dẫn").append(["Bất kỳ điều gì"])
    batch = send(administrator, xlsx(book))
    assert [fault["cell"] for fault in batch.faults] == [cell_of("staff", "username", 5)]


def test_files_that_were_never_confirmed_do_not_pile_up(administrator: Actor) -> None:
    from datetime import timedelta

    old = send(administrator, xlsx(staff=[STAFF]))
    upload(content=xlsx(staff=[STAFF]), filename="b.xlsx", actor=administrator, now=NOW + timedelta(days=2))
    assert not ImportBatch.objects.filter(pk=old.pk).exists()
    assert ImportBatch.objects.count() == 1
