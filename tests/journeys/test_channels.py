"""The ways in and out: a dossier through three agencies with one code, a number at the hall, a result by the postman."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest

from tests.journeys import officers, papers
from tests.journeys.browser import Person
from tests.journeys.doubles import port
from tests.journeys.product import ROOT, VIETNAM, Product

pytestmark = pytest.mark.journey

JOINT = "Khai sinh, thường trú, thẻ bảo hiểm y tế cho trẻ"
OPERATOR = f"http://127.0.0.1:{port(8901)}"
PATIENCE = 90


@pytest.fixture
def operator(product: Product) -> Iterator[str]:
    """The postal operator, a program of its own."""
    process = subprocess.Popen(
        [
            sys.executable, str(ROOT / "tools/doubles/postal_operator.py"), "--port", OPERATOR.rpartition(":")[2],
            "--report", f"{product.origin}/post/messages/",
            "--ahead", str((product.now() - datetime.now(tz=VIETNAM)).total_seconds()),
        ],
        stdout=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    process.stdout.readline()
    yield OPERATOR
    process.terminate()
    process.wait(10)


def open_joint(officer: Person, code: str) -> None:
    officers.find(officer, code)


def receive_and_act(officer: Person, code: str, *titles: str) -> None:
    """Confirm what another agency handed over, if anything, then act."""
    open_joint(officer, code)
    if officer.page.locator("#hand-over").count():
        officer.press("Xác nhận đã nhận")
        officer.sees("Đã nhận bàn giao")
    for title in titles:
        officers.act(officer, title, "Đã kiểm tra, đủ điều kiện.")


def test_one_code_through_three_agencies_and_home_by_the_postman(
    product: Product, person: Callable[..., Person], operator: str, tmp_path: Path
) -> None:
    ((code, public_id),) = product.rows(
        "SELECT d.code, d.public_id FROM dossiers_dossier d JOIN dossiers_task t ON t.dossier_id = d.id "
        "WHERE d.is_joint = %s AND t.awaits_receipt = %s AND t.finished_at IS NULL AND d.owner_id IN "
        "(SELECT id FROM access_user WHERE username = '0912000002') ORDER BY d.id DESC LIMIT 1",
        [True, True],
    )
    police, chief = person("handler", username="congan"), person("leader", username="congan.truong")
    police.go("/dossiers/parts/")
    police.sees("Chờ nhận bàn giao")
    police.go("/dossiers/desk/")
    police.sees("Chờ nhận bàn giao")
    # It stands on the desk by the time of the part, and on the board and the list of who has no dossier of their own.
    police.sees("theo hạn phần việc")
    chief.go("/dossiers/board/")
    chief.sees("cơ quan khác chuyển đến")
    chief.look_at_both_widths()
    chief.click(chief.page.locator(".step-number").first)
    chief.sees(code)
    chief.look_at_both_widths()
    # Nothing can be done before the receipt is confirmed.
    open_joint(police, code)
    assert not police.page.locator("form[id^=act-]").count()
    receive_and_act(police, code)
    add_result(police, tmp_path)
    officers.act(police, "Trình lãnh đạo", "Đã kiểm tra, đủ điều kiện.")
    receive_and_act(chief, code, "Duyệt và chuyển cơ quan bảo hiểm xã hội")
    insurance = person("handler", username="bhxh")
    receive_and_act(insurance, code, "Đã cấp thẻ, chuyển UBND cấp xã")
    citizen = person("citizen", username="0912000002", phone=True)
    follow = f"/dossiers/follow/{public_id_of(public_id)}/"
    citizen.go(follow)
    citizen.sees("Hồ sơ qua các cơ quan")
    citizen.sees("Bảo hiểm xã hội tỉnh")
    citizen.sees("số 12/TB-CA")
    assert citizen.fetch(citizen.address_of("Thông báo đăng ký thường trú")).startswith(b"%PDF")
    citizen.follow("Đổi")
    citizen.choose("result_delivery", "post")
    citizen.type("address", "Ngắn")
    citizen.press("Lưu")
    assert citizen.errors()
    citizen.type("address", "Số 7 đường Trần Phú, phường Hạc Thành, tỉnh Thanh Hóa")
    citizen.press("Lưu")
    receive_and_act(person("handler", username=officers.HANDLER), code, "Trình lãnh đạo")
    receive_and_act(person("leader", username=officers.LEADER), code, "Ban hành, trả kết quả")
    clerk = person("clerk", username=officers.CLERK)
    open_joint(clerk, code)
    clerk.press("Gửi qua bưu chính")
    clerk.sees("Đã yêu cầu bưu chính")
    clerk.go("/post/consignments/")
    wait(clerk, "Chờ bàn giao cho bưu tá")
    clerk.press("Bàn giao, in biên bản")
    assert clerk.errors()
    tracking = re.search(r"RA\d{9}VN", clerk.text())
    assert tracking
    clerk.follow(f"Kết quả hồ sơ {code}")
    label = clerk.address_of("Nhãn bưu gửi")
    assert clerk.fetch(label).startswith(b"%PDF")
    clerk.go("/post/consignments/")
    clerk.type("postman", "Lê Văn Thư")
    with clerk.page.expect_response(re.compile(r"/post/sheets/\d+/")) as sheet:
        clerk.page.get_by_role("button", name="Bàn giao, in biên bản").click()
    assert clerk.fetch(re.sub(r"^https?://[^/]+", "", sheet.value.url)).startswith(b"%PDF")
    for state in ("in_transit", "delivering", "delivered"):
        advance(operator, tracking[0], state)
    citizen.go(follow)
    wait(citizen, "Đã phát qua bưu chính")
    citizen.sees("Đã trả kết quả")


def add_result(officer: Person, folder: Path) -> None:
    """What the agency made for its part goes on with the dossier."""
    officer.page.get_by_text("Thêm kết quả của").first.click()
    officer.page.locator("#part-name").fill("Thông báo đăng ký thường trú")
    officer.press("Thêm kết quả")
    assert "Nhập số, ký hiệu" in officer.text()
    officer.page.locator("#part-notation").fill("12/TB-CA")
    officer.page.locator("#part-issued_date").fill("01/12/2026")
    officer.page.locator("#part-file").set_input_files(str(papers.scan(folder)))
    officer.press("Thêm kết quả")
    officer.sees("số 12/TB-CA")
    assert officer.fetch(officer.address_of("Thông báo đăng ký thường trú")).startswith(b"%PDF")


def test_a_number_from_the_kiosk_to_the_counter(product: Product, person: Callable[..., Person]) -> None:
    clerk, visitor = person("clerk", username=officers.CLERK), person("nobody")
    clerk.go("/counters/desk/")
    if clerk.page.get_by_role("button", name="Quầy 2").count():
        clerk.press("Quầy 2")
    clerk.follow("Bố trí quầy")
    token = token_of(clerk.address_of("Máy lấy số"))
    visitor.go(f"/counters/kiosk/{token}/")
    visitor.follow("Người cao tuổi")
    # By keyboard: the first line is one Tab and Enter away.
    visitor.page.locator(".kiosk-button").first.focus()
    with visitor.page.expect_navigation():
        visitor.page.keyboard.press("Enter")
    visitor.look()
    number = re.search(r"A\d{3}", visitor.text())
    assert number, visitor.text()
    assert visitor.fetch(f"{visitor.path}pdf/").startswith(b"%PDF")
    clerk.go("/counters/desk/")
    clerk.press("Mời số tiếp theo")
    called = clerk.page.locator(".desk-number").inner_text()
    visitor.go(f"/counters/screen/{token}/")
    visitor.sees(called)
    visitor.look_at_both_widths()
    clerk.follow("Tiếp nhận hồ sơ")
    clerk.sees(called)
    clerk.go("/counters/desk/")
    clerk.look_at_both_widths()
    clerk.press("Vắng")
    clerk.sees("Số đã gọi mà vắng")
    clerk.press(f"Gọi lại {called}")
    clerk.press("Xong")
    clerk.press("Mời số tiếp theo")
    # The page is closed, the machine crashes: whoever opens it again finds the number in hand.
    second = clerk.page.locator(".desk-number").inner_text()
    assert second != called
    clerk.page.goto("about:blank")
    clerk.go("/counters/desk/")
    clerk.sees(second)
    clerk.press("Xong")


def public_id_of(stored: object) -> str:
    text = str(stored).replace("-", "")
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def token_of(address: str) -> str:
    found = re.search(r"[0-9a-f-]{36}", address)
    assert found
    return found[0]


def wait(somebody: Person, text: str) -> None:
    """What a worker does behind the page comes after a while."""
    for _ in range(PATIENCE):
        if text in somebody.text():
            somebody.look()
            return
        time.sleep(1)
        somebody.page.reload()
    raise AssertionError(f"«{text}» did not come: {somebody.text()[:1500]}")


def advance(operator: str, tracking: str, state: str) -> None:
    body = json.dumps({"state": state, "received_by": "Trịnh Văn Nam"}).encode()
    request = urllib.request.Request(f"{operator}/advance/{tracking}", body, {"Content-Type": "application/json"})
    urllib.request.urlopen(request, timeout=20).read()


def test_an_envelope_becomes_a_dossier_and_another_goes_back(
    product: Product, person: Callable[..., Person], operator: str
) -> None:
    clerk = person("clerk", username=officers.CLERK)
    first = send_envelope(operator, "Đỗ Thị Bưởi")
    clerk.go("/post/envelopes/")
    clerk.sees(first)
    clerk.sees("Bưu chính báo đang đến")
    clerk.look_at_both_widths()
    clerk.page.get_by_role("link", name=f"Đã nhận {first}").click()
    clerk.type("time", "25:99")
    clerk.press("Vào sổ")
    assert clerk.errors()
    at = product.now()
    clerk.type("date", f"{at:%d/%m/%Y}")
    clerk.type("time", f"{at:%H:%M}")
    clerk.press("Vào sổ")
    clerk.sees("Đã nhận, chờ lập hồ sơ")
    clerk.look_at_both_widths()
    clerk.follow("Lập hồ sơ từ phong bì này")
    clerk.sees(first)
    clerk.page.locator("#counter-q").fill("sao tu so goc")
    with clerk.page.expect_navigation():
        clerk.page.locator("#counter-q").press("Enter")
    clerk.click(clerk.page.get_by_role("button", name="Nhận hồ sơ").first)
    assert clerk.page.locator("[name=full_name]").input_value() == "Đỗ Thị Bưởi"
    clerk.type("identity_number", "038190000077")
    clerk.press("Lưu và tiếp tục")
    clerk.go(clerk.path.replace("/form/requester/", "/papers/"))
    clerk.page.get_by_text("Không tiếp nhận được, gửi trả").first.click()
    clerk.page.locator("#ground").fill("Thiếu thông tin bản chính cần sao; ghi rõ tên, năm cấp rồi gửi lại.")
    clerk.look_at_both_widths()
    clerk.press("Từ chối, gửi trả qua bưu chính")
    clerk.sees("Đã từ chối hồ sơ")
    clerk.go(clerk.path)
    clerk.sees(first)
    clerk.go("/post/consignments/")
    clerk.sees(f"Gửi trả phong bì {first}")
    clerk.go("/post/envelopes/")
    clerk.sees("Đã gửi trả")


def send_envelope(operator: str, name: str) -> str:
    body = json.dumps({"sender": {"name": name}}).encode()
    request = urllib.request.Request(f"{operator}/envelopes", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=20) as answer:
        return str(json.loads(answer.read())["tracking_code"])
