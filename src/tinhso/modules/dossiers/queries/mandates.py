"""What was filed under a mandate. Asked by identity, which is below."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from django.db.models import Count

from tinhso.kernel.access.api import Actor, allow
from tinhso.modules.dossiers.models import Dossier, Draft
from tinhso.modules.dossiers.queries.reading import Access
from tinhso.modules.dossiers.rules import State
from tinhso.modules.identity import api as identity

SHOWN = 50


def listing(mandate_id: int, actor: Actor) -> list[identity.Filing]:
    """Dossiers, then drafts that were not sent, the newest first; a link only for who may open it. Two queries, one more
    for each dossier of another procedure under a mandate of some."""
    rows = Dossier.objects.filter(mandate_id=mandate_id).select_related("version__procedure", "agency", "office")
    found = [
        identity.Filing(
            code=row.code,
            title=row.version.procedure.plain_name or row.version.procedure.name,
            agency_name=row.agency.name,
            state=State(row.state).title,
            at=row.submitted_at,
            url=_url(row, actor),
        )
        for row in rows.order_by("-pk")[:SHOWN]
    ]
    drafts = Draft.objects.filter(mandate_id=mandate_id, dossier__isnull=True)
    return found + [
        identity.Filing(
            code="",
            title=row.version.procedure.plain_name or row.version.procedure.name,
            agency_name=row.agency.name,
            state="Đang viết dở",
            at=row.updated_at,
        )
        for row in drafts.select_related("version__procedure", "agency").order_by("-pk")[:SHOWN]
    ]


def _url(row: Dossier, actor: Actor) -> str:
    if actor.kind == "citizen":
        return f"/dossiers/follow/{row.public_id}/" if actor.owner_id == row.owner_id else ""
    seen = Access(frozenset({row.agency_id, row.office_id}), None)
    return f"/dossiers/{row.public_id}/" if allow(actor, "dossiers.view", seen) else ""


def counts(mandate_ids: Collection[int]) -> Mapping[int, int]:
    """Mandate → how many dossiers were sent under it. One query."""
    rows = Dossier.objects.filter(mandate_id__in=list(mandate_ids)).order_by().values_list("mandate_id")
    return {number: count for number, count in rows.annotate(count=Count("id")) if number is not None}
