"""The progress table of Quyết định 766: on the screen, on paper, as a workbook; and the list behind each number."""

from __future__ import annotations

import io
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from tinhso.kernel.access.api import allow
from tinhso.kernel.access.web import ActorRequest, guarded, local_day
from tinhso.kernel.charts.api import Bar, Part, stacked_bars
from tinhso.modules.dossiers import api as dossiers
from tinhso.modules.scorecards.queries import progress
from tinhso.modules.scorecards.rules import counted_how, progress_note
from tinhso.modules.scorecards.services.sheets import XLSX, progress_workbook
from tinhso.modules.scorecards.web import asking
from tinhso.modules.scorecards.web.asking import Asked


def _table(request: ActorRequest, asked: Asked) -> dossiers.ProgressTable:
    return dossiers.progress_table(
        since=asked.since,
        until=asked.until,
        by=asked.by,
        narrowing=asked.narrowing,
        actor=request.actor,
        now=request.now,
    )


def rows_of(table: dossiers.ProgressTable, asked: Asked) -> list[dict[str, Any]]:
    """Each row with its numbers and, for those that are not 0, the address of the list."""
    common = {**asked.query, "from": asked.since.isoformat(), "until": asked.until.isoformat()}
    common.pop("by", None)
    here = reverse("scorecards:progress_dossiers")
    found = []
    for row in (*table.rows, table.total):
        own = dict(common)
        # A single row and the sum are the same number, and open the same list.
        key = row.key or (table.rows[0].key if len(table.rows) == 1 else "")
        if key:
            own[asked.by] = str(table.ids[key] or key)
        base = f"{here}?{urlencode(own)}&number="
        cells = []
        for name in dossiers.NUMBERS:
            number = row.number(name)
            cells.append((number, f"{base}{name}" if number else "", name.endswith(".total")))
        deeper = ""
        if row.key and asked.by in ("agency", "level"):
            by = "field" if asked.by == "agency" else "agency"
            deeper = asked.address(**{asked.by: own[asked.by], "by": by})
        found.append({"row": row, "cells": cells, "deeper": deeper})
    return found


def _context(request: ActorRequest, asked: Asked) -> dict[str, Any]:
    table = _table(request, asked)
    rows = rows_of(table, asked)
    return {
        "asked": asked,
        "table": table,
        "rows": rows[:-1],
        "total": rows[-1],
        "columns": progress.COLUMNS,
        "grouping": asking.GROUPINGS[asked.by],
        "scope": progress.scope_in_words(asked.narrowing, request.actor),
        "broken": table.broken,
        "counted_how": counted_how(by=asked.by, one_agency=asked.narrowing.agency_id is not None, shared=table.shared),
    }


@never_cache
@require_GET
@guarded("scorecards.progress")
def table(request: ActorRequest) -> HttpResponse:
    """The table of a period chosen freely; every number leads to its dossiers."""
    today = local_day(request.now)
    asked = asking.read(request.GET, today)
    agencies = progress.agencies_within(request.actor)
    found = _context(request, asked)
    context = {
        **found,
        "silent": progress.silent(found["table"], agencies, asked.narrowing, local_day(request.now)),
        "periods": [
            (title, asked.address(**{"from": since.strftime("%d/%m/%Y"), "until": until.strftime("%d/%m/%Y")}),
             (since, until) == (asked.since, asked.until))
            for title, since, until in asking.periods(today)
        ],
        "groupings": list(asking.GROUPINGS.items()),
        "levels": list(dossiers.LEVELS.items()),
        "channels": list(dossiers.CHANNELS.items()),
        "fields": progress.field_names(today),
        "agencies": agencies,
        "error_list": list(asked.errors.items()),
        "may_report": bool(allow(request.actor, "scorecards.report")),
    }  # fmt: skip
    return render(request, "scorecards/progress.html", context, status=422 if asked.errors else 200)


