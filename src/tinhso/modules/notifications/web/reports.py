"""Where providers report what became of a message. They have no account: the signature is asked, nothing else."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from tinhso.kernel.access.web import ActorRequest, guarded
from tinhso.modules.notifications.rules import WEAK_CHANNELS, Channel
from tinhso.modules.notifications.services.incoming import IncomingRefused, answer_incoming
from tinhso.modules.notifications.services.reports import ReportRefused, take_report

MOST_BYTES = 64 * 1024
_SIGNATURES = {Channel.SMS: "X-Signature", Channel.ZALO: "X-ZEvent-Signature"}


@csrf_exempt
@require_POST
@guarded("notifications.report")
def report(request: ActorRequest, channel: str) -> HttpResponse:
    """200 for every report that is signed, also for one that changes nothing: the provider need not repeat it."""
    known = next((one for one in WEAK_CHANNELS if one.value == channel), None)
    if known is None:
        return JsonResponse({"error": "Không có kênh này."}, status=404)
    if _length(request) > MOST_BYTES:
        return JsonResponse({"error": "Báo cáo quá dài."}, status=413)
    try:
        changed = take_report(
            channel=known,
            body=request.body,
            signature=request.headers.get(_SIGNATURES[known], ""),
            timestamp=request.headers.get("X-ZEvent-Timestamp", ""),
            actor=request.actor,
            now=request.now,
        )
    except ReportRefused as refusal:
        return JsonResponse({"error": str(refusal)}, status=403)
    return JsonResponse({"ok": True, "changed": changed})


@csrf_exempt
@require_POST
@guarded("notifications.incoming")
def incoming(request: ActorRequest) -> HttpResponse:
    """A text message that somebody sent to the province's number; the answer goes back through the gateway."""
    if _length(request) > MOST_BYTES:
        return JsonResponse({"error": "Tin nhắn quá dài."}, status=413)
    try:
        said = answer_incoming(
            body=request.body,
            timestamp=request.headers.get("X-Timestamp", ""),
            signature=request.headers.get("X-Signature", ""),
            actor=request.actor,
            now=request.now,
        )
    except IncomingRefused as refusal:
        return JsonResponse({"error": str(refusal)}, status=403)
    return JsonResponse({"Reply": said})


def _length(request: HttpRequest) -> int:
    text = request.META.get("CONTENT_LENGTH") or "0"
    return int(text) if str(text).isdigit() else MOST_BYTES + 1
