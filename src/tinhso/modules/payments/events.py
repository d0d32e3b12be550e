"""What payments announce. No personal data: references, numbers and amounts in đồng only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from tinhso.kernel.events import Event


@dataclass(frozen=True)
class ChargeSettled(Event):
    """Nothing is owed any more: paid, or exempted on a ground. `how`: paid or exempt."""

    name: ClassVar[str] = "payments.charge_settled"
    charge_id: int
    subject_ref: str
    how: str
    amount: int


@dataclass(frozen=True)
class SurplusReceived(Event):
    """Money came for something that is not owed (any more): it is kept apart and has to be given back."""

    name: ClassVar[str] = "payments.surplus_received"
    charge_id: int
    subject_ref: str
    payment_id: int
    amount: int


@dataclass(frozen=True)
class AttemptFailed(Event):
    """A payment online did not go through; the person may try again."""

    name: ClassVar[str] = "payments.attempt_failed"
    charge_id: int
    subject_ref: str
    provider: str


@dataclass(frozen=True)
class PaymentRefunded(Event):
    """Money was given back. `whole`: all that was paid on the charge, which is refunded then."""

    name: ClassVar[str] = "payments.refunded"
    charge_id: int
    subject_ref: str
    amount: int
    whole: bool
