"""Help from a distance as pages show it: to the helper no more than the person agreed to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from tinhso.kernel.access.api import Actor, account_of
from tinhso.modules.dossiers.models import Support
from tinhso.modules.dossiers.rules import State
from tinhso.modules.dossiers.rules.supporting import holds

SHOWN = 50


@dataclass(frozen=True)
class SupportInfo:
    """`stage`: asked, active, ended. What became of the dossier only while it is covered by the consent; None: not."""

    public_id: UUID
    title: str
    person_name: str
    scope: str
    scope_title: str
    way: str
    consent_note: str
    asked_at: datetime
    code_until_at: datetime | None
    consented_at: datetime | None
    until_at: datetime
    ended_at: datetime | None
    ended_by_name: str
    stage: str
    draft_id: UUID | None
    code: str
    sent_at: datetime | None
    state_title: str
    due_at: datetime | None


def supports_of(actor: Actor, *, now: datetime, public_id: UUID | None = None) -> list[SupportInfo]:
    """The officer's own, the newest first. One query."""
    rows = Support.objects.filter(helper_id=account_of(actor)).select_related("draft__dossier")
    if public_id is not None:
        rows = rows.filter(public_id=public_id)
    return [_info(row, now) for row in rows.order_by("-asked_at", "-pk")[:SHOWN]]


def _info(row: Support, now: datetime) -> SupportInfo:
    over = row.ended_at is not None or now >= row.until_at
    active = holds(consented_at=row.consented_at, ended_at=row.ended_at, until_at=row.until_at, now=now)
    dossier = None if row.draft is None else row.draft.dossier
    follows = active and row.scope == "follow" and dossier is not None
    return SupportInfo(
        public_id=row.public_id,
        title=row.title,
        person_name=row.person_name,
        scope=row.scope,
        scope_title=row.get_scope_display(),
        way=row.way,
        consent_note=row.consent_note,
        asked_at=row.asked_at,
        code_until_at=row.code_until_at,
        consented_at=row.consented_at,
        until_at=row.until_at,
        ended_at=row.ended_at,
        ended_by_name=row.ended_by_name,
        stage="ended" if over else "active" if active else "asked",
        draft_id=row.draft.public_id if active and row.draft is not None and dossier is None else None,
        code=dossier.code if active and dossier is not None else "",
        sent_at=dossier.submitted_at if dossier is not None else None,
        state_title=State(dossier.state).title if follows and dossier is not None else "",
        due_at=dossier.due_at if follows and dossier is not None else None,
    )


def support_of_dossier(dossier_id: int) -> Support | None:
    """Who helped with a dossier from a distance. One query."""
    return Support.objects.filter(draft__dossier_id=dossier_id).select_related("place").first()
