"""The one small language of conditions, used by forms, papers, fees, deadlines and routes.

    {"field": "/child/born_abroad", "equals": true}      {"field": "/x/y", "in": ["a", "b"]}
    {"field": "/x/y", "present": true}                   {"all": [...]}  {"any": [...]}  {"not": {...}}

A pointer is absolute ("/group/field") or, inside the items of a repeated group, relative to the item ("./field").
The browser has the same interpreter (web/static/procedures/form.js); both run the same cases
(tests/form_cases.json).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Condition = Mapping[str, Any]

_MISSING: Any = object()


def at(data: Any, pointer: str, default: Any = None) -> Any:
    """The value at a JSON pointer ("/a/0/b"), or `default` where a step is missing."""
    value = data
    for step in pointer.split("/")[1:]:
        key = step.replace("~1", "/").replace("~0", "~")
        if isinstance(value, Mapping):
            value = value.get(key, _MISSING)
        elif isinstance(value, Sequence) and not isinstance(value, str) and key.isdecimal() and int(key) < len(value):
            value = value[int(key)]
        else:
            return default
        if value is _MISSING:
            return default
    return value


def is_present(value: Any) -> bool:
    """Has a person answered? False, 0 are answers; nothing, "" and empty lists are not."""
    return value is not None and value is not _MISSING and not (isinstance(value, str | list | dict) and not value)


def _same(a: Any, b: Any) -> bool:
    # JSON equality: true is not 1.
    return isinstance(a, bool) == isinstance(b, bool) and bool(a == b)


def holds(condition: Condition | None, data: Any, item: Any = None) -> bool:
    """Does the condition hold on the answers? No condition: always. A missing field equals nothing.

    `item`: the item of a repeated group to which "./field" refers.
    """
    if condition is None:
        return True
    if "all" in condition:
        return all(holds(part, data, item) for part in condition["all"])
    if "any" in condition:
        return any(holds(part, data, item) for part in condition["any"])
    if "not" in condition:
        return not holds(condition["not"], data, item)
    pointer: str = condition["field"]
    value = at(item, pointer[1:], _MISSING) if pointer.startswith("./") else at(data, pointer, _MISSING)
    if "present" in condition:
        return is_present(value) == bool(condition["present"])
    if value is _MISSING:
        return False
    if "equals" in condition:
        return _same(value, condition["equals"])
    return any(_same(value, wanted) for wanted in condition["in"])


def pointers_of(condition: Condition | None) -> Iterator[str]:
    """Every pointer that a (well-formed) condition reads."""
    if condition is None:
        return
    for key in ("all", "any"):
        for part in condition.get(key, ()):
            yield from pointers_of(part)
    if "not" in condition:
        yield from pointers_of(condition["not"])
    if "field" in condition:
        yield condition["field"]


_FORMS = ({"field", "equals"}, {"field", "in"}, {"field", "present"}, {"all"}, {"any"}, {"not"})


def defects_of(condition: Any, path: str) -> Iterator[tuple[str, str]]:
    """(path, what is wrong) for a condition's shape. Whether its fields exist is checked by who knows the form."""
    if condition is None:
        return
    if not isinstance(condition, Mapping) or set(condition) not in _FORMS:
        yield path, "điều kiện phải là field+equals, field+in, field+present, all, any hoặc not"
        return
    for key in ("all", "any"):
        if key in condition:
            if not isinstance(condition[key], list) or not condition[key]:
                yield f"{path}/{key}", "phải là danh sách có ít nhất một điều kiện"
                return
            for number, part in enumerate(condition[key]):
                if part is None:
                    yield f"{path}/{key}/{number}", "điều kiện rỗng"
                yield from defects_of(part, f"{path}/{key}/{number}")
    if "not" in condition:
        if condition["not"] is None:
            yield f"{path}/not", "điều kiện rỗng"
        yield from defects_of(condition["not"], f"{path}/not")
    if "field" in condition:
        pointer = condition["field"]
        if not isinstance(pointer, str) or not pointer.startswith(("/", "./")):
            yield f"{path}/field", "phải là con trỏ dạng /nhom/truong"
        if "in" in condition and (not isinstance(condition["in"], list) or not condition["in"]):
            yield f"{path}/in", "phải là danh sách có ít nhất một giá trị"
        if "present" in condition and not isinstance(condition["present"], bool):
            yield f"{path}/present", "phải là true hoặc false"
