"""An officer of another commune helps a person from afar: asked, agreed by a code, filled in, sent, seen and ended."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.journeys.browser import Person
from tests.journeys.product import Product

pytestmark = pytest.mark.journey
HELPER = "tiepnhan.samson"
PHONE = "0912000002"


def test_help_from_afar(product: Product, person: Callable[..., Person]) -> None:
    helper = person("clerk", username=HELPER)
    helper.go("/dossiers/support/")
    helper.look_at_both_widths()
    helper.page.locator("#support-q").fill("sao tu so goc")
    with helper.page.expect_navigation():
        helper.page.locator("#support-q").press("Enter")
    helper.follow(re.compile("^Hỗ trợ.*Xin bản sao từ sổ gốc"))
    helper.press("Xin đồng ý")
    assert helper.errors()
    for name, value in (
        ("full_name", "Trịnh Văn Nam"), ("identity_number", "038085000002"), ("phone", PHONE), ("email", "vannam@example.vn"),
    ):  # fmt: skip
        helper.type(name, value)
    helper.page.locator("[name=agency]").select_option(label="UBND phường Hạc Thành")
    helper.choose("scope", "follow")
    helper.look_at_both_widths()
    helper.press("Xin đồng ý")
    helper.sees("Chờ Trịnh Văn Nam đồng ý")
    ((text,),) = product.rows(
        "SELECT text FROM notifications_notice WHERE about LIKE %s ORDER BY id DESC LIMIT 1", ["support:%"]
    )
    code = re.search(r"\b\d{6}\b", text)
    assert code, text
    helper.type("code", "12")
    helper.press("Ghi nhận đồng ý")
    assert helper.errors()
    helper.look_at_both_widths()
    helper.type("code", code[0])
    helper.press("Ghi nhận đồng ý")
    helper.sees("Điền hồ sơ cùng Trịnh Văn Nam")
    helper.follow("Điền hồ sơ")
    helper.sees("Bạn đang hỗ trợ Trịnh Văn Nam")
    helper.type("address", "Thôn 3, xã Hoằng Hóa, tỉnh Thanh Hóa")
    helper.choose("acting_as", "self")
    helper.choose("result_delivery", "online")
    helper.look_at_both_widths()
    # The person looks who helps, on their telephone, by the code of the message.
    man = person("nobody", phone=True)
    man.go("/dossiers/support/person/")
    man.type("phone", PHONE)
    man.type("code", "111111")
    man.press("Xem")
    assert man.errors()
    man.type("code", code[0])
    man.press("Xem")
    man.sees("Ngô Xuân Hải")
    man.look()
    man.press("Kết thúc hỗ trợ")
    man.sees("Việc hỗ trợ đã kết thúc")
    helper.go("/dossiers/support/")
    helper.follow("Trịnh Văn Nam")
    helper.sees("Việc hỗ trợ đã kết thúc")


def test_a_dossier_sent_by_a_helper_is_the_persons(product: Product, person: Callable[..., Person]) -> None:
    helper = person("clerk", username=HELPER)
    helper.go("/dossiers/support/begin/2.000908/")
    for name, value in (("full_name", "Lê Thị Bốn"), ("identity_number", "038190000444"), ("phone", "0912000444")):
        helper.type(name, value)
    helper.page.locator("[name=agency]").select_option(label="UBND phường Hạc Thành")
    helper.choose("scope", "follow")
    helper.choose("way", "present")
    helper.type("seen_document", "thẻ căn cước bản chính")
    helper.press("Xin đồng ý")
    helper.follow("Điền hồ sơ")
    helper.type("address", "Thôn 3, xã Hoằng Hóa, tỉnh Thanh Hóa")
    helper.choose("acting_as", "self")
    helper.choose("result_delivery", "online")
    helper.press("Lưu và tiếp tục")
    base = helper.path.partition("/form/")[0]
    data = {
        "requester": {"relation": "self", "holder_kind": "person"},
        "original": {
            "kind": "certificate", "name": "Giấy chứng nhận hộ nghèo", "holder_name": "Lê Thị Bốn",
            "holder_birth_date": "1990-08-14", "issued_year": 2024, "issuer": "UBND phường Ba Đình",
        },
        "request": {"copies": 1, "pledge": True},
    }  # fmt: skip
    for group, values in data.items():
        helper.go(f"{base}/form/{group}/")
        helper.fill(group, values)
        helper.press("Lưu và tiếp tục")
    helper.go(f"{base}/check/")
    helper.sees("Bạn đang hỗ trợ Lê Thị Bốn")
    helper.press("Gửi hồ sơ")
    helper.sees("Đã gửi hồ sơ")
    helper.sees("Mới đăng ký")
    helper.look_at_both_widths()
    assert "Mã PIN là của người nộp" in helper.text()
