"""A reform that leaves work, people or records without an owner is refused with the reason and how many; nothing changes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps

from tinhso.kernel.access.api import SYSTEM
from tinhso.modules.archive.tests.factories import make_document, make_kind
from tinhso.modules.directory.models import Organisation, Reform, ReformAction, StaffMember
from tinhso.modules.directory.rules.reforms import Action
from tinhso.modules.directory.services import reforming
from tinhso.modules.directory.services.applying import CannotReform, apply_reform
from tinhso.modules.directory.services.judging import impact_of
from tinhso.modules.directory.tests.factories import make_officer, make_staff
from tinhso.modules.directory.tests.reforms import Reformers, approved, drafted, make_reformers, state_of
from tinhso.modules.dossiers.models import Dossier, Task
from tinhso.modules.dossiers.tests.factories import NOW, TODAY, Stage, accepted, make_stage, write_draft
from tinhso.modules.payments.models import Charge
from tinhso.modules.post.models import Envelope

pytestmark = pytest.mark.django_db
# The ward and its centre end; nobody is named who takes over.
DISSOLVED = [Action(1, "dissolve", "H56.102"), Action(2, "dissolve", "H56.102.01")]


@pytest.fixture
def stage() -> Stage:
    found = make_stage()
    # Nobody works there any more, so that each case stands alone.
    StaffMember.objects.filter(organisation_id__in=(found.agency_id, found.office_id)).delete()
    return found


@pytest.fixture
def people(stage: Stage) -> Reformers:
    return make_reformers(Organisation.objects.get(code="H56"))


def document(stage: Stage) -> None:
    make_document(make_kind(), keeper_id=stage.agency_id)


def finished(stage: Stage) -> None:
    dossier = accepted(stage)
    Dossier.objects.filter(pk=dossier.pk).update(state=10, completed_at=NOW, returned_at=NOW + timedelta(hours=1))
    Task.objects.filter(dossier=dossier).update(finished_at=NOW, action="return")
    Charge.objects.all().update(state="cancelled", closed_at=NOW, closed_ground="Xong")


def person(stage: Stage) -> None:
    make_staff(make_officer("last"), Organisation.objects.get(pk=stage.agency_id))


def charge(stage: Stage) -> None:
    Charge.objects.create(
        subject_ref="dossier:0", subject_code="x", title="Phí", organisation_id=stage.office_id,
        agency_id=stage.agency_id, payer_name="X", lines=[], amount=5, state="open", created_at=NOW,
    )  # fmt: skip


def envelope(stage: Stage) -> None:
    Envelope.objects.create(
        office_id=stage.office_id, tracking_code="E1", sender_name="X", state="arrived", arrived_at=NOW
    )


CASES: dict[str, tuple[Callable[[Stage], Any], str]] = {
    "open dossier": (accepted, "còn 1 hồ sơ đang giải quyết chưa có nơi chuyển đến"),
    "task": (accepted, "còn 1 việc đang làm trong hồ sơ chưa có nơi chuyển đến"),
    "draft": (write_draft, "còn 1 bản nháp của người dân chưa có nơi chuyển đến"),
    "finished dossier": (finished, "còn 1 hồ sơ đã xong không cơ quan nào giữ tiếp"),
    "stored document": (document, "còn 1 giấy tờ trong kho không cơ quan nào giữ tiếp"),
    "person": (person, "còn 1 cán bộ chưa có nơi chuyển đến"),
    "charge": (charge, "còn 1 khoản phải nộp, phải hoàn trả chưa có nơi chuyển đến"),
    "envelope": (envelope, "còn 1 phong bì đến chưa lập hồ sơ chưa có nơi chuyển đến"),
}


def everything() -> dict[str, list[Any]]:
    """Every row of ours, but what the reform writes of itself."""
    return {
        model._meta.label: list(model._default_manager.order_by("pk").values())
        for model in apps.get_models()
        if model.__module__.startswith("tinhso.") and model not in (Reform, ReformAction)
    }


@pytest.mark.parametrize("case", CASES)
def test_a_plan_that_leaves_it_without_an_owner_is_refused(case: str, stage: Stage, people: Reformers) -> None:
    make, words = CASES[case]
    make(stage)
    found = impact_of(DISSOLVED, TODAY).of("error")
    assert any(words in problem.message and problem.remedy for problem in found), found
    number = drafted(people, DISSOLVED)
    before = everything()
    with pytest.raises(CannotReform, match=r"UBND phường Hạc Thành|Trung tâm") as refusal:
        reforming.submit_reform(reform_id=number, actor=people.drafter, now=NOW)
    assert "kết thúc nhưng còn" in str(refusal.value)
    assert state_of(number) == "draft"
    assert everything() == before


@pytest.mark.parametrize("case", CASES)
def test_what_came_after_the_approval_stops_it_too(case: str, stage: Stage, people: Reformers) -> None:
    number = approved(people, DISSOLVED)
    CASES[case][0](stage)
    before = everything()
    with pytest.raises(CannotReform, match="kết thúc nhưng còn"):
        apply_reform(reform_id=number, actor=SYSTEM, now=NOW)
    assert state_of(number) == "approved"
    assert everything() == before


def test_with_somebody_to_take_it_the_same_plan_passes(stage: Stage, people: Reformers) -> None:
    for make, _ in CASES.values():
        if make is not envelope and make is not charge:
            make(stage)
    plan = [
        Action(1, "dissolve", "H56.102", "H56.103", takes="all"),
        Action(2, "dissolve", "H56.102.01", "H56.103", takes="all"),
    ]
    assert not {p.code for p in impact_of(plan, TODAY).of("error")} & {
        "work_without_owner", "people_nowhere", "records_without_keeper"
    }  # fmt: skip


def test_an_empty_one_may_end_alone(stage: Stage, people: Reformers) -> None:
    assert not impact_of(DISSOLVED, TODAY).of("error")
