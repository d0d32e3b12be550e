"""Where filing begins: the agency, and with or without an account."""

from __future__ import annotations

import pytest
from django.urls import reverse

from tinhso.modules.directory.models import Succession
from tinhso.modules.directory.tests.factories import get_organisation, make_organisation
from tinhso.modules.dossiers.models import Draft
from tinhso.modules.dossiers.tests.citizen_steps import CODE, begin, browser, budget
from tinhso.modules.dossiers.tests.factories import make_stage
from tinhso.modules.dossiers.web.citizen.start import Place, find_places, spoken

pytestmark = pytest.mark.django_db
START = f"/dossiers/start/{CODE}/"
COMMUNES = ("Hoằng Hóa", "Hoằng Lộc", "Sao Vàng", "Quan Sơn", "Đông Quang", "Điền Quang", "Ngọc Lặc", "Pù Luông")


def many_communes() -> None:
    for number, name in enumerate(COMMUNES):
        make_organisation(f"UBND xã {name}", f"H56.3{number:02}", parent=get_organisation("H56"))


def test_a_commune_is_found_without_diacritics_and_the_draft_is_its() -> None:
    stage = make_stage()
    many_communes()
    draft = Draft.objects.get(public_id=begin(browser()))
    assert draft.agency_id == stage.agency_id
    assert (draft.owner_id, draft.written_by_id) == (None, None)


def test_a_commune_is_found_by_the_name_it_had_before() -> None:
    make_stage()
    many_communes()
    old = make_organisation(
        "UBND xã Hoằng Quang",
        "H56.3A",
        parent=get_organisation("H56"),
        valid_until="2025-06-30",
        valid_from="2020-01-01",
    )
    Succession.objects.create(
        predecessor=old, successor=get_organisation("H56.301"), effective_date="2025-07-01", kind="merged"
    )
    draft = Draft.objects.get(public_id=begin(browser(), "hoang quang"))
    assert draft.agency.code == "H56.301"


def test_several_that_fit_are_offered_and_nothing_is_begun() -> None:
    make_stage()
    many_communes()
    response = browser().post(START, {"place": "hoang"})
    page = response.content.decode()
    assert response.status_code == 422
    assert "Có 2 nơi khớp" in page
    assert "Xã Hoằng Hóa" in page
    assert "Xã Hoằng Lộc" in page
    assert not Draft.objects.exists()


def test_a_name_that_nobody_has_is_told_at_the_field_and_kept() -> None:
    make_stage()
    many_communes()
    response = browser().post(START, {"place": "<b>Paris</b>"})
    page = response.content.decode()
    assert response.status_code == 422
    assert "Không tìm thấy xã, phường nào tên «&lt;b&gt;Paris&lt;/b&gt;»" in page
    assert 'value="&lt;b&gt;Paris&lt;/b&gt;"' in page


def test_the_commune_is_remembered_over_signing_in() -> None:
    make_stage()
    many_communes()
    client = browser()
    response = client.post(START, {"place": "hac thanh", "go": "login"})
    assert response.url == f"{reverse('account_login')}?next=%2Fdossiers%2Fstart%2F1.001193%2F"
    assert 'value="Phường Hạc Thành"' in client.get(START).content.decode()


def test_a_draft_not_finished_is_offered_for_going_on() -> None:
    make_stage()
    client = browser()
    many_communes()
    draft = begin(client)
    assert f"/dossiers/drafts/{draft}/" in client.get(START).content.decode()
    assert f"/dossiers/drafts/{draft}/" not in browser().get(START).content.decode()


def test_unknown_procedure_is_404_and_one_not_filed_here_says_so() -> None:
    make_stage(channels=["counter"])
    assert browser().get("/dossiers/start/9.999999/").status_code == 404
    assert browser().get("/dossiers/start/%00/").status_code == 404
    response = browser().get(START)
    assert response.status_code == 200
    assert "chỉ nhận hồ sơ trực tiếp" in response.content.decode()


def test_an_officer_is_told_to_use_the_counter() -> None:
    stage = make_stage()
    for officer in (stage.clerk, stage.handler):
        assert "tài khoản cán bộ" in browser(officer).get(START).content.decode()


def test_the_page_keeps_its_budget(django_assert_max_num_queries) -> None:
    stage = make_stage()
    many_communes()
    client = browser(stage.citizen)
    client.get(START)
    with django_assert_max_num_queries(budget("dossiers:start")):
        client.get(START)


def test_the_strictest_reading_wins() -> None:
    places = [
        Place(1, "Phường Hạc Thành", "UBND phường Hạc Thành"),
        Place(2, "Xã Thành Vinh", "UBND xã Thành Vinh", ("Xã Thành Hạc",)),
        Place(3, "Xã Hoá Quỳ", "UBND xã Hoá Quỳ"),
    ]
    assert [place.id for place in find_places(places, "hạc thành")] == [1]
    assert [place.id for place in find_places(places, "thanh hac")] == [2]
    assert [place.id for place in find_places(places, "thành")] == [1, 2]
    assert [place.id for place in find_places(places, "hóa quỳ")] == [3]
    assert find_places(places, "  ") == []
    assert spoken("UBND phường Hạc Thành") == "Phường Hạc Thành"
