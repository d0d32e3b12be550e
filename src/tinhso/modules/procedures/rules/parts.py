"""The parts of a dossier that passes through several agencies (liên thông): which agency does what, in which hours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from tinhso.modules.procedures.rules.definition import Definition, Place, Route, Step, actions_open


@dataclass(frozen=True)
class Stretch:
    """Consecutive steps of one agency: its part. `place` None: the competent agency; `hours`: working hours of the part,
    the opinions that it asks for included."""

    place: Place | None
    keys: tuple[str, ...]
    title: str
    hours: int


def stretches(definition: Definition, data: Mapping[str, Any]) -> tuple[Stretch, ...]:
    """The parts of a case in order, along its longest way: that through most agencies, then that of most hours. One
    part: the dossier stays with one agency. Nothing is known of what officers will choose; ways back are left out."""
    route = definition.route
    if route is None:
        return ()
    found: list[Stretch] = []
    for step, hours in _way(definition, route, route.start, data, {}):
        last = found[-1] if found else None
        if last is not None and last.place == step.place:
            found[-1] = Stretch(last.place, (*last.keys, step.key), last.title, last.hours + hours)
        else:
            found.append(Stretch(step.place, (step.key,), step.title, hours))
    return tuple(found)


_Way = tuple[tuple[Step, int], ...]


def _way(definition: Definition, route: Route, key: str, data: Mapping[str, Any], known: dict[str, _Way]) -> _Way:
    """Steps with their hours from a step on. A published route has no circle of forward actions (`defects_of_route`)."""
    if key in known:
        return known[key]
    step = route.step(key)
    if step is None:
        return ()
    known[key] = ()
    ways: list[_Way] = []
    asked = 0
    for action in actions_open(definition, key, data):
        if action.kind == "forward":
            ways.extend(((step, step.hours), *_way(definition, route, to, data, known)) for to in action.to)
        elif action.kind == "parallel":
            longest = max((target.hours for to in action.to if (target := route.step(to)) is not None), default=0)
            if action.join == key:
                asked = max(asked, longest)
            elif action.join is not None:
                ways.append(((step, step.hours + longest), *_way(definition, route, action.join, data, known)))
    best = max(ways, key=_weight, default=((step, step.hours),))
    known[key] = ((step, best[0][1] + asked), *best[1:])
    return known[key]


def _weight(way: _Way) -> tuple[int, int]:
    changes = sum(1 for (one, _), (other, _) in pairwise(way) if one.place != other.place)
    return changes, sum(hours for _, hours in way)
