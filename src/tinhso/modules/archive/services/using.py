"""Using a document of the store in a dossier instead of a paper: checked at that moment, and frozen as proof."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from tinhso.kernel.access.api import Actor, Refused, allow, require
from tinhso.kernel.audit.api import record
from tinhso.kernel.clock import VIETNAM
from tinhso.kernel.events.api import publish
from tinhso.modules.archive.events import DocumentUsed
from tinhso.modules.archive.models import Document, DocumentUse, StoreLook
from tinhso.modules.archive.queries.documents import DocumentInfo, HolderInfo, holders_of_account, infos_of
from tinhso.modules.archive.queries.offering import holders_by_number
from tinhso.modules.archive.rules.documents import same_name
from tinhso.modules.directory import api as directory
from tinhso.modules.identity import api as identity

GROUND_OWNER = "Chủ kho chọn dùng lại giấy tờ đã có trong kho, không phải nộp lại"
GROUND_MANDATE = "Người thay mặt dùng lại giấy tờ trong kho của người được thay mặt, theo ủy quyền số {number}"
GROUND_COUNTER = "Cán bộ tiếp nhận dùng lại giấy tờ trong kho theo yêu cầu của chủ kho có mặt tại quầy"


# Pages opened one after the other for one purpose are one look.
SAME_LOOK = timedelta(minutes=20)


class CannotUse(ValueError):
    """The document cannot stand for the paper any more: it expired, was replaced or revoked meanwhile."""


@dataclass(frozen=True)
class Use:
    """For which paper of which dossier a document is used."""

    document_id: int
    dossier_ref: str
    dossier_code: str
    paper_key: str
    paper_name: str
    agency_id: int


def stores_for(*, actor: Actor, numbers: Collection[str]) -> list[HolderInfo]:
    """The stores that may be offered from: a citizen's own, where the dossier is made for their number; under a mandate
    the principal's and no other; for a clerk, those of the numbers of whoever stands at the counter. At most one query,
    three more under a mandate."""
    wanted = {number for number in numbers if number}
    if not wanted or actor.kind not in ("citizen", "officer"):
        return []
    if actor.kind == "citizen":
        return [holder for holder in stores_of(actor) if holder.number in wanted]
    require(actor, "archive.use")
    return holders_by_number(wanted)


def stores_of(actor: Actor) -> list[HolderInfo]:
    """The stores that a citizen has before them: their own; under a mandate that names the store, the principal's alone,
    by the number that is proven to be theirs. One query, three under a mandate."""
    principal = identity.principal_of(actor)
    if principal is None:
        return holders_of_account(actor.user_id)
    if not principal.number or not allow(actor, "archive.use"):
        return []
    found = holders_by_number({principal.number})
    return [
        holder
        for holder in found
        if not principal.is_person or not holder.full_name or same_name(holder.full_name, principal.full_name)
    ]


@transaction.atomic
def use(asked: Use, *, numbers: Collection[str], actor: Actor, now: datetime) -> int:
    """Freeze the proof that a document stood for a paper; returns its number in the table, again the same for the same
    paper. `numbers`: of the persons of the dossier. Raises `CannotUse`, `Refused`."""
    require(actor, "archive.use")
    today = now.astimezone(VIETNAM).date()
    row = Document.objects.select_for_update(of=("self",)).get(pk=asked.document_id)
    if row.holder_id not in {holder.id for holder in stores_for(actor=actor, numbers=numbers)}:
        raise Refused("Giấy tờ này không nằm trong kho của người nộp hồ sơ.", permission="archive.use")
    document = infos_of(Document.objects.filter(pk=row.pk), today)[0]
    if not document.usable:
        raise CannotUse(f"{document.name} trong kho {document.why_not}. Bỏ ra và nộp giấy tờ khác.")
    snapshot = snapshot_of(document)
    made, is_new = DocumentUse.objects.get_or_create(
        document=row,
        dossier_ref=asked.dossier_ref,
        paper_key=asked.paper_key,
        defaults={
            "dossier_code": asked.dossier_code,
            "paper_name": asked.paper_name,
            "agency_id": asked.agency_id,
            "ground": _ground(actor),
            "used_at": now,
            "used_by_id": actor.user_id,
            "used_by_name": actor.label[:300],
            "snapshot": snapshot,
            "digest": digest_of(snapshot),
        },
    )
    if is_new:
        record(
            who=actor,
            action="archive.use",
            object_ref=row.ref,
            after={"use": made.pk, "dossier": asked.dossier_ref, "paper": asked.paper_key, "digest": made.digest},
            now=now,
        )
        publish(DocumentUsed(document_id=row.pk, use_id=made.pk), key=row.ref)
    return made.pk


def _ground(actor: Actor) -> str:
    if actor.mandate is not None:
        return GROUND_MANDATE.format(number=actor.mandate.number)
    return GROUND_OWNER if actor.kind == "citizen" else GROUND_COUNTER


def snapshot_of(document: DocumentInfo) -> dict[str, Any]:
    """What of a document a proof of use keeps: whatever an officer relied on, and the hash of the file."""
    return {
        "document": str(document.public_id),
        "kind": document.kind_name,
        "name": document.name,
        "number": document.number,
        "issuer": document.issuer_name,
        "issued": document.issued_date.isoformat(),
        "valid_from": document.valid_from.isoformat(),
        "valid_until": document.valid_until.isoformat() if document.valid_until else None,
        "origin": document.origin,
        "trust": document.trust,
        "compared_by": document.compared_by_name,
        "sha256": document.sha256,
    }


def digest_of(snapshot: dict[str, Any]) -> str:
    """SHA-256 over the snapshot, the same on every machine."""
    text = json.dumps(snapshot, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


@transaction.atomic
def note_look(
    *,
    holder_id: int,
    document_id: int | None,
    purpose: str,
    actor: Actor,
    now: datetime,
) -> int:
    """Write down that an officer looked into a store, and why; the person sees it. Again within
    minutes for the same purpose is the same look. The caller has asked the right."""
    if actor.user_id is None:
        raise Refused("Việc này cần một tài khoản đăng nhập.")
    of_document = {"document__isnull": True} if document_id is None else {"document_id": document_id}
    known = StoreLook.objects.filter(
        holder_id=holder_id,
        user_id=actor.user_id,
        purpose=purpose[:300],
        looked_at__gt=now - SAME_LOOK,
        **of_document,
    ).first()
    if known is not None:
        return known.pk
    place = directory.staff_of_user(actor.user_id, on=now.astimezone(VIETNAM).date())
    look = StoreLook.objects.create(
        holder_id=holder_id,
        document_id=document_id,
        user_id=actor.user_id,
        user_name=actor.label[:300],
        workplace=directory.organisation(place.organisation_id).name if place else "",
        purpose=purpose[:300],
        looked_at=now,
    )
    record(
        who=actor,
        action="archive.look",
        object_ref=f"store:{holder_id}",
        reason=purpose[:300],
        after={"look": look.pk, "document": document_id},
        now=now,
    )
    return look.pk
