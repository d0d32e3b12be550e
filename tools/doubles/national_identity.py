"""A stand-in for the national electronic identity (in the manner of VNeID): an OpenID Connect provider with discovery,
code flow and PKCE, keys, signed identity tokens with the level of assurance, and a page to choose an invented person.

python tools/doubles/national_identity.py --port 8961

POST /control with JSON, any of:
  {"delay": 2.5}   answers late (seconds)
  {"down": true}   answers 503
  {"lie": "…"}     one of LIES: what is wrong in the next answers; "" tells the truth again
  {"rename": {"038192000001": "Nguyễn Thị Hà"}}   a person bears another name from now on
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import hashlib
import html
import json
import secrets
import threading
import time
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

LIES = (
    "issuer", "audience", "nonce", "expired", "early", "signature", "alg_none", "hmac", "no_acr", "low_acr", "kid",
    "other_userinfo", "no_number", "sub", "no_token", "garbage", "discovery_issuer", "authorized_party",
)  # fmt: skip
LEVELS = {1: "muc-1", 2: "muc-2"}
CODE_LIVES = 60.0


@dataclass(frozen=True)
class Account:
    """A person's account, or an organisation's account used by a person."""

    number: str
    name: str
    birth: str
    phone: str
    address: str
    level: int = 2
    organisation: str = ""
    organisation_name: str = ""

    @property
    def key(self) -> str:
        return f"{self.number}-{self.organisation}" if self.organisation else self.number

    @property
    def sub(self) -> str:
        """Opaque, the same for one person whichever of their accounts they use."""
        return hashlib.sha256(f"vneid-double:{self.number}".encode()).hexdigest()[:32]


_HA = ("038192000001", "Nguyễn Thị Thu Hà", "1992-05-14", "0912000001")
_NAM = ("038085000002", "Trịnh Văn Nam", "1985-09-02", "0912000002")
ACCOUNTS = (
    Account(*_HA, "Số 12 đường Lê Lợi, phường Hạc Thành, tỉnh Thanh Hóa"),
    Account(*_NAM, "Thôn 3, xã Hoằng Hóa, tỉnh Thanh Hóa"),
    Account("038179004411", "Lê Thị Hồng Nhung", "1979-11-20", "0912000011", "Thôn Đông, xã Nga Sơn, tỉnh Thanh Hóa"),
    Account("038201004412", "Phạm Quang Huy", "2001-02-28", "0912000012", "Số 8 phố Mới, phường Sầm Sơn, tỉnh Thanh Hóa"),
    Account("038068004413", "Hà Văn Chiến", "1968-07-27", "0912000013", "Bản Lát, xã Mường Lát, tỉnh Thanh Hóa", 1),
    Account("038195004414", "Vũ Ngọc Ánh", "1995-12-31", "0912000014", "Số 3 đường Trần Phú, phường Bỉm Sơn, tỉnh Thanh Hóa"),
    Account(*_NAM, "Thôn 3, xã Hoằng Hóa, tỉnh Thanh Hóa", 2, "2801234567", "Công ty TNHH Mây tre Hoằng Hóa"),
    Account("038179004411", "Lê Thị Hồng Nhung", "1979-11-20", "0912000011", "Thôn Đông, xã Nga Sơn, tỉnh Thanh Hóa", 2,
            "2809876543", "Hợp tác xã Chiếu cói Nga Sơn"),
)  # fmt: skip


@dataclass
class Behaviour:
    delay: float = 0.0
    down: bool = False
    lie: str = ""
    rename: dict[str, str] = field(default_factory=dict)


@dataclass
class Issued:
    """A code, then an access token: who, asked by what."""

    account: Account
    level: int
    asked: dict[str, str]
    at: float


@cache
def _key(name: str) -> Any:
    """One of each per process: making them takes a while."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@dataclass
