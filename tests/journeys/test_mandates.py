"""A mother asks to act for her child, a clerk looks at the paper, she files; then it ends."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from tests.journeys import papers, scenes
from tests.journeys.browser import Person
from tests.journeys.product import Product

pytestmark = pytest.mark.journey


def test_from_the_request_to_the_end(person: Callable[..., Person], product: Product, tmp_path: Path) -> None:
    today, later = f"{product.now():%d/%m/%Y}", f"{product.now() + timedelta(days=10):%d/%m/%Y}"
    mother = person("citizen", username=scenes.CITIZEN)
    mother.go("/identity/mandates/")
    mother.follow("Xin thay mặt con, người được giám hộ, tổ chức")
    mother.look_at_both_widths()
    mother.choose("basis", "guardian")
    words = {
        "principal_number": "038226007777", "principal_name": "Nguyễn Trần Công Tằng Tôn Nữ Minh Khôi",
        "valid_from": today, "valid_until": later, "ground": "Giấy khai sinh số 15/2026, UBND phường Hạc Thành",
    }  # fmt: skip
    for name, text in words.items():
        mother.type(name, text)
    office = mother.page.locator("[name=organisation] option", has_text="Hạc Thành").first.get_attribute("value")
    mother.page.locator("[name=organisation]").select_option(office)
    mother.page.locator("#document").set_input_files(str(papers.disguised(tmp_path)))
    with mother.expecting(422):
        mother.press("Gửi")
    assert mother.errors()
    assert mother.page.locator("[name=ground]").input_value() == words["ground"]
    mother.look_at_both_widths()
    mother.page.locator("#document").set_input_files(str(papers.photograph(tmp_path)))
    mother.press("Gửi")
    mother.sees("Đã gửi")
    mother.sees("Chờ cán bộ xác nhận")
    mother.look_at_both_widths()

    clerk = person("clerk", username="tiepnhan")
    clerk.go("/identity/mandates/list/")
    clerk.look_at_both_widths()
    clerk.page.locator("th a", has_text="Nguyễn Thị Thu Hà").first.click()
    clerk.look_at_both_widths()
    clerk.fetch(f"{clerk.path}document/")
    with clerk.expecting(422):
        clerk.press("Xác nhận")
    assert clerk.errors()
    clerk.page.locator("[name=seen]").check()
    clerk.press("Xác nhận")
    clerk.sees("Đã xác nhận")
    clerk.look_at_both_widths()
    review = clerk.path

    mother.go("/identity/mandates/")
    mother.follow(words["principal_name"])
    mother.sees("Sắp hết hạn")
    mother.look_at_both_widths()
    mother.fetch(f"{mother.path}document/")
    mother.press(f"Thay mặt {words['principal_name']}")
    mother.go("/dossiers/mine/")
    mother.look_at_both_widths()
    mother.go("/archive/mine/")
    mother.look_at_both_widths()

    clerk.go("/identity/mandates/list/?q=minh+khoi&state=ending")
    clerk.sees(words["principal_name"])
    clerk.look_at_both_widths()
    clerk.go(review)
    with clerk.expecting(422):
        clerk.press("Chấm dứt ngay")
    clerk.type("reason", "Quyết định thay đổi người giám hộ số 12/2026")
    clerk.press("Chấm dứt ngay")
    clerk.sees("Đã chấm dứt")
    clerk.look_at_both_widths()
    mother.go("/dossiers/mine/")
    mother.sees("vừa hết hiệu lực")
    mother.go("/identity/mandates/")
    mother.sees("Quyết định thay đổi người giám hộ số 12/2026")
    mother.look_at_both_widths()
