"""Carrying messages out: a real SMTP server, an SMS gateway and Zalo over HTTP; slow, down, lying, killed."""

from __future__ import annotations

import hmac
import json
import time
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest
from django.test import Client

from tinhso.kernel.access.api import SYSTEM, Refused
from tinhso.modules.notifications import api
from tinhso.modules.notifications.models import ChannelState, ContactChoice, Message, Notice
from tinhso.modules.notifications.rules import Channel, MessageState
from tinhso.modules.notifications.services import doors, sending
from tinhso.modules.notifications.services.keeping import prune
from tinhso.modules.notifications.services.operating import CannotRetry, retry_channel, retry_message
from tinhso.modules.notifications.tests import factories as f
from tools.doubles.messaging import Taken
from tools.doubles.sms_gateway import SmsGateway
from tools.doubles.zalo import Zalo

pytestmark = pytest.mark.django_db


def message(channel: str) -> Message:
    return Message.objects.filter(channel=channel).latest("pk")


class TestMail:
    def test_a_letter_goes_out_in_text_and_html(self, settings: Any) -> None:
        with f.mail_server(settings) as server:
            f.tell()
            assert f.send(Channel.EMAIL) == 1
        letter = server.letters[0]
        assert letter["Subject"].strip() == f"Hồ sơ {f.CODE} cần bổ sung"
        assert letter["To"] == "nhung@example.vn"
        assert "Tỉnh Thanh Hóa" in letter["From"]
        kinds = [part.get_content_type() for part in letter.walk()]
        assert kinds == ["multipart/alternative", "text/plain", "text/html"]
        html = letter.get_body(("html",)).get_content()
        assert "/dossiers/follow/4f9c/" in html
        assert "style=" not in html
        sent = message("email")
        # SMTP tells that the server took it, no more.
        assert (sent.state, sent.sent_at, sent.delivered_at) == ("sent", f.NOW, None)

    def test_what_a_person_wrote_is_not_read_as_html(self, settings: Any) -> None:
        with f.mail_server(settings) as server:
            f.tell(values={"reason": "<script>alert(1)</script>"})
            f.send(Channel.EMAIL)
        assert "<script>" not in server.letters[0].get_body(("html",)).get_content()

    def test_an_address_that_does_not_exist_waits_for_an_operator(self, settings: Any) -> None:
        with f.mail_server(settings) as server:
            server.refuse = "550 no such user"
            f.tell()
            f.tell(key="supplement:2")
            assert f.send(Channel.EMAIL) == 0
        assert (message("email").state, message("email").error) == ("failed", "smtp_550")
        # The fault of one address is not the channel's: both were tried.
        assert ChannelState.objects.get(pk="email").paused_until is None
        assert Message.objects.filter(state="failed").count() == 2

    def test_a_full_mailbox_is_tried_later(self, settings: Any) -> None:
        with f.mail_server(settings) as server:
            server.refuse = "452 mailbox full"
            f.tell()
            f.send(Channel.EMAIL)
            assert message("email").state == "queued"
            assert message("email").next_try_at > f.NOW
            server.refuse = ""
            assert f.send(Channel.EMAIL) == 0
            assert f.send(Channel.EMAIL, now=f.later(hours=3)) == 1

    def test_a_dead_server_pauses_the_channel_longer_and_longer(self, settings: Any) -> None:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
        f.tell()
        f.tell(key="supplement:2")
        now, pauses = f.NOW, []
        for _ in range(4):
            assert f.send(Channel.EMAIL, now=now) == 0
            state = ChannelState.objects.get(pk="email")
            pauses.append((state.paused_until - now).total_seconds())
            assert f.send(Channel.EMAIL, now=now + timedelta(seconds=1)) == 0
            assert ChannelState.objects.get(pk="email").failures == state.failures
            now = state.paused_until
        assert pauses == [30, 60, 120, 240]
        with f.mail_server(settings) as server:
            assert f.send(Channel.EMAIL, now=f.later(hours=1)) == 2
        assert len(server.letters) == 2
        assert ChannelState.objects.get(pk="email").failures == 0

    def test_a_server_that_takes_and_hangs_up_gets_the_same_letter_again(self, settings: Any) -> None:
        """The window that SMTP leaves open: the second letter carries the same Message-ID."""
        with f.mail_server(settings) as server:
            server.drop = True
            f.tell()
            f.send(Channel.EMAIL)
            server.drop = False
            f.send(Channel.EMAIL, now=f.later(hours=1))
        assert len(server.letters) == 2
        assert len({letter["Message-ID"] for letter in server.letters}) == 1


