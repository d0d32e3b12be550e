"""Which fields of a form a supplement may name, and how answers to some of them are put among the others.

A field inside a repeated group is asked for with its whole list: positions in a list move, pointers would lie.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from tinhso.modules.procedures import api as procedures

Form = Mapping[str, Any]


def field_targets(form: Form, data: Mapping[str, Any], context: Mapping[str, Any]) -> dict[str, str]:
    """Pointer → label ("Trẻ được khai sinh: Họ và tên") of the questions that this case is asked, in their order."""
    kept = {**data, **context}
    found: dict[str, str] = {}
    for group in procedures.ordered(form):
        _collect(form["properties"][group], f"/{group}", "", kept, found)
    return found


def _collect(
    schema: Mapping[str, Any], pointer: str, above: str, kept: Mapping[str, Any], found: dict[str, str]
) -> None:
    if not procedures.visible(schema, kept):
        return
    title = str(schema.get("title", "")) or pointer.rpartition("/")[2]
    if schema["type"] != "object":
        found[pointer] = f"{above}: {title}" if above else title
        return
    for key in procedures.ordered(schema):
        _collect(schema["properties"][key], f"{pointer}/{key}", title, kept, found)


def target_of(form: Form, pointer: str) -> str:
    """The question that an error's pointer belongs to: "/members/0/name" is put right at "/members"."""
    schema: Mapping[str, Any] = form
    whole = ""
    for step in pointer.strip("/").split("/"):
        schema = schema.get("properties", {}).get(step, {})
        whole += f"/{step}"
        if schema.get("type") != "object":
            break
    return whole


def value_at(data: Mapping[str, Any], pointer: str) -> Any:
    value: Any = data
    for step in pointer.strip("/").split("/"):
        value = value.get(step) if isinstance(value, Mapping) else None
    return value


def merged(data: Mapping[str, Any], answers: Mapping[str, Any]) -> dict[str, Any]:
    """The data with some answers written over; the data itself is left alone. An answer None takes the value out."""
    result: dict[str, Any] = dict(data)
    for pointer, value in answers.items():
        steps = pointer.strip("/").split("/")
        place = result
        for step in steps[:-1]:
            below = place.get(step)
            place[step] = dict(below) if isinstance(below, Mapping) else {}
            place = place[step]
        if value is None:
            place.pop(steps[-1], None)
        else:
            place[steps[-1]] = value
    return result


def groups_of(pointers: Iterable[str]) -> tuple[str, ...]:
    """The groups in which these questions stand, each once, in the order given."""
    return tuple(dict.fromkeys(pointer.strip("/").split("/")[0] for pointer in pointers))


def within(pointer: str, targets: Collection[str]) -> bool:
    """Is this pointer one of the targets, or below one?"""
    return any(pointer == target or pointer.startswith(f"{target}/") for target in targets)
