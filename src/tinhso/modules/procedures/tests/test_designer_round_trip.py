"""What was opened in the designers and saved is what it was, for every modelled procedure; and its file is theirs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tinhso.modules.procedures.rules.canonical import canonical, written
from tinhso.modules.procedures.rules.condition_rows import condition_of, fields_before, rows_of
from tinhso.modules.procedures.rules.field_settings import applied, controls, shown
from tinhso.modules.procedures.rules.form_checks import defects_of_form
from tinhso.modules.procedures.rules.form_editing import add, element, outline, replace
from tinhso.modules.procedures.rules.route_editing import change_step
from tinhso.modules.procedures.tests.designing import (
    MODELLED,
    address,
    definition_of,
    draft_of,
    filled,
    modelled,
    sign_in,
)

EVERY = pytest.mark.parametrize("path", MODELLED, ids=lambda path: path.stem)


@EVERY
def test_every_element_opened_and_saved_is_the_same(path: Path) -> None:
    form = json.loads(path.read_text(encoding="utf-8"))["version"]["form"]
    now = form
    kept = 0
    for node in outline(form):
        fields = fields_before(form, node.address)
        settings = shown(node.schema, node.key, node.required, fields)
        # A condition that rows cannot say (two levels deep) is kept as it is.
        kept += settings.mode == "keep"
        schema, key, required = applied(node.schema, node.key, node.required, settings, fields)
        now, _ = replace(now, node.address, schema, key=key, required=required)
    assert json.dumps(now) == json.dumps(form)
    assert kept == 0 or path.stem in ("2.000986", "2.001023")


@EVERY
def test_every_form_can_be_built_from_nothing(path: Path) -> None:
    """Element by element, as the officer adds them; each set to what it is."""
    form = json.loads(path.read_text(encoding="utf-8"))["version"]["form"]
    built: Any = None
    for node in outline(form):
        bare = {**node.schema}
        if node.holds_others:
            empty = {"properties": {}, "required": [], "x-order": []}
            bare |= {"items": {**node.schema["items"], **empty}} if bare["type"] == "array" else empty
        parent = node.address.rpartition(".")[0]
        built, at = add(built, parent, bare, key=node.key, required=node.required)
        assert at == node.address
    assert json.dumps(built) == json.dumps(form)
    assert list(defects_of_form(built)) == []


@EVERY
def test_every_condition_beside_the_form_can_be_said_in_rows(path: Path) -> None:
    version = json.loads(path.read_text(encoding="utf-8"))["version"]
    fields = fields_before(version["form"], None)
    actions = [action for step in version["route"]["steps"] for action in step["actions"]]
    for part in [*version["papers"], *(version["fees"] or ()), *version["deadline"]["cases"], *actions]:
        found = rows_of(part.get("when"), fields)
        if found is None:
            assert path.stem in ("2.000986", "2.001023"), "only two levels deep"
            continue
        assert condition_of(*found, fields) == part.get("when")


@EVERY
def test_every_step_opened_and_saved_is_the_same(path: Path) -> None:
    route = json.loads(path.read_text(encoding="utf-8"))["version"]["route"]
    for number, step in enumerate(route["steps"]):
        values = {name: step.get(name) for name in ("title", "role", "unit", "agency", "hours", "place")}
        changed = change_step(route, number, values=values, actions=[dict(action) for action in step["actions"]])
        assert json.dumps(changed) == json.dumps(route)


@EVERY
def test_the_stored_file_is_what_the_designer_writes(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert written(json.loads(text)) == text
    version = json.loads(text)["version"]
    assert json.dumps(canonical(dict(reversed(version.items())))) == json.dumps(version), "whatever order it came in"


def test_only_what_differs_is_written() -> None:
    """An element with things that the page does not show keeps them."""
    form = modelled("1.000656")["version"]["form"]
    node = element(form, "death.notice")
    assert node is not None
    fields = fields_before(form, node.address)
    settings = shown(node.schema, node.key, node.required, fields)
    changed, _, _ = applied(
        node.schema, node.key, node.required,
        type(settings)(**{**vars(settings), "texts": {**settings.texts, "title": "Giấy báo tử"}}), fields,
    )  # fmt: skip
    assert {key: value for key, value in changed.items() if key != "title"} == {
        key: value for key, value in node.schema.items() if key != "title"
    }
    assert "title" in controls("radio")


# Through the pages: the least, the one with opinions and conditions, the one with repeated groups.
@pytest.mark.django_db
@pytest.mark.parametrize("code", ["2.000908", "1.000703", "1.013225", "2.001023"])
def test_every_page_saved_as_it_was_opened_changes_nothing(client: Client, code: str) -> None:
    definition = modelled(code)["version"]
    version = draft_of(definition)
    sign_in(client, "catalogue_editor", "soan")
    before = version.definition_digest
    nodes = [address("design_field", version, at=node.address) for node in outline(definition["form"])]
    steps = [address("design_step", version, number) for number in range(len(definition["route"]["steps"]))]
    lists = {
        "design_paper": definition["papers"],
        "design_fee": definition["fees"] or [],
        "design_term": definition["deadline"]["cases"],
        "design_result": definition["result"],
    }
    items = [address(name, version, number) for name, known in lists.items() for number in range(len(known))]
    for url in [address("design", version), *nodes, *steps, *items]:
        page = client.get(url)
        assert page.status_code == 200, url
        answer = client.post(url, filled(page.content))
        assert answer.status_code == 302, (url, answer.content.decode()[-3000:])
        version.refresh_from_db()
        assert version.definition_digest == before, url
    assert json.dumps(definition_of(version)) == json.dumps(definition)


@pytest.mark.django_db
def test_the_downloaded_file_is_the_stored_file(client: Client) -> None:
    sign_in(client, "catalogue_editor", "soan")
    stored = modelled("1.000656")
    version = draft_of(stored["version"], code="1.000656")
    answer = client.get(address("design_definition", version))
    assert json.loads(answer.content)["version"] == stored["version"]
    assert (
        answer.content.decode().split('"version":')[1]
        == written({key: stored[key] for key in ("code", "plain_name", "life_event", "version")}).split('"version":')[1]
    )
