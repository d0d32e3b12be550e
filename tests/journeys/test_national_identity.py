"""VNeID: in the middle of a draft, when it is down, turned back, a higher level, two accounts that become one."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.journeys import officers, papers, scenes
from tests.journeys.browser import Person
from tests.journeys.doubles import port
from tests.journeys.product import Product

pytestmark = pytest.mark.journey
ROOT = Path(__file__).resolve().parents[2]
VNEID = f"http://127.0.0.1:{port(8961)}"
NHUNG, HUY = "Lê Thị Hồng Nhung", "Phạm Quang Huy"
NUMBERS = {NHUNG: "038179004411", HUY: "038201004412"}


def told(**behaviour: object) -> None:
    body = json.dumps(behaviour).encode()
    urllib.request.urlopen(urllib.request.Request(f"{VNEID}/control", body, method="POST"), timeout=10)


@pytest.fixture
def vneid() -> Iterator[None]:
    """The stand-in as `make identity-double` starts it, on another port."""
    command = [sys.executable, str(ROOT / "tools/doubles/national_identity.py"), "--port", VNEID.rpartition(":")[2]]
    running = subprocess.Popen(command)
    try:
        for _ in range(100):
            with suppress(OSError):
                urllib.request.urlopen(f"{VNEID}/", timeout=2)
                break
            time.sleep(0.1)
        yield
    finally:
        running.terminate()
        running.wait(10)


def by_vneid(one: Person, button: str, name: str, level: int = 2) -> None:
    """Press the button that leads there, choose somebody, and come back. Its pages are another host's."""
    one.problems, before = [], list(one.problems)
    one.page.get_by_role("button", name=button).first.click()
    one.page.wait_for_url(f"{VNEID}/**")
    if name:
        row = one.page.locator("li", has_text=f"{NUMBERS[name]}").first
        row.get_by_role("button", name=f"Đăng nhập mức {level}").click()
    else:
        one.page.get_by_role("button", name="Từ chối").click()
    one.page.wait_for_url(f"{one.around.origin}/**")
    one.problems = [*before, *(found for found in one.problems if "another host" not in found)]
    one.look()


def test_in_the_middle_of_a_draft(person: Callable[..., Person], vneid: None) -> None:
    citizen = person("citizen", phone=True)
    citizen.go("/identity/login/")
    citizen.look_at_both_widths()
    by_vneid(citizen, "Đăng nhập bằng VNeID", "")
    citizen.sees("Bạn đã dừng đăng nhập")
    citizen.look_at_both_widths()
    citizen.go(f"/dossiers/start/{scenes.BIRTH}/")
    scenes.choose_ward(citizen)
    citizen.press("Đăng nhập rồi làm")
    by_vneid(citizen, "Đăng nhập bằng VNeID", NHUNG)
    # The place chosen before signing in is kept.
    citizen.press("Bắt đầu")
    assert citizen.page.locator("[name=full_name]").input_value() == NHUNG
    assert citizen.page.locator("[name=identity_number]").input_value() == NUMBERS[NHUNG]
    citizen.look_at_both_widths()
    citizen.go("/identity/profile/")
    citizen.sees("Định danh điện tử quốc gia, mức 2")
    citizen.look_at_both_widths()
    citizen.go("/archive/mine/")
    citizen.sees("Kho giấy tờ của tôi")


def test_down_and_lying(person: Callable[..., Person]) -> None:
    citizen = person("citizen")
    citizen.go("/identity/login/?next=/dossiers/mine/")
    with citizen.expecting(424):
        citizen.press("Đăng nhập bằng VNeID")
    citizen.sees("VNeID đang không trả lời")
    citizen.look_at_both_widths()
    citizen.follow("Đăng nhập bằng số điện thoại")
    citizen.type("login", scenes.OTHER_CITIZEN)
    citizen.type("password", "tinhso-demo-2026")
    citizen.press("Đăng nhập", within=citizen.page.locator("main"))
    assert citizen.path == "/dossiers/mine/"


def test_a_forged_answer_and_a_higher_level(person: Callable[..., Person], vneid: None) -> None:
    citizen = person("citizen")
    told(lie="signature")
    citizen.go("/identity/login/")
    with citizen.expecting(400):
        by_vneid(citizen, "Đăng nhập bằng VNeID", HUY)
    citizen.sees("Không đăng nhập được bằng VNeID")
    citizen.look_at_both_widths()
    told(lie="")
    citizen.follow("Đăng nhập lại")
    by_vneid(citizen, "Đăng nhập bằng VNeID", HUY, 1)
    citizen.go("/archive/mine/")
    citizen.sees("Cần định danh điện tử mức 2")
    citizen.look_at_both_widths()
    by_vneid(citizen, "Xác nhận bằng VNeID mức 2", HUY)
    assert citizen.path == "/archive/mine/"
    citizen.sees("Kho giấy tờ")


