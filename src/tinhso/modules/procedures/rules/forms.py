"""The meaning of an e-form: what of the answers is kept, and what is wrong with them.

The form is a JSON Schema (draft 2020-12) with our "x-" keywords. `clean` goes once from the first question to the
last: it trims and normalises (NFC), drops what is unknown or hidden by its x-when, then checks by jsonschema and by
the x-not-after/x-not-before of dates. The browser does the same (web/static/procedures/form.js) by the same cases
(tests/form_cases.json).
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker, ValidationError
from jsonschema.validators import extend

from tinhso.modules.procedures.rules.conditions import at, holds
from tinhso.modules.procedures.rules.form_checks import MAX_ITEMS, ordered
from tinhso.modules.procedures.rules.messages import message_of

Form = Mapping[str, Any]
Errors = dict[str, str]

PHONE = r"^0[0-9]{9,10}$"
IDENTITY = r"^[0-9]{12}$"
_TEXT_LIMIT, _TEXTAREA_LIMIT = 300, 4000
_DATE_ISO = re.compile(r"^(\d{4})-(\d{2})-(\d{2})$", re.ASCII)
_DATE_TYPED = re.compile(r"^(\d{1,2})[/.\- ](\d{1,2})[/.\- ](\d{4})$", re.ASCII)
_GROUPED = re.compile(r"^[+-]?\d{1,3}([. ]\d{3})+(,\d+)?$", re.ASCII)
_EMAIL = re.compile(r"^[^\s@]+@[^\s@.]+(\.[^\s@.]+)+$")
# Control characters are never answers: PostgreSQL refuses NUL, PDF and screens choke on the rest.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")

_formats = FormatChecker(formats=())


@_formats.checks("date")
def _is_date(value: object) -> bool:
    return not isinstance(value, str) or _day(value) is not None


@_formats.checks("email")
def _is_email(value: object) -> bool:
    return not isinstance(value, str) or _EMAIL.match(value) is not None


def _ascii_pattern(validator: Any, pattern: str, value: Any, schema: Any) -> Iterator[ValidationError]:
    # Digits are 0-9 in the browser; without ASCII they would be any script's here.
    if isinstance(value, str) and not re.search(pattern, value, re.ASCII):
        yield ValidationError(f"{value!r} does not match {pattern!r}")


_Validator: Any = extend(Draft202012Validator, {"pattern": _ascii_pattern})  # type: ignore[no-untyped-call]


def clean(
    form: Form, data: Any, *, today: date, context: Mapping[str, Any] | None = None
) -> tuple[dict[str, Any], Errors]:
    """Check answers: nested JSON by group → (what is kept, pointer → Vietnamese message).

    `context`: top-level values beside the form's groups that conditions may read ({"applicant": {...}}); they are not
    returned. Dates are "yyyy-mm-dd"; "dd/mm/yyyy" is understood. Nothing is raised for any input.
    """
    root: dict[str, Any] = dict(context or {})
    effective = _sift_object(form, data, root, root, None)
    answers = {key: value for key, value in root.items() if key in form.get("properties", {})}
    errors: Errors = {}
    ranks: dict[str, int] = {}
    for error in _Validator(effective, format_checker=_formats).iter_errors(answers):
        _note(errors, ranks, error, effective)
    _check_dates(effective, answers, root, "", today, errors)
    return answers, dict(sorted(errors.items(), key=lambda found: _place(effective, found[0])))


def sift(form: Form, data: Any, *, context: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The answers as `clean` keeps them, unchecked: for drafts and for deciding what is shown."""
    root: dict[str, Any] = dict(context or {})
    _sift_object(form, data, root, root, None)
    return {key: value for key, value in root.items() if key in form.get("properties", {})}


def visible(schema: Mapping[str, Any], root: Mapping[str, Any], item: Mapping[str, Any] | None = None) -> bool:
    """Is a field or group shown, given the answers?"""
    return holds(schema.get("x-when"), root, item)


def normalised(value: str) -> str:
    """A typed text as it is kept: NFC, trimmed, no control characters, one kind of line end."""
    text = unicodedata.normalize("NFC", value.replace("\r\n", "\n").replace("\r", "\n"))
    return _CONTROL.sub("", text).strip()


