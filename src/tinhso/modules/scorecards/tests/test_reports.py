"""Saved reports: versions, numbers closed once and for all, and what is refused."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from tinhso.kernel.access.api import Refused
from tinhso.kernel.audit.models import Entry
from tinhso.modules.dossiers.models import Dossier
from tinhso.modules.dossiers.tests import factories as f
from tinhso.modules.dossiers.tests.test_officer_lists import browser
from tinhso.modules.scorecards.models import Report, ReportClosing, ReportVersion
from tinhso.modules.scorecards.services.reports import CannotReport, save_report
from tinhso.modules.scorecards.tests.test_index_pages import BUDGETS

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage() -> f.Stage:
    return f.make_stage()


@pytest.fixture(autouse=True)
def _at_now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tinhso.kernel.access.web.now", lambda: f.NOW + timedelta(hours=1))


def save(stage: f.Stage, **fields: str) -> Any:
    return browser(stage.leader).post(reverse("scorecards:report_save"), {"report_name": "Báo cáo tháng", **fields})


def close(stage: f.Stage, report: int, **days: str) -> Any:
    return browser(stage.leader).post(reverse("scorecards:report_close", args=[report]), days)


def test_another_way_of_asking_is_another_version(stage: f.Stage) -> None:
    for fields in ({}, {}, {"by": "field"}, {"by": "field", "from": "1/10/2026"}, {"by": "nonsense"}):
        assert save(stage, **fields).headers["Location"] == reverse("scorecards:reports")
    versions = list(ReportVersion.objects.order_by("number").values_list("number", "query"))
    assert versions == [(1, {}), (2, {"by": "field"}), (3, {})]
    assert Report.objects.count() == 1
    body = browser(stage.leader).get(reverse("scorecards:reports")).content.decode()
    assert "Phiên bản 3" in body
    assert "mỗi dòng là lĩnh vực" in body


def test_what_was_closed_does_not_change_any_more(stage: f.Stage) -> None:
    dossier = f.issued(stage)
    save(stage)
    answer = close(stage, Report.objects.get().pk, **{"from": "1/11/2026", "until": "24/11/2026"})
    closed = answer.headers["Location"]
    before = browser(stage.leader).get(closed).content.decode()
    Dossier.objects.filter(pk=dossier.pk).update(channel="post")
    after = browser(stage.leader).get(closed).content.decode()
    strip = re.compile(r'csrfmiddlewaretoken" value="[^"]+"|nonce="[^"]+"')
    assert strip.sub("", before) == strip.sub("", after)
    for text in (
        "phiên bản 1",
        "Phạm vi: UBND phường Hạc Thành",
        "Số liệu chốt lúc 10:00 ngày 24/11/2026",
        "Lê Minh Tuấn",
    ):
        assert text in before
    export = browser(stage.leader).get(f"{closed}export/").content
    sheet: Any = load_workbook(io.BytesIO(export)).active
    row = next(row for row in sheet.iter_rows(values_only=True) if row[0] == 1)
    assert row[1:7] == ("UBND phường Hạc Thành", 1, 0, 1, 0, 0)
    assert Entry.objects.filter(action="scorecards.close_report").count() == 1
    client = browser(stage.leader)
    client.get(closed)
    for address, name in (
        (closed, "report_closing"),
        (f"{closed}export/", "report_closing_export"),
        (reverse("scorecards:reports"), "reports"),
    ):
        with CaptureQueriesContext(connection) as queries:
            client.get(address)
        assert len(queries) <= BUDGETS[f"scorecards:{name}"], (name, len(queries))


def test_numbers_that_do_not_add_up_are_not_closed(stage: f.Stage) -> None:
    f.accepted(stage)
    Dossier.objects.update(channel="kiosk")
    save(stage)
    close(stage, Report.objects.get().pk, **{"from": "1/11/2026", "until": "24/11/2026"})
    for days in ({"from": "x"}, {"from": "24/11/2026", "until": "1/11/2026"}, {"from": "1/12/2026"}):
        close(stage, Report.objects.get().pk, **days)
    assert not ReportClosing.objects.exists()


def test_another_persons_report_is_not_there(stage: f.Stage) -> None:
    f.issued(stage)
    save(stage)
    report = Report.objects.get().pk
    close(stage, report)
    closing = ReportClosing.objects.get().pk
    head = browser(stage.head)
    assert "Báo cáo tháng" not in head.get(reverse("scorecards:reports")).content.decode()
    assert head.get(reverse("scorecards:report_closing", args=[closing])).status_code == 404
    assert head.get(reverse("scorecards:report_closing_export", args=[closing])).status_code == 404
    assert head.post(reverse("scorecards:report_close", args=[report])).status_code == 404
    head.post(reverse("scorecards:report_delete", args=[report]))
    browser(stage.leader).post(reverse("scorecards:report_delete", args=[report]))
    assert Report.objects.filter(pk=report).exists()
    assert ReportClosing.objects.count() == 1


def test_a_report_never_closed_can_be_forgotten(stage: f.Stage) -> None:
    save(stage)
    browser(stage.leader).post(reverse("scorecards:report_delete", args=[Report.objects.get().pk]))
    assert not Report.objects.exists()


def test_who_may_not(stage: f.Stage) -> None:
    for actor in (stage.handler, stage.citizen):
        assert browser(actor).get(reverse("scorecards:reports")).status_code == 403
        with pytest.raises(Refused):
            save_report(name="A", query={}, actor=actor, now=f.NOW)
    for name in ("", " ", "a" * 151):
        with pytest.raises(CannotReport):
            save_report(name=name, query={}, actor=stage.leader, now=f.NOW)
    assert not Report.objects.exists()
