"""R5: the rights table is what was reviewed, and what the pages really do for every kind of actor."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import transaction
from django.test import Client
from django.urls import NoReverseMatch, reverse

from tinhso.config.commands.rights import SNAPSHOT, Address, Row, actors, addresses, snapshot, table
from tinhso.kernel.access.api import SYSTEM, RoleGrant, RoleRequest, User, create_user
from tinhso.kernel.clock import now
from tinhso.kernel.files.api import store
from tinhso.modules.counters.models import Hall
from tinhso.modules.directory.models import ImportBatch, Organisation, StaffMember
from tinhso.modules.directory.tests.factories import get_organisation, give, make_officer, make_organisation
from tinhso.modules.dossiers import api as dossiers
from tinhso.modules.dossiers.models import (
    Draft,
    DraftFile,
    EmergencyAccess,
    Instruction,
    Paper,
    Result,
    SavedFilter,
    Task,
)
from tinhso.modules.dossiers.rules import Channel
from tinhso.modules.dossiers.tests.factories import Stage, accepted, issued, make_stage, picture, write_draft
from tinhso.modules.identity.models import Mandate, MandateRequest
from tinhso.modules.procedures.models import Guidance, Procedure
from tinhso.modules.procedures.services import start_draft
from tinhso.modules.scorecards.models import GivenFigure

ACTORS = list(actors())
# Where a signed-in person is asked for nothing more and a stranger is sent on.
ASKING = re.compile(r"/identity/login/|/dossiers/track/")


def rows() -> list[Row]:
    return list(table())


def test_the_table_is_the_one_that_was_reviewed() -> None:
    """After a change that is meant: `tinhso rights --snapshot`, and look at the difference."""
    told = json.loads(SNAPSHOT.read_text(encoding="utf-8"))
    drawn = json.loads(snapshot(rows()))
    assert {key: told.get(key) for key in drawn} == drawn
    assert sorted(told) == sorted(drawn)


def test_every_row_says_why() -> None:
    assert [row for row in rows() if not row.why] == []


def test_operators_and_strangers_never_read_dossiers() -> None:
    """Technical administrators do not read dossiers; a code alone opens nothing."""
    for row in rows():
        if row.permission in ("dossiers.view", "dossiers.list", "dossiers.work", "dossiers.issue"):
            assert not (row.allowed and row.actor in ("operator", "service", "nobody", "rights_admin", "staff_admin"))


def test_rights_elsewhere_open_nothing_here() -> None:
    for row in rows():
        if row.operation.startswith("service dossiers.") and row.actor.endswith("_elsewhere"):
            open_to_all = row.permission in (
                "dossiers.track",
                "dossiers.verify_result",
                "dossiers.start",
                "dossiers.portal_door",
            )
            assert open_to_all or not row.allowed, row


@dataclass
class World:
    """Real objects behind the table's samples."""

    stage: Stage
    users: dict[str, Any]
    numbers: dict[str, Any] = field(default_factory=dict)

    def client(self, key: str) -> Client:
        client = Client()
        if self.users[key] is not None:
            client.force_login(self.users[key])
        return client


def make_world() -> World:
    moment = now()
    stage = make_stage()
    root = Organisation.objects.get(code="H56")
    other = get_organisation("H56.103")
    other_centre = make_organisation(
        "Trung tâm PVHCC Sầm Sơn", "H56.103.01", parent=other, kind="public_service_centre"
    )

    def user_of(actor: Any) -> Any:
        return User.objects.get(pk=actor.user_id)

    def hire(username: str, role: str, place: Organisation, *, subtree: bool = False) -> Any:
        user = make_officer(username, f"Người {username}")
        give(user, role, place, subtree=subtree)
        return user

    users = {
        "nobody": None,
        "citizen_owner": user_of(stage.citizen),
        "citizen_other": user_of(stage.stranger),
        "clerk_in_charge": user_of(stage.clerk),
        "clerk_elsewhere": hire("clerk2", "clerk", other_centre),
        "handler_in_charge": user_of(stage.handler),
        "handler_elsewhere": user_of(stage.elsewhere),
        "unit_head": user_of(stage.head),
        "leader_in_charge": user_of(stage.leader),
        "leader_elsewhere": hire("leader2", "leader", other),
        "staff_admin": hire("staffadmin", "staff_admin", root, subtree=True),
        "rights_admin": hire("rightsadmin", "rights_admin", root, subtree=True),
        "catalogue_editor": hire("editor", "catalogue_editor", root, subtree=True),
        "catalogue_approver": hire("approver", "catalogue_approver", root, subtree=True),
        "system_admin": hire("systemadmin", "system_admin", root, subtree=True),
        "operator": make_officer("operator", "Lương Công Thành", kind="operator"),
        "service": create_user(username="service", full_name="Cổng quốc gia", kind="service"),
    }
    world = World(stage, users)
    hall = Hall.objects.create(office_id=stage.agency_id)
    member = StaffMember.objects.get(user=users["handler_in_charge"])
    grant = RoleGrant.objects.get(user=users["leader_in_charge"])
    lent = RoleGrant.objects.create(
        user=users["unit_head"], role="leader", organisation_id=stage.agency_id, valid_from=moment.date(),
        valid_until=moment.date(), ground="Kiểm thử", delegated_from=grant,
    )  # fmt: skip
    asked = RoleRequest.objects.create(
        user=users["handler_in_charge"], role="unit_head", organisation_id=stage.agency_id, valid_from=moment.date(),
        ground="Kiểm thử", requested_by=users["handler_in_charge"], requested_at=moment,
    )  # fmt: skip
    batch = ImportBatch.objects.create(
        uploaded_by=users["staff_admin"], uploaded_at=moment, filename="x.csv", sha256="0" * 64, read_as="csv",
        state="faulty", tables={}, faults=[], counts={},
    )  # fmt: skip
    saved = SavedFilter.objects.create(user=users["handler_in_charge"], name="Của tôi", query="")
    world.numbers = {
        "organisation_id": stage.agency_id,
        "user_id": users["handler_in_charge"].pk,
        "member_id": member.pk,
        "grant_id": grant.pk,
        "request_id": asked.pk,
        "batch_id": batch.pk,
        "filter_id": saved.pk,
        "code": "1.001193",
        "number": 1,
        "group": "child",
        "form": "01",
        "kind": "pdf",
        "directory:end_lent": {"grant_id": lent.pk},
        **{f"counters:{name}": {"token": hall.token} for name in ("kiosk", "take", "slip", "slip_pdf", "screen")},
        "version_id": start_draft(procedure_id=Procedure.objects.get().pk, actor=SYSTEM, now=moment),
    }
    _dossiers(world)
    return world


