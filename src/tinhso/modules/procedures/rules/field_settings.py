"""What an officer may set on an element of a form, as texts of a page, and back.

`shown` gives what the page's controls hold; `applied` writes back only what differs from it. So a form that was
opened and saved is the same form, whatever else its schema says.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from tinhso.modules.procedures.rules.canonical import canonical_schema
from tinhso.modules.procedures.rules.condition_rows import MODES, FieldRef, Row, WrongRow, condition_of, rows_of
from tinhso.modules.procedures.rules.form_checks import ERROR_KEYS, MAX_ITEMS
from tinhso.modules.procedures.rules.form_editing import new_key
from tinhso.modules.procedures.rules.forms import IDENTITY, PHONE, iso_date, number
from tinhso.modules.procedures.rules.messages import message_of, shown_number

Schema = Mapping[str, Any]
_DATE_ERROR = "Nhập ngày theo dạng ngày/tháng/năm, ví dụ 05/09/2025"


@dataclass(frozen=True)
class Kind:
    """A kind of question that an officer chooses. `schema`: what a new one begins with."""

    key: str
    title: str
    schema: Schema


def _text(widget: str, **more: Any) -> dict[str, Any]:
    return {"type": "string", "title": "", "x-widget": widget, **more}


_OPTIONS = [{"const": "lua_chon_1", "title": "Lựa chọn 1"}, {"const": "lua_chon_2", "title": "Lựa chọn 2"}]
_EMPTY_OBJECT = {
    "type": "object",
    "title": "",
    "properties": {},
    "required": [],
    "x-order": [],
    "additionalProperties": False,
}
KINDS: dict[str, Kind] = {
    kind.key: kind
    for kind in (
        Kind("text", "Một dòng chữ", _text("text", minLength=1, maxLength=300)),
        Kind("textarea", "Đoạn văn", _text("textarea", minLength=1, maxLength=2000)),
        Kind("integer", "Số nguyên", {"type": "integer", "title": "", "minimum": 0, "x-widget": "number"}),
        Kind("number", "Số có phần thập phân", {"type": "number", "title": "", "minimum": 0, "x-widget": "number"}),
        Kind("money", "Số tiền (đồng)", {"type": "integer", "title": "", "minimum": 0, "x-widget": "money"}),
        Kind("date", "Ngày", _text("date", format="date", **{"x-errors": {"format": _DATE_ERROR}})),
        Kind("radio", "Chọn một (các nút)", _text("radio", oneOf=_OPTIONS)),
        Kind("select", "Chọn một (danh sách thả xuống)", _text("select", oneOf=_OPTIONS)),
        Kind("choices", "Chọn nhiều", {"type": "array", "title": "", "items": {"type": "string", "oneOf": _OPTIONS}}),
        Kind("checkbox", "Ô đánh dấu (có hoặc không)", {"type": "boolean", "title": "", "x-widget": "checkbox"}),
        Kind("identity", "Số định danh cá nhân", _text("identity", pattern=IDENTITY)),
        Kind("phone", "Số điện thoại", _text("phone", pattern=PHONE)),
        Kind("email", "Thư điện tử", _text("email", format="email", maxLength=100)),
        Kind("commune", "Xã, phường của tỉnh", _text("commune", minLength=1, maxLength=200)),
        Kind("ethnicity", "Dân tộc", _text("ethnicity", minLength=1, maxLength=50)),
        Kind("nationality", "Quốc tịch", _text("nationality", minLength=1, maxLength=100)),
        Kind("group", "Nhóm câu hỏi", _EMPTY_OBJECT),
        Kind(
            "list",
            "Nhóm lặp (thêm được nhiều mục)",
            {
                "type": "array", "title": "", "minItems": 1, "maxItems": 10, "x-item-title": "Mục",
                "items": {"type": "object", "properties": {}, "required": [], "x-order": [], "additionalProperties": False},
            },
        ),
    )
}  # fmt: skip
# Kinds that may become one another without losing an answer's meaning.
_FAMILIES = (("text", "textarea"), ("radio", "select"), ("integer", "money"))

_LENGTHS = {"text", "textarea", "email", "commune", "ethnicity", "nationality"}
_NUMBERS = {"integer", "number", "money"}
_ERRORS: dict[str, tuple[str, ...]] = {
    "text": ("required", "minLength", "maxLength", "pattern"),
    "textarea": ("required", "minLength", "maxLength", "pattern"),
    "date": ("required", "format", "x-not-after", "x-not-before"),
    "radio": ("required", "oneOf"),
    "select": ("required", "oneOf"),
    "choices": ("required", "minItems", "maxItems"),
    "checkbox": ("required", "const"),
    "list": ("minItems", "maxItems"),
}
ERROR_TITLES = {
    "required": "Khi bỏ trống",
    "minLength": "Khi quá ngắn",
    "maxLength": "Khi quá dài",
    "pattern": "Khi sai mẫu",
    "format": "Khi sai dạng",
    "x-not-after": "Khi muộn hơn ngày cho phép",
    "x-not-before": "Khi sớm hơn ngày cho phép",
    "oneOf": "Khi không có trong danh sách",
    "const": "Khi chưa đánh dấu",
    "minItems": "Khi quá ít",
    "maxItems": "Khi quá nhiều",
    "minimum": "Khi nhỏ quá",
    "exclusiveMinimum": "Khi không lớn hơn mức thấp nhất",
    "maximum": "Khi lớn quá",
    "type": "Khi không phải là số",
}
_INTEGERS = {"min_length": "minLength", "max_length": "maxLength", "min_items": "minItems", "max_items": "maxItems"}
_AMOUNTS = {"minimum": "minimum", "above": "exclusiveMinimum", "maximum": "maximum"}
_TEXTS = {
    "title": "title",
    "help": "x-help",
    "example": "x-example",
    "item_title": "x-item-title",
    "pattern": "pattern",
}
_DATES = {"not_before": "x-not-before", "not_after": "x-not-after"}
_LABELS = {
    "min_length": "Ít ký tự nhất", "max_length": "Nhiều ký tự nhất", "min_items": "Ít mục nhất",
    "max_items": "Nhiều mục nhất", "minimum": "Nhỏ nhất", "above": "Lớn hơn", "maximum": "Lớn nhất",
}  # fmt: skip


@dataclass(frozen=True)
class Settings:
    """`texts`: control → text; `options`: (key, title) of the choices; `mode`, `rows`: when it is asked. `mode`
    "keep": the condition says more than rows can and stays."""

    kind: str
    key: str
    required: bool
    texts: Mapping[str, str]
    options: tuple[tuple[str, str], ...]
    mode: str
    rows: tuple[Row, ...]


class WrongSettings(ValueError):
    """`errors`: control → what is wrong. Nothing was applied."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        self.errors = dict(errors)
        super().__init__("; ".join(self.errors.values()))


