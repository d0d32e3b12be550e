"""Each event of a dossier tells its person once, and its story says what became of the message."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from tinhso.kernel.access.api import SYSTEM
from tinhso.kernel.events.api import drain
from tinhso.modules.dossiers import api as dossiers
from tinhso.modules.dossiers.services.telling import tell_person
from tinhso.modules.dossiers.tests import factories as f
from tinhso.modules.dossiers.tests.test_officer_lists import browser
from tinhso.modules.notifications import api as notifications
from tinhso.modules.notifications.models import Message, Notice
from tinhso.modules.notifications.tests.factories import later, mail_server
from tinhso.modules.notifications.tests.factories import send as send_out

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _connected(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    known = settings.NOTIFICATIONS_PROVIDERS
    settings.NOTIFICATIONS_PROVIDERS = {
        name: {**row, "url": row["url"] or "http://127.0.0.1:9/"} for name, row in known.items()
    }
    monkeypatch.setattr("tinhso.kernel.access.web.now", lambda: later(hours=2))


@pytest.fixture
def stage() -> f.Stage:
    return f.make_stage()


def kinds() -> list[str]:
    return list(Notice.objects.order_by("pk").values_list("kind", flat=True))


def told_after(action: Any) -> str:
    """The kind of the one new notice that an action led to."""
    drain(later(hours=1))
    before = Notice.objects.count()
    action()
    drain(later(hours=1))
    assert Notice.objects.count() == before + 1
    return str(Notice.objects.latest("pk").kind)


def test_from_sending_to_the_hand_over(stage: f.Stage) -> None:
    dossier = f.issued(stage, email="nhung@example.vn")
    dossiers.take_fee(dossier_id=dossier.pk, amount=dossier.fee_total or 0, actor=stage.clerk, now=later(hours=1))
    dossiers.give_back(
        dossier_id=dossier.pk,
        received_by_name="Lê Thị Hồng Nhung",
        received_by_identity="",
        actor=stage.clerk,
        now=later(hours=1),
    )
    drain(later(hours=1))
    assert sorted(kinds()) == ["accepted", "new_work", "new_work", "received", "result_ready", "returned"]
    assert {notice.user_id for notice in Notice.objects.filter(kind="new_work")} == {stage.clerk.user_id}
    assert Notice.objects.get(kind="accepted").user_id == stage.citizen.user_id
    assert set(Message.objects.values_list("channel", flat=True)) == {"email", "sms"}
    for sms in Message.objects.filter(channel="sms"):
        assert "Nhung" not in sms.text
        assert "khai sinh" not in sms.text.lower()


def test_the_same_event_tells_once(stage: f.Stage) -> None:
    dossier = f.send(stage)
    arguments = {"kind": notifications.Kind.RECEIVED, "event_id": 1, "dossier_id": dossier.pk, "actor": SYSTEM}
    assert tell_person(**arguments, now=f.NOW)
    assert not tell_person(**arguments, now=f.NOW)
    assert kinds() == ["received"]


def test_what_is_asked_refused_put_off_and_ended(stage: f.Stage) -> None:
    now = later(minutes=30)
    refused = f.send(stage)
    ground = "Hồ sơ không thuộc thẩm quyền giải quyết của phường."
    assert (
        told_after(lambda: dossiers.refuse(dossier_id=refused.pk, ground=ground, actor=stage.clerk, now=now))
        == "refused"
    )
    assert ground in Notice.objects.latest("pk").text
    asked = f.accepted(stage)
    dossiers.claim(task_id=f.open_task(asked).pk, actor=stage.handler, now=now)
    item = dossiers.Asked(dossiers.ItemKind.PAPER, "birth_proof", "Chụp lại rõ bốn góc.")
    request = {
        "dossier_id": asked.pk,
        "items": [item],
        "reason": "Giấy chứng sinh mờ.",
        "answer_by": later(days=7).date(),
        "actor": stage.handler,
        "now": now,
    }
    assert told_after(lambda: dossiers.request_supplement(**request)) == "supplement"
    assert "Giấy chứng sinh mờ." in Notice.objects.latest("pk").text
    withdrawn = {"dossier_id": asked.pk, "confirmed": True, "reason": "", "actor": stage.citizen, "now": now}
    assert told_after(lambda: dossiers.withdraw(**withdrawn)) == "withdrawn"
    paying = f.accepted(stage)
    dossiers.claim(task_id=f.open_task(paying).pk, actor=stage.handler, now=now)
    owed = {"dossier_id": paying.pk, "amount": 25000, "reason": "Lệ phí trích lục", "actor": stage.handler, "now": now}
    assert told_after(lambda: dossiers.request_payment(**owed)) == "payment"
    assert "25.000 đồng" in Notice.objects.latest("pk").text
    late = f.accepted(stage)
    apology = {
        "dossier_id": late.pk,
        "reason": "Chờ kết quả xác minh.",
        "new_due_at": later(days=3),
        "actor": stage.leader,
        "now": now,
    }
    assert told_after(lambda: dossiers.apologise(**apology)) == "apology"
    assert "09:00 27/11/2026" in Notice.objects.latest("pk").text


def test_an_officer_hears_of_work_that_was_given_to_them(stage: f.Stage) -> None:
    dossier = f.accepted(stage)
    task = f.open_task(dossier)
    drain(later(hours=1))
    dossiers.assign(task_id=task.pk, user_id=stage.handler.user_id or 0, actor=stage.head, now=f.NOW)
    drain(later(hours=1))
    notice = Notice.objects.get(kind="assigned")
    assert notice.user_id == stage.handler.user_id
    assert notice.url == f"/dossiers/{dossier.public_id}/"
    assert not Message.objects.filter(notice=notice).exists()
    desk = browser(stage.handler).get(reverse("dossiers:desk")).content.decode()
    assert notice.title in desk


def test_the_story_tells_what_was_sent_and_what_arrived(stage: f.Stage, settings: Any) -> None:
    dossier = f.accepted(stage, email="nhung@example.vn")
    drain(f.NOW)
    follow, show = (reverse(f"dossiers:{name}", args=[dossier.public_id]) for name in ("follow", "show"))
    assert "chờ gửi thư" in browser(stage.citizen).get(follow).content.decode()
    with mail_server(settings):
        send_out(notifications.Channel.EMAIL, now=later(minutes=2))
    sms = Message.objects.filter(channel="sms")
    sms.update(state="delivered", sent_at=later(minutes=3), delivered_at=later(minutes=4))
    for actor, page in ((stage.citizen, follow), (stage.handler, show)):
        body = browser(actor).get(page).content.decode()
        assert "đã gửi thư lúc 09:02 24/11/2026" in body
        assert "đã gửi SMS lúc 09:03 24/11/2026, đã đến lúc 09:04 24/11/2026" in body
    sms.update(state="sent")
    assert "chưa có báo đã đến" in browser(stage.citizen).get(follow).content.decode()
    sms.update(state="failed", failed_at=later(minutes=5))
    assert "không gửi SMS được" in browser(stage.citizen).get(follow).content.decode()


def test_a_person_without_an_account_is_told_by_what_they_gave(stage: f.Stage) -> None:
    f.at_counter(stage, email="nhung@example.vn")
    drain(later(hours=1))
    assert set(Notice.objects.values_list("user_id", flat=True)) == {None}
    assert set(Message.objects.values_list("address", flat=True)) == {"nhung@example.vn", "0912345678"}
