"""A route as BPMN 2.0 with its drawing, for bpmn.io, Camunda Modeler and their like.

Each step is a user task in the lane of its role and unit; a step with several ways out is followed by an exclusive
gateway, opinions in parallel by a parallel pair. What BPMN has no word for (roles, hours, conditions on the form, the
actions) stands in extension elements of our namespace, so that `bpmn_reading` gets the same route back. A flow's condition
names the action chosen; it is for engines that run the file, and is never run here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from tinhso.modules.procedures.rules.route_editing import steps_of, targets_of
from tinhso.modules.procedures.rules.route_layers import asked_only, layers_of

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
BPMNDI = "http://www.omg.org/spec/BPMN/20100524/DI"
DC = "http://www.omg.org/spec/DD/20100524/DC"
DI = "http://www.omg.org/spec/DD/20100524/DI"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
# A name, not an address: nothing is ever fetched from it.
TINHSO = "urn:tinhso:route:1"
CHOICE = "action"

_TASK_W, _TASK_H = 150, 80
_GATE = 50
_EVENT = 36
_COLUMN = 310
_LANE_PAD = 30
_LEFT = 160


@dataclass
class _Node:
    id: str
    kind: str
    name: str
    lane: str
    x: int = 0
    y: int = 0
    width: int = _TASK_W
    height: int = _TASK_H
    step: Mapping[str, Any] | None = None
    number: int = 0

    @property
    def middle(self) -> int:
        return self.y + self.height // 2


@dataclass
class _Flow:
    id: str
    source: str
    target: str
    name: str = ""
    action: str = ""
    condition: str = ""


@dataclass
class _Graph:
    nodes: dict[str, _Node] = field(default_factory=dict)
    flows: list[_Flow] = field(default_factory=list)

    def add(self, node: _Node) -> str:
        self.nodes[node.id] = node
        return node.id

    def link(self, source: str, target: str, *, name: str = "", action: str = "", condition: str = "") -> None:
        self.flows.append(_Flow(f"flow_{len(self.flows) + 1}", source, target, name, action, condition))


def bpmn_of(route: Mapping[str, Any], *, code: str, title: str, roles: Mapping[str, str]) -> bytes:
    """The whole file. `roles`: role → its title, for the names of the lanes. A route that is still wrong is written as
    far as it goes: an action to a step that is not there has no flow."""
    graph = _graph(route, roles)
    lanes = _placed(graph, route)
    return _xml(graph, lanes, code, title)


def lane_of(step: Mapping[str, Any], roles: Mapping[str, str]) -> str:
    role = roles.get(str(step.get("role")), str(step.get("role") or ""))
    place = step.get("place") or {}
    where = step.get("unit") or step.get("agency") or (place.get("name") if isinstance(place, Mapping) else "")
    return f"{role}, {where}" if where else role


def _graph(route: Mapping[str, Any], roles: Mapping[str, str]) -> _Graph:
    graph = _Graph()
    steps = {str(step["key"]): step for step in steps_of(route)}
    asked = asked_only(route)
    first = steps.get(str(route.get("start")))
    lane = lane_of(first, roles) if first else "Quy trình"
    graph.add(_Node("start", "startEvent", "Tiếp nhận", lane, width=_EVENT, height=_EVENT))
    for number, (key, step) in enumerate(steps.items()):
        graph.add(
            _Node(f"step_{key}", "userTask", str(step.get("title", "")), lane_of(step, roles), step=step, number=number)
        )
    if first:
        graph.link("start", f"step_{first['key']}")
    used: dict[str, int] = {}
    for key, step in steps.items():
        if key in asked:
            continue
        actions = [action for action in step.get("actions") or [] if _leads(action, steps)]
        source = f"step_{key}"
        if len(actions) > 1:
            gate = graph.add(
                _Node(f"choice_{key}", "exclusiveGateway", "", lane_of(step, roles), width=_GATE, height=_GATE)
            )
            graph.link(source, gate)
            source = gate
        for action in actions:
            name = str(action.get("title", ""))
            condition = f'{CHOICE} == "{action["key"]}"' if len(actions) > 1 else ""
            target = _target(graph, step, action, steps, roles, asked, used)
            graph.link(source, target, name=name, action=str(action["key"]), condition=condition)
    return graph


def _leads(action: Any, steps: Mapping[str, Any]) -> bool:
    targets = targets_of(action)
    if action.get("kind") == "issue":
        return True
    known = bool(targets) and all(target in steps for target in targets)
    return known and (action.get("kind") != "parallel" or action.get("join") in steps)


def _target(
    graph: _Graph, step: Mapping[str, Any], action: Mapping[str, Any], steps: Mapping[str, Any],
    roles: Mapping[str, str], asked: frozenset[str], used: dict[str, int],
) -> str:  # fmt: skip
    """The node that an action's flow leads to, made where it is not there yet."""
    key = f"{step['key']}_{action['key']}"
    lane = lane_of(step, roles)
    if action.get("kind") == "issue":
        return graph.add(_Node(f"end_{key}", "endEvent", "Ban hành kết quả", lane, width=_EVENT, height=_EVENT))
    if action.get("kind") != "parallel":
        return f"step_{targets_of(action)[0]}"
    split = graph.add(_Node(f"ask_{key}", "parallelGateway", "Lấy ý kiến", lane, width=_GATE, height=_GATE))
    join = graph.add(_Node(f"join_{key}", "parallelGateway", "Đủ ý kiến", lane, width=_GATE, height=_GATE))
    for target in targets_of(action):
        node = f"step_{target}"
        used[target] = used.get(target, 0) + 1
        plain = target in asked and used[target] == 1
        if not plain:
            # Asked by more than one action, or also a step of its own: each time a task of its own, of the same step.
            again = steps[target]
            node = graph.add(
                _Node(
                    f"{node}__{used[target]}",
                    "userTask",
                    str(again.get("title", "")),
                    lane_of(again, roles),
                    step=again,
                )
            )
        graph.link(split, node)
        graph.link(node, join)
    graph.link(join, f"step_{action['join']}")
    return split


