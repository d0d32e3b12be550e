"""The tables of the directory: who is who, and how that changes."""

from __future__ import annotations

from tinhso.modules.directory.models.reforms import Reform, ReformAction, ReformStep
from tinhso.modules.directory.models.structure import (
    Departure,
    ImportBatch,
    Organisation,
    Position,
    StaffMember,
    StaffNumber,
    Succession,
    Unit,
)

__all__ = [
    "Departure",
    "ImportBatch",
    "Organisation",
    "Position",
    "Reform",
    "ReformAction",
    "ReformStep",
    "StaffMember",
    "StaffNumber",
    "Succession",
    "Unit",
]
