"""What a person sees of their own: drafts to go on with, papers attached to a draft, dossiers sent."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from tinhso.modules.dossiers.models import Dossier, Draft, DraftFile
from tinhso.modules.dossiers.rules import State


@dataclass(frozen=True)
class DraftLine:
    public_id: UUID
    title: str
    agency_name: str
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True)
class AttachedFile:
    """A file of a draft. `id`: the row's number, by which it is taken off again. `document_label`: what it is, when it
    was taken from the person's store."""

    id: int
    file_id: int
    filename: str
    size: int
    media_type: str
    document_id: int | None = None
    document_label: str = ""


@dataclass(frozen=True)
class DossierLine:
    id: int
    public_id: UUID
    code: str
    title: str
    agency_name: str
    applicant_name: str
    state: State
    submitted_at: datetime
    due_at: datetime | None
    completed_at: datetime | None


PAGE = 30


def owner_of_dossier(public_id: UUID) -> int | None:
    """The account whose dossier it is. One query."""
    return Dossier.objects.filter(public_id=public_id).values_list("owner_id", flat=True).first()


def unsent_drafts(*, user_id: int | None, keys: Collection[str], procedure_code: str = "") -> list[DraftLine]:
    """Drafts of an account and of this browser's session that are not sent, the last touched first. One query."""
    mine = Q(public_id__in=[key for key in keys if _is_uuid(key)], owner__isnull=True, written_by__isnull=True)
    if user_id is not None:
        mine |= Q(owner_id=user_id)
    drafts = Draft.objects.filter(mine, dossier__isnull=True)
    if procedure_code:
        drafts = drafts.filter(version__procedure__code=procedure_code)
    return [
        DraftLine(
            public_id=row.public_id,
            title=row.version.procedure.plain_name or row.version.procedure.name,
            agency_name=row.agency.name,
            created_at=row.created_at,
            updated_at=row.updated_at,
        )
        for row in drafts.select_related("version__procedure", "agency").order_by("-updated_at", "-pk")[:PAGE]
    ]


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def attached_files(draft_id: int) -> dict[str, list[AttachedFile]]:
    """Key of a paper → its files, in the order of attaching. One query."""
    found: dict[str, list[AttachedFile]] = {}
    for row in DraftFile.objects.filter(draft_id=draft_id).select_related("file__blob", "document").order_by("pk"):
        found.setdefault(row.paper_key, []).append(_attached(row))
    return found


def attached_file(draft_id: int, row_id: int) -> AttachedFile | None:
    row = DraftFile.objects.filter(draft_id=draft_id, pk=row_id).select_related("file__blob", "document").first()
    return None if row is None else _attached(row)


def _attached(row: DraftFile) -> AttachedFile:
    held = row.document
    number = f" số {held.number}" if held and held.number else ""
    return AttachedFile(
        row.pk,
        row.file_id,
        row.file.filename,
        row.file.blob.size,
        row.file.blob.media_type,
        row.document_id,
        f"{held.name}{number}, cấp ngày {held.issued_date:%d/%m/%Y} bởi {held.issuer_name}" if held else "",
    )


def dossiers_of(
    user_id: int, *, before_id: int | None = None, codes: Collection[str] = ()
) -> tuple[list[DossierLine], int | None]:
    """A page of an account's dossiers (`codes`: only of these procedures), the newest first, and the number to ask for the next page by. One query."""
    rows: QuerySet[Dossier] = Dossier.objects.filter(owner_id=user_id)
    if codes:
        rows = rows.filter(version__procedure__code__in=list(codes))
    if before_id is not None:
        rows = rows.filter(pk__lt=before_id)
    found = list(rows.select_related("version__procedure", "agency").order_by("-pk")[: PAGE + 1])
    lines = [
        DossierLine(
            id=row.pk,
            public_id=row.public_id,
            code=row.code,
            title=row.version.procedure.plain_name or row.version.procedure.name,
            agency_name=row.agency.name,
            applicant_name=row.applicant_name,
            state=State(row.state),
            submitted_at=row.submitted_at,
            due_at=row.due_at,
            completed_at=row.completed_at,
        )
        for row in found[:PAGE]
    ]
    return lines, lines[-1].id if len(found) > PAGE else None
