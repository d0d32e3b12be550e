"""Telling somebody something: once, as they chose, with the texts of the moment."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tinhso.kernel.access.api import SYSTEM, Refused
from tinhso.modules.notifications import api
from tinhso.modules.notifications.models import ContactChoice, Message, Notice
from tinhso.modules.notifications.rules import Channel, Kind, UnfitText
from tinhso.modules.notifications.services.choosing import CannotChoose, choose_channels, mark_read
from tinhso.modules.notifications.services.templates import CannotSaveTemplate, in_force, save_template
from tinhso.modules.notifications.tests import factories as f

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _connected(settings: object) -> None:
    known = settings.NOTIFICATIONS_PROVIDERS
    settings.NOTIFICATIONS_PROVIDERS = {
        name: {**row, "url": row["url"] or "http://127.0.0.1:9/"} for name, row in known.items()
    }


def channels() -> list[str]:
    return list(Message.objects.order_by("pk").values_list("channel", flat=True))


def test_a_person_is_told_by_letter_and_by_sms() -> None:
    user = f.make_user()
    assert f.tell(recipient={"user_id": user.pk})
    notice = Notice.objects.get()
    assert notice.user_id == user.pk
    assert notice.title == f"Hồ sơ {f.CODE} cần bổ sung"
    assert "Kính gửi Lê Thị Hồng Nhung" in notice.text
    assert channels() == ["email", "sms"]
    sms = Message.objects.get(channel="sms")
    assert sms.text == (
        f"Ho so {f.CODE} can bo sung truoc 16:00 27/11/2026. Xem va bo sung tai http://127.0.0.1:8000/dossiers/track/"
    )
    assert sms.values == {}


def test_the_same_event_tells_the_same_person_once_and_others_too() -> None:
    first, second = f.make_user("first"), f.make_user("second")
    assert f.tell(recipient={"user_id": first.pk})
    assert not f.tell(recipient={"user_id": first.pk})
    assert f.tell(recipient={"user_id": second.pk})
    assert f.tell(key="supplement:2", recipient={"user_id": first.pk})
    assert Notice.objects.count() == 3


def test_many_at_once_cost_a_bounded_number_of_queries(django_assert_max_num_queries: object) -> None:
    users = [f.make_user(f"user{number}") for number in range(20)]
    wanted = [f.wanted(recipient={"user_id": user.pk}) for user in users]
    with django_assert_max_num_queries(10):
        assert api.notify_many(wanted=[*wanted, *wanted], actor=SYSTEM, now=f.NOW) == 20


def test_only_the_system_tells() -> None:
    with pytest.raises(Refused):
        api.notify(wanted=f.wanted(), actor=f.make_actor(), now=f.NOW)
    assert not Notice.objects.exists()


def test_who_has_neither_account_nor_address_is_told_nothing() -> None:
    assert not f.tell(recipient={"email": "", "phone": ""})
    assert not Notice.objects.exists()


def test_without_an_account_the_address_of_the_matter_is_used() -> None:
    assert f.tell(recipient={"phone": ""})
    assert Notice.objects.get().user_id is None
    assert channels() == ["email"]


def test_a_channel_that_is_not_connected_gets_nothing(settings: object) -> None:
    settings.NOTIFICATIONS_PROVIDERS["sms"]["url"] = ""
    f.tell()
    assert channels() == ["email"]


def test_what_needs_nobody_to_act_does_not_ring() -> None:
    f.tell(Kind.RETURNED)
    assert channels() == ["email"]


def test_an_officer_is_told_on_the_page() -> None:
    officer = f.make_user("officer", "officer")
    f.tell(Kind.ASSIGNED, recipient={"user_id": officer.pk, "name": "", "email": "", "phone": ""})
    assert channels() == []
    officer.refresh_from_db()
    assert officer.unread_notices == 1


class TestChoice:
    def test_no_letter_and_no_ringing(self) -> None:
        actor = f.make_actor()
        choose_channels(email=False, phone_channel="", zalo_consent=False, actor=actor, now=f.NOW)
        f.tell(recipient={"user_id": actor.user_id})
        assert Notice.objects.count() == 1
        assert channels() == []

    def test_zalo_asks_for_consent_and_keeps_its_moment(self) -> None:
        actor = f.make_actor()
        with pytest.raises(CannotChoose, match="đồng ý"):
            choose_channels(email=True, phone_channel="zalo", zalo_consent=False, actor=actor, now=f.NOW)
        assert not ContactChoice.objects.exists()
        choose_channels(email=True, phone_channel="zalo", zalo_consent=True, actor=actor, now=f.NOW)
        choose_channels(email=False, phone_channel="zalo", zalo_consent=True, actor=actor, now=f.later(days=1))
        assert ContactChoice.objects.get().zalo_consent_at == f.NOW
        f.tell(recipient={"user_id": actor.user_id})
        zalo = Message.objects.get()
        assert zalo.provider_template == "330102"
        assert set(zalo.values) <= {"code", "date", "link", "province"}
        assert "Nhung" not in f"{zalo.values}{zalo.text}"

    def test_leaving_zalo_withdraws_the_consent(self) -> None:
        actor = f.make_actor()
        choose_channels(email=True, phone_channel="zalo", zalo_consent=True, actor=actor, now=f.NOW)
        choose_channels(email=True, phone_channel="sms", zalo_consent=True, actor=actor, now=f.NOW)
        assert ContactChoice.objects.get().zalo_consent_at is None

    def test_an_unknown_channel_is_refused(self) -> None:
        with pytest.raises(CannotChoose):
            choose_channels(email=True, phone_channel="fax", zalo_consent=True, actor=f.make_actor(), now=f.NOW)


def test_a_private_value_in_the_wrong_place_makes_no_notice() -> None:
    with pytest.raises(UnfitText):
        f.tell(values={"code": "Lê Thị Hồng Nhung"})
    assert not Notice.objects.exists()


def test_only_own_notices_are_read() -> None:
    mine, other = f.make_actor("mine"), f.make_actor("other")
    f.tell(recipient={"user_id": mine.user_id})
    number = Notice.objects.get().pk
    assert mark_read(actor=other, now=f.NOW, notice_id=number) == 0
    assert mark_read(actor=mine, now=f.NOW, notice_id=number) == 1
    assert mark_read(actor=mine, now=f.NOW) == 0


class TestTemplates:
    def save(self, **changes: object) -> None:
        operator = f.make_actor("operator", "operator") if "actor" not in changes else changes.pop("actor")
        arguments = {
            "kind": Kind.SUPPLEMENT,
            "channel": Channel.SMS,
            "subject": "",
            "text": "Moi bo sung ho so {code} truoc {date}.",
            "valid_from": f.NOW,
            "actor": operator,
            "now": f.NOW,
        }
        save_template(**{**arguments, **changes})

    def test_a_new_text_holds_from_its_day_on(self) -> None:
        self.save(valid_from=f.later(days=2))
        f.tell()
        assert Message.objects.get(channel="sms").text.startswith("Ho so")
        f.tell(key="supplement:2", now=f.later(days=3))
        assert Message.objects.filter(channel="sms").last().text.startswith("Moi bo sung")
        assert in_force([Kind.SUPPLEMENT], now=f.NOW)[Kind.SUPPLEMENT, Channel.SMS].made_by_name == ""

    def test_what_was_told_keeps_its_words(self) -> None:
        f.tell()
        self.save()
        assert Message.objects.get(channel="sms").text.startswith("Ho so")

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"text": "Chao {name}"}, "text"),
            ({"valid_from": f.NOW - timedelta(days=1)}, "valid_from"),
            ({"kind": Kind.RECEIVED}, "text"),
        ],
    )
    def test_a_wrong_text_changes_nothing(self, changes: dict[str, object], field: str) -> None:
        with pytest.raises(CannotSaveTemplate) as caught:
            self.save(**changes)
        assert field in caught.value.errors
        assert in_force([Kind.SUPPLEMENT], now=f.NOW)[Kind.SUPPLEMENT, Channel.SMS].made_by_name == ""

    def test_two_texts_from_one_moment_are_refused(self) -> None:
        operator = f.make_actor("operator", "operator")
        self.save(actor=operator)
        with pytest.raises(CannotSaveTemplate, match="sửa"):
            self.save(actor=operator)

    def test_an_officer_may_not(self) -> None:
        with pytest.raises(Refused):
            self.save(actor=f.make_actor("officer", "officer"))
