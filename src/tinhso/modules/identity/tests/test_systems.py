"""Registering systems: who may, what is refused, secrets, the end."""

from __future__ import annotations

from typing import Any

import pytest
from allauth.idp.oidc.models import Client as Registration
from django.test import Client

from tinhso.kernel.access.api import Actor, Refused, User, actor_of
from tinhso.kernel.clock import now
from tinhso.modules.directory.tests.factories import make_officer
from tinhso.modules.identity.models import RelyingSystem
from tinhso.modules.identity.services.systems import (
    CannotRegisterSystem,
    Registered,
    register_system,
    renew_secret,
    retire_system,
    safe_address,
)
from tinhso.modules.identity.tests.exchange import (
    BACK,
    a_form,
    ask,
    browser,
    code_in,
    exchange,
    tokens,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("key")]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": "x"}, "name"),
        ({"organisation_id": None}, "organisation"),
        ({"audience": "all"}, "audience"),
        ({"purpose": ""}, "purpose"),
        ({"redirect_uris": ()}, "redirect_uris"),
        ({"redirect_uris": ("http://ql.example.vn/cb",)}, "redirect_uris"),
        ({"redirect_uris": ("https://*.example.vn/cb",)}, "redirect_uris"),
        ({"redirect_uris": ("https://a@evil.example/cb",)}, "redirect_uris"),
        ({"redirect_uris": ("https://ql.example.vn/cb#x",)}, "redirect_uris"),
        ({"redirect_uris": ("javascript:alert(1)",)}, "redirect_uris"),
        ({"backchannel_logout_uri": "file:///etc/passwd"}, "backchannel_logout_uri"),
        ({"scopes": ("profile",)}, "scopes"),
        ({"scopes": ("openid", "everything")}, "scopes"),
    ],
)
def test_a_bad_registration_names_its_field_and_registers_nothing(
    admin: Actor, changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(CannotRegisterSystem) as refusal:
        register_system(form=a_form(**changes), actor=admin, now=now())
    assert set(refusal.value.errors) == {field}
    assert not Registration.objects.exists()


def test_addresses() -> None:
    assert safe_address("http://127.0.0.1:9000/cb")
    assert not safe_address("https://[::1/cb")
    assert not safe_address("https://a b/cb")


def test_who_may_register_and_that_the_secret_is_not_kept(system: Registered, admin: Actor, officer: User) -> None:
    actor = actor_of(officer, on=now().date())
    with pytest.raises(Refused):
        register_system(form=a_form(), actor=actor, now=now())
    assert system.secret not in Registration.objects.get().secret
    with pytest.raises(Refused):
        renew_secret(system_id=system.system_id, actor=actor, now=now())
    with pytest.raises(Refused):
        retire_system(system_id=system.system_id, reason="Không dùng nữa", actor=actor, now=now())


@pytest.mark.usefixtures("officer")
def test_a_new_secret_and_the_end_of_a_system(system: Registered, admin: Actor) -> None:
    fresh = renew_secret(system_id=system.system_id, actor=admin, now=now())
    assert exchange(system, code_in(ask(browser(), system))).status_code == 401
    got = tokens(fresh, browser())
    with pytest.raises(CannotRegisterSystem):
        retire_system(system_id=system.system_id, reason="", actor=admin, now=now())
    retire_system(system_id=system.system_id, reason="Thay bằng hệ thống mới", actor=admin, now=now())
    bearer = {"authorization": f"Bearer {got['access_token']}"}
    assert Client().get("/identity/o/userinfo", headers=bearer).status_code == 401
    assert ask(browser(), fresh).status_code == 400
    assert RelyingSystem.objects.get().retired_at is not None


def test_the_pages_of_the_administrator(admin: Actor) -> None:
    client = Client()
    client.force_login(User.objects.get(username="ketnoi"))
    new = "/identity/systems/new/"
    wrong = client.post(new, {"name": "<b>Hệ</b>", "organisation": "H99", "redirect_uris": "ftp://x"})
    body = wrong.content.decode()
    assert wrong.status_code == 422
    assert "Không có cơ quan nào mang mã «H99»" in body
    assert "&lt;b&gt;Hệ&lt;/b&gt;" in body
    done = client.post(
        new,
        {
            "name": "Quản lý văn bản", "organisation": "H56", "audience": "officers", "scopes": ["profile"],
            "purpose": "Đăng nhập một lần cho cán bộ", "redirect_uris": f"{BACK}\n\nhttps://ql.example.vn/two",
        },
    )  # fmt: skip
    page = done.content.decode()
    assert "Khóa bí mật chỉ hiện một lần" in page
    row = RelyingSystem.objects.get()
    url = f"/identity/systems/{row.pk}/"
    assert "Khóa bí mật chỉ" not in client.get(url).content.decode()
    assert "Quản lý văn bản" in client.get("/identity/systems/").content.decode()
    assert "Khóa bí mật chỉ" in client.post(url, {"renew": "1"}).content.decode()
    assert client.post(url, {"reason": ""}).status_code == 422
    assert client.post(url, {"reason": "Thôi dùng"}).status_code == 302
    assert client.get("/identity/systems/999/").status_code == 404
    other = Client()
    other.force_login(make_officer("khac"))
    assert other.get(new).status_code == 403
