"""What dossiers announce. No personal data: numbers and codes only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from tinhso.kernel.events import Event


@dataclass(frozen=True)
class DossierSubmitted(Event):
    """A dossier was sent: it has its code and waits at the one-stop counter."""

    name: ClassVar[str] = "dossiers.submitted"
    dossier_id: int
    code: str
    channel: str


@dataclass(frozen=True)
class DossierAccepted(Event):
    """A clerk accepted the dossier: its time runs."""

    name: ClassVar[str] = "dossiers.accepted"
    dossier_id: int
    code: str


@dataclass(frozen=True)
class DossierRefused(Event):
    """A clerk refused the dossier with a ground (form 03)."""

    name: ClassVar[str] = "dossiers.refused"
    dossier_id: int
    code: str


@dataclass(frozen=True)
class StepFinished(Event):
    """A step of the inner route ended with an action."""

    name: ClassVar[str] = "dossiers.step_finished"
    dossier_id: int
    code: str
    task_id: int
    action: str


@dataclass(frozen=True)
class DossierCompleted(Event):
    """The result was approved and issued; it waits to be returned."""

    name: ClassVar[str] = "dossiers.completed"
    dossier_id: int
    code: str
    on_time: bool


@dataclass(frozen=True)
class ResultReturned(Event):
    """The result is in the person's hands."""

    name: ClassVar[str] = "dossiers.returned"
    dossier_id: int
    code: str
