"""Where documents were used, and how often: the proofs."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count

from tinhso.kernel.clock import VIETNAM
from tinhso.modules.archive.models import DocumentUse


@dataclass(frozen=True)
class UseInfo:
    """A proof of use. `snapshot`: the document as it stood then; `digest`: SHA-256 over it."""

    id: int
    public_id: UUID
    document_public_id: UUID
    dossier_code: str
    paper_name: str
    agency_name: str
    ground: str
    used_at: datetime
    used_by_name: str
    snapshot: Mapping[str, Any]
    digest: str

    @property
    def label(self) -> str:
        """The document in one line, as it stood then."""
        kept = self.snapshot
        issued = date.fromisoformat(kept["issued"])
        number = f" số {kept['number']}" if kept["number"] else ""
        return f"{kept['name']}{number}, cấp ngày {issued:%d/%m/%Y} bởi {kept['issuer']}"


@dataclass(frozen=True)
class ReuseCount:
    """Of one agency in a period: dossiers with at least one document of a store, and documents used."""

    agency_id: int
    dossiers: int
    documents: int


def use_info(row: DocumentUse) -> UseInfo:
    """`row` comes joined with its agency and document: no query."""
    return UseInfo(
        id=row.pk,
        public_id=row.public_id,
        document_public_id=row.document.public_id,
        dossier_code=row.dossier_code,
        paper_name=row.paper_name,
        agency_name=row.agency.name,
        ground=row.ground,
        used_at=row.used_at,
        used_by_name=row.used_by_name,
        snapshot=row.snapshot,
        digest=row.digest,
    )


def uses_of_documents(document_ids: Collection[int]) -> list[UseInfo]:
    """Where documents were used, the last first. One query."""
    rows = DocumentUse.objects.select_related("agency", "document").filter(document_id__in=document_ids)
    return [use_info(row) for row in rows.order_by("-used_at", "-pk")]


def reuse_counts(*, since: date, until: date, agency_ids: Collection[int] | None = None) -> tuple[ReuseCount, ...]:
    """By agency, of the dossiers sent in the period (both days included), in one query. None: every agency."""
    start = datetime.combine(since, time.min, VIETNAM)
    end = datetime.combine(until + timedelta(days=1), time.min, VIETNAM)
    rows = DocumentUse.objects.filter(used_at__gte=start, used_at__lt=end)
    if agency_ids is not None:
        rows = rows.filter(agency_id__in=agency_ids)
    counted = rows.values("agency_id").annotate(dossiers=Count("dossier_ref", distinct=True), documents=Count("pk"))
    return tuple(
        ReuseCount(row["agency_id"], row["dossiers"], row["documents"]) for row in counted.order_by("agency_id")
    )
