from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.template.loader import render_to_string

from tinhso.modules.procedures import api
from tinhso.modules.procedures.tests.factories import NOW, make_committee
from tinhso.modules.procedures.tests.make_form_cases import FIELDS
from tinhso.modules.procedures.tests.samples import ANSWERS, FORM
from tinhso.modules.procedures.web.forms import answers, element_id, error_list, pages, render_context

TODAY = NOW.date()


def drawn(form: Any, group: str, values: Any = None, errors: Any = None, context: Any = None) -> str:
    page = render_context(form, group, values or {}, errors or {}, today=TODAY, context=context)
    return render_to_string("procedures/form/group.html", {"page": page})


def test_each_question_has_its_label_control_and_error() -> None:
    html = drawn(FORM, "child", {"child": {"full_name": "A"}}, {"/child/full_name": "Nhập họ và tên của trẻ"})
    assert '<label class="label" for="child-full_name">' in html
    assert 'name="child.full_name" id="child-full_name" value="A"' in html
    assert '<span class="error" id="child-full_name-error">Nhập họ và tên của trẻ</span>' in html
    assert 'aria-describedby="child-full_name-error"' in html
    assert "(không bắt buộc)" in html, "the identity number is optional"


def test_what_was_typed_is_shown_again_as_typed() -> None:
    html = drawn(FORM, "child", {"child": {"birth_date": "hôm qua", "sex": "female"}})
    assert 'value="hôm qua"' in html
    assert 'value="female" checked' in html
    assert 'value="14/09/2026"' in drawn(FORM, "child", ANSWERS)
    assert 'value="1.458.818"' in drawn(FORM, "request", {"request": {"income": 1458818}})


def test_hidden_questions_stand_in_the_page_and_say_when_they_are_asked() -> None:
    html = drawn(FORM, "child")
    assert '<div data-pointer="/child/country" hidden>' in html
    assert "Chỉ trả lời khi «Sinh ở nước ngoài»" in html
    assert '<div data-pointer="/child/country">' in drawn(FORM, "child", {"child": {"abroad": True}})


def test_items_of_a_list_are_drawn_with_buttons_that_need_no_javascript() -> None:
    html = drawn(FORM, "members", {"members": [{"name": "An", "adult": True}, {"name": "Bình"}]})
    assert 'name="members.1.name" id="members-1-name" value="Bình"' in html
    assert 'name="_add" value="members"' in html
    assert 'name="_remove" value="members.1"' in html
    assert '<div data-pointer="/members/0/note">' in html
    assert '<div data-pointer="/members/1/note" hidden>' in html
    assert "members.__new__.name" in html


def test_markup_in_answers_is_text() -> None:
    attack = '"><script>alert(1)</script>'
    html = drawn(FORM, "child", {"child": {"full_name": attack}, "members": [{"name": attack}]})
    assert "<script>alert" not in html


@pytest.mark.django_db
def test_every_kind_of_field_is_drawn() -> None:
    make_committee("Ủy ban nhân dân phường Hạc Thành")
    html = drawn(FIELDS, "all", {"all": {"yes": False, "kinds": ["b"]}})
    assert '<option value="Phường Hạc Thành">' in html
    assert 'value="false" checked' in html
    assert 'value="b" checked' in html
    assert 'type="email"' in html
    assert 'type="tel"' in html


def test_pages_follow_the_answers() -> None:
    assert [key for key, _ in pages(FIELDS, {})] == ["all"]
    assert [key for key, _ in pages(FIELDS, {}, context={"applicant": {"acting_as": "authorised"}})] == ["all", "more"]


def test_errors_lead_to_their_controls() -> None:
    errors = {"/child/full_name": "A", "/request/copies": "B", "/members": "C"}
    assert error_list(errors, "/child") == (("child-full_name", "A"),)
    assert [anchor for anchor, _ in error_list(errors)] == ["child-full_name", "request-copies", "members"]
    assert element_id("/members/0/name") == "members-0-name"


def test_answers_to_check_lead_back_to_their_question() -> None:
    sections = answers(FORM, ANSWERS)
    html = render_to_string("procedures/form/answers.html", {"sections": sections, "change_url": "/x/"})
    assert "14/09/2026" in html
    assert 'href="/x/child#child-full_name"' in html


@pytest.mark.django_db
@pytest.mark.parametrize("path", sorted((api.DATA / "modelled").glob("*.json")), ids=lambda path: path.stem)
def test_every_page_of_every_modelled_form_is_drawn(path: Path) -> None:
    raw = json.loads(path.read_text(encoding="utf-8"))
    form = raw["version"]["form"]
    for sample in raw.get("samples") or [{"data": {}}]:
        for group, title in pages(form, sample["data"], context={"applicant": sample.get("applicant", {})}):
            assert title
            html = drawn(form, group, sample["data"])
            assert "./" not in html.split("</script>", 1)[1], "a condition in words names fields, not pointers"
