"""Pages of the catalogue: the public ones, and its list for officers."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from tinhso.kernel.access.web import ActorRequest, guarded
from tinhso.kernel.calendar.api import calendar_for
from tinhso.modules.directory.api import OrganisationInfo
from tinhso.modules.procedures import queries
from tinhso.modules.procedures.queries import Scope, Search, VersionInfo
from tinhso.modules.procedures.rules import (
    LEVELS,
    LIFE_EVENTS,
    SERVICE_LEVELS,
)
from tinhso.modules.procedures.web.guides import guide_pdf
from tinhso.modules.procedures.web.presenting import present, start_url

LIFE_EVENT_ICONS = {
    "birth": "baby",
    "marriage": "heart",
    "residence": "home",
    "papers": "stamp",
    "land": "land",
    "building": "building",
    "business": "shop",
    "work": "sign",
    "support": "shield",
    "transport": "car",
    "farming": "sun",
    "community": "people",
    "death": "file",
}
_SCOPES: dict[str, str] = {
    "offered": "Cấp tỉnh, cấp xã giải quyết",
    "fileable": "Nộp được tại đây",
    "all": "Toàn bộ danh mục",
}


@guarded("procedures.view_public")
def home(request: ActorRequest) -> HttpResponse:
    today = request.now.date()
    counts = queries.counts(on=today)
    events = [
        (event, LIFE_EVENT_ICONS[event.key], counts.by_life_event[event.key])
        for event in LIFE_EVENTS.values()
        if counts.by_life_event.get(event.key)
    ]
    context = {"counts": counts, "events": events, "examples": queries.examples(on=today)}
    return render(request, "procedures/home.html", context)


@guarded("procedures.view_public")
def search(request: ActorRequest) -> HttpResponse:
    wanted = _wanted(request, default="offered")
    page = queries.search(wanted, on=request.now.date(), page=number_of(request.GET.get("page")) or 1)
    context = {"wanted": wanted, "page": page, "life_event": LIFE_EVENTS.get(wanted.life_event)}
    context |= _neighbours(request, page)
    if getattr(request, "htmx", False):
        return render(request, "procedures/results.html", context)
    return render(request, "procedures/search.html", context | _choices(wanted))


@guarded("procedures.view_public")
def procedure(request: ActorRequest, code: str) -> HttpResponse:
    known = queries.current_version(code, request.now.date()) if is_code(code) else None
    if known is None:
        return _no_longer(request, code)
    version = known
    agencies = queries.agencies_offering(version, on=request.now.date()) if version.definition else ()
    agency = _chosen(agencies, request.GET.get("agency"))
    calendar = calendar_for(agency.id if agency else None, around=request.now.date()) if version.definition else None
    context = {
        "version": version,
        "before": queries.version_before(version),
        "definition": version.definition,
        "presented": present(version, calendar=calendar, now=request.now),
        "many": [(str(one.id), one.name) for one in agencies] if len(agencies) > 1 else [],
        "agency": agency,
        "start_url": start_url(version, agency.id if agency else None) if agencies else "",
        "life_event": LIFE_EVENTS.get(version.procedure.life_event),
        "query": f"?agency={agency.id}" if agency else "",
    }
    return render(request, "procedures/procedure.html", context)


@guarded("procedures.view_public")
def guide(request: ActorRequest, code: str) -> HttpResponse:
    version = _current(request, code)
    agencies = queries.agencies_offering(version, on=request.now.date()) if version.definition else ()
    agency = _chosen(agencies, request.GET.get("agency"))
    where: tuple[str, ...] = ()
    if agency is not None:
        where = (f"{agency.name}, {agency.address}" if agency.address else agency.name,)
    elif agencies:
        where = (f"Một trong {len(agencies)} cơ quan của tỉnh; địa chỉ có trên trang của thủ tục",)
    pdf = guide_pdf(
        version,
        present(version, calendar=None, now=request.now),
        page_url=settings.PUBLIC_ORIGIN + reverse("procedures:procedure", args=[version.code]),
        where=where,
        now=request.now,
    )
    response = HttpResponse(pdf, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="huong-dan-{version.code}.pdf"'
    return response


@guarded("procedures.view_catalogue")
def catalogue(request: ActorRequest) -> HttpResponse:
    wanted = _wanted(request, default="all")
    page = queries.search(wanted, on=request.now.date(), page=number_of(request.GET.get("page")) or 1)
    context = {"wanted": wanted, "page": page, "counts": queries.counts(on=request.now.date()), "levels": LEVELS}
    return render(request, "procedures/catalogue.html", context | _choices(wanted) | _neighbours(request, page))


def _no_longer(request: ActorRequest, code: str) -> HttpResponse:
    """What was once in force leaves word where to go on; what never was is not found."""
    found = queries.procedure_of(code) if is_code(code) else None
    if found is None or found.retired_on is None:
        raise Http404("Không có thủ tục này trong danh mục.")
    successor = queries.current_version(found.replaced_by, request.now.date()) if found.replaced_by else None
    return render(request, "procedures/no_longer.html", {"procedure": found, "successor": successor}, status=410)


def _current(request: ActorRequest, code: str) -> VersionInfo:
    found = queries.current_version(code, request.now.date()) if is_code(code) else None
    if found is None:
        raise Http404("Không có thủ tục này trong danh mục.")
    return found


def is_code(code: str) -> bool:
    # PostgreSQL refuses NUL in a text; nothing longer is a code.
    return len(code) <= 20 and "\x00" not in code


def _chosen(agencies: tuple[OrganisationInfo, ...], asked: str | None) -> OrganisationInfo | None:
    if len(agencies) == 1:
        return agencies[0]
    number = number_of(asked)
    return next((agency for agency in agencies if agency.id == number), None)


def number_of(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() and len(text) < 10 else None


def _wanted(request: ActorRequest, *, default: Scope) -> Search:
    asked = request.GET
    scope: Scope = default
    if asked.get("scope") in ("offered", "fileable", "all"):
        scope = asked["scope"]  # type: ignore[assignment]
    event = asked.get("event", "")
    level = asked.get("level", "")
    service_level = asked.get("service_level", "")
    return Search(
        text=asked.get("q", "")[:300].replace("\x00", ""),
        field_id=number_of(asked.get("field")),
        life_event=event if event in LIFE_EVENTS else "",
        level=level if level in ("ministry", "province", "commune") else "",
        service_level=service_level if service_level in (*SERVICE_LEVELS, "unknown") else "",
        scope=scope,
    )


def _choices(wanted: Search) -> dict[str, object]:
    return {
        "fields": [(str(one.id), f"{one.name} ({one.count})") for one in queries.fields(scope=wanted.scope)],
        "field": str(wanted.field_id or ""),
        "life_events": [(event.key, event.title) for event in LIFE_EVENTS.values()],
        "level_options": [("commune", "Cấp xã"), ("province", "Cấp tỉnh"), ("ministry", "Cấp bộ")],
        "service_levels": [(term.key, term.title) for term in SERVICE_LEVELS.values()]
        + [("unknown", "Chưa có thông tin")],
        "scopes": list(_SCOPES.items()),
        "narrowed": any(
            (wanted.field_id, wanted.life_event, wanted.level, wanted.service_level, wanted.scope != "offered")
        ),
    }


def _neighbours(request: ActorRequest, page: queries.Page) -> dict[str, str]:
    def address(number: int) -> str:
        asked = request.GET.copy()
        asked["page"] = str(number)
        return f"{request.path}?{asked.urlencode()}"

    return {
        "previous": address(page.number - 1) if page.number > 1 else "",
        "next": address(page.number + 1) if page.number < page.pages else "",
    }
