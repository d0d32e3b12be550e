"""The browser's checker (form.js) decides as the server does. Needs Chromium: run with --journeys."""

from __future__ import annotations

import json
import random
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tinhso.modules.procedures import api
from tinhso.modules.procedures.rules import clean

pytestmark = pytest.mark.journey
HERE = Path(__file__).parent
SCRIPT = (HERE.parent / "web/static/procedures/form.js").read_text(encoding="utf-8")
CASES = json.loads((HERE / "form_cases.json").read_text(encoding="utf-8"))
TODAY = CASES["today"]


def decided_in_browser(cases: list[dict[str, Any]]) -> list[dict[str, Any]]:
    from playwright.sync_api import sync_playwright

    def serve(route: Any) -> None:
        if route.request.url.endswith("form.js"):
            route.fulfill(body=SCRIPT, content_type="text/javascript")
        else:
            route.fulfill(body="<p>", content_type="text/html")

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        try:
            page = browser.new_page()
            page.route("**/*", serve)
            page.goto("http://form.test/")
            found: list[dict[str, Any]] = page.evaluate(
                """async ({cases, today}) => {
                    const { clean } = await import("/form.js");
                    return cases.map((one) => clean(one.form, one.data, { today, context: one.context }));
                }""",
                {"cases": cases, "today": TODAY},
            )
            return found
        finally:
            browser.close()


def compare(cases: list[dict[str, Any]]) -> None:
    for case, browser in zip(cases, decided_in_browser(cases), strict=True):
        answers, errors = clean(case["form"], case["data"], today=date.fromisoformat(TODAY), context=case["context"])
        assert browser["answers"] == answers, case["name"]
        assert browser["errors"] == [list(pair) for pair in errors.items()], case["name"]


def test_the_common_cases_are_decided_alike() -> None:
    compare([{**case, "form": CASES["forms"][case["form"]]} for case in CASES["cases"]])


def test_modelled_forms_are_decided_alike_for_good_and_for_spoilt_answers() -> None:
    chance = random.Random(766)
    cases = []
    for path in sorted((api.DATA / "modelled").glob("*.json")):
        raw = json.loads(path.read_text(encoding="utf-8"))
        form = raw["version"]["form"]
        for sample in raw.get("samples", ()):
            context = {"applicant": sample.get("applicant", {})}
            cases.append({"name": path.stem, "form": form, "data": sample["data"], "context": context})
            for number in range(8):
                spoilt = spoil(json.loads(json.dumps(sample["data"])), chance)
                cases.append({"name": f"{path.stem} {number}", "form": form, "data": spoilt, "context": context})
    assert len(cases) > 100
    compare(cases)


def spoil(value: Any, chance: random.Random) -> Any:
    """Some answers taken out, emptied, or replaced by what does not belong there."""
    if isinstance(value, dict):
        return {key: spoil(part, chance) for key, part in value.items() if chance.random() > 0.08}
    if isinstance(value, list):
        return [spoil(part, chance) for part in value] * (30 if chance.random() < 0.05 else 1)
    if chance.random() < 0.2:
        return chance.choice(
            ["", " ", "x" * 5000, "31/02/2026", "2099-01-01", "12,5", True, False, None, 0, -1, 10**9, "٣"]
        )
    return value
