"""«Hỏi đáp nghiệp vụ»: an officer asks; approved notes and the procedures' own versions answer, each with its source."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from tinhso.kernel.access.api import allow
from tinhso.kernel.access.web import ActorRequest, guarded, local_day
from tinhso.kernel.ui.typed import parse_date
from tinhso.modules.procedures.models import Guidance
from tinhso.modules.procedures.queries.guidance import all_guidance, answers, guidance
from tinhso.modules.procedures.rules.asking import TEXT_MOST, TOPIC_TITLES, Topic
from tinhso.modules.procedures.services.guidance import (
    CannotGuide,
    approve_guidance,
    end_guidance,
    propose_guidance,
    refuse_guidance,
)
from tinhso.modules.procedures.web.presenting import present

FIELDS = ("procedure_code", "question", "answer", "source")


def _clean(request: ActorRequest, name: str, most: int) -> str:
    return request.GET.get(name, "").replace("\x00", "").strip()[:most]


@never_cache
@require_GET
@guarded("procedures.read_guidance")
def ask(request: ActorRequest) -> HttpResponse:
    """Ask in words, or about one procedure (`?procedure=`)."""
    text, code = _clean(request, "q", TEXT_MOST), _clean(request, "procedure", 20)
    found = answers(text, procedure_code=code, on=local_day(request.now)) if text or code else None
    context: dict[str, Any] = {
        "text": text,
        "code": code,
        "found": found,
        "versions": [
            (version, present(version, calendar=None, now=request.now), version.definition)
            for version in (found.versions if found else ())
        ],
        "shown": {topic.value for topic in (found.topics if found and found.topics else Topic)},
        "topics": TOPIC_TITLES,
        "may_write": bool(allow(request.actor, "procedures.write_guidance")),
        "waiting": all_guidance("proposed") if allow(request.actor, "procedures.approve_guidance") else [],
    }
    return render(request, "procedures/guidance/ask.html", context)


@never_cache
@guarded("procedures.write_guidance")
def write(request: ActorRequest) -> HttpResponse:
    """A new note, or one that takes the place of another (`?replaces=`)."""
    former = guidance(_number(request.GET.get("replaces", "")) or 0)
    typed = dict.fromkeys(FIELDS, "")
    if former is not None:
        code = former.procedure.code if former.procedure else ""
        typed = {"procedure_code": code, "question": former.question, "answer": former.answer, "source": former.source}
    errors: dict[str, str] = {}
    if request.method == "POST":
        typed = {name: request.POST.get(name, "") for name in FIELDS}
        try:
            number = propose_guidance(
                **typed, replaces_id=former.pk if former else None, actor=request.actor, now=request.now
            )
        except CannotGuide as refusal:
            errors = refusal.problems or {"question": str(refusal)}
        else:
            messages.success(request, "Đã gửi duyệt. Cán bộ chỉ thấy sau khi người khác duyệt.")
            return redirect("procedures:guidance_note", number)
    context = {"former": former, "typed": typed, "errors": errors, "summary": list(errors.items())}
    return render(request, "procedures/guidance/write.html", context, status=422 if errors else 200)


@never_cache
@guarded("procedures.read_guidance")
def note(request: ActorRequest, guidance_id: int) -> HttpResponse:
    """One note with its source and who approved it; the second person approves, refuses or ends it here."""
    row = guidance(guidance_id)
    approves = bool(allow(request.actor, "procedures.approve_guidance"))
    writes = bool(allow(request.actor, "procedures.write_guidance"))
    if row is None or (row.status in ("proposed", "withdrawn") and not (approves or writes)):
        raise Http404
    errors: dict[str, str] = {}
    if request.method == "POST":
        try:
            done = _decide(request, row)
        except CannotGuide as refusal:
            errors = refusal.problems or {"valid_from": str(refusal)}
            row = guidance(guidance_id)
        else:
            messages.success(request, done)
            return redirect("procedures:guidance_note", guidance_id)
    today = local_day(request.now)
    context = {
        "row": row,
        "over": row is not None and row.valid_until is not None and row.valid_until < today,
        "may_decide": approves and row is not None and row.status == "proposed",
        "may_end": approves and row is not None and row.status == "approved",
        "may_replace": writes and row is not None and row.status == "approved",
        "typed": {name: request.POST.get(name, "") for name in ("valid_from", "reason")},
        "errors": errors,
        "summary": list(errors.items()),
    }
    return render(request, "procedures/guidance/note.html", context, status=422 if errors else 200)


def _decide(request: ActorRequest, row: Guidance) -> str:
    same: dict[str, Any] = {"guidance_id": row.pk, "actor": request.actor, "now": request.now}
    action = request.POST.get("do", "")
    if action == "refuse":
        refuse_guidance(reason=request.POST.get("reason", ""), **same)
        return "Đã không duyệt."
    if action == "end":
        end_guidance(reason=request.POST.get("reason", ""), **same)
        return "Hướng dẫn hết áp dụng sau hôm nay."
    try:
        day = parse_date(request.POST.get("valid_from", ""))
    except ValueError as error:
        raise CannotGuide(str(error), {"valid_from": str(error)}) from error
    approve_guidance(valid_from=day, **same)
    return "Đã duyệt."


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else None
