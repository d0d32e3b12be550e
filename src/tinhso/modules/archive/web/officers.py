"""Officers' pages: look into a store with a purpose, prove whose it is, revoke, and keep the catalogue of kinds."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from tinhso.kernel.access.api import allow, reach
from tinhso.kernel.access.web import ActorRequest, guarded, local_day
from tinhso.kernel.files.api import respond
from tinhso.modules.archive.models import Document, StoreLook
from tinhso.modules.archive.queries.catalogue import kinds_page
from tinhso.modules.archive.queries.documents import DocumentInfo, document, kept_by
from tinhso.modules.archive.queries.offering import kinds
from tinhso.modules.archive.queries.proofs import uses_of_documents
from tinhso.modules.archive.queries.seeing import who_may_see
from tinhso.modules.archive.queries.store import row_of, within_reach
from tinhso.modules.archive.services.keeping import CannotKeep, CannotRevoke, confirm_owner, revoke
from tinhso.modules.archive.services.kinds import CannotMap, end_mapping, map_paper
from tinhso.modules.archive.services.looking import CannotSearch, look_at, look_for, open_look
from tinhso.modules.archive.services.proving import CannotProve, end_link, prove_at_counter
from tinhso.modules.archive.web.reading import number_of


@never_cache
@guarded("archive.search")
def search(request: ActorRequest) -> HttpResponse:
    """By number only, with a purpose. A number never stands in an address."""
    number, purpose = request.POST.get("number", "")[:40], request.POST.get("purpose", "")[:300]
    errors: dict[str, str] = {}
    nothing = False
    if request.method == "POST":
        try:
            look = look_for(number=number, purpose=purpose, actor=request.actor, now=request.now)
        except CannotSearch as refusal:
            errors = {refusal.field: str(refusal)}
        else:
            if look is not None:
                return redirect("archive:store", look)
            nothing = True
    context = {
        "number": number,
        "purpose": purpose,
        "errors": errors,
        "summary": list(errors.items()),
        "nothing": nothing,
    }
    return render(request, "archive/search.html", context, status=422 if errors else 200)


@never_cache
@require_GET
@guarded("archive.search")
def store(request: ActorRequest, look_id: int) -> HttpResponse:
    """What of the store lies within the officer's rights; of the rest only how much there is."""
    look = open_look(look_id=look_id, actor=request.actor, now=request.now)
    documents, others = within_reach(look.holder_id, reach(request.actor, "archive.view"), local_day(request.now))
    context = {"look": look, "documents": documents, "others": others}
    return render(request, "archive/store.html", context)


def _within(request: ActorRequest, look_id: int, public_id: UUID) -> tuple[StoreLook, Document, DocumentInfo]:
    look = open_look(look_id=look_id, actor=request.actor, now=request.now)
    row = row_of(public_id)
    found = document(public_id, local_day(request.now))
    if row is None or found is None or row.holder_id != look.holder_id:
        raise Http404
    look_at(look=look, document=row, actor=request.actor, now=request.now)
    return look, row, found


@never_cache
@require_GET
@guarded("archive.view")
def store_document(request: ActorRequest, look_id: int, public_id: UUID) -> HttpResponse:
    """One document of the store; the look is written down."""
    look, _, found = _within(request, look_id, public_id)
    return _show(request, look, found)


@never_cache
@require_GET
@guarded("archive.view")
def who_sees(request: ActorRequest, look_id: int, public_id: UUID) -> HttpResponse:
    """«Ai xem được giấy tờ này, vì sao»; and who did look."""
    look, _, found = _within(request, look_id, public_id)
    context = {
        "look": look,
        "document": found,
        "eyes": who_may_see(found, now=request.now),
        "tabs": _tabs(look_id, public_id, "who_sees"),
    }
    return render(request, "archive/who_sees.html", context)


def _tabs(look_id: int, public_id: UUID, current: str) -> list[dict[str, object]]:
    return [
        {"title": title, "url": reverse(f"archive:{name}", args=[look_id, public_id]), "current": name == current}
        for name, title in (("store_document", "Giấy tờ"), ("who_sees", "Ai xem được"))
    ]


def _show(
    request: ActorRequest, look: StoreLook, found: DocumentInfo, place: str = "", error: str = ""
) -> HttpResponse:
    on = kept_by(found.keeper_id, local_day(request.now))
    context = {
        "look": look,
        "document": found,
        "tabs": _tabs(look.pk, found.public_id, "store_document"),
        "uses": uses_of_documents([found.id]),
        "may_revoke": found.ended_at is None and bool(allow(request.actor, "archive.revoke", on)),
        "may_confirm": found.standing == "withheld" and bool(allow(request.actor, "archive.keep", on)),
        "place": place,
        "error": error,
        "errors": [(place, error)] if error else [],
        "typed": request.POST,
    }
    return render(request, "archive/store_document.html", context, status=422 if error else 200)


