"""Changing an e-form: add, move, copy, remove. Pure: a form goes in, another comes out, the first stays as it was.

An element's address is its keys from the top, "group.field"; inside a repeated group the item's keys follow the
group's ("members.full_name").
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tinhso.kernel.text import fold
from tinhso.modules.procedures.rules.canonical import canonical_schema
from tinhso.modules.procedures.rules.form_checks import ordered

EMPTY_FORM: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "properties": {},
    "required": [],
    "x-order": [],
    "additionalProperties": False,
}
_MOST_KEY = 40


class CannotEdit(ValueError):
    """The form stays as it was; the message says why."""


@dataclass(frozen=True)
class Node:
    """An element as the designer lists it. `level` 0: a page of the form."""

    address: str
    key: str
    schema: Mapping[str, Any]
    required: bool
    level: int
    first: bool
    last: bool

    @property
    def title(self) -> str:
        return str(self.schema.get("title") or self.key)

    @property
    def holds_others(self) -> bool:
        return _inner(self.schema) is not None


def outline(form: Mapping[str, Any] | None) -> tuple[Node, ...]:
    """All elements in order, each page followed by what stands in it."""
    return tuple(_outline(form or EMPTY_FORM, "", 0))


def _outline(schema: Mapping[str, Any], prefix: str, level: int) -> Iterator[Node]:
    keys = ordered(schema)
    for number, key in enumerate(keys):
        child = schema["properties"][key]
        if not isinstance(child, Mapping):
            continue
        address = f"{prefix}{key}"
        yield Node(address, key, child, key in schema.get("required", ()), level, number == 0, number == len(keys) - 1)
        inner = _inner(child)
        if inner is not None:
            yield from _outline(inner, f"{address}.", level + 1)


def _inner(schema: Mapping[str, Any]) -> Any:
    """The object that holds the elements of a group or of a repeated group's item; None for a question."""
    if schema.get("type") == "object":
        return schema
    items = schema.get("items")
    if schema.get("type") == "array" and isinstance(items, Mapping) and items.get("type") == "object":
        return items
    return None


def element(form: Mapping[str, Any] | None, address: str) -> Node | None:
    return next((node for node in outline(form) if node.address == address), None)


def address_of(path: str) -> str:
    """From a defect's path ("/form/properties/child/properties/name/x-when") to the element it is about."""
    steps = path.split("/")
    return ".".join(steps[i + 1] for i, step in enumerate(steps[:-1]) if step == "properties")


def pointer_of(form: Mapping[str, Any] | None, address: str) -> str | None:
    """How conditions outside name the element ("/group/field"); None inside a repeated group."""
    steps = address.split(".")
    for size in range(1, len(steps)):
        node = element(form, ".".join(steps[:size]))
        if node is not None and node.schema.get("type") == "array":
            return None
    return "/" + "/".join(steps)


def new_key(title: str, taken: Iterable[str]) -> str:
    """A key from a Vietnamese title that none of the others has: "Họ và tên" → "ho_va_ten"."""
    plain = re.sub(r"[^a-z0-9]+", "_", fold(title)).strip("_")[:_MOST_KEY].strip("_")
    if not plain or not plain[0].isalpha():
        plain = f"muc_{plain}".rstrip("_")
    used = set(taken)
    key, number = plain, 2
    while key in used:
        key, number = f"{plain}_{number}", number + 1
    return key


def add(
    form: Mapping[str, Any] | None, parent: str, schema: Mapping[str, Any], *, key: str = "", required: bool = False
) -> tuple[dict[str, Any], str]:
    """A new last element of a group (parent "": a new page). Returns (form, its address)."""
    changed = copy.deepcopy(dict(form or EMPTY_FORM))
    holder = _holder(changed, parent)
    is_group = _inner(schema) is not None
    if not parent and not is_group:
        raise CannotEdit("Câu hỏi phải nằm trong một nhóm. Hãy thêm nhóm trước.")
    if schema.get("type") == "array" and is_group and _in_list(changed, parent):
        raise CannotEdit("Không đặt nhóm lặp trong nhóm lặp. Hãy đặt nhóm này ở ngoài.")
    name = key or new_key(str(schema.get("title", "")), [*holder["properties"], *(["applicant"] if not parent else [])])
    _put(holder, name, copy.deepcopy(dict(schema)), len(ordered(holder)), required)
    return canonical_schema(changed), f"{parent}.{name}" if parent else name


def remove(form: Mapping[str, Any] | None, address: str) -> dict[str, Any]:
    changed = copy.deepcopy(dict(form or EMPTY_FORM))
    holder, key = _place(changed, address)
    _take(holder, key)
    return canonical_schema(changed)


def duplicate(form: Mapping[str, Any] | None, address: str) -> tuple[dict[str, Any], str]:
    """A copy right behind the element. What it reads from its own group it goes on reading there."""
    changed = copy.deepcopy(dict(form or EMPTY_FORM))
    holder, key = _place(changed, address)
    schema = copy.deepcopy(holder["properties"][key])
    schema["title"] = f"{schema.get('title', key)} (bản sao)"
    name = new_key(key, holder["properties"])
    _put(holder, name, schema, ordered(holder).index(key) + 1, key in holder.get("required", ()))
    parent = address.rpartition(".")[0]
    return canonical_schema(changed), f"{parent}.{name}" if parent else name


