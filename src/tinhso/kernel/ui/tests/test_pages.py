from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.http import HttpResponse, HttpResponseNotAllowed
from django.template.loader import render_to_string
from django.test import Client, RequestFactory, override_settings

from tinhso.kernel.access.api import create_user
from tinhso.kernel.access.models import User
from tinhso.kernel.ui.middleware import NotAllowedPage
from tinhso.kernel.ui.styleguide import HOSTILE, ICONS

UI = Path(__file__).parents[1]
BACKEND = settings.AUTHENTICATION_BACKENDS[0]

pytestmark = pytest.mark.django_db


def signed_in(kind: str) -> Client:
    client = Client()
    user: User = create_user(username=kind, full_name="Nguyễn Thị Mai", kind=kind)
    client.force_login(user, backend=BACKEND)
    return client


@pytest.mark.parametrize("frame", ["", "?as=citizen"])
def test_the_style_guide_shows_every_component_and_lets_no_markup_through(frame: str) -> None:
    page = signed_in("officer").get(f"/ui/styleguide/{frame}")
    text = page.content.decode()
    assert page.status_code == 200
    assert HOSTILE not in text
    assert "<script>alert" not in text
    assert "<c-" not in text
    assert 'value="&lt;script&gt;alert(&quot;x&quot;)' in text
    shown = (UI / "templates/ui/styleguide_parts.html").read_text() + (UI / "templates/ui/styleguide.html").read_text()
    for component in (UI / "templates/cotton").glob("*.html"):
        name = component.stem.replace("_", "-")
        used_inside = {"field", "choices", "back"}
        assert name in used_inside or f"<c-{name}" in shown, f"{name} is not in the style guide"


@override_settings(LOGIN_URL="/identity/login/")
def test_the_style_guide_is_for_staff() -> None:
    assert Client().get("/ui/styleguide/").status_code == 302
    refused = signed_in("citizen").get("/ui/styleguide/")
    assert refused.status_code == 403
    assert "Bạn không mở được trang này" in refused.content.decode()


def test_pages_carry_nothing_inline() -> None:
    for page in (Client().get("/ui/display/"), signed_in("officer").get("/ui/styleguide/")):
        text = page.content.decode()
        assert not re.search(r"<script(?![^>]*\bsrc=)", text)
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=", text)
        assert "unsafe" not in page["Content-Security-Policy"]


def test_the_theme_is_kept_and_in_the_page_before_any_script() -> None:
    client = Client()
    answer = client.post("/ui/display/", {"theme": "dark", "back": "/ui/display/?x=1"})
    assert answer["Location"] == "/ui/display/?x=1"
    assert 'data-theme="dark"' in client.get("/ui/display/").content.decode()


def test_an_unknown_theme_or_a_foreign_way_back_is_not_followed() -> None:
    client = Client()
    assert client.post("/ui/display/", {"theme": "pink"}).status_code == 200
    assert client.post("/ui/display/", {"theme": "dark", "back": "https://evil.example/"})["Location"] == "/"
    client.cookies["tinhso_theme"] = '"><script>'
    assert "<script>" not in client.get("/ui/display/").content.decode().replace("<script type", "")


def test_an_expired_form_says_that_nothing_was_sent_and_leads_back() -> None:
    client = Client(enforce_csrf_checks=True)
    page = client.post("/ui/display/", {"theme": "dark"}, headers={"referer": "http://testserver/ui/display/?a=1"})
    text = page.content.decode()
    assert page.status_code == 403
    assert "Phiên làm việc đã hết hạn" in text
    assert "data-keep-typed" in text
    assert 'href="/ui/display/?a=1"' in text
    assert "tinhso_theme" not in client.cookies


def test_an_expired_form_never_leads_to_another_site() -> None:
    client = Client(enforce_csrf_checks=True)
    page = client.post("/ui/display/", {}, headers={"referer": "https://evil.example/x"})
    assert "evil.example" not in page.content.decode()


@pytest.mark.parametrize("template", ["400.html", "403.html", "404.html", "500.html"])
def test_error_pages_need_neither_request_nor_database(template: str, django_assert_num_queries: object) -> None:
    with django_assert_num_queries(0):  # type: ignore[operator]
        text = render_to_string(template)
    assert text.count("<h1>") == 1
    assert 'lang="vi"' in text


def test_a_public_page_asks_the_database_nothing(django_assert_num_queries: object) -> None:
    with django_assert_num_queries(0):  # type: ignore[operator]
        assert Client().get("/ui/display/").status_code == 200


def test_the_styles_stay_small_and_inside_the_tokens() -> None:
    sheets = {path.name: path.read_text() for path in (UI / "static/ui/css").glob("*.css")}
    assert sum(len(text.encode()) for text in sheets.values()) <= 37_000
    for name in ("base.css", "components.css", "layout.css"):
        assert not re.search(r"#[0-9a-f]{3,8}\b|rgba?\(", sheets[name]), f"a colour outside the tokens in {name}"
        assert not re.search(r"font-family:(?!\s*var\()", sheets[name]), f"a font outside the tokens in {name}"
        sizes = re.findall(r"font-size:\s*([^;}]+)", sheets[name])
        assert all("var(" in s or s.strip().endswith("em") or s.strip() == "inherit" for s in sizes), (name, sizes)


def test_every_icon_named_in_a_template_is_drawn() -> None:
    named = set()
    for path in UI.parents[1].rglob("*.html"):
        text = path.read_text()
        named |= set(re.findall(r'{% icon "(\w+)"', text)) | set(re.findall(r'<c-[^>]*\bicon="(\w+)"', text))
    assert named - set(ICONS) == set()


def test_an_address_that_only_takes_a_form_says_so_instead_of_a_blank_page() -> None:
    """Programs get the bare answer."""
    factory = RequestFactory()
    answer = NotAllowedPage(lambda request: HttpResponseNotAllowed(["POST"]))
    page = answer(factory.get("/x/", headers={"accept": "text/html"}))
    assert page.status_code == 405
    assert page.headers["Allow"] == "POST"
    assert isinstance(page, HttpResponse)
    assert "Chưa có gì được gửi" in page.content.decode()
    bare = answer(factory.get("/x/", headers={"accept": "application/json"}))
    assert isinstance(bare, HttpResponse)
    assert bare.content == b""
