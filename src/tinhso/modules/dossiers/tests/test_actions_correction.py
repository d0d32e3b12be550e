"""A wrong result is replaced by another that names it; the old one stays."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.test import Client
from pypdf import PdfReader

from tinhso.kernel.access.api import NOBODY, Refused
from tinhso.kernel.files.api import open_file
from tinhso.modules.dossiers import api as dossiers
from tinhso.modules.dossiers.models import Dossier, FormVersion, Result, Task
from tinhso.modules.dossiers.rules import DeliveryState, State
from tinhso.modules.dossiers.tests.action_steps import NAME, at, check_whole
from tinhso.modules.dossiers.tests.factories import Stage, issued, make_stage, submitted_to_leader

pytestmark = pytest.mark.django_db

REASON = "Ghi sai tên đệm của trẻ so với giấy chứng sinh"


@pytest.fixture
def stage() -> Stage:
    return make_stage()


def correct(dossier: Dossier, actor: Any, *, reason: str = REASON, values: Any = None) -> int:
    done = dossiers.correct_result(
        dossier_id=dossier.pk, reason=reason, values={NAME: "Nguyễn Mạnh Khang"} if values is None else values,
        actor=actor, now=at(days=2),
    )  # fmt: skip
    dossier.refresh_from_db()
    return done


def text_of(file_id: int) -> str:
    with open_file(file_id) as stream:
        reader = PdfReader(io.BytesIO(stream.read()))
    return " ".join(" ".join(page.extract_text() for page in reader.pages).split())


def returned(stage: Stage) -> Dossier:
    dossier = issued(stage)
    give_back(dossier, stage)
    return dossier


def give_back(dossier: Dossier, stage: Stage) -> None:
    if dossier.money_state == "due":
        dossiers.take_fee(dossier_id=dossier.pk, amount=dossier.fee_total or 0, actor=stage.clerk, now=at(days=1))
    dossiers.give_back(
        dossier_id=dossier.pk, received_by_name="Lê Thị Hồng Nhung", received_by_identity="", actor=stage.clerk,
        now=at(days=1),
    )  # fmt: skip
    dossier.refresh_from_db()


def test_the_replacement_names_the_old_one_which_stays(stage: Stage) -> None:
    dossier = issued(stage)
    old = Result.objects.get()
    correct(dossier, stage.leader)
    check_whole(dossier)
    old.refresh_from_db()
    new = Result.objects.get(is_current=True)
    assert (new.replaces, old.is_current, new.number) == (old, False, old.number + 1)
    assert "Nguyễn Minh Khang" in text_of(old.file_id or 0)
    file_id = dossiers.ensure_result(dossier_id=dossier.pk, actor=stage.leader, now=at(days=2))
    printed = text_of(file_id)
    assert file_id != old.file_id
    assert "Nguyễn Mạnh Khang" in printed
    assert f"thay thế văn bản số {old.notation}" in printed
    assert FormVersion.objects.get().form_data["child"]["full_name"] == "Nguyễn Minh Khang"
    view = dossiers.dossier_view(dossier.public_id)
    assert [result.notation for result in view.former_results] == [old.notation]


def test_the_old_verification_page_says_by_what_it_was_replaced(stage: Stage, client: Client) -> None:
    dossier = issued(stage)
    old = Result.objects.get()
    correct(dossier, stage.leader)
    new = Result.objects.get(is_current=True)
    page = client.get(f"/dossiers/verify/{old.verify_token}/").content.decode()
    assert "đã được thay thế bằng" in page
    assert f"kết quả số {new.notation}" in page
    assert "Kết quả này là thật" not in page
    assert f"/dossiers/verify/{new.verify_token}/" in page
    now_valid = client.get(f"/dossiers/verify/{new.verify_token}/").content.decode()
    assert "Kết quả này là thật" in now_valid


def test_one_returned_already_is_exchanged_and_its_state_stays(stage: Stage) -> None:
    dossier = returned(stage)
    first = dossier.returned_at
    correct(dossier, stage.leader)
    check_whole(dossier)
    assert (dossier.state, dossier.delivery_state) == (State.RETURNED, DeliveryState.WAITING)
    give_back(dossier, stage)
    check_whole(dossier)
    assert (dossier.returned_at, dossier.delivery_state) == (first, DeliveryState.HANDED_OVER)
    assert not Task.objects.filter(dossier=dossier, finished_at__isnull=True).exists()
    with pytest.raises(dossiers.CannotReturn):
        give_back(dossier, stage)


def test_corrected_twice_makes_a_chain(stage: Stage) -> None:
    dossier = issued(stage)
    correct(dossier, stage.leader)
    correct(dossier, stage.leader, values={NAME: "Nguyễn Minh Khánh"})
    check_whole(dossier)
    rows = list(Result.objects.order_by("pk"))
    assert [row.replaces_id for row in rows] == [None, rows[0].pk, rows[1].pk]
    assert [row.is_current for row in rows] == [False, False, True]


def test_only_in_the_role_that_issued(stage: Stage) -> None:
    dossier = issued(stage)
    for actor in (stage.clerk, stage.elsewhere, stage.citizen, NOBODY):
        with pytest.raises(Refused):
            correct(dossier, actor)
    for actor in (stage.head, stage.handler):
        with pytest.raises(dossiers.CannotCorrect, match="vai trò đã ban hành"):
            correct(dossier, actor)
    assert Result.objects.count() == 1
    check_whole(dossier)


def test_no_result_no_reason_or_wrong_values_change_nothing(stage: Stage) -> None:
    with pytest.raises(dossiers.CannotCorrect, match="chưa có kết quả"):
        correct(submitted_to_leader(stage), stage.leader)
    dossier = issued(stage)
    with pytest.raises(dossiers.CannotCorrect, match="Nêu rõ sai sót"):
        correct(dossier, stage.leader, reason="Sai")
    with pytest.raises(dossiers.CannotCorrect) as refused:
        correct(dossier, stage.leader, values={NAME: "X"})
    assert [problem.field for problem in refused.value.problems] == [NAME]
    assert Result.objects.count() == 1
    assert not FormVersion.objects.exists()
    check_whole(dossier)
