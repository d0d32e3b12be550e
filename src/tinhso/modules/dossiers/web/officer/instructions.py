"""«Chỉ đạo»: a leader asks somebody about a dossier, they answer; the list of both. Nothing of the dossier moves."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from tinhso.kernel.access.api import Actor, Refused, allow
from tinhso.kernel.access.web import ActorRequest, guarded
from tinhso.kernel.ui.typed import parse_date
from tinhso.modules.dossiers.queries.instructions import (
    InstructionInfo,
    Which,
    addressees_of,
    instructions_of,
    instructions_page,
    waiting_for,
)
from tinhso.modules.dossiers.queries.reading import Access, DossierView
from tinhso.modules.dossiers.services.instructing import (
    CannotInstruct,
    answer_instruction,
    instruct,
    withdraw_instruction,
)
from tinhso.modules.dossiers.services.offers import may_instruct
from tinhso.modules.dossiers.web.citizen.story import TONES
from tinhso.modules.dossiers.web.officer.page import open_dossier, tabs

TABS: tuple[tuple[Which, str], ...] = (("mine", "Giao cho tôi"), ("given", "Tôi đã giao"), ("agency", "Của cơ quan"))
ONLY = (("open", "Chờ trả lời"), ("late", "Quá hạn trả lời"), ("all", "Tất cả"))


def waiting_panel(actor: Actor, now: datetime) -> dict[str, Any]:
    """On the desk: what one is to answer. Empty when there is nothing."""
    waiting = waiting_for(actor)
    return {"waiting": waiting} if waiting else {}


@never_cache
@require_GET
@guarded("dossiers.instructions")
def listing(request: ActorRequest) -> HttpResponse:
    """What I am to answer, what I gave, what was given in my agencies; open ones first."""
    leads = bool(allow(request.actor, "dossiers.instruct"))
    shown = [(key, title) for key, title in TABS if leads or key == "mine"]
    usual: Which = "given" if leads else "mine"
    which = next((key for key, _ in shown if key == request.GET.get("which")), usual)
    only = next((key for key, _ in ONLY if key == request.GET.get("only")), "open")
    context = {
        "rows": instructions_page(request.actor, which=which, only=only, now=request.now),
        "which": which,
        "only": only,
        "tabs": [{"title": title, "url": f"?which={key}&only={only}", "current": key == which} for key, title in shown],
        "filters": [(f"?which={which}&only={key}", title, key == only) for key, title in ONLY],
    }
    return render(request, "dossiers/officer/instructions.html", context)


@never_cache
@guarded("dossiers.instruct")
def give(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """The page of a new instruction."""
    view = open_dossier(request, public_id)
    if not allow(request.actor, "dossiers.instruct", Access(frozenset({view.agency_id}), view.owner_id)):
        raise Refused("Chỉ lãnh đạo cơ quan giải quyết hồ sơ được chỉ đạo.", permission="dossiers.instruct")
    people = [one for one in addressees_of(view.agency_id, now=request.now) if one.user_id != request.actor.user_id]
    holder = next((task.holder_id for task in view.open_tasks if task.holder_id), None)
    typed = {"addressee": str(holder or ""), "text": "", "answer_by": ""}
    error: CannotInstruct | None = None
    if request.method == "POST":
        typed = {name: request.POST.get(name, "") for name in typed}
        try:
            instruct(
                dossier_id=view.id,
                addressee_id=_number(typed["addressee"]),
                text=typed["text"],
                answer_by=_day(typed["answer_by"]),
                actor=request.actor,
                now=request.now,
            )
        except CannotInstruct as refusal:
            error = refusal
        else:
            messages.success(request, "Đã giao chỉ đạo. Người nhận được báo ngay; hạn trả của hồ sơ không đổi.")
            return redirect("dossiers:show", public_id)
    context = {
        "view": view,
        "tone": TONES[view.state],
        "tabs": tabs(view, "actions"),
        "people": [(one.user_id, _called(one.full_name, one.position_title, one.unit_name)) for one in people],
        "typed": typed,
        "errors": _errors(error),
        "error_of": {error.field: str(error)} if error else {},
        "closed": not may_instruct(view),
    }
    return render(request, "dossiers/officer/instruct.html", context, status=422 if error else 200)


@never_cache
@guarded("dossiers.view")
def one(request: ActorRequest, public_id: UUID, instruction_id: int) -> HttpResponse:
    """One instruction: read, answer (the addressee) or take back (who gave it)."""
    view = open_dossier(request, public_id)
    found = _of(view, instruction_id, request)
    typed = {name: request.POST.get(name, "") for name in ("answer", "reason")}
    error: CannotInstruct | None = None
    if request.method == "POST":
        try:
            done = _end(request, found, typed)
        except CannotInstruct as refusal:
            error, found = refusal, _of(view, instruction_id, request)
        else:
            messages.success(request, done)
            return redirect("dossiers:instruction", public_id, instruction_id)
    context = {
        "view": view,
        "tone": TONES[view.state],
        "tabs": tabs(view, "show"),
        "one": found,
        "may_answer": found.is_open and found.mine and bool(allow(request.actor, "dossiers.answer_instruction")),
        "may_withdraw": found.is_open and found.given,
        "typed": typed,
        "errors": _errors(error),
        "error_of": {error.field: str(error)} if error else {},
    }
    return render(request, "dossiers/officer/instruction.html", context, status=422 if error else 200)


def _end(request: ActorRequest, found: InstructionInfo, typed: dict[str, str]) -> str:
    if request.POST.get("do") == "withdraw":
        withdraw_instruction(instruction_id=found.id, reason=typed["reason"], actor=request.actor, now=request.now)
        return "Đã thu hồi chỉ đạo."
    answer_instruction(instruction_id=found.id, text=typed["answer"], actor=request.actor, now=request.now)
    return "Đã gửi trả lời."


def _of(view: DossierView, instruction_id: int, request: ActorRequest) -> InstructionInfo:
    found = next((row for row in instructions_of(view.id, request.actor) if row.id == instruction_id), None)
    if found is None:
        raise Http404
    return found


def _errors(error: CannotInstruct | None) -> list[tuple[str, str]]:
    return [(error.field or "content", str(error))] if error else []


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else None


def _day(text: str) -> Any:
    try:
        return parse_date(text)
    except ValueError as error:
        raise CannotInstruct(str(error), "answer_by") from error


def _called(name: str, title: str, unit: str) -> str:
    return ", ".join(filter(None, (name, title, unit)))
