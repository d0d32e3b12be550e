"""«Số hóa giấy tờ»: one form per paper, so that a clerk scans, compares and goes to the next without losing anything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache

from tinhso.kernel.access.api import require
from tinhso.kernel.access.web import ActorRequest, guarded
from tinhso.kernel.clock import VIETNAM
from tinhso.kernel.files.api import FileRefused
from tinhso.kernel.ui.typed import parse_date
from tinhso.modules.archive import api as archive
from tinhso.modules.dossiers.queries.reading import DossierView, PaperInfo
from tinhso.modules.dossiers.services.digitising import CannotDigitise, Scan, digitise, to_scan
from tinhso.modules.dossiers.web.citizen.papers import ACCEPT
from tinhso.modules.dossiers.web.citizen.story import TONES
from tinhso.modules.dossiers.web.officer.page import open_dossier, tabs

FIELDS = (
    "kind",
    "number",
    "issuer_name",
    "issued_date",
    "valid_until",
    "indefinite",
    "pages",
    "compared_with",
    "compared",
)


COMPARE_OPTIONS = [("original", "Bản chính"), ("copy", "Bản sao (không có bản chính)")]


@dataclass(frozen=True)
class Sheet:
    """A paper still to digitise, with what was typed and what is wrong."""

    paper: PaperInfo
    to_scan: bool
    values: Mapping[str, str]
    errors: Mapping[str, str] = field(default_factory=dict)


@never_cache
@guarded("dossiers.digitise")
def digitise_papers(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """What is to be scanned, what came electronically and may be compared, and what is done."""
    view = open_dossier(request, public_id)
    require(request.actor, "dossiers.digitise", view.access)
    errors: dict[str, str] = {}
    asked = request.POST.get("paper", "")
    paper = next((one for one in view.papers if str(one.id) == asked), None)
    if request.method == "POST" and paper is not None:
        try:
            _digitise(request, paper)
        except CannotDigitise as refusal:
            errors = {refusal.field or "paper": str(refusal)}
        except FileRefused as refusal:
            errors = {"scan": str(refusal)}
        else:
            messages.success(request, f"Đã số hóa: {paper.name[:120]}")
            return HttpResponseRedirect(request.path)
    on = request.now.astimezone(VIETNAM).date()
    by_key = archive.kinds_of_papers(view.procedure_code, on)
    kinds = archive.kinds(on)
    open_papers = [one for one in view.papers if one.digitised is None and one.reuse is None]
    sheets = [_sheet(request, one, by_key, kinds, errors if paper == one else {}) for one in open_papers]
    context = {
        "view": view,
        "tone": TONES[view.state],
        "tabs": tabs(view, "show"),
        "sheets": sheets,
        "done": _done(view),
        "kinds": [(str(number), name) for number, name, _ in kinds],
        "accept": ACCEPT,
        "compare_options": COMPARE_OPTIONS,
        "summary": [
            (f"{name}-{sheet.paper.id}", message) for sheet in sheets for name, message in sheet.errors.items()
        ],
    }
    return render(request, "dossiers/officer/digitise.html", context, status=422 if errors else 200)


def _done(view: DossierView) -> list[PaperInfo]:
    return [paper for paper in view.papers if paper.digitised is not None or paper.reuse is not None]


def _sheet(
    request: ActorRequest,
    paper: PaperInfo,
    by_key: Mapping[str, set[int]],
    kinds: Sequence[tuple[int, str, str]],
    errors: Mapping[str, str],
) -> Sheet:
    if errors:
        values: dict[str, str] = {name: request.POST.get(name, "") for name in FIELDS}
    else:
        fitting = by_key.get(paper.key, set())
        usual = next((str(number) for number, _, _ in kinds if number in fitting), "")
        values = {"kind": usual, "compared_with": "copy" if paper.kind == "copy" else "original"}
    return Sheet(paper, to_scan(paper.kind, has_file=paper.file_id is not None), values, errors)


def _digitise(request: ActorRequest, paper: PaperInfo) -> None:
    post = request.POST
    # Chosen from a folder or taken by the camera: two boxes of one name.
    upload: Any = next(iter(request.FILES.getlist("scan")), None)
    kind, pages = post.get("kind", ""), post.get("pages", "").strip()
    scan = Scan(
        kind_id=int(kind) if kind.isascii() and kind.isdigit() and len(kind) < 10 else None,
        number=post.get("number", ""),
        issuer_name=post.get("issuer_name", ""),
        issued_date=_day(post.get("issued_date", ""), "issued_date"),
        valid_until=_day(post.get("valid_until", ""), "valid_until"),
        indefinite="indefinite" in post,
        pages=int(pages) if pages.isascii() and pages.isdigit() and len(pages) < 6 else None,
        compared_with=post.get("compared_with", ""),
        compared="compared" in post,
    )
    digitise(
        paper_id=paper.id,
        scan=scan,
        stream=upload,
        filename=(upload.name or "") if upload else "",
        actor=request.actor,
        now=request.now,
    )


def _day(text: str, name: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError as wrong:
        raise CannotDigitise(f"{wrong}.", name) from None
