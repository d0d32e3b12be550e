"""At the counter: a clerk takes a dossier in for a person who has come, and refuses one that came online."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.journeys import officers, papers, scenes
from tests.journeys.browser import Person

pytestmark = pytest.mark.journey


def write(clerk: Person, name: str, value: str) -> None:
    """Tab to a control and type, as a clerk does who leaves the mouse alone."""
    for _ in range(60):
        if clerk.page.evaluate("document.activeElement?.name ?? ''") == name:
            break
        clerk.page.keyboard.press("Tab")
    else:
        raise AssertionError(f"the Tab key does not reach {name}")
    control = clerk.page.evaluate("document.activeElement.tagName + ' ' + document.activeElement.type")
    if control.startswith("SELECT"):
        clerk.page.keyboard.type(value)
    elif control.endswith("radio"):
        wanted = clerk.page.locator(f'[name="{name}"][value="{value}"]')
        for _ in range(8):
            if wanted.evaluate("e => e.checked"):
                return
            clerk.page.keyboard.press(
                "ArrowDown" if clerk.page.locator(f'[name="{name}"]:checked').count() else "Space"
            )
        raise AssertionError(f"{name}: the arrows do not reach {value}")
    elif control.endswith("checkbox"):
        clerk.page.keyboard.press("Space")
    else:
        clerk.page.keyboard.press("Control+A")
        clerk.page.keyboard.insert_text(value)


def enter(clerk: Person) -> None:
    with clerk.page.expect_navigation():
        clerk.page.keyboard.press("Enter")
    clerk.look()


def test_a_dossier_taken_in_at_the_counter_by_keyboard(person: Callable[..., Person], tmp_path: Path) -> None:
    child = "Trần Bảo Ngọc"
    applicant = scenes.APPLICANT | {
        "full_name": "Trần Thị Quầy",
        "identity_number": "038190004321",
        "result_delivery": "counter",
    }
    answers = scenes.birth(full_name=child)
    clerk = person("clerk", username=officers.CLERK)
    clerk.go("/dossiers/desk/")
    clerk.follow("Tiếp nhận tại quầy", within=clerk.page.locator("main"))
    clerk.page.locator("#counter-q").focus()
    clerk.page.keyboard.insert_text("khai sinh cho con")
    enter(clerk)
    button = clerk.page.locator("main tr", has_text="Đăng ký khai sinh cho con").get_by_role("button")
    assert button.inner_text().startswith("Nhận hồ sơ"), clerk.text()
    button.focus()
    enter(clerk)
    draft = clerk.path.removesuffix("applicant/")
    for name in ("full_name", "identity_number", "phone", "address", "acting_as", "result_delivery"):
        write(clerk, name, applicant[name])
    if clerk.page.evaluate("document.activeElement.type") == "radio":
        clerk.page.keyboard.press("Tab")
    enter(clerk)
    for group in ("requester", "child", "mother", "father", "request"):
        assert clerk.path == f"{draft}form/{group}/", clerk.errors()
        clerk.fill(group, answers[group])
        clerk.press("Lưu và tiếp tục")
    # A paper is scanned into the dossier; the page tells what is wrong with the scan. Then it is taken out again.
    clerk.go(f"{draft}scan/birth_certificate/")
    clerk.page.locator("#file").set_input_files(str(papers.scan(tmp_path)))
    clerk.type("declared", "2")
    clerk.press("Nhận bản quét")
    clerk.sees("Cần xem lại")
    clerk.look_at_both_widths()
    assert clerk.fetch(clerk.address_of("Mở bản quét 1")).startswith(b"%PDF")
    clerk.press("Bỏ bản quét 1")
    clerk.go(f"{draft}papers/")
    # Receiving without the paper that the case requires is refused at its line.
    clerk.press("Tiếp nhận hồ sơ")
    assert any("Giấy chứng sinh" in line for line in clerk.page.locator("[data-error-summary] li").all_inner_texts())
    clerk.page.locator("#got-birth_certificate").focus()
    clerk.page.keyboard.press("Space")
    clerk.press("Tiếp nhận hồ sơ")
    clerk.sees("Đã tiếp nhận hồ sơ")
    code = re.search(r"H56[\w.]*-\d{6}-\d{4}", clerk.text())
    assert code
    form_01 = papers.text_of(officers.printed(clerk, "receipt"))
    assert code[0] in form_01
    assert applicant["full_name"] in form_01
    slip = papers.text_of(clerk.fetch(f"{clerk.path}slip/"))
    pin = re.search(r"\b\d(?: ?\d){5}\b", slip.partition("PIN")[2])
    assert pin, slip
    # Back to the draft: it has become the dossier.
    clerk.go(f"{draft}papers/")
    assert clerk.path.count("counter") == 0

    handler = person("handler", username=officers.HANDLER)
    officers.find(handler, code[0])
    officers.act(handler, "Trình lãnh đạo phê duyệt")
    # The leader sends it back once; the handler sees why.
    leader = person("leader", username=officers.LEADER)
    officers.find(leader, code[0])
    leader.page.locator("form[id^=act-] textarea").fill("Ghi lại quê quán theo giấy khai sinh của cha.")
    leader.page.locator("form[id^=act-] summary").click()
    leader.click(leader.page.get_by_role("button", name="Trả lại để làm lại", exact=True))
    officers.find(handler, code[0])
    handler.sees("Ghi lại quê quán theo giấy khai sinh của cha.")
    officers.act(handler, "Trình lãnh đạo phê duyệt", "Đã ghi lại.")
    officers.find(leader, code[0])
    officers.act(leader, "Phê duyệt, ban hành kết quả")

    officers.find(clerk, code[0])
    officers.take_fee(clerk)
    clerk.type("received_by_name", applicant["full_name"])
    clerk.type("received_by_identity", applicant["identity_number"])
    clerk.press("Trả kết quả")
    clerk.sees("Đã trao tận tay")
    assert child in papers.text_of(officers.printed(clerk, "result"))

    # The person, at home, with the slip.
    somebody = person("nobody", phone=True)
    scenes.track(somebody, scenes.Receipt(code[0], pin[0].replace(" ", ""), ""))
    somebody.sees("Đã trả kết quả")
    assert child in papers.text_of(somebody.fetch(somebody.address_of("Tải kết quả (PDF)")))


def test_a_refusal_tells_the_person_why(person: Callable[..., Person], tmp_path: Path) -> None:
    citizen = person("citizen", username=scenes.CITIZEN)
    receipt = scenes.file_birth(citizen, full_name="Nguyễn Bị Từ Chối")
    clerk = person("clerk", username=officers.CLERK)
    officers.find(clerk, receipt.code)
    clerk.click(clerk.page.get_by_role("link", name=re.compile("^Từ chối tiếp nhận")).first)
    # Without a ground nothing is refused.
    refuse = clerk.page.locator("form[method=post]", has=clerk.page.locator("[name=ground]"))
    clerk.click(refuse.get_by_role("button").last)
    assert clerk.errors()
    ground = "Số giấy chứng sinh không khớp dữ liệu của bệnh viện. Đề nghị kiểm tra lại số trên góc trái và nộp lại."
    clerk.type("ground", ground)
    clerk.click(refuse.get_by_role("button").last)
    clerk.sees("Đã từ chối tiếp nhận")
    form_03 = papers.text_of(officers.printed(clerk, "refusal"))
    assert receipt.code in form_03
    assert "không khớp dữ liệu của bệnh viện" in form_03.replace("\n", " ")

    citizen.go(receipt.follow)
    citizen.sees("Không được tiếp nhận")
    citizen.sees(ground)
    own = papers.text_of(citizen.fetch(citizen.address_of("Phiếu từ chối (mẫu 03, PDF)")))
    assert "không khớp dữ liệu của bệnh viện" in own.replace("\n", " ")
    # It is over: nobody accepts it any more.
    clerk.fetch(f"{clerk.path}refuse/", status=302)
    assert clerk.page.get_by_role("button", name="Tiếp nhận", exact=True).count() == 0
