"""The made-up content of the style guide: every component in every state, long and hostile text included."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

LONG = "Công Tằng Tôn Nữ Hoàng Thị Thục Trinh " * 4
HOSTILE = '<script>alert("x")</script> & "trích dẫn" \'nháy\''
ICONS = re.findall(r'symbol id="(\w+)"', (Path(__file__).parent / "static/ui/icons.svg").read_text())


def samples(now: datetime) -> dict[str, Any]:
    return {
        "now": now,
        "long": LONG,
        "hostile": HOSTILE,
        "options": [("male", "Nam"), ("female", "Nữ"), ("hostile", HOSTILE)],
        "chosen": ["male", "hostile"],
        "errors": [
            ("sg-name-bad", "Nhập họ và tên của trẻ"),
            ("sg-date-bad", "Ngày sinh phải là một ngày đã qua"),
            ("sg-sex-bad", "Chọn giới tính"),
        ],
        "crumbs": [("Trang chủ", "/"), ("Hộ tịch", "/"), ("Đăng ký khai sinh", "")],
        "steps": [
            {"title": "Người nộp", "state": "done", "url": "#a"},
            {"title": "Thông tin của trẻ", "state": "done", "url": "#b"},
            {"title": "Giấy tờ", "state": "current", "url": "#c"},
            {"title": "Xem lại và gửi", "state": "todo", "url": ""},
        ],
        "tabs": [
            {"title": "Hồ sơ", "url": "#a", "current": True, "count": 12},
            {"title": "Diễn biến", "url": "#b", "current": False, "count": 0},
            {"title": "Tài liệu", "url": "#c", "current": False},
        ],
        "tones": ["neutral", "info", "progress", "success", "warning", "danger"],
        "rows": [
            {
                "code": f"H56.12-261124-{number:04d}",
                "person": name,
                "procedure": procedure,
                "due": now + timedelta(hours=hours),
                "done": done,
                "tone": tone,
                "state": state,
                "amount": amount,
            }
            for number, name, procedure, hours, done, tone, state, amount in (
                (7, "Nguyễn Thị Ánh", "Đăng ký khai sinh cho con", 27, None, "progress", "Đang giải quyết", 8000),
                (8, "Lê Văn Đức", "Chứng thực bản sao từ bản chính", 3, None, "warning", "Yêu cầu bổ sung", 1458818),
                (
                    9,
                    LONG,
                    "Đăng ký biến động đất đai khi chuyển nhượng quyền sử dụng đất",
                    -52,
                    None,
                    "danger",
                    "Quá hạn",
                    0,
                ),
                (10, HOSTILE, HOSTILE, 5, now, "success", "Đã trả kết quả", 15000),
            )
        ],
        "icons": ICONS,
        "later": now + timedelta(days=2, hours=3),
        "soon": now + timedelta(hours=5),
        "late": now - timedelta(days=2),
        "hour_ago": now - timedelta(hours=1),
    }
