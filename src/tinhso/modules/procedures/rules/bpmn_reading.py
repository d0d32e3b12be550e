"""A BPMN 2.0 file as a route: ours without loss, others as far as their meaning is certain.

Nothing of the file is run, fetched or expanded. What cannot be a step of an inner route (scripts, services, timers,
inclusive gateways …) is a problem with its name and remedy; what has no meaning for a route (notes, data, drawings) is a
note. With a problem there is no route: half a drawing is not guessed at.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from tinhso.modules.procedures.rules.bpmn_vocabulary import (
    EVENT_DETAILS,
    IGNORED,
    KNOWN,
    QUIET,
    REFUSED,
    TASKS,
)
from tinhso.modules.procedures.rules.bpmn_writing import BPMN, BPMNDI, TINHSO
from tinhso.modules.procedures.rules.form_editing import new_key
from tinhso.modules.procedures.rules.route_editing import MOST_STEPS, targets_of

MOST_BYTES = 2 * 1024 * 1024
MOST_ELEMENTS = 5000
_MOST_SHOWN = 30


@dataclass
class ReadStep:
    """A task of the drawing. `content`: of our own files; `lane`: to be mapped to a role by the officer."""

    id: str
    title: str
    lane: str
    key: str = ""
    place: int = 0
    content: dict[str, Any] = field(default_factory=dict)
    actions: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class BpmnReading:
    """`route`: as JSON, where nothing stands against it; the steps of foreign files lack role and hours, which the
    officer adds (`lanes`: the names to be mapped; `lane_of`: step's key → lane; `ours`: nothing is left to add)."""

    route: dict[str, Any] | None
    lanes: dict[str, str]
    ours: bool
    problems: tuple[str, ...]
    notes: tuple[str, ...]
    lane_of: dict[str, str] = field(default_factory=dict)


class _Wrong(Exception):
    pass


def read_bpmn(content: bytes) -> BpmnReading:
    """Never raises; every reason is a Vietnamese sentence that names the element."""
    try:
        root = _parsed(content)
        return _Reader(root).reading()
    except _Wrong as wrong:
        return BpmnReading(None, {}, False, (str(wrong),), ())


def _parsed(content: bytes) -> Any:
    if len(content) > MOST_BYTES:
        raise _Wrong(f"Tệp lớn quá {MOST_BYTES // 1024 // 1024} MB; một sơ đồ quy trình chỉ vài trăm KB.")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False,
        remove_comments=True, remove_pis=True,
    )  # fmt: skip
    # A document type declares entities (bombs, files of the server): a drawing has no use for one.
    if (
        b"<!DOCTYPE" in content
        or "<!DOCTYPE".encode("utf-16-le") in content
        or "<!DOCTYPE".encode("utf-16-be") in content
    ):
        raise _Wrong("Tệp có khai báo DOCTYPE, là chỗ có thể giấu mã độc. Hãy xuất lại sơ đồ từ công cụ vẽ.")
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as wrong:
        raise _Wrong(
            "Tệp không phải XML đọc được nên không phải sơ đồ BPMN. Hãy xuất lại từ công cụ vẽ (.bpmn)."
        ) from wrong
    if root.getroottree().docinfo.doctype:
        raise _Wrong("Tệp có khai báo DOCTYPE, là chỗ có thể giấu mã độc. Hãy xuất lại sơ đồ từ công cụ vẽ.")
    if root.tag != f"{{{BPMN}}}definitions":
        raise _Wrong("Tệp XML này không phải sơ đồ BPMN 2.0 (thiếu phần tử «definitions» của BPMN).")
    for count, _ in enumerate(root.iter()):
        if count > MOST_ELEMENTS * 10:
            raise _Wrong("Tệp có quá nhiều phần tử; một quy trình nội bộ chỉ có vài chục bước.")
    return root


def _local(element: Any) -> str:
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def _is_bpmn(element: Any) -> bool:
    return isinstance(element.tag, str) and etree.QName(element).namespace == BPMN


