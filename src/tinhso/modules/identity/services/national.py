"""tinhso as relying party of the national electronic identity: what is asked of it, and what of its answers is believed.

State, PKCE and the session are the library's (allauth), the signature PyJWT's. Here stand the checks that allauth's own
relying party leaves out: the issuer of the discovery document, the signature, `nonce`, `azp`, `acr`, and that userinfo
speaks of the same person.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import jwt
import requests
from django.conf import settings
from django.core.cache import cache

from tinhso.modules.identity.rules import BadToken, NationalClaims, read_claims

ALGORITHMS = ("RS256", "PS256", "ES256")
SCOPE = "openid profile phone address identity_number organisation"
# How long its addresses and keys are remembered (seconds). An unknown key is asked for at once.
REMEMBERED = 300
LEEWAY = 60
TIMEOUT = 5
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri")


class NotReachable(RuntimeError):
    """The national identity does not answer, or not as itself. Nothing was changed."""


@dataclass(frozen=True)
class Way:
    """Where it stands and what it is told of us."""

    endpoints: Mapping[str, str]
    callback: str


def connected() -> bool:
    """Is there a national identity to sign in by?"""
    return bool(settings.NATIONAL_IDENTITY["issuer"])


def way(callback: str, *, fresh: bool = False) -> Way:
    """Its addresses, from its own description. `fresh`: asked for now, so that nobody is led to a provider that is down.
    Raises `NotReachable`."""
    issuer = settings.NATIONAL_IDENTITY["issuer"]
    kept = None if fresh else cache.get(f"identity.national|{issuer}")
    if kept is None:
        told = _get_json(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
        if told.get("issuer") != issuer:
            raise NotReachable("another issuer")
        kept = {name: str(told.get(name) or "") for name in ENDPOINTS}
        for address in kept.values():
            parts = urlsplit(address)
            if parts.scheme != "https" and parts.hostname not in ("127.0.0.1", "localhost"):
                raise NotReachable("an endpoint without TLS")
        cache.set(f"identity.national|{issuer}", kept, REMEMBERED)
    return Way(kept, callback)


def _get_json(address: str, **headers: str) -> Mapping[str, Any]:
    try:
        answer = requests.get(address, headers=headers, timeout=TIMEOUT, allow_redirects=False)
        answer.raise_for_status()
        found = answer.json()
    except requests.RequestException as error:
        raise NotReachable(type(error).__name__) from error
    if answer.status_code != 200 or not isinstance(found, dict):
        raise NotReachable("no answer to read")
    return found


def ask(where: Way, *, state: str, nonce: str, level: int, again: bool, proof: Mapping[str, Any]) -> str:
    """The address to lead the person to. `level`: the least level of assurance; `again`: whoever is there shows anew
    who they are."""
    wanted = [acr for acr, one in settings.NATIONAL_IDENTITY["levels"].items() if one >= level]
    asked: dict[str, Any] = {
        "client_id": settings.NATIONAL_IDENTITY["client_id"],
        "redirect_uri": where.callback,
        "response_type": "code",
        "scope": SCOPE,
        "state": state,
        "nonce": nonce,
        "acr_values": " ".join(wanted),
        "ui_locales": "vi",
        **proof,
    }
    if again:
        asked |= {"prompt": "login", "max_age": "0"}
    address = where.endpoints["authorization_endpoint"]
    return f"{address}{'&' if '?' in address else '?'}{urlencode(asked)}"


def answer(where: Way, *, code: str, nonce: str, verifier: str, level: int) -> NationalClaims:
    """Exchange the code and believe the answer, or not. Raises `NotReachable` and `BadToken`."""
    told = _exchange(where, code, verifier)
    if not isinstance(told.get("id_token"), str) or not isinstance(told.get("access_token"), str):
        raise BadToken("Câu trả lời không có chứng nhận danh tính.")
    token = _verified(told["id_token"], where, nonce)
    info = _get_json(where.endpoints["userinfo_endpoint"], Authorization=f"Bearer {told['access_token']}")
    claims = read_claims(token, info, levels=settings.NATIONAL_IDENTITY["levels"])
    if claims.level < level:
        raise BadToken(f"Việc này cần định danh mức {level}, nhưng lần đăng nhập vừa rồi chỉ đạt mức {claims.level}.")
    return claims


def _exchange(where: Way, code: str, verifier: str) -> Mapping[str, Any]:
    ours = settings.NATIONAL_IDENTITY
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": where.callback, "code_verifier": verifier}
    try:
        answer = requests.post(
            where.endpoints["token_endpoint"], form, auth=(quote(ours["client_id"]), quote(ours["client_secret"])),
            timeout=TIMEOUT, allow_redirects=False,
        )  # fmt: skip
        if answer.status_code in (400, 401, 403):
            raise BadToken("Mã đăng nhập không được chấp nhận, có thể vì đã dùng rồi hoặc để quá lâu.")
        answer.raise_for_status()
        found = answer.json()
    except requests.RequestException as error:
        raise NotReachable(type(error).__name__) from error
    if not isinstance(found, dict):
        raise NotReachable("no answer to read")
    return found


def _verified(text: str, where: Way, nonce: str) -> Mapping[str, Any]:
    issuer, client_id = settings.NATIONAL_IDENTITY["issuer"], settings.NATIONAL_IDENTITY["client_id"]
    try:
        header = jwt.get_unverified_header(text)
        algorithm = header.get("alg")
        if algorithm not in ALGORITHMS:
            raise BadToken("Chứng nhận danh tính không được ký theo cách chấp nhận được.")
        key = _key(str(header.get("kid", "")), str(algorithm), where)
        claims: Mapping[str, Any] = jwt.decode(
            text, key, algorithms=[str(algorithm)], issuer=issuer, audience=client_id, leeway=LEEWAY,
            options={"require": ["exp", "iat", "iss", "aud", "sub"]},
        )  # fmt: skip
    except jwt.ExpiredSignatureError as error:
        raise BadToken("Chứng nhận danh tính đã hết hạn.") from error
    except jwt.InvalidIssuerError as error:
        raise BadToken("Chứng nhận danh tính do nơi khác cấp.") from error
    except jwt.InvalidAudienceError as error:
        raise BadToken("Chứng nhận danh tính cấp cho hệ thống khác.") from error
    except (jwt.PyJWTError, ValueError, TypeError) as error:
        if isinstance(error, BadToken):
            raise
        raise BadToken("Chữ ký của chứng nhận danh tính không đúng.") from error
    if claims.get("azp", client_id) != client_id:
        raise BadToken("Chứng nhận danh tính cấp cho hệ thống khác.")
    if not nonce or claims.get("nonce") != nonce:
        raise BadToken("Chứng nhận danh tính không phải của lần đăng nhập này.")
    return claims


def _key(kid: str, algorithm: str, where: Way) -> Any:
    """The key that signed. Keys are rotated: one not known yet is asked for once."""
    name = f"identity.national.keys|{where.endpoints['jwks_uri']}"
    for fresh in (False, True):
        kept = None if fresh else cache.get(name)
        if kept is None:
            kept = _get_json(where.endpoints["jwks_uri"]).get("keys") or []
            cache.set(name, kept, REMEMBERED)
        for one in kept:
            if isinstance(one, dict) and one.get("kid") == kid and one.get("use", "sig") == "sig":
                return jwt.get_algorithm_by_name(algorithm).from_jwk(json.dumps(one))
    raise BadToken("Chứng nhận danh tính ký bằng khóa không rõ nguồn gốc.")
