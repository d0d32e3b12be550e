"""Pure decisions about a consignment: its states, what a message of the operator changes, whether it is genuine."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any


class ConsignmentState(StrEnum):
    """Where a consignment is. Never the legal state of what is in it."""

    ORDERED = "ordered"
    CREATED = "created"
    HANDED_OVER = "handed_over"
    IN_TRANSIT = "in_transit"
    DELIVERING = "delivering"
    ATTEMPTED = "attempted"
    DELIVERED = "delivered"
    RETURNING = "returning"
    RETURNED = "returned"


STATE_TITLES: dict[str, str] = {
    "ordered": "Chờ bưu chính nhận yêu cầu",
    "created": "Đã có mã vận đơn, chờ bàn giao",
    "handed_over": "Đã bàn giao bưu tá",
    "in_transit": "Đang vận chuyển",
    "delivering": "Đang phát",
    "attempted": "Phát chưa thành công",
    "delivered": "Đã phát",
    "returning": "Đang chuyển hoàn",
    "returned": "Đã hoàn về nơi gửi",
}


class EnvelopeState(StrEnum):
    """Where an envelope that somebody sent us is: told by the operator, lying here, taken in, or sent back."""

    ANNOUNCED = "announced"
    ARRIVED = "arrived"
    TAKEN_IN = "taken_in"
    SENT_BACK = "sent_back"


ENVELOPE_TITLES: dict[str, str] = {
    "announced": "Bưu chính báo đang đến",
    "arrived": "Đã nhận, chờ lập hồ sơ",
    "taken_in": "Đã lập hồ sơ",
    "sent_back": "Đã gửi trả",
}
# An arrival is put into the book within a few days; further back it is a slip of the pen.
OLDEST_ARRIVAL = timedelta(days=10)
ENDED = frozenset({ConsignmentState.DELIVERED, ConsignmentState.RETURNED})
# What the operator may tell of; the first two are ours.
TOLD = frozenset(ConsignmentState) - {ConsignmentState.ORDERED, ConsignmentState.CREATED}
TRACKING_CODE = re.compile(r"[A-Z]{2}[0-9]{9}VN")
# A message older than this, or from the future, is not taken: it may have been caught and sent again.
FRESH = timedelta(days=3)


def state_after(
    current: ConsignmentState, told_at: datetime | None, new: ConsignmentState, at: datetime
) -> ConsignmentState:
    """What a message makes of the state. Messages come late, repeated and out of order: only a later one counts, and an
    end is an end."""
    if current in ENDED or (told_at is not None and at < told_at):
        return current
    return new


@dataclass(frozen=True)
class Message:
    """What the operator tells of a consignment."""

    event_id: str
    order_id: str
    tracking_code: str
    state: ConsignmentState
    at: datetime
    place: str
    note: str
    received_by: str


class CannotRead(ValueError):
    """The operator's words are not of the agreed shape."""


def read_message(raw: Any) -> Message:
    """Raises `CannotRead` naming the field."""
    if not isinstance(raw, Mapping):
        raise CannotRead("not an object")

    def text(key: str, most: int, *, needed: bool = True) -> str:
        value = raw.get(key, "")
        if not isinstance(value, str) or len(value) > most or (needed and not value.strip()):
            raise CannotRead(key)
        return value.strip()

    try:
        state = ConsignmentState(text("state", 20))
        at = datetime.fromisoformat(text("at", 40))
    except ValueError as fault:
        raise CannotRead(str(fault)[:100]) from None
    if state not in TOLD or at.tzinfo is None:
        raise CannotRead("state or at")
    return Message(
        text("event_id", 80), text("order_id", 80), text("tracking_code", 20), state, at,
        text("place", 200, needed=False), text("note", 500, needed=False), text("received_by", 300, needed=False),
    )  # fmt: skip


@dataclass(frozen=True)
class Announcement:
    """What the operator tells of an envelope on its way to an office."""

    tracking_code: str
    office_code: str
    sender_name: str
    sender_phone: str
    sender_address: str
    at: datetime


def read_announcement(raw: Any) -> Announcement:
    """Raises `CannotRead` naming the field."""
    if not isinstance(raw, Mapping) or not isinstance(raw.get("sender"), Mapping):
        raise CannotRead("not an object with a sender")

    def text(source: Mapping[str, Any], key: str, most: int, *, needed: bool = True) -> str:
        value = source.get(key, "")
        if not isinstance(value, str) or len(value) > most or (needed and not value.strip()):
            raise CannotRead(key)
        return value.strip()

    try:
        at = datetime.fromisoformat(text(raw, "at", 40))
    except ValueError as fault:
        raise CannotRead(str(fault)[:100]) from None
    code, sender = text(raw, "tracking_code", 20), raw["sender"]
    if at.tzinfo is None or TRACKING_CODE.fullmatch(code) is None:
        raise CannotRead("at or tracking_code")
    return Announcement(
        code, text(raw, "office", 40), text(sender, "name", 300), text(sender, "phone", 20, needed=False),
        text(sender, "address", 300, needed=False), at,
    )  # fmt: skip
