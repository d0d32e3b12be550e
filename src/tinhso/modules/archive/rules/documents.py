"""What a stored document is: how it was made, how far it may be trusted, and whether it holds on a day."""

from __future__ import annotations

import calendar
import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class HolderKind(StrEnum):
    PERSON = "person"
    ORGANISATION = "organisation"


class Origin(StrEnum):
    """How the document came into the store."""

    ISSUED = "issued"
    DIGITISED = "digitised"
    IMPORTED = "imported"
    UPLOADED = "uploaded"


class Trust(StrEnum):
    """How far its content may be believed, from the highest down."""

    ISSUED = "issued"
    COMPARED = "compared"
    INDEXED = "indexed"
    COPIED = "copied"
    DECLARED = "declared"


class Proof(StrEnum):
    """How it is known whose the document (or the account) is."""

    COUNTER = "counter"
    ACCOUNT = "account"
    IDENTITY = "identity"
    INDEX = "index"
    TYPED = "typed"


class Standing(StrEnum):
    VALID = "valid"
    NOT_YET = "not_yet"
    EXPIRED = "expired"
    REPLACED = "replaced"
    REVOKED = "revoked"
    WITHHELD = "withheld"


HOLDER_TITLES = {HolderKind.PERSON: "Cá nhân", HolderKind.ORGANISATION: "Tổ chức"}
ORIGIN_TITLES = {
    Origin.ISSUED: "Bản điện tử do cơ quan cấp",
    Origin.DIGITISED: "Số hóa từ bản giấy khi nộp hồ sơ",
    Origin.IMPORTED: "Số hóa kết quả cũ của cơ quan",
    Origin.UPLOADED: "Chủ kho tự tải lên",
}
TRUST_TITLES = {
    Trust.ISSUED: "Bản gốc điện tử",
    Trust.COMPARED: "Đã đối chiếu bản chính",
    Trust.INDEXED: "Theo sổ của cơ quan",
    Trust.COPIED: "Số hóa từ bản sao",
    Trust.DECLARED: "Tự khai, chưa kiểm tra",
}
TRUST_TONES = {
    Trust.ISSUED: "success",
    Trust.COMPARED: "success",
    Trust.INDEXED: "info",
    Trust.COPIED: "warning",
    Trust.DECLARED: "warning",
}
# What an officer has to look at before relying on it.
TO_BE_CHECKED = frozenset({Trust.COPIED, Trust.DECLARED})
PROOF_TITLES = {
    Proof.COUNTER: "cán bộ đã xem giấy tờ tùy thân",
    Proof.ACCOUNT: "tài khoản đã xác thực là chủ kho",
    Proof.IDENTITY: "định danh điện tử",
    Proof.INDEX: "theo sổ của cơ quan cấp",
    Proof.TYPED: "theo lời khai, chưa đối chiếu",
}
STANDING_TITLES = {
    Standing.VALID: "Còn giá trị",
    Standing.NOT_YET: "Chưa có hiệu lực",
    Standing.EXPIRED: "Hết hạn",
    Standing.REPLACED: "Đã được thay thế",
    Standing.REVOKED: "Đã bị thu hồi",
    Standing.WITHHELD: "Chờ xác định chủ",
}
STANDING_TONES = {
    Standing.VALID: "success",
    Standing.NOT_YET: "info",
    Standing.EXPIRED: "warning",
    Standing.REPLACED: "neutral",
    Standing.REVOKED: "danger",
    Standing.WITHHELD: "warning",
}

CITIZEN_NUMBER = re.compile(r"\d{12}", re.ASCII)
# A tax code (10 or 13 digits), or the electronic identifier of an agency.
ORGANISATION_NUMBER = re.compile(r"\d{10}(-?\d{3})?|[A-Z]\d{2}(\.[0-9A-Z]{2,3}){0,4}", re.ASCII)
_PERIOD = re.compile(r"P(?=\d)(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)D)?")


def holder_kind_of(number: str) -> HolderKind | None:
    """Whose number is it: twelve digits are a person's; a tax code or agency code an organisation's; None: neither."""
    if CITIZEN_NUMBER.fullmatch(number):
        return HolderKind.PERSON
    return HolderKind.ORGANISATION if ORGANISATION_NUMBER.fullmatch(number) else None


def clean_number(typed: str) -> str:
    """ "038 192.000001" → "038192000001", "h56.102" → "H56.102": as it is kept."""
    text = "".join(typed.split()).upper()
    return text.replace(".", "") if text.replace(".", "").isdigit() else text


def same_name(one: str, other: str) -> bool:
    """Are two names of a person the same but for case and spaces? Vietnamese names differ by their diacritics, so
    these count; how their letters are composed does not."""
    return _plain(one) == _plain(other) != ""


def _plain(name: str) -> str:
    return " ".join(unicodedata.normalize("NFC", name).casefold().split())


def until_after(issued: date, period: str | None) -> date | None:
    """The last day of a validity such as "P12M" counted from the day of issue; None: without end.

    Raises `ValueError` on a period that cannot be read.
    """
    if not period:
        return None
    found = _PERIOD.fullmatch(period)
    if found is None:
        raise ValueError(f"period {period}")
    years, months, days = (int(part or 0) for part in found.groups())
    place = issued.year * 12 + issued.month - 1 + years * 12 + months
    year, month = divmod(place, 12)
    last = calendar.monthrange(year, month + 1)[1]
    ends = date(year, month + 1, min(issued.day, last))
    return date.fromordinal(ends.toordinal() + days)


@dataclass(frozen=True)
class Validity:
    """What decides whether a document holds. `replaced_by`: words for the one that took its place."""

    valid_from: date
    valid_until: date | None
    replaced_by: str = ""
    revoked_because: str = ""
    is_withheld: bool = False


def standing_on(validity: Validity, day: date) -> Standing:
    """How the document stands on a day. The order is that of what a person has to know first."""
    if validity.is_withheld:
        return Standing.WITHHELD
    if validity.revoked_because:
        return Standing.REVOKED
    if validity.replaced_by:
        return Standing.REPLACED
    if day < validity.valid_from:
        return Standing.NOT_YET
    if validity.valid_until is not None and day > validity.valid_until:
        return Standing.EXPIRED
    return Standing.VALID


def why_not(validity: Validity, day: date) -> str:
    """Why the document cannot be used on a day, for its owner; "" when it can."""
    standing = standing_on(validity, day)
    if standing == Standing.VALID:
        return ""
    if standing == Standing.REVOKED:
        return f"đã bị thu hồi: {validity.revoked_because}"
    if standing == Standing.REPLACED:
        return f"đã được thay bằng {validity.replaced_by}"
    if standing == Standing.NOT_YET:
        return f"có hiệu lực từ {validity.valid_from:%d/%m/%Y}"
    if standing == Standing.EXPIRED and validity.valid_until is not None:
        return f"hết hạn ngày {validity.valid_until:%d/%m/%Y}"
    return "chưa xác định được chủ của giấy tờ"


def is_withheld(proof: Proof, *, proven_name: str, told_name: str) -> bool:
    """A document whose owner is known only from what somebody typed is held back until the owner is proven and the name
    fits; one from an agency's old book, when the name of a proven owner does not fit. A wrong digit must not put one
    person's paper into another's store. `proven_name`: "" while nobody has proven to be the holder."""
    if proof == Proof.TYPED:
        return not same_name(proven_name, told_name)
    return proof == Proof.INDEX and bool(proven_name) and not same_name(proven_name, told_name)
