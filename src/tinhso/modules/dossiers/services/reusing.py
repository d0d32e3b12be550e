"""Papers that need not be handed in again: offered from the person's store, chosen for a draft, proven at sending."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from tinhso.kernel.access.api import Actor
from tinhso.kernel.clock import VIETNAM
from tinhso.modules.archive import api as archive
from tinhso.modules.dossiers.models import Dossier, Draft, DraftFile, Party
from tinhso.modules.dossiers.services.drafts import FILES_PER_PAPER, CannotSave, find
from tinhso.modules.procedures import api as procedures


def numbers_of(applicant: Mapping[str, Any]) -> list[str]:
    """Whose stores matter for a draft: the applicant's and that of whom it is made for."""
    found = [str(applicant.get("identity_number") or "")]
    if applicant.get("acting_as") not in (None, "", "self"):
        found.append(str(applicant.get("subject_identity") or ""))
    return [archive.clean_number(number) for number in found if number]


def offers_for(
    draft: Draft, papers: Sequence[procedures.Paper], *, actor: Actor, now: datetime
) -> Mapping[str, archive.Offer]:
    """Key of a paper → what the stores of the draft's people hold for it. No query for those without an account."""
    if draft.helping is not None:
        return {}  # The consent covers the dossier, not the person's store.
    keys = [paper.key for paper in papers if not paper.present_only]
    return _offers(draft.version_id, numbers_of(draft.applicant), keys, actor=actor, now=now)


def _offers(
    version_id: int, numbers: Collection[str], keys: Collection[str], *, actor: Actor, now: datetime
) -> Mapping[str, archive.Offer]:
    stores = archive.stores_for(actor=actor, numbers=numbers)
    return archive.offers(
        holder_ids=[store.id for store in stores],
        procedure_code=procedures.version(version_id).code,
        paper_keys=keys,
        on=now.astimezone(VIETNAM).date(),
    )


def applicant_of(dossier: Dossier) -> dict[str, str]:
    """Whose stores matter for a dossier that was sent, as a draft's applicant page says it. One query."""
    people = {party.role: party for party in Party.objects.filter(dossier=dossier)}
    applicant, subject = people.get(Party.Role.APPLICANT), people.get(Party.Role.SUBJECT)
    return {
        "identity_number": applicant.identity_number if applicant else "",
        "acting_as": dossier.acting_as,
        "subject_identity": subject.identity_number if subject else "",
    }


def offers_for_answer(
    dossier: Dossier, keys: Collection[str], *, actor: Actor, now: datetime
) -> Mapping[str, archive.Offer]:
    """The same for the papers that a supplement asks for. Nothing for whoever came by code and PIN."""
    if not keys or actor.kind not in ("citizen", "officer"):
        return {}
    numbers = numbers_of(applicant_of(dossier))
    offers = _offers(dossier.version_id, numbers, keys, actor=actor, now=now)
    if actor.kind == "officer":
        purpose = f"Nhận bổ sung hồ sơ {dossier.code} tại quầy"
        for holder_id in sorted(
            {one.holder_id for offer in offers.values() for one in (*offer.usable, *offer.unusable)}
        ):
            archive.note_look(holder_id=holder_id, document_id=None, purpose=purpose, actor=actor, now=now)
    return offers


def offers_at_counter(
    draft: Draft, papers: Sequence[procedures.Paper], *, actor: Actor, now: datetime
) -> Mapping[str, archive.Offer]:
    """The same for a clerk with the person before them. What was offered was looked at: the person sees that it was."""
    offers = offers_for(draft, papers, actor=actor, now=now)
    holders = {one.holder_id for offer in offers.values() for one in (*offer.usable, *offer.unusable)}
    if holders:
        purpose = f"Tiếp nhận hồ sơ tại quầy: {procedures.version(draft.version_id).title}"
        for holder_id in sorted(holders):
            archive.note_look(
                holder_id=holder_id,
                document_id=None,
                purpose=purpose,
                actor=actor,
                now=now,
            )
    return offers


@transaction.atomic
def take_from_store(
    *, public_id: UUID, paper_key: str, document: UUID, actor: Actor, keys: Collection[str], now: datetime
) -> int:
    """Put a document of the store in the place of a paper of the draft; returns the row's number, the same again for
    the same document. Raises `CannotSave` with why it cannot."""
    draft = find(public_id=public_id, actor=actor, keys=keys, lock=True, now=now)
    if draft.dossier_id is not None:
        raise CannotSave("Hồ sơ này đã được gửi nên không sửa được nữa.")
    definition = procedures.version(draft.version_id).definition
    paper = next((p for p in definition.papers if p.key == paper_key), None) if definition else None
    if paper is None:
        raise CannotSave("Loại giấy tờ này không có trong thủ tục.")
    offer = offers_for(draft, [paper], actor=actor, now=now).get(paper_key)
    held = (*offer.usable, *offer.unusable) if offer else ()
    found = next((one for one in held if one.public_id == document), None)
    if found is None:
        raise CannotSave("Giấy tờ này không có trong kho của người nộp hồ sơ. Hãy tải lại trang.")
    if not found.usable:
        raise CannotSave(f"{found.name} trong kho {found.why_not} nên không dùng lại được.")
    here = DraftFile.objects.filter(draft=draft, paper_key=paper_key)
    same = here.filter(document_id=found.id).first()
    if same is not None:
        return same.pk
    if here.count() >= FILES_PER_PAPER:
        raise CannotSave(f"Mỗi loại giấy tờ nhận tối đa {FILES_PER_PAPER} tệp. Hãy bỏ bớt rồi chọn lại.")
    return DraftFile.objects.create(
        draft=draft, paper_key=paper_key, file_id=found.file_id, document_id=found.id, added_at=now
    ).pk


def no_longer_usable(draft: Draft, *, now: datetime) -> dict[str, str]:
    """Key of a paper → why the document chosen for it cannot be used any more. At most four queries, usually one."""
    rows = dict(DraftFile.objects.filter(draft=draft, document__isnull=False).values_list("document_id", "paper_key"))
    if not rows:
        return {}
    on = now.astimezone(VIETNAM).date()
    numbers = numbers_of(draft.applicant)
    found = {}
    for document in archive.documents_by_id(rows, on=on).values():
        if document.holder_number not in numbers:
            found[rows[document.id]] = (
                f"{document.name} lấy từ kho của người khác với người nộp hồ sơ. Bỏ ra và nộp giấy tờ khác."
            )
        elif not document.usable:
            found[rows[document.id]] = f"{document.name} trong kho {document.why_not}. Bỏ ra và nộp giấy tờ khác."
    return found


def prove_use(
    dossier: Dossier,
    *,
    document_id: int,
    paper: procedures.Paper,
    applicant: Mapping[str, Any],
    actor: Actor,
    now: datetime,
) -> int:
    """Freeze the proof for a paper of a dossier that is being made. Raises `archive.CannotUse`."""
    asked = archive.Use(document_id, dossier.ref, dossier.code, paper.key, paper.name, dossier.agency_id)
    return archive.use(asked, numbers=numbers_of(applicant), actor=actor, now=now)