def _dossiers(world: World) -> None:
    """An issued dossier, one at work, the owner's draft, a clerk's draft at the counter."""
    stage = world.stage
    done, working = issued(stage), accepted(stage)
    draft = Draft.objects.get(public_id=write_draft(stage))
    counter = dossiers.start(
        version_id=stage.version_id, agency_id=stage.agency_id, channel=Channel.COUNTER, actor=stage.clerk, now=now()
    )
    sent = Draft.objects.get(dossier=done)
    world.numbers |= _mandates(world)
    world.numbers |= {
        "public_id": done.public_id,
        "paper_id": Paper.objects.filter(dossier=done).order_by("pk")[0].pk,
        "task_id": Task.objects.get(dossier=working, finished_at__isnull=True).pk,
        "row_id": DraftFile.objects.filter(draft=draft).order_by("pk")[0].pk,
        "access_id": EmergencyAccess.objects.create(
            dossier=done,
            user=world.users["handler_elsewhere"],
            ground="Kiểm thử",
            opened_at=now() - timedelta(days=1),
            until_at=now() - timedelta(hours=23),
        ).pk,
        "token": Result.objects.get(dossier=done).verify_token,
        "dossiers:instruction": {
            "public_id": working.public_id,
            "instruction_id": Instruction.objects.create(
                dossier=working,
                text="Kiểm thử",
                given_at=now(),
                given_by=world.users["leader_in_charge"],
                given_by_name="Lãnh đạo",
                addressee=world.users["handler_in_charge"],
                addressee_name="Chuyên viên",
                answer_by_at=now() + timedelta(days=1),
            ).pk,
        },
        "dossiers:instruct": {"public_id": working.public_id},
        "guidance_id": Guidance.objects.create(
            question="Kiểm thử",
            answer="Kiểm thử",
            source="Kiểm thử",
            status="approved",
            written_at=now(),
            written_by=world.users["catalogue_editor"],
            written_by_name="Người soạn",
            decided_at=now(),
            valid_from=now().date(),
        ).pk,
        "figure_id": GivenFigure.objects.create(
            agency_id=stage.agency_id,
            month=now().date().replace(day=1),
            indicator="complaints_on_time",
            numerator=1,
            denominator=2,
            source="Kiểm thử",
            given_at=now(),
            given_by=world.users["unit_head"],
            given_by_name="Kiểm thử",
        ).pk,
        "working": working.public_id,
        "draft": draft.public_id,
        "sent": sent.public_id,
        "counter": counter,
    }


def _mandates(world: World) -> dict[str, Any]:
    """The owner asks to act for a child, and acts for another by a paper that the office saw."""
    stage = world.stage
    holder = User.objects.get(pk=world.users["citizen_owner"].pk)
    paper = store(picture(), filename="giay.png", actor=stage.citizen, now=now(), purpose="identity.mandate").id
    days = {"valid_from": now().date(), "valid_until": now().date() + timedelta(days=30)}
    same = {"basis": "guardian", "acts": ["file"], "ground": "Giấy khai sinh số 1", "document_id": paper, **days}
    child = create_user(username="nguoi.mau", full_name="Trẻ em", kind="citizen")
    mandate = Mandate.objects.create(
        principal=child, holder=holder, granted_by_id=stage.clerk.user_id, granted_at=now(), accepted_at=now(),
        document_needed=True, organisation_id=stage.office_id, **same,
    )  # fmt: skip
    asked = MandateRequest.objects.create(
        holder=holder, principal_number="038226009999", principal_name="Trẻ khác", organisation_id=stage.office_id,
        asked_at=now(), **same,
    )  # fmt: skip
    return {"mandate_id": mandate.pk, "mandate_request_id": asked.pk}


