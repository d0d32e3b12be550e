"""The bell's page, and how a person wants to be told. For citizens and officers alike, each in their own frame."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from tinhso.kernel.access.web import ActorRequest, guarded
from tinhso.modules.notifications.queries import reading
from tinhso.modules.notifications.rules import Channel
from tinhso.modules.notifications.services.choosing import CannotChoose, choose_channels, mark_read
from tinhso.modules.notifications.services.doors import connected

PHONE_CHOICES = [
    (Channel.SMS.value, "Tin nhắn SMS"),
    (Channel.ZALO.value, "Zalo"),
    ("", "Không nhắn vào điện thoại"),
]


def _frame(request: ActorRequest) -> str:
    return "ui/citizen.html" if request.actor.kind == "citizen" else "ui/officer.html"


@never_cache
@require_GET
@guarded("notifications.inbox")
def inbox(request: ActorRequest) -> HttpResponse:
    """All notices of whoever is signed in, the newest first."""
    typed = request.GET.get("before", "")
    before = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 19 else None
    notices, older = reading.inbox(request.actor, before=before)
    context = {
        "frame": _frame(request),
        "notices": notices,
        "older": older,
        "first": before is None,
        "unread": any(notice.read_at is None for notice in notices),
    }
    return render(request, "notifications/inbox.html", context)


@never_cache
@require_GET
@guarded("notifications.inbox")
def open_notice(request: ActorRequest, notice_id: int) -> HttpResponse:
    """One notice: it is read now. The page it is about is one click further, since it may be gone by then."""
    found = reading.own_notice(request.actor, notice_id)
    if found is None:
        raise Http404
    mark_read(actor=request.actor, now=request.now, notice_id=notice_id)
    return render(request, "notifications/notice.html", {"frame": _frame(request), "notice": found})


@guarded("notifications.inbox")
def read_all(request: ActorRequest) -> HttpResponse:
    if request.method != "POST":
        return HttpResponseRedirect("../") if request.method == "GET" else HttpResponseNotAllowed(["POST"])
    count = mark_read(actor=request.actor, now=request.now)
    messages.success(request, f"Đã đánh dấu {count} thông báo là đã đọc." if count else "Không còn thông báo chưa đọc.")
    return redirect("notifications:inbox")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@guarded("notifications.choose")
def choices(request: ActorRequest) -> HttpResponse:
    """E-mail yes or no; one way to the telephone; Zalo with consent."""
    known = reading.choice_of(request.actor)
    values = {
        "email": known.email,
        "phone_channel": known.phone_channel,
        "zalo_consent": known.zalo_consent_at is not None,
    }
    errors: dict[str, str] = {}
    if request.method == "POST":
        values = {
            "email": request.POST.get("email") == "1",
            "phone_channel": request.POST.get("phone_channel", "?"),
            "zalo_consent": request.POST.get("zalo_consent") == "1",
        }
        try:
            choose_channels(
                email=bool(values["email"]),
                phone_channel=str(values["phone_channel"]),
                zalo_consent=bool(values["zalo_consent"]),
                actor=request.actor,
                now=request.now,
            )
        except CannotChoose as refusal:
            errors[refusal.field] = str(refusal)
        else:
            messages.success(request, "Đã lưu cách nhận thông báo.")
            return redirect("notifications:choices")
    context = {
        "frame": _frame(request),
        "values": values,
        "errors": errors,
        "summary": list(errors.items()),
        "phone_choices": PHONE_CHOICES,
        "consent_at": known.zalo_consent_at,
        "not_connected": [title for channel, title in PHONE_CHOICES if channel and not connected(Channel(channel))],
    }
    return render(request, "notifications/choices.html", context, status=422 if errors else 200)
