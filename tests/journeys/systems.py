"""Other systems that sign people in through the province: their registration, and one built on a certified library."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from html import escape
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from idpyoidc.client.defaults import DEFAULT_RP_KEY_DEFS
from idpyoidc.client.rp_handler import RPHandler

from tests.journeys.browser import Person
from tests.journeys.conftest import free_port


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
    """A small system that knows nothing of tinhso but its address: idpyoidc does the rest, with its keys in `folder`."""

    def __init__(self, origin: str, folder: Path) -> None:
        self.origin = origin
        self.folder = folder
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
            key_conf=DEFAULT_RP_KEY_DEFS
            | {
                "private_path": str(self.folder / "private.json"),
                "public_path": str(self.folder / "public.json"),
            },
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


@contextlib.contextmanager
def elsewhere(one: Person) -> Iterator[Any]:
    """A page of the same browser that may leave for another system's address."""
    context = one.around.browser.new_context(storage_state=one.context.storage_state(), locale="vi-VN")
    context.set_default_timeout(15_000)
    try:
        yield context.new_page()
    finally:
        context.close()
