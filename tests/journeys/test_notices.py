"""What people are told and look at: the bell, the letter, what the story says of it; the board, and why a dossier is late."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from tests.journeys import officers, scenes
from tests.journeys.browser import Person
from tests.journeys.product import Product

pytestmark = pytest.mark.journey


def until(found: Callable[[], bool], what: str, seconds: int = 60) -> None:
    """The worker does it in the background."""
    for _ in range(seconds * 2):
        if found():
            return
        time.sleep(0.5)
    raise AssertionError(what)


def test_a_person_is_told_and_chooses_how(product: Product, person: Callable[..., Person]) -> None:
    citizen = person("citizen", username=scenes.CITIZEN, phone=True)
    receipt = scenes.file_birth(citizen, full_name="Nguyễn Được Báo")
    clerk = person("clerk", username=officers.CLERK)
    officers.find(clerk, receipt.code)
    officers.accept(clerk)
    sent = (
        "SELECT COUNT(*) FROM notifications_message m JOIN notifications_notice n ON n.id = m.notice_id "
        "WHERE n.title LIKE %s AND m.state = 'sent'"
    )
    until(lambda: product.rows(sent, [f"%{receipt.code}%"])[0][0] == 2, "two letters were not sent")
    citizen.go("/notifications/")
    citizen.follow(f"Hồ sơ {receipt.code} đã được tiếp nhận")
    citizen.follow("Mở trang liên quan")
    citizen.page.get_by_text("Thông báo đã gửi").click()
    citizen.sees("đã gửi thư lúc")
    citizen.go("/notifications/choices/")
    citizen.page.get_by_label("Zalo", exact=True).check()
    citizen.press("Lưu")
    assert citizen.errors(), "not without consent"
    citizen.page.locator("[name=zalo_consent]").check()
    citizen.press("Lưu")
    citizen.sees("Đã lưu cách nhận thông báo")
    citizen.page.get_by_label("Tin nhắn SMS").check()
    citizen.press("Lưu")


def test_an_operator_changes_a_text(person: Callable[..., Person]) -> None:
    operator = person("operator", username="quantri")
    operator.go("/notifications/templates/")
    operator.go("/notifications/templates/returned/email/")
    operator.type("text", "Kính gửi {name},\n\nKết quả của hồ sơ {code} đã được trả. {matkhau}")
    operator.press("Kiểm tra và xem trước")
    assert operator.errors()
    operator.type("text", "Kính gửi {name},\n\nKết quả của hồ sơ {code} đã được trả.\n\nXem hồ sơ: {link}")
    operator.press("Kiểm tra và xem trước")
    operator.sees("Nguyễn Thị Thu Hà")
    operator.press("Lưu mẫu mới")
    operator.sees("Đã lưu mẫu mới")
    operator.go("/notifications/outbox/")
    operator.sees("Hoạt động")


def test_the_board_opens_its_lists_and_a_late_dossier_tells_why(person: Callable[..., Person]) -> None:
    leader = person("leader", username="chutich")
    leader.go("/dossiers/board/")
    late = leader.page.locator("a.state-danger").first
    number = int(late.inner_text().split()[0].replace(".", ""))
    leader.click(late)
    assert leader.page.locator("tr[data-row]").count() == number
    leader.click(leader.page.locator("tr[data-row] a").first)
    leader.go(f"{leader.path}why/")
    leader.sees("Bước làm chậm nhất")
    leader.page.get_by_text("Ghi nguyên nhân chậm").click()
    leader.page.get_by_label("Thiếu người, người phụ trách vắng mặt").check()
    leader.press("Ghi nguyên nhân")
    leader.sees("Đã ghi nguyên nhân chậm")
    leader.go("/dossiers/delays/")
    leader.sees("Thiếu người, người phụ trách vắng mặt")
    leader.go("/dossiers/watch/")
    leader.type("soon_hours", "0")
    leader.press("Lưu ngưỡng mới")
    assert leader.errors()
    leader.type("soon_hours", "24")
    leader.press("Lưu ngưỡng mới")
    leader.sees("trước 24 giờ")
