"""The catalogue changes while people write and officers work: dossiers keep their version, drafts go on or are told."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from tinhso.kernel.access.api import SYSTEM, User
from tinhso.modules.dossiers import api as dossiers
from tinhso.modules.dossiers.models import Dossier, Draft
from tinhso.modules.dossiers.services.renewing import NoLongerOffered, renew
from tinhso.modules.dossiers.tests.factories import (
    NOW,
    ROUTE,
    Stage,
    accepted,
    do,
    make_stage,
    open_task,
    submitted_to_leader,
    write_draft,
)
from tinhso.modules.procedures import api as procedures
from tinhso.modules.procedures.models import Procedure
from tinhso.modules.procedures.services import retire
from tinhso.modules.procedures.tests.factories import publish_definition
from tinhso.modules.procedures.tests.samples import definition_raw

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=2)


@pytest.fixture
def stage() -> Stage:
    return make_stage()


def shorter_route() -> dict[str, Any]:
    """The examination goes: what somebody works on there is no step of the new route."""
    approve = next(step for step in ROUTE["steps"] if step["key"] == "approve")
    only = {**approve, "actions": [action for action in approve["actions"] if action["kind"] == "issue"]}
    return {"start": "approve", "steps": [only]}


def new_version(**changes: Any) -> int:
    deadline = {"cases": [{"when": None, "amount": 1, "unit": "working_day"}]}
    raw = definition_raw(deadline=deadline, **{"route": shorter_route(), "valid_from": "2026-11-25", **changes})
    return publish_definition(Procedure.objects.get(), raw, now=NOW)


def signed_in(user_id: int | None) -> Client:
    client = Client()
    client.force_login(User.objects.get(pk=user_id))
    return client


@pytest.fixture
def two_days_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tinhso.kernel.access.web.now", lambda: LATER)


def test_a_dossier_keeps_its_version_when_the_route_changes_in_mid_way(stage: Stage) -> None:
    dossier = accepted(stage)
    before = procedures.version(dossier.version_id)
    new = new_version()
    assert open_task(dossier).key == "examine", "a step that the new route does not have"
    do(dossier, "submit", stage.handler, comment="Hồ sơ đủ điều kiện.", now=LATER)
    do(dossier, "return", stage.leader, comment="Xem lại ngày sinh.", now=LATER)
    do(dossier, "submit", stage.handler, comment="Đã xem lại.", now=LATER)
    do(dossier, "approve", stage.leader, now=LATER)
    assert dossier.version_id == stage.version_id
    after = procedures.version(dossier.version_id)
    assert (after.definition, after.name) == (before.definition, before.name)
    # Who files after that day comes under the new one.
    current = procedures.current_version("1.001193", LATER.date())
    assert current is not None
    assert current.id == new


def test_a_dossier_goes_on_when_its_procedure_is_retired(stage: Stage) -> None:
    dossier = submitted_to_leader(stage)
    retire(version_id=stage.version_id, last_day=NOW.date(), reason="QĐ 100", actor=SYSTEM, now=NOW)
    do(dossier, "approve", stage.leader, now=LATER)
    assert dossier.version_id == stage.version_id
    with pytest.raises(dossiers.CannotStart, match="không còn áp dụng"):
        write_draft(stage, now=LATER)


def test_over_http_the_officer_sees_and_does_the_old_step(stage: Stage, two_days_later: None) -> None:
    dossier = accepted(stage)
    new_version()
    task = open_task(dossier)
    handler = signed_in(stage.handler.user_id)
    page = handler.get(f"/dossiers/{dossier.public_id}/").content.decode()
    assert "Thẩm tra" in page
    answer = handler.post(
        f"/dossiers/{dossier.public_id}/tasks/{task.pk}/act/", {"action": "submit", "comment": "Hồ sơ đủ điều kiện."}
    )
    assert answer.status_code == 302
    assert open_task(dossier).key == "approve"


def test_a_draft_goes_on_under_the_new_version_and_nothing_typed_is_lost(stage: Stage) -> None:
    public_id = write_draft(stage)
    typed = Draft.objects.get(public_id=public_id).form_data
    new = new_version()
    with pytest.raises(dossiers.CannotSubmit, match="") as caught:
        dossiers.submit(public_id=public_id, actor=stage.citizen, keys=(), now=LATER)
    assert "Thủ tục vừa thay đổi" in str([problem.message for problem in caught.value.problems])
    told = renew(public_id=public_id, actor=stage.citizen, keys=(), now=LATER)
    assert "có nội dung mới từ 25/11/2026" in told
    draft = Draft.objects.get(public_id=public_id)
    assert (draft.version_id, draft.form_data) == (new, typed)
    assert renew(public_id=public_id, actor=stage.citizen, keys=(), now=LATER) == ""
    sent = dossiers.submit(public_id=public_id, actor=stage.citizen, keys=(), now=LATER)
    assert Dossier.objects.get(pk=sent.dossier_id).version_id == new


def test_the_writer_is_told_on_the_next_page(stage: Stage, two_days_later: None) -> None:
    public_id = write_draft(stage)
    new = new_version()
    citizen = signed_in(stage.citizen.user_id)
    page = citizen.get(f"/dossiers/drafts/{public_id}/check/", follow=True)
    assert "Những gì bạn đã điền được giữ lại" in page.content.decode()
    assert Draft.objects.get(public_id=public_id).version_id == new


def test_a_draft_of_a_retired_procedure_is_told_why_it_cannot_be_sent(stage: Stage, two_days_later: None) -> None:
    public_id = write_draft(stage)
    retire(version_id=stage.version_id, last_day=NOW.date(), reason="QĐ 100", actor=SYSTEM, now=NOW)
    with pytest.raises(NoLongerOffered, match="không còn nhận hồ sơ"):
        renew(public_id=public_id, actor=stage.citizen, keys=(), now=LATER)
    with pytest.raises(dossiers.CannotSubmit):
        dossiers.submit(public_id=public_id, actor=stage.citizen, keys=(), now=LATER)
    page = signed_in(stage.citizen.user_id).get(f"/dossiers/drafts/{public_id}/check/")
    assert (page.status_code, "không còn nhận hồ sơ" in page.content.decode()) == (410, True)
    assert Draft.objects.get(public_id=public_id).dossier_id is None
    assert not Dossier.objects.exists()
