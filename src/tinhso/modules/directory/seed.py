"""The reference province (stub until the data is in)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from tinhso.kernel.access.api import Actor

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class DemoOfficer:
    """An account of the demo. `organisation_code` is where the person works, `None` for a technical operator."""

    username: str
    full_name: str
    organisation_code: str | None
    roles: tuple[str, ...]
    kind: str = "officer"


DEMO_OFFICERS: tuple[DemoOfficer, ...] = ()


def seed_reference_province(
    *, now: datetime, actor: Actor, demo_password: str | None = None, progress: Progress | None = None
) -> None:
    raise NotImplementedError
