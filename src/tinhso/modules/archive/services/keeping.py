"""Putting documents into a store. Each comes once (`source_ref`), whoever asks and however often."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from tinhso.kernel.access.api import Actor, account_of, require
from tinhso.kernel.audit.api import record
from tinhso.kernel.clock import VIETNAM
from tinhso.kernel.events.api import publish
from tinhso.kernel.files import api as files
from tinhso.kernel.search import searchable
from tinhso.modules.archive.events import DocumentEnded, DocumentKept
from tinhso.modules.archive.models import Document, DocumentEnding, DocumentKind, Holder, OwnershipCheck
from tinhso.modules.archive.queries.documents import Access, HolderInfo, holders_of_account, kept_by
from tinhso.modules.archive.rules.documents import (
    HolderKind,
    Origin,
    Proof,
    Trust,
    holder_kind_of,
    until_after,
)

REASON_LEAST, REASON_MOST = 10, 500
OWN_MOST = 200
PROVEN = frozenset({Proof.COUNTER, Proof.ACCOUNT, Proof.IDENTITY})


class CannotKeep(ValueError):
    """The document cannot go into the store: `field` names what is wrong ("" for the whole)."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


class CannotRevoke(ValueError):
    """The document cannot be marked as revoked; the message says why."""


@dataclass(frozen=True)
class Owner:
    """Whose a document is, and how that is known. `number`: twelve digits of a person, or an organisation's code."""

    number: str
    full_name: str
    proof: Proof


@dataclass(frozen=True)
class NewDocument:
    """A document as it is to be kept. `replaces`: the `source_ref` of the one whose place it takes; `valid_until`
    None: without end. `source_ref`: what it comes from ("result:12"): the same never comes twice."""

    owner: Owner
    kind_id: int
    name: str
    number: str
    issuer_id: int | None
    issuer_name: str
    issued_date: date
    valid_until: date | None
    origin: Origin
    trust: Trust
    file_id: int
    source_ref: str
    valid_from: date | None = None
    about_name: str = ""
    page_count: int | None = None
    scanned_by_name: str = ""
    compared_by_name: str = ""
    compared_at: datetime | None = None
    keeper_id: int | None = None
    source_note: str = ""
    replaces: str = ""
    replaced_because: str = ""


def keep(new: NewDocument, *, actor: Actor, now: datetime) -> int:
    """Keep a document; returns its number in the table, that of the first time when it came before.

    Raises `CannotKeep` on an owner's number that is none, or a validity that ends before it begins.
    """
    require(actor, "archive.keep", Access(frozenset({new.keeper_id}) if new.keeper_id else frozenset(), None))
    return _keep(new, actor=actor, now=now)


@transaction.atomic
def _keep(new: NewDocument, *, actor: Actor, now: datetime) -> int:
    known = Document.objects.filter(source_ref=new.source_ref).values_list("pk", flat=True).first()
    if known is not None:
        return known
    begins = new.valid_from or new.issued_date
    if new.valid_until is not None and new.valid_until < begins:
        raise CannotKeep("Ngày hết giá trị phải từ ngày cấp trở đi.", "valid_until")
    holder = holder_for(new.owner, now=now)
    file = files.info(new.file_id)
    row = Document.objects.create(
        holder=holder,
        proof=new.owner.proof,
        owner_name=new.owner.full_name[:300],
        kind_id=new.kind_id,
        name=new.name,
        about_name=new.about_name,
        number=new.number,
        issuer_id=new.issuer_id,
        issuer_name=new.issuer_name,
        issued_date=new.issued_date,
        valid_from=begins,
        valid_until=new.valid_until,
        origin=new.origin,
        trust=new.trust,
        file_id=new.file_id,
        sha256=file.sha256,
        page_count=new.page_count,
        scanned_by_name=new.scanned_by_name,
        compared_by_name=new.compared_by_name,
        compared_at=new.compared_at,
        keeper_id=new.keeper_id,
        source_ref=new.source_ref,
        source_note=new.source_note,
        search_text=searchable(new.name, new.number, new.issuer_name, new.about_name),
        added_at=now,
    )
    if new.replaces:
        _replace(row, new, actor=actor, now=now)
    record(
        who=actor,
        action="archive.keep",
        object_ref=row.ref,
        after={
            "store": holder.pk, "kind": row.kind_id, "origin": row.origin, "trust": row.trust, "proof": row.proof,
            "sha256": row.sha256, "source": row.source_ref,
        },
        now=now,
    )  # fmt: skip
    publish(DocumentKept(document_id=row.pk, origin=str(row.origin)), key=row.ref)
    return row.pk


def holder_for(owner: Owner, *, now: datetime) -> Holder:
    """The one record of this person or organisation, made when it is new; its name is the first that was proven.
    Raises `CannotKeep`."""
    kind = holder_kind_of(owner.number)
    if kind is None:
        raise CannotKeep("Số định danh của chủ giấy tờ phải gồm 12 chữ số, hoặc là mã số của tổ chức.", "owner")
    holder, _ = Holder.objects.get_or_create(
        kind=kind, number=owner.number, defaults={"full_name": "", "created_at": now}
    )
    if not holder.full_name and owner.proof in PROVEN:
        holder.full_name = owner.full_name.strip()[:300]
        holder.save(update_fields=["full_name"])
    return holder


