"""Officers' actions beside the route, each by the one who does it: opinions, hand-overs, back, stand-in, a new day, a stop,
a withdrawal at the counter, a corrected result; and the papers that come of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.journeys import officers, papers, scenes
from tests.journeys.browser import Person
from tests.journeys.product import Product

pytestmark = pytest.mark.journey

HEAD = "truongphong"
NEIGHBOUR_CLERK = "tiepnhan.samson"


@pytest.fixture
def crew(person: Callable[..., Person]) -> dict[str, Person]:
    return {
        name: person(name, username=username)
        for name, username in (
            ("clerk", officers.CLERK), ("handler", officers.HANDLER), ("head", HEAD), ("leader", officers.LEADER),
        )
    }  # fmt: skip


def filed(person: Callable[..., Person], crew: dict[str, Person], child: str) -> tuple[scenes.Receipt, Person]:
    """A birth, accepted by the clerk; whoever filed it stays."""
    citizen = person("citizen", username=scenes.CITIZEN)
    receipt = scenes.file_birth(citizen, full_name=child)
    officers.find(crew["clerk"], receipt.code)
    officers.accept(crew["clerk"])
    return receipt, citizen


def open_action(officer: Person, code: str, title: str) -> str:
    """From the dossier to the page of an action. Returns the dossier's address."""
    officers.find(officer, code)
    show = officer.path
    officer.follow("Thao tác khác")
    line = officer.page.locator("main li", has_text=title)
    officer.click(line.get_by_role("link").first)
    return show


def refused_then(officer: Person, button: str, **values: Any) -> None:
    """Send the empty page: told, nothing done. Then with what it wants."""
    officer.press(button, within=officer.page.locator("#action"))
    assert officer.page.locator("[data-error-summary]").count() == 1, officer.text()
    for name, value in values.items():
        if name == "confirmed":
            officer.page.locator("[name=confirmed]").check()
        elif name in ("to", "step", "ground") and officer.page.locator(f"input[type=radio][name={name}]").count():
            officer.choose(name, value)
        else:
            officer.type(name, value)
    officer.press(button, within=officer.page.locator("#action"))
    assert not officer.page.locator("[data-error-summary]").count(), officer.errors()


def test_work_in_other_hands(person: Callable[..., Person], crew: dict[str, Person]) -> None:
    receipt, _ = filed(person, crew, "Nguyễn Qua Nhiều Tay")
    handler, head, leader = crew["handler"], crew["head"], crew["leader"]
    officers.find(handler, receipt.code)
    handler.press("Nhận việc, làm sau")
    # The head stands in for the absent handler, and sends the dossier up.
    open_action(head, receipt.code, "Làm thay người vắng mặt")
    refused_then(head, "Nhận việc này", ground="Anh Bình nghỉ ốm hôm nay.")
    head.sees("Việc này nay do bạn xử lý.")
    officers.act(head, first_action(head), "Hồ sơ đủ điều kiện.")
    # The leader sends it back to the step that was passed.
    open_action(leader, receipt.code, "Trả lại bước trước")
    step = leader.page.locator("input[type=radio][name=step]").first.get_attribute("value") or ""
    refused_then(leader, "Trả lại", step=step, ground="Kiểm tra lại nơi cư trú của cha.")
    # Nobody but a handler of the place may go on; they ask another agency, and all must answer.
    open_action(handler, receipt.code, "Lấy ý kiến cơ quan, đơn vị khác")
    handler.page.get_by_label("Sở Tư pháp", exact=True).check()
    refused_then(handler, "Gửi câu hỏi", question="Trường hợp này có cần xác minh thêm không?")
    officers.find(handler, receipt.code)
    handler.sees("Ý kiến của")
    sheet = " ".join(papers.text_of(handler.fetch(f"{handler.path}control-sheet.pdf")).split())
    for told in ("PHIẾU KIỂM SOÁT", "Nhận thay người vắng mặt", "Trả lại bước", "Lấy ý kiến"):
        assert told in sheet, told
    assert handler.fetch(f"{handler.path}control-sheet.xlsx")[:2] == b"PK"
    adviser = person("adviser", username="chuyenvien.stp")
    adviser.go(handler.path)
    officers.act(adviser, "Gửi ý kiến", "Không cần xác minh thêm.")
    officers.find(handler, receipt.code)
    handler.sees("Không cần xác minh thêm.")
    assert handler.page.locator("form[id^=act-]").count() == 1


