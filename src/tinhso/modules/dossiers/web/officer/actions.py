"""«Thao tác khác»: what may be done with a dossier beside its route, what was done, and each such action on its page.

A page is a form; what cannot be done is told on it, with all that was typed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from tinhso.kernel.access.web import ActorRequest, guarded
from tinhso.kernel.clock import VIETNAM
from tinhso.kernel.ui.typed import parse_date, parse_money
from tinhso.modules.dossiers.models import Dossier
from tinhso.modules.dossiers.queries.actions import history_of
from tinhso.modules.dossiers.queries.reading import DossierView
from tinhso.modules.dossiers.rules import STOP_GROUNDS, ItemKind
from tinhso.modules.dossiers.services.books import control_sheet_pdf, control_sheet_xlsx
from tinhso.modules.dossiers.services.extending import CannotApologise, apologise
from tinhso.modules.dossiers.services.offers import ActionOffer, offers_of
from tinhso.modules.dossiers.services.paying import (
    CannotRequestPayment,
    CannotSettle,
    request_payment,
    resume_after_payment,
)
from tinhso.modules.dossiers.services.stopping import CannotStop, papers_in_hand, stop
from tinhso.modules.dossiers.services.supplementing import (
    Asked,
    CannotRequestSupplement,
    request_supplement,
    what_may_be_asked,
)
from tinhso.modules.dossiers.web.citizen.story import TONES
from tinhso.modules.dossiers.web.officer.page import open_dossier, tabs
from tinhso.modules.procedures import api as procedures

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FREE_ITEMS = 3
# What clerks write every day, to begin with.
SUPPLEMENT_REASONS = (
    "Thành phần hồ sơ chưa đủ theo quy định của thủ tục.",
    "Thông tin trong tờ khai không khớp với giấy tờ kèm theo.",
    "Giấy tờ không đọc được hoặc đã hết giá trị.",
)


@dataclass(frozen=True)
class ActionPage:
    """A page of an action: its template, its context, and what happens when it is sent. Not `acts`: a button that only
    changes what the page shows was pressed."""

    template: str
    context: dict[str, Any]
    done: str
    do: Callable[[], object]
    refusals: tuple[type[Exception], ...]
    acts: bool = True


def answer(request: ActorRequest, view: DossierView, page: ActionPage) -> HttpResponse:
    """Draw the page, or do the action and go back to the dossier."""
    error = ""
    problems: Any = ()
    if request.method == "POST" and page.acts:
        try:
            page.do()
        except page.refusals as refusal:
            error, problems = str(refusal), getattr(refusal, "problems", ())
        else:
            messages.success(request, page.done)
            return redirect("dossiers:show", view.public_id)
    context = {
        "view": view,
        "tone": TONES[view.state],
        "tabs": tabs(view, "actions"),
        "error": error,
        "problems": problems,
        "typed": request.POST,
        **page.context,
    }
    return render(request, f"dossiers/officer/actions/{page.template}", context, status=422 if error else 200)


def urls_of(view: DossierView, offers: tuple[ActionOffer, ...]) -> list[tuple[ActionOffer, str]]:
    """Each offer with the address of its page."""
    found = []
    for offer in offers:
        parts: list[Any] = [view.public_id] if offer.task is None else [view.public_id, offer.task.id]
        found.append((offer, reverse(f"dossiers:{offer.name}", args=parts)))
    return found


@never_cache
@require_GET
@guarded("dossiers.actions")
def actions(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """What may be done now, what was done, and the papers that came of it."""
    view = open_dossier(request, public_id)
    context = {
        "view": view,
        "tone": TONES[view.state],
        "tabs": tabs(view, "actions"),
        "offers": urls_of(view, offers_of(request.actor, view, now=request.now)),
        "past": history_of(view),
    }
    return render(request, "dossiers/officer/actions/index.html", context)


@never_cache
@guarded("dossiers.request_supplement")
def ask_supplement(request: ActorRequest, public_id: UUID) -> HttpResponseBase:
    """Form 02: tick the fields and papers, say what is wrong with each, and until when."""
    view = open_dossier(request, public_id)
    fields, papers = what_may_be_asked(Dossier.objects.select_related("version").get(pk=view.id))

    now = _answers_now(view)

    def rows(kind: str, names: dict[str, str]) -> list[dict[str, Any]]:
        return [
            {
                "name": f"{kind}.{target}",
                "id": f"{kind}-{place}",
                "label": label,
                "now": now.get(target, ""),
                "ticked": f"{kind}.{target}" in request.POST,
                "note": request.POST.get(f"note.{kind}.{target}", ""),
            }
            for place, (target, label) in enumerate(names.items())
        ]

    free = [request.POST.get(f"free.{place}", "") for place in range(1, FREE_ITEMS + 1)]

    def do() -> None:
        items = [
            Asked(kind, row["name"].partition(".")[2], row["note"])
            for kind, found in ((ItemKind.FIELD, rows("field", fields)), (ItemKind.PAPER, rows("paper", papers)))
            for row in found
            if row["ticked"]
        ]
        items += [Asked(ItemKind.TEXT, "", note) for note in free if note.strip()]
        try:
            answer_by = parse_date(request.POST.get("answer_by", ""))
        except ValueError as wrong:
            raise CannotRequestSupplement(f"Hạn bổ sung: {wrong}.") from None
        if answer_by is None:
            raise CannotRequestSupplement("Nhập hạn bổ sung.")
        request_supplement(
            dossier_id=view.id, items=items, reason=request.POST.get("reason", ""), answer_by=answer_by,
            actor=request.actor, now=request.now,
        )  # fmt: skip

    context = {
        "fields": rows("field", fields),
        "papers": rows("paper", papers),
        "free": [(place, text) for place, text in enumerate(free, 1)],
        "reasons": SUPPLEMENT_REASONS,
    }
    done = "Đã gửi yêu cầu bổ sung (mẫu 02). Hồ sơ chờ người nộp."
    return answer(request, view, ActionPage("supplement.html", context, done, do, (CannotRequestSupplement,)))


def _answers_now(view: DossierView) -> dict[str, str]:
    """Pointer → the answer as people read it, so that an officer sees what they complain about."""
    definition = procedures.version(view.version_id).definition
    applicant = view.party("applicant")
    context = {"applicant": {"acting_as": applicant.acting_as if applicant else ""}}
    sections = procedures.describe((definition.form if definition else None) or {}, view.form_data, context=context)
    return {row.pointer: row.text for section in sections for row in section.rows}


@never_cache
@guarded("dossiers.request_payment")
def ask_payment(request: ActorRequest, public_id: UUID) -> HttpResponseBase:
    """An amount and its ground."""
    view = open_dossier(request, public_id)

    def do() -> None:
        try:
            amount = parse_money(request.POST.get("amount", ""))
        except ValueError as wrong:
            raise CannotRequestPayment(f"Số tiền: {wrong}.") from None
        request_payment(
            dossier_id=view.id, amount=amount or 0, reason=request.POST.get("reason", ""), actor=request.actor,
            now=request.now,
        )  # fmt: skip

    page = ActionPage("payment.html", {}, "Đã gửi yêu cầu nộp tiền.", do, (CannotRequestPayment,))
    return answer(request, view, page)


@never_cache
@guarded("dossiers.take_fee")
def resume_payment(request: ActorRequest, public_id: UUID) -> HttpResponseBase:
    """On with the work: paid, or exempt on a ground."""
    view = open_dossier(request, public_id)

    def do() -> None:
        resume_after_payment(
            dossier_id=view.id,
            exempt_ground=request.POST.get("exempt_ground", ""),
            actor=request.actor,
            now=request.now,
        )

    context = {"payment": history_of(view).open_payment, "paid": view.money_state == "paid"}
    return answer(request, view, ActionPage("resume.html", context, "Hồ sơ được xử lý tiếp.", do, (CannotSettle,)))


@never_cache
@guarded("dossiers.apologise")
def apology(request: ActorRequest, public_id: UUID) -> HttpResponseBase:
    """Form 04: the reason and the new day."""
    view = open_dossier(request, public_id)

    def do() -> None:
        try:
            day = parse_date(request.POST.get("day", ""))
            hour = time.fromisoformat(request.POST.get("hour", ""))
        except ValueError:
            raise CannotApologise("Nhập ngày hẹn dạng ngày/tháng/năm và giờ dạng 16:30.") from None
        if day is None:
            raise CannotApologise("Nhập ngày hẹn mới.")
        apologise(
            dossier_id=view.id, reason=request.POST.get("reason", ""),
            new_due_at=datetime.combine(day, hour.replace(tzinfo=None), VIETNAM), actor=request.actor, now=request.now,
        )  # fmt: skip

    done = "Đã hẹn lại ngày trả và gửi văn bản xin lỗi (mẫu 04)."
    return answer(request, view, ActionPage("apology.html", {}, done, do, (CannotApologise,)))


@never_cache
@guarded("dossiers.stop")
def stop_dossier(request: ActorRequest, public_id: UUID) -> HttpResponseBase:
    """Form 05 on a ground of the law."""
    view = open_dossier(request, public_id)

    def do() -> None:
        if request.POST.get("confirmed") != "1":
            raise CannotStop("Đánh dấu xác nhận trước khi dừng: dừng rồi không làm tiếp được hồ sơ này.")
        stop(
            dossier_id=view.id, ground=request.POST.get("ground", ""), document=request.POST.get("document", ""),
            reason=request.POST.get("reason", ""), actor=request.actor, now=request.now,
        )  # fmt: skip

    context = {
        "grounds": [(key, ground.title) for key, ground in STOP_GROUNDS.items()],
        "papers": papers_in_hand(view.id),
    }
    done = "Đã dừng giải quyết và gửi thông báo (mẫu 05)."
    return answer(request, view, ActionPage("stop.html", context, done, do, (CannotStop,)))


@never_cache
@require_GET
@guarded("dossiers.view")
def control_sheet(request: ActorRequest, public_id: UUID, kind: str) -> HttpResponse:
    """Form 06 as PDF or workbook."""
    view = open_dossier(request, public_id)
    name = f"phieu-kiem-soat-{view.code}"
    if kind == "pdf":
        content = control_sheet_pdf(view, actor=request.actor, now=request.now)
        return download(content, "application/pdf", f"{name}.pdf")
    if kind == "xlsx":
        return download(control_sheet_xlsx(view, actor=request.actor, now=request.now), XLSX, f"{name}.xlsx")
    raise Http404


def download(content: bytes, media_type: str, filename: str) -> HttpResponse:
    response = HttpResponse(content, content_type=media_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{filename}"'
    response.headers["Cache-Control"] = "private, no-store"
    return response
