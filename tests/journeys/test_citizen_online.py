"""A citizen finds a procedure, files, follows and receives the result."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.journeys import papers, scenes
from tests.journeys.browser import Person
from tests.journeys.conftest import sign_in

pytestmark = pytest.mark.journey


def test_from_a_search_without_accents_to_the_result(person: Callable[..., Person], tmp_path: Path) -> None:
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
    print(receipt)
