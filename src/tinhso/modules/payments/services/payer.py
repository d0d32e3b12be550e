"""The payer: signed in as the owner, or let in by the module above for this browser session.

The address of a charge opens nothing by itself.
"""

from __future__ import annotations

from collections.abc import Collection, MutableMapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from tinhso.kernel.access.api import Actor, Decision, Refused, allow
from tinhso.modules.payments.models import Charge

OPENED = "payments_opened"
HOURS, MOST = 2, 30


def open_for(session: MutableMapping[str, Any], public_id: UUID, *, now: datetime) -> None:
    """The module above has checked that this browser may pay the charge: for two hours it may."""
    opened = {**session.get(OPENED, {}), str(public_id): now.isoformat()}
    session[OPENED] = dict(list(opened.items())[-MOST:])


def opened_in(session: MutableMapping[str, Any], *, now: datetime) -> frozenset[str]:
    since = now - timedelta(hours=HOURS)
    return frozenset(key for key, at in session.get(OPENED, {}).items() if datetime.fromisoformat(at) > since)


def may_pay(actor: Actor, charge: Charge, opened: Collection[str]) -> Decision:
    if str(charge.public_id) in opened:
        return allow(actor, "payments.pay")
    if actor.kind == "nobody":
        return Decision(False, "Hãy mở hồ sơ bằng mã hồ sơ và mã PIN, hoặc đăng nhập, rồi chọn thanh toán.")
    return allow(actor, "payments.pay", charge)


def require_payer(actor: Actor, charge: Charge, opened: Collection[str]) -> None:
    decision = may_pay(actor, charge, opened)
    if not decision:
        raise Refused(decision.reason, permission="payments.pay")
