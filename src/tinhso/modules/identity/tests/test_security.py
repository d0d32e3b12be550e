"""Sessions with their rules, shared computers, guessing, the second factor, and the proof before something is signed."""

from __future__ import annotations

import time
from datetime import date, timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from allauth.usersessions.models import UserSession
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client, RequestFactory

from tinhso.kernel.access.api import SYSTEM, RoleRequest, User, create_user, end_sessions, grant_role
from tinhso.kernel.audit.models import Entry
from tinhso.kernel.clock import now
from tinhso.modules.directory.tests.factories import get_organisation, make_officer, make_province, make_staff
from tinhso.modules.identity.models import CounterComputer
from tinhso.modules.identity.web.middleware import SessionRules

pytestmark = pytest.mark.django_db
PASSWORD = "mot-cau-de-nho-2026"
LOGIN, SESSIONS, COUNTER = "/identity/login/", "/identity/sessions/", "/identity/counter/"
BUSY = "tạm dừng đăng nhập"


@pytest.fixture(autouse=True)
def _fresh_limits() -> None:
    cache.clear()


@pytest.fixture
def citizen() -> User:
    return create_user(username="0912345678", full_name="Lê Thị Hồng Nhung", kind="citizen", password=PASSWORD)


@pytest.fixture
def clerk() -> User:
    make_province()
    ward = get_organisation("H56.102")
    user = make_officer("tiepnhan", "Lê Thị Mai")
    make_staff(user, ward)
    user.set_password(PASSWORD)
    user.save()
    grant_role(
        user_id=user.pk, role="clerk", organisation_id=ward.pk, valid_from=date(2025, 7, 1), ground="Kiểm thử",
        actor=SYSTEM, now=now(),
    )  # fmt: skip
    return user


def sign_in(login: str, password: str = PASSWORD, *, client: Client | None = None, **extra: Any) -> Client:
    client = client or Client()
    client.answer = client.post(LOGIN, {"login": login, "password": password}, **extra)  # type: ignore[attr-defined]
    return client


def signed_in(client: Client) -> bool:
    return client.get("/identity/sessions/").status_code == 200


# Sessions


@pytest.mark.usefixtures("citizen")
def test_a_person_sees_where_they_are_signed_in_and_ends_one_or_all_others() -> None:
    agent = "Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36"
    here, there, third = (sign_in("0912345678", HTTP_USER_AGENT=agent) for _ in range(3))
    page = here.get(SESSIONS).content.decode()
    assert page.count("Chrome trên Windows") == 3
    assert "(máy này)" in page
    row = UserSession.objects.exclude(session_key=here.session.session_key).first()
    assert row is not None
    here.post(SESSIONS, {"session": row.pk})
    assert sorted([signed_in(there), signed_in(third)]) == [False, True]
    here.post(SESSIONS, {"others": "1"})
    assert [signed_in(one) for one in (here, there, third)] == [True, False, False]
    assert Entry.objects.filter(action="identity.end_sessions").count() == 2
    assert Entry.objects.filter(action="identity.sign_in").count() == 3


@pytest.mark.usefixtures("citizen")
def test_nobody_ends_the_session_of_another() -> None:
    create_user(username="0987654321", full_name="Người khác", kind="citizen", password=PASSWORD)
    victim, other = sign_in("0912345678"), sign_in("0987654321")
    number = UserSession.objects.get(session_key=victim.session.session_key).pk
    other.post(SESSIONS, {"session": number})
    assert signed_in(victim)
    assert Client().post(SESSIONS, {"session": number}).status_code == 302
    assert UserSession.objects.filter(pk=number).exists()


@pytest.mark.parametrize(
    ("idle", "age", "lives"),
    [
        (timedelta(minutes=90), timedelta(hours=3), True),
        (timedelta(hours=3), timedelta(hours=4), False),
        (timedelta(minutes=1), timedelta(hours=11), True),
        (timedelta(minutes=1), timedelta(hours=13), False),
    ],
)
def test_an_officers_session_ends_when_unused_and_after_a_day(
    clerk: User, idle: timedelta, age: timedelta, lives: bool
) -> None:
    client = sign_in("tiepnhan")
    session = client.session
    moment = now()
    session["signed_in_at"], session["seen_at"] = (moment - age).timestamp(), (moment - idle).timestamp()
    session.save()
    answer = client.get(SESSIONS, follow=True)
    page = answer.content.decode()
    assert ("Nơi đang đăng nhập" in page) == lives
    assert ("Hãy đăng nhập lại." in page) == (not lives)
    if not lives:
        assert not UserSession.objects.exists()


def test_the_rules_cost_no_query_but_once_in_a_while(clerk: User, django_assert_num_queries: Any) -> None:
    client = sign_in("tiepnhan")
    request = RequestFactory().get("/")
    request.session = client.session
    request.user = clerk
    assert request.session["signed_in_at"]
    rules = SessionRules(lambda request: HttpResponse())
    with django_assert_num_queries(0):
        rules(request)


