"""Writing a draft: kept whatever is typed, taken up again, and nobody else's."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from tinhso.kernel.access.api import User
from tinhso.modules.dossiers.models import Draft
from tinhso.modules.dossiers.tests.citizen_steps import (
    CHILD,
    HOSTILE,
    address,
    begin,
    browser,
    budget,
    revision,
    save,
)
from tinhso.modules.dossiers.tests.factories import APPLICANT, Stage, make_stage, write_draft
from tinhso.modules.identity.models import Person
from tinhso.modules.procedures.tests.samples import definition_raw

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage() -> Stage:
    return make_stage()


def draft_row(public_id: str) -> Draft:
    return Draft.objects.get(public_id=public_id)


@pytest.mark.usefixtures("stage")
def test_errors_are_told_above_and_at_the_field_and_what_was_typed_is_kept() -> None:
    client = browser()
    draft = begin(client)
    response = save(client, address("applicant", draft), {**APPLICANT, "identity_number": "12a", "phone": ""})
    page = response.content.decode()
    assert response.status_code == 422
    assert '<a href="#identity_number">Số định danh cá nhân gồm đúng 12 chữ số' in page
    assert 'id="phone-error"' in page
    assert 'value="12a"' in page
    assert draft_row(draft).applicant["identity_number"] == "12a"
    assert 'value="12a"' in client.get(address("applicant", draft)).content.decode()


def test_the_account_fills_in_the_first_page_and_says_so(stage: Stage) -> None:
    user = User.objects.get(pk=stage.citizen.user_id)
    user.phone = "0912345678"
    user.save()
    Person.objects.create(user=user, identity_number="038192004517", address="Thôn 3", updated_at=user.created_at)
    client = browser(stage.citizen)
    draft = begin(client)
    page = client.get(address("applicant", draft)).content.decode()
    assert 'value="038192004517"' in page
    assert page.count("Lấy từ thông tin cá nhân của bạn") == 4
    assert draft_row(draft).applicant == {}


@pytest.mark.usefixtures("stage")
def test_a_person_for_another_names_them() -> None:
    client = browser()
    draft = begin(client)
    url = address("applicant", draft)
    response = save(client, url, {**APPLICANT, "acting_as": "authorised"})
    assert response.status_code == 422
    assert "#subject_name" in response.content.decode()
    assert save(client, url, {**APPLICANT, "acting_as": "authorised", "subject_name": "Trần Văn Bé"}).status_code == 302


@pytest.mark.usefixtures("stage")
def test_each_group_is_a_page_and_saving_leads_on() -> None:
    client = browser()
    draft = begin(client)
    assert save(client, address("applicant", draft), APPLICANT).url == address("form", draft, "child")
    page = client.get(address("form", draft, "child")).content.decode()
    assert "Phần 2 trên 6" in page
    assert save(client, address("form", draft, "child"), CHILD).url == address("form", draft, "members")
    assert draft_row(draft).form_data["child"] == {
        "full_name": "Nguyễn Minh Khang", "birth_date": "2026-09-14", "sex": "male", "abroad": False,
    }  # fmt: skip


@pytest.mark.usefixtures("stage")
def test_a_wrong_day_stays_as_typed_with_its_message() -> None:
    client = browser()
    draft = begin(client)
    response = save(client, address("form", draft, "child"), {**CHILD, "child.birth_date": "31/02/2026"})
    page = response.content.decode()
    assert response.status_code == 422
    assert 'value="31/02/2026"' in page
    assert '<a href="#child-birth_date">' in page
    assert draft_row(draft).form_data["child"]["birth_date"] == "31/02/2026"


@pytest.mark.usefixtures("stage")
def test_items_are_added_and_taken_out_without_javascript() -> None:
    client = browser()
    draft = begin(client)
    url = address("form", draft, "members")
    response = save(client, url, {"_add": "members"})
    assert response.url == f"{url}#members-0"
    response = save(client, url, {"members.0.name": "Lê Văn An", "_add": "members"})
    assert response.url == f"{url}#members-1"
    response = save(
        client, url, {"members.0.name": "Lê Văn An", "members.1.name": "Lê Thị Bình", "_remove": "members.0"}
    )
    assert response.status_code == 302
    page = client.get(url).content.decode()
    assert "Lê Thị Bình" in page
    assert "Lê Văn An" not in page


@pytest.mark.usefixtures("stage")
def test_unknown_pages_of_a_draft_are_404() -> None:
    client = browser()
    draft = begin(client)
    assert client.get(address("form", draft, "nothing")).status_code == 404


def test_a_hidden_group_has_no_page() -> None:
    form = definition_raw()["form"]
    form["properties"]["members"]["x-when"] = {"field": "/child/sex", "equals": "female"}
    make_stage(form=form)
    client = browser()
    draft = begin(client)
    save(client, address("applicant", draft), APPLICANT)
    assert save(client, address("form", draft, "child"), CHILD).url == address("form", draft, "request")
    assert client.get(address("form", draft, "members")).url == f"/dossiers/drafts/{draft}/"
    assert save(client, address("form", draft, "child"), {**CHILD, "child.sex": "female"}).url == address(
        "form", draft, "members"
    )


def test_two_tabs_do_not_save_over_each_other(stage: Stage) -> None:
    client = browser(stage.citizen)
    draft = begin(client)
    url = address("form", draft, "child")
    old = revision(client, url)
    assert client.post(url, {"revision": old, **CHILD, "child.full_name": "Tab Một"}).status_code == 302
    response = client.post(url, {"revision": old, **CHILD, "child.full_name": "Tab Hai"})
    page = response.content.decode()
    assert response.status_code == 422
    assert "vừa được lưu ở một cửa sổ khác" in page
    assert 'value="Tab Hai"' in page
    assert draft_row(draft).form_data["child"]["full_name"] == "Tab Một"
    again = re.search(r'name="revision" value="(\d+)"', page)
    assert again is not None
    assert client.post(url, {"revision": again[1], **CHILD, "child.full_name": "Tab Hai"}).status_code == 302
    assert draft_row(draft).form_data["child"]["full_name"] == "Tab Hai"


def test_two_tabs_on_the_first_page(stage: Stage) -> None:
    client = browser(stage.citizen)
    draft = begin(client)
    url = address("applicant", draft)
    old = revision(client, url)
    client.post(url, {"revision": old, **APPLICANT})
    response = client.post(url, {"revision": old, **APPLICANT, "full_name": "Người Khác"})
    assert response.status_code == 422
    assert 'value="Người Khác"' in response.content.decode()
    assert draft_row(draft).applicant["full_name"] == APPLICANT["full_name"]


def test_save_and_leave_keeps_what_is_unfinished(stage: Stage) -> None:
    client = browser(stage.citizen)
    draft = begin(client)
    response = save(client, address("form", draft, "child"), {"child.full_name": "N", "exit": "1"})
    assert response.url == "/dossiers/mine/"
    assert draft_row(draft).form_data["child"]["full_name"] == "N"
    assert client.get(f"/dossiers/drafts/{draft}/").url == address("applicant", draft)
    save(client, address("applicant", draft), APPLICANT)
    assert client.get(f"/dossiers/drafts/{draft}/").url == address("form", draft, "child")


@pytest.mark.usefixtures("stage")
def test_without_an_account_one_is_told_how_to_come_back() -> None:
    client = browser()
    draft = begin(client)
    response = save(client, address("applicant", draft), {**APPLICANT, "exit": "1"})
    assert response.url == address("saved", draft)
    page = client.get(response.url).content.decode()
    assert "trong 30 ngày" in page
    assert response.cookies["sessionid"]["max-age"] == 30 * 24 * 3600


def test_signing_in_takes_the_draft_along(stage: Stage) -> None:
    client = browser()
    draft = begin(client)
    client.post("/identity/login/", {"login": "citizen", "password": "tinhso-demo-2026"})
    assert client.get(address("applicant", draft)).status_code == 200
    assert draft_row(draft).owner_id == stage.citizen.user_id
    assert address("applicant", draft)[:-10] in client.get("/dossiers/mine/").content.decode()


def test_the_draft_of_another_is_not_there(stage: Stage) -> None:
    mine = str(write_draft(stage, papers=False))
    unknown = "00000000-0000-4000-8000-000000000000"
    pages = ("applicant", "papers", "check", "saved", "discard")
    for page in pages:
        assert browser(stage.stranger).get(address(page, mine)).status_code == 404
        assert browser(stage.handler).get(address(page, mine)).status_code == 403
        assert browser(stage.clerk).get(address(page, mine)).status_code == 404
        assert browser(stage.citizen).get(address(page, mine)).status_code == 200
    # Without an account, the answer is the same whether there is such a draft or not.
    for key in (mine, unknown):
        response = browser().get(address("applicant", key))
        assert response.status_code == 302
        assert response.url == f"/identity/login/?next=/dossiers/drafts/{key}/applicant/"
    assert browser(stage.stranger).post(address("send", mine)).status_code == 404


def test_the_draft_of_another_browser_is_not_there(stage: Stage) -> None:
    draft = begin(browser())
    assert browser().get(address("applicant", draft)).status_code == 302
    assert browser(stage.citizen).get(address("applicant", draft)).status_code == 404


def test_an_expired_session_comes_back_to_the_same_page(stage: Stage) -> None:
    client = browser(stage.citizen)
    draft = begin(client)
    client.session.flush()
    late = Client()
    response = late.post(address("applicant", draft), {**APPLICANT, "revision": "1"})
    assert response.url == f"/identity/login/?next=/dossiers/drafts/{draft}/applicant/"
    login = late.get(response.url).content.decode()
    assert "nội dung vừa nhập sẽ được điền lại" in login
    assert "data-keep-typed" in login
    response = late.post(
        response.url, {"login": "citizen", "password": "tinhso-demo-2026", "next": address("applicant", draft)}
    )
    assert response.url == address("applicant", draft)
    assert late.get(response.url).status_code == 200


def test_a_draft_is_thrown_away_after_asking(stage: Stage) -> None:
    client = browser(stage.citizen)
    draft = begin(client)
    assert "Xóa bản nháp này?" in client.get(address("discard", draft)).content.decode()
    assert Draft.objects.exists()
    assert client.post(address("discard", draft)).status_code == 302
    assert not Draft.objects.exists()


@pytest.mark.usefixtures("stage")
def test_html_and_long_names_are_shown_as_typed() -> None:
    client = browser()
    draft = begin(client)
    long = "Ư" * 300
    typed = {**dict.fromkeys(APPLICANT, HOSTILE), "acting_as": "self", "result_delivery": "online"}
    page = save(client, address("applicant", draft), typed).content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(&#x27;x&#x27;)&lt;/script&gt;&quot;&#x27;&amp;&lt;b&gt;" in page
    save(client, address("applicant", draft), {**APPLICANT, "full_name": long})
    save(client, address("form", draft, "child"), {**CHILD, "child.full_name": HOSTILE})
    check = client.get(address("check", draft)).content.decode()
    assert long in check
    assert "<script>alert" not in check
    assert "&lt;script&gt;alert" in check
    response = save(client, address("applicant", draft), {**APPLICANT, "full_name": long + "Ư"})
    assert "tối đa 300 ký tự" in response.content.decode()


@pytest.mark.usefixtures("stage")
def test_letters_that_no_database_keeps_are_taken_out() -> None:
    client = browser()
    draft = begin(client)
    assert save(client, address("applicant", draft), {**APPLICANT, "full_name": "Lê\x00 Thị"}).status_code == 302
    assert save(client, address("form", draft, "child"), {**CHILD, "child.full_name": "An\x00 Bình"}).status_code == 302
    assert draft_row(draft).form_data["child"]["full_name"] == "An Bình"
    assert client.get(address("check", draft)).status_code == 200


@pytest.mark.parametrize(
    ("page", "more"), [("applicant", ()), ("form", ("child",)), ("check", ()), ("saved", ()), ("discard", ())]
)
def test_pages_keep_their_budget(stage: Stage, django_assert_max_num_queries, page: str, more: tuple[str, ...]) -> None:
    client = browser(stage.citizen)
    draft = str(write_draft(stage))
    client.get(address(page, draft, *more))
    with django_assert_max_num_queries(budget(f"dossiers:draft_{page}")):
        client.get(address(page, draft, *more))
    with django_assert_max_num_queries(budget("dossiers:draft")):
        client.get(f"/dossiers/drafts/{draft}/")
