"""What providers call, and where they send the payer's browser back to."""

from __future__ import annotations

from django.db import transaction
from django.http import Http404, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt

from tinhso.kernel.access.web import ActorRequest, guarded
from tinhso.kernel.jobs.api import enqueue
from tinhso.modules.payments.jobs import ask_attempt
from tinhso.modules.payments.queries.charges import charge_row
from tinhso.modules.payments.rules.messages import Incoming
from tinhso.modules.payments.services.online import MESSAGE_BYTES, UnknownProvider, come_back, receive
from tinhso.modules.payments.services.payer import may_pay, opened_in


def _incoming(request: ActorRequest) -> Incoming:
    headers = {name: request.headers.get(name, "") for name in ("X-PayGov-Timestamp", "X-PayGov-Signature")}
    body = request.body if request.method == "POST" else b""
    return Incoming(request.method or "", request.META.get("QUERY_STRING", ""), body, headers)


@csrf_exempt
@never_cache
@guarded("payments.callback")
def callback(request: ActorRequest, provider: str) -> HttpResponseBase:
    """A provider tells what became of a payment. Its signature is its right to do so."""
    if request.method not in ("GET", "POST"):
        return HttpResponseNotAllowed(["GET", "POST"])
    if int(request.META.get("CONTENT_LENGTH") or 0) > MESSAGE_BYTES:
        return HttpResponse(status=413)
    try:
        status, answer = receive(code=provider, incoming=_incoming(request), actor=request.actor, now=request.now)
    except UnknownProvider:
        raise Http404 from None
    return JsonResponse(answer, status=status)


@never_cache
@guarded("payments.come_back")
def returned(request: ActorRequest, provider: str) -> HttpResponseBase:
    """The payer is back. Nothing is believed; the provider is asked, and the payer sees the charge's own page."""
    found = come_back(code=provider, incoming=_incoming(request), actor=request.actor, now=request.now)
    if found is None:
        return render(request, "payments/citizen/returned.html", {"signed": False}, status=422)
    attempt_id, public_id = found
    with transaction.atomic():
        enqueue(ask_attempt, attempt_id=attempt_id)
    if may_pay(request.actor, charge_row(public_id), opened_in(request.session, now=request.now)):
        return redirect("payments:show", public_id)
    return render(request, "payments/citizen/returned.html", {"signed": True})
