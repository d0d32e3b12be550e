"""A clerk takes in a dossier for a person who has come to the counter, over HTTP."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse

from tinhso.modules.dossiers import api as dossiers
from tinhso.modules.dossiers.models import Dossier, Draft, Paper, Party
from tinhso.modules.dossiers.rules import Channel, State
from tinhso.modules.dossiers.tests import factories as f
from tinhso.modules.dossiers.tests.test_officer_lists import browser

pytestmark = pytest.mark.django_db

CHILD = {"child.full_name": "Nguyễn Minh Khang", "child.birth_date": "14/9/2026", "child.sex": "male"}


@pytest.fixture
def stage() -> f.Stage:
    return f.make_stage()


@pytest.fixture(autouse=True)
def _at_now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tinhso.kernel.access.web.now", lambda: f.NOW + timedelta(hours=1))


def begun(client: Client, stage: f.Stage) -> UUID:
    response = client.post(reverse("dossiers:counter_begin"), {"version": stage.version_id})
    draft = Draft.objects.order_by("-pk")[0]
    assert response.headers["Location"] == reverse("dossiers:counter_applicant", args=[draft.public_id])
    return draft.public_id


def fill(client: Client, draft: UUID, **changes: Any) -> None:
    client.post(reverse("dossiers:counter_applicant", args=[draft]), {**f.APPLICANT, **changes})
    client.post(reverse("dossiers:counter_form", args=[draft, "child"]), CHILD)
    client.post(
        reverse("dossiers:counter_form", args=[draft, "request"]), {"request.copies": "2", "request.pledge": "true"}
    )


def test_the_clerk_chooses_among_what_is_settled_here(stage: f.Stage) -> None:
    client = browser(stage.clerk)
    page = client.get(reverse("dossiers:counter")).content.decode()
    assert "Đăng ký khai sinh cho con" in page
    assert "Trung tâm Phục vụ hành chính công phường Hạc Thành" in page
    found = client.get(reverse("dossiers:counter") + "?q=khai+sinh")
    assert [version.code for version in found.context["found"]] == ["1.001193"]
    assert "Không có thủ tục nào khớp" in client.get(reverse("dossiers:counter") + "?q=xyz").content.decode()


def test_only_clerks_stand_at_the_counter(stage: f.Stage) -> None:
    for actor in (stage.handler, stage.leader, stage.citizen):
        assert browser(actor).post(reverse("dossiers:counter_begin"), {"version": stage.version_id}).status_code == 403
    assert browser(None).get(reverse("dossiers:counter")).status_code == 302
    assert not Draft.objects.exists()


def test_from_the_person_at_the_counter_to_receipt_and_slip(stage: f.Stage) -> None:
    client = browser(stage.clerk)
    draft = begun(client, stage)
    start = reverse("dossiers:counter_applicant", args=[draft])
    bad = client.post(start, {**f.APPLICANT, "identity_number": "12", "full_name": "Lê Thị Giữ Lại"})
    assert bad.status_code == 422
    assert "Số định danh cá nhân gồm đúng 12 chữ số" in bad.content.decode()
    assert "Lê Thị Giữ Lại" in bad.content.decode()
    assert client.post(start, f.APPLICANT).headers["Location"] == reverse(
        "dossiers:counter_form", args=[draft, "child"]
    )
    wrong = client.post(reverse("dossiers:counter_form", args=[draft, "child"]), {**CHILD, "child.full_name": ""})
    assert wrong.status_code == 422
    assert "Nhập họ và tên của trẻ" in wrong.content.decode()
    fill(client, draft)
    papers = reverse("dossiers:counter_papers", args=[draft])
    assert "16.000 đồng" in client.get(papers).content.decode()

    missing = client.post(papers, {"note": "Ghi chú còn đây"})
    assert missing.status_code == 422
    assert "Chưa nhận: Giấy chứng sinh" in missing.content.decode()
    assert "Ghi chú còn đây" in missing.content.decode()
    got = {"paper": ["birth_proof"], "kind-birth_proof": "certified"}
    many = client.post(papers, {**got, "quantity-birth_proof": "1000"})
    assert many.status_code == 422
    assert not Dossier.objects.exists()

    done = client.post(papers, {**got, "quantity-birth_proof": "2"})
    dossier = Dossier.objects.get()
    assert done.headers["Location"] == reverse("dossiers:show", args=[dossier.public_id]) + "?open=receipt"
    assert (dossier.state, dossier.channel) == (State.ACCEPTED, Channel.COUNTER)
    paper = Paper.objects.get()
    assert (paper.kind, paper.quantity) == ("certified", 2)
    assert {party.role for party in Party.objects.all()} == {"applicant", "helper"}
    page = client.get(reverse("dossiers:show", args=[dossier.public_id]) + "?open=receipt").content.decode()
    assert "Mở phiếu mã hồ sơ và mã PIN" in page
    assert client.get(reverse("dossiers:slip", args=[dossier.public_id])).content.startswith(b"%PDF")
    assert client.get(reverse("dossiers:print", args=[dossier.public_id, "receipt"])).status_code == 200

    # Double click, back button, second tab: the same dossier.
    again = client.post(papers, {**got, "quantity-birth_proof": "2"})
    for response in (again, client.get(papers), client.get(start)):
        assert response.status_code == 302
        assert str(dossier.public_id) in response.headers["Location"]
    assert Dossier.objects.count() == 1


def test_a_draft_at_the_counter_is_its_clerks_own(stage: f.Stage) -> None:
    from tinhso.modules.directory.tests.factories import get_organisation, give, make_officer, make_staff

    draft = begun(browser(stage.clerk), stage)
    user = make_officer("clerk2", "Ngô Thị Hai")
    centre = get_organisation("H56.102.01")
    make_staff(user, centre)
    other = browser(give(user, "clerk", centre))
    for name, args in (("counter_applicant", []), ("counter_form", ["child"]), ("counter_papers", [])):
        assert other.get(reverse(f"dossiers:{name}", args=[draft, *args])).status_code == 404
    assert other.post(reverse("dossiers:counter_discard", args=[draft])).status_code == 404
    assert Draft.objects.exists()


def test_unfinished_drafts_are_gone_on_with_or_thrown_away(stage: f.Stage) -> None:
    client = browser(stage.clerk)
    draft = begun(client, stage)
    client.post(reverse("dossiers:counter_applicant", args=[draft]), {**f.APPLICANT, "full_name": "Lê Thị Dở Dang"})
    assert "Lê Thị Dở Dang" in client.get(reverse("dossiers:counter")).content.decode()
    client.post(reverse("dossiers:counter_discard", args=[draft]))
    assert not Draft.objects.exists()


def test_a_page_that_the_case_does_not_have_leads_on(stage: f.Stage) -> None:
    client = browser(stage.clerk)
    draft = begun(client, stage)
    assert client.get(reverse("dossiers:counter_form", args=[draft, "nonsense"])).status_code == 404


def test_an_unknown_procedure_is_told(stage: f.Stage) -> None:
    for version in ("", "x", "999999"):
        response = browser(stage.clerk).post(reverse("dossiers:counter_begin"), {"version": version})
        assert response.status_code == 422
        assert "không còn nhận hồ sơ" in response.content.decode()


def test_the_second_tab_is_told(stage: f.Stage) -> None:
    client = browser(stage.clerk)
    draft = begun(client, stage)
    start = reverse("dossiers:counter_applicant", args=[draft])
    client.post(start, {**f.APPLICANT, "revision": "1"})
    second = client.post(start, {**f.APPLICANT, "revision": "1", "full_name": "Cửa sổ thứ hai"})
    assert second.status_code == 422
    assert "cửa sổ khác" in second.content.decode()
    assert "Cửa sổ thứ hai" in second.content.decode()
    assert dossiers.any_dossier() is False