def move(form: Mapping[str, Any] | None, address: str, by: int) -> dict[str, Any]:
    """Up (-1) or down (1) among its neighbours. At the end of the row nothing happens."""
    changed = copy.deepcopy(dict(form or EMPTY_FORM))
    holder, key = _place(changed, address)
    keys = ordered(holder)
    here = keys.index(key)
    there = min(max(here + by, 0), len(keys) - 1)
    keys.insert(there, keys.pop(here))
    holder["x-order"] = keys
    return canonical_schema(changed)


def move_before(form: Mapping[str, Any] | None, address: str, before: str) -> tuple[dict[str, Any], str]:
    """Put an element where another one stands (drag and drop), also in another group. Returns (form, new address)."""
    changed = copy.deepcopy(dict(form or EMPTY_FORM))
    if before == address or before.startswith(f"{address}."):
        return canonical_schema(changed), address
    source, key = _place(changed, address)
    target, target_key = _place(changed, before)
    parent = before.rpartition(".")[0]
    schema = source["properties"][key]
    if not parent and _inner(schema) is None:
        raise CannotEdit("Câu hỏi phải nằm trong một nhóm. Hãy thả vào giữa các câu hỏi của nhóm.")
    if schema.get("type") == "array" and _inner(schema) is not None and _in_list(changed, parent):
        raise CannotEdit("Không đặt nhóm lặp trong nhóm lặp.")
    goes_down = source is target and ordered(source).index(key) < ordered(target).index(target_key)
    required = key in source.get("required", ())
    _take(source, key)
    name = key if source is target or key not in target["properties"] else new_key(key, target["properties"])
    _put(target, name, schema, ordered(target).index(target_key) + (1 if goes_down else 0), required)
    return canonical_schema(changed), f"{parent}.{name}" if parent else name


def replace(
    form: Mapping[str, Any] | None, address: str, schema: Mapping[str, Any], *, key: str, required: bool
) -> tuple[dict[str, Any], str]:
    """Another schema, key or obligation for an element, at its place. Returns (form, its address now)."""
    changed = copy.deepcopy(dict(form or EMPTY_FORM))
    holder, old = _place(changed, address)
    if key != old and key in holder["properties"]:
        raise CannotEdit(f"Nhóm này đã có mục mang tên máy «{key}».")
    place = ordered(holder).index(old)
    _take(holder, old)
    _put(holder, key, copy.deepcopy(dict(schema)), place, required)
    parent = address.rpartition(".")[0]
    return canonical_schema(changed), f"{parent}.{key}" if parent else key


def repointed(value: Any, old: str, new: str) -> Any:
    """The same definition (or part) where all that pointed at `old` ("/a/b", or anything below) points at `new`."""
    if isinstance(value, str):
        return new + value[len(old) :] if value == old or value.startswith(f"{old}/") else value
    if isinstance(value, Mapping):
        return {key: repointed(part, old, new) for key, part in value.items()}
    if isinstance(value, list):
        return [repointed(part, old, new) for part in value]
    return value


def readers_of(definition: Mapping[str, Any], pointer: str) -> tuple[str, ...]:
    """Where a question is read: paths of the conditions, fees and results that name it or something in it."""
    found: list[str] = []

    def walk(value: Any, path: str) -> None:
        if isinstance(value, str):
            if value == pointer or value.startswith(f"{pointer}/"):
                found.append(path)
        elif isinstance(value, Mapping):
            for key, part in value.items():
                walk(part, f"{path}/{key}")
        elif isinstance(value, list):
            for number, part in enumerate(value):
                walk(part, f"{path}/{number}")

    walk(definition, "")
    return tuple(found)


def _holder(form: dict[str, Any], parent: str) -> dict[str, Any]:
    holder: Any = form
    for key in parent.split(".") if parent else ():
        holder = _inner(holder.get("properties", {}).get(key, {}))
        if holder is None:
            raise CannotEdit("Nhóm này không còn trong biểu mẫu. Hãy tải lại trang.")
    holder.setdefault("properties", {})
    found: dict[str, Any] = holder
    return found


def _place(form: dict[str, Any], address: str) -> tuple[dict[str, Any], str]:
    parent, _, key = address.rpartition(".")
    holder = _holder(form, parent)
    if key not in holder["properties"]:
        raise CannotEdit("Mục này không còn trong biểu mẫu. Hãy tải lại trang.")
    return holder, key


def _in_list(form: Mapping[str, Any], address: str) -> bool:
    steps = address.split(".") if address else []
    return any(
        node.schema.get("type") == "array"
        for size in range(1, len(steps) + 1)
        if (node := element(form, ".".join(steps[:size]))) is not None
    )


def _take(holder: dict[str, Any], key: str) -> None:
    holder["x-order"] = [name for name in ordered(holder) if name != key]
    holder["required"] = [name for name in holder.get("required", ()) if name != key]
    del holder["properties"][key]


def _put(holder: dict[str, Any], key: str, schema: dict[str, Any], place: int, required: bool) -> None:
    keys = ordered(holder)
    keys.insert(place, key)
    holder["properties"][key] = schema
    holder["x-order"] = keys
    asked = {*holder.get("required", ()), *([key] if required else ())}
    holder["required"] = [name for name in keys if name in asked]
    holder.setdefault("additionalProperties", False)
