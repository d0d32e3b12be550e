"""A lost second factor: one asks, another decides, the owner hears of both, and a password alone is then enough again."""

from __future__ import annotations

from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.test import Client

from tests.test_query_budgets import budgets
from tinhso.kernel.access.api import Actor, Refused, User
from tinhso.kernel.audit.models import Entry
from tinhso.kernel.clock import now
from tinhso.kernel.events.api import drain
from tinhso.modules.directory.tests.factories import (
    get_organisation,
    give,
    make_officer,
    make_organisation,
    make_province,
    make_staff,
)
from tinhso.modules.identity.models import FactorRemoval
from tinhso.modules.identity.services.lost_factors import (
    CannotRemoveFactor,
    ask_factor_removal,
    decide_factor_removal,
    removals,
)
from tinhso.modules.notifications.models import Notice

pytestmark = pytest.mark.django_db
PASSWORD = "mot-cau-de-nho-2026"
GROUND = "Gặp trực tiếp, xem thẻ căn cước; đơn báo mất điện thoại ngày 24/11/2026"
PAGE = "/identity/lost-factors/"


@pytest.fixture(autouse=True)
def _province() -> None:
    cache.clear()
    make_province()


@pytest.fixture
def owner() -> User:
    user = make_officer("tiepnhan", "Lê Thị Mai")
    make_staff(user, get_organisation("H56.102"))
    user.set_password(PASSWORD)
    user.save()
    TOTP.activate(user, generate_totp_secret())
    return user


def member(username: str, role: str, *, code: str = "H56") -> Actor:
    user = make_officer(username, f"Người giữ vai trò {username}")
    user.set_password(PASSWORD)
    user.save()
    return give(user, role, get_organisation(code), subtree=True)


@pytest.fixture
def asker() -> Actor:
    return member("canbo", "staff_admin")


@pytest.fixture
def decider() -> Actor:
    return member("quyen", "rights_admin")


def signed_in(username: str) -> Client:
    client = Client()
    assert client.post("/identity/login/", {"login": username, "password": PASSWORD}).status_code == 302
    return client


def factors(user: User) -> int:
    return int(Authenticator.objects.filter(user=user).count())


def test_one_asks_another_decides_and_the_owner_hears_of_both(owner: User, asker: Actor, decider: Actor) -> None:
    client = signed_in("canbo")
    assert client.post(f"{PAGE}ask/", {"username": "tiepnhan", "ground": GROUND}).status_code == 302
    drain(now=now())
    assert "có người đề nghị gỡ xác thực hai lớp" in Notice.objects.get(user=owner).text
    assert factors(owner) == 1
    row = FactorRemoval.objects.get()
    epoch = User.objects.get(pk=owner.pk).session_epoch
    rights = signed_in("quyen")
    assert GROUND in rights.get(PAGE).content.decode()
    assert rights.post(f"{PAGE}{row.pk}/decide/", {"decision": "remove"}).status_code == 302
    assert factors(owner) == 0
    assert User.objects.get(pk=owner.pk).session_epoch == epoch + 1
    drain(now=now())
    assert Notice.objects.filter(user=owner, text__contains="đã được gỡ").count() == 1
    assert [*Entry.objects.filter(action__contains="factor").order_by("pk").values_list("action", flat=True)] == [
        "identity.ask_factor_removal",
        "identity.remove_factor",
    ]
    # The password alone is enough again.
    assert signed_in("tiepnhan").get("/identity/sessions/").status_code == 200
    assert "Đã gỡ" in rights.get(PAGE).content.decode()


@pytest.mark.parametrize(
    ("typed", "field", "said"),
    [
        ({"username": "khong-co", "ground": GROUND}, "username", "Không có cán bộ nào"),
        ({"username": "tiepnhan", "ground": "mất"}, "ground", "ít nhất 10 ký tự"),
        ({"username": "canbo", "ground": GROUND}, "username", "Không có cán bộ nào"),
        ({"username": "", "ground": GROUND}, "username", "Không có cán bộ nào"),
    ],
)
@pytest.mark.usefixtures("owner", "asker")
def test_a_wrong_request_is_told_at_its_field_and_kept(typed: dict[str, str], field: str, said: str) -> None:
    answer = signed_in("canbo").post(f"{PAGE}ask/", typed)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert said in page
    assert f'href="#{field}"' in page
    assert typed["ground"] in page
    assert not FactorRemoval.objects.exists()


