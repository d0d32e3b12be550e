"""The shapes of codes and numbers fixed by law; pure.

Checks return "" when the value is good, else a message for the person who typed it, in Vietnamese.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

# --- Agencies: Quyết định 20/2020/QĐ-TTg (amended 09/2025); before it the 13 characters of QCVN 102:2016/BTTTT.

# "H56", "H56.12", "H15.50.05.13", "H44.100", "H37.DN.001"
_AGENCY = re.compile(r"[A-Z][0-9]{2}(?:\.(?:[0-9]{2,4}|[A-Z]{2})){0,4}")
# fourth level . third . second . first: "000.00.12.H56"
_OLD_AGENCY = re.compile(r"([0-9]{3})\.([0-9]{2})\.([0-9]{2})\.([A-Z][0-9]{2})")


def agency_code_error(code: str) -> str:
    """Check the shape of an agency's electronic identifier as used today ("H56.12")."""
    if _AGENCY.fullmatch(code):
        return ""
    if _OLD_AGENCY.fullmatch(code):
        return f"Mã định danh {code} theo mẫu cũ; mã hiện nay là {new_agency_code(code)}."
    return "Mã định danh cơ quan gồm một chữ cái và hai chữ số, rồi các cấp dưới sau dấu chấm, ví dụ H56.12."


def new_agency_code(old: str) -> str:
    """Today's form of a 13-character code: "000.00.12.H56" → "H56.12". Raises `ValueError`."""
    found = _OLD_AGENCY.fullmatch(old)
    if not found:
        raise ValueError(f"Mã «{old}» không phải mã định danh 13 ký tự như 000.00.12.H56.")
    fourth, third, second, first = found.groups()
    levels = [first, second, third, fourth]
    while len(levels) > 1 and not int(levels[-1]):
        levels.pop()
    return ".".join(levels)


def old_agency_code(new: str) -> str:
    """The 13-character form: "H56.12" → "000.00.12.H56". `ValueError` where the old form has no room for it."""
    first, *lower = new.split(".")
    widths = (2, 2, 3)
    fits = all(part.isdigit() and len(part) <= width for part, width in zip(lower, widths, strict=False))
    if not _AGENCY.fullmatch(new) or len(lower) > 3 or not fits:
        raise ValueError(f"Mã «{new}» không có dạng 13 ký tự tương ứng.")
    second, third, fourth = (part.zfill(width) for part, width in zip([*lower, "", "", ""], widths, strict=False))
    return f"{fourth}.{third}.{second}.{first}"


# --- Dossiers: Thông tư 03/2025/TT-VPCP, Điều 13 (khoản 3 added by Thông tư 04/2025); before it Thông tư 01/2018.


@dataclass(frozen=True)
class DossierPattern:
    """How dossiers are numbered between two dates. `central`: on a ministry's centralised system."""

    name: str
    valid_from: date
    valid_until: date | None
    shape: re.Pattern[str]
    central: bool = False

    def holds_on(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_until is None or day <= self.valid_until)


_NEW = r"(?P<agency>[A-Z][0-9]{2}(?:\.(?:[0-9]{2,4}|[A-Z]{2})){0,4})-(?P<day>[0-9]{6})-"
# Newest first: reading tries them in this order, writing takes the first that holds on the day.
# Six digits and more at the end begin, since the centralised systems exist, with the two digits of a ministry.
DOSSIER_PATTERNS = (
    DossierPattern(
        "central",
        date(2026, 1, 25),
        None,
        re.compile(_NEW + r"(?P<ministry>[0-9]{2})(?P<number>[0-9]{4,8})"),
        central=True,
    ),
    DossierPattern("current", date(2020, 9, 15), None, re.compile(_NEW + r"(?P<number>[0-9]{4,9})")),
    DossierPattern(
        "old",
        date(2018, 1, 1),
        date(2025, 9, 14),
        re.compile(r"(?P<agency>[0-9]{3}\.[0-9]{2}\.[0-9]{2}\.[A-Z][0-9]{2})-(?P<day>[0-9]{6})-(?P<number>[0-9]{4,9})"),
    ),
)


@dataclass(frozen=True)
class DossierCode:
    """A dossier's code taken apart. `agency_code` is in today's form; `ministry` only on a centralised system."""

    text: str
    agency_code: str
    day: date
    number: int
    ministry: str = ""
    pattern: str = "current"


def dossier_code(agency_code: str, day: date, number: int, *, ministry: str = "") -> str:
    """«H56.12-261123-0007»: the agency that settles, the day of receipt, the number of that day in the system.

    `ministry`: two digits, for a dossier of a ministry's centralised system («H15.50.05.13-261008-150975»).
    Before today's pattern held, the old one is given. Raises `ValueError`.
    """
    error = agency_code_error(agency_code)
    if error:
        raise ValueError(error)
    if number < 1:
        raise ValueError("Số thứ tự hồ sơ bắt đầu từ 1.")
    if ministry and not re.fullmatch(r"[0-9]{2}", ministry):
        raise ValueError("Mã bộ gồm hai chữ số.")
    for pattern in DOSSIER_PATTERNS:
        if pattern.holds_on(day) and pattern.central == bool(ministry):
            agency = old_agency_code(agency_code) if pattern.name == "old" else agency_code
            return f"{agency}-{day:%y%m%d}-{ministry}{number:04}"
    raise ValueError(f"Chưa có mẫu mã hồ sơ cho ngày {day:%d/%m/%Y}.")