def _placed(graph: _Graph, route: Mapping[str, Any]) -> list[tuple[str, int, int]]:
    """Give every node its place; returns (lane, y, height)."""
    layers = layers_of(route)
    column: dict[str, int] = {"start": 0}
    for node in graph.nodes.values():
        if node.step is not None:
            column[node.id] = layers.layer.get(str(node.step["key"]), 0) + 1
    names = list(dict.fromkeys(node.lane for node in graph.nodes.values()))
    rows: dict[tuple[str, int], int] = {}
    heights = {}
    for node in graph.nodes.values():
        if node.step is not None:
            place = (node.lane, column[node.id])
            rows[place] = rows.get(place, 0) + 1
    for name in names:
        most = max((count for (lane, _), count in rows.items() if lane == name), default=1)
        extra = sum(
            1 for node in graph.nodes.values() if node.lane == name and node.kind in ("parallelGateway", "endEvent")
        )
        heights[name] = max(most * (_TASK_H + 60), 100 + extra * 60) + _LANE_PAD
    lanes, y = [], 80
    tops = {}
    for name in names:
        lanes.append((name, y, heights[name]))
        tops[name] = y
        y += heights[name]
    taken: dict[tuple[str, int], int] = {}
    small: dict[str, int] = {}
    for node in graph.nodes.values():
        if node.step is None:
            continue
        place = (node.lane, column[node.id])
        row = taken[place] = taken.get(place, -1) + 1
        node.x = _LEFT + column[node.id] * _COLUMN
        node.y = tops[node.lane] + _LANE_PAD + row * (_TASK_H + 60)
    for node in graph.nodes.values():
        if node.id == "start":
            node.x, node.y = _LEFT + 60, tops[node.lane] + _LANE_PAD + 22
        elif node.step is None:
            owner = next(flow.source for flow in graph.flows if flow.target == node.id)
            near = graph.nodes.get(owner) or graph.nodes["start"]
            while near.step is None and near.id != "start":
                source = next((flow.source for flow in graph.flows if flow.target == near.id), "start")
                near = graph.nodes[source]
            count = small[near.lane] = small.get(near.lane, -1) + 1
            if node.kind == "exclusiveGateway":
                small[near.lane] -= 1
                node.x, node.y = near.x + _TASK_W + 25, near.middle - _GATE // 2
            else:
                node.x = near.x + _TASK_W + (100 if node.id.startswith(("ask_", "end_")) else 30)
                node.y = tops[node.lane] + _LANE_PAD + 80 + (count * 60) % max(heights[node.lane] - 140, 60)
    return lanes


