"""Watching: the live board, which steps ate the time, the thresholds, and agencies whose run failed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, cast
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from tinhso.kernel.access.api import Actor, allow, reach
from tinhso.kernel.access.web import ActorRequest, guarded
from tinhso.kernel.clock import VIETNAM
from tinhso.kernel.ui.typed import parse_date
from tinhso.modules.directory import api as directory
from tinhso.modules.dossiers.queries.board import Board, By, Column, Lane, live_board
from tinhso.modules.dossiers.queries.delays import DelayBy, DelayRow, delay_table
from tinhso.modules.dossiers.queries.watching import failing_runs, threshold_history
from tinhso.modules.dossiers.queries.work import unit_names_of
from tinhso.modules.dossiers.services.explaining import CannotExplain, explain_delay
from tinhso.modules.dossiers.services.watching import (
    CannotResume,
    CannotSetThresholds,
    resume_watching,
    set_thresholds,
    thresholds_on,
)
from tinhso.modules.dossiers.web.officer.dossier import show_why
from tinhso.modules.dossiers.web.officer.page import open_dossier
from tinhso.modules.dossiers.web.officer.posting import post_else

BYS: Sequence[tuple[By, str]] = [("procedure", "Theo thủ tục"), ("unit", "Theo bộ phận")]
DELAY_BYS: Sequence[tuple[DelayBy, str]] = [("step", "Theo bước"), ("unit", "Theo bộ phận"), ("person", "Theo người")]
MOST_DAYS = 400
SHOWN_BARS = 12


def agencies_of(actor: Actor, permission: str) -> list[directory.OrganisationInfo]:
    """The agencies that an actor may look at, by name; centres receive and settle nothing."""
    found = directory.organisations_by_id(reach(actor, permission)).values()
    return sorted((one for one in found if one.kind != "public_service_centre"), key=lambda one: one.name)


def chosen(request: ActorRequest, agencies: Sequence[directory.OrganisationInfo]) -> directory.OrganisationInfo | None:
    """The agency that the address names, if it is one of these; else the person's own, else the first."""
    typed = request.GET.get("agency", "")
    by_id = {str(one.id): one for one in agencies}
    if typed in by_id:
        return by_id[typed]
    user_id = request.actor.user_id
    places = directory.appointments_of_user(user_id, request.now.date()) if user_id and len(agencies) > 1 else []
    own = next((by_id[str(place.organisation_id)] for place in places if str(place.organisation_id) in by_id), None)
    return own or (agencies[0] if agencies else None)


def _by(request: ActorRequest, offered: Sequence[tuple[str, str]]) -> str:
    return next((key for key, _ in offered if key == request.GET.get("by")), offered[0][0])


@never_cache
@require_GET
@guarded("dossiers.board")
def board(request: ActorRequest) -> HttpResponse:
    """«Bảng theo dõi»: the steps of an agency and how many dossiers stand at each; asks again every half minute."""
    agencies = agencies_of(request.actor, "dossiers.board")
    agency = chosen(request, agencies)
    by = cast(By, _by(request, BYS))
    context = {
        "agency": agency,
        "agencies": [(one.id, one.name) for one in agencies] if len(agencies) > 1 else [],
        "by": by,
        "tabs": [
            {
                "title": title,
                "url": f"?{urlencode({'agency': agency.id if agency else '', 'by': key})}",
                "current": key == by,
            }
            for key, title in BYS
        ],
        **(_board_context(live_board(agency_id=agency.id, by=by, now=request.now)) if agency else {}),
    }
    part = request.headers.get("HX-Request") == "true"
    return render(request, f"dossiers/officer/watching/{'board_part' if part else 'board'}.html", context)