def kind_of(schema: Schema) -> str:
    """The kind of an element; "" for one that the designer cannot name (it is shown and kept as it is)."""
    kind, widget = schema.get("type"), schema.get("x-widget")
    if kind == "object":
        return "group"
    if kind == "array":
        return "list" if schema.get("items", {}).get("type") == "object" else "choices"
    if kind == "boolean":
        return "checkbox"
    if kind == "integer":
        return "money" if widget == "money" else "integer"
    if kind == "number":
        return "money" if widget == "money" else "number"
    if "oneOf" in schema or "enum" in schema:
        return "select" if widget == "select" else "radio"
    if widget in KINDS:
        return str(widget)
    return "date" if schema.get("format") == "date" else "text"


def kinds_instead(kind: str) -> tuple[str, ...]:
    return next((family for family in _FAMILIES if kind in family), (kind,))


def controls(kind: str) -> tuple[str, ...]:
    """Which texts can be set on a kind."""
    found = ["title", "help"]
    if kind not in ("group", "list", "checkbox"):
        found.append("example")
    if kind in _LENGTHS:
        found += ["min_length", "max_length"]
    if kind == "text":
        found.append("pattern")
    if kind in _NUMBERS:
        found += ["minimum", "above", "maximum"]
    if kind == "date":
        found += ["not_before", "not_after"]
    if kind == "checkbox":
        found.append("must_tick")
    if kind in ("list", "choices"):
        found += ["min_items", "max_items"]
    if kind == "list":
        found.append("item_title")
    return tuple(found)


