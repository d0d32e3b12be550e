"""Signing up and in: by phone, user name or e-mail; refusals in plain Vietnamese; limits."""

from __future__ import annotations

import re
from datetime import date

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import Client

from tinhso.kernel.access.api import SYSTEM, User, create_user, grant_role
from tinhso.kernel.clock import now

pytestmark = pytest.mark.django_db
PASSWORD = "mot-cau-de-nho-2026"
LOGIN, SIGNUP = "/identity/login/", "/identity/signup/"


@pytest.fixture(autouse=True)
def _fresh_limits() -> None:
    cache.clear()


@pytest.fixture
def citizen() -> User:
    return create_user(
        username="0912345678", full_name="Lê Thị Hồng Nhung", kind="citizen", email="nhung@example.vn",
        phone="0912345678", password=PASSWORD,
    )  # fmt: skip


def sign_up(**changes: str) -> object:
    data = {"full_name": "Trần Văn Bình", "username": "+84 987 654 321", "password1": PASSWORD, "password2": PASSWORD}
    return Client().post(SIGNUP, {**data, **changes})


@pytest.mark.parametrize(
    "login", ["0912345678", "0912 345 678", "+84912345678", "0912.345.678", "nhung@example.vn", " 0912345678 "]
)
def test_a_citizen_signs_in_by_phone_however_it_is_written_or_by_mail(citizen: User, login: str) -> None:
    client = Client()
    response = client.post(LOGIN, {"login": login, "password": PASSWORD})
    assert response.status_code == 302, response.content.decode()
    assert response.url == "/identity/after-login/"
    assert client.get(response.url).url == "/dossiers/mine/"


def test_an_officer_signs_in_by_user_name_and_comes_to_the_desk() -> None:
    user = create_user(username="tiepnhan", full_name="Lê Thị Mai", kind="officer", password=PASSWORD)
    grant_role(
        user_id=user.pk, role="clerk", organisation_id=1, valid_from=date(2025, 7, 1), ground="Kiểm thử", actor=SYSTEM,
        now=now(),
    )  # fmt: skip
    client = Client()
    assert client.post(LOGIN, {"login": "tiepnhan", "password": PASSWORD}).status_code == 302
    assert client.get("/identity/after-login/").url == "/dossiers/desk/"


@pytest.mark.usefixtures("citizen")
def test_one_comes_back_to_where_one_was_going_but_not_to_another_site() -> None:
    data = {"login": "0912345678", "password": PASSWORD}
    assert Client().post(LOGIN, {**data, "next": "/dossiers/mine/"}).url == "/dossiers/mine/"
    assert Client().post(LOGIN, {**data, "next": "https://example.org/"}).url == "/identity/after-login/"


@pytest.mark.usefixtures("citizen")
@pytest.mark.parametrize("login", ["0912345678", "0999999999", "nobody@example.vn", "<script>alert(1)</script>"])
def test_a_wrong_password_and_an_unknown_account_look_the_same(login: str) -> None:
    response = Client().post(LOGIN, {"login": login, "password": "sai"})
    page = response.content.decode()
    assert "Thông tin đăng nhập hoặc mật khẩu không đúng" in page
    assert "<script>alert" not in page
    assert "data-error-summary" in page


@pytest.mark.usefixtures("citizen")
def test_empty_fields_are_told_at_their_place() -> None:
    page = Client().post(LOGIN, {"login": "", "password": ""}).content.decode()
    assert '<a href="#id_login">Nhập số điện thoại hoặc tên đăng nhập.</a>' in page
    assert "Nhập mật khẩu." in page


@pytest.mark.usefixtures("citizen")
def test_many_wrong_passwords_make_one_wait() -> None:
    client = Client()
    for _ in range(5):
        client.post(LOGIN, {"login": "0912345678", "password": "sai"})
    response = client.post(LOGIN, {"login": "0912345678", "password": PASSWORD})
    assert response.status_code == 200
    assert "Nhập sai quá nhiều lần" in response.content.decode()