def _board_context(found: Board) -> dict[str, Any]:
    lanes = [
        (
            lane,
            [
                (column, _list_url(found, lane, column), _list_url(found, lane, column, late=True))
                for column in lane.columns
            ],
        )
        for lane in found.lanes
    ]
    return {
        "board": found,
        "lanes": lanes,
        "total": sum(lane.total for lane in found.lanes),
        "late": sum(lane.late for lane in found.lanes),
        "poll_url": f"{reverse('dossiers:board')}?{urlencode({'agency': found.agency_id, 'by': found.by})}",
    }


def _list_url(found: Board, lane: Lane, column: Column, *, late: bool = False) -> str:
    """The list of the dossiers that a number of the board counts."""
    query = {"agency": str(found.agency_id), "step": column.title, "unit": column.unit_name or "-"}
    if lane.elsewhere:
        query["holder"] = "here"
    if found.by == "procedure":
        query["procedure"] = lane.key
    if late:
        query["due"] = "late"
    return f"{reverse('dossiers:list')}?{urlencode(query)}"


@never_cache
@require_GET
@guarded("dossiers.delays")
def delays(request: ActorRequest) -> HttpResponse:
    """«Nguyên nhân chậm»: by step, unit or person, planned against spent, waiting against at work."""
    agencies = agencies_of(request.actor, "dossiers.delays")
    agency = chosen(request, agencies)
    by = cast(DelayBy, _by(request, DELAY_BYS))
    late_only = request.GET.get("late") == "1"
    today = request.now.astimezone(VIETNAM).date()
    since, until, errors = _days(request, today)
    table = (
        delay_table(
            agency_id=agency.id,
            start=datetime.combine(since, time(), VIETNAM),
            end=datetime.combine(until + timedelta(days=1), time(), VIETNAM),
            by=by,
            late_only=late_only,
            units=_units(request.actor, agency.id, today),
        )
        if agency and not errors
        else None
    )
    query = {"agency": agency.id if agency else "", "from": f"{since:%d/%m/%Y}", "until": f"{until:%d/%m/%Y}"}
    context = {
        "agency": agency,
        "agencies": [(one.id, one.name) for one in agencies] if len(agencies) > 1 else [],
        "by": by,
        "tabs": [
            {
                "title": title,
                "url": f"?{urlencode({**query, 'by': key, **({'late': '1'} if late_only else {})})}",
                "current": key == by,
            }
            for key, title in DELAY_BYS
        ],
        "typed": {
            "from": request.GET.get("from") or query["from"],
            "until": request.GET.get("until") or query["until"],
        },
        "late_only": late_only,
        "errors": errors,
        "summary": list(errors.items()),
        "table": table,
        "rows": table.rows if table else (),
        "bars": _bars(table.rows[:SHOWN_BARS]) if table else [],
    }
    return render(request, "dossiers/officer/watching/delays.html", context, status=422 if errors else 200)


def _days(request: ActorRequest, today: date) -> tuple[date, date, dict[str, str]]:
    """The period asked for, both ends included; the last thirty days when nothing is said."""
    errors: dict[str, str] = {}
    found: dict[str, date] = {"from": today - timedelta(days=29), "until": today}
    for name in found:
        try:
            found[name] = parse_date(request.GET.get(name, "")) or found[name]
        except ValueError as error:
            errors[name] = str(error)
    if not errors and found["until"] < found["from"]:
        errors["until"] = "Ngày cuối phải từ ngày đầu trở đi."
    elif not errors and (found["until"] - found["from"]).days > MOST_DAYS:
        errors["from"] = f"Khoảng xem tối đa {MOST_DAYS} ngày."
    return found["from"], found["until"], errors


def _units(actor: Actor, agency_id: int, today: date) -> Collection[str] | None:
    """A leader looks at the whole agency, a head at their own units."""
    if any(grant.role == "leader" and agency_id in grant.organisation_ids for grant in actor.grants):
        return None
    return unit_names_of(actor, on=today) or None


@dataclass(frozen=True)
class Bar:
    """A bar of the chart, in hundredths of the longest: waiting, at work, and the mark of what was planned."""

    row: DelayRow
    waited: int
    worked: int
    planned: int


