"""Where the operator's messages arrive. Signed by HMAC over time and body; nothing else lets anybody in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpResponseNotAllowed, JsonResponse
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from tinhso.kernel.access.web import ActorRequest, guarded
from tinhso.modules.post.rules import CannotRead
from tinhso.modules.post.services.envelopes import UnknownOffice, announce
from tinhso.modules.post.services.telling import NotGenuine, UnknownConsignment, take_message

MOST_BYTES = 20_000


@csrf_exempt
@guarded("post.tell")
def message(request: ActorRequest) -> HttpResponseBase:
    """What happened to a consignment."""
    return _told(request, take_message)


@csrf_exempt
@guarded("post.tell")
def announcement(request: ActorRequest) -> HttpResponseBase:
    """That an envelope is on its way to an office."""
    return _told(request, announce)


def _told(request: ActorRequest, take: Callable[..., bool]) -> HttpResponseBase:
    """200 taken or known already · 401 not signed · 404 no such consignment or office · 422 not of the agreed shape."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    body: Any = request.body
    if len(body) > MOST_BYTES:
        return JsonResponse({"error": "too long"}, status=413)
    try:
        fresh = take(
            body=body,
            timestamp=request.headers.get("X-Post-Timestamp", ""),
            signature=request.headers.get("X-Post-Signature", ""),
            actor=request.actor,
            now=request.now,
        )
    except NotGenuine:
        return JsonResponse({"error": "signature"}, status=401)
    except UnknownConsignment:
        return JsonResponse({"error": "unknown consignment"}, status=404)
    except UnknownOffice:
        return JsonResponse({"error": "unknown office"}, status=404)
    except CannotRead as fault:
        return JsonResponse({"error": f"shape: {fault}"}, status=422)
    return JsonResponse({"taken": fresh})
