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


@dataclass(frozen=True)
class SupplementRequested(Event):
    """The person is asked to complete the dossier (form 02)."""

    name: ClassVar[str] = "dossiers.supplement_requested"
    dossier_id: int
    code: str
    request_id: int


@dataclass(frozen=True)
class SupplementAnswered(Event):
    """The person has completed the dossier; `late`: after the day that was named."""

    name: ClassVar[str] = "dossiers.supplement_answered"
    dossier_id: int
    code: str
    request_id: int
    late: bool


@dataclass(frozen=True)
class PaymentRequested(Event):
    """The person is asked to pay before the work goes on."""

    name: ClassVar[str] = "dossiers.payment_requested"
    dossier_id: int
    code: str
    amount: int


@dataclass(frozen=True)
class PaymentSettled(Event):
    """What was asked is paid, or no longer owed: the work goes on."""

    name: ClassVar[str] = "dossiers.payment_settled"
    dossier_id: int
    code: str


@dataclass(frozen=True)
class DeadlineExtended(Event):
    """The agency apologised and named a new day (form 04)."""

    name: ClassVar[str] = "dossiers.deadline_extended"
    dossier_id: int
    code: str
    apology_id: int


@dataclass(frozen=True)
class DossierWithdrawn(Event):
    """The person withdrew the dossier."""

    name: ClassVar[str] = "dossiers.withdrawn"
    dossier_id: int
    code: str


@dataclass(frozen=True)
class DossierStopped(Event):
    """The agency stopped the work on a ground (form 05)."""

    name: ClassVar[str] = "dossiers.stopped"
    dossier_id: int
    code: str


@dataclass(frozen=True)
class TaskHandedOver(Event):
    """Open work went to another unit, organisation or person: `how` is transfer, take_over or send_back."""

    name: ClassVar[str] = "dossiers.task_handed_over"
    dossier_id: int
    code: str
    task_id: int
    how: str


@dataclass(frozen=True)
class HandedOver(Event):
    """A dossier across agencies went to the next agency (or back to one before), which is to confirm."""

    name: ClassVar[str] = "dossiers.handed_over"
    dossier_id: int
    code: str
    organisation_id: int
    is_return: bool


@dataclass(frozen=True)
class HandOverConfirmed(Event):
    """The receiving agency confirmed that it has the dossier."""

    name: ClassVar[str] = "dossiers.hand_over_confirmed"
    dossier_id: int
    code: str
    organisation_id: int


@dataclass(frozen=True)
class HandOverRefused(Event):
    """The receiving agency did not take the dossier; it is back with who handed it over."""

    name: ClassVar[str] = "dossiers.hand_over_refused"
    dossier_id: int
    code: str
    organisation_id: int


@dataclass(frozen=True)
class TaskAssigned(Event):
    """A head gave open work to somebody."""

    name: ClassVar[str] = "dossiers.task_assigned"
    dossier_id: int
    code: str
    task_id: int
    user_id: int


@dataclass(frozen=True)
class OpinionsAsked(Event):
    """Other organisations are asked for their opinion, beside the route."""

    name: ClassVar[str] = "dossiers.opinions_asked"
    dossier_id: int
    code: str
    organisation_ids: tuple[int, ...]


@dataclass(frozen=True)
class PaperDigitised(Event):
    """A clerk scanned a paper and compared it with the original."""

    name: ClassVar[str] = "dossiers.paper_digitised"
    dossier_id: int
    code: str
    paper_id: int


@dataclass(frozen=True)
class ResultCorrected(Event):
    """A wrong result was replaced by another that names it."""

    name: ClassVar[str] = "dossiers.result_corrected"
    dossier_id: int
    code: str
    result_id: int


@dataclass(frozen=True)
class InstructionGiven(Event):
    """A leader asked somebody for something about the dossier; its way is not touched."""

    name: ClassVar[str] = "dossiers.instruction_given"
    dossier_id: int
    code: str
    instruction_id: int


@dataclass(frozen=True)
class InstructionAnswered(Event):
    """The instruction was answered."""

    name: ClassVar[str] = "dossiers.instruction_answered"
    dossier_id: int
    code: str
    instruction_id: int
