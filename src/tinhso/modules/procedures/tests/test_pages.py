from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from tinhso.kernel.access.api import SYSTEM, create_user
from tinhso.kernel.clock import VIETNAM
from tinhso.modules.procedures import api
from tinhso.modules.procedures.services import import_catalogue, start_draft
from tinhso.modules.procedures.tests.factories import (
    NOW,
    make_committee,
    make_procedure,
    make_ward_with_staff,
    publish_definition,
)
from tinhso.modules.procedures.tests.samples import definition_raw

pytestmark = pytest.mark.django_db
BUDGETS = json.loads((settings.PACKAGE_DIR.parents[1] / "tests/query_budgets.json").read_text(encoding="utf-8"))


@pytest.fixture(autouse=True)
def monday_morning(monkeypatch: pytest.MonkeyPatch) -> datetime:
    """Pages show what holds on a Monday morning, whatever day the tests run."""
    moment = datetime(2026, 11, 23, 9, 0, tzinfo=VIETNAM)
    monkeypatch.setattr("tinhso.kernel.access.web.now", lambda: moment)
    return moment


@pytest.fixture
def officer(client: Client) -> Client:
    client.force_login(create_user(username="officer", full_name="Lê Thị Mai", kind="officer"))
    return client


def text(response: Any) -> str:
    return str(response.content.decode())


def test_the_first_page_offers_search_life_events_and_what_can_be_filed(client: Client) -> None:
    publish_definition(make_procedure(plain_name="Khai sinh cho con", life_event="birth"))
    page = text(client.get("/"))
    assert 'name="q"' in page
    assert "Sinh con và nuôi con" in page
    assert "Kết hôn và gia đình" not in page, "a life event without a procedure leads nowhere"
    assert "Khai sinh cho con" in page


def test_the_first_page_stands_with_an_empty_catalogue(client: Client) -> None:
    response = client.get("/")
    assert response.status_code == 200
    assert "Chưa có thủ tục nào nộp được trực tuyến" in text(response)


def test_search_minds_no_diacritics_and_puts_what_can_be_filed_first(client: Client) -> None:
    make_long = make_procedure(code="2.2", name="Thủ tục đăng ký khai sinh lưu động")
    publish_definition(make_long, definition_raw(route=None, deadline=None, form=None, result=[], papers=[], fees=None))
    publish_definition(make_procedure())
    page = text(client.get("/procedures/", {"q": "DANG KY khai sinh"}))
    assert page.index("1.001193") < page.index("2.2/")
    assert "Có 2 thủ tục có «DANG KY khai sinh»" in page
    assert "Không có thủ tục nào phù hợp" in text(client.get("/procedures/", {"q": "hàng không vũ trụ"}))


def test_words_as_typed_come_before_parts_of_words(client: Client) -> None:
    publish_definition(make_procedure(code="1.1", name="Cấp mã số đơn vị"))
    publish_definition(
        make_procedure(code="1.2", name="Cấp đổi giấy chứng nhận quyền sử dụng đất", plain_name="Đổi sổ đỏ")
    )
    page = text(client.get("/procedures/", {"q": "so do"}))
    assert page.index("/procedures/1.2/") < page.index("/procedures/1.1/")


def test_filters_narrow_and_are_kept(client: Client) -> None:
    publish_definition(make_procedure(life_event="birth"))
    land = make_procedure(
        code="1.012783", name="Cấp đổi giấy chứng nhận", at_commune=False, at_province=True, field_name="Đất đai"
    )
    publish_definition(land, definition_raw(levels=["province"], service_level="partial"))
    for asked in ({"level": "province"}, {"service_level": "partial"}, {"field": str(land.field_id)}):
        page = text(client.get("/procedures/", asked))
        assert "Cấp đổi giấy chứng nhận" in page
        assert "Thủ tục đăng ký khai sinh" not in page
    page = text(client.get("/procedures/", {"event": "birth"}))
    assert '<option value="birth" selected>' in page
    assert "Cấp đổi giấy chứng nhận" not in page


