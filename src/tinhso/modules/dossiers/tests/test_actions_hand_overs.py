"""Work in other hands: transfer, opinions beside the route, back to any step, in the place of an absent one."""

from __future__ import annotations

from typing import Any

import pytest

from tinhso.kernel.access.api import Refused
from tinhso.modules.directory.models import Unit
from tinhso.modules.directory.tests.factories import SINCE, get_organisation, give, make_officer, make_staff
from tinhso.modules.dossiers import api as dossiers
from tinhso.modules.dossiers.models import Dossier, Task
from tinhso.modules.dossiers.rules import TaskKind, role_for_take_over
from tinhso.modules.dossiers.services.reassigning import earlier_steps
from tinhso.modules.dossiers.tests.action_steps import ask, at, check_whole
from tinhso.modules.dossiers.tests.factories import (
    NOW,
    Stage,
    accepted,
    do,
    make_stage,
    open_task,
    send,
    submitted_to_leader,
)

pytestmark = pytest.mark.django_db

CULTURE = "Phòng Văn hóa - Xã hội"
GROUND = "Hồ sơ thuộc lĩnh vực của phòng Văn hóa."


@pytest.fixture
def stage() -> Stage:
    return make_stage()


def hand_over(dossier: Dossier, actor: Any, *, to: int, unit: str = CULTURE, ground: str = GROUND) -> None:
    dossiers.transfer(
        task_id=open_task(dossier).pk, organisation_id=to, unit_name=unit, ground=ground, actor=actor, now=at(hours=1)
    )
    dossier.refresh_from_db()


# Transfer


def test_a_step_goes_to_another_unit_and_keeps_its_time(stage: Stage) -> None:
    dossier = accepted(stage)
    before = open_task(dossier)
    hand_over(dossier, stage.handler, to=stage.agency_id)
    check_whole(dossier)
    task = open_task(dossier)
    assert (task.key, task.unit_name, task.holder_id, task.due_at) == ("examine", CULTURE, None, before.due_at)
    before.refresh_from_db()
    assert (before.action_title, before.comment) == ("Chuyển đơn vị khác", GROUND)
    do(dossier, "submit", stage.colleague, now=at(hours=2))
    check_whole(dossier)


def test_a_head_may_move_work_that_another_holds(stage: Stage) -> None:
    dossier = accepted(stage)
    dossiers.claim(task_id=open_task(dossier).pk, actor=stage.handler, now=NOW)
    with pytest.raises(dossiers.CannotHandOver, match="người đang xử lý hoặc lãnh đạo"):
        hand_over(dossier, stage.colleague, to=stage.agency_id)
    hand_over(dossier, stage.head, to=stage.agency_id)
    check_whole(dossier)


def test_the_dossier_goes_to_another_competent_agency(stage: Stage) -> None:
    other = get_organisation("H56.103")
    dossier = accepted(stage)
    due = dossier.due_at
    hand_over(dossier, stage.handler, to=other.pk, unit="", ground="Trẻ thường trú ở phường Sầm Sơn.")
    check_whole(dossier)
    assert (dossier.agency_id, dossier.office_id, dossier.due_at) == (other.pk, stage.office_id, due)
    task = open_task(dossier)
    assert task.organisation_id == other.pk
    dossiers.claim(task_id=task.pk, actor=stage.elsewhere, now=at(hours=2))
    with pytest.raises(Refused):
        dossiers.act(task_id=task.pk, action="submit", comment="", actor=stage.handler, now=at(hours=2))


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"unit": "Phòng không có"}, "chưa có cán bộ"),
        ({"unit": "Văn phòng HĐND và UBND"}, "chính đơn vị này"),
        ({"ground": "vì"}, "Ghi rõ lý do"),
        ({"ground": "x" * 6000}, "dài quá"),
    ],
)
def test_an_unfit_transfer_is_refused(stage: Stage, values: dict[str, Any], said: str) -> None:
    dossier = accepted(stage)
    with pytest.raises(dossiers.CannotHandOver, match=said):
        hand_over(dossier, stage.handler, to=stage.agency_id, **values)
    check_whole(dossier)
    assert open_task(dossier).unit_name == "Văn phòng HĐND và UBND"


def test_not_to_an_agency_without_competence_nor_by_strangers(stage: Stage) -> None:
    dossier = accepted(stage)
    with pytest.raises(dossiers.CannotHandOver, match="không có thẩm quyền"):
        hand_over(dossier, stage.handler, to=get_organisation("H56").pk, unit="")
    for actor in (stage.clerk, stage.elsewhere, stage.citizen):
        with pytest.raises(Refused):
            hand_over(dossier, actor, to=stage.agency_id)
    waiting = send(stage)
    with pytest.raises((Refused, dossiers.CannotHandOver)):
        hand_over(waiting, stage.leader, to=stage.agency_id)
    ask(dossier, stage.handler)
    with pytest.raises(dossiers.CannotHandOver, match="Yêu cầu bổ sung"):
        hand_over(dossier, stage.handler, to=stage.agency_id)