def _bars(rows: Sequence[DelayRow]) -> list[Bar]:
    longest = max((max(row.own, row.planned) for row in rows), default=0)

    def share(minutes: int) -> int:
        return round(100 * minutes / longest) if longest else 0

    return [Bar(row, share(row.waited), share(row.worked), min(share(row.planned), 99)) for row in rows]


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@guarded("dossiers.watch")
def thresholds(request: ActorRequest) -> HttpResponse:
    """«Nhắc hạn»: when people are reminded; for operators also the agencies whose run failed."""
    agencies = agencies_of(request.actor, "dossiers.set_watch")
    agency = chosen(request, agencies)
    errors: dict[str, str] = {}
    today = request.now.astimezone(VIETNAM).date()
    now_used = thresholds_on(today)(agency.id) if agency else None
    names = ("soon_hours", "repeat_days", "leader_after_days")
    values = {name: str(getattr(now_used, name)) for name in names} if now_used else {}
    values["valid_from"] = ""
    if request.method == "POST" and agency:
        values = {name: request.POST.get(name, "").strip() for name in (*names, "valid_from")}
        errors = _set(request, agency.id, values, today)
        if not errors:
            messages.success(request, "Đã lưu ngưỡng nhắc hạn.")
            return redirect(f"{reverse('dossiers:watch')}?agency={agency.id}")
    operates = bool(allow(request.actor, "dossiers.operate_watch"))
    context = {
        "agency": agency,
        "agencies": [(one.id, one.name) for one in agencies] if len(agencies) > 1 else [],
        "used": now_used,
        "values": values,
        "errors": errors,
        "summary": list(errors.items()),
        "history": threshold_history(agency.id) if agency else (),
        "operates": operates,
        "failing": failing_runs() if operates else (),
    }
    return render(request, "dossiers/officer/watching/thresholds.html", context, status=422 if errors else 200)


def _set(request: ActorRequest, agency_id: int, values: dict[str, str], today: date) -> dict[str, str]:
    def number(name: str) -> int | None:
        return (
            int(values[name]) if values[name].isascii() and values[name].isdigit() and len(values[name]) < 6 else None
        )

    try:
        valid_from = parse_date(values["valid_from"]) or today
    except ValueError as error:
        return {"valid_from": str(error)}
    try:
        set_thresholds(
            organisation_id=agency_id,
            soon_hours=number("soon_hours"),
            repeat_days=number("repeat_days"),
            leader_after_days=number("leader_after_days"),
            valid_from=valid_from,
            actor=request.actor,
            now=request.now,
        )
    except CannotSetThresholds as refusal:
        return refusal.errors
    return {}


@post_else("dossiers:watch")
@guarded("dossiers.operate_watch")
def resume(request: ActorRequest, agency_id: int) -> HttpResponse:
    try:
        resume_watching(agency_id=agency_id, actor=request.actor, now=request.now)
        messages.success(request, "Lượt nhắc hạn tới sẽ thử lại cơ quan này.")
    except CannotResume as refusal:
        messages.error(request, str(refusal))
    return redirect("dossiers:watch")


@guarded("dossiers.explain_delay")
def explain(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """A head or leader records why the dossier is late; the form stands on the page of its due time."""
    view = open_dossier(request, public_id)
    here = reverse("dossiers:why", args=[public_id])
    if request.method == "POST":
        typed = request.POST.get("task", "")
        try:
            explain_delay(
                dossier_id=view.id,
                task_id=int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 19 else None,
                ground=request.POST.get("ground", ""),
                note=request.POST.get("note", ""),
                actor=request.actor,
                now=request.now,
            )
            messages.success(request, "Đã ghi nguyên nhân chậm.")
        except CannotExplain as refusal:
            return show_why(request, view, refused=str(refusal))
    return redirect(f"{here}#steps")
