"""«Hồ sơ và khoản nộp không khớp»."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache

from tinhso.kernel.access.api import reach
from tinhso.kernel.access.web import ActorRequest, guarded
from tinhso.modules.dossiers.queries.money import disagreements


@never_cache
@guarded("dossiers.money_check")
def money_check(request: ActorRequest) -> HttpResponse:
    """Listed until they agree: each follows its charge by itself within seconds, or somebody has to look."""
    rows = disagreements(reach(request.actor, "dossiers.money_check"))
    return render(request, "dossiers/officer/money.html", {"rows": rows})
