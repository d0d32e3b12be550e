"""What dossiers keep of a person: who looked at it, and all of it to take away. Asked by identity."""

from __future__ import annotations

from typing import Any

from tinhso.kernel.audit.api import lines_of
from tinhso.modules.directory import api as directory
from tinhso.modules.dossiers.models import Dossier, Draft, Paper, Party, Result
from tinhso.modules.dossiers.queries.seeing import LOOKED
from tinhso.modules.dossiers.rules import Channel, State
from tinhso.modules.identity import api as identity

SHOWN = 200
# The last dossiers of an account whose looks are listed on a page.
DOSSIERS = 500


def looks(user_id: int) -> list[identity.Look]:
    """Officers' looks at the account's dossiers, the newest first: where they work and as what. Three queries."""
    codes = {
        f"dossier:{number}": code
        for number, code in Dossier.objects.filter(owner_id=user_id)
        .order_by("-pk")
        .values_list("pk", "code")[:DOSSIERS]
    }
    if not codes:
        return []
    lines = [line for line in lines_of(list(codes), actions=list(LOOKED), most=SHOWN) if line.who_kind == "officer"]
    places = directory.places_of({line.who_user_id for line in lines if line.who_user_id is not None})
    found = []
    for line in lines:
        place = next((p for p in places.get(line.who_user_id or 0, ()) if p.held_on(line.at.date())), None)
        urgent = line.action == "dossiers.break_glass"
        found.append(
            identity.Look(
                at=line.at,
                who=place.position_title if place else "",
                agency=place.organisation_name if place else "",
                what=f"Hồ sơ {codes[line.object_ref]}",
                purpose=f"Mở khẩn cấp: {line.reason}" if urgent else "Giải quyết hồ sơ",
            )
        )
    return found


def export(user_id: int) -> identity.OwnData:
    """Every dossier and draft of the account, with its papers and results."""
    rows = list(Dossier.objects.filter(owner_id=user_id).select_related("version__procedure", "agency").order_by("pk"))
    numbers = [row.pk for row in rows]
    parties: dict[int, list[Any]] = {}
    for party in Party.objects.filter(dossier_id__in=numbers).order_by("pk"):
        parties.setdefault(party.dossier_id, []).append(party)
    papers: dict[int, list[Paper]] = {}
    for paper in Paper.objects.filter(dossier_id__in=numbers).select_related("file").order_by("pk"):
        papers.setdefault(paper.dossier_id, []).append(paper)
    results: dict[int, list[Result]] = {}
    for result in Result.objects.filter(dossier_id__in=numbers).select_related("file").order_by("pk"):
        results.setdefault(result.dossier_id, []).append(result)
    files: list[identity.OwnFile] = []
    told = []
    for row in rows:
        held = [*papers.get(row.pk, ()), *results.get(row.pk, ())]
        for one in held:
            if one.file is not None:
                files.append(identity.OwnFile(one.file.pk, f"ho-so/{row.code}/{one.file.pk}-{one.file.filename}"))
        told.append(
            {
                "mã": row.code,
                "thủ tục": row.version.procedure.name,
                "cơ quan giải quyết": row.agency.name,
                "cách nộp": Channel(row.channel).title,
                "trạng thái": State(row.state).title,
                "gửi lúc": row.submitted_at,
                "tiếp nhận lúc": row.accepted_at,
                "hẹn trả": row.due_at,
                "xong lúc": row.completed_at,
                "trả lúc": row.returned_at,
                "nội dung kê khai": row.form_data,
                "những người liên quan": [_party(party) for party in parties.get(row.pk, ())],
                "giấy tờ": [
                    {"tên": p.name, "tệp": p.file.filename if p.file else None} for p in papers.get(row.pk, ())
                ],
                "kết quả": [{"tên": r.name, "số": r.notation, "ngày": r.issued_at} for r in results.get(row.pk, ())],
            }
        )
    drafts = Draft.objects.filter(owner_id=user_id, dossier__isnull=True).select_related("version__procedure")
    writing = [
        {
            "thủ tục": draft.version.procedure.name, "sửa lần cuối": draft.updated_at, "người nộp": draft.applicant,
            "nội dung kê khai": draft.form_data,
        }
        for draft in drafts.order_by("pk")
    ]  # fmt: skip
    return identity.OwnData({"hồ sơ": told, "bản nháp": writing}, tuple(files))


def _party(party: Party) -> dict[str, str]:
    return {
        "vai trò": Party.Role(party.role).label, "họ và tên": party.full_name, "số định danh": party.identity_number,
        "điện thoại": party.phone, "thư điện tử": party.email, "địa chỉ": party.address, "căn cứ": party.authority,
    }  # fmt: skip
