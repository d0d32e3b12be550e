"""Pure decisions about accounts: how a phone number is written, what a person may state."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

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


@dataclass(frozen=True)
class SessionPolicy:
    """How long a session lives: without a request (`idle`), and in all (`longest`)."""

    idle: timedelta
    longest: timedelta


# By kind of account. A shared computer at a counter has a policy of its own, whoever signs in there.
SESSION_POLICIES = {
    "citizen": SessionPolicy(timedelta(days=30), timedelta(days=30)),
    "officer": SessionPolicy(timedelta(hours=2), timedelta(hours=12)),
    "operator": SessionPolicy(timedelta(minutes=30), timedelta(hours=8)),
    "service": SessionPolicy(timedelta(minutes=30), timedelta(hours=8)),
}
COUNTER_POLICY = SessionPolicy(timedelta(minutes=15), timedelta(hours=10))
# A session's last request is written down again when it is older than this.
SEEN_EVERY = timedelta(minutes=5)


def session_over(kind: str, *, at_counter: bool, signed_in_at: datetime, seen_at: datetime, now: datetime) -> str:
    """Why a session is over, for the person; "" while it lives."""
    policy = COUNTER_POLICY if at_counter else SESSION_POLICIES[kind]
    # What was seen last is known to within SEEN_EVERY.
    if now - seen_at > policy.idle + SEEN_EVERY:
        return "Bạn đã không thao tác một thời gian nên phiên làm việc kết thúc. Hãy đăng nhập lại."
    if now - signed_in_at > policy.longest:
        return "Phiên làm việc đã đủ thời gian cho phép. Hãy đăng nhập lại."
    return ""


_BROWSERS = (("Edg/", "Edge"), ("OPR/", "Opera"), ("coc_coc", "Cốc Cốc"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"),
             ("Safari/", "Safari"))  # fmt: skip
_SYSTEMS = (("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS", "macOS"),
            ("Linux", "Linux"))  # fmt: skip


def device_name(user_agent: str) -> str:
    """What a person recognises of a browser: "Chrome trên Windows"; unknown stays unknown."""
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), "Trình duyệt khác")
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "")
    return f"{browser} trên {system}" if system else browser


# What another system may be told of a person: the name on the wire → what the person reads.
SCOPES = {
    "openid": "Số hiệu tài khoản",
    "profile": "Họ tên, tên đăng nhập",
    "email": "Thư điện tử",
    "phone": "Số điện thoại",
    "organisation": "Cơ quan, đơn vị, chức vụ (cán bộ)",
    "roles": "Vai trò trong hệ thống của tỉnh (cán bộ)",
    "identity_number": "Số định danh cá nhân, ngày sinh (người dân)",
}


# The national electronic identity.


class Proof(StrEnum):
    """By what a person's number is known to be theirs. Empty: they said so, which opens nothing."""

    NONE = ""
    COUNTER = "counter"
    NATIONAL = "national"


PROOF_TITLES = {
    Proof.NONE: "Tự khai",
    Proof.COUNTER: "Đã đối chiếu thẻ căn cước tại quầy",
    Proof.NATIONAL: "Định danh điện tử quốc gia",
}
# From this level of assurance on, what is someone's own may be shown, downloaded and put together.
FULL_LEVEL = 2


class BadToken(ValueError):
    """What the national identity answered cannot be believed. The message is for the person, in Vietnamese."""


@dataclass(frozen=True)
class OrganisationClaim:
    """The organisation whose account the person used, and as what."""

    number: str
    name: str
    role: str


@dataclass(frozen=True)
class NationalClaims:
    """A person as the national identity vouches for them, read and checked. `subject`: its own opaque name for them."""

    subject: str
    number: str
    full_name: str
    birth_date: date | None
    phone: str
    address: str
    level: int
    organisation: OrganisationClaim | None = None


def read_claims(token: Mapping[str, Any], info: Mapping[str, Any], *, levels: Mapping[str, int]) -> NationalClaims:
    """From a verified identity token and the answer of userinfo. Raises `BadToken`."""
    subject = token.get("sub")
    if not isinstance(subject, str) or not 1 <= len(subject) <= 190:
        raise BadToken("Câu trả lời không nói rõ là của ai.")
    if info.get("sub") != subject:
        raise BadToken("Thông tin cá nhân trả về là của người khác.")
    level = levels.get(str(token.get("acr", "")), 0)
    if level == 0:
        raise BadToken("Câu trả lời không nói rõ mức định danh.")
    number = info.get("identity_number")
    if not isinstance(number, str) or not IDENTITY.match(number):
        raise BadToken("Câu trả lời không có số định danh cá nhân.")
    name = clean_text(str(info.get("name") or ""))
    if not 1 < len(name) <= 300:
        raise BadToken("Câu trả lời không có họ tên.")
    address = info.get("address")
    phone = clean_phone(str(info.get("phone_number") or ""))
    return NationalClaims(
        subject=subject,
        number=number,
        full_name=name,
        birth_date=_day(info.get("birthdate")),
        phone=phone if PHONE.match(phone) else "",
        address=clean_text(str(address.get("formatted") or ""))[:300] if isinstance(address, Mapping) else "",
        level=level,
        organisation=_organisation(info),
    )


ORGANISATION = re.compile(r"^\d{10}(\d{3})?$", re.ASCII)


def _organisation(info: Mapping[str, Any]) -> OrganisationClaim | None:
    if info.get("account_type") != "organisation":
        return None
    told = info.get("organisation")
    number = str(told.get("identifier") or "") if isinstance(told, Mapping) else ""
    name = clean_text(str(told.get("name") or "")) if isinstance(told, Mapping) else ""
    if not ORGANISATION.match(number) or not 1 < len(name) <= 300 or not isinstance(told, Mapping):
        raise BadToken("Tài khoản tổ chức không có mã số hoặc tên của tổ chức.")
    return OrganisationClaim(number, name, str(told.get("role") or "")[:40])


