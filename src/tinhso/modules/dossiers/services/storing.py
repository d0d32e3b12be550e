"""What a dossier leaves in its owner's store: its result, and the papers that were digitised at intake.

Run behind the page after the event, and safe to repeat: the store takes each source once.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from tinhso.kernel.access.api import Actor, require
from tinhso.kernel.clock import VIETNAM
from tinhso.modules.archive import api as archive
from tinhso.modules.directory import api as directory
from tinhso.modules.dossiers.models import Dossier, Paper, Party, Result
from tinhso.modules.dossiers.rules import Channel
from tinhso.modules.dossiers.services.printing import ensure_result
from tinhso.modules.identity import api as identity
from tinhso.modules.procedures import api as procedures


def owner_of(dossier: Dossier) -> archive.Owner | None:
    """Whose the papers of a dossier are, and how that is known; None when nobody gave a number.

    Under a mandate they are the principal's, by the number that their record is proven to have. Without one, those of a child
    or a ward are kept with who acts for them; otherwise with whom the dossier is for.
    """
    if dossier.mandate_id is not None:
        return _principal(dossier)
    parties = {party.role: party for party in Party.objects.filter(dossier=dossier)}
    applicant, subject = parties.get(Party.Role.APPLICANT), parties.get(Party.Role.SUBJECT)
    if applicant is None:
        return None
    other = dossier.acting_as in ("authorised", "organisation")
    party = subject if other else applicant
    number = archive.clean_number(party.identity_number) if party else ""
    if party is None or not number:
        return None
    linked = archive.holders_of_account(dossier.owner_id)
    if any(holder.number == number for holder in linked):
        proof = archive.Proof.ACCOUNT
    elif dossier.channel == Channel.COUNTER and not other:
        # The clerk has the card in hand.
        proof = archive.Proof.COUNTER
    else:
        proof = archive.Proof.TYPED
    return archive.Owner(number, party.full_name, proof)


def _principal(dossier: Dossier) -> archive.Owner | None:
    subject = Party.objects.filter(dossier=dossier, role=Party.Role.SUBJECT).first()
    if subject is None or dossier.owner_id is None:
        return None
    known = identity.principal_record(dossier.owner_id, subject.full_name)
    number = archive.clean_number(known.number)
    if not number or number != archive.clean_number(subject.identity_number):
        return None
    if any(holder.number == number for holder in archive.holders_of_account(dossier.owner_id)):
        proof = archive.Proof.ACCOUNT
    else:
        proof = archive.Proof.COUNTER if known.proof == "counter" else archive.Proof.IDENTITY
    return archive.Owner(number, subject.full_name, proof)


def keep_result(*, dossier_id: int, actor: Actor, now: datetime) -> int | None:
    """Put the current result into the store, in the place of the one that it corrects; returns the document's number,
    None when the dossier has no result or no owner with a number."""
    require(actor, "dossiers.keep_result")
    if not Result.objects.filter(dossier_id=dossier_id, is_current=True).exists():
        return None
    file_id = ensure_result(dossier_id=dossier_id, actor=actor, now=now)
    with transaction.atomic():
        dossier = Dossier.objects.select_related("agency").get(pk=dossier_id)
        owner = owner_of(dossier)
        result = Result.objects.select_related("organisation").get(dossier_id=dossier_id, is_current=True)
        # In a dossier across agencies not always the competent one.
        issuer = result.organisation or dossier.agency
        version = procedures.version(dossier.version_id)
        shape = version.definition.results[0] if version.definition and version.definition.results else None
        if owner is None:
            return None
        issued = result.issued_at.astimezone(VIETNAM).date()
        validity = shape.validity if shape else None
        kind_id = archive.kind_of_result(
            procedure_code=version.code,
            result_key=shape.key if shape else "notice",
            result_name=result.name,
            validity=validity,
            on=issued,
        )
        new = archive.NewDocument(
            owner=owner,
            kind_id=kind_id,
            name=result.name,
            number=result.notation,
            issuer_id=issuer.pk,
            issuer_name=issuer.name,
            issued_date=issued,
            valid_until=archive.until_after(issued, validity),
            origin=archive.Origin.ISSUED,
            trust=archive.Trust.ISSUED,
            file_id=file_id,
            source_ref=f"result:{result.pk}",
            about_name=_about(dossier),
            keeper_id=issuer.pk,
            source_note=f"Kết quả của hồ sơ {dossier.code}",
            replaces=f"result:{result.replaces_id}" if result.replaces_id else "",
            replaced_because=result.correction_reason,
        )
        return archive.keep(new, actor=actor, now=now)


def _about(dossier: Dossier) -> str:
    if dossier.acting_as == "self":
        return dossier.applicant_name
    subject = Party.objects.filter(dossier=dossier, role=Party.Role.SUBJECT).first()
    return subject.full_name if subject else dossier.applicant_name


@transaction.atomic
def keep_digitised(*, dossier_id: int, actor: Actor, now: datetime) -> int:
    """Put the digitised papers of an accepted dossier into the store; returns how many are new there."""
    require(actor, "dossiers.keep_result")
    dossier = Dossier.objects.select_for_update().get(pk=dossier_id)
    if dossier.accepted_at is None:
        return 0
    owner = owner_of(dossier)
    papers = list(
        Paper.objects.select_related("digitisation")
        .filter(dossier=dossier, digitisation__isnull=False, digitisation__document__isnull=True)
        .order_by("pk")
    )
    if owner is None or not papers:
        return 0
    office = directory.organisation(dossier.office_id)
    for paper in papers:
        row = paper.digitisation
        if row is None or paper.file_id is None:
            continue
        compared = row.compared_with == "original"
        row.document_id = archive.keep(
            archive.NewDocument(
                owner=owner,
                kind_id=row.kind_id,
                name=paper.name[:300],
                number=row.number,
                issuer_id=None,
                issuer_name=row.issuer_name,
                issued_date=row.issued_date,
                valid_until=row.valid_until,
                origin=archive.Origin.DIGITISED,
                trust=archive.Trust.COMPARED if compared else archive.Trust.COPIED,
                file_id=paper.file_id,
                source_ref=f"paper:{paper.pk}",
                about_name=_about(dossier),
                page_count=row.page_count,
                scanned_by_name=row.digitised_by_name,
                compared_by_name=row.digitised_by_name if compared else "",
                compared_at=row.digitised_at if compared else None,
                keeper_id=dossier.office_id,
                source_note=f"Số hóa tại {office.name}, hồ sơ {dossier.code}"[:300],
            ),
            actor=actor,
            now=now,
        )
        row.save(update_fields=["document"])
    return len(papers)
