"""A person's own record: checked, kept, audited without its values, and nobody else's."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from django.test import Client

from tinhso.kernel.access.api import User, actor_of, create_user
from tinhso.kernel.audit.api import trail
from tinhso.kernel.clock import now
from tinhso.modules.identity.api import CannotSavePerson, person, save_person
from tinhso.modules.identity.rules import clean_phone, clean_text, person_errors

BUDGETS = Path(__file__).resolve().parents[5] / "tests" / "query_budgets.json"
PROFILE = "/identity/profile/"
GOOD = {
    "full_name": "Lê Thị Hồng Nhung",
    "identity_number": "038 192 004 517",
    "birth_date": "14/8/1992",
    "phone": "+84 912 345 678",
    "email": "nhung@example.vn",
    "address": "Thôn 3, xã Hoằng Hóa",
}


def browser(kind: str = "citizen", username: str = "0912345678") -> tuple[Client, User]:
    user = create_user(username=username, full_name="Lê Nhung", kind=kind)
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client, user


@pytest.mark.django_db
def test_what_is_told_once_is_kept_and_audited_without_its_values() -> None:
    client, user = browser()
    assert client.post(PROFILE, GOOD).url == PROFILE
    known = person(user.pk)
    assert known is not None
    assert (known.full_name, known.identity_number, known.phone) == ("Lê Thị Hồng Nhung", "038192004517", "0912345678")
    assert known.birth_date == date(1992, 8, 14)
    entries = trail(f"user:{user.pk}")
    assert [entry.action for entry in entries] == ["identity.save_person"]
    assert "038192004517" not in repr(entries)
    assert "Đã lưu thông tin cá nhân." in client.get(PROFILE).content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("full_name", "", "Nhập họ và tên"),
        ("full_name", "N" * 301, "tối đa 300 ký tự"),
        ("identity_number", "12a", "đúng 12 chữ số"),
        ("birth_date", "31/02/1990", "Ngày sinh có dạng"),
        ("birth_date", "01/01/2999", "từ năm 1900 đến hôm nay"),
        ("phone", "123", "10 chữ số"),
        ("email", "a@b", "Thư điện tử chưa đúng"),
        ("address", "Đ" * 301, "tối đa 300 ký tự"),
    ],
)
def test_what_is_wrong_is_told_at_its_field_and_kept_on_the_page(field: str, typed: str, sentence: str) -> None:
    client, user = browser()
    response = client.post(PROFILE, {**GOOD, field: typed})
    page = response.content.decode()
    assert response.status_code == 422
    assert f'<a href="#{field}">' in page
    assert sentence in page
    if typed:
        assert f'value="{typed}"' in page
    user.refresh_from_db()
    assert user.full_name == "Lê Nhung"


@pytest.mark.django_db
def test_html_is_shown_as_typed() -> None:
    client, _ = browser()
    page = client.post(PROFILE, {**GOOD, "full_name": "<script>alert(1)</script>", "phone": '"><b>'}).content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert client.post(PROFILE, {**GOOD, "full_name": "Lê\x00 Nhung"}).status_code == 302


@pytest.mark.django_db
def test_it_is_for_citizens_themselves() -> None:
    assert Client().get(PROFILE).url == f"/identity/login/?next={PROFILE}"
    officer, user = browser("officer", "tiepnhan")
    assert officer.get(PROFILE).status_code == 403
    with pytest.raises(PermissionError):
        save_person(values={"full_name": "x"}, birth_date=None, actor=actor_of(user, on=now().date()), now=now())


@pytest.mark.django_db
def test_a_refused_record_changes_nothing() -> None:
    _, user = browser()
    with pytest.raises(CannotSavePerson) as refusal:
        save_person(values={"full_name": ""}, birth_date=None, actor=actor_of(user, on=now().date()), now=now())
    assert set(refusal.value.errors) == {"full_name"}


@pytest.mark.django_db
def test_pages_keep_their_budget(django_assert_max_num_queries) -> None:
    client, _ = browser()
    client.post(PROFILE, GOOD)
    budgets = json.loads(BUDGETS.read_text(encoding="utf-8"))
    with django_assert_max_num_queries(budgets["identity:profile"]):
        client.get(PROFILE)
    with django_assert_max_num_queries(budgets["home_after_login"]):
        client.get("/identity/after-login/")


def test_phones_and_lines_are_tidied() -> None:
    assert clean_phone("+84 912.345-678") == "0912345678"
    assert clean_phone("abc") == "abc"
    assert clean_text("  Lê\x00 \n Nhung\t") == "Lê Nhung"
    assert person_errors({"full_name": "An"}, birth_date=None, today=date(2026, 1, 1)) == {}
