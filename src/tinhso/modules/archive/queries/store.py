"""What the pages of a store show."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import QuerySet

from tinhso.kernel.search import folded_filter
from tinhso.modules.archive.models import Document, ShareCode, StoreLook
from tinhso.modules.archive.queries.documents import DocumentInfo, infos_of
from tinhso.modules.archive.rules.documents import Standing
from tinhso.modules.directory import api as directory

PAGE = 30
LOOKS_SHOWN = 50
SHARES_SHOWN = 10


@dataclass(frozen=True)
class LookInfo:
    at: datetime
    user_id: int
    user_name: str
    workplace: str
    purpose: str
    document_name: str


@dataclass(frozen=True)
class ShareInfo:
    id: int
    purpose: str
    made_at: datetime
    until_at: datetime
    opened_at: datetime | None
    cancelled_at: datetime | None


@dataclass(frozen=True)
class StorePage:
    documents: tuple[DocumentInfo, ...]
    kinds: tuple[tuple[int, str], ...]
    older: int | None


def store_page(
    holder_ids: Collection[int],
    *,
    on: date,
    kind_id: int | None = None,
    only_valid: bool = False,
    text: str = "",
    before_id: int | None = None,
) -> StorePage:
    """A page of a person's documents, the last added first. Four queries at most."""
    own = Document.objects.filter(holder_id__in=holder_ids)
    kinds = sorted(set(own.order_by().values_list("kind_id", "kind__name").distinct()), key=lambda kind: kind[1])
    rows = own if kind_id is None else own.filter(kind_id=kind_id)
    rows = folded_filter(rows, "search_text", text)
    if before_id is not None:
        rows = rows.filter(pk__lt=before_id)
    found = infos_of(rows.order_by("-pk")[: PAGE + 1], on)
    shown = [d for d in found[:PAGE] if d.standing != Standing.WITHHELD and (d.usable or not only_valid)]
    return StorePage(tuple(shown), tuple(kinds), found[PAGE - 1].id if len(found) > PAGE else None)


def within_reach(holder_id: int, organisation_ids: Collection[int], on: date) -> tuple[list[DocumentInfo], int]:
    """What of a store an officer may see (their agencies answer for it), or an agency whose work they carry
    on), and how many more there are. Five queries, one more for each generation of predecessors."""
    rows = Document.objects.filter(holder_id=holder_id)
    reached = {*organisation_ids, *directory.predecessors_of(organisation_ids)}
    seen = infos_of(rows.filter(keeper_id__in=reached).order_by("-pk")[:PAGE], on)
    return seen, rows.count() - len(seen)


def row_of(public_id: UUID) -> Document | None:
    return Document.objects.select_related("holder").filter(public_id=public_id).first()


def looks_at(holder_ids: Collection[int], document_id: int | None = None) -> list[LookInfo]:
    """Who looked, the last first. One query."""
    rows = StoreLook.objects.filter(holder_id__in=holder_ids)
    if document_id is not None:
        rows = rows.filter(document_id=document_id)
    return [
        LookInfo(
            at=look.looked_at,
            user_id=look.user_id,
            user_name=look.user_name,
            workplace=look.workplace,
            purpose=look.purpose,
            document_name=look.document.name if look.document else "",
        )
        for look in rows.select_related("document").order_by("-looked_at", "-pk")[:LOOKS_SHOWN]
    ]


def shares_of(document_id: int) -> list[ShareInfo]:
    """The codes made for a document, the last first. One query."""
    return shares_in(ShareCode.objects.filter(document_id=document_id))


def shares_in(codes: QuerySet[ShareCode]) -> list[ShareInfo]:
    """Some codes, the last made first. One query."""
    rows = codes.order_by("-made_at", "-pk")[:SHARES_SHOWN]
    return [ShareInfo(r.pk, r.purpose, r.made_at, r.until_at, r.opened_at, r.cancelled_at) for r in rows]