def iso_date(typed: str) -> str | None:
    """ "5/3/2026" → "2026-03-05"; None when it is not a day of the calendar."""
    match = _DATE_TYPED.match(typed)
    if match is None:
        return typed if _day(typed) is not None else None
    day, month, year = match.groups()
    text = f"{year}-{int(month):02d}-{int(day):02d}"
    return text if _day(text) is not None else None


def number(typed: str) -> int | float | None:
    """ "1.458.818" → 1458818, "12,5" → 12.5 (Vietnamese writing); None when it is not a number."""
    text = typed.replace("\u00a0", " ").strip()
    if _GROUPED.match(text):
        text = text.replace(".", "").replace(" ", "")
    if not re.match(r"^[+-]?\d{1,15}([.,]\d{1,10})?$", text, re.ASCII):
        return None
    value = float(text.replace(",", "."))
    return int(value) if value.is_integer() else value


def _day(text: str) -> date | None:
    match = _DATE_ISO.match(text)
    if match is None:
        return None
    try:
        day = date(*(int(part) for part in match.groups()))
    except ValueError:
        return None
    return day if day.year >= 1800 else None


def _sift_object(
    schema: Form, data: Any, root: dict[str, Any], kept: dict[str, Any], item: dict[str, Any] | None
) -> dict[str, Any]:
    """Fill `kept` (already standing in `root`, so that later conditions read earlier answers) and return the schema
    that holds for it: shown fields only. `item`: the item of a repeated group that "./field" refers to."""
    source = data if isinstance(data, Mapping) else {}
    shown: dict[str, Any] = {}
    required = set(schema.get("required", ()))
    for key in ordered(schema):
        child = schema["properties"][key]
        if not holds(child.get("x-when"), root, item):
            required.discard(key)
            continue
        if child["type"] == "object":
            part: dict[str, Any] = {}
            kept[key] = part
            effective = _sift_object(child, source.get(key), root, part, item)
            if key not in required and not answered(part):
                # An optional group left empty is no group.
                del kept[key]
                continue
            shown[key] = effective
            continue
        value, shown[key] = _sift_value(child, source.get(key), root)
        if value is not None:
            kept[key] = value
        elif child["type"] == "array" and key in required:
            if child.get("minItems"):
                kept[key] = []  # so that it is said how many are wanted
            elif child["items"]["type"] == "object":
                required.discard(key)
    return {**schema, "properties": shown, "required": sorted(required)}


def answered(value: Any) -> bool:
    """Did a person answer anything in here? A box left unticked is no answer."""
    if isinstance(value, Mapping):
        return any(answered(part) for part in value.values())
    if isinstance(value, list):
        return any(answered(part) for part in value)
    if isinstance(value, str):
        return bool(value.strip())
    return value is not None and value is not False


