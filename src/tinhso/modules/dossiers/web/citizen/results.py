"""Papers to take home: form 01, form 03, the result; and the page behind a result's QR code."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache

from tinhso.kernel.access.web import ActorRequest, guarded
from tinhso.kernel.files.api import info, respond
from tinhso.modules.dossiers.queries.reading import DossierView, result_by_token
from tinhso.modules.dossiers.services import printing
from tinhso.modules.dossiers.web.citizen.tracking import refuse, see


def _printed(
    request: ActorRequest, public_id: UUID, known: Callable[[DossierView], int | None], ensure: Callable[..., int]
) -> HttpResponseBase:
    seen = see(request, public_id)
    if seen is None:
        return refuse(request)
    printed = known(seen.view)
    if printed is not None:
        return respond(printed, inline=True, request=request)
    try:
        file_id = ensure(dossier_id=seen.view.id, actor=request.actor, now=request.now)
    except printing.NothingToPrint:
        raise Http404 from None
    return respond(file_id, inline=True, request=request)


@guarded("dossiers.track")
def receipt(request: ActorRequest, public_id: UUID) -> HttpResponseBase:
    """Form 01."""
    return _printed(request, public_id, lambda view: view.printed_forms.get("01"), printing.ensure_receipt)


@guarded("dossiers.track")
def refusal(request: ActorRequest, public_id: UUID) -> HttpResponseBase:
    """Form 03."""
    return _printed(request, public_id, lambda view: view.printed_forms.get("03"), printing.ensure_refusal)


@guarded("dossiers.track")
def result(request: ActorRequest, public_id: UUID) -> HttpResponseBase:
    """The result, as issued."""
    return _printed(
        request, public_id, lambda view: view.result.file_id if view.result else None, printing.ensure_result
    )


@guarded("dossiers.track")
def part_result(request: ActorRequest, public_id: UUID, result_id: int) -> HttpResponseBase:
    """What an agency on the way made for its part; as the result itself."""
    seen = see(request, public_id)
    if seen is None:
        return refuse(request)
    made = {one.id: one.file_id for part in seen.view.parts for one in part.results}
    if result_id not in made:
        raise Http404
    return respond(made[result_id], inline=True, request=request)


@guarded("dossiers.track")
def paper(request: ActorRequest, public_id: UUID, paper_id: int) -> HttpResponseBase:
    """A paper that was sent along: for the owner only, a PIN does not open it."""
    seen = see(request, public_id)
    if seen is None:
        return refuse(request)
    found = next((row for row in seen.view.papers if row.id == paper_id and row.file_id is not None), None)
    if found is None or found.file_id is None or not seen.whole:
        raise Http404
    return respond(found.file_id, inline=True, request=request)


@never_cache
@guarded("dossiers.verify_result")
def verify(request: ActorRequest, token: str) -> HttpResponse:
    """Is this paper genuine? What the agency issued, with the digest of the file, and no more of the person than the
    paper itself tells."""
    found = result_by_token(token) if len(token) <= 40 and token.isascii() and token.isprintable() else None
    if found is None:
        context = {"typed": token[:60], "error": "Không có kết quả nào mang mã này."}
        return render(request, "dossiers/citizen/verify_code.html", context, status=404)
    view, issued = found
    file_id = issued.file_id
    if file_id is None and issued.is_current:
        file_id = printing.ensure_result(dossier_id=view.id, actor=request.actor, now=request.now)
    digest = info(file_id).sha256 if file_id is not None else ""
    shown: dict[str, object] = {
        "view": view,
        "result": issued,
        "digest": " ".join(digest[start : start + 8] for start in range(0, len(digest), 8)),
    }
    return render(request, "dossiers/citizen/verify.html", shown)


@guarded("dossiers.verify_result")
def verify_code(request: ActorRequest) -> HttpResponse:
    """For those without a camera: the code beside the QR, typed."""
    typed = "".join(request.POST.get("code", "").split())[:60]
    if request.method == "POST" and typed:
        if "/" not in typed:
            return redirect("dossiers:verify", token=typed)
        error = "Mã chỉ gồm chữ, số, gạch ngang và gạch dưới."
    else:
        error = "Nhập mã xác thực in cạnh mã QR." if request.method == "POST" else ""
    context = {"typed": typed, "error": error}
    return render(request, "dossiers/citizen/verify_code.html", context, status=422 if error else 200)
