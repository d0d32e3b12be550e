"""Following a dossier: by code and PIN, or signed in as its owner. A code alone opens nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from allauth.core import ratelimit
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache

from tinhso.kernel.access.api import allow
from tinhso.kernel.access.web import ActorRequest, guarded, local_day
from tinhso.kernel.ui.templatetags.vi import mask
from tinhso.modules.dossiers.queries.actions import history_of
from tinhso.modules.dossiers.queries.own import owner_of_dossier
from tinhso.modules.dossiers.queries.ratings import rated_on
from tinhso.modules.dossiers.queries.reading import DossierNotFound, DossierView, dossier_view, may_see
from tinhso.modules.dossiers.queries.supporting import support_of_dossier
from tinhso.modules.dossiers.rules import ACTING_AS, FINISHED, RESULT_DELIVERY, Channel, State, may_become
from tinhso.modules.dossiers.services import printing
from tinhso.modules.dossiers.services.tracking import CannotTrack, open_by_pin, renew_pin
from tinhso.modules.dossiers.web.citizen import visitor
from tinhso.modules.dossiers.web.citizen.story import MEANINGS, TONES, days_of, holder, story, stretches
from tinhso.modules.dossiers.web.officer.support import as_shown
from tinhso.modules.dossiers.web.told import told_about
from tinhso.modules.identity import api as identity
from tinhso.modules.notifications import api as notifications
from tinhso.modules.payments import api as payments
from tinhso.modules.post import api as post
from tinhso.modules.procedures import api as procedures

NEW_PIN = "new_pin"
PIN_LIMIT = "dossiers_pin"
TOO_MANY = (
    "Có quá nhiều lần nhập sai mã PIN từ máy hoặc mạng của bạn. Hãy thử lại sau một giờ, hoặc đăng nhập để xem hồ sơ "
    "của bạn."
)
_PRIVATE = ("identity", "phone", "email")


# Pages of a dossier that a link in a letter leads to. Nothing of them is told before code and PIN, or signing in.
_WANTED = re.compile(r"/dossiers/follow/[0-9a-f-]{36}/((supplement|pay|delivery|why|withdraw|visits)/)?")


@dataclass(frozen=True)
class Seen:
    """A dossier open to this request. `whole`: by its owner or an officer; else by PIN, with the numbers masked."""

    view: DossierView
    whole: bool


def see(request: ActorRequest, public_id: UUID) -> Seen | None:
    """None: there is none, or it is not open to this person; the two look the same."""
    try:
        view = dossier_view(public_id)
    except DossierNotFound:
        return None
    if may_see(request.actor, view):
        return Seen(view, whole=True)
    if may_see(request.actor, view, opened_by_pin=visitor.opened(request)):
        return Seen(view, whole=False)
    return None


def refuse(request: ActorRequest) -> HttpResponse:
    """A stranger is asked for code and PIN, or to sign in, and then gets to the page they wanted; who may act for its owner
    is asked to sit down as them first; anybody else with an account is told that there is nothing."""
    if request.actor.kind == "nobody":
        wanted = f"?{urlencode({'to': request.path})}" if _WANTED.fullmatch(request.path) else ""
        return redirect(f"{reverse('dossiers:track')}{wanted}")
    if request.actor.kind == "citizen" and request.actor.mandate is None and (held := _held_for(request)):
        context = {"held": held, "wanted": request.path if _WANTED.fullmatch(request.path) else ""}
        return render(request, "dossiers/citizen/act_first.html", context, status=403)
    raise Http404


def _held_for(request: ActorRequest) -> list[identity.Held]:
    """The person's mandates in force for the owner of the dossier that they asked for. Two queries."""
    public_id = request.resolver_match.kwargs.get("public_id") if request.resolver_match else None
    owner_id = owner_of_dossier(public_id) if isinstance(public_id, UUID) else None
    if owner_id is None or request.actor.user_id is None:
        return []
    return identity.held_now(request.actor.user_id, on=local_day(request.now), principal_id=owner_id)


