"""Figures from elsewhere: given by one, confirmed by another, never written over; own records win; a workbook whole or not
at all."""

from __future__ import annotations

import io
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from tinhso.kernel.access.api import SYSTEM, Actor, Refused, actor_of
from tinhso.kernel.audit.models import Entry
from tinhso.kernel.clock import VIETNAM
from tinhso.modules.directory.tests.factories import get_organisation, give, make_officer
from tinhso.modules.dossiers.models import Dossier
from tinhso.modules.dossiers.tests import factories as f
from tinhso.modules.dossiers.tests.test_officer_lists import browser
from tinhso.modules.scorecards import api, jobs
from tinhso.modules.scorecards.models import ClosedMonth, GivenFigure
from tinhso.modules.scorecards.queries.given import confirmed
from tinhso.modules.scorecards.queries.scores import month_of, shares_of
from tinhso.modules.scorecards.rules import Share
from tinhso.modules.scorecards.services import given as services
from tinhso.modules.scorecards.services.given import CannotDecideFigure, CannotGive, Figure
from tinhso.modules.scorecards.services.given_sheets import CannotReadFigures, read_table
from tinhso.modules.scorecards.tests.test_progress_pages import BUDGETS, statistician

pytestmark = pytest.mark.django_db
NOVEMBER = date(2026, 11, 1)
LATER = datetime(2026, 12, 5, 9, tzinfo=VIETNAM)
SOURCE = "Công văn 12/BC-VP ngày 03/12/2026"


@pytest.fixture
def stage() -> f.Stage:
    return f.make_stage()


@pytest.fixture(autouse=True)
def _at_now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tinhso.kernel.access.web.now", lambda: LATER)


def given(
    stage: f.Stage, part: int = 7, whole: int = 9, *, key: str = "complaints_on_time", actor: Actor | None = None
) -> GivenFigure:
    figure = Figure(stage.agency_id, key, part, whole, SOURCE)
    services.give(month=NOVEMBER, figures=[figure], actor=actor or stage.head, now=LATER)
    return GivenFigure.objects.latest("pk")


def confirm(figure: GivenFigure, actor: Actor) -> None:
    services.confirm(figure_ids=[figure.pk], actor=actor, now=LATER)


def told(stage: f.Stage, now: datetime = LATER) -> Share | None:
    return (
        shares_of(since=NOVEMBER, until=date(2026, 11, 30), actor=SYSTEM, now=now)
        .get(stage.agency_id, {})
        .get("complaints_on_time")
    )


def test_it_counts_when_another_has_confirmed_it(stage: f.Stage) -> None:
    f.accepted(stage)
    figure = given(stage)
    assert told(stage) is None
    confirm(figure, stage.leader)
    assert told(stage) == Share(7, 9)
    (card,) = month_of(month=NOVEMBER, actor=SYSTEM, now=LATER).cards
    assert card.given["complaints_on_time"] == {
        "source": SOURCE, "given_by": "Phạm Quang Hưng", "confirmed_by": "Lê Minh Tuấn",
    }  # fmt: skip
    body = (
        browser(stage.leader)
        .get(reverse("scorecards:index_agency", args=[stage.agency_id]), {"month": "2026-11"})
        .content.decode()
    )
    assert SOURCE in body
    assert "Lê Minh Tuấn xác nhận" in body
    assert {row.action for row in Entry.objects.filter(object_ref="month:2026-11")} == {
        "scorecards.give_figures", "scorecards.confirm_figures",
    }  # fmt: skip


def test_nobody_confirms_their_own(stage: f.Stage) -> None:
    both = statistician()
    figure = given(stage, actor=both)
    with pytest.raises(CannotDecideFigure, match="do chính bạn nhập"):
        confirm(figure, both)
    with pytest.raises(CannotDecideFigure, match="do chính bạn nhập"):
        services.refuse(figure_id=figure.pk, reason="Sai nguồn số liệu", actor=both, now=LATER)
    figure.refresh_from_db()
    assert figure.state == "waiting"
    with pytest.raises(IntegrityError), transaction.atomic():
        GivenFigure.objects.filter(pk=figure.pk).update(
            state="confirmed", decided_by=F("given_by"), decided_at=LATER, decided_by_name="x"
        )
    body = browser(both).get(reverse("scorecards:given"), {"month": "2026-11"}).content.decode()
    assert 'name="figure"' not in body


