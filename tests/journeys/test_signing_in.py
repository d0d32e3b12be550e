"""Shared computers, and other systems that sign people in through the province, with a certified client library."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.journeys.browser import Person
from tests.journeys.product import Product
from tests.journeys.systems import System, elsewhere, registered

pytestmark = pytest.mark.journey


def test_a_shared_computer(person: Callable[..., Person]) -> None:
    clerk = person("clerk", username="tiepnhan.tinh", fresh=True)
    clerk.go("/identity/counter/")
    clerk.look_at_both_widths()
    clerk.type("label", "")
    with clerk.expecting(422):
        clerk.press("Đặt làm máy dùng chung")
    assert clerk.errors()
    clerk.type("label", "Quầy 3")
    clerk.press("Đặt làm máy dùng chung")
    clerk.sees("máy dùng chung «Quầy 3»")
    clerk.look_at_both_widths()
    clerk.go("/identity/sessions/")
    clerk.sees("máy dùng chung: Quầy 3")
    clerk.go("/identity/counter/")
    clerk.press("Thôi dùng chung")


@pytest.fixture
def system(product: Product, tmp_path: Path) -> Iterator[System]:
    found = System(product.origin, tmp_path)
    yield found
    found.server.shutdown()


def test_an_officer_goes_on_to_another_system(person: Callable[..., Person], system: System) -> None:
    admin = person("system admin", username="quantriketnoi")
    client_id, secret = registered(
        admin, "Hệ thống theo dõi nhiệm vụ", back=f"{system.address}/back", logout=f"{system.address}/logout"
    )
    system.connect(client_id, secret)
    officer = person("handler", username="chuyenvien.kinhte", fresh=True)
    with elsewhere(officer) as page:
        page.goto(system.address)
        page.get_by_text("Xin chào Trịnh Đức Long").wait_for()
    assert system.claims["organisations"][0]["name"] == "UBND phường Hạc Thành"
    officer.go("/identity/sessions/")
    officer.go("/identity/o/logout")
    officer.sees("Đăng xuất cả ở đây?")
    officer.look_at_both_widths()
    officer.go("/identity/logout/")
    officer.press("Đăng xuất", within=officer.page.locator("main"))
    officer.go("/identity/signed-out/")
    officer.look_at_both_widths()
    for _ in range(100):
        if system.heard:
            break
        time.sleep(0.2)
    assert system.heard, "the worker tells the system"
    assert system.heard[0].startswith("logout_token=")
    admin.go("/identity/systems/")
    admin.follow("Hệ thống theo dõi nhiệm vụ")
    admin.sees("Phiên đang mở")


def test_a_person_is_asked_before_a_system_is_told_about_them(person: Callable[..., Person], system: System) -> None:
    admin = person("system admin", username="quantriketnoi")
    client_id, secret = registered(admin, "Cổng du lịch", back=f"{system.address}/back", audience="citizens")
    system.connect(client_id, secret)
    citizen = person("citizen", username="0912000002", fresh=True)
    asked = system.handler.begin("tinhso").removeprefix(citizen.around.origin)
    citizen.go(asked)
    citizen.sees("Cho phép «Cổng du lịch»?")
    citizen.look_at_both_widths()
    with elsewhere(citizen) as page:
        page.goto(system.address)
        page.get_by_role("button", name="Cho phép", exact=True).click()
        page.get_by_text("Xin chào Trịnh Văn Nam").wait_for()
    officer = person("handler", username="chuyenvien")
    officer.go(asked, status=403)
    officer.sees("chỉ dành cho người dân")
    officer.look_at_both_widths()
    officer.go("/identity/o/authorize", status=400)
