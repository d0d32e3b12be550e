"""The one written form of a definition: the designers write it, and the files of `data/modelled/` are kept in it.

Keys stand in a fixed order and questions in the order of their pages, so that two equal definitions are equal texts
and a difference between two versions shows what an officer changed, nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tinhso.modules.procedures.rules.form_checks import ordered

_ORDER = (
    "valid_from", "decision", "decided_on", "rule_in_force_on", "service_level", "levels", "competent_kind",
    "competent_level", "who_may_apply",
    "summary", "steps_text", "legal_basis", "conditions", "channels", "papers", "fees", "deadline", "result", "form",
    "route", "supplement_pauses", "cautions",
)  # fmt: skip
_FIELD = (
    "$schema", "$id", "type", "format", "title", "description", "const", "enum", "oneOf", "default",
    "minLength", "maxLength", "pattern", "minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum", "multipleOf", "x-widget",
    "minItems", "maxItems", "uniqueItems", "x-not-before", "x-not-after", "x-autocomplete", "x-help",
    "x-example", "x-when", "x-item-title", "items", "properties", "required", "x-order", "additionalProperties", "x-errors",
)  # fmt: skip
_RANK = {key: rank for rank, key in enumerate(_FIELD)}


def canonical(definition: Mapping[str, Any]) -> dict[str, Any]:
    """The same definition with its keys in the fixed order. What is no definition at all stays as it is."""
    known = {key: definition[key] for key in _ORDER if key in definition}
    result = {**known, **{key: value for key, value in definition.items() if key not in known}}
    if isinstance(result.get("form"), Mapping):
        result["form"] = canonical_schema(result["form"])
    return result


def canonical_schema(schema: Mapping[str, Any]) -> dict[str, Any]:
    """A form, a group or a field in the fixed order, its questions in the order of `x-order`."""
    result: dict[str, Any] = {}
    for key in sorted(schema, key=lambda name: _RANK.get(name, len(_RANK))):
        value = schema[key]
        if key == "properties" and isinstance(value, Mapping):
            value = {
                name: canonical_schema(value[name]) if isinstance(value[name], Mapping) else value[name]
                for name in ordered(schema)
            }
        elif key == "items" and isinstance(value, Mapping):
            value = canonical_schema(value)
        elif key == "required" and isinstance(value, list):
            value = [name for name in ordered(schema) if name in value] + [
                name for name in value if name not in schema.get("properties", {})
            ]
        result[key] = value
    return result


def written(whole: Mapping[str, Any]) -> str:
    """The text of a file of a procedure: code, names, life event, version (and samples, where it has some)."""
    return json.dumps({**whole, "version": canonical(whole["version"])}, ensure_ascii=False, indent=1) + "\n"
