"""An office's mandates: entered from a paper on the desk, confirmed from a paper that was sent, looked up, ended."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from tinhso.kernel.access.api import account_of, allow
from tinhso.kernel.access.web import ActorRequest, guarded, local_day
from tinhso.modules.directory import api as directory
from tinhso.modules.identity.rules import BASIS_TITLES, MANDATE_STANDINGS, Basis, clean_text
from tinhso.modules.identity.services.mandate_pages import (
    LIST,
    NotHere,
    Wanted,
    mandate_list,
    page_for_officer,
    request_list,
    request_page,
)
from tinhso.modules.identity.services.mandates import CannotMandate, end, enter
from tinhso.modules.identity.services.requesting import confirm, refuse
from tinhso.modules.identity.web.mandate_forms import TERMS, chosen_document, show_form, terms_of, typed

ENTERED = ("principal_number", "principal_name", "basis", *TERMS, "seen")


@never_cache
@guarded("identity.enter_mandate")
def entered(request: ActorRequest) -> HttpResponseBase:
    """An officer enters a mandate from a document."""
    place = directory.staff_of_user(account_of(request.actor), on=local_day(request.now))
    bases = list(BASIS_TITLES.items())
    if request.method != "POST":
        return show_form(request, "identity/mandate_enter.html", ENTERED, dict.fromkeys(ENTERED, ""), {}, bases=bases)
    values = typed(request, ENTERED)
    try:
        if place is None:
            raise CannotMandate({"": "Tài khoản của bạn không thuộc cơ quan nào hôm nay."})
        if values["basis"] not in BASIS_TITLES:
            raise CannotMandate({"basis": "Chọn tư cách thay mặt."})
        number = enter(
            principal_number=values["principal_number"],
            principal_name=values["principal_name"],
            terms=terms_of(values, request.POST.getlist("acts"), Basis(values["basis"])),
            seen=values["seen"] == "1",
            document=chosen_document(request),
            organisation_id=place.organisation_id,
            actor=request.actor,
            now=request.now,
        )
    except CannotMandate as refusal:
        return show_form(request, "identity/mandate_enter.html", ENTERED, values, refusal.errors, bases=bases)
    messages.success(request, "Đã nhập. Người làm thay đăng nhập và bấm nhận thì có hiệu lực.")
    return redirect("identity:mandate_review", number)


@never_cache
@require_GET
@guarded(LIST)
def listing(request: ActorRequest) -> HttpResponse:
    """Requests that wait, then the mandates within reach, narrowed by what is looked for."""
    get = request.GET
    before = get.get("before", "")
    wanted = Wanted(
        text=clean_text(get.get("q", ""))[:200],
        standing=get.get("state", ""),
        before_id=int(before) if before.isascii() and before.isdigit() and len(before) < 18 else None,
    )
    decided = get.get("requests") == "decided"
    context = {
        "found": mandate_list(wanted=wanted, actor=request.actor, now=request.now),
        "requests": request_list(waiting=not decided, actor=request.actor, now=request.now),
        "decided": decided,
        "wanted": wanted,
        "states": [(key.value, title) for key, (_, title) in MANDATE_STANDINGS.items()],
        "filtered": bool(wanted.text or wanted.standing or wanted.before_id),
        "may_enter": bool(allow(request.actor, "identity.enter_mandate")),
    }
    return render(request, "identity/mandate_list.html", context)


@never_cache
@require_GET
@guarded(LIST)
def review(request: ActorRequest, mandate_id: int) -> HttpResponse:
    """One mandate with its life, its paper, what was filed under it."""
    return _review(request, mandate_id)


def _review(request: ActorRequest, mandate_id: int, errors: dict[str, str] | None = None) -> HttpResponse:
    try:
        page = page_for_officer(mandate_id=mandate_id, actor=request.actor, now=request.now)
    except NotHere:
        raise Http404("Không có ủy quyền này trong phạm vi của bạn.") from None
    errors = errors or {}
    context = {
        "page": page,
        "row": page.view.row,
        "errors": errors,
        "summary": list(errors.items()),
        "typed_reason": request.POST.get("reason", ""),
    }
    return render(request, "identity/mandate_review.html", context, status=422 if errors else 200)


@never_cache
@require_POST
@guarded("identity.end_mandate")
def end_it(request: ActorRequest, mandate_id: int) -> HttpResponseBase:
    """End it with its ground; at once."""
    reason = request.POST.get("reason", "").replace("\0", " ")
    try:
        end(mandate_id=mandate_id, reason=reason, actor=request.actor, now=request.now)
    except CannotMandate as refusal:
        return _review(request, mandate_id, refusal.errors)
    messages.success(request, "Đã chấm dứt, có hiệu lực ngay; hai bên được báo. Hồ sơ, bản nháp đã lập vẫn giữ nguyên.")
    return redirect("identity:mandate_review", mandate_id)


@never_cache
@require_GET
@guarded(LIST)
def request_review(request: ActorRequest, mandate_request_id: int) -> HttpResponse:
    """A request with the paper that came with it."""
    return _request_review(request, mandate_request_id)


def _request_review(
    request: ActorRequest, mandate_request_id: int, errors: dict[str, str] | None = None
) -> HttpResponse:
    try:
        page = request_page(request_id=mandate_request_id, actor=request.actor, now=request.now)
    except NotHere:
        raise Http404("Không có yêu cầu này trong phạm vi của bạn.") from None
    errors = errors or {}
    context = {
        "page": page,
        "row": page.row,
        "errors": errors,
        "summary": list(errors.items()),
        "typed_reason": request.POST.get("reason", ""),
        "typed_seen": request.POST.get("seen", ""),
    }
    return render(request, "identity/mandate_request.html", context, status=422 if errors else 200)


@never_cache
@require_POST
@guarded("identity.confirm_mandate")
def decide(request: ActorRequest, mandate_request_id: int) -> HttpResponseBase:
    """Confirm it, or say why not."""
    try:
        if request.POST.get("decision") == "confirm":
            number = confirm(
                request_id=mandate_request_id,
                seen=request.POST.get("seen") == "1",
                actor=request.actor,
                now=request.now,
            )
            messages.success(request, "Đã xác nhận. Người yêu cầu được báo và làm thay được từ ngày bắt đầu.")
            return redirect("identity:mandate_review", number)
        refuse(
            request_id=mandate_request_id, reason=request.POST.get("reason", "").replace("\0", " "), actor=request.actor,
            now=request.now,
        )  # fmt: skip
    except CannotMandate as refusal:
        return _request_review(request, mandate_request_id, refusal.errors)
    messages.success(request, "Đã ghi không xác nhận; người yêu cầu được báo lý do.")
    return redirect("identity:mandate_list")
