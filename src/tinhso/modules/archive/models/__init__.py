"""The tables of the store. What was put in is never altered or deleted: `models.guards` has the database refuse it."""

from __future__ import annotations

from tinhso.modules.archive.models.documents import (
    AccountLink,
    Document,
    DocumentEnding,
    DocumentKind,
    Holder,
    KindMapping,
    OwnershipCheck,
)
from tinhso.modules.archive.models.importing import HoldingFigure, ImportBatch, ImportRow
from tinhso.modules.archive.models.using import DocumentUse, ShareCode, StoreLook

__all__ = [
    "AccountLink",
    "Document",
    "DocumentEnding",
    "DocumentKind",
    "DocumentUse",
    "Holder",
    "HoldingFigure",
    "ImportBatch",
    "ImportRow",
    "KindMapping",
    "OwnershipCheck",
    "ShareCode",
    "StoreLook",
]
