"""From a form's schema and answers to what the templates `procedures/form/*.html` draw.

    context = render_context(form, "child", values, errors, context={"applicant": {...}}, today=now.date())
    {% include "procedures/form/group.html" with page=page %}      inside the module's own <form data-guard novalidate>

One page is one group. Hidden fields stand in the page with `hidden`, so that the browser shows them at once and a
page without JavaScript shows them after the next send. `<form>` itself, its buttons and the CSRF token are the
including page's; add `{% include "procedures/form/scripts.html" %}` in its block `scripts`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from tinhso.modules.procedures.queries import commune_names
from tinhso.modules.procedures.rules import Form, Section, at, describe, is_present, ordered, sift, visible
from tinhso.modules.procedures.rules.messages import lower_first, shown_number
from tinhso.modules.procedures.rules.wording import condition_in_words
from tinhso.modules.procedures.web.peoples import ETHNICITIES, NATIONALITIES

MAX_RADIOS = 5
_NEW_ITEM = "__new__"


@dataclass(frozen=True)
class FieldView:
    """One question. `kind` names the template's branch; `value` is what the control shows; `when` tells in words when
    it is asked, for pages without JavaScript."""

    name: str
    id: str
    pointer: str
    kind: str
    label: str
    help: str
    error: str
    required: bool
    shown: bool
    when: str
    value: Any
    options: tuple[tuple[str, str], ...] = ()
    attrs: dict[str, str] = field(default_factory=dict)
    width: str = ""
    type: str = "text"
    suffix: str = ""
    rows: int = 4


@dataclass(frozen=True)
class ListView:
    """A repeated group. `template` is an empty item whose names hold `__new__` where the number stands."""

    name: str
    id: str
    pointer: str
    title: str
    help: str
    error: str
    shown: bool
    when: str
    item_title: str
    items: tuple[GroupView, ...]
    template: GroupView
    least: int
    most: int
    kind: str = "list"

    @property
    def can_add(self) -> bool:
        return len(self.items) < self.most

    @property
    def add_label(self) -> str:
        return f"Thêm {lower_first(self.item_title)}"


@dataclass(frozen=True)
class GroupView:
    """A group of questions, or one item of a repeated group."""

    name: str
    id: str
    pointer: str
    title: str
    help: str
    shown: bool
    parts: tuple[Any, ...]
    when: str = ""
    kind: str = "group"
    number: int = 0


@dataclass(frozen=True)
class PageView:
    """A page of the form. `errors`: (id of the control, message) for the summary at the top. `data`: what the
    browser's checker reads."""

    key: str
    title: str
    help: str
    body: GroupView | ListView
    errors: tuple[tuple[str, str], ...]
    data: dict[str, Any]
    datalists: tuple[tuple[str, tuple[str, ...]], ...]

    @property
    def script_id(self) -> str:
        return f"eform-{self.key}"


def element_id(pointer: str) -> str:
    """The id of the control of a pointer: "/child/full_name" → "child-full_name"."""
    return pointer.strip("/").replace("/", "-")


def control_name(pointer: str) -> str:
    """ "/members/0/name" → "members.0.name"."""
    return pointer.strip("/").replace("/", ".")


def error_list(errors: Mapping[str, str], below: str = "") -> tuple[tuple[str, str], ...]:
    """Errors as the summary wants them, those of one group (`below`: "/child") or all."""
    return tuple(
        (element_id(pointer), message)
        for pointer, message in errors.items()
        if not below or pointer == below or pointer.startswith(f"{below}/")
    )


def pages(
    form: Form, values: Mapping[str, Any], *, context: Mapping[str, Any] | None = None
) -> tuple[tuple[str, str], ...]:
    """(key, title) of the pages that this case shows, in order."""
    kept = {**sift(form, values, context=context), **(context or {})}
    return tuple(
        (key, str(form["properties"][key].get("title", "")))
        for key in ordered(form)
        if visible(form["properties"][key], kept)
    )


