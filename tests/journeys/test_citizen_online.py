"""A citizen finds a procedure, files, follows and receives the result."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.journeys import officers, papers, scenes
from tests.journeys.browser import Person
from tests.journeys.conftest import sign_in
from tests.journeys.product import Product

pytestmark = pytest.mark.journey


def test_from_a_search_without_accents_to_the_result(
    product: Product, person: Callable[..., Person], tmp_path: Path
) -> None:
    citizen = person("citizen")
    citizen.go("/")
    citizen.page.locator("main").get_by_role("searchbox").fill("dang ky khai sinh")
    with citizen.page.expect_navigation():
        citizen.page.keyboard.press("Enter")
    citizen.look()
    citizen.follow("Đăng ký khai sinh cho con")
    citizen.sees("Giấy chứng sinh")
    citizen.follow("Nộp hồ sơ trực tuyến")
    scenes.choose_ward(citizen)
    citizen.press("Đăng nhập rồi làm")
    sign_in(citizen, scenes.CITIZEN)
    # The place chosen before signing in is kept.
    citizen.press("Bắt đầu")
    assert citizen.page.locator("[name=full_name]").input_value() == scenes.APPLICANT["full_name"]
    scenes.tell_who(citizen)
    scenes.fill_pages(citizen, scenes.BIRTH_ANSWERS)
    photograph, scan = papers.photograph(tmp_path), papers.scan(tmp_path)
    scenes.attach(citizen, "birth_certificate", photograph, scan)
    citizen.press("Lưu và tiếp tục")
    citizen.sees("Hồ sơ đã đủ.")
    citizen.sees("16.000 đồng")
    receipt = scenes.send(citizen)
    assert receipt.code in papers.text_of(citizen.fetch(citizen.address_of("Tải giấy biên nhận (PDF)")))

    # The counter: the paper is looked at, form 01 opens.
    clerk = person("clerk", username=officers.CLERK)
    officers.find(clerk, receipt.code)
    officers.accept(clerk)
    form_01 = papers.text_of(officers.printed(clerk, "receipt"))
    assert receipt.code in form_01
    assert scenes.APPLICANT["full_name"] in form_01

    # The office, by the desk's own list; then the leader, on the phone.
    handler = person("handler", username=officers.HANDLER)
    officers.find(handler, receipt.code)
    officers.act(handler, "Trình lãnh đạo phê duyệt", "Đã kiểm tra, đủ điều kiện.")
    leader = person("leader", username=officers.LEADER, phone=True)
    officers.find(leader, receipt.code)
    officers.act(leader, "Phê duyệt, ban hành kết quả")
    leader.sees("Đã ban hành kết quả")

    # The worker prints the result by itself.
    for _ in range(100):
        found = product.rows(
            "SELECT r.file_id FROM dossiers_result r JOIN dossiers_dossier d ON d.id = r.dossier_id WHERE d.code = %s",
            [receipt.code],
        )
        if found and found[0][0]:
            break
        citizen.page.wait_for_timeout(100)
    else:
        pytest.fail("the worker printed no result")

    # The counter: fee, return.
    officers.find(clerk, receipt.code)
    officers.take_fee(clerk)
    clerk.press("Xác nhận đã trả bản điện tử")
    clerk.sees("Đã trả kết quả")

    # The citizen's story, on the phone.
    at_home = person("citizen", username=scenes.CITIZEN, phone=True)
    at_home.go("/dossiers/mine/")
    at_home.click(at_home.page.locator("main tr", has_text=receipt.code).locator("a").first)
    for text in ("Đã trả kết quả", "Đã có kết quả"):
        at_home.sees(text)
    assert receipt.code in papers.text_of(at_home.fetch(at_home.address_of(re.compile("mẫu 01"))))
    result = at_home.fetch(at_home.address_of("Tải kết quả (PDF)"))
    assert scenes.BIRTH_ANSWERS["child"]["full_name"] in papers.text_of(result)
    at_home.follow("Vì sao hẹn ngày này?")
    at_home.sees(f"{product.now():%d/%m/%Y}")
    at_home.page.go_back()
    proof = at_home.address_of("Trang xác thực")

    # Whoever holds the paper asks whether it is genuine: its QR code leads there.
    anybody = person("nobody", phone=True)
    token = proof.removesuffix("/").rpartition("/")[2]
    assert token in papers.text_of(result).replace("\n", "")
    anybody.go(proof)
    anybody.sees("Kết quả này là thật")
    anybody.go(f"{proof[:-3]}xx/", status=404)
