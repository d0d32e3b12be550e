"""«Sổ theo dõi hồ sơ» (form 07): of an office, a field and a period, as PDF or workbook."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from tinhso.kernel.access.api import reach
from tinhso.kernel.access.web import ActorRequest, guarded
from tinhso.kernel.clock import VIETNAM
from tinhso.kernel.text import sort_key
from tinhso.kernel.ui.typed import parse_date
from tinhso.modules.directory import api as directory
from tinhso.modules.dossiers.queries.books import fields_of_office, offices_among
from tinhso.modules.dossiers.services.books import BookTooLong, book_pdf, book_xlsx
from tinhso.modules.dossiers.web.officer.actions import XLSX, download


@never_cache
@require_GET
@guarded("dossiers.book")
def book(request: ActorRequest) -> HttpResponse:
    """Choose and take the book. The address says what was chosen, never whose dossiers they are."""
    offices = sorted(
        directory.organisations_by_id(offices_among(reach(request.actor, "dossiers.book"))).values(),
        key=lambda office: sort_key(office.name),
    )
    typed = request.GET
    today = request.now.astimezone(VIETNAM).date()
    office = next((one for one in offices if str(one.id) == typed.get("office", "")), offices[0] if offices else None)
    fields = fields_of_office(office.id) if office else []
    field = next(((number, name) for number, name in fields if str(number) == typed.get("field", "")), None)
    errors: list[tuple[str, str]] = []
    first = _day(typed.get("first", ""), today.replace(day=1), "first", errors)
    last = _day(typed.get("last", ""), today, "last", errors)
    if "take" in typed and office is not None and not errors:
        wanted: dict[str, Any] = {
            "office_id": office.id,
            "first": first,
            "last": last,
            "field_ids": [field[0]] if field else [],
            "field_name": field[1] if field else "",
            "actor": request.actor,
            "now": request.now,
        }
        name = f"so-theo-doi-{first:%Y%m%d}-{last:%Y%m%d}"
        try:
            if typed["take"] == "xlsx":
                return download(book_xlsx(**wanted), XLSX, f"{name}.xlsx")
            return download(book_pdf(**wanted), "application/pdf", f"{name}.pdf")
        except BookTooLong as refusal:
            errors.append(("first", str(refusal)))
    context = {
        "offices": [(one.id, one.name) for one in offices],
        "office": office.id if office else "",
        "fields": fields,
        "field": field[0] if field else "",
        "first": typed.get("first") or f"{first:%d/%m/%Y}",
        "last": typed.get("last") or f"{last:%d/%m/%Y}",
        "errors": errors,
        "error_of": dict(errors),
    }
    return render(request, "dossiers/officer/actions/book.html", context, status=422 if errors else 200)


def _day(text: str, otherwise: date, name: str, errors: list[tuple[str, str]]) -> date:
    try:
        return parse_date(text) or otherwise
    except ValueError as wrong:
        errors.append((name, str(wrong)))
        return otherwise
