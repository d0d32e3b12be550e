"""What the stores keep of a person: who looked at it, and all of it to take away. Asked by identity."""

from __future__ import annotations

from tinhso.kernel.clock import VIETNAM, now
from tinhso.modules.archive.models import AccountLink, Document, ShareCode
from tinhso.modules.archive.queries.documents import holders_of_account, infos_of
from tinhso.modules.archive.queries.proofs import uses_of_documents
from tinhso.modules.archive.queries.store import looks_at
from tinhso.modules.archive.rules.documents import PROOF_TITLES, STANDING_TITLES, TRUST_TITLES, Proof, Standing
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
    """Every document of the account's stores, but those held back until it is clear whose they are; where they were used,
    to whom they were shown by a code, and how the store was opened."""
    told, files = [], []
    shown: dict[int, str] = {}
    today = now().astimezone(VIETNAM).date()
    for holder in holders_of_account(user_id):
        for one in infos_of(Document.objects.filter(holder_id=holder.id).order_by("pk"), today):
            if one.standing == Standing.WITHHELD:
                continue
            shown[one.id] = one.label
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
    opened = [
        {"kho": link.holder.full_name, "số": link.holder.number, "nhờ": PROOF_TITLES[Proof(link.proof)],
         "đã xem": link.evidence, "từ": link.proven_at, "kết thúc lúc": link.ended_at, "vì": link.end_reason}
        for link in AccountLink.objects.filter(user_id=user_id).select_related("holder").order_by("pk")
    ]  # fmt: skip
    used = [
        {"giấy tờ": use.label, "hồ sơ": use.dossier_code, "thay cho": use.paper_name, "cơ quan": use.agency_name,
         "căn cứ": use.ground, "lúc": use.used_at, "mã băm bằng chứng": use.digest}
        for use in uses_of_documents(list(shown))
    ]  # fmt: skip
    # Of a code only its hash is kept, and that is nobody's to take away.
    shared = [
        {"giấy tờ": shown[code.document_id], "đưa cho": code.purpose, "tạo lúc": code.made_at,
         "đến": code.until_at, "mở lúc": code.opened_at, "hủy lúc": code.cancelled_at}
        for code in ShareCode.objects.filter(document_id__in=list(shown)).order_by("pk")
    ]  # fmt: skip
    return identity.OwnData(
        {"giấy tờ": told, "kho được mở cho tài khoản": opened, "đã dùng trong hồ sơ": used, "mã chia sẻ": shared},
        tuple(files),
    )
