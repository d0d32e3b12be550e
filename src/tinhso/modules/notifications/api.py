"""The door of notifications: tell somebody something, once, and know what became of it."""

from __future__ import annotations

from tinhso.modules.notifications.queries.reading import MessageInfo, NoticeInfo, notices_about
from tinhso.modules.notifications.rules import Channel, Kind, MessageState
from tinhso.modules.notifications.services.incoming import number as incoming_number
from tinhso.modules.notifications.services.incoming import register_incoming
from tinhso.modules.notifications.services.keeping import prune
from tinhso.modules.notifications.services.notifying import Recipient, Wanted, notify, notify_many
from tinhso.modules.notifications.services.sending import ask_to_send, send_due

__all__ = [
    "Channel",
    "Kind",
    "MessageInfo",
    "MessageState",
    "NoticeInfo",
    "Recipient",
    "Wanted",
    "ask_to_send",
    "incoming_number",
    "notices_about",
    "notify",
    "notify_many",
    "prune",
    "register_incoming",
    "send_due",
]
