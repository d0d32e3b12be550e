"""Joining, moving, leaving: each one form, seen whole before it is confirmed."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tinhso.kernel.access.api import CannotGrant, allow, reach
from tinhso.kernel.access.web import ActorRequest, guarded, local_day
from tinhso.kernel.ui.typed import parse_date
from tinhso.modules.directory.models import Departure, Position, StaffMember
from tinhso.modules.directory.queries import colleagues, organisation_by_code
from tinhso.modules.directory.queries import rights as queries
from tinhso.modules.directory.queries.rights import units_of
from tinhso.modules.directory.services.leaving import answer_hand_over, cancel_departure, name_successor
from tinhso.modules.directory.services.staffing import (
    CannotChangeStaff,
    Place,
    decide_departure,
    join,
    preview_departure,
)


@never_cache
@require_GET
@guarded("directory.manage_staff")
def staffing(request: ActorRequest) -> HttpResponse:
    """Who left or is leaving, and what is still to happen."""
    return render(request, "directory/staffing/list.html", {"departures": queries.departures(request.actor)})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@guarded("directory.manage_staff")
def join_staff(request: ActorRequest) -> HttpResponse:
    """Somebody new, or known from elsewhere, begins to work."""
    given = request.POST or _known(request)
    on = local_day(request.now)
    errors: dict[str, str] = {}
    if request.method == "POST":
        valid_from = _day(given, "valid_from", errors)
        place = _place(given, valid_from or on, errors)
        if not errors and place and valid_from:
            try:
                user_id = join(
                    username=given.get("username", ""), full_name=given.get("full_name", ""),
                    email=given.get("email", ""), place=place, valid_from=valid_from, ground=given.get("ground", ""),
                    actor=request.actor, now=request.now,
                )  # fmt: skip
            except CannotChangeStaff as reason:
                errors[reason.field or "ground"] = str(reason)
            else:
                messages.success(request, "Đã tiếp nhận. Hãy đề nghị vai trò cho người này nếu công việc cần.")
                return redirect("directory:staff_member", user_id=user_id)
    context = {"given": given, "today": on, "positions": _positions(), "place_required": True, **_faults(errors)}
    return render(request, "directory/staffing/join.html", context, status=422 if errors else 200)


def _known(request: ActorRequest) -> QueryDict:
    """Who takes on another place is known already: their page leads here."""
    given = QueryDict(mutable=True)
    found = queries.officer_named(_number(request.GET.get("user")) or 0)
    if found is not None:
        given["username"], given["full_name"] = found
    return given


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@guarded("directory.manage_staff")
def depart(request: ActorRequest, member_id: int) -> HttpResponse:
    """Moving or leaving: first what follows from it, then the confirmation."""
    member = StaffMember.objects.select_related("user", "organisation", "position", "unit").filter(pk=member_id).first()
    # What is out of reach looks as what is not there.
    if member is None or not allow(request.actor, "directory.manage_staff", member):
        raise Http404("Không có cán bộ này.")
    given = request.POST
    on = local_day(request.now)
    errors: dict[str, str] = {}
    preview = None
    moves = given.get("kind") == "move"
    if request.method == "POST":
        last_day = _day(given, "last_day", errors)
        successor = _number(given.get("successor"))
        place = _place(given, on, errors) if moves else None
        if not errors and last_day is not None:
            try:
                if given.get("confirm") == "1" and given.get("previewed") == _previewed(given):
                    decide_departure(
                        member_id=member_id, last_day=last_day, successor_id=successor, move_to=place,
                        ground=given.get("ground", ""), actor=request.actor, now=request.now,
                    )  # fmt: skip
                    messages.success(request, f"Đã ghi nhận {member.user.full_name} rời {member.organisation.name}.")
                    return redirect("directory:staffing")
                preview = preview_departure(
                    member_id=member_id, successor_id=successor, last_day=last_day, moves=moves, actor=request.actor
                )
            except (CannotChangeStaff, CannotGrant) as reason:
                errors[getattr(reason, "field", "") or "ground"] = str(reason)
    people = colleagues(member.organisation_id, role=None, on=on)
    context = {
        "member": member,
        "given": given,
        "moves": moves,
        "kinds": Departure.Kind.choices,
        "today": on,
        "preview": preview,
        "previewed": _previewed(given),
        "people": [
            (str(p.user_id), f"{p.full_name}, {p.position_title}") for p in people if p.user_id != member.user_id
        ],
        "positions": _positions(),
        "place_required": False,
        **_faults(errors),
    }
    return render(request, "directory/staffing/depart.html", context, status=422 if errors else 200)


@never_cache
@require_GET
@guarded("directory.manage_staff")
def departure(request: ActorRequest, departure_id: int) -> HttpResponse:
    """One departure: what its successor said; until the last day another successor, or the decision taken back."""
    return _departure(request, _reachable(request, departure_id), {})


def _reachable(request: ActorRequest, departure_id: int) -> Departure:
    found = queries.departure(departure_id)
    if found is None or found.organisation_id not in reach(request.actor, "directory.manage_staff"):
        raise Http404("Không có quyết định này.")
    return found


def _departure(request: ActorRequest, found: Departure, errors: dict[str, str]) -> HttpResponse:
    people = colleagues(found.organisation_id, role=None, on=local_day(request.now))
    context = {
        "departure": found,
        "given": request.POST,
        "open": found.done_at is None,
        "people": [
            (str(p.user_id), f"{p.full_name}, {p.position_title}") for p in people if p.user_id != found.user_id
        ],
        **_faults(errors),
    }
    return render(request, "directory/staffing/departure.html", context, status=422 if errors else 200)


@require_POST
@guarded("directory.manage_staff")
def cancel(request: ActorRequest, departure_id: int) -> HttpResponse:
    found = _reachable(request, departure_id)
    try:
        cancel_departure(
            departure_id=departure_id,
            ground=request.POST.get("cancel_ground", ""),
            actor=request.actor,
            now=request.now,
        )
    except CannotChangeStaff as reason:
        return _departure(request, found, {reason.field or "cancel_ground": str(reason)})
    messages.success(
        request, f"Đã hủy quyết định. {found.user.full_name} tiếp tục làm việc tại {found.organisation.name}."
    )
    return redirect("directory:staffing")


@require_POST
@guarded("directory.manage_staff")
def successor(request: ActorRequest, departure_id: int) -> HttpResponse:
    found = _reachable(request, departure_id)
    try:
        name_successor(
            departure_id=departure_id, successor_id=_number(request.POST.get("successor")) or 0, actor=request.actor,
            now=request.now,
        )  # fmt: skip
    except CannotChangeStaff as reason:
        return _departure(request, found, {reason.field or "successor": str(reason)})
    messages.success(request, "Đã ghi người nhận bàn giao; người này sẽ xác nhận trên bàn làm việc.")
    return redirect("directory:departure", departure_id=departure_id)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@guarded("directory.own_rights")
def hand_overs(request: ActorRequest) -> HttpResponse:
    """What I take over from those who leave, and my word about it."""
    errors: dict[str, str] = {}
    if request.method == "POST":
        try:
            answer_hand_over(
                departure_id=_number(request.POST.get("departure")) or 0, accept=request.POST.get("answer") == "accept",
                note=request.POST.get("note", ""), actor=request.actor, now=request.now,
            )  # fmt: skip
        except CannotChangeStaff as reason:
            errors[reason.field or "note"] = str(reason)
        else:
            messages.success(request, "Đã ghi nhận trả lời của bạn.")
            return redirect("directory:hand_overs")
    context = {
        "hand_overs": queries.hand_overs_to(request.actor.user_id or 0), "given": request.POST, **_faults(errors),
    }  # fmt: skip
    return render(request, "directory/staffing/hand_overs.html", context, status=422 if errors else 200)


def _previewed(given: QueryDict) -> str:
    """What a preview depends on: a confirmation counts only for what was shown."""
    return "|".join(given.get(name, "").strip() for name in ("kind", "last_day", "successor", "organisation"))


def _faults(errors: dict[str, str]) -> dict[str, Any]:
    return {"errors": list(errors.items()), "error_of": errors}


def _positions() -> list[tuple[str, str]]:
    return [
        (str(number), title) for number, title in Position.objects.order_by("rank", "title").values_list("pk", "title")
    ]


def _place(given: QueryDict, on: date, errors: dict[str, str]) -> Place | None:
    """The place typed in: the organisation by its code, its unit by name, the position by number."""
    found = organisation_by_code(given.get("organisation", "").strip()[:40], on)
    if found is None:
        errors["organisation"] = "Nhập mã định danh của một cơ quan đang hoạt động, ví dụ H56.102."
        return None
    unit_id = None
    name = " ".join(given.get("unit", "").split())[:300]
    if name:
        units = units_of(found.id, on=on)
        unit_id = next((number for number, title in units if title.casefold() == name.casefold()), None)
        if unit_id is None:
            listed = ", ".join(title for _, title in units) or "không có đơn vị nào"
            errors["unit"] = f"Cơ quan này không có phòng, bộ phận tên như vậy. Hiện có: {listed}."
    position = _number(given.get("position"))
    if position is None:
        errors["position"] = "Chọn chức danh."
        return None
    return Place(found.id, unit_id, position)


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else None


def _day(given: QueryDict, name: str, errors: dict[str, str]) -> date | None:
    try:
        found = parse_date(given.get(name, "").strip()[:20])
    except ValueError as reason:
        errors[name] = str(reason)
        return None
    if found is None:
        errors[name] = "Nhập ngày, ví dụ 01/12/2026."
    return found
