"""Following somebody else's dossier: a code alone opens nothing, nor does an address."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.journeys import papers, scenes
from tests.journeys.browser import Person
from tests.journeys.product import Product

pytestmark = pytest.mark.journey

CHILD = "Lê Bí Mật"


def addresses(follow: str, draft: str, paper: str) -> list[str]:
    """Everything that a stranger could have copied from the citizen's browser."""
    return [
        follow,
        *(f"{follow}{part}" for part in ("why/", "receipt.pdf", "refusal.pdf", "result.pdf")),
        paper,
        draft,
        *(
            f"{draft}{part}"
            for part in ("applicant/", "form/child/", "papers/", "papers/1/", "check/", "saved/", "discard/")
        ),
        draft.replace("/drafts/", "/sent/"),
        draft.replace("/drafts/", "/sent/") + "slip.pdf",
    ]


def test_a_stranger_opens_nothing(product: Product, person: Callable[..., Person], tmp_path: Path) -> None:
    owner = person("citizen", username=scenes.CITIZEN)
    scenes.start_birth(owner)
    draft = owner.path.removesuffix("applicant/")
    scenes.tell_who(owner)
    scenes.fill_pages(owner, scenes.birth(full_name=CHILD))
    scenes.attach(owner, "birth_certificate", papers.photograph(tmp_path))
    file = owner.address_of("giay-chung-sinh.jpg")
    owner.press("Lưu và tiếp tục")
    receipt = scenes.send(owner)
    owner.go(receipt.follow)
    owner.sees("giay-chung-sinh.jpg")
    paper = owner.address_of("giay-chung-sinh.jpg")
    assert owner.fetch(paper)[:2] == b"\xff\xd8"

    for kind, username in (("nobody", ""), ("citizen", scenes.OTHER_CITIZEN)):
        stranger = person(kind, username=username)
        for address in [*addresses(receipt.follow, draft, paper), file]:
            answer = stranger.context.request.get(address)
            assert answer.status in (200, 404), f"{address}: {answer.status}"
            body = answer.body()
            # 200 only where one is sent on to the page that asks for code and PIN, or for a password.
            arrived = urlsplit(answer.url).path
            assert answer.status == 404 or arrived in ("/dossiers/track/", "/identity/login/"), address
            for secret in (CHILD.encode(), receipt.code.encode(), b"\xff\xd8", b"%PDF"):
                assert secret not in body, address
            answer.dispose()

    # An officer of another commune sees nothing of it either.
    elsewhere = person("clerk elsewhere", username="tiepnhan.samson")
    for address in (receipt.follow, paper, f"{receipt.follow}why/", draft):
        elsewhere.fetch(address, status=404)


def test_a_code_alone_and_wrong_pins_open_nothing(
    product: Product, person: Callable[..., Person], tmp_path: Path
) -> None:
    owner = person("citizen", username=scenes.CITIZEN)
    first = scenes.file_birth(owner, full_name="Nguyễn Thứ Nhất")
    second = scenes.file_birth(owner, full_name="Nguyễn Thứ Hai")

    stranger = person("nobody")
    stranger.go("/dossiers/track/")
    stranger.type("code", first.code)
    stranger.press("Xem hồ sơ")
    assert stranger.errors() == ["Nhập mã PIN, gồm 6 chữ số."]
    assert stranger.page.locator("[name=code]").input_value() == first.code
    wrong = "000000" if first.pin != "000000" else "111111"
    for _ in range(5):
        stranger.type("pin", wrong)
        stranger.press("Xem hồ sơ")
        assert "không khớp" in stranger.errors()[0]
    # Locked: even the right PIN has to wait, here and elsewhere.
    stranger.type("pin", first.pin)
    stranger.press("Xem hồ sơ")
    assert "thử lại sau 15 phút" in stranger.errors()[0]
    # A code that does not exist is answered in the same words.
    stranger.type("code", "H56.102-261201-9999")
    stranger.type("pin", wrong)
    stranger.press("Xem hồ sơ")
    assert "không khớp" in stranger.errors()[0]
    assert stranger.path == "/dossiers/track/"
    # Another dossier is not touched by it, nor is the owner.
    scenes.track(stranger, second)
    stranger.sees("••••")
    assert scenes.APPLICANT["identity_number"] not in stranger.text()
    owner.go(first.follow)
    owner.sees(scenes.APPLICANT["identity_number"])

    product.advance(timedelta(minutes=16))
    later = person("nobody")
    scenes.track(later, first)
    later.press("Kết thúc xem")
    later.page.goto(first.follow)
    assert later.path == "/dossiers/track/"


def test_a_new_pin_ends_the_old_one(person: Callable[..., Person]) -> None:
    owner = person("citizen", username=scenes.CITIZEN)
    receipt = scenes.file_birth(owner, full_name="Nguyễn Mã Mới")
    owner.go(receipt.follow)
    owner.press("Lấy mã PIN mới")
    owner.sees("Mã PIN mới")
    stranger = person("nobody")
    stranger.go("/dossiers/track/")
    stranger.type("code", receipt.code)
    stranger.type("pin", receipt.pin)
    stranger.press("Xem hồ sơ")
    assert "không khớp" in stranger.errors()[0]