def test_a_new_account_is_a_citizens_whatever_is_posted() -> None:
    response = sign_up(kind="officer", is_active="1")
    assert response.status_code == 302, response.content.decode()
    user = User.objects.get()
    assert (user.kind, user.username, user.phone, user.full_name) == (
        "citizen",
        "0987654321",
        "0987654321",
        "Trần Văn Bình",
    )


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"username": "12345"}, "Số điện thoại gồm 10 chữ số"),
        ({"username": "0912345678"}, "Số điện thoại này đã có tài khoản"),
        ({"full_name": ""}, "Nhập họ và tên, như trên thẻ căn cước."),
        ({"full_name": "N" * 301}, "tối đa 300 ký tự"),
        ({"password1": "ngan", "password2": "ngan"}, "Mật khẩu quá ngắn: cần ít nhất 10 ký tự."),
        ({"password2": "khac-han-voi-o-tren"}, "Hai mật khẩu"),
        ({"full_name": "<script>alert(1)</script>", "username": "x"}, "&lt;script&gt;alert(1)&lt;/script&gt;"),
    ],
)
@pytest.mark.usefixtures("citizen")
def test_what_is_wrong_with_a_new_account_is_told(changes: dict[str, str], sentence: str) -> None:
    page = sign_up(**changes).content.decode()
    assert sentence in page
    assert User.objects.count() == 1


def test_the_password_is_set_anew_by_mail(citizen: User) -> None:
    client = Client()
    assert client.post("/identity/password/reset/", {"email": "nhung@example.vn"}).status_code == 302
    assert "Đặt lại mật khẩu" in mail.outbox[0].subject
    link = re.search(r"http://testserver(/identity/password/reset/key/\S+)", mail.outbox[0].body)
    assert link is not None
    url = client.get(link[1]).url
    assert (
        client.post(url, {"password1": "mot-cau-moi-hon-2027", "password2": "mot-cau-moi-hon-2027"}).status_code == 302
    )
    citizen.refresh_from_db()
    assert citizen.check_password("mot-cau-moi-hon-2027")
    used = client.get(link[1])
    page = (client.get(used.url) if used.status_code == 302 else used).content.decode()
    assert "Liên kết không dùng được nữa" in page


def test_nobody_learns_from_a_reset_who_has_an_account() -> None:
    response = Client().post("/identity/password/reset/", {"email": "nobody@example.vn"})
    assert response.status_code == 302
    assert mail.outbox == []


def test_pages_of_accounts_are_vietnamese_and_open(citizen: User) -> None:
    client = Client()
    client.force_login(citizen, backend="allauth.account.auth_backends.AuthenticationBackend")
    for path in ("password/change/", "email/", "logout/", "profile/", "reauthenticate/", "inactive/", "confirm-email/"):
        response = client.get(f"/identity/{path}")
        assert response.status_code in (200, 302), path
        if response.status_code == 200:
            assert not re.search(
                r">\s*(Sign|Password|Email Address|Confirm|Current|Change)\b", response.content.decode()
            ), path
    for path in ("login/", "signup/", "password/reset/", "password/reset/done/", "password/reset/key/done/"):
        response = Client().get(f"/identity/{path}")
        assert response.status_code == 200
        assert not re.search(r">\s*(Sign|Password|Email|Confirm|Remember)\b", response.content.decode()), path


def test_the_password_is_changed_with_the_old_one(citizen: User) -> None:
    client = Client()
    client.post(LOGIN, {"login": "0912345678", "password": PASSWORD})
    new = "mot-cau-khac-han-2027"
    wrong = client.post("/identity/password/change/", {"oldpassword": "sai", "password1": new, "password2": new})
    assert "Mật khẩu hiện nay chưa đúng." in wrong.content.decode()
    assert (
        client.post(
            "/identity/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new}
        ).status_code
        == 302
    )
    citizen.refresh_from_db()
    assert citizen.check_password(new)


def test_a_locked_account_is_told_so(citizen: User) -> None:
    citizen.is_active = False
    citizen.save()
    client = Client()
    response = client.post(LOGIN, {"login": "0912345678", "password": PASSWORD})
    page = (client.get(response.url) if response.status_code == 302 else response).content.decode()
    assert "đang bị khóa" in page


@pytest.mark.usefixtures("citizen")
def test_signing_out_asks_and_is_a_post() -> None:
    client = Client()
    client.post(LOGIN, {"login": "0912345678", "password": PASSWORD})
    assert client.get("/identity/logout/").status_code == 200
    assert client.get("/identity/profile/").status_code == 200
    client.post("/identity/logout/")
    assert client.get("/identity/profile/").status_code == 302