@never_cache
@require_GET
@guarded("archive.view")
def store_file(request: ActorRequest, look_id: int, public_id: UUID) -> HttpResponseBase:
    """Its file."""
    _, row, _ = _within(request, look_id, public_id)
    return respond(row.file_id, inline="save" not in request.GET, request=request)


@require_POST
@guarded("archive.revoke")
def revoke_document(request: ActorRequest, look_id: int, public_id: UUID) -> HttpResponse:
    """The document was withdrawn by decision."""
    look, row, found = _within(request, look_id, public_id)
    try:
        revoke(document_id=row.pk, reason=request.POST.get("reason", ""), actor=request.actor, now=request.now)
    except CannotRevoke as refusal:
        return _show(request, look, found, "reason", str(refusal))
    messages.success(request, "Đã ghi nhận thu hồi. Giấy tờ không còn được đề nghị dùng lại.")
    return redirect("archive:store_document", look_id, public_id)


@require_POST
@guarded("archive.keep")
def confirm_document_owner(request: ActorRequest, look_id: int, public_id: UUID) -> HttpResponse:
    """A held-back document is this holder's after all."""
    look, row, found = _within(request, look_id, public_id)
    try:
        confirm_owner(
            document_id=row.pk, evidence=request.POST.get("evidence", ""), actor=request.actor, now=request.now
        )
    except CannotKeep as refusal:
        return _show(request, look, found, "evidence", str(refusal))
    messages.success(request, "Đã xác nhận chủ của giấy tờ.")
    return redirect("archive:store_document", look_id, public_id)


OWNER_FIELDS = ("username", "number", "full_name", "evidence", "reason")


@never_cache
@guarded("archive.prove_owner")
def prove(request: ActorRequest) -> HttpResponse:
    """With the card in hand: this account is this person's; or it is no longer."""
    values = {name: request.POST.get(name, "")[:300] for name in OWNER_FIELDS}
    errors: dict[str, str] = {}
    if request.method == "POST":
        try:
            if "end" in request.POST:
                end_link(number=values["number"], reason=values["reason"], actor=request.actor, now=request.now)
                messages.success(request, "Đã kết thúc liên kết giữa tài khoản và kho.")
            else:
                prove_at_counter(
                    username=values["username"],
                    number=values["number"],
                    full_name=values["full_name"],
                    evidence=values["evidence"],
                    seen="seen" in request.POST,
                    actor=request.actor,
                    now=request.now,
                )
                messages.success(request, "Đã mở kho giấy tờ cho tài khoản này.")
            return redirect("archive:prove")
        except CannotProve as refusal:
            errors = {refusal.field or "username": str(refusal)}
    ending = "end" in request.POST
    context = {
        "values": values,
        "seen": "seen" in request.POST,
        "errors": {} if ending else errors,
        "end_errors": errors if ending else {},
        "summary": [(f"end-{name}" if ending else name, message) for name, message in errors.items()],
    }
    return render(request, "archive/prove.html", context, status=422 if errors else 200)


@never_cache
@guarded("archive.kinds")
def catalogue(request: ActorRequest) -> HttpResponse:
    """The kinds and what they are mapped to; archivists add a mapping."""
    error = ""
    on = local_day(request.now)
    if request.method == "POST":
        try:
            map_paper(
                kind_id=number_of(request.POST.get("kind")) or 0,
                procedure_code=request.POST.get("procedure", ""),
                part=request.POST.get("part", ""),
                key=request.POST.get("key", "").strip(),
                valid_from=on,
                actor=request.actor,
                now=request.now,
            )
        except CannotMap as refusal:
            error = str(refusal)
        else:
            messages.success(request, "Đã xếp giấy tờ vào loại.")
            return redirect("archive:kinds")
    context = {
        "lines": kinds_page(on),
        "kinds": [(str(number), name) for number, name, _ in kinds(on)],
        "may_edit": bool(allow(request.actor, "archive.edit_kinds")),
        "error": error,
        "errors": [("procedure", error)] if error else [],
        "typed": request.POST,
        "parts": [("paper", "Thành phần hồ sơ"), ("result", "Kết quả")],
    }
    return render(request, "archive/kinds.html", context, status=422 if error else 200)


@require_POST
@guarded("archive.edit_kinds")
def end_kind_mapping(request: ActorRequest, mapping_id: int) -> HttpResponse:
    try:
        end_mapping(mapping_id=mapping_id, last_day=local_day(request.now), actor=request.actor, now=request.now)
    except CannotMap as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "Từ ngày mai giấy tờ này không còn được coi là loại đó.")
    return redirect("archive:kinds")
