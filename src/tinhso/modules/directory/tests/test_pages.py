"""The pages, by nobody, a citizen, an officer elsewhere and the officer in charge; none costs more for a bigger province."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from tinhso.modules.directory.models import ImportBatch, Organisation, StaffMember, Succession, Unit
from tinhso.modules.directory.tests.factories import (
    SINCE,
    get_organisation,
    give,
    make_officer,
    make_organisation,
    make_province,
    make_staff,
)
from tinhso.modules.directory.tests.sheets import ORGANISATION, STAFF, spoilt, xlsx

pytestmark = pytest.mark.django_db

OFFICER_PAGES = ["organisations", "tree", "staff", "export"]
STAFF_ADMIN_PAGES = ["import", "import_template"]


@pytest.fixture
def province() -> Organisation:
    return make_province()


def signed_in(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def elsewhere(province: Organisation) -> Client:
    user = make_officer("tiepnhan.samson", "Ngô Xuân Hải")
    give(user, "clerk", get_organisation("H56.22"))
    return signed_in(user)


@pytest.fixture
def in_charge(province: Organisation) -> Client:
    user = make_officer("quantricanbo", "Mai Phương Thảo")
    give(user, "staff_admin", province, subtree=True)
    return signed_in(user)


def test_the_list_of_agencies_is_open_to_everybody(province: Organisation, elsewhere: Client) -> None:
    for client in (Client(), signed_in(make_officer("congdan", kind="citizen")), elsewhere):
        page = client.get(reverse("directory:public"))
        assert page.status_code == 200
        assert "UBND tỉnh Thanh Hóa" in page.content.decode()


@pytest.mark.parametrize("name", OFFICER_PAGES)
def test_organisations_and_staff_are_for_officers(province: Organisation, elsewhere: Client, name: str) -> None:
    address = reverse(f"directory:{name}")
    refused = Client().get(address)
    assert refused.status_code == 302
    assert "login" in refused["Location"]
    assert signed_in(make_officer("congdan", kind="citizen")).get(address).status_code == 403
    assert elsewhere.get(address).status_code == 200
    assert signed_in(make_officer("quantri", kind="operator")).get(address).status_code == 200


@pytest.mark.parametrize("name", STAFF_ADMIN_PAGES)
def test_the_import_is_for_the_staff_administrator(
    province: Organisation, elsewhere: Client, in_charge: Client, name: str
) -> None:
    address = reverse(f"directory:{name}")
    assert Client().get(address).status_code == 302
    assert signed_in(make_officer("congdan", kind="citizen")).get(address).status_code == 403
    assert elsewhere.get(address).status_code == 403
    assert elsewhere.post(reverse("directory:import"), {"file": io.BytesIO(b"x")}).status_code == 403
    assert in_charge.get(address).status_code == 200


def test_a_citizen_finds_the_new_place_by_the_old_name_without_diacritics(province: Organisation) -> None:
    ward = get_organisation("H56.102")
    district = make_organisation(
        "UBND thành phố Thanh Hóa", "H56.31", parent=province, level="district", valid_from=date(2025, 1, 1),
        valid_until=date(2025, 6, 30),
    )  # fmt: skip
    old = make_organisation(
        "UBND phường Đông Hải", "H56.31.01", parent=district, valid_from=date(2025, 1, 1), valid_until=date(2025, 6, 30)
    )
    lost = make_organisation(
        "UBND xã Đông Hải", "H56.31.02", parent=district, valid_from=date(2025, 1, 1), valid_until=date(2025, 6, 30)
    )
    Succession.objects.create(predecessor=old, successor=ward, effective_date=SINCE, kind="merged")
    text = Client().get(reverse("directory:public"), {"q": "dong hai"}).content.decode()
    assert "UBND phường Đông Hải, thành phố Thanh Hóa" in text
    assert "30/06/2025" in text
    assert "UBND phường Hạc Thành</a>" in text
    assert lost.name in text
    assert "Chưa có thông tin cơ quan kế thừa" in text


def test_the_public_sees_where_to_hand_in_and_what_is_not_known(province: Organisation) -> None:
    text = Client().get(reverse("directory:public"), {"q": "hac thanh"}).content.decode()
    assert "Trung tâm Phục vụ hành chính công phường Hạc Thành" in text
    assert "Phường Hạc Thành, tỉnh Thanh Hóa" in text
    assert "chưa cập nhật" in text
    assert "Không thấy cơ quan nào" in Client().get(reverse("directory:public"), {"q": "???"}).content.decode()


@pytest.mark.parametrize("query", ["<script>alert(1)</script>", "a" * 5000, "%00", "'; drop table", "\ud7ff" * 300])
@pytest.mark.parametrize("name", ["public", "organisations", "staff"])
def test_hostile_words_are_only_words(elsewhere: Client, name: str, query: str) -> None:
    for extra in ({}, {"page": "-1"}, {"page": "9" * 40}, {"parent": "x", "level": "x", "kind": "x", "on": "hôm qua"}):
        page = elsewhere.get(reverse(f"directory:{name}"), {"q": query, **extra})
        assert page.status_code == 200
        assert "<script>alert" not in page.content.decode()


def test_the_officers_list_filters_by_level_kind_parent_and_day(province: Organisation, elsewhere: Client) -> None:
    old = make_organisation(
        "UBND huyện Đông Sơn", "H56.40", parent=province, level="district", valid_from=date(2020, 1, 1),
        valid_until=date(2024, 12, 31),
    )  # fmt: skip
    address = reverse("directory:organisations")

    def shown(**filters: str) -> str:
        return elsewhere.get(address, filters).content.decode()

    assert old.name not in shown()
    assert old.name in shown(ended="1")
    assert old.name in shown(on="1/6/2022")
    assert "UBND phường Hạc Thành" not in shown(on="1/6/2022")
    assert "UBND phường Hạc Thành</a>" in shown(level="commune", kind="people_committee")
    assert "UBND phường Hạc Thành</a>" not in shown(kind="public_service_centre")
    assert "H56.102.01" in shown(parent=str(get_organisation("H56.102").pk))
    assert "Không có ngày 31/02/2025" in shown(on="31/02/2025")
    assert "Không có cơ quan nào" in shown(q="không có tên này")


def test_an_organisation_shows_its_staff_by_given_name_and_what_it_was(
    province: Organisation, elsewhere: Client
) -> None:
    ward = get_organisation("H56.102")
    office = Unit.objects.create(organisation=ward, name="Văn phòng HĐND và UBND", valid_from=SINCE)
    for number, name in enumerate(["Nguyễn Văn Ánh", "Lê An", "Phạm Đức", "Trần <b>Bình</b>"]):
        make_staff(make_officer(f"cb{number}", name), ward, unit=office)
    old = make_organisation(
        "UBND phường Cũ", "H56.31.01", parent=province, valid_from=date(2020, 1, 1), valid_until=date(2025, 6, 30)
    )
    Succession.objects.create(predecessor=old, successor=ward, effective_date=SINCE, kind="merged")
    text = elsewhere.get(reverse("directory:organisation", args=[ward.pk])).content.decode()
    places = [text.index(name) for name in ("Lê An", "Nguyễn Văn Ánh", "Trần &lt;b&gt;Bình", "Phạm Đức")]
    assert places == sorted(places)
    assert "UBND phường Cũ" in text
    assert "mã tạm" in text
    closed = elsewhere.get(reverse("directory:organisation", args=[old.pk])).content.decode()
    assert "Đã kết thúc hoạt động" in closed
    assert "UBND phường Hạc Thành" in closed
    assert elsewhere.get(reverse("directory:organisation", args=[99999])).status_code == 404


def test_a_staff_page_shows_places_and_roles_but_never_a_citizen(province: Organisation, elsewhere: Client) -> None:
    user = make_officer("maile", "Lê Thị Mai")
    make_staff(user, get_organisation("H56.102"))
    give(user, "handler", province, subtree=True)
    text = elsewhere.get(reverse("directory:staff_member", args=[user.pk])).content.decode()
    assert "Lê Thị Mai" in text
    assert "UBND phường Hạc Thành" in text
    assert "Chuyên viên xử lý" in text
    assert "và 3 cơ quan bên dưới" in text
    citizen = make_officer("congdan", kind="citizen")
    assert elsewhere.get(reverse("directory:staff_member", args=[citizen.pk])).status_code == 404
    assert "Lê Thị Mai" in elsewhere.get(reverse("directory:staff"), {"q": "le mai"}).content.decode()


def test_the_export_holds_the_filtered_rows(province: Organisation, elsewhere: Client) -> None:
    make_organisation("=1+1", "H56.90", parent=province)
    response = elsewhere.get(reverse("directory:export"), {"level": "commune"})
    assert response["Content-Type"].endswith("spreadsheetml.sheet")
    rows = list(openpyxl.load_workbook(io.BytesIO(response.content)).active.values)
    assert rows[0][0] == "Mã định danh"
    assert {row[0] for row in rows[1:]} == {"H56.102", "H56.102.01", "H56.90"}
    assert "'=1+1" in {row[2] for row in rows}


def test_the_template_filled_in_by_its_own_examples_is_accepted(province: Organisation, in_charge: Client) -> None:
    book = openpyxl.load_workbook(io.BytesIO(in_charge.get(reverse("directory:import_template")).content))
    examples: dict[str, list[str]] = {}
    for sheet, _, _, _, example in book["Hướng dẫn"].iter_rows(min_row=7, values_only=True):
        examples.setdefault(sheet, []).append(example)
    for sheet, row in examples.items():
        book[sheet].append(row)
    out = io.BytesIO()
    book.save(out)
    page = in_charge.post(
        reverse("directory:import"), {"file": SimpleUploadedFile("mau.xlsx", out.getvalue())}, follow=True
    )
    assert "Xem lại trước khi nhập" in page.content.decode(), page.content.decode()


def _send(client: Client, content: bytes, name: str = "ds.xlsx") -> Any:
    return client.post(reverse("directory:import"), {"file": SimpleUploadedFile(name, content)}, follow=True)


def test_import_by_pages_preview_confirm_done(province: Organisation, in_charge: Client) -> None:
    preview = _send(in_charge, xlsx(organisations=[ORGANISATION], staff=[STAFF])).content.decode()
    assert "Xem lại trước khi nhập" in preview
    assert not Organisation.objects.filter(code="H56.102.09").exists()
    batch = ImportBatch.objects.get()
    done = in_charge.post(reverse("directory:import_apply", args=[batch.pk]), follow=True).content.decode()
    assert "Đã nhập 2 dòng." in done
    assert Organisation.objects.filter(code="H56.102.09").exists()
    again = in_charge.post(reverse("directory:import_apply", args=[batch.pk]), follow=True).content.decode()
    assert "đã được nhập trước đó" in again
    assert StaffMember.objects.count() == 1
    assert "Đã nhập" in in_charge.get(reverse("directory:import")).content.decode()


def test_faults_are_listed_by_cell_and_escaped(province: Organisation, in_charge: Client) -> None:
    text = _send(
        in_charge, xlsx(staff=[spoilt(STAFF, unit="<script>alert(1)</script>")]), "<b>ds.xlsx"
    ).content.decode()
    assert "Tệp có 1 lỗi" in text
    assert "D2" in text
    assert "Ô có mã HTML" in text
    assert "<script>alert" not in text
    assert "<b>ds" not in text
    batch = ImportBatch.objects.get()
    assert "Nhập toàn bộ" not in text
    page = in_charge.post(reverse("directory:import_apply", args=[batch.pk]), follow=True)
    assert "Tệp còn lỗi" in page.content.decode()


def test_no_file_or_no_table_is_told_at_the_field(province: Organisation, in_charge: Client) -> None:
    page = in_charge.post(reverse("directory:import"), {})
    assert page.status_code == 422
    assert "Chưa chọn tệp." in page.content.decode()
    page = _send(in_charge, b"MZ\x90\0virus", "bang.xlsx")
    assert "không phải bảng tính" in page.content.decode()
    page = _send(in_charge, b"x" * (5 * 1024 * 1024 + 1))
    assert "lớn quá 5 MB" in page.content.decode()


def test_another_administrators_upload_is_not_found(province: Organisation, in_charge: Client) -> None:
    _send(in_charge, xlsx(staff=[STAFF]))
    batch = ImportBatch.objects.get()
    other = make_officer("nguoikhac")
    give(other, "staff_admin", province, subtree=True)
    client = signed_in(other)
    assert client.get(reverse("directory:import_batch", args=[batch.pk])).status_code == 404
    assert client.post(reverse("directory:import_apply", args=[batch.pk])).status_code == 404
    assert StaffMember.objects.count() == 0


# With the session, the user, the grants, what lies below them, and the place of work in the top bar.
BUDGETS = {"public": 11, "organisations": 7, "tree": 6, "staff": 7, "export": 5, "organisation": 14, "staff_member": 7}


@pytest.mark.parametrize("name", BUDGETS)
def test_a_bigger_province_costs_no_more_queries(
    province: Organisation, in_charge: Client, name: str, django_assert_max_num_queries: Any
) -> None:
    ward = get_organisation("H56.102")
    unit = Unit.objects.create(organisation=ward, name="Văn phòng", valid_from=SINCE)
    person = make_officer("maile")
    make_staff(person, ward)
    for number in range(40):
        other = make_organisation(f"UBND xã Số {number}", f"H56.{200 + number}", parent=province)
        gone = make_organisation(
            f"UBND xã Cũ {number}", f"H56.31.{number:02}", parent=province, valid_from=date(2020, 1, 1),
            valid_until=date(2025, 6, 30),
        )  # fmt: skip
        Succession.objects.create(predecessor=gone, successor=other, effective_date=SINCE, kind="merged")
        make_staff(make_officer(f"cb{number}"), ward, unit=unit)
    arguments = {"organisation": [ward.pk], "staff_member": [person.pk]}.get(name, [])
    with django_assert_max_num_queries(BUDGETS[name]):
        assert in_charge.get(reverse(f"directory:{name}", args=arguments), {"q": "xa"}).status_code == 200
