"""Bulk import of old results: index, faults by cell, files, progress, confirmation; and the report of how far it has come."""

from __future__ import annotations

import io
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST
from openpyxl import Workbook

from tinhso.kernel.access.api import allow, reach
from tinhso.kernel.access.web import ActorRequest, guarded, local_day
from tinhso.kernel.files.api import FileRefused
from tinhso.kernel.ui.typed import parse_date
from tinhso.modules.archive.models import ImportBatch
from tinhso.modules.archive.queries.digitised import report as report_of
from tinhso.modules.archive.queries.imports import batch_of, recent_batches, rows_without_file
from tinhso.modules.archive.rules.index import MAX_ROWS
from tinhso.modules.archive.services.figures import CannotDeclare, declare_figure
from tinhso.modules.archive.services.importing import (
    CannotImport,
    columns,
    confirm,
    discard,
    receive_parcel,
    upload_index,
)
from tinhso.modules.archive.web.reading import number_of
from tinhso.modules.directory import api as directory

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MAX_INDEX_BYTES = 5 * 1024 * 1024
# The example of the template: made up.
EXAMPLE = (
    "15/GPXD", "Giấy phép xây dựng", "XD.GIAYPHEP", "038192000001", "Nguyễn Thị Thu Hà", "H56.102", "12/03/2024",
    "không thời hạn", "15-GPXD.pdf",
)  # fmt: skip


@never_cache
@guarded("archive.import")
def start(request: ActorRequest) -> HttpResponse:
    """Send an index; the imports so far."""
    offices = directory.organisations_by_id(reach(request.actor, "archive.import"))
    error = ""
    if request.method == "POST":
        try:
            return redirect("archive:import_batch", _upload(request, offices))
        except CannotImport as refusal:
            error = str(refusal)
    context = {
        "offices": [(str(one.id), one.name) for one in offices.values()],
        "office": request.POST.get("organisation", ""),
        "columns": columns(),
        "mapping": [(key, title, request.POST.get(f"column-{key}", "")) for key, title, _ in columns()],
        "letters": [(str(place), chr(65 + place)) for place in range(26)],
        "most": MAX_ROWS,
        "batches": recent_batches(list(offices)),
        "error": error,
        "errors": [("index", error)] if error else [],
    }
    return render(request, "archive/import_start.html", context, status=422 if error else 200)


def _upload(request: ActorRequest, offices: dict[int, directory.OrganisationInfo]) -> int:
    office = number_of(request.POST.get("organisation"))
    if office is None and len(offices) == 1:
        office = next(iter(offices))
    if office not in offices:
        raise CannotImport("Chọn cơ quan có kết quả được nhập.")
    given: Any = next(iter(request.FILES.getlist("index")), None)
    if given is None:
        raise CannotImport("Chọn tệp chỉ mục (.xlsx hoặc .csv).")
    if (given.size or 0) > MAX_INDEX_BYTES or getattr(given, "refusal", ""):
        raise CannotImport("Chỉ mục lớn quá 5 MB. Chia thành nhiều chỉ mục.")
    typed = {key: number_of(request.POST.get(f"column-{key}")) for key, _, _ in columns()}
    mapping = {key: place for key, place in typed.items() if place is not None}
    return upload_index(
        organisation_id=office,
        content=given.read(),
        filename=given.name or "",
        mapping=mapping or None,
        actor=request.actor,
        now=request.now,
    )


def _batch(request: ActorRequest, batch_id: int) -> ImportBatch:
    found = batch_of(batch_id, reach(request.actor, "archive.import"))
    if found is None:
        raise Http404
    return found


@never_cache
@require_GET
@guarded("archive.import")
def batch(request: ActorRequest, batch_id: int) -> HttpResponse:
    """Faults by row and cell, or what is still waited for, or that it is done."""
    return _show(request, _batch(request, batch_id))


def _show(request: ActorRequest, found: ImportBatch, error: str = "") -> HttpResponse:
    open_now = found.state in ("waiting", "ready")
    context = {
        "batch": found,
        "state_title": ImportBatch.State(found.state).label,
        "working": bool(found.parcels) or found.state == "applying",
        "lacking": rows_without_file(found.pk) if open_now and not found.parcels else [],
        "missing_count": found.row_count - found.files_done,
        "notes": list(reversed(found.parcel_notes)),
        "error": error,
        "errors": [("parcel", error)] if error else [],
        "tone": {"faulty": "danger", "applied": "success", "ready": "success", "discarded": "neutral"}.get(
            found.state, "info"
        ),
    }
    return render(request, "archive/import_batch.html", context, status=422 if error else 200)