def test_what_is_settled_elsewhere_is_found_only_in_the_whole_catalogue(client: Client) -> None:
    publish_definition(
        make_procedure(code="3.3", name="Thủ tục hải quan", at_commune=False, at_ministry=True),
        definition_raw(route=None, deadline=None, form=None, result=[], papers=[], fees=None),
    )
    assert "Thủ tục hải quan" not in text(client.get("/procedures/", {"q": "hai quan"}))
    assert "Thủ tục hải quan" in text(client.get("/procedures/", {"q": "hai quan", "scope": "all"}))


@pytest.mark.parametrize(
    "asked",
    [
        {"page": "999"},
        {"page": "-1"},
        {"page": "x"},
        {"field": "abc"},
        {"field": "99999999999999999999"},
        {"level": "<b>"},
        {"service_level": "9"},
        {"scope": "everything"},
        {"event": "party"},
        {"q": "<script>alert(1)</script>"},
        {"q": "a" * 5000},
        {"q": "\x00' OR 1=1 --"},
        {"q": "???"},
    ],
)
def test_senseless_search_is_answered_calmly(client: Client, asked: dict[str, str]) -> None:
    publish_definition(make_procedure())
    response = client.get("/procedures/", asked)
    assert response.status_code == 200
    assert "<script>alert" not in text(response)


def test_results_alone_are_sent_to_the_live_search(client: Client) -> None:
    publish_definition(make_procedure())
    page = text(client.get("/procedures/", {"q": "khai sinh"}, headers={"HX-Request": "true"}))
    assert "<html" not in page
    assert "Thủ tục đăng ký khai sinh" in page


def test_the_page_of_a_procedure_tells_everything_with_the_date_if_filed_now(client: Client) -> None:
    make_committee()
    publish_definition(make_procedure(plain_name="Khai sinh cho con", life_event="birth"))
    page = text(client.get("/procedures/1.001193/"))
    assert "<h1>Khai sinh cho con</h1>" in page
    assert "Tên theo danh mục: Thủ tục đăng ký khai sinh" in page
    assert "1 ngày làm việc (nhận sau 15:00 thì tính từ ngày làm việc tiếp theo)" in page
    assert "09:00 thứ Tư, 25/11/2026" in page, "one working day after Monday 09:00; 24 November is a holiday"
    assert "8.000 đồng/bản" in page
    assert "Khi «Sinh ở nước ngoài»" in page
    assert "Giấy khai sinh" in page
    assert "25 Lê Lợi" in page, "one agency alone is chosen by itself"
    assert "Luật Hộ tịch" in page


def test_one_of_many_agencies_is_chosen(client: Client) -> None:
    make_committee("Ủy ban nhân dân xã Bá Thước", "H56.901")
    chosen = make_committee("Ủy ban nhân dân phường An Hưng", "H56.902")
    publish_definition(make_procedure())
    before = text(client.get("/procedures/1.001193/"))
    assert "lịch làm việc chung của tỉnh" in before
    after = text(client.get("/procedures/1.001193/", {"agency": str(chosen.pk)}))
    assert "lịch làm việc của Ủy ban nhân dân phường An Hưng" in after
    assert f'<option value="{chosen.pk}" selected>' in after
    for senseless in ("0", "x", "-1", "9" * 30):
        assert client.get("/procedures/1.001193/", {"agency": senseless}).status_code == 200


def test_unknown_is_said_and_never_guessed(client: Client, tmp_path: Any) -> None:
    head = "code\tname\tfield\tlevel\tagency\ttime_limit\tfee\tonline_level\tchannels\tministry\tdecision\tportal_url\tas_of\tremark"
    rows = ["1.1\tThủ tục ít biết\t\t\t\t\t\t\t\t\t\thttps://dichvucong.gov.vn/x\t2025-11\t"]
    (tmp_path / "c.tsv").write_text("\n".join([head, *rows]), encoding="utf-8")
    import_catalogue(tmp_path / "c.tsv", actor=SYSTEM, now=NOW)
    page = text(client.get("/procedures/1.1/"))
    assert page.count("Chưa có thông tin") >= 6
    assert "Thủ tục này không nộp tại trang này" in page
    assert 'href="https://dichvucong.gov.vn/x"' in page
    assert "Miễn phí" not in page
    assert "Không thu phí" not in page


