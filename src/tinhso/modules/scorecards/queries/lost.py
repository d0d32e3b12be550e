"""The procedures that cost an agency points in an indicator, each with what is missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from tinhso.kernel.access.api import Actor
from tinhso.kernel.text import sort_key
from tinhso.modules.procedures import api as procedures
from tinhso.modules.scorecards.queries.publication import Judged
from tinhso.modules.scorecards.queries.sources import Asked

PAGE = 25
# Said above the list, where the words of a row need it.
LEADS: Mapping[str, str] = {
    "content_complete": "Nội dung công khai gồm bảy phần theo khoản 2 Điều 8 Nghị định 63/2010/NĐ-CP. Thủ tục chưa soạn ở đây "
    "thì xét theo danh mục và dữ liệu quốc gia đã nhận.",
    "procedures_online": "Mức độ dịch vụ công ghi ở phiên bản của thủ tục.",
    "procedures_with_fees": "Thủ tục có phí được tính là tích hợp khi trong tháng có khoản thu lập trên hệ thống.",
}
_LEVELS = {"": "Chưa ghi mức độ dịch vụ công", "information": "Mới cung cấp thông tin, chưa nhận hồ sơ trực tuyến"}
_NOTHING = {
    "services_used_online": "Trong tháng không có hồ sơ nộp trực tuyến",
    "procedures_with_fees": "Trong tháng không có khoản thu nào",
    "procedures_paid_online": "Trong tháng không có giao dịch thanh toán trực tuyến",
    "procedures_with_identity": "Trong tháng không có hồ sơ từ tài khoản đã xác thực qua VNeID",
}


@dataclass(frozen=True)
class Lost:
    """`is_defined`: written here, not only known from the catalogue."""

    code: str
    title: str
    why: str
    is_defined: bool


def procedures_against(*, agency_id: int, indicator: str, month: date, actor: Actor, now: datetime) -> list[Lost]:
    """In Vietnamese order. The caller asked whether the agency is within reach. As many queries as the indicators about
    procedures need."""
    last = (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    asked = Asked(month, last, actor, now)
    pair = asked.pairs.get(agency_id, {}).get(indicator)
    if pair is None:
        return []
    known = asked.authority.procedures
    found = [
        Lost(
            code,
            known[code].title if code in known else "",
            _why(indicator, known.get(code), asked.decisions.get(code)),
            code in known and known[code].is_defined,
        )
        for code in pair.of - pair.good
    ]
    return sorted(found, key=lambda one: (sort_key(one.title), one.code))


def _why(indicator: str, found: procedures.Settled | None, decided: Judged | None) -> str:
    if decided is not None and indicator == "published_on_time":
        return decided.why_decided
    if decided is not None and indicator == "made_public_on_time":
        return decided.why_public
    if found is not None and indicator == "content_complete":
        return "Thiếu: " + ", ".join(procedures.PARTS[key] for key in found.missing)
    if found is not None and indicator == "procedures_online":
        return _LEVELS[found.service_level or ""]
    return _NOTHING.get(indicator, "")
