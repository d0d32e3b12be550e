"""The administrator's pages: systems that sign people in through us."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache

from tinhso.kernel.access.web import ActorRequest, guarded
from tinhso.kernel.clock import VIETNAM
from tinhso.modules.directory import api as directory
from tinhso.modules.identity.models import RelyingSystem
from tinhso.modules.identity.queries import system_page, systems
from tinhso.modules.identity.rules import SCOPES, clean_text
from tinhso.modules.identity.services.systems import (
    CannotRegisterSystem,
    SystemForm,
    register_system,
    renew_secret,
    retire_system,
)


@never_cache
@guarded("identity.manage_systems")
def listing(request: ActorRequest) -> HttpResponse:
    return render(request, "identity/systems.html", {"systems": systems(request.now)})


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.splitlines() if line.strip())


@never_cache
@guarded("identity.manage_systems")
def register(request: ActorRequest) -> HttpResponse:
    """Name, owner, purpose, addresses, what it may be told. The secret is shown once, on the answer."""
    errors: dict[str, str] = {}
    post = request.POST
    if request.method == "POST":
        code = clean_text(post.get("organisation", ""))
        owner = directory.organisation_by_code(code, on=request.now.astimezone(VIETNAM).date()) if code else None
        form = SystemForm(
            name=clean_text(post.get("name", "")),
            organisation_id=owner.id if owner else None,
            audience=post.get("audience", ""),
            purpose=clean_text(post.get("purpose", "")),
            redirect_uris=_lines(post.get("redirect_uris", "")),
            post_logout_uris=_lines(post.get("post_logout_uris", "")),
            backchannel_logout_uri=post.get("backchannel_logout_uri", "").strip(),
            frontchannel_logout_uri=post.get("frontchannel_logout_uri", "").strip(),
            scopes=("openid", *[scope for scope in post.getlist("scopes") if scope != "openid"]),
            public=post.get("public") == "1",
        )
        try:
            made = register_system(form=form, actor=request.actor, now=request.now)
        except CannotRegisterSystem as refusal:
            errors = refusal.errors
            if "organisation" in errors and code:
                errors["organisation"] = f"Không có cơ quan nào mang mã «{code[:40]}». Xem mã ở trang cơ quan."
        else:
            return _with_secret(request, made.system_id, made.secret)
    context: dict[str, object] = {
        "typed": post,
        "errors": errors,
        "summary": list(errors.items()),
        "audiences": list(RelyingSystem.Audience.choices),
        "scopes": [(name, title) for name, title in SCOPES.items() if name != "openid"],
        "chosen_scopes": post.getlist("scopes"),
    }
    return render(request, "identity/system_new.html", context, status=422 if errors else 200)


def _with_secret(request: ActorRequest, system_id: int, secret: str) -> HttpResponse:
    context: dict[str, object] = {"page": system_page(system_id), "secret": secret, "fresh": True, "errors": {}}
    return render(request, "identity/system.html", context)


@never_cache
@guarded("identity.manage_systems")
def show(request: ActorRequest, system_id: int) -> HttpResponse:
    """One system: its addresses, who has signed in lately in numbers, what was not heard; new secret; end."""
    page = system_page(system_id)
    if page is None:
        raise Http404("Không có hệ thống này.")
    errors: dict[str, str] = {}
    if request.method == "POST" and "renew" in request.POST and not page.retired_at and not page.public:
        made = renew_secret(system_id=system_id, actor=request.actor, now=request.now)
        return _with_secret(request, system_id, made.secret)
    if request.method == "POST" and "reason" in request.POST:
        try:
            retire_system(system_id=system_id, reason=request.POST["reason"], actor=request.actor, now=request.now)
        except CannotRegisterSystem as refusal:
            errors = refusal.errors
        else:
            messages.success(request, "Đã thôi kết nối. Mọi phiên và mã truy cập của hệ thống này đã hết hiệu lực.")
            return redirect("identity:system", system_id)
    context = {"page": page, "errors": errors, "summary": list(errors.items())}
    return render(request, "identity/system.html", context, status=422 if errors else 200)