def test_what_was_given_is_never_altered(stage: f.Stage) -> None:
    figure = given(stage)
    for change in ({"numerator": 8}, {"source": "khác"}, {"month": date(2026, 10, 1)}):
        with pytest.raises(DatabaseError), transaction.atomic():
            GivenFigure.objects.filter(pk=figure.pk).update(**change)


def test_another_takes_its_place_and_the_earlier_stays(stage: f.Stage) -> None:
    f.accepted(stage)
    first = given(stage, 1, 9)
    second = given(stage, 2, 9)
    first.refresh_from_db()
    assert first.state == "replaced"
    confirm(second, stage.leader)
    third = given(stage, 3, 9)
    # Until another confirms the new one, the old one counts.
    assert told(stage) == Share(2, 9)
    confirm(third, stage.leader)
    assert told(stage) == Share(3, 9)
    states = list(GivenFigure.objects.order_by("pk").values_list("numerator", "state"))
    assert states == [(1, "replaced"), (2, "replaced"), (3, "confirmed")]
    body = browser(stage.leader).get(reverse("scorecards:given_figure", args=[third.pk])).content.decode()
    assert "Những lần nhập khác" in body
    with pytest.raises(CannotDecideFigure, match="đã được quyết định"):
        confirm(second, stage.leader)


def test_refused_with_a_reason(stage: f.Stage) -> None:
    figure = given(stage)
    for reason in ("", "   ", "x" * 501):
        with pytest.raises(CannotDecideFigure, match="lý do"):
            services.refuse(figure_id=figure.pk, reason=reason, actor=stage.leader, now=LATER)
    services.refuse(figure_id=figure.pk, reason="Văn bản không có số này", actor=stage.leader, now=LATER)
    figure.refresh_from_db()
    assert (figure.state, figure.reason) == ("refused", "Văn bản không có số này")
    assert told(stage) is None


def test_own_records_win(stage: f.Stage) -> None:
    f.accepted(stage)
    figure = given(stage)
    confirm(figure, stage.leader)
    # The database keeps the indicator of a figure; one of an indicator with own records is made anew.
    GivenFigure.objects.create(
        agency_id=stage.agency_id, month=NOVEMBER, indicator="personal_store", numerator=5, denominator=5, source=SOURCE,
        state="confirmed", given_at=LATER, given_by_id=stage.head.user_id, given_by_name="x", decided_at=LATER,
        decided_by_id=stage.leader.user_id, decided_by_name="y",
    )  # fmt: skip
    found = shares_of(since=NOVEMBER, until=date(2026, 11, 30), actor=SYSTEM, now=LATER)[stage.agency_id]
    assert found["personal_store"] == Share(0, 1)
    assert found["complaints_on_time"] == Share(7, 9)


def test_an_agency_without_dossiers_has_a_row_by_its_figures(stage: f.Stage) -> None:
    confirm(given(stage), stage.leader)
    assert told(stage) == Share(7, 9)


def test_a_closed_month_does_not_change(stage: f.Stage) -> None:
    f.accepted(stage)
    confirm(given(stage), stage.leader)
    waiting = given(stage, 9, 9)
    jobs.close_last_month(now=LATER + timedelta(days=6))
    assert ClosedMonth.objects.get().given["complaints_on_time"]["source"] == SOURCE
    with pytest.raises(CannotDecideFigure, match="đã chốt"):
        confirm(waiting, stage.leader)
    with pytest.raises(CannotGive, match="đã chốt"):
        given(stage, 1, 9)
    (card,) = month_of(month=NOVEMBER, actor=SYSTEM, now=LATER).cards
    assert card.inputs.shares["complaints_on_time"] == Share(7, 9)
    assert card.given["complaints_on_time"]["confirmed_by"] == "Lê Minh Tuấn"
    page = browser(stage.head).get(reverse("scorecards:given_new"), {"month": "2026-11"})
    assert "đã chốt" in page.content.decode()


def test_whole_months_only(stage: f.Stage) -> None:
    confirm(given(stage), stage.leader)
    november = {"since": NOVEMBER, "actor": SYSTEM}
    assert confirmed(until=date(2026, 11, 30), **november)[stage.agency_id]["complaints_on_time"].share == Share(7, 9)
    assert confirmed(until=date(2026, 11, 29), **november) == {}
    # Two months, of which one has no figure.
    assert confirmed(until=date(2026, 12, 31), **november) == {}
    assert confirmed(since=NOVEMBER, until=date(2026, 11, 30), actor=stage.elsewhere) == {}


