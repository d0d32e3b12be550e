"""«Kho giấy tờ của tôi»: what a person has, where it was used, who looked, and what they add or share themselves."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from tinhso.kernel.access.api import Refused, allow
from tinhso.kernel.access.web import ActorRequest, guarded, local_day
from tinhso.kernel.files.api import FileRefused, respond, store
from tinhso.kernel.ui.typed import parse_date
from tinhso.modules.archive.queries.documents import (
    DocumentInfo,
    HolderInfo,
    access_to,
    document,
)
from tinhso.modules.archive.queries.offering import kinds
from tinhso.modules.archive.queries.proofs import uses_of_documents
from tinhso.modules.archive.queries.store import looks_at, row_of, shares_of, store_page
from tinhso.modules.archive.rules.documents import HOLDER_TITLES, Standing
from tinhso.modules.archive.services.keeping import CannotKeep, keep_own, person_of
from tinhso.modules.archive.services.proving import CannotProve, prove_by_identity
from tinhso.modules.archive.services.sharing import CannotShare, WrongCode, cancel, open_shared, share
from tinhso.modules.archive.services.using import note_look, stores_of
from tinhso.modules.archive.web.reading import number_of

ACCEPT = ".pdf,.jpg,.jpeg,.png,.webp,.heic,.heif,.tif,.tiff,image/*,application/pdf"
# Documents that this session opened by a code.
SHARED_KEPT = "archive_shared"
UPLOAD_FIELDS = ("kind", "name", "number", "issuer_name", "issued_date", "valid_until")


@never_cache
@require_GET
@guarded("archive.own")
def mine(request: ActorRequest) -> HttpResponse:
    """The stores of this account, or how to open one."""
    stores = stores_of(request.actor)
    if not stores:
        return render(request, "archive/closed.html")
    chosen = next((one for one in stores if str(one.id) == request.GET.get("store", "")), stores[0])
    _note(request, chosen.id, None)
    kind = number_of(request.GET.get("kind", ""))
    text = request.GET.get("q", "").replace("\0", " ")[:200]
    only_valid = request.GET.get("valid") == "1"
    page = store_page(
        [chosen.id],
        on=local_day(request.now),
        kind_id=kind,
        only_valid=only_valid,
        text=text,
        before_id=number_of(request.GET.get("before", "")),
    )
    context = {
        "stores": stores,
        "store": chosen,
        "store_title": HOLDER_TITLES[chosen.kind],
        "page": page,
        "kinds": [(str(number), name) for number, name in page.kinds],
        "kind": str(kind or ""),
        "text": text,
        "only_valid": only_valid,
        "filtered": bool(kind or text or only_valid or request.GET.get("before")),
    }
    return render(request, "archive/mine.html", context)


@require_POST
@guarded("archive.prove_self")
def open_store(request: ActorRequest) -> HttpResponse:
    """Open one's store by the electronic identity."""
    try:
        prove_by_identity(actor=request.actor, now=request.now)
    except CannotProve as refusal:
        return render(request, "archive/closed.html", {"error": str(refusal)}, status=422)
    messages.success(request, "Kho giấy tờ của bạn đã được mở.")
    return redirect("archive:mine")


def _own(request: ActorRequest, public_id: UUID) -> tuple[DocumentInfo, list[HolderInfo]]:
    """A document of one's own; anything else is not there."""
    found = document(public_id, local_day(request.now))
    stores = stores_of(request.actor)
    if found is None or found.standing == Standing.WITHHELD:
        raise Http404
    if not allow(request.actor, "archive.own", access_to(found, linked=stores, user_id=request.actor.owner_id)):
        raise Http404
    _note(request, found.holder_id, found.id)
    return found, stores


def _note(request: ActorRequest, holder_id: int, document_id: int | None) -> None:
    """Under a mandate the look is written down, and the principal sees it."""
    if request.actor.mandate is not None:
        purpose = f"Xem thay, theo ủy quyền số {request.actor.mandate.number}"
        note_look(holder_id=holder_id, document_id=document_id, purpose=purpose, actor=request.actor, now=request.now)


