"""«Báo cáo đã lưu»: keep how a table was asked for, close its numbers for a period, look at what was closed."""

from __future__ import annotations

import io
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from tinhso.kernel.access.web import ActorRequest, guarded, local_day
from tinhso.modules.dossiers import api as dossiers
from tinhso.modules.scorecards.queries import progress, reports
from tinhso.modules.scorecards.rules import counted_how, progress_note
from tinhso.modules.scorecards.services.reports import CannotReport, close_report, delete_report, save_report
from tinhso.modules.scorecards.services.sheets import XLSX, progress_workbook
from tinhso.modules.scorecards.web import asking

ASKED = ("by", "agency", "level", "field", "channel")


@never_cache
@require_GET
@guarded("scorecards.report")
def listing(request: ActorRequest) -> HttpResponse:
    today = local_day(request.now)
    context = {
        "reports": [
            (one, asking.read(one.query, today).address(), _in_words(one.query), [
                (version, _in_words(version.query)) for version in one.versions
            ])
            for one in reports.reports_of(request.actor)
        ],
        "since": asking.month_of(today)[0],
        "until": today,
    }  # fmt: skip
    return render(request, "scorecards/reports.html", context)


@require_POST
@guarded("scorecards.report")
def save(request: ActorRequest) -> HttpResponse:
    """From the table: what it asks for, under a name."""
    asked = asking.read(request.POST, local_day(request.now))
    query = {name: asked.typed[name] for name in ASKED}
    try:
        save_report(name=request.POST.get("report_name", ""), query=query, actor=request.actor, now=request.now)
    except CannotReport as refusal:
        messages.error(request, str(refusal))
        return redirect(reverse("scorecards:progress") + asked.address())
    messages.success(request, "Đã lưu báo cáo.")
    return redirect("scorecards:reports")


@require_POST
@guarded("scorecards.report")
def close(request: ActorRequest, report_id: int) -> HttpResponse:
    """Close the numbers of a period by the report's last version."""
    own = next((one for one in reports.reports_of(request.actor) if one.id == report_id), None)
    if own is None:
        raise Http404
    days = {name: request.POST.get(name, "") for name in ("from", "until")}
    asked = asking.read({**own.query, **days}, local_day(request.now))
    if asked.errors:
        messages.error(request, " ".join(asked.errors.values()))
        return redirect("scorecards:reports")
    try:
        number = close_report(
            report_id=report_id,
            since=asked.since,
            until=asked.until,
            narrowing=asked.narrowing,
            by=asked.by,
            actor=request.actor,
            now=request.now,
        )
    except CannotReport as refusal:
        messages.error(request, str(refusal))
        return redirect("scorecards:reports")
    messages.success(request, "Đã chốt số liệu.")
    return redirect("scorecards:report_closing", number)


@require_POST
@guarded("scorecards.report")
def delete(request: ActorRequest, report_id: int) -> HttpResponse:
    try:
        delete_report(report_id=report_id, actor=request.actor, now=request.now)
        messages.success(request, "Đã xóa báo cáo.")
    except CannotReport as refusal:
        messages.error(request, str(refusal))
    return redirect("scorecards:reports")


def _closing(request: ActorRequest, closing_id: int) -> tuple[reports.ClosingInfo, str]:
    found = reports.closing_of(closing_id, request.actor)
    if found is None:
        raise Http404
    return found, asking.GROUPINGS[found.query.get("by", "agency")]


def _table(closing: reports.ClosingInfo) -> dossiers.ProgressTable:
    """The rows as they were closed."""
    rows = tuple(dossiers.row_of_numbers(str(one["key"]), str(one["name"]), one["numbers"]) for one in closing.rows)
    by = closing.query.get("by", "agency")
    return dossiers.ProgressTable(closing.since, closing.until, closing.as_of, by, rows[:-1], whole=rows[-1])


def _counted_how(closing: reports.ClosingInfo, table: dossiers.ProgressTable) -> str:
    return counted_how(by=table.by, one_agency=bool(closing.query.get("agency")), shared=table.shared)


@never_cache
@require_GET
@guarded("scorecards.report")
def closing(request: ActorRequest, closing_id: int) -> HttpResponse:
    """A closed table on a printed sheet: it never changes again."""
    found, grouping = _closing(request, closing_id)
    table = _table(found)

    def cells(row: dossiers.Row) -> dict[str, Any]:
        numbers = [(row.number(name), "", name.endswith(".total")) for name in dossiers.NUMBERS]
        return {"row": row, "cells": numbers, "deeper": ""}

    context = {
        "closing": found,
        "asked": {"since": found.since, "until": found.until},
        "scope": found.scope,
        "grouping": grouping,
        "columns": progress.COLUMNS,
        "rows": [cells(row) for row in table.rows],
        "total": cells(table.total),
        "note": f"{progress_note(found.as_of)} {_counted_how(found, table)}",
        "back": reverse("scorecards:reports"),
        "back_label": "Về báo cáo đã lưu",
    }
    return render(request, "scorecards/progress_print.html", context)


@never_cache
@require_GET
@guarded("scorecards.report")
def closing_export(request: ActorRequest, closing_id: int) -> HttpResponse:
    found, grouping = _closing(request, closing_id)
    stream = io.BytesIO()
    progress_workbook(
        _table(found),
        grouping=grouping,
        scope=found.scope,
        made_by=found.closed_by_name,
        one_agency=bool(found.query.get("agency")),
    ).save(stream)
    response = HttpResponse(stream.getvalue(), content_type=XLSX)
    name = f"tien-do-766-chot-{found.id}.xlsx"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _in_words(query: Any) -> str:
    """How a version asks, for people."""
    parts = [f"mỗi dòng là {asking.GROUPINGS[query.get('by', 'agency')].lower()}"]
    parts += [dossiers.LEVELS[query["level"]].lower()] if query.get("level") else []
    parts += [f"lĩnh vực {query['field']}"] if query.get("field") else []
    parts += [dossiers.CHANNELS[query["channel"]].lower()] if query.get("channel") else []
    parts += ["một cơ quan"] if query.get("agency") else []
    return ", ".join(parts)
