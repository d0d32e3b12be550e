"""What the directory announces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from tinhso.kernel.events.api import Event


@dataclass(frozen=True)
class DirectoryImported(Event):
    name: ClassVar[str] = "directory.imported"
    organisations_created: int
    staff_created: int


@dataclass(frozen=True)
class StaffLeft(Event):
    """Somebody's last day at an organisation is over. Their open work there goes to `successor_id`, or where that is
    None or lacks the role, back to all who may do it. `moved_to_id`: where they work now, None when they left."""

    name: ClassVar[str] = "directory.staff_left"
    user_id: int
    organisation_id: int
    successor_id: int | None
    moved_to_id: int | None
    ground: str


@dataclass(frozen=True)
class OrganisationsReformed(Event):
    """A reorganisation was carried out: `ended` organisations have successors since `effective_date` (ISO), and all open
    work has gone to them. Who succeeds whom: `api.successors_of`."""

    name: ClassVar[str] = "directory.organisations_reformed"
    reform_id: int
    effective_date: str
    ended: int
