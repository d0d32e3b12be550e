"""Where the steps of a route stand when it is drawn: layers along the way, columns (or rows) across it.

Own and small: routes have tens of steps, and the drawing must come out of the server without a browser. A step
stands behind everything that leads to it (longest way, ways back left out); the steps of one layer stand side by
side in the order of the list.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tinhso.modules.procedures.rules.route_editing import steps_of, targets_of


@dataclass(frozen=True)
class Link:
    """An edge of the drawing. `source`/`target` None: the start, the end. `kind`: forward, back, opinion, join, issue."""

    source: str | None
    target: str | None
    kind: str
    title: str = ""
    conditional: bool = False


@dataclass(frozen=True)
class Layers:
    """`layer`, `place` by step's key; `width`: the most steps side by side; `depth`: the number of layers."""

    layer: Mapping[str, int]
    place: Mapping[str, int]
    sizes: tuple[int, ...]

    @property
    def width(self) -> int:
        return max(self.sizes, default=1)

    @property
    def depth(self) -> int:
        return len(self.sizes)


def links_of(route: Mapping[str, Any] | None) -> tuple[Link, ...]:
    """What is drawn between the steps. An action to a step that is not there draws nothing (the check names it)."""
    steps = steps_of(route)
    known = {step.get("key") for step in steps}
    asked = _asked(steps)
    start = (route or {}).get("start")
    found = [Link(None, str(start), "forward")] if start in known else []
    for step in steps:
        key = step["key"]
        if key in asked:
            continue
        for action in step.get("actions") or []:
            kind, title = action.get("kind"), str(action.get("title", ""))
            conditional = action.get("when") is not None
            targets = [target for target in targets_of(action) if target in known]
            if kind == "issue":
                found.append(Link(key, None, "issue", title, conditional))
            elif kind == "parallel":
                found += [Link(key, target, "opinion", title, conditional) for target in targets]
                if action.get("join") in known:
                    found += [Link(target, action["join"], "join") for target in targets]
            else:
                found += [Link(key, target, str(kind), title, conditional) for target in targets]
    return tuple(dict.fromkeys(found))


def layers_of(route: Mapping[str, Any] | None) -> Layers:
    keys = [str(step["key"]) for step in steps_of(route)]
    onward: dict[str, set[str]] = {key: set() for key in keys}
    for link in links_of(route):
        # An answer that comes back to who asked is no step forward.
        if link.source and link.target and link.kind in ("forward", "opinion", "join") and link.source != link.target:
            onward[link.source].add(link.target)
    _cut_circles(keys, onward)
    layer = dict.fromkeys(keys, 0)
    for _ in keys:
        for source in keys:
            for target in onward[source]:
                layer[target] = max(layer[target], layer[source] + 1)
    used = sorted(set(layer.values()))
    layer = {key: used.index(value) for key, value in layer.items()}
    place: dict[str, int] = {}
    sizes = [0] * len(used)
    for key in keys:
        place[key] = sizes[layer[key]]
        sizes[layer[key]] += 1
    return Layers(layer, place, tuple(sizes))


def _asked(steps: list[dict[str, Any]]) -> set[str]:
    """Steps that only give an opinion: their own actions are not offered, the answer goes to the join."""
    branches: set[str] = set()
    others: set[str] = set()
    for step in steps:
        for action in step.get("actions") or []:
            targets = targets_of(action)
            if action.get("kind") == "parallel":
                branches.update(targets)
                others.update([str(action.get("join"))])
            else:
                others.update(targets)
    return branches - others if branches else set()


def asked_only(route: Mapping[str, Any] | None) -> frozenset[str]:
    return frozenset(_asked(steps_of(route)) - {str((route or {}).get("start"))})


def _cut_circles(keys: list[str], onward: dict[str, set[str]]) -> None:
    """Leave out the edges that close a circle, so that a wrong route can be drawn too."""
    done: set[str] = set()
    for first in keys:
        if first in done:
            continue
        path: list[tuple[str, list[str]]] = [(first, sorted(onward[first], key=keys.index))]
        on_path = {first}
        while path:
            key, waiting = path[-1]
            if not waiting:
                path.pop()
                on_path.discard(key)
                done.add(key)
                continue
            target = waiting.pop(0)
            if target in on_path:
                onward[key].discard(target)
            elif target not in done:
                path.append((target, sorted(onward[target], key=keys.index)))
                on_path.add(target)