# Opinions of other organisations


def asked(
    dossier: Dossier, actor: Any, *codes: str, hours: int = 8, question: str = "Có ý kiến gì về nơi cư trú?"
) -> None:
    dossiers.ask_opinions(
        task_id=open_task(dossier).pk,
        organisation_ids=[get_organisation(code).pk for code in codes],
        question=question,
        hours=hours,
        actor=actor,
        now=at(hours=1),
    )


def another_ward() -> Any:
    """An officer of a third agency."""
    from tinhso.modules.directory.tests.factories import make_organisation

    ward = make_organisation("UBND xã Hoằng Hóa", "H56.104", parent=get_organisation("H56"))
    user = make_officer("third", "Trịnh Thị Lan")
    make_staff(user, ward)
    return give(user, "handler", ward)


def test_opinions_are_asked_in_parallel_from_any_step_and_come_back_to_who_asked(stage: Stage) -> None:
    third = another_ward()
    dossier = submitted_to_leader(stage)
    asked(dossier, stage.leader, "H56.103", "H56.104")
    check_whole(dossier)
    assert set(Task.objects.filter(dossier=dossier, finished_at=None).values_list("kind", flat=True)) == {"opinion"}
    view = dossiers.dossier_view(dossier.public_id)
    assert dossiers.may_see(stage.elsewhere, view)  # whoever is asked may read
    with pytest.raises(dossiers.CannotAct, match="Ghi ý kiến"):
        dossiers.act(
            task_id=Task.objects.get(dossier=dossier, finished_at=None, role="handler", organisation__code="H56.103").pk,
            action="opinion", comment="", actor=stage.elsewhere, now=at(hours=2),
        )  # fmt: skip
    for actor, code in ((stage.elsewhere, "H56.103"), (third, "H56.104")):
        assert Task.objects.filter(dossier=dossier, finished_at=None, kind=TaskKind.STEP).count() == 0
        task = Task.objects.get(dossier=dossier, finished_at=None, organisation__code=code)
        dossiers.act(
            task_id=task.pk, action="opinion", comment="Nhất trí, không có ý kiến khác.", actor=actor, now=at(hours=2)
        )
    task = open_task(dossier)
    assert (task.key, task.holder_id) == ("approve", stage.leader.user_id)
    do(dossier, "approve", stage.leader, now=at(hours=3))
    check_whole(dossier)


def test_inner_units_are_asked_beside_other_agencies(stage: Stage) -> None:
    dossier = accepted(stage)
    ask_ = {
        "task_id": open_task(dossier).pk,
        "question": "Có ý kiến gì về nơi cư trú?",
        "hours": 4,
        "actor": stage.handler,
    }
    with pytest.raises(dossiers.CannotAsk, match="chưa có cán bộ"):
        dossiers.ask_opinions(organisation_ids=[], units=["Phòng không có"], now=NOW, **ask_)
    with pytest.raises(dossiers.CannotAsk, match="chính cơ quan"):
        dossiers.ask_opinions(organisation_ids=[stage.agency_id], now=NOW, **ask_)
    dossiers.ask_opinions(organisation_ids=[get_organisation("H56.103").pk], units=[CULTURE], now=NOW, **ask_)
    check_whole(dossier)
    for task in Task.objects.filter(dossier=dossier, finished_at=None):
        actor = stage.colleague if task.unit_name == CULTURE else stage.elsewhere
        dossiers.act(task_id=task.pk, action="opinion", comment="Không có ý kiến khác.", actor=actor, now=at(hours=1))
    assert (open_task(dossier).key, open_task(dossier).holder_id) == ("examine", stage.handler.user_id)


def test_silence_is_not_consent(stage: Stage) -> None:
    dossier = accepted(stage)
    asked(dossier, stage.handler, "H56.103")
    task = open_task(dossier)
    why = "Đã gọi điện và gửi văn bản đôn đốc hai lần."
    same: dict[str, Any] = {"task_id": task.pk, "ground": why}
    with pytest.raises(dossiers.CannotAsk, match="Im lặng không phải là đồng ý"):
        dossiers.close_unanswered(actor=stage.handler, now=at(hours=2), **same)
    with pytest.raises(Refused):
        dossiers.close_unanswered(actor=stage.elsewhere, now=at(days=9), **same)
    with pytest.raises(dossiers.CannotAsk, match="người đã hỏi"):
        dossiers.close_unanswered(actor=stage.colleague, now=at(days=9), **same)
    with pytest.raises(dossiers.CannotAsk, match="đôn đốc"):
        dossiers.close_unanswered(task_id=task.pk, ground="Kệ", actor=stage.handler, now=at(days=9))
    dossiers.close_unanswered(actor=stage.handler, now=at(days=9), **same)
    task.refresh_from_db()
    assert (task.action, task.action_title, task.comment) == ("no_answer", "Không cho ý kiến", why)
    assert open_task(dossier).key == "examine"
    check_whole(dossier)


