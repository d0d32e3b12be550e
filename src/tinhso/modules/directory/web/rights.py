"""Roles: asked for, decided, taken back, lent; and acting in another's absence."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tinhso.kernel.access.api import CannotGrant, User, absent_colleagues, allow, may_be_held_by, roles
from tinhso.kernel.access.web import ACTING_FOR, ActorRequest, guarded, local_day
from tinhso.kernel.ui.typed import parse_date
from tinhso.modules.directory.queries import appointments_of_user, colleagues, organisations_by_id
from tinhso.modules.directory.queries import organisation_by_code as by_code
from tinhso.modules.directory.queries import rights as queries
from tinhso.modules.directory.services.delegating import LENDABLE, begin_acting_for, delegate, end_delegation
from tinhso.modules.directory.services.granting import decide, request_role, revoke, withdraw_request

VIEWS = {"waiting": "Chờ duyệt", "all": "Đang có hiệu lực", "ending": "Sắp hết hạn"}
MAX_NUMBER = 10**18


@never_cache
@require_GET
@guarded("directory.rights")
def rights(request: ActorRequest) -> HttpResponse:
    """What waits for a decision; what holds; what ends within 30 days."""
    given = request.GET
    shown = given.get("view", "waiting")
    shown = shown if shown in VIEWS else "waiting"
    text = " ".join(given.get("q", "").replace("\0", " ").split())[:200]
    role = given.get("role", "") if given.get("role", "") in roles() else ""
    page = min(_number(given.get("page")) or 1, 10_000)
    on = local_day(request.now)
    found: list[queries.Held] = []
    more = False
    if shown != "waiting":
        found, more = queries.granted(request.actor, on=on, text=text, role=role, ending=shown == "ending", page=page)
    context = {
        "view": shown,
        "tabs": [
            {"title": title, "url": f"{reverse('directory:rights')}?view={key}", "current": key == shown}
            for key, title in VIEWS.items()
        ],
        "waiting": queries.waiting_requests(request.actor) if shown == "waiting" else [],
        "found": found,
        "text": text,
        "role": role,
        "role_options": sorted(roles().items(), key=lambda item: item[1]),
        "previous": _page_address(request, page - 1) if page > 1 else "",
        "next": _page_address(request, page + 1) if more else "",
    }
    return render(request, "directory/rights/rights.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@guarded("directory.request_role")
def request(request: ActorRequest) -> HttpResponse:
    """Ask for a role, for oneself or (`?user=`) for one of one's people."""
    given = request.POST if request.method == "POST" else request.GET
    on = local_day(request.now)
    person = _person(given, request)
    places = appointments_of_user(person.pk, on)
    known = organisations_by_id({place.organisation_id for place in places})
    errors: dict[str, str] = {}
    if request.method == "POST":
        organisation_id = _number(given.get("organisation")) or 0
        code = given.get("code", "").strip()[:40]
        if code:
            other = by_code(code, on)
            organisation_id = other.id if other else 0
            if other is None:
                errors["code"] = "Không có cơ quan nào đang mang mã này."
        valid_from = _day(given, "valid_from", errors, needed=True)
        valid_until = _day(given, "valid_until", errors)
        if not errors:
            try:
                request_role(
                    user_id=person.pk, role=given.get("role", ""), organisation_id=organisation_id,
                    subtree=given.get("subtree") == "1", valid_from=valid_from or on, valid_until=valid_until,
                    ground=given.get("ground", ""), actor=request.actor, now=request.now,
                )  # fmt: skip
            except CannotGrant as reason:
                errors["role"] = str(reason)
            else:
                messages.success(request, "Đã gửi đề nghị. Người quản trị quyền sẽ xem xét.")
                return redirect("directory:own_rights")
    context = {
        "person": person,
        "for_self": person.pk == request.actor.user_id,
        "places": [(str(number), info.name) for number, info in known.items()],
        "role_options": sorted(
            (item for item in roles().items() if may_be_held_by(item[0], person.kind)), key=lambda item: item[1]
        ),
        "given": given,
        "today": on,
        "errors": list(errors.items()),
        "error_of": errors,
    }
    return render(request, "directory/rights/request.html", context, status=422 if errors else 200)


