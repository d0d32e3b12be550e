"""tinhso as an OpenID Connect provider: the whole exchange, and everything that a bad system or person may try."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from allauth.idp.oidc.models import Token
from django.test import Client

from tinhso.kernel.access.api import Actor, User, create_user, end_sessions
from tinhso.kernel.audit.models import Entry
from tinhso.kernel.clock import now
from tinhso.kernel.events.api import drain
from tinhso.modules.identity.models import SystemSession
from tinhso.modules.identity.services.keys import add_key
from tinhso.modules.identity.services.systems import (
    Registered,
    register_system,
    sweep,
)
from tinhso.modules.identity.services.telling import LOGOUT_EVENT
from tinhso.modules.identity.tests.exchange import (
    BACK,
    CHALLENGE,
    ISSUER,
    PASSWORD,
    a_form,
    ask,
    browser,
    code_in,
    exchange,
    read,
    tokens,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("key")]


def test_the_document_of_discovery_tells_what_is_offered_and_no_more() -> None:
    told = Client().get("/.well-known/openid-configuration").json()
    assert told["issuer"] == ISSUER
    assert told["response_types_supported"] == ["code"]
    assert told["grant_types_supported"] == ["authorization_code", "refresh_token"]
    assert told["code_challenge_methods_supported"] == ["S256"]
    assert told["backchannel_logout_supported"] is True
    for name in ("authorization", "token", "userinfo", "revocation", "introspection", "end_session"):
        assert told[f"{name}_endpoint"].split("/", 3)[3].startswith("identity/o/")
    assert "device_authorization_endpoint" not in told
    assert "registration_endpoint" not in told


def test_an_officer_signs_in_at_another_system(system: Registered, officer: User) -> None:
    got = tokens(system, browser(), scope="openid profile organisation roles")
    claims = read(got["id_token"], system)
    assert claims["nonce"] == "n-1"
    assert claims["name"] == "Lê Thị Mai"
    assert claims["organisations"] == [
        {"code": "H56.102", "name": "UBND phường Hạc Thành", "unit": "", "position": "Chuyên viên"}
    ]
    assert claims["roles"] == [{"role": "clerk", "organisation": "H56.102", "subtree": False}]
    assert claims["sid"] == str(SystemSession.objects.get().sid)
    info = Client().get("/identity/o/userinfo", headers={"authorization": f"Bearer {got['access_token']}"}).json()
    assert info["sub"] == claims["sub"]
    assert "email" not in info
    assert Entry.objects.filter(action="identity.sign_in_at_system").count() == 1


@pytest.mark.usefixtures("officer")
@pytest.mark.parametrize(
    "headers", [{"sec-fetch-site": "same-origin"}, {"referer": "http://testserver/identity/login/?next=/x"}]
)
def test_after_a_form_of_ours_a_page_leads_on(system: Registered, headers: dict[str, str]) -> None:
    """A redirection would be refused by the browser: form-action of the sign-in page names no other system."""
    client = browser()
    query = {
        "response_type": "code", "client_id": system.client_id, "redirect_uri": BACK, "scope": "openid profile",
        "state": "s-1", "code_challenge": CHALLENGE, "code_challenge_method": "S256",
    }  # fmt: skip
    answer = client.get("/identity/o/authorize", query, headers=headers)
    assert answer.status_code == 200
    assert "Đang chuyển sang «Quản lý văn bản»" in answer.content.decode()
    address = answer["Refresh"].removeprefix("0; url=")
    assert address.startswith(f"{BACK}?")
    code = parse_qs(urlsplit(address).query)["code"][0]
    assert exchange(system, code).status_code == 200
    for site in ("cross-site", "none", "same-site"):
        assert client.get("/identity/o/authorize", query, headers={"sec-fetch-site": site}).status_code == 302


@pytest.mark.usefixtures("officer")
def test_whoever_is_not_signed_in_signs_in_first_and_goes_on(system: Registered) -> None:
    client = Client()
    answer = ask(client, system)
    assert answer.status_code == 302
    assert answer.url.startswith("/identity/login/?next=")
    following = parse_qs(urlsplit(answer.url).query)["next"][0]
    answer = client.post("/identity/login/", {"login": "tiepnhan", "password": "tinhso-demo-2026", "next": following})
    assert exchange(system, code_in(client.get(answer.url))).status_code == 200


def test_a_silent_question_of_somebody_who_is_not_signed_in_is_answered_to_the_system(system: Registered) -> None:
    answer = ask(Client(), system, prompt="none")
    assert "error=login_required" in answer["Location"]


@pytest.mark.usefixtures("officer")
def test_refresh_turns_and_the_old_one_is_dead(system: Registered) -> None:
    got = tokens(system, browser())
    data = {"grant_type": "refresh_token", "client_id": system.client_id, "client_secret": system.secret}
    first = Client().post("/identity/o/token", {**data, "refresh_token": got["refresh_token"]})
    assert first.status_code == 200
    assert first.json()["refresh_token"] != got["refresh_token"]
    assert Client().post("/identity/o/token", {**data, "refresh_token": got["refresh_token"]}).status_code == 400


@pytest.mark.usefixtures("officer")
def test_a_revoked_token_opens_nothing_and_introspection_tells(system: Registered) -> None:
    got = tokens(system, browser())
    own = {"client_id": system.client_id, "client_secret": system.secret}

    def active() -> Any:
        answer = Client().post("/identity/o/introspect", {**own, "token": got["access_token"]})
        return answer.json()["active"]

    assert active() is True
    assert Client().post("/identity/o/revoke", {**own, "token": got["access_token"]}).status_code == 200
    assert active() is False
    bearer = {"authorization": f"Bearer {got['access_token']}"}
    assert Client().get("/identity/o/userinfo", headers=bearer).status_code == 401


# What goes wrong


@pytest.mark.usefixtures("officer")
def test_a_code_serves_once_only_its_own_system_and_only_with_the_proof(system: Registered, admin: Actor) -> None:
    other = register_system(form=a_form(name="Hệ thống khác"), actor=admin, now=now())
    client = browser()
    code = code_in(ask(client, system))
    assert exchange(other, code).status_code == 400
    assert exchange(system, code, code_verifier="x" * 50).status_code == 400
    assert exchange(system, code, code_verifier="").status_code == 400
    assert exchange(system, code, redirect_uri="https://ql.example.vn/other").status_code == 400
    assert exchange(system, code, client_secret="sai").status_code == 401
    code = code_in(ask(client, system))
    assert exchange(system, code).status_code == 200
    assert exchange(system, code).status_code == 400
    assert not Token.objects.filter(client_id=other.client_id).exists()


@pytest.mark.usefixtures("officer")
@pytest.mark.parametrize(
    "uri",
    [
        "https://ql.example.vn.evil.example/callback", "https://evil.example/callback", "http://ql.example.vn/callback",
        "https://ql.example.vn/callback/../evil", "https://ql.example.vn:444/callback", "//evil.example/callback",
        "https://ql.example.vn@evil.example/callback", "javascript:alert(1)", "https://ql.example.vn/callback#x", "",
        "https://ql.example.vn\\@evil.example/callback",
    ],
)  # fmt: skip
def test_a_code_never_goes_to_an_address_that_is_not_registered(system: Registered, uri: str) -> None:
    for challenge in (CHALLENGE, ""):
        answer = ask(browser(), system, redirect_uri=uri, code_challenge=challenge)
        assert answer.status_code in (400, 403), answer.get("Location")
        assert "Chưa đăng nhập được" in answer.content.decode()
    assert not SystemSession.objects.exists()


@pytest.mark.usefixtures("officer")
@pytest.mark.parametrize(
    "changes", [{"code_challenge": ""}, {"code_challenge_method": "plain"}, {"code_challenge_method": ""}]
)
def test_without_pkce_there_is_no_code(system: Registered, changes: dict[str, str]) -> None:
    answer = ask(browser(), system, **changes)
    assert answer["Location"].startswith(f"{BACK}?error=invalid_request")
    assert "state=s-1" in answer["Location"]
    assert "code=" not in answer["Location"]


@pytest.mark.usefixtures("officer")
@pytest.mark.parametrize("changes", [{"scope": "openid phone"}, {"scope": "openid admin"}, {"response_type": "token"}])
def test_no_more_than_what_was_registered(system: Registered, changes: dict[str, str]) -> None:
    answer = ask(browser(), system, **changes)
    assert "error=" in answer["Location"]
    assert answer["Location"].startswith(BACK)


def test_a_system_for_officers_lets_no_citizen_in_and_an_unknown_one_nobody(system: Registered) -> None:
    create_user(username="0912345678", full_name="Lê Thị Hồng", kind="citizen", password=PASSWORD)
    citizen = browser("0912345678", PASSWORD)
    answer = ask(citizen, system)
    assert answer.status_code == 403
    assert "chỉ dành cho cán bộ" in answer.content.decode()
    assert ask(citizen, Registered(0, "khong-co", "")).status_code == 400
    assert not SystemSession.objects.exists()


@pytest.mark.usefixtures("officer")
def test_forged_and_expired_tokens_are_refused(system: Registered) -> None:
    got = tokens(system, browser())
    Token.objects.filter(type=Token.Type.ACCESS_TOKEN).update(expires_at=now() - timedelta(seconds=1))
    for token in (got["access_token"], "a" * 60, got["id_token"], got["refresh_token"]):
        answer = Client().get("/identity/o/userinfo", headers={"authorization": f"Bearer {token}"})
        assert answer.status_code == 401, token
    forged = jwt.encode({"sub": "1"}, "k" * 40, algorithm="HS256")
    answer = Client().get("/identity/o/userinfo", headers={"authorization": f"Bearer {forged}"})
    assert answer.status_code == 401


@pytest.mark.usefixtures("officer")
def test_another_system_learns_nothing_of_a_token(system: Registered, admin: Actor) -> None:
    other = register_system(form=a_form(name="Hệ thống khác"), actor=admin, now=now())
    got = tokens(system, browser())
    answer = Client().post(
        "/identity/o/introspect",
        {"client_id": other.client_id, "client_secret": other.secret, "token": got["access_token"]},
    )
    assert answer.json() == {"active": False}


# People are asked


def test_a_citizen_is_asked_may_leave_things_out_and_may_say_no(admin: Actor) -> None:
    form = a_form(audience="citizens", scopes=("openid", "profile", "phone"))
    system = register_system(form=form, actor=admin, now=now())
    create_user(username="0912345678", full_name="Lê Thị Hồng", kind="citizen", phone="0912345678", password=PASSWORD)
    client = browser("0912345678", PASSWORD)
    page = ask(client, system, scope="openid profile phone")
    body = page.content.decode()
    assert "Cho phép «Quản lý văn bản»?" in body
    assert "Số điện thoại" in body
    assert "https://ql.example.vn" in page["Content-Security-Policy"]
    signed = body.split('name="request" value="')[1].split('"')[0]
    url = "/identity/o/authorize"
    no = client.post(url, {"request": signed, "action": "cancel"})
    assert "error=access_denied" in no["Location"]
    yes = client.post(url, {"request": signed, "action": "grant", "scopes": ["openid", "profile"]})
    got = exchange(system, code_in(yes)).json()
    claims = read(got["id_token"], system)
    assert claims["name"] == "Lê Thị Hồng"
    assert "phone_number" not in claims
    assert claims["sid"] == str(SystemSession.objects.get().sid)
    assert client.post(url, {"request": signed + "x", "action": "grant", "scopes": ["openid"]}).status_code == 403


# Signing out


class Listener(BaseHTTPRequestHandler):
    heard: list[str] = []
    answer = 200

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        type(self).heard.append(parse_qs(body)["logout_token"][0])
        self.send_response(type(self).answer)
        self.end_headers()

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture
def listener() -> Iterator[str]:
    Listener.heard, Listener.answer = [], 200
    server = HTTPServer(("127.0.0.1", 0), Listener)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/logout"
    server.shutdown()


@pytest.mark.usefixtures("officer")
def test_a_sign_out_here_is_told_to_the_system_and_its_tokens_die(admin: Actor, listener: str) -> None:
    form = a_form(backchannel_logout_uri=listener, frontchannel_logout_uri="https://ql.example.vn/out")
    system = register_system(form=form, actor=admin, now=now())
    client = browser()
    got = tokens(system, client)
    answer = client.post("/identity/logout/", follow=True)
    drain(now())
    told = read(Listener.heard[0], system)
    assert told["events"] == {LOGOUT_EVENT: {}}
    assert told["sid"] == read(got["id_token"], system)["sid"]
    assert "nonce" not in told
    page = answer.content.decode()
    assert f'src="https://ql.example.vn/out?iss=http%3A%2F%2F127.0.0.1%3A8000&amp;sid={told["sid"]}"' in page
    assert "https://ql.example.vn" in answer["Content-Security-Policy"]
    bearer = {"authorization": f"Bearer {got['access_token']}"}
    assert Client().get("/identity/o/userinfo", headers=bearer).status_code == 401
    row = SystemSession.objects.get()
    assert row.ended_at is not None
    assert row.told_at is not None
    assert sweep(now=now()) == 0


def test_whoever_leaves_is_out_of_the_other_systems_too(admin: Actor, officer: User, listener: str) -> None:
    system = register_system(form=a_form(backchannel_logout_uri=listener), actor=admin, now=now())
    got = tokens(system, browser())
    end_sessions(officer.pk)
    drain(now())
    assert len(Listener.heard) == 1
    assert (
        Client().get("/identity/o/userinfo", headers={"authorization": f"Bearer {got['access_token']}"}).status_code
        == 401
    )


@pytest.mark.usefixtures("officer")
def test_a_system_sends_its_user_to_sign_out_and_gets_them_back_only_at_its_own_address(system: Registered) -> None:
    for address, where in (
        ("https://ql.example.vn/", "https://ql.example.vn/?state=z"),
        ("https://evil.example/", None),
    ):
        client = browser()
        got = tokens(system, client)
        query = {"id_token_hint": got["id_token"], "post_logout_redirect_uri": address, "state": "z"}
        page = client.get("/identity/o/logout", query)
        if where is None:
            assert page.status_code == 400
            continue
        assert "Đăng xuất cả ở đây?" in page.content.decode()
        token = page.context["csrf_token"]
        answer = client.post("/identity/o/logout", {**query, "action": "logout", "csrfmiddlewaretoken": str(token)})
        assert answer["Location"] == where
        assert client.get("/identity/sessions/").status_code == 302


@pytest.mark.usefixtures("officer")
def test_what_runs_out_by_itself_is_swept_and_told(admin: Actor, listener: str) -> None:
    system = register_system(form=a_form(backchannel_logout_uri=listener), actor=admin, now=now())
    tokens(system, browser())
    SystemSession.objects.update(session=None, began_at=now() - timedelta(hours=1))
    assert sweep(now=now()) == 1
    drain(now())
    assert len(Listener.heard) == 1


@pytest.mark.usefixtures("officer")
def test_a_new_key_signs_and_the_old_one_is_still_believed(system: Registered, settings: Any, tmp_path: Any) -> None:
    settings.OIDC_KEYS_DIR = tmp_path
    add_key(now=now() - timedelta(days=1))
    client = browser()
    old = tokens(system, client)["id_token"]
    add_key(now=now())
    fresh = tokens(system, client)["id_token"]
    assert jwt.get_unverified_header(old)["kid"] != jwt.get_unverified_header(fresh)["kid"]
    assert read(old, system)["sub"] == read(fresh, system)["sub"]
    assert all(path.stat().st_mode & 0o077 == 0 for path in tmp_path.iterdir())
