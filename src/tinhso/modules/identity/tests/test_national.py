"""Signing in by the national electronic identity, with a stand-in that really listens, tells the truth and lies."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.test import Client

from tinhso.kernel.access.api import User, create_user
from tinhso.kernel.audit.api import trail
from tinhso.modules.identity.models import Person
from tinhso.modules.identity.rules import BadToken, read_claims, same_name
from tinhso.modules.identity.tests.double import BEGIN, CHIEN, HA, NAM, NHUNG, asked_of, choose, come, go, national
from tools.doubles.national_identity import Provider

__all__ = ["national"]
pytestmark = pytest.mark.django_db
LOGIN = "/identity/login/"


def signed_in(username: str = "0912345678", full_name: str = "Lê Nhung", password: str = "mot-cau-de-nho") -> Client:
    user = create_user(username=username, full_name=full_name, kind="citizen", phone=username, password=password)
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def account(client: Client) -> User | None:
    return User.objects.filter(pk=client.session.get("_auth_user_id")).first()


def test_the_log_in_page_offers_it_only_where_it_is_connected(settings: Any) -> None:
    assert "Đăng nhập bằng VNeID" in Client().get(LOGIN).content.decode()
    settings.NATIONAL_IDENTITY = {**settings.NATIONAL_IDENTITY, "issuer": ""}
    assert "VNeID" not in Client().get(LOGIN).content.decode()
    assert Client().post(BEGIN).url == LOGIN


def test_a_person_comes_in_and_is_known(national: Provider) -> None:
    client = Client()
    response = come(client, HA, next="/dossiers/mine/")
    assert response.url == "/dossiers/mine/"
    user = account(client)
    assert user is not None
    assert (user.full_name, user.kind, user.has_usable_password()) == ("Nguyễn Thị Thu Hà", "citizen", False)
    person = Person.objects.get(user=user)
    assert (person.identity_number, person.birth_date, person.proof, person.national_level) == (
        HA, date(1992, 5, 14), "national", 2,
    )  # fmt: skip
    assert client.session["national_level"] == 2
    entries = trail(f"user:{user.pk}")
    assert [entry.action for entry in entries] == ["identity.verify", "identity.sign_in"]
    assert HA not in repr(entries)
    again = Client()
    come(again, HA)
    assert account(again) == user
    assert User.objects.count() == 1


def test_what_it_asks_for(national: Provider) -> None:
    asked = asked_of(Client(), level="2", again="1")
    assert asked["acr_values"] == "muc-2"
    assert asked["prompt"] == "login"
    assert asked["code_challenge_method"] == "S256"
    assert len(asked["nonce"]) > 20
    assert asked["redirect_uri"].endswith("/identity/national/back/")
    assert asked_of(Client())["acr_values"] == "muc-1 muc-2"
    # Nothing of what the browser sends gets into the request.
    hostile = asked_of(Client(), scope="openid admin", auth_params="acr_values=x", client_id="y", acr_values="z")
    for name in ("client_id", "acr_values"):
        assert hostile[name] == asked_of(Client())[name]
    assert "admin" not in hostile["scope"].split()


@pytest.mark.parametrize(
    "lie",
    ["issuer", "audience", "authorized_party", "nonce", "expired", "early", "signature", "alg_none", "hmac", "no_acr",
     "kid", "other_userinfo", "no_number", "no_token"],
)  # fmt: skip
def test_what_lies_is_not_believed_and_nothing_changes(national: Provider, lie: str) -> None:
    client = Client()
    national.behaviour.lie = lie
    response = come(client, HA, next="/dossiers/mine/")
    assert response.status_code == 400, lie
    page = response.content.decode()
    assert "Không đăng nhập được bằng VNeID" in page
    assert "Chưa có gì thay đổi" in page
    assert "?next=/dossiers/mine/" in page.replace("%2F", "/")
    assert account(client) is None
    assert (User.objects.count(), Person.objects.count()) == (0, 0)
    national.behaviour.lie = ""
    assert come(client, HA).status_code == 302


@pytest.mark.parametrize("lie", ["garbage", "discovery_issuer"])
def test_what_does_not_speak_the_protocol_is_as_good_as_down(national: Provider, lie: str) -> None:
    national.behaviour.lie = lie
    response = Client().post(BEGIN)
    assert response.status_code == 424
    assert "VNeID đang không trả lời" in response.content.decode()


def test_when_it_is_down_the_page_says_so_and_offers_the_telephone(national: Provider) -> None:
    national.behaviour.down = True
    client = Client()
    response = client.post(BEGIN, {"next": "/dossiers/mine/"})
    page = response.content.decode()
    assert response.status_code == 424
    assert "Đăng nhập bằng số điện thoại" in page
    assert f"{LOGIN}?next=%2Fdossiers%2Fmine%2F" in page
    # Down in the middle of the way.
    national.behaviour.down = False
    address = go(client, HA)
    national.behaviour.down = True
    assert client.get(address).status_code == 424
    assert User.objects.count() == 0


def test_slow_is_not_for_ever(national: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tinhso.modules.identity.services.national.TIMEOUT", 0.2)
    national.behaviour.delay = 1.0
    assert Client().post(BEGIN).status_code == 424


@pytest.mark.parametrize(
    "wanted", ["https://ke-gian.example/", "//ke-gian.example", "javascript:alert(1)", "http:///x"]
)
def test_nobody_is_led_to_another_host(national: Provider, wanted: str) -> None:
    client = Client()
    assert come(client, HA, next=wanted).url == "/identity/after-login/"


def test_an_answer_counts_once_in_its_own_browser(national: Provider) -> None:
    client, other = Client(), Client()
    address = go(client, HA)
    assert other.get(address).status_code == 400
    assert account(other) is None
    assert client.get(address).status_code == 302
    assert client.get(address).status_code == 400
    for made_up in ("", "?state=x&code=y", "?code=y", "?state=%00&code=%00"):
        assert Client().get(f"/identity/national/back/{made_up}").status_code == 400


def test_a_code_that_was_used_or_made_up_is_refused(national: Provider) -> None:
    client = Client()
    address = go(client, HA)
    national.codes.clear()
    assert client.get(address).status_code == 400
    address = go(client, HA).replace("iss=http", "iss=https")
    assert client.get(address).status_code == 400
    assert User.objects.count() == 0


def test_who_turns_back_is_told_so(national: Provider) -> None:
    client = Client()
    response = client.get(choose(client.post(BEGIN)["Location"], "cancel"))
    assert response.status_code == 200
    assert "Bạn đã dừng đăng nhập" in response.content.decode()


def test_less_than_was_asked_for_is_refused(national: Provider) -> None:
    client = Client()
    national.behaviour.lie = "low_acr"
    response = come(client, HA, level="2")
    assert response.status_code == 400
    assert "cần định danh mức 2" in response.content.decode()
    assert User.objects.count() == 0


def test_another_name_of_the_same_person_is_not_believed_without_their_account(national: Provider) -> None:
    client = Client()
    come(client, HA)
    mine = account(client)
    national.behaviour.lie = "sub"
    stranger = Client()
    response = come(stranger, HA)
    assert response.status_code == 403
    assert "gắn với một tài khoản định danh khác" in response.content.decode()
    assert account(stranger) is None
    # Signed in to the account as well: the new name replaces the old one.
    assert come(client, HA).status_code == 302
    assert account(client) == mine


def test_a_locked_account_stays_locked(national: Provider) -> None:
    client = Client()
    come(client, HA)
    User.objects.update(is_active=False)
    assert come(Client(), HA).status_code == 403


def test_officers_do_not_sign_in_by_it(national: Provider) -> None:
    user = create_user(username="tiepnhan", full_name="Lê Mai", kind="officer")
    client = Client()
    client.force_login(user)
    assert client.post(BEGIN).status_code == 403


def test_a_higher_level_is_asked_for_where_it_is_needed(national: Provider) -> None:
    client = Client()
    come(client, HA)
    store = "/archive/mine/"
    assert "Cần định danh" not in client.get(store).content.decode()
    low = Client()
    come(low, HA, 1)
    assert low.session["national_level"] == 1
    page = low.get(store).content.decode()
    assert "Cần định danh điện tử mức 2" in page
    assert "VNeID mức 1" in page
    assert come(low, HA, 2, next=store, level="2", again="1").url == store
    assert "Cần định danh" not in low.get(store).content.decode()
    # By password alone the record that the national identity vouches for stays closed too.
    user = account(client)
    assert user is not None
    user.set_password("mot-cau-de-nho")
    user.save()
    phone = Client()
    phone.post(LOGIN, {"login": user.username, "password": "mot-cau-de-nho"})
    assert account(phone) == user
    assert "Cần định danh" in phone.get(store).content.decode()


def test_the_level_does_not_go_over_to_the_next_session(national: Provider) -> None:
    client = Client()
    come(client, HA)
    client.post("/identity/logout/")
    come(client, NHUNG, 1)
    assert client.session["national_level"] == 1


def test_what_is_vouched_for_is_not_typed_over(national: Provider) -> None:
    client = Client()
    come(client, HA)
    values = {
        "full_name": "Nguyễn Thị Thu Hà", "identity_number": HA, "birth_date": "14/5/1992", "address": "Thôn 3",
    }  # fmt: skip
    assert client.post("/identity/profile/", values).status_code == 302
    for change in ({"identity_number": NAM}, {"full_name": "Trịnh Văn Nam"}, {"birth_date": "15/5/1992"}):
        response = client.post("/identity/profile/", {**values, **change})
        assert response.status_code == 422
        assert "Đã được xác thực nên không sửa" in response.content.decode()
    person = Person.objects.get()
    assert (person.identity_number, person.address) == (HA, "Thôn 3")


def test_a_person_who_married_bears_the_new_name(national: Provider) -> None:
    client = Client()
    come(client, HA)
    national.behaviour.rename = {HA: "Nguyễn Thị Hà"}
    come(Client(), HA)
    user = account(client)
    assert user is not None
    assert user.full_name == "Nguyễn Thị Hà"
    assert trail(f"user:{user.pk}")[-2].action == "identity.verify_again"


def test_low_level_is_a_record_but_opens_nothing_more(national: Provider) -> None:
    client = Client()
    come(client, CHIEN, 1)
    assert Person.objects.get().national_level == 1
    assert "mức 1" in client.get("/identity/profile/").content.decode()


# Pure


GOOD = {"sub": "s", "acr": "muc-2"}
INFO = {"sub": "s", "identity_number": HA, "name": "Nguyễn Hà", "birthdate": "1992-05-14"}
LEVELS = {"muc-1": 1, "muc-2": 2}


def test_claims_are_read() -> None:
    claims = read_claims(GOOD, {**INFO, "phone_number": "+84912000001", "address": "x"}, levels=LEVELS)
    assert (claims.level, claims.phone, claims.address, claims.birth_date) == (2, "0912000001", "", date(1992, 5, 14))
    assert read_claims(GOOD, {**INFO, "birthdate": "hôm qua"}, levels=LEVELS).birth_date is None


@pytest.mark.parametrize(
    ("token", "info"),
    [
        ({"sub": 7}, {}), ({"sub": ""}, {}), ({"sub": "x" * 200}, {}), ({"acr": None}, {}), ({"acr": "muc-9"}, {}),
        ({}, {"sub": "t"}), ({}, {"identity_number": 38}), ({}, {"identity_number": "03819200000A"}),
        ({}, {"identity_number": "٠٣٨١٩٢٠٠٠٠٠١"}), ({}, {"name": ""}), ({}, {"name": "x" * 400}),
        ({}, {"account_type": "organisation"}),
        ({}, {"account_type": "organisation", "organisation": {"identifier": "28", "name": "Công ty"}}),
    ],
)  # fmt: skip
def test_claims_that_say_too_little_are_refused(token: dict[str, Any], info: dict[str, Any]) -> None:
    with pytest.raises(BadToken):
        read_claims({**GOOD, **token}, {**INFO, **info}, levels=LEVELS)


def test_names() -> None:
    assert same_name("NGUYỄN  THỊ HÀ", "Nguyễn Thị Hà")
    assert not same_name("Nguyen Thi Ha", "Nguyễn Thị Hà")
    assert not same_name("", "")
