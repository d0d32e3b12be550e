"""Forms 02, 04 and 05 of a dossier, printed once each from the rows that hold their numbers; forms 06 and 07 are
services.books."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import transaction

from tinhso.kernel.access.api import Actor
from tinhso.kernel.audit.api import record
from tinhso.kernel.pdf import Paper, print_paper
from tinhso.modules.directory import api as directory
from tinhso.modules.dossiers.models import Apology, Closing, Dossier, Printout, SupplementItem, SupplementRequest
from tinhso.modules.dossiers.print import shapes
from tinhso.modules.dossiers.queries.reading import DossierView
from tinhso.modules.dossiers.rules import ELECTRONIC, ClosingKind, ItemKind, signing_of
from tinhso.modules.dossiers.services.printing import (
    NothingToPrint,
    letterhead,
    party_on_paper,
    store_printed,
    view_of,
)

WITHDRAWN_BY = {"online": "trực tuyến", "counter": "trực tiếp", "post": "qua dịch vụ bưu chính"}


def ensure_supplement_request(*, request_id: int, actor: Actor, now: datetime) -> int:
    """Form 02 of a request; returns the file's number. Raises `NothingToPrint`."""
    row = SupplementRequest.objects.select_related("printout").filter(pk=request_id).first()
    if row is None:
        raise NothingToPrint("Không có phiếu yêu cầu bổ sung này.")
    items = SupplementItem.objects.filter(request=row).order_by("position")

    def paper(view: DossierView) -> Paper:
        office = directory.organisation(view.office_id)
        return shapes.SupplementRequest(
            **_head(view, row.number, row.requested_at),
            applicant=party_on_paper(view, "applicant"),
            subject=view.procedure_name,
            items=tuple(item.note if item.kind == ItemKind.TEXT else f"{item.label}: {item.note}" for item in items),
            reason=row.reason,
            answer_by_at=row.answer_by_at,
            contact_name=row.requested_by_name,
            contact_phone=office.phone,
            guide_name=row.requested_by_name,
        )

    return _print(row, "02", paper, "phieu-bo-sung", actor, now)


def ensure_apology(*, apology_id: int, actor: Actor, now: datetime) -> int:
    """Form 04 of an apology; returns the file's number. Raises `NothingToPrint`."""
    row = Apology.objects.select_related("printout").filter(pk=apology_id).first()
    if row is None:
        raise NothingToPrint("Không có văn bản xin lỗi này.")

    def paper(view: DossierView) -> Paper:
        return shapes.Apology(
            **_head(view, row.number, row.made_at),
            applicant=party_on_paper(view, "applicant"),
            agency_name=view.agency_name,
            procedure_name=view.procedure_name,
            received_at=view.accepted_at or view.submitted_at,
            due_at=row.due_before,
            reason=row.reason,
            new_due_at=row.new_due_at,
            head_title=_head_title(view, row.signer_title),
            head_name=row.signer_name,
        )

    return _print(row, "04", paper, "xin-loi-hen-lai", actor, now)


def ensure_stop_notice(*, dossier_id: int, actor: Actor, now: datetime) -> int:
    """Form 05 of a withdrawn or stopped dossier; returns the file's number. Raises `NothingToPrint`."""
    row = Closing.objects.select_related("printout").filter(dossier_id=dossier_id).first()
    if row is None:
        raise NothingToPrint("Hồ sơ không bị dừng giải quyết.")

    def paper(view: DossierView) -> Paper:
        office = directory.organisation(view.office_id)
        asked = row.kind == ClosingKind.WITHDRAWN
        by_officer = not asked or row.channel != "online"
        return shapes.StopNotice(
            **_head(view, row.number, row.closed_at),
            applicant=party_on_paper(view, "applicant"),
            subject=view.procedure_name,
            received_at=view.accepted_at or view.submitted_at,
            requested_at=row.closed_at,
            channel=WITHDRAWN_BY.get(row.channel, ""),
            on_request=asked,
            ground=row.ground,
            reason=row.reason,
            stopped_at=row.closed_at,
            papers_returned=tuple(row.papers_returned),
            contact_name=view.office_name,
            contact_phone=office.phone,
            signer_title=(row.closed_by_title if by_officer else "") or "Người thông báo",
            signer_name=row.closed_by_name if by_officer else "",
        )

    return _print(row, "05", paper, "thong-bao-dung", actor, now)


def _head_title(view: DossierView, position: str) -> str:
    """What stands above the signature: the head's office; a deputy signs in its place."""
    agency = directory.organisation(view.agency_id)
    signing = signing_of(position, organisation_kind=agency.kind, organisation_name=agency.name)
    deputy = [line for line in signing.authority if line.startswith("KT.")]
    return "\n".join([*deputy, signing.title]) if signing.title else "Thủ trưởng cơ quan, đơn vị"


def _head(view: DossierView, number: int, at: datetime) -> dict[str, Any]:
    return {
        "issuer": letterhead(view),
        "issued_at": at,
        "printed_at": at,
        "dossier_code": view.code,
        "number": f"{number:02d}",
        "electronic": view.channel in ELECTRONIC,
    }


def _print(
    row: SupplementRequest | Apology | Closing,
    form: str,
    paper: Callable[[DossierView], Paper],
    name: str,
    actor: Actor,
    now: datetime,
) -> int:
    """Print and store under the dossier's lock; again: the same file."""
    if row.printout is not None:
        return row.printout.file_id
    view = view_of(row.dossier_id)
    content = print_paper(paper(view))
    with transaction.atomic():
        Dossier.objects.select_for_update().get(pk=row.dossier_id)
        known = Printout.objects.filter(office_id=row.office_id, year=row.year, form=form, number=row.number).first()
        if known is not None:
            return known.file_id
        printout = Printout.objects.create(
            dossier_id=row.dossier_id,
            form=form,
            number=row.number,
            office_id=row.office_id,
            year=row.year,
            file_id=store_printed(content, f"{name}-{view.code}.pdf", actor, now),
            printed_at=now,
        )
        row.printout = printout
        row.save(update_fields=["printout"])
        record(who=actor, action=f"dossiers.print_{form}", object_ref=view.ref, after={"number": row.number}, now=now)
        return printout.file_id
