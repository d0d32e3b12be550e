"""One page to put a dossier right: only what the request (form 02) names, each thing at its place; and to withdraw it.

For the owner, for whoever opened the dossier by code and PIN, and for a clerk who does it for them at the counter.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, BinaryIO, cast
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache

from tinhso.kernel.access.web import ActorRequest, guarded
from tinhso.kernel.files.api import ACCEPTED, FileRefused, megabytes, respond
from tinhso.modules.archive import api as archive
from tinhso.modules.dossiers.models import Dossier, SupplementRequest
from tinhso.modules.dossiers.queries.actions import AnswerFile, ItemInfo, SupplementInfo, answer_files, history_of
from tinhso.modules.dossiers.queries.reading import DossierView
from tinhso.modules.dossiers.rules import ItemKind, PaperKind, State, may_become
from tinhso.modules.dossiers.services import printing, printing_forms
from tinhso.modules.dossiers.services.answering import (
    FREE,
    Answer,
    CannotAnswer,
    answer_of,
    attach_answer,
    detach_answer,
    open_request,
    save_answer,
    send_answer,
    take_answer_from_store,
    why_closed,
)
from tinhso.modules.dossiers.services.reusing import offers_for_answer
from tinhso.modules.dossiers.services.stopping import CannotWithdraw, papers_in_hand, withdraw
from tinhso.modules.dossiers.services.submitting import Problem, ReceivedPaper
from tinhso.modules.dossiers.services.supplement_fields import groups_of, merged, value_at, within
from tinhso.modules.dossiers.web.citizen import visitor
from tinhso.modules.dossiers.web.citizen.papers import ACCEPT
from tinhso.modules.dossiers.web.citizen.tracking import refuse, see
from tinhso.modules.procedures import api as procedures
from tinhso.modules.procedures.web.forms import FieldView, GroupView, ListView, PageView, element_id, render_context

HANDED = [(kind.value, kind.title) for kind in (PaperKind.ORIGINAL, PaperKind.CERTIFIED, PaperKind.COPY)]


@dataclass(frozen=True)
class Box:
    """One thing of the page. `part`: the question to draw; `files`: what is attached; `text`: what was written."""

    id: str
    number: int
    title: str
    note: str
    part: Any = None
    paper_key: str = ""
    files: tuple[AnswerFile, ...] = ()
    errors: tuple[str, ...] = ()
    text: str = ""
    is_text: bool = False
    handed: str = ""
    locked: str = ""
    offered: tuple[archive.DocumentInfo, ...] = ()
    not_offered: tuple[archive.DocumentInfo, ...] = ()

    @property
    def needs_file(self) -> bool:
        return not self.is_text and not self.files


def _frame(request: ActorRequest) -> str:
    return "ui/officer.html" if request.actor.kind == "officer" else "ui/citizen.html"


@never_cache
@guarded("dossiers.answer_supplement")
def supplement(request: ActorRequest, public_id: UUID) -> HttpResponseBase:
    """What is asked for, with what is wrong; every button keeps what was typed and uploaded first."""
    seen = see(request, public_id)
    if seen is None:
        return refuse(request)
    view = seen.view
    dossier = Dossier.objects.get(pk=view.id)
    row = open_request(dossier)
    info = history_of(view).open_supplement
    if row is None or info is None or view.state != State.SUPPLEMENT_REQUESTED:
        return _nothing_open(request, view, dossier)
    same: dict[str, Any] = {"dossier_id": view.id, "actor": request.actor, "opened": visitor.opened(request)}
    refused: dict[str, list[str]] = {}
    problems: tuple[Problem, ...] = ()
    if request.method == "POST":
        try:
            here = _keep(request, dossier, row, info, same)
            refused = _receive(request, same)
            chosen_key, _, chosen = request.POST.get("_reuse", "").partition("/")
            if chosen_key:
                here = request.GET.get("at", "")[:80]
                try:
                    take_answer_from_store(paper_key=chosen_key[:60], document=_uuid(chosen), now=request.now, **same)
                except CannotAnswer as why:
                    here, refused = None, {**refused, chosen_key[:60]: [str(why)]}
            taken_off = request.POST.get("_remove_file", "")
            if taken_off.isascii() and taken_off.isdigit() and len(taken_off) < 18:
                detach_answer(file_row=int(taken_off), **same)
                here = request.GET.get("at", "")[:80]
            if here is not None:
                return HttpResponseRedirect(f"{request.path}#{here}")
            if "send" in request.POST and not refused:
                return _send(request, view, info, same)
        except CannotAnswer as refusal:
            if not refusal.problems:
                messages.warning(request, str(refusal))
                return redirect(_back(request, view))
            problems = refusal.problems
        if not refused and not problems:
            messages.success(request, "Đã lưu. Bạn có thể đóng trang và làm tiếp sau; nhớ bấm «Gửi bổ sung».")
            return redirect("dossiers:supplement", public_id=public_id)
        row.refresh_from_db()
    answer = answer_of(dossier, row, today=request.now)
    boxes, pages = _boxes(request, dossier, row, info, answer, problems, refused)
    offers = offers_for_answer(
        dossier,
        [box.paper_key for box in boxes if box.paper_key and not box.is_text],
        actor=request.actor,
        now=request.now,
    )
    boxes = [_with_offers(box, offers) for box in boxes]
    if not seen.whole:
        boxes = [_without_private(box, _form(dossier), row) for box in boxes]
    context = {
        "frame": _frame(request),
        "view": view,
        "request_info": info,
        "late": request.now > info.answer_by_at,
        "boxes": boxes,
        "datalists": [pair for page in pages for pair in page.datalists],
        "summary": [(box.id, error) for box in boxes for error in box.errors]
        + [(element_id(p.field), p.message) for p in problems if p.page == "form"],
        "back": _back(request, view),
        "at_counter": request.actor.kind == "officer",
        "handed": HANDED,
        "accept": ACCEPT,
        "accepted": ACCEPTED,
        "max_bytes": settings.FILES_MAX_BYTES,
        "max_size": megabytes(settings.FILES_MAX_BYTES),
    }
    return render(request, "dossiers/citizen/supplement.html", context, status=422 if problems or refused else 200)


def _nothing_open(request: ActorRequest, view: DossierView, dossier: Dossier) -> HttpResponse:
    """Answered already, or the agency has stopped: said plainly, on a page of its own."""
    context = {"frame": _frame(request), "view": view, "message": why_closed(dossier), "back": _back(request, view)}
    return render(request, "dossiers/citizen/supplement_closed.html", context, status=409)


def _back(request: ActorRequest, view: DossierView) -> str:
    return reverse("dossiers:show" if request.actor.kind == "officer" else "dossiers:follow", args=[view.public_id])


def _keep(
    request: ActorRequest, dossier: Dossier, row: SupplementRequest, info: SupplementInfo, same: dict[str, Any]
) -> str | None:
    """Keep what was typed. Returns where to stand next when a button of a repeated group was pressed."""
    answer = answer_of(dossier, row, today=request.now)
    form = _form(dossier)
    posted: dict[str, Any] = {}
    for group in groups_of(answer.fields):
        posted.update(procedures.from_post(form, request.POST, group=group))
    shown = {pointer for pointer in answer.fields if f"shown.{pointer}" in request.POST}
    values = {pointer: value_at(posted, pointer) for pointer in shown}
    data, here = procedures.apply_list_action(form, merged(dossier.form_data, values), request.POST)
    if here is not None:
        values = {pointer: value_at(data, pointer) for pointer in shown}
    texts = {
        item.position: request.POST.get(f"text.{item.position}", "")
        for item in info.items
        if item.kind == ItemKind.TEXT
    }
    save_answer(fields=values, texts=texts, now=request.now, **same)
    row.refresh_from_db()
    return None if here is None else element_id(here.replace(".", "/"))


def _receive(request: ActorRequest, same: dict[str, Any]) -> dict[str, list[str]]:
    """Attach all that came. Key of a paper → why files were refused."""
    refused: dict[str, list[str]] = {}
    for name in request.FILES:
        if not name.startswith("paper."):
            continue
        key = name.removeprefix("paper.")[:60]
        for upload in request.FILES.getlist(name):
            filename = upload.name or "tep"
            try:
                attach_answer(paper_key=key, stream=cast(BinaryIO, upload), filename=filename, now=request.now, **same)
            except FileRefused as refusal:
                refused.setdefault(key, []).append(f"{filename[:80]}: {refusal}")
    return refused


def _send(request: ActorRequest, view: DossierView, info: SupplementInfo, same: dict[str, Any]) -> HttpResponseBase:
    done = send_answer(received=_handed_over(request, info), now=request.now, **same)
    text = "Đã gửi bổ sung. Hồ sơ được chuyển lại nơi giải quyết."
    if done.late:
        text += (
            f" Bạn gửi sau hạn ({info.answer_by_at.astimezone(request.now.tzinfo):%d/%m/%Y}) nhưng cơ quan chưa dừng "
            "giải quyết nên hồ sơ vẫn được nhận."
        )
    messages.success(request, text)
    return redirect(_back(request, view))


def _handed_over(request: ActorRequest, info: SupplementInfo) -> list[ReceivedPaper]:
    """Papers that a clerk ticked as received on paper."""
    if request.actor.kind != "officer":
        return []
    known = {kind for kind, _ in HANDED}
    return [
        ReceivedPaper(name.removeprefix("handed.")[:60], PaperKind(value))
        for name, value in request.POST.items()
        if name.startswith("handed.") and isinstance(value, str) and value in known
    ]


def _form(dossier: Dossier) -> Mapping[str, Any]:
    definition = procedures.version(dossier.version_id).definition
    return (definition.form if definition else None) or {"type": "object", "properties": {}}


def _boxes(
    request: ActorRequest,
    dossier: Dossier,
    row: SupplementRequest,
    info: SupplementInfo,
    answer: Answer,
    problems: tuple[Problem, ...],
    refused: dict[str, list[str]],
) -> tuple[list[Box], list[PageView]]:
    """The items in their order, then what the answers brought with them."""
    files = answer_files(row.pk)
    parts, pages = _parts(request, dossier, row, answer, problems)
    names = {
        paper.key: paper.name
        for paper in procedures.papers_for(dossier.version_id, {**answer.data, **_context(dossier)})
    }
    boxes: list[Box] = []
    for item in info.items:
        boxes.append(_box(request, item, row, parts, files, problems, refused))
    asked = {item.target for item in info.items}
    more = "Cần thêm vì câu trả lời của bạn ở trên."
    for pointer in answer.fields:
        if pointer not in asked and pointer in parts:
            boxes.append(Box(f"field-{element_id(pointer)}", 0, "", more, part=parts[pointer]))
    for key in answer.paper_keys:
        if key not in asked:
            errors = (*_told(problems, "papers", key), *refused.get(key, ()))
            boxes.append(
                Box(
                    f"paper-{key}", 0, names.get(key, key), more, paper_key=key, files=tuple(files.get(key, ())),
                    errors=errors, handed=request.POST.get(f"handed.{key}", ""),
                )
            )  # fmt: skip
    return boxes, pages


def _box(
    request: ActorRequest,
    item: ItemInfo,
    row: SupplementRequest,
    parts: Mapping[str, Any],
    files: Mapping[str, list[AnswerFile]],
    problems: tuple[Problem, ...],
    refused: Mapping[str, list[str]],
) -> Box:
    if item.kind == ItemKind.FIELD:
        return Box(f"item-{item.position}", item.position, item.label, item.note, part=parts.get(item.target))
    key = item.target if item.kind == ItemKind.PAPER else f"{FREE}{item.position}"
    page, field = ("papers", key) if item.kind == ItemKind.PAPER else ("texts", str(item.position))
    return Box(
        f"item-{item.position}",
        item.position,
        item.label,
        item.note,
        paper_key=key,
        files=tuple(files.get(key, ())),
        errors=(*_told(problems, page, field), *refused.get(key, ())),
        text=str(row.values.get("texts", {}).get(str(item.position), "")),
        is_text=item.kind == ItemKind.TEXT,
        handed=request.POST.get(f"handed.{key}", ""),
    )


OFFERS_SHOWN = 3


def _with_offers(box: Box, offers: Mapping[str, archive.Offer]) -> Box:
    """What the person's store has for the paper of this box; nothing when it was taken or uploaded already."""
    offer = offers.get(box.paper_key)
    if offer is None or box.is_text or box.files:
        return box
    return replace(box, offered=offer.usable[:OFFERS_SHOWN], not_offered=offer.unusable[:OFFERS_SHOWN])


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise CannotAnswer("Giấy tờ này không có trong kho của người nộp hồ sơ. Hãy tải lại trang.") from None


