"""A person's own security page: sessions, second factor; and the shared computers of a counter."""

from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache

from tinhso.kernel.access.api import allow
from tinhso.kernel.access.web import ActorRequest, guarded, local_day
from tinhso.modules.directory import api as directory
from tinhso.modules.identity.models import CounterComputer
from tinhso.modules.identity.services.sessions import (
    CannotRegisterComputer,
    end_own_sessions,
    own_sessions,
    register_computer,
    retire_computer,
)
from tinhso.modules.identity.web.browsers import COUNTER_COOKIE, counter_computer, keep, settle


@never_cache
@guarded("identity.sessions")
def sessions(request: ActorRequest) -> HttpResponse:
    """Where one is signed in; end one, or all others."""
    key = request.session.session_key or ""
    if request.method == "POST":
        chosen = request.POST.get("session", "")
        keys = [int(chosen)] if chosen.isascii() and chosen.isdigit() and len(chosen) < 18 else None
        if keys is None and "others" not in request.POST:
            return redirect("identity:sessions")
        ended = end_own_sessions(keys=keys, session_key=key, actor=request.actor, now=request.now)
        messages.success(request, f"Đã đăng xuất ở {ended} nơi." if ended else "Nơi đó đã đăng xuất từ trước.")
        return redirect("identity:sessions")
    kinds = Authenticator.objects.filter(user_id=request.actor.user_id).values_list("type", flat=True)
    context = {
        "sessions": own_sessions(actor=request.actor, session_key=key),
        "totp": Authenticator.Type.TOTP in kinds,
        "keys": sum(1 for kind in kinds if kind == Authenticator.Type.WEBAUTHN),
        "codes": Authenticator.Type.RECOVERY_CODES in kinds,
        "may_share": request.actor.kind == "officer" and bool(allow(request.actor, "identity.register_computer")),
    }
    return render(request, "identity/sessions.html", context)


@never_cache
@guarded("identity.register_computer")
def counter(request: ActorRequest) -> HttpResponse:
    """Make this browser one of a shared computer, or an ordinary one again."""
    places = directory.appointments_of_user(request.actor.user_id or 0, local_day(request.now))
    offices: dict[int, Any] = {}
    for place in places:
        own = directory.organisation(place.organisation_id)
        centre = directory.centre_of(own.id, on=local_day(request.now))
        for office in (own, centre):
            if office is not None and allow(request.actor, "identity.register_computer", office):
                offices[office.id] = office
    number = counter_computer(request)
    present = (
        CounterComputer.objects.select_related("organisation").filter(pk=number, retired_at__isnull=True).first()
        if number
        else None
    )
    label, error = "", ""
    if request.method == "POST" and "retire" in request.POST and number is not None:
        retire_computer(computer=number, actor=request.actor, now=request.now)
        messages.success(request, "Máy này không còn là máy dùng chung.")
        response = redirect("identity:counter")
        response.delete_cookie(COUNTER_COOKIE)
        return response
    if request.method == "POST" and "label" in request.POST:
        label = request.POST["label"][:200]
        chosen = request.POST.get("office", "")
        office = offices.get(int(chosen)) if chosen.isascii() and chosen.isdigit() and len(chosen) < 18 else None
        try:
            if office is None:
                raise CannotRegisterComputer("Chọn nơi đặt máy trong danh sách.")
            made = register_computer(
                organisation_id=office.id,
                label=label,
                session_key=request.session.session_key or "",
                actor=request.actor,
                now=request.now,
            )
        except CannotRegisterComputer as refusal:
            error = str(refusal)
        else:
            settle(request, made)
            messages.success(request, "Đã đặt trình duyệt này làm máy dùng chung; quy định mới áp dụng từ phiên này.")
            response = redirect("identity:counter")
            keep(request, response, COUNTER_COOKIE, str(made))
            return response
    context = {
        "present": present,
        "offices": [(str(office.id), office.name) for office in offices.values()],
        "label": label,
        "error": error,
        "summary": [("label", error)] if error else [],
    }
    return render(request, "identity/counter.html", context, status=422 if error else 200)
