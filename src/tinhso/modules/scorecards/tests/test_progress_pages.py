"""The progress table over HTTP: by whom, every number's list, the workbook, paper, and what makes no sense."""

from __future__ import annotations

import io
import json
import re
from datetime import date, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from tinhso.kernel.access.api import Actor, actor_of
from tinhso.modules.directory.tests.factories import get_organisation, give, make_officer
from tinhso.modules.dossiers.models import Dossier
from tinhso.modules.dossiers.tests import factories as f
from tinhso.modules.dossiers.tests.test_officer_lists import browser
from tinhso.modules.scorecards.web import asking

pytestmark = pytest.mark.django_db
BUDGETS = json.loads((Path(__file__).resolve().parents[5] / "tests/query_budgets.json").read_text(encoding="utf-8"))


@pytest.fixture
def stage() -> f.Stage:
    return f.make_stage()


@pytest.fixture(autouse=True)
def _at_now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tinhso.kernel.access.web.now", lambda: f.NOW + timedelta(hours=1))


def statistician() -> Actor:
    user = make_officer("thongke", "Nguyễn Thu Hà")
    give(user, "statistician", get_organisation("H56"), subtree=True)
    return actor_of(user, on=f.TODAY)


def page(actor: Actor | None, name: str, **query: Any) -> Any:
    return browser(actor).get(reverse(f"scorecards:{name}"), query)


@pytest.mark.parametrize("name", ["progress", "progress_dossiers", "progress_export", "progress_print"])
def test_nobody_signs_in_and_a_citizen_is_refused(stage: f.Stage, name: str) -> None:
    assert page(None, name).status_code == 302
    assert page(stage.citizen, name).status_code == 403


def test_every_number_opens_its_list(stage: f.Stage) -> None:
    f.issued(stage)
    f.accepted(stage)
    f.send(stage)
    for actor in (stage.leader, statistician()):
        body = unescape(page(actor, "progress").content.decode())
        links = re.findall(r'<a href="(/scorecards/progress/dossiers/[^"]+)">([\d.]+)</a>', body)
        assert len(links) >= 8
        for address, number in links:
            found = browser(actor).get(address)
            assert len(found.context["page"].rows) == int(number), address


def test_the_statistician_sees_codes_but_no_names(stage: f.Stage) -> None:
    dossier = f.accepted(stage)
    body = page(statistician(), "progress_dossiers", number="received.total").content.decode()
    assert dossier.code in body
    assert dossier.applicant_name not in body
    assert str(dossier.public_id) not in body
    body = page(stage.leader, "progress_dossiers", number="received.total").content.decode()
    assert dossier.applicant_name in body
    assert str(dossier.public_id) in body


def test_agencies_without_a_dossier_are_named(stage: f.Stage) -> None:
    """Nobody is missing without a word (opencps-v2#1293, #1376)."""
    f.accepted(stage)
    reader = statistician()
    silent = page(reader, "progress").context["silent"]
    assert stage.agency_id not in {one.id for one in silent}
    assert silent
    assert f"{len(silent)} cơ quan trong phạm vi không có hồ sơ" in page(reader, "progress").content.decode()
    assert page(reader, "progress", by="field").context["silent"] == []
    assert page(reader, "progress", agency=stage.agency_id).context["silent"] == []


def test_somebody_of_another_ward_sees_nothing(stage: f.Stage) -> None:
    f.accepted(stage)
    assert page(stage.elsewhere, "progress").context["rows"] == []
    mine = page(stage.elsewhere, "progress_dossiers", number="received.total", agency=stage.agency_id)
    assert mine.context["page"].rows == ()


@pytest.mark.parametrize(
    "query",
    [
        {"from": "31/12/2026", "until": "1/1/2027"}, {"from": "24/11/2026", "until": "1/11/2026"}, {"from": "hôm qua"},
        {"until": "30/2/2026"},
    ],
)  # fmt: skip
def test_days_that_make_no_sense_are_told_and_kept(stage: f.Stage, query: dict[str, str]) -> None:
    answer = page(stage.leader, "progress", **query)
    assert answer.status_code == 422
    assert answer.context["asked"].errors
    for value in query.values():
        assert value in answer.content.decode()