def test_all_sessions_end_with_the_account(clerk: User) -> None:
    client = sign_in("tiepnhan")
    end_sessions(clerk.pk)
    assert not signed_in(client)
    assert not UserSession.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_signing_in_and_proving_need_no_transaction_of_the_page(settings: Any) -> None:
    """Pages run without one: what is written together is held together by the services."""
    create_user(username="0912345678", full_name="Lê Thị Hồng Nhung", kind="citizen", password=PASSWORD)
    client = sign_in("0912345678")
    assert signed_in(client)
    settings.STEP_UP_MINUTES = 15
    long_ago(client)
    answer = client.post("/identity/systems/", {"_proof_password": PASSWORD})
    assert answer.status_code == 403, "not theirs, and said before any proof"
    client.post("/identity/logout/")
    assert not UserSession.objects.exists()


# A shared computer


def test_one_person_at_a_time_on_a_shared_computer(clerk: User, citizen: User) -> None:
    desk = sign_in("tiepnhan")
    page = desk.get(COUNTER).content.decode()
    assert "UBND phường Hạc Thành" in page
    office = get_organisation("H56.102").pk
    answer = desk.post(COUNTER, {"office": office, "label": "Quầy 3"})
    assert answer.status_code == 302
    number = CounterComputer.objects.get().pk
    assert "máy dùng chung «Quầy 3»" in desk.get(COUNTER).content.decode()

    assert desk.session["counter"] == str(number), "the session that registered it is one there"
    desk.post("/identity/logout/")
    again = sign_in("tiepnhan", client=desk)
    assert again.session["counter"] == str(number)
    assert again.session.get_expire_at_browser_close()
    # Another browser of the same computer (the cookie goes with it): the earlier session ends.
    other = Client()
    other.cookies["counter_computer"] = desk.cookies["counter_computer"].value
    sign_in("0912345678", client=other)
    assert signed_in(other)
    assert not signed_in(again)
    moment = now()
    session = other.session
    session["seen_at"] = (moment - timedelta(minutes=21)).timestamp()
    session.save()
    assert not signed_in(other), "a citizen's month does not hold at a counter"


def test_a_person_has_one_session_at_shared_computers(clerk: User) -> None:
    first = sign_in("tiepnhan")
    office = get_organisation("H56.102").pk
    first.post(COUNTER, {"office": office, "label": "Quầy 1"})
    second = sign_in("tiepnhan")
    second.post(COUNTER, {"office": office, "label": "Quầy 2"})
    assert [signed_in(first), signed_in(second)] == [False, True]
    sign_in("tiepnhan", client=first)
    assert [signed_in(first), signed_in(second)] == [True, False]


def test_a_shared_computer_needs_a_name_a_place_and_the_right(clerk: User, citizen: User) -> None:
    desk = sign_in("tiepnhan")
    office = get_organisation("H56.102").pk
    for post, told in (
        ({"office": office, "label": ""}, "Đặt tên máy"),
        ({"office": get_organisation("H56").pk, "label": "Quầy 3"}, "Chọn nơi đặt máy"),
        ({"office": "x", "label": "Quầy 3"}, "Chọn nơi đặt máy"),
    ):
        answer = desk.post(COUNTER, post)
        assert answer.status_code == 422
        assert told in answer.content.decode()
    assert sign_in("0912345678").get(COUNTER).status_code == 403
    assert not CounterComputer.objects.exists()


# Guessing


def guess(times: int, *, address: str, login: str = "0912345678") -> str:
    page = ""
    for _ in range(times):
        page = sign_in(login, "sai-mat-khau", REMOTE_ADDR=address).answer.content.decode()  # type: ignore[attr-defined]
    return page


@pytest.mark.usefixtures("citizen")
def test_whoever_guesses_is_held_up_and_the_owner_is_not() -> None:
    known = sign_in("0912345678", REMOTE_ADDR="10.0.0.1")
    known.post("/identity/logout/")
    assert BUSY in guess(6, address="10.9.9.9")
    # From elsewhere, and from the guesser's own address in the browser that has signed in before.
    assert signed_in(sign_in("0912345678", REMOTE_ADDR="10.0.0.2"))
    assert signed_in(sign_in("0912345678", client=known, REMOTE_ADDR="10.9.9.9"))
    assert BUSY in sign_in("0912345678", REMOTE_ADDR="10.9.9.9").answer.content.decode()  # type: ignore[attr-defined]


@pytest.mark.usefixtures("citizen")
def test_many_addresses_together_are_held_up_and_a_known_browser_is_not() -> None:
    known = sign_in("0912345678", REMOTE_ADDR="10.0.0.1")
    known.post("/identity/logout/")
    for number in range(21):
        guess(5, address=f"10.1.1.{number}")
    assert BUSY in guess(1, address="10.1.2.1")
    assert signed_in(sign_in("0912345678", client=known, REMOTE_ADDR="10.1.2.1"))


