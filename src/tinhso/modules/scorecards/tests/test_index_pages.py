"""The index over HTTP: ranking, an agency down to its dossiers, closed months; satisfaction by agency."""

from __future__ import annotations

import json
import re
from datetime import date, datetime, timedelta
from fractions import Fraction
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from tinhso.kernel.access.api import SYSTEM, Actor, Refused
from tinhso.kernel.clock import VIETNAM
from tinhso.modules.dossiers.models import Dossier, Rating
from tinhso.modules.dossiers.tests import factories as f
from tinhso.modules.dossiers.tests.test_officer_lists import browser
from tinhso.modules.scorecards import api, jobs
from tinhso.modules.scorecards.models import ClosedMonth
from tinhso.modules.scorecards.queries import scores
from tinhso.modules.scorecards.rules import (
    INDICATORS,
    MORE,
    NO_DATA,
    PROCEDURE_INDICATORS,
    Inputs,
    Share,
    rounded,
    score,
    win_back,
)
from tinhso.modules.scorecards.tests.test_progress_pages import statistician

pytestmark = pytest.mark.django_db
BUDGETS = json.loads((Path(__file__).resolve().parents[5] / "tests/query_budgets.json").read_text(encoding="utf-8"))
NOVEMBER = date(2026, 11, 1)
DECEMBER = datetime(2026, 12, 11, 9, tzinfo=VIETNAM)


@pytest.fixture
def stage() -> f.Stage:
    return f.make_stage()


@pytest.fixture(autouse=True)
def _at_now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tinhso.kernel.access.web.now", lambda: f.NOW + timedelta(hours=1))


def page(actor: Actor | None, name: str, *arguments: Any, **query: Any) -> Any:
    return browser(actor).get(reverse(f"scorecards:{name}", args=arguments), query)


def rating(stage: f.Stage, overall: int, *, month: date = NOVEMBER, late: bool = False) -> None:
    Rating.objects.create(
        agency_id=stage.agency_id, month=month, question_set="2026-11", answers={"overall": overall}, overall=overall,
        was_late=late, way="online", comment=f"Ý kiến {overall}",
    )  # fmt: skip


def test_who_may_look(stage: f.Stage) -> None:
    for name, arguments in (("index", ()), ("index_agency", (stage.agency_id,)), ("satisfaction", ())):
        assert page(None, name, *arguments).status_code == 302
        assert page(stage.citizen, name, *arguments).status_code == 403
        assert page(stage.leader, name, *arguments).status_code == 200
    # An agency that is not within reach is not there.
    for name in ("index_agency", "satisfaction_agency"):
        assert page(stage.elsewhere, name, stage.agency_id).status_code == 404
    assert page(stage.elsewhere, "index_dossiers", stage.agency_id, "results_digital").context["page"].rows == ()
    assert page(stage.elsewhere, "index_dossiers", stage.agency_id, "procedures_online").status_code == 404
    for key in ("x", "complaints_on_time"):
        assert page(stage.leader, "index_dossiers", stage.agency_id, key).status_code == 404


def test_each_point_lost_leads_to_its_dossiers(stage: f.Stage) -> None:
    f.issued(stage)
    late, asked_twice = f.accepted(stage), f.accepted(stage)
    Dossier.objects.filter(pk=late.pk).update(due_at=f.NOW)
    Dossier.objects.filter(pk=asked_twice.pk).update(supplement_count=2)
    body = unescape(page(stage.leader, "index_agency", stage.agency_id).content.decode())
    links = re.findall(rf'href="(/scorecards/index/{stage.agency_id}/(\w+)/\?month=2026-11)"', body)
    assert {key for _, key in links} >= {"settled_on_time", "results_digital", "papers_digitised"}
    (card,) = scores.cards_of_month(month=NOVEMBER, actor=stage.leader, now=f.NOW + timedelta(hours=1))
    shares = {one.indicator.key: one.share for group in card.card.groups for one in group.indicators}
    for address, key in links:
        share = shares[key]
        assert share is not None
        context = browser(stage.leader).get(address).context
        rows = context["rows"] if key in PROCEDURE_INDICATORS else context["page"].rows
        assert len(rows) == share.denominator - share.numerator
    lost = {
        row.code
        for row in browser(stage.leader).get(dict(map(reversed, links))["settled_on_time"]).context["page"].rows
    }  # type: ignore[arg-type]
    assert lost == {late.code, asked_twice.code}
    assert "Thêm 2 hồ sơ xong đúng hạn hoặc còn trong hạn để đạt đủ 20 điểm" in body
    assert "Chưa có số liệu phản ánh, kiến nghị của tháng được xác nhận." in body
    assert "Chưa có hồ sơ" not in body


def test_the_ranking_of_a_month(stage: f.Stage) -> None:
    f.issued(stage)
    rows = page(statistician(), "index").context["rows"]
    assert [(row["rank"], row["name"], row["change"]) for row in rows] == [(1, "UBND phường Hạc Thành", "")]
    for month, status in (("2026-10", 200), ("2030-01", 200), ("x", 200), ("2026-13", 200)):
        assert page(stage.leader, "index", month=month).status_code == status
    assert page(stage.leader, "index", month="2026-10").context["rows"] == []
    assert page(stage.leader, "index", month="2030-01").context["month"] == NOVEMBER


