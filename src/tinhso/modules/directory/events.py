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
