"""Documents as pages show them: one query joined down, whatever the number."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from django.db.models import Count, QuerySet

from tinhso.modules.archive.models import AccountLink, Document, DocumentEnding, Holder, OwnershipCheck
from tinhso.modules.archive.rules.documents import (
    ORIGIN_TITLES,
    PROOF_TITLES,
    STANDING_TITLES,
    STANDING_TONES,
    TO_BE_CHECKED,
    TRUST_TITLES,
    TRUST_TONES,
    HolderKind,
    Origin,
    Proof,
    Standing,
    Trust,
    Validity,
    is_withheld,
    standing_on,
    why_not,
)
from tinhso.modules.directory import api as directory


@dataclass(frozen=True)
class DocumentInfo:
    """A document on a day. `why_not`: why it cannot be used, "" when it can. `file_id` is for `kernel.files`."""

    id: int
    public_id: UUID
    holder_id: int
    holder_number: str = field(repr=False)
    kind_id: int
    kind_name: str
    name: str
    owner_name: str
    about_name: str
    number: str
    issuer_name: str
    issued_date: date
    valid_from: date
    valid_until: date | None
    origin: Origin
    trust: Trust
    proof: Proof
    standing: Standing
    why_not: str
    file_id: int
    sha256: str
    filename: str
    media_type: str
    size: int
    page_count: int | None
    scanned_by_name: str
    compared_by_name: str
    compared_at: datetime | None
    keeper_id: int | None
    keeper_name: str
    source_note: str
    added_at: datetime
    ended_at: datetime | None = None
    ended_by_name: str = ""
    replaced_by_public_id: UUID | None = None

    @property
    def usable(self) -> bool:
        return self.standing == Standing.VALID

    @property
    def to_be_checked(self) -> bool:
        """An officer looks at it before relying on it."""
        return self.trust in TO_BE_CHECKED

    @property
    def origin_title(self) -> str:
        return ORIGIN_TITLES[self.origin]

    @property
    def trust_title(self) -> str:
        return TRUST_TITLES[self.trust]

    @property
    def trust_tone(self) -> str:
        return TRUST_TONES[self.trust]

    @property
    def proof_title(self) -> str:
        return PROOF_TITLES[self.proof]

    @property
    def standing_title(self) -> str:
        return STANDING_TITLES[self.standing]

    @property
    def standing_tone(self) -> str:
        return STANDING_TONES[self.standing]

    @property
    def is_picture(self) -> bool:
        return self.media_type.startswith("image/")

    @property
    def label(self) -> str:
        """In one line: name, number, day and issuer."""
        number = f" số {self.number}" if self.number else ""
        return f"{self.name}{number}, cấp ngày {self.issued_date:%d/%m/%Y} bởi {self.issuer_name}"


@dataclass(frozen=True)
class HolderInfo:
    id: int
    kind: HolderKind
    number: str
    full_name: str


@dataclass(frozen=True)
class Access:
    """What access to a document is decided on: the agency that answers for it; and whoever is proven its owner."""

    access_organisation_ids: Collection[int]
    access_owner_id: int | None


def holder_info(row: Holder) -> HolderInfo:
    return HolderInfo(row.pk, HolderKind(row.kind), row.number, row.full_name)


def infos_of(rows: QuerySet[Document], on: date) -> list[DocumentInfo]:
    """At most three queries: the documents, what ended them, and whether an owner in doubt was checked."""
    found = list(rows.select_related("kind", "file__blob", "keeper", "holder"))
    numbers = [row.pk for row in found]
    endings = {
        ending.document_id: ending
        for ending in DocumentEnding.objects.select_related("replaced_by").filter(document_id__in=numbers)
    }
    doubtful = {
        row.pk
        for row in found
        if is_withheld(Proof(row.proof), proven_name=row.holder.full_name, told_name=row.owner_name)
    }
    if doubtful:
        doubtful -= set(OwnershipCheck.objects.filter(document_id__in=doubtful).values_list("document_id", flat=True))
    return [_info(row, endings.get(row.pk), row.pk in doubtful, on) for row in found]


def _info(row: Document, ending: DocumentEnding | None, withheld: bool, on: date) -> DocumentInfo:
    new = ending.replaced_by if ending else None
    validity = Validity(
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        replaced_by=_named(new) if new else "",
        revoked_because=ending.reason if ending and new is None else "",
        is_withheld=withheld,
    )
    return DocumentInfo(
        id=row.pk,
        public_id=row.public_id,
        holder_id=row.holder_id,
        holder_number=row.holder.number,
        kind_id=row.kind_id,
        kind_name=row.kind.name,
        name=row.name,
        owner_name=row.owner_name,
        about_name=row.about_name,
        number=row.number,
        issuer_name=row.issuer_name,
        issued_date=row.issued_date,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        origin=Origin(row.origin),
        trust=Trust(row.trust),
        proof=Proof(row.proof),
        standing=standing_on(validity, on),
        why_not=why_not(validity, on),
        file_id=row.file_id,
        sha256=row.sha256,
        filename=row.file.filename,
        media_type=row.file.blob.media_type,
        size=row.file.blob.size,
        page_count=row.page_count,
        scanned_by_name=row.scanned_by_name,
        compared_by_name=row.compared_by_name,
        compared_at=row.compared_at,
        keeper_id=row.keeper_id,
        keeper_name="" if row.keeper is None else row.keeper.name,
        source_note=row.source_note,
        added_at=row.added_at,
        ended_at=ending.ended_at if ending else None,
        ended_by_name=ending.ended_by_name if ending else "",
        replaced_by_public_id=new.public_id if new else None,
    )


def _named(row: Document) -> str:
    number = f" số {row.number}" if row.number else ""
    return f"{row.name}{number} ngày {row.issued_date:%d/%m/%Y}"


def document(public_id: UUID, on: date) -> DocumentInfo | None:
    """One document, whoever asks: the caller decides on access. Three queries."""
    found = infos_of(Document.objects.filter(public_id=public_id), on)
    return found[0] if found else None


def documents_by_id(document_ids: Collection[int], *, on: date) -> dict[int, DocumentInfo]:
    """Several at once, whoever asks. Three queries, none for none."""
    if not document_ids:
        return {}
    return {found.id: found for found in infos_of(Document.objects.filter(pk__in=list(document_ids)), on)}


def holders_of_account(user_id: int | None) -> list[HolderInfo]:
    """The stores that an account was proven to own or to speak for; the person's own first. One query."""
    if user_id is None:
        return []
    links = AccountLink.objects.filter(user_id=user_id, ended_at__isnull=True).select_related("holder")
    return [holder_info(link.holder) for link in links.order_by("-is_person", "pk")]


