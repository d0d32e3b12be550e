"""What the post announces. No personal data: references and numbers only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from tinhso.kernel.events import Event


@dataclass(frozen=True)
class ConsignmentOrdered(Event):
    """An office wants something sent: the operator is to be told."""

    name: ClassVar[str] = "post.ordered"
    consignment_id: int
    reference: str


@dataclass(frozen=True)
class ConsignmentHandedOver(Event):
    """The postman has it."""

    name: ClassVar[str] = "post.handed_over"
    consignment_id: int
    reference: str


@dataclass(frozen=True)
class ConsignmentDelivered(Event):
    """Delivered with proof: who received it stands with the consignment."""

    name: ClassVar[str] = "post.delivered"
    consignment_id: int
    reference: str


@dataclass(frozen=True)
class ConsignmentReturned(Event):
    """It came back to the sender."""

    name: ClassVar[str] = "post.returned"
    consignment_id: int
    reference: str
