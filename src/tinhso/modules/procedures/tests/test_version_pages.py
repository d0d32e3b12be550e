"""A version's way to publication over HTTP: by nobody, a citizen, an editor, an approver."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.test import Client

from tinhso.kernel.access.api import create_user
from tinhso.modules.directory.models import Organisation, StaffMember
from tinhso.modules.directory.tests.factories import give, make_officer
from tinhso.modules.procedures.models import ProcedureVersion
from tinhso.modules.procedures.tests.factories import NOW, make_procedure, make_ward_with_staff, publish_definition

pytestmark = pytest.mark.django_db
BASE = "/procedures/catalogue/1.001193"


@pytest.fixture(autouse=True)
def monday_morning(monkeypatch: pytest.MonkeyPatch) -> datetime:
    monkeypatch.setattr("tinhso.kernel.access.web.now", lambda: NOW)
    return NOW


@pytest.fixture
def ward() -> Organisation:
    ward = make_ward_with_staff()
    publish_definition(make_procedure())
    return ward


def signed_in(username: str, role: str = "", over: Organisation | None = None) -> Client:
    user = make_officer(username, username) if role else create_user(username=username, full_name="A", kind="citizen")
    if over is not None:
        give(user, role, over)
    client = Client()
    client.force_login(user)
    return client


def test_two_people_bring_a_version_into_force(ward: Organisation) -> None:
    editor, approver = signed_in("e", "catalogue_editor", ward), signed_in("a", "catalogue_approver", ward)
    assert "Soạn phiên bản mới" in editor.get(f"{BASE}/1/").content.decode()
    assert "Soạn phiên bản mới" not in approver.get(f"{BASE}/1/").content.decode()
    made = editor.post(f"{BASE}/draft/")
    assert made.headers["Location"] == f"{BASE}/2/"
    page = editor.get(f"{BASE}/2/").content.decode()
    assert "Bản nháp" in page
    assert "Định nghĩa đủ và đúng" in page
    assert editor.post(f"{BASE}/2/author/", {"do": "submit"}).status_code == 302
    refused = approver.post(f"{BASE}/2/review/", {"do": "send_back", "reason": ""})
    assert (refused.status_code, "Ghi lý do trả lại" in refused.content.decode()) == (409, True)
    assert approver.post(f"{BASE}/2/review/", {"do": "publish"}).status_code == 302
    assert ProcedureVersion.objects.get(number=2).status == "published"
    again = approver.post(f"{BASE}/2/review/", {"do": "publish"})
    assert again.status_code == 409


def test_a_draft_that_lacks_somebody_tells_it_on_its_page(ward: Organisation) -> None:
    editor, approver = signed_in("e", "catalogue_editor", ward), signed_in("a", "catalogue_approver", ward)
    editor.post(f"{BASE}/draft/")
    editor.post(f"{BASE}/2/author/", {"do": "submit"})
    StaffMember.objects.filter(user__username="ward.leader").update(valid_until=NOW.date().replace(day=1))
    page = approver.get(f"{BASE}/2/").content.decode()
    assert "Tuyến xử lý, bước 2 «Phê duyệt», vai trò" in page
    assert "Cấp vai trò này cho cán bộ" in page
    assert approver.post(f"{BASE}/2/review/", {"do": "publish"}).status_code == 409
    assert ProcedureVersion.objects.get(number=2).status == "in_review"


def test_ending_a_version_keeps_what_was_typed_when_it_is_refused(ward: Organisation) -> None:
    approver = signed_in("a", "catalogue_approver", ward)
    refused = approver.post(f"{BASE}/1/review/", {"do": "retire", "last_day": "mai", "reason": "QĐ 100"})
    page = refused.content.decode()
    assert "Ngày cuối áp dụng: Viết ngày" in page
    assert "QĐ 100" in page
    assert (
        approver.post(f"{BASE}/1/review/", {"do": "retire", "last_day": "22/11/2026", "reason": "QĐ 100"}).status_code
        == 302
    )
    assert approver.get("/procedures/1.001193/").status_code == 404


@pytest.mark.parametrize("address", ["draft/", "1/author/", "1/review/"])
def test_others_are_refused(ward: Organisation, address: str) -> None:
    assert Client().post(f"{BASE}/{address}", {"do": "publish"}).status_code in (302, 403)
    assert signed_in("0912").post(f"{BASE}/{address}", {"do": "publish"}).status_code == 403
    clerk = signed_in("clerk", "clerk", ward)
    assert clerk.post(f"{BASE}/{address}", {"do": "publish"}).status_code == 403
    assert clerk.get(f"{BASE}/1/").status_code == 200
    assert ProcedureVersion.objects.count() == 1


def test_what_does_not_exist_is_not_found(ward: Organisation) -> None:
    editor = signed_in("e", "catalogue_editor", ward)
    for address in ("9/author/", "1/author/"):
        assert editor.post(f"{BASE}/{address}", {"do": "dance"}).status_code == 404
    assert editor.post("/procedures/catalogue/9.9/draft/").status_code == 404
