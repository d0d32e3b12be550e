"""The closed lists of procedures: service levels, administrative levels, channels, life events."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

ServiceLevel = Literal["full", "partial", "information"]


@dataclass(frozen=True)
class DatedTerm:
    """A term of the law: what it is called, from when and until when (inclusive) it was used, and by which text."""

    key: str
    title: str
    meaning: str
    valid_from: date
    valid_until: date | None
    source: str


# Nghị định 42/2022 replaced the four levels of Nghị định 43/2011; Nghị định 224/2026 keeps the two words.
SERVICE_LEVELS: dict[str, DatedTerm] = {
    term.key: term
    for term in (
        DatedTerm(
            "full",
            "Toàn trình",
            "Nộp hồ sơ, trả phí và nhận kết quả đều làm được trên mạng.",
            date(2022, 8, 15),
            None,
            "Nghị định 42/2022/NĐ-CP; Nghị định 224/2026/NĐ-CP",
        ),
        DatedTerm(
            "partial",
            "Một phần",
            "Nộp hồ sơ trên mạng; có bước vẫn phải đến nơi tiếp nhận.",
            date(2022, 8, 15),
            None,
            "Nghị định 42/2022/NĐ-CP; Nghị định 224/2026/NĐ-CP",
        ),
        DatedTerm(
            "information",
            "Cung cấp thông tin",
            "Trên mạng chỉ có thông tin; hồ sơ nộp tại nơi tiếp nhận.",
            date(2022, 8, 15),
            None,
            "Nghị định 42/2022/NĐ-CP; Nghị định 224/2026/NĐ-CP",
        ),
    )
}

OLD_LEVELS: dict[int, DatedTerm] = {
    int(term.key): term
    for term in (
        DatedTerm(
            str(level), f"Mức độ {level}", meaning, date(2011, 6, 10), date(2022, 8, 14), "Nghị định 43/2011/NĐ-CP"
        )
        for level, meaning in (
            (1, "Có đầy đủ thông tin về thủ tục."),
            (2, "Mức độ 1 và tải được biểu mẫu."),
            (3, "Điền và gửi biểu mẫu trên mạng; trả phí và nhận kết quả tại nơi tiếp nhận."),
            (4, "Mức độ 3 và trả phí trên mạng; nhận kết quả trên mạng, qua bưu chính hoặc tại nơi tiếp nhận."),
        )
    )
}

LEVELS: dict[str, str] = {
    "ministry": "Cấp bộ",
    "province": "Cấp tỉnh",
    "district": "Cấp huyện",
    "commune": "Cấp xã",
    "other": "Cơ quan khác",
}

ORGANISATION_KINDS: dict[str, str] = {
    "people_committee": "Ủy ban nhân dân",
    "department": "Sở, ban, ngành",
    "public_service_centre": "Trung tâm Phục vụ hành chính công",
    "police": "Công an",
    "unit": "Đơn vị trực thuộc",
    "other": "Cơ quan khác",
}

CHANNELS: dict[str, str] = {
    "online": "Trực tuyến",
    "counter": "Trực tiếp tại nơi tiếp nhận",
    "post": "Qua dịch vụ bưu chính",
}

DEADLINE_UNITS: dict[str, str] = {
    "working_day": "ngày làm việc",
    "working_hour": "giờ làm việc",
    "calendar_day": "ngày",
    "same_day": "trong ngày",
}

RESULT_KINDS: dict[str, str] = {
    "certificate": "Giấy chứng nhận, giấy xác nhận",
    "decision": "Quyết định",
    "notice": "Thông báo",
    "licence": "Giấy phép",
    "extract": "Bản sao, trích lục",
}

ACTION_KINDS: dict[str, str] = {
    "forward": "Chuyển bước",
    "back": "Trả lại bước trước",
    "parallel": "Lấy ý kiến song song",
    "issue": "Ban hành kết quả",
}


@dataclass(frozen=True)
class LifeEvent:
    """What happens in a person's or a business's life and brings them to an office."""

    key: str
    title: str
    hint: str


LIFE_EVENTS: dict[str, LifeEvent] = {
    event.key: event
    for event in (
        LifeEvent("birth", "Sinh con và nuôi con", "Khai sinh, nhận con nuôi"),
        LifeEvent("marriage", "Kết hôn và gia đình", "Kết hôn, tình trạng hôn nhân, hộ tịch"),
        LifeEvent("residence", "Chỗ ở và cư trú", "Thường trú, tạm trú, tách hộ"),
        LifeEvent("papers", "Giấy tờ và chứng thực", "Bản sao, chữ ký, lý lịch tư pháp"),
        LifeEvent("land", "Đất đai", "Giấy chứng nhận, tách thửa, hòa giải"),
        LifeEvent("building", "Xây nhà", "Giấy phép xây dựng"),
        LifeEvent("business", "Kinh doanh", "Hộ kinh doanh, giấy phép"),
        LifeEvent("work", "Việc làm và lao động", "Giấy phép lao động"),
        LifeEvent("support", "Trợ giúp xã hội", "Trợ cấp, hộ nghèo, bảo trợ"),
        LifeEvent("transport", "Xe và đi lại", "Giấy phép lái xe, kinh doanh vận tải"),
        LifeEvent("farming", "Trồng trọt và chăn nuôi", "Cây trồng, vật nuôi, đất lúa"),
        LifeEvent("community", "Văn hóa và cộng đồng", "Lễ hội, hòa giải ở cơ sở"),
        LifeEvent("death", "Người thân qua đời", "Khai tử, hỗ trợ mai táng"),
    )
}

# The fixed first page of every dossier («Người nộp hồ sơ», owned by dossiers). Conditions may point at it:
# dossiers passes the answers as {"applicant": {...}} beside the groups of the form.
APPLICANT_FIELDS: dict[str, str] = {
    "full_name": "Họ và tên người nộp",
    "identity_number": "Số định danh người nộp",
    "birth_date": "Ngày sinh người nộp",
    "phone": "Điện thoại",
    "email": "Thư điện tử",
    "address": "Địa chỉ",
    "acting_as": "Tư cách nộp hồ sơ",
    "subject_name": "Người được nộp thay",
    "subject_id": "Số định danh người được nộp thay",
}
