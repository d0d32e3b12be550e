"""The form designer: the outline with its buttons, a new element, the page of one element."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from tinhso.kernel.access.web import ActorRequest, guarded
from tinhso.modules.procedures.queries.designing import Draft
from tinhso.modules.procedures.rules import form_editing as editing
from tinhso.modules.procedures.rules.condition_rows import fields_before
from tinhso.modules.procedures.rules.field_settings import (
    ERROR_TITLES,
    KINDS,
    Settings,
    WrongSettings,
    applied,
    controls,
    error_keys,
    kind_of,
    kinds_instead,
    shown,
    usual_error,
)
from tinhso.modules.procedures.rules.form_blocks import BLOCKS
from tinhso.modules.procedures.rules.form_editing import CannotEdit, Node
from tinhso.modules.procedures.rules.wording import condition_in_words
from tinhso.modules.procedures.services.designing import undo
from tinhso.modules.procedures.services.drafting import CannotDraft
from tinhso.modules.procedures.web.designer.conditions import posted_rows, view_of
from tinhso.modules.procedures.web.designer.frame import only_drafts, opened, page, refused, save, told, version_url

SPARE_OPTIONS = 3
MOST_OPTIONS = 200


@dataclass(frozen=True)
class Line:
    """A line of the outline."""

    node: Node
    kind: str
    when: str
    defects: tuple[str, ...]
    url: str

    @property
    def anchor(self) -> str:
        return self.node.address.replace(".", "-")


def form_of(one: Draft) -> Mapping[str, Any] | None:
    form = one.definition.get("form")
    return form if isinstance(form, Mapping) else None


def _back(one: Draft, at: str = "") -> str:
    anchor = f"#at-{at.replace('.', '-')}" if at else ""
    return reverse("procedures:design_form", args=[one.version.pk]) + anchor


def _element_url(one: Draft, address: str) -> str:
    return f"{reverse('procedures:design_field', args=[one.version.pk])}?{urlencode({'at': address})}"


@never_cache
@guarded("procedures.edit")
@only_drafts
def outline(request: ActorRequest, one: Draft) -> HttpResponse:
    """All pages and questions, each with its buttons; what is wrong stands where it is wrong."""
    form = form_of(one)
    found: dict[str, list[str]] = {}
    for defect in one.defects_below("/form"):
        found.setdefault(editing.address_of(defect.path), []).append(told(defect))
    lines = []
    item: Mapping[str, Any] | None = None
    for node in editing.outline(form):
        if node.level <= 1:
            item = None
        lines.append(
            Line(
                node,
                KINDS[kind_of(node.schema)].title if kind_of(node.schema) in KINDS else "khác",
                condition_in_words(node.schema.get("x-when"), form, item),
                tuple(found.pop(node.address, ())),
                _element_url(one, node.address),
            )
        )
        if node.schema.get("type") == "array":
            item = node.schema.get("items")
    return page(
        request,
        "procedures/designer/form.html",
        one,
        "design_form",
        {
            "lines": lines,
            "others": [problem for problems in found.values() for problem in problems],
            "blocks": list(BLOCKS.values()),
            "questions": sum(not line.node.holds_others for line in lines),
        },
    )


_OPERATIONS = ("up", "down", "copy", "delete", "drop", "block")


@require_POST
@guarded("procedures.edit")
@only_drafts
def change(request: ActorRequest, one: Draft) -> HttpResponse:
    """A button of the outline: "up:group.field", "drop:group.field:group.other" …"""
    operation, _, rest = request.POST.get("do", "").partition(":")
    at, _, before = rest.partition(":")
    form = form_of(one)
    definition = dict(one.definition)
    node = editing.element(form, at)
    try:
        if operation not in _OPERATIONS or (node is None and operation != "block"):
            raise CannotEdit("Mục này không còn trong biểu mẫu. Trang đã được tải lại.")
        name = node.title if node else ""
        if operation in ("up", "down"):
            definition["form"] = editing.move(form, at, -1 if operation == "up" else 1)
            what = f"Chuyển «{name}» {'lên' if operation == 'up' else 'xuống'}"
        elif operation == "copy":
            definition["form"], at = editing.duplicate(form, at)
            what = f"Sao chép «{name}»"
        elif operation == "delete":
            definition["form"] = editing.remove(form, at)
            if not definition["form"]["properties"]:
                definition["form"] = None
            what = f"Xóa «{name}»"
        elif operation == "drop":
            old = editing.pointer_of(form, at)
            changed, at = editing.move_before(form, at, before)
            definition["form"] = changed
            new = editing.pointer_of(changed, at)
            if old and new and old != new:
                definition = editing.repointed(definition, old, new)
            what = f"Chuyển chỗ «{name}»"
        else:
            if at not in BLOCKS:
                raise CannotEdit("Không có khối câu hỏi này.")
            what = f"Thêm khối «{BLOCKS[at].title}»"
            definition["form"], at = editing.add(form, before, BLOCKS[at].schema, key=_free(form, before, at))
    except CannotEdit as reason:
        return refused(request, str(reason), _back(one))
    parent = at.rpartition(".")[0]
    done = save(request, one, definition, what, then=_back(one, parent if operation == "delete" else at))
    return refused(request, done, _back(one)) if isinstance(done, str) else done


def _free(form: Mapping[str, Any] | None, parent: str, wanted: str) -> str:
    prefix = f"{parent}." if parent else ""
    taken = [node.key for node in editing.outline(form) if node.address == f"{prefix}{node.key}"]
    return editing.new_key(wanted, taken)


@require_POST
@guarded("procedures.edit")
@only_drafts
def undo_last(request: ActorRequest, one: Draft) -> HttpResponse:
    """Take the last change back, whichever page it was made on."""
    then = request.POST.get("then", "")
    known = {reverse(f"procedures:{name}", args=[one.version.pk]) for name in ("design", "design_form", "design_route",
             "design_papers", "design_fees", "design_results")}  # fmt: skip
    then = then if then in known else _back(one)
    try:
        what = undo(version_id=one.version.pk, seen=request.POST.get("seen", ""), actor=request.actor, now=request.now)
    except CannotDraft as reason:
        return refused(request, str(reason), then)
    messages.success(request, f"Đã hoàn tác: {what}.")
    return HttpResponseRedirect(then)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@guarded("procedures.edit")
@only_drafts
def new(request: ActorRequest, one: Draft) -> HttpResponse:
    """A new question or group: what kind, what it asks. The rest is set on its own page, which opens next."""
    form = form_of(one)
    given = request.POST or request.GET
    parent = given.get("in", "")
    holder = editing.element(form, parent) if parent else None
    if parent and (holder is None or not holder.holds_others):
        raise Http404("Không có nhóm này trong biểu mẫu.")
    kinds = [kind for kind in KINDS.values() if parent or kind.key in ("group", "list")]
    errors: dict[str, str] = {}
    told = ""
    if request.method == "POST":
        kind = next((kind for kind in kinds if kind.key == given.get("kind")), None)
        title = given.get("title", "").strip()[:300]
        if kind is None:
            errors["kind"] = "Chọn kiểu."
        if not title:
            errors["title"] = "Ghi câu hỏi hoặc tên nhóm."
        if kind and not errors:
            try:
                schema = {**kind.schema, "title": title}
                required = bool(given.get("required")) and kind.key not in ("group", "list", "checkbox")
                changed, at = editing.add(form, parent, schema, required=required or kind.key == "group")
            except CannotEdit as reason:
                errors["kind"] = str(reason)
            else:
                done = save(
                    request, one, {**one.definition, "form": changed}, f"Thêm «{title}»", then=_element_url(one, at)
                )
                if not isinstance(done, str):
                    return done
                told = done
                one = opened(request, one.version.pk)
    context = {
        "kinds": [(kind.key, kind.title) for kind in kinds],
        "given": given,
        "parent": parent,
        "holder": holder,
        "error_of": errors,
        "errors": list(errors.items()) + ([("", told)] if told else []),
        "back_url": _back(one, parent),
    }
    return page(request, "procedures/designer/field_new.html", one, "design_form", context, wrong=bool(errors or told))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@guarded("procedures.edit")
@only_drafts
def field(request: ActorRequest, one: Draft) -> HttpResponse:
    """Everything that can be set on one element."""
    form = form_of(one)
    at = (request.POST or request.GET).get("at", "")
    node = editing.element(form, at)
    if node is None:
        if not at:
            return HttpResponseRedirect(_back(one))
        if request.method == "POST":
            return refused(request, "Mục này đã bị người khác xóa hoặc đổi chỗ.", _back(one))
        raise Http404("Không có mục này trong biểu mẫu.")
    fields = fields_before(form, at)
    settings = shown(node.schema, node.key, node.required, fields)
    errors: dict[str, str] = {}
    told = ""
    if request.method == "POST":
        settings = _posted(request, settings)
        try:
            schema, key, required = applied(node.schema, node.key, node.required, settings, fields)
            changed, address = editing.replace(form, at, schema, key=key, required=required)
        except WrongSettings as wrong:
            errors = wrong.errors
        except CannotEdit as reason:
            errors["key"] = str(reason)
        else:
            definition = {**one.definition, "form": changed}
            old, now = editing.pointer_of(form, at), editing.pointer_of(changed, address)
            if old and now and old != now:
                definition = editing.repointed(definition, old, now)
            then = _element_url(one, address) if "stay" in request.POST else _back(one, address)
            done = save(request, one, definition, f"Sửa «{schema['title']}»", then=then)
            if not isinstance(done, str):
                return done
            told = done
            one = opened(request, one.version.pk)
    context = _field_context(one, node, settings, errors, fields, at)
    # The ids of the controls are the names of the texts.
    context["errors"] = ([("", told)] if told else []) + [
        (f"{name}_mode" if name == "when" else f"{name}-0" if name == "options" else name, text)
        for name, text in errors.items()
    ]
    return page(request, "procedures/designer/field.html", one, "design_form", context, wrong=bool(errors or told))


def _posted(request: ActorRequest, before: Settings) -> Settings:
    given = request.POST
    texts = {
        name: given.get(name, "").replace("\r\n", "\n")
        for name in before.texts
        if name in given or (name == "must_tick" and "must_tick" in controls(before.kind))
    }
    kept = {name: text for name, text in before.texts.items() if name not in texts}
    keys, titles = given.getlist("option_key")[:MOST_OPTIONS], given.getlist("option_title")
    places = given.getlist("option_place")
    rows = sorted(
        zip(keys, titles, places, strict=False),
        key=lambda row: int(row[2]) if str(row[2]).isdecimal() and len(str(row[2])) < 5 else MOST_OPTIONS,
    )
    options = tuple((str(key), str(title).strip()) for key, title, _ in rows if str(title).strip())
    mode, when = posted_rows(given, "when")
    return Settings(
        kind=before.kind,
        key=given.get("key", before.key).strip(),
        required="required" in given if "can_require" in given else before.required,
        texts={**kept, **texts},
        options=options if keys else before.options,
        mode=mode,
        rows=when,
    )


def _field_context(
    one: Draft, node: Node, settings: Settings, errors: Mapping[str, str], fields: Any, at: str
) -> dict[str, Any]:
    form = form_of(one)
    texts = settings.texts
    dates = [(ref.pointer, ref.title) for ref in fields if ref.schema.get("format") == "date"]
    options = [
        (number, key, title, number * 10 + 10)
        for number, (key, title) in enumerate([*settings.options, *([("", "")] * SPARE_OPTIONS)])
    ]
    pointer = editing.pointer_of(form, at)
    return {
        "node": node,
        "at": at,
        "kind": settings.kind,
        "kind_title": KINDS[settings.kind].title if settings.kind in KINDS else settings.kind,
        "kinds": [(key, KINDS[key].title) for key in kinds_instead(settings.kind)],
        "texts": texts,
        "controls": controls(settings.kind),
        "settings": settings,
        "can_require": settings.kind not in ("group", "list", "choices") or node.required,
        "options": options if settings.options else [],
        "dates": [("today", "hôm nay"), *dates],
        "worded": [
            (f"error_{key}", ERROR_TITLES.get(key, key), texts.get(f"error_{key}", ""), usual_error(node.schema, key))
            for key in error_keys(node.schema)
        ],
        "when": view_of(
            "when",
            settings.mode,
            settings.rows,
            fields,
            current=node.schema.get("x-when"),
            form=form,
            error=errors.get("when", ""),
        ),
        "error_of": errors,
        "defects": [told(defect) for defect in one.defects if editing.address_of(defect.path) == at],
        "readers": len(editing.readers_of(one.definition, pointer)) if pointer else 0,
        "back_url": _back(one, at),
        "here": version_url(one),
    }
