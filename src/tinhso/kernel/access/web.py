"""How a web request becomes an actor, and how a view says which permission guards it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property, wraps
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

from tinhso.kernel.access.api import (
    NOBODY,
    Actor,
    Refused,
    actor_of,
    permissions,
    require,
    rights_contacts,
    roles,
)
from tinhso.kernel.access.models import User
from tinhso.kernel.clock import VIETNAM, now

# Where the session keeps whose absence the officer is filling just now.
ACTING_FOR = "acting_for"
MANDATE_ENDED = (
    "Ủy quyền mà bạn đang dùng vừa hết hiệu lực. Từ bây giờ bạn làm việc của chính mình; việc vừa bấm chưa được ghi."
)
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def local_day(moment: datetime) -> date:
    """The day in Vietnam: rights begin and end with it."""
    return moment.astimezone(VIETNAM).date()


class ActorRequest(HttpRequest):
    """A request as our views see it: `actor` and `now` are there. Only a type; the middleware fills it."""

    @cached_property
    def actor(self) -> Actor:
        raise NotImplementedError

    @cached_property
    def now(self) -> datetime:
        raise NotImplementedError


class _LazyActor:
    def __get__(self, request: Any, owner: type) -> Actor:
        user = request.user
        if isinstance(user, User):
            session = getattr(request, "session", None)
            acting_for = session and session.get(ACTING_FOR)
            actor = actor_of(user, on=local_day(request.now), acting_for=acting_for)
            if acting_for is not None and actor.kind == "citizen" and actor.mandate is None:
                # Ended since the last request: said at once, and this request changes nothing in one's own name.
                request.session.pop(ACTING_FOR, None)
                request.mandate_ended = True
        else:
            actor = NOBODY
        request.__dict__["actor"] = actor
        return actor


class ActorMiddleware:
    """Sets `request.now` and a lazy `request.actor`; turns `Refused` into a 403 page that says why."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.now = now()  # type: ignore[attr-defined]
        cls = request.__class__
        if "actor" not in cls.__dict__:
            cls.actor = _LazyActor()  # type: ignore[attr-defined]
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, Refused):
            wanted = permissions().get(exception.permission)
            actor: Actor = request.actor  # type: ignore[attr-defined]
            context = {
                "reason": str(exception),
                "wanted": wanted,
                "wanted_roles": sorted(roles()[name] for name in wanted.roles) if wanted else [],
                "ask": rights_contacts(actor, on=local_day(request.now)) if actor.kind == "officer" else [],  # type: ignore[attr-defined]
            }
            return render(request, "ui/refused.html", context, status=403)
        return None


View = Callable[..., HttpResponseBase]


@dataclass(frozen=True)
class StepUp:
    """How a person proves again that it is they who sit there. `proven`: lately enough, or by what this request brings;
    `ask`: the page that asks, with all that was typed, and leads on to the same address."""

    proven: Callable[[HttpRequest], bool]
    ask: Callable[[HttpRequest], HttpResponseBase]


_step_up: StepUp | None = None


def register_step_up(way: StepUp) -> None:
    """The module of accounts tells how."""
    global _step_up
    _step_up = way


def recently_proven(request: HttpRequest) -> bool:
    """Has the person at this session signed in or proved themselves again within `STEP_UP_MINUTES`?"""
    return settings.STEP_UP_MINUTES is None or (_step_up is not None and _step_up.proven(request))


def ask_proof(request: HttpRequest) -> HttpResponseBase:
    """The page that asks for the proof; nothing was done, what was typed goes on with it."""
    if _step_up is None:
        raise Refused("Chưa có cách xác nhận lại người đang thao tác.")
    return _step_up.ask(request)


@dataclass(frozen=True)
class Assurance:
    """How sure it is that a citizen at a session is who they say. `enough`: for a level; `ask`: the page that asks for it."""

    enough: Callable[[HttpRequest, int], bool]
    ask: Callable[[HttpRequest, int], HttpResponseBase]


_assurance: Assurance | None = None


def register_assurance(way: Assurance) -> None:
    """The module of accounts tells how."""
    global _assurance
    _assurance = way


def assured(request: HttpRequest, level: int) -> bool:
    """Has whoever sits there shown themselves at this level, or need not (`Assurance.enough`)?"""
    return _assurance is None or _assurance.enough(request, level)


def guarded(permission: str) -> Callable[[View], View]:
    """The view's permission: asked before it runs (without an object); the service asks again with the object.

    Nobody who lacks it is sent to log in; somebody who lacks it sees why. A wall test reads `view.permission`.
    A permission with `step_up` wants a recent proof before it changes anything; one with `level` wants the citizen
    to have signed in by the national identity at that level, if by that at all.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def inner(request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
            try:
                require(request.actor, permission)
            except Refused:
                if request.actor.kind == "nobody":
                    return redirect_to_login(request.get_full_path())
                raise
            if getattr(request, "mandate_ended", False):
                if request.method not in SAFE_METHODS:
                    raise Refused(MANDATE_ENDED)
                messages.warning(request, MANDATE_ENDED)
            level = permissions()[permission].level
            if level and _assurance is not None and not _assurance.enough(request, level):
                return _assurance.ask(request, level)
            if (
                request.method not in SAFE_METHODS
                and permissions()[permission].step_up
                and not recently_proven(request)
            ):
                return ask_proof(request)
            return view(request, *args, **kwargs)

        inner.permission = permission  # type: ignore[attr-defined]
        return inner

    return decorate
