"""For operators: what went out and what stands still, and the texts."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from tinhso.kernel.access.web import ActorRequest, guarded
from tinhso.kernel.clock import VIETNAM
from tinhso.kernel.ui.typed import parse_date
from tinhso.modules.notifications.queries import reading
from tinhso.modules.notifications.rules import (
    CHANNEL_TITLES,
    KINDS,
    MESSAGE_TITLES,
    PLACEHOLDERS,
    WEAK_CHANNELS,
    Channel,
    Kind,
    MessageState,
    allowed_placeholders,
    check_template,
    fill,
    paragraphs,
    sample_values,
    without_accents,
)
from tinhso.modules.notifications.services import templates as texts
from tinhso.modules.notifications.services.doors import connected
from tinhso.modules.notifications.services.operating import CannotRetry, retry_channel, retry_message

TONES = {
    MessageState.QUEUED: "info",
    MessageState.SENT: "progress",
    MessageState.DELIVERED: "success",
    MessageState.FAILED: "danger",
    MessageState.EXPIRED: "neutral",
}


@never_cache
@require_GET
@guarded("notifications.operate")
def outbox(request: ActorRequest) -> HttpResponse:
    """By channel how it stands, and the messages: without names, texts and whole addresses."""
    channel = _channel(request.GET.get("channel", ""))
    state = next((s for s in MessageState if s.value == request.GET.get("state")), None)
    typed = request.GET.get("before", "")
    before = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 19 else None
    rows, older = reading.outbox(channel=channel, state=state, before=before)
    context = {
        "channels": [
            (report, connected(report.channel), _awake(report, request.now))
            for report in reading.channel_reports(now=request.now)
        ],
        "rows": [(row, KINDS[row.kind].title, TONES[row.message.state]) for row in rows],
        "older": older,
        "channel": channel.value if channel else "",
        "state": state.value if state else "",
        "channel_choices": [(c.value, title) for c, title in CHANNEL_TITLES.items()],
        "state_choices": [(s.value, title) for s, title in MESSAGE_TITLES.items()],
    }
    return render(request, "notifications/outbox.html", context)


def _awake(report: reading.ChannelReport, now: datetime) -> bool:
    return report.paused_until is None or report.paused_until <= now


def _channel(name: str) -> Channel | None:
    return next((channel for channel in Channel if channel.value == name), None)


@guarded("notifications.operate")
def retry(request: ActorRequest, message_id: int) -> HttpResponse:
    if request.method != "POST":
        return redirect("notifications:outbox") if request.method == "GET" else HttpResponseNotAllowed(["POST"])
    try:
        retry_message(message_id=message_id, actor=request.actor, now=request.now)
        messages.success(request, "Tin sẽ được gửi lại trong ít phút.")
    except CannotRetry as refusal:
        messages.error(request, str(refusal))
    return redirect("notifications:outbox")


@guarded("notifications.operate")
def retry_all(request: ActorRequest, channel: str) -> HttpResponse:
    if request.method != "POST":
        return redirect("notifications:outbox") if request.method == "GET" else HttpResponseNotAllowed(["POST"])
    known = _channel(channel)
    if known is None:
        raise Http404
    count = retry_channel(channel=known, actor=request.actor, now=request.now)
    messages.success(request, f"{CHANNEL_TITLES[known]}: gửi lại {count} tin, kênh được thử ngay.")
    return redirect("notifications:outbox")


@never_cache
@require_GET
@guarded("notifications.edit_templates")
def templates(request: ActorRequest) -> HttpResponse:
    """Every text in force now, by kind and channel."""
    now = texts.in_force(Kind, now=request.now)
    rows = [(kind, info, [(channel, now.get((kind, channel))) for channel in Channel]) for kind, info in KINDS.items()]
    context = {"rows": rows, "channels": list(CHANNEL_TITLES.values())}
    return render(request, "notifications/templates.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@guarded("notifications.edit_templates")
def template(request: ActorRequest, kind: str, channel: str) -> HttpResponse:
    """A text: changed, looked at with made-up values, put in force from a day on."""
    of_kind = next((one for one in Kind if one.value == kind), None)
    of_channel = _channel(channel)
    if of_kind is None or of_channel is None or (of_kind, of_channel) not in texts.shipped():
        raise Http404
    current = texts.in_force([of_kind], now=request.now)[of_kind, of_channel]
    values = {
        "subject": current.subject,
        "text": current.text,
        "provider_template": current.provider_template,
        "valid_from": "",
    }
    errors: dict[str, str] = {}
    if request.method == "POST":
        values = {name: request.POST.get(name, "").replace("\x00", "") for name in values}
        values["text"] = values["text"].replace("\r\n", "\n")
        errors = _act(request, of_kind, of_channel, values)
        if not errors and request.POST.get("do") == "save":
            messages.success(request, "Đã lưu mẫu mới. Thông báo đã gửi giữ nguyên lời cũ.")
            return redirect("notifications:templates")
    context = {
        "kind": of_kind,
        "kind_title": KINDS[of_kind].title,
        "channel": of_channel,
        "channel_title": CHANNEL_TITLES[of_channel],
        "weak": of_channel in WEAK_CHANNELS,
        "values": values,
        "errors": errors,
        "summary": list(errors.items()),
        "placeholders": [
            (f"{{{name}}}", PLACEHOLDERS[name])
            for name in PLACEHOLDERS
            if name in allowed_placeholders(of_kind, of_channel)
        ],
        "preview": _preview(of_kind, of_channel, values),
        "history": texts.history(of_kind, of_channel),
    }
    return render(request, "notifications/template.html", context, status=422 if errors else 200)


def _act(request: ActorRequest, kind: Kind, channel: Channel, values: dict[str, str]) -> dict[str, str]:
    """Check only, or save; the errors by field."""
    try:
        day = parse_date(values["valid_from"])
    except ValueError as error:
        return {"valid_from": str(error)}
    if request.POST.get("do") != "save":
        return check_template(
            kind,
            channel,
            subject=values["subject"].strip(),
            text=values["text"].strip(),
            provider_template=values["provider_template"].strip(),
        )
    valid_from = request.now if day is None else datetime.combine(day, time(), VIETNAM)
    if day == request.now.astimezone(VIETNAM).date():
        valid_from = request.now
    try:
        texts.save_template(
            kind=kind,
            channel=channel,
            subject=values["subject"],
            text=values["text"],
            provider_template=values["provider_template"].strip(),
            valid_from=valid_from,
            actor=request.actor,
            now=request.now,
        )
    except texts.CannotSaveTemplate as refusal:
        return refusal.errors
    return {}


def _preview(kind: Kind, channel: Channel, values: dict[str, str]) -> dict[str, Any] | None:
    """The text with made-up values; None while it cannot be filled."""
    samples = sample_values(kind)
    try:
        text = fill(values["text"].strip(), samples)
        subject = fill(values["subject"].strip(), samples)
    except KeyError:
        return None
    if channel == Channel.SMS:
        text = without_accents(text)
    return {"subject": subject, "paragraphs": paragraphs(text), "length": len(text)}
