"""Drafts and sending: one draft makes one dossier; a refusal changes nothing."""

from __future__ import annotations

import io
from datetime import timedelta
from uuid import uuid4

import pytest

from tinhso.kernel.access.api import NOBODY, SYSTEM, Refused
from tinhso.kernel.files.api import FileRefused
from tinhso.modules.dossiers import api as dossiers
from tinhso.modules.dossiers.models import Dossier, Draft, DraftFile, Paper, Party, PinFailure, Task
from tinhso.modules.dossiers.rules import Channel, MoneyState, State
from tinhso.modules.dossiers.services.drafts import FILES_PER_PAPER, sweep_unsent
from tinhso.modules.dossiers.services.submitting import current_pin
from tinhso.modules.dossiers.tests import factories as f

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage() -> f.Stage:
    return f.make_stage()


def test_a_dossier_starts_only_where_the_agency_is_competent(stage: f.Stage) -> None:
    with pytest.raises(dossiers.CannotStart, match="không có thẩm quyền"):
        dossiers.start(
            version_id=stage.version_id,
            agency_id=stage.office_id,
            channel=Channel.ONLINE,
            actor=stage.citizen,
            now=f.NOW,
        )
    with pytest.raises(dossiers.CannotStart, match="kênh"):
        dossiers.start(
            version_id=stage.version_id, agency_id=stage.agency_id, channel=Channel.POST, actor=stage.citizen, now=f.NOW
        )
    assert not Draft.objects.exists()


def test_sending_makes_the_dossier_its_parties_papers_and_first_task(stage: f.Stage) -> None:
    dossier = f.send(stage, acting_as="authorised", subject_name="Nguyễn Văn Được Thay", authority="Giấy ủy quyền số 1")
    assert dossier.code == "H56.102-261124-0001"
    assert (dossier.state, dossier.money_state, dossier.fee_total) == (State.REGISTERED, MoneyState.DUE, 16000)
    assert (dossier.agency_id, dossier.office_id) == (stage.agency_id, stage.office_id)
    assert {party.role for party in Party.objects.filter(dossier=dossier)} == {"applicant", "subject"}
    assert [paper.key for paper in Paper.objects.filter(dossier=dossier)] == ["birth_proof"]
    task = f.open_task(dossier)
    assert (task.key, task.role, task.organisation_id) == ("intake", "clerk", stage.office_id)


def test_sending_twice_gives_the_same_dossier(stage: f.Stage) -> None:
    draft = f.write_draft(stage)
    first = dossiers.submit(public_id=draft, actor=stage.citizen, keys=(), now=f.NOW)
    second = dossiers.submit(public_id=draft, actor=stage.citizen, keys=(), now=f.NOW + timedelta(minutes=1))
    assert (first.code, first.pin, first.already) == (second.code, second.pin, False)
    assert second.already
    assert Dossier.objects.count() == Task.objects.count() == 1


def test_an_incomplete_draft_names_every_place_and_makes_nothing(stage: f.Stage) -> None:
    draft = f.write_draft(stage, papers=False, full_name="", identity_number="12")
    dossiers.save_group(
        public_id=draft,
        group="child",
        values={"full_name": "X"},
        revision=None,
        actor=stage.citizen,
        keys=(),
        now=f.NOW,
    )
    with pytest.raises(dossiers.CannotSubmit) as caught:
        dossiers.submit(public_id=draft, actor=stage.citizen, keys=(), now=f.NOW)
    places = {(problem.page, problem.field) for problem in caught.value.problems}
    assert {("applicant", "full_name"), ("applicant", "identity_number"), ("papers", "birth_proof")} <= places
    assert ("child", "/child/birth_date") in places
    assert not Dossier.objects.exists()
    assert Draft.objects.get().dossier_id is None


def test_a_draft_belongs_to_its_writer(stage: f.Stage) -> None:
    draft = f.write_draft(stage)
    for actor in (stage.stranger, stage.clerk, NOBODY):
        with pytest.raises((dossiers.DraftNotFound, Refused)):
            dossiers.submit(public_id=draft, actor=actor, keys=(str(draft),), now=f.NOW)
    with pytest.raises(dossiers.DraftNotFound):
        dossiers.submit(public_id=uuid4(), actor=stage.citizen, keys=(), now=f.NOW)
    assert not Dossier.objects.exists()


def test_without_an_account_the_browsers_key_opens_the_draft_and_signing_in_adopts_it(stage: f.Stage) -> None:
    draft = dossiers.start(
        version_id=stage.version_id, agency_id=stage.agency_id, channel=Channel.ONLINE, actor=NOBODY, now=f.NOW
    )
    saving = {"public_id": draft, "values": {"full_name": "Lê Thị A"}, "revision": None, "now": f.NOW}
    with pytest.raises(dossiers.DraftNotFound):
        dossiers.save_applicant(actor=NOBODY, keys=(), **saving)
    dossiers.save_applicant(actor=NOBODY, keys=(str(draft),), **saving)
    assert dossiers.adopt(actor=stage.citizen, keys=(str(draft),)) == 1
    assert Draft.objects.get().owner_id == stage.citizen.user_id
    with pytest.raises((dossiers.DraftNotFound, Refused)):
        dossiers.save_applicant(actor=NOBODY, keys=(str(draft),), **saving)


