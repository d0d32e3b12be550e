"""A new dossier at the one-stop counter: checked paper by paper, accepted (form 01) or refused with a ground (form 03)."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from tinhso.kernel.access.web import ActorRequest, guarded
from tinhso.modules.dossiers.rules import State
from tinhso.modules.dossiers.services.intake import CannotAccept, CannotRefuse, accept, refuse
from tinhso.modules.dossiers.web.citizen.story import TONES
from tinhso.modules.dossiers.web.officer.page import Typed, open_dossier, paper_lines, show_dossier
from tinhso.modules.dossiers.web.officer.posting import post_else
from tinhso.modules.procedures import api as procedures

# Grounds that come back every day: the clerk completes them. "{paper}": the paper chosen, or dots.
GROUNDS = {
    "missing": ("Thiếu giấy tờ", "Hồ sơ thiếu: {paper}. Đề nghị bổ sung bản chính hoặc bản sao điện tử rồi nộp lại."),
    "unreadable": (
        "Giấy tờ không đọc được",
        "Bản chụp của {paper} bị mờ hoặc thiếu trang nên không đọc được. Đề nghị chụp lại rõ bốn góc rồi nộp lại.",
    ),
    "mismatch": (
        "Thông tin không khớp",
        "Thông tin khai trong tờ khai không khớp với {paper}: (ghi rõ chỗ không khớp). Đề nghị sửa lại cho đúng rồi nộp lại.",
    ),
    "expired": ("Giấy tờ hết giá trị", "{paper} đã hết giá trị sử dụng. Đề nghị nộp giấy tờ còn giá trị."),
    "not_competent": (
        "Không thuộc thẩm quyền",
        "Việc này không thuộc thẩm quyền giải quyết của cơ quan. Đề nghị nộp hồ sơ tại (tên cơ quan).",
    ),
    "not_eligible": (
        "Không thuộc đối tượng",
        "Trường hợp này không thuộc đối tượng, điều kiện thực hiện thủ tục theo quy định tại (điều, khoản, văn bản).",
    ),
}


@never_cache
@post_else("dossiers:show", of_dossier=True)
@guarded("dossiers.accept")
def accept_dossier(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """«Tiếp nhận»: every paper has been looked at; the time runs from now and form 01 opens."""
    view = open_dossier(request, public_id)
    checked = set(request.POST.getlist("checked"))
    unseen = [paper.name for paper in view.papers if paper.file_id is not None and str(paper.id) not in checked]
    kept = {**{f"checked-{number}": "1" for number in checked}, "note": request.POST.get("note", "")}
    try:
        if unseen and view.state == State.REGISTERED:
            raise CannotAccept(f"Xem và đánh dấu từng giấy tờ trước khi tiếp nhận. Còn: {'; '.join(unseen)}.")
        accept(
            dossier_id=view.id, actor=request.actor, now=request.now, note=request.POST.get("note", "").strip()[:2000]
        )
    except CannotAccept as refusal:
        typed = Typed("intake", str(refusal), kept)
        return show_dossier(request, open_dossier(request, public_id), typed)
    messages.success(request, f"Đã tiếp nhận hồ sơ {view.code}. In giấy tiếp nhận (mẫu 01) cho người nộp.")
    return HttpResponseRedirect(reverse("dossiers:show", args=[public_id]) + "?open=receipt")


@never_cache
@require_http_methods(["GET", "POST"])
@guarded("dossiers.refuse")
def refuse_dossier(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """«Từ chối tiếp nhận»: a ground that the person can act on, from a template or in the clerk's own words."""
    view = open_dossier(request, public_id)
    version = procedures.version(view.version_id)
    lines = paper_lines(view, version.definition.papers if version.definition else ())
    error = ""
    if request.method == "POST":
        ground = request.POST.get("ground", "")
        try:
            refuse(dossier_id=view.id, ground=ground, actor=request.actor, now=request.now)
        except CannotRefuse as refusal:
            error = str(refusal)
        else:
            messages.success(request, f"Đã từ chối tiếp nhận hồ sơ {view.code}. In phiếu từ chối (mẫu 03).")
            return HttpResponseRedirect(reverse("dossiers:show", args=[public_id]) + "?open=refusal")
    else:
        if view.state != State.REGISTERED:
            return redirect("dossiers:show", public_id)
        ground = _template(request, {line.key: line.name for line in lines})
    context = {
        "view": view,
        "tone": TONES[view.state],
        "grounds": [(key, title) for key, (title, _) in GROUNDS.items()],
        "papers": [(line.key, line.name) for line in lines],
        "chosen": request.GET.get("template", ""),
        "chosen_paper": request.GET.get("paper", ""),
        "ground": ground,
        "error": error,
        "errors": [("ground", error)] if error else [],
    }
    return render(request, "dossiers/officer/refuse.html", context, status=422 if error else 200)


def _template(request: ActorRequest, papers: dict[str, str]) -> str:
    chosen = GROUNDS.get(request.GET.get("template", ""))
    if chosen is None:
        return ""
    return chosen[1].replace("{paper}", papers.get(request.GET.get("paper", ""), "(tên giấy tờ)"))