class _Reader:
    def __init__(self, root: Any) -> None:
        self.root = root
        self.problems: list[str] = []
        self.notes: list[str] = []
        self.nodes: dict[str, Any] = {}
        self.out: dict[str, list[Any]] = {}
        self.into: dict[str, list[Any]] = {}
        self.lanes: dict[str, str] = {}
        self.steps: dict[str, ReadStep] = {}
        self.start = ""

    def reading(self) -> BpmnReading:
        process = self.process()
        self.collect(process)
        if not self.problems:
            self.collect_steps()
        route = self.route() if not self.problems and self.steps else None
        if not self.problems and not self.steps:
            self.problems.append("Sơ đồ không có bước nào (user task).")
        problems = tuple(dict.fromkeys(self.problems))
        ours = bool(self.steps) and all(step.content for step in self.steps.values())
        lanes = {} if ours else self.lane_roles()
        if len(problems) > _MOST_SHOWN:
            problems = (*problems[:_MOST_SHOWN], f"… và {len(problems) - _MOST_SHOWN} điều nữa.")
        notes = tuple(dict.fromkeys(self.notes))[:_MOST_SHOWN]
        lane_of = {step.key: step.lane for step in self.steps.values()}
        return BpmnReading(None if problems else route, lanes, ours, problems, notes, lane_of)

    def process(self) -> Any:
        found = [one for one in self.root if _is_bpmn(one) and _local(one) == "process"]
        if not found:
            raise _Wrong("Sơ đồ không có quy trình (process) nào.")
        sized = [(sum(1 for part in one if _local(part) in TASKS), one) for one in found]
        drawn = [one for count, one in sized if count]
        if len(drawn) > 1:
            raise _Wrong(
                "Sơ đồ có nhiều quy trình (nhiều hồ bơi có bước). Hãy giữ một quy trình, mỗi đơn vị là một làn trong đó."
            )
        for element in self.root:
            name = _local(element)
            if element in found or name in ("collaboration", "BPMNDiagram", "process"):
                continue
            space = etree.QName(element).namespace if isinstance(element.tag, str) else ""
            if space not in (BPMNDI,):
                self.notes.append(f"Bỏ qua phần «{name}» ở đầu tệp.")
        for element in self.root.iter(f"{{{BPMN}}}messageFlow"):
            self.notes.append(
                f"Bỏ qua đường gửi tin «{element.get('name') or element.get('id') or ''}» giữa các hồ bơi."
            )
        return drawn[0] if drawn else found[0]

    def collect(self, process: Any) -> None:
        count = 0
        for element in process:
            name = _local(element)
            label = element.get("name") or element.get("id") or ""
            if not _is_bpmn(element):
                self.notes.append(f"Bỏ qua phần tử lạ «{name}».")
                continue
            count += 1
            if count > MOST_ELEMENTS:
                raise _Wrong("Tệp có quá nhiều phần tử; một quy trình nội bộ chỉ có vài chục bước.")
            if name in REFUSED:
                self.problems.append(f"«{label}»: {REFUSED[name]}.")
            elif name in KNOWN:
                self.node(element, name, label)
            elif name in IGNORED:
                self.notes.append(f"Bỏ qua {IGNORED[name]} «{label}».")
            elif name not in QUIET:
                self.problems.append(f"«{label}»: phần tử «{name}» không dùng được trong quy trình nội bộ. Hãy bỏ.")
        for flow in process.iter(f"{{{BPMN}}}sequenceFlow"):
            source, target = flow.get("sourceRef"), flow.get("targetRef")
            if source in self.nodes and target in self.nodes:
                self.out.setdefault(source, []).append(flow)
                self.into.setdefault(target, []).append(flow)
            elif not self.problems:
                self.problems.append(
                    f"Đường nối «{flow.get('name') or flow.get('id') or ''}» không nối hai phần tử của sơ đồ."
                )
        for lane in process.iter(f"{{{BPMN}}}lane"):
            for ref in lane.findall(f"{{{BPMN}}}flowNodeRef"):
                self.lanes[(ref.text or "").strip()] = lane.get("name") or lane.get("id") or ""

    def node(self, element: Any, name: str, label: str) -> None:
        identifier = element.get("id")
        if not identifier:
            self.problems.append(f"«{label}»: phần tử «{name}» thiếu mã (id).")
            return
        if identifier in self.nodes:
            self.problems.append(f"Hai phần tử cùng mã «{identifier}».")
        self.nodes[identifier] = element
        for detail in EVENT_DETAILS:
            if element.find(f"{{{BPMN}}}{detail}") is not None:
                if name == "startEvent":
                    self.notes.append(
                        f"Bắt đầu «{label}»: bỏ qua điều kiện khởi động; hồ sơ luôn bắt đầu từ bước tiếp nhận."
                    )
                else:
                    self.problems.append(
                        f"«{label}»: kết thúc kiểu này (tin, lỗi, tín hiệu) không dùng được. Hãy dùng kết thúc thường."
                    )
        for loop in ("multiInstanceLoopCharacteristics", "standardLoopCharacteristics"):
            if element.find(f"{{{BPMN}}}{loop}") is not None:
                self.problems.append(
                    f"«{label}»: bước lặp nhiều lần không được nhận. Hãy vẽ đường trả lại, hoặc từng bước riêng."
                )
        for inner in element.iter():
            if _is_bpmn(inner) and _local(inner) in ("script", "potentialOwner", "humanPerformer"):
                self.notes.append(f"«{label}»: bỏ qua «{_local(inner)}» bên trong; không có gì được chạy.")
            elif (
                inner is not element
                and isinstance(inner.tag, str)
                and etree.QName(inner).namespace not in (BPMN, TINHSO)
            ):
                self.notes.append(f"«{label}»: bỏ qua phần riêng của công cụ vẽ («{_local(inner)}»).")

    def collect_steps(self) -> None:
        keys: list[str] = []
        for identifier, element in self.nodes.items():
            if _local(element) not in TASKS:
                continue
            step = ReadStep(identifier, (element.get("name") or "").strip(), self.lanes.get(identifier, ""))
            own = element.find(f"{{{BPMN}}}extensionElements/{{{TINHSO}}}step")
            if own is not None:
                self.own(step, own)
            if not step.title:
                self.problems.append(f"Bước «{identifier}» chưa có tên.")
            if not step.key:
                step.key = new_key(step.title or identifier, keys)
                step.place = 10_000 + len(keys)
            keys.append(step.key)
            self.steps[identifier] = step
        if len(self.steps) > MOST_STEPS:
            self.problems.append(f"Sơ đồ có {len(self.steps)} bước; quy trình có nhiều nhất {MOST_STEPS} bước.")

    def own(self, step: ReadStep, own: Any) -> None:
        """What our own export wrote. A title that was changed in the drawing tool wins."""
        try:
            content = json.loads(own.get("content") or "{}")
            actions = [json.loads(one.get("content") or "{}") for one in own.findall(f"{{{TINHSO}}}action")]
            place = int(own.get("place") or 0)
        except ValueError:
            content, actions, place = None, [], 0
        wanted = {"key", "title", "role", "hours"}
        if (
            not isinstance(content, dict)
            or not wanted <= set(content)
            or not all(isinstance(one, dict) for one in actions)
        ):
            self.notes.append(
                f"«{step.title}»: phần dữ liệu riêng của phần mềm trong tệp bị hỏng nên được đọc như sơ đồ thường."
            )
            return
        step.key, step.place, step.actions = str(content["key"]), place, actions
        step.content = {**content, "title": step.title or content["title"]}

    def lane_roles(self) -> dict[str, str]:
        return {step.lane: "" for step in self.steps.values()}

    def route(self) -> dict[str, Any] | None:
        starts = [identifier for identifier, element in self.nodes.items() if _local(element) == "startEvent"]
        if len(starts) != 1:
            self.problems.append(f"Sơ đồ phải có đúng một điểm bắt đầu; tệp này có {len(starts)}.")
            return None
        firsts = [leaf for leaf in self.leaves(starts[0], set()) if leaf[0] == "step"]
        if len(firsts) != 1:
            self.problems.append("Từ điểm bắt đầu phải đến đúng một bước đầu tiên.")
            return None
        start = firsts[0][1]
        asked = self.asked()
        self.start = start
        made: dict[str, dict[str, Any]] = {}
        for identifier, step in self.steps.items():
            actions = self.actions(identifier, asked)
            known = made.get(step.key)
            if known is None:
                body = dict(step.content) or {
                    "key": step.key,
                    "title": step.title,
                    "role": "",
                    "unit": None,
                    "hours": 0,
                }
                made[step.key] = {**body, "actions": actions, "_place": step.place}
            elif identifier not in asked:
                made[step.key]["actions"] = actions
        steps = sorted(made.values(), key=lambda one: int(one["_place"]))
        return {
            "start": self.steps[start].key,
            "steps": [{key: value for key, value in step.items() if key != "_place"} for step in steps],
        }

    def goes_back(self, source: str, target: str) -> bool:
        """Is a flow from one step to another a way back? Only where the other leads here again. Certain where every
        way here leads through the other, or every way there through here; else the one nearer to an end comes later."""
        if not self.leads_to(target, source):
            return False
        if target == source or not self.leads_to(self.start, source, frozenset({target})):
            return True
        if not self.leads_to(self.start, target, frozenset({source})):
            return False
        return self.distance(target) >= self.distance(source)

    def distance(self, identifier: str) -> int:
        """The fewest flows to an end."""
        seen: set[str] = set()
        ring, count = [identifier], 0
        while ring:
            if any(_local(self.nodes[one]) == "endEvent" for one in ring):
                return count
            seen.update(ring)
            ring = [
                flow.get("targetRef")
                for one in ring
                for flow in self.out.get(one, ())
                if flow.get("targetRef") not in seen
            ]
            count += 1
        return MOST_ELEMENTS

    def leads_to(self, source: str, goal: str, without: frozenset[str] = frozenset()) -> bool:
        seen: set[str] = set(without)
        waiting = [source]
        while waiting:
            identifier = waiting.pop()
            if identifier == goal:
                return True
            if identifier not in seen:
                seen.add(identifier)
                waiting += [flow.get("targetRef") for flow in self.out.get(identifier, ())]
        return False

    def asked(self) -> dict[str, str]:
        """Tasks between a parallel pair → the join."""
        found: dict[str, str] = {}
        for identifier, element in self.nodes.items():
            if (_local(element) == "parallelGateway" and len(self.out.get(identifier, ())) > 1) or self.is_split(
                identifier
            ):
                for flow in self.out.get(identifier, ()):
                    target = flow.get("targetRef")
                    after = [one.get("targetRef") for one in self.out.get(target, ())]
                    if target in self.steps and len(after) == 1 and self.is_join(after[0]):
                        found[target] = after[0]
        return found

    def is_split(self, identifier: str) -> bool:
        """A pair around one single opinion has one way in and one way out at both ends; ours are named by their id."""
        return identifier.startswith("ask_") and _local(self.nodes[identifier]) == "parallelGateway"

    def is_join(self, identifier: str) -> bool:
        element = self.nodes.get(identifier)
        return (
            element is not None
            and _local(element) == "parallelGateway"
            and (len(self.into.get(identifier, ())) > 1 or identifier.startswith("join_"))
        )

    def leaves(self, identifier: str, passed: set[str]) -> Iterator[tuple[str, str, Any]]:
        """(step | end | split, its id, the flow that names the way) of everything that one leads to, through choices."""
        flows = self.out.get(identifier, ())
        element = self.nodes[identifier]
        if len(flows) > 1 and _local(element) in (*TASKS, "startEvent"):
            self.problems.append(
                f"«{element.get('name') or identifier}» có nhiều đường ra không qua cổng. Hãy đặt cổng loại trừ (chọn một) "
                "hoặc cổng song song (lấy ý kiến)."
            )
        for flow in flows:
            target = flow.get("targetRef")
            kind = _local(self.nodes[target])
            if kind in TASKS:
                yield "step", target, flow
            elif kind == "endEvent":
                yield "end", target, flow
            elif kind == "parallelGateway":
                if len(self.out.get(target, ())) > 1 or self.is_split(target):
                    yield "split", target, flow
                elif self.is_join(target):
                    self.problems.append(
                        f"Cổng song song «{self.nodes[target].get('name') or target}» gộp những đường không cùng một cổng tách."
                    )
                elif target not in passed:
                    yield from self.leaves(target, {*passed, target})
            elif kind == "exclusiveGateway" and target not in passed:
                inner = list(self.leaves(target, {*passed, target}))
                # A gate with one way out only gathers: the way keeps its own name.
                yield from (
                    (what, at, below if (below.get("name") or not flow.get("name")) else flow)
                    for what, at, below in inner
                )

    def actions(self, identifier: str, asked: dict[str, str]) -> list[dict[str, Any]]:
        step = self.steps[identifier]
        known = {str(action.get("key")): action for action in step.actions}
        if identifier in asked:
            if step.actions:
                return step.actions
            joined = self.after_join(asked[identifier])
            return [{"key": "submit", "title": "Gửi ý kiến", "kind": "forward", "to": joined}] if joined else []
        found: list[dict[str, Any]] = []
        for what, target, flow in self.leaves(identifier, set()):
            old = known.get(flow.get(f"{{{TINHSO}}}action") or "")
            action = self.action(identifier, what, target, flow, old)
            if action is None:
                continue
            if old is not None and _same_way(old, action):
                found.append(old)
            else:
                action["key"] = new_key(str(action["title"]), [one["key"] for one in found])
                found.append(action)
        rank = {key: number for number, key in enumerate(known)}
        found.sort(key=lambda action: rank.get(str(action["key"]), len(rank)))
        if not found:
            self.problems.append(f"Bước «{step.title}» không có đường ra: không bước tiếp, không kết thúc.")
        return found

    def action(self, identifier: str, what: str, target: str, flow: Any, old: Any) -> dict[str, Any] | None:
        name = (flow.get("name") or "").strip()
        if what == "end":
            return {"key": "", "title": name or "Ban hành kết quả", "kind": "issue"}
        if what == "step":
            to = self.steps[target]
            is_back = self.goes_back(identifier, target)
            kind = (
                str(old["kind"])
                if old is not None and old.get("kind") in ("forward", "back")
                else "back"
                if is_back
                else "forward"
            )
            return {
                "key": "",
                "title": name or ("Trả lại" if kind == "back" else f"Chuyển: {to.title}"),
                "kind": kind,
                "to": to.key,
            }
        branches = [one.get("targetRef") for one in self.out.get(target, ())]
        joins = {
            self.out[one][0].get("targetRef")
            for one in branches
            if one in self.steps and len(self.out.get(one, ())) == 1
        }
        gate = self.nodes[target].get("name") or target
        if len(joins) != 1 or any(one not in self.steps for one in branches) or not self.is_join(next(iter(joins))):
            self.problems.append(
                f"Cổng song song «{gate}»: mỗi nhánh phải là đúng một bước cho ý kiến, và mọi nhánh gộp lại ở cùng một cổng song song."
            )
            return None
        join = self.after_join(next(iter(joins)))
        if join is None:
            self.problems.append(f"Sau cổng gộp ý kiến của «{gate}» phải là đúng một bước tổng hợp.")
            return None
        keys = [self.steps[one].key for one in branches]
        return {"key": "", "title": name or "Lấy ý kiến", "kind": "parallel", "to": keys, "join": join}

    def after_join(self, join: str) -> str | None:
        found = [leaf for leaf in self.leaves(join, {join}) if leaf[0] == "step"]
        return self.steps[found[0][1]].key if len(found) == 1 else None


def _same_way(old: dict[str, Any], new: dict[str, Any]) -> bool:
    return (
        old.get("kind") == new["kind"]
        and sorted(targets_of(old)) == sorted(targets_of(new))
        and (old.get("join") or None) == (new.get("join") or None)
        and old.get("title") == new["title"]
    )