def render_context(
    form: Form,
    group_key: str,
    values: Mapping[str, Any],
    errors: Mapping[str, str],
    *,
    today: date,
    context: Mapping[str, Any] | None = None,
) -> PageView:
    """What `procedures/form/group.html` draws for one group.

    `values`: answers of all groups, as typed or as kept; `errors`: pointer → message, of all groups or of this one;
    `context`: what conditions may read beside the form ({"applicant": {...}}). One query where the page asks for a
    commune, none otherwise.
    """
    schema = form["properties"][group_key]
    kept = {**sift(form, values, context=context), **(context or {})}
    drawing = _Drawing(form, kept, errors)
    body = drawing.part(schema, values.get(group_key), group_key, f"/{group_key}", True, None)
    return PageView(
        key=group_key,
        title=str(schema.get("title", "")),
        help=str(schema.get("x-help", "")),
        body=body,
        errors=error_list(errors, f"/{group_key}"),
        data={
            "form": form,
            "group": group_key,
            "values": {key: value for key, value in values.items() if key != group_key},
            "context": dict(context or {}),
            "today": today.isoformat(),
        },
        datalists=drawing.datalists(today),
    )


def answers(form: Form, values: Mapping[str, Any], context: Mapping[str, Any] | None = None) -> tuple[Section, ...]:
    """The answers to check before sending (`procedures/form/answers.html`)."""
    return describe(form, values, context=context, empty=True)


def _help_of(schema: Mapping[str, Any]) -> str:
    example = schema.get("x-example")
    return " ".join(part for part in (str(schema.get("x-help", "")), f"Ví dụ: {example}" if example else "") if part)


