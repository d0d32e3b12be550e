"""Money: a citizen pays online by a provider that really runs and the dossier goes on; a clerk takes cash with change."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from pypdf import PdfReader

from tests.journeys import officers, scenes
from tests.journeys.browser import Person
from tests.journeys.doubles import port

pytestmark = pytest.mark.journey
ROOT = Path(__file__).resolve().parents[2]
DOUBLES = {"vnpay": port(8951), "paygov": port(8952)}


def told(code: str, **behaviour: object) -> None:
    address = f"http://127.0.0.1:{DOUBLES[code]}/control"
    urllib.request.urlopen(urllib.request.Request(address, json.dumps(behaviour).encode(), method="POST"), timeout=10)


@pytest.fixture(scope="module")
def doubles() -> Iterator[None]:
    """The two stand-ins as `make payment-doubles` starts them, until they answer."""
    running = [
        subprocess.Popen([sys.executable, str(ROOT / f"tools/doubles/{code}.py"), "--port", str(at)])
        for code, at in DOUBLES.items()
    ]
    try:
        for at in DOUBLES.values():
            for _ in range(100):
                with suppress(OSError):
                    urllib.request.urlopen(f"http://127.0.0.1:{at}/", timeout=2)
                    break
                time.sleep(0.1)
        yield
    finally:
        for process in running:
            process.terminate()
            process.wait(10)


def until(citizen: Person, address: str, words: str, *, seconds: float = 60) -> None:
    """Look again until the page says so."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        citizen.page.goto(address)
        if words in citizen.text():
            return
        time.sleep(1)
    raise AssertionError(f"{address} never said «{words}»: {citizen.text()[:800]}")


def receipt_text(content: bytes) -> str:
    return re.sub(r"\s+", " ", "".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages))


@pytest.mark.parametrize("code", ["vnpay", "paygov"])
def test_a_citizen_pays_online_the_dossier_goes_on_and_the_receipt_is_there(
    person: Callable[..., Person], doubles: None, code: str
) -> None:
    citizen = person("citizen", username=scenes.CITIZEN, phone=code == "paygov")
    receipt = scenes.file_birth(citizen)
    assert "Phí, lệ phí: 16.000 đồng" in citizen.text()
    clerk = person("clerk", username="tiepnhan")
    officers.find(clerk, receipt.code)
    # The clerk asks for the money before anything else is done: state 6.
    clerk.go(f"{clerk.path}actions/payment/")
    clerk.type("amount", "16.000")
    clerk.type("reason", "Phí cấp bản sao Giấy khai sinh, Thông tư 281/2016/TT-BTC.")
    clerk.press("Gửi yêu cầu nộp tiền")
    citizen.go(receipt.follow)
    assert "Yêu cầu thực hiện nghĩa vụ tài chính" in citizen.text()
    citizen.click(citizen.page.get_by_role("link", name="Thanh toán", exact=True).first)
    address = citizen.path
    until(citizen, address, "Thanh toán 16.000 đồng")
    citizen.page.wait_for_timeout(200)
    end = time.monotonic() + 90
    while citizen.page.locator(f"#provider-{code}").is_disabled() and time.monotonic() < end:
        citizen.page.wait_for_timeout(2000)
        citizen.page.goto(address)
    citizen.look_at_both_widths()
    citizen.page.locator(f"#provider-{code}").check()
    # The provider's pages are another host's: what they do is theirs.
    citizen.problems, before = [], list(citizen.problems)
    citizen.page.get_by_role("button", name=re.compile("^Thanh toán 16")).click()
    citizen.page.get_by_role("button", name="Trả tiền").click()
    citizen.page.wait_for_url(f"**{address}")
    citizen.problems = before
    until(citizen, address, "Đã nộp đủ 16.000 đồng")
    citizen.look_at_both_widths()
    text = receipt_text(citizen.fetch(f"{address}receipt.pdf"))
    for part in ("BIÊN LAI THU PHÍ, LỆ PHÍ", receipt.code, "Mười sáu nghìn đồng"):
        assert part in text, part
    until(citizen, receipt.follow, "Mới đăng ký")
    assert "Đã nộp phí, lệ phí" in citizen.text()


def test_a_forged_way_back_is_told_and_settles_nothing(person: Callable[..., Person], doubles: None) -> None:
    guest = person("nobody")
    with guest.expecting(422):
        guest.page.goto("/payments/return/vnpay/?vnp_TxnRef=TS1&vnp_ResponseCode=00&vnp_SecureHash=x")
        assert "không do cổng thanh toán ký" in guest.text()
        guest.look_at_both_widths()


def test_the_clerk_takes_cash_with_change_and_prints_the_receipt(person: Callable[..., Person]) -> None:
    citizen = person("citizen", username=scenes.CITIZEN)
    receipt = scenes.file_birth(citizen)
    clerk = person("clerk", username="tiepnhan")
    officers.find(clerk, receipt.code)
    clerk.click(clerk.page.get_by_role("link", name=re.compile("Chi tiết, biên lai")).first)
    clerk.press("Hiện mã VietQR")
    clerk.look_at_both_widths()
    assert clerk.page.locator("figure.qr svg").count() == 1
    clerk.type("tendered", "10.000")
    with clerk.expecting(422):
        clerk.press("Thu tiền mặt")
        assert "còn thiếu 6.000 đồng" in clerk.text()
        clerk.look_at_both_widths()
    clerk.type("tendered", "20.000")
    clerk.press("Thu tiền mặt")
    assert "Thối lại 4.000 đồng" in clerk.text()
    clerk.look_at_both_widths()
    link = clerk.page.get_by_role("link", name="In biên lai").get_attribute("href")
    assert link is not None
    text = receipt_text(clerk.fetch(link))
    for part in (receipt.code, "Tiền mặt", "Lê Thị Mai"):
        assert part in text, part
    clerk.go("/payments/day-book/")
    assert receipt.code in clerk.text()
    assert (
        clerk.fetch(
            f"/payments/day-book/export/{clerk.page.locator('a', has_text='Tải XLSX').get_attribute('href').partition('export/')[2]}"
        )[:2]
        == b"PK"
    )


def test_pages_of_money_of_each_role(person: Callable[..., Person]) -> None:
    for kind, username, pages in (
        ("clerk", "tiepnhan", ("day-book/", "refunds/")),
        ("accountant", "chuyenvien.kinhte", ("day-book/", "refunds/", "reconciliation/", "providers/")),
        ("approver", "truongphong", ("reconciliation/", "refunds/")),
        ("operator", "quantri", ("providers/",)),
    ):
        walker = person(kind, username=username)
        for page in pages:
            walker.go(f"/payments/{page}")
            walker.look_at_both_widths()
    clerk = person("clerk", username="tiepnhan")
    clerk.go("/dossiers/money-check/")
    clerk.look_at_both_widths()
    clerk.go("/payments/refunds/")
    clerk.click(clerk.page.get_by_role("link", name="Đề nghị hoàn trả").first)
    clerk.look_at_both_widths()