def first_action(officer: Person) -> str:
    """The main button of the open step."""
    return officer.page.locator("form[id^=act-] .actions button").first.inner_text()


def test_a_new_day_and_a_stop(product: Product, person: Callable[..., Person], crew: dict[str, Person]) -> None:
    receipt, citizen = filed(person, crew, "Nguyễn Hẹn Lại Ngày")
    leader = crew["leader"]
    open_action(leader, receipt.code, "Xin lỗi và hẹn lại ngày trả")
    day = product.now() + timedelta(days=20)
    while day.weekday() > 4:
        day += timedelta(days=1)
    reason = "Chờ kết quả xác minh của nơi cư trú cũ."
    refused_then(leader, "Ký xin lỗi và hẹn lại", reason=reason, day=f"{day:%d/%m/%Y}", hour="16:00")
    citizen.go(receipt.follow)
    citizen.sees("Cơ quan xin lỗi và hẹn lại")
    apology = papers.text_of(citizen.fetch(citizen.address_of("Văn bản xin lỗi (mẫu 04, PDF)")))
    assert reason in apology
    assert "CHỦ TỊCH" in apology
    citizen.go(f"{receipt.follow}why/")
    citizen.sees("Xin lỗi và hẹn lại (mẫu 04")

    open_action(leader, receipt.code, "Dừng giải quyết hồ sơ")
    refused_then(
        leader, "Dừng giải quyết", confirmed="1", ground="decision", document="Quyết định 15/2026/QĐ-TA ngày 20/11/2026",
        reason="Tòa án đang giải quyết tranh chấp.",
    )  # fmt: skip
    citizen.go(receipt.follow)
    notice = papers.text_of(citizen.fetch(citizen.address_of("Thông báo dừng giải quyết hồ sơ (mẫu 05, PDF)")))
    assert "Tòa án đang giải quyết tranh chấp." in notice
    # An answer that comes now is told that it is too late.
    citizen.go(f"{receipt.follow}supplement/", status=409)
    citizen.sees("đã dừng giải quyết hồ sơ này")


def test_a_clerk_withdraws_for_who_has_come(person: Callable[..., Person], crew: dict[str, Person]) -> None:
    receipt, _ = filed(person, crew, "Nguyễn Rút Tại Quầy")
    clerk = crew["clerk"]
    open_action(clerk, receipt.code, "Rút hồ sơ theo yêu cầu của người nộp")
    clerk.choose("channel", "counter")
    clerk.press("Rút hồ sơ", within=clerk.page.locator("#withdraw"))
    assert clerk.errors(), "not without the tick"
    clerk.page.locator("[name=confirmed]").check()
    clerk.press("Rút hồ sơ", within=clerk.page.locator("#withdraw"))
    clerk.sees("Công dân yêu cầu rút hồ sơ")
    # The book of the office has it, as it was received.
    clerk.go("/dossiers/book/")
    assert clerk.fetch("/dossiers/book/?take=xlsx")[:2] == b"PK"
    assert receipt.code in papers.text_of(clerk.fetch("/dossiers/book/?take=pdf")).replace("\n", "").replace(" ", "")


def test_a_wrong_result_is_replaced(person: Callable[..., Person], crew: dict[str, Person]) -> None:
    receipt, citizen = filed(person, crew, "Nguyễn Văn Sai")
    handler, leader = crew["handler"], crew["leader"]
    officers.find(handler, receipt.code)
    officers.act(handler, first_action(handler), "Hồ sơ đủ điều kiện.")
    officers.find(leader, receipt.code)
    officers.act(leader, first_action(leader))
    citizen.go(receipt.follow)
    old = citizen.address_of("Trang xác thực")
    open_action(leader, receipt.code, "Thay thế kết quả sai")
    leader.type("child.full_name", "Nguyễn Văn Đúng")
    leader.type("reason", "Ghi sai tên của trẻ so với giấy chứng sinh.")
    leader.page.get_by_role("button", name="Ban hành kết quả thay thế").first.click()
    leader.click(leader.page.get_by_role("button", name="Ban hành", exact=True))
    leader.sees("Đã ban hành kết quả thay thế.")
    citizen.go(receipt.follow)
    result = papers.text_of(citizen.fetch(citizen.address_of("Tải kết quả (PDF)")))
    assert "thay thế văn bản số" in result
    assert "Nguyễn Văn Đúng".upper() in result.upper()
    passer_by = person("nobody")
    passer_by.go(old)
    passer_by.sees("đã bị thay thế")