def parse_dossier_code(text: str) -> DossierCode:
    """Take a typed code apart: letter case, spaces and long dashes do not matter. `ValueError` tells what is wrong."""
    code = re.sub(r"\s+", "", text).upper().replace("–", "-").replace("—", "-")
    for pattern in DOSSIER_PATTERNS:
        found = pattern.shape.fullmatch(code)
        if not found:
            continue
        day = _day(found["day"])
        if not pattern.holds_on(day):
            continue
        agency = new_agency_code(found["agency"]) if pattern.name == "old" else found["agency"]
        number = int(found["number"])
        if not number:
            raise ValueError("Số thứ tự trong mã hồ sơ không thể là 0.")
        return DossierCode(code, agency, day, number, found["ministry"] if pattern.central else "", pattern.name)
    raise ValueError("Mã hồ sơ có dạng H56.12-261123-0007: mã cơ quan, ngày nhận (năm tháng ngày) và số thứ tự.")


def _day(yymmdd: str) -> date:
    try:
        return date(2000 + int(yymmdd[:2]), int(yymmdd[2:4]), int(yymmdd[4:]))
    except ValueError:
        raise ValueError(f"Phần ngày «{yymmdd}» trong mã hồ sơ không phải là một ngày (năm tháng ngày).") from None


# --- People: the 12-digit personal identity number (Luật Căn cước 26/2023, Nghị định 70/2024):
# three digits for the place of birth registration, one for century and sex, two for the year, six at random.
# Numbers given before 1 July 2025 keep the codes of the 63 provinces of their time.

_BIRTH_PROVINCES = frozenset(
    [
        "001",
        "002",
        "004",
        "006",
        "008",
        "010",
        "011",
        "012",
        "014",
        "015",
        "017",
        "019",
        "020",
        "022",
        "024",
        "025",
        "026",
        "027",
        "030",
        "031",
        "033",
        "034",
        "035",
        "036",
        "037",
        "038",
        "040",
        "042",
        "044",
        "045",
        "046",
        "048",
        "049",
        "051",
        "052",
        "054",
        "056",
        "058",
        "060",
        "062",
        "064",
        "066",
        "067",
        "068",
        "070",
        "072",
        "074",
        "075",
        "077",
        "079",
        "080",
        "082",
        "083",
        "084",
        "086",
        "087",
        "089",
        "091",
        "092",
        "093",
        "094",
        "095",
        "096",
    ]
)
# From 101 on: people born abroad, by country.
_FIRST_COUNTRY = 101


def personal_id_error(
    number: str, *, birth_date: date | None = None, male: bool | None = None, on: date | None = None
) -> str:
    """Check a personal identity number: its structure and, where known, against date of birth and sex.

    `on`: the day of checking; a year of birth after it is refused. A good structure does not prove that it exists.
    """
    if not re.fullmatch(r"[0-9]+", number):
        return "Số định danh cá nhân chỉ gồm chữ số, không có dấu cách hay chữ cái."
    if len(number) == 9:
        return (
            "Đây là số chứng minh nhân dân 9 số, nay không còn dùng. Nhập số định danh gồm 12 chữ số trên thẻ căn cước."
        )
    if len(number) != 12:
        return f"Số định danh cá nhân gồm 12 chữ số; bạn đã nhập {len(number)} chữ số."
    if number[:3] not in _BIRTH_PROVINCES and int(number[:3]) < _FIRST_COUNTRY:
        return f"Ba chữ số đầu «{number[:3]}» không phải mã tỉnh hay mã nước nơi đăng ký khai sinh. Kiểm tra lại số định danh."
    century, female = divmod(int(number[3]), 2)
    year = 1900 + 100 * century + int(number[4:6])
    if year > (on.year if on else 2099):
        return f"Chữ số thứ 4 đến thứ 6 «{number[3:6]}» chỉ năm sinh {year}, chưa tới. Kiểm tra lại số định danh."
    if birth_date is not None and birth_date.year != year:
        return f"Số định danh này là của người sinh năm {year}, khác với ngày sinh {birth_date:%d/%m/%Y} đã nhập."
    if male is not None and male == bool(female):
        return f"Số định danh này là của {'nữ' if female else 'nam'}, khác với giới tính đã nhập."
    return ""


# --- Businesses: the tax code (Thông tư 86/2024/TT-BTC): ten digits, the last one a check digit; branches add three.
# A person's or a household's tax code is the personal identity number since 1 July 2025.

_TAX_WEIGHTS = (31, 29, 23, 19, 17, 13, 7, 5, 3)


def tax_code_error(code: str) -> str:
    """Check the tax code of an organisation: «0300588569», or of its dependent unit: «0300588569-001»."""
    found = re.fullmatch(r"([0-9]{10})(?:-?([0-9]{3}))?", code)
    if not found:
        return "Mã số thuế của tổ chức gồm 10 chữ số; của đơn vị phụ thuộc thêm dấu gạch và 3 chữ số, ví dụ 0300588569-001."
    digits = found[1]
    total = sum(weight * int(digit) for weight, digit in zip(_TAX_WEIGHTS, digits, strict=False))
    if 10 - total % 11 != int(digits[9]):
        return "Mã số thuế không đúng (chữ số kiểm tra không khớp). Kiểm tra lại từng chữ số."
    if found[2] == "000":
        return "Ba chữ số cuối của mã số thuế đơn vị phụ thuộc bắt đầu từ 001."
    return ""
