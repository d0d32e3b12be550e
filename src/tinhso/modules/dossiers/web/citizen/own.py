"""«Hồ sơ của tôi»: drafts to go on with, dossiers sent."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache

from tinhso.kernel.access.api import account_of
from tinhso.kernel.access.web import ActorRequest, guarded, local_day
from tinhso.modules.dossiers.queries.own import dossiers_of, unsent_drafts
from tinhso.modules.dossiers.web.citizen.story import TONES
from tinhso.modules.dossiers.web.citizen.visitor import keys_of
from tinhso.modules.identity import api as identity


@never_cache
@guarded("dossiers.own")
def mine(request: ActorRequest) -> HttpResponse:
    """The newest first; older ones by the page."""
    keys = keys_of(request)
    typed = request.GET.get("before", "")
    before = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 18 else None
    lines, older = dossiers_of(
        request.actor.owner_id or 0,
        before_id=before,
        codes=request.actor.mandate.procedures if request.actor.mandate else (),
    )
    context = {
        "drafts": []
        if before
        else unsent_drafts(user_id=request.actor.owner_id, keys=() if request.actor.mandate else keys),
        "lines": [(line, TONES[line.state]) for line in lines],
        "older": older,
        "later_page": before is not None,
        "held": []
        if request.actor.mandate
        else identity.held_now(account_of(request.actor), on=local_day(request.now)),
    }
    return render(request, "dossiers/citizen/mine.html", context)
