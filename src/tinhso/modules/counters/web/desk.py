"""«Gọi số»: the clerk's counter, and how the hall is set up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from tinhso.kernel.access.api import reach
from tinhso.kernel.access.web import ActorRequest, guarded
from tinhso.modules.counters.queries import (
    absent_today,
    counters_of,
    day_of,
    halls_of,
    lines_of,
    seat_of,
    waiting_in,
)
from tinhso.modules.counters.services.queueing import (
    CannotCall,
    CannotSetUp,
    call_again,
    call_next,
    finish,
    hand_on,
    miss,
    set_up_hall,
    sit_down,
    stand_up,
)
from tinhso.modules.directory import api as directory


@never_cache
@require_GET
@guarded("counters.call")
def desk(request: ActorRequest) -> HttpResponse:
    """Where to sit; then the number in hand and who waits."""
    return _show(request)


def _show(request: ActorRequest, error: str = "") -> HttpResponse:
    seat = seat_of(request.actor, now=request.now)
    context: dict[str, Any] = {"seat": seat, "error": error}
    if seat is None:
        halls = halls_of(request.actor)
        context["halls"] = [(hall, counters_of(hall.id)) for hall in halls]
        context["today"] = day_of(request.now)
        offices = reach(request.actor, "counters.set_up") - {hall.office_id for hall in halls}
        context["without"] = list(directory.organisations_by_id(list(offices)[:20]).values())
    else:
        served = {line.id for line in seat.lines}
        lines = lines_of(seat.hall.id, now=request.now)
        context["lines"] = [(line, line.id in served) for line in lines]
        context["elsewhere"] = [
            (line.id, f"{line.letter} – {line.title}")
            for line in lines
            if seat.current is None or line.id != seat.current.line_id
        ]
        context["waiting"] = waiting_in(seat.hall.id, now=request.now)
        context["absent"] = absent_today(seat.hall.id, now=request.now)
    return render(request, "counters/desk.html", context, status=422 if error else 200)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


@never_cache
@guarded("counters.call")
def sit(request: ActorRequest) -> HttpResponse:
    """«Ngồi quầy này»."""
    if request.method != "POST":
        return redirect("counters:desk")
    offered = {counter.pk for hall in halls_of(request.actor) for counter in counters_of(hall.id)}
    chosen = _number(request.POST.get("counter", ""))
    if chosen not in offered:
        return _show(request, "Chọn quầy của cơ quan bạn.")
    return _done(request, lambda: sit_down(counter_id=chosen, actor=request.actor, now=request.now))


@never_cache
@guarded("counters.call")
def stand(request: ActorRequest) -> HttpResponse:
    """«Rời quầy»."""
    if request.method != "POST":
        return redirect("counters:desk")
    return _done(request, lambda: stand_up(actor=request.actor, now=request.now))


@never_cache
@guarded("counters.call")
def next_number(request: ActorRequest) -> HttpResponse:
    """«Mời số tiếp theo»."""
    if request.method != "POST":
        return redirect("counters:desk")
    try:
        found = call_next(actor=request.actor, now=request.now)
    except CannotCall as refusal:
        return _show(request, str(refusal))
    if found is None:
        messages.info(request, "Không còn ai chờ ở các nhóm việc của quầy này.")
    return redirect("counters:desk")


@never_cache
@guarded("counters.call")
def change(request: ActorRequest, ticket_id: int, what: str) -> HttpResponse:
    """What becomes of a number: again, absent, done, or another line."""
    if request.method != "POST":
        return redirect("counters:desk")
    same: dict[str, Any] = {"ticket_id": ticket_id, "actor": request.actor, "now": request.now}
    services: dict[str, Callable[[], object]] = {
        "again": lambda: call_again(**same),
        "absent": lambda: miss(**same),
        "done": lambda: finish(**same),
        "hand-on": lambda: hand_on(line_id=_number(request.POST.get("line", "")), **same),
    }
    if what not in services:
        raise Http404
    return _done(request, services[what])


def _done(request: ActorRequest, call: Callable[[], object]) -> HttpResponse:
    try:
        call()
    except CannotCall as refusal:
        return _show(request, str(refusal))
    return redirect("counters:desk")


@never_cache
@guarded("counters.set_up")
def set_up(request: ActorRequest, office_id: int) -> HttpResponse:
    """Lines and number of counters of an office's hall; the addresses of its kiosk and screen."""
    if office_id not in reach(request.actor, "counters.set_up"):
        raise Http404
    hall = next((one for one in halls_of(request.actor) if one.office_id == office_id), None)
    lines = [] if hall is None else lines_of(hall.id, now=request.now)
    values = {
        "titles": "\n".join(line.title for line in lines),
        "counters": str(len(counters_of(hall.id))) if hall else "3",
    }
    error = ""
    if request.method == "POST":
        values = {name: request.POST.get(name, "") for name in ("titles", "counters")}
        try:
            set_up_hall(
                office_id=office_id,
                titles=values["titles"].splitlines()[:50],
                counters=_number(values["counters"].strip()),
                actor=request.actor,
                now=request.now,
            )
        except CannotSetUp as refusal:
            error = str(refusal)
        else:
            messages.success(request, "Đã lưu bố trí quầy và nhóm việc.")
            return redirect("counters:set_up", office_id)
    context = {"hall": hall, "office": directory.organisation(office_id), "values": values, "error": error}
    return render(request, "counters/set_up.html", context, status=422 if error else 200)
