"""Envelopes that people send by post: put into the book, taken in with the time of arrival, or refused and sent back."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tinhso.kernel.access.api import NOBODY, Refused
from tinhso.kernel.audit.models import Entry
from tinhso.kernel.clock import VIETNAM
from tinhso.kernel.clock import now as clock_now
from tinhso.kernel.signed import signature_of
from tinhso.modules.directory.tests.factories import get_organisation, give, make_officer, make_organisation
from tinhso.modules.dossiers import api as dossiers
from tinhso.modules.dossiers.models import DeadlineChange, Dossier, Draft, Party
from tinhso.modules.dossiers.rules import Channel, PaperKind, State
from tinhso.modules.dossiers.services.postal import refuse_envelope
from tinhso.modules.dossiers.tests import factories as f
from tinhso.modules.dossiers.tests.citizen_steps import browser
from tinhso.modules.post.models import Consignment, Envelope
from tinhso.modules.post.services.envelopes import CannotHandle, CannotRegister, register, send_back

pytestmark = pytest.mark.django_db
# A Monday afternoon; opened on the day after.
ARRIVED = datetime(2026, 11, 23, 15, 30, tzinfo=VIETNAM)
CODE = "RE000000001VN"


@pytest.fixture(autouse=True)
def _secret(settings: Any) -> None:
    settings.POST_OPERATOR = {"url": "", "key": "", "secret": "double"}


@pytest.fixture
def stage() -> f.Stage:
    return f.make_stage(channels=["online", "counter", "post"])


def arrive(stage: f.Stage, actor: Any = None, **changes: Any) -> int:
    values: dict[str, Any] = {
        "office_id": stage.office_id, "tracking_code": CODE, "sender_name": "Lê Thị Hồng Nhung", "sender_phone": "0912345678",
        "sender_address": "Số 12 đường Lê Lợi, phường Hạc Thành", "postman_name": "Lê Văn Thư", "arrived_at": ARRIVED,
        "actor": actor or stage.clerk, "now": f.NOW,
    }  # fmt: skip
    return register(**{**values, **changes})


def begun(stage: f.Stage, envelope_id: int, *, whole: bool = True) -> Any:
    same: dict[str, Any] = {"actor": stage.clerk, "now": f.NOW}
    draft = dossiers.start(
        version_id=stage.version_id, agency_id=stage.agency_id, channel=Channel.POST, envelope_id=envelope_id, **same
    )
    applicant = {**f.APPLICANT, "result_delivery": "post"}
    dossiers.save_applicant(public_id=draft, values=applicant, revision=None, keys=(), **same)
    for group, values in f.FORM_DATA.items() if whole else ():
        dossiers.save_group(public_id=draft, group=group, values=values, revision=None, keys=(), **same)
    return draft


def say(body: Any, *, secret: str = "double") -> int:
    raw, stamp = json.dumps(body).encode(), str(int(clock_now().timestamp()))
    return Client().post(
        "/post/announcements/", raw, content_type="application/json",
        headers={"X-Post-Timestamp": stamp, "X-Post-Signature": signature_of(secret, stamp, raw)},
    ).status_code  # fmt: skip


def announcement(**changes: Any) -> dict[str, Any]:
    return {
        "tracking_code": CODE, "office": "H56.102.01", "at": clock_now().isoformat(),
        "sender": {"name": "Lê Thị Hồng Nhung", "phone": "0912345678", "address": "Số 12 đường Lê Lợi"}, **changes,
    }  # fmt: skip


PAPERS = [dossiers.ReceivedPaper("birth_proof", PaperKind.ORIGINAL, 1)]


def test_taken_in_the_time_runs_from_the_arrival_and_it_counts_as_postal(stage: f.Stage) -> None:
    envelope = arrive(stage)
    draft = begun(stage, envelope)
    sent = dossiers.receive_at_counter(public_id=draft, papers=PAPERS, actor=stage.clerk, now=f.NOW)
    dossier = Dossier.objects.get()
    assert (dossier.channel, dossier.submitted_at, dossier.accepted_at) == ("post", ARRIVED, ARRIVED)
    assert dossier.due_at is not None
    # One working day from Monday 15:30; the day it is opened, 24 November, is a holiday.
    assert dossier.due_at == ARRIVED + timedelta(days=2)
    assert "phong bì" in DeadlineChange.objects.get().ground
    row = Envelope.objects.get()
    assert (row.state, row.reference) == ("taken_in", dossier.ref)
    again = dossiers.receive_at_counter(public_id=draft, papers=PAPERS, actor=stage.clerk, now=f.NOW)
    assert (again.already, again.code) == (True, sent.code)
    day = ARRIVED.date()
    (counted,) = dossiers.progress_table(since=day, until=day, actor=stage.leader, now=f.NOW).rows
    assert (counted.received.postal, counted.received.total) == (1, 1)
    page = browser(stage.clerk).get(reverse("dossiers:show", args=[dossier.public_id])).content.decode()
    assert CODE in page
    visitor = Client()
    visitor.post(reverse("dossiers:track"), {"code": sent.code, "pin": sent.pin})
    assert CODE in visitor.get(reverse("dossiers:follow", args=[sent.public_id])).content.decode()


def test_what_cannot_be_taken_in_is_refused_with_form_03_and_sent_back(stage: f.Stage) -> None:
    draft = begun(stage, arrive(stage), whole=False)
    ground = "Thiếu Giấy chứng sinh bản chính theo Điều 16 Luật Hộ tịch; nộp lại cùng bản chính."
    same: dict[str, Any] = {"public_id": draft, "papers": PAPERS, "actor": stage.clerk, "now": f.NOW}
    with pytest.raises(dossiers.CannotRefuse):
        refuse_envelope(ground="ngắn", **same)
    assert not Dossier.objects.exists()
    done = refuse_envelope(ground=ground, **same)
    assert refuse_envelope(ground=ground, **same).already
    dossier, row, back = Dossier.objects.get(), Envelope.objects.get(), Consignment.objects.get()
    assert (dossier.state, dossier.closed_reason) == (State.REFUSED, ground)
    assert (row.state, row.reference, row.reason) == ("sent_back", dossier.ref, ground)
    assert (back.reference, back.recipient_name) == (f"envelope:{row.pk}", "Lê Thị Hồng Nhung")
    assert dossiers.ensure_refusal(dossier_id=dossier.pk, actor=stage.clerk, now=f.NOW)
    assert Party.objects.filter(dossier=dossier, role="applicant").count() == 1
    visitor = Client()
    visitor.post(reverse("dossiers:track"), {"code": done.code, "pin": done.pin})
    assert "đang được gửi trả bạn" in visitor.get(reverse("dossiers:follow", args=[done.public_id])).content.decode()


def test_without_an_address_nothing_is_refused_and_nothing_sent(stage: f.Stage) -> None:
    draft = begun(stage, arrive(stage), whole=False)
    Draft.objects.update(applicant={"full_name": "Lê Thị Hồng Nhung", "phone": "", "address": ""})
    with pytest.raises(dossiers.CannotSubmit) as refusal:
        refuse_envelope(public_id=draft, ground="Thiếu giấy tờ bắt buộc.", papers=(), actor=stage.clerk, now=f.NOW)
    assert {problem.field for problem in refusal.value.problems} == {"phone", "address"}
    assert not Consignment.objects.exists()
    assert Envelope.objects.get().state == "arrived"


def test_an_envelope_without_a_request_stays_open_until_it_is_sent_back(stage: f.Stage) -> None:
    envelope = arrive(stage)
    page = browser(stage.clerk).get("/post/envelopes/").content.decode()
    assert CODE in page
    assert "Đã nhận, chờ lập hồ sơ" in page
    same: dict[str, Any] = {
        "envelope_id": envelope, "recipient_name": "Lê Thị Hồng Nhung", "recipient_phone": "0912345678", "actor": stage.clerk,
        "now": f.NOW, "reason": "Phong bì gửi cho cơ quan khác.",
    }  # fmt: skip
    with pytest.raises(CannotHandle):
        send_back(recipient_address="", **same)
    assert Envelope.objects.get().state == "arrived"
    send_back(recipient_address="Số 12 đường Lê Lợi, phường Hạc Thành", **same)
    with pytest.raises(CannotHandle):
        send_back(recipient_address="Số 12 đường Lê Lợi, phường Hạc Thành", **same)
    assert Consignment.objects.count() == 1
    assert {e.action for e in Entry.objects.filter(object_ref=f"envelope:{envelope}")} == {
        "post.arrive",
        "post.send_back",
    }


def test_announced_then_arrived_is_one_envelope(stage: f.Stage) -> None:
    assert say(announcement()) == 200
    assert say(announcement()) == 200
    assert Envelope.objects.get().state == "announced"
    client = browser(stage.clerk)
    assert "Bưu chính báo đang đến" in client.get("/post/envelopes/").content.decode()
    assert 'value="Lê Thị Hồng Nhung"' in client.get(f"/post/envelopes/?code={CODE}").content.decode()
    arrive(stage)
    assert Envelope.objects.get().state == "arrived"


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"tracking_code": "X"}, 422),
        ({"sender": "Nhung"}, 422),
        ({"at": "hôm qua"}, 422),
        ({"at": "2026-11-24T09:00:00"}, 422),
        ({"office": "H99"}, 404),
        ({"office": 5}, 422),
    ],
)
def test_a_broken_announcement_is_refused(stage: f.Stage, change: dict[str, Any], status: int) -> None:
    assert say(announcement(**change)) == status
    assert say(announcement(), secret="forged") == 401
    assert not Envelope.objects.exists()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"tracking_code": "123"}, "tracking_code"),
        ({"sender_name": " "}, "sender_name"),
        ({"arrived_at": None}, "arrived_at"),
        ({"arrived_at": f.NOW + timedelta(hours=1)}, "arrived_at"),
        ({"arrived_at": f.NOW - timedelta(days=11)}, "arrived_at"),
    ],
)
def test_a_slip_in_the_book_is_told_at_its_field(stage: f.Stage, change: dict[str, Any], field: str) -> None:
    with pytest.raises(CannotRegister) as refusal:
        arrive(stage, **change)
    assert set(refusal.value.errors) == {field}
    assert not Envelope.objects.exists()


def test_twice_into_the_book_and_at_the_wrong_office(stage: f.Stage) -> None:
    arrive(stage)
    with pytest.raises(CannotRegister, match="đã vào sổ"):
        arrive(stage)
    other = make_organisation("Trung tâm Sầm Sơn", "H56.103.01", parent=get_organisation("H56.103"))
    clerk = give(make_officer("samson", "Ngô Thị Sen"), "clerk", other)
    say(announcement(tracking_code="RE000000002VN"))
    with pytest.raises(CannotRegister, match="gửi tới"):
        arrive(stage, clerk, office_id=other.pk, tracking_code="RE000000002VN")
    with pytest.raises(Refused):
        arrive(stage, clerk, tracking_code="RE000000003VN")


def test_strangers_neither_see_nor_handle_it(stage: f.Stage) -> None:
    envelope = arrive(stage)
    for actor in (stage.handler, stage.citizen, NOBODY):
        with pytest.raises(Refused):
            arrive(stage, actor, tracking_code="RE000000009VN")
    other = make_organisation("Trung tâm Sầm Sơn", "H56.103.01", parent=get_organisation("H56.103"))
    clerk = give(make_officer("samson", "Ngô Thị Sen"), "clerk", other)
    client = browser(clerk)
    assert CODE not in client.get("/post/envelopes/").content.decode()
    assert client.get(f"/post/envelopes/{envelope}/").status_code == 404
    assert client.get(f"/dossiers/counter/?envelope={envelope}").status_code == 404
    answer = client.post("/dossiers/counter/begin/", {"version": stage.version_id, "envelope": envelope})
    assert answer.status_code == 404
    assert Envelope.objects.get().state == "arrived"
    assert not Draft.objects.exists()


def test_two_clerks_do_not_open_the_same_envelope(stage: f.Stage) -> None:
    envelope = arrive(stage)
    begun(stage, envelope)
    colleague = give(make_officer("clerk.b", "Hà Thị Tư"), "clerk", get_organisation("H56.102.01"))
    answer = browser(colleague).get(f"/dossiers/counter/?envelope={envelope}")
    assert answer.status_code == 422
    assert "Lê Thị Mai đang lập hồ sơ từ phong bì này" in answer.content.decode()
    assert browser(stage.clerk).get(f"/dossiers/counter/?envelope={envelope}").status_code == 302


def test_a_closed_envelope_makes_no_dossier(stage: f.Stage) -> None:
    draft = begun(stage, arrive(stage))
    Envelope.objects.update(state="sent_back", reason="Đã gửi trả")
    with pytest.raises(dossiers.CannotSubmit):
        dossiers.receive_at_counter(public_id=draft, papers=PAPERS, actor=stage.clerk, now=f.NOW)
    assert not Dossier.objects.exists()