@pytest.mark.parametrize(
    "query",
    [
        {"by": "x"}, {"agency": "x"}, {"agency": "999999999"}, {"level": "x"}, {"channel": "x"}, {"field": "'\x00"},
        {"number": "x"}, {"after": "o_x"}, {"agency": "9" * 40},
    ],
)  # fmt: skip
def test_other_nonsense_is_left_out(stage: f.Stage, query: dict[str, str]) -> None:
    for name in ("progress", "progress_dossiers", "progress_export", "progress_print"):
        assert page(stage.leader, name, **query).status_code == 200


def test_the_workbook_says_what_it_is_and_keeps_texts(stage: f.Stage) -> None:
    f.issued(stage)
    organisation = get_organisation("H56.102")
    organisation.name = "=1+1"
    organisation.save()
    sheet: Any = load_workbook(io.BytesIO(page(stage.leader, "progress_export").content)).active
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    texts = [str(row[0]) for row in rows[:5]]
    assert "766" in texts[0]
    assert "01/11/2026 đến 30/11/2026" in texts[1]
    assert texts[2].startswith("Phạm vi: ")
    assert "chốt lúc 10:00 ngày 24/11/2026" in texts[3]
    assert "Nguồn" in texts[3]
    row = next(row for row in rows if row[0] == 1)
    assert row[1:4] == ["=1+1", 1, 0]
    assert sheet.cell(rows.index(row) + 1, 2).data_type == "s"
    assert sheet.page_setup.orientation == "landscape"


def test_paper_has_title_scope_source_and_time(stage: f.Stage) -> None:
    f.issued(stage)
    body = page(stage.leader, "progress_print", by="field").content.decode()
    for text in ("Quyết định 766/QĐ-TTg", "Phạm vi: ", "Số liệu chốt lúc 10:00 ngày 24/11/2026", "Nguồn: "):
        assert text in body


def test_a_row_that_does_not_add_up_is_shown(stage: f.Stage) -> None:
    f.accepted(stage)
    Dossier.objects.update(channel="kiosk")
    body = page(stage.leader, "progress").content.decode()
    assert "Số liệu không khớp" in body
    assert "Số liệu không khớp" not in page(stage.elsewhere, "progress").content.decode()


def test_pages_keep_their_budgets(stage: f.Stage) -> None:
    for _ in range(3):
        f.issued(stage)
        f.accepted(stage)
    over = []
    for actor in (stage.leader, stage.clerk, statistician()):
        client = browser(actor)
        client.get(reverse("scorecards:progress"))
        for name in ("progress", "progress_charts", "progress_dossiers", "progress_export", "progress_print"):
            for by in ("agency", "field", "level", "channel"):
                query = {"by": by, "number": "received.total", "field": "Hộ tịch", "agency": stage.agency_id}
                with CaptureQueriesContext(connection) as queries:
                    client.get(reverse(f"scorecards:{name}"), query)
                if len(queries) > BUDGETS[f"scorecards:{name}"]:
                    over.append((name, by, len(queries)))
    assert not over


def test_charts_have_their_tables(stage: f.Stage) -> None:
    f.issued(stage)
    f.issued(stage)
    answer = page(stage.leader, "progress_charts")
    body = answer.content.decode()
    assert body.count('<svg class="chart"') == 3
    assert [chart["rows"][0][1:4] for chart in answer.context["charts"]] == [(2, 0, 0)] * 3
    assert "11/2026" in body
    assert page(stage.elsewhere, "progress_charts").content.decode().count("Chưa có hồ sơ nào xong") == 3


def test_the_periods_that_people_ask_for() -> None:
    for today in (date(2026, 1, 31), date(2026, 11, 24), date(2026, 12, 31)):
        for _, since, until in asking.periods(today):
            assert since.day == 1
            assert since <= until
            assert since <= today
