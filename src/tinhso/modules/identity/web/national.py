"""Signing in by the national electronic identity: there and back, and two accounts of one person put together."""

from __future__ import annotations

import secrets
import time
from typing import Any

from allauth.account.internal.flows.login import record_authentication
from allauth.account.utils import perform_login
from allauth.socialaccount.internal import statekit
from allauth.socialaccount.providers.oauth2.utils import generate_code_challenge
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache

from tinhso.kernel.access.api import User
from tinhso.kernel.access.web import ACTING_FOR, ActorRequest, guarded
from tinhso.modules.identity.rules import FULL_LEVEL, BadToken, NationalClaims
from tinhso.modules.identity.services import national
from tinhso.modules.identity.services.mandates import represent
from tinhso.modules.identity.services.proving import PROVIDER, CannotComeIn, come_in, put_together
from tinhso.modules.identity.web import assurance

MERGE = "national_merge"
MERGE_SECONDS = 600
# Failed dependency: it is not our server that is in trouble, and watchers of 5xx need not wake anybody.
DOWN = 424


def _following(request: Any) -> str:
    """Where the person wanted to go: only within this site."""
    wanted = str(request.POST.get("next", ""))
    mine = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if mine else ""


def _callback() -> str:
    return settings.PUBLIC_ORIGIN.rstrip("/") + reverse("identity:national_back")


def _problem(request: Any, title: str, reason: str, *, following: str = "", status: int = 400) -> HttpResponse:
    context = {"title": title, "reason": reason, "following": following, "down": status == DOWN}
    return render(request, "identity/national_problem.html", context, status=status)


def _down(request: Any, following: str) -> HttpResponse:
    return _problem(
        request,
        "VNeID đang không trả lời",
        "Hệ thống định danh điện tử quốc gia tạm thời không phản hồi. Dữ liệu của bạn không bị ảnh hưởng.",
        following=following,
        status=DOWN,
    )


@never_cache
@guarded("identity.national")
def begin(request: ActorRequest) -> HttpResponseBase:
    """Lead the person to the national identity; what they were doing waits here."""
    if request.method != "POST" or not national.connected():
        return redirect("account_login")
    following = _following(request)
    try:
        where = national.way(_callback(), fresh=True)
    except national.NotReachable:
        return _down(request, following)
    level = FULL_LEVEL if request.POST.get("level") == str(FULL_LEVEL) else 1
    proof = generate_code_challenge()
    nonce = secrets.token_urlsafe(24)
    state = {
        "nonce": nonce,
        "verifier": proof.pop("code_verifier"),
        "next": following,
        "level": level,
        "tab": bool(request.POST.get("tab")),
        "user": request.actor.user_id,
    }
    state_id = statekit.stash_state(request, provider_id=PROVIDER, state=state, state_id=secrets.token_urlsafe(24))
    proof["code_challenge"] = proof["code_challenge"].decode()
    again = bool(request.POST.get("again"))
    response = HttpResponse(status=302)
    response["Location"] = national.ask(where, state=state_id, nonce=nonce, level=level, again=again, proof=proof)
    return response


@never_cache
@guarded("identity.national")
def back(request: ActorRequest) -> HttpResponseBase:
    """The person comes back with a code. Whatever cannot be believed changes nothing."""
    state_id = request.GET.get("state", "")[:100]
    state = statekit.unstash_state(request, provider_id=PROVIDER, state_id=state_id) if state_id else None
    if state is None or state["user"] != request.actor.user_id:
        return _problem(
            request,
            "Lần đăng nhập này không còn hiệu lực",
            "Có thể trang đã để quá 10 phút, đã dùng rồi, hoặc được mở ở trình duyệt khác. Hãy đăng nhập lại.",
        )
    following = str(state["next"])
    if request.GET.get("error") == "access_denied":
        return _problem(
            request,
            "Bạn đã dừng đăng nhập",
            "VNeID chưa gửi thông tin nào cho chúng tôi.",
            following=following,
            status=200,
        )
    code = request.GET.get("code", "")[:2000]
    try:
        if (
            not code
            or request.GET.get("iss", settings.NATIONAL_IDENTITY["issuer"]) != settings.NATIONAL_IDENTITY["issuer"]
        ):
            raise BadToken("Câu trả lời không đúng của VNeID.")
        where = national.way(_callback())
        claims = national.answer(
            where, code=code, nonce=state["nonce"], verifier=state["verifier"], level=state["level"]
        )
        came = come_in(claims=claims, actor=request.actor, now=request.now)
    except national.NotReachable:
        return _down(request, following)
    except BadToken as refusal:
        return _problem(
            request, "Không đăng nhập được bằng VNeID", f"{refusal} Chưa có gì thay đổi.", following=following
        )
    except CannotComeIn as refusal:
        return _problem(request, "Không mở được tài khoản", str(refusal), following=following, status=403)
    if came.other:
        request.session[MERGE] = {"other": came.user_id, "level": claims.level, "at": time.time(), "next": following}
        return redirect("identity:national_merge")
    user = User.objects.get(pk=came.user_id)
    mandate = represent(claims=claims, user_id=user.pk, now=request.now)
    if request.actor.user_id is None:
        request.session[assurance.PENDING] = {"user": user.pk, "level": claims.level, "mandate": mandate}
        record_authentication(request, user, "socialaccount", provider=PROVIDER)
        return perform_login(request, user, email_verification="none", redirect_url=following or None)  # type: ignore[no-any-return]
    if mandate is not None:
        request.session[ACTING_FOR] = mandate
    return _raised(request, user, claims, state)


def _raised(request: Any, user: Any, claims: NationalClaims, state: Any) -> HttpResponseBase:
    """Who was signed in has shown themselves again, or for the first time by the national identity."""
    request.session[assurance.LEVEL] = claims.level
    record_authentication(request, user, "socialaccount", provider=PROVIDER)
    if state["tab"]:
        return render(request, "identity/national_tab.html")
    messages.success(request, f"Đã xác nhận bằng VNeID, mức {claims.level}.")
    return redirect(state["next"] or "identity:profile")


@never_cache
@guarded("identity.national")
def merge(request: ActorRequest) -> HttpResponseBase:
    """Two accounts of one person: shown side by side, put together when the person says so."""
    asked = request.session.get(MERGE)
    other = User.objects.filter(pk=asked["other"]).first() if asked else None
    if asked is None or other is None or time.time() - asked["at"] > MERGE_SECONDS or request.actor.kind != "citizen":
        request.session.pop(MERGE, None)
        return redirect("home_after_login")
    if request.method != "POST":
        context = {"mine": request.user, "other": other, "enough": asked["level"] >= FULL_LEVEL, "next": asked["next"]}
        return render(request, "identity/national_merge.html", context)
    del request.session[MERGE]
    try:
        put_together(other_id=other.pk, claims_level=asked["level"], actor=request.actor, now=request.now)
    except CannotComeIn as refusal:
        return _problem(request, "Chưa gộp được tài khoản", str(refusal), status=403)
    request.session[assurance.LEVEL] = asked["level"]
    messages.success(request, "Đã gộp hai tài khoản. Hồ sơ, giấy tờ và bản nháp của cả hai nay ở một chỗ.")
    return redirect(asked["next"] or "home_after_login")
