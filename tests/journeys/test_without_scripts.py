"""Every page works with JavaScript switched off: a citizen files, officers bring it to its result."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.journeys import officers, papers, scenes
from tests.journeys.browser import Person

pytestmark = pytest.mark.journey


def test_from_the_form_to_the_result_without_javascript(person: Callable[..., Person], tmp_path: Path) -> None:
    citizen = person("nobody", scripts=False)
    citizen.go("/")
    citizen.page.locator("main").get_by_role("searchbox").fill("khai sinh cho con")
    citizen.press("Tìm", within=citizen.page.locator("main"))
    citizen.follow("Đăng ký khai sinh cho con")
    scenes.start_birth(citizen)
    scenes.tell_who(citizen)
    scenes.fill_pages(citizen, scenes.birth(full_name="Nguyễn Không Kịch Bản"))
    # Going on without the paper: told at its place.
    citizen.press("Lưu và tiếp tục")
    assert any("Giấy chứng sinh" in line or "tải lên" in line.lower() for line in citizen.errors()), citizen.errors()
    scenes.attach(citizen, "birth_certificate", papers.photograph(tmp_path))
    citizen.press("Lưu và tiếp tục")
    receipt = scenes.send(citizen)

    clerk = person("clerk", username=officers.CLERK, scripts=False)
    officers.find(clerk, receipt.code)
    for box in clerk.page.locator("#accept input[name=checked]").all():
        box.check()
    clerk.press("Tiếp nhận", within=clerk.page.locator("#accept"))
    assert "Đã tiếp nhận hồ sơ" in clerk.text()
    handler = person("handler", username=officers.HANDLER, scripts=False)
    officers.find(handler, receipt.code)
    officers.act(handler, "Trình lãnh đạo phê duyệt")
    leader = person("leader", username=officers.LEADER, scripts=False)
    officers.find(leader, receipt.code)
    officers.act(leader, "Phê duyệt, ban hành kết quả")
    assert "Đã ban hành kết quả" in leader.text()
    scenes.track(citizen, receipt)
    citizen.sees("Đã có kết quả")
