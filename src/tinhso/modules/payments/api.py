"""The door of payments: what is owed, what came, and what may be told of it. Amounts are integer đồng.

The module above names what is paid for by a `Subject` and follows `payments.events`: `ChargeSettled` says that nothing is
owed any more, `PaymentRefunded` that all of it went back.
"""

from __future__ import annotations

from tinhso.modules.payments.queries.charges import (
    ChargeInfo,
    ChargeNotFound,
    OnlineCounts,
    charge_by_id,
    charges_of,
    online_payment_counts,
)
from tinhso.modules.payments.rules.amounts import ChargeLine, dong
from tinhso.modules.payments.rules.words import ChargeState, Method
from tinhso.modules.payments.seed import grant as grant_demo_role
from tinhso.modules.payments.seed import pay_demo, write_demo
from tinhso.modules.payments.services.belonging import belong_to
from tinhso.modules.payments.services.charging import (
    CannotCharge,
    CannotExempt,
    Subject,
    cancel_charge,
    exempt,
    open_charge,
)
from tinhso.modules.payments.services.payer import open_for
from tinhso.modules.payments.services.reconciling import reconcile
from tinhso.modules.payments.services.refunding import ask_refund, decide_refund, finish_refund
from tinhso.modules.payments.services.taking import (
    CannotTake,
    Taken,
    begin_vietqr,
    confirm_vietqr,
    note_portal_payment,
    take_cash,
)

__all__ = [
    "CannotCharge",
    "CannotExempt",
    "CannotTake",
    "ChargeInfo",
    "ChargeLine",
    "ChargeNotFound",
    "ChargeState",
    "Method",
    "OnlineCounts",
    "Subject",
    "Taken",
    "ask_refund",
    "begin_vietqr",
    "belong_to",
    "cancel_charge",
    "charge_by_id",
    "charges_of",
    "confirm_vietqr",
    "decide_refund",
    "dong",
    "exempt",
    "finish_refund",
    "grant_demo_role",
    "note_portal_payment",
    "online_payment_counts",
    "open_charge",
    "open_for",
    "pay_demo",
    "reconcile",
    "take_cash",
    "write_demo",
]
