"""BPMN files: our own without loss, those of other tools, and those that must not come in."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from tinhso.modules.procedures.rules.bpmn_reading import MOST_BYTES, read_bpmn
from tinhso.modules.procedures.rules.bpmn_writing import BPMN, BPMNDI, DC, DI, bpmn_of
from tinhso.modules.procedures.tests.designing import MODELLED, modelled

ROLES = {"handler": "Chuyên viên xử lý", "unit_head": "Lãnh đạo phòng", "leader": "Lãnh đạo cơ quan"}
HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?><bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:camunda="http://camunda.org/schema/1.0/bpmn" id="d" targetNamespace="http://bpmn.io/schema/bpmn">'
)


def drawn(*parts: str, flows: str = "") -> bytes:
    """A process of these elements; `flows`: "a>b" apart by spaces, "a>b:Tên" with a name."""
    made = []
    for number, text in enumerate(flows.split("|") if flows else ()):
        way, _, name = text.partition(":")
        source, target = way.split(">")
        named = f' name="{name}"' if name else ""
        made.append(f'<bpmn:sequenceFlow id="f{number}" sourceRef="{source}" targetRef="{target}"{named}/>')
    return f'{HEAD}<bpmn:process id="p">{"".join(parts)}{"".join(made)}</bpmn:process></bpmn:definitions>'.encode()


START, END = '<bpmn:startEvent id="s"/>', '<bpmn:endEvent id="e"/>'


def task(key: str, name: str = "", kind: str = "userTask", inside: str = "") -> str:
    return f'<bpmn:{kind} id="{key}" name="{name or key}">{inside}</bpmn:{kind}>'


def gate(key: str, kind: str = "exclusiveGateway") -> str:
    return f'<bpmn:{kind} id="{key}"/>'


def route_of(content: bytes) -> dict[str, Any]:
    reading = read_bpmn(content)
    assert reading.problems == ()
    assert reading.route is not None
    return reading.route


def problems(content: bytes) -> str:
    reading = read_bpmn(content)
    assert reading.route is None
    assert reading.problems
    return " ".join(reading.problems)


@pytest.mark.parametrize("path", MODELLED, ids=lambda path: path.stem)
def test_ours_comes_back_without_loss(path: Path) -> None:
    route = json.loads(path.read_text(encoding="utf-8"))["version"]["route"]
    reading = read_bpmn(bpmn_of(route, code=path.stem, title="Thử & <kiểm>", roles=ROLES))
    assert reading.problems == ()
    assert json.dumps(reading.route) == json.dumps(route)
    assert reading.ours


@pytest.mark.parametrize("code", ["1.000703", "1.013225", "2.001159", "2.001023"])
def test_the_drawing_is_whole(code: str) -> None:
    """Every node and flow has a place; every reference leads somewhere; every node lies in one lane and inside it."""
    root = etree.fromstring(bpmn_of(modelled(code)["version"]["route"], code=code, title="T", roles=ROLES))
    process = root.find(f"{{{BPMN}}}process")
    assert process is not None
    flows = {flow.get("id"): flow for flow in process.findall(f"{{{BPMN}}}sequenceFlow")}
    nodes = [one for one in process if one.get("id") not in flows and etree.QName(one).localname != "laneSet"]
    known = {node.get("id") for node in nodes}
    assert len(known) == len(nodes)
    for flow in flows.values():
        assert {flow.get("sourceRef"), flow.get("targetRef")} <= known
    lanes = [ref.text for ref in process.iter(f"{{{BPMN}}}flowNodeRef")]
    assert sorted(map(str, lanes)) == sorted(map(str, known))
    shapes = {shape.get("bpmnElement"): shape.find(f"{{{DC}}}Bounds") for shape in root.iter(f"{{{BPMNDI}}}BPMNShape")}
    assert known <= set(shapes)
    edges = {edge.get("bpmnElement"): edge.findall(f"{{{DI}}}waypoint") for edge in root.iter(f"{{{BPMNDI}}}BPMNEdge")}
    assert set(edges) == set(flows)
    assert all(len(points) >= 2 for points in edges.values())

    def box(of: str) -> tuple[int, int, int, int]:
        bounds = shapes[of]
        assert bounds is not None
        x, y, width, height = (int(bounds.get(name)) for name in ("x", "y", "width", "height"))
        return x, y, x + width, y + height

    for lane in process.iter(f"{{{BPMN}}}lane"):
        left, top, right, bottom = box(str(lane.get("id")))
        for ref in lane:
            x1, y1, x2, y2 = box(str(ref.text))
            assert left <= x1
            assert x2 <= right
            assert top <= y1, (lane.get("name"), ref.text)
            assert y2 <= bottom, (lane.get("name"), ref.text)
    tasks = [box(str(one.get("id"))) for one in process.findall(f"{{{BPMN}}}userTask")]
    for number, (x1, y1, x2, y2) in enumerate(tasks):
        for a1, b1, a2, b2 in tasks[number + 1 :]:
            assert x2 <= a1 or a2 <= x1 or y2 <= b1 or b2 <= y1, "two tasks lie over each other"


def test_a_change_in_the_drawing_tool_wins_and_the_rest_stays() -> None:
    route = modelled("1.000656")["version"]["route"]
    content = bpmn_of(route, code="1.1", title="T", roles=ROLES).decode()
    changed = content.replace('name="Ký Trích lục khai tử"', 'name="Ký và đóng dấu"').replace(
        'name="Trả lại để làm lại"', 'name="Trả về"'
    )
    found = route_of(changed.encode())
    assert found["steps"][1]["title"] == "Ký và đóng dấu"
    assert found["steps"][1]["role"] == "leader"
    assert [action["title"] for action in found["steps"][1]["actions"]] == ["Phê duyệt, ban hành kết quả", "Trả về"]
    assert found["steps"][0] == route["steps"][0]


def test_a_drawing_of_another_tool() -> None:
    """Lanes to be mapped, a choice, a way back, opinions in parallel."""
    lanes = (
        '<bpmn:laneSet id="l"><bpmn:lane id="l1" name="Chuyên viên"><bpmn:flowNodeRef>a</bpmn:flowNodeRef>'
        "<bpmn:flowNodeRef>c</bpmn:flowNodeRef></bpmn:lane>"
        '<bpmn:lane id="l2" name="Lãnh đạo"><bpmn:flowNodeRef>b</bpmn:flowNodeRef></bpmn:lane></bpmn:laneSet>'
    )
    content = drawn(
        lanes, START, task("a", "Thẩm định", "task"), gate("g"), gate("split", "parallelGateway"), task("o1", "Ý kiến 1"),
        task("o2", "Ý kiến 2", "manualTask"), gate("join", "parallelGateway"), task("c", "Tổng hợp"), task("b", "Ký"),
        gate("h"), END, '<bpmn:textAnnotation id="n"><bpmn:text>ghi chú</bpmn:text></bpmn:textAnnotation>',
        flows="s>a|a>g|g>split:Cần hỏi|g>c:Không cần hỏi|split>o1|split>o2|o1>join|o2>join|join>c|c>b|b>h|h>e:Đồng ý|h>c:Làm lại",
    )  # fmt: skip
    reading = read_bpmn(content)
    assert reading.problems == ()
    assert not reading.ours
    assert reading.lanes == {"Chuyên viên": "", "Lãnh đạo": "", "": ""}
    assert any("ghi chú" in note for note in reading.notes)
    assert reading.route is not None
    steps = {step["title"]: step["actions"] for step in reading.route["steps"]}
    assert [(one["kind"], one["title"]) for one in steps["Thẩm định"]] == [
        ("parallel", "Cần hỏi"),
        ("forward", "Không cần hỏi"),
    ]
    assert steps["Thẩm định"][0]["to"] == ["y_kien_1", "y_kien_2"]
    assert steps["Thẩm định"][0]["join"] == "tong_hop"
    assert [(one["kind"], one["title"]) for one in steps["Ký"]] == [("issue", "Đồng ý"), ("back", "Làm lại")]
    assert steps["Ý kiến 1"] == [{"key": "submit", "title": "Gửi ý kiến", "kind": "forward", "to": "tong_hop"}]


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("scriptTask", "mã lệnh không bao giờ được chạy"),
        ("serviceTask", "gọi máy"),
        ("businessRuleTask", "business rule"),
        ("sendTask", "gửi tin"),
        ("receiveTask", "chờ tin"),
        ("callActivity", "gọi quy trình khác"),
        ("subProcess", "quy trình con"),
        ("inclusiveGateway", "inclusive"),
        ("eventBasedGateway", "chờ sự kiện"),
        ("intermediateCatchEvent", "giữa chừng"),
        ("boundaryEvent", "gắn ở cạnh bước"),
        ("choreographyTask", "không dùng được"),
    ],
)
def test_what_cannot_be_a_step_is_named_with_a_remedy(kind: str, said: str) -> None:
    content = drawn(
        START, task("x", "Việc lạ", kind, "<bpmn:script>import os; os.remove('/')</bpmn:script>"), END, flows="s>x|x>e"
    )
    found = problems(content)
    assert said in found
    assert "«Việc lạ»" in found


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "không phải XML"),
        (b"<html><body>x</body></html>", "không phải sơ đồ BPMN"),
        (b"PK\x03\x04 not xml", "không phải XML"),
        (b"<a>" * 5000, "không phải XML"),
        (b"<bpmn:definitions xmlns:bpmn='http://www.omg.org/spec/BPMN/20100524/MODEL'/>", "không có quy trình"),
        (drawn(), "không có bước nào"),
        (drawn(START, END, flows="s>e"), "không có bước nào"),
        (drawn(task("a"), END, flows="a>e"), "đúng một điểm bắt đầu"),
        (drawn(START, '<bpmn:startEvent id="s2"/>', task("a"), END, flows="s>a|s2>a|a>e"), "đúng một điểm bắt đầu"),
        (drawn(START, task("a"), flows="s>a"), "không có đường ra"),
        (drawn(START, task("a"), task("b"), END, flows="s>a|a>b|a>e|b>e"), "nhiều đường ra không qua cổng"),
        (drawn(START, task("a"), END, flows="s>a|a>nowhere"), "không nối hai phần tử"),
        (drawn(START, task("a"), task("a"), END, flows="s>a|a>e"), "cùng mã"),
        (drawn(START, '<bpmn:userTask id="a"/>', END, flows="s>a|a>e"), "chưa có tên"),
        (
            drawn(START, task("a"), gate("p", "parallelGateway"), task("b"), task("c"), task("d"), gate("j", "parallelGateway"), task("z"), END,
                  flows="s>a|a>p|p>b|p>c|b>d|d>j|c>j|j>z|z>e"),
            "đúng một bước cho ý kiến",
        ),
        (
            drawn(START, task("a", inside="<bpmn:multiInstanceLoopCharacteristics/>"), END, flows="s>a|a>e"),
            "lặp nhiều lần",
        ),
        (
            drawn(START, task("a"), '<bpmn:endEvent id="e"><bpmn:errorEventDefinition/></bpmn:endEvent>', flows="s>a|a>e"),
            "kết thúc kiểu này",
        ),
        (drawn(START, *(task(f"t{n}") for n in range(61)), END, flows="s>t0|t0>e"), "nhiều nhất 60 bước"),
    ],
)  # fmt: skip
def test_files_that_are_no_route(content: bytes, said: str) -> None:
    assert said in problems(content)


XXE = '<?xml version="1.0"?><!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><d>&x;</d>'
LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]><l>&c;</l>'
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be", "utf-16"])
@pytest.mark.parametrize("text", [XXE, LAUGHS])
def test_document_types_are_refused_unread(text: str, encoding: str) -> None:
    found = problems(
        text.replace(
            'version="1.0"', f'version="1.0" encoding="{encoding.removesuffix("-le").removesuffix("-be")}"'
        ).encode(encoding)
    )
    assert "DOCTYPE" in found or "không phải XML" in found
    assert "root:" not in found


def test_a_huge_file_is_refused_before_it_is_read() -> None:
    assert "lớn quá" in problems(b"<" + b"x" * MOST_BYTES)
    many = (
        drawn(START, task("a"), END, flows="s>a|a>e")
        .decode()
        .replace("<bpmn:process", "<bpmn:x/>" * 60_000 + "<bpmn:process")
    )
    assert "quá nhiều phần tử" in problems(many.encode())


def test_a_circle_without_an_exit_is_read_and_the_check_complains() -> None:
    from tinhso.modules.procedures.rules import read_definition
    from tinhso.modules.procedures.tests.samples import definition_raw

    content = drawn(START, task("a"), task("b"), gate("g"), task("c"), END, flows="s>g|g>a|g>c|a>b|b>a|c>e")
    reading = read_bpmn(content)
    assert "đúng một bước đầu tiên" in " ".join(reading.problems)
    content = drawn(START, task("z"), gate("g"), task("a"), task("b"), END, flows="s>z|z>g|g>a|g>e|a>b|b>a")
    route = route_of(content)
    for step in route["steps"]:
        step |= {"role": "handler", "hours": 1}
    defects = read_definition(definition_raw(route=route)).defects
    assert any("lối ra" in defect.problem or "vòng" in defect.problem for defect in defects)


def test_damaged_data_of_ours_is_read_as_a_plain_drawing() -> None:
    content = bpmn_of(modelled("1.000656")["version"]["route"], code="1.1", title="T", roles=ROLES).decode()
    damaged = re.sub(r'content="\{[^"]*"', 'content="{hỏng"', content)
    reading = read_bpmn(damaged.encode())
    assert reading.problems == ()
    assert not reading.ours
    assert any("bị hỏng" in note for note in reading.notes)


def test_what_tools_add_is_told_and_passed_over() -> None:
    inside = (
        '<bpmn:extensionElements><camunda:executionListener class="com.x.Y" event="start"/></bpmn:extensionElements>'
    )
    reading = read_bpmn(drawn(START, task("a", "Bước", inside=inside), END, flows="s>a|a>e"))
    assert reading.problems == ()
    assert any("executionListener" in note for note in reading.notes)
