"""What the store announces. No personal data: numbers only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from tinhso.kernel.events import Event


@dataclass(frozen=True)
class DocumentKept(Event):
    """A document came into a store."""

    name: ClassVar[str] = "archive.document_kept"
    document_id: int
    origin: str


@dataclass(frozen=True)
class DocumentEnded(Event):
    """A document was replaced or revoked."""

    name: ClassVar[str] = "archive.document_ended"
    document_id: int
    how: str


@dataclass(frozen=True)
class DocumentUsed(Event):
    """A document was used in a dossier instead of a paper."""

    name: ClassVar[str] = "archive.document_used"
    document_id: int
    use_id: int


@dataclass(frozen=True)
class ParcelReceived(Event):
    """A parcel of files came for an import: it waits to be unpacked."""

    name: ClassVar[str] = "archive.parcel_received"
    batch_id: int


@dataclass(frozen=True)
class ImportConfirmed(Event):
    """A checked import was confirmed: it waits to be written."""

    name: ClassVar[str] = "archive.import_confirmed"
    batch_id: int