PRIVATE = ("identity", "phone", "email")
RETYPE = "Bạn xem bằng mã PIN nên số đã ghi không hiện ở đây. Hãy nhập lại cho đúng."
LOCKED = (
    "Danh sách này có số định danh hoặc điện thoại nên không mở bằng mã PIN. Hãy đăng nhập tài khoản đã nộp hồ sơ, "
    "hoặc đến nơi tiếp nhận để sửa; nếu danh sách đã đúng thì không phải làm gì."
)


def _without_private(box: Box, form: Mapping[str, Any], row: SupplementRequest) -> Box:
    """A PIN opens the dossier without the numbers of people: one is typed anew, a list with such numbers stays shut."""
    if box.part is None:
        return box
    schema: Any = form
    for step in box.part.pointer.strip("/").split("/"):
        schema = schema.get("properties", {}).get(step, {})
    if not _is_private(schema):
        return box
    if isinstance(box.part, FieldView):
        if box.part.pointer in row.values.get("fields", {}):
            return box
        return replace(box, part=replace(box.part, value="", help=RETYPE))
    return replace(box, part=None, locked=LOCKED)


def _is_private(schema: Mapping[str, Any]) -> bool:
    below = [*schema.get("properties", {}).values(), *([schema["items"]] if "items" in schema else [])]
    return schema.get("x-widget") in PRIVATE or any(_is_private(child) for child in below)


