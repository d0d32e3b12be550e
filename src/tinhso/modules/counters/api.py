"""The door of counters: the queue of a one-stop hall, which knows nothing of dossiers.

A kiosk draws numbers, a screen shows them, clerks call them. Whoever begins work at a counter notes it on the number
in hand (`note_use`), so that waiting and work can be read together.
"""

from __future__ import annotations

from tinhso.modules.counters.queries import HallInfo, Seat, TicketInfo, halls_of, lines_of, seat_of, tickets_of
from tinhso.modules.counters.services.queueing import (
    CannotCall,
    CannotSetUp,
    CannotTake,
    call_next,
    finish,
    note_use,
    set_up_hall,
    sit_down,
    take_number,
)

__all__ = [
    "CannotCall",
    "CannotSetUp",
    "CannotTake",
    "HallInfo",
    "Seat",
    "TicketInfo",
    "call_next",
    "finish",
    "halls_of",
    "lines_of",
    "note_use",
    "seat_of",
    "set_up_hall",
    "sit_down",
    "take_number",
    "tickets_of",
]