@never_cache
@require_GET
@guarded("archive.own")
def own_document(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """One document: what it is, where it was used, who looked at it, the codes made for it."""
    found, stores = _own(request, public_id)
    return _show(request, found, stores)


def _show(request: ActorRequest, found: DocumentInfo, stores: list[HolderInfo], error: str = "") -> HttpResponse:
    context = {
        "document": found,
        "uses": uses_of_documents([found.id]),
        "looks": looks_at([one.id for one in stores], found.id),
        "shares": shares_of(found.id),
        "code": request.session.pop(f"archive_code_{found.id}", "") if not error else "",
        "error": error,
        "errors": [("purpose", error)] if error else [],
        "purpose": request.POST.get("purpose", ""),
        "hours": request.POST.get("hours", "24"),
        "spans": [("1", "1 giờ"), ("24", "1 ngày"), ("72", "3 ngày")],
    }
    return render(request, "archive/own_document.html", context, status=422 if error else 200)


@require_POST
@guarded("archive.share")
def share_document(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """A code for one look, shown once."""
    found, stores = _own(request, public_id)
    try:
        code = share(
            document_id=found.id,
            purpose=request.POST.get("purpose", ""),
            hours=number_of(request.POST.get("hours", "")) or 0,
            actor=request.actor,
            now=request.now,
        )
    except CannotShare as refusal:
        return _show(request, found, stores, str(refusal))
    request.session[f"archive_code_{found.id}"] = f"{code[:5]} {code[5:]}"
    return redirect("archive:own_document", public_id)


@require_POST
@guarded("archive.share")
def cancel_share(request: ActorRequest, share_id: int) -> HttpResponse:
    try:
        public_id = cancel(share_id=share_id, actor=request.actor, now=request.now)
    except Refused:
        raise Http404 from None
    messages.success(request, "Đã hủy mã chia sẻ.")
    return redirect("archive:own_document", public_id)


@never_cache
@require_GET
@guarded("archive.own")
def looks(request: ActorRequest) -> HttpResponse:
    """Which officers looked into the store, and why."""
    stores = stores_of(request.actor)
    return render(request, "archive/looks.html", {"looks": looks_at([one.id for one in stores])})


@never_cache
@guarded("archive.upload")
def upload(request: ActorRequest) -> HttpResponse:
    """Put a paper of one's own into the store, marked as told by oneself."""
    if person_of(request.actor) is None:
        return redirect("archive:mine")
    errors: dict[str, str] = {}
    values = {name: request.POST.get(name, "") for name in UPLOAD_FIELDS}
    if request.method == "POST":
        errors = _upload(request, values)
        if not errors:
            messages.success(request, "Đã đưa giấy tờ vào kho, ghi là tự khai. Cán bộ sẽ kiểm tra khi bạn dùng đến.")
            return redirect("archive:mine")
    context = {
        "values": values,
        "errors": errors,
        "summary": [(name, errors[name]) for name in (*UPLOAD_FIELDS, "file") if name in errors],
        "kinds": [(str(number), name) for number, name, _ in kinds(local_day(request.now))],
        "accept": ACCEPT,
    }
    return render(request, "archive/upload.html", context, status=422 if errors else 200)


def _upload(request: ActorRequest, values: dict[str, str]) -> dict[str, str]:
    errors: dict[str, str] = {}
    days: dict[str, Any] = {}
    for name in ("issued_date", "valid_until"):
        try:
            days[name] = parse_date(values[name])
        except ValueError as wrong:
            errors[name] = f"{wrong}."
    chosen: Any = next(iter(request.FILES.getlist("file")), None)
    kind = number_of(values["kind"])
    if kind is None:
        errors["kind"] = "Chọn loại giấy tờ."
    if chosen is None:
        errors["file"] = "Chọn tệp hoặc chụp ảnh giấy tờ."
    if errors or kind is None:
        return errors
    try:
        kept = store(
            chosen, filename=chosen.name or "giay-to", actor=request.actor, now=request.now, purpose="archive.own"
        )
        keep_own(
            kind_id=kind,
            name=values["name"],
            number=values["number"],
            issuer_name=values["issuer_name"],
            issued_date=days["issued_date"],
            valid_until=days["valid_until"],
            file_id=kept.id,
            actor=request.actor,
            now=request.now,
        )
    except FileRefused as refusal:
        return {"file": str(refusal)}
    except CannotKeep as refusal:
        return {refusal.field or "kind": str(refusal)}
    return {}


@never_cache
@guarded("archive.open_shared")
def shared(request: ActorRequest) -> HttpResponse:
    """Enter a code, see the document once: for whoever was given it."""
    error = ""
    code = request.POST.get("code", "")[:40]
    if request.method == "POST":
        try:
            row = open_shared(code=code, actor=request.actor, now=request.now)
        except WrongCode:
            error = "Mã không đúng, đã dùng, đã hủy hoặc hết hạn. Hỏi lại người đưa mã."
        else:
            request.session[SHARED_KEPT] = [str(row.public_id)]
            return redirect("archive:shared_document", row.public_id)
    context = {"error": error, "errors": [("code", error)] if error else [], "code": code}
    return render(request, "archive/shared.html", context, status=422 if error else 200)


@never_cache
@require_GET
@guarded("archive.open_shared")
def shared_document(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """The document that this session opened by its code."""
    found = document(public_id, local_day(request.now))
    if found is None or str(public_id) not in request.session.get(SHARED_KEPT, ()):
        raise Http404
    return render(request, "archive/shared_document.html", {"document": found})


@never_cache
@require_GET
@guarded("archive.open_shared")
def shared_file(request: ActorRequest, public_id: UUID) -> HttpResponseBase:
    """Its file."""
    row = row_of(public_id)
    if row is None or str(public_id) not in request.session.get(SHARED_KEPT, ()):
        raise Http404
    return respond(row.file_id, inline=True, request=request)


@never_cache
@require_GET
@guarded("archive.own")
def own_file(request: ActorRequest, public_id: UUID) -> HttpResponseBase:
    """The file of a document of one's own."""
    found, _ = _own(request, public_id)
    return respond(found.file_id, inline="save" not in request.GET, request=request)
