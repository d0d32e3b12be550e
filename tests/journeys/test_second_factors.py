"""The second factor from the first code to a lost phone, and passkeys on a device that the browser plays."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from copy import copy

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value

from tests.journeys.browser import Person, Surroundings
from tests.journeys.conftest import PASSWORD, sign_in
from tests.journeys.product import Product

pytestmark = pytest.mark.journey


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


def turned_on(officer: Person) -> None:
    """The app that makes codes, from its QR code to the first right code."""
    officer.go("/identity/sessions/")
    officer.follow("Bật")
    prove(officer)
    officer.look_at_both_widths()
    officer.type("code", "000000")
    officer.press("Bật")
    assert officer.errors() == ["Mã chưa đúng. Xem lại mã đang hiện trong ứng dụng, và giờ của điện thoại."]
    officer.type("code", code_of(officer.page.locator("main code").first.inner_text()))
    officer.press("Bật")


def test_a_second_factor_from_first_code_to_lost_phone(person: Callable[..., Person]) -> None:
    officer = person("handler", username="chuyenvien.stp", fresh=True)
    turned_on(officer)
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
    prove(officer)
    officer.look_at_both_widths()
    officer.press("Tắt")
    officer.go("/identity/sessions/")
    officer.sees("Chưa bật")


def test_one_asks_and_another_removes_what_was_lost(person: Callable[..., Person]) -> None:
    officer = person("handler", username="truongphong.stp", fresh=True)
    turned_on(officer)
    staff = person("staff admin", username="quantricanbo")
    staff.go("/identity/lost-factors/")
    staff.look_at_both_widths()
    staff.type("username", "truongphong.stp")
    with staff.expecting(422):
        staff.press("Gửi đề nghị")
    assert len(staff.errors()) == 1
    staff.look_at_both_widths()
    staff.type("ground", "Gặp trực tiếp, xem thẻ căn cước; đơn báo mất điện thoại")
    staff.press("Gửi đề nghị")
    staff.sees("Chờ quyết định")
    rights = person("rights admin", username="quantriquyen")
    rights.go("/identity/lost-factors/")
    rights.look_at_both_widths()
    rights.press("Gỡ xác thực hai lớp")
    rights.sees("mọi phiên đăng nhập của người này đã kết thúc")
    officer.go("/identity/login/")
    sign_in(officer, "truongphong.stp")
    officer.go("/identity/sessions/")
    officer.sees("Chưa bật")
    officer.go("/notifications/")
    officer.sees("An toàn tài khoản")


@pytest.fixture
def named(around: Surroundings, product: Product) -> Iterator[Person]:
    """Somebody who opened the product by a name: a passkey belongs to a name, never to a number like 127.0.0.1."""
    by_name = copy(around)
    by_name.origin = f"http://localhost:{product.port}"
    one = Person(by_name, "handler")
    yield one
    one.close()


def test_a_passkey_signs_in_without_a_password(named: Person) -> None:
    officer = named
    officer.go("/identity/login/")
    sign_in(officer, "giamdoc.stp")
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
    officer.follow("Dùng khóa truy cập")
    officer.look_at_both_widths()
    officer.press("Dùng khóa truy cập")
    officer.look_at_both_widths()
    officer.press("Gỡ")
    officer.sees("Bạn chưa có khóa nào.")
