"""Dossiers whose money state does not say what their charge says: listed, never put right silently."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from tinhso.modules.dossiers.models import Dossier
from tinhso.modules.dossiers.rules import MoneyState
from tinhso.modules.payments.api import ChargeState

MOST = 200


@dataclass(frozen=True)
class Disagreement:
    dossier_id: int
    public_id: UUID
    code: str
    office_name: str
    money_state: MoneyState
    charge_state: ChargeState | None
    charge_public_id: UUID | None
    submitted_at: datetime


def _wrong() -> Q:
    pairs = (
        (MoneyState.DUE, ChargeState.OPEN),
        (MoneyState.PAID, ChargeState.PAID),
        (MoneyState.REFUNDED, ChargeState.REFUNDED),
    )
    found = Q()
    for money, charge in pairs:
        found |= Q(money_state=money, charge=None) | (Q(money_state=money) & ~Q(charge__state=charge))
    free = (ChargeState.EXEMPT, ChargeState.CANCELLED)
    return found | (
        Q(money_state__in=[MoneyState.FREE, MoneyState.UNKNOWN], charge__isnull=False) & ~Q(charge__state__in=free)
    )


def disagreements(organisation_ids: Collection[int] | None = None) -> tuple[Disagreement, ...]:
    """The oldest first, at most 200; of some offices and agencies, or of all. One query."""
    rows = Dossier.objects.filter(_wrong()).select_related("office", "charge")
    if organisation_ids is not None:
        rows = rows.filter(Q(office_id__in=organisation_ids) | Q(agency_id__in=organisation_ids))
    return tuple(
        Disagreement(
            row.pk,
            row.public_id,
            row.code,
            row.office.name,
            MoneyState(row.money_state),
            None if row.charge is None else ChargeState(row.charge.state),
            None if row.charge is None else row.charge.public_id,
            row.submitted_at,
        )
        for row in rows.order_by("pk")[:MOST]
    )
