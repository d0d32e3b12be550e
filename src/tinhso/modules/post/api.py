"""The door of post: send something by the public postal service (bưu chính công ích) and know where it is.

A consignment carries a `reference` ("dossier:17"); what it means is its owner's. Its states are never legal states.
"""

from __future__ import annotations

from tinhso.modules.post.queries import (
    ConsignmentInfo,
    EnvelopeInfo,
    ToldInfo,
    consignment,
    envelope_by_id,
    envelope_in_reach,
    envelope_of,
    last_for,
    open_envelopes,
    own_data,
    told_of,
)
from tinhso.modules.post.rules import STATE_TITLES, ConsignmentState, EnvelopeState
from tinhso.modules.post.services.envelopes import CannotHandle, send_back, take_in
from tinhso.modules.post.services.opening import register_opening
from tinhso.modules.post.services.sending import CannotSend, order, push, push_waiting
from tinhso.modules.post.services.telling import ask_about_silent

__all__ = [
    "STATE_TITLES",
    "CannotHandle",
    "CannotSend",
    "ConsignmentInfo",
    "ConsignmentState",
    "EnvelopeInfo",
    "EnvelopeState",
    "ToldInfo",
    "ask_about_silent",
    "consignment",
    "envelope_by_id",
    "envelope_in_reach",
    "envelope_of",
    "last_for",
    "open_envelopes",
    "order",
    "own_data",
    "push",
    "push_waiting",
    "register_opening",
    "send_back",
    "take_in",
    "told_of",
]