def _person(given: QueryDict, request: ActorRequest) -> User:
    """Whom the role is for: the officer who asks, or the one (or the connected system) named in the address."""
    number = _number(given.get("user")) or request.actor.user_id or 0
    person = User.objects.filter(pk=number, is_active=True, kind__in=[User.Kind.OFFICER, User.Kind.SERVICE]).first()
    if person is None:
        raise Http404("Không có cán bộ này.")
    return person


@require_POST
@guarded("directory.decide_role")
def decide_request(request: ActorRequest, request_id: int) -> HttpResponse:
    if not queries.request_in_reach(request_id, request.actor):
        raise Http404("Không có đề nghị này.")
    approve = request.POST.get("decision") == "approve"
    try:
        decide(
            request_id=request_id, approve=approve, reason=request.POST.get("reason", ""), actor=request.actor,
            now=request.now,
        )  # fmt: skip
    except CannotGrant as reason:
        messages.error(request, str(reason))
    else:
        messages.success(
            request, "Đã duyệt, vai trò có hiệu lực theo ngày đề nghị." if approve else "Đã trả lời không duyệt."
        )
    return redirect("directory:rights")


@require_POST
@guarded("directory.request_role")
def withdraw(request: ActorRequest, request_id: int) -> HttpResponse:
    if not queries.own_request(request_id, request.actor.user_id or 0):
        raise Http404("Không có đề nghị này.")
    try:
        withdraw_request(request_id=request_id, actor=request.actor, now=request.now)
    except CannotGrant as reason:
        messages.error(request, str(reason))
    else:
        messages.success(request, "Đã rút đề nghị.")
    return redirect("directory:own_rights")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@guarded("directory.decide_role")
def revoke_role(request: ActorRequest, grant_id: int) -> HttpResponse:
    """Take a role back at once, with a reason."""
    held = queries.grant_in_reach(grant_id, request.actor)
    if held is None:
        raise Http404("Không có vai trò này, hoặc đã thu hồi.")
    error = ""
    if request.method == "POST":
        try:
            revoke(grant_id=grant_id, reason=request.POST.get("reason", ""), actor=request.actor, now=request.now)
        except CannotGrant as reason:
            error = str(reason)
        else:
            messages.success(request, f"Đã thu hồi vai trò {held.title} của {held.full_name}.")
            return redirect(f"{reverse('directory:rights')}?view=all")
    context = {"held": held, "error": error, "errors": [("reason", error)] if error else []}
    return render(request, "directory/rights/revoke.html", context, status=422 if error else 200)


@never_cache
@require_GET
@guarded("directory.own_rights")
def own(request: ActorRequest) -> HttpResponse:
    """«Quyền của tôi»: roles, requests, whose absence one fills, what one lent."""
    user_id = request.actor.user_id or 0
    on = local_day(request.now)
    context = {
        "found": queries.own_rights(user_id, on=on),
        "usable": set(queries.lender_ids(user_id, on=on)),
        "lenders": dict(_lenders(user_id, on)),
        "requests": queries.requests_of(user_id),
        "may_request": bool(allow(request.actor, "directory.request_role")),
        "may_lend": bool(allow(request.actor, "access.delegate")) and request.actor.on_behalf_of is None,
    }
    return render(request, "directory/rights/own.html", context)


