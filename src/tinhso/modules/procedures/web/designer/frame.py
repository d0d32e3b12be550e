"""What the pages of the designers share: the draft, its tabs, how a change is saved and how a conflict is told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from tinhso.kernel.access.web import ActorRequest, local_day
from tinhso.modules.procedures.queries.designing import Draft, draft
from tinhso.modules.procedures.rules import Defect
from tinhso.modules.procedures.services.designing import change_draft
from tinhso.modules.procedures.services.drafting import CannotDraft

_TABS = (
    ("design", "Thông tin chung"),
    ("design_form", "Biểu mẫu"),
    ("design_papers", "Giấy tờ"),
    ("design_fees", "Phí, lệ phí"),
    ("design_terms", "Thời hạn"),
    ("design_results", "Kết quả"),
    ("design_route", "Quy trình"),
    ("design_preview", "Xem thử"),
)
# Which part of the definition a tab is about, to count its defects.
_PARTS = {
    "design_form": ("/form",),
    "design_papers": ("/papers",),
    "design_fees": ("/fees",),
    "design_terms": ("/deadline",),
    "design_results": ("/result",),
    "design_route": ("/route",),
}


def opened(request: ActorRequest, version_id: int) -> Draft:
    found = draft(version_id, on=local_day(request.now))
    if found is None:
        raise Http404("Không có phiên bản này, hoặc phiên bản chỉ có thông tin từ danh mục.")
    return found


def told(defect: Defect) -> str:
    """What is wrong, and what to do."""
    return f"{defect.problem}. {defect.remedy}" if defect.remedy else defect.problem


def version_url(one: Draft) -> str:
    return reverse("procedures:version", args=[one.version.procedure.code, one.version.number])


def frame(one: Draft, tab: str) -> dict[str, Any]:
    """The context that `procedures/designer/frame.html` needs."""
    counted = {name: sum(len(one.defects_below(path)) for path in paths) for name, paths in _PARTS.items()}
    counted["design"] = len(one.defects) - sum(counted.values())
    tabs = [
        {
            "title": title,
            "url": reverse(f"procedures:{name}", args=[one.version.pk]),
            "current": name == tab,
            "count": counted.get(name) or None,
        }
        for name, title in _TABS
    ]
    return {
        "draft": one,
        "version": one.version,
        "procedure": one.version.procedure,
        "title": one.version.procedure.plain_name or one.version.procedure.name,
        "tabs": tabs,
        "version_url": version_url(one),
        "faults": f"Còn {len(one.defects)} chỗ sai" if one.defects else "",
    }


def save(
    request: ActorRequest, one: Draft, definition: Mapping[str, Any], what: str, *, then: str
) -> HttpResponseRedirect | str:
    """Write the change and go on to `then`; or the sentence that tells why not, for the page that keeps what was
    typed."""
    try:
        change_draft(
            version_id=one.version.pk,
            definition=definition,
            seen=request.POST.get("seen", ""),
            what=what,
            actor=request.actor,
            now=request.now,
        )
    except CannotDraft as reason:
        return str(reason)
    return HttpResponseRedirect(then)


def refused(request: ActorRequest, reason: str, then: str) -> HttpResponseRedirect:
    """A press of a button that could not be carried out: told on the page it came from; a press is no typed text."""
    messages.warning(request, reason)
    return HttpResponseRedirect(then)


def page(
    request: ActorRequest, template: str, one: Draft, tab: str, context: Mapping[str, Any], *, wrong: bool = False
) -> HttpResponse:
    return render(request, template, {**frame(one, tab), **context}, status=422 if wrong else 200)


def only_drafts(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A version that is no draft is looked at, not edited: its editor leads to its page."""

    def wrapped(request: ActorRequest, version_id: int, **rest: Any) -> HttpResponse:
        one = opened(request, version_id)
        if not one.editable:
            if request.method == "POST":
                messages.warning(
                    request,
                    f"Phiên bản {one.version.number} đang ở tình trạng «{one.version.get_status_display()}» nên không "
                    "sửa được. Hãy soạn phiên bản mới từ bản đang áp dụng.",
                )
            return HttpResponseRedirect(version_url(one))
        return view(request, one, **rest)

    wrapped.__doc__, wrapped.__name__, wrapped.__module__ = view.__doc__, view.__name__, view.__module__
    return wrapped
