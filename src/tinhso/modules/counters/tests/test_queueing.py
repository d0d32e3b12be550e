"""The queue of a hall: numbers without gaps, called by priority and order, nothing lost, strangers refused."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Barrier
from uuid import UUID

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tinhso.kernel.access.api import NOBODY, Actor, Refused
from tinhso.modules.counters import api as counters
from tinhso.modules.counters.models import Counter, Hall, Line, Ticket
from tinhso.modules.counters.queries import waiting_in
from tinhso.modules.counters.services import queueing
from tinhso.modules.directory.tests.factories import (
    NOW,
    get_organisation,
    give,
    make_officer,
    make_organisation,
    make_province,
)

BUDGETS = json.loads((Path(__file__).resolve().parents[5] / "tests/query_budgets.json").read_text(encoding="utf-8"))
pytestmark = pytest.mark.django_db


class Stage:
    def __init__(self) -> None:
        root = make_province()
        centre = get_organisation("H56.102.01")
        self.office_id = centre.pk
        self.clerk = give(make_officer("clerk", "Lê Thị Mai"), "clerk", centre)
        self.other = give(make_officer("other", "Hà Thu Trang"), "clerk", centre)
        elsewhere = make_organisation("Trung tâm phường Sầm Sơn", "H56.103.01", parent=root)
        self.stranger = give(make_officer("stranger", "Ngô Xuân Hải"), "clerk", elsewhere)
        self.token: UUID = counters.set_up_hall(
            office_id=centre.pk, titles=["Hộ tịch, chứng thực", "Đất đai"], counters=2, actor=self.clerk, now=NOW
        )
        self.hall = Hall.objects.get()
        self.lines = list(Line.objects.order_by("letter"))
        self.counters = list(Counter.objects.order_by("number"))

    def take(self, line: int = 0, priority: str = "", minutes: int = 0) -> counters.TicketInfo:
        return counters.take_number(
            token=self.token, line_id=self.lines[line].pk, priority=priority, actor=NOBODY,
            now=NOW + timedelta(minutes=minutes),
        )  # fmt: skip

    def sit(self, actor: Actor, place: int = 0) -> None:
        counters.sit_down(counter_id=self.counters[place].pk, actor=actor, now=NOW)

    def call(self, actor: Actor | None = None, minutes: int = 0) -> str | None:
        found = counters.call_next(actor=actor or self.clerk, now=NOW + timedelta(minutes=minutes))
        return None if found is None else found.shown


@pytest.fixture
def stage() -> Stage:
    return Stage()


def test_numbers_run_through_all_lines_without_gaps_and_begin_anew_each_day(stage: Stage) -> None:
    assert [stage.take(line).shown for line in (0, 1, 0)] == ["A001", "B002", "A003"]
    assert stage.take(minutes=24 * 60).shown == "A001"


def test_a_refused_number_is_not_drawn(stage: Stage) -> None:
    stage.take()
    with pytest.raises(counters.CannotTake, match="không nhận"):
        counters.take_number(token=stage.token, line_id=0, actor=NOBODY, now=NOW)
    with pytest.raises(counters.CannotTake, match="ưu tiên không hợp lệ"):
        stage.take(priority="friend")
    assert stage.take().number == 2


def test_priority_first_then_by_number(stage: Stage) -> None:
    for priority in ("", "", "elderly"):
        stage.take(priority=priority)
    stage.sit(stage.clerk)
    called = []
    while (shown := stage.call()) is not None:
        called.append(shown)
        counters.finish(ticket_id=Ticket.objects.get(state="called").pk, actor=stage.clerk, now=NOW)
    assert called == ["A003", "A001", "A002"]


def test_a_counter_serves_only_its_lines(stage: Stage) -> None:
    queueing.serve_lines(counter_id=stage.counters[0].pk, line_ids=[stage.lines[1].pk], actor=stage.clerk, now=NOW)
    stage.take(0)
    stage.take(1)
    stage.sit(stage.clerk)
    assert stage.call() == "B002"
    with pytest.raises(queueing.CannotSetUp):
        queueing.serve_lines(counter_id=stage.counters[0].pk, line_ids=[], actor=stage.clerk, now=NOW)


def test_one_number_at_a_counter_and_it_is_still_there_after_a_crash(stage: Stage) -> None:
    stage.take()
    stage.take()
    stage.sit(stage.clerk)
    assert stage.call() == "A001"
    with pytest.raises(counters.CannotCall, match="đang phục vụ một số"):
        stage.call()
    seat = counters.seat_of(stage.clerk, now=NOW + timedelta(minutes=5))
    assert seat is not None
    assert seat.current is not None
    assert seat.current.shown == "A001"
    with pytest.raises(counters.CannotCall, match="Còn một số"):
        queueing.stand_up(actor=stage.clerk, now=NOW)


def test_a_missed_number_can_come_back(stage: Stage) -> None:
    first = stage.take()
    stage.take()
    stage.sit(stage.clerk)
    stage.call()
    queueing.miss(ticket_id=first.id, actor=stage.clerk, now=NOW)
    assert stage.call() == "A002"
    with pytest.raises(counters.CannotCall):
        queueing.call_again(ticket_id=first.id, actor=stage.clerk, now=NOW)
    counters.finish(ticket_id=Ticket.objects.get(number=2).pk, actor=stage.clerk, now=NOW)
    again = queueing.call_again(ticket_id=first.id, actor=stage.clerk, now=NOW + timedelta(minutes=9))
    assert (again.shown, again.calls) == ("A001", 2)


def test_handed_to_another_line_it_keeps_its_number_and_comes_first(stage: Stage) -> None:
    queueing.serve_lines(counter_id=stage.counters[1].pk, line_ids=[stage.lines[1].pk], actor=stage.clerk, now=NOW)
    first = stage.take(0)
    stage.take(1)
    stage.sit(stage.clerk)
    stage.sit(stage.other, 1)
    stage.call()
    with pytest.raises(counters.CannotCall, match="nhóm việc khác"):
        queueing.hand_on(ticket_id=first.id, line_id=stage.lines[0].pk, actor=stage.clerk, now=NOW)
    queueing.hand_on(ticket_id=first.id, line_id=stage.lines[1].pk, actor=stage.clerk, now=NOW)
    assert stage.call(stage.other) == "A001"


def test_others_numbers_and_counters_are_theirs(stage: Stage) -> None:
    first = stage.take()
    stage.sit(stage.clerk)
    stage.call()
    with pytest.raises(counters.CannotCall, match="đang có Lê Thị Mai"):
        stage.sit(stage.other)
    with pytest.raises(counters.CannotCall, match="chưa ngồi vào quầy"):
        stage.call(stage.other)
    stage.sit(stage.other, 1)
    with pytest.raises(counters.CannotCall, match="không còn ở quầy của bạn"):
        queueing.finish(ticket_id=first.id, actor=stage.other, now=NOW)
    with pytest.raises(Refused):
        stage.sit(stage.stranger, 1)
    with pytest.raises(Refused):
        counters.set_up_hall(office_id=stage.office_id, titles=["Của tôi"], counters=1, actor=stage.stranger, now=NOW)
    assert Ticket.objects.get(pk=first.id).state == "called"


def test_yesterdays_seat_is_free_today(stage: Stage) -> None:
    stage.sit(stage.clerk)
    tomorrow = NOW + timedelta(days=1)
    assert counters.seat_of(stage.clerk, now=tomorrow) is None
    counters.sit_down(counter_id=stage.counters[0].pk, actor=stage.other, now=tomorrow)


def test_the_average_wait_is_that_of_today(stage: Stage) -> None:
    stage.take()
    stage.sit(stage.clerk)
    stage.call(minutes=8)
    assert waiting_in(stage.hall.pk, now=NOW).average == "khoảng 8 phút"


def test_set_up_again_closes_what_is_left_out_and_keeps_the_numbers(stage: Stage) -> None:
    stage.take(1)
    counters.set_up_hall(office_id=stage.office_id, titles=["Hộ tịch"], counters=1, actor=stage.clerk, now=NOW)
    assert list(Line.objects.filter(is_open=True).values_list("title", flat=True)) == ["Hộ tịch"]
    with pytest.raises(counters.CannotTake):
        stage.take(1)
    assert Ticket.objects.count() == 1
    with pytest.raises(counters.CannotSetUp):
        counters.set_up_hall(office_id=stage.office_id, titles=[" "], counters=1, actor=stage.clerk, now=NOW)


@pytest.fixture
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tinhso.kernel.access.web.now", lambda: NOW)


def browser(actor: Actor) -> Client:
    client = Client()
    client.force_login(get_user_model().objects.get(pk=actor.user_id))
    return client


@pytest.mark.usefixtures("_today")
def test_the_pages_from_the_kiosk_to_the_screen(stage: Stage) -> None:
    guest = Client()
    kiosk = reverse("counters:kiosk", args=[stage.token])
    assert "Hộ tịch, chứng thực" in guest.get(kiosk).content.decode()
    taken = guest.post(reverse("counters:take", args=[stage.token]), {"line": stage.lines[0].pk, "priority": "elderly"})
    assert taken.status_code == 302
    assert "A001" in guest.get(taken["Location"]).content.decode()
    pdf = guest.get(reverse("counters:slip_pdf", args=[stage.token, 1]))
    assert pdf["Content-Type"] == "application/pdf"
    assert pdf.content.startswith(b"%PDF")
    assert guest.post(reverse("counters:take", args=[stage.token]), {"line": "x"}).status_code == 422
    assert guest.get(reverse("counters:kiosk", args=[UUID(int=1)])).status_code == 404
    assert guest.get(reverse("counters:slip", args=[stage.token, 77])).status_code == 404
    clerk = browser(stage.clerk)
    assert "Quầy 1" in clerk.get(reverse("counters:desk")).content.decode()
    clerk.post(reverse("counters:sit"), {"counter": stage.counters[0].pk})
    clerk.post(reverse("counters:next"))
    assert "A001" in clerk.get(reverse("counters:desk")).content.decode()
    screen = guest.get(reverse("counters:screen", args=[stage.token])).content.decode()
    assert "A001" in screen
    part = guest.get(reverse("counters:screen", args=[stage.token]), headers={"HX-Request": "true"})
    assert "<html" not in part.content.decode()
    number = Ticket.objects.get().pk
    refused = clerk.post(reverse("counters:next"))
    assert refused.status_code == 422
    assert "đang phục vụ một số" in refused.content.decode()
    assert browser(stage.other).post(reverse("counters:change", args=[number, "done"])).status_code == 422
    assert clerk.post(reverse("counters:change", args=[number, "sing"])).status_code == 404
    assert clerk.post(reverse("counters:change", args=[number, "done"])).status_code == 302
    assert guest.get(reverse("counters:desk")).status_code == 302
    assert browser(stage.stranger).get(reverse("counters:set_up", args=[stage.office_id])).status_code == 404


@pytest.mark.usefixtures("_today")
def test_every_page_keeps_its_budget(stage: Stage) -> None:
    for number in range(12):
        stage.take(number % 2)
    stage.sit(stage.clerk)
    stage.call()
    pages = [
        ("kiosk", [stage.token], Client()),
        ("slip", [stage.token, 1], Client()),
        ("slip_pdf", [stage.token, 1], Client()),
        ("screen", [stage.token], Client()),
        ("desk", [], browser(stage.clerk)),
        ("desk", [], browser(stage.other)),
        ("set_up", [stage.office_id], browser(stage.clerk)),
    ]
    over = []
    for name, args, client in pages:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(reverse(f"counters:{name}", args=args)).status_code == 200
        if len(queries) > BUDGETS[f"counters:{name}"]:
            over.append((name, len(queries)))
    assert not over, over


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="threads need a real server")
@pytest.mark.django_db(transaction=True)
def test_two_clerks_who_press_at_once_get_two_numbers() -> None:
    stage = Stage()
    stage.sit(stage.clerk)
    stage.sit(stage.other, 1)
    for _ in range(8):
        for _ in range(2):
            stage.take()
        together = Barrier(2)

        def press(actor: Actor, together: Barrier = together) -> str | None:
            try:
                together.wait()
                return stage.call(actor)
            finally:
                connection.close()

        with ThreadPoolExecutor(2) as pool:
            called = list(pool.map(press, (stage.clerk, stage.other)))
        assert None not in called
        assert len(set(called)) == 2, called
        Ticket.objects.filter(state="called").update(state="done")


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="threads need a real server")
@pytest.mark.django_db(transaction=True)
def test_many_kiosks_at_once_leave_no_gap() -> None:
    stage = Stage()

    def take(_: int) -> int:
        try:
            return stage.take().number
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        numbers = sorted(pool.map(take, range(40)))
    assert numbers == list(range(1, 41))
