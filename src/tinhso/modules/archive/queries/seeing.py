"""Who may see a document of the store and why; who did look at it, as officers read it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from tinhso.kernel.clock import VIETNAM
from tinhso.modules.archive.models import AccountLink, ShareCode
from tinhso.modules.archive.queries.documents import DocumentInfo, kept_by
from tinhso.modules.archive.queries.proofs import UseInfo, uses_of_documents
from tinhso.modules.archive.queries.store import LookInfo, ShareInfo, looks_at, shares_in
from tinhso.modules.archive.rules.documents import PROOF_TITLES, Origin, Proof, Standing
from tinhso.modules.directory import api as directory

KEEPS = {
    Origin.ISSUED: "cơ quan đã cấp giấy tờ này",
    Origin.DIGITISED: "cơ quan đã số hóa giấy tờ này",
    Origin.IMPORTED: "cơ quan giữ bản lưu của giấy tờ này",
}


@dataclass(frozen=True)
class OwnerEyes:
    """An account to which the store is open. `is_person`: its owner; otherwise it speaks for the organisation."""

    full_name: str
    is_person: bool
    proof_title: str
    proven_at: datetime


@dataclass(frozen=True)
class Eyes:
    """Everybody who may see a document. `withheld`: not its owner either, until it is clear whose it is; `codes`: what
    may still be opened once by whoever holds it; `uses`: dossiers whose officers see the copy used there."""

    officers: directory.OfficerEyes
    owners: tuple[OwnerEyes, ...]
    withheld: bool
    codes: Sequence[ShareInfo]
    uses: Sequence[UseInfo]
    looks: Sequence[LookInfo]


def who_may_see(document: DocumentInfo, *, now: datetime) -> Eyes:
    """Officers with the grant behind each, the owner, codes, dossiers; and who looked. Ten queries at most."""
    on = now.astimezone(VIETNAM).date()
    keepers = kept_by(document.keeper_id, on).access_organisation_ids
    links = AccountLink.objects.filter(holder_id=document.holder_id, ended_at__isnull=True).select_related("user")
    return Eyes(
        officers=directory.eyes_over(
            keepers, "archive.view", on=on, why=lambda number: _why(number, document, keepers)
        ),
        owners=tuple(
            OwnerEyes(link.user.full_name, link.is_person, PROOF_TITLES[Proof(link.proof)], link.proven_at)
            for link in links.order_by("-is_person", "pk")
        ),
        withheld=document.standing == Standing.WITHHELD,
        codes=shares_in(
            ShareCode.objects.filter(
                document_id=document.id, until_at__gt=now, opened_at__isnull=True, cancelled_at__isnull=True
            )
        ),
        uses=uses_of_documents([document.id]),
        looks=looks_at([document.holder_id], document.id),
    )


def _why(number: int, document: DocumentInfo, keepers: Collection[int]) -> str:
    if number == document.keeper_id:
        return KEEPS.get(document.origin, "cơ quan giữ giấy tờ này")
    if number in keepers:
        return f"kế thừa việc của {document.keeper_name}, nơi đã giữ giấy tờ này"
    return "cơ quan cấp trên, vai trò bao gồm cơ quan bên dưới"