def test_the_second_tab_is_told_and_writes_nothing_over(stage: f.Stage) -> None:
    draft = f.write_draft(stage)
    revision = Draft.objects.get().revision
    writing = {"public_id": draft, "revision": revision, "actor": stage.citizen, "keys": (), "now": f.NOW}
    dossiers.save_applicant(values={**f.APPLICANT, "full_name": "Cửa sổ một"}, **writing)
    with pytest.raises(dossiers.CannotSave, match="cửa sổ khác"):
        dossiers.save_applicant(values={**f.APPLICANT, "full_name": "Cửa sổ hai"}, **writing)
    assert Draft.objects.get().applicant["full_name"] == "Cửa sổ một"


def test_a_sent_draft_is_closed(stage: f.Stage) -> None:
    draft = f.write_draft(stage)
    dossiers.submit(public_id=draft, actor=stage.citizen, keys=(), now=f.NOW)
    same = {"public_id": draft, "actor": stage.citizen, "keys": ()}
    with pytest.raises(dossiers.CannotSave):
        dossiers.save_group(group="child", values={}, revision=None, now=f.NOW, **same)
    with pytest.raises(dossiers.CannotSave):
        dossiers.attach(paper_key="birth_proof", stream=f.picture(), filename="a.png", now=f.NOW, **same)
    with pytest.raises(dossiers.CannotSave):
        dossiers.discard(**same)


def test_papers_are_attached_once_bounded_and_sniffed(stage: f.Stage) -> None:
    draft = f.write_draft(stage, papers=False)
    same = {"public_id": draft, "actor": stage.citizen, "keys": (), "now": f.NOW}
    one = dossiers.attach(paper_key="birth_proof", stream=f.picture(), filename="a.png", **same)
    assert dossiers.attach(paper_key="birth_proof", stream=f.picture(), filename="a.png", **same) == one
    with pytest.raises(dossiers.CannotSave, match="không có trong thủ tục"):
        dossiers.attach(paper_key="nonsense", stream=f.picture("red"), filename="a.png", **same)
    with pytest.raises(FileRefused):
        dossiers.attach(paper_key="birth_proof", stream=io.BytesIO(b"MZ" + b"\0" * 400), filename="scan.pdf", **same)
    for number in range(1, FILES_PER_PAPER):
        dossiers.attach(paper_key="birth_proof", stream=f.picture(f"#0000{number:02x}"), filename="a.png", **same)
    with pytest.raises(dossiers.CannotSave, match="tối đa"):
        dossiers.attach(paper_key="birth_proof", stream=f.picture("blue"), filename="a.png", **same)
    assert DraftFile.objects.count() == FILES_PER_PAPER


def test_forgotten_drafts_are_swept_and_sent_ones_stay(stage: f.Stage) -> None:
    f.write_draft(stage, papers=False)
    f.send(stage)
    assert sweep_unsent(actor=SYSTEM, now=f.NOW + timedelta(days=89)) == 0
    assert sweep_unsent(actor=SYSTEM, now=f.NOW + timedelta(days=91)) >= 1
    assert [draft.dossier_id is None for draft in Draft.objects.all()] == [False]
    with pytest.raises(Refused):
        sweep_unsent(actor=stage.clerk, now=f.NOW)


def test_code_and_pin_together_open_a_dossier_and_a_code_alone_nothing(stage: f.Stage) -> None:
    dossier = f.send(stage)
    pin = current_pin(dossier)
    assert dossiers.open_by_pin(
        code=f" {dossier.code.lower()} ", pin=f"{pin[:3]} {pin[3:]}", actor=NOBODY, now=f.NOW
    ) == (dossier.public_id)
    for wrong in ("", "000000" if pin != "000000" else "111111", pin[:5]):
        with pytest.raises(dossiers.CannotTrack):
            dossiers.open_by_pin(code=dossier.code, pin=wrong, actor=NOBODY, now=f.NOW)


def test_five_wrong_pins_close_a_code_for_a_while_known_or_not(stage: f.Stage) -> None:
    dossier = f.send(stage)
    pin = current_pin(dossier)
    wrong = "000000" if pin != "000000" else "111111"
    told = set()
    for code in (dossier.code, "H56.102-261124-9999"):
        for _ in range(5):
            with pytest.raises(dossiers.CannotTrack) as caught:
                dossiers.open_by_pin(code=code, pin=wrong, actor=NOBODY, now=f.NOW)
            told.add(str(caught.value))
    # A made-up code is answered like a real one.
    assert len(told) == 1
    with pytest.raises(dossiers.CannotTrack, match="nhiều lần"):
        dossiers.open_by_pin(code=dossier.code, pin=pin, actor=NOBODY, now=f.NOW + timedelta(minutes=14))
    later = f.NOW + timedelta(minutes=16)
    assert dossiers.open_by_pin(code=dossier.code, pin=pin, actor=NOBODY, now=later) == dossier.public_id
    assert PinFailure.objects.filter(failed_at__gt=later).count() == 0


def test_a_new_pin_ends_the_old_one(stage: f.Stage) -> None:
    dossier = f.send(stage)
    old = current_pin(dossier)
    for actor in (stage.stranger, stage.handler, NOBODY):
        with pytest.raises(Refused):
            dossiers.renew_pin(dossier_id=dossier.pk, actor=actor, now=f.NOW)
    new = dossiers.renew_pin(dossier_id=dossier.pk, actor=stage.clerk, now=f.NOW)
    assert new != old
    with pytest.raises(dossiers.CannotTrack):
        dossiers.open_by_pin(code=dossier.code, pin=old, actor=NOBODY, now=f.NOW)
    assert dossiers.open_by_pin(code=dossier.code, pin=new, actor=NOBODY, now=f.NOW) == dossier.public_id