@require_POST
@guarded("archive.import")
def parcel(request: ActorRequest, batch_id: int) -> HttpResponse:
    """A ZIP of files for the index."""
    found = _batch(request, batch_id)
    given: Any = next(iter(request.FILES.getlist("parcel")), None)
    if given is None:
        return _show(request, found, "Chọn gói tệp .zip.")
    try:
        receive_parcel(
            batch_id=found.pk, stream=given, filename=given.name or "goi.zip", actor=request.actor, now=request.now
        )
    except (CannotImport, FileRefused) as refusal:
        return _show(request, found, str(refusal))
    messages.success(request, "Đã nhận gói tệp, đang giải nén và kiểm tra từng tệp.")
    return redirect("archive:import_batch", batch_id)


@require_POST
@guarded("archive.import")
def confirm_import(request: ActorRequest, batch_id: int) -> HttpResponse:
    found = _batch(request, batch_id)
    try:
        confirm(batch_id=found.pk, actor=request.actor, now=request.now)
    except CannotImport as refusal:
        return _show(request, found, str(refusal))
    messages.success(request, "Đang đưa vào kho. Trang này cho biết khi xong.")
    return redirect("archive:import_batch", batch_id)


@require_POST
@guarded("archive.import")
def discard_import(request: ActorRequest, batch_id: int) -> HttpResponse:
    found = _batch(request, batch_id)
    try:
        discard(batch_id=found.pk, actor=request.actor, now=request.now)
    except CannotImport as refusal:
        return _show(request, found, str(refusal))
    messages.success(request, "Đã bỏ lần nhập này.")
    return redirect("archive:import_start")


@require_GET
@guarded("archive.import")
def template(request: ActorRequest) -> HttpResponse:
    """An index to fill in: the titles, every column as text, one example."""
    book = Workbook()
    sheet = book.active
    if sheet is None:
        raise Http404
    sheet.title = "Chỉ mục"
    sheet.append([title for _, title, _ in columns()])
    sheet.append(list(EXAMPLE))
    for cells in sheet.columns:
        sheet.column_dimensions[cells[0].column_letter].width = 24  # type: ignore[union-attr]  # no merged cells here
        for cell in cells:
            cell.number_format = "@"
    sheet.freeze_panes = "A2"
    out = io.BytesIO()
    book.save(out)
    response = HttpResponse(out.getvalue(), content_type=XLSX)
    response["Content-Disposition"] = 'attachment; filename="mau-chi-muc-ket-qua.xlsx"'
    return response


@never_cache
@guarded("archive.report")
def report(request: ActorRequest) -> HttpResponse:
    """Shares by level against their targets, and by agency; archivists declare how many results there are."""
    on = local_day(request.now)
    within = reach(request.actor, "archive.report")
    may_declare = bool(allow(request.actor, "archive.declare_figure"))
    errors: dict[str, str] = {}
    if request.method == "POST":
        try:
            _declare(request)
        except CannotDeclare as refusal:
            errors = {refusal.field: str(refusal)}
        else:
            messages.success(request, "Đã ghi số kết quả phải số hóa.")
            return redirect("archive:report")
    own = directory.organisations_by_id(reach(request.actor, "archive.declare_figure"))
    context = {
        "report": report_of(within, until=on, on=on),
        "on": on,
        "may_declare": may_declare,
        "offices": [(str(one.id), one.name) for one in own.values()],
        "typed": request.POST,
        "errors": errors,
        "summary": list(errors.items()),
    }
    return render(request, "archive/report.html", context, status=422 if errors else 200)


def _declare(request: ActorRequest) -> None:
    try:
        day = parse_date(request.POST.get("as_of_date", ""))
    except ValueError as wrong:
        raise CannotDeclare(f"{wrong}.", "as_of_date") from None
    declare_figure(
        organisation_id=number_of(request.POST.get("organisation")) or 0,
        count=number_of(request.POST.get("count", "").replace(".", "")),
        as_of_date=day,
        source=request.POST.get("source", ""),
        actor=request.actor,
        now=request.now,
    )
