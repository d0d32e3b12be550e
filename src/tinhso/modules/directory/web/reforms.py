"""Plans of reorganisation: the list, the draft with its rows, what it touches, and the decisions about it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tinhso.kernel.access.api import allow
from tinhso.kernel.access.web import ActorRequest, guarded
from tinhso.kernel.jobs.api import enqueue
from tinhso.kernel.pdf import print_paper
from tinhso.kernel.ui.typed import parse_date
from tinhso.modules.directory import jobs
from tinhso.modules.directory.models import Reform
from tinhso.modules.directory.print import Heir, Kept, ReformReport
from tinhso.modules.directory.queries import reforms as queries
from tinhso.modules.directory.rules import KINDS, LEVELS
from tinhso.modules.directory.rules.reforms import ACTION_KINDS, TAKES, Action, Problem
from tinhso.modules.directory.services import reforming
from tinhso.modules.directory.services.applying import CannotReform, step_report
from tinhso.modules.directory.services.following import followers
from tinhso.modules.directory.services.judging import impact_of
from tinhso.modules.directory.services.workbooks import MAX_BYTES
from tinhso.modules.directory.web.spreadsheets import reform_template, reform_workbook

PROBLEMS_SHOWN = 100
TOUCHED_SHOWN = 200
SEVERITIES = {"error": "Phải sửa", "question": "Cần quyết định", "warning": "Cần biết"}
UNDECIDED = (Reform.State.DRAFT, Reform.State.SUBMITTED, Reform.State.APPROVED)


@require_GET
@guarded("directory.reforms")
def reforms(request: ActorRequest) -> HttpResponse:
    return render(
        request,
        "directory/reforms/list.html",
        {"reforms": queries.recent(), "may_draft": bool(allow(request.actor, "directory.draft_reform"))},
    )


@require_http_methods(["GET", "HEAD", "POST"])
@guarded("directory.draft_reform")
def draft_reform(request: ActorRequest) -> HttpResponse:
    given = request.POST
    errors: dict[str, str] = {}
    if request.method == "POST":
        day = _day(given, errors)
        if day is not None:
            try:
                number = reforming.draft_reform(
                    title=given.get("title", ""), ground=given.get("ground", ""), effective_date=day,
                    actor=request.actor, now=request.now,
                )  # fmt: skip
                return redirect("directory:reform_actions", reform_id=number)
            except CannotReform as reason:
                errors[reason.field or "title"] = str(reason)
    return _render(request, "draft.html", {"given": given}, errors)


@never_cache
@require_GET
@guarded("directory.reforms")
def reform(request: ActorRequest, reform_id: int) -> HttpResponse:
    """What the plan touches, what stands in its way, and the next step."""
    return _overview(request, _found(reform_id), {})


def _overview(request: ActorRequest, found: Reform, errors: dict[str, str]) -> HttpResponse:
    undecided = found.state in UNDECIDED
    impact = impact_of(queries.actions_of(found.pk), found.effective_date) if undecided else None
    problems: tuple[Any, ...] = impact.problems if impact else tuple(found.report.get("impact", {}).get("problems", ()))
    context = {
        "reform": found,
        "tabs": _tabs(found, "reform"),
        "impact": impact,
        "kinds": impact.kinds if impact else found.report.get("impact", {}).get("kinds", ()),
        "problems": _by_severity(problems),
        "problem_count": len(problems),
        "problems_shown": PROBLEMS_SHOWN,
        "report": found.report,
        "today": request.now.date(),
        "given": request.POST,
        **_steps(found),
        **_may(request, found),
    }
    return _render(request, "show.html", context, errors)


def _by_severity(problems: tuple[Problem, ...] | tuple[dict[str, Any], ...]) -> list[tuple[str, str, int, list[Any]]]:
    """(severity, title, how many, the first of them), the worst first."""
    found = []
    for severity, title in SEVERITIES.items():
        of = [p for p in problems if (p["severity"] if isinstance(p, dict) else p.severity) == severity]
        if of:
            found.append((severity, title, len(of), of[:PROBLEMS_SHOWN]))
    return found


def _steps(found: Reform) -> dict[str, Any]:
    steps = step_report(found.pk) if found.state == Reform.State.APPLYING else found.report.get("steps", ())
    return {
        "steps": steps,
        "moved": sum(step["moved"] for step in steps),
        "total": sum(step["total"] for step in steps),
    }


def _may(request: ActorRequest, found: Reform) -> dict[str, bool]:
    """Which buttons the page shows; each service asks again."""
    actor, state = request.actor, found.state
    drafts = bool(allow(actor, "directory.draft_reform"))
    own = actor.stands_for(found.drafted_by_id)
    today = request.now.date()
    return {
        "may_edit": drafts and state == Reform.State.DRAFT,
        "may_try": drafts and state in UNDECIDED,
        "may_cancel": drafts and state in UNDECIDED,
        "may_decide": bool(allow(actor, "directory.approve_reform")) and not own and state == Reform.State.SUBMITTED,
        "may_apply": bool(allow(actor, "directory.apply_reform"))
        and state in (Reform.State.APPROVED, Reform.State.APPLYING)
        and found.effective_date <= today,
        "waits_for_day": state == Reform.State.APPROVED and found.effective_date > today,
    }


@never_cache
@require_GET
@guarded("directory.reforms")
def reform_progress(request: ActorRequest, reform_id: int) -> HttpResponse:
    """The part of the page that renews itself while the plan is applied."""
    found = _found(reform_id)
    return render(request, "directory/reforms/progress.html", {"reform": found, **_steps(found)})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@guarded("directory.reforms")
def reform_actions(request: ActorRequest, reform_id: int) -> HttpResponse:
    """The rows of the plan; a draft takes one more by the form below."""
    found = _found(reform_id)
    given = request.POST
    errors: dict[str, str] = {}
    if request.method == "POST":
        try:
            number = reforming.add_action(
                reform_id=reform_id, action=_action(given), actor=request.actor, now=request.now
            )
            messages.success(request, f"Đã thêm dòng {number}.")
            return redirect(f"{request.path}#row-{number}")
        except CannotReform as reason:
            errors[reason.field or "kind"] = str(reason)
    return _actions(request, found, given, errors, ())


def _actions(
    request: ActorRequest, found: Reform, given: QueryDict, errors: dict[str, str], faults: tuple[Any, ...]
) -> HttpResponse:
    doubts = request.GET.get("view") == "doubts"
    text = " ".join(request.GET.get("q", "").replace("\0", " ").split())[:100]
    page = min(_number(request.GET.get("page")) or 1, 100_000)
    listing = queries.action_listing(found.pk, doubts=doubts, text=text, page=page)

    def address(to: int) -> str:
        kept = request.GET.copy()
        kept["page"] = str(to)
        return f"{reverse('directory:reform_actions', args=[found.pk])}?{kept.urlencode()}"

    context = {
        "reform": found,
        "tabs": _tabs(found, "reform_actions"),
        "listing": listing,
        "doubts": doubts,
        "doubt_count": queries.doubt_count(found.pk),
        "text": text,
        "previous": address(listing.page - 1) if listing.page > 1 else "",
        "next": address(listing.page + 1) if listing.page < listing.pages else "",
        "given": given,
        "faults": faults,
        "kind_options": list(ACTION_KINDS.items()),
        "level_options": list(LEVELS.items()),
        "organisation_options": list(KINDS.items()),
        "takes_options": list(TAKES.items()),
        **_may(request, found),
    }
    return _render(request, "actions.html", context, errors)


def _action(given: QueryDict) -> Action:
    def text(name: str, longest: int) -> str:
        return " ".join(given.get(name, "").replace("\0", " ").split())[:longest]

    kind = given.get("kind", "")
    if kind not in ACTION_KINDS:
        raise CannotReform("Chọn hình thức.", "kind")
    fields = tuple(dict.fromkeys(" ".join(one.split()) for one in given.get("fields", "").split(";") if one.strip()))
    return Action(
        number=0, kind=kind, old_code=text("old_code", 40).upper(), new_code=text("new_code", 40).upper(),
        name=text("name", 300), level=given.get("level", "") if given.get("level") in LEVELS else "",
        organisation_kind=given.get("organisation_kind", "") if given.get("organisation_kind") in KINDS else "",
        parent_code=text("parent_code", 40).upper(), admin_unit_code=text("admin_unit_code", 10),
        address=text("address", 500), takes=given.get("takes", "all") if given.get("takes") in TAKES else "all",
        fields=fields, note=text("note", 500),
    )  # fmt: skip


@require_POST
@guarded("directory.draft_reform")
def import_reform(request: ActorRequest, reform_id: int) -> HttpResponse:
    """Replace the rows by those of a file."""
    found = _found(reform_id)
    upload = request.FILES.get("file")
    try:
        if upload is None:
            raise CannotReform("Chưa chọn tệp.", "file")
        if (upload.size or 0) > MAX_BYTES:
            raise CannotReform(f"Tệp lớn quá {MAX_BYTES // 1024 // 1024} MB.", "file")
        count = reforming.import_actions(
            reform_id=reform_id, content=upload.read(), filename=(upload.name or "")[:200], actor=request.actor,
            now=request.now,
        )  # fmt: skip
    except CannotReform as reason:
        faults = reason.faults if isinstance(reason, reforming.FaultyPlan) else ()
        return _actions(request, found, QueryDict(), {reason.field or "file": str(reason)}, faults)
    messages.success(request, f"Đã nhập {count} dòng, thay cho các dòng trước.")
    return redirect("directory:reform", reform_id=reform_id)


@require_GET
@guarded("directory.reforms")
def reform_touched(request: ActorRequest, reform_id: int) -> HttpResponse:
    """The rows behind a number: what of one kind follows, by the organisation that ends."""
    found = _found(reform_id)
    follower = next((one for one in followers() if one.name == request.GET.get("kind")), None)
    if follower is None:
        raise Http404("Không có loại việc này.")
    impact = impact_of(queries.actions_of(found.pk), found.effective_date) if found.state in UNDECIDED else None
    old_ids = list(impact.plan.ended) if impact else queries.ended_ids(found.pk)
    names = queries.names_of(old_ids)
    rows = follower.listing(old_ids, found.effective_date, TOUCHED_SHOWN) if old_ids else ()
    context = {
        "reform": found,
        "follower": follower,
        "count": next((kind.count for kind in impact.kinds if kind.name == follower.name), 0) if impact else len(rows),
        "rows": [(row, names.get(row.organisation_id, "")) for row in rows],
        "shown": TOUCHED_SHOWN,
    }
    return render(request, "directory/reforms/touched.html", context)


@require_GET
@guarded("directory.reforms")
def reform_report(request: ActorRequest, reform_id: int) -> HttpResponse:
    """The report as a workbook: counts, successions, everything that stood in the way."""
    found = _found(reform_id)
    impact = impact_of(queries.actions_of(found.pk), found.effective_date) if found.state in UNDECIDED else None
    return reform_workbook(found, impact, queries.action_rows(found.pk))


@require_GET
@guarded("directory.reforms")
def reform_report_pdf(request: ActorRequest, reform_id: int) -> HttpResponse:
    """The report of a plan that was carried out, to be printed and filed."""
    found = _found(reform_id)
    if found.applied_at is None or found.decided_at is None or found.decided_by is None:
        raise Http404("Chưa có báo cáo: phương án chưa áp dụng xong.")
    heirs, alone = queries.successions_of(found.pk)
    report = found.report
    impact = report.get("impact", {})
    paper = ReformReport(
        printed_at=found.applied_at, title=found.title, ground=found.ground, effective_date=found.effective_date,
        drafted_by=found.drafted_by.full_name, approved_by=found.decided_by.full_name, approved_at=found.decided_at,
        applied_at=found.applied_at, seconds=str(report.get("seconds", "")).replace(".", ","),
        ended=impact.get("ended", 0), founded=impact.get("founded", 0), moved=impact.get("moved", 0),
        kinds=tuple(
            Kept(title=step["title"], total=step["total"], moved=step["moved"]) for step in report.get("steps", ())
        ),
        heirs=tuple(
            Heir(code=code, name=name, predecessors=tuple(olds)) for (code, name), olds in sorted(heirs.items())
        ),
        ended_alone=tuple(alone),
        warnings=tuple(one["message"] for one in impact.get("problems", ()) if one["severity"] == "warning"),
    )  # fmt: skip
    response = HttpResponse(print_paper(paper), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="bao-cao-sap-xep-{found.pk}.pdf"'
    return response


@require_GET
@guarded("directory.draft_reform")
def reform_file(request: ActorRequest) -> HttpResponse:
    """An empty table to fill in."""
    return reform_template()


@require_POST
@guarded("directory.draft_reform")
def remove_reform_action(request: ActorRequest, reform_id: int, number: int) -> HttpResponse:
    _found(reform_id)
    return _do(
        request,
        lambda: reforming.remove_action(reform_id=reform_id, number=number, actor=request.actor, now=request.now),
        f"Đã bỏ dòng {number}.",
        redirect("directory:reform_actions", reform_id=reform_id),
    )


@require_POST
@guarded("directory.draft_reform")
def settle_doubts(request: ActorRequest, reform_id: int) -> HttpResponse:
    _found(reform_id)
    numbers = [int(n) for n in request.POST.getlist("number") if n.isascii() and n.isdigit() and len(n) < 9]
    if request.POST.get("all") == "1":
        numbers = queries.doubtful_numbers(reform_id)
    return _do(
        request,
        lambda: reforming.settle_doubts(
            reform_id=reform_id, numbers=numbers, ground=request.POST.get("settle_ground", ""), actor=request.actor,
            now=request.now,
        ),
        "Đã ghi nhận quyết định.",
        redirect(f"{reverse('directory:reform_actions', args=[reform_id])}?view=doubts"),
    )  # fmt: skip


@require_POST
@guarded("directory.draft_reform")
def submit_reform(request: ActorRequest, reform_id: int) -> HttpResponse:
    return _decide(
        request, reform_id, "Đã trình phương án. Một người khác phê duyệt.",
        lambda: reforming.submit_reform(reform_id=reform_id, actor=request.actor, now=request.now),
    )  # fmt: skip


@require_POST
@guarded("directory.approve_reform")
def decide_reform(request: ActorRequest, reform_id: int) -> HttpResponse:
    approve = request.POST.get("decision") == "approve"
    return _decide(
        request, reform_id, "Đã phê duyệt phương án." if approve else "Đã trả phương án để sửa.",
        lambda: reforming.decide_reform(
            reform_id=reform_id, approve=approve, note=request.POST.get("note", ""), actor=request.actor,
            now=request.now,
        ),
    )  # fmt: skip


@require_POST
@guarded("directory.draft_reform")
def cancel_reform(request: ActorRequest, reform_id: int) -> HttpResponse:
    return _decide(
        request, reform_id, "Đã hủy phương án.",
        lambda: reforming.cancel_reform(
            reform_id=reform_id, ground=request.POST.get("cancel_ground", ""), actor=request.actor, now=request.now
        ),
    )  # fmt: skip


@require_POST
@guarded("directory.draft_reform")
def try_reform(request: ActorRequest, reform_id: int) -> HttpResponse:
    return _decide(
        request, reform_id, "Đang chạy thử. Kết quả hiện ở đây khi xong; tải lại trang sau ít phút.",
        lambda: reforming.ask_for_trial(reform_id=reform_id, actor=request.actor, now=request.now, begin=_trial),
    )  # fmt: skip


def _trial(reform_id: int) -> None:
    enqueue(jobs.try_out, reform_id=reform_id)


@require_POST
@guarded("directory.apply_reform")
def apply_reform(request: ActorRequest, reform_id: int) -> HttpResponse:
    return _decide(
        request, reform_id, "Đang áp dụng. Có thể rời trang; việc vẫn tiếp tục.",
        lambda: reforming.ask_for_application(
            reform_id=reform_id, actor=request.actor, now=request.now, begin=_application
        ),
    )  # fmt: skip


def _application(reform_id: int) -> None:
    enqueue(jobs.apply_approved, reform_id=reform_id)


def _decide(request: ActorRequest, reform_id: int, said: str, act: Callable[[], object]) -> HttpResponse:
    """Do it and show the plan; refused, the page tells why with what was typed."""
    found = _found(reform_id)
    try:
        act()
    except CannotReform as reason:
        found.refresh_from_db()
        return _overview(request, found, {reason.field or "reform": str(reason)})
    messages.success(request, said)
    return redirect("directory:reform", reform_id=reform_id)


def _do(request: ActorRequest, act: Callable[[], object], said: str, to: HttpResponseRedirect) -> HttpResponse:
    try:
        act()
    except CannotReform as reason:
        messages.error(request, str(reason))
    else:
        messages.success(request, said)
    return to


def _found(reform_id: int) -> Reform:
    found = queries.reform(reform_id)
    if found is None:
        raise Http404("Không có phương án này.")
    return found


def _tabs(found: Reform, current: str) -> list[dict[str, Any]]:
    tabs = (("reform", "Tác động, quyết định"), ("reform_actions", "Các việc"))
    return [
        {"title": title, "url": reverse(f"directory:{name}", args=[found.pk]), "current": name == current}
        for name, title in tabs
    ]


def _render(request: ActorRequest, name: str, context: dict[str, Any], errors: dict[str, str]) -> HttpResponse:
    faults = {"errors": list(errors.items()), "error_of": errors}
    return render(request, f"directory/reforms/{name}", {**context, **faults}, status=422 if errors else 200)


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else None


def _day(given: QueryDict, errors: dict[str, str]) -> date | None:
    try:
        found = parse_date(given.get("effective_date", "").strip()[:20])
    except ValueError as reason:
        errors["effective_date"] = str(reason)
        return None
    if found is None:
        errors["effective_date"] = "Nhập ngày có hiệu lực, ví dụ 01/01/2027."
    return found