class Provider:
    client_id: str = "tinhso"
    secret: str = "vneid-double-secret"
    issuer: str = ""
    behaviour: Behaviour = field(default_factory=Behaviour)
    codes: dict[str, Issued] = field(default_factory=dict)
    tokens: dict[str, Issued] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    key: Any = field(default_factory=lambda: _key("own"), repr=False)
    forged_key: Any = field(default_factory=lambda: _key("forged"), repr=False)

    def discovery(self) -> dict[str, Any]:
        issuer = "https://dinhdanh.example" if self.behaviour.lie == "discovery_issuer" else self.issuer
        return {
            "issuer": issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "jwks_uri": f"{self.issuer}/jwks",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            "acr_values_supported": list(LEVELS.values()),
            "scopes_supported": ["openid", "profile", "phone", "address", "identity_number", "organisation"],
        }

    @property
    def kid(self) -> str:
        """Of this very key: each start has another."""
        return hashlib.sha256(str(self.key.public_key().public_numbers().n).encode()).hexdigest()[:16]

    def keys(self) -> dict[str, Any]:
        found = jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
        return {"keys": [{**found, "kid": self.kid, "use": "sig", "alg": "RS256"}]}

    # The person's side

    def authorize(self, query: dict[str, str]) -> tuple[int, str, str]:
        """Status, body, where to. What the system asked wrongly is told here, never sent to an address not known."""
        wrong = self._wrong(query)
        if wrong:
            return 400, page("Yêu cầu không hợp lệ", f"<p>{html.escape(wrong)}</p>"), ""
        return 200, self._chooser(query), ""

    def _wrong(self, query: dict[str, str]) -> str:
        back = urlsplit(query.get("redirect_uri", ""))
        if query.get("client_id") != self.client_id:
            return "client_id không đúng"
        if back.hostname not in ("127.0.0.1", "localhost", "testserver") or not back.path.endswith(
            "/identity/national/back/"
        ):
            return "redirect_uri chưa đăng ký"
        if query.get("response_type") != "code" or "openid" not in query.get("scope", "").split():
            return "response_type hoặc scope không đúng"
        if query.get("code_challenge_method") != "S256" or not query.get("code_challenge"):
            return "thiếu PKCE"
        return ""

    def _chooser(self, query: dict[str, str]) -> str:
        kept = f'<input type="hidden" name="asked" value="{html.escape(json.dumps(query))}">'
        wanted = query.get("acr_values", "")
        rows = []
        for one in ACCOUNTS:
            levels = [n for n in (1, 2) if n <= one.level and not (wanted == LEVELS[2] and n == 1 and one.level == 2)]
            buttons = " ".join(
                f'<button name="choice" value="{one.key}:{n}">Đăng nhập mức {n}</button>' for n in levels
            )
            who = (
                f"{one.organisation_name} (mã số {one.organisation}), người dùng {one.name}"
                if one.organisation
                else one.name
            )
            rows.append(f"<li><b>{html.escape(who)}</b><br>{one.number}, sinh {one.birth}<br>{buttons}</li>")
        asks = "<p>Dịch vụ này yêu cầu mức 2.</p>" if wanted == LEVELS[2] else ""
        return page(
            "Định danh điện tử (bản thử)",
            f"<p>Chương trình thay thế VNeID để dùng thử; mọi người ở đây đều là hư cấu. Chọn một người:</p>{asks}"
            f'<form method="post" action="/choose">{kept}<ul>{"".join(rows)}</ul>'
            '<button name="choice" value="cancel">Từ chối, quay lại</button></form>',
        )

    def choose(self, form: dict[str, str]) -> tuple[int, str, str]:
        query = json.loads(form["asked"])
        wrong = self._wrong(query)
        if wrong:
            return 400, page("Yêu cầu không hợp lệ", html.escape(wrong)), ""
        answer = {"state": query.get("state", ""), "iss": self.issuer}
        if form["choice"] == "cancel":
            answer["error"] = "access_denied"
        else:
            key, _, level = form["choice"].partition(":")
            account = next(one for one in ACCOUNTS if one.key == key)
            code = secrets.token_urlsafe(24)
            with self.lock:
                self.codes[code] = Issued(account, min(int(level), account.level), query, time.time())
            answer["code"] = code
        return 302, "", f"{query['redirect_uri']}?{urlencode(answer)}"

    # The system's side

    def token(self, form: dict[str, str], authorization: str) -> tuple[int, Any]:
        name, secret = form.get("client_id", ""), form.get("client_secret", "")
        if authorization.startswith("Basic "):
            name, _, secret = base64.b64decode(authorization[6:]).decode().partition(":")
        if (name, secret) != (self.client_id, self.secret):
            return 401, {"error": "invalid_client"}
        with self.lock:
            issued = self.codes.pop(form.get("code", ""), None)
        proof = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest()).rstrip(b"=")
        if (
            issued is None
            or time.time() - issued.at > CODE_LIVES
            or issued.asked["redirect_uri"] != form.get("redirect_uri")
            or issued.asked["code_challenge"] != proof.decode()
        ):
            return 400, {"error": "invalid_grant"}
        access = secrets.token_urlsafe(24)
        self.tokens[access] = issued
        answer = {"access_token": access, "token_type": "Bearer", "expires_in": 300}
        return 200, answer if self.behaviour.lie == "no_token" else {**answer, "id_token": self._identity(issued)}

    def _identity(self, issued: Issued) -> str:
        lie, moment = self.behaviour.lie, int(time.time())
        claims: dict[str, Any] = {
            "iss": "https://ke-gian.example" if lie == "issuer" else self.issuer,
            "sub": _changed(issued) if lie == "sub" else issued.account.sub,
            "aud": "he-thong-khac" if lie == "audience" else self.client_id,
            "iat": moment,
            "exp": moment - 3600 if lie == "expired" else moment + 300,
            "auth_time": moment,
            "nonce": "khac" if lie == "nonce" else issued.asked.get("nonce", ""),
            "acr": LEVELS[1] if lie == "low_acr" else LEVELS[issued.level],
        }
        if lie == "early":
            claims["nbf"] = claims["iat"] = moment + 3600
        if lie == "no_acr":
            del claims["acr"]
        if lie == "authorized_party":
            claims |= {"aud": [self.client_id, "he-thong-khac"], "azp": "he-thong-khac"}
        if lie == "alg_none":
            return jwt.encode(claims, None, "none", headers={"kid": self.kid})
        if lie == "hmac":
            return jwt.encode(claims, "x" * 32, "HS256", headers={"kid": self.kid})
        key = self.forged_key if lie == "signature" else self.key
        return jwt.encode(claims, key, "RS256", headers={"kid": "unknown" if lie == "kid" else self.kid})

    def userinfo(self, authorization: str) -> tuple[int, Any]:
        issued = self.tokens.get(authorization.removeprefix("Bearer "))
        if issued is None:
            return 401, {"error": "invalid_token"}
        account = issued.account
        if self.behaviour.lie == "other_userinfo":
            account = next(one for one in ACCOUNTS if one.number != account.number)
        found: dict[str, Any] = {
            "sub": account.sub,
            "account_type": "organisation" if account.organisation else "person",
            "identity_number": account.number,
            "name": self.behaviour.rename.get(account.number, account.name),
            "birthdate": account.birth,
            "phone_number": account.phone,
            "address": {"formatted": account.address},
        }
        if account.organisation:
            found["organisation"] = {
                "identifier": account.organisation,
                "name": account.organisation_name,
                "role": "legal_representative",
            }
        if self.behaviour.lie == "no_number":
            del found["identity_number"]
        if self.behaviour.lie == "sub":
            # The same person under another name of theirs: both answers say so.
            found["sub"] = _changed(issued)
        return 200, found


