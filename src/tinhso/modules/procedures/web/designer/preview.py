"""The form as a citizen meets it on a phone: drawn by the real renderer, checked by the real rules, stored nowhere.

What was answered travels with the page itself, from one page of the form to the next.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from tinhso.kernel.access.web import ActorRequest, guarded, local_day
from tinhso.modules.procedures.queries.designing import Draft
from tinhso.modules.procedures.rules import (
    apply_list_action,
    blank,
    clean,
    defects_of_form,
    from_post,
    ordered,
    papers_asked,
    read_definition,
)
from tinhso.modules.procedures.rules.form_editing import EMPTY_FORM
from tinhso.modules.procedures.web.designer.form_pages import form_of
from tinhso.modules.procedures.web.designer.frame import only_drafts, page
from tinhso.modules.procedures.web.forms import answers, error_list, pages, render_context

_MOST_CARRIED = 400_000
# Conditions may read who files: in the preview the person files for themselves.
_APPLICANT = {"applicant": {"acting_as": "self", "full_name": "Nguyễn Văn A", "phone": "0912000001"}}


@never_cache
@require_GET
@guarded("procedures.edit")
@only_drafts
def preview(request: ActorRequest, one: Draft) -> HttpResponse:
    """The frame of a phone, beside what the form asks in all."""
    form = form_of(one)
    broken = form is None or any(True for _ in defects_of_form(form))
    return page(request, "procedures/designer/preview.html", one, "design_preview", {"broken": broken})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@guarded("procedures.edit")
@only_drafts
def preview_page(request: ActorRequest, one: Draft) -> HttpResponse:
    """One page of the form in the citizens' frame."""
    form = form_of(one)
    if form is None or any(True for _ in defects_of_form(form)):
        return render(request, "procedures/designer/preview_broken.html", {"draft": one}, status=422)
    today = local_day(request.now)
    data: dict[str, Any] = {**blank(form), **_carried(request, form)}
    shown = pages(form, data, context=_APPLICANT)
    keys = [key for key, _ in shown]
    given = request.POST or request.GET
    group = given.get("group", "") if given.get("group") in keys else (keys[0] if keys else ordered(form)[0])
    errors: dict[str, str] = {}
    if request.method == "POST":
        data = {**data, group: None, **from_post(form, request.POST, group=group)}
        data, here = apply_list_action(form, data, request.POST)
        _, found = clean(form, data, today=today, context=_APPLICANT)
        shown = pages(form, data, context=_APPLICANT)
        keys = [key for key, _ in shown]
        if here is None:
            errors = {at: text for at, text in found.items() if at == f"/{group}" or at.startswith(f"/{group}/")}
            if not errors and group in keys:
                if keys.index(group) + 1 == len(keys):
                    return _finished(request, one, form, data, today=today)
                group = keys[keys.index(group) + 1]
    context = {
        "draft": one,
        "title": one.version.procedure.plain_name or one.version.procedure.name,
        "page": render_context(form, group, data, errors, today=today, context=_APPLICANT),
        "errors": error_list(errors, f"/{group}"),
        "group": group,
        "carried": json.dumps(data, ensure_ascii=False),
        "step": keys.index(group) + 1 if group in keys else 1,
        "total": len(keys) or 1,
    }
    return render(request, "procedures/designer/preview_page.html", context, status=422 if errors else 200)


def _finished(
    request: ActorRequest, one: Draft, form: Mapping[str, Any], data: Mapping[str, Any], *, today: Any
) -> HttpResponse:
    kept, errors = clean(form, data, today=today, context=_APPLICANT)
    definition = read_definition({**one.definition, "route": None}).definition
    context = {
        "draft": one,
        "sections": answers(form, kept, _APPLICANT),
        "papers": papers_asked(definition, {**kept, **_APPLICANT}) if definition else (),
        "errors": error_list(errors),
    }
    return render(request, "procedures/designer/preview_done.html", context)


def _carried(request: ActorRequest, form: Mapping[str, Any]) -> dict[str, Any]:
    text = request.POST.get("carried", "")
    try:
        found = json.loads(text) if text and len(text) <= _MOST_CARRIED else {}
    except ValueError:
        return {}
    known = form.get("properties", EMPTY_FORM["properties"])
    return {key: value for key, value in found.items() if key in known} if isinstance(found, dict) else {}