def _lenders(user_id: int, on: date) -> list[tuple[int, str]]:
    return sorted(absent_colleagues(user_id, on=on).items(), key=lambda item: item[1])


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@guarded("access.delegate")
def lend(request: ActorRequest) -> HttpResponse:
    """«Ủy quyền khi vắng mặt»."""
    user_id = request.actor.user_id or 0
    on = local_day(request.now)
    own_roles = [row for row in queries.own_rights(user_id, on=on).own if row.role in LENDABLE and row.valid_from <= on]
    people = {
        person.user_id: f"{person.full_name}, {person.position_title}"
        for place in appointments_of_user(user_id, on)
        for person in colleagues(place.organisation_id, role=None, on=on)
        if person.user_id != user_id
    }
    errors: dict[str, str] = {}
    chosen = [number for number in map(_number, request.POST.getlist("grant")) if number is not None]
    if request.method == "POST":
        valid_from = _day(request.POST, "valid_from", errors, needed=True)
        valid_until = _day(request.POST, "valid_until", errors, needed=True)
        if not errors and valid_from and valid_until:
            try:
                delegate(
                    grant_ids=chosen, to_user_id=_number(request.POST.get("to_user")) or 0, valid_from=valid_from,
                    valid_until=valid_until, ground=request.POST.get("ground", ""), actor=request.actor,
                    now=request.now,
                )  # fmt: skip
            except CannotGrant as reason:
                errors["grant"] = str(reason)
            else:
                messages.success(request, "Đã ủy quyền. Mọi việc làm thay đều ghi rõ tên hai người.")
                return redirect("directory:own_rights")
    context = {
        "grants": [(str(row.id), f"{row.title}, {row.organisation_name}") for row in own_roles],
        "chosen": [str(number) for number in chosen] or [str(row.id) for row in own_roles],
        "people": [(str(number), name) for number, name in people.items()],
        "given": request.POST,
        "today": on,
        "errors": list(errors.items()),
        "error_of": errors,
    }
    return render(request, "directory/rights/lend.html", context, status=422 if errors else 200)


@require_POST
@guarded("directory.own_rights")
def end_lent(request: ActorRequest, grant_id: int) -> HttpResponse:
    mine = queries.own_rights(request.actor.user_id or 0, on=local_day(request.now))
    if grant_id not in {row.id for row in (*mine.lent_to_me, *mine.lent_by_me)}:
        raise Http404("Không có ủy quyền này.")
    try:
        end_delegation(grant_id=grant_id, actor=request.actor, now=request.now)
    except CannotGrant as reason:
        messages.error(request, str(reason))
    else:
        messages.success(request, "Đã kết thúc ủy quyền.")
    return redirect("directory:own_rights")


@require_POST
@guarded("directory.own_rights")
def act_for(request: ActorRequest) -> HttpResponse:
    """Begin to act in another's absence, or (without `user`) be oneself again."""
    number = _number(request.POST.get("user"))
    request.session.pop(ACTING_FOR, None)
    if number is None:
        messages.success(request, "Bạn đang làm việc với quyền của chính mình.")
        return redirect("directory:own_rights")
    try:
        name = begin_acting_for(user_id=number, actor=request.actor, now=request.now)
    except CannotGrant as reason:
        messages.error(request, str(reason))
        return redirect("directory:own_rights")
    request.session[ACTING_FOR] = number
    messages.success(request, f"Bạn đang làm thay {name}. Mọi việc từ bây giờ đều ghi rõ điều đó.")
    return redirect("home_after_login")


def _number(text: str | None) -> int | None:
    number = int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else None
    return number if number is None or number < MAX_NUMBER else None


def _day(given: QueryDict, name: str, errors: dict[str, str], *, needed: bool = False) -> date | None:
    try:
        found = parse_date(given.get(name, "").strip()[:20])
    except ValueError as reason:
        errors[name] = str(reason)
        return None
    if found is None and needed:
        errors[name] = "Nhập ngày, ví dụ 01/12/2026."
    return found


def _page_address(request: ActorRequest, page: int) -> str:
    given: Any = request.GET.copy()
    given["page"] = str(page)
    return f"{request.path}?{given.urlencode()}"