def _told(problems: tuple[Problem, ...], page: str, field: str) -> list[str]:
    return [problem.message for problem in problems if (problem.page, problem.field) == (page, field)]


def _context(dossier: Dossier) -> dict[str, Any]:
    return {"applicant": {"acting_as": dossier.acting_as}}


def _parts(
    request: ActorRequest, dossier: Dossier, row: SupplementRequest, answer: Answer, problems: tuple[Problem, ...]
) -> tuple[dict[str, Any], list[PageView]]:
    """Pointer → the question as the form draws it, for those that are asked."""
    form = _form(dossier)
    values = merged(dossier.form_data, row.values.get("fields", {}))
    errors = {problem.field: problem.message for problem in problems if problem.page == "form"}
    parts: dict[str, Any] = {}
    pages = []
    for group in groups_of(answer.fields):
        page = render_context(form, group, values, errors, today=request.now.date(), context=_context(dossier))
        pages.append(page)
        _find(page.body, answer.fields, parts)
    return parts, pages


def _find(part: GroupView | ListView | FieldView, wanted: tuple[str, ...], found: dict[str, Any]) -> None:
    if part.pointer in wanted:
        # Asked for by name: it stands here whatever the conditions of the form would hide.
        found[part.pointer] = replace(part, shown=True, when="")
    elif isinstance(part, GroupView):
        for child in part.parts:
            if within(child.pointer, wanted) or any(want.startswith(f"{child.pointer}/") for want in wanted):
                _find(child, wanted, found)


