"""The check of e-forms in the browser, as served, decides as the server does."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from tests.journeys.browser import Person
from tests.journeys.product import Product
from tinhso.modules.procedures import api
from tinhso.modules.procedures.rules import clean
from tinhso.modules.procedures.tests.test_form_in_browser import CASES, spoil

pytestmark = pytest.mark.journey


def cases() -> list[dict[str, Any]]:
    """The common cases, and the samples of every modelled procedure, good and spoilt."""
    found = [{**case, "form": CASES["forms"][case["form"]]} for case in CASES["cases"]]
    chance = random.Random(2026)
    for path in sorted((api.DATA / "modelled").glob("*.json")):
        raw = json.loads(path.read_text(encoding="utf-8"))
        for sample in raw.get("samples", ()):
            one = {"form": raw["version"]["form"], "context": {"applicant": sample.get("applicant", {})}}
            found.append({**one, "name": path.stem, "data": sample["data"]})
            for number in range(4):
                spoilt = spoil(json.loads(json.dumps(sample["data"])), chance)
                found.append({**one, "name": f"{path.stem} {number}", "data": spoilt})
    return found


def test_browser_and_server_decide_alike(product: Product, person: Callable[..., Person]) -> None:
    manifest = json.loads((product.home / "static/staticfiles.json").read_text(encoding="utf-8"))
    script = f"/static/{manifest['paths']['procedures/form.js']}"
    somebody = person("nobody")
    somebody.go("/")
    tried = cases()
    assert len(tried) > 150
    decided = somebody.page.evaluate(
        """async ({script, cases, today}) => {
            const { clean } = await import(script);
            return cases.map((one) => clean(one.form, one.data, { today, context: one.context }));
        }""",
        {"script": script, "cases": tried, "today": CASES["today"]},
    )
    for case, browser in zip(tried, decided, strict=True):
        answers, errors = clean(
            case["form"], case["data"], today=date.fromisoformat(CASES["today"]), context=case["context"]
        )
        assert browser["answers"] == answers, case["name"]
        assert browser["errors"] == [list(pair) for pair in errors.items()], case["name"]
