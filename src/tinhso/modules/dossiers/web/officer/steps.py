"""What officers do to a dossier. One service call each; what cannot be done is told at its place, the text kept."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache

from tinhso.kernel.access.web import ActorRequest, ask_proof, guarded, recently_proven
from tinhso.kernel.ui.typed import parse_money
from tinhso.modules.dossiers.queries.reading import DossierView, is_task_of
from tinhso.modules.dossiers.services.posting import send_result
from tinhso.modules.dossiers.services.returning import CannotReturn, CannotTakeFee, give_back, take_fee
from tinhso.modules.dossiers.services.routing import CannotAct, CannotAssign, NeedsProof, act, assign, claim
from tinhso.modules.dossiers.services.tracking import renew_pin
from tinhso.modules.dossiers.web.officer.page import SLIPS_KEPT, Typed, open_dossier, show_dossier
from tinhso.modules.dossiers.web.officer.posting import post_else

SLIPS_MOST = 20


def _task_of(view: DossierView, task_id: int) -> int:
    """A task's number from the address, if it belongs to the dossier of the address."""
    if not any(task.id == task_id for task in view.tasks):
        raise Http404
    return task_id


def _kept(request: ActorRequest, *names: str) -> dict[str, str]:
    return {name: request.POST.get(name, "") for name in names}


@never_cache
@post_else("dossiers:show", of_dossier=True)
@guarded("dossiers.work")
def claim_task(request: ActorRequest, public_id: UUID, task_id: int) -> HttpResponse:
    """«Nhận việc»: the task is this officer's."""
    view = open_dossier(request, public_id)
    try:
        claim(task_id=_task_of(view, task_id), actor=request.actor, now=request.now)
    except CannotAct as refusal:
        return show_dossier(request, open_dossier(request, public_id), Typed(f"task-{task_id}", str(refusal)))
    messages.success(request, "Đã nhận việc.")
    return redirect("dossiers:show", public_id)


@never_cache
@post_else("dossiers:show", of_dossier=True)
@guarded("dossiers.assign")
def assign_task(request: ActorRequest, public_id: UUID, task_id: int) -> HttpResponse:
    """«Phân công»: a head or leader gives the task to a colleague."""
    view = open_dossier(request, public_id)
    chosen = request.POST.get("user", "")
    try:
        if not (chosen.isascii() and chosen.isdigit()):
            raise CannotAssign("Chọn người được giao trước khi phân công.")
        assign(task_id=_task_of(view, task_id), user_id=int(chosen), actor=request.actor, now=request.now)
    except (CannotAct, CannotAssign) as refusal:
        typed = Typed(f"assign-{task_id}", str(refusal), {"user": chosen})
        return show_dossier(request, open_dossier(request, public_id), typed)
    messages.success(request, "Đã phân công.")
    return redirect("dossiers:show", public_id)


@never_cache
@post_else("dossiers:show", of_dossier=True)
@guarded("dossiers.work")
def act_on_task(request: ActorRequest, public_id: UUID, task_id: int) -> HttpResponseBase:
    """One of the route's actions, or an opinion. The commonest request of all: it reads no more than it needs."""
    if not is_task_of(public_id, task_id):
        raise Http404
    try:
        outcome = act(
            task_id=task_id,
            action=request.POST.get("action", ""),
            comment=request.POST.get("comment", ""),
            actor=request.actor,
            now=request.now,
            proven=recently_proven(request),
        )
    except NeedsProof:
        return ask_proof(request)
    except CannotAct as refusal:
        typed = Typed(f"task-{task_id}", str(refusal), _kept(request, "comment"))
        return show_dossier(request, open_dossier(request, public_id), typed)
    if outcome.notation:
        messages.success(request, f"Đã ban hành kết quả số {outcome.notation}. Hồ sơ chuyển đến nơi trả kết quả.")
    else:
        where = ", ".join(f"«{title}»" for title in outcome.opened)
        messages.success(request, f"Đã gửi. Hồ sơ đang ở {where}." if where else "Đã gửi.")
    return redirect("dossiers:show", public_id)


@never_cache
@post_else("dossiers:show", of_dossier=True)
@guarded("dossiers.take_fee")
def take_fee_of(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """«Xác nhận đã thu»."""
    view = open_dossier(request, public_id)
    try:
        amount = parse_money(request.POST.get("amount", ""))
        if amount is None:
            raise CannotTakeFee("Nhập số tiền đã thu.")
        take_fee(dossier_id=view.id, amount=amount, actor=request.actor, now=request.now)
    except (CannotTakeFee, ValueError) as refusal:
        typed = Typed("fee", str(refusal), _kept(request, "amount"))
        return show_dossier(request, open_dossier(request, public_id), typed)
    messages.success(request, "Đã xác nhận thu phí, lệ phí.")
    return redirect("dossiers:show", public_id)


@never_cache
@post_else("dossiers:show", of_dossier=True)
@guarded("dossiers.return")
def return_result(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """«Trả kết quả»: to a named person, with proof."""
    view = open_dossier(request, public_id)
    try:
        give_back(
            dossier_id=view.id,
            received_by_name=request.POST.get("received_by_name", ""),
            received_by_identity=request.POST.get("received_by_identity", ""),
            note=request.POST.get("note", ""),
            actor=request.actor,
            now=request.now,
        )
    except CannotReturn as refusal:
        kept = _kept(request, "received_by_name", "received_by_identity", "note")
        return show_dossier(request, open_dossier(request, public_id), Typed("return", str(refusal), kept))
    messages.success(request, "Đã trả kết quả.")
    return redirect("dossiers:show", public_id)


@never_cache
@post_else("dossiers:show", of_dossier=True)
@guarded("dossiers.return")
def post_result(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """«Gửi qua bưu chính»."""
    view = open_dossier(request, public_id)
    try:
        send_result(dossier_id=view.id, actor=request.actor, now=request.now)
    except CannotReturn as refusal:
        return show_dossier(request, open_dossier(request, public_id), Typed("return", str(refusal)))
    messages.success(request, "Đã yêu cầu bưu chính. Khi có mã vận đơn, in nhãn và bàn giao ở trang Bưu chính.")
    return redirect("dossiers:show", public_id)


@never_cache
@post_else("dossiers:show", of_dossier=True)
@guarded("dossiers.renew_pin")
def new_pin(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """«Cấp lại mã PIN»: the old one ends, the slip with the new one opens."""
    view = open_dossier(request, public_id)
    renew_pin(dossier_id=view.id, actor=request.actor, now=request.now)
    keep_slip(request, public_id)
    messages.success(request, "Đã cấp mã PIN mới, mã cũ hết hiệu lực. In phiếu và đưa cho người nộp.")
    return HttpResponseRedirect(reverse("dossiers:show", args=[public_id]) + "?open=slip")


def keep_slip(request: ActorRequest, public_id: UUID) -> None:
    request.session[SLIPS_KEPT] = [*request.session.get(SLIPS_KEPT, ()), str(public_id)][-SLIPS_MOST:]