def url_of(address: Address, world: World) -> str:
    numbers = {**world.numbers, **world.numbers.get(address.name, {})}
    if address.name.startswith("dossiers:draft"):
        numbers["public_id"] = numbers["draft"]
    elif address.name.startswith("dossiers:sent"):
        numbers["public_id"] = numbers["sent"]
    elif address.name.startswith("dossiers:counter"):
        numbers["public_id"] = numbers["counter"]
    elif "task_id" in address.parameters:
        numbers["public_id"] = numbers["working"]
    # What a module adds tomorrow has no sample yet: then it is asked for something that is not there.
    given = {name: numbers.get(name, 10**6) for name in address.parameters}
    try:
        return reverse(address.name, kwargs=given)
    except NoReverseMatch:
        return reverse(address.name, kwargs={**given, "public_id": numbers["public_id"]})


def ours() -> list[Address]:
    return [address for address in addresses() if address.permission]


@contextmanager
def undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def refused(response: Any) -> bool:
    if response.status_code in (403, 404):
        return True
    return response.status_code == 302 and bool(ASKING.match(response["Location"]))


def census() -> dict[str, int]:
    """How many rows every table has, without the sessions."""
    return {
        model._meta.label: model._default_manager.count()
        for model in apps.get_models()
        if model._meta.label != "sessions.Session"
    }


@pytest.fixture
def world(db: Any) -> World:
    return make_world()


# Pages that an actor may open and whose content is not there in the sample: nothing was refused, so no form 03; the
# result is issued, so no preview of it; a slip is shown only right after its PIN was made.
MAY_BE_MISSING = {
    "dossiers:follow_refusal", "dossiers:print", "dossiers:form_pdf", "dossiers:control_sheet", "dossiers:preview",
    "dossiers:slip", "dossiers:follow_pin", "dossiers:supplement_file",
    "archive:shared_document", "archive:shared_file",  # open by a code in the session
    "archive:own_document", "archive:own_file", "counters:slip", "counters:slip_pdf", "idp:oidc:device_authorization", "idp:oidc:device_code",
    # A charge has a number of its own, not its dossier's.
    "payments:show", "payments:own_receipt", "payments:counter",
}  # fmt: skip


# The door is open to them; the page asks for one thing more: a stated purpose to look into the store, or code and PIN.
ASK_MORE = {
    "identity:national",
    "archive:store",
    "archive:store_document",
    "archive:store_file",
    "archive:who_sees",
    "dossiers:delivery",
}
# What is refused is told on the page that these lead back to; that nothing changed is counted.
LEAD_BACK = {"counters:change", "scorecards:report_delete"}


@pytest.mark.parametrize("key", ACTORS)
def test_pages_open_for_whom_the_table_says_and_for_nobody_else(key: str, world: World) -> None:
    expected = {(row.operation): row.allowed for row in rows() if row.actor == key}
    client = world.client(key)
    wrong = []
    for address in ours():
        if "GET" not in address.methods:
            continue
        with undone():
            response = client.get(url_of(address, world))
            allowed = expected[f"GET /{address.route}"]
            status = response.status_code
            sampled = address.parameters <= world.numbers.keys() and address.name not in MAY_BE_MISSING
            if allowed and address.name == "dossiers:track_end":
                fits = status == 302  # «Kết thúc xem» leads everybody to the same place.
            elif address.name in ASK_MORE and allowed:
                fits = status < 500
            elif address.name in LEAD_BACK and not allowed:
                fits = refused(response) or status == 302
            elif allowed:
                fits = not refused(response) or (not sampled and status == 404)
            else:
                fits = refused(response)
            if status >= 500 or not fits:
                wrong.append(f"{address.name}: {'allowed' if allowed else 'refused'}, but {status}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("key", ACTORS)
def test_what_is_refused_changes_nothing(key: str, world: World) -> None:
    expected = {(row.operation): row.allowed for row in rows() if row.actor == key}
    client = world.client(key)
    before = census()
    wrong = []
    for address in ours():
        if "POST" not in address.methods:
            continue
        if expected[f"POST /{address.route}"]:
            with undone():
                status = client.post(url_of(address, world), {}).status_code
            if status >= 500:
                wrong.append(f"{address.name}: {status}")
            continue
        response = client.post(url_of(address, world), {})
        if not refused(response) and not (address.name in LEAD_BACK and response.status_code == 302):
            wrong.append(f"{address.name}: refused, but {response.status_code} {response.headers.get('Location', '')}")
    assert not wrong, "\n".join(wrong)
    assert census() == before
