"""The cases of a form that conditions can tell apart, each as answers: so that all of them can be tried."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from math import prod
from typing import Any

from tinhso.modules.procedures.rules.conditions import Condition, holds, pointers_of
from tinhso.modules.procedures.rules.messages import lower_first

MOST_CASES = 4096
# An answer that no condition names.
OTHER = "\x00other"
_UNANSWERED: Any = object()


def cases_of(conditions: Iterable[Condition], form: Mapping[str, Any] | None) -> list[dict[str, Any]] | None:
    """Answers for every case that the conditions tell apart. None: more than `MOST_CASES`, not tried."""
    wanted = list(conditions)
    pointers = sorted({pointer for condition in wanted for pointer in pointers_of(condition)})
    named = {pointer: list(dict.fromkeys(_named(wanted, pointer))) for pointer in pointers}
    domains = [_domain(form, pointer, named[pointer]) for pointer in pointers]
    if prod(len(domain) for domain in domains) > MOST_CASES:
        return None
    return [_answers(zip(pointers, values, strict=True)) for values in product(*domains)]


def never_holds(condition: Condition, form: Mapping[str, Any] | None) -> bool:
    """Is there no case at all in which it holds, as when it asks for a choice that the field does not offer?"""
    cases = cases_of([condition], form)
    return cases is not None and not any(holds(condition, case) for case in cases)


def case_in_words(case: Mapping[str, Any], form: Mapping[str, Any] | None) -> str:
    """ "loại yêu cầu là «Cấp mới»" for the sentence that names a case."""
    parts = []
    for pointer, value in _leaves(case, ""):
        field = field_at(form, pointer) or {}
        title = lower_first(str(field.get("title") or pointer))
        parts.append(f"«{title}» là «{_shown(field, value)}»")
    return " và ".join(parts) or "không trả lời câu hỏi nào của điều kiện"


def field_at(form: Mapping[str, Any] | None, pointer: str) -> Mapping[str, Any] | None:
    """The schema of the field that a pointer names."""
    found: Any = form
    for key in pointer.split("/")[1:]:
        found = found.get("properties", {}).get(key) if isinstance(found, Mapping) else None
    return found if isinstance(found, Mapping) else None


def _named(conditions: Iterable[Condition], pointer: str) -> Iterator[Any]:
    for condition in conditions:
        yield from _named([*condition.get("all", ()), *condition.get("any", ())], pointer)
        if "not" in condition:
            yield from _named([condition["not"]], pointer)
        if condition.get("field") == pointer:
            yield from (value for value in condition.get("in", ()) if _is_plain(value))
            if "equals" in condition and _is_plain(condition["equals"]):
                yield condition["equals"]


def _is_plain(value: Any) -> bool:
    return isinstance(value, str | int | float | bool) or value is None


def _domain(form: Mapping[str, Any] | None, pointer: str, named: list[Any]) -> list[Any]:
    field = field_at(form, pointer)
    if field is None:
        return [*named, OTHER, _UNANSWERED]
    if field.get("type") == "boolean":
        values: list[Any] = [True, False]
    elif "oneOf" in field:
        values = [option.get("const") for option in field["oneOf"] if isinstance(option, Mapping)]
    elif "enum" in field:
        values = list(field["enum"])
    else:
        values = [*named, OTHER]
    return values if _always_answered(form, pointer) else [*values, _UNANSWERED]


def _always_answered(form: Mapping[str, Any] | None, pointer: str) -> bool:
    found: Any = form
    for key in pointer.split("/")[1:]:
        if not isinstance(found, Mapping) or key not in found.get("required", ()):
            return False
        found = found.get("properties", {}).get(key)
        if not isinstance(found, Mapping) or found.get("x-when") is not None:
            return False
    return True


def _answers(values: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for pointer, value in values:
        if value is _UNANSWERED:
            continue
        *groups, last = pointer.split("/")[1:]
        into = data
        for key in groups:
            inner = into.setdefault(key, {})
            if not isinstance(inner, dict):
                break
            into = inner
        into[last] = value
    return data


def _leaves(data: Mapping[str, Any], pointer: str) -> Iterator[tuple[str, Any]]:
    for key, value in data.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{pointer}/{key}")
        else:
            yield f"{pointer}/{key}", value


def _shown(field: Mapping[str, Any], value: Any) -> str:
    if value == OTHER:
        return "giá trị khác"
    if isinstance(value, bool):
        return "có" if value else "không"
    for option in field.get("oneOf", ()):
        if isinstance(option, Mapping) and option.get("const") == value:
            return str(option.get("title", value))
    return str(value)
