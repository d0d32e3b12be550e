"""Answers as a person reads them: for «Kiểm tra lại thông tin», the officer's view, printed papers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tinhso.modules.procedures.rules.conditions import at, holds, is_present
from tinhso.modules.procedures.rules.form_checks import ordered
from tinhso.modules.procedures.rules.forms import Form
from tinhso.modules.procedures.rules.messages import shown_number


@dataclass(frozen=True)
class Row:
    """One answer. `text` is "" where nothing was answered."""

    pointer: str
    label: str
    text: str

    @property
    def id(self) -> str:
        """The id of its control on the page of the form."""
        return self.pointer.strip("/").replace("/", "-")


@dataclass(frozen=True)
class Section:
    """A group of answers, or one item of a repeated group. `group`: key of the form's page it stands on."""

    group: str
    pointer: str
    title: str
    rows: tuple[Row, ...]


def describe(
    form: Form, data: Mapping[str, Any], *, context: Mapping[str, Any] | None = None, empty: bool = False
) -> tuple[Section, ...]:
    """The shown answers by group, in the order of the form; `empty`: with the fields left empty."""
    root = {**data, **(context or {})}
    found: list[Section] = []
    for key in ordered(form):
        child = form["properties"][key]
        if holds(child.get("x-when"), root):
            found.extend(_sections(child, data.get(key), root, key, f"/{key}", empty, None))
    return tuple(found)


def shown_value(schema: Mapping[str, Any], value: Any) -> str:
    """One value in words: an option by its title, a day as dd/mm/yyyy, money in đồng."""
    if not is_present(value):
        return ""
    for option in schema.get("oneOf", ()):
        if option["const"] == value and isinstance(option["const"], bool) == isinstance(value, bool):
            return str(option["title"])
    if isinstance(value, bool):
        return "Có" if value else "Không"
    if isinstance(value, int | float):
        text = shown_number(value)
        return f"{text} đồng" if schema.get("x-widget") == "money" else text
    if isinstance(value, list):
        return ", ".join(shown_value(schema.get("items", {}), part) for part in value)
    if schema.get("format") == "date" or schema.get("x-widget") == "date":
        parts = str(value).split("-")
        return "/".join(reversed(parts)) if len(parts) == 3 else str(value)
    return str(value)


def answer(form: Form, data: Mapping[str, Any], pointer: str) -> tuple[str, str]:
    """(label, text) of the field at a pointer: for results that print named fields."""
    schema: Any = form
    for step in pointer.split("/")[1:]:
        schema = schema.get("items", {}) if step.isdecimal() else schema.get("properties", {}).get(step, {})
    return str(schema.get("title", "")), shown_value(schema, at(data, pointer))


def _sections(
    schema: Mapping[str, Any], value: Any, root: Any, group: str, pointer: str, empty: bool, item: Any
) -> Iterator[Section]:
    title = str(schema.get("title", ""))
    if schema["type"] == "array":
        named = str(schema.get("x-item-title") or title)
        for number, part in enumerate(value if isinstance(value, list) else ()):
            below = f"{pointer}/{number}"
            yield from _object_sections(
                schema["items"], part, root, group, below, empty, part, title=f"{named} {number + 1}"
            )
    else:
        yield from _object_sections(schema, value, root, group, pointer, empty, item, title=title)


def _object_sections(
    schema: Mapping[str, Any], value: Any, root: Any, group: str, pointer: str, empty: bool, item: Any, *, title: str
) -> Iterator[Section]:
    rows: list[Row] = []
    below: list[Section] = []
    known = value if isinstance(value, Mapping) else {}
    for key in ordered(schema):
        child = schema["properties"][key]
        if not holds(child.get("x-when"), root, item):
            continue
        here = f"{pointer}/{key}"
        if child["type"] == "object" or (child["type"] == "array" and child["items"]["type"] == "object"):
            below.extend(_sections(child, known.get(key), root, group, here, empty, item))
            continue
        text = shown_value(child, known.get(key))
        if text or empty:
            rows.append(Row(here, str(child.get("title", key)), text))
    if rows:
        yield Section(group, pointer, title, tuple(rows))
    yield from below
