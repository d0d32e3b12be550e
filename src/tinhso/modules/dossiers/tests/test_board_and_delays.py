"""The live board and the causes of delay, over HTTP: every number opens its list, time is split by step."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tinhso.kernel.access.api import Actor, Refused
from tinhso.modules.dossiers import api as dossiers
from tinhso.modules.dossiers.models import DelayGround, Dossier, Task
from tinhso.modules.dossiers.queries.board import live_board
from tinhso.modules.dossiers.queries.delays import delay_table, step_times
from tinhso.modules.dossiers.services.explaining import CannotExplain, explain_delay
from tinhso.modules.dossiers.tests import factories as f
from tinhso.modules.dossiers.tests.test_officer_lists import browser

pytestmark = pytest.mark.django_db
BUDGETS = json.loads((Path(__file__).resolve().parents[5] / "tests/query_budgets.json").read_text(encoding="utf-8"))
LATER = f.NOW + timedelta(hours=1)
# The factories' day is a public holiday: minutes are counted on the next one.
AT = f.NOW + timedelta(days=1)


@pytest.fixture(autouse=True)
def _at_now(monkeypatch: pytest.MonkeyPatch) -> None:
    cache.clear()
    monkeypatch.setattr("tinhso.kernel.access.web.now", lambda: LATER)


@pytest.fixture
def stage() -> f.Stage:
    return f.make_stage()


def late(dossier: Dossier) -> Dossier:
    Dossier.objects.filter(pk=dossier.pk).update(due_at=f.NOW - timedelta(days=1))
    dossier.refresh_from_db()
    return dossier


class TestBoard:
    def test_every_number_opens_a_list_of_so_many(self, stage: f.Stage) -> None:
        f.send(stage)
        f.accepted(stage)
        late(f.accepted(stage))
        consulting = late(f.accepted(stage))
        f.do(consulting, "consult", stage.handler)
        late(f.submitted_to_leader(stage))
        f.issued(stage)
        client = browser(stage.head)
        for by in ("procedure", "unit"):
            page = client.get(reverse("dossiers:board") + f"?by={by}")
            assert page.status_code == 200
            columns = [found for _, found in page.context["lanes"] for found in found]
            assert sum(column.total for column, _, _ in columns) == 7  # the consulted one stands in two
            assert sum(column.late for column, _, _ in columns) == 4
            for column, url, late_url in columns:
                assert len(client.get(url).context["page"].rows) == column.total, (by, column)
                if column.late:
                    assert len(client.get(late_url).context["page"].rows) == column.late
        body = client.get(reverse("dossiers:board")).content.decode()
        assert "1 quá hạn" in body
        assert 'hx-trigger="every 30s"' in body

    def test_the_steps_stand_in_the_order_of_the_route(self, stage: f.Stage) -> None:
        f.submitted_to_leader(stage)
        f.accepted(stage)
        f.send(stage)
        lane = live_board(agency_id=stage.agency_id, by="procedure", now=LATER).lanes[0]
        assert [column.title for column in lane.columns][1:] == ["Thẩm tra", "Phê duyệt"]

    def test_many_viewers_count_once(self, stage: f.Stage, django_assert_num_queries: Any) -> None:
        f.accepted(stage)
        live_board(agency_id=stage.agency_id, by="unit", now=LATER)
        with django_assert_num_queries(0):
            for second in range(0, 20, 2):
                live_board(agency_id=stage.agency_id, by="unit", now=LATER + timedelta(seconds=second))
        f.accepted(stage)
        fresh = live_board(agency_id=stage.agency_id, by="unit", now=LATER + timedelta(seconds=21))
        assert sum(lane.total for lane in fresh.lanes) == 2

    def test_while_one_counts_the_others_see_the_last_count(self, stage: f.Stage) -> None:
        f.accepted(stage)
        first = live_board(agency_id=stage.agency_id, by="unit", now=LATER)
        cache.set(f"dossiers:board:{stage.agency_id}:unit:counting", 1)
        assert live_board(agency_id=stage.agency_id, by="unit", now=LATER + timedelta(minutes=1)) == first

    def test_asked_again_it_answers_with_the_part_only(self, stage: f.Stage) -> None:
        part = browser(stage.head).get(reverse("dossiers:board"), headers={"HX-Request": "true"}).content.decode()
        assert "<html" not in part
        assert "Không có hồ sơ nào đang mở" in part

    def test_strangers_see_nothing_of_it(self, stage: f.Stage) -> None:
        f.accepted(stage)
        address = reverse("dossiers:board") + f"?agency={stage.agency_id}"
        assert browser(None).get(address).status_code == 302
        assert browser(stage.citizen).get(address).status_code == 403
        elsewhere = browser(stage.elsewhere).get(address)
        assert elsewhere.context["agency"].id != stage.agency_id
        assert elsewhere.context["total"] == 0


class TestTimes:
    def test_waiting_is_told_apart_from_work(self, stage: f.Stage) -> None:
        dossier = f.accepted(stage, now=AT)  # a minute later
        dossiers.claim(task_id=f.open_task(dossier).pk, actor=stage.handler, now=AT + timedelta(minutes=31))
        f.do(dossier, "submit", stage.handler, now=AT + timedelta(minutes=91))
        task = Task.objects.get(dossier=dossier, key="examine")
        assert (task.planned_minutes, task.waited_minutes, task.worked_minutes, task.person_minutes) == (180, 30, 60, 0)

    def test_waiting_for_the_person_is_not_the_agencys(self, stage: f.Stage) -> None:
        dossier = f.accepted(stage, now=AT)
        dossiers.claim(task_id=f.open_task(dossier).pk, actor=stage.handler, now=AT + timedelta(minutes=1))
        dossiers.request_payment(
            dossier_id=dossier.pk, amount=8000, reason="Lệ phí", actor=stage.handler, now=AT + timedelta(minutes=11)
        )
        dossiers.resume_after_payment(
            dossier_id=dossier.pk,
            exempt_ground="Được miễn theo quy định",
            actor=stage.clerk,
            now=AT + timedelta(minutes=71),
        )
        f.do(dossier, "submit", stage.handler, now=AT + timedelta(minutes=81))
        task = Task.objects.get(dossier=dossier, key="examine")
        assert (task.waited_minutes, task.worked_minutes, task.person_minutes) == (0, 20, 60)

    def test_a_late_dossier_tells_which_step_ate_the_time(self, stage: f.Stage) -> None:
        dossier = f.accepted(stage, now=f.NOW - timedelta(days=4))
        f.do(dossier, "submit", stage.handler, now=f.NOW)
        late(dossier)
        found = step_times(dossiers.dossier_view(dossier.public_id), now=LATER)
        assert found.worst is not None
        assert found.worst.title == "Thẩm tra"
        assert found.worst.over > 0
        page = browser(stage.head).get(reverse("dossiers:why", args=[dossier.public_id])).content.decode()
        assert "Bước làm chậm nhất" in page
        assert "Ghi nguyên nhân" in page
        handler = browser(stage.handler).get(reverse("dossiers:why", args=[dossier.public_id])).content.decode()
        assert "Ghi nguyên nhân" not in handler

    def test_by_step_unit_and_person(self, stage: f.Stage) -> None:
        slow = f.accepted(stage, now=f.NOW - timedelta(days=4))
        f.do(slow, "submit", stage.handler, now=f.NOW)
        f.submitted_to_leader(stage)
        arguments = {
            "agency_id": stage.agency_id,
            "start": f.NOW - timedelta(days=30),
            "end": f.NOW + timedelta(days=1),
            "late_only": False,
            "units": None,
        }
        for by, title in (("step", "Thẩm tra"), ("unit", "Văn phòng HĐND và UBND"), ("person", "Nguyễn Văn Bình")):
            row = delay_table(by=by, **arguments).rows[0]
            assert (row.title, row.many, row.over) == (title, 2, 1)
        assert delay_table(by="step", **{**arguments, "late_only": True}).rows[0].many == 1
        assert delay_table(by="step", **{**arguments, "units": ["Phòng Kinh tế"]}).rows == ()

    def test_the_page_of_delays(self, stage: f.Stage) -> None:
        f.submitted_to_leader(stage)
        address = reverse("dossiers:delays")
        for by in ("step", "unit", "person", "x"):
            assert browser(stage.leader).get(address + f"?by={by}").status_code == 200
        page = browser(stage.head).get(address).content.decode()
        assert "Thẩm tra" in page
        assert "Phê duyệt" not in page
        wrong = browser(stage.leader).get(address + "?from=31/02/2026&until=1/1/2026")
        assert wrong.status_code == 422
        assert browser(stage.leader).get(address + "?from=01/01/2020").status_code == 422
        for actor, status in ((None, 302), (stage.citizen, 403), (stage.handler, 403)):
            assert browser(actor).get(address).status_code == status


class TestGrounds:
    def test_a_leader_records_why(self, stage: f.Stage) -> None:
        dossier = late(f.accepted(stage))
        address = reverse("dossiers:explain_delay", args=[dossier.public_id])
        task = f.open_task(dossier).pk
        refused = browser(stage.leader).post(address, {"ground": "other", "note": "x"})
        assert refused.status_code == 422
        assert "Ghi rõ nguyên nhân khác" in refused.content.decode()
        assert not DelayGround.objects.exists()
        saved = browser(stage.leader).post(address, {"ground": "staff", "task": str(task), "note": ""}, follow=True)
        assert "Thiếu người, người phụ trách vắng mặt" in saved.content.decode()
        assert DelayGround.objects.get().task_id == task

    def test_refusals_change_nothing(self, stage: f.Stage) -> None:
        in_time, slow = f.accepted(stage), late(f.accepted(stage))
        same: dict[str, Any] = {"note": "", "now": LATER}
        with pytest.raises(CannotExplain, match="không quá hạn"):
            explain_delay(dossier_id=in_time.pk, task_id=None, ground="staff", actor=stage.leader, **same)
        with pytest.raises(CannotExplain, match="Chọn nguyên nhân"):
            explain_delay(dossier_id=slow.pk, task_id=None, ground="weather", actor=stage.leader, **same)
        with pytest.raises(CannotExplain, match="không thuộc hồ sơ"):
            explain_delay(
                dossier_id=slow.pk, task_id=f.open_task(in_time).pk, ground="staff", actor=stage.leader, **same
            )
        for actor in (stage.handler, stage.clerk, stage.citizen, stage.elsewhere):
            with pytest.raises(Refused):
                explain_delay(dossier_id=slow.pk, task_id=None, ground="staff", actor=actor, **same)
        assert not DelayGround.objects.exists()


class TestThresholdPage:
    def test_a_leader_sets_and_a_mistake_is_told_at_its_field(self, stage: f.Stage) -> None:
        address = reverse("dossiers:watch")
        typed = {"soon_hours": "abc", "repeat_days": "2", "leader_after_days": "1", "valid_from": ""}
        wrong = browser(stage.leader).post(address, typed)
        assert wrong.status_code == 422
        assert 'value="abc"' in wrong.content.decode()
        saved = browser(stage.leader).post(address, {**typed, "soon_hours": "24"}, follow=True)
        assert "Đã lưu ngưỡng" in saved.content.decode()
        assert "trước 24 giờ" in saved.content.decode()
        assert browser(stage.handler).get(address).status_code == 403


def test_every_page_keeps_its_budget(stage: f.Stage) -> None:
    for _ in range(3):
        late(f.accepted(stage))
    slow = late(f.submitted_to_leader(stage))
    pages: list[tuple[str, list[object], Actor]] = [
        ("board", [], stage.head),
        ("delays", [], stage.leader),
        ("delays", [], stage.head),
        ("watch", [], stage.leader),
        ("why", [slow.public_id], stage.leader),
    ]
    over = []
    for name, args, actor in pages:
        client = browser(actor)
        client.get(reverse(f"dossiers:{name}", args=args))
        cache.clear()
        with CaptureQueriesContext(connection) as queries:
            assert client.get(reverse(f"dossiers:{name}", args=args)).status_code == 200
        if len(queries) > BUDGETS[f"dossiers:{name}"]:
            over.append((name, len(queries)))
    assert over == []