def error_keys(schema: Schema) -> tuple[str, ...]:
    """The faults whose sentence an officer may word, those that have one now among them."""
    kind = kind_of(schema)
    usual = _ERRORS.get(kind, ("required", "minimum", "exclusiveMinimum", "maximum", "type"))
    if kind in ("identity", "phone"):
        usual = ("required", "pattern")
    if kind in ("group",):
        usual = ()
    if kind in ("commune", "ethnicity", "nationality", "email"):
        usual = ("required", "format") if kind == "email" else ("required",)
    others = [key for key in schema.get("x-errors", {}) if key in ERROR_KEYS and key not in usual]
    return (*usual, *others)


def usual_error(schema: Schema, key: str) -> str:
    """What is said where the officer words nothing; "" for a fault that cannot happen as the element stands."""
    if key not in schema and key not in ("required", "type"):
        return ""
    return message_of({name: value for name, value in schema.items() if name != "x-errors"}, key)


def shown(schema: Schema, key: str, required: bool, fields: Collection[FieldRef]) -> Settings:
    """What the page of an element shows. `fields`: the questions that its condition may read."""
    kind = kind_of(schema)
    texts: dict[str, str] = {name: str(schema.get(at, "")) for name, at in _TEXTS.items()}
    for name, at in _INTEGERS.items():
        texts[name] = str(schema[at]) if at in schema else ""
    for name, at in _AMOUNTS.items():
        texts[name] = shown_number(schema[at]) if at in schema else ""
    for name, at in _DATES.items():
        texts[name] = str(schema.get(at, ""))
    texts["must_tick"] = "1" if schema.get("const") is True else ""
    texts["kind"] = kind
    for fault in error_keys(schema):
        texts[f"error_{fault}"] = str(schema.get("x-errors", {}).get(fault, ""))
    source = schema.get("items", {}) if kind == "choices" else schema
    options = tuple((str(one["const"]), str(one["title"])) for one in source.get("oneOf", ()))
    when = rows_of(schema.get("x-when"), fields)
    mode, rows = ("keep", ()) if when is None else when
    return Settings(kind, key, required, texts, options, mode, rows)


def applied(
    schema: Schema, key: str, required: bool, wanted: Settings, fields: Collection[FieldRef]
) -> tuple[dict[str, Any], str, bool]:
    """(schema, key, required) with what differs from the page as shown. Raises `WrongSettings`."""
    before = shown(schema, key, required, fields)
    result = copy.deepcopy(dict(schema))
    errors: dict[str, str] = {}
    changes = {name: text for name, text in wanted.texts.items() if text.strip() != before.texts.get(name, "").strip()}
    for name, text in changes.items():
        _apply_text(result, name, text.strip(), errors)
    if not str(result.get("title", "")).strip():
        errors["title"] = "Ghi câu hỏi hoặc tên nhóm."
    _apply_bounds(result, errors)
    if before.options and wanted.options != before.options:
        _apply_options(result, before, wanted, errors)
    if (wanted.mode, wanted.rows) != (before.mode, before.rows) and wanted.mode != "keep":
        try:
            condition = condition_of(wanted.mode, wanted.rows, fields)
        except WrongRow as wrong:
            errors["when"] = str(wrong)
        else:
            result.pop("x-when", None)
            if condition is not None:
                result["x-when"] = condition
    new = wanted.key.strip()
    if new != key and not re.fullmatch(r"[a-z][a-z0-9_]*", new):
        errors["key"] = "Tên máy chỉ gồm chữ thường không dấu, chữ số, dấu gạch dưới, bắt đầu bằng chữ."
    if wanted.mode not in (*MODES, "keep"):
        errors["when"] = "Chọn cách kết hợp các dòng điều kiện."
    if errors:
        raise WrongSettings(errors)
    return (result if result == schema else canonical_schema(result)), new, wanted.required


