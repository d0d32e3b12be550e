"""The rules of sessions: they end when nobody has used them for long, and in any case after a day's work."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth import logout
from django.http.response import HttpResponseBase

from tinhso.kernel.clock import VIETNAM, now
from tinhso.modules.identity.rules import SEEN_EVERY, session_over
from tinhso.modules.identity.services.sessions import note_seen, sign_out
from tinhso.modules.identity.web.browsers import BEGAN, KNOWN_COOKIE, SEEN, keep


class SessionRules:
    """No query but once in `SEEN_EVERY`. A session that is over is closed before the page is asked for."""

    def __init__(self, get_response: Callable[[Any], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> HttpResponseBase:
        over = self._over(request)
        if over:
            messages.info(request, over)
        response = self.get_response(request)
        known = getattr(request, "known_browser", "")
        if known:
            keep(request, response, KNOWN_COOKIE, known)
        return response

    def _over(self, request: Any) -> str:
        session = request.session
        if not session.session_key or BEGAN not in session or not request.user.is_authenticated:
            return ""
        moment = now()
        seen = datetime.fromtimestamp(session.get(SEEN, session[BEGAN]), VIETNAM)
        over = session_over(
            request.user.kind,
            at_counter="counter" in session,
            signed_in_at=datetime.fromtimestamp(session[BEGAN], VIETNAM),
            seen_at=seen,
            now=moment,
        )
        if over:
            sign_out(session_key=session.session_key, now=moment)
            logout(request)
        elif moment - seen > SEEN_EVERY:
            session[SEEN] = moment.timestamp()
            note_seen(session_key=session.session_key, now=moment)
        return over
