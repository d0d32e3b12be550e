"""A version for officers: what it says, what is wrong with it, and its way to publication."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from tinhso.kernel.access.api import allow, roles
from tinhso.kernel.access.web import ActorRequest, guarded
from tinhso.kernel.ui.typed import parse_date
from tinhso.modules.procedures import queries, services
from tinhso.modules.procedures.queries import VersionInfo
from tinhso.modules.procedures.queries.checking import defects_of_version
from tinhso.modules.procedures.rules import ACTION_KINDS, Definition, read_definition, route_hours
from tinhso.modules.procedures.rules.wording import questions
from tinhso.modules.procedures.web.presenting import present
from tinhso.modules.procedures.web.views import is_code

REFUSALS = (services.CannotDraft, services.CannotSubmit, services.CannotPublish, services.CannotRetire)


@guarded("procedures.view_catalogue")
def version(request: ActorRequest, code: str, number: int) -> HttpResponse:
    return _page(request, code, number)


def _page(
    request: ActorRequest, code: str, number: int, *, refusal: str = "", typed: dict[str, str] | None = None
) -> HttpResponse:
    versions = queries.versions_of(code) if is_code(code) else []
    found = next((one for one in versions if one.number == number), None)
    if found is None:
        raise Http404("Không có phiên bản này của thủ tục.")
    raw = queries.raw_definition(found.id)
    # Past versions are history: whether somebody could do their steps today is not asked.
    living = found.status in ("draft", "in_review", "published")
    reading = read_definition(raw, roles=roles().keys()) if raw is not None else None
    definition = reading.definition if reading else None
    defects = defects_of_version(found.procedure.id, raw, on=request.now.date()) if reading and living else ()
    context = {
        "version": found,
        "versions": versions,
        "making": queries.making_of(found.id),
        "defects": defects,
        "definition": definition,
        "presented": present(
            queries.version(found.id) or found if definition else found, calendar=None, now=request.now
        ),
        "route": _route(definition) if definition else [],
        "hours": route_hours(definition.route) if definition and definition.route else None,
        "form_pages": questions(definition.form) if definition and definition.form else (),
        "may_edit": bool(allow(request.actor, "procedures.edit")),
        "may_publish": bool(allow(request.actor, "procedures.publish")),
        "open_draft": next((one.number for one in versions if one.status in ("draft", "in_review")), None),
        "refusal": refusal,
        "refusals": [("", refusal)],
        "typed": typed or {},
        "today": request.now.date(),
    }
    return render(request, "procedures/version.html", context, status=409 if refusal else 200)


@guarded("procedures.edit")
@require_POST
def start(request: ActorRequest, code: str) -> HttpResponse:
    """A new draft from the version in force."""
    versions = queries.versions_of(code) if is_code(code) else []
    if not versions:
        raise Http404("Không có thủ tục này trong danh mục.")
    try:
        version_id = services.start_draft(procedure_id=versions[0].procedure.id, actor=request.actor, now=request.now)
    except services.CannotDraft as refusal:
        return _page(request, code, versions[0].number, refusal=str(refusal))
    made = queries.version(version_id)
    number = made.number if made else versions[0].number + 1
    messages.success(request, f"Đã mở bản nháp, phiên bản {number}.")
    return redirect("procedures:version", code=code, number=number)


@guarded("procedures.edit")
@require_POST
def author(request: ActorRequest, code: str, number: int) -> HttpResponse:
    """What authors do with their draft: submit it, take it back, give it up."""
    found = _version(code, number)
    reason = request.POST.get("reason", "")
    ways: dict[str, tuple[Callable[[], None], str]] = {
        "submit": (
            lambda: services.submit_for_review(version_id=found.id, actor=request.actor, now=request.now),
            "Đã trình duyệt. Một người khác sẽ xem và công bố.",
        ),
        "take_back": (
            lambda: services.take_back(version_id=found.id, actor=request.actor, now=request.now),
            "Đã rút lại để sửa tiếp.",
        ),
        "withdraw": (
            lambda: services.withdraw(version_id=found.id, reason=reason, actor=request.actor, now=request.now),
            "Đã bỏ bản nháp. Nội dung vẫn còn trong lịch sử.",
        ),
    }
    return _go(request, found, ways)


@guarded("procedures.publish")
@require_POST
def review(request: ActorRequest, code: str, number: int) -> HttpResponse:
    """What a reviewer does: publish, send back, or end a version in force."""
    found = _version(code, number)
    reason = request.POST.get("reason", "")
    ways: dict[str, tuple[Callable[[], None], str]] = {
        "publish": (
            lambda: services.publish(version_id=found.id, actor=request.actor, now=request.now),
            "Đã công bố phiên bản.",
        ),
        "send_back": (
            lambda: services.send_back(version_id=found.id, reason=reason, actor=request.actor, now=request.now),
            "Đã trả lại người soạn.",
        ),
        "retire": (
            lambda: services.retire(
                version_id=found.id, last_day=_last_day(request), reason=reason, actor=request.actor, now=request.now
            ),
            "Đã ghi ngày thôi áp dụng. Hồ sơ đang giải quyết vẫn theo phiên bản này.",
        ),
    }
    return _go(request, found, ways)


def _go(request: ActorRequest, found: VersionInfo, ways: dict[str, tuple[Callable[[], None], str]]) -> HttpResponse:
    way = ways.get(request.POST.get("do", ""))
    if way is None:
        raise Http404("Không có thao tác này.")
    try:
        way[0]()
    except REFUSALS as refusal:
        return _page(request, found.code, found.number, refusal=str(refusal).split("\n")[0], typed=request.POST.dict())
    messages.success(request, way[1])
    return HttpResponseRedirect(reverse("procedures:version", args=[found.code, found.number]))


def _last_day(request: ActorRequest) -> date:
    try:
        day = parse_date(request.POST.get("last_day", ""))
    except ValueError as wrong:
        raise services.CannotRetire(f"Ngày cuối áp dụng: {wrong}") from wrong
    if day is None:
        raise services.CannotRetire("Nhập ngày cuối áp dụng, ví dụ 31/12/2026.")
    return day


def _version(code: str, number: int) -> VersionInfo:
    found = queries.version_numbered(code, number) if is_code(code) else None
    if found is None:
        raise Http404("Không có phiên bản này của thủ tục.")
    return found


def _route(definition: Definition) -> list[dict[str, object]]:
    if definition.route is None:
        return []
    titles = {step.key: step.title for step in definition.route.steps}
    known = roles()
    return [
        {
            "step": step,
            "role": known.get(step.role, step.role),
            "first": step.key == definition.route.start,
            "actions": [
                {
                    "action": action,
                    "kind": ACTION_KINDS[action.kind],
                    "targets": [titles[key] for key in action.to],
                    "join": titles.get(action.join or "", ""),
                }
                for action in step.actions
            ],
        }
        for step in definition.route.steps
    ]
