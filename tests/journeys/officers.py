"""What officers do with a dossier, through their pages."""

from __future__ import annotations

import io
import re

import pytest
from pypdf import PdfReader

from tests.journeys.browser import Person

CLERK = "tiepnhan"
HANDLER = "chuyenvien"
LEADER = "chutich"
DONE = "[role=status], .notice"


def find(officer: Person, code: str) -> None:
    """Search by code, as printed on the receipt, and open the dossier."""
    officer.go("/dossiers/desk/")
    if officer.phone or not officer.scripts:
        officer.go(f"/dossiers/list/?q={code}")
    else:
        officer.page.keyboard.press("/")
        officer.page.keyboard.type(code)
        with officer.page.expect_navigation():
            officer.page.keyboard.press("Enter")
        officer.look()
    if re.fullmatch(r"/dossiers/[0-9a-f-]{36}/", officer.path) is None:
        officer.click(officer.page.locator("main tr", has_text=code).locator("a").first)
    assert code in officer.text()


def accept(clerk: Person) -> None:
    """Look at every paper, tick it, receive."""
    for number in range(clerk.page.locator("#accept input[name=checked]").count()):
        clerk.click(clerk.page.locator("#accept .choice a").nth(number))
        clerk.page.locator("#accept input[name=checked]").nth(number).check()
    clerk.press("Tiếp nhận", within=clerk.page.locator("#accept"))
    assert "Đã tiếp nhận hồ sơ" in clerk.text()


def act(officer: Person, title: str, comment: str = "") -> None:
    """The action of this name at the open step; one that issues asks once more."""
    form = officer.page.locator("form[id^=act-]").first
    form.locator("textarea").fill(comment)
    button = form.get_by_role("button", name=title, exact=True)
    if form.locator("[popover]").count():
        button.first.click()
        officer.click(form.locator("[popover]").get_by_role("button", name=title, exact=True))
    else:
        officer.click(button.first)


def take_fee(clerk: Person) -> None:
    clerk.click(clerk.page.get_by_role("button", name=re.compile("^Xác nhận đã thu")).first)


def printed(officer: Person, form: str) -> bytes:
    """A printed form of the dossier that stands open: "receipt", "refusal" or "result"."""
    content = officer.fetch(f"{officer.path}print/{form}/")
    if PdfReader(io.BytesIO(content)).is_encrypted:
        pytest.fail(f"{form} is encrypted")
    return content
