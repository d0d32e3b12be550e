"""«Danh sách hồ sơ»: 100 rows with filters, kept filters, chosen columns, marked rows, print and export."""

from __future__ import annotations

import io
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import ObjectDoesNotExist
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from tinhso.kernel.access.api import Refused
from tinhso.kernel.access.web import ActorRequest, guarded
from tinhso.modules.dossiers.queries import lists
from tinhso.modules.dossiers.queries.lists import EXPORT_MOST, PAGE, ListPage, ListRow, Scope
from tinhso.modules.dossiers.services.filters import CannotSaveFilter, delete_filter, save_filter
from tinhso.modules.dossiers.services.routing import CannotAct, claim
from tinhso.modules.dossiers.services.visiting import note_export
from tinhso.modules.dossiers.web.citizen.story import TONES
from tinhso.modules.dossiers.web.officer import filtering
from tinhso.modules.dossiers.web.officer.posting import post_else
from tinhso.modules.dossiers.web.officer.sheet import XLSX, workbook_of
from tinhso.modules.procedures import api as procedures

COLUMNS_KEPT = "dossier_columns"
PRINT_MOST = 500


class _Asked:
    """One request for the list: what it may cover and what it asks for. Two queries."""

    def __init__(self, request: ActorRequest) -> None:
        today = request.now.date()
        self.offered = procedures.fileable_versions(today)
        self.scope: Scope = lists.scope_of(request.actor, on=today)
        self.asked = filtering.read(request.GET, self.offered)

    def page(self, request: ActorRequest, limit: int, after: str = "") -> ListPage:
        return lists.page_of(
            request.actor, self.asked.filters, scope=self.scope, after=after, limit=limit, now=request.now
        )


@never_cache
@require_GET
@guarded("dossiers.list")
def listing(request: ActorRequest) -> HttpResponse:
    """A page of the list. A whole code typed into the search leads to its dossier at once."""
    want = _Asked(request)
    asked, after = want.asked, request.GET.get("after", "")[:80]
    if asked.query.keys() == {"q"} and "-" in asked.typed["q"]:
        found = lists.row_of_code(request.actor, asked.typed["q"], scope=want.scope)
        if found is not None:
            return redirect("dossiers:show", found)
    page = want.page(request, PAGE, after)
    query = urlencode(asked.query)
    here = reverse("dossiers:list")
    columns = request.session.get(COLUMNS_KEPT) or list(filtering.USUAL_COLUMNS)
    context = {
        "page": page,
        "rows": [(row, TONES[row.state]) for row in page.rows],
        "asked": asked,
        "typed": asked.typed,
        "query": query,
        "after": after,
        "first_url": f"{here}?{query}" if after else "",
        "next_url": f"{here}?{urlencode({**asked.query, 'after': page.next})}" if page.next else "",
        "summary": _summary(page, after),
        "kept": lists.saved_filters(request.actor),
        "columns": set(columns),
        "all_columns": [(key, title, key in columns) for key, title in filtering.COLUMNS],
        "sorts": _sorts(asked),
        "any_claimable": any(task.claimable for row in page.rows for task in row.tasks),
        "more_filters": any(asked.typed[n] for n in ("agency", "channel", "name", "from", "until", "returned")),
        **filtering.choices(want.scope, want.offered),
    }
    return render(request, "dossiers/officer/list.html", context, status=422 if asked.errors else 200)


def _summary(page: ListPage, after: str) -> str:
    count = len(page.rows)
    if not after:
        return f"{count} hồ sơ đầu trong hơn {PAGE} hồ sơ" if page.next else f"{count} hồ sơ"
    return f"{count} hồ sơ tiếp theo" + ("" if page.next else ", hết danh sách")


def _sorts(asked: filtering.Asked) -> dict[str, dict[str, Any]]:
    """For each sortable column: its address, and whether the list is in its order now."""
    order = asked.filters.order
    found: dict[str, dict[str, Any]] = {}
    for key, title in filtering.SORTS:
        query = {**asked.query, "sort": key}
        found[key] = {
            "title": title,
            "url": f"?{urlencode(query)}",
            "aria": "" if order != key else "descending" if key == "received" else "ascending",
        }
    return found


