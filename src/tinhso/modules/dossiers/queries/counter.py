"""What a clerk has begun at the counter and not finished."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count

from tinhso.kernel.access.api import Actor, account_of
from tinhso.modules.dossiers.models import Draft, DraftFile


@dataclass(frozen=True)
class CounterDraft:
    public_id: UUID
    title: str
    applicant_name: str
    updated_at: datetime


def unfinished_at_counter(actor: Actor, *, limit: int) -> tuple[CounterDraft, ...]:
    """The clerk's own unsent drafts, the newest first. One query."""
    rows = (
        Draft.objects.filter(written_by_id=account_of(actor), dossier__isnull=True)
        .select_related("version__procedure")
        .order_by("-updated_at")[:limit]
    )
    return tuple(
        CounterDraft(
            public_id=row.public_id,
            title=row.version.procedure.plain_name or row.version.procedure.name,
            applicant_name=str(row.applicant.get("full_name", "")),
            updated_at=row.updated_at,
        )
        for row in rows
    )


def scans_by_paper(draft: Draft) -> dict[str, int]:
    """How many scans each paper of a draft has. One query."""
    rows = DraftFile.objects.filter(draft=draft, is_scan=True).order_by().values_list("paper_key")
    return dict(rows.annotate(Count("pk")))