def _replace(row: Document, new: NewDocument, *, actor: Actor, now: datetime) -> None:
    old = Document.objects.filter(source_ref=new.replaces).first()
    if old is None or DocumentEnding.objects.filter(document=old).exists():
        return
    DocumentEnding.objects.create(
        document=old,
        how=DocumentEnding.How.REPLACED,
        replaced_by=row,
        reason=new.replaced_because[:REASON_MOST] or "Được thay bằng văn bản mới.",
        ended_at=now,
        ended_by_name=actor.label[:300],
    )
    record(who=actor, action="archive.replace", object_ref=old.ref, after={"replaced_by": row.pk}, now=now)
    publish(DocumentEnded(document_id=old.pk, how="replaced"), key=old.ref)


@transaction.atomic
def keep_own(
    *,
    kind_id: int,
    name: str,
    number: str,
    issuer_name: str,
    issued_date: date | None,
    valid_until: date | None,
    file_id: int,
    actor: Actor,
    now: datetime,
) -> int:
    """A citizen puts a paper of their own into their store: marked as told by themselves, to be checked by whoever
    gets it. Raises `CannotKeep`."""
    require(actor, "archive.upload")
    mine = person_of(actor)
    if mine is None:
        raise CannotKeep("Kho của bạn chưa được mở. Hãy mở kho trước khi tải giấy tờ lên.")
    today = now.astimezone(VIETNAM).date()
    if not DocumentKind.objects.filter(pk=kind_id).exists():
        raise CannotKeep("Chọn loại giấy tờ.", "kind")
    if issued_date is None or issued_date > today:
        raise CannotKeep("Nhập ngày cấp, từ hôm nay trở về trước.", "issued_date")
    if not issuer_name.strip():
        raise CannotKeep("Nhập tên cơ quan cấp, như ghi trên giấy tờ.", "issuer_name")
    if Document.objects.filter(holder_id=mine.id, origin=Origin.UPLOADED).count() >= OWN_MOST:
        raise CannotKeep(f"Kho nhận tối đa {OWN_MOST} giấy tờ tự tải lên.")
    kind = DocumentKind.objects.get(pk=kind_id)
    new = NewDocument(
        owner=Owner(mine.number, mine.full_name, Proof.ACCOUNT),
        kind_id=kind_id,
        name=(name.strip() or kind.name)[:300],
        number=number.strip()[:100],
        issuer_id=None,
        issuer_name=issuer_name.strip()[:300],
        issued_date=issued_date,
        valid_until=valid_until,
        origin=Origin.UPLOADED,
        trust=Trust.DECLARED,
        file_id=file_id,
        source_ref=f"upload:{account_of(actor)}:{file_id}",
        source_note="Chủ kho tự tải lên",
    )
    return _keep(new, actor=actor, now=now)


def person_of(actor: Actor) -> HolderInfo | None:
    """The actor's own store, where their account was proven to be the person's."""
    return next((h for h in holders_of_account(actor.user_id) if h.kind == HolderKind.PERSON), None)


@transaction.atomic
def revoke(*, document_id: int, reason: str, actor: Actor, now: datetime) -> None:
    """The document was withdrawn by decision: it is offered no more. Raises `CannotRevoke`."""
    row = Document.objects.select_for_update().get(pk=document_id)
    require(actor, "archive.revoke", kept_by(row.keeper_id, now.astimezone(VIETNAM).date()))
    reason = reason.strip()
    if not REASON_LEAST <= len(reason) <= REASON_MOST:
        raise CannotRevoke(f"Ghi rõ quyết định thu hồi, lý do (từ {REASON_LEAST} đến {REASON_MOST} ký tự).")
    ending = DocumentEnding.objects.filter(document=row).first()
    if ending is not None:
        how = DocumentEnding.How(ending.how).label.lower()
        raise CannotRevoke(f"Giấy tờ này đã {how} ngày {ending.ended_at.astimezone(VIETNAM):%d/%m/%Y}.")
    DocumentEnding.objects.create(
        document=row,
        how=DocumentEnding.How.REVOKED,
        reason=reason,
        ended_at=now,
        ended_by_name=actor.label[:300],
    )
    record(who=actor, action="archive.revoke", object_ref=row.ref, reason=reason, now=now)
    publish(DocumentEnded(document_id=row.pk, how="revoked"), key=row.ref)


@transaction.atomic
def confirm_owner(*, document_id: int, evidence: str, actor: Actor, now: datetime) -> None:
    """A held-back document is the holder's after all, on this evidence. Raises `CannotKeep`."""
    row = Document.objects.select_for_update().get(pk=document_id)
    require(actor, "archive.keep", kept_by(row.keeper_id, now.astimezone(VIETNAM).date()))
    if len(evidence.strip()) < REASON_LEAST:
        raise CannotKeep("Ghi rõ đã đối chiếu với giấy tờ nào (ít nhất 10 ký tự).", "evidence")
    _, made = OwnershipCheck.objects.get_or_create(
        document=row,
        defaults={"evidence": evidence.strip()[:500], "checked_at": now, "checked_by_name": actor.label[:300]},
    )
    if made:
        record(who=actor, action="archive.confirm_owner", object_ref=row.ref, reason=evidence.strip(), now=now)


def usual_until(kind_id: int, issued: date) -> date | None:
    """Until when a document of a kind usually holds; None: without end."""
    period = DocumentKind.objects.values_list("usual_validity", flat=True).get(pk=kind_id)
    return until_after(issued, period)