def test_who_asked_does_not_decide_and_nobody_for_themselves(owner: User, asker: Actor, decider: Actor) -> None:
    make_staff(User.objects.get(username="quyen"), get_organisation("H56"))
    TOTP.activate(User.objects.get(username="quyen"), generate_totp_secret())
    number = ask_factor_removal(username="tiepnhan", ground=GROUND, actor=asker, now=now())
    own = ask_factor_removal(username="quyen", ground=GROUND, actor=asker, now=now())
    with pytest.raises(Refused):
        decide_factor_removal(removal_id=number, remove=True, reason="", actor=asker, now=now())
    with pytest.raises(CannotRemoveFactor, match="chính mình"):
        decide_factor_removal(removal_id=own, remove=True, reason="", actor=decider, now=now())
    with pytest.raises(CannotRemoveFactor, match="Ghi lý do"):
        decide_factor_removal(removal_id=number, remove=False, reason="", actor=decider, now=now())
    with pytest.raises(CannotRemoveFactor, match="đang chờ"):
        ask_factor_removal(username="tiepnhan", ground=GROUND, actor=asker, now=now())
    assert factors(owner) == 1
    assert {row.full_name: row.may_decide for row in removals(actor=decider, now=now())} == {
        "Lê Thị Mai": True,
        "Người giữ vai trò quyen": False,
    }
    row = FactorRemoval.objects.get(pk=number)
    row.state, row.decided_by_id, row.decided_at = "removed", row.requested_by_id, now()
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save()


@pytest.mark.usefixtures("asker")
def test_a_refusal_changes_nothing_and_says_why(owner: User, asker: Actor, decider: Actor) -> None:
    number = ask_factor_removal(username="tiepnhan", ground=GROUND, actor=asker, now=now())
    decide_factor_removal(removal_id=number, remove=False, reason="Chưa gặp người này", actor=decider, now=now())
    assert factors(owner) == 1
    assert Entry.objects.filter(action="identity.refuse_factor_removal", reason="Chưa gặp người này").count() == 1
    with pytest.raises(CannotRemoveFactor, match="đã được quyết định"):
        decide_factor_removal(removal_id=number, remove=True, reason="", actor=decider, now=now())
    assert ask_factor_removal(username="tiepnhan", ground=GROUND, actor=asker, now=now())


def test_beyond_ones_reach_nothing_is_seen_or_done(owner: User, asker: Actor) -> None:
    make_organisation("UBND xã Quảng Thắng", "H56.103", parent=get_organisation("H56"))
    away, judge = member("xakhac", "staff_admin", code="H56.103"), member("quyenxa", "rights_admin", code="H56.103")
    with pytest.raises(CannotRemoveFactor, match="phạm vi"):
        ask_factor_removal(username="tiepnhan", ground=GROUND, actor=away, now=now())
    number = ask_factor_removal(username="tiepnhan", ground=GROUND, actor=asker, now=now())
    assert removals(actor=judge, now=now()) == []
    with pytest.raises(CannotRemoveFactor, match="phạm vi"):
        decide_factor_removal(removal_id=number, remove=True, reason="", actor=judge, now=now())
    assert factors(owner) == 1


@pytest.mark.usefixtures("owner")
def test_others_open_neither_page_nor_action(asker: Actor) -> None:
    number = ask_factor_removal(username="tiepnhan", ground=GROUND, actor=asker, now=now())
    clerk: Any = Client()
    clerk.force_login(make_officer("khac", "Người khác"))
    assert clerk.get(PAGE).status_code == 403
    assert clerk.post(f"{PAGE}ask/", {"username": "tiepnhan", "ground": GROUND}).status_code == 403
    assert clerk.post(f"{PAGE}{number}/decide/", {"decision": "remove"}).status_code == 403
    assert Client().get(PAGE).status_code == 302
    assert FactorRemoval.objects.get().state == "waiting"


def test_the_page_costs_the_same_however_many_wait(
    asker: Actor, decider: Actor, django_assert_max_num_queries: Any
) -> None:
    for number in range(6):
        user = make_officer(f"mat{number}", f"Người mất máy {number}")
        make_staff(user, get_organisation("H56.102"))
        TOTP.activate(user, generate_totp_secret())
        ask_factor_removal(username=user.username, ground=GROUND, actor=asker, now=now())
    client = signed_in("quyen")
    with django_assert_max_num_queries(budgets()["identity:lost_factors"]) as counted:
        assert client.get(PAGE).content.decode().count("Gỡ xác thực hai lớp</button>") == 6
    print(len(counted))
