"""The papers of a draft: several files each, taken off again, each refusal told at its paper."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render

from tinhso.kernel.access.web import ActorRequest, guarded
from tinhso.kernel.files.api import ACCEPTED, FileRefused, megabytes, respond
from tinhso.modules.archive import api as archive
from tinhso.modules.dossiers.queries.own import AttachedFile, attached_file, attached_files
from tinhso.modules.dossiers.services.drafts import FILES_PER_PAPER, CannotSave, attach, detach
from tinhso.modules.dossiers.services.reusing import offers_for, take_from_store
from tinhso.modules.dossiers.services.submitting import applicant_context
from tinhso.modules.dossiers.web.citizen.visitor import keys_of
from tinhso.modules.dossiers.web.citizen.way import PAPERS, Way, leave, of_a_draft, open_draft, way_of
from tinhso.modules.procedures import api as procedures

# Newest and most trusted first; the rest is on the store's own page.
OFFERS_SHOWN = 3
ACCEPT = ".pdf,.jpg,.jpeg,.png,.webp,.heic,.heif,.tif,.tiff,.docx,.xlsx,image/*,application/pdf"


@dataclass(frozen=True)
class PaperBox:
    """One paper asked for, with what is attached and what was refused."""

    key: str
    name: str
    purpose: str
    required: bool
    files: tuple[AttachedFile, ...]
    refusals: tuple[str, ...]
    missing: str = ""
    offer: archive.Offer | None = None
    taken: frozenset[int] = frozenset()

    @property
    def offered(self) -> tuple[archive.DocumentInfo, ...]:
        """What of the person's store can still be chosen for this paper."""
        usable = self.offer.usable if self.offer else ()
        return tuple(document for document in usable if document.id not in self.taken)[:OFFERS_SHOWN]

    @property
    def not_offered(self) -> tuple[archive.DocumentInfo, ...]:
        """What is in the store too but cannot be used: shown with the reason, where nothing else is."""
        return self.offer.unusable[:OFFERS_SHOWN] if self.offer else ()

    @property
    def full(self) -> bool:
        return len(self.files) >= FILES_PER_PAPER


@guarded("dossiers.draft")
@of_a_draft
def papers(request: ActorRequest, public_id: UUID) -> HttpResponseBase:
    """Attach and take off. One refused file does not lose the others of the same send."""
    draft = open_draft(request, public_id)
    if draft.dossier_id is not None:
        return redirect("dossiers:sent", public_id=public_id)
    way = way_of(draft)
    refused: dict[str, list[str]] = {}
    going_on = False
    if request.method == "POST":
        asked = {paper.key for paper in _asked(way) if not paper.present_only}
        try:
            chosen = _take_from_store(request, public_id)
            if chosen is not None:
                return HttpResponseRedirect(f"{request.path}#paper-{chosen}")
        except CannotSave as refusal:
            if open_draft(request, public_id).dossier_id is not None:
                return redirect("dossiers:draft", public_id=public_id)
            key = request.POST.get("_reuse", "").partition("/")[0]
            refused = {key if key in asked else "": [str(refusal)]}
        try:
            refused = {**refused, **_receive(request, public_id, asked)}
            removed = request.POST.get("_remove", "")
            if removed.isascii() and removed.isdigit() and len(removed) < 18:
                detach(
                    public_id=public_id,
                    draft_file_id=int(removed),
                    actor=request.actor,
                    keys=keys_of(request),
                    now=request.now,
                )
                place = request.GET.get("at", "")[:80]
                return HttpResponseRedirect(f"{request.path}#{place}" if place else request.path)
        except CannotSave:
            return redirect("dossiers:draft", public_id=public_id)
        if "exit" in request.POST and not refused:
            return leave(request, draft)
        going_on = "next" in request.POST
    offers = offers_for(draft, _asked(way), actor=request.actor, now=request.now)
    boxes = _boxes(way, attached_files(draft.pk), refused, offers, check=going_on)
    wrong = [box for box in boxes if box.refusals or box.missing]
    strays = refused.get("", [])
    if request.method == "POST" and not wrong and not strays:
        return HttpResponseRedirect(way.after(PAPERS).url if going_on else request.path)
    context = {
        "way": way,
        "draft": draft,
        "step": way.step(PAPERS),
        "total": len(way.pages),
        "here": way.page(PAPERS),
        "back": way.before(PAPERS),
        "boxes": boxes,
        "brought": [paper for paper in _asked(way) if paper.present_only],
        "summary": [("papers", message) for message in strays]
        + [(f"paper-{box.key}", message) for box in wrong for message in (*box.refusals, box.missing) if message],
        "accept": ACCEPT,
        "accepted": ACCEPTED,
        "max_bytes": settings.FILES_MAX_BYTES,
        "max_size": megabytes(settings.FILES_MAX_BYTES),
        "most": FILES_PER_PAPER,
    }
    return render(request, "dossiers/citizen/papers.html", context, status=422 if wrong or strays else 200)


