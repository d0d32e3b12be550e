"""«Bưu chính»: what the office sends, what the operator says, and the hand-over to the postman."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from tinhso.kernel.access.api import allow, reach
from tinhso.kernel.access.web import ActorRequest, guarded
from tinhso.kernel.audit.api import record_look
from tinhso.kernel.files.api import respond
from tinhso.modules.directory import api as directory
from tinhso.modules.post.models import Consignment, Sheet
from tinhso.modules.post.queries import consignments_of, info_of, sheets_of, told_of
from tinhso.modules.post.rules import STATE_TITLES, ConsignmentState
from tinhso.modules.post.services.sending import CannotHandToPostman, CannotSend, hand_to_postman, label


@never_cache
@require_GET
@guarded("post.view")
def consignments(request: ActorRequest) -> HttpResponse:
    return _list(request)


def _list(request: ActorRequest, error: str = "", typed: dict[str, Any] | None = None) -> HttpResponse:
    state = request.GET.get("state", "")
    offices = directory.organisations_by_id(reach(request.actor, "post.hand_over"))
    rows = consignments_of(request.actor, state=state)
    context = {
        "rows": rows,
        "ready": [row for row in rows if row.state == ConsignmentState.CREATED],
        "waiting": [row for row in rows if row.problem and row.state == ConsignmentState.ORDERED],
        "sheets": sheets_of(request.actor),
        "states": list(STATE_TITLES.items()),
        "state": state,
        "office": next(iter(offices.values()), None),
        "error": error,
        "typed": typed or {},
    }
    return render(request, "post/consignments.html", context, status=422 if error else 200)


def _open(request: ActorRequest, consignment_id: int) -> Consignment:
    row = Consignment.objects.filter(pk=consignment_id).first()
    if row is None or not allow(request.actor, "post.view", row):
        raise Http404
    record_look(who=request.actor, action="post.look", object_ref=row.reference, now=request.now)
    return row


@never_cache
@require_GET
@guarded("post.view")
def consignment_page(request: ActorRequest, consignment_id: int) -> HttpResponse:
    """One consignment with all that the operator told of it."""
    row = _open(request, consignment_id)
    context = {
        "row": info_of(row),
        "phone": row.recipient_phone,
        "told": told_of(row.pk),
        "may_print": bool(row.tracking_code) and bool(allow(request.actor, "post.hand_over", row)),
    }
    return render(request, "post/consignment.html", context)


@never_cache
@require_GET
@guarded("post.hand_over")
def label_pdf(request: ActorRequest, consignment_id: int) -> HttpResponse:
    """The label, for the printer beside the clerk."""
    row = _open(request, consignment_id)
    try:
        content = label(consignment_id=row.pk, actor=request.actor, now=request.now)
    except CannotSend as refusal:
        raise Http404(str(refusal)) from None
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="nhan-{row.tracking_code}.pdf"'
    return response


@never_cache
@guarded("post.hand_over")
def hand_over(request: ActorRequest) -> HttpResponse:
    """«Bàn giao cho bưu tá»: the sheet is made and opened."""
    if request.method != "POST":
        return redirect("post:consignments")
    chosen = [int(text) for text in request.POST.getlist("consignment") if text.isascii() and text.isdigit()]
    office = request.POST.get("office", "")
    name = request.POST.get("postman", "")
    try:
        if not (office.isascii() and office.isdigit()) or int(office) not in reach(request.actor, "post.hand_over"):
            raise CannotHandToPostman("Chỉ bàn giao bưu gửi của cơ quan bạn.")
        number = hand_to_postman(
            consignment_ids=chosen, postman_name=name, office_id=int(office), actor=request.actor, now=request.now
        )
    except CannotHandToPostman as refusal:
        return _list(request, str(refusal), {"postman": name, "chosen": chosen})
    messages.success(request, "Đã bàn giao. In biên bản hai bản, hai bên cùng ký.")
    return redirect("post:sheet", number)


@never_cache
@require_GET
@guarded("post.view")
def sheet(request: ActorRequest, sheet_id: int) -> HttpResponseBase:
    """The signed sheet's PDF."""
    row = Sheet.objects.filter(pk=sheet_id).first()
    if row is None or row.file_id is None or not allow(request.actor, "post.view", row):
        raise Http404
    return respond(row.file_id, inline=True)
