"""Whose a dossier is, when a person is proven or two accounts of one person become one. Told by identity."""

from __future__ import annotations

from datetime import datetime

from tinhso.kernel.access.api import Actor
from tinhso.kernel.audit.api import record
from tinhso.modules.dossiers.models import Dossier, Draft, Party
from tinhso.modules.dossiers.rules import Channel
from tinhso.modules.identity import api as identity
from tinhso.modules.payments import api as payments


def claim(user_id: int, number: str, full_name: str, now: datetime) -> None:
    """What a clerk took in at the counter from this person, number and name alike, becomes their account's. What
    somebody sent without an account stays with its code and PIN: that number was only typed."""
    rows = Party.objects.filter(
        role=Party.Role.APPLICANT, identity_number=number, dossier__owner__isnull=True, dossier__channel=Channel.COUNTER
    )
    found = [row.dossier_id for row in rows if identity.same_name(row.full_name, full_name)]
    for dossier in Dossier.objects.select_for_update().filter(pk__in=found, owner__isnull=True).order_by("pk"):
        dossier.owner_id = user_id
        dossier.save(update_fields=["owner"])
        payments.belong_to(owner_id=user_id, subject_refs=[dossier.ref])
        record(
            who=Actor("citizen", full_name, user_id),
            action="dossiers.claim_own",
            object_ref=dossier.ref,
            reason="Số định danh của người nộp đã được xác thực",
            now=now,
        )


def adopt(kept: int, closed: int) -> None:
    """Dossiers and drafts of the closed account are the other's. The merge itself stands in the trail of both accounts."""
    Dossier.objects.filter(owner_id=closed).update(owner_id=kept)
    Draft.objects.filter(owner_id=closed).update(owner_id=kept)
