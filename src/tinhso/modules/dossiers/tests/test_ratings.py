"""Rating a dossier: after the return, by the person, once; kept apart from the dossier; never shown in small numbers."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tinhso.kernel.access.api import NOBODY, SYSTEM, Actor, Refused, actor_of
from tinhso.kernel.audit.models import Entry
from tinhso.kernel.clock import VIETNAM
from tinhso.kernel.events.api import drain
from tinhso.modules.directory.tests.factories import get_organisation, give, make_officer, make_organisation
from tinhso.modules.dossiers import api as dossiers
from tinhso.modules.dossiers.models import Dossier, Rated, Rating, Task
from tinhso.modules.dossiers.queries.ratings import question_sets, questions_on
from tinhso.modules.dossiers.rules import RatingWay
from tinhso.modules.dossiers.services.submitting import current_pin
from tinhso.modules.dossiers.tests import factories as f
from tinhso.modules.dossiers.tests.test_officer_budgets import BUDGETS
from tinhso.modules.dossiers.tests.test_officer_lists import browser
from tinhso.modules.notifications.models import Notice

pytestmark = pytest.mark.django_db
LATER = f.NOW + timedelta(hours=1)
GOOD = {"finding": 5, "papers": 4, "attitude": 5, "time": 4, "overall": 5}
DECEMBER = datetime(2026, 12, 2, 9, tzinfo=VIETNAM)
MONTH = {"since": date(2026, 11, 1), "until": date(2026, 11, 30)}


@pytest.fixture
def stage() -> f.Stage:
    return f.make_stage()


@pytest.fixture(autouse=True)
def _at_now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tinhso.kernel.access.web.now", lambda: LATER)


def returned(stage: f.Stage, **applicant: Any) -> Dossier:
    dossier = f.issued(stage, **applicant)
    if dossier.fee_total:
        dossiers.take_fee(dossier_id=dossier.pk, amount=dossier.fee_total, actor=stage.clerk, now=f.NOW)
    dossiers.give_back(
        dossier_id=dossier.pk, received_by_name="Lê Thị Hồng Nhung", received_by_identity="", actor=stage.clerk,
        now=f.NOW + timedelta(minutes=20),
    )  # fmt: skip
    dossier.refresh_from_db()
    return dossier


def rate(dossier: Dossier, actor: Actor, **changes: Any) -> None:
    given: dict[str, Any] = {
        "public_id": dossier.public_id, "answers": GOOD, "comment": "", "actor": actor, "now": LATER, **changes,
    }  # fmt: skip
    dossiers.rate(**given)


def key(dossier: Dossier) -> str:
    return dossiers.rating_path(dossier.public_id).split("/")[-2]


def test_the_person_rates_once(stage: f.Stage) -> None:
    dossier = returned(stage)
    rate(dossier, stage.citizen, comment=" Nhanh. ")
    rating = Rating.objects.get()
    assert (rating.agency_id, rating.month, rating.overall, rating.was_late) == (
        stage.agency_id, date(2026, 11, 1), 5, False,
    )  # fmt: skip
    assert rating.comment == "Nhanh."
    for again in ({"actor": stage.citizen}, {"actor": NOBODY, "key": key(dossier)}):
        with pytest.raises(dossiers.CannotRate, match="Mỗi hồ sơ đánh giá một lần"):
            rate(dossier, **again)
    assert Rating.objects.count() == Rated.objects.count() == 1


def test_nothing_leads_from_the_answers_to_the_dossier(stage: f.Stage) -> None:
    dossier = returned(stage)
    rate(dossier, stage.citizen)
    pointing = {field.related_model for field in Rating._meta.get_fields() if field.is_relation}
    assert Dossier not in pointing
    assert {field.name for field in Rated._meta.get_fields()} == {"id", "dossier", "rated_date", "way", "entered_by"}
    entry = Entry.objects.get(action="dossiers.rate")
    assert "overall" not in str(entry.__dict__)
    assert Rating.objects.get().pk.version == 4


def test_the_link_the_pin_and_nobody_else(stage: f.Stage) -> None:
    one, two = returned(stage), returned(stage)
    with pytest.raises(Refused):
        rate(one, NOBODY)
    with pytest.raises(Refused, match="Liên kết đánh giá không đúng"):
        rate(one, NOBODY, key=key(two))
    with pytest.raises(Refused, match="của người khác"):
        rate(one, stage.stranger)
    assert not Rating.objects.exists()
    rate(one, NOBODY, key=key(one))
    rate(two, NOBODY, opened={str(two.public_id)}, way=RatingWay.KIOSK)
    assert sorted(Rated.objects.values_list("way", flat=True)) == ["kiosk", "online"]


def test_the_person_is_told_the_link_after_the_return(stage: f.Stage) -> None:
    dossier = returned(stage, email="nhung@example.vn")
    drain(LATER + timedelta(minutes=5))
    notice = Notice.objects.get(kind="returned")
    assert notice.url == dossiers.rating_path(dossier.public_id)


def test_no_officer_rates_by_any_way(stage: f.Stage) -> None:
    dossier = returned(stage)
    for officer in (stage.clerk, stage.handler, stage.leader, stage.elsewhere):
        for way in ({}, {"key": key(dossier)}, {"opened": {str(dossier.public_id)}}):
            with pytest.raises(Refused, match="Cán bộ không đánh giá"):
                rate(dossier, officer, **way)
    assert not Rating.objects.exists()


def test_not_before_the_return_which_never_waits_for_it(stage: f.Stage) -> None:
    for dossier in (f.send(stage), f.accepted(stage), f.issued(stage)):
        with pytest.raises(dossiers.CannotRate, match="sau khi đã trả kết quả"):
            rate(dossier, stage.citizen)
    assert not Rated.objects.exists()
    returned(stage)


@pytest.mark.parametrize(
    "answers", [{}, {**GOOD, "overall": None}, {**GOOD, "time": 0}, {**GOOD, "time": 6}, {"overall": 5}]
)
def test_every_question_is_answered(stage: f.Stage, answers: dict[str, int | None]) -> None:
    dossier = returned(stage)
    with pytest.raises(dossiers.CannotRate) as refusal:
        rate(dossier, stage.citizen, answers=answers)
    assert refusal.value.problems
    with pytest.raises(dossiers.CannotRate):
        rate(dossier, stage.citizen, comment="a" * 1001)
    assert not Rating.objects.exists()


def paper(actor: Actor, code: str, **changes: Any) -> None:
    given: dict[str, Any] = {
        "code": code, "answers": GOOD, "comment": "", "scan": SimpleUploadedFile("phieu.png", f.picture().read()),
        "filename": "phieu.png", "actor": actor, "now": LATER, **changes,
    }  # fmt: skip
    dossiers.enter_paper_rating(**given)


def clerk_elsewhere() -> Actor:
    place = make_organisation("Trung tâm PVHCC phường Sầm Sơn", "H56.103.01", parent=get_organisation("H56.103"))
    user = make_officer("clerk2", "Ngô Thị Hoa")
    give(user, "clerk", place)
    return actor_of(user, on=f.TODAY)


def test_a_paper_form_is_entered_by_a_clerk_of_another_agency(stage: f.Stage) -> None:
    dossier = returned(stage)
    other = clerk_elsewhere()
    with pytest.raises(dossiers.CannotRate, match="cán bộ của cơ quan khác"):
        paper(stage.clerk, dossier.code)
    for officer in (stage.handler, stage.leader, stage.citizen, NOBODY):
        with pytest.raises(Refused):
            paper(officer, dossier.code)
    for changes, message in (
        ({"scan": None}, "bản chụp"),
        ({"scan": SimpleUploadedFile("x.png", b"MZ program"), "filename": "x.png"}, "."),
        ({"answers": {}}, "Chưa trả lời"),
    ):
        with pytest.raises(dossiers.CannotRate, match=message):
            paper(other, dossier.code, **changes)
    for code in ("", "H56.102-000000-0000"):
        with pytest.raises(dossiers.CannotRate, match="Không có hồ sơ"):
            paper(other, code)
    assert not Rating.objects.exists()
    paper(other, f" {dossier.code.lower()} ")
    assert Rating.objects.get().scan_id
    assert Rated.objects.get().entered_by_id == other.user_id
    with pytest.raises(dossiers.CannotRate, match="một lần"):
        paper(other, dossier.code)


def test_who_worked_on_it_does_not_enter_its_paper_form(stage: f.Stage) -> None:
    dossier = returned(stage)
    other = clerk_elsewhere()
    Task.objects.filter(dossier=dossier, key="intake").update(finished_by_id=other.user_id)
    with pytest.raises(dossiers.CannotRate, match="cán bộ của cơ quan khác"):
        paper(other, dossier.code)


def test_few_ratings_are_not_shown(stage: f.Stage) -> None:
    asked: dict[str, Any] = {**MONTH, "now": DECEMBER}
    for number in range(5):
        (counts,) = dossiers.rating_counts(**asked, actor=SYSTEM) or (None,)
        assert counts is None or counts.hidden
        assert dossiers.ratings_by_month(**asked, actor=SYSTEM) == {}
        assert dossiers.answers_of(agency_id=stage.agency_id, **asked, actor=SYSTEM) == ((), ())
        answers = GOOD if number else {**GOOD, "overall": 1}
        rate(returned(stage), stage.citizen, answers=answers, comment=f"Ý kiến {number}")
    (counts,) = dossiers.rating_counts(**asked, actor=stage.leader)
    assert (counts.total, counts.satisfied, counts.dissatisfied, counts.dissatisfied_in_time) == (5, 4, 1, 1)
    assert dossiers.ratings_by_month(**asked, actor=stage.leader) == {date(2026, 11, 1): (4, 0, 1)}
    answers, comments = dossiers.answers_of(agency_id=stage.agency_id, **asked, actor=stage.leader)
    assert {one.question.key: one.numbers for one in answers}["overall"] == (1, 0, 0, 0, 4)
    assert len(comments) == 5
    assert dossiers.rating_counts(**asked, actor=stage.elsewhere) == ()
    with pytest.raises(Refused):
        dossiers.rating_counts(**asked, actor=stage.citizen)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(7, 12), st.integers(1, 5)), max_size=30), st.integers(7, 12), st.integers(7, 12))
def test_no_difference_of_two_periods_tells_of_few(
    stage: f.Stage, made: list[tuple[int, int]], first: int, last: int
) -> None:
    """Whatever two periods are compared, what is in one and not in the other is nobody, or five people and more."""
    Rating.objects.all().delete()
    Rating.objects.bulk_create(
        Rating(
            agency_id=stage.agency_id, month=date(2026, month, 1), question_set="2026-11", answers={"overall": overall},
            overall=overall, was_late=False, way="online",
        )
        for month, overall in made
    )  # fmt: skip

    def total(since: int, until: int) -> int:
        asked: dict[str, Any] = {"since": date(2026, since, 1), "until": date(2026, until, 1), "now": DECEMBER}
        return sum(one.total for one in dossiers.rating_counts(**asked, actor=SYSTEM))

    if first > last:
        first, last = last, first
    for since, until in ((first, last - 1), (first + 1, last)):
        between = total(first, last) - (total(since, until) if since <= until else 0)
        assert between == 0 or between >= 5
    # The month that runs is not shown: from one day to the next it would tell who came.
    assert total(12, 12) == 0


def test_questions_are_dated_and_whole() -> None:
    sets = question_sets()
    assert [one.valid_from for one in sets] == sorted(one.valid_from for one in sets)
    for one in sets:
        assert one.source
        assert "overall" in {question.key for question in one.questions}
        assert all(len(question.words) == 5 for question in one.questions)
    assert questions_on(date(2000, 1, 1)) == sets[0]


# Over HTTP


def follow(stage: f.Stage, dossier: Dossier, actor: Actor) -> str:
    return browser(actor).get(reverse("dossiers:follow", args=[dossier.public_id])).content.decode()


def test_the_owners_page_leads_to_the_questions_until_they_are_answered(stage: f.Stage) -> None:
    dossier = f.issued(stage)
    address = reverse("dossiers:rate", args=[dossier.public_id])
    assert address not in follow(stage, dossier, stage.citizen)
    assert "Chưa đến lúc" in browser(stage.citizen).get(address).content.decode()
    dossier = returned(stage)
    address = reverse("dossiers:rate", args=[dossier.public_id])
    assert address in follow(stage, dossier, stage.citizen)
    client = browser(stage.citizen)
    wrong = client.post(address, {"overall": "5", "comment": "giữ lại"})
    assert wrong.status_code == 422
    assert "giữ lại" in wrong.content.decode()
    answer = client.post(address, {name: str(number) for name, number in GOOD.items()})
    assert answer.headers["Location"] == reverse("dossiers:rate_thanks")
    assert address not in follow(stage, dossier, stage.citizen)
    assert "đã được đánh giá" in client.get(address).content.decode()


def test_the_kiosk_takes_code_and_pin_and_opens_nothing_else(stage: f.Stage) -> None:
    dossier = returned(stage)
    client = browser(None)
    kiosk = reverse("dossiers:rate_kiosk")
    assert client.post(kiosk, {"code": dossier.code, "pin": "000000"}).status_code == 422
    answer = client.post(kiosk, {"code": dossier.code, "pin": current_pin(dossier)})
    assert answer.headers["Location"] == reverse("dossiers:rate", args=[dossier.public_id])
    page = client.get(answer.headers["Location"]).content.decode()
    assert dossier.code in page
    assert dossier.applicant_name not in page
    assert client.get(reverse("dossiers:follow", args=[dossier.public_id])).status_code == 302
    client.post(answer.headers["Location"], {name: str(number) for name, number in GOOD.items()})
    assert Rated.objects.get().way == "kiosk"
    # The next person at the machine has nothing of it.
    assert client.get(answer.headers["Location"]).headers["Location"] == kiosk


def test_the_link_works_for_whoever_has_it_but_not_for_officers(stage: f.Stage) -> None:
    dossier = returned(stage)
    link = dossiers.rating_path(dossier.public_id)
    assert dossier.applicant_name not in browser(None).get(link).content.decode()
    assert browser(stage.handler).get(link).status_code in (403, 404)
    kiosk = reverse("dossiers:rate_kiosk")
    for strange in (
        link.replace(key(dossier), "0" * 24),
        reverse("dossiers:rate", args=[dossier.public_id]),
        reverse("dossiers:rate", args=[UUID(int=7)]),
    ):
        assert browser(None).get(strange).headers["Location"] == kiosk
        assert browser(None).post(strange, {"overall": "1"}).headers["Location"] == kiosk
        assert browser(stage.stranger).get(strange).status_code == 404
    assert browser(None).post(link, {name: str(number) for name, number in GOOD.items()}).status_code == 302
    assert Rated.objects.get().way == "online"


def test_the_paper_page(stage: f.Stage) -> None:
    dossier = returned(stage)
    client = browser(clerk_elsewhere())
    address = reverse("dossiers:enter_rating")
    fields = {"code": dossier.code, **{name: str(number) for name, number in GOOD.items()}}
    assert client.post(address, fields).status_code == 422
    scan = SimpleUploadedFile("phieu.png", f.picture().read())
    assert client.post(address, {**fields, "scan": scan}).status_code == 302
    assert browser(stage.handler).get(address).status_code == 403
    own = browser(stage.clerk).post(address, {**fields, "scan": SimpleUploadedFile("p.png", f.picture().read())})
    assert own.status_code == 422


def test_pages_keep_their_budgets(stage: f.Stage) -> None:
    dossier = returned(stage)
    pages = [
        ("rate", [dossier.public_id], stage.citizen), ("rate_by_link", [dossier.public_id, key(dossier)], None),
        ("rate_kiosk", [], None), ("rate_thanks", [], None), ("enter_rating", [], stage.clerk),
        ("follow", [dossier.public_id], stage.citizen),
    ]  # fmt: skip
    for name, arguments, actor in pages:
        client = browser(actor)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(reverse(f"dossiers:{name}", args=arguments)).status_code == 200
        assert len(queries) <= BUDGETS[f"dossiers:{name}"], (name, len(queries))
