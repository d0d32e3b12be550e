"""What identity announces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from tinhso.kernel.events import Event


@dataclass(frozen=True)
class SystemSessionEnded(Event):
    """A person's session at another system is over with ours; the system is to be told."""

    name: ClassVar[str] = "identity.system_session_ended"
    system_session_id: int
