"""Whose a charge is, when a person is proven or two accounts of one person become one."""

from __future__ import annotations

from collections.abc import Collection

from tinhso.modules.payments.models import Charge


def adopt(kept: int, closed: int) -> None:
    """Charges of the closed account are the other's. The merge itself stands in the trail of both accounts."""
    Charge.objects.filter(owner_id=closed).update(owner_id=kept)


def belong_to(*, owner_id: int, subject_refs: Collection[str]) -> None:
    """What these were charged for is this account's now: so are the charges that were nobody's. One query."""
    Charge.objects.filter(subject_ref__in=subject_refs, owner__isnull=True).update(owner_id=owner_id)
