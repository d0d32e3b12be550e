"""A dossier that needs something more: asked for once, answered on one page by phone; and one that is withdrawn."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from tests.journeys import officers, papers, scenes
from tests.journeys.browser import Person
from tests.journeys.product import Product

pytestmark = pytest.mark.journey


def test_what_is_missing_is_asked_for_and_answered(
    product: Product, person: Callable[..., Person], tmp_path: Path
) -> None:
    citizen = person("citizen", username=scenes.CITIZEN, phone=True)
    receipt = scenes.file_birth(citizen, full_name="Nguyễn Cần Bổ Sung")
    clerk = person("clerk", username=officers.CLERK)
    officers.find(clerk, receipt.code)
    show = clerk.path
    clerk.go(f"{show}actions/")
    clerk.go(f"{show}actions/supplement/")
    # Nothing ticked: told, nothing sent.
    clerk.press("Gửi yêu cầu bổ sung")
    assert clerk.page.locator("[data-error-summary]").count() == 1
    reason = "Quê quán không khớp với giấy chứng nhận kết hôn."
    clerk.type("reason", reason)
    clerk.page.locator('[name="field./child/home_town"]').check()
    clerk.type("note.field./child/home_town", "Ghi quê quán của cha, như trên giấy chứng nhận kết hôn.")
    clerk.type("free.1", "Gửi ảnh chụp giấy chứng nhận kết hôn.")
    clerk.type("answer_by", f"{product.now() + timedelta(days=14):%d/%m/%Y}")
    clerk.press("Gửi yêu cầu bổ sung")
    clerk.sees("Yêu cầu bổ sung giấy tờ")

    citizen.go(receipt.follow)
    citizen.sees(reason)
    form_02 = papers.text_of(citizen.fetch(citizen.address_of("Phiếu yêu cầu bổ sung (mẫu 02, PDF)")))
    assert receipt.code in form_02
    citizen.follow("Bổ sung ngay")
    citizen.type("child.home_town", "Xã Hậu Lộc, tỉnh Thanh Hóa")
    citizen.page.locator("input[type=file]").first.set_input_files(str(papers.photograph(tmp_path, "ket-hon.jpg")))
    citizen.press("Lưu, làm tiếp sau")
    assert citizen.fetch(citizen.address_of("ket-hon.jpg"))[:2] == b"\xff\xd8"
    citizen.press("Gửi bổ sung")
    citizen.sees("Đã gửi bổ sung")

    officers.find(clerk, receipt.code)
    clerk.sees("Xã Hậu Lộc, tỉnh Thanh Hóa")
    stranger = person("nobody")
    stranger.fetch(f"{receipt.follow}supplement/", status=302)
    stranger.fetch(f"{receipt.follow}withdraw/", status=302)


def test_a_person_withdraws(person: Callable[..., Person]) -> None:
    citizen = person("citizen", username=scenes.CITIZEN, phone=True)
    receipt = scenes.file_birth(citizen, full_name="Nguyễn Rút Hồ Sơ")
    citizen.go(f"{receipt.follow}withdraw/")
    citizen.press("Rút hồ sơ", within=citizen.page.locator("#withdraw"))
    assert citizen.errors(), "not without the tick"
    citizen.page.locator("[name=confirmed]").check()
    citizen.press("Rút hồ sơ", within=citizen.page.locator("#withdraw"))
    citizen.sees("Đã rút hồ sơ")
    citizen.fetch(citizen.address_of("Thông báo dừng giải quyết hồ sơ (mẫu 05, PDF)"))
    clerk = person("clerk", username=officers.CLERK)
    officers.find(clerk, receipt.code)
    assert clerk.page.locator("#accept").count() == 0
