"""What payments do when something happened: receipts are printed right after, so that they are there when asked for."""

from __future__ import annotations

from tinhso.kernel.events.api import Context, subscribe
from tinhso.kernel.jobs.api import enqueue
from tinhso.modules.payments import jobs
from tinhso.modules.payments.events import ChargeSettled
from tinhso.modules.payments.queries.charges import receipt_of_charge


def on_settled(event: ChargeSettled, context: Context) -> None:
    receipt_id = receipt_of_charge(event.charge_id)
    if receipt_id is not None:
        enqueue(jobs.print_receipt, receipt_id=receipt_id)


def subscribe_all() -> None:
    subscribe(ChargeSettled, name="payments.print_receipt")(on_settled)
