"""What procedures announces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from tinhso.kernel.events.api import Event


@dataclass(frozen=True)
class ProcedureVersionPublished(Event):
    """A version of a procedure came into force (or will, on `valid_from`). Dates are ISO text."""

    name: ClassVar[str] = "procedures.version_published"

    procedure_code: str
    version_id: int
    number: int
    valid_from: str
    fileable: bool


@dataclass(frozen=True)
class ProcedureVersionRetired(Event):
    """A version ends on `valid_until` (ISO, inclusive). `succeeded`: another version of the procedure follows it."""

    name: ClassVar[str] = "procedures.version_retired"

    procedure_code: str
    version_id: int
    number: int
    valid_until: str
    succeeded: bool