@pytest.mark.usefixtures("citizen")
def test_a_known_browser_is_no_free_pass_to_guess() -> None:
    known = sign_in("0912345678")
    known.post("/identity/logout/")
    for _ in range(5):
        sign_in("0912345678", "sai-mat-khau", client=known)
    assert BUSY in sign_in("0912345678", client=known).answer.content.decode()  # type: ignore[attr-defined]


@pytest.mark.usefixtures("citizen")
def test_a_made_up_cookie_is_not_a_known_browser() -> None:
    forged = Client()
    forged.cookies["known_browser"] = "abc.def:ghi:jkl"
    for _ in range(5):
        sign_in("0912345678", "sai-mat-khau", client=forged)
    assert BUSY in sign_in("0912345678", client=forged).answer.content.decode()  # type: ignore[attr-defined]


# Second factor


def code_of(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


def with_totp(user: User) -> str:
    secret: str = generate_totp_secret()
    TOTP.activate(user, secret)
    RecoveryCodes.activate(user)
    return secret


def test_the_password_alone_no_longer_opens_an_account_with_a_second_factor(citizen: User) -> None:
    secret = with_totp(citizen)
    client = sign_in("0912345678")
    assert client.answer.url.startswith("/identity/2fa/authenticate/")  # type: ignore[attr-defined]
    assert not signed_in(client)
    page = client.post("/identity/2fa/authenticate/", {"code": "000000"}).content.decode()
    assert "Mã chưa đúng" in page
    assert client.post("/identity/2fa/authenticate/", {"code": code_of(secret)}).status_code == 302
    assert signed_in(client)


def test_a_recovery_code_opens_once(citizen: User) -> None:
    with_totp(citizen)
    code = Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes()[0]
    for expected in (True, False):
        client = sign_in("0912345678")
        client.post("/identity/2fa/authenticate/", {"code": code})
        assert signed_in(client) is expected


def test_secrets_of_the_second_factor_are_not_in_the_database_as_they_are(citizen: User) -> None:
    secret = with_totp(citizen)
    assert all(secret not in str(row.data) for row in Authenticator.objects.all())


# Proof before something is granted


@pytest.fixture
def asked(clerk: User) -> RoleRequest:
    office = make_officer("quyen", "Trần Mạnh Cường")
    office.set_password(PASSWORD)
    office.save()
    grant_role(
        user_id=office.pk, role="rights_admin", organisation_id=get_organisation("H56").pk, subtree=True,
        valid_from=date(2025, 7, 1), ground="Kiểm thử", actor=SYSTEM, now=now(),
    )  # fmt: skip
    return RoleRequest.objects.create(
        user=clerk, role="handler", organisation_id=get_organisation("H56.102").pk, valid_from=now().date(),
        ground="Kiểm thử", requested_by=clerk, requested_at=now(),
    )  # fmt: skip


def long_ago(client: Client) -> None:
    session = client.session
    records = session["account_authentication_methods"]
    session["account_authentication_methods"] = [{**one, "at": time.time() - 3600} for one in records]
    session.save()


def test_who_grants_proves_again_that_it_is_they_and_nothing_typed_is_lost(asked: RoleRequest, settings: Any) -> None:
    settings.STEP_UP_MINUTES = 15
    office = sign_in("quyen")
    long_ago(office)
    url = f"/directory/rights/requests/{asked.pk}/decide/"
    post = {"decision": "approve", "reason": "Đúng phân công <b>tháng 12</b>"}
    page = office.post(url, post).content.decode()
    assert "Xác nhận là bạn" in page
    assert 'value="Đúng phân công &lt;b&gt;tháng 12&lt;/b&gt;"' in page
    asked.refresh_from_db()
    assert asked.decision == ""
    wrong = office.post(url, {**post, "_proof_password": "sai"})
    assert wrong.status_code == 422
    assert "Mật khẩu chưa đúng" in wrong.content.decode()
    asked.refresh_from_db()
    assert asked.decision == ""
    assert office.post(url, {**post, "_proof_password": PASSWORD}).status_code == 302
    asked.refresh_from_db()
    assert asked.decision != ""
    assert Entry.objects.filter(action="identity.prove").count() == 1
    # Within the quarter of an hour nothing more is asked.
    assert "Xác nhận là bạn" not in office.post(url, post, follow=True).content.decode()


def test_who_has_a_second_factor_proves_by_it_and_not_by_the_password(asked: RoleRequest, settings: Any) -> None:
    settings.STEP_UP_MINUTES = 15
    office = sign_in("quyen")
    secret = with_totp(User.objects.get(username="quyen"))
    long_ago(office)
    url, post = f"/directory/rights/requests/{asked.pk}/decide/", {"decision": "approve", "reason": "Đúng phân công"}
    answer = office.post(url, {**post, "_proof_password": PASSWORD})
    assert "Mã xác thực" in answer.content.decode()
    asked.refresh_from_db()
    assert asked.decision == ""
    assert office.post(url, {**post, "_proof_code": code_of(secret)}).status_code == 302
    asked.refresh_from_db()
    assert asked.decision != ""
