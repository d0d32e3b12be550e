"""Writing a draft page by page. What was typed is kept first, then checked; nothing is lost by a mistake."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render

from tinhso.kernel.access.web import ActorRequest, assured, guarded
from tinhso.modules.dossiers.queries.own import unsent_drafts
from tinhso.modules.dossiers.rules import (
    ACTING_AS,
    APPLICANT_FIELDS,
    RESULT_DELIVERY,
    applicant_errors,
    clean_applicant,
)
from tinhso.modules.dossiers.services.drafts import CannotSave, discard, save_applicant, save_group
from tinhso.modules.dossiers.services.submitting import applicant_context, problems_of
from tinhso.modules.dossiers.web.citizen.visitor import keys_of
from tinhso.modules.dossiers.web.citizen.way import (
    APPLICANT,
    Way,
    leave,
    of_a_draft,
    open_draft,
    resume_url,
    revision_of,
    way_of,
)
from tinhso.modules.identity import api as identity
from tinhso.modules.procedures import api as procedures
from tinhso.modules.procedures.web.forms import element_id, error_list, render_context

FROM_ACCOUNT = "Lấy từ thông tin cá nhân của bạn"
FROM_NATIONAL = "Theo định danh điện tử quốc gia"
VOUCHED = {"full_name", "identity_number"}
FULL = 2
PREFILLED = ("full_name", "identity_number", "phone", "email", "address")


@guarded("dossiers.draft")
@of_a_draft
def resume(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """Go on where one stopped: the first page with something left to do."""
    draft = open_draft(request, public_id)
    if draft.dossier_id is not None:
        return redirect("dossiers:sent", public_id=public_id)
    _, problems = problems_of(draft, now=request.now)
    return HttpResponseRedirect(resume_url(way_of(draft), problems))


@guarded("dossiers.draft")
@of_a_draft
def applicant(request: ActorRequest, public_id: UUID) -> HttpResponseBase:
    """«Người nộp hồ sơ»: the first page, the same for every procedure, filled in from what is known."""
    draft = open_draft(request, public_id)
    if draft.dossier_id is not None:
        return redirect("dossiers:sent", public_id=public_id)
    errors: dict[str, str] = {}
    sources: dict[str, str] = {}
    conflict = ""
    if request.method == "POST":
        values: Mapping[str, Any] = clean_applicant({name: request.POST.get(name, "") for name in APPLICANT_FIELDS})
        try:
            save_applicant(
                public_id=public_id,
                values=values,
                revision=revision_of(request),
                actor=request.actor,
                keys=keys_of(request),
                now=request.now,
            )
        except CannotSave as refusal:
            conflict = str(refusal)
        else:
            if "exit" in request.POST:
                return leave(request, draft)
            errors = applicant_errors(values)
            if not errors:
                draft.applicant = dict(values)
                return HttpResponseRedirect(way_of(draft).after(APPLICANT).url)
        draft = open_draft(request, public_id)
    else:
        values, sources = _known(request, draft.applicant)
    way = way_of(draft)
    context = {
        **_frame(way, APPLICANT, conflict),
        "values": values,
        "errors": errors,
        "sources": sources,
        "summary": [*_told(conflict), *((name, errors[name]) for name in APPLICANT_FIELDS if name in errors)],
        "acting_as": list(ACTING_AS.items()),
        "deliveries": list(RESULT_DELIVERY.items()),
    }
    return render(request, "dossiers/citizen/applicant.html", context, status=422 if conflict or errors else 200)


def _known(request: ActorRequest, kept: Mapping[str, Any]) -> tuple[Mapping[str, Any], dict[str, str]]:
    """What is kept; for a page not yet filled in, what the account knows, with its source."""
    if kept or request.actor.kind != "citizen" or request.actor.user_id is None:
        return kept or {"result_delivery": "online"}, {}
    person = identity.person(request.actor.user_id)
    values = {name: str(getattr(person, name, "") or "") for name in PREFILLED}
    if request.actor.mandate is not None:
        values |= identity.mandate_subject(request.actor.mandate.number)
    if person and person.verified_at and not assured(request, FULL):
        # Vouched for, but this session has not shown that it is they: the name and how to reach them, no more.
        values |= {"identity_number": "", "address": ""}
    return {**values, "result_delivery": "online"}, {
        name: FROM_NATIONAL if name in VOUCHED and person and person.proof == "national" else FROM_ACCOUNT
        for name, value in values.items()
        if value
    }


@guarded("dossiers.draft")
@of_a_draft
def form_page(request: ActorRequest, public_id: UUID, group: str) -> HttpResponseBase:
    """One group of the procedure's form. Items of repeated groups are added and taken out here without JavaScript."""
    draft = open_draft(request, public_id)
    if draft.dossier_id is not None:
        return redirect("dossiers:sent", public_id=public_id)
    way = way_of(draft)
    form = way.definition.form
    if form is None or group not in form["properties"]:
        raise Http404
    context = applicant_context(draft)
    values: Mapping[str, Any] = {**procedures.blank(form), **draft.form_data}
    errors: dict[str, str] = {}
    conflict = ""
    if request.method == "POST":
        data = {**draft.form_data, group: None, **procedures.from_post(form, request.POST, group=group)}
        data, here = procedures.apply_list_action(form, data, request.POST)
        try:
            save_group(
                public_id=public_id,
                group=group,
                values=data[group],
                revision=revision_of(request),
                actor=request.actor,
                keys=keys_of(request),
                now=request.now,
            )
        except CannotSave as refusal:
            conflict = str(refusal)
        else:
            if here is not None:
                return HttpResponseRedirect(f"{request.path}#{element_id(here.replace('.', '/'))}")
            if "exit" in request.POST:
                return leave(request, draft)
            _, found = procedures.clean(form, data, today=request.now.date(), context=context)
            errors = {pointer: message for pointer, message in found.items() if _below(pointer, group)}
            if not errors:
                draft.form_data = data
                return HttpResponseRedirect(way_of(draft).after(group).url)
        values = data
        draft = open_draft(request, public_id)
        way = way_of(draft)
    if not way.step(group):
        return redirect("dossiers:draft", public_id=public_id)
    page = render_context(form, group, values, errors, today=request.now.date(), context=context)
    shown = {
        **_frame(way, group, conflict),
        "page": page,
        "summary": [*_told(conflict), *error_list(errors, f"/{group}")],
    }
    return render(request, "dossiers/citizen/form_page.html", shown, status=422 if conflict or errors else 200)