def test_a_month_is_closed_once_after_its_end(stage: f.Stage) -> None:
    f.issued(stage)
    with pytest.raises(api.CannotClose, match="chưa hết"):
        api.close_month(month=NOVEMBER, actor=SYSTEM, now=f.NOW)
    with pytest.raises(Refused):
        api.close_month(month=NOVEMBER, actor=stage.leader, now=DECEMBER)
    assert not ClosedMonth.objects.exists()
    # Figures from elsewhere still come in the first ten days.
    jobs.close_last_month(now=datetime(2026, 12, 10, 23, tzinfo=VIETNAM))
    assert not ClosedMonth.objects.exists()
    jobs.close_last_month(now=DECEMBER)
    before = scores.cards_of_month(month=NOVEMBER, actor=SYSTEM, now=DECEMBER)
    Dossier.objects.update(due_at=f.NOW)
    jobs.close_last_month(now=DECEMBER + timedelta(days=1))
    assert scores.cards_of_month(month=NOVEMBER, actor=SYSTEM, now=DECEMBER) == before
    assert before[0].closed_at == DECEMBER
    with pytest.raises(api.CannotClose, match="đã được chốt"):
        api.close_month(month=NOVEMBER, actor=SYSTEM, now=DECEMBER)
    assert [when for when, _ in scores.trend_of(agency_id=stage.agency_id, until=NOVEMBER, actor=stage.leader)] == [
        NOVEMBER
    ]
    assert scores.trend_of(agency_id=stage.agency_id, until=NOVEMBER, actor=stage.elsewhere) == ()
    assert scores.cards_of_month(month=NOVEMBER, actor=stage.elsewhere, now=DECEMBER) == ()


def test_satisfaction_enters_the_index_once_enough_people_have_rated(stage: f.Stage) -> None:
    for _ in range(3):
        f.accepted(stage)
    Dossier.objects.update(due_at=DECEMBER + timedelta(days=9))
    month: dict[str, Any] = {"since": NOVEMBER, "until": date(2026, 11, 30), "actor": SYSTEM, "now": DECEMBER}
    for _ in range(4):
        rating(stage, 5)
    assert "service_satisfied" not in scores.shares_of(**month)[stage.agency_id]
    rating(stage, 1)
    rating(stage, 1, late=True)  # late anyhow: counted once
    assert scores.shares_of(**month)[stage.agency_id]["service_satisfied"] == Share(2, 3)
    for _ in range(9):
        rating(stage, 1)
    assert scores.shares_of(**month)[stage.agency_id]["service_satisfied"] == Share(0, 3)


def test_satisfaction_by_agency(stage: f.Stage) -> None:
    october = date(2026, 10, 1)
    for overall in (5, 5, 4, 1):
        rating(stage, overall, month=october)
    answer = page(stage.leader, "satisfaction")
    assert answer.context["rows"] == []
    assert answer.context["hidden"] == ["UBND phường Hạc Thành"]
    assert "Ý kiến" not in page(stage.leader, "satisfaction_agency", stage.agency_id).content.decode()
    rating(stage, 3, month=october)
    rating(stage, 5, month=date(2026, 9, 1))
    answer = page(stage.leader, "satisfaction")
    (row,) = answer.context["rows"]
    # September has one rating only: it is in no sum.
    assert (row["total"], row["satisfied"], row["percent"], row["reached"]) == (5, 3, "60,0", False)
    assert [month for month, *_ in answer.context["months"]] == [october]
    assert "<svg" in answer.content.decode()
    body = page(stage.leader, "satisfaction_agency", stage.agency_id).content.decode()
    assert "Ý kiến 4" in body
    assert page(stage.leader, "satisfaction", **{"from": "hôm qua"}).status_code == 422


def test_pages_keep_their_budgets(stage: f.Stage) -> None:
    for _ in range(3):
        f.issued(stage)
        f.accepted(stage)
        rating(stage, 5, month=date(2026, 10, 1))
        rating(stage, 2, month=date(2026, 10, 1))
    for closed in (False, True):
        if closed:
            jobs.close_last_month(now=DECEMBER)
        over = []
        for actor in (stage.leader, statistician() if not closed else stage.head):
            for name, arguments in (
                ("index", ()), ("index_agency", (stage.agency_id,)),
                ("index_dossiers", (stage.agency_id, "results_digital")), ("satisfaction", ()),
                    ("index_dossiers", (stage.agency_id, "content_complete")),
                ("satisfaction_agency", (stage.agency_id,)),
            ):  # fmt: skip
                client, address = browser(actor), reverse(f"scorecards:{name}", args=arguments)
                client.get(address)
                with CaptureQueriesContext(connection) as queries:
                    assert client.get(address).status_code == 200
                if len(queries) > BUDGETS[f"scorecards:{name}"]:
                    over.append((name, closed, len(queries)))
        assert not over


def test_every_indicator_says_what_one_more_is() -> None:
    assert set(MORE) == set(INDICATORS)
    assert set(NO_DATA) <= set(INDICATORS)


@given(st.sampled_from(sorted(INDICATORS)), st.integers(1, 10**6), st.data())
def test_what_would_win_the_points_back(key: str, whole: int, data: st.DataObject) -> None:
    part = data.draw(st.integers(0, whole))
    card = score(Inputs("A", "A", {key: Share(part, whole)}))
    (one,) = (i for group in card.groups for i in group.indicators if i.share is not None)
    sentence = win_back(one)
    assert one.points is not None
    if one.points == one.indicator.max_points:
        assert sentence == ""
        return
    number = int(sentence.removeprefix("Thêm ").split(" ")[0].replace(".", ""))
    assert one.indicator.points(Share(part + number, whole)) == one.indicator.max_points
    assert rounded(one.indicator.max_points - one.points) is not None
    assert one.each is not None
    assert one.each > Fraction(0)
