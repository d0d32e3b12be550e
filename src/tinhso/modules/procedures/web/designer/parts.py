"""The lists of a version beside its form: papers, fees, deadlines, results. One list page and one item page for all."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http import Http404, HttpResponse, QueryDict
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from tinhso.kernel.access.web import ActorRequest, guarded
from tinhso.modules.procedures.queries.designing import Draft
from tinhso.modules.procedures.rules import CHANNELS, DEADLINE_UNITS, RESULT_KINDS
from tinhso.modules.procedures.rules.condition_rows import FieldRef, WrongRow, fields_before
from tinhso.modules.procedures.rules.form_editing import new_key
from tinhso.modules.procedures.rules.forms import number as typed_number
from tinhso.modules.procedures.rules.messages import shown_number
from tinhso.modules.procedures.rules.wording import condition_in_words
from tinhso.modules.procedures.web.designer.conditions import condition_view, posted_condition, posted_rows, view_of
from tinhso.modules.procedures.web.designer.form_pages import form_of
from tinhso.modules.procedures.web.designer.frame import only_drafts, opened, page, refused, save, told

Item = dict[str, Any]
Options = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Input:
    """`control`: text, textarea, count, money, tick, choice, question (one field of the form), questions (several)."""

    name: str
    label: str
    control: str = "text"
    help: str = ""
    options: Options = ()
    nullable: bool = False
    wanted: bool = False


@dataclass(frozen=True)
class Part:
    """A list of the definition. `line`: what its line in the list says."""

    kind: str
    title: str
    one: str
    inputs: tuple[Input, ...]
    empty: Item
    read: Callable[[Mapping[str, Any]], list[Item]]
    write: Callable[[dict[str, Any], list[Item]], None]
    line: Callable[[Item], str]
    hint: str = ""
    has_when: bool = True
    name_of: str = "name"


def _plain(key: str) -> tuple[Callable[..., list[Item]], Callable[..., None]]:
    def read(definition: Mapping[str, Any]) -> list[Item]:
        return [item for item in definition.get(key) or [] if isinstance(item, dict)]

    def write(definition: dict[str, Any], items: list[Item]) -> None:
        definition[key] = items

    return read, write


def _cases(definition: Mapping[str, Any]) -> list[Item]:
    return [case for case in (definition.get("deadline") or {}).get("cases", []) if isinstance(case, dict)]


def _put_cases(definition: dict[str, Any], items: list[Item]) -> None:
    definition["deadline"] = {"cases": items} if items else None


def _paper_line(item: Item) -> str:
    parts = [f"{item.get('original') or 0} bản chính", f"{item.get('copy') or 0} bản sao"]
    return ", ".join([*parts, *([] if item.get("required", True) else ["không bắt buộc"])])


def _fee_line(item: Item) -> str:
    amount = item.get("amount")
    unit = f"/{item['unit']}" if item.get("unit") else ""
    return "chưa rõ mức" if amount is None else f"{shown_number(amount)} đồng{unit}"


PARTS: dict[str, Part] = {
    part.kind: part
    for part in (
        Part(
            "papers",
            "Giấy tờ phải nộp",
            "giấy tờ",
            (
                Input("name", "Tên giấy tờ", "textarea", wanted=True),
                Input("original", "Số bản chính", "count"),
                Input("copy", "Số bản sao", "count"),
                Input("required", "Bắt buộc phải có", "tick"),
                Input("present_only", "Chỉ xuất trình, không phải nộp", "tick"),
                Input("example", "Giải thích cho người nộp", "textarea", "Khi nào cần, lấy ở đâu."),
                Input("form_ref", "Mẫu đơn", "text", "Số hiệu mẫu, nếu có.", nullable=True),
            ),
            {
                "key": "", "name": "", "original": 1, "copy": 0, "required": True, "when": None, "present_only": False,
                "example": "", "form_ref": None,
            },
            *_plain("papers"),
            _paper_line,
            "Người dân tải từng giấy tờ lên ở trang «Giấy tờ» sau khi trả lời biểu mẫu; chỉ thấy những giấy tờ cần trong "
            "trường hợp của mình.",
        ),
        Part(
            "fees",
            "Phí, lệ phí",
            "khoản",
            (
                Input("name", "Tên khoản thu", wanted=True),
                Input("amount", "Số tiền (đồng)", "money", "Bỏ trống nếu chưa rõ mức.", nullable=True),
                Input("unit", "Tính theo", "text", "Ví dụ: bản, trường hợp, thửa.", nullable=True),
                Input("channel", "Chỉ khi nộp", "choice", options=tuple(CHANNELS.items()), nullable=True),
                Input("per_field", "Nhân với câu trả lời", "question", "Câu hỏi cho biết số bản, số thửa…", nullable=True),
                Input("note", "Ghi chú, căn cứ", "textarea"),
            ),
            {
                "key": "", "name": "", "amount": None, "unit": None, "channel": None, "when": None, "per_field": None,
                "note": "",
            },
            *_plain("fees"),
            _fee_line,
            "Không có khoản nào nghĩa là không thu phí.",
        ),
        Part(
            "terms",
            "Thời hạn giải quyết",
            "trường hợp",
            (
                Input("amount", "Thời hạn", "count", wanted=True),
                Input("unit", "Đơn vị", "choice", options=tuple(DEADLINE_UNITS.items()), wanted=True),
                Input("cutoff", "Nhận sau giờ này thì tính từ ngày làm việc tiếp theo", "text", "Dạng 15:00.", nullable=True),
                Input("note", "Ghi chú", "textarea"),
            ),
            {"when": None, "amount": 1, "unit": "working_day", "cutoff": None, "note": ""},
            _cases,
            _put_cases,
            lambda item: f"{item.get('amount')} {DEADLINE_UNITS.get(str(item.get('unit')), '')}",
            "Xét từ trên xuống: trường hợp đầu tiên đúng thì theo. Trường hợp cuối không có điều kiện.",
            name_of="note",
        ),
        Part(
            "results",
            "Kết quả",
            "kết quả",
            (
                Input("name", "Tên giấy tờ trả cho người dân", wanted=True),
                Input("kind", "Loại", "choice", options=tuple(RESULT_KINDS.items()), wanted=True),
                Input("validity", "Có giá trị trong", "text", "Dạng P6M (6 tháng), P2Y (2 năm); bỏ trống nếu không hạn.", nullable=True),
                Input("fields", "In những câu trả lời nào lên kết quả", "questions"),
            ),
            {"key": "", "name": "", "kind": "decision", "template": "generic", "validity": None, "fields": []},
            *_plain("result"),
            lambda item: RESULT_KINDS.get(str(item.get("kind")), ""),
            has_when=False,
        ),
    )
}  # fmt: skip
_PATHS = {"papers": "/papers", "fees": "/fees", "terms": "/deadline/cases", "results": "/result"}


@dataclass(frozen=True)
class Line:
    number: int
    title: str
    text: str
    when: str
    url: str
    problems: list[str] = field(default_factory=list)


def _list_url(one: Draft, kind: str) -> str:
    return reverse(f"procedures:design_{kind}", args=[one.version.pk])


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@guarded("procedures.edit")
@only_drafts
def items(request: ActorRequest, one: Draft, kind: str) -> HttpResponse:
    """The list with its buttons: up, down, delete (undone at the top of the page)."""
    part = PARTS[kind]
    known = part.read(one.definition)
    if request.method == "POST":
        operation, _, text = request.POST.get("do", "").partition(":")
        number = int(text) if text.isdecimal() and len(text) < 5 else -1
        back = _list_url(one, kind)
        if operation == "known" and kind == "fees":
            done = save(
                request, one, {**one.definition, "fees": [] if text == "free" else None}, "Ghi mức phí", then=back
            )
            return refused(request, done, back) if isinstance(done, str) else done
        if not 0 <= number < len(known) or operation not in ("up", "down", "delete"):
            return refused(request, "Mục này không còn trong danh sách. Trang đã được tải lại.", back)
        changed = list(known)
        item = changed.pop(number)
        if operation != "delete":
            changed.insert(max(number + (1 if operation == "down" else -1), 0), item)
        definition = copy.deepcopy(one.definition)
        part.write(definition, changed)
        verb = "Xóa" if operation == "delete" else "Chuyển chỗ"
        done = save(request, one, definition, f"{verb} {part.one} «{_name(part, item)}»", then=back)
        return refused(request, done, back) if isinstance(done, str) else done
    form = form_of(one)
    lines = [
        Line(
            number,
            _name(part, item),
            part.line(item),
            condition_in_words(item.get("when"), form) if item.get("when") else "",
            f"{_list_url(one, kind)}{number}/",
            [told(defect) for defect in one.defects_below(f"{_PATHS[kind]}/{number}")],
        )
        for number, item in enumerate(known)
    ]
    context = {
        "part": part,
        "lines": lines,
        "new_url": f"{_list_url(one, kind)}{len(known)}/",
        "last": len(known) - 1,
        "unknown": kind == "fees" and one.definition.get("fees") is None,
        "others": [told(d) for d in one.defects_below(_PATHS[kind].rpartition("/")[0] if kind == "terms" else _PATHS[kind])
                   if d.path in ("/deadline", "/deadline/cases", _PATHS[kind])],
    }  # fmt: skip
    return page(request, "procedures/designer/parts.html", one, f"design_{kind}", context)


def _name(part: Part, item: Item) -> str:
    text = str(item.get(part.name_of) or item.get("name") or part.line(item))
    return text if len(text) < 200 else text[:199] + "…"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@guarded("procedures.edit")
@only_drafts
def item(request: ActorRequest, one: Draft, kind: str, number: int) -> HttpResponse:
    """One item, or a new one where the number is the length of the list."""
    part = PARTS[kind]
    known = part.read(one.definition)
    if number > len(known):
        if request.method == "POST":
            return refused(request, "Mục này đã bị người khác xóa.", _list_url(one, kind))
        raise Http404("Không có mục này.")
    is_new = number == len(known)
    before = copy.deepcopy(part.empty) if is_new else known[number]
    form = form_of(one)
    fields = fields_before(form, None)
    errors: dict[str, str] = {}
    unsaved = ""
    values = {one_input.name: _shown(one_input, before.get(one_input.name)) for one_input in part.inputs}
    when = condition_view("when", before.get("when"), fields, form)
    if request.method == "POST":
        changed = copy.deepcopy(before)
        posted = {one_input.name: _posted(one_input, request.POST) for one_input in part.inputs}
        for one_input in part.inputs:
            if one_input.control == "questions":
                # As they stand now, then the new ones: the order is that of the printed result.
                now, wanted = values[one_input.name], posted[one_input.name]
                posted[one_input.name] = [at for at in now if at in wanted] + [at for at in wanted if at not in now]
            if posted[one_input.name] != values[one_input.name] or is_new:
                _apply(one_input, changed, posted[one_input.name], errors)
        if part.has_when:
            try:
                condition = posted_condition(request.POST, "when", before.get("when"), fields)
                if condition != before.get("when"):
                    changed["when"] = condition
            except WrongRow as wrong:
                errors["when"] = str(wrong)
        if "key" in changed and not changed["key"]:
            changed["key"] = new_key(str(changed.get("name", "")), [str(other.get("key")) for other in known])
        if not errors:
            definition = copy.deepcopy(one.definition)
            part.write(definition, [*known[:number], changed, *known[number + 1 :]])
            done = save(
                request, one, definition, f"{'Thêm' if is_new else 'Sửa'} {part.one}", then=_list_url(one, kind)
            )
            if not isinstance(done, str):
                return done
            unsaved = done
            one = opened(request, one.version.pk)
        values = posted
        mode, rows = posted_rows(request.POST, "when")
        when = view_of("when", mode, rows, fields, current=before.get("when"), form=form, error=errors.get("when", ""))
    context = {
        "part": part,
        "is_new": is_new,
        "inputs": [_drawn(one_input, values[one_input.name], fields, errors) for one_input in part.inputs],
        "when": when,
        "back_url": _list_url(one, kind),
        "problems": [] if is_new else [told(defect) for defect in one.defects_below(f"{_PATHS[kind]}/{number}")],
        "errors": ([("", unsaved)] if unsaved else [])
        + [("when_mode" if name == "when" else name, text) for name, text in errors.items()],
    }
    return page(request, "procedures/designer/part.html", one, f"design_{kind}", context, wrong=bool(errors or unsaved))


def _shown(one: Input, value: Any) -> Any:
    if one.control == "questions":
        return [str(part) for part in value or []]
    if one.control == "tick":
        return bool(value)
    return "" if value is None else shown_number(value) if one.control == "money" else str(value)


def _posted(one: Input, given: QueryDict) -> Any:
    if one.control == "questions":
        return [str(part) for part in given.getlist(one.name)][:200]
    if one.control == "tick":
        return one.name in given
    return given.get(one.name, "").replace("\r\n", "\n").strip()[:2000]


def _apply(one: Input, changed: Item, posted: Any, errors: dict[str, str]) -> None:
    if one.control in ("questions", "tick"):
        changed[one.name] = posted
        return
    if not posted and one.wanted:
        errors[one.name] = f"«{one.label}» còn trống."
        return
    if one.control in ("count", "money"):
        amount = typed_number(posted) if posted else None
        if posted and (not isinstance(amount, int) or amount < 0):
            errors[one.name] = f"«{one.label}» phải là số nguyên không âm."
            return
        changed[one.name] = amount if amount is not None or one.nullable else 0
        return
    if one.control == "choice" and posted and posted not in dict(one.options):
        errors[one.name] = f"Chọn một mục trong danh sách cho «{one.label}»."
        return
    changed[one.name] = posted or (None if one.nullable else "")


def _drawn(one: Input, value: Any, fields: Sequence[FieldRef], errors: Mapping[str, str]) -> dict[str, Any]:
    questions = [(ref.pointer, ref.title) for ref in fields if not ref.pointer.startswith("/applicant/")]
    if one.control == "questions":
        # A whole group may be printed too: it stays on offer where it was chosen.
        offered = {pointer for pointer, _ in questions}
        questions += [(pointer, pointer) for pointer in value if pointer not in offered]
    return {
        "name": one.name,
        "label": one.label,
        "help": one.help,
        "control": "choice" if one.control == "question" else one.control,
        "options": questions if one.control in ("question", "questions") else list(one.options),
        "required": one.wanted,
        "value": value,
        "error": errors.get(one.name, ""),
    }
