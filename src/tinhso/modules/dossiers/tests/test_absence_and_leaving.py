"""Somebody is away or has left: their work goes on in other hands, and it is told in whose."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tinhso.kernel.access.api import SYSTEM, Actor, Refused, User, actor_of, own_grants
from tinhso.kernel.audit.api import trail
from tinhso.kernel.events.api import drain
from tinhso.modules.directory.models import StaffMember
from tinhso.modules.directory.services.delegating import delegate
from tinhso.modules.directory.services.staffing import CannotChangeStaff, decide_departure, preview_departure
from tinhso.modules.directory.tests.factories import get_organisation, give, make_officer
from tinhso.modules.dossiers import api as dossiers
from tinhso.modules.dossiers.models import Dossier, Task
from tinhso.modules.dossiers.tests.factories import (
    NOW,
    TODAY,
    Stage,
    accepted,
    do,
    make_stage,
    open_task,
    submitted_to_leader,
)

pytestmark = pytest.mark.django_db
GROUND = "Quyết định 15/QĐ-UBND"
YESTERDAY = TODAY - timedelta(days=1)


@pytest.fixture
def stage() -> Stage:
    return make_stage()


def deputy_of(stage: Stage) -> Actor:
    """The head of office, acting in the chairman's absence."""
    grant = own_grants(TODAY).get(user_id=stage.leader.user_id, role="leader")
    delegate(
        grant_ids=[grant.pk], to_user_id=stage.head.user_id or 0, valid_from=TODAY,
        valid_until=TODAY + timedelta(days=5), ground="Đi công tác", actor=stage.leader, now=NOW,
    )  # fmt: skip
    return actor_of(User.objects.get(pk=stage.head.user_id), on=TODAY, acting_for=stage.leader.user_id)


def test_the_deputy_approves_and_the_result_names_both(stage: Stage) -> None:
    dossier = submitted_to_leader(stage)
    with pytest.raises((dossiers.CannotAct, Refused)):
        do(dossier, "approve", stage.head)
    do(dossier, "approve", deputy_of(stage))
    both = "Phạm Quang Hưng (thừa ủy quyền của Lê Minh Tuấn)"
    assert Task.objects.get(dossier=dossier, key="approve").finished_by_name == both
    issue = next(entry for entry in trail(dossier.ref) if entry.action == "dossiers.issue")
    assert issue.who_label == both
    assert (issue.after or {})["on_behalf_of"] == stage.leader.user_id


def test_the_deputy_does_what_the_absent_one_had_taken(stage: Stage) -> None:
    dossier = submitted_to_leader(stage)
    dossiers.claim(task_id=open_task(dossier).pk, actor=stage.leader, now=NOW)
    deputy = deputy_of(stage)
    assert [task.key for task in dossiers.open_tasks_for(deputy, dossier.pk)] == ["approve"]
    assert dossiers.open_tasks_for(stage.head, dossier.pk) == []
    do(dossier, "approve", deputy)


def test_the_desk_tells_the_deputy_and_nobody_else(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tinhso.kernel.access.web.now", lambda: NOW)
    deputy_of(stage)
    for actor, told in ((stage.head, True), (stage.handler, False)):
        client = Client()
        client.force_login(User.objects.get(pk=actor.user_id))
        page = client.get(reverse("dossiers:desk")).content.decode()
        assert ("Lê Minh Tuấn đang ủy quyền cho bạn" in page) is told


def leave(stage: Stage, **values: Any) -> int:
    admin = give(make_officer("staffadmin", "Mai Phương Thảo"), "staff_admin", get_organisation("H56"), subtree=True)
    member = StaffMember.objects.get(user_id=stage.handler.user_id)
    return decide_departure(
        **{
            "member_id": member.pk, "last_day": YESTERDAY, "successor_id": stage.colleague.user_id, "move_to": None,
            "ground": GROUND, "actor": admin, "now": NOW, **values,
        }
    )  # fmt: skip


def held(stage: Stage) -> Dossier:
    dossier = accepted(stage)
    dossiers.claim(task_id=open_task(dossier).pk, actor=stage.handler, now=NOW)
    return dossier


def test_open_work_goes_to_the_successor_with_its_due_time(stage: Stage) -> None:
    dossier = held(stage)
    due_at = open_task(dossier).due_at
    leave(stage)
    drain(NOW)
    task = open_task(dossier)
    assert (task.holder_id, task.due_at) == (stage.colleague.user_id, due_at)
    # The receipt may be printed before or after: the order of deliveries is nobody's promise.
    entry = next(entry for entry in trail(dossier.ref) if entry.action == "dossiers.hand_over_tasks")
    assert entry.reason == GROUND
    do(dossier, "submit", stage.colleague)


def test_work_that_the_successor_may_not_do_waits_for_all_who_may(stage: Stage) -> None:
    dossier = held(stage)
    leave(stage, successor_id=stage.leader.user_id)
    drain(NOW)
    assert open_task(dossier).holder_id is None


def test_nobody_with_open_work_leaves_without_a_successor(stage: Stage) -> None:
    dossier = held(stage)
    with pytest.raises(CannotChangeStaff, match="bàn giao"):
        leave(stage, successor_id=None)
    assert open_task(dossier).holder_id == stage.handler.user_id
    assert User.objects.get(pk=stage.handler.user_id).is_active


def test_the_preview_counts_the_work(stage: Stage) -> None:
    held(stage)
    admin = give(make_officer("staffadmin", "Mai Phương Thảo"), "staff_admin", get_organisation("H56"), subtree=True)
    member = StaffMember.objects.get(user_id=stage.handler.user_id)
    for successor, fits in ((stage.colleague.user_id, 1), (stage.leader.user_id, 0), (None, 0)):
        preview = preview_departure(
            member_id=member.pk, successor_id=successor, last_day=YESTERDAY, moves=False, actor=admin
        )
        assert [(work.count, work.to_successor) for work in preview.work] == [(1, fits)]


def test_handing_over_twice_changes_nothing_more(stage: Stage) -> None:
    dossier = held(stage)
    same = {
        "user_id": stage.handler.user_id or 0, "organisation_id": stage.agency_id,
        "successor_id": stage.colleague.user_id, "reason": GROUND, "actor": SYSTEM, "now": NOW,
    }  # fmt: skip
    assert dossiers.hand_over_tasks(**same) == 1
    assert dossiers.hand_over_tasks(**same) == 0
    assert open_task(dossier).holder_id == stage.colleague.user_id
    with pytest.raises(Refused):
        dossiers.hand_over_tasks(**{**same, "actor": stage.leader})
