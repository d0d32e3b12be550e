"""The steps of an exchange between a person, a system and us, as a system takes them."""

from __future__ import annotations

import base64
import hashlib
import secrets
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
from django.test import Client

from tinhso.modules.directory.tests.factories import get_organisation
from tinhso.modules.identity.services.systems import Registered, SystemForm

PASSWORD = "mot-cau-de-nho-2026"
BACK = "https://ql.example.vn/callback"
VERIFIER = secrets.token_urlsafe(48)
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
ISSUER = "http://127.0.0.1:8000"


def a_form(**changes: Any) -> SystemForm:
    values: dict[str, Any] = {
        "name": "Quản lý văn bản",
        "organisation_id": get_organisation("H56").pk,
        "audience": "officers",
        "purpose": "Đăng nhập một lần cho cán bộ, theo kế hoạch chuyển đổi số",
        "redirect_uris": (BACK,),
        "post_logout_uris": ("https://ql.example.vn/",),
        "scopes": ("openid", "profile", "organisation", "roles"),
    }
    return SystemForm(**(values | changes))


def browser(username: str = "tiepnhan", password: str = "tinhso-demo-2026") -> Client:
    client = Client()
    assert client.post("/identity/login/", {"login": username, "password": password}).status_code == 302
    return client


def ask(client: Client, system: Registered, **changes: str) -> Any:
    query = {
        "response_type": "code", "client_id": system.client_id, "redirect_uri": BACK, "scope": "openid profile",
        "state": "s-1", "nonce": "n-1", "code_challenge": CHALLENGE, "code_challenge_method": "S256",
    } | changes  # fmt: skip
    return client.get("/identity/o/authorize", {key: value for key, value in query.items() if value})


def code_in(answer: Any) -> str:
    assert answer.status_code == 302, answer.content.decode()
    return parse_qs(urlsplit(answer["Location"]).query)["code"][0]


def exchange(system: Registered, code: str, **changes: str) -> Any:
    data = {
        "grant_type": "authorization_code", "code": code, "redirect_uri": BACK, "client_id": system.client_id,
        "client_secret": system.secret, "code_verifier": VERIFIER,
    } | changes  # fmt: skip
    return Client().post("/identity/o/token", {key: value for key, value in data.items() if value})


def tokens(system: Registered, client: Client, **changes: str) -> dict[str, Any]:
    answer = exchange(system, code_in(ask(client, system, **changes)))
    assert answer.status_code == 200, answer.content
    found: dict[str, Any] = answer.json()
    return found


def read(id_token: str, system: Registered) -> dict[str, Any]:
    """As any library does it: the key from the published set, then everything checked."""
    keys = jwt.PyJWKSet.from_dict(Client().get("/.well-known/jwks.json").json())
    key = next(one for one in keys.keys if one.key_id == jwt.get_unverified_header(id_token)["kid"])
    return jwt.decode(id_token, key.key, algorithms=["RS256"], audience=system.client_id, issuer=ISSUER)
