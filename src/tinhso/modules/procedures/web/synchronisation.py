"""Runs of the synchronisation with the national database, and the decision on what they found."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from tinhso.kernel.access.api import allow
from tinhso.kernel.access.web import ActorRequest, guarded
from tinhso.modules.procedures import queries, services
from tinhso.modules.procedures.queries import synchronising
from tinhso.modules.procedures.web.views import is_code, number_of

TABS = {
    "": "Tất cả",
    "harmless": "Không ảnh hưởng người dân",
    "changed": "Thay đổi",
    "new": "Mới",
    "retired": "Bãi bỏ",
}
TONES = {
    "fetching": "progress",
    "held": "danger",
    "open": "warning",
    "settled": "success",
    "failed": "danger",
    "discarded": "neutral",
    "applied": "success",
    "drafted": "progress",
    "refused": "neutral",
    "outdated": "neutral",
}


@guarded("procedures.synchronise")
def runs(request: ActorRequest) -> HttpResponse:
    asked = number_of(request.GET.get("page")) or 1
    found, pages = synchronising.runs(page=asked)
    number = min(max(1, asked), pages)
    context = {
        "runs": [(run, TONES[run.state]) for run in found],
        "is_set_up": bool(settings.NATIONAL_CATALOGUE["url"]),
        "fetching": any(run.state == "fetching" for run in found),
        "number": number,
        "pages": pages,
        "previous": f"?page={number - 1}" if number > 1 else "",
        "next": f"?page={number + 1}" if number < pages else "",
    }
    return render(request, "procedures/runs.html", context)


@guarded("procedures.synchronise")
@require_POST
def start(request: ActorRequest) -> HttpResponse:
    try:
        services.start_run(actor=request.actor, now=request.now)
    except services.CannotSynchronise as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "Đã bắt đầu. Dữ liệu được lấy ở nền; tải lại trang để xem tiến độ.")
    return redirect("procedures:runs")


@guarded("procedures.synchronise")
def run(request: ActorRequest, run_id: int) -> HttpResponse:
    return _page(request, run_id)


def _page(request: ActorRequest, run_id: int, *, refusal: str = "", reason: str = "") -> HttpResponse:
    found = synchronising.run(run_id)
    if found is None:
        raise Http404("Không có lần đồng bộ này.")
    show = request.GET.get("show", "")
    show = show if show in TABS else ""
    listed = synchronising.changes(
        run_id, on=request.now.date(), show=show, page=number_of(request.GET.get("page")) or 1
    )

    def address(number: int) -> str:
        return f"?show={show}&page={number}"

    context = {
        "run": found,
        "tone": TONES[found.state],
        "listed": listed,
        "rows": [(change, TONES.get(change.state, "info")) for change in listed.rows],
        "tabs": [
            {
                "title": title,
                "url": f"?show={key}",
                "current": key == show,
                "count": listed.counts[key] if key else listed.counts["all"],
            }
            for key, title in TABS.items()
        ],
        "show": show,
        "may_decide": found.state in ("open", "held") and bool(allow(request.actor, "procedures.decide_change")),
        "refusals": [("reason", refusal)] if refusal else [],
        "reason": reason,
        "chosen": {number_of(one) for one in request.POST.getlist("change")},
        "previous": address(listed.number - 1) if listed.number > 1 else "",
        "next": address(listed.number + 1) if listed.number < listed.pages else "",
    }
    return render(request, "procedures/run.html", context, status=409 if refusal else 200)


@guarded("procedures.decide_change")
@require_POST
def decide(request: ActorRequest, run_id: int) -> HttpResponse:
    if synchronising.run(run_id) is None:
        raise Http404("Không có lần đồng bộ này.")
    reason = request.POST.get("reason", "")
    chosen = synchronising.ids_of_run(run_id, {number_of(one) or 0 for one in request.POST.getlist("change")})

    def approve(ids: list[int]) -> str:
        if not ids:
            raise services.CannotDecide("Chưa chọn thay đổi nào. Đánh dấu ít nhất một dòng.")
        done = services.approve_changes(change_ids=ids, actor=request.actor, now=request.now)
        said = f"Đã áp dụng {done.applied} thay đổi."
        return f"{said} {done.drafted} thủ tục đã thành bản nháp cho người soạn." if done.drafted else said

    def refuse() -> str:
        if not chosen:
            raise services.CannotDecide("Chưa chọn thay đổi nào. Đánh dấu ít nhất một dòng.")
        count = services.refuse_changes(change_ids=chosen, reason=reason, actor=request.actor, now=request.now)
        return f"Không áp dụng {count} thay đổi."

    def settle(believe: bool) -> str:
        services.decide_run(run_id=run_id, believe=believe, reason=reason, actor=request.actor, now=request.now)
        return "Đã chấp nhận kết quả; xem và duyệt từng thay đổi." if believe else "Đã bỏ lần đồng bộ này."

    ways: dict[str, Callable[[], str]] = {
        "approve": lambda: approve(chosen),
        "approve_harmless": lambda: approve(synchronising.harmless_ids(run_id)),
        "refuse": refuse,
        "believe": lambda: settle(True),
        "discard": lambda: settle(False),
    }
    way = ways.get(request.POST.get("do", ""))
    if way is None:
        raise Http404("Không có thao tác này.")
    try:
        said = way()
    except (services.CannotDecide, services.CannotSynchronise) as refusal:
        return _page(request, run_id, refusal=str(refusal), reason=reason)
    messages.success(request, said)
    return HttpResponseRedirect(reverse("procedures:run", args=[run_id]))


@guarded("procedures.view_catalogue")
def history(request: ActorRequest, code: str) -> HttpResponse:
    """All versions of a procedure and what the national database changed of it, also after its end."""
    versions = queries.versions_of(code) if is_code(code) else []
    if not versions:
        raise Http404("Không có thủ tục này trong danh mục.")
    context = {
        "procedure": versions[0].procedure,
        "versions": versions,
        "changes": [(change, TONES.get(change.state, "warning")) for change in synchronising.changes_of(code)],
        "today": request.now.date(),
    }
    return render(request, "procedures/history.html", context)
