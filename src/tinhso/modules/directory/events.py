"""What the directory announces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from tinhso.kernel.events.api import Event


@dataclass(frozen=True)
class OrganisationCreated(Event):
    name: ClassVar[str] = "directory.organisation_created"
    organisation_id: int


@dataclass(frozen=True)
class OrganisationClosed(Event):
    """The organisation ends with `last_date` (ISO); its work goes on in `successor_ids` (may be empty)."""

    name: ClassVar[str] = "directory.organisation_closed"
    organisation_id: int
    last_date: str
    successor_ids: tuple[int, ...]


@dataclass(frozen=True)
class DirectoryImported(Event):
    name: ClassVar[str] = "directory.imported"
    organisations_created: int
    staff_created: int
