"""A change of the national database approved; a version drafted by one person and published by another."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.journeys.browser import Person

pytestmark = pytest.mark.journey


def test_what_the_national_database_changed_is_looked_at_and_taken_over(person: Callable[..., Person]) -> None:
    approver = person("catalogue approver", username="duyetdanhmuc")
    approver.go("/procedures/synchronisation/")
    approver.follow("Lần 1")
    approver.sees("Đăng ký khai tử (trong nước)")
    approver.sees("(cần xem)")
    approver.go("/procedures/synchronisation/1/?show=retired")
    approver.page.locator("[name=change]").first.check()
    approver.press("Áp dụng các dòng đã chọn")
    approver.sees("Đã áp dụng 1 thay đổi")
    approver.go("/procedures/catalogue/1.003622/history/")
    approver.sees("Đã bãi bỏ từ")

    visitor = person("nobody")
    with visitor.expecting(410):
        visitor.page.goto("/procedures/1.003622/")
        visitor.look_at_both_widths()
    visitor.sees("Không còn áp dụng từ")
    visitor.go("/procedures/?q=1.003622&scope=all")
    assert visitor.page.locator("main a[href^='/procedures/1.003622/']").count() == 0


def test_one_drafts_another_publishes(person: Callable[..., Person]) -> None:
    editor = person("catalogue editor", username="soandanhmuc")
    editor.go("/procedures/catalogue/2.000908/2/")
    editor.press("Soạn phiên bản mới")
    editor.sees("Định nghĩa đủ và đúng")
    editor.press("Trình duyệt")
    editor.sees("Một người khác sẽ xem và công bố")
    address = editor.path

    approver = person("catalogue approver", username="duyetdanhmuc")
    approver.go(address)
    approver.click(approver.page.get_by_role("button", name=re.compile("^Công bố, áp dụng từ")))
    approver.sees("Đã công bố phiên bản")