def test_who_may(stage: f.Stage) -> None:
    figure = given(stage)
    for actor in (stage.citizen, stage.clerk, stage.leader):
        with pytest.raises(Refused):
            given(stage, actor=actor)
    for actor in (stage.citizen, stage.clerk, stage.handler):
        with pytest.raises(Refused):
            confirm(figure, actor)
    other = make_officer("chutich.samson")
    outside = give(other, "leader", get_organisation("H56.103"))
    with pytest.raises(Refused):
        confirm(figure, actor_of(other, on=f.TODAY))
    assert browser(outside).get(reverse("scorecards:given_figure", args=[figure.pk])).status_code == 404
    assert browser(outside).get(reverse("scorecards:given"), {"month": "2026-11"}).context["rows"] == ()
    assert GivenFigure.objects.filter(state="waiting").count() == 1
    assert Entry.objects.filter(action="scorecards.confirm_figures").count() == 0


def form(stage: f.Stage, **changes: str) -> dict[str, str]:
    return {
        "agency": str(stage.agency_id), "indicator": "complaints_on_time", "numerator": "7", "denominator": "9",
        "source": SOURCE, **changes,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("agency", "", "Chọn cơ quan"),
        ("agency", "999999", "Chọn cơ quan"),
        ("indicator", "settled_on_time", "Chọn chỉ tiêu"),
        ("numerator", "10", "lớn hơn mẫu số"),
        ("numerator", "-1", "số nguyên"),
        ("numerator", "1,5", "số nguyên"),
        ("numerator", "²", "số nguyên"),
        ("denominator", "", "Nhập mẫu số"),
        ("denominator", "99999999999", "số nguyên"),
        ("source", "", "Ghi nguồn"),
        ("source", "x" * 301, "dài quá"),
    ],
)
def test_bad_input_is_told_at_its_field_and_kept(stage: f.Stage, field: str, value: str, words: str) -> None:
    address = reverse("scorecards:given_new") + "?month=2026-11"
    page = browser(stage.head).post(address, form(stage, **{field: value}))
    assert page.status_code == 422
    assert words in page.context["errors"][field]
    assert page.context["typed"][field] == value
    assert not GivenFigure.objects.exists()
    for month in ("2030-01", "x"):
        assert browser(stage.head).get(reverse("scorecards:given_new"), {"month": month}).status_code == 200
    early = browser(stage.head).post(reverse("scorecards:given_new") + "?month=2020-01", form(stage))
    assert "07/2022" in early.context["errors"]["month"]


def test_one_by_the_form_confirmed_by_the_page(stage: f.Stage) -> None:
    answer = browser(stage.head).post(reverse("scorecards:given_new") + "?month=2026-11", form(stage))
    assert answer.status_code == 302
    figure = GivenFigure.objects.get()
    page = browser(stage.leader).get(reverse("scorecards:given") + "?month=2026-11")
    assert f'name="figure" value="{figure.pk}"' in page.content.decode()
    client = browser(stage.leader)
    for marked in ([], ["x"], ["999999"]):
        client.post(reverse("scorecards:given_confirm"), {"month": "2026-11", "figure": marked})
        figure.refresh_from_db()
        assert figure.state == "waiting"
    client.post(reverse("scorecards:given_confirm"), {"month": "2026-11", "figure": [figure.pk]})
    figure.refresh_from_db()
    assert (figure.state, figure.decided_by_id) == ("confirmed", stage.leader.user_id)
    assert client.post(reverse("scorecards:given_refuse", args=[figure.pk]), {"reason": "Sai nguồn"}).status_code == 422


def filled(stage: f.Stage, **cells: Any) -> bytes:
    """The template of the ward's head, with cells written into."""
    content = browser(stage.head).get(reverse("scorecards:given_template"), {"month": "2026-11"}).content
    book = load_workbook(io.BytesIO(content))
    for cell, value in cells.items():
        book.active[cell] = value
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def upload(stage: f.Stage, content: bytes) -> Any:
    sent = SimpleUploadedFile("so-lieu.xlsx", content)
    return browser(stage.head).post(reverse("scorecards:given_upload") + "?month=2026-11", {"file": sent})