def _below(pointer: str, group: str) -> bool:
    return pointer == f"/{group}" or pointer.startswith(f"/{group}/")


def _told(conflict: str) -> list[tuple[str, str]]:
    return [("", conflict)] if conflict else []


def _frame(way: Way, key: str, conflict: str = "") -> dict[str, Any]:
    return {
        "way": way,
        "draft": way.draft,
        "step": way.step(key),
        "total": len(way.pages),
        "here": way.page(key),
        "back": way.before(key),
        "conflict": conflict,
    }


@guarded("dossiers.draft")
@of_a_draft
def saved(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """After «Lưu và thoát» without an account: how to come back."""
    draft = open_draft(request, public_id)
    if draft.dossier_id is not None:
        return redirect("dossiers:sent", public_id=public_id)
    lines = unsent_drafts(user_id=request.actor.owner_id, keys=() if request.actor.mandate else keys_of(request))
    return render(request, "dossiers/citizen/saved.html", {"draft": draft, "lines": lines})


@guarded("dossiers.draft")
@of_a_draft
def discard_draft(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """Ask, then throw an unsent draft away."""
    draft = open_draft(request, public_id)
    if draft.dossier_id is not None:
        return redirect("dossiers:sent", public_id=public_id)
    if request.method == "POST":
        discard(public_id=public_id, actor=request.actor, keys=keys_of(request))
        messages.success(request, "Đã xóa bản nháp.")
        return redirect("dossiers:mine" if request.actor.kind == "citizen" else "procedures:home")
    return render(request, "dossiers/citizen/discard.html", {"draft": draft, "way": way_of(draft)})
