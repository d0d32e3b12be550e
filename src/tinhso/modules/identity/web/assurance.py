"""How sure it is who sits there: the level of the national identity that a session was begun or raised with."""

from __future__ import annotations

from typing import Any

from allauth.account.internal.flows.login import get_authentication_records
from django.http.response import HttpResponseBase
from django.shortcuts import render

from tinhso.kernel.access.web import ACTING_FOR
from tinhso.modules.identity.queries import person
from tinhso.modules.identity.rules import Proof
from tinhso.modules.identity.services.national import connected

LEVEL = "national_level"
# Between the proof and the session: the second factor may stand between.
PENDING = "national_pending"


def settle(request: Any, user: Any) -> None:
    """The session has begun: with the level that was just proven for this account, or with none."""
    pending = request.session.pop(PENDING, None)
    if pending and pending["user"] == user.pk:
        request.session[LEVEL] = pending["level"]
        if pending.get("mandate"):
            request.session[ACTING_FOR] = pending["mandate"]
    else:
        request.session.pop(LEVEL, None)


def level_of(request: Any) -> int:
    """0: not signed in by the national identity."""
    return int(request.session.get(LEVEL, 0))


def enough(request: Any, level: int) -> bool:
    """Whose record the national identity vouches for shows it at that level, or has a second factor. Who was proven at
    the counter, or not at all, is not asked: what such an account may see, the modules decide. At most two queries."""
    if request.actor.kind != "citizen" or level_of(request) >= level or not connected():
        return True
    known = person(request.actor.user_id)
    if known is None or known.proof != Proof.NATIONAL:
        return True
    second = any(one.get("method") == "mfa" for one in get_authentication_records(request, request.user))
    return second and known.national_level >= level


def ask(request: Any, level: int) -> HttpResponseBase:
    """The page that asks for a higher level and leads back here."""
    context = {"level": level, "had": level_of(request), "following": request.get_full_path()}
    return render(request, "identity/assurance.html", context)
