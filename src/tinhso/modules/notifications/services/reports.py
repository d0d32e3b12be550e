"""Delivery reports of the providers: signed, and then still only believed as far as they make sense.

A report may come twice, late, before our own note of the sending, or contradict an earlier one: the first word
"delivered" stays.
"""

from __future__ import annotations

import hmac
import json
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from tinhso.kernel.access.api import Actor, require
from tinhso.modules.notifications.models import Message
from tinhso.modules.notifications.rules import Channel, MessageState, may_become


class ReportRefused(ValueError):
    """Not signed by the provider, or not a report. Nothing was changed."""


@dataclass(frozen=True)
class _Report:
    key: str
    ref: str
    delivered: bool
    error: str


def take_report(*, channel: Channel, body: bytes, signature: str, timestamp: str, actor: Actor, now: datetime) -> bool:
    """Take a provider's word on one message; False when it changes nothing (unknown, repeated, too late). Raises
    `ReportRefused`."""
    require(actor, "notifications.report")
    secret = settings.NOTIFICATIONS_PROVIDERS.get(channel.value, {}).get("report_secret", "")
    if not secret or not hmac.compare_digest(_signature(channel, body, timestamp, secret).encode(), signature.encode()):
        raise ReportRefused("Chữ ký của báo cáo không đúng.")
    try:
        raw = json.loads(body)
        report = _sms(raw) if channel == Channel.SMS else _zalo(raw)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise ReportRefused("Báo cáo không đúng cấu trúc.") from None
    return _apply(channel, report, now)


def _signature(channel: Channel, body: bytes, timestamp: str, secret: str) -> str:
    """SMS: HMAC-SHA256 of the body. Zalo: "mac=" and SHA-256 of application, body, time and the account's secret."""
    if channel == Channel.ZALO:
        app = settings.NOTIFICATIONS_PROVIDERS["zalo"]["sender"]
        return "mac=" + sha256(app.encode() + body + timestamp.encode() + secret.encode()).hexdigest()
    return hmac.new(secret.encode(), body, sha256).hexdigest()


def _sms(raw: Any) -> _Report:
    status = str(raw["SendStatus"])
    if status not in ("delivered", "failed", "expired"):
        raise ValueError(status)
    return _Report(str(raw["RequestId"]), str(raw["SMSID"]), status == "delivered", f"sms_{status}")


def _zalo(raw: Any) -> _Report:
    if raw["event_name"] != "user_received_message":
        raise ValueError(raw["event_name"])
    message = raw["message"]
    return _Report(str(message["tracking_id"]), str(message["msg_id"]), True, "")


@transaction.atomic
def _apply(channel: Channel, report: _Report, now: datetime) -> bool:
    try:
        key = UUID(report.key)
    except ValueError:
        raise ReportRefused("Báo cáo không đúng cấu trúc.") from None
    message = Message.objects.select_for_update().filter(public_id=key, channel=channel).first()
    if message is None:
        return False
    # A reference that is not the one we were given tells of another message.
    if message.provider_ref and message.provider_ref != report.ref:
        return False
    target = MessageState.DELIVERED if report.delivered else MessageState.FAILED
    if not may_become(MessageState(message.state), target):
        return False
    message.state = target
    message.claimed_until = None
    message.provider_ref = report.ref[:80]
    message.sent_at = message.sent_at or now
    message.error = report.error[:80] if not report.delivered else ""
    if report.delivered:
        message.delivered_at = now
    else:
        message.failed_at = now
    message.save(
        update_fields=["state", "claimed_until", "provider_ref", "sent_at", "error", "delivered_at", "failed_at"]
    )
    return True