def account_of_holder(holder_id: int) -> int | None:
    """The account of a person's store; None: not proven yet (or an organisation's). One query."""
    return (
        AccountLink.objects.filter(holder_id=holder_id, ended_at__isnull=True, is_person=True)
        .values_list("user_id", flat=True)
        .first()
    )


def kept_by(keeper_id: int | None, on: date) -> Access:
    """Who answers for a document now: its keeper and whoever carries on the keeper's work, since the row itself is never
    altered. Two queries, none for one that only its owner keeps."""
    if keeper_id is None:
        return Access(frozenset(), None)
    return Access(frozenset({keeper_id, *(one.id for one in directory.successors_of(keeper_id, on))}), None)


def kept_at(organisations: Collection[int], day: date) -> Mapping[int, int]:
    """How many documents these keep, for a reform: what they kept needs somebody to keep it on. One query."""
    rows = Document.objects.filter(keeper_id__in=list(organisations)).order_by()
    return {n: count for n, count in rows.values_list("keeper_id").annotate(Count("pk")) if n is not None}


def access_to(row: DocumentInfo, *, linked: Iterable[HolderInfo], user_id: int | None) -> Access:
    """What `allow` is asked on. `linked`: the stores of the account that asks. No query."""
    owner = user_id if any(holder.id == row.holder_id for holder in linked) else None
    return Access(frozenset({row.keeper_id}) if row.keeper_id else frozenset(), owner)
