"""What must hold of an e-form before it may be published. Every defect is named with its path."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError

from tinhso.modules.procedures.rules.conditions import defects_of, pointers_of
from tinhso.modules.procedures.rules.vocabulary import APPLICANT_FIELDS

Defects = Iterator[tuple[str, str]]

WIDGETS = frozenset(
    {"text", "textarea", "date", "select", "radio", "checkbox", "phone", "identity", "email", "money", "number"}
    | {"commune", "ethnicity", "nationality"}
)
_COMMON = {
    "type",
    "title",
    "description",
    "default",
    "x-help",
    "x-example",
    "x-when",
    "x-errors",
    "x-widget",
    "x-autocomplete",
}
_KEYWORDS: dict[str, set[str]] = {
    "string": _COMMON
    | {"minLength", "maxLength", "pattern", "format", "enum", "oneOf", "const", "x-not-after", "x-not-before"},
    "integer": _COMMON | {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "enum", "oneOf"},
    "number": _COMMON | {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"},
    "boolean": _COMMON | {"const"},
    "object": _COMMON | {"properties", "required", "x-order", "additionalProperties"},
    "array": _COMMON | {"items", "minItems", "maxItems", "uniqueItems", "x-item-title"},
}
_ROOT = {"$schema", "$id", "type", "title", "properties", "required", "x-order", "additionalProperties"}
ERROR_KEYS = frozenset(
    {"required", "type", "pattern", "format", "minLength", "maxLength", "enum", "oneOf", "const"}
    | {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"}
    | {"minItems", "maxItems", "uniqueItems", "x-not-after", "x-not-before"}
)
_KEY = re.compile(r"^[a-z][a-z0-9_]*$")
MAX_ITEMS = 200


def defects_of_form(form: Any) -> Defects:
    if not isinstance(form, Mapping):
        yield "", "biểu mẫu phải là một đối tượng JSON"
        return
    for key in sorted(set(form) - _ROOT):
        yield f"/{key}", "khóa lạ"
    try:
        Draft202012Validator.check_schema(form)
    except SchemaError as error:
        yield "/" + "/".join(str(step) for step in error.absolute_path), f"không phải JSON Schema: {error.message}"
        return
    if form.get("type") != "object" or not form.get("properties"):
        yield "", "biểu mẫu phải có type «object» và ít nhất một nhóm câu hỏi"
        return
    if "applicant" in form["properties"]:
        yield "/properties/applicant", "«applicant» là trang cố định của mọi hồ sơ, không đặt trong biểu mẫu"
    seen: set[str] = {"/applicant", *(f"/applicant/{key}" for key in APPLICANT_FIELDS)}
    for group_key, group in form["properties"].items():
        path = f"/properties/{group_key}"
        if group.get("type") not in ("object", "array"):
            yield path, "nhóm phải có type «object» hoặc «array»"
        elif group.get("type") == "array" and group.get("items", {}).get("type") != "object":
            yield path, "nhóm lặp phải có items là «object»"
    yield from _defects_of_object(form, "", "", seen, inside_item=None)


def pointers_in(form: Mapping[str, Any] | None) -> frozenset[str]:
    """Every pointer that a condition, a fee or a result may read: groups, fields, and the applicant's page."""
    found = {"/applicant", *(f"/applicant/{key}" for key in APPLICANT_FIELDS)}

    def walk(schema: Mapping[str, Any], pointer: str) -> None:
        for key, child in schema.get("properties", {}).items():
            found.add(f"{pointer}/{key}")
            if child.get("type") == "object":
                walk(child, f"{pointer}/{key}")

    if form is not None:
        walk(form, "")
    return frozenset(found)


def ordered(schema: Mapping[str, Any]) -> list[str]:
    """The keys of an object in the order of its pages or fields."""
    properties = schema.get("properties", {})
    order = [key for key in schema.get("x-order", ()) if key in properties]
    return order + [key for key in properties if key not in order]


def _defects_of_object(
    schema: Mapping[str, Any], path: str, pointer: str, seen: set[str], inside_item: set[str] | None
) -> Defects:
    properties = schema.get("properties", {})
    for key in schema.get("required", ()):
        if key not in properties:
            yield f"{path}/required", f"«{key}» không có trong properties"
    if "x-order" in schema and sorted(schema["x-order"]) != sorted(properties):
        yield f"{path}/x-order", "phải nêu mỗi khóa của properties đúng một lần"
    for key in ordered(schema):
        child = properties[key]
        child_path = f"{path}/properties/{key}"
        child_pointer = f"{pointer}/{key}"
        if not _KEY.match(key):
            yield child_path, "khóa chỉ gồm chữ thường không dấu, chữ số và dấu gạch dưới"
        if not isinstance(child, Mapping):
            yield child_path, "phải là một đối tượng JSON"
            continue
        yield from _defects_of_when(child, child_path, seen, inside_item)
        yield from _defects_of_field(child, child_path, child_pointer, seen, inside_item)
        if inside_item is not None:
            inside_item.add(f"./{key}")
        else:
            seen.add(child_pointer)


