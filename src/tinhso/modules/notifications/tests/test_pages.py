"""The pages over HTTP: nobody, a citizen, another citizen, an officer, an operator."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tinhso.kernel.access.api import Actor, User
from tinhso.modules.notifications.models import ContactChoice, Message, Notice, Template
from tinhso.modules.notifications.rules import Kind
from tinhso.modules.notifications.tests import factories as f

pytestmark = pytest.mark.django_db
BUDGETS = json.loads((Path(__file__).resolve().parents[5] / "tests/query_budgets.json").read_text(encoding="utf-8"))


@pytest.fixture(autouse=True)
def _at_now(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    monkeypatch.setattr("tinhso.kernel.access.web.now", lambda: f.later(hours=1))
    known = settings.NOTIFICATIONS_PROVIDERS
    settings.NOTIFICATIONS_PROVIDERS = {**known, "sms": {**known["sms"], "url": "http://127.0.0.1:9/"}}


def browser(actor: Actor | None) -> Client:
    client = Client()
    if actor is not None:
        client.force_login(User.objects.get(pk=actor.user_id))
    return client


def text(response: Any) -> str:
    return " ".join(response.content.decode().split())


def test_who_sees_which_page() -> None:
    citizen, officer, operator = (
        f.make_actor(),
        f.make_actor("o", "officer"),
        f.make_actor("q", "operator", full_name="Quản trị"),
    )
    own = ["notifications:inbox", "notifications:choices"]
    operating = ["notifications:outbox", "notifications:templates"]
    for name in own + operating:
        assert browser(None).get(reverse(name)).status_code == 302
        assert browser(operator).get(reverse(name)).status_code == 200
    for actor in (citizen, officer):
        for name in own:
            assert browser(actor).get(reverse(name)).status_code == 200
        for name in operating:
            assert browser(actor).get(reverse(name)).status_code == 403


def test_the_bell_counts_what_is_unread_and_reading_lowers_it() -> None:
    actor, other = f.make_actor(), f.make_actor("other")
    assert "chưa đọc" not in text(browser(actor).get("/"))
    f.tell(recipient={"user_id": actor.user_id})
    f.tell(Kind.PAYMENT, recipient={"user_id": actor.user_id}, key="payment:2")
    page = text(browser(actor).get("/"))
    assert '<span class="count">2</span>' in page
    number = Notice.objects.order_by("pk").first().pk
    assert browser(other).get(reverse("notifications:open", args=[number])).status_code == 404
    opened = browser(actor).get(reverse("notifications:open", args=[number]))
    assert "Giấy chứng sinh mờ góc dưới." in text(opened)
    assert "/dossiers/follow/4f9c/" in text(opened)
    assert '<span class="count">1</span>' in text(browser(actor).get("/"))
    answer = browser(actor).post(reverse("notifications:read_all"), follow=True)
    assert "Đã đánh dấu 1 thông báo" in text(answer)
    assert browser(actor).get(reverse("notifications:read_all")).status_code == 302


def test_the_bell_costs_no_query(settings: Any) -> None:
    actor = f.make_actor()
    client = browser(actor)
    client.get(reverse("ui:display"))
    with CaptureQueriesContext(connection) as queries:
        client.get(reverse("ui:display"))
    assert sum("notifications_" in query["sql"] for query in queries) == 0


def test_a_long_inbox_has_pages() -> None:
    actor = f.make_actor()
    for number in range(60):
        f.tell(key=f"supplement:{number}", recipient={"user_id": actor.user_id})
    first = browser(actor).get(reverse("notifications:inbox"))
    assert len(first.context["notices"]) == 50
    second = browser(actor).get(reverse("notifications:inbox") + f"?before={first.context['older']}")
    assert len(second.context["notices"]) == 10
    for wrong in ("x", "-1", "9" * 40, "١"):
        assert browser(actor).get(reverse("notifications:inbox") + f"?before={wrong}").status_code == 200


def test_a_person_chooses_and_a_mistake_keeps_what_was_ticked() -> None:
    actor = f.make_actor()
    page = reverse("notifications:choices")
    refused = browser(actor).post(page, {"phone_channel": "zalo"})
    assert refused.status_code == 422
    assert "Đánh dấu đồng ý" in text(refused)
    assert refused.context["values"] == {"email": False, "phone_channel": "zalo", "zalo_consent": False}
    assert not ContactChoice.objects.exists()
    saved = browser(actor).post(page, {"phone_channel": "zalo", "zalo_consent": "1"}, follow=True)
    assert "Đã lưu cách nhận thông báo" in text(saved)
    assert "Bạn đã đồng ý nhận qua Zalo" in text(saved)


def test_the_outbox_shows_what_stands_still_and_nothing_private() -> None:
    operator = f.make_actor("q", "operator", full_name="Quản trị")
    f.tell()
    Message.objects.filter(channel="email").update(state="failed", failed_at=f.NOW, error="smtp_550", attempts=10)
    failed = Message.objects.get(channel="email")
    page = browser(operator).get(reverse("notifications:outbox"))
    body = text(page)
    for private in ("Nhung", "nhung@", "0912345678", "khai sinh", "mờ góc dưới"):
        assert private not in body
    assert "smtp_550" in body
    assert "n••@example.vn" in body
    only = browser(operator).get(reverse("notifications:outbox") + "?channel=sms&state=queued")
    assert [row.message.channel for row, _, _ in only.context["rows"]] == ["sms"]
    address = reverse("notifications:retry", args=[failed.pk])
    assert browser(f.make_actor()).post(address).status_code == 403
    assert browser(operator).get(address).status_code == 302
    assert "Tin sẽ được gửi lại" in text(browser(operator).post(address, follow=True))
    assert "không còn ở trạng thái" in text(browser(operator).post(address, follow=True))
    assert "gửi lại 0 tin" in text(
        browser(operator).post(reverse("notifications:retry_channel", args=["email"]), follow=True)
    )
    assert browser(operator).post(reverse("notifications:retry_channel", args=["fax"])).status_code == 404


def test_an_administrator_edits_a_text_with_a_preview() -> None:
    operator = f.make_actor("q", "operator", full_name="Quản trị")
    page = reverse("notifications:template", args=["supplement", "sms"])
    typed = {"text": "Moi bo sung ho so {code}, {name}", "do": "preview"}
    refused = browser(operator).post(page, typed)
    assert refused.status_code == 422
    assert "điều riêng tư" in text(refused)
    assert "Moi bo sung ho so {code}, {name}" in text(refused)
    typed["text"] = "Mời bổ sung hồ sơ {code} trước {date}."
    shown = browser(operator).post(page, typed)
    assert "Moi bo sung ho so H56.102-261124-0007 truoc" in text(shown)
    assert not Template.objects.exists()
    assert browser(operator).post(page, {**typed, "do": "save", "valid_from": "31/02/2027"}).status_code == 422
    saved = browser(operator).post(page, {**typed, "do": "save", "valid_from": "24/11/2026"}, follow=True)
    assert "Đã lưu mẫu mới" in text(saved)
    assert "Sửa bởi" in text(saved)
    for kind, channel in (("supplement", "fax"), ("nothing", "sms"), ("received", "sms")):
        assert browser(operator).get(reverse("notifications:template", args=[kind, channel])).status_code == 404


def test_every_page_keeps_its_budget() -> None:
    citizen, operator = f.make_actor(), f.make_actor("q", "operator", full_name="Quản trị")
    for number in range(12):
        f.tell(key=f"supplement:{number}", recipient={"user_id": citizen.user_id})
    notice = Notice.objects.latest("pk").pk
    pages: list[tuple[str, list[object], Actor]] = [
        ("inbox", [], citizen),
        ("open", [notice], citizen),
        ("choices", [], citizen),
        ("outbox", [], operator),
        ("templates", [], operator),
        ("template", ["supplement", "email"], operator),
    ]
    over = []
    for name, args, actor in pages:
        client = browser(actor)
        address = reverse(f"notifications:{name}", args=args)
        client.get(address)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address).status_code == 200
        if len(queries) > BUDGETS[f"notifications:{name}"]:
            over.append((name, len(queries), BUDGETS[f"notifications:{name}"]))
    assert not over
