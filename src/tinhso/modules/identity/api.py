"""The door of identity: a person's record, for prefilling what they have told once."""

from __future__ import annotations

from tinhso.modules.identity.queries import PersonInfo, person
from tinhso.modules.identity.services import (
    DEMO_CITIZENS,
    CannotSavePerson,
    DemoCitizen,
    save_person,
    seed_demo_citizens,
)

__all__ = [
    "DEMO_CITIZENS",
    "CannotSavePerson",
    "DemoCitizen",
    "PersonInfo",
    "person",
    "save_person",
    "seed_demo_citizens",
]
