"""A clerk opens an envelope that came by post: the same pages as at the counter, of channel «bưu chính»."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from tinhso.kernel.access.web import ActorRequest
from tinhso.modules.dossiers.models import Dossier, Draft
from tinhso.modules.dossiers.services.intake import CannotRefuse
from tinhso.modules.dossiers.services.postal import refuse_envelope
from tinhso.modules.dossiers.services.submitting import CannotSubmit, Problem, ReceivedPaper
from tinhso.modules.post import api as post


def asked(request: ActorRequest) -> post.EnvelopeInfo | None:
    """The envelope that the address or the form names; a stranger's is not there."""
    typed = request.POST.get("envelope", "") or request.GET.get("envelope", "")
    if not typed:
        return None
    number = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 18 else 0
    row = post.envelope_in_reach(number, request.actor)
    if row is None:
        raise Http404
    return row


def draft_of(row: post.EnvelopeInfo) -> Draft | None:
    """What has been begun from it."""
    return Draft.objects.filter(envelope_id=row.id, dossier__isnull=True).select_related("written_by").first()


def sender_as_applicant(draft: Draft) -> dict[str, Any]:
    """What the envelope says of its sender, for the first look at the applicant's page."""
    row = None if draft.envelope_id is None else post.envelope_by_id(draft.envelope_id)
    if row is None:
        return {"acting_as": "self", "result_delivery": "counter"}
    return {
        "acting_as": "self", "result_delivery": "post", "full_name": row.sender_name, "phone": row.sender_phone,
        "address": row.sender_address,
    }  # fmt: skip


def refuse(
    request: ActorRequest, draft: Draft, papers: list[ReceivedPaper]
) -> tuple[HttpResponse | None, tuple[Problem, ...], str]:
    """«Không tiếp nhận được, gửi trả»: form 03 is opened; or what stands in the way."""
    try:
        done = refuse_envelope(
            public_id=draft.public_id, ground=request.POST.get("ground", ""), papers=papers, actor=request.actor,
            now=request.now,
        )  # fmt: skip
    except CannotSubmit as refusal:
        return None, refusal.problems, ""
    except CannotRefuse as why:
        return None, (), str(why)
    messages.success(request, f"Đã từ chối hồ sơ {done.code}. In mẫu 03, cho vào phong bì gửi trả ở trang Bưu chính.")
    return HttpResponseRedirect(reverse("dossiers:show", args=[done.public_id]) + "?open=refusal"), (), ""


def register() -> None:
    """Called when the app is ready: post leads its clerks here, and names what came of an envelope."""
    post.register_opening(
        address=lambda envelope_id: f"{reverse('dossiers:counter')}?envelope={envelope_id}", named=_named
    )


def _named(reference: str) -> tuple[str, str]:
    kind, _, number = reference.partition(":")
    row = Dossier.objects.filter(pk=int(number)).first() if kind == "dossier" and number.isdigit() else None
    return ("", "") if row is None else (f"Hồ sơ {row.code}", reverse("dossiers:show", args=[row.public_id]))
