"""«Phong bì đến»: what lies at the office, what the operator says is coming, and putting an arrival into the book."""

from __future__ import annotations

import re
from datetime import datetime, time
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache

from tinhso.kernel.access.api import reach
from tinhso.kernel.access.web import ActorRequest, guarded
from tinhso.kernel.audit.api import record_look
from tinhso.kernel.clock import VIETNAM
from tinhso.kernel.ui.typed import parse_date
from tinhso.modules.directory import api as directory
from tinhso.modules.post.queries import envelope_in_reach, handled_envelopes, last_for, open_envelopes
from tinhso.modules.post.rules import EnvelopeState
from tinhso.modules.post.services.envelopes import (
    CannotHandle,
    CannotRegister,
    register,
    send_back,
)
from tinhso.modules.post.services.opening import named, opening_of

FIELDS = ("tracking_code", "sender_name", "sender_phone", "sender_address", "postman_name", "date", "time")


@never_cache
@guarded("post.receive")
def envelopes(request: ActorRequest) -> HttpResponse:
    """The list of what is open, and the form for what the postman has just brought. `?code=`: one that was announced."""
    offices = directory.organisations_by_id(reach(request.actor, "post.receive"))
    rows = open_envelopes(request.actor)
    here = request.now.astimezone(VIETNAM)
    typed: dict[str, Any] = {
        "date": f"{here:%d/%m/%Y}",
        "time": f"{here:%H:%M}",
        "office": str(next(iter(offices), "")),
    }
    announced = next((row for row in rows if row.tracking_code == request.GET.get("code")), None)
    if announced is not None:
        typed |= {
            "tracking_code": announced.tracking_code, "sender_name": announced.sender_name,
            "sender_phone": announced.sender_phone, "sender_address": announced.sender_address,
            "office": str(announced.office_id),
        }  # fmt: skip
    errors: dict[str, str] = {}
    if request.method == "POST":
        typed = {name: request.POST.get(name, "")[:1000] for name in (*FIELDS, "office")}
        office = typed["office"]
        office_id = int(office) if office.isascii() and office.isdigit() and len(office) < 18 else 0
        try:
            if office_id not in offices:
                raise CannotRegister({"office": "Chọn nơi nhận phong bì."})
            number = register(
                office_id=office_id, tracking_code=typed["tracking_code"], sender_name=typed["sender_name"],
                sender_phone=typed["sender_phone"], sender_address=typed["sender_address"],
                postman_name=typed["postman_name"], arrived_at=_instant(typed), actor=request.actor, now=request.now,
            )  # fmt: skip
        except CannotRegister as refusal:
            errors = refusal.errors
        else:
            messages.success(request, "Đã vào sổ. Mở phong bì, kiểm tra rồi lập hồ sơ.")
            return redirect("post:envelope", number)
    anchor = {"arrived_at": "date"}
    context = {
        "rows": rows,
        "handled": [(row, named(row.reference)) for row in handled_envelopes(request.actor)],
        "offices": [(str(number), office.name) for number, office in offices.items()],
        "typed": typed,
        "errors": errors,
        "summary": [(anchor.get(name, name), message) for name, message in errors.items()],
    }
    return render(request, "post/envelopes.html", context, status=422 if errors else 200)


def _instant(typed: dict[str, Any]) -> datetime | None:
    """Date and time as typed; None when they cannot be read."""
    found = re.fullmatch(r"([01]?[0-9]|2[0-3])[:hg.]([0-5][0-9])", typed["time"].strip().lower())
    try:
        day = parse_date(typed["date"].strip()[:20])
    except ValueError:
        day = None
    if found is None or day is None:
        return None
    return datetime.combine(day, time(int(found[1]), int(found[2])), VIETNAM)


@never_cache
@guarded("post.receive")
def envelope(request: ActorRequest, envelope_id: int) -> HttpResponse:
    """One envelope: open it, or send it back when nothing in it is for us. POST sends it back."""
    row = envelope_in_reach(envelope_id, request.actor)
    if row is None:
        raise Http404
    record_look(who=request.actor, action="post.look", object_ref=f"envelope:{row.id}", now=request.now)
    error, reason = "", request.POST.get("reason", "")[:1000]
    address, phone = request.POST.get("address", row.sender_address), request.POST.get("phone", row.sender_phone)
    if request.method == "POST":
        try:
            send_back(
                envelope_id=row.id, reason=reason, recipient_name=row.sender_name, recipient_phone=phone,
                recipient_address=address, actor=request.actor, now=request.now,
            )  # fmt: skip
        except CannotHandle as refusal:
            error = str(refusal)
        else:
            messages.success(request, "Đã yêu cầu bưu chính gửi trả phong bì. In nhãn ở trang Bưu chính.")
            return redirect("post:envelope", row.id)
    context = {
        "row": row,
        "open_url": opening_of(row.id) if row.state == EnvelopeState.ARRIVED else "",
        "became": named(row.reference),
        "back": last_for(f"envelope:{row.id}") if row.state == EnvelopeState.SENT_BACK else None,
        "reason": reason,
        "address": address,
        "phone": phone,
        "error": error,
    }
    return render(request, "post/envelope.html", context, status=422 if error else 200)
