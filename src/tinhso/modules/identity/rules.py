"""Pure decisions about accounts: how a phone number is written, what a person may state."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import date

PHONE = re.compile(r"^0\d{9}$", re.ASCII)
IDENTITY = re.compile(r"^\d{12}$", re.ASCII)
EMAIL = re.compile(r"^[^\s@]+@[^\s@.]+(\.[^\s@.]+)+$")


def clean_text(typed: str) -> str:
    """One line: composed letters, single spaces, no control characters."""
    text = "".join(char for char in unicodedata.normalize("NFC", typed) if char.isprintable() or char.isspace())
    return " ".join(text.split())


def clean_phone(typed: str) -> str:
    """ "+84 912.345.678" → "0912345678"; other texts without their spaces, dots and dashes."""
    digits = re.sub(r"[\s.\-()]", "", typed)
    return "0" + digits[3:] if digits.startswith("+84") else digits


def person_errors(values: Mapping[str, str], *, birth_date: date | None, today: date) -> dict[str, str]:
    """Field → message for a person's own record. Empty fields are allowed but the name."""
    errors: dict[str, str] = {}
    if not values.get("full_name"):
        errors["full_name"] = "Nhập họ và tên, như trên thẻ căn cước."
    elif len(values["full_name"]) > 300:
        errors["full_name"] = "Họ và tên tối đa 300 ký tự. Hãy rút gọn."
    if values.get("identity_number") and not IDENTITY.match(values["identity_number"]):
        errors["identity_number"] = "Số định danh cá nhân gồm đúng 12 chữ số, ví dụ 038090001234."
    if values.get("phone") and not PHONE.match(values["phone"]):
        errors["phone"] = "Số điện thoại gồm 10 chữ số, bắt đầu bằng 0, ví dụ 0912345678."
    if values.get("email") and not EMAIL.match(values["email"]):
        errors["email"] = "Thư điện tử chưa đúng, ví dụ ten@example.vn. Có thể bỏ trống."
    if values.get("birth_date") and birth_date is None:
        errors["birth_date"] = "Ngày sinh có dạng ngày/tháng/năm, ví dụ 05/03/1990."
    elif birth_date is not None and not date(1900, 1, 1) <= birth_date <= today:
        errors["birth_date"] = "Ngày sinh phải từ năm 1900 đến hôm nay."
    if len(values.get("address") or "") > 300:
        errors["address"] = "Địa chỉ tối đa 300 ký tự. Hãy rút gọn."
    return errors
