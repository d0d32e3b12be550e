"""Second factor, passkeys, shared computers, and other systems that sign people in through the province: with a
certified client library, and with Apache's mod_auth_openidc (certified too) before a plain page."""

from __future__ import annotations

import base64
import contextlib
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from html import escape
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from idpyoidc.client.rp_handler import RPHandler

from tests.journeys.browser import Person
from tests.journeys.conftest import PASSWORD, free_port
from tests.journeys.product import Product

pytestmark = pytest.mark.journey
MODULE = Path("/usr/lib/apache2/modules/mod_auth_openidc.so")


def code_of(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


def prove(one: Person) -> None:
    """The library asks for the password again before it changes how one signs in."""
    if one.path.endswith("/reauthenticate/"):
        one.look_at_both_widths()
        one.type("password", PASSWORD)
        one.press("Tiếp tục")


def with_authenticator(one: Person) -> None:
    """The browser gets a device of its own that keeps keys and says yes, as a phone's fingerprint does."""
    session = one.context.new_cdp_session(one.page)
    session.send("WebAuthn.enable")
    session.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
                "isUserVerified": True, "automaticPresenceSimulation": True,
            }
        },
    )  # fmt: skip


def test_a_second_factor_from_first_code_to_lost_phone(person: Callable[..., Person]) -> None:
    officer = person("handler", username="chuyenvien.stp", fresh=True)
    officer.go("/identity/sessions/")
    officer.look_at_both_widths()
    officer.follow("Bật")
    prove(officer)
    officer.look_at_both_widths()
    secret = officer.page.locator("main code").first.inner_text()
    officer.type("code", "000000")
    officer.press("Bật")
    assert officer.errors() == ["Mã chưa đúng. Xem lại mã đang hiện trong ứng dụng, và giờ của điện thoại."]
    secret = officer.page.locator("main code").first.inner_text()
    officer.type("code", code_of(secret))
    officer.press("Bật")
    officer.go("/identity/2fa/recovery-codes/")
    officer.look_at_both_widths()
    spare = officer.page.locator("main code").first.inner_text()
    officer.go("/identity/2fa/recovery-codes/generate/")
    officer.look_at_both_widths()
    officer.go("/identity/2fa/")
    officer.look_at_both_widths()

    officer.context.clear_cookies()
    officer.go("/identity/login/")
    officer.type("login", "chuyenvien.stp")
    officer.type("password", PASSWORD)
    officer.press("Đăng nhập", within=officer.page.locator("main"))
    officer.sees("Xác thực hai lớp")
    officer.look_at_both_widths()
    officer.type("code", spare)
    officer.press("Tiếp tục")
    officer.go("/identity/2fa/totp/deactivate/")
    officer.look_at_both_widths()
    officer.press("Tắt")
    officer.go("/identity/sessions/")
    officer.sees("Chưa bật")


def test_a_passkey_signs_in_without_a_password(person: Callable[..., Person]) -> None:
    officer = person("handler", username="giamdoc.stp", fresh=True)
    with_authenticator(officer)
    officer.go("/identity/2fa/webauthn/")
    officer.look_at_both_widths()
    officer.follow("Thêm khóa truy cập")
    prove(officer)
    officer.look_at_both_widths()
    officer.type("name", "Máy ở cơ quan")
    officer.press("Tạo khóa trên thiết bị này")
    officer.go("/identity/2fa/webauthn/")
    officer.sees("Máy ở cơ quan")
    officer.follow("Đổi tên Máy ở cơ quan")
    officer.look_at_both_widths()
    officer.type("name", "Máy bàn phòng 201")
    officer.press("Lưu")

    # The same browser and device, signed out.
    officer.context.clear_cookies()
    officer.go("/identity/login/")
    officer.press("Đăng nhập bằng khóa truy cập")
    officer.go("/identity/sessions/")
    officer.sees("1 khóa")
    officer.go("/identity/2fa/webauthn/")
    officer.follow("Gỡ Máy bàn phòng 201")
    officer.look_at_both_widths()
    officer.press("Gỡ")
    officer.sees("Bạn chưa có khóa nào.")


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
    officer.go("/identity/logout/")
    officer.press("Đăng xuất", within=officer.page.locator("main"))
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


@pytest.mark.skipif(not MODULE.exists(), reason="needs Debian's libapache2-mod-auth-openidc")
def test_apache_with_its_certified_module_signs_officers_in(
    product: Product, person: Callable[..., Person], tmp_path: Path
) -> None:
    """A page behind a reverse proxy that has never heard of tinhso: as a province's older systems are connected."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    admin = person("system admin", username="quantriketnoi")
    client_id, secret = registered(admin, "Ứng dụng sau Apache", back=f"{address}/in/back")
    (tmp_path / "pages" / "in").mkdir(parents=True)
    (tmp_path / "pages" / "in" / "index.html").write_text("<h1>Trang sau Apache</h1>", encoding="utf-8")
    modules = "\n".join(
        f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so"
        for name in ("mpm_prefork", "authz_core", "authz_user", "authn_core", "dir", "auth_openidc", "mime")
    )
    (tmp_path / "httpd.conf").write_text(
        f"""ServerRoot {tmp_path}
ServerName 127.0.0.1
Listen 127.0.0.1:{port}
PidFile {tmp_path}/pid
ErrorLog {tmp_path}/error.log
{modules}
User www-data
Group www-data
TypesConfig /etc/mime.types
DocumentRoot {tmp_path}/pages
DirectoryIndex index.html
OIDCProviderMetadataURL {product.origin}/.well-known/openid-configuration
OIDCClientID {client_id}
OIDCClientSecret {secret}
OIDCRedirectURI {address}/in/back
OIDCCryptoPassphrase {base64.b64encode(tmp_path.name.encode()).decode()}
OIDCPKCEMethod S256
OIDCScope "openid profile"
OIDCRemoteUserClaim preferred_username
OIDCSSLValidateServer Off
<Location /in/>
  AuthType openid-connect
  Require user chuyenvien
</Location>
""",
        encoding="utf-8",
    )
    for folder in (tmp_path, *tmp_path.parents):
        with contextlib.suppress(PermissionError):
            if folder != Path("/"):
                folder.chmod(folder.stat().st_mode | 0o055)
    apache = shutil.which("apache2") or "/usr/sbin/apache2"
    server = subprocess.Popen([apache, "-f", str(tmp_path / "httpd.conf"), "-DFOREGROUND"])
    try:
        time.sleep(1.5)
        officer = person("handler", username="chuyenvien", fresh=True)
        with elsewhere(officer) as page:
            page.goto(f"{address}/in/")
            page.get_by_text("Trang sau Apache").wait_for()
        other = person("clerk", username="tiepnhan", fresh=True)
        with elsewhere(other) as page:
            answer = page.goto(f"{address}/in/")
            assert answer is not None
            assert answer.status in (401, 403)
        # Nobody signed in: through the province's own page, and on.
        stranger = person("nobody", fresh=True)
        with elsewhere(stranger) as page:
            page.goto(f"{address}/in/")
            page.locator("[name=login]").fill("chuyenvien")
            page.locator("[name=password]").fill(PASSWORD)
            page.locator("main form").first.get_by_role("button", name="Đăng nhập", exact=True).click()
            page.get_by_text("Trang sau Apache").wait_for()
    finally:
        server.terminate()
        server.wait(timeout=20)
