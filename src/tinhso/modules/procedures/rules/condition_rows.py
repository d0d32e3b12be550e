"""Conditions as an officer sets them: a few rows «question, how, value», all or any or none of which must hold.

What a condition says beyond rows stays as it is (`rows_of` gives None) and can be kept or replaced, never guessed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tinhso.kernel.text import fold
from tinhso.modules.procedures.rules.conditions import Condition
from tinhso.modules.procedures.rules.form_checks import ordered
from tinhso.modules.procedures.rules.forms import iso_date, number
from tinhso.modules.procedures.rules.vocabulary import APPLICANT_FIELDS
from tinhso.modules.procedures.rules.wording import ACTING_AS

MODES = {"all": "Tất cả các dòng đều đúng", "any": "Ít nhất một dòng đúng", "none": "Không dòng nào đúng"}
OPERATORS = {
    "is": "là",
    "one_of": "là một trong",
    "is_not": "không phải là",
    "none_of": "không phải một trong",
    "answered": "có trả lời",
    "empty": "không trả lời",
}
_SEPARATOR = ";"


@dataclass(frozen=True)
class FieldRef:
    """A question that a condition may read. `pointer`: "/group/field", or "./field" in the same repeated item."""

    pointer: str
    title: str
    schema: Mapping[str, Any]

    @property
    def choices(self) -> tuple[tuple[Any, str], ...]:
        if self.schema.get("type") == "boolean":
            return ((True, "Có"), (False, "Không"))
        if "enum" in self.schema:
            return tuple((value, str(value)) for value in self.schema["enum"])
        return tuple((option["const"], str(option["title"])) for option in self.schema.get("oneOf", ()))


@dataclass(frozen=True)
class Row:
    """`value`: what is typed: a choice's title, "Có", a number, several separated by ";"."""

    pointer: str
    operator: str
    value: str


class WrongRow(ValueError):
    """A row cannot be understood; the message says which and why."""


def applicant_fields() -> tuple[FieldRef, ...]:
    """The questions of the dossier's fixed first page."""
    options = [{"const": key, "title": title} for key, title in ACTING_AS.items()]
    return tuple(
        FieldRef(
            f"/applicant/{key}",
            f"Người nộp hồ sơ: {title}",
            {"type": "string", "title": title, **({"oneOf": options} if key == "acting_as" else {})},
        )
        for key, title in APPLICANT_FIELDS.items()
    )


def fields_before(form: Mapping[str, Any] | None, address: str | None) -> tuple[FieldRef, ...]:
    """The questions that stand before an element ("group.field"); all of the form where `address` is None."""
    found = list(applicant_fields())
    goal = None if address is None else tuple(address.split("."))
    if form is not None:
        for ref in _walk(form, (), "", "", goal):
            if ref is None:
                break
            found.append(ref)
    return tuple(found)


def _walk(
    schema: Mapping[str, Any], steps: tuple[str, ...], pointer: str, titles: str, goal: tuple[str, ...] | None
) -> Iterator[FieldRef | None]:
    for key in ordered(schema):
        child = schema["properties"][key]
        here = (*steps, key)
        if goal == here:
            yield None
            return
        title = str(child.get("title") or key)
        label = f"{titles}: {title}" if titles else title
        kind = child.get("type")
        inner = child.get("items", {})
        if kind == "object":
            for ref in _walk(child, here, f"{pointer}/{key}", label, goal):
                yield ref
                if ref is None:
                    return
        elif kind == "array" and inner.get("type") == "object":
            if goal is not None and goal[: len(here)] == here:
                # Inside an item only its own earlier answers, and what stands before the list, can be read.
                yield from _walk(inner, here, ".", f"{label} (cùng mục)", goal)
                return
            yield FieldRef(f"{pointer}/{key}", label, child)
        else:
            yield FieldRef(f"{pointer}/{key}", label, child)


