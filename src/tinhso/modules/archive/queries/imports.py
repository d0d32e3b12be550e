"""Imports as their pages show them."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import QuerySet

from tinhso.modules.archive.models import ImportBatch, ImportRow

RECENT = 20
ROWS_SHOWN = 50


def recent_batches(organisation_ids: Collection[int]) -> QuerySet[ImportBatch]:
    """The last imports of these agencies. One query."""
    rows = ImportBatch.objects.select_related("organisation").filter(organisation_id__in=organisation_ids)
    return rows.defer("faults", "parcel_notes").order_by("-uploaded_at", "-pk")[:RECENT]


def batch_of(batch_id: int, organisation_ids: Collection[int]) -> ImportBatch | None:
    """An import within reach."""
    rows = ImportBatch.objects.select_related("organisation")
    return rows.filter(pk=batch_id, organisation_id__in=organisation_ids).first()


def rows_without_file(batch_id: int) -> list[ImportRow]:
    """The first rows whose file has not come, or was refused. One query."""
    return list(ImportRow.objects.filter(batch_id=batch_id, file__isnull=True).order_by("row")[:ROWS_SHOWN])
