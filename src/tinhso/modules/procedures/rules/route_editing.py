"""Changing an inner route. Pure: a route (as JSON) goes in, another comes out, the first stays as it was.

What is wrong with a route is told by `routes.defects_of_route`; a route being drawn may be wrong for a while.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

from tinhso.modules.procedures.rules.form_editing import CannotEdit, new_key
from tinhso.modules.procedures.rules.vocabulary import ACTION_KINDS

EMPTY_ROUTE: dict[str, Any] = {"start": "", "steps": []}
MOST_STEPS = 60
MOST_HOURS = 2000

RawRoute = Mapping[str, Any]


def steps_of(route: RawRoute | None) -> list[dict[str, Any]]:
    steps = (route or {}).get("steps", [])
    return [step for step in steps if isinstance(step, dict)] if isinstance(steps, list) else []


def targets_of(action: Mapping[str, Any]) -> list[str]:
    to = action.get("to")
    return [to] if isinstance(to, str) and to else [str(one) for one in to] if isinstance(to, list) else []


def add_step(
    route: RawRoute | None, *, title: str, role: str, unit: str | None, hours: int, agency: str | None = None
) -> tuple[dict[str, Any], int]:
    """A new last step. The step before it, where it led nowhere, now leads here. Returns (route, its number)."""
    changed = _copy(route)
    steps = changed["steps"]
    if len(steps) >= MOST_STEPS:
        raise CannotEdit(f"Quy trình có nhiều nhất {MOST_STEPS} bước.")
    key = new_key(title, [step["key"] for step in steps])
    step: dict[str, Any] = {"key": key, "title": title.strip(), "role": role, "unit": unit or None}
    if agency:
        step["agency"] = agency
    steps.append({**step, "hours": hours, "actions": []})
    if len(steps) == 1:
        changed["start"] = key
    elif not steps[-2]["actions"]:
        steps[-2]["actions"].append(
            {"key": "submit", "title": f"Chuyển: {title.strip()}", "kind": "forward", "to": key}
        )
    return changed, len(steps) - 1


def remove_step(route: RawRoute | None, number: int) -> dict[str, Any]:
    """Actions that led to the step are left as they are: the check names each, and the officer decides."""
    changed = _copy(route)
    _step(changed, number)
    gone = changed["steps"].pop(number)
    if changed.get("start") == gone["key"]:
        changed["start"] = changed["steps"][0]["key"] if changed["steps"] else ""
    return changed


def move_step(route: RawRoute | None, number: int, to: int) -> dict[str, Any]:
    """The order in the list only; where the actions lead stays."""
    changed = _copy(route)
    step = _step(changed, number)
    changed["steps"].pop(number)
    changed["steps"].insert(min(max(to, 0), len(changed["steps"])), step)
    return changed


def duplicate_step(route: RawRoute | None, number: int) -> dict[str, Any]:
    changed = _copy(route)
    step = copy.deepcopy(_step(changed, number))
    step["title"] = f"{step['title']} (bản sao)"
    step["key"] = new_key(step["key"], [one["key"] for one in changed["steps"]])
    changed["steps"].insert(number + 1, step)
    return changed


def set_start(route: RawRoute | None, number: int) -> dict[str, Any]:
    changed = _copy(route)
    changed["start"] = _step(changed, number)["key"]
    return changed


def change_step(
    route: RawRoute | None, number: int, *, values: Mapping[str, Any], actions: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """Title, role, unit, agency, hours and actions of a step. An action whose content is the same stays as it was
    written; `values` that are the same too."""
    changed = _copy(route)
    step = _step(changed, number)
    for name, value in values.items():
        if name in ("agency", "place") and not value:
            if step.get(name):
                del step[name]
        elif name == "place":
            if _place(step.get("place")) != _place(value):
                step["place"] = value
        elif step.get(name) != value:
            step[name] = value
    before = {action.get("key"): action for action in step["actions"]}
    written: list[dict[str, Any]] = []
    for action in actions:
        old = before.get(action.get("key"))
        if old is not None and _same(old, action):
            written.append(old)
        else:
            taken = [*before, *(one["key"] for one in written)]
            written.append(_action(action, str(action.get("key") or new_key(str(action["title"]), taken))))
    step["actions"] = written
    return changed


def _place(place: Any) -> tuple[str, ...]:
    known = place if isinstance(place, Mapping) else {}
    return tuple(str(known.get(name) or "") for name in ("kind", "level", "name"))


def _same(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    plain = ("title", "kind")
    return (
        all(old.get(name) == new.get(name) for name in plain)
        and targets_of(old) == targets_of(new)
        and (old.get("join") or None) == (new.get("join") or None)
        and old.get("when") == new.get("when")
    )


def _action(given: Mapping[str, Any], key: str) -> dict[str, Any]:
    kind = given["kind"]
    if kind not in ACTION_KINDS:
        raise CannotEdit("Chọn loại thao tác.")
    action: dict[str, Any] = {"key": key, "title": str(given["title"]).strip(), "kind": kind}
    targets = targets_of(given)
    if kind == "parallel":
        action |= {"to": targets, "join": given.get("join") or None}
    elif kind != "issue":
        action["to"] = targets[0] if targets else ""
    if given.get("when") is not None:
        action["when"] = given["when"]
    return action


def _copy(route: RawRoute | None) -> dict[str, Any]:
    changed: dict[str, Any] = copy.deepcopy(dict(route or EMPTY_ROUTE))
    changed["steps"] = steps_of(changed)
    for step in changed["steps"]:
        step["actions"] = [action for action in step.get("actions") or [] if isinstance(action, dict)]
    return changed


def _step(route: Mapping[str, Any], number: int) -> dict[str, Any]:
    if not 0 <= number < len(route["steps"]):
        raise CannotEdit("Bước này không còn trong quy trình. Hãy tải lại trang.")
    step: dict[str, Any] = route["steps"][number]
    return step
