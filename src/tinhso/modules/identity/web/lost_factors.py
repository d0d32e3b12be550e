"""The page of lost second factors: asked for by the staff office, decided by the rights office."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from tinhso.kernel.access.api import allow
from tinhso.kernel.access.web import ActorRequest, guarded
from tinhso.modules.identity.services.lost_factors import (
    ASK,
    DECIDE,
    CannotRemoveFactor,
    ask_factor_removal,
    decide_factor_removal,
    removals,
)


def _page(request: ActorRequest, errors: dict[str, str], *, asked: bool = False, number: int = 0) -> HttpResponse:
    typed = request.POST
    context = {
        "rows": removals(actor=request.actor, now=request.now),
        "may_ask": bool(allow(request.actor, ASK)),
        "typed": typed if asked else {"username": request.GET.get("user", "")[:150]},
        "errors": errors if asked else {},
        "wrong": number,
        "wrong_reason": "" if asked else errors.get("reason", ""),
        "typed_reason": "" if asked else typed.get("reason", ""),
        "summary": [(f"reason-{number}" if name == "reason" else name, text) for name, text in errors.items()],
    }
    return render(request, "identity/lost_factors.html", context, status=422 if errors else 200)


@never_cache
@require_GET
@guarded("identity.factor_removals")
def listing(request: ActorRequest) -> HttpResponse:
    """Who waits for a decision, and what was decided."""
    return _page(request, {})


@never_cache
@require_POST
@guarded(ASK)
def ask(request: ActorRequest) -> HttpResponse:
    try:
        ask_factor_removal(
            username=request.POST.get("username", ""), ground=request.POST.get("ground", ""), actor=request.actor,
            now=request.now,
        )  # fmt: skip
    except CannotRemoveFactor as reason:
        return _page(request, {reason.field or "username": str(reason)}, asked=True)
    messages.success(request, "Đã gửi đề nghị. Chủ tài khoản được báo; người quản lý vai trò quyết định.")
    return redirect("identity:lost_factors")


@never_cache
@require_POST
@guarded(DECIDE)
def decide(request: ActorRequest, removal_id: int) -> HttpResponse:
    remove = request.POST.get("decision") == "remove"
    try:
        row = decide_factor_removal(
            removal_id=removal_id, remove=remove, reason=request.POST.get("reason", ""), actor=request.actor,
            now=request.now,
        )  # fmt: skip
    except CannotRemoveFactor as reason:
        return _page(request, {reason.field or "": str(reason)}, number=removal_id)
    messages.success(
        request,
        f"Đã gỡ xác thực hai lớp của {row.user.full_name}; mọi phiên đăng nhập của người này đã kết thúc."
        if remove
        else "Đã ghi nhận không gỡ.",
    )
    return redirect("identity:lost_factors")
