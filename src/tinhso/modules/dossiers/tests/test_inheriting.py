"""A ward ends: its open dossiers go on at the successor with their due times; what was issued keeps its name."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from tinhso.kernel.access.api import SYSTEM, RoleGrant, User, actor_of
from tinhso.kernel.audit.api import trail, verify, verify_object
from tinhso.modules.directory import api as directory
from tinhso.modules.directory.models import Organisation
from tinhso.modules.directory.rules.reforms import Action
from tinhso.modules.directory.services.applying import CannotReform, apply_reform, try_reform
from tinhso.modules.directory.services.judging import impact_of
from tinhso.modules.directory.tests.reforms import approved, drafted, joining, make_reformers
from tinhso.modules.dossiers import api as dossiers
from tinhso.modules.dossiers.models import Dossier, Draft, Inheritance, SavedFilter, Task
from tinhso.modules.dossiers.queries.books import hand_overs
from tinhso.modules.dossiers.queries.lists import Filters, page_of, scope_of
from tinhso.modules.dossiers.queries.reading import dossier_view, may_see
from tinhso.modules.dossiers.tests.factories import (
    NOW,
    TODAY,
    Stage,
    accepted,
    do,
    issued,
    make_stage,
    open_task,
    send,
    submitted_to_leader,
    write_draft,
)
from tinhso.modules.dossiers.web.citizen.story import story
from tinhso.modules.dossiers.web.officer.page import story as officer_story
from tinhso.modules.procedures.models import Field, Procedure, ProcedureOffering, ProcedureVersion

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=2)


@pytest.fixture
def stage() -> Stage:
    return make_stage()


@pytest.fixture
def number(stage: Stage) -> int:
    """An approved plan: the ward and its neighbour become a new ward."""
    return approved(make_reformers(Organisation.objects.get(code="H56")), joining())


def give_back(dossier: Dossier) -> None:
    """The person has the result: nothing is open any more."""
    Dossier.objects.filter(pk=dossier.pk).update(state=10, returned_at=NOW + timedelta(hours=1))
    Task.objects.filter(dossier=dossier, finished_at__isnull=True).update(finished_at=NOW, action="return")


def again(actor: Any) -> Any:
    """The same person with the rights of now."""
    return actor_of(User.objects.get(pk=actor.user_id), on=TODAY)


def place(code: str) -> int:
    return Organisation.objects.get(code=code).pk


def test_open_dossiers_follow_with_due_times_and_history_untouched(stage: Stage, number: int) -> None:
    waiting, working, signed = send(stage), accepted(stage), submitted_to_leader(stage)
    returning = issued(stage)
    done = issued(stage)
    give_back(done)
    before = {row["id"]: row for row in Dossier.objects.values()}
    tasks = {row["id"]: row for row in Task.objects.values()}
    report = apply_reform(reform_id=number, actor=SYSTEM, now=LATER)
    assert {s["name"]: s["moved"] for s in report["steps"]}["dossiers"] == 4
    for row in Dossier.objects.values():
        old = before[row["id"]]
        changed = {key for key in row if row[key] != old[key]}
        if row["id"] == done.pk:
            assert changed == set()
        else:
            assert changed == {"agency_id", "office_id"}
            assert (row["agency_id"], row["office_id"]) == (place("H56.900"), place("H56.900.01"))
    for row in Task.objects.values():
        changed = {key for key in row if row[key] != tasks[row["id"]][key]}
        assert changed == ({"organisation_id"} if row["finished_at"] is None else set())
    kept = Inheritance.objects.get(dossier=working)
    assert (kept.agency_name, kept.successor_name) == ("UBND phường Hạc Thành", "UBND phường Hạc Thành Mới")
    assert kept.due_at == working.due_at
    assert {waiting.pk, working.pk, signed.pk, returning.pk} == set(
        Inheritance.objects.values_list("dossier_id", flat=True)
    )
    assert trail(working.ref)[-1].action == "dossiers.inherit"
    assert verify_object(working.ref).ok
    assert verify(now=LATER).ok


def test_what_was_issued_keeps_its_name_and_the_story_tells_the_change(stage: Stage, number: int) -> None:
    dossier = issued(stage)
    apply_reform(reform_id=number, actor=SYSTEM, now=LATER)
    view = dossier_view(dossier.public_id)
    assert view.agency_name == "UBND phường Hạc Thành Mới"
    assert view.result is not None
    assert view.result.issuer_name == "UBND phường Hạc Thành"
    page = Client().get(f"/dossiers/verify/{view.result.verify_token}/").content.decode()
    assert "UBND phường Hạc Thành đã ban hành" in page
    told = [event.what for event in story(view)]
    assert "UBND phường Hạc Thành Mới tiếp tục giải quyết thay UBND phường Hạc Thành" in told
    assert told.index("Đã có kết quả") > 0
    assert any(row.note.startswith("Sắp xếp đơn vị") for row in hand_overs(view))
    assert any(event.what == "Chuyển sang cơ quan kế thừa" for event in officer_story(view))


def test_the_work_goes_on_with_the_same_people(stage: Stage, number: int) -> None:
    dossier = submitted_to_leader(stage)
    apply_reform(reform_id=number, actor=SYSTEM, now=NOW + timedelta(minutes=6))
    do(dossier, "approve", again(stage.leader), now=NOW + timedelta(minutes=9))
    assert dossier.state == 9
    assert open_task(dossier).organisation_id == place("H56.900.01")
    assert dossiers_of(again(stage.clerk)) == {dossier.pk}


def dossiers_of(actor: Any) -> set[int]:
    scope = scope_of(actor, on=TODAY)
    everything = Filters(states=frozenset(range(1, 11)))  # type: ignore[arg-type]
    return {row.id for row in page_of(actor, everything, scope=scope, now=LATER).rows}


def test_the_successor_keeps_the_records_of_what_ended(stage: Stage, number: int) -> None:
    done = issued(stage)
    give_back(done)
    apply_reform(reform_id=number, actor=SYSTEM, now=LATER)
    done.refresh_from_db()
    assert done.agency_id == stage.agency_id
    leader = again(stage.leader)
    assert may_see(leader, dossier_view(done.public_id))
    assert dossiers_of(leader) == {done.pk}
    assert not may_see(again(stage.citizen), dossier_view(issued_elsewhere(stage).public_id))


def issued_elsewhere(stage: Stage) -> Dossier:
    other = Dossier.objects.create(
        code="H56.999-1", version_id=stage.version_id, agency_id=place("H56"), office_id=place("H56"), channel="online",
        state=1, money_state="free", delivery_state="not_ready", sync_state="not_connected", applicant_name="X",
        acting_as="self", form_data={}, search_text="", result_delivery="counter", submitted_at=NOW,
    )  # fmt: skip
    return other


def test_drafts_filters_and_offerings_follow(stage: Stage, number: int) -> None:
    draft = Draft.objects.get(public_id=write_draft(stage))
    kept = SavedFilter.objects.create(
        user_id=stage.leader.user_id, name="Của phường", query=f"state=open&agency={stage.agency_id}"
    )
    procedure_id = ProcedureVersion.objects.get(pk=stage.version_id).procedure_id
    ProcedureOffering.objects.create(
        procedure_id=procedure_id, organisation_id=stage.agency_id, valid_from="2025-07-01"
    )
    apply_reform(reform_id=number, actor=SYSTEM, now=LATER)
    draft.refresh_from_db()
    kept.refresh_from_db()
    assert (draft.agency_id, draft.office_id) == (place("H56.900"), place("H56.900.01"))
    assert kept.query == f"state=open&agency={place('H56.900')}"
    assert ProcedureOffering.objects.get(organisation_id=place("H56.900")).valid_from == TODAY
    sent = dossiers.submit(public_id=draft.public_id, actor=stage.citizen, keys=(), now=LATER)
    assert Dossier.objects.get(pk=sent.dossier_id).agency_id == place("H56.900")


def test_by_field_the_work_goes_apart(stage: Stage) -> None:
    people = make_reformers(Organisation.objects.get(code="H56"))
    mine, theirs = accepted(stage), send(stage)
    procedure = Procedure.objects.get(pk=ProcedureVersion.objects.get(pk=stage.version_id).procedure_id)
    procedure.field, _ = Field.objects.get_or_create(name="Hộ tịch")
    procedure.save()
    actions = [
        Action(1, "split", "H56.102", "H56", takes="all"),
        Action(2, "split", "H56.102", "H56.103", takes="fields", fields=("Hộ tịch",)),
        Action(3, "merge", "H56.102.01", "H56.22"),
    ]
    assert {p.code for p in impact_of(actions, TODAY).of("error")} == set()
    apply_reform(reform_id=approved(people, actions), actor=SYSTEM, now=LATER)
    for dossier in (mine, theirs):
        dossier.refresh_from_db()
        assert (dossier.agency_id, dossier.office_id) == (place("H56.103"), place("H56.22"))


def test_work_that_nobody_could_do_is_refused(stage: Stage) -> None:
    accepted(stage)
    people = make_reformers(Organisation.objects.get(code="H56"))
    nobody_there = [
        Action(1, "split", "H56.102", "H56.22", takes="all"), Action(2, "merge", "H56.102.01", "H56.22"),
    ]  # fmt: skip
    # Its people come along, so the work is done.
    assert impact_of(nobody_there, TODAY).of("error") == ()
    without = [Action(1, "dissolve", "H56.102"), Action(2, "merge", "H56.102.01", "H56.22")]
    assert {p.code for p in impact_of(without, TODAY).of("error")} == {"people_nowhere", "work_without_owner"}
    RoleGrant.objects.filter(role="handler").update(valid_until=TODAY - timedelta(days=1))
    assert {p.code for p in impact_of(nobody_there, TODAY).of("error")} == {"no_holder"}
    number = drafted(people, nobody_there)
    before = list(Dossier.objects.values())
    with pytest.raises(CannotReform, match="chưa ai giữ vai trò"):
        try_reform(reform_id=number, actor=people.drafter, now=NOW)
    assert list(Dossier.objects.values()) == before


def test_an_opinion_asked_of_an_ended_agency_follows_too(stage: Stage, number: int) -> None:
    other = issued_elsewhere(stage)
    task = Task.objects.create(
        dossier=other, kind="opinion", key="opinion-1", title="Ý kiến", role="handler", organisation_id=stage.agency_id,
        created_at=NOW,
    )  # fmt: skip
    apply_reform(reform_id=number, actor=SYSTEM, now=LATER)
    task.refresh_from_db()
    assert task.organisation_id == place("H56.900")
    assert trail(other.ref)[-1].action == "dossiers.inherit"


def test_batches_and_a_second_run_come_to_the_same(stage: Stage, number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    from tinhso.modules.directory.services import applying

    monkeypatch.setattr(applying, "BATCH", 1)
    for _ in range(3):
        accepted(stage)
    apply_reform(reform_id=number, actor=SYSTEM, now=LATER)
    assert Inheritance.objects.count() == 3
    assert directory.descendant_ids([place("H56.900")])[place("H56.900")] >= {place("H56.900.01")}