def test_an_unclear_question_is_refused(stage: Stage) -> None:
    dossier = accepted(stage)
    for values, said in (
        ({"codes": ()}, "Chọn từ 1"),
        ({"codes": ("H56.103",), "question": "Sao?"}, "Ghi rõ nội dung"),
        ({"codes": ("H56.103",), "hours": 0}, "giờ làm việc"),
        ({"codes": ("H56.22",)}, "chưa có cán bộ"),
    ):
        codes = values.pop("codes")
        with pytest.raises(dossiers.CannotAsk, match=said):
            asked(dossier, stage.handler, *codes, **values)
    with pytest.raises(Refused):
        asked(dossier, stage.elsewhere, "H56.103")
    check_whole(dossier)
    assert open_task(dossier).key == "examine"


# Back to an earlier step


def back(dossier: Dossier, actor: Any, step: str = "examine", reason: str = "Chưa có xác minh nơi cư trú.") -> None:
    dossiers.send_back(task_id=open_task(dossier).pk, step_key=step, reason=reason, actor=actor, now=at(hours=1))


def test_back_to_an_earlier_step_and_who_did_it(stage: Stage) -> None:
    dossier = submitted_to_leader(stage)
    assert earlier_steps(dossier.pk, "approve") == [("examine", "Thẩm tra")]
    back(dossier, stage.leader)
    task = open_task(dossier)
    assert (task.key, task.is_rework, task.holder_id) == ("examine", True, stage.handler.user_id)
    check_whole(dossier)


def test_who_did_it_has_left_so_it_waits_for_the_role(stage: Stage) -> None:
    from tinhso.kernel.access.models import RoleGrant

    dossier = submitted_to_leader(stage)
    RoleGrant.objects.filter(user_id=stage.handler.user_id).delete()
    back(dossier, stage.leader)
    assert open_task(dossier).holder_id is None


def test_not_forward_not_without_a_reason_not_by_others(stage: Stage) -> None:
    dossier = accepted(stage)
    with pytest.raises(dossiers.CannotHandOver, match="đã qua"):
        back(dossier, stage.handler, "approve")
    inside = submitted_to_leader(stage)
    with pytest.raises(dossiers.CannotHandOver, match="Ghi rõ lý do"):
        back(inside, stage.leader, reason="x")
    with pytest.raises(dossiers.CannotHandOver):
        back(inside, stage.handler)
    check_whole(inside)


# In the place of somebody absent


def test_a_head_works_in_the_place_of_an_absent_handler(stage: Stage) -> None:
    dossier = accepted(stage)
    dossiers.claim(task_id=open_task(dossier).pk, actor=stage.handler, now=NOW)
    task = open_task(dossier)
    dossiers.take_over(task_id=task.pk, ground="Anh Bình nghỉ ốm từ 25/11.", actor=stage.head, now=at(hours=1))
    check_whole(dossier)
    task.refresh_from_db()
    assert task.action_title == "Nhận thay người vắng mặt (Nguyễn Văn Bình)"
    do(dossier, "submit", stage.head, now=at(hours=2))
    assert open_task(dossier).key == "approve"
    do(dossier, "return", stage.leader, comment="Bổ sung căn cứ.", now=at(hours=3))
    assert open_task(dossier).holder_id is None  # a head is not a handler: the work waits for the role
    check_whole(dossier)


def test_nobody_takes_over_upwards_nor_what_nobody_holds(stage: Stage) -> None:
    dossier = submitted_to_leader(stage)
    task = open_task(dossier)
    same: dict[str, Any] = {"task_id": task.pk, "ground": "Lãnh đạo đi họp.", "now": NOW}
    with pytest.raises(dossiers.CannotHandOver, match="chưa ai nhận"):
        dossiers.take_over(actor=stage.head, **same)
    dossiers.claim(task_id=task.pk, actor=stage.leader, now=NOW)
    with pytest.raises(dossiers.CannotHandOver, match="không được làm thay"):
        dossiers.take_over(actor=stage.head, **same)
    with pytest.raises(dossiers.CannotHandOver, match="đang giữ"):
        dossiers.take_over(actor=stage.leader, **same)
    with pytest.raises(Refused):
        dossiers.take_over(actor=stage.handler, **same)
    check_whole(dossier)


def test_ranks_of_taking_over() -> None:
    assert role_for_take_over(frozenset({"unit_head"}), "handler") == "unit_head"
    assert role_for_take_over(frozenset({"unit_head", "leader"}), "handler") == "leader"
    assert role_for_take_over(frozenset({"handler"}), "handler") is None
    assert role_for_take_over(frozenset({"leader"}), "leader") == "leader"
    assert role_for_take_over(frozenset({"leader"}), "clerk") is None


def test_units_of_the_stage(stage: Stage) -> None:
    assert Unit.objects.filter(valid_from=SINCE).count() == 2
