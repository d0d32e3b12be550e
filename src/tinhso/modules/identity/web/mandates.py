"""«Thay mặt, ủy quyền»: whom I act for, who acts for me, what I asked; each with its life and its paper."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from tinhso.kernel.access.api import Actor, account_of, actor_of, allow
from tinhso.kernel.access.web import ACTING_FOR, ActorRequest, guarded, local_day
from tinhso.kernel.files.api import respond
from tinhso.modules.directory import api as directory
from tinhso.modules.identity.queries import person
from tinhso.modules.identity.rules import ASKED_BASES, Basis
from tinhso.modules.identity.services.mandate_documents import NoDocument, document_of_mandate, document_of_request
from tinhso.modules.identity.services.mandate_pages import NotHere, own_requests, page_for_side, view_of
from tinhso.modules.identity.services.mandates import CannotMandate, accept, end, grant, is_of, own
from tinhso.modules.identity.services.requesting import CENTRE, ask, is_asked_by, withdraw
from tinhso.modules.identity.web.mandate_forms import TERMS, chosen_document, show_form, terms_of, typed

ASKED = ("principal_number", "principal_name", "basis", *TERMS[2:], "organisation")


@never_cache
@require_GET
@guarded("identity.mandates")
def show(request: ActorRequest) -> HttpResponse:
    """Held, given and asked for: living, waiting, ended."""
    return _show(request)


def _show(request: ActorRequest, error: str = "", status: int = 200) -> HttpResponse:
    mine = account_of(request.actor)
    ids = {mine} if request.actor.mandate is None else {request.actor.mandate.principal_id}
    today = local_day(request.now)
    views = [view_of(row, today) for row in own(user_ids={mine, *ids})]
    context = {
        "held": [view for view in views if view.row.holder_id == mine],
        "given": [view for view in views if view.row.principal_id in ids],
        "asked": own_requests(mine, request.now) if request.actor.mandate is None else [],
        "mandate": request.actor.mandate,
        "may_ask": bool(allow(request.actor, "identity.request_mandate")),
        "error": error,
    }
    return render(request, "identity/mandates.html", context, status=status)


@never_cache
@guarded("identity.grant_mandate")
def new(request: ActorRequest) -> HttpResponseBase:
    """The principal grants."""
    if request.method != "POST":
        return show_form(request, "identity/mandate_new.html", TERMS, dict.fromkeys(TERMS, ""), {})
    values = typed(request, TERMS)
    try:
        terms = terms_of(values, request.POST.getlist("acts"), Basis.AUTHORISED)
        grant(terms=terms, actor=request.actor, now=request.now, document=chosen_document(request))
    except CannotMandate as refusal:
        return show_form(request, "identity/mandate_new.html", TERMS, values, refusal.errors)
    messages.success(request, "Đã lập ủy quyền. Ủy quyền có hiệu lực khi người kia bấm nhận.")
    return redirect("identity:mandates")


@never_cache
@guarded("identity.request_mandate")
def ask_for(request: ActorRequest) -> HttpResponseBase:
    """Ask to act for a child, a ward, an organisation, with the paper."""
    offices = [(str(one.id), one.name) for one in directory.organisations(kind=CENTRE, on=local_day(request.now))]
    more = {"bases": list(ASKED_BASES.items()), "offices": offices}
    if request.method != "POST":
        return show_form(request, "identity/mandate_ask.html", ASKED, dict.fromkeys(ASKED, ""), {}, **more)
    values = typed(request, ASKED)
    known = person(account_of(request.actor))
    own_terms = {**values, "holder_username": "", "holder_name": known.full_name if known else ""}
    office = values["organisation"]
    try:
        if values["basis"] not in ASKED_BASES:
            basis = Basis.GUARDIAN
            wrong = {"basis": "Chọn tư cách thay mặt."}
        else:
            basis, wrong = Basis(values["basis"]), {}
        if wrong:
            raise CannotMandate(wrong)
        ask(
            principal_number=values["principal_number"],
            principal_name=values["principal_name"],
            terms=terms_of(own_terms, request.POST.getlist("acts"), basis),
            document=chosen_document(request),
            organisation_id=int(office) if office.isascii() and office.isdigit() and len(office) < 18 else None,
            actor=request.actor,
            now=request.now,
        )
    except CannotMandate as refusal:
        return show_form(request, "identity/mandate_ask.html", ASKED, values, refusal.errors, **more)
    messages.success(request, "Đã gửi. Cán bộ xem giấy tờ rồi xác nhận; có kết quả bạn được báo.")
    return redirect("identity:mandates")


@require_POST
@guarded("identity.request_mandate")
def withdraw_request(request: ActorRequest, mandate_request_id: int) -> HttpResponseBase:
    if not is_asked_by(mandate_request_id, request.actor.user_id):
        raise Http404("Không có yêu cầu này.")
    try:
        withdraw(request_id=mandate_request_id, actor=request.actor, now=request.now)
    except CannotMandate as refusal:
        return _show(request, str(refusal), 422)
    messages.success(request, "Đã rút yêu cầu.")
    return redirect("identity:mandates")


@never_cache
@require_GET
@guarded("identity.mandate_document")
def document(request: ActorRequest, mandate_id: int) -> HttpResponseBase:
    """The paper of a mandate, to its sides and the officer who may confirm it."""
    try:
        file_id = document_of_mandate(mandate_id=mandate_id, actor=request.actor, now=request.now)
    except NoDocument:
        raise Http404("Không có giấy tờ này.") from None
    return respond(file_id, inline=True, request=request)


@never_cache
@require_GET
@guarded("identity.mandate_document")
def request_document(request: ActorRequest, mandate_request_id: int) -> HttpResponseBase:
    """The same of a request."""
    try:
        file_id = document_of_request(request_id=mandate_request_id, actor=request.actor, now=request.now)
    except NoDocument:
        raise Http404("Không có giấy tờ này.") from None
    return respond(file_id, inline=True, request=request)


@never_cache
@guarded("identity.mandates")
def one(request: ActorRequest, mandate_id: int) -> HttpResponseBase:
    """One mandate: its life, its paper, what was filed under it. By POST it is accepted, or ended."""
    if request.method == "POST":
        return change(request, mandate_id)
    return _one(request, mandate_id)


def _one(request: ActorRequest, mandate_id: int, error: str = "") -> HttpResponse:
    try:
        page = page_for_side(mandate_id=mandate_id, actor=request.actor, now=request.now)
    except NotHere:
        raise Http404("Không có ủy quyền này.") from None
    context = {
        "page": page,
        "row": page.view.row,
        "is_holder": page.view.row.holder_id == request.actor.user_id,
        "mandate": request.actor.mandate,
        "error": error,
        "errors": [(f"reason-{mandate_id}", error)] if error else [],
        "typed_reason": request.POST.get("reason", ""),
    }
    return render(request, "identity/mandate.html", context, status=422 if error else 200)


def change(request: ActorRequest, mandate_id: int) -> HttpResponseBase:
    """Accept it, or end it. The caller has asked the right."""
    if not is_of(mandate_id, user_ids=[request.actor.user_id, request.actor.owner_id]):
        raise Http404("Không có ủy quyền này.")
    try:
        if "accept" in request.POST:
            accept(mandate_id=mandate_id, actor=request.actor, now=request.now)
            messages.success(request, "Đã nhận. Khi cần, bấm «Thay mặt» ở dòng đó.")
        else:
            reason = request.POST.get("reason", "").replace("\0", " ")
            end(mandate_id=mandate_id, reason=reason, actor=request.actor, now=request.now)
            messages.success(request, "Đã chấm dứt, có hiệu lực ngay.")
    except CannotMandate as refusal:
        if "reason" in refusal.errors:
            return _one(request, mandate_id, str(refusal))
        return _show(request, str(refusal), 422)
    return redirect("identity:mandates")


@require_POST
@guarded("identity.mandates")
def act(request: ActorRequest) -> HttpResponseBase:
    """From now on this session acts for somebody, or for oneself again."""
    request.session.pop(ACTING_FOR, None)
    asked = request.POST.get("mandate", "")
    if not asked:
        messages.success(request, "Bạn đang làm việc của chính mình.")
        return redirect("home_after_login")
    number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 18 else 0
    actor: Actor = actor_of(request.user, on=local_day(request.now), acting_for=number)  # type: ignore[arg-type]
    if actor.mandate is None:
        raise Http404("Không có ủy quyền này đang có hiệu lực.")
    request.session[ACTING_FOR] = number
    following = request.POST.get("next", "")
    messages.success(request, f"Bạn đang thay mặt {actor.mandate.principal_name}. Mọi việc từ bây giờ ghi rõ điều đó.")
    inside = following.startswith("/") and url_has_allowed_host_and_scheme(following, allowed_hosts=None)
    return redirect(following if inside else "home_after_login")
