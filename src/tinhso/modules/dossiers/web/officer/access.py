"""Who may see a dossier and why; opening one in an emergency, and looking at that afterwards."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tinhso.kernel.access.web import ActorRequest, guarded
from tinhso.modules.dossiers.queries.reading import DossierNotFound, dossier_view
from tinhso.modules.dossiers.queries.seeing import emergencies, who_may_see
from tinhso.modules.dossiers.services.emergency import CannotOpen, break_glass, require_open, review
from tinhso.modules.dossiers.web.citizen.story import TONES
from tinhso.modules.dossiers.web.officer.page import open_dossier, tabs


@never_cache
@require_GET
@guarded("dossiers.view")
def who_sees(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """«Ai xem được hồ sơ này, vì sao»: people by organisation with the grant behind each."""
    view = open_dossier(request, public_id)
    context = {
        "view": view,
        "tone": TONES[view.state],
        "tabs": tabs(view, "who_sees"),
        "eyes": who_may_see(view, now=request.now),
    }
    return render(request, "dossiers/officer/who_sees.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@guarded("dossiers.break_glass")
def emergency(request: ActorRequest) -> HttpResponse:
    """Code and ground; what follows is said before."""
    code = request.POST.get("code", "").strip()[:60]
    ground = request.POST.get("ground", "")[:500]
    error = ""
    if request.method == "POST":
        try:
            public_id = break_glass(code=code, ground=ground, actor=request.actor, now=request.now)
        except CannotOpen as reason:
            error = str(reason)
        else:
            return redirect("dossiers:emergency_dossier", public_id=public_id)
    context = {"code": code, "ground": ground, "errors": [("code", error)] if error else [], "error": error}
    return render(request, "dossiers/officer/emergency.html", context, status=422 if error else 200)


@never_cache
@require_GET
@guarded("dossiers.break_glass")
def emergency_dossier(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """The dossier to read, for as long as the emergency lasts: who, what, where it stands. No paper, no action."""
    try:
        view = dossier_view(public_id)
    except DossierNotFound:
        raise Http404 from None
    running = require_open(dossier_id=view.id, actor=request.actor, now=request.now)
    context = {"view": view, "tone": TONES[view.state], "running": running}
    return render(request, "dossiers/officer/emergency_dossier.html", context)


@never_cache
@require_GET
@guarded("dossiers.review_emergencies")
def emergency_log(request: ActorRequest) -> HttpResponse:
    """What was opened in an emergency; what nobody has looked at yet comes by itself."""
    shown = "all" if request.GET.get("view") == "all" else "waiting"
    address = reverse("dossiers:emergency_log")
    context = {
        "rows": emergencies(request.actor, waiting=shown == "waiting"),
        "view_name": shown,
        "tabs": [
            {"title": title, "url": f"{address}?view={key}", "current": key == shown}
            for key, title in (("waiting", "Chờ xem xét"), ("all", "Tất cả"))
        ],
    }
    return render(request, "dossiers/officer/emergency_log.html", context)


@require_POST
@guarded("dossiers.review_emergencies")
def emergency_review(request: ActorRequest, access_id: int) -> HttpResponse:
    if access_id not in {row.pk for row in emergencies(request.actor, waiting=True)}:
        raise Http404("Không có lượt mở này.")
    try:
        review(access_id=access_id, note=request.POST.get("note", ""), actor=request.actor, now=request.now)
    except CannotOpen as reason:
        messages.error(request, str(reason))
    else:
        messages.success(request, "Đã ghi nhận việc xem xét.")
    return redirect("dossiers:emergency_log")