def _receive(request: ActorRequest, public_id: UUID, asked: set[str]) -> dict[str, list[str]]:
    """Attach all that came. Key of a paper → why files were refused; "" for what has no box on the page."""
    refused: dict[str, list[str]] = {}
    for name in request.FILES:
        key = name.removeprefix("paper.")
        for upload in request.FILES.getlist(name):
            filename = upload.name or "tep"
            if key not in asked:
                # An answer changed in another tab took the box away, or the request was made by hand.
                refused.setdefault("", []).append(
                    f"{filename[:80]}: chưa nhận, vì câu trả lời hiện nay của bạn không cần loại giấy tờ này. "
                    "Nếu tệp thuộc loại khác, hãy tải lên lại ở đúng ô bên dưới."
                )
                continue
            try:
                attach(
                    public_id=public_id,
                    paper_key=key,
                    stream=upload,  # type: ignore[arg-type]
                    filename=filename,
                    actor=request.actor,
                    keys=keys_of(request),
                    now=request.now,
                )
            except FileRefused as refusal:
                refused.setdefault(key, []).append(f"{filename[:80]}: {refusal}")
            except CannotSave as refusal:
                if open_draft(request, public_id).dossier_id is not None:
                    raise
                refused.setdefault(key, []).append(str(refusal))
    return refused


def _take_from_store(request: ActorRequest, public_id: UUID) -> str | None:
    """One click: "<key of the paper>/<document>". The key when something was chosen. Raises `CannotSave`."""
    key, _, typed = request.POST.get("_reuse", "").partition("/")
    if not typed:
        return None
    try:
        document = UUID(typed)
    except ValueError:
        raise CannotSave("Giấy tờ này không có trong kho. Hãy tải lại trang.") from None
    take_from_store(
        public_id=public_id,
        paper_key=key,
        document=document,
        actor=request.actor,
        keys=keys_of(request),
        now=request.now,
    )
    return key


def _asked(way: Way) -> tuple[procedures.Paper, ...]:
    form: Any = way.definition.form or {}
    context = applicant_context(way.draft)
    return procedures.papers_asked(
        way.definition, {**procedures.sift(form, way.draft.form_data, context=context), **context}
    )


def _boxes(
    way: Way,
    files: dict[str, list[AttachedFile]],
    refused: dict[str, list[str]],
    offers: Mapping[str, archive.Offer],
    *,
    check: bool,
) -> tuple[PaperBox, ...]:
    boxes = []
    for paper in _asked(way):
        if paper.present_only:
            continue
        attached = tuple(files.get(paper.key, ()))
        missing = f"Tải lên: {paper.name}" if check and paper.required and not attached else ""
        boxes.append(
            PaperBox(
                key=paper.key,
                name=paper.name,
                purpose=paper.example,
                required=paper.required,
                files=attached,
                refusals=tuple(refused.get(paper.key, ())),
                missing="" if refused.get(paper.key) else missing,
                offer=offers.get(paper.key),
                taken=frozenset(file.document_id for file in attached if file.document_id is not None),
            )
        )
    return tuple(boxes)


@guarded("dossiers.draft")
@of_a_draft
def view_file(request: ActorRequest, public_id: UUID, row_id: int) -> HttpResponseBase:
    """See a paper that one has attached."""
    draft = open_draft(request, public_id)
    found = attached_file(draft.pk, row_id)
    if found is None:
        raise Http404
    return respond(found.file_id, inline=True, request=request)