class TestSms:
    @pytest.fixture
    def gateway(self, settings: Any) -> Any:
        with f.provider(settings, SmsGateway(), "sms") as double:
            yield double

    def test_one_message_goes_out(self, gateway: SmsGateway) -> None:
        f.tell()
        assert f.send(Channel.SMS) == 1
        taken = next(iter(gateway.taken.values()))
        assert taken.phone == "0912345678"
        assert (message("sms").state, message("sms").provider_ref) == ("sent", taken.number)

    def test_a_sender_killed_before_writing_it_down_sends_nothing_twice(
        self, gateway: SmsGateway, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        f.tell()

        def killed(*args: Any) -> None:
            raise SystemExit

        with monkeypatch.context() as patched:
            patched.setattr(sending, "_settle", killed)
            with pytest.raises(SystemExit):
                f.send(Channel.SMS)
        assert message("sms").state == "queued"
        # Whoever comes at once finds it still in hand; after the claim it is asked again, with the same key.
        assert f.send(Channel.SMS, now=f.later(seconds=30)) == 0
        assert f.send(Channel.SMS, now=f.later(minutes=3)) == 1
        assert [taken.asked for taken in gateway.taken.values()] == [2]
        assert message("sms").state == "sent"

    def test_a_slow_gateway_is_left_and_asked_again_with_the_same_key(
        self, gateway: SmsGateway, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(doors, "TIMEOUT", (0.2, 0.2))
        gateway.behaviour.delay = 0.6
        f.tell()
        assert f.send(Channel.SMS) == 0
        assert (message("sms").state, message("sms").error) == ("queued", "ReadTimeout")
        gateway.behaviour.delay = 0
        assert f.send(Channel.SMS, now=f.later(hours=1)) == 1
        assert len(gateway.taken) == 1

    @pytest.mark.parametrize(
        ("behaviour", "error"),
        [
            ({"down": True}, "http_503"),
            ({"lie": "garbage"}, "http_200_no_json"),
            ({"lie": "no_id"}, "sms_100"),
        ],
    )
    def test_a_gateway_that_is_down_or_lies_is_not_believed(
        self, gateway: SmsGateway, behaviour: dict[str, Any], error: str
    ) -> None:
        gateway.behaviour.__dict__.update(behaviour)
        f.tell()
        assert f.send(Channel.SMS) == 0
        assert (message("sms").state, message("sms").error) == ("queued", error)
        gateway.behaviour = type(gateway.behaviour)()
        assert f.send(Channel.SMS, now=f.later(hours=1)) == 1
        assert len(gateway.taken) == 1

    def test_a_number_that_takes_no_messages_is_not_tried_again(self, gateway: SmsGateway) -> None:
        f.tell(recipient={"phone": "0912"})
        f.send(Channel.SMS)
        assert (message("sms").state, message("sms").error) == ("failed", "sms_99")

    def test_a_wrong_key_of_ours_stops_the_channel_not_the_messages(self, gateway: SmsGateway, settings: Any) -> None:
        settings.NOTIFICATIONS_PROVIDERS["sms"]["key"] = "old"
        f.tell()
        f.send(Channel.SMS)
        assert message("sms").state == "queued"
        assert ChannelState.objects.get(pk="sms").last_error == "sms_101"

    def test_after_ten_refusals_an_operator_is_asked(self, gateway: SmsGateway) -> None:
        gateway.behaviour.lie = "no_id"
        f.tell()
        Message.objects.filter(channel="sms").update(expires_at=f.later(days=30))
        now = f.NOW
        for _ in range(10):
            f.send(Channel.SMS, now=now)
            now = max(now, message("sms").next_try_at) + timedelta(seconds=1)
            now = now.astimezone(f.NOW.tzinfo).replace(hour=max(8, min(now.astimezone(f.NOW.tzinfo).hour, 20)))
        assert (message("sms").state, message("sms").attempts) == ("failed", 10)
        operator = f.make_actor("operator", "operator")
        gateway.behaviour.lie = ""
        retry_message(message_id=message("sms").pk, actor=operator, now=now)
        assert f.send(Channel.SMS, now=now) == 1
        with pytest.raises(CannotRetry):
            retry_message(message_id=message("sms").pk, actor=operator, now=now)

    def test_at_night_it_waits_until_seven(self, gateway: SmsGateway) -> None:
        night = f.NOW.replace(hour=22)
        f.tell(now=night)
        assert f.send(Channel.SMS, now=night + timedelta(minutes=5)) == 0
        assert f.send(Channel.SMS, now=f.NOW.replace(day=25, hour=7)) == 1

    def test_what_was_queued_by_day_does_not_go_out_at_night_either(self, gateway: SmsGateway) -> None:
        f.tell()
        assert f.send(Channel.SMS, now=f.NOW.replace(hour=23)) == 0
        assert message("sms").state == "queued"
        assert f.send(Channel.SMS, now=f.NOW.replace(day=25, hour=7)) == 1

    def test_too_late_to_be_worth_sending(self, gateway: SmsGateway) -> None:
        f.tell()
        assert f.send(Channel.SMS, now=f.later(days=3)) == 0
        assert (message("sms").state, message("sms").expired_at) == ("expired", f.later(days=3))
        assert not gateway.taken

    def test_one_sender_holds_a_channel(self, gateway: SmsGateway) -> None:
        f.tell()
        ChannelState.objects.create(channel="sms", held_until=f.later(minutes=1))
        assert f.send(Channel.SMS) == 0
        assert f.send(Channel.SMS, now=f.later(minutes=2)) == 1

    def test_one_job_is_asked_for_at_a_time(self, gateway: SmsGateway) -> None:
        f.tell()
        assert set(api.ask_to_send(actor=SYSTEM, now=f.NOW)) == {Channel.EMAIL, Channel.SMS}
        assert api.ask_to_send(actor=SYSTEM, now=f.later(seconds=10)) == []
        f.send(Channel.SMS)
        f.tell(key="supplement:2")
        assert api.ask_to_send(actor=SYSTEM, now=f.later(seconds=20)) == [Channel.SMS]

    def test_a_failing_channel_does_not_hold_up_another(self, gateway: SmsGateway, settings: Any) -> None:
        gateway.behaviour.down = True
        with f.mail_server(settings) as server:
            f.tell()
            f.send(Channel.SMS)
            assert f.send(Channel.EMAIL) == 1
        assert len(server.letters) == 1


class TestReports:
    """What providers report afterwards, over HTTP as they do."""

    @pytest.fixture
    def gateway(self, settings: Any) -> Any:
        with f.provider(settings, SmsGateway(), "sms") as double:
            f.tell()
            f.send(Channel.SMS)
            yield double

    def post(self, made: Any, channel: str = "sms") -> Any:
        body, headers = made
        return Client().post(f"/notifications/reports/{channel}/", body, "application/json", headers=headers)

    def taken(self, gateway: Any) -> Taken:
        return next(iter(gateway.taken.values()))

    def test_delivered_is_told_once_and_stays(self, gateway: SmsGateway) -> None:
        one = self.taken(gateway)
        assert message("sms").state == "sent"
        assert self.post(gateway.report(one, one.number)).json() == {"ok": True, "changed": True}
        first = message("sms")
        assert first.state == "delivered"
        assert self.post(gateway.report(one, one.number)).json() == {"ok": True, "changed": False}
        gateway.behaviour.outcome = "failed"
        assert self.post(gateway.report(one, one.number)).json() == {"ok": True, "changed": False}
        assert message("sms").delivered_at == first.delivered_at

    def test_a_forged_report_changes_nothing(self, gateway: SmsGateway) -> None:
        gateway.behaviour.forge = True
        one = self.taken(gateway)
        assert self.post(gateway.report(one, one.number)).status_code == 403
        assert message("sms").state == "sent"

    def test_a_report_of_another_number_changes_nothing(self, gateway: SmsGateway) -> None:
        assert self.post(gateway.report(self.taken(gateway), "X00000000")).json()["changed"] is False
        unknown = Taken("8d2e4f1c-0000-4000-8000-000000000000", "S1", "0912345678", "")
        assert self.post(gateway.report(unknown, "S1")).json()["changed"] is False
        assert message("sms").state == "sent"

    def test_not_delivered_waits_for_an_operator(self, gateway: SmsGateway) -> None:
        gateway.behaviour.outcome = "failed"
        one = self.taken(gateway)
        self.post(gateway.report(one, one.number))
        assert (message("sms").state, message("sms").error) == ("failed", "sms_failed")

    def test_a_report_before_our_own_note_is_believed(self, settings: Any) -> None:
        with f.provider(settings, SmsGateway(), "sms") as gateway:
            f.tell(key="supplement:2")
            early = message("sms")
            one = Taken(str(early.public_id), "S00000009", "0912345678", "")
            self.post(gateway.report(one, one.number))
            assert message("sms").state == "delivered"
            assert f.send(Channel.SMS) == 0
            assert not gateway.taken

    @pytest.mark.parametrize("body", [b"", b"[]", b"{}", b"\xff", b'{"RequestId": "x", "SMSID": 1, "SendStatus": "?"}'])
    def test_what_is_no_report_is_refused(self, gateway: SmsGateway, body: bytes) -> None:
        sign = hmac.new(b"double", body, sha256).hexdigest()
        assert self.post((body, {"X-Signature": sign})).status_code == 403

    def test_unknown_channels_and_long_bodies(self, gateway: SmsGateway) -> None:
        assert self.post((b"{}", {}), "email").status_code == 404
        assert self.post((b"{}", {}), "fax").status_code == 404
        assert self.post((b"x" * 70_000, {})).status_code == 413
        assert Client().get("/notifications/reports/sms/").status_code == 405

    def test_a_deployment_without_a_secret_believes_nobody(self, gateway: SmsGateway, settings: Any) -> None:
        settings.NOTIFICATIONS_PROVIDERS["sms"]["report_secret"] = ""
        one = self.taken(gateway)
        assert self.post(gateway.report(one, one.number)).status_code == 403


class TestZalo:
    def choose(self) -> int:
        user = f.make_user()
        ContactChoice.objects.create(
            user=user, phone_channel="zalo", zalo_consent_at=f.NOW, changed_at=f.NOW, email=False
        )
        return user.pk

    def test_there_and_back(self, settings: Any) -> None:
        with f.provider(settings, Zalo(), "zalo") as double:
            f.tell(recipient={"user_id": self.choose()})
            assert f.send(Channel.ZALO) == 1
            one = next(iter(double.taken.values()))
            assert one.phone == "84912345678"
            template, _, data = one.text.partition(": ")
            assert template == "330102"
            assert set(json.loads(data)) <= {"code", "date", "link", "province"}
            made = double.report(one, one.number)
            assert TestReports().post(made, "zalo").json()["changed"] is True
            assert message("zalo").state == "delivered"
            body, headers = made
            assert TestReports().post((body + b" ", headers), "zalo").status_code == 403

    def test_a_stale_token_stops_the_channel(self, settings: Any) -> None:
        with f.provider(settings, Zalo(), "zalo"):
            settings.NOTIFICATIONS_PROVIDERS["zalo"]["key"] = "stale"
            f.tell(recipient={"user_id": self.choose()})
            assert f.send(Channel.ZALO) == 0
        assert (message("zalo").state, ChannelState.objects.get(pk="zalo").last_error) == ("queued", "zalo_-216")


@pytest.mark.django_db(transaction=True)
def test_the_whole_way_over_http(settings: Any, live_server: Any) -> None:
    """Sent, taken once, reported three times over the network, delivered once."""
    double = SmsGateway()
    with f.provider(settings, double, "sms", report_url=f"{live_server.url}/notifications/reports/sms/"):
        double.behaviour.repeat = 3
        f.tell()
        f.send(Channel.SMS)
        for _ in range(100):
            if message("sms").state == MessageState.DELIVERED:
                break
            time.sleep(0.05)
    assert message("sms").state == "delivered"


def test_only_the_system_sends_and_only_operators_repair(settings: Any) -> None:
    f.tell()
    with pytest.raises(Refused):
        api.send_due(channel=Channel.EMAIL, actor=f.make_actor(), clock=lambda: f.NOW)
    with pytest.raises(Refused):
        retry_channel(channel=Channel.EMAIL, actor=f.make_actor("o", "officer"), now=f.NOW)


def test_all_failed_ones_of_a_channel_go_again() -> None:
    for number in range(3):
        f.tell(key=f"supplement:{number}")
    Message.objects.update(state="failed", failed_at=f.NOW, error="smtp_550", attempts=10)
    assert retry_channel(channel=Channel.EMAIL, actor=f.make_actor("op", "operator"), now=f.NOW) == 3
    assert f.send(Channel.EMAIL) == 3


def test_addresses_and_texts_go_after_three_months_notices_after_a_year() -> None:
    f.tell()
    f.send(Channel.EMAIL)
    prune(actor=SYSTEM, now=f.later(days=89))
    assert message("email").address
    prune(actor=SYSTEM, now=f.later(days=91))
    kept = message("email")
    assert (kept.address, kept.text, kept.state, kept.sent_at) == ("", "", "sent", f.NOW)
    prune(actor=SYSTEM, now=f.later(days=366))
    assert not Notice.objects.exists()
