"""The rows of a condition on a page: what is shown, and what was posted. No scripts needed: one empty row waits."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from tinhso.modules.procedures.rules.condition_rows import (
    MODES,
    OPERATORS,
    FieldRef,
    Row,
    WrongRow,
    condition_of,
    rows_of,
)
from tinhso.modules.procedures.rules.wording import condition_in_words

SPARE_ROWS = 2
MOST_ROWS = 20


@dataclass(frozen=True)
class ConditionView:
    """`kept`: in words, a condition that rows cannot say; `choices`: pointer → titles, for the list of the values."""

    prefix: str
    mode: str
    modes: tuple[tuple[str, str], ...]
    rows: tuple[tuple[int, Row], ...]
    fields: tuple[tuple[str, str], ...]
    operators: tuple[tuple[str, str], ...]
    kept: str
    words: str
    error: str
    choices: Mapping[str, list[str]]

    @property
    def script_id(self) -> str:
        return f"{self.prefix}-choices"


def view_of(
    prefix: str,
    mode: str,
    rows: Sequence[Row],
    fields: Collection[FieldRef],
    *,
    current: Mapping[str, Any] | None,
    form: Mapping[str, Any] | None,
    error: str = "",
) -> ConditionView:
    words = condition_in_words(current, form) if current else ""
    shown = [*rows, *(Row("", "is", "") for _ in range(SPARE_ROWS))]
    return ConditionView(
        prefix=prefix,
        mode=mode,
        modes=tuple(MODES.items()) + ((("keep", "Giữ điều kiện đang có"),) if mode == "keep" else ()),
        rows=tuple(enumerate(shown)),
        fields=tuple((ref.pointer, ref.title) for ref in fields),
        operators=tuple(OPERATORS.items()),
        kept=words if mode == "keep" else "",
        words=words,
        error=error,
        choices={ref.pointer: [title for _, title in ref.choices] for ref in fields if ref.choices},
    )


def posted_rows(posted: QueryDict, prefix: str) -> tuple[str, tuple[Row, ...]]:
    """(mode, rows); rows without a question are empty rows."""
    fields = posted.getlist(f"{prefix}_field")[:MOST_ROWS]
    operators = posted.getlist(f"{prefix}_operator")
    values = posted.getlist(f"{prefix}_value")
    rows = [
        Row(str(pointer), str(operator), str(value).strip())
        for pointer, operator, value in zip(fields, operators, values, strict=False)
        if str(pointer)
    ]
    # "Has an answer" takes no value, whatever stands in the box.
    rows = [Row(row.pointer, row.operator, "") if row.operator in ("answered", "empty") else row for row in rows]
    return posted.get(f"{prefix}_mode", "all"), tuple(rows)


def condition_view(
    prefix: str, condition: Mapping[str, Any] | None, fields: Collection[FieldRef], form: Mapping[str, Any] | None
) -> ConditionView:
    """As it is written now."""
    found = rows_of(condition, fields)
    mode, rows = ("keep", ()) if found is None else found
    return view_of(prefix, mode, rows, fields, current=condition, form=form)


def posted_condition(
    posted: QueryDict, prefix: str, current: Mapping[str, Any] | None, fields: Collection[FieldRef]
) -> Mapping[str, Any] | None:
    """The condition that was posted; `current` itself where the page was not changed. Raises `WrongRow`."""
    mode, rows = posted_rows(posted, prefix)
    if mode == "keep":
        if current is not None and rows_of(current, fields) is None:
            return current
        raise WrongRow("Không còn điều kiện cũ để giữ. Hãy chọn cách kết hợp các dòng.")
    if mode not in MODES:
        raise WrongRow("Chọn cách kết hợp các dòng điều kiện.")
    if current is not None and rows_of(current, fields) == (mode, rows):
        return current
    return condition_of(mode, rows, fields)
