"""What is said of a wrong answer: the form's own words first (x-errors), else made from the field's title.

Every sentence names the field and what to do. The browser makes the same ones (form.js).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_CHOSEN = ("select", "radio", "ethnicity")


def lower_first(title: str) -> str:
    """ "Họ và tên" → "họ và tên", but "UBND xã" stays."""
    if len(title) > 1 and title[1].isupper():
        return title
    return title[:1].lower() + title[1:]


def shown_number(value: int | float) -> str:
    """A number in Vietnamese writing: 1.458.818 or 12,5."""
    if isinstance(value, int) or float(value).is_integer():
        return f"{int(value):,}".replace(",", ".")
    return str(value).replace(".", ",")


def message_of(schema: Mapping[str, Any], keyword: str) -> str:
    own = schema.get("x-errors", {})
    if keyword in own:
        return str(own[keyword])
    if keyword in ("minLength", "minItems") and "required" in own:
        return str(own["required"])
    if keyword == "enum" and "oneOf" in own:
        return str(own["oneOf"])
    return _made(schema, keyword)


def _made(schema: Mapping[str, Any], keyword: str) -> str:
    title = str(schema.get("title") or "Ô này")
    name = lower_first(title)
    limit: Any = schema.get(keyword)
    widget = schema.get("x-widget")
    is_date = schema.get("format") == "date" or widget == "date"
    if keyword == "required":
        return _missing(schema, name, is_date)
    if keyword == "type":
        kinds = {
            "integer": f"{title} phải là số nguyên, ví dụ 2",
            "number": f"{title} phải là số, ví dụ 12,5",
            "boolean": f"Chọn có hoặc không ở mục «{title}»",
        }
        return kinds.get(str(schema.get("type")), f"{title} chưa đúng dạng, hãy nhập lại")
    if keyword == "format":
        if is_date:
            return f"{title} phải có dạng ngày/tháng/năm, ví dụ 05/03/2026"
        return f"{title} phải có dạng ten@example.vn"
    if keyword == "pattern":
        known = {
            "phone": f"{title} gồm 10 hoặc 11 chữ số, bắt đầu bằng số 0",
            "identity": f"{title} gồm 12 chữ số",
        }
        return known.get(str(widget), f"{title} chưa đúng dạng, hãy kiểm tra và nhập lại")
    if keyword in ("oneOf", "enum"):
        return f"Chọn một trong các mục của «{title}»"
    if keyword == "const":
        if schema.get("type") == "boolean":
            return f"Đánh dấu vào ô «{title}»"
        return f"{title} chưa đúng, hãy nhập lại"
    item = lower_first(str(schema.get("x-item-title") or "mục"))
    made = {
        "maxLength": lambda: f"{title} dài quá {limit} ký tự, hãy viết ngắn lại",
        "minLength": lambda: f"{title} phải có ít nhất {limit} ký tự",
        "minimum": lambda: f"{title} phải từ {shown_number(limit)} trở lên",
        "maximum": lambda: f"{title} không được quá {shown_number(limit)}",
        "exclusiveMinimum": lambda: f"{title} phải lớn hơn {shown_number(limit)}",
        "exclusiveMaximum": lambda: f"{title} phải nhỏ hơn {shown_number(limit)}",
        "multipleOf": lambda: f"{title} phải là bội số của {shown_number(limit)}",
        "minItems": lambda: f"Thêm ít nhất {limit} {item} vào «{title}»",
        "maxItems": lambda: f"«{title}» chỉ nhận nhiều nhất {limit} {item}",
        "uniqueItems": lambda: f"«{title}» có mục bị trùng, hãy bỏ bớt",
        "x-not-after": lambda: _too_late(schema, title),
        "x-not-before": lambda: f"{title} sớm hơn ngày cho phép, hãy kiểm tra lại",
    }
    return made[keyword]() if keyword in made else f"{title} chưa đúng, hãy kiểm tra và nhập lại"


def _missing(schema: Mapping[str, Any], name: str, is_date: bool) -> str:
    kind = schema.get("type")
    if kind == "boolean":
        return f"Đánh dấu vào ô «{schema.get('title', '')}»" if "const" in schema else f"Chọn có hoặc không: {name}"
    if kind == "array":
        return f"Chọn hoặc thêm {name}"
    if is_date:
        return f"Nhập {name}, ví dụ 05/03/2026"
    if "oneOf" in schema or "enum" in schema or schema.get("x-widget") in _CHOSEN:
        return f"Chọn {name}"
    return f"Nhập {name}"


def _too_late(schema: Mapping[str, Any], title: str) -> str:
    if schema.get("x-not-after") == "today":
        return f"{title} không được sau hôm nay"
    return f"{title} muộn hơn ngày cho phép, hãy kiểm tra lại"
