"""How the person wants the result: chosen again until it is on its way."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache

from tinhso.kernel.access.web import ActorRequest, guarded
from tinhso.modules.dossiers.rules import RESULT_DELIVERY
from tinhso.modules.dossiers.services.posting import CannotChoose, choose_delivery
from tinhso.modules.dossiers.web.citizen import visitor
from tinhso.modules.dossiers.web.citizen.tracking import refuse, see


@never_cache
@guarded("dossiers.choose_delivery")
def delivery(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """Online, at the counter, or by the postman to an address."""
    seen = see(request, public_id)
    if seen is None:
        return refuse(request)
    view = seen.view
    person = view.party("applicant")
    how = request.POST.get("result_delivery", view.result_delivery)
    # By PIN alone the address is hidden on every page, so here too.
    address = request.POST.get("address", person.address if person and seen.whole else "")
    error = ""
    if request.method == "POST":
        try:
            choose_delivery(
                dossier_id=view.id,
                how=how,
                address=address,
                actor=request.actor,
                now=request.now,
                opened=visitor.opened(request),
            )
        except CannotChoose as refusal:
            error = str(refusal)
        else:
            messages.success(request, "Đã ghi cách nhận kết quả.")
            return redirect("dossiers:follow", public_id)
    context = {
        "view": view,
        "how": how,
        "address": address,
        "options": list(RESULT_DELIVERY.items()),
        "error": error,
    }
    return render(request, "dossiers/citizen/delivery.html", context, status=422 if error else 200)