@post_else("dossiers:list")
@guarded("dossiers.work")
def claim_marked(request: ActorRequest) -> HttpResponse:
    """Take the marked tasks out of the pool. Each is told its own outcome; one that fails stops no other."""
    taken, failures = 0, []
    wanted = [value for value in request.POST.getlist("task") if value.isascii() and value.isdigit()][: 2 * PAGE]
    for value in dict.fromkeys(wanted):
        try:
            claim(task_id=int(value), actor=request.actor, now=request.now)
            taken += 1
        except (CannotAct, Refused) as refusal:
            failures.append(str(refusal))
        except ObjectDoesNotExist:
            failures.append("Có việc không còn trong hệ thống.")
    if taken:
        messages.success(request, f"Đã nhận {taken} việc.")
    for failure in failures[:10]:
        messages.warning(request, failure)
    if len(failures) > 10:
        messages.warning(request, f"Và {len(failures) - 10} việc khác không nhận được.")
    if not wanted:
        messages.warning(request, "Chưa đánh dấu việc nào. Đánh dấu các dòng rồi bấm lại.")
    return HttpResponseRedirect(_back(request))


def _back(request: ActorRequest) -> str:
    """The list (or the desk) where the button stood."""
    if request.POST.get("from_desk"):
        return reverse("dossiers:desk")
    query = request.POST.get("query", "")[:1000]
    return reverse("dossiers:list") + (f"?{query}" if query else "")


@post_else("dossiers:list")
@guarded("dossiers.list")
def choose_columns(request: ActorRequest) -> HttpResponse:
    """The columns are kept in the session."""
    wanted = set(request.POST.getlist("column"))
    request.session[COLUMNS_KEPT] = [key for key, _ in filtering.COLUMNS if key in wanted] or ["applicant"]
    return HttpResponseRedirect(_back(request))


@post_else("dossiers:list")
@guarded("dossiers.list")
def keep_filter(request: ActorRequest) -> HttpResponse:
    try:
        save_filter(name=request.POST.get("filter_name", ""), query=request.POST.get("query", ""), actor=request.actor)
        messages.success(request, "Đã lưu bộ lọc.")
    except CannotSaveFilter as refusal:
        messages.error(request, str(refusal))
    return HttpResponseRedirect(_back(request))


@post_else("dossiers:list")
@guarded("dossiers.list")
def forget_filter(request: ActorRequest, filter_id: int) -> HttpResponse:
    delete_filter(filter_id=filter_id, actor=request.actor)
    messages.success(request, "Đã xóa bộ lọc.")
    return HttpResponseRedirect(_back(request))


@never_cache
@require_GET
@guarded("dossiers.list")
def export(request: ActorRequest) -> HttpResponse:
    """The filtered list as XLSX, at most 5,000 rows. Who took it is noted."""
    want = _Asked(request)
    page = want.page(request, EXPORT_MOST)
    note_export(count=len(page.rows), query=urlencode(want.asked.query), actor=request.actor, now=request.now)
    stream = io.BytesIO()
    workbook_of(page.rows, cut=bool(page.next), now=request.now).save(stream)
    response = HttpResponse(stream.getvalue(), content_type=XLSX)
    response["Content-Disposition"] = f'attachment; filename="ho-so-{request.now:%Y%m%d-%H%M}.xlsx"'
    return response


@never_cache
@require_GET
@guarded("dossiers.list")
def printing(request: ActorRequest) -> HttpResponse:
    """The filtered list on paper."""
    want = _Asked(request)
    page = want.page(request, PRINT_MOST)
    rows: tuple[ListRow, ...] = page.rows
    context = {
        "rows": rows,
        "cut": PRINT_MOST if page.next else 0,
        "back": f"{reverse('dossiers:list')}?{urlencode(want.asked.query)}",
        "columns": set(request.session.get(COLUMNS_KEPT) or filtering.USUAL_COLUMNS),
    }
    return render(request, "dossiers/officer/list_print.html", context)