def _changed(issued: Issued) -> str:
    return issued.asked.setdefault("_sub", secrets.token_hex(16))


def page(title: str, body: str) -> str:
    return (
        '<!doctype html><html lang="vi"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{title}</title><style>body{{font:16px/1.6 sans-serif;max-width:40rem;margin:1rem auto;padding:0 1rem}}"
        "li{margin:0 0 1rem}button{min-height:44px;padding:0 1rem}</style></head>"
        f"<body><main><h1>{title}</h1>{body}</main></body></html>"
    )


def serve(provider: Provider, port: int) -> ThreadingHTTPServer:
    """A server of the provider on 127.0.0.1; port 0 takes a free one. The caller runs `serve_forever`."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path, query = urlsplit(self.path).path, dict(parse_qsl(urlsplit(self.path).query))
            if not self._awake():
                return
            if path == "/.well-known/openid-configuration":
                self._json(200, provider.discovery())
            elif path == "/jwks":
                self._json(200, provider.keys())
            elif path == "/userinfo":
                self._json(*provider.userinfo(self.headers.get("Authorization", "")))
            elif path == "/authorize":
                provider.asked.append(self.path)
                self._html(*provider.authorize(query))
            else:
                self._html(
                    200, page("Định danh điện tử (bản thử)", f"<p>{html.escape(str(provider.behaviour))}</p>"), ""
                )

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            if self.path == "/control":
                known = provider.behaviour.__dict__
                known.update({name: value for name, value in json.loads(raw).items() if name in known})
                self._json(200, known)
                return
            if not self._awake():
                return
            form = dict(parse_qsl(raw, keep_blank_values=True))
            if self.path == "/token":
                self._json(*provider.token(form, self.headers.get("Authorization", "")))
            elif self.path == "/choose":
                self._html(*provider.choose(form))
            else:
                self._json(404, {})

        def _awake(self) -> bool:
            time.sleep(provider.behaviour.delay)
            if provider.behaviour.down:
                self._html(503, "<h1>Service Unavailable</h1>", "")
            elif provider.behaviour.lie == "garbage" and urlsplit(self.path).path not in ("/authorize", "/choose"):
                self._html(200, "<html>OK</html>", "")
            else:
                return True
            return False

        def _json(self, status: int, content: Any) -> None:
            self._say(status, json.dumps(content).encode(), {"Content-Type": "application/json"})

        def _html(self, status: int, body: str, location: str) -> None:
            headers = {"Content-Type": "text/html; charset=utf-8"}
            self._say(status, body.encode(), {**headers, "Location": location} if location else headers)

        def _say(self, status: int, body: bytes, headers: dict[str, str]) -> None:
            with contextlib.suppress(OSError):  # who asked may have given up
                self.send_response(status)
                for name, value in {**headers, "Cache-Control": "no-store", "Content-Length": str(len(body))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    provider.issuer = provider.issuer or f"http://127.0.0.1:{server.server_address[1]}"
    return server


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="National electronic identity (double)")
    parser.add_argument("--port", type=int, default=8961)
    parser.add_argument("--client-id", default="tinhso")
    parser.add_argument("--client-secret", default="vneid-double-secret")
    args = parser.parse_args()
    running = serve(Provider(client_id=args.client_id, secret=args.client_secret), args.port)
    print(f"Định danh điện tử (bản thử): http://127.0.0.1:{args.port}/", flush=True)
    try:
        running.serve_forever()
    except KeyboardInterrupt:
        running.server_close()
