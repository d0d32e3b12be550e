"""«Dữ liệu của tôi»: who looked at what is kept of me, and all of it to take away."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import FileResponse, Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from tinhso.kernel.access.web import ActorRequest, guarded
from tinhso.kernel.jobs.api import enqueue
from tinhso.modules.identity.jobs import make_export
from tinhso.modules.identity.services.own_data import CannotAsk, NotThere, ask, exports, hand_over, looks


@never_cache
@require_GET
@guarded("identity.own_data")
def show(request: ActorRequest) -> HttpResponse:
    """The looks of officers, and the downloads that were asked for."""
    return _page(request)


def _page(request: ActorRequest, error: str = "", status: int = 200) -> HttpResponse:
    context = {
        "looks": looks(actor=request.actor),
        "exports": exports(actor=request.actor, now=request.now),
        "error": error,
    }
    return render(request, "identity/own_data.html", context, status=status)


@require_POST
@guarded("identity.download_data")
def ask_for_it(request: ActorRequest) -> HttpResponseBase:
    """Ask for everything; it is made behind the page."""
    try:
        with transaction.atomic():
            enqueue(make_export, export_id=ask(actor=request.actor, now=request.now))
    except CannotAsk as refusal:
        return _page(request, str(refusal), 422)
    messages.success(request, "Đã nhận yêu cầu. Bản dữ liệu thường xong trong vài phút; khi xong bạn được báo.")
    return redirect("identity:own_data")


@never_cache
@require_POST
@guarded("identity.download_data")
def download(request: ActorRequest, public_id: UUID) -> HttpResponseBase:
    """The file, to its owner, who has proved a short while ago that it is they."""
    try:
        path = hand_over(public_id=public_id, actor=request.actor, now=request.now)
    except NotThere:
        raise Http404("Bản dữ liệu này không còn: đã quá hạn tải, hoặc không phải của tài khoản này.") from None
    return FileResponse(
        path.open("rb"), as_attachment=True, filename="du-lieu-cua-toi.zip", content_type="application/zip"
    )
