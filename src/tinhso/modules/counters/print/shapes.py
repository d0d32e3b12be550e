"""The slip of a queue number: data for `kernel.pdf.print_paper`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import ClassVar

from tinhso.kernel.pdf import Paper

_HERE = Path(__file__).resolve().parent


@dataclass(frozen=True, kw_only=True)
class Slip(Paper):
    """A slip of 80 mm. `number` as it is called ("A012")."""

    template: ClassVar[Path] = _HERE / "slip.typ"

    office_name: str
    number: str
    line: str
    taken_at: datetime
    priority: str = ""
