"""The door of post: send something by the public postal service (bưu chính công ích) and know where it is.

A consignment carries a `reference` ("dossier:17"); what it means is its owner's. Its states are never legal states.
"""

from __future__ import annotations

from tinhso.modules.post.queries import ConsignmentInfo, ToldInfo, consignment, last_for, told_of
from tinhso.modules.post.rules import STATE_TITLES, ConsignmentState
from tinhso.modules.post.services.sending import CannotSend, order, push, push_waiting
from tinhso.modules.post.services.telling import ask_about_silent

__all__ = [
    "STATE_TITLES",
    "CannotSend",
    "ConsignmentInfo",
    "ConsignmentState",
    "ToldInfo",
    "ask_about_silent",
    "consignment",
    "last_for",
    "order",
    "push",
    "push_waiting",
    "told_of",
]