def rows_of(condition: Condition | None, fields: Collection[FieldRef]) -> tuple[str, tuple[Row, ...]] | None:
    """(mode, rows) of a condition, ("all", ()) without one; None where rows cannot say it."""
    if condition is None:
        return "all", ()
    known = {ref.pointer: ref for ref in fields}
    single = _row(condition, known)
    if single is not None:
        return "all", (single,)
    mode = ""
    parts: Sequence[Condition] = ()
    for name in ("all", "any"):
        if name in condition and len(condition[name]) > 1:
            mode, parts = name, condition[name]
    inner = condition.get("not")
    if isinstance(inner, Mapping) and "any" in inner:
        mode, parts = "none", inner["any"]
    rows = [_row(part, known) for part in parts]
    if not mode or any(row is None for row in rows):
        return None
    return mode, tuple(row for row in rows if row is not None)


def _row(condition: Condition, known: Mapping[str, FieldRef]) -> Row | None:
    negated = set(condition) == {"not"}
    leaf = condition["not"] if negated else condition
    if not isinstance(leaf, Mapping) or "field" not in leaf or leaf["field"] not in known:
        return None
    ref = known[leaf["field"]]
    if "present" in leaf:
        return None if negated else Row(ref.pointer, "answered" if leaf["present"] else "empty", "")
    many = "in" in leaf
    values = leaf["in"] if many else [leaf["equals"]]
    shown = [_shown(ref, value) for value in values]
    if any(text is None for text in shown):
        return None
    operator = ("none_of" if many else "is_not") if negated else ("one_of" if many else "is")
    return Row(ref.pointer, operator, f"{_SEPARATOR} ".join(str(text) for text in shown))


def _shown(ref: FieldRef, value: Any) -> str | None:
    text = next((title for key, title in ref.choices if key is value or (key == value and key is not True)), None)
    if text is None:
        text = str(value) if not isinstance(value, bool) else ""
    elif _SEPARATOR in text:
        text = str(value)
    try:
        same = _read(ref, text)
    except WrongRow:
        return None
    return text if same == value and isinstance(same, bool) == isinstance(value, bool) else None


def condition_of(mode: str, rows: Sequence[Row], fields: Collection[FieldRef]) -> dict[str, Any] | None:
    """The condition that rows say; None without rows. Raises `WrongRow`."""
    known = {ref.pointer: ref for ref in fields}
    parts: list[dict[str, Any]] = []
    for row in rows:
        if row.pointer not in known:
            raise WrongRow("Điều kiện chỉ dựa được vào câu hỏi đứng trước. Hãy chọn lại câu hỏi trong danh sách.")
        parts.append(_condition(row, known[row.pointer]))
    if not parts:
        return None
    if mode == "none":
        return {"not": {"any": parts}}
    return parts[0] if len(parts) == 1 else {"any" if mode == "any" else "all": parts}


def _condition(row: Row, ref: FieldRef) -> dict[str, Any]:
    if row.operator in ("answered", "empty"):
        return {"field": ref.pointer, "present": row.operator == "answered"}
    if row.operator not in OPERATORS:
        raise WrongRow(f"Chọn cách so sánh cho «{ref.title}».")
    many = row.operator in ("one_of", "none_of")
    texts = [text.strip() for text in (row.value.split(_SEPARATOR) if many else [row.value]) if text.strip()]
    if not texts:
        raise WrongRow(f"Ghi giá trị cần so sánh cho «{ref.title}».")
    values = [_read(ref, text) for text in texts]
    leaf = {"field": ref.pointer, **({"in": values} if many else {"equals": values[0]})}
    return {"not": leaf} if row.operator in ("is_not", "none_of") else leaf


def _read(ref: FieldRef, text: str) -> Any:
    if ref.choices:
        for exact in (lambda a, b: a == b, lambda a, b: fold(a) == fold(b)):
            for value, title in ref.choices:
                if exact(title, text) or (not isinstance(value, bool) and exact(str(value), text)):
                    return value
        offered = f"{_SEPARATOR} ".join(title for _, title in ref.choices[:12])
        raise WrongRow(f"«{ref.title}» không có lựa chọn «{text}». Các lựa chọn: {offered}.")
    if ref.schema.get("type") in ("integer", "number"):
        value = number(text)
        if value is None:
            raise WrongRow(f"«{ref.title}» là số; «{text}» không phải là số.")
        return value
    if ref.schema.get("format") == "date":
        day = iso_date(text)
        if day is None:
            raise WrongRow(f"«{ref.title}» là ngày; hãy ghi dạng ngày/tháng/năm.")
        return day
    return text
