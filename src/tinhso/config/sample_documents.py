"""Documents in the stores of the demo's citizens: old results that were digitised, so that the first dossier that
somebody files has something to offer. Results of the demo's own dossiers follow by themselves."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from tinhso.config.sample_dossiers import photograph
from tinhso.kernel.access.api import SYSTEM, User, actor_of
from tinhso.kernel.files.api import store
from tinhso.modules.archive import api as archive
from tinhso.modules.directory import api as directory
from tinhso.modules.identity import api as identity

CLERK, LEADER = "tiepnhan", "chutich"


@dataclass(frozen=True)
class Old:
    """An old result: issued `days` ago, holding for `months` (None: without end)."""

    kind: str
    name: str
    number: str
    days: int
    months: int | None = None
    replaces: str = ""


# For each of the demo's citizens; made-up numbers.
OLD: tuple[tuple[Old, ...], ...] = (
    (
        Old("XD.GIAYPHEP", "Giấy phép xây dựng nhà ở riêng lẻ", "118/GPXD", 310, 12),
        Old("HT.KETHON", "Giấy chứng nhận kết hôn", "45/2021", 2080),
        Old("HT.HONNHAN", "Giấy xác nhận tình trạng hôn nhân", "12/XN", 400, 6),
        Old("KD.HKD", "Giấy chứng nhận đăng ký hộ kinh doanh", "26A8001234", 900),
        Old(
            "KD.HKD", "Giấy chứng nhận đăng ký hộ kinh doanh (thay đổi lần 1)", "26A8001234-1", 120, None, "26A8001234"
        ),
    ),
    (
        Old("XD.GIAYPHEP", "Giấy phép xây dựng nhà ở riêng lẻ", "87/GPXD", 200, 12),
        Old("HT.KHAISINH", "Giấy khai sinh", "203/2015", 4000),
    ),
)


def write(*, now: datetime) -> str:
    """Open the stores of the demo's citizens and put their old results there, once. Returns a line of counts."""
    clerk = actor_of(User.objects.get(username=CLERK), on=now.date())
    staff = directory.staff_of_user(User.objects.get(username=LEADER).pk, now.date())
    if staff is None:
        return "tỉnh mẫu chưa có cán bộ"
    agency = directory.organisation(staff.organisation_id)
    kinds = archive.kind_codes()
    made = 0
    for citizen, olds in zip(identity.DEMO_CITIZENS, OLD, strict=True):
        user = User.objects.get(username=citizen.username)
        if archive.holders_of_account(user.pk):
            return "đã có sẵn"
        archive.prove_at_counter(
            username=citizen.username,
            number=citizen.identity_number,
            full_name=citizen.full_name,
            evidence="Thẻ căn cước bản chính",
            seen=True,
            actor=clerk,
            now=now,
        )
        for old in olds:
            issued = now.date() - timedelta(days=old.days)
            archive.keep(_document(old, citizen, agency, kinds[old.kind], issued, now), actor=SYSTEM, now=now)
            made += 1
    return f"{len(OLD)} kho, {made} giấy tờ cũ đã số hóa"


def _document(
    old: Old,
    citizen: identity.DemoCitizen,
    agency: directory.OrganisationInfo,
    kind_id: int,
    issued: date,
    now: datetime,
) -> archive.NewDocument:
    content = io.BytesIO(photograph(f"{old.name} số {old.number}", citizen.full_name).read())
    file = store(content, filename=f"{old.kind}.jpg", actor=SYSTEM, now=now, purpose="archive.import")
    return archive.NewDocument(
        owner=archive.Owner(citizen.identity_number, citizen.full_name, archive.Proof.INDEX),
        kind_id=kind_id,
        name=old.name,
        number=old.number,
        issuer_id=agency.id,
        issuer_name=agency.name,
        issued_date=issued,
        valid_until=archive.until_after(issued, f"P{old.months}M") if old.months else None,
        origin=archive.Origin.IMPORTED,
        trust=archive.Trust.INDEXED,
        file_id=file.id,
        source_ref=f"sample:{citizen.username}:{old.number}",
        about_name=citizen.full_name,
        keeper_id=agency.id,
        source_note="Nhập từ sổ lưu của cơ quan (dữ liệu mẫu)",
        replaces=f"sample:{citizen.username}:{old.replaces}" if old.replaces else "",
    )