class _Drawing:
    def __init__(self, form: Form, kept: Mapping[str, Any], errors: Mapping[str, str]) -> None:
        self.form = form
        self.item_schema: Mapping[str, Any] | None = None
        self.kept = kept
        self.errors = errors
        self.lists_used: set[str] = set()

    def part(self, schema: Mapping[str, Any], value: Any, name: str, pointer: str, required: bool, item: Any) -> Any:
        if schema["type"] == "object":
            return self.group(schema, value, name, pointer, item)
        if schema["type"] == "array" and schema["items"]["type"] == "object":
            return self.repeated(schema, value, name, pointer)
        return self.question(schema, value, name, pointer, required, item)

    def group(self, schema: Mapping[str, Any], value: Any, name: str, pointer: str, item: Any) -> GroupView:
        known = value if isinstance(value, Mapping) else {}
        return GroupView(
            name=name,
            id=element_id(pointer),
            pointer=pointer,
            title=str(schema.get("title", "")),
            help=str(schema.get("x-help", "")),
            shown=visible(schema, self.kept, item),
            parts=self.parts(schema, known, name, pointer, item),
            when=self.when(schema),
        )

    def parts(self, schema: Mapping[str, Any], known: Any, name: str, pointer: str, item: Any) -> tuple[Any, ...]:
        required = set(schema.get("required", ()))
        return tuple(
            self.part(
                schema["properties"][key], known.get(key), f"{name}.{key}", f"{pointer}/{key}", key in required, item
            )
            for key in ordered(schema)
        )

    def repeated(self, schema: Mapping[str, Any], value: Any, name: str, pointer: str) -> ListView:
        title = str(schema.get("x-item-title") or schema.get("title", ""))
        least = int(schema.get("minItems", 0))
        known: Sequence[Any] = value if isinstance(value, list) else []
        known = [*known, *({} for _ in range(least - len(known)))]
        items = tuple(
            self.item(schema["items"], part, f"{name}.{number}", f"{pointer}/{number}", title, number + 1)
            for number, part in enumerate(known)
        )
        return ListView(
            name=name,
            id=element_id(pointer),
            pointer=pointer,
            title=str(schema.get("title", "")),
            help=str(schema.get("x-help", "")),
            error=self.errors.get(pointer, ""),
            shown=visible(schema, self.kept),
            when=self.when(schema),
            item_title=title,
            items=items,
            template=self.item(schema["items"], {}, f"{name}.{_NEW_ITEM}", f"{pointer}/{_NEW_ITEM}", title, 0),
            least=least,
            most=int(schema.get("maxItems", 200)),
        )

    def item(
        self, schema: Mapping[str, Any], value: Any, name: str, pointer: str, title: str, number: int
    ) -> GroupView:
        known = value if isinstance(value, Mapping) else {}
        # What the item's own conditions read is what was kept of it, so that a hidden answer decides nothing.
        kept = at(self.kept, pointer, known)
        self.item_schema = schema
        parts = self.parts(schema, known, name, pointer, kept)
        self.item_schema = None
        return GroupView(
            name=name,
            id=element_id(pointer),
            pointer=pointer,
            title=f"{title} {number}" if number else title,
            help="",
            shown=True,
            parts=parts,
            kind="item",
            number=number,
        )

    def question(
        self, schema: Mapping[str, Any], value: Any, name: str, pointer: str, required: bool, item: Any
    ) -> FieldView:
        kind, options = _kind(schema)
        widget = schema.get("x-widget")
        attrs: dict[str, str] = {}
        if schema.get("x-autocomplete"):
            attrs["autocomplete"] = str(schema["x-autocomplete"])
        if schema["type"] == "string" and kind in ("input", "textarea") and "maxLength" in schema:
            # Soft: the sentence of the check is clearer than a box that stops taking letters.
            attrs["data-max"] = str(schema["maxLength"])
        width, type_, suffix = "", "text", ""
        if widget in ("phone", "identity"):
            width, attrs["inputmode"] = "m", "tel" if widget == "phone" else "numeric"
            type_ = "tel" if widget == "phone" else "text"
        elif widget == "email" or schema.get("format") == "email":
            type_ = "email"
        elif widget == "money":
            width, suffix, attrs["inputmode"] = "m", "đồng", "numeric"
        elif schema["type"] in ("integer", "number"):
            width, attrs["inputmode"] = "s", "numeric" if schema["type"] == "integer" else "decimal"
        if widget in ("commune", "nationality"):
            self.lists_used.add(widget)
            attrs["list"] = f"list-{widget}"
            attrs.setdefault("autocomplete", "off")
        return FieldView(
            name=name,
            id=element_id(pointer),
            pointer=pointer,
            kind=kind,
            label=str(schema.get("title", "")),
            help=_help_of(schema),
            error=self.errors.get(pointer, ""),
            required=required or "const" in schema,
            shown=visible(schema, self.kept, item),
            when=self.when(schema),
            value=_shown(schema, value, kind, options),
            options=options,
            attrs=attrs,
            width=width,
            type=type_,
            suffix=suffix,
        )

    def when(self, schema: Mapping[str, Any]) -> str:
        return condition_in_words(schema.get("x-when"), self.form, self.item_schema)

    def datalists(self, today: date) -> tuple[tuple[str, tuple[str, ...]], ...]:
        known = {
            "nationality": lambda: NATIONALITIES,
            "commune": lambda: commune_names(on=today),
        }
        return tuple((f"list-{name}", known[name]()) for name in sorted(self.lists_used))


def _kind(schema: Mapping[str, Any]) -> tuple[str, tuple[tuple[str, str], ...]]:
    widget = schema.get("x-widget")
    source = schema["items"] if schema["type"] == "array" else schema
    options = tuple((str(option["const"]), str(option["title"])) for option in source.get("oneOf", ()))
    options = options or tuple((str(value), str(value)) for value in source.get("enum", ()))
    if schema["type"] == "array":
        return "checkboxes", options
    if schema["type"] == "boolean":
        if widget == "radio":
            return "radios", (("true", "Có"), ("false", "Không"))
        return "checkbox", ()
    if options:
        few = len(options) <= MAX_RADIOS and widget != "select"
        return ("radios" if few or widget == "radio" else "select"), options
    if widget == "ethnicity":
        return "select", tuple((name, name) for name in ETHNICITIES)
    if widget == "date" or schema.get("format") == "date":
        return "date", ()
    return ("textarea" if widget == "textarea" else "input"), ()


def _shown(schema: Mapping[str, Any], value: Any, kind: str, options: Sequence[tuple[str, str]]) -> Any:
    if kind == "checkboxes":
        return [str(part) for part in value] if isinstance(value, list) else []
    if kind == "checkbox":
        return value is True
    if not is_present(value) or isinstance(value, Mapping | list):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float) and not options:
        return shown_number(value)
    return str(value)
