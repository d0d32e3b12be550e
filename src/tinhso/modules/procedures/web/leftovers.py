"""The report of what inflates the catalogue, on the page and as a spreadsheet."""

from __future__ import annotations

import io

from django.http import HttpResponse
from django.shortcuts import render
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font

from tinhso.kernel.access.web import ActorRequest, guarded
from tinhso.modules.procedures.queries.leftovers import KINDS, counts_of, leftovers
from tinhso.modules.procedures.web.views import number_of

PAGE_SIZE = 50
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_COLUMNS = (("Loại", 44), ("Mã thủ tục", 16), ("Tên", 70), ("Phiên bản", 10), ("Cụ thể", 50), ("Cần làm", 50))


@guarded("procedures.view_leftovers")
def report(request: ActorRequest) -> HttpResponse:
    found = leftovers(on=request.now.date())
    counted = counts_of(found)
    kind = request.GET.get("kind", "")
    shown = [one for one in found if one.kind == kind] if kind in KINDS else list(found)
    pages = max(1, -(-len(shown) // PAGE_SIZE))
    number = min(max(1, number_of(request.GET.get("page")) or 1), pages)
    context = {
        "kinds": [(key, title, counted[key]) for key, (title, _) in KINDS.items()],
        "kind": kind if kind in KINDS else "",
        "rows": shown[(number - 1) * PAGE_SIZE : number * PAGE_SIZE],
        "total": len(shown),
        "all": len(found),
        "number": number,
        "pages": pages,
        "previous": _page(kind, number - 1) if number > 1 else "",
        "next": _page(kind, number + 1) if number < pages else "",
    }
    return render(request, "procedures/leftovers.html", context)


@guarded("procedures.view_leftovers")
def export(request: ActorRequest) -> HttpResponse:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Cần rà soát")
    sheet.freeze_panes = "A2"
    for letter, (_, width) in zip("ABCDEF", _COLUMNS, strict=True):
        sheet.column_dimensions[letter].width = width
    titles = []
    for title, _ in _COLUMNS:
        cell = WriteOnlyCell(sheet, title)
        cell.font = Font(bold=True)
        titles.append(cell)
    sheet.append(titles)
    for one in leftovers(on=request.now.date()):
        cells = []
        for value in (one.title, one.code, one.name, one.number, one.detail, one.remedy):
            cell = WriteOnlyCell(sheet, value)
            # As text: a name that begins with "=" is a name.
            cell.data_type = "n" if isinstance(value, int) else "s"
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            cells.append(cell)
        sheet.append(cells)
    stream = io.BytesIO()
    book.save(stream)
    response = HttpResponse(stream.getvalue(), content_type=XLSX)
    response["Content-Disposition"] = f'attachment; filename="ra-soat-danh-muc-{request.now:%Y%m%d}.xlsx"'
    return response


def _page(kind: str, number: int) -> str:
    return f"?kind={kind}&page={number}"
