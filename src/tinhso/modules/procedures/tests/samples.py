"""A small form, answers and a definition. Pure values."""

from __future__ import annotations

import copy
from typing import Any

FORM: dict[str, Any] = {
    "type": "object",
    "required": ["child", "request"],
    "x-order": ["child", "members", "request"],
    "properties": {
        "child": {
            "type": "object",
            "title": "Trẻ được khai sinh",
            "required": ["full_name", "birth_date", "sex", "country"],
            "properties": {
                "full_name": {
                    "type": "string",
                    "title": "Họ và tên",
                    "minLength": 2,
                    "maxLength": 100,
                    "x-errors": {"required": "Nhập họ và tên của trẻ"},
                },
                "birth_date": {
                    "type": "string",
                    "format": "date",
                    "title": "Ngày sinh",
                    "x-widget": "date",
                    "x-not-after": "today",
                },
                "sex": {
                    "type": "string",
                    "title": "Giới tính",
                    "oneOf": [{"const": "male", "title": "Nam"}, {"const": "female", "title": "Nữ"}],
                },
                "abroad": {"type": "boolean", "title": "Sinh ở nước ngoài"},
                "country": {
                    "type": "string",
                    "title": "Nước sinh",
                    "x-when": {"field": "/child/abroad", "equals": True},
                },
                "identity": {"type": "string", "title": "Số định danh", "x-widget": "identity"},
            },
        },
        "members": {
            "type": "array",
            "title": "Thành viên cùng hộ",
            "maxItems": 3,
            "x-item-title": "Thành viên",
            "items": {
                "type": "object",
                "required": ["name", "note"],
                "properties": {
                    "name": {"type": "string", "title": "Họ và tên"},
                    "adult": {"type": "boolean", "title": "Đã đủ 18 tuổi"},
                    "note": {
                        "type": "string",
                        "title": "Quan hệ",
                        "x-when": {"field": "./adult", "equals": True},
                    },
                },
            },
        },
        "request": {
            "type": "object",
            "title": "Yêu cầu",
            "required": ["copies", "pledge"],
            "properties": {
                "copies": {"type": "integer", "title": "Số bản sao", "minimum": 0, "maximum": 20},
                "income": {"type": "integer", "title": "Thu nhập", "x-widget": "money"},
                "phone": {"type": "string", "title": "Số điện thoại", "x-widget": "phone"},
                "pledge": {"type": "boolean", "title": "Tôi cam đoan lời khai là đúng", "const": True},
            },
        },
    },
}

ANSWERS: dict[str, Any] = {
    "child": {"full_name": "Nguyễn Minh Khang", "birth_date": "2026-09-14", "sex": "male"},
    "request": {"copies": 2, "pledge": True},
}

DEFINITION: dict[str, Any] = {
    "valid_from": "2025-07-01",
    "decision": "163/QĐ-BTP",
    "service_level": "full",
    "levels": ["commune"],
    "competent_kind": "people_committee",
    "competent_level": "commune",
    "who_may_apply": "Cha, mẹ hoặc người thân của trẻ.",
    "summary": "Bạn nhận Giấy khai sinh của con.",
    "steps_text": ["Nộp hồ sơ.", "Nhận kết quả."],
    "legal_basis": [{"title": "Luật Hộ tịch", "number": "60/2014/QH13"}],
    "conditions": None,
    "channels": ["online", "counter"],
    "papers": [
        {"key": "birth_proof", "name": "Giấy chứng sinh", "original": 1},
        {
            "key": "foreign_proof",
            "name": "Giấy tờ do nước ngoài cấp",
            "original": 1,
            "when": {"field": "/child/abroad", "equals": True},
        },
    ],
    "fees": [
        {"key": "copies", "name": "Bản sao", "amount": 8000, "unit": "bản", "per_field": "copies"},
        {"key": "post", "name": "Cước", "amount": 20000, "channel": "post"},
    ],
    "deadline": {
        "cases": [
            {"when": {"field": "/child/abroad", "equals": True}, "amount": 3, "unit": "working_day"},
            {"when": None, "amount": 1, "unit": "working_day", "cutoff": "15:00"},
        ]
    },
    "result": [{"key": "certificate", "name": "Giấy khai sinh", "kind": "certificate", "fields": ["/child/full_name"]}],
    "form": FORM,
    "route": {
        "start": "examine",
        "steps": [
            {
                "key": "examine",
                "title": "Thẩm tra",
                "role": "handler",
                "hours": 4,
                "actions": [{"key": "submit", "title": "Trình lãnh đạo", "kind": "forward", "to": "approve"}],
            },
            {
                "key": "approve",
                "title": "Phê duyệt",
                "role": "leader",
                "hours": 2,
                "actions": [
                    {"key": "approve", "title": "Phê duyệt", "kind": "issue"},
                    {"key": "return", "title": "Trả lại", "kind": "back", "to": "examine"},
                ],
            },
        ],
    },
    "supplement_pauses": False,
    "cautions": [],
}


def definition_raw(**changes: Any) -> dict[str, Any]:
    """The sample definition with some of its top keys changed."""
    return {**copy.deepcopy(DEFINITION), **copy.deepcopy(changes)}
