"""The door of identity: a person's record, for prefilling what they have told once; the first key of the provider."""

from __future__ import annotations

from tinhso.modules.identity.queries import PersonInfo, person
from tinhso.modules.identity.services.keys import ensure_key
from tinhso.modules.identity.services.people import (
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
    "ensure_key",
    "person",
    "save_person",
    "seed_demo_citizens",
]
