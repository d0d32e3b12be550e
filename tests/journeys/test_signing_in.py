"""Shared computers, and other systems that sign people in through the province, with a certified client library."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from html import escape
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from idpyoidc.client.rp_handler import RPHandler

from tests.journeys.browser import Person
from tests.journeys.conftest import free_port
from tests.journeys.product import Product

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


# Other systems


def registered(admin: Person, name: str, *, back: str, logout: str = "", audience: str = "officers") -> tuple[str, str]:
    """Through the administrator's pages: the system's number on the wire and its secret."""
    admin.go("/identity/systems/")
    admin.look_at_both_widths()
    admin.follow("Đăng ký hệ thống")
    admin.look_at_both_widths()
    with admin.expecting(422):
        admin.press("Đăng ký")
    assert len(admin.errors()) == 5
    admin.type("name", name)
    admin.type("organisation", "H56")
    admin.choose("audience", audience)
    admin.type("purpose", "Đăng nhập một lần, theo kế hoạch 272/KH-UBND")
    admin.type("redirect_uris", back)
    admin.type("backchannel_logout_uri", logout)
    for scope in ("profile", "organisation"):
        admin.page.locator(f"[name=scopes][value={scope}]").check()
    admin.press("Đăng ký")
    admin.sees("Khóa bí mật chỉ hiện một lần")
    admin.look_at_both_widths()
    codes = admin.page.locator("main code")
    return codes.nth(1).inner_text(), codes.nth(0).inner_text()


class System:
    """A small system that knows nothing of tinhso but its address: idpyoidc does the rest."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.heard: list[str] = []
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.handler: Any = None
        system = self

        class Pages(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                path, query = urlsplit(self.path).path, dict(parse_qsl(urlsplit(self.path).query))
                if path == "/":
                    self.send_response(302)
                    self.send_header("Location", system.handler.begin("tinhso"))
                    self.end_headers()
                    return
                if path != "/back":
                    self.send_error(404)
                    return
                done = system.handler.finalize(origin, query)
                system.claims = dict(done["userinfo"])
                body = f"<h1>Xin chào {escape(str(system.claims['name']))}</h1>".encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.end_headers()
                self.wfile.write(body)

            def do_POST(self) -> None:
                system.heard.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
                self.send_response(200)
                self.end_headers()

            def log_message(self, *args: Any) -> None:
                pass

        self.claims: dict[str, Any] = {}
        self.server = HTTPServer(("127.0.0.1", self.port), Pages)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def connect(self, client_id: str, secret: str) -> None:
        self.handler = RPHandler(
            base_url=self.address,
            client_configs={
                "tinhso": {
                    "issuer": self.origin,
                    "client_id": client_id,
                    "client_secret": secret,
                    "client_type": "oidc",
                    "redirect_uris": [f"{self.address}/back"],
                    "scopes_supported": ["openid", "profile", "organisation"],
                    "scope": ["openid", "profile", "organisation"],
                    "response_types_supported": ["code"],
                    "token_endpoint_auth_methods_supported": ["client_secret_basic"],
                    "add_ons": {
                        "pkce": {
                            "function": "idpyoidc.client.oauth2.add_on.pkce.add_support",
                            "kwargs": {"code_challenge_length": 64, "code_challenge_method": "S256"},
                        }
                    },
                }
            },
        )


@pytest.fixture
def system(product: Product) -> Iterator[System]:
    found = System(product.origin)
    yield found
    found.server.shutdown()


@contextlib.contextmanager
def elsewhere(one: Person) -> Iterator[Any]:
    """A page of the same browser that may leave for another system's address."""
    context = one.around.browser.new_context(storage_state=one.context.storage_state(), locale="vi-VN")
    context.set_default_timeout(15_000)
    try:
        yield context.new_page()
    finally:
        context.close()


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
