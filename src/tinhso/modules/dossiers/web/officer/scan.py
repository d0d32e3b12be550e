"""«Quét giấy tờ»: the scanner's files become the digitised copy of a paper, each page looked at before it is kept."""

from __future__ import annotations

import re
from typing import Any, BinaryIO, cast
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from tinhso.kernel.access.web import ActorRequest, guarded
from tinhso.kernel.files.api import FileRefused, respond
from tinhso.modules.dossiers.models import DraftFile
from tinhso.modules.dossiers.services.drafts import CannotSave, detach
from tinhso.modules.dossiers.services.scanning import CannotScan, arrange_scan, scan_paper, scans_of
from tinhso.modules.dossiers.services.submitting import applicant_context, papers_of
from tinhso.modules.dossiers.web.officer.counter import PAPERS, Way, frame, open_draft
from tinhso.modules.procedures import api as procedures

ACCEPT = ".pdf,.jpg,.jpeg,.png,.webp"


@never_cache
@guarded("dossiers.counter_intake")
def scan(request: ActorRequest, public_id: UUID, paper_key: str) -> HttpResponse:
    """Choose or drop the scanner's files, count the pages, see what is wrong with them, put them in order."""
    draft = open_draft(request, public_id)
    version = procedures.version(draft.version_id)
    asked = papers_of(version, {**draft.form_data, **applicant_context(draft)})
    paper = next((one for one in asked if one.key == paper_key), None)
    if paper is None or draft.dossier_id is not None:
        raise Http404
    error = ""
    if request.method == "POST":
        try:
            _do(request, public_id, paper_key)
        except (CannotScan, CannotSave, FileRefused) as refusal:
            error = str(refusal)
        else:
            return redirect("dossiers:counter_scan", public_id, paper_key)
    context = {
        **frame(Way(draft), PAPERS),
        "paper": paper,
        "scans": scans_of(draft, paper_key),
        "error": error,
        "declared": request.POST.get("declared", ""),
        "order": request.POST.get("order", ""),
        "accept": ACCEPT,
        "back": reverse("dossiers:counter_papers", args=[public_id]) + f"#paper-{paper_key}",
    }
    return render(request, "dossiers/officer/counter_scan.html", context, status=422 if error else 200)


def _do(request: ActorRequest, public_id: UUID, paper_key: str) -> None:
    same: dict[str, Any] = {"public_id": public_id, "actor": request.actor, "now": request.now}
    number = _number(request.POST.get("scan", ""))
    what = request.POST.get("do", "")
    if what == "arrange":
        arrange_scan(
            draft_file_id=number,
            order=[int(text) for text in re.findall(r"[0-9]{1,4}", request.POST.get("order", ""))],
            turn=frozenset(_number(text) for text in request.POST.getlist("turn")),
            **same,
        )
        messages.success(request, "Đã sắp xếp lại các trang.")
    elif what == "remove":
        detach(draft_file_id=number, keys=(), **same)
        messages.success(request, "Đã bỏ bản quét.")
    else:
        typed = request.POST.get("declared", "").strip()
        files = [(cast(BinaryIO, one), one.name or "") for one in request.FILES.getlist("file")]
        done = scan_paper(paper_key=paper_key, files=files, declared=_number(typed) if typed else None, **same)
        if done.warnings:
            messages.warning(
                request, f"Đã nhận bản quét {len(done.pages)} trang, có {len(done.warnings)} điều cần xem."
            )
        else:
            messages.success(request, f"Đã nhận bản quét {len(done.pages)} trang, không thấy gì bất thường.")


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


@never_cache
@require_GET
@guarded("dossiers.counter_intake")
def scanned(request: ActorRequest, public_id: UUID, draft_file_id: int) -> HttpResponseBase:
    """The scan itself, beside the list of its pages."""
    draft = open_draft(request, public_id)
    row = DraftFile.objects.filter(draft=draft, pk=draft_file_id, is_scan=True).first()
    if row is None:
        raise Http404
    return respond(row.file_id, inline=True, request=request)
