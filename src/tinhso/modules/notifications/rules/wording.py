"""Texts with placeholders, and the wall around weak channels: what may be said there is listed, nothing else.

A placeholder is a word in braces: "Hồ sơ {code} đã có kết quả." No format, no attribute: it is only replaced.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

from tinhso.modules.notifications.rules.kinds import KINDS, WEAK_CHANNELS, Channel, Kind

PLACEHOLDERS: dict[str, str] = {
    "name": "Tên người nhận",
    "procedure": "Tên thủ tục",
    "code": "Mã hồ sơ",
    "date": "Ngày liên quan: hẹn trả, hạn bổ sung, ngày hẹn mới",
    "reason": "Lý do, nội dung yêu cầu",
    "amount": "Số tiền",
    "agency": "Cơ quan giải quyết",
    "office": "Nơi tiếp nhận và trả kết quả",
    "step": "Tên bước, việc được giao",
    "count": "Số hồ sơ",
    "link": "Đường dẫn đến trang xem",
    "province": "Tên tỉnh",
}
# The shape of what may stand on a weak channel. The code alone opens nothing (ADR 7); a date and a number tell nothing
# of the person; the link leads to a page that asks who one is.
_SHAPES: dict[str, re.Pattern[str]] = {
    "code": re.compile(r"[A-Z0-9.\-]{1,40}"),
    "date": re.compile(r"(\d\d:\d\d )?\d\d/\d\d/\d{4}"),
    "link": re.compile(r"https?://[A-Za-z0-9.\-:\[\]]+/[a-z/]*"),
    "province": re.compile(r"[^\d{}@]{1,60}"),
}
WEAK_PLACEHOLDERS = frozenset(_SHAPES)
_OF_PERSON = frozenset(PLACEHOLDERS) - {"step", "count"}
_OF_OFFICER = frozenset({"name", "procedure", "code", "date", "agency", "step", "count", "link", "province"})

SMS_MOST = 306  # two parts of 153 characters without accents
TITLE_MOST = 200
TEXT_MOST = 4000
ZALO_MOST = 400
_FOUND = re.compile(r"\{([^{}]*)\}")


class UnfitText(ValueError):
    """A text that must not be sent like this; the message says what to change, in Vietnamese."""


def placeholders_of(text: str) -> frozenset[str]:
    return frozenset(_FOUND.findall(text))


def allowed_placeholders(kind: Kind, channel: Channel) -> frozenset[str]:
    if channel in WEAK_CHANNELS:
        return WEAK_PLACEHOLDERS
    return _OF_PERSON if KINDS[kind].audience == "person" else _OF_OFFICER


def check_template(kind: Kind, channel: Channel, *, subject: str, text: str, provider_template: str) -> dict[str, str]:
    """Field → message; empty when the template may be used."""
    errors: dict[str, str] = {}
    if channel == Channel.EMAIL:
        if not subject:
            errors["subject"] = "Nhập tiêu đề thư."
        elif len(subject) > TITLE_MOST or "\n" in subject:
            errors["subject"] = f"Tiêu đề là một dòng, tối đa {TITLE_MOST} ký tự."
    if not text:
        errors["text"] = "Nhập nội dung."
    most = {Channel.EMAIL: TEXT_MOST, Channel.SMS: SMS_MOST, Channel.ZALO: ZALO_MOST}[channel]
    if len(text) > most:
        errors["text"] = f"Nội dung dài {len(text)} ký tự, tối đa {most}. Hãy viết gọn lại."
    if channel == Channel.ZALO and not re.fullmatch(r"[A-Za-z0-9_-]{1,40}", provider_template):
        errors["provider_template"] = "Nhập mã mẫu đã được Zalo duyệt: chữ không dấu và số."
    for field, value in (("subject", subject), ("text", text)):
        if field in errors:
            continue
        if _FOUND.sub("", value).count("{") or _FOUND.sub("", value).count("}"):
            errors[field] = "Có dấu ngoặc nhọn lẻ. Mỗi chỗ điền viết đủ hai dấu, ví dụ {code}."
            continue
        wrong = sorted(placeholders_of(value) - allowed_placeholders(kind, channel))
        if wrong:
            allowed = ", ".join(f"{{{name}}}" for name in sorted(allowed_placeholders(kind, channel)))
            words = ", ".join(f"{{{name}}}" for name in wrong)
            private = channel in WEAK_CHANNELS and set(wrong) & set(PLACEHOLDERS)
            why = (
                "Tin nhắn hiện trên màn hình khóa và qua tay nhà mạng nên không được mang điều riêng tư. "
                if private
                else ""
            )
            errors[field] = f"Không dùng được chỗ điền {words} ở đây. {why}Dùng được: {allowed}."
    return errors


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with its placeholders replaced, once: braces in a value are kept as they are. A value that is missing is
    a mistake of the caller (`KeyError`): better no notice than one with a gap."""
    return _FOUND.sub(lambda found: values[found.group(1)], text)


def check_weak_values(values: Mapping[str, str]) -> dict[str, str]:
    """Only what may stand on a weak channel, each in its shape. Raises `UnfitText`: somebody filled a name into a code."""
    kept = {name: value for name, value in values.items() if name in WEAK_PLACEHOLDERS}
    for name, value in kept.items():
        if value and not _SHAPES[name].fullmatch(value):
            raise UnfitText(f"Giá trị của {{{name}}} không đúng dạng được phép trên tin nhắn.")
    return kept


def without_accents(text: str) -> str:
    """Composed Vietnamese → plain letters: an SMS with accents is cut after 70 characters."""
    plain = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    return "".join(char for char in plain if not unicodedata.combining(char))


def paragraphs(text: str) -> list[str]:
    """A text's paragraphs, empty lines between them."""
    return [part.strip() for part in re.split(r"\n\s*\n", text) if part.strip()]


def sample_values(kind: Kind) -> dict[str, str]:
    """Made-up values to look at a template with."""
    return {
        "name": "Nguyễn Thị Thu Hà" if KINDS[kind].audience == "person" else "Lê Văn Dũng",
        "procedure": "Đăng ký khai sinh cho con",
        "code": "H56.102-261124-0007",
        "date": "16:00 27/11/2026",
        "reason": "Bản chụp giấy chứng sinh mờ góc dưới, không đọc được con dấu.",
        "amount": "25.000 đồng",
        "agency": "UBND phường Hạc Thành",
        "office": "Trung tâm Phục vụ hành chính công phường Hạc Thành",
        "step": "Thẩm tra hồ sơ",
        "count": "12",
        "link": "https://dichvucong.example.vn/dossiers/track/",
        "province": "tỉnh Thanh Hóa",
    }
