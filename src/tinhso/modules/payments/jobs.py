"""Slow and outside work of payments. Safe to repeat."""

from __future__ import annotations

from datetime import datetime, timedelta

from tinhso.kernel.access.api import SYSTEM
from tinhso.kernel.clock import VIETNAM
from tinhso.kernel.clock import now as clock_now
from tinhso.kernel.jobs.api import every, job
from tinhso.modules.payments.services import health, online, receipts, reconciling


@job(name="payments.print_receipt")
def print_receipt(*, receipt_id: int) -> None:
    """The receipt's PDF."""
    receipts.ensure_receipt(receipt_id=receipt_id, actor=SYSTEM, now=clock_now())


@job(name="payments.ask_attempt")
def ask_attempt(*, attempt_id: int) -> None:
    """The payer came back: what does the provider say?"""
    online.ask(attempt_id=attempt_id, actor=SYSTEM, now=clock_now())


@every(seconds=30, name="payments.ask_waiting")
def ask_waiting(*, now: datetime) -> None:
    """Callbacks that do not come are asked for."""
    online.ask_waiting(actor=SYSTEM, now=now)


@every(seconds=60, name="payments.probe")
def probe(*, now: datetime) -> None:
    """Do the providers answer?"""
    health.probe(actor=SYSTEM, now=now)


@every(seconds=6 * 3600, name="payments.reconcile")
def reconcile(*, now: datetime) -> None:
    """Yesterday's statements, compared. A provider that was away is asked again in the next round."""
    day = now.astimezone(VIETNAM).date() - timedelta(days=1)
    reconciling.fetch_statements(day=day, actor=SYSTEM, now=now)
