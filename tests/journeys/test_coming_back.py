"""A draft is taken up again after a day, signed out in between, or begun without an account."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from tests.journeys import papers, scenes
from tests.journeys.browser import Person
from tests.journeys.conftest import sign_in
from tests.journeys.product import Product

pytestmark = pytest.mark.journey
DAY = timedelta(days=1)


def sign_out(one: Person) -> None:
    one.page.locator("summary", has_text="Tài khoản").click()
    one.press("Đăng xuất")


def test_a_draft_of_an_account_after_a_day(product: Product, person: Callable[..., Person], tmp_path: Path) -> None:
    name = "Nguyễn Ngày Mai"
    answers = scenes.birth(full_name=name)
    citizen = person("citizen", username=scenes.CITIZEN, fresh=True)
    scenes.start_birth(citizen)
    draft = citizen.path.removesuffix("applicant/")
    scenes.tell_who(citizen)
    scenes.fill_pages(citizen, {key: answers[key] for key in ("requester", "child")})
    citizen.go(f"{draft}papers/")
    scenes.attach(citizen, "birth_certificate", papers.photograph(tmp_path))
    citizen.go(f"{draft}form/mother/")
    # Half a page, left by «Lưu và thoát».
    citizen.type("mother.full_name", answers["mother"]["full_name"])
    citizen.press("Lưu và thoát")
    assert citizen.path == "/dossiers/mine/"
    sign_out(citizen)

    product.advance(DAY)
    later = person("citizen", username=scenes.CITIZEN, fresh=True)
    later.go("/dossiers/mine/")
    later.click(later.page.locator(f'main a[href="{draft}"]').first)
    assert later.path == f"{draft}form/mother/", "the first page with something left to do"
    assert later.page.locator('[name="mother.full_name"]').input_value() == answers["mother"]["full_name"]
    later.go(f"{draft}form/child/")
    assert later.page.locator('[name="child.full_name"]').input_value() == name
    assert later.page.locator('[name="child.birth_date"]').input_value() == "14/11/2026"
    assert later.page.locator('[name="child.birth_proof"]:checked').get_attribute("value") == "paper"
    later.go(f"{draft}form/mother/")
    scenes.fill_pages(later, {key: answers[key] for key in ("mother", "father", "request")})
    later.page.get_by_role("link", name="giay-chung-sinh.jpg").wait_for()
    later.press("Lưu và tiếp tục")
    later.sees(name)
    receipt = scenes.send(later)
    assert f"-{product.now():%y%m%d}-" in receipt.code


def test_a_draft_without_an_account_after_a_day_becomes_the_persons_own(
    product: Product, person: Callable[..., Person]
) -> None:
    name = "Nguyễn Không Tài Khoản"
    answers = scenes.birth(full_name=name, birth_proof="electronic")
    somebody = person("nobody")
    scenes.start_birth(somebody)
    draft = somebody.path.removesuffix("applicant/")
    scenes.tell_who(somebody)
    scenes.fill_pages(somebody, {key: answers[key] for key in ("requester", "child")})
    somebody.press("Lưu và thoát")
    assert somebody.path == f"{draft}saved/"

    product.advance(DAY)
    # The same browser, a day later; then signed in.
    somebody.go(draft)
    assert somebody.path == f"{draft}form/mother/"
    somebody.go(f"/identity/login/?next={draft}")
    sign_in(somebody, scenes.OTHER_CITIZEN)
    assert somebody.path == f"{draft}form/mother/"
    somebody.go(f"{draft}form/child/")
    assert somebody.page.locator('[name="child.full_name"]').input_value() == name

    # It is the account's now: another machine goes on with it; without the account nobody does.
    elsewhere = person("citizen", username=scenes.OTHER_CITIZEN, fresh=True)
    elsewhere.go("/dossiers/mine/")
    elsewhere.click(elsewhere.page.locator(f'main a[href="{draft}"]').first)
    scenes.fill_pages(elsewhere, {key: answers[key] for key in ("mother", "father", "request")})
    elsewhere.press("Lưu và tiếp tục")
    elsewhere.sees(name)
    scenes.send(elsewhere)
    stranger = person("nobody")
    stranger.go(draft)
    assert stranger.path == "/identity/login/"
