"""Conditions, terms, fees and counts in words, for pages and printed guides."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tinhso.modules.procedures.rules.conditions import Condition
from tinhso.modules.procedures.rules.definition import DeadlineTerm, Fee, Paper
from tinhso.modules.procedures.rules.describing import shown_value
from tinhso.modules.procedures.rules.form_checks import ordered
from tinhso.modules.procedures.rules.messages import lower_first, shown_number
from tinhso.modules.procedures.rules.vocabulary import APPLICANT_FIELDS, DEADLINE_UNITS

# The choices of the dossier's fixed first page that conditions name.
ACTING_AS = {
    "self": "Tự làm cho mình",
    "representative": "Người đại diện",
    "authorised": "Người được ủy quyền",
    "organisation": "Tổ chức",
}


def condition_in_words(
    condition: Condition | None, form: Mapping[str, Any] | None, item: Mapping[str, Any] | None = None
) -> str:
    """ "«Trẻ sinh tại» là «Cơ sở y tế»"; "" without a condition. `item`: the schema that "./field" refers to."""
    if condition is None:
        return ""
    if "all" in condition:
        return " và ".join(_part(part, form, item) for part in condition["all"])
    if "any" in condition:
        return " hoặc ".join(_part(part, form, item) for part in condition["any"])
    if "not" in condition:
        inner = condition["not"]
        if "field" in inner and "present" not in inner:
            return condition_in_words(inner, form, item).replace("» là ", "» không phải là ", 1)
        return f"không phải trường hợp {_part(inner, form, item)}"
    schema = _field(condition["field"], form, item)
    title = str(schema.get("title") or condition["field"])
    if "present" in condition:
        return f"có «{title}»" if condition["present"] else f"không có «{title}»"
    values = [condition["equals"]] if "equals" in condition else condition["in"]
    if values == [True]:
        return f"«{title}»"
    if values == [False]:
        return f"không «{lower_first(title)}»"
    return f"«{title}» là " + " hoặc ".join(f"«{shown_value(schema, value)}»" for value in values)


def _part(condition: Condition, form: Mapping[str, Any] | None, item: Mapping[str, Any] | None) -> str:
    words = condition_in_words(condition, form, item)
    return f"({words})" if "all" in condition or "any" in condition else words


def _field(pointer: str, form: Mapping[str, Any] | None, item: Mapping[str, Any] | None) -> Mapping[str, Any]:
    steps = pointer.split("/")[1:]
    if steps[:1] == ["applicant"]:
        if steps[-1] == "acting_as":
            options = [{"const": key, "title": title} for key, title in ACTING_AS.items()]
            return {"title": APPLICANT_FIELDS["acting_as"], "oneOf": options}
        return {"title": APPLICANT_FIELDS.get(steps[-1], "")}
    schema: Mapping[str, Any] = (item if pointer.startswith(".") else form) or {}
    for step in steps:
        schema = schema.get("properties", {}).get(step, {})
    return schema


def term_in_words(term: DeadlineTerm) -> str:
    """ "3 ngày làm việc"; "trong ngày, nhận sau 15:00 thì trả ngày làm việc tiếp theo"."""
    text = "trong ngày" if term.unit == "same_day" else f"{shown_number(term.amount)} {DEADLINE_UNITS[term.unit]}"
    if term.cutoff is not None:
        text += f" (nhận sau {term.cutoff:%H:%M} thì tính từ ngày làm việc tiếp theo)"
    return text


def fee_in_words(fee: Fee) -> str | None:
    """ "8.000 đồng/bản"; None where the amount is not known."""
    if fee.amount is None:
        return None
    if fee.amount == 0:
        return "Miễn phí"
    return f"{shown_number(fee.amount)} đồng" + (f"/{fee.unit}" if fee.unit else "")


def copies_in_words(paper: Paper) -> str:
    """ "1 bản chính, 2 bản sao"; "xuất trình"."""
    if paper.present_only:
        return "xuất trình, không phải nộp"
    parts = []
    if paper.original:
        parts.append(f"{paper.original} bản chính")
    if paper.copy:
        parts.append(f"{paper.copy} bản sao")
    return ", ".join(parts)


@dataclass(frozen=True)
class Question:
    """A field of a form as an officer reads it: its title, whether it must be answered, when it is asked."""

    label: str
    required: bool
    when: str
    level: int


def questions(form: Mapping[str, Any]) -> tuple[tuple[str, str, tuple[Question, ...]], ...]:
    """(title, when, questions) of each page of a form, hidden ones too."""
    return tuple(
        (
            str(page.get("title", key)),
            condition_in_words(page.get("x-when"), form),
            tuple(_questions(page, form, 0, None)),
        )
        for key in ordered(form)
        for page in (form["properties"][key],)
    )


def _questions(
    schema: Mapping[str, Any], form: Mapping[str, Any], level: int, item: Mapping[str, Any] | None
) -> Iterator[Question]:
    inner = schema["items"] if schema["type"] == "array" else schema
    item = inner if schema["type"] == "array" else item
    for key in ordered(inner):
        child = inner["properties"][key]
        when = condition_in_words(child.get("x-when"), form, item)
        yield Question(str(child.get("title", key)), key in inner.get("required", ()), when, level)
        if child["type"] == "object" or (child["type"] == "array" and child["items"]["type"] == "object"):
            yield from _questions(child, form, level + 1, item)