def _led_to(request: ActorRequest) -> str:
    """The page of a dossier that the person came for, "" for none."""
    wanted = request.POST.get("to", "") if request.method == "POST" else request.GET.get("to", "")
    return wanted if _WANTED.fullmatch(wanted) else ""


@never_cache
@guarded("dossiers.track")
def track(request: ActorRequest) -> HttpResponse:
    """Code and PIN, by POST only: neither ever stands in an address."""
    errors: list[tuple[str, str]] = []
    code = request.POST.get("code", "").strip()[:60]
    wanted = _led_to(request)
    if request.method == "POST":
        pin = request.POST.get("pin", "")
        if not code:
            errors.append(("code", "Nhập mã hồ sơ, in trên giấy tiếp nhận hoặc trang biên nhận."))
        if not pin.strip():
            errors.append(("pin", "Nhập mã PIN, gồm 6 chữ số."))
        if not errors and not ratelimit.consume(request, action=PIN_LIMIT, dry_run=True):
            errors.append(("code", TOO_MANY))
        if not errors:
            try:
                public_id = open_by_pin(code=code, pin=pin, actor=request.actor, now=request.now)
            except CannotTrack as refusal:
                ratelimit.consume(request, action=PIN_LIMIT)
                errors.append(("code", str(refusal)))
            else:
                visitor.open_here(request, public_id)
                # Only of the dossier that code and PIN have opened.
                here = reverse("dossiers:follow", args=[public_id])
                return redirect(wanted if wanted.startswith(here) else here)
    context = {
        "wanted": wanted,
        "code": code,
        "errors": errors,
        "error_of": dict(errors),
        "number": notifications.incoming_number(),
        "anything_open": bool(visitor.opened(request) or request.session.get(visitor.SENT)),
    }
    return render(request, "dossiers/citizen/track.html", context, status=422 if errors else 200)


@guarded("dossiers.track")
def end(request: ActorRequest) -> HttpResponse:
    """«Kết thúc xem» on a machine that others use."""
    if request.method == "POST":
        visitor.close_all(request)
        messages.success(request, "Đã đóng hồ sơ trên máy này. Muốn xem lại, hãy nhập mã hồ sơ và mã PIN.")
    return redirect("dossiers:track")


