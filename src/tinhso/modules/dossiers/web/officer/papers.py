"""Files of a dossier: papers that came with it, printed forms, the result and its preview. Guarded one by one."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from tinhso.kernel.access.web import ActorRequest, guarded
from tinhso.kernel.files.api import respond
from tinhso.modules.dossiers.rules import State
from tinhso.modules.dossiers.services import printing
from tinhso.modules.dossiers.web.officer.page import SLIPS_KEPT, open_dossier

ENSURE = {
    "receipt": printing.ensure_receipt,
    "refusal": printing.ensure_refusal,
    "result": printing.ensure_result,
}
# The browser's own PDF viewer must run; nothing else may.
PDF_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; object-src 'self'; frame-ancestors 'self'"
)


@require_GET
@guarded("dossiers.view")
def paper(request: ActorRequest, public_id: UUID, paper_id: int) -> HttpResponseBase:
    """A paper that came with the dossier."""
    view = open_dossier(request, public_id)
    found = next((row for row in view.papers if row.id == paper_id), None)
    if found is None or found.file_id is None:
        raise Http404
    return respond(found.file_id, inline="save" not in request.GET, request=request)


@require_GET
@guarded("dossiers.view")
def printed(request: ActorRequest, public_id: UUID, form: str) -> HttpResponseBase:
    """Form 01, form 03 or the result: made once, then always the same file."""
    view = open_dossier(request, public_id)
    if form not in ENSURE:
        raise Http404
    try:
        file_id = ENSURE[form](dossier_id=view.id, actor=request.actor, now=request.now)
    except printing.NothingToPrint:
        raise Http404 from None
    return respond(file_id, inline="save" not in request.GET, request=request)


@never_cache
@require_GET
@guarded("dossiers.view")
def preview(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """The result as it would be issued, marked as a draft on every page."""
    view = open_dossier(request, public_id)
    if view.state not in (State.ACCEPTED, State.IN_PROGRESS):
        raise Http404
    try:
        content = printing.preview_result(view=view, actor=request.actor, now=request.now)
    except printing.NothingToPrint:
        raise Http404 from None
    return pdf(content, "du-thao-ket-qua.pdf")


@never_cache
@require_GET
@guarded("dossiers.renew_pin")
def slip(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """The slip with the PIN: only in the session in which the dossier was taken in or its PIN renewed."""
    view = open_dossier(request, public_id)
    if str(public_id) not in request.session.get(SLIPS_KEPT, ()):
        raise Http404
    return pdf(printing.slip_for(dossier_id=view.id, actor=request.actor, now=request.now), "phieu-ma-ho-so.pdf")


def pdf(content: bytes, filename: str) -> HttpResponse:
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{filename}"'
    response["Content-Security-Policy"] = PDF_POLICY
    response["X-Content-Type-Options"] = "nosniff"
    return response
