"""The shared catalogues: every module's codes in one place, with source and validity."""

from __future__ import annotations

import pytest
from django.test import Client

from tinhso.kernel.access.api import User, create_user, permissions
from tinhso.modules.directory.rules.catalogues import Catalogue, catalogues, register_catalogue

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer(client: Client) -> Client:
    user = create_user(username="canbo", full_name="Lê Văn Cán", password="x", kind=User.Kind.OFFICER)
    client.force_login(user)
    return client


def test_every_catalogue_opens_and_names_its_source(officer: Client) -> None:
    body = officer.get("/directory/catalogues/").content.decode()
    for one in catalogues():
        assert one.title in body
        assert one.source
        if one.entries is not None:
            answer = officer.get(f"/directory/catalogues/{one.key}/")
            assert answer.status_code == 200, one.key
            assert one.source in answer.content.decode()


def test_the_states_say_who_brings_a_dossier_there_and_where_it_may_go(officer: Client) -> None:
    from tinhso.modules.dossiers.queries.catalogues import BROUGHT_BY
    from tinhso.modules.dossiers.rules import State

    assert set(BROUGHT_BY) == set(State)
    assert set(BROUGHT_BY.values()) <= set(permissions())
    body = officer.get("/directory/catalogues/dossier-states/").content.decode()
    assert "Do: Lãnh đạo cơ quan, Lãnh đạo phòng" in body or "Do: Chuyên viên xử lý" in body
    assert "10 Đã trả kết quả" in body


def test_one_finds_without_diacritics_and_is_told_of_nothing_found(officer: Client) -> None:
    body = officer.get("/directory/catalogues/dossier-states/?q=tra+ket+qua").content.decode()
    assert "Đã trả kết quả" in body
    assert "Mới đăng ký" not in body
    assert "Không có mã nào" in officer.get("/directory/catalogues/dossier-states/?q=khongco").content.decode()


def test_an_unknown_catalogue_is_a_page_that_is_not_there_and_citizens_do_not_come(client: Client) -> None:
    assert client.get("/directory/catalogues/dossier-states/").status_code in (302, 403)


def test_a_catalogue_has_entries_or_a_page() -> None:
    with pytest.raises(ValueError, match="either"):
        register_catalogue(Catalogue("x", "X", "nguồn", "giữ"))