def test_a_code_that_is_not_there_is_said_so(client: Client) -> None:
    for code in ("9.9", "%00", "1.001193%00", "x" * 500, "%F0%9F%98%80", "1.001193'--"):
        assert client.get(f"/procedures/{code}/").status_code == 404, code
    assert client.get("/procedures/9.9/guide.pdf").status_code == 404


def test_names_with_markup_are_shown_as_text(client: Client) -> None:
    publish_definition(make_procedure(name="<img src=x onerror=alert(1)> khai sinh"))
    for address in ("/", "/procedures/?q=khai", "/procedures/1.001193/"):
        page = text(client.get(address))
        assert "<img src=x" not in page
        assert "&lt;img src=x" in page


def test_the_guide_is_a_pdf(client: Client) -> None:
    make_committee()
    publish_definition(make_procedure())
    response = client.get("/procedures/1.001193/guide.pdf")
    assert response["Content-Type"] == "application/pdf"
    assert response.content.startswith(b"%PDF-")


@pytest.mark.parametrize("name", ["catalogue", "version"])
def test_officers_pages_are_for_officers(client: Client, name: str) -> None:
    publish_definition(make_procedure())
    address = reverse(f"procedures:{name}", args=["1.001193", 1] if name == "version" else [])
    assert client.get(address).status_code == 302
    client.force_login(create_user(username="citizen", full_name="Nguyễn Văn Nam", kind="citizen"))
    assert client.get(address).status_code == 403


def test_an_officer_reads_the_catalogue_and_a_version(officer: Client) -> None:
    make_ward_with_staff()
    publish_definition(make_procedure())
    assert "1.001193" in text(officer.get("/procedures/catalogue/", {"q": "khai sinh"}))
    page = text(officer.get("/procedures/catalogue/1.001193/1/"))
    assert "Định nghĩa đủ và đúng" in page
    assert "dài nhất 6 giờ làm việc" in page
    assert "Trình lãnh đạo → Phê duyệt" in page
    assert "– khi «Sinh ở nước ngoài»" in page
    assert officer.get("/procedures/catalogue/1.001193/7/").status_code == 404


def test_an_officer_sees_what_keeps_a_draft_from_being_published(officer: Client) -> None:
    start_draft(procedure_id=make_procedure().pk, definition=definition_raw(levels=["city"]), actor=SYSTEM, now=NOW)
    page = text(officer.get("/procedures/catalogue/1.001193/1/"))
    assert "chưa công bố được" in page
    assert "<b>Cấp thực hiện, cấp 1</b>: «city» không phải một trong" in page


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("home", "/"),
        ("search", "/procedures/?q=thu+tuc"),
        ("procedure", "/procedures/1.001193/"),
        ("guide", "/procedures/1.001193/guide.pdf"),
        ("catalogue", "/procedures/catalogue/"),
        ("version", "/procedures/catalogue/1.001193/1/"),
    ],
)
def test_pages_keep_to_their_budget_of_queries(
    officer: Client, name: str, address: str, django_assert_max_num_queries: Any
) -> None:
    for number in range(30):
        make_committee(f"Ủy ban nhân dân xã số {number}", f"H56.{900 + number}")
        publish_definition(make_procedure(code=f"2.{number}", name=f"Thủ tục số {number}"))
    publish_definition(make_procedure())
    if "catalogue" not in address:
        officer.logout()
    officer.get(address)
    with django_assert_max_num_queries(BUDGETS[f"procedures:{name}"]):
        assert officer.get(address).status_code == 200


def test_the_packaged_catalogue_stands_behind_the_pages(client: Client) -> None:
    api.load_reference_catalogue(actor=SYSTEM, now=NOW)
    page = text(client.get("/procedures/", {"q": "dang ky khai sinh"}))
    assert "Đăng ký khai sinh" in page
    assert client.get("/procedures/", {"scope": "all", "page": "180"}).status_code == 200
