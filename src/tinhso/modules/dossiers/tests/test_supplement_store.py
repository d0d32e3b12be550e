"""What a supplement asks for and the person's store has is offered instead, used with one click and proven."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tinhso.kernel.access.api import SYSTEM
from tinhso.modules.archive.models import Document, DocumentUse, StoreLook
from tinhso.modules.archive.services.keeping import revoke
from tinhso.modules.archive.tests.factories import make_document, make_kind, open_store
from tinhso.modules.dossiers import api as dossiers
from tinhso.modules.dossiers.models import Dossier, Paper, SupplementFile
from tinhso.modules.dossiers.rules import State
from tinhso.modules.dossiers.services.answering import take_answer_from_store
from tinhso.modules.dossiers.services.submitting import current_pin
from tinhso.modules.dossiers.tests.action_steps import ask, paper
from tinhso.modules.dossiers.tests.citizen_steps import browser
from tinhso.modules.dossiers.tests.factories import NOW, Stage, make_stage, send

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage() -> Stage:
    return make_stage()


def asked(stage: Stage, **changes: Any) -> tuple[Dossier, Document, str]:
    open_store(stage.citizen, stage.clerk)
    kind = make_kind("YT.CHUNGSINH", "Giấy chứng sinh", "1.001193/birth_proof")
    row = make_document(kind, keeper_id=stage.office_id, **changes)
    dossier = send(stage)
    ask(dossier, stage.clerk, paper())
    return dossier, row, reverse("dossiers:supplement", args=[dossier.public_id])


def test_it_is_offered_taken_with_one_click_sent_and_proven(stage: Stage) -> None:
    dossier, row, url = asked(stage)
    client = browser(stage.citizen)
    assert "Đã có trong kho của bạn" in client.get(url).content.decode()
    click = {"_reuse": f"birth_proof/{row.public_id}"}
    for _ in range(2):
        answer = client.post(f"{url}?at=item-1", click)
        assert (answer.status_code, answer["Location"]) == (302, f"{url}#item-1")
    assert SupplementFile.objects.get().document_id == row.pk
    assert "từ kho giấy tờ" in client.get(url).content.decode()
    assert client.post(url, {"send": "1"}).status_code == 302
    dossier.refresh_from_db()
    assert dossier.state == State.REGISTERED
    proof, now_there = DocumentUse.objects.get(), Paper.objects.get(superseded_at__isnull=True)
    assert (now_there.reuse_id, now_there.file_id) == (proof.pk, row.file_id)
    assert (proof.dossier_code, proof.used_by_name) == (dossier.code, "Lê Thị Hồng Nhung")
    assert Paper.objects.filter(superseded_at__isnull=False).count() == 1


def test_a_clerk_at_the_counter_uses_it_and_the_person_sees_the_look(stage: Stage) -> None:
    dossier, row, url = asked(stage)
    client = browser(stage.clerk)
    assert "Đã có trong kho của người nộp" in client.get(url).content.decode()
    assert StoreLook.objects.get().purpose == f"Nhận bổ sung hồ sơ {dossier.code} tại quầy"
    client.post(url, {"_reuse": f"birth_proof/{row.public_id}"})
    assert client.post(url, {"send": "1"}).status_code == 302
    assert DocumentUse.objects.get().used_by_name == "Lê Thị Mai"


@pytest.mark.parametrize("typed", ["birth_proof/x", "birth_proof/00000000-0000-0000-0000-000000000000", "passport/x"])
def test_a_hostile_choice_is_refused_at_its_place(stage: Stage, typed: str) -> None:
    _, _, url = asked(stage)
    answer = browser(stage.citizen).post(url, {"_reuse": typed})
    assert answer.status_code == 422
    assert not SupplementFile.objects.exists()


def test_what_does_not_hold_is_said_and_cannot_be_taken(stage: Stage) -> None:
    dossier, row, url = asked(stage, valid_until=date(2026, 10, 1))
    page = browser(stage.citizen).get(url).content.decode()
    assert "nhưng không dùng lại được" in page
    with pytest.raises(dossiers.CannotAnswer):
        take_answer_from_store(
            dossier_id=dossier.pk, paper_key="birth_proof", document=row.public_id, actor=stage.citizen, now=NOW
        )


def test_revoked_before_sending_is_told_and_nothing_is_sent(stage: Stage) -> None:
    dossier, row, url = asked(stage)
    client = browser(stage.citizen)
    client.post(url, {"_reuse": f"birth_proof/{row.public_id}"})
    revoke(document_id=row.pk, reason="Thu hồi theo quyết định số 12", actor=SYSTEM, now=NOW + timedelta(minutes=1))
    answer = client.post(url, {"send": "1"})
    assert answer.status_code == 422
    dossier.refresh_from_db()
    assert dossier.state == State.SUPPLEMENT_REQUESTED
    assert not DocumentUse.objects.exists()
    assert Paper.objects.filter(superseded_at__isnull=True).count() == 1


def test_by_code_and_pin_and_to_strangers_nothing_is_offered(stage: Stage) -> None:
    dossier, row, url = asked(stage)
    visitor = Client()
    pin = current_pin(dossier)
    assert visitor.post(reverse("dossiers:track"), {"code": dossier.code, "pin": pin}).status_code == 302
    assert "Bổ sung hồ sơ" in (page := visitor.get(url).content.decode())
    assert "Đã có trong kho" not in page
    assert visitor.post(url, {"_reuse": f"birth_proof/{row.public_id}"}).status_code == 422
    stranger = browser(stage.stranger)
    assert stranger.post(url, {"_reuse": f"birth_proof/{row.public_id}"}).status_code in (302, 403, 404)
    assert not SupplementFile.objects.exists()