def _defects_of_when(child: Mapping[str, Any], path: str, seen: set[str], inside_item: set[str] | None) -> Defects:
    shape = list(defects_of(child.get("x-when"), f"{path}/x-when"))
    yield from shape
    if shape:
        return
    for target in pointers_of(child.get("x-when")):
        if target not in seen and target not in (inside_item or ()):
            # One pass from the first question to the last decides what is shown: nothing may depend on what follows.
            yield f"{path}/x-when", f"điều kiện dựa vào «{target}», là trường không có hoặc đứng sau trường này"


def _defects_of_field(
    field: Mapping[str, Any], path: str, pointer: str, seen: set[str], inside_item: set[str] | None
) -> Defects:
    kind = field.get("type")
    if kind not in _KEYWORDS:
        yield f"{path}/type", f"kiểu «{kind}» không dùng được"
        return
    for key in sorted(set(field) - _KEYWORDS[kind]):
        yield f"{path}/{key}", f"khóa lạ đối với kiểu «{kind}»"
    if not field.get("title"):
        yield f"{path}/title", "thiếu tên tiếng Việt"
    if field.get("x-widget", "text") not in WIDGETS:
        yield f"{path}/x-widget", f"không có kiểu ô nhập «{field['x-widget']}»"
    errors = field.get("x-errors", {})
    if not isinstance(errors, Mapping) or not all(isinstance(text, str) and text for text in errors.values()):
        yield f"{path}/x-errors", "phải là bảng từ khóa → câu báo lỗi"
    else:
        for key in sorted(set(errors) - ERROR_KEYS):
            yield f"{path}/x-errors/{key}", "không phải từ khóa kiểm tra"
    yield from _defects_of_values(field, path)
    if kind == "object":
        yield from _defects_of_object(field, path, pointer, seen, inside_item)
    elif kind == "array":
        if inside_item is not None and field.get("items", {}).get("type") == "object":
            yield path, "không đặt nhóm lặp trong nhóm lặp"
        yield from _defects_of_array(field, path, seen)


def _defects_of_values(field: Mapping[str, Any], path: str) -> Defects:
    if "pattern" in field:
        try:
            re.compile(field["pattern"], re.ASCII)
        except re.error as error:
            yield f"{path}/pattern", f"biểu thức sai: {error}"
    if field.get("format", "date") not in ("date", "email"):
        yield f"{path}/format", "chỉ dùng «date» hoặc «email»"
    for option in field.get("oneOf", ()):
        if set(option) - {"description"} != {"const", "title"}:
            yield f"{path}/oneOf", "mỗi lựa chọn có đúng const và title"
            break
    has_choices = "oneOf" in field or "enum" in field or field["type"] == "boolean"
    if field.get("x-widget") in ("select", "radio") and not has_choices:
        yield f"{path}/x-widget", "ô chọn phải có danh sách lựa chọn (oneOf)"
    if ("x-not-after" in field or "x-not-before" in field) and not (
        field.get("format") == "date" or field.get("x-widget") == "date"
    ):
        yield path, "x-not-after, x-not-before chỉ dùng cho ngày"


def _defects_of_array(field: Mapping[str, Any], path: str, seen: set[str]) -> Defects:
    items = field.get("items")
    if not isinstance(items, Mapping) or items.get("type") not in ("object", "string"):
        yield f"{path}/items", "phần tử phải là «object» hoặc «string»"
        return
    if field.get("maxItems", MAX_ITEMS) > MAX_ITEMS:
        yield f"{path}/maxItems", f"nhiều nhất {MAX_ITEMS}"
    if items["type"] == "object":
        for key in sorted(set(items) - {"type", "title", "properties", "required", "x-order", "additionalProperties"}):
            yield f"{path}/items/{key}", "khóa lạ"
        if not items.get("properties"):
            yield f"{path}/items/properties", "phần tử lặp phải có ít nhất một trường"
        yield from _defects_of_object(items, f"{path}/items", "", set(seen), inside_item=set())
    elif not ("oneOf" in items or "enum" in items):
        yield f"{path}/items", "danh sách chữ phải có các lựa chọn (oneOf)"