def _day(text: Any) -> date | None:
    try:
        return date.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None


def same_name(one: str, other: str) -> bool:
    """The same name but for case and spaces; diacritics count."""
    return clean_text(one).casefold() == clean_text(other).casefold() != ""


# Mandates.


class Basis(StrEnum):
    """On what somebody acts for another."""

    AUTHORISED = "authorised"
    GUARDIAN = "guardian"
    STAFF = "staff"
    LEGAL = "legal"


BASIS_TITLES = {
    Basis.AUTHORISED: "Đại diện theo ủy quyền",
    Basis.GUARDIAN: "Cha mẹ, người giám hộ",
    Basis.STAFF: "Nhân sự được tổ chức giao",
    Basis.LEGAL: "Đại diện theo pháp luật của tổ chức",
}
# What a dossier says of whom it is filed for.
BASIS_ACTING_AS = {
    Basis.AUTHORISED: "authorised",
    Basis.GUARDIAN: "representative",
    Basis.STAFF: "organisation",
    Basis.LEGAL: "organisation",
}
ACTS = {
    "file": "Nộp, bổ sung, rút hồ sơ, nộp phí",
    "follow": "Xem và theo dõi hồ sơ, nhận thông báo",
    "store": "Xem, dùng lại giấy tờ trong kho của người được thay mặt",
}


# How long before its end both sides are reminded, and the page says that it ends soon.
ENDING_SOON = timedelta(days=14)


class MandateStanding(StrEnum):
    """Where a mandate is in its life, on a day."""

    WAITING = "waiting"
    COMING = "coming"
    IN_FORCE = "in_force"
    ENDING = "ending"
    EXPIRED = "expired"
    ENDED = "ended"


MANDATE_STANDINGS = {
    MandateStanding.WAITING: ("warning", "Chờ người làm thay nhận"),
    MandateStanding.COMING: ("info", "Sắp có hiệu lực"),
    MandateStanding.IN_FORCE: ("success", "Đang có hiệu lực"),
    MandateStanding.ENDING: ("warning", "Sắp hết hạn"),
    MandateStanding.EXPIRED: ("neutral", "Đã hết hạn"),
    MandateStanding.ENDED: ("neutral", "Đã chấm dứt"),
}


def mandate_standing(
    *, accepted: bool, ended: bool, valid_from: date, valid_until: date, today: date
) -> MandateStanding:
    """What a person has to know first comes first."""
    if ended:
        return MandateStanding.ENDED
    if valid_until < today:
        return MandateStanding.EXPIRED
    if not accepted:
        return MandateStanding.WAITING
    if valid_from > today:
        return MandateStanding.COMING
    return MandateStanding.ENDING if valid_until - today <= ENDING_SOON else MandateStanding.IN_FORCE


# What somebody may ask for without the principal, on a document that an officer looks at. Who represents an organisation by
# law is told by the national identity, or proven at the counter.
ASKED_BASES = {basis: BASIS_TITLES[basis] for basis in (Basis.GUARDIAN, Basis.AUTHORISED, Basis.STAFF)}
# What stands for a document: no Word file, no picture that a browser cannot show.
DOCUMENT_TYPES = frozenset({"application/pdf", "image/jpeg", "image/png"})
DOCUMENT_REFUSED = "Chỉ nhận giấy tờ dạng PDF, JPG hoặc PNG. Chụp ảnh hoặc quét lại rồi chọn tệp."
DOCUMENT_MISSING = "Chọn tệp chụp hoặc quét giấy tờ (PDF, JPG, PNG). Không có giấy tờ thì ủy quyền không có hiệu lực."


def principal_errors(*, number: str, name: str, basis: str) -> dict[str, str]:
    """Field → message for whom somebody acts for, as a document says it."""
    errors: dict[str, str] = {}
    person = IDENTITY.match(number) is not None
    if not person and not ORGANISATION.match(number):
        errors["principal_number"] = "Số định danh gồm 12 chữ số; mã số của tổ chức gồm 10 hoặc 13 chữ số."
    if not 1 < len(name) <= 300:
        errors["principal_name"] = "Nhập tên người hoặc tổ chức được thay mặt, như trên giấy tờ."
    if basis not in BASIS_TITLES:
        errors["basis"] = "Chọn tư cách thay mặt."
    elif "principal_number" not in errors and person == (basis in (Basis.STAFF, Basis.LEGAL)):
        errors["basis"] = "Căn cứ này không hợp với người, tổ chức được thay mặt."
    return errors


def mandate_errors(
    *, acts: frozenset[str], valid_from: date | None, valid_until: date | None, ground: str, today: date
) -> dict[str, str]:
    """Field → message for what a mandate says, whoever grants it."""
    errors: dict[str, str] = {}
    if not acts or not acts <= ACTS.keys():
        errors["acts"] = "Chọn ít nhất một việc được làm thay."
    if valid_from is None:
        errors["valid_from"] = "Nhập ngày bắt đầu, ví dụ 05/03/2027."
    elif valid_from < today:
        errors["valid_from"] = "Ngày bắt đầu đã qua. Ủy quyền chỉ có từ hôm nay trở đi."
    if valid_until is None:
        errors["valid_until"] = "Nhập ngày kết thúc: ủy quyền nào cũng có hạn."
    elif valid_until < (valid_from or today):
        errors["valid_until"] = "Ngày kết thúc phải từ ngày bắt đầu trở đi."
    if not 5 <= len(ground) <= 500:
        errors["ground"] = "Ghi căn cứ: văn bản nào, số nào, ngày nào (5 đến 500 ký tự)."
    return errors