def _sift_value(schema: Form, value: Any, root: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    if schema["type"] == "array":
        return _sift_array(schema, value, root)
    effective = _with_widget_rules(schema)
    if isinstance(value, str):
        value = _typed(effective, normalised(value))
    elif isinstance(value, Mapping | list) and not value:
        value = None
    elif isinstance(value, float) and not math.isfinite(value):
        value = str(value)
    return value, effective


def _sift_array(schema: Form, value: Any, root: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    limit = int(schema.get("maxItems", MAX_ITEMS))
    # One more than allowed is kept so that it is said; a million more are not.
    source = value[: limit + 1] if isinstance(value, list) else [] if value in (None, "") else [value]
    items = schema["items"]
    effective = {**schema, "maxItems": limit}
    if items["type"] != "object":
        chosen = [normalised(part) if isinstance(part, str) else part for part in source]
        chosen = [part for part in chosen if part != ""]
        return (chosen or None), effective
    kept: list[Any] = []
    shapes: list[dict[str, Any]] = []
    for part in source:
        if not isinstance(part, Mapping):
            continue
        if answered(part) or len(source) <= int(schema.get("minItems", 0)):
            item: dict[str, Any] = {}
            shapes.append(_sift_object(items, part, root, item, item))
            kept.append(item)
    # Each item has its own shape, since conditions may hide a field in one and show it in another.
    return (kept or None), {**effective, "prefixItems": shapes}


def _with_widget_rules(schema: Form) -> dict[str, Any]:
    rules = dict(schema)
    if schema["type"] == "string" and not {"oneOf", "enum", "const"} & set(schema):
        widget = schema.get("x-widget")
        rules.setdefault("maxLength", _TEXTAREA_LIMIT if widget == "textarea" else _TEXT_LIMIT)
        if widget in ("phone", "identity"):
            rules.setdefault("pattern", PHONE if widget == "phone" else IDENTITY)
        if widget in ("date", "email"):
            rules.setdefault("format", widget)
    return rules


def _typed(schema: Form, text: str) -> Any:
    """A typed text as the value its field means, or the text itself where it cannot be: the check then says so."""
    if text == "":
        return None
    kind = schema["type"]
    if kind in ("integer", "number"):
        value = number(text)
        return text if value is None else value
    if kind == "boolean":
        return {"true": True, "on": True, "1": True, "false": False, "0": False}.get(text, text)
    if schema.get("format") == "date":
        return iso_date(text) or text
    if schema.get("x-widget") in ("phone", "identity"):
        compact = re.sub(r"[\s.\-()]", "", text)
        if schema["x-widget"] == "phone" and compact.startswith("+84"):
            compact = "0" + compact[3:]
        return compact
    return text


_RANK = {"required": 0, "type": 1, "format": 2, "pattern": 3}


def _note(errors: Errors, ranks: dict[str, int], error: ValidationError, effective: Mapping[str, Any]) -> None:
    path = [str(step) for step in error.absolute_path]
    keyword = str(error.validator)
    schema: Any = error.schema
    if keyword == "required":
        instance: Any = error.instance
        for missing in schema["required"]:
            if missing not in instance:
                _put(errors, ranks, "/" + "/".join([*path, missing]), "required", schema["properties"].get(missing, {}))
        return
    if path and isinstance(error.absolute_path[-1], int) and schema.get("type") != "object":
        # A choice of a list of choices: the list is what a person sees.
        path.pop()
        schema, keyword = _schema_at(effective, path), "oneOf"
    _put(errors, ranks, "/" + "/".join(path), keyword, schema)


def _schema_at(schema: Any, path: list[str]) -> Mapping[str, Any]:
    for step in path:
        if schema.get("type") == "array":
            shapes = schema.get("prefixItems", ())
            schema = shapes[int(step)] if int(step) < len(shapes) else schema.get("items", {})
        else:
            schema = schema.get("properties", {}).get(step, {})
    found: Mapping[str, Any] = schema
    return found


def _put(errors: Errors, ranks: dict[str, int], pointer: str, keyword: str, schema: Mapping[str, Any]) -> None:
    rank = _RANK.get(keyword, 9)
    if pointer not in errors or rank < ranks[pointer]:
        errors[pointer] = message_of(schema, keyword)
        ranks[pointer] = rank


def _place(schema: Any, pointer: str) -> tuple[int, ...]:
    """Where a field stands in the form: errors are told from the top down."""
    place: list[int] = []
    for step in pointer.split("/")[1:]:
        if schema.get("type") == "array":
            place.append(int(step) if step.isdecimal() else 0)
            schema = schema.get("items", {})
        else:
            keys = ordered(schema)
            place.append(keys.index(step) if step in keys else len(keys))
            schema = schema.get("properties", {}).get(step, {})
    return tuple(place)


def _check_dates(schema: Any, value: Any, root: Any, pointer: str, today: date, errors: Errors) -> None:
    if isinstance(value, dict):
        for key, part in value.items():
            child = schema.get("properties", {}).get(key)
            if child is not None:
                _check_dates(child, part, root, f"{pointer}/{key}", today, errors)
    elif isinstance(value, list):
        for index, part in enumerate(value):
            shapes = schema.get("prefixItems", ())
            if index < len(shapes):
                _check_dates(shapes[index], part, root, f"{pointer}/{index}", today, errors)
    elif isinstance(value, str) and pointer not in errors:
        for keyword in ("x-not-after", "x-not-before"):
            limit = _limit(schema.get(keyword), root, today)
            if limit is not None and ((value > limit) if keyword == "x-not-after" else (value < limit)):
                errors[pointer] = message_of(schema, keyword)


def _limit(rule: str | None, root: Any, today: date) -> str | None:
    """ "today", a day, or a pointer to another date."""
    if rule is None:
        return None
    if rule == "today":
        return today.isoformat()
    other = at(root, rule) if rule.startswith("/") else rule
    return other if isinstance(other, str) and _day(other) is not None else None
