"""Somebody leaves: the successor says yes in person, then the decision is taken back; and the chart of an agency."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.journeys.browser import Person

pytestmark = pytest.mark.journey


def test_a_hand_over_is_confirmed_and_the_departure_taken_back(person: Callable[..., Person]) -> None:
    admin = person("staff admin", username="quantricanbo")
    admin.go("/directory/organisations/staff/?q=bui+ngoc+anh+so+tu+phap")
    admin.follow("Bùi Ngọc Ánh")
    admin.follow("Chuyển công tác, thôi việc")
    successor = admin.page.locator("[name=successor] option", has_text="Vũ Hữu Phúc").first.get_attribute("value")
    admin.type("last_day", "30/06/2027")
    admin.answer("successor", successor)
    admin.type("ground", "Quyết định số 15/QĐ-STP")
    admin.press("Xem trước")
    admin.press("Xác nhận")
    admin.sees("chờ người nhận xác nhận")

    taking = person("unit head of the department", username="truongphong.stp")
    taking.go("/directory/staffing/hand-overs/")
    taking.look_at_both_widths()
    taking.press("Đồng ý nhận")
    taking.sees("đã xác nhận nhận bàn giao")

    admin.go("/directory/staffing/")
    admin.follow("Chi tiết về Bùi Ngọc Ánh")
    admin.look_at_both_widths()
    admin.type("cancel_ground", "Quyết định số 16/QĐ-STP")
    admin.press("Hủy quyết định")
    admin.sees("Đã hủy")


def test_the_chart_of_an_agency(person: Callable[..., Person]) -> None:
    admin = person("staff admin", username="quantricanbo")
    admin.go("/directory/organisations/?q=so+tu+phap")
    admin.follow("Sở Tư pháp")
    admin.follow("Sơ đồ tổ chức")
    admin.sees("Bằng chữ")
    admin.look_at_both_widths()