def _xml(graph: _Graph, lanes: list[tuple[str, int, int]], code: str, title: str) -> bytes:
    nsmap = {"bpmn": BPMN, "bpmndi": BPMNDI, "dc": DC, "di": DI, "xsi": XSI, "tinhso": TINHSO}
    root = etree.Element(f"{{{BPMN}}}definitions", nsmap=nsmap)
    root.set("id", "definitions")
    root.set("targetNamespace", TINHSO)
    root.set("exporter", "tinhso")
    process_id = "procedure_" + re.sub(r"[^A-Za-z0-9]", "_", code)
    collaboration = etree.SubElement(root, f"{{{BPMN}}}collaboration", id="collaboration")
    etree.SubElement(collaboration, f"{{{BPMN}}}participant", id="pool", name=title, processRef=process_id)
    process = etree.SubElement(root, f"{{{BPMN}}}process", id=process_id, name=title, isExecutable="true")
    lane_set = etree.SubElement(process, f"{{{BPMN}}}laneSet", id="lanes")
    for number, (name, _, _) in enumerate(lanes):
        lane = etree.SubElement(lane_set, f"{{{BPMN}}}lane", id=f"lane_{number}", name=name)
        for node in graph.nodes.values():
            if node.lane == name:
                etree.SubElement(lane, f"{{{BPMN}}}flowNodeRef").text = node.id
    for node in graph.nodes.values():
        element = etree.SubElement(process, f"{{{BPMN}}}{node.kind}", id=node.id, name=node.name)
        if node.step is not None:
            _extension(element, node)
        for flow in graph.flows:
            if flow.target == node.id:
                etree.SubElement(element, f"{{{BPMN}}}incoming").text = flow.id
        for flow in graph.flows:
            if flow.source == node.id:
                etree.SubElement(element, f"{{{BPMN}}}outgoing").text = flow.id
    for flow in graph.flows:
        element = etree.SubElement(
            process, f"{{{BPMN}}}sequenceFlow", id=flow.id, sourceRef=flow.source, targetRef=flow.target
        )
        if flow.name:
            element.set("name", flow.name)
        if flow.action:
            element.set(f"{{{TINHSO}}}action", flow.action)
        if flow.condition:
            condition = etree.SubElement(element, f"{{{BPMN}}}conditionExpression")
            condition.set(f"{{{XSI}}}type", "bpmn:tFormalExpression")
            condition.text = flow.condition
    _drawing(root, graph, lanes)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _extension(element: Any, node: _Node) -> None:
    step = node.step or {}
    holder = etree.SubElement(element, f"{{{BPMN}}}extensionElements")
    own = etree.SubElement(holder, f"{{{TINHSO}}}step", key=str(step["key"]), place=str(node.number))
    # The content as it is, in its order; each action with what a flow cannot say.
    content = {name: None if name == "actions" else value for name, value in step.items()}
    own.set("content", json.dumps(content, ensure_ascii=False))
    for action in step.get("actions") or []:
        etree.SubElement(own, f"{{{TINHSO}}}action", key=str(action.get("key", ""))).set(
            "content", json.dumps(action, ensure_ascii=False)
        )


def _drawing(root: Any, graph: _Graph, lanes: list[tuple[str, int, int]]) -> None:
    diagram = etree.SubElement(root, f"{{{BPMNDI}}}BPMNDiagram", id="diagram")
    plane = etree.SubElement(diagram, f"{{{BPMNDI}}}BPMNPlane", id="plane", bpmnElement="collaboration")
    width = max(node.x + node.width for node in graph.nodes.values()) + 80 - _LEFT
    top = lanes[0][1] if lanes else 80
    bottom = lanes[-1][1] + lanes[-1][2] if lanes else 200
    _shape(plane, "pool", _LEFT - 30, top, width + 30, bottom - top, horizontal=True)
    for number, (_, y, height) in enumerate(lanes):
        _shape(plane, f"lane_{number}", _LEFT, y, width, height, horizontal=True)
    for node in graph.nodes.values():
        _shape(plane, node.id, node.x, node.y, node.width, node.height)
    for flow in graph.flows:
        source, target = graph.nodes[flow.source], graph.nodes[flow.target]
        edge = etree.SubElement(plane, f"{{{BPMNDI}}}BPMNEdge", id=f"{flow.id}_di", bpmnElement=flow.id)
        for x, y in _way(source, target):
            etree.SubElement(edge, f"{{{DI}}}waypoint", x=str(x), y=str(y))


def _shape(plane: Any, of: str, x: int, y: int, width: int, height: int, *, horizontal: bool = False) -> None:
    shape = etree.SubElement(plane, f"{{{BPMNDI}}}BPMNShape", id=f"{of}_di", bpmnElement=of)
    if horizontal:
        shape.set("isHorizontal", "true")
    etree.SubElement(shape, f"{{{DC}}}Bounds", x=str(x), y=str(y), width=str(width), height=str(height))


def _way(source: _Node, target: _Node) -> list[tuple[int, int]]:
    if target.x > source.x + source.width:
        x1, x2 = source.x + source.width, target.x
        middle = (x1 + x2) // 2
        if source.middle == target.middle:
            return [(x1, source.middle), (x2, target.middle)]
        return [(x1, source.middle), (middle, source.middle), (middle, target.middle), (x2, target.middle)]
    # Back: below both.
    below = max(source.y + source.height, target.y + target.height) + 18
    return [
        (source.x + source.width // 2, source.y + source.height),
        (source.x + source.width // 2, below),
        (target.x + target.width // 2, below),
        (target.x + target.width // 2, target.y + target.height),
    ]
