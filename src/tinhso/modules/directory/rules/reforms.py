"""A plan of reorganisation, judged before anything is touched. Plain values in, problems and a resolved plan out.

Organisations are named by code: on the left as they stand on the eve of the day, on the right as they stand on it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Literal

from tinhso.modules.directory.rules import KINDS, LEVELS, cyclic, top_down

ACTION_KINDS: Mapping[str, str] = {
    "create": "Thành lập",
    "merge": "Nhập, hợp nhất",
    "split": "Chia, tách",
    "rename": "Đổi tên",
    "move": "Chuyển cấp trên",
    "dissolve": "Kết thúc hoạt động",
}
TAKES: Mapping[str, str] = {"all": "Tất cả, hoặc phần còn lại", "fields": "Theo lĩnh vực", "none": "Không nhận"}
SUCCESSION_OF: Mapping[str, str] = {"merge": "merged", "split": "split", "rename": "renamed", "dissolve": "absorbed"}
# Kinds that end the organisation on their left.
ENDING = frozenset(SUCCESSION_OF)
MAX_DEPTH = 12

Severity = Literal["error", "question", "warning"]


@dataclass(frozen=True)
class Action:
    """A row of the plan, as typed. `doubt`: what a person has to decide; `settled`: they have."""

    number: int
    kind: str
    old_code: str = ""
    new_code: str = ""
    name: str = ""
    short_name: str = ""
    level: str = ""
    organisation_kind: str = ""
    parent_code: str = ""
    admin_unit_code: str = ""
    address: str = ""
    takes: str = "all"
    fields: tuple[str, ...] = ()
    note: str = ""
    doubt: str = ""
    settled: bool = False


@dataclass(frozen=True)
class Standing:
    """An organisation that has not ended before the day."""

    id: int
    code: str
    name: str
    level: str
    kind: str
    parent_id: int | None
    valid_from: date
    valid_until: date | None
    short_name: str = ""
    admin_unit_code: str = ""
    address: str = ""
    phone: str = ""


@dataclass(frozen=True)
class Problem:
    """What is wrong and how to put it right. `number`: the row (0: the plan as a whole). `code` names the kind of
    problem. Errors and questions stop the plan, warnings only tell."""

    severity: Severity
    code: str
    number: int
    message: str
    remedy: str


@dataclass(frozen=True)
class Edge:
    """`successor` (a code of the day) carries on the work of `old_id`, all of it, some fields, or none of what is open."""

    old_id: int
    successor: str
    number: int
    kind: str
    takes: str
    fields: tuple[str, ...] = ()


@dataclass(frozen=True)
class Founding:
    """An organisation that begins on the day. `parent`: a code of the day, "" at the root."""

    code: str
    name: str
    short_name: str
    level: str
    kind: str
    parent: str
    admin_unit_code: str
    address: str
    phone: str
    number: int


@dataclass(frozen=True)
class Plan:
    """What a plan comes to. `moves`: standing organisation → code of its parent on the day; those below an ended one
    follow its main successor."""

    foundings: tuple[Founding, ...]
    edges: tuple[Edge, ...]
    ended: Mapping[int, int]  # organisation → the row that ends it
    moves: Mapping[int, str]
    problems: tuple[Problem, ...]

    @property
    def errors(self) -> tuple[Problem, ...]:
        return tuple(p for p in self.problems if p.severity == "error")

    @property
    def questions(self) -> tuple[Problem, ...]:
        return tuple(p for p in self.problems if p.severity == "question")

    def main_of(self, old_id: int) -> str | None:
        return next((e.successor for e in self.edges if e.old_id == old_id and e.takes == "all"), None)


def digest_of(effective_date: date, actions: Iterable[Action]) -> str:
    """What an approval stands for: changes with every word of the plan."""
    rows = [asdict(action) for action in sorted(actions, key=lambda action: action.number)]
    text = json.dumps([effective_date.isoformat(), rows], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass
class _Judge:
    """Collects while the rows are read one after another."""

    day: date
    before: dict[str, Standing]
    problems: list[Problem] = field(default_factory=list)
    foundings: dict[str, Founding] = field(default_factory=dict)
    edges: list[Edge] = field(default_factory=list)
    ended: dict[int, int] = field(default_factory=dict)
    ended_as: dict[int, str] = field(default_factory=dict)
    moves: dict[int, str] = field(default_factory=dict)
    moved_by: dict[int, int] = field(default_factory=dict)
    pairs: set[tuple[int, str]] = field(default_factory=set)
    code_of: dict[int, str] = field(default_factory=dict)

    def say(self, severity: Severity, code: str, number: int, message: str, remedy: str) -> None:
        self.problems.append(Problem(severity, code, number, message, remedy))


def judge(actions: Sequence[Action], standing: Iterable[Standing], day: date) -> Plan:
    """The plan that the rows come to, with everything that is wrong. `standing`: all that have not ended before the day."""
    known = tuple(standing)
    on_eve = {s.code: s for s in known if s.valid_from < day}
    judge_ = _Judge(day, on_eve, code_of={s.id: s.code for s in known})
    if not actions:
        judge_.say("error", "empty", 0, "Phương án chưa có việc nào.", "Thêm việc hoặc nhập từ tệp.")
    for action in actions:
        _row(judge_, action)
    _after(judge_, known, actions)
    order = {"error": 0, "question": 1, "warning": 2}
    problems = sorted(judge_.problems, key=lambda p: (order[p.severity], p.number, p.code))
    return Plan(tuple(judge_.foundings.values()), tuple(judge_.edges), judge_.ended, judge_.moves, tuple(problems))


def _row(j: _Judge, a: Action) -> None:
    if a.kind not in ACTION_KINDS:
        j.say(
            "error", "kind", a.number, f"Không hiểu hình thức «{a.kind}».", "Chọn một trong các hình thức đã liệt kê."
        )
        return
    if a.doubt and not a.settled:
        j.say("question", "doubt", a.number, a.doubt, "Một người quyết định rồi đánh dấu là đã quyết định.")
    if a.kind == "create":
        _found(j, a)
        return
    old = j.before.get(a.old_code)
    if not a.old_code or old is None:
        j.say("error", "unknown_old", a.number,
              f"Không có cơ quan nào mang mã «{a.old_code}» vào ngày liền trước ngày hiệu lực.",
              "Sửa mã cơ quan cũ; tra mã ở trang Cơ quan.")  # fmt: skip
        return
    if old.valid_until is not None and old.valid_until >= j.day:
        j.say("error", "dates", a.number,
              f"{old.name} đã có ngày kết thúc {old.valid_until:%d/%m/%Y}, chồng với ngày hiệu lực của phương án.",
              "Đổi ngày hiệu lực, hoặc bỏ cơ quan này khỏi phương án.")  # fmt: skip
        return
    if a.kind == "move":
        _move(j, a, old)
    else:
        _end(j, a, old)


def _found(j: _Judge, a: Action) -> None:
    missing = [title for title, value in (("mã cơ quan mới", a.new_code), ("tên", a.name)) if not value]
    if a.level not in LEVELS:
        missing.append("cấp")
    if a.organisation_kind not in KINDS:
        missing.append("loại")
    if missing:
        j.say(
            "error",
            "incomplete",
            a.number,
            f"Thành lập cơ quan còn thiếu: {', '.join(missing)}.",
            "Điền các ô còn thiếu.",
        )
        return
    _add(j, Founding(a.new_code, a.name, a.short_name, a.level, a.organisation_kind, a.parent_code, a.admin_unit_code,
                     a.address, "", a.number))  # fmt: skip


def _add(j: _Judge, made: Founding) -> None:
    if made.code in j.foundings:
        j.say("error", "code_twice", made.number,
              f"Mã «{made.code}» được dùng cho hai cơ quan mới (dòng {j.foundings[made.code].number} và {made.number}).",
              "Đổi một trong hai mã.")  # fmt: skip
        return
    j.foundings[made.code] = made


def _move(j: _Judge, a: Action, old: Standing) -> None:
    if old.id in j.moves:
        j.say("error", "moved_twice", a.number, f"{old.name} được chuyển hai lần.", "Bỏ một trong hai dòng.")
    elif not a.parent_code:
        j.say("error", "incomplete", a.number, f"Chưa ghi cơ quan cấp trên mới của {old.name}.",
              "Điền mã cơ quan cấp trên.")  # fmt: skip
    else:
        j.moves[old.id] = a.parent_code
        j.moved_by[old.id] = a.number


def _end(j: _Judge, a: Action, old: Standing) -> None:
    first = j.ended_as.setdefault(old.id, a.kind)
    if first != a.kind:
        j.say("error", "ended_twice", a.number,
              f"{old.name} vừa «{ACTION_KINDS[first].lower()}» vừa «{ACTION_KINDS[a.kind].lower()}».",
              "Giữ một hình thức cho mỗi cơ quan.")  # fmt: skip
        return
    if old.id in j.ended and a.kind in ("merge", "rename"):
        j.say("error", "ended_twice", a.number, f"{old.name} có hai dòng «{ACTION_KINDS[a.kind].lower()}».",
              "Dùng «Chia, tách» khi có nhiều nơi nhận, hoặc bỏ một dòng.")  # fmt: skip
        return
    j.ended.setdefault(old.id, a.number)
    successor = a.new_code
    if a.kind == "rename":
        successor = a.new_code or old.code
        if not a.name:
            j.say("error", "incomplete", a.number, f"Chưa ghi tên mới của {old.name}.", "Điền tên mới.")
            return
        parent = a.parent_code or ("" if old.parent_id is None else j.code_of.get(old.parent_id, ""))
        _add(j, Founding(successor, a.name, a.short_name, a.level or old.level, a.organisation_kind or old.kind, parent,
                         a.admin_unit_code or old.admin_unit_code, a.address or old.address, old.phone, a.number))  # fmt: skip
    elif not successor and a.kind != "dissolve":
        j.say("error", "incomplete", a.number, f"Chưa ghi nơi nhận của {old.name}.", "Điền mã cơ quan nhận.")
        return
    if successor:
        if (old.id, successor) in j.pairs:
            j.say("error", "edge_twice", a.number, f"{old.name} chuyển sang «{successor}» được ghi hai lần.",
                  "Bỏ một dòng; ghi các lĩnh vực vào cùng một dòng.")  # fmt: skip
            return
        j.pairs.add((old.id, successor))
        takes = a.takes if a.kind in ("split", "dissolve") else "all"
        if takes == "fields" and not a.fields:
            j.say("error", "incomplete", a.number, "Nhận việc theo lĩnh vực nhưng chưa ghi lĩnh vực nào.",
                  "Ghi tên các lĩnh vực, cách nhau bằng dấu chấm phẩy.")  # fmt: skip
        j.edges.append(Edge(old.id, successor, a.number, a.kind, takes, a.fields if takes == "fields" else ()))


def _after(j: _Judge, known: tuple[Standing, ...], actions: Sequence[Action]) -> None:
    """The world on the day: codes, successors, parents."""
    by_id = {s.id: s for s in known}
    after: dict[str, Standing | Founding] = {s.code: s for s in known if s.id not in j.ended}
    for made in j.foundings.values():
        held = after.get(made.code)
        if isinstance(held, Standing):
            j.say("error", "code_twice", made.number,
                  f"Mã «{made.code}» đang do {held.name} giữ và cơ quan này không kết thúc trước ngày hiệu lực.",
                  "Đổi mã của cơ quan mới.")  # fmt: skip
        after[made.code] = made
    for edge in j.edges:
        target = after.get(edge.successor)
        if target is None:
            ends = j.before.get(edge.successor)
            why = (
                f"{ends.name} cũng kết thúc trong phương án này"
                if ends
                else "không có trong danh bạ và trong phương án"
            )
            j.say("error", "unknown_new", edge.number, f"Nơi nhận «{edge.successor}»: {why}.",
                  "Chọn cơ quan còn hoạt động vào ngày hiệu lực, hoặc thêm dòng «Thành lập».")  # fmt: skip
        elif isinstance(target, Standing) and target.valid_until is not None:
            j.say("error", "dates", edge.number,
                  f"Nơi nhận {target.name} kết thúc hoạt động ngày {target.valid_until:%d/%m/%Y}.",
                  "Chọn nơi nhận khác.")  # fmt: skip
        elif target.level != by_id[edge.old_id].level and edge.kind == "merge":
            j.say("warning", "level", edge.number,
                  f"{by_id[edge.old_id].name} ({LEVELS[by_id[edge.old_id].level].lower()}) nhập vào {target.name} "
                  f"({LEVELS[target.level].lower()}).", "Kiểm tra mã cơ quan nhận.")  # fmt: skip
    _successors(j, by_id)
    _parents(j, known, after)


def _successors(j: _Judge, by_id: Mapping[int, Standing]) -> None:
    """Exactly one takes what nobody else takes."""
    of: dict[int, list[Edge]] = {}
    for edge in j.edges:
        of.setdefault(edge.old_id, []).append(edge)
    for old_id, edges in of.items():
        name, number = by_id[old_id].name, edges[0].number
        mains = [edge for edge in edges if edge.takes == "all"]
        if not mains and (len(edges) > 1 or edges[0].kind != "dissolve"):
            j.say("error", "no_rule", number, f"{name} có {len(edges)} nơi nhận nhưng không nơi nào nhận việc đang làm.",
                  "Chọn một nơi nhận «Tất cả, hoặc phần còn lại».")  # fmt: skip
        if len(mains) > 1:
            j.say("error", "no_rule", mains[1].number,
                  f"{name} có {len(mains)} nơi cùng nhận tất cả việc đang làm: không biết việc nào về đâu.",
                  "Giữ một nơi nhận «Tất cả, hoặc phần còn lại»; các nơi khác nhận theo lĩnh vực hoặc không nhận.")  # fmt: skip
        claimed: dict[str, int] = {}
        for edge in edges:
            for name_of_field in edge.fields:
                if name_of_field in claimed:
                    j.say("error", "field_twice", edge.number,
                          f"Lĩnh vực «{name_of_field}» của {name} được giao cho hai nơi.", "Giữ lĩnh vực ở một nơi.")  # fmt: skip
                claimed[name_of_field] = edge.number


def _parents(j: _Judge, known: tuple[Standing, ...], after: Mapping[str, Standing | Founding]) -> None:
    by_id = {s.id: s for s in known}
    mains = {edge.old_id: edge.successor for edge in j.edges if edge.takes == "all"}
    parents: dict[str, str | None] = {}
    rows: dict[str, int] = {}
    for code, one in after.items():
        if isinstance(one, Founding):
            parents[code], rows[code] = one.parent or None, one.number
            continue
        if one.id in j.moves:
            parents[code], rows[code] = j.moves[one.id], j.moved_by[one.id]
            continue
        parent = by_id.get(one.parent_id) if one.parent_id is not None else None
        if parent is not None and parent.id in j.ended:
            heir = mains.get(parent.id)
            rows[code] = j.ended[parent.id]
            if heir is None:
                j.say("error", "child_left", j.ended[parent.id],
                      f"{one.name} trực thuộc {parent.name}; cơ quan này kết thúc mà không có nơi nhận.",
                      f"Thêm dòng cho {one.code}: nhập, kết thúc hoặc chuyển cấp trên.")  # fmt: skip
                continue
            j.moves[one.id] = heir
            parents[code] = heir
        else:
            parents[code] = parent.code if parent is not None else None
    for code, above in parents.items():
        if above is not None and above not in after:
            j.say("error", "parent_ended", rows.get(code, 0),
                  f"Cơ quan cấp trên «{above}» của {after[code].name} không hoạt động vào ngày hiệu lực.",
                  "Chọn cơ quan cấp trên khác.")  # fmt: skip
    circle = cyclic(parents)
    if circle:
        named = ", ".join(sorted(after[code].name for code in circle)[:5])
        j.say("error", "cyclic", min((rows[c] for c in circle if c in rows), default=0),
              f"Cấp trên, cấp dưới thành vòng tròn: {named}.", "Sửa cơ quan cấp trên của một trong các cơ quan này.")  # fmt: skip
        return
    depth: dict[str, int] = {}
    for code in top_down(parents):
        above = parents[code]
        depth[code] = 1 if above is None else depth.get(above, 0) + 1
        if depth[code] > MAX_DEPTH:
            j.say("error", "too_deep", rows.get(code, 0), f"{after[code].name} nằm sâu quá {MAX_DEPTH} cấp.",
                  "Chọn cơ quan cấp trên cao hơn.")  # fmt: skip
            return
