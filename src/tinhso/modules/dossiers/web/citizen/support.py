"""The person sees who helps them from a distance, to what they agreed, and ends it: before the dossier is sent by the code they
got, afterwards on its page."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from tinhso.kernel.access.web import ActorRequest, guarded
from tinhso.modules.dossiers.services.supporting import WrongCode, end_by_code, end_by_person, open_by_code
from tinhso.modules.dossiers.web.citizen import visitor
from tinhso.modules.dossiers.web.citizen.tracking import refuse, see
from tinhso.modules.dossiers.web.officer.support import as_shown


@never_cache
@guarded("dossiers.support_person")
def person(request: ActorRequest) -> HttpResponse:
    """By the telephone number and the code of the message, by POST only. `end`: it is over."""
    phone = "".join(char for char in request.POST.get("phone", "") if char.isdigit())[:20]
    code = request.POST.get("code", "")[:20]
    error, found = "", None
    if request.method == "POST":
        act = end_by_code if "end" in request.POST else open_by_code
        try:
            found = act(phone=phone, code=code, actor=request.actor, now=request.now)
        except WrongCode as refusal:
            error = str(refusal)
    context = {
        "phone": phone,
        "code": code if found else "",
        "error": error,
        "errors_of": [("phone", error)],
        "found": as_shown(found) if found else None,
    }
    return render(request, "dossiers/citizen/support.html", context, status=422 if error else 200)


@never_cache
@require_POST
@guarded("dossiers.end_support")
def end_here(request: ActorRequest, public_id: UUID) -> HttpResponseBase:
    """«Kết thúc hỗ trợ» on the dossier's page."""
    seen = see(request, public_id)
    if seen is None:
        return refuse(request)
    end_by_person(dossier_id=seen.view.id, actor=request.actor, now=request.now, opened=visitor.opened(request))
    messages.success(request, "Đã kết thúc hỗ trợ. Người hỗ trợ không còn thấy gì của hồ sơ này.")
    return redirect("dossiers:follow", public_id=public_id)
