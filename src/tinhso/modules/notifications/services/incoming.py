"""Text messages that people send to the province's number (tin nhắn đến). The gateway hands each over signed and sends our
answer back to the same telephone. Another module answers by the message's first word.

A gateway may hand one over twice: answering asks and tells, it changes nothing. Nothing of a message is kept.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime

from django.conf import settings

from tinhso.kernel.access.api import Actor, require
from tinhso.kernel.signed import is_genuine
from tinhso.kernel.text import fold

Answer = Callable[[list[str], Actor, datetime], str]
_answers: dict[str, tuple[str, Answer]] = {}
MOST_CHARACTERS = 300


class IncomingRefused(ValueError):
    """Not signed by the gateway, too old, or not a message."""


def register_incoming(word: str, usage: str, answer: Answer) -> None:
    """`word`: what the message begins with, however it is cased or accented. `usage`: how to write it. `answer`: from the
    words after it, one line without anything private."""
    _answers[fold(word)] = (usage, answer)


def number() -> str:
    """The number that people write to; "" when none is connected."""
    return str(settings.NOTIFICATIONS_PROVIDERS["sms"].get("number", ""))


def answer_incoming(*, body: bytes, timestamp: str, signature: str, actor: Actor, now: datetime) -> str:
    """What the telephone is answered. Raises `IncomingRefused`."""
    require(actor, "notifications.incoming")
    secret = settings.NOTIFICATIONS_PROVIDERS["sms"].get("report_secret", "")
    if not is_genuine(secret, timestamp, body, signature, now=now):
        raise IncomingRefused("Chữ ký của tin nhắn không đúng hoặc đã quá hạn.")
    try:
        raw = json.loads(body)
        text = raw["Content"]
        if not isinstance(text, str):
            raise TypeError
    except (ValueError, KeyError, TypeError, RecursionError):
        raise IncomingRefused("Tin nhắn không đúng cấu trúc.") from None
    words = text[:MOST_CHARACTERS].split()
    known = _answers.get(fold(words[0])) if words else None
    if known is None:
        return "Tin nhắn chưa đúng cú pháp. " + " ".join(f"Soạn: {usage}." for usage, _ in _answers.values())
    return known[1](words[1:], actor, now)
