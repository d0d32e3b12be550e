"""Routes in and out as files: export as BPMN, upload of drawings and tables, what was read of them, taking over."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from tinhso.kernel.access.api import roles
from tinhso.kernel.access.web import ActorRequest, guarded
from tinhso.modules.procedures.models import RouteFile
from tinhso.modules.procedures.queries.designing import Draft
from tinhso.modules.procedures.rules import read_definition
from tinhso.modules.procedures.rules.bpmn_reading import MOST_BYTES
from tinhso.modules.procedures.rules.bpmn_writing import bpmn_of
from tinhso.modules.procedures.rules.route_drawing import draw
from tinhso.modules.procedures.rules.wording import term_in_words
from tinhso.modules.procedures.services.designing_imports import (
    CannotImportRoute,
    take_over_drawing,
    take_over_table,
    upload_route,
)
from tinhso.modules.procedures.services.drafting import CannotDraft
from tinhso.modules.procedures.web.designer.frame import only_drafts, opened, page
from tinhso.modules.procedures.web.designer.route_pages import WORKING_ROLES, route_of

MOST_ROWS = 80


@never_cache
@require_GET
@guarded("procedures.view_catalogue")
def bpmn(request: ActorRequest, version_id: int) -> HttpResponse:
    """The route of any version as a BPMN 2.0 file."""
    one = opened(request, version_id)
    route = route_of(one)
    if not route or not route.get("steps"):
        raise Http404("Phiên bản này chưa có quy trình.")
    code = one.version.procedure.code
    title = one.version.procedure.plain_name or one.version.procedure.name
    response = HttpResponse(bpmn_of(route, code=code, title=title, roles=roles()), content_type="application/xml")
    response["Content-Disposition"] = f'attachment; filename="quy-trinh-{code}.bpmn"'
    return response


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@guarded("procedures.edit")
@only_drafts
def imports(request: ActorRequest, one: Draft) -> HttpResponse:
    """Choose a file; the files handed in before."""
    error = ""
    if request.method == "POST":
        given = request.FILES.get("file")
        if given is None:
            error = "Chọn một tệp .bpmn, .xlsx hoặc .csv."
        else:
            try:
                number = upload_route(
                    version_id=one.version.pk, content=given.read(MOST_BYTES + 1), filename=given.name or "",
                    actor=request.actor, now=request.now,
                )  # fmt: skip
            except CannotImportRoute as reason:
                error = str(reason)
            else:
                return HttpResponseRedirect(reverse("procedures:design_import_file", args=[one.version.pk, number]))
    files = RouteFile.objects.filter(version=one.version).order_by("-pk").defer("content", "reading")
    context = {
        "files": [(one_file, _file_url(one, one_file)) for one_file in files],
        "error": error,
        "errors": [("file", error)] if error else [],
        "most": MOST_BYTES,
    }
    return page(request, "procedures/designer/imports.html", one, "design_route", context, wrong=bool(error))


def _file_url(one: Draft, kept: RouteFile) -> str:
    return reverse("procedures:design_import_file", args=[one.version.pk, kept.pk])


def _kept(one: Draft, file_id: int) -> RouteFile:
    found = (
        RouteFile.objects.filter(pk=file_id, version=one.version).select_related("uploaded_by").defer("content").first()
    )
    if found is None:
        raise Http404("Không có tệp này.")
    return found


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@guarded("procedures.edit")
@only_drafts
def import_file(request: ActorRequest, one: Draft, file_id: int) -> HttpResponse:
    """What was read of a file, what could not be, and the confirmation that takes it over."""
    kept = _kept(one, file_id)
    errors: dict[str, str] = {}
    told = ""
    given = request.POST
    if request.method == "POST":
        try:
            _take_over(request, kept)
        except CannotImportRoute as reason:
            errors = reason.errors
            told = "" if errors else str(reason)
        except CannotDraft as reason:
            told = str(reason)
            one = opened(request, one.version.pk)
        else:
            messages.success(request, "Đã đưa quy trình từ tệp vào bản nháp. Không đúng ý thì bấm «Hoàn tác».")
            return HttpResponseRedirect(reverse("procedures:design_route", args=[one.version.pk]))
    reading = kept.reading
    route = reading.get("route")
    known = roles()
    context = {
        "kept": kept,
        "original_url": reverse("procedures:design_import_original", args=[one.version.pk, kept.pk]),
        "again_url": reverse("procedures:design_imports", args=[one.version.pk]),
        "roles": [(key, known[key]) for key in WORKING_ROLES if key in known],
        "rows": _rows(kept, given if request.method == "POST" else None, errors),
        "lanes": _lanes(kept, given if request.method == "POST" else None, errors),
        "tasks": _tasks(kept, given if request.method == "POST" else None, errors),
        "may_return": "may_return" in given if request.method == "POST" else True,
        "drawing": draw(route, known) if route else None,
        "terms": _terms(one, reading),
        "errors": ([("", told)] if told else []) + list(errors.items()),
    }
    wrong = bool(errors or told)
    return page(request, "procedures/designer/import_file.html", one, "design_route", context, wrong=wrong)


def _take_over(request: ActorRequest, kept: RouteFile) -> None:
    given = request.POST
    seen = given.get("seen", "")
    if kept.kind == RouteFile.Kind.TABLE:
        count = min(len(kept.reading.get("steps", [])), MOST_ROWS)
        steps = [
            {name: given.get(f"{name}_{number}", "") for name in ("title", "role", "unit", "hours")}
            for number in range(count)
        ]
        take_over_table(
            file_id=kept.pk,
            steps=steps,
            may_return="may_return" in given,
            seen=seen,
            actor=request.actor,
            now=request.now,
        )
        return
    lanes = {
        lane: {"role": given.get(f"lane_role_{number}", ""), "unit": given.get(f"lane_unit_{number}", "")}
        for number, lane in enumerate(kept.reading.get("lanes") or {})
    }
    steps = (kept.reading.get("route") or {}).get("steps", [])
    hours = {str(step["key"]): given.get(f"hours_{number}", "") for number, step in enumerate(steps)}
    take_over_drawing(file_id=kept.pk, lanes=lanes, hours=hours, seen=seen, actor=request.actor, now=request.now)


def _rows(kept: RouteFile, given: Any, errors: dict[str, str]) -> list[dict[str, Any]]:
    return [
        {
            **step,
            "number": number,
            **(
                {name: given.get(f"{name}_{number}", "") for name in ("title", "role", "unit", "hours")}
                if given
                else {}
            ),
            "role_error": errors.get(f"role_{number}", ""),
            "hours_error": errors.get(f"hours_{number}", ""),
        }
        for number, step in enumerate(kept.reading.get("steps", [])[:MOST_ROWS])
    ]


def _lanes(kept: RouteFile, given: Any, errors: dict[str, str]) -> list[dict[str, Any]]:
    return [
        {
            "number": number,
            "name": lane or "(không có làn)",
            "role": given.get(f"lane_role_{number}", "") if given else "",
            "unit": given.get(f"lane_unit_{number}", "") if given else "",
            "error": errors.get(f"lane_role_{number}", ""),
        }
        for number, lane in enumerate(kept.reading.get("lanes") or {})
    ]


def _tasks(kept: RouteFile, given: Any, errors: dict[str, str]) -> list[dict[str, Any]]:
    if kept.reading.get("ours", True):
        return []
    lane_of = kept.reading.get("lane_of") or {}
    return [
        {
            "number": number,
            "title": step["title"],
            "lane": lane_of.get(step["key"], ""),
            "hours": given.get(f"hours_{number}", "") if given else "",
            "error": errors.get(f"hours_{number}", ""),
        }
        for number, step in enumerate((kept.reading.get("route") or {}).get("steps", []))
        if not step.get("role")
    ]


def _terms(one: Draft, reading: dict[str, Any]) -> list[tuple[str, int, bool]]:
    """(the term in words, its hours, is the table's total over it?)"""
    outside = reading.get("outside", [])
    total = reading.get("total") or sum(step["hours"] for step in [*reading.get("steps", []), *outside])
    terms = [case.term for case in read_definition(one.definition).parsed.deadline or ()]
    return [(term_in_words(term), term.least_working_hours(), total > term.least_working_hours()) for term in terms]


@never_cache
@require_GET
@guarded("procedures.edit")
@only_drafts
def original(request: ActorRequest, one: Draft, file_id: int) -> HttpResponse:
    """The file as it was handed in. Only ever saved, never shown: what it holds is not ours."""
    kept = RouteFile.objects.filter(pk=file_id, version=one.version).first()
    if kept is None:
        raise Http404("Không có tệp này.")
    response = HttpResponse(bytes(kept.content), content_type="application/octet-stream")
    response["Content-Disposition"] = (
        f'attachment; filename="tep-{kept.pk}.{"bpmn" if kept.kind == "bpmn" else "xlsx" if bytes(kept.content).startswith(b"PK") else "csv"}"'
    )
    response["X-Content-Type-Options"] = "nosniff"
    return response
