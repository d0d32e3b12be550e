"""The kiosk where people take a number, and the screen of the hall. Whoever knows the hall's secret address is there;
nothing personal is asked or shown."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from tinhso.kernel.access.web import ActorRequest, guarded
from tinhso.kernel.pdf import print_paper
from tinhso.modules.counters.print.shapes import Slip
from tinhso.modules.counters.queries import (
    HallInfo,
    HallNotFound,
    TicketInfo,
    called_now,
    hall_by_token,
    lines_of,
    ticket,
    waiting_in,
)
from tinhso.modules.counters.rules import PRIORITIES
from tinhso.modules.counters.services.queueing import CannotTake, take_number


def _hall(token: UUID) -> HallInfo:
    try:
        return hall_by_token(token)
    except HallNotFound:
        raise Http404 from None


@never_cache
@require_GET
@guarded("counters.take")
def kiosk(request: ActorRequest, token: UUID) -> HttpResponse:
    """Choose a line; before it, if it applies, the priority. Big buttons, one tap for most people."""
    return _choose(request, _hall(token))


def _choose(request: ActorRequest, hall: HallInfo, error: str = "") -> HttpResponse:
    priority = request.GET.get("priority", "")
    context = {
        "hall": hall,
        "lines": lines_of(hall.id, now=request.now),
        "waiting": waiting_in(hall.id, now=request.now),
        "priorities": list(PRIORITIES.items()),
        "priority": priority if priority in PRIORITIES else "",
        "priority_title": PRIORITIES.get(priority, ""),
        "error": error,
    }
    return render(request, "counters/kiosk.html", context, status=422 if error else 200)


@never_cache
@guarded("counters.take")
def take(request: ActorRequest, token: UUID) -> HttpResponse:
    """One tap: the number is drawn, the slip is shown and printed."""
    hall = _hall(token)
    if request.method != "POST":
        return HttpResponseRedirect(reverse("counters:kiosk", args=[token]))
    line = request.POST.get("line", "")
    try:
        taken = take_number(
            token=token,
            line_id=int(line) if line.isascii() and line.isdigit() and len(line) < 10 else 0,
            priority=request.POST.get("priority", ""),
            actor=request.actor,
            now=request.now,
        )
    except CannotTake as refusal:
        return _choose(request, hall, str(refusal))
    return HttpResponseRedirect(reverse("counters:slip", args=[token, taken.number]))


def _ticket(request: ActorRequest, hall: HallInfo, number: int) -> TicketInfo:
    found = ticket(hall.id, number, now=request.now)
    if found is None:
        raise Http404
    return found


@never_cache
@require_GET
@guarded("counters.take")
def slip(request: ActorRequest, token: UUID, number: int) -> HttpResponse:
    """The number, large, until the next person goes on: a page that leaves by itself is no page for slow readers."""
    hall = _hall(token)
    context = {
        "hall": hall,
        "ticket": _ticket(request, hall, number),
        "waiting": waiting_in(hall.id, now=request.now),
    }
    return render(request, "counters/slip.html", context)


@never_cache
@require_GET
@guarded("counters.take")
def slip_pdf(request: ActorRequest, token: UUID, number: int) -> HttpResponse:
    """The slip for a printer with a roll of 80 mm."""
    hall = _hall(token)
    found = _ticket(request, hall, number)
    paper = Slip(
        printed_at=found.taken_at,
        office_name=hall.office_name,
        number=found.shown,
        line=found.line_title,
        priority=found.priority,
        taken_at=found.taken_at,
    )
    response = HttpResponse(print_paper(paper), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="so-{found.shown}.pdf"'
    return response


@never_cache
@require_GET
@guarded("counters.watch")
def screen(request: ActorRequest, token: UUID) -> HttpResponse:
    """What the hall reads from afar: number and counter. Asked again every few seconds, with or without scripts."""
    hall = _hall(token)
    context = {
        "hall": hall,
        "called": called_now(hall.id, now=request.now),
        "waiting": waiting_in(hall.id, now=request.now),
    }
    part = request.headers.get("HX-Request") == "true"
    return render(request, "counters/screen_now.html" if part else "counters/screen.html", context)