@guarded("dossiers.answer_supplement")
def answer_file(request: ActorRequest, public_id: UUID, row_id: int) -> HttpResponseBase:
    """See a file attached to the answer that is being written."""
    seen = see(request, public_id)
    if seen is None:
        return refuse(request)
    row = open_request(Dossier.objects.get(pk=seen.view.id))
    attached = [file for files in (answer_files(row.pk) if row else {}).values() for file in files]
    found = next((file for file in attached if file.id == row_id), None)
    if found is None:
        raise Http404
    return respond(found.file_id, inline=True, request=request)


@never_cache
@guarded("dossiers.withdraw")
def withdrawal(request: ActorRequest, public_id: UUID) -> HttpResponseBase:
    """Take the dossier back: what it means, a tick, and it is over."""
    seen = see(request, public_id)
    if seen is None:
        return refuse(request)
    view = seen.view
    at_counter = request.actor.kind == "officer"
    if not may_become(view.state, State.WITHDRAWN):
        return redirect(_back(request, view))
    error = ""
    if request.method == "POST":
        try:
            withdraw(
                dossier_id=view.id,
                confirmed=request.POST.get("confirmed") == "1",
                reason=request.POST.get("reason", ""),
                channel=request.POST.get("channel", "") if at_counter else "online",
                actor=request.actor,
                now=request.now,
                opened=visitor.opened(request),
            )
        except CannotWithdraw as refusal:
            error = str(refusal)
        else:
            messages.success(request, "Đã rút hồ sơ. Thông báo dừng giải quyết (mẫu 05) có ở trang này.")
            return redirect(_back(request, view))
    context = {
        "frame": _frame(request),
        "view": view,
        "at_counter": at_counter,
        "channels": [("counter", "Trực tiếp tại quầy"), ("post", "Qua dịch vụ bưu chính")],
        "papers": papers_in_hand(view.id),
        "reason": request.POST.get("reason", ""),
        "channel": request.POST.get("channel", ""),
        "error": error,
        "back": _back(request, view),
        "money": view.money_state,
    }
    return render(request, "dossiers/citizen/withdraw.html", context, status=422 if error else 200)


@guarded("dossiers.track")
def form_pdf(request: ActorRequest, public_id: UUID, form: str, number: int) -> HttpResponseBase:
    """Forms 02, 04 and 05 of the dossier, for whoever may see it. `number`: of the request or the apology."""
    seen = see(request, public_id)
    if seen is None:
        return refuse(request)
    past = history_of(seen.view)
    who: dict[str, Any] = {"actor": request.actor, "now": request.now}
    try:
        if form == "supplement" and any(one.id == number for one in past.supplements):
            file_id = printing_forms.ensure_supplement_request(request_id=number, **who)
        elif form == "apology" and any(one.id == number for one in past.apologies):
            file_id = printing_forms.ensure_apology(apology_id=number, **who)
        elif form == "stop" and past.closing is not None:
            file_id = printing_forms.ensure_stop_notice(dossier_id=seen.view.id, **who)
        else:
            raise Http404
    except printing.NothingToPrint:
        raise Http404 from None
    return respond(file_id, inline=True, request=request)
