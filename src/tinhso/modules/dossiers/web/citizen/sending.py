"""Check the answers, send, and the receipt."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from tinhso.kernel.access.web import ActorRequest, guarded
from tinhso.kernel.calendar.api import CannotComputeDeadline, DeadlineRule, compute_due_for
from tinhso.modules.directory import api as directory
from tinhso.modules.dossiers.models import Dossier, Draft
from tinhso.modules.dossiers.queries.own import attached_files
from tinhso.modules.dossiers.rules import ACTING_AS, APPLICANT_FIELDS, RESULT_DELIVERY
from tinhso.modules.dossiers.services import printing
from tinhso.modules.dossiers.services.submitting import (
    CannotSubmit,
    Submitted,
    applicant_context,
    current_pin,
    problems_of,
    submit,
)
from tinhso.modules.dossiers.web.citizen.visitor import keys_of, open_here, remember_sent
from tinhso.modules.dossiers.web.citizen.way import CHECK, Way, of_a_draft, open_draft, way_of
from tinhso.modules.procedures import api as procedures
from tinhso.modules.procedures.web.forms import answers


@guarded("dossiers.draft")
@of_a_draft
def check(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """Everything once more, with what is still to be put right, the fee and the day one may expect the result."""
    draft = open_draft(request, public_id)
    if draft.dossier_id is not None:
        return redirect("dossiers:sent", public_id=public_id)
    way = way_of(draft)
    cleaned, problems = problems_of(draft, now=request.now)
    context = applicant_context(draft)
    case = {**cleaned, **context}
    files = attached_files(draft.pk)
    term = procedures.deadline_rule(way.definition, case)
    shown = {
        "way": way,
        "draft": draft,
        "step": way.step(CHECK),
        "total": len(way.pages),
        "here": way.page(CHECK),
        "back": way.before(CHECK),
        "problems": [(way.url_of(problem), problem.message) for problem in problems],
        "applicant": _applicant_rows(draft, way.pages[0].url),
        "sections": [
            (section.title, [(row, f"{_page_url(way, section.group)}#{row.id}") for row in section.rows])
            for section in answers(way.definition.form or {}, cleaned, context)
        ],
        "papers": [(paper, tuple(files.get(paper.key, ()))) for paper in procedures.papers_asked(way.definition, case)],
        "fees": procedures.fees_due(way.definition, case, "online"),
        "term": term,
        "term_text": _term_text(term),
        "due_at": _due(draft.agency_id, term, request.now),
        "agency": directory.organisation(draft.agency_id),
    }
    return render(request, "dossiers/citizen/check.html", shown)


def _page_url(way: Way, group: str) -> str:
    page = way.page(group)
    return page.url if page else ""


def _applicant_rows(draft: Draft, url: str) -> list[tuple[str, str, str]]:
    values = draft.applicant
    words: dict[str, dict[str, str]] = {"acting_as": ACTING_AS, "result_delivery": RESULT_DELIVERY}
    rows = []
    for name, label in APPLICANT_FIELDS.items():
        value = str(values.get(name) or "")
        if name in ("subject_name", "subject_identity", "authority") and values.get("acting_as") in (None, "", "self"):
            continue
        rows.append((label, words.get(name, {}).get(value, value), f"{url}#{name}"))
    return rows


def _due(agency_id: int, term: procedures.DeadlineTerm | None, now: datetime) -> datetime | None:
    if term is None:
        return None
    rule = DeadlineRule(amount=term.amount, unit=term.unit, cutoff=term.cutoff)
    try:
        return compute_due_for(organisation_id=agency_id, received_at=now, rule=rule).due_at
    except CannotComputeDeadline:
        return None


def _term_text(term: procedures.DeadlineTerm | None) -> str:
    if term is None:
        return ""
    cutoff = term.cutoff.strftime("%H:%M") if term.cutoff else None
    return printing.term_in_words({"amount": term.amount, "unit": term.unit, "cutoff": cutoff})


@guarded("dossiers.submit")
@of_a_draft
def send(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """Send. Again, by a double click or the back button: the same receipt."""
    draft = open_draft(request, public_id)
    if request.method != "POST":
        return redirect("dossiers:draft_check", public_id=public_id)
    try:
        done = submit(public_id=draft.public_id, actor=request.actor, keys=keys_of(request), now=request.now)
    except CannotSubmit:
        return redirect("dossiers:draft_check", public_id=public_id)
    if draft.helping is not None:
        # Code and PIN are the person's: the helper gets neither a receipt nor a way in.
        return redirect("dossiers:support_page", public_id=draft.helping.public_id)
    remember_sent(request, public_id)
    if request.actor.kind == "nobody":
        open_here(request, done.public_id)
    return redirect("dossiers:sent", public_id=public_id)


def _sent(request: ActorRequest, public_id: UUID) -> tuple[Draft, Dossier, Submitted]:
    draft = open_draft(request, public_id)
    if draft.dossier_id is None:
        raise Http404
    dossier = Dossier.objects.select_related("version__procedure", "agency", "office").get(pk=draft.dossier_id)
    pin = current_pin(dossier)
    return draft, dossier, Submitted(dossier.pk, dossier.public_id, dossier.code, pin, already=True)


@guarded("dossiers.submit")
@of_a_draft
def sent(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """The receipt: code, PIN, what happens next and who holds the dossier."""
    draft = open_draft(request, public_id)
    if draft.helping is not None:
        return redirect("dossiers:support_page", public_id=draft.helping.public_id)
    if draft.dossier_id is None:
        return redirect("dossiers:draft", public_id=public_id)
    draft, dossier, submitted = _sent(request, public_id)
    context: dict[str, Any] = {
        "draft": draft,
        "dossier": dossier,
        "pin": f"{submitted.pin[:3]} {submitted.pin[3:]}",
        "title": dossier.version.procedure.plain_name or dossier.version.procedure.name,
        "email": draft.applicant.get("email", ""),
    }
    return render(request, "dossiers/citizen/sent.html", context)


@guarded("dossiers.submit")
@of_a_draft
def slip(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """The receipt as a PDF to keep; made anew each time, never stored, since the PIN stands on it."""
    draft, dossier, submitted = _sent(request, public_id)
    if draft.helping is not None and draft.helping.way != "present":
        raise Http404
    content = printing.acknowledgement(submitted, now=request.now)
    response = HttpResponse(content, content_type="application/pdf")
    response.headers["Content-Disposition"] = f'attachment; filename="giay-bien-nhan-{dossier.code}.pdf"'
    response.headers["Cache-Control"] = "private, no-store"
    return response
