"""What anybody sees without an account."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.journeys.browser import Person

pytestmark = pytest.mark.journey


def test_a_procedure_is_found_without_accents(person: Callable[..., Person]) -> None:
    somebody = person("nobody")
    somebody.go("/")
    somebody.page.locator("main").get_by_role("searchbox").fill("dang ky khai sinh")
    somebody.page.keyboard.press("Enter")
    somebody.sees("Đăng ký khai sinh cho con")
    print(somebody.text())
    print(somebody.page.url)
