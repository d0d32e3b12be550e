"""What a browser carries: that a person has signed in there before, and that it is a shared computer of a counter."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.core.signing import BadSignature
from django.http.response import HttpResponseBase
from django.utils.crypto import salted_hmac

KNOWN_COOKIE = "known_browser"
COUNTER_COOKIE = "counter_computer"
KNOWN_MOST = 8
KNOWN_FOR = timedelta(days=365)
SIGNED_OUT_PAGES = "signed_out_pages"
BEGAN, SEEN = "signed_in_at", "seen_at"


def _mark(login: str) -> str:
    return salted_hmac("identity.known_browser", login.lower()).hexdigest()[:20]


def _known(request: Any) -> tuple[str, list[str]]:
    """The browser's own number and the marks of those who have signed in there."""
    try:
        number, *marks = request.get_signed_cookie(KNOWN_COOKIE, "").split(".")
    except BadSignature:
        return "", []
    return number, marks


def known_browser(request: Any, login: str) -> str:
    """The browser's number if `login` has signed in there before; "" if not."""
    number, marks = _known(request)
    return number if number and _mark(login) in marks else ""


def begin(request: Any, login: str, now: datetime) -> None:
    """Somebody has signed in: the session's clock starts, and the answer will carry the browser's cookie."""
    request.session[BEGAN] = request.session[SEEN] = now.timestamp()
    number, marks = _known(request)
    others = [mark for mark in marks if mark != _mark(login)]
    request.known_browser = ".".join([number or uuid.uuid4().hex, _mark(login), *others[: KNOWN_MOST - 1]])


def counter_computer(request: Any) -> UUID | None:
    """The number of the shared computer that this browser says it is; whether it still is one, the services know."""
    try:
        return UUID(request.get_signed_cookie(COUNTER_COOKIE))
    except (KeyError, BadSignature, ValueError):
        return None


def settle(request: Any, computer: UUID) -> None:
    """The session is one at a shared computer: its rules are stricter, and it does not outlive the browser."""
    request.session["counter"] = str(computer)
    request.session.set_expiry(0)


def keep(request: Any, response: HttpResponseBase, name: str, value: str) -> None:
    """A signed cookie for a year, not to be read by scripts."""
    response.set_signed_cookie(
        name, value, max_age=int(KNOWN_FOR.total_seconds()), httponly=True, samesite="Lax", secure=request.is_secure()
    )
