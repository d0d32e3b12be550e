"""«Bàn làm việc»: the four numbers, and the work behind them."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from tinhso.kernel.access.api import allow
from tinhso.kernel.access.web import ActorRequest, guarded
from tinhso.kernel.ui.registry import desk_panels
from tinhso.modules.dossiers.queries.desk import desk_of


@never_cache
@require_GET
@guarded("dossiers.desk")
def desk(request: ActorRequest) -> HttpResponse:
    """What waits for this officer, and the panels that other modules hang in."""
    panels = [
        {"title": panel.title, "template": panel.template, **content}
        for panel in desk_panels()
        if allow(request.actor, panel.permission) and (content := panel.load(request.actor, request.now))
    ]
    found = desk_of(request.actor, now=request.now)
    roles = request.actor.roles()
    context = {
        "desk": found,
        "panels": panels,
        "desk_roles": roles,
        "pool_title": "Chờ tôi duyệt" if roles == {"leader"} else "Chờ nhận xử lý",
    }
    return render(request, "dossiers/officer/desk.html", context)
