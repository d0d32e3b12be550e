"""What the stores keep of a person: who looked at it, and all of it to take away. Asked by identity."""

from __future__ import annotations

from tinhso.kernel.clock import VIETNAM, now
from tinhso.modules.archive.models import Document
from tinhso.modules.archive.queries.documents import holders_of_account, infos_of
from tinhso.modules.archive.queries.store import looks_at
from tinhso.modules.archive.rules.documents import STANDING_TITLES, TRUST_TITLES, Standing
from tinhso.modules.directory import api as directory
from tinhso.modules.identity import api as identity


def looks(user_id: int) -> list[identity.Look]:
    """Officers' looks into the account's stores, the newest first: where they work and as what. Three queries."""
    numbers = [holder.id for holder in holders_of_account(user_id)]
    found = looks_at(numbers) if numbers else []
    if not found:
        return []
    places = directory.places_of({look.user_id for look in found})
    return [
        identity.Look(
            at=look.at,
            who=next((p.position_title for p in places.get(look.user_id, ()) if p.held_on(look.at.date())), ""),
            agency=look.workplace,
            what=f"Kho giấy tờ: {look.document_name}" if look.document_name else "Kho giấy tờ: danh sách",
            purpose=look.purpose,
        )
        for look in found
    ]


def export(user_id: int) -> identity.OwnData:
    """Every document of the account's stores, but those held back until it is clear whose they are."""
    told, files = [], []
    today = now().astimezone(VIETNAM).date()
    for holder in holders_of_account(user_id):
        for one in infos_of(Document.objects.filter(holder_id=holder.id).order_by("pk"), today):
            if one.standing == Standing.WITHHELD:
                continue
            files.append(identity.OwnFile(one.file_id, f"kho-giay-to/{one.id}-{one.filename}"))
            told.append(
                {
                    "kho": holder.full_name,
                    "loại": one.kind_name,
                    "tên": one.name,
                    "số": one.number,
                    "cơ quan cấp": one.issuer_name,
                    "ngày cấp": one.issued_date,
                    "có giá trị đến": one.valid_until,
                    "mức tin cậy": TRUST_TITLES[one.trust],
                    "tình trạng": STANDING_TITLES[one.standing],
                    "mã băm SHA-256": one.sha256,
                }
            )
    return identity.OwnData(told, tuple(files))