def _apply_text(result: dict[str, Any], name: str, text: str, errors: dict[str, str]) -> None:
    if name in _TEXTS:
        if name == "pattern" and text:
            try:
                re.compile(text, re.ASCII)
            except re.error:
                errors["pattern"] = "Mẫu này không phải là biểu thức đúng. Nếu không rõ, hãy bỏ trống."
        _set(result, _TEXTS[name], text or None)
    elif name in _INTEGERS:
        whole = int(text) if text.isdecimal() and len(text) < 6 else None
        if text and (whole is None or (name in ("min_items", "max_items") and whole > MAX_ITEMS)):
            errors[name] = f"«{_LABELS[name]}» phải là số nguyên" + (
                f", nhiều nhất {MAX_ITEMS}." if "items" in name else "."
            )
        _set(result, _INTEGERS[name], whole)
    elif name in _AMOUNTS:
        amount = number(text) if text else None
        if text and amount is None:
            errors[name] = f"«{_LABELS[name]}» phải là một số."
        _set(result, _AMOUNTS[name], amount)
    elif name in _DATES:
        value = text if text in ("", "today") or text.startswith("/") else iso_date(text)
        if value is None:
            errors[name] = "Ghi ngày dạng ngày/tháng/năm, hoặc chọn hôm nay, hoặc một ngày khác trong biểu mẫu."
        _set(result, _DATES[name], value or None)
    elif name == "must_tick":
        _set(result, "const", True if text else None)
    elif name == "kind":
        if text not in kinds_instead(kind_of(result)):
            errors["kind"] = "Không đổi được sang kiểu này; hãy thêm câu hỏi mới."
        else:
            result["x-widget"] = KINDS[text].schema["x-widget"]
            if text == "text" and int(result.get("maxLength", 0)) > 300:
                result["maxLength"] = 300
    elif name.startswith("error_") and name.removeprefix("error_") in ERROR_KEYS:
        worded = {**result.get("x-errors", {})}
        _set(worded, name.removeprefix("error_"), text or None)
        _set(result, "x-errors", worded or None)


def _apply_bounds(result: Schema, errors: dict[str, str]) -> None:
    for low, high, name in (
        ("minLength", "maxLength", "max_length"),
        ("minItems", "maxItems", "max_items"),
        ("minimum", "maximum", "maximum"),
    ):
        if low in result and high in result and result[low] > result[high]:
            errors.setdefault(name, f"«{_LABELS[name]}» đang nhỏ hơn mức thấp nhất.")


def _apply_options(result: dict[str, Any], before: Settings, wanted: Settings, errors: dict[str, str]) -> None:
    holder = result["items"] if before.kind == "choices" else result
    known = {str(one["const"]): one for one in holder["oneOf"]}
    options: list[dict[str, Any]] = []
    for key, title in wanted.options:
        if not title.strip():
            continue
        if key in known:
            options.append({**known[key], "title": title.strip()})
        else:
            taken = [*known, *(str(one["const"]) for one in options)]
            options.append({"const": new_key(title, taken), "title": title.strip()})
    titles = [option["title"] for option in options]
    if len(options) < 1:
        errors["options"] = "Phải có ít nhất một lựa chọn."
    elif len(set(titles)) != len(titles):
        errors["options"] = "Hai lựa chọn không được cùng tên."
    else:
        holder["oneOf"] = options


def _set(schema: dict[str, Any], key: str, value: Any) -> None:
    if value is None:
        schema.pop(key, None)
    else:
        schema[key] = value