@never_cache
@guarded("dossiers.track")
def follow(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """The dossier's story, what comes next and when."""
    seen = see(request, public_id)
    if seen is None:
        return refuse(request)
    view = seen.view
    past = history_of(view)
    new_pins = request.session.pop(NEW_PIN, {}) if NEW_PIN in request.session else {}
    helper = view.party("helper") is not None
    came = post.envelope_of(view.ref) if view.channel == Channel.POST else None
    context = {
        "seen": seen,
        "view": view,
        "tone": TONES[view.state],
        "meaning": MEANINGS[view.state],
        "events": story(view, past),
        "told": told_about(view.ref),
        "holder": holder(view),
        "term_text": printing.term_in_words(dict(view.term) if view.term else None),
        "parties": _parties(view, whole=seen.whole),
        "sections": _sections(view, whole=seen.whole),
        "delivery": RESULT_DELIVERY.get(view.result_delivery, ""),
        "is_owner": request.actor.kind == "citizen" and bool(allow(request.actor, "dossiers.renew_pin", view.access)),
        "is_refused": view.state == State.REFUSED,
        "new_pin": new_pins.get(str(public_id), ""),
        "past": past,
        "may_rate": view.state == State.RETURNED
        and bool(allow(request.actor, "dossiers.rate"))
        and rated_on(view.id) is None,
        "support": as_shown(support) if (support := support_of_dossier(view.id) if helper else None) else None,
        "came": came,
        "came_back": post.last_for(f"envelope:{came.id}")
        if came and came.state == post.EnvelopeState.SENT_BACK
        else None,
        "consignment": post.last_for(view.ref) if view.result_delivery == "post" else None,
        "may_choose_delivery": view.state not in FINISHED or view.state == State.COMPLETED,
        "may_withdraw": may_become(view.state, State.WITHDRAWN) and request.actor.kind in ("nobody", "citizen"),
        "delayed": view.due_at is not None and view.completed_at is None and view.due_at < request.now,
    }
    return render(request, "dossiers/citizen/follow.html", context)


def _parties(view: DossierView, *, whole: bool) -> list[tuple[str, list[tuple[str, str]]]]:
    found = []
    for party in view.parties:
        if party.role == "helper":
            continue
        hidden = str if whole else mask
        rows = [
            ("Họ và tên" if party.role == "applicant" else "Tên", party.full_name),
            ("Số định danh", hidden(party.identity_number)),
            ("Điện thoại", hidden(party.phone)),
            ("Thư điện tử", hidden(party.email)),
            ("Địa chỉ", hidden(party.address)),
            ("Nộp hồ sơ", ACTING_AS.get(party.acting_as, "")),
            ("Căn cứ nộp thay", party.authority),
        ]
        found.append((party.role_title, [(label, text) for label, text in rows if text]))
    return found


def _sections(view: DossierView, *, whole: bool) -> list[tuple[str, list[tuple[str, str]]]]:
    """The answers. Without an account, numbers and addresses of people are masked."""
    definition = procedures.version(view.version_id).definition
    form = definition.form if definition else None
    if form is None:
        return []
    acting_as = next((party.acting_as for party in view.parties if party.role == "applicant"), "")
    found = []
    for section in procedures.describe(form, view.form_data, context={"applicant": {"acting_as": acting_as}}):
        rows = [
            (row.label, row.text if whole or _widget(form, row.pointer) not in _PRIVATE else mask(row.text))
            for row in section.rows
        ]
        found.append((section.title, rows))
    return found


def _widget(form: Mapping[str, Any], pointer: str) -> str:
    schema: Any = form
    for step in pointer.split("/")[1:]:
        schema = schema.get("items", {}) if step.isdecimal() else schema.get("properties", {}).get(step, {})
    return str(schema.get("x-widget", ""))


@never_cache
@guarded("dossiers.track")
def why(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """«Vì sao hẹn ngày này»: day by day, for each value that the due time has had."""
    seen = see(request, public_id)
    if seen is None:
        return refuse(request)
    view = seen.view
    changes = []
    for change in view.deadline_changes:
        days = days_of(change.explanation)
        changes.append({"change": change, "days": days, "stretches": stretches(days), "counted": _sum(days)})
    context = {
        "view": view,
        "term_text": printing.term_in_words(dict(view.term) if view.term else None),
        "current": changes[-1] if changes else None,
        "earlier": list(reversed(changes[:-1])),
    }
    return render(request, "dossiers/citizen/why.html", context)


def _sum(days: Sequence[Any]) -> str:
    minutes = sum(day.minutes for day in days)
    hours, rest = divmod(minutes, 60)
    return f"{hours} giờ {rest} phút" if rest else f"{hours} giờ"


@never_cache
@guarded("dossiers.track")
def pay(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """To the page of payment. Whoever may follow the dossier may pay for it, in this browser."""
    seen = see(request, public_id)
    if seen is None:
        return refuse(request)
    if seen.view.charge_public_id is None or request.actor.kind not in ("nobody", "citizen"):
        return redirect("dossiers:follow", public_id=public_id)
    payments.open_for(request.session, seen.view.charge_public_id, now=request.now)
    return redirect("payments:show", seen.view.charge_public_id)


@guarded("dossiers.renew_pin")
def new_pin(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """A new PIN for the owner; the old one ends. It is shown once, on the next page."""
    seen = see(request, public_id)
    if seen is None or request.actor.kind != "citizen":
        raise Http404
    if request.method == "POST":
        pin = renew_pin(dossier_id=seen.view.id, actor=request.actor, now=request.now)
        request.session[NEW_PIN] = {str(public_id): f"{pin[:3]} {pin[3:]}"}
    return redirect("dossiers:follow", public_id=public_id)
