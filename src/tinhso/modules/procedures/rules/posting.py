"""From what a browser posts to nested answers, and back: nothing typed is lost on the way.

Names are flat: `child.full_name`, `members.0.name`. Buttons of repeated groups work without JavaScript:
`_add=members` adds an empty item, `_remove=members.1` takes one out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from tinhso.modules.procedures.rules.form_checks import MAX_ITEMS, ordered
from tinhso.modules.procedures.rules.forms import Form, answered, iso_date, normalised, number


class Posted(Protocol):
    """What a QueryDict offers."""

    def getlist(self, key: str) -> list[Any]: ...

    def __iter__(self) -> Iterator[Any]: ...


def from_post(form: Form, posted: Posted, *, group: str | None = None) -> dict[str, Any]:
    """The answers as nested JSON, of one group (page) or of all. What cannot be read as its type stays as typed, so
    that the check names it and the page shows it again. Empty items of repeated groups are left out, except when a
    button of a list was pressed: then they stand where the person sees them."""
    keys = [group] if group is not None else ordered(form)
    names = [name for name in posted if isinstance(name, str)]
    found: dict[str, Any] = {}
    for key in keys:
        value = _read(form["properties"][key], posted, key, names)
        if value is not None:
            found[key] = value
    return found


def apply_list_action(form: Form, data: Mapping[str, Any], posted: Posted) -> tuple[dict[str, Any], str | None]:
    """Carry out `_add` / `_remove`. Returns (the answers, name of the item or list to stand at next, or None when no
    button of that kind was pressed). An unknown or full list leaves the answers as they are."""
    for button in ("_add", "_remove"):
        for target in posted.getlist(button):
            steps = str(target).split(".")
            position = steps.pop() if button == "_remove" else None
            schema = _schema_at(form, steps)
            if schema is None or schema["type"] != "array":
                return dict(data), None
            items = list(_value_at(data, steps) or [])
            if position is None:
                if len(items) < int(schema.get("maxItems", MAX_ITEMS)):
                    items.append(blank(schema["items"]))
                here = f"{target}.{max(len(items) - 1, 0)}"
            else:
                if position.isdecimal() and int(position) < len(items):
                    del items[int(position)]
                here = ".".join(steps)
            return _with_value(data, steps, items), here
    return dict(data), None


def blank(form: Form) -> dict[str, Any]:
    """A form before the first answer: groups with their defaults, repeated groups with their least number."""
    result: dict[str, Any] = _empty({**form, "type": "object"})
    return result


def _empty(schema: Mapping[str, Any]) -> Any:
    if "default" in schema:
        return schema["default"]
    if schema["type"] == "object":
        parts = {key: _empty(child) for key, child in schema.get("properties", {}).items()}
        return {key: value for key, value in parts.items() if value is not None}
    if schema["type"] == "array" and schema["items"]["type"] == "object":
        return [_empty(schema["items"]) for _ in range(min(int(schema.get("minItems", 0)), MAX_ITEMS))]
    return None


def _read(schema: Mapping[str, Any], posted: Posted, name: str, names: list[str]) -> Any:
    kind = schema["type"]
    if kind == "object":
        parts = {key: _read(schema["properties"][key], posted, f"{name}.{key}", names) for key in ordered(schema)}
        return {key: value for key, value in parts.items() if value is not None}
    if kind == "array":
        if schema["items"]["type"] != "object":
            return [str(value) for value in posted.getlist(name) if str(value)][: MAX_ITEMS + 1]
        return _read_items(schema, posted, name, names)
    values = posted.getlist(name)
    if kind == "boolean" and schema.get("x-widget", "checkbox") == "checkbox":
        return bool(values) and str(values[-1]) not in ("", "false", "0")
    return _one(schema, str(values[-1])) if values else None


def _read_items(schema: Mapping[str, Any], posted: Posted, name: str, names: list[str]) -> list[Any]:
    prefix = f"{name}."
    numbers = {rest[0] for full in names if full.startswith(prefix) and (rest := full[len(prefix) :].split("."))}
    positions = sorted(int(text) for text in numbers if text.isdecimal() and len(text) < 5)[: MAX_ITEMS + 1]
    items = [_read(schema["items"], posted, f"{name}.{position}", names) for position in positions]
    least = int(schema.get("minItems", 0))
    if posted.getlist("_add") or posted.getlist("_remove"):
        return items
    return [item for item in items if answered(item) or len(items) <= least]


def _one(schema: Mapping[str, Any], typed: str) -> Any:
    text = normalised(typed)
    kind = schema["type"]
    if kind in ("integer", "number"):
        value = number(text)
        return typed if value is None else value
    if kind == "boolean":
        return {"true": True, "false": False}.get(text, typed)
    if schema.get("format") == "date" or schema.get("x-widget") == "date":
        return iso_date(text) or typed
    return typed


def _schema_at(form: Form, steps: list[str]) -> Mapping[str, Any] | None:
    schema: Mapping[str, Any] | None = form
    for step in steps:
        if schema is None:
            return None
        if schema.get("type") == "array":
            schema = schema["items"] if step.isdecimal() else None
        else:
            schema = schema.get("properties", {}).get(step)
    return schema


def _value_at(data: Any, steps: list[str]) -> Any:
    for step in steps:
        if isinstance(data, Mapping):
            data = data.get(step)
        elif isinstance(data, list) and step.isdecimal() and int(step) < len(data):
            data = data[int(step)]
        else:
            return None
    return data


def _with_value(data: Any, steps: list[str], value: Any) -> Any:
    if not steps:
        return value
    first, rest = steps[0], steps[1:]
    if isinstance(data, list) and first.isdecimal() and int(first) < len(data):
        copied = list(data)
        copied[int(first)] = _with_value(copied[int(first)], rest, value)
        return copied
    known = dict(data) if isinstance(data, Mapping) else {}
    known[first] = _with_value(known.get(first, {}), rest, value)
    return known