def test_two_accounts_become_one(person: Callable[..., Person], vneid: None) -> None:
    first = person("citizen")
    first.go("/identity/login/")
    by_vneid(first, "Đăng nhập bằng VNeID", HUY)
    phone = person("citizen")
    phone.go("/identity/signup/")
    for name, text in {"full_name": "Huy", "username": "0912777001", "password1": "mua-roi-tren-song-ma", "password2": "mua-roi-tren-song-ma"}.items():  # fmt: skip
        phone.type(name, text)
    phone.press("Đăng ký", within=phone.page.locator("main"))
    phone.go("/identity/profile/")
    phone.sees("Chưa xác thực")
    by_vneid(phone, "Xác thực bằng VNeID", HUY)
    phone.sees("Gộp hai tài khoản của bạn?")
    phone.look_at_both_widths()
    phone.press("Gộp hai tài khoản")
    phone.sees("Đã gộp hai tài khoản")
    phone.sees("Định danh điện tử quốc gia")
    # The closed account's browser is signed out; by VNeID one now comes into the account that stays.
    first.go("/identity/login/")
    by_vneid(first, "Đăng nhập bằng VNeID", HUY)
    first.go("/identity/profile/")
    assert first.page.locator("[name=phone]").input_value() == "0912777001"


def test_ones_own_data(person: Callable[..., Person]) -> None:
    citizen = person("citizen", username=scenes.CITIZEN)
    receipt = scenes.file_birth(citizen)
    clerk = person("clerk", username="tiepnhan")
    officers.find(clerk, receipt.code)
    citizen.go("/identity/data/")
    citizen.sees(f"Hồ sơ {receipt.code}")
    citizen.look_at_both_widths()
    citizen.press("Yêu cầu bản dữ liệu")
    citizen.sees("Đã nhận yêu cầu")
    for _ in range(60):
        if citizen.page.get_by_role("button", name="Tải về").count():
            break
        citizen.page.wait_for_timeout(1000)
        citizen.page.reload()
    citizen.look_at_both_widths()
    with citizen.page.expect_download() as taken:
        citizen.page.get_by_role("button", name="Tải về").first.click()
    with zipfile.ZipFile(taken.value.path()) as archive:
        assert receipt.code in archive.read("doc-duoc.html").decode()
    with citizen.expecting(422):
        citizen.press("Yêu cầu bản dữ liệu")
    citizen.sees("Mỗi giờ làm được một bản mới")


def test_acting_for_somebody(person: Callable[..., Person], product: Product, tmp_path: Path) -> None:
    today, later = f"{product.now():%d/%m/%Y}", "31/12/2026"
    principal = person("citizen", username=scenes.CITIZEN)
    holder = person("citizen", username=scenes.OTHER_CITIZEN, phone=True)
    principal.go("/identity/mandates/")
    principal.look_at_both_widths()
    principal.follow("Lập ủy quyền mới")
    with principal.expecting(422):
        principal.press("Lập ủy quyền")
    assert principal.errors()
    principal.look_at_both_widths()
    for name, text in {"holder_username": scenes.OTHER_CITIZEN, "holder_name": "Trịnh Văn Nam", "valid_from": later, "valid_until": later, "ground": "Giấy ủy quyền số 5/2026"}.items():  # fmt: skip
        principal.type(name, text)
    principal.press("Lập ủy quyền")
    principal.sees("Đã lập ủy quyền")
    principal.look_at_both_widths()
    holder.go("/identity/mandates/")
    holder.press("Nhận")
    holder.sees("Đã nhận")
    holder.look_at_both_widths()
    holder.sees("sắp có hiệu lực")
    # Today's is entered by a clerk from a document.
    clerk = person("clerk", username="tiepnhan")
    clerk.go("/identity/mandates/enter/")
    clerk.look_at_both_widths()
    for name, text in {"principal_number": "038226001234", "principal_name": "Trịnh Minh Khôi", "holder_username": scenes.OTHER_CITIZEN, "holder_name": "Trịnh Văn Nam", "valid_from": today, "valid_until": later, "ground": "Giấy khai sinh số 15/2026"}.items():  # fmt: skip
        clerk.type(name, text)
    with clerk.expecting(422):
        clerk.press("Nhập")
    assert clerk.errors()
    clerk.choose("basis", "guardian")
    clerk.page.locator("[name=seen]").check()
    clerk.page.locator("#document").set_input_files(str(papers.scan(tmp_path)))
    clerk.press("Nhập")
    clerk.sees("Đã nhập")
    holder.go("/identity/mandates/")
    holder.press("Nhận")
    holder.press("Thay mặt Trịnh Minh Khôi")
    holder.sees("Bạn đang thay mặt Trịnh Minh Khôi")
    holder.go("/dossiers/mine/")
    holder.look_at_both_widths()
    holder.go("/identity/profile/", status=403)
    holder.press("Thôi thay mặt")
    holder.sees("Bạn đang làm việc của chính mình")
