"""From the JSON of a version to a `Definition`, naming every defect with its path. Strict: nothing is guessed."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, time
from typing import Any

from tinhso.modules.procedures.rules import vocabulary as words
from tinhso.modules.procedures.rules.conditions import Condition, defects_of, pointers_of
from tinhso.modules.procedures.rules.definition import (
    Action,
    DeadlineCase,
    DeadlineTerm,
    Definition,
    Fee,
    LegalBasis,
    Paper,
    Place,
    Result,
    Route,
    Step,
)
from tinhso.modules.procedures.rules.form_checks import defects_of_form, pointers_in
from tinhso.modules.procedures.rules.routes import defects_of_route


@dataclass(frozen=True)
class Defect:
    """`path`: JSON pointer into the definition; `problem`: what is wrong; `place` and `remedy`: where and what to do, for
    officers (filled in by `rules.defects`). All in Vietnamese."""

    path: str
    problem: str
    place: str = ""
    remedy: str = ""

    def __str__(self) -> str:
        return f"{self.path or '/'}: {self.problem}"


@dataclass(frozen=True)
class Reading:
    """`definition` is None exactly when there are defects; `parsed`: as far as it could be read, for more checks."""

    definition: Definition | None
    defects: tuple[Defect, ...]
    parsed: Definition


_MISSING: Any = object()
_KEY = re.compile(r"^[a-z][a-z0-9_]*$")
_PERIOD = re.compile(r"^P(?=\d)(\d+Y)?(\d+M)?(\d+W)?(\d+D)?$")


def read_definition(raw: Any, *, roles: Collection[str] | None = None) -> Reading:
    """Parse the "version" object of a modelled procedure. `roles`: the roles that exist (None: not checked)."""
    reader = _Reader(roles)
    definition = reader.definition(raw)
    defects = tuple(dict.fromkeys(reader.defects))
    return Reading(None if defects else definition, defects, definition)


class _Object:
    """One JSON object being read: takes known keys, then complains of what is left."""

    def __init__(self, reader: _Reader, raw: Any, path: str) -> None:
        self.reader, self.path = reader, path
        if not isinstance(raw, Mapping):
            reader.complain(path, "phải là một đối tượng JSON")
            raw = {}
        self.left = dict(raw)

    def take(self, key: str, kind: type | tuple[type, ...], default: Any = _MISSING, *, null: bool = False) -> Any:
        value = self.left.pop(key, _MISSING)
        fallback = None if default is _MISSING else default
        if value is _MISSING:
            if default is _MISSING:
                self.reader.complain(f"{self.path}/{key}", "thiếu")
                return _EMPTY.get(kind) if not null else None
            return fallback
        if value is None and null:
            return None
        kinds = kind if isinstance(kind, tuple) else (kind,)
        if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
            self.reader.complain(f"{self.path}/{key}", "sai kiểu giá trị")
            return fallback if fallback is not None else _EMPTY.get(kind)
        return value

    def text(self, key: str, default: Any = _MISSING, *, null: bool = False) -> Any:
        value = self.take(key, str, default, null=null)
        if isinstance(value, str) and not value.strip() and default is _MISSING:
            self.reader.complain(f"{self.path}/{key}", "để trống")
        return value.strip() if isinstance(value, str) else value

    def one_of(self, key: str, allowed: Collection[Any], default: Any = _MISSING, *, null: bool = False) -> Any:
        value = self.text(key, default, null=null)
        if value is not None and value not in allowed:
            self.reader.complain(f"{self.path}/{key}", f"«{value}» không phải một trong: {', '.join(allowed)}")
        return value

    def list_of(self, key: str, read: Callable[[Any, str], Any], default: Any = _MISSING, *, null: bool = False) -> Any:
        value = self.take(key, list, default, null=null)
        if value is None:
            return None if null else ()
        return tuple(read(part, f"{self.path}/{key}/{number}") for number, part in enumerate(value))

    def condition(self, key: str = "when") -> Condition | None:
        value: Condition | None = self.left.pop(key, None)
        return self.reader.condition(value, f"{self.path}/{key}")

    def close(self) -> None:
        for key in self.left:
            self.reader.complain(f"{self.path}/{key}", "khóa lạ")


_EMPTY: dict[Any, Any] = {str: "", list: [], int: 0, dict: {}, bool: False}


class _Reader:
    def __init__(self, roles: Collection[str] | None) -> None:
        self.defects: list[Defect] = []
        self.roles = roles
        self.known: frozenset[str] | None = frozenset()
        self.form: Mapping[str, Any] | None = None

    def complain(self, path: str, problem: str) -> None:
        self.defects.append(Defect(path, problem))

    def complain_of(self, found: Iterator[tuple[str, str]], below: str = "") -> bool:
        count = len(self.defects)
        for path, problem in found:
            self.complain(f"{below}{path}", problem)
        return len(self.defects) > count

    def knows(self, pointer: str) -> bool:
        return self.known is None or pointer in self.known

    def condition(self, raw: Condition | None, path: str) -> Condition | None:
        if not self.complain_of(defects_of(raw, path)):
            for pointer in pointers_of(raw):
                if not self.knows(pointer):
                    self.complain(path, f"điều kiện dựa vào trường không có trong biểu mẫu: «{pointer}»")
        return raw

    def unique(self, things: Collection[Any], path: str) -> None:
        keys = [thing.key for thing in things]
        for key in sorted({key for key in keys if keys.count(key) > 1}):
            self.complain(path, f"khóa «{key}» dùng nhiều lần")
        for key in keys:
            if not _KEY.match(key):
                self.complain(path, f"khóa «{key}» chỉ được gồm chữ thường không dấu, chữ số và dấu gạch dưới")

    def definition(self, raw: Any) -> Definition:
        top = _Object(self, raw, "")
        form = top.take("form", dict, None, null=True)
        # Pointers into a form that is wrong itself are not judged: that would only hide what is to be repaired.
        broken = form is not None and self.complain_of(defects_of_form(form), "/form")
        self.known = None if broken else pointers_in(form)
        self.form = form
        deadline = self.deadline(top)
        papers = top.list_of("papers", self.paper, ())
        fees = top.list_of("fees", self.fee, None, null=True)
        results = top.list_of("result", self.result, ())
        for name, things in (("papers", papers), ("fees", fees or ()), ("result", results)):
            self.unique(things, f"/{name}")
        route = self.route(top.take("route", dict, None, null=True), deadline)
        definition = Definition(
            valid_from=self.day(top.text("valid_from"), "/valid_from"),
            decision=top.text("decision", ""),
            service_level=top.one_of("service_level", words.SERVICE_LEVELS, None, null=True),
            levels=top.list_of("levels", self.word_of(words.LEVELS)),
            competent_kind=top.one_of("competent_kind", words.ORGANISATION_KINDS),
            competent_level=top.one_of("competent_level", words.LEVELS),
            who_may_apply=top.text("who_may_apply", ""),
            summary=top.text("summary"),
            steps_text=top.list_of("steps_text", self.sentence, ()),
            legal_basis=top.list_of("legal_basis", self.basis, ()),
            conditions=top.text("conditions", None, null=True),
            channels=top.list_of("channels", self.word_of(words.CHANNELS), ()),
            papers=papers,
            fees=fees,
            deadline=deadline,
            results=results,
            form=form,
            route=route,
            supplement_pauses=top.take("supplement_pauses", bool, False),
            cautions=top.list_of("cautions", self.sentence, ()),
            decided_on=self.day_or_none(top.text("decided_on", None, null=True), "/decided_on"),
            rule_in_force_on=self.day_or_none(top.text("rule_in_force_on", None, null=True), "/rule_in_force_on"),
        )
        if route is not None and deadline is None:
            self.complain("/deadline", "có tuyến xử lý thì phải có thời hạn")
        top.close()
        return definition

    def day(self, text: str, path: str) -> date:
        try:
            return date.fromisoformat(text)
        except ValueError:
            if text:
                self.complain(path, "phải là ngày dạng yyyy-mm-dd")
            return date.min

    def day_or_none(self, text: str | None, path: str) -> date | None:
        return self.day(text, path) if text else None

    def word_of(self, allowed: Collection[str]) -> Callable[[Any, str], str]:
        def read(raw: Any, path: str) -> str:
            if raw not in allowed:
                self.complain(path, f"«{raw}» không phải một trong: {', '.join(allowed)}")
            return str(raw)

        return read

    def sentence(self, raw: Any, path: str) -> str:
        if not isinstance(raw, str) or not raw.strip():
            self.complain(path, "phải là một câu")
        return str(raw).strip()

    def basis(self, raw: Any, path: str) -> LegalBasis:
        part = _Object(self, raw, path)
        basis = LegalBasis(title=part.text("title"), number=part.text("number", ""))
        part.close()
        return basis

    def paper(self, raw: Any, path: str) -> Paper:
        part = _Object(self, raw, path)
        paper = Paper(
            key=part.text("key"),
            name=part.text("name"),
            original=part.take("original", int, 0),
            copy=part.take("copy", int, 0),
            required=part.take("required", bool, True),
            when=part.condition(),
            present_only=part.take("present_only", bool, False),
            example=part.text("example", "", null=True) or "",
            form_ref=part.text("form_ref", None, null=True),
        )
        if paper.original < 0 or paper.copy < 0:
            self.complain(path, "số bản không được âm")
        part.close()
        return paper

    def pointer(self, raw: str | None, path: str) -> str | None:
        if raw is None or self.known is None:
            return raw
        if raw.startswith("/"):
            matches = [raw] if raw in self.known else []
        else:
            matches = [known for known in self.known if known.rsplit("/", 1)[1] == raw]
        if len(matches) != 1:
            self.complain(path, f"biểu mẫu không có trường «{raw}»" if not matches else f"«{raw}» có ở nhiều nhóm")
            return None
        return matches[0]

    def fee(self, raw: Any, path: str) -> Fee:
        part = _Object(self, raw, path)
        fee = Fee(
            key=part.text("key"),
            name=part.text("name"),
            amount=part.take("amount", int, null=True),
            unit=part.text("unit", None, null=True),
            channel=part.one_of("channel", words.CHANNELS, None, null=True),
            when=part.condition(),
            per_field=self.pointer(part.text("per_field", None, null=True), f"{path}/per_field"),
            note=part.text("note", "", null=True) or "",
        )
        if fee.amount is not None and fee.amount < 0:
            self.complain(f"{path}/amount", "không được âm")
        part.close()
        return fee

    def deadline(self, top: _Object) -> tuple[DeadlineCase, ...] | None:
        raw = top.take("deadline", dict, None, null=True)
        if raw is None:
            return None
        part = _Object(self, raw, "/deadline")
        cases: tuple[DeadlineCase, ...] = part.list_of("cases", self.deadline_case)
        part.close()
        if not cases:
            self.complain("/deadline/cases", "phải có ít nhất một trường hợp (chưa rõ thì ghi deadline là null)")
        for number, case in enumerate(cases):
            last = number == len(cases) - 1
            if case.when is None and not last:
                self.complain(f"/deadline/cases/{number}", "trường hợp không điều kiện phải đứng cuối")
            if last and case.when is not None:
                self.complain(f"/deadline/cases/{number}", "thiếu trường hợp còn lại (when là null) ở cuối")
        return cases

    def deadline_case(self, raw: Any, path: str) -> DeadlineCase:
        part = _Object(self, raw, path)
        when = part.condition()
        amount = part.take("amount", int)
        unit = part.one_of("unit", words.DEADLINE_UNITS)
        cutoff_text = part.text("cutoff", None, null=True)
        cutoff: time | None = None
        if cutoff_text is not None:
            try:
                cutoff = time.fromisoformat(cutoff_text)
            except ValueError:
                self.complain(f"{path}/cutoff", "phải là giờ dạng HH:MM")
        note = part.text("note", "", null=True) or ""
        part.close()
        if amount < (0 if unit == "same_day" else 1):
            self.complain(f"{path}/amount", "phải lớn hơn 0")
        return DeadlineCase(when, DeadlineTerm(amount, unit, cutoff, note))

    def result(self, raw: Any, path: str) -> Result:
        part = _Object(self, raw, path)
        fields = part.list_of("fields", self.sentence, ())
        for number, pointer in enumerate(fields):
            if not self.knows(pointer):
                self.complain(f"{path}/fields/{number}", f"biểu mẫu không có trường «{pointer}»")
        result = Result(
            key=part.text("key"),
            name=part.text("name"),
            kind=part.one_of("kind", words.RESULT_KINDS),
            template=part.text("template", "generic"),
            validity=part.text("validity", None, null=True),
            fields=fields,
        )
        if result.validity is not None and not _PERIOD.match(result.validity):
            self.complain(f"{path}/validity", "phải là khoảng thời gian ISO 8601, ví dụ P6M")
        part.close()
        return result

    def route(self, raw: Any, deadline: tuple[DeadlineCase, ...] | None) -> Route | None:
        if raw is None:
            return None
        part = _Object(self, raw, "/route")
        route = Route(start=part.text("start"), steps=part.list_of("steps", self.step))
        part.close()
        if not route.steps:
            self.complain("/route/steps", "tuyến xử lý phải có ít nhất một bước")
            return route
        self.unique(route.steps, "/route/steps")
        self.complain_of(defects_of_route(route, deadline, self.form, form_is_sound=self.known is not None), "/route")
        return route

    def step(self, raw: Any, path: str) -> Step:
        part = _Object(self, raw, path)
        step = Step(
            key=part.text("key"),
            title=part.text("title"),
            role=part.text("role"),
            unit=part.text("unit", None, null=True),
            agency=part.text("agency", None, null=True),
            hours=part.take("hours", int),
            actions=part.list_of("actions", self.action),
            place=self.place(part.take("place", dict, None, null=True), f"{path}/place"),
        )
        if step.place is not None and step.agency is not None:
            self.complain(f"{path}/place", "chỉ ghi một trong hai: mã cơ quan hỏi ý kiến, hoặc nơi thực hiện")
        if self.roles is not None and step.role and step.role not in self.roles:
            self.complain(f"{path}/role", f"không có vai trò «{step.role}»")
        if step.hours < 1:
            self.complain(f"{path}/hours", "số giờ phải từ 1 trở lên")
        if not step.actions:
            self.complain(f"{path}/actions", "bước không có hành động nào thì không có lối ra")
        self.unique(step.actions, f"{path}/actions")
        part.close()
        return step

    def place(self, raw: Any, path: str) -> Place | None:
        if raw is None:
            return None
        part = _Object(self, raw, path)
        place = Place(
            kind=part.one_of("kind", words.ORGANISATION_KINDS),
            level=part.one_of("level", words.LEVELS),
            name=part.text("name", "", null=True) or "",
        )
        part.close()
        return place

    def action(self, raw: Any, path: str) -> Action:
        part = _Object(self, raw, path)
        key, title = part.text("key"), part.text("title")
        kind = part.one_of("kind", words.ACTION_KINDS)
        to = part.left.pop("to", None)
        targets = (to,) if isinstance(to, str) else tuple(to or ()) if isinstance(to, list) else ()
        action = Action(key, title, kind, targets, part.text("join", None, null=True), part.condition())
        part.close()
        if to is not None and not (isinstance(to, str | list) and all(isinstance(target, str) for target in targets)):
            self.complain(f"{path}/to", "phải là khóa của bước hoặc danh sách khóa")
        if kind == "issue" and targets:
            self.complain(f"{path}/to", "ban hành kết quả thì không dẫn đến bước nào")
        if kind in ("forward", "back") and len(targets) != 1:
            self.complain(f"{path}/to", "phải dẫn đến đúng một bước")
        if kind == "parallel" and (not targets or len(set(targets)) != len(targets)):
            self.complain(f"{path}/to", "phải dẫn đến một hay nhiều bước khác nhau")
        if (kind == "parallel") != (action.join is not None):
            self.complain(f"{path}/join", "chỉ và luôn dùng cho lấy ý kiến song song")
        return action
