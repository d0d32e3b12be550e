"""Dossiers across agencies: confirm or refuse what another agency hands over; the parts of one's own agency."""

from __future__ import annotations

from datetime import datetime
from typing import Any, BinaryIO, cast
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from tinhso.kernel.access.api import Actor
from tinhso.kernel.access.web import ActorRequest, guarded
from tinhso.kernel.files.api import FileRefused, respond
from tinhso.kernel.ui.typed import parse_date
from tinhso.modules.dossiers.queries.parts import coming_to, parts_page
from tinhso.modules.dossiers.queries.reading import DossierView
from tinhso.modules.dossiers.services.handing_over import CannotConfirm, confirm_hand_over, refuse_hand_over
from tinhso.modules.dossiers.services.part_results import CannotAddResult, add_part_result
from tinhso.modules.dossiers.web.officer.page import Typed, open_dossier, show_dossier
from tinhso.modules.dossiers.web.officer.posting import post_else


def _hand_over_of(view: DossierView, hand_over_id: int) -> int:
    if not any(one.id == hand_over_id for one in view.hand_overs):
        raise Http404
    return hand_over_id


@never_cache
@post_else("dossiers:show", of_dossier=True)
@guarded("dossiers.confirm_hand_over")
def confirm(request: ActorRequest, public_id: UUID, hand_over_id: int) -> HttpResponse:
    """«Xác nhận đã nhận»."""
    view = open_dossier(request, public_id)
    try:
        confirm_hand_over(hand_over_id=_hand_over_of(view, hand_over_id), actor=request.actor, now=request.now)
    except CannotConfirm as refusal:
        return show_dossier(request, open_dossier(request, public_id), Typed("hand-over", str(refusal)))
    messages.success(request, "Đã nhận bàn giao. Hồ sơ đã ở cơ quan bạn.")
    return redirect("dossiers:show", public_id)


@never_cache
@post_else("dossiers:show", of_dossier=True)
@guarded("dossiers.confirm_hand_over")
def refuse(request: ActorRequest, public_id: UUID, hand_over_id: int) -> HttpResponse:
    """«Không nhận bàn giao»."""
    view = open_dossier(request, public_id)
    ground = request.POST.get("ground", "")
    try:
        refuse_hand_over(
            hand_over_id=_hand_over_of(view, hand_over_id), ground=ground, actor=request.actor, now=request.now
        )
    except CannotConfirm as refusal:
        typed = Typed("hand-over", str(refusal), {"ground": ground})
        return show_dossier(request, open_dossier(request, public_id), typed)
    messages.success(request, "Đã trả hồ sơ lại nơi chuyển, kèm lý do.")
    return redirect("dossiers:show", public_id)


@never_cache
@post_else("dossiers:show", of_dossier=True)
@guarded("dossiers.add_part_result")
def add_result(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """«Thêm kết quả của cơ quan này»."""
    view = open_dossier(request, public_id)
    upload = request.FILES.get("file")
    typed = {name: request.POST.get(name, "")[:400] for name in ("name", "notation", "issued_date")}
    try:
        issued = parse_date(typed["issued_date"].strip()[:20])
    except ValueError:
        issued = None
    try:
        add_part_result(
            dossier_id=view.id, name=typed["name"], notation=typed["notation"], issued_date=issued,
            stream=None if upload is None else cast(BinaryIO, upload),
            filename=(upload.name or "ket-qua") if upload is not None else "", actor=request.actor, now=request.now,
        )  # fmt: skip
    except (CannotAddResult, FileRefused) as refusal:
        kept = {f"part-{name}": value for name, value in typed.items()}
        place = getattr(refusal, "field", "") or "file"
        return show_dossier(request, open_dossier(request, public_id), Typed(f"part-{place}", str(refusal), kept))
    messages.success(request, "Đã thêm kết quả. Cơ quan tiếp theo và người nộp thấy được.")
    return redirect("dossiers:show", public_id)


@guarded("dossiers.view")
def part_result(request: ActorRequest, public_id: UUID, result_id: int) -> HttpResponseBase:
    """A result of a part, for the officers of the dossier."""
    view = open_dossier(request, public_id)
    made = {one.id: one.file_id for part in view.parts for one in part.results}
    if result_id not in made:
        raise Http404
    return respond(made[result_id], inline=True, request=request)


@never_cache
@require_GET
@guarded("dossiers.list")
def parts(request: ActorRequest) -> HttpResponse:
    """The open parts of one's own agencies: late with the part and late as a whole stand apart."""
    only_late = request.GET.get("late") == "1"
    context = {
        "rows": parts_page(request.actor, now=request.now, only_late=only_late),
        "only_late": only_late,
        "panel": coming_panel(request.actor, request.now),
    }
    return render(request, "dossiers/officer/parts.html", context)


def coming_panel(actor: Actor, now: datetime) -> dict[str, Any]:
    """On the desk: what other agencies have handed over. Empty when there is nothing."""
    coming = coming_to(actor)
    return {"coming": coming} if coming else {}