@never_cache
@require_GET
@guarded("scorecards.progress")
def listing(request: ActorRequest) -> HttpResponse:
    """The dossiers that a number counts."""
    asked = asking.read(request.GET, local_day(request.now))
    number = request.GET.get("number", "")
    if number not in dossiers.NUMBERS:
        number = "received.total"
    after = request.GET.get("after", "")[:80]
    page = dossiers.counted_dossiers(
        number=number,
        since=asked.since,
        until=asked.until,
        narrowing=asked.narrowing,
        actor=request.actor,
        now=request.now,
        after=after,
    )
    here = asked.address(number=number)
    context = {
        "asked": asked,
        "page": page,
        "rows": [(row, progress.STANDINGS[row.standing]) for row in page.rows],
        "has_shares": any(row.is_share for row in page.rows),
        "title": progress.TITLES[number],
        "scope": progress.scope_in_words(asked.narrowing, request.actor),
        "back": reverse("scorecards:progress") + asked.address(),
        "after": after,
        "first_url": here if after else "",
        "next_url": asked.address(number=number, after=page.next) if page.next else "",
    }
    return render(request, "scorecards/progress_dossiers.html", context)


@never_cache
@require_GET
@guarded("scorecards.progress")
def export(request: ActorRequest) -> HttpResponse:
    """The table as a workbook that says what it is, of what, from where and when it was closed."""
    asked = asking.read(request.GET, local_day(request.now))
    found = _table(request, asked)
    stream = io.BytesIO()
    progress_workbook(
        found,
        grouping=asking.GROUPINGS[asked.by],
        scope=progress.scope_in_words(asked.narrowing, request.actor),
        made_by=request.actor.label,
        one_agency=asked.narrowing.agency_id is not None,
    ).save(stream)
    response = HttpResponse(stream.getvalue(), content_type=XLSX)
    name = f"tien-do-766-{asked.since:%Y%m%d}-{asked.until:%Y%m%d}.xlsx"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@never_cache
@require_GET
@guarded("scorecards.progress")
def printing(request: ActorRequest) -> HttpResponse:
    """The table on paper, A4 across."""
    asked = asking.read(request.GET, local_day(request.now))
    context = _context(request, asked)
    context |= {
        "back": reverse("scorecards:progress") + asked.address(),
        "note": f"{progress_note(context['table'].as_of)} {context['counted_how']}",
    }
    return render(request, "scorecards/progress_print.html", context)


DONE = (Part("Trước hạn", "success"), Part("Đúng hạn", "info"), Part("Quá hạn", "danger"))
BARS = 15


@never_cache
@require_GET
@guarded("scorecards.progress")
def charts(request: ActorRequest) -> HttpResponse:
    """What was finished early, on time and late: by month, by agency, by channel; each with its table."""
    asked = asking.read(request.GET, local_day(request.now))
    common: dict[str, Any] = {
        "since": asked.since,
        "until": asked.until,
        "narrowing": asked.narrowing,
        "actor": request.actor,
        "now": request.now,
    }
    by_month = [(f"{month:%m/%Y}", numbers) for month, numbers in dossiers.done_by_month(**common).items()]
    by_agency = _done_by(dossiers.progress_table(by="agency", **common))
    by_channel = _done_by(dossiers.progress_table(by="channel", **common))
    context = {
        "asked": asked,
        "scope": progress.scope_in_words(asked.narrowing, request.actor),
        "charts": [
            _chart("Theo tháng", "Tháng", by_month),
            _chart(
                f"{BARS} cơ quan có nhiều hồ sơ nhất" if len(by_agency) > BARS else "Theo cơ quan",
                "Cơ quan",
                sorted(by_agency, key=lambda one: -sum(one[1]))[:BARS],
            ),
            _chart("Theo kênh tiếp nhận", "Kênh", by_channel),
        ],
        "back": reverse("scorecards:progress") + asked.address(),
    }
    return render(request, "scorecards/progress_charts.html", context)


def _done_by(table: dossiers.ProgressTable) -> list[tuple[str, tuple[int, int, int]]]:
    return [(row.name, (row.done.early, row.done.on_time, row.done.late)) for row in table.rows if row.done.total]


def _chart(title: str, grouping: str, found: list[tuple[str, tuple[int, int, int]]]) -> dict[str, Any]:
    return {
        "title": title,
        "grouping": grouping,
        "svg": stacked_bars(DONE, [Bar(name, numbers) for name, numbers in found], y_title="Hồ sơ"),
        "rows": [
            (name, *numbers, f"{100 * (numbers[0] + numbers[1]) / sum(numbers):.1f}".replace(".", ","))
            for name, numbers in found
            if sum(numbers)
        ],
    }
