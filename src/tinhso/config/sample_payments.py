"""Money of the demo: who takes, counts and approves it, and what came of the sample dossiers' fees."""

from __future__ import annotations

from datetime import datetime

from tinhso.kernel.access.api import Actor, User, actor_of
from tinhso.modules.directory import api as directory
from tinhso.modules.payments import api as payments

# Who holds what over their own agency (the ward, or the province's centre) and all below it.
ROLES = (
    ("tiepnhan", "cashier"),
    ("tiepnhan.tinh", "cashier"),
    ("chuyenvien.kinhte", "accountant"),
    ("truongphong", "payment_approver"),
)


def write(*, actor: Actor, now: datetime) -> str:
    """Once. Returns a line of counts."""
    clerk = User.objects.get(username=ROLES[0][0])
    if "cashier" in actor_of(clerk, on=now.date()).roles():
        return "đã có sẵn"
    for username, role in ROLES:
        place = directory.staff_of_user(User.objects.get(username=username).pk, now.date())
        if place is not None:
            payments.grant_demo_role(
                username=username, role=role, organisation_id=place.organisation_id, actor=actor, now=now
            )
    cashier = actor_of(clerk, on=now.date())
    approver = actor_of(User.objects.get(username=ROLES[3][0]), on=now.date())
    over = frozenset().union(*(grant.organisation_ids for grant in cashier.grants if grant.role == "cashier"))
    return payments.write_demo(clerk=cashier, approver=approver, organisation_ids=over, actor=actor, now=now)
