"""Random routes, random actions: SpiffWorkflow takes the steps that our rules take, from the exported file alone."""

from __future__ import annotations

from typing import Any

from hypothesis import example, given, settings

from tinhso.modules.procedures.rules import Definition, actions_open, next_steps, read_definition
from tinhso.modules.procedures.rules.bpmn_reading import read_bpmn
from tinhso.modules.procedures.rules.bpmn_writing import bpmn_of
from tinhso.modules.procedures.tests.routes import choices, routes
from tinhso.modules.procedures.tests.samples import definition_raw
from tinhso.modules.procedures.tests.spiff import Oracle

TERM = {"cases": [{"when": None, "amount": 100, "unit": "working_day"}]}


def definition_with(route: dict[str, Any]) -> Definition:
    reading = read_definition(definition_raw(route=route, deadline=TERM))
    assert reading.definition is not None, reading.defects
    return reading.definition


class OurRules:
    """What `dossiers.services.routing` does with the rules, without dossiers: open steps, opinions out, the join."""

    def __init__(self, definition: Definition) -> None:
        self.definition = definition
        assert definition.route is not None
        self.open: list[str] = [definition.route.start]
        self.opinions: dict[str, str] = {}
        self.finished = False

    def actions(self, key: str) -> list[str]:
        return ["send"] if key in self.opinions else [one.key for one in actions_open(self.definition, key, {})]

    def act(self, key: str, action: str) -> None:
        self.open.remove(key)
        if key in self.opinions:
            join = self.opinions.pop(key)
            if not self.opinions:
                self.open.append(join)
            return
        chosen = next(one for one in actions_open(self.definition, key, {}) if one.key == action)
        if chosen.kind == "issue":
            self.finished = True
            return
        targets = [step.key for step in next_steps(self.definition, key, action)]
        self.open += targets
        if chosen.kind == "parallel":
            assert chosen.join is not None
            self.opinions = dict.fromkeys(targets, chosen.join)


def _step(key: str, *actions: dict[str, Any]) -> dict[str, Any]:
    return {"key": key, "title": key, "role": "handler", "unit": None, "hours": 1, "actions": list(actions)}


_ASKED_TWICE = {
    "start": "s0",
    "steps": [
        _step(
            "s0",
            {"key": "issue", "title": "Ban hành", "kind": "issue"},
            {"key": "ask", "title": "Lấy ý kiến", "kind": "parallel", "to": ["s0_a", "s0_b"], "join": "s0"},
        ),
        _step("s0_a", {"key": "send", "title": "Gửi ý kiến", "kind": "forward", "to": "s0"}),
        _step("s0_b", {"key": "send", "title": "Gửi ý kiến", "kind": "forward", "to": "s0"}),
    ],
}


# Asked, answered by b and a; asked again, answered by a: b is still waited for.
@example(_ASKED_TWICE, [0, 1, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0])
@settings(max_examples=40, deadline=None)
@given(routes(), choices())
def test_spiffworkflow_takes_the_same_steps(route: dict[str, Any], numbers: list[int]) -> None:
    ours, oracle = OurRules(definition_with(route)), Oracle(route)
    for which, what in zip(numbers[::2], numbers[1::2], strict=False):
        assert oracle.open == sorted(ours.open)
        if ours.finished:
            break
        key = sorted(ours.open)[which % len(ours.open)]
        offered = ours.actions(key)
        action = offered[what % len(offered)]
        ours.act(key, action)
        oracle.act(key, action)
    assert oracle.open == sorted(ours.open)
    assert oracle.finished == ours.finished


@settings(max_examples=100, deadline=None)
@given(routes(most=7))
def test_an_exported_route_comes_back_as_it_was(route: dict[str, Any]) -> None:
    reading = read_bpmn(bpmn_of(route, code="1.1", title="Thử", roles={}))
    assert (reading.route, reading.problems, reading.ours) == (route, (), True)
