"""Chỉ đạo: a leader asks, one person answers; the dossier's way is not touched (Thông tư 11/2025, function 27)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.urls import reverse

from tinhso.kernel.access.api import SYSTEM, Refused
from tinhso.kernel.audit.api import trail
from tinhso.kernel.clock import VIETNAM
from tinhso.modules.directory.tests.factories import get_organisation, give, make_officer, make_staff
from tinhso.modules.dossiers import jobs
from tinhso.modules.dossiers.models import Dossier, Instruction, Task
from tinhso.modules.dossiers.queries.instructions import instructions_page
from tinhso.modules.dossiers.services.instructing import (
    CannotInstruct,
    answer_instruction,
    instruct,
    remind_of_instructions,
    tell_answered,
    tell_instructed,
    withdraw_instruction,
)
from tinhso.modules.dossiers.services.leaving import hand_over_tasks
from tinhso.modules.dossiers.services.telling import tell_office
from tinhso.modules.dossiers.tests import factories as f
from tinhso.modules.dossiers.tests.test_officer_dossier import browser
from tinhso.modules.notifications.models import Notice

pytestmark = pytest.mark.django_db

TEXT = "Làm rõ vì sao chưa xác minh nơi cư trú, báo cáo hướng xử lý."
FRIDAY = date(2026, 11, 27)


@pytest.fixture
def stage() -> f.Stage:
    return f.make_stage()


def whole(dossier: Dossier) -> tuple[Any, ...]:
    """All that an instruction must not move."""
    row = Dossier.objects.filter(pk=dossier.pk).values().get()
    return row, list(Task.objects.filter(dossier=dossier).order_by("pk").values())


def given(stage: f.Stage, dossier: Dossier, **changes: Any) -> Instruction:
    asked = {
        "dossier_id": dossier.pk,
        "addressee_id": stage.handler.user_id,
        "text": TEXT,
        "answer_by": FRIDAY,
        "actor": stage.leader,
        "now": f.NOW,
    }
    return Instruction.objects.get(pk=instruct(**(asked | changes)))


def test_asked_answered_and_the_dossier_stays_as_it_was(stage: f.Stage) -> None:
    dossier = f.accepted(stage)
    before = whole(dossier)
    row = given(stage, dossier)
    assert row.answer_by_at == datetime(2026, 11, 27, 17, 0, tzinfo=VIETNAM)
    answer_instruction(
        instruction_id=row.pk,
        text="Đã gọi hộ dân, hẹn sáng thứ Sáu.",
        actor=stage.handler,
        now=f.NOW + timedelta(days=1),
    )
    row.refresh_from_db()
    assert (row.answered_by_name, bool(row.answered_at)) == (stage.handler.label, True)
    assert whole(dossier) == before
    assert [entry.action for entry in trail(dossier.ref)][-2:] == ["dossiers.instruct", "dossiers.answer_instruction"]
    with pytest.raises(CannotInstruct, match="trả lời lúc"):
        answer_instruction(instruction_id=row.pk, text="Trả lời lần thứ hai.", actor=stage.handler, now=f.NOW)
    with pytest.raises(CannotInstruct, match="trả lời lúc"):
        withdraw_instruction(instruction_id=row.pk, reason="Không cần nữa.", actor=stage.leader, now=f.NOW)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"text": "Gấp"}, "text"),
        ({"text": "x" * 2001}, "text"),
        ({"addressee_id": None}, "addressee"),
        ({"addressee_id": 10**6}, "addressee"),
        ({"answer_by": None}, "answer_by"),
        ({"answer_by": date(2026, 11, 29)}, "answer_by"),  # a Sunday
        ({"answer_by": date(2026, 11, 23)}, "answer_by"),
        ({"answer_by": date(2027, 11, 23)}, "answer_by"),
        ({"answer_by": f.TODAY, "now": f.NOW.replace(hour=18)}, "answer_by"),
    ],
)
def test_what_is_wrong_is_told_at_its_field(stage: f.Stage, changes: dict[str, Any], field: str) -> None:
    dossier = f.accepted(stage)
    with pytest.raises(CannotInstruct) as refusal:
        given(stage, dossier, **changes)
    assert refusal.value.field == field
    assert not Instruction.objects.exists()


def test_only_the_leader_of_the_agency_instructs_and_only_the_addressee_answers(stage: f.Stage) -> None:
    dossier = f.accepted(stage)
    for actor in (stage.handler, stage.head, stage.clerk, stage.elsewhere, stage.citizen):
        with pytest.raises(Refused):
            given(stage, dossier, actor=actor)
    row = given(stage, dossier)
    for actor in (stage.clerk, stage.elsewhere, stage.citizen):
        with pytest.raises(Refused):
            answer_instruction(instruction_id=row.pk, text="Tôi trả lời thay.", actor=actor, now=f.NOW)
    with pytest.raises(CannotInstruct, match="không trả lời thay"):
        answer_instruction(instruction_id=row.pk, text="Tôi trả lời thay.", actor=stage.head, now=f.NOW)
    row.refresh_from_db()
    assert row.answered_at is None


def test_none_over_what_has_ended_and_none_to_oneself(stage: f.Stage) -> None:
    with pytest.raises(CannotInstruct, match="Không tự chỉ đạo"):
        given(stage, f.accepted(stage), addressee_id=stage.leader.user_id)
    ended = f.accepted(stage)
    Dossier.objects.filter(pk=ended.pk).update(state=8, closed_at=f.NOW)
    with pytest.raises(CannotInstruct, match="không còn gì"):
        given(stage, ended)


def test_taken_back_it_stays_readable(stage: f.Stage) -> None:
    row = given(stage, f.accepted(stage))
    withdraw_instruction(instruction_id=row.pk, reason="Đã trao đổi trực tiếp.", actor=stage.leader, now=f.NOW)
    with pytest.raises(CannotInstruct, match="thu hồi"):
        answer_instruction(instruction_id=row.pk, text="Trả lời muộn mất rồi.", actor=stage.handler, now=f.NOW)
    assert [one.withdrawn_reason for one in instructions_page(stage.leader, which="given", only="all", now=f.NOW)] == [
        "Đã trao đổi trực tiếp."
    ]
    assert not tell_instructed(instruction_id=row.pk, actor=SYSTEM, now=f.NOW)


def test_each_side_is_told_once(stage: f.Stage) -> None:
    row = given(stage, f.accepted(stage))
    assert tell_instructed(instruction_id=row.pk, actor=SYSTEM, now=f.NOW)
    assert not tell_instructed(instruction_id=row.pk, actor=SYSTEM, now=f.NOW)
    after = datetime(2026, 11, 27, 17, 1, tzinfo=VIETNAM)
    assert remind_of_instructions(actor=SYSTEM, now=after - timedelta(minutes=2)) == 0
    assert remind_of_instructions(actor=SYSTEM, now=after) == 2
    assert remind_of_instructions(actor=SYSTEM, now=after + timedelta(hours=1)) == 0
    answer_instruction(instruction_id=row.pk, text="Xin lỗi đã trả lời muộn.", actor=stage.handler, now=after)
    assert tell_answered(instruction_id=row.pk, actor=SYSTEM, now=after)
    told = Notice.objects.order_by("pk").values_list("kind", "user_id")
    assert sorted(told) == sorted(
        [
            ("instructed", stage.handler.user_id),
            ("instr_late", stage.handler.user_id),
            ("instr_late", stage.leader.user_id),
            ("instr_answered", stage.leader.user_id),
        ]
    )
    assert all(TEXT[:20] not in notice.text for notice in Notice.objects.all())
    assert jobs.look_at_due_times  # the period that calls it


def test_who_leaves_hands_it_to_the_successor(stage: f.Stage) -> None:
    row = given(stage, f.accepted(stage))
    place = get_organisation("H56.102")
    heir = make_officer("keotiep", "Đỗ Thị Kế Tiếp")
    give(heir, "handler", place)
    make_staff(heir, place)
    hand_over_tasks(
        user_id=stage.handler.user_id or 0, organisation_id=stage.agency_id, successor_id=heir.pk,
        reason="Nghỉ hưu", actor=SYSTEM, now=f.NOW,
    )  # fmt: skip
    row.refresh_from_db()
    assert (row.addressee_id, row.addressee_name) == (heir.pk, "Đỗ Thị Kế Tiếp")


class TestPages:
    def test_from_the_form_to_the_answer(self, stage: f.Stage) -> None:
        dossier = f.accepted(stage)
        leader, handler = browser(stage.leader), browser(stage.handler)
        address = reverse("dossiers:instruct", args=[dossier.public_id])
        wrong = leader.post(address, {"addressee": str(stage.handler.user_id), "text": TEXT, "answer_by": "31/02/2027"})
        assert wrong.status_code == 422
        assert TEXT in wrong.content.decode()
        day = f"{f.TODAY + timedelta(days=3650):%d/%m/%Y}"
        assert leader.post(address, {"text": TEXT, "answer_by": day}).status_code == 422
        row = given(stage, dossier)
        page = reverse("dossiers:instruction", args=[dossier.public_id, row.pk])
        assert "Gửi trả lời" not in leader.get(page).content.decode()
        assert "Thu hồi" in leader.get(page).content.decode()
        assert TEXT in handler.get(reverse("dossiers:show", args=[dossier.public_id])).content.decode()
        assert TEXT in handler.get(reverse("dossiers:desk")).content.decode()
        assert handler.post(page, {"answer": "Rồi"}).status_code == 422
        assert handler.post(page, {"answer": "Đã làm việc với hộ dân."}).status_code == 302
        assert "Đã làm việc với hộ dân." in leader.get(page).content.decode()
        listed = handler.get(reverse("dossiers:instructions") + "?only=all").content.decode()
        assert "Đã trả lời" in listed

    def test_strangers_see_nothing(self, stage: f.Stage) -> None:
        dossier = f.accepted(stage)
        row = given(stage, dossier)
        page = reverse("dossiers:instruction", args=[dossier.public_id, row.pk])
        assert browser(None).get(page).status_code == 302
        assert browser(stage.citizen).get(page).status_code == 403
        assert browser(stage.elsewhere).get(page).status_code == 403
        assert browser(stage.handler).get(page.replace(f"/{row.pk}/", "/999999/")).status_code == 404
        assert browser(stage.handler).get(reverse("dossiers:instruct", args=[dossier.public_id])).status_code == 403
        assert TEXT not in browser(stage.elsewhere).get(reverse("dossiers:instructions")).content.decode()


def test_the_office_hears_of_new_work_once_an_hour(stage: f.Stage) -> None:
    """opencps#377: an alert for what is new; not one for each of a hundred dossiers."""
    first, second = f.send(stage), f.send(stage)
    say = {"waiting": "Chờ tiếp nhận", "actor": SYSTEM}
    assert tell_office(dossier_id=first.pk, now=f.NOW, **say) == 1  # type: ignore[arg-type]
    assert tell_office(dossier_id=second.pk, now=f.NOW, **say) == 0  # type: ignore[arg-type]
    assert tell_office(dossier_id=second.pk, now=f.NOW + timedelta(hours=1), **say) == 1  # type: ignore[arg-type]
    notice = Notice.objects.order_by("pk")[0]
    assert notice.user_id == stage.clerk.user_id
    assert notice.title == f"Chờ tiếp nhận: hồ sơ {first.code}"
