"""«Ai đã xem hồ sơ này»: told to the person whom it is about."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from tinhso.kernel.access.web import ActorRequest, guarded
from tinhso.modules.dossiers.queries.seeing import looks_at
from tinhso.modules.dossiers.web.citizen.tracking import refuse, see


@never_cache
@require_GET
@guarded("dossiers.track")
def visits(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """Which agencies looked, as what and when; officers' names stay inside."""
    seen = see(request, public_id)
    if seen is None:
        return refuse(request)
    context = {"view": seen.view, "looks": looks_at(seen.view.ref)}
    return render(request, "dossiers/citizen/visits.html", context)