def test_a_workbook_filled_and_sent(stage: f.Stage) -> None:
    answer = upload(stage, filled(stage, E5=7, F5=9, G5=SOURCE, E6="0", F6="0", G6=SOURCE))
    assert answer.status_code == 302
    rows = list(GivenFigure.objects.order_by("pk").values_list("indicator", "numerator", "denominator", "state"))
    assert rows == [("complaints_on_time", 7, 9, "waiting"), ("complaints_satisfied", 0, 0, "waiting")]


def test_every_bad_cell_is_named_and_nothing_is_kept(stage: f.Stage) -> None:
    good = {"E5": 7, "F5": 9, "G5": SOURCE}
    answer = upload(stage, filled(stage, **good, E6=10, F6=9, G6="", A4="H56.999", E4=1, F4=1, G4=SOURCE, E3="=1+1"))
    assert answer.status_code == 422
    text = answer.content.decode()
    for words in ("Ô E6: Tử số 10 lớn hơn", "Ô G6: Ghi nguồn", "Ô A4: mã «H56.999»", "Ô E3: là công thức"):
        assert words in text
    assert not GivenFigure.objects.exists()


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ({"B1": "10/2026", "E5": 1, "F5": 1, "G5": SOURCE}, "Ô B1"),
        ({"A2": "khác"}, "Tải lại tệp mẫu"),
        ({}, "chưa có số liệu nào"),
        ({"C4": "5.2", "E4": 1, "F4": 1, "G4": SOURCE, "E5": 1, "F5": 1, "G5": SOURCE}, "đã có ở dòng 4"),
        ({"C4": "2.1", "E4": 1, "F4": 1, "G4": SOURCE}, "Ô C4"),
    ],
)
def test_a_workbook_that_makes_no_sense(stage: f.Stage, cells: dict[str, Any], words: str) -> None:
    answer = upload(stage, filled(stage, **cells))
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not GivenFigure.objects.exists()


def test_what_is_no_workbook(stage: f.Stage) -> None:
    for content in (b"", b"%PDF-1.4", b"PK\x03\x04broken", b"a,b\n"):
        with pytest.raises(CannotReadFigures):
            read_table(content, "x.xlsx", month=NOVEMBER, agencies=())
    assert browser(stage.head).post(reverse("scorecards:given_upload"), {}).status_code == 422


def test_the_pages_are_bounded(stage: f.Stage) -> None:
    for _ in range(55):
        given(stage)
    page = browser(stage.leader).get(reverse("scorecards:given"), {"month": "2026-11"})
    assert len(page.context["rows"]) == 50
    assert page.context["total"] == 55
    last = browser(stage.leader).get(reverse("scorecards:given"), {"month": "2026-11", "page": "2"})
    assert len(last.context["rows"]) == 5
    for odd in ("0", "x", "²", "999"):
        assert browser(stage.leader).get(reverse("scorecards:given"), {"page": odd}).status_code == 200


def test_the_pages_keep_their_budgets(stage: f.Stage) -> None:
    for key in ("complaints_on_time", "complaints_satisfied"):
        given(stage, key=key)
    figure = given(stage)
    over = []
    for actor in (statistician(), stage.head):
        for name, arguments in (
            ("given", ()), ("given_new", ()), ("given_template", ()), ("given_upload", ()), ("given_figure", (figure.pk,)),
        ):  # fmt: skip
            client, address = browser(actor), reverse(f"scorecards:{name}", args=arguments)
            client.get(address)
            with CaptureQueriesContext(connection) as queries:
                assert client.get(address).status_code == 200
            if len(queries) > BUDGETS[f"scorecards:{name}"]:
                over.append((name, len(queries)))
    assert not over


def test_the_command_tells_what_the_pages_tell(stage: f.Stage) -> None:
    f.accepted(stage)
    confirm(given(stage), stage.leader)
    live = month_of(month=NOVEMBER, actor=SYSTEM, now=LATER)
    jobs.close_last_month(now=LATER + timedelta(days=6))
    Dossier.objects.update(due_at=f.NOW)
    kept = month_of(month=NOVEMBER, actor=SYSTEM, now=LATER + timedelta(days=7))
    assert (kept.whole, [one.card for one in kept.cards]) == (live.whole, [one.card for one in live.cards])
    assert api.month_of is month_of
