"""Blocks of questions that many forms share, to put in with one press instead of asking them anew.

The applicant's own data are asked once on the fixed first page; these are the other people, places and things.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tinhso.modules.procedures.rules.forms import IDENTITY, PHONE

_DATE = "Nhập ngày theo dạng ngày/tháng/năm, ví dụ 05/09/2025"


@dataclass(frozen=True)
class Block:
    key: str
    title: str
    hint: str
    schema: dict[str, Any]


def _field(title: str, widget: str, empty: str, **more: Any) -> dict[str, Any]:
    errors = {**more.pop("errors", {}), "required": empty}
    return {"type": "string", "title": title, **more, "x-widget": widget, "x-errors": errors}


def _group(title: str, fields: dict[str, dict[str, Any]], required: list[str]) -> dict[str, Any]:
    return {
        "type": "object",
        "title": title,
        "properties": fields,
        "required": [key for key in fields if key in required],
        "x-order": list(fields),
        "additionalProperties": False,
    }


def _name(whose: str) -> dict[str, Any]:
    return _field(f"Họ, chữ đệm, tên {whose}".strip(), "text", "Nhập họ, chữ đệm, tên", minLength=2, maxLength=100)


_IDENTITY = _field(
    "Số định danh cá nhân", "identity", "Nhập số định danh cá nhân", pattern=IDENTITY,
    errors={"pattern": "Số định danh cá nhân gồm đúng 12 chữ số"},
)  # fmt: skip
_PHONE = _field(
    "Số điện thoại", "phone", "Nhập số điện thoại", pattern=PHONE,
    errors={"pattern": "Số điện thoại gồm 10 hoặc 11 chữ số, bắt đầu bằng 0"},
)  # fmt: skip
_BIRTH = {
    **_field("Ngày, tháng, năm sinh", "date", "Nhập ngày, tháng, năm sinh", format="date",
             errors={"format": _DATE, "x-not-after": "Ngày này không được sau hôm nay"}),
    "x-not-after": "today",
}  # fmt: skip
_SEX = {
    **_field("Giới tính", "radio", "Chọn giới tính"),
    "oneOf": [{"const": "male", "title": "Nam"}, {"const": "female", "title": "Nữ"}],
}
_COMMUNE = _field("Xã, phường", "commune", "Chọn xã, phường", minLength=1, maxLength=200)
_DETAIL = _field(
    "Số nhà, đường, thôn, tổ dân phố", "text", "Nhập số nhà, đường hoặc thôn, tổ dân phố", minLength=1, maxLength=300
)

BLOCKS: dict[str, Block] = {
    block.key: block
    for block in (
        Block(
            "person",
            "Một người",
            "Họ tên, ngày sinh, giới tính, số định danh, điện thoại",
            _group(
                "Người có liên quan",
                {"full_name": _name(""), "birth_date": _BIRTH, "sex": _SEX, "identity_number": _IDENTITY, "phone": _PHONE},
                ["full_name", "identity_number"],
            ),
        ),
        Block(
            "requester",
            "Người yêu cầu",
            "Quan hệ với người được giải quyết, điện thoại khi cần hỏi",
            _group(
                "Người yêu cầu",
                {
                    "relation": _field(
                        "Quan hệ với người được giải quyết", "text", "Nhập quan hệ", minLength=1, maxLength=100
                    ),
                    "phone": _PHONE,
                },
                ["relation"],
            ),
        ),
        Block(
            "address",
            "Địa chỉ",
            "Xã, phường và số nhà, đường, thôn",
            _group("Địa chỉ", {"commune": _COMMUNE, "detail": _DETAIL}, ["commune", "detail"]),
        ),
        Block(
            "organisation",
            "Tổ chức, doanh nghiệp",
            "Tên, mã số, địa chỉ, người đại diện",
            _group(
                "Tổ chức",
                {
                    "name": _field("Tên tổ chức", "text", "Nhập tên tổ chức", minLength=2, maxLength=300),
                    "tax_code": _field(
                        "Mã số thuế hoặc mã số doanh nghiệp", "text", "Nhập mã số", pattern="^[0-9]{10}(-?[0-9]{3})?$|^[0-9]{12}$",
                        errors={"pattern": "Mã số gồm 10, 12 hoặc 13 chữ số"},
                    ),
                    "address": _field("Địa chỉ trụ sở", "text", "Nhập địa chỉ trụ sở", minLength=1, maxLength=500),
                    "representative": _name("người đại diện"),
                },
                ["name", "tax_code", "address", "representative"],
            ),
        ),
        Block(
            "parcel",
            "Thửa đất",
            "Số thửa, tờ bản đồ, diện tích, địa chỉ thửa đất",
            _group(
                "Thửa đất",
                {
                    "parcel_number": _field("Thửa đất số", "text", "Nhập số thửa", minLength=1, maxLength=20),
                    "sheet_number": _field("Tờ bản đồ số", "text", "Nhập số tờ bản đồ", minLength=1, maxLength=20),
                    "area": {
                        "type": "number", "title": "Diện tích (m²)", "exclusiveMinimum": 0, "maximum": 100000000,
                        "x-widget": "number", "x-errors": {"required": "Nhập diện tích"},
                    },
                    "address": _field("Địa chỉ thửa đất", "text", "Nhập địa chỉ thửa đất", minLength=1, maxLength=500),
                },
                ["parcel_number", "sheet_number", "area", "address"],
            ),
        ),
        Block(
            "copies",
            "Số bản kết quả",
            "Có xin thêm bản sao không, mấy bản",
            _group(
                "Bản sao kết quả",
                {
                    "wants_copies": {
                        **_field("Có xin cấp bản sao không", "radio", "Chọn có hoặc không"),
                        "oneOf": [{"const": "no", "title": "Không"}, {"const": "yes", "title": "Có"}],
                    },
                    "copies": {
                        "type": "integer", "title": "Số bản sao", "minimum": 1, "maximum": 20, "x-widget": "number",
                        "x-errors": {"required": "Nhập số bản sao"},
                    },
                },
                ["wants_copies"],
            ),
        ),
    )
}  # fmt: skip
