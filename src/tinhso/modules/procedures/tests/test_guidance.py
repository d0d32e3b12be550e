"""Answers to officers come from approved sources only (Thông tư 11/2025, function 22)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tinhso.kernel.access.api import Actor, Refused, User, actor_of
from tinhso.kernel.audit.api import trail
from tinhso.kernel.clock import VIETNAM
from tinhso.modules.directory.models import Organisation
from tinhso.modules.directory.tests.factories import give, make_officer, make_province
from tinhso.modules.procedures.models import Guidance
from tinhso.modules.procedures.queries.guidance import answers
from tinhso.modules.procedures.rules.asking import Topic, read_question
from tinhso.modules.procedures.services.guidance import (
    CannotGuide,
    approve_guidance,
    end_guidance,
    propose_guidance,
    refuse_guidance,
)
from tinhso.modules.procedures.tests.factories import make_procedure, publish_definition
from tinhso.modules.procedures.tests.samples import definition_raw

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=VIETNAM)
TODAY = NOW.date()
NOTE: dict[str, Any] = {
    "procedure_code": "",
    "question": "Giấy chứng sinh bị rách có nhận không?",
    "answer": "Nhận nếu còn đọc được số, ngày cấp và dấu; không thì hướng dẫn xin cấp lại.",
    "source": "Công văn số 12/STP-HT ngày 05/01/2026 của Sở Tư pháp",
    "replaces_id": None,
    "now": NOW,
}


def person(username: str, role: str = "") -> Actor:
    user = make_officer(username)
    if role:
        give(user, role, Organisation.objects.filter(code="H56").first() or make_province(), subtree=True)
    return actor_of(User.objects.get(pk=user.pk), on=TODAY)


@pytest.fixture
def editor() -> Actor:
    return person("editor", "catalogue_editor")


@pytest.fixture
def approver() -> Actor:
    return person("approver", "catalogue_approver")


def client_of(actor: Actor | None) -> Client:
    client = Client()
    if actor is not None:
        client.force_login(User.objects.get(pk=actor.user_id))
    return client


@pytest.mark.parametrize(
    ("typed", "topics", "rest"),
    [
        ("Lệ phí khai sinh?", {Topic.FEE}, "khai sinh"),
        ("thời hạn giải quyết của thủ tục khai tử", {Topic.TIME}, "khai tu"),
        ("GIẤY TỜ và căn cứ cấp phép xây dựng", {Topic.PAPERS, Topic.BASIS}, "va cap phep xay dung"),
        ("khai sinh", set(), "khai sinh"),
        ("\x00  ", set(), ""),
    ],
)
def test_the_topic_is_told_from_the_words(typed: str, topics: set[Topic], rest: str) -> None:
    found, left = read_question(typed)
    assert (set(found), left.replace("?", "").strip()) == (topics, rest)


def test_what_is_not_approved_answers_nothing(editor: Actor, approver: Actor) -> None:
    number = propose_guidance(**NOTE, actor=editor)
    assert answers("giấy chứng sinh rách", on=TODAY).nothing
    with pytest.raises(Refused):
        approve_guidance(guidance_id=number, valid_from=None, actor=editor, now=NOW)
    approve_guidance(guidance_id=number, valid_from=None, actor=approver, now=NOW)
    assert [row.pk for row in answers("chứng sinh bị rách", on=TODAY).notes] == [number]
    assert answers("chứng sinh bị rách", on=TODAY - timedelta(days=1)).nothing
    assert [entry.action for entry in trail(f"guidance:{number}")] == [
        "procedures.write_guidance",
        "procedures.approve_guidance",
    ]
    with pytest.raises(CannotGuide):
        approve_guidance(guidance_id=number, valid_from=None, actor=approver, now=NOW)
    end_guidance(guidance_id=number, reason="Văn bản nguồn hết hiệu lực.", actor=approver, now=NOW)
    assert answers("chứng sinh bị rách", on=TODAY).notes
    assert answers("chứng sinh bị rách", on=TODAY + timedelta(days=1)).nothing
    assert Guidance.objects.filter(pk=number).exists()


def test_without_a_source_it_is_not_taken(editor: Actor) -> None:
    with pytest.raises(CannotGuide) as refusal:
        propose_guidance(**NOTE | {"source": " ", "procedure_code": "9.999999"}, actor=editor)
    assert set(refusal.value.problems) == {"source", "procedure_code"}
    assert not Guidance.objects.exists()


def test_a_change_takes_the_place_of_the_former(editor: Actor, approver: Actor) -> None:
    first = propose_guidance(**NOTE, actor=editor)
    approve_guidance(guidance_id=first, valid_from=None, actor=approver, now=NOW)
    second = propose_guidance(**NOTE | {"answer": "Chỉ nhận bản còn nguyên vẹn.", "replaces_id": first}, actor=editor)
    approve_guidance(guidance_id=second, valid_from=TODAY + timedelta(days=3), actor=approver, now=NOW)
    assert [row.pk for row in answers("chứng sinh", on=TODAY + timedelta(days=2)).notes] == [first]
    assert [row.pk for row in answers("chứng sinh", on=TODAY + timedelta(days=3)).notes] == [second]
    third = propose_guidance(**NOTE, actor=editor)
    with pytest.raises(CannotGuide, match="một năm"):
        approve_guidance(guidance_id=third, valid_from=TODAY - timedelta(days=1), actor=approver, now=NOW)


def test_refused_with_a_reason(editor: Actor, approver: Actor) -> None:
    number = propose_guidance(**NOTE, actor=editor)
    with pytest.raises(CannotGuide):
        refuse_guidance(guidance_id=number, reason="sai", actor=approver, now=NOW)
    refuse_guidance(guidance_id=number, reason="Nguồn không nói điều này.", actor=approver, now=NOW)
    assert answers("chứng sinh", on=TODAY).nothing


def test_the_pages(editor: Actor, approver: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tinhso.kernel.access.web.now", lambda: NOW)
    procedure = make_procedure("1.001193", "Đăng ký khai sinh")
    publish_definition(procedure, definition_raw())
    officer = client_of(person("officer"))
    ask = reverse("procedures:guidance")
    whole = officer.get(ask + "?procedure=1.001193").content.decode()
    fee = officer.get(ask + "?q=lệ phí khai sinh").content.decode()
    assert "Thành phần hồ sơ</h3>" in whole
    assert "Phí, lệ phí</h3>" in fee
    assert "Thành phần hồ sơ</h3>" not in fee
    assert "phiên bản 1" in fee
    assert "không tự suy đoán" in officer.get(ask).content.decode()
    assert "Không có câu trả lời" in officer.get(ask + "?q=hàng không vũ trụ").content.decode()

    write = reverse("procedures:guidance_write")
    assert officer.get(write).status_code == 403
    writer = client_of(editor)
    assert writer.post(write, {"question": "Ngắn"}).status_code == 422
    sent = writer.post(write, {name: NOTE[name] for name in ("procedure_code", "question", "answer", "source")})
    number = Guidance.objects.get().pk
    assert sent.headers["Location"] == reverse("procedures:guidance_note", args=[number])
    page = reverse("procedures:guidance_note", args=[number])
    assert officer.get(page).status_code == 404
    assert officer.post(page, {"valid_from": ""}).status_code == 404
    assert writer.post(page, {"valid_from": ""}).status_code == 403
    second = client_of(approver)
    assert NOTE["question"] in second.get(ask).content.decode()
    assert second.post(page, {"valid_from": "31/02/2027"}).status_code == 422
    assert second.post(page, {"valid_from": ""}).status_code == 302
    assert NOTE["source"] in officer.get(ask + "?q=giấy chứng sinh rách").content.decode()
    assert client_of(None).get(ask).status_code == 302
