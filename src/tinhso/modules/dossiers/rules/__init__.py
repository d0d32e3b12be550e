"""Pure decisions about a dossier: its legal states, who may move it, its PIN, how it is dispatched.

Sources: the ten business states of the national portal; Thông tư 03/2025 (forms); see docs/glossary.md.
Money, delivery and synchronisation have states of their own: one field for all of it is the classic mistake.
"""

from __future__ import annotations

import hmac
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum
from hashlib import sha256
from typing import Any


class State(IntEnum):
    """The legal states as synchronised with the national portal; the numbers are theirs."""

    REGISTERED = 1
    ACCEPTED = 2
    REFUSED = 3
    IN_PROGRESS = 4
    SUPPLEMENT_REQUESTED = 5
    PAYMENT_REQUESTED = 6
    WITHDRAWN = 7
    STOPPED = 8
    COMPLETED = 9
    RETURNED = 10

    @property
    def title(self) -> str:
        return STATE_TITLES[self]


STATE_TITLES = {
    State.REGISTERED: "Mới đăng ký",
    State.ACCEPTED: "Được tiếp nhận",
    State.REFUSED: "Không được tiếp nhận",
    State.IN_PROGRESS: "Đang xử lý",
    State.SUPPLEMENT_REQUESTED: "Yêu cầu bổ sung giấy tờ",
    State.PAYMENT_REQUESTED: "Yêu cầu thực hiện nghĩa vụ tài chính",
    State.WITHDRAWN: "Công dân yêu cầu rút hồ sơ",
    State.STOPPED: "Dừng xử lý",
    State.COMPLETED: "Đã xử lý xong",
    State.RETURNED: "Đã trả kết quả",
}

# From each state, the states that the law lets it become.
TRANSITIONS: dict[State, frozenset[State]] = {
    State.REGISTERED: frozenset(
        {State.ACCEPTED, State.REFUSED, State.SUPPLEMENT_REQUESTED, State.PAYMENT_REQUESTED, State.WITHDRAWN}
    ),
    State.ACCEPTED: frozenset({State.IN_PROGRESS, State.WITHDRAWN, State.STOPPED}),
    State.REFUSED: frozenset(),
    State.IN_PROGRESS: frozenset(
        {
            State.SUPPLEMENT_REQUESTED,
            State.PAYMENT_REQUESTED,
            State.WITHDRAWN,
            State.STOPPED,
            State.COMPLETED,
        }
    ),
    State.SUPPLEMENT_REQUESTED: frozenset({State.REGISTERED, State.IN_PROGRESS, State.WITHDRAWN, State.STOPPED}),
    State.PAYMENT_REQUESTED: frozenset({State.REGISTERED, State.IN_PROGRESS, State.WITHDRAWN, State.STOPPED}),
    State.WITHDRAWN: frozenset(),
    State.STOPPED: frozenset(),
    State.COMPLETED: frozenset({State.RETURNED}),
    State.RETURNED: frozenset(),
}

# Nothing more is done inside; of these, COMPLETED still has to be returned.
FINISHED = frozenset({State.REFUSED, State.WITHDRAWN, State.STOPPED, State.COMPLETED, State.RETURNED})


def may_become(state: State, target: State) -> bool:
    return target in TRANSITIONS[state]


class Titled(StrEnum):
    """A word of the code with its word on screen: `title` takes the place of the method that every text has."""

    @property
    def title(self) -> str:  # type: ignore[override]
        return TITLES[type(self).__name__][self.value]


class MoneyState(Titled):
    """What is owed on the dossier."""

    FREE = "free"
    UNKNOWN = "unknown"
    DUE = "due"
    PAID = "paid"
    REFUNDED = "refunded"


class DeliveryState(Titled):
    """Where the result is on its way to the person."""

    NOT_READY = "not_ready"
    WAITING = "waiting"
    HANDED_OVER = "handed_over"
    SENT_ONLINE = "sent_online"
    POSTED = "posted"
    BY_POST = "by_post"
    POST_BACK = "post_back"


class SyncState(Titled):
    """Whether the national portal knows the present state."""

    NOT_CONNECTED = "not_connected"
    QUEUED = "queued"
    NOT_DELIVERED = "not_delivered"
    SYNCED = "synced"


class Channel(Titled):
    ONLINE = "online"
    COUNTER = "counter"
    POST = "post"
    NATIONAL = "national"


ELECTRONIC = frozenset({Channel.ONLINE, Channel.NATIONAL})
"""Came without paper: the forms word their signatures as digital ones."""


class RatingWay(Titled):
    """How a rating came: by the person's own page or link, at a kiosk, on paper."""

    ONLINE = "online"
    KIOSK = "kiosk"
    PAPER = "paper"


class TaskKind(StrEnum):
    """One piece of open work: receiving and returning are fixed by law, the steps come from the route."""

    INTAKE = "intake"
    STEP = "step"
    OPINION = "opinion"
    RETURN = "return"


class PaperKind(Titled):
    ORIGINAL = "original"
    CERTIFIED = "certified"
    COPY = "copy"
    DIGITISED = "digitised"


class Timeliness(Titled):
    EARLY = "early"
    ON_TIME = "on_time"
    LATE = "late"


TITLES: dict[str, dict[str, str]] = {
    "MoneyState": {
        MoneyState.FREE: "Không thu phí",
        MoneyState.UNKNOWN: "Chưa có thông tin phí",
        MoneyState.DUE: "Chưa nộp phí, lệ phí",
        MoneyState.PAID: "Đã nộp phí, lệ phí",
        MoneyState.REFUNDED: "Đã hoàn trả phí, lệ phí",
    },
    "DeliveryState": {
        DeliveryState.NOT_READY: "Chưa có kết quả",
        DeliveryState.WAITING: "Chờ trả kết quả",
        DeliveryState.HANDED_OVER: "Đã trao tận tay",
        DeliveryState.SENT_ONLINE: "Đã trả bản điện tử",
        DeliveryState.POSTED: "Đang gửi qua bưu chính",
        DeliveryState.BY_POST: "Đã phát qua bưu chính",
        DeliveryState.POST_BACK: "Bưu chính chuyển hoàn, chờ trả lại",
    },
    "SyncState": {
        SyncState.NOT_CONNECTED: "Chưa kết nối đồng bộ",
        SyncState.QUEUED: "Chờ đồng bộ",
        SyncState.NOT_DELIVERED: "Cổng quốc gia chưa nhận trạng thái này",
        SyncState.SYNCED: "Đã đồng bộ",
    },
    "Channel": {
        Channel.ONLINE: "Trực tuyến",
        Channel.COUNTER: "Trực tiếp tại quầy",
        Channel.POST: "Bưu chính công ích",
        Channel.NATIONAL: "Cổng Dịch vụ công quốc gia",
    },
    "RatingWay": {
        RatingWay.ONLINE: "Trên mạng",
        RatingWay.KIOSK: "Tại máy ở quầy",
        RatingWay.PAPER: "Phiếu giấy",
    },
    "PaperKind": {
        PaperKind.ORIGINAL: "Bản chính",
        PaperKind.CERTIFIED: "Bản sao chứng thực",
        PaperKind.COPY: "Bản sao",
        PaperKind.DIGITISED: "Bản số hóa",
    },
    "Timeliness": {
        Timeliness.EARLY: "Trước hạn",
        Timeliness.ON_TIME: "Đúng hạn",
        Timeliness.LATE: "Quá hạn",
    },
}


def timeliness(completed_at: datetime, due_at: datetime | None) -> Timeliness:
    """Completion against the current due instant. Early means on a day before the due day; no due time: on time."""
    if due_at is None:
        return Timeliness.ON_TIME
    if completed_at > due_at:
        return Timeliness.LATE
    local_due = due_at.astimezone(completed_at.tzinfo)
    return Timeliness.EARLY if completed_at.date() < local_due.date() else Timeliness.ON_TIME


SATISFIED_FROM, DISSATISFIED_TO = 4, 2  # of 5
RATINGS_SHOWN_FROM = 5
"""Below so many ratings nothing of them is shown: a number would tell who said what."""


def rating_key(*, secret: str, public_id: str) -> str:
    """The last part of a dossier's one-time rating link, made from the installation's secret."""
    return hmac.new(secret.encode(), f"dossier-rating:{public_id}".encode(), sha256).hexdigest()[:24]


PIN_DIGITS = 6


def pin_of(*, secret: str, public_id: str, serial: int) -> str:
    """The PIN of a dossier, six digits, made from the installation's secret: nothing to steal from the tables.

    A new `serial` gives a new PIN and ends the old one.
    """
    digest = hmac.new(secret.encode(), f"dossier-pin:{public_id}:{serial}".encode(), sha256).digest()
    return str(int.from_bytes(digest[:8], "big") % 10**PIN_DIGITS).zfill(PIN_DIGITS)


def pin_matches(given: str, expected: str) -> bool:
    digits = "".join(character for character in given if character.isdigit())
    return hmac.compare_digest(digits.encode(), expected.encode())


@dataclass(frozen=True)
class Lockout:
    """Wrong PINs for one code within `minutes` after which look-up by PIN waits. The owner can always sign in."""

    failures: int = 5
    minutes: int = 15


PIN_LOCKOUT = Lockout()

# The applicant's page, the same for every procedure. Field → label; required ones are told by `applicant_errors`.
APPLICANT_FIELDS: dict[str, str] = {
    "full_name": "Họ và tên người nộp",
    "identity_number": "Số định danh cá nhân",
    "phone": "Số điện thoại",
    "email": "Thư điện tử",
    "address": "Địa chỉ liên hệ",
    "acting_as": "Bạn nộp hồ sơ cho ai?",
    "subject_name": "Tên người hoặc tổ chức được nộp thay",
    "subject_identity": "Số định danh hoặc mã số thuế của người được nộp thay",
    "authority": "Giấy tờ, căn cứ của việc nộp thay",
    "result_delivery": "Cách nhận kết quả",
}

ACTING_AS = {
    "self": "Cho chính tôi",
    "representative": "Cho con, người được tôi giám hộ hoặc đại diện theo pháp luật",
    "authorised": "Cho người khác, theo ủy quyền",
    "organisation": "Cho tổ chức, doanh nghiệp tôi đại diện",
}

RESULT_DELIVERY = {
    "online": "Bản điện tử trên trang theo dõi hồ sơ",
    "counter": "Nhận trực tiếp tại Trung tâm Phục vụ hành chính công",
    "post": "Qua bưu chính công ích, về địa chỉ đã khai (bưu tá thu cước khi phát)",
}


def applicant_errors(values: Mapping[str, Any]) -> dict[str, str]:
    """Field → message for the applicant's page. Empty when all is well."""
    errors: dict[str, str] = {}
    for field, label in APPLICANT_FIELDS.items():
        if len(str(values.get(field) or "")) > 300:
            errors[field] = f"{label}: tối đa 300 ký tự. Hãy rút gọn."
    if not values.get("full_name"):
        errors["full_name"] = "Nhập họ và tên người nộp, như trên thẻ căn cước."
    identity = str(values.get("identity_number") or "")
    if not identity:
        errors["identity_number"] = "Nhập số định danh cá nhân, gồm 12 chữ số trên thẻ căn cước."
    elif not (identity.isascii() and identity.isdigit() and len(identity) == 12):
        errors["identity_number"] = "Số định danh cá nhân gồm đúng 12 chữ số, ví dụ 038090001234."
    phone = str(values.get("phone") or "")
    if not phone:
        errors["phone"] = "Nhập số điện thoại để chúng tôi liên hệ khi cần."
    elif not (phone.isascii() and phone.isdigit() and phone.startswith("0") and 10 <= len(phone) <= 11):
        errors["phone"] = "Số điện thoại gồm 10 chữ số, bắt đầu bằng 0, ví dụ 0912345678."
    email = str(values.get("email") or "")
    if email and ("@" not in email[1:-1] or " " in email or "." not in email.rpartition("@")[2]):
        errors["email"] = "Thư điện tử chưa đúng, ví dụ ten@example.vn. Có thể bỏ trống."
    if not values.get("address"):
        errors["address"] = "Nhập địa chỉ liên hệ: số nhà, đường hoặc thôn, xã hoặc phường."
    acting_as = values.get("acting_as")
    if acting_as not in ACTING_AS:
        errors["acting_as"] = "Chọn bạn nộp hồ sơ cho ai."
    elif acting_as != "self":
        if not values.get("subject_name"):
            errors.setdefault("subject_name", "Nhập tên người hoặc tổ chức mà bạn nộp thay.")
        subject = str(values.get("subject_identity") or "")
        if subject and not (subject.replace("-", "").isdigit() and len(subject) in (10, 12, 13, 14)):
            errors.setdefault(
                "subject_identity", "Số định danh gồm 12 chữ số, mã số thuế gồm 10 hoặc 13 chữ số. Có thể bỏ trống."
            )
    if values.get("result_delivery") not in RESULT_DELIVERY:
        errors["result_delivery"] = "Chọn cách nhận kết quả."
    if values.get("result_delivery") == "post" and "address" not in errors and len(values.get("address") or "") < 10:
        errors["address"] = (
            "Nhập địa chỉ đầy đủ (số nhà, đường hoặc thôn, xã hoặc phường, tỉnh) để bưu tá phát kết quả."
        )
    return errors


def storable(value: Any) -> Any:
    """An answer as typed, in composed letters (NFC) and without the characters that no database or paper keeps (NUL and
    other control characters but tabs and line ends)."""
    if isinstance(value, str):
        text = unicodedata.normalize("NFC", value)
        return "".join(char for char in text if char in "\t\n\r" or unicodedata.category(char) not in ("Cc", "Cs"))
    if isinstance(value, Mapping):
        return {str(storable(key)): storable(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [storable(part) for part in value]
    return value


def clean_applicant(values: Mapping[str, Any]) -> dict[str, str]:
    """Only the known fields, trimmed; identity and phone without the spaces and dots that people type."""
    cleaned = {field: " ".join(str(storable(str(values.get(field) or ""))).split()) for field in APPLICANT_FIELDS}
    for field in ("identity_number", "phone", "subject_identity"):
        cleaned[field] = cleaned[field].replace(" ", "").replace(".", "")
    if cleaned["phone"].startswith("+84"):
        cleaned["phone"] = "0" + cleaned["phone"][3:]
    if cleaned["acting_as"] == "self":
        cleaned["subject_name"] = cleaned["subject_identity"] = cleaned["authority"] = ""
    return cleaned


# Letters of a result's number by its kind (Nghị định 30/2020, annex on abbreviations; certificates by practice).
NOTATION_LETTERS = {"certificate": "GCN", "decision": "QĐ", "notice": "TB", "licence": "GP", "extract": "TL"}


def notation_of(number: int, *, kind: str, organisation_kind: str, short_name: str) -> str:
    """The number and sign of a result: two digits below ten, "07/QĐ-UBND"."""
    agency = (
        "UBND" if organisation_kind == "people_committee" else "".join(word[0].upper() for word in short_name.split())
    )
    return f"{number:02d}/{NOTATION_LETTERS.get(kind, 'KQ')}-{agency or 'CQ'}"


@dataclass(frozen=True)
class Signing:
    """How a result is signed (Nghị định 30/2020, phụ lục I, mục II.7): `authority` stands above the signer's `title`;
    `head` is the office that decides, whoever signs for it."""

    authority: tuple[str, ...]
    title: str
    head: str


def signing_of(position: str, *, organisation_kind: str, organisation_name: str) -> Signing:
    """The signature of somebody in a position: "Phó Chủ tịch UBND" of a committee signs TM. and KT., a deputy of a
    department KT., the head of an inner unit TL. (by order of the head)."""
    committee = organisation_kind == "people_committee"
    head = "Chủ tịch" if committee else _head_of(organisation_name)
    title = position.removesuffix(" UBND").removesuffix(" Ủy ban nhân dân")
    whole = ("TM. Ủy ban nhân dân",) if committee else ()
    if title == head or not title:
        authority = whole
    elif title == f"Phó {head}":
        authority = (*whole, f"KT. {head}")
    else:
        authority = (f"TL. {head}",)
    return Signing(authority, title, f"{head} {organisation_name}")


def _head_of(department: str) -> str:
    for word, head in (("Văn phòng", "Chánh Văn phòng"), ("Thanh tra", "Chánh Thanh tra"), ("Ban ", "Trưởng ban")):
        if department.startswith(word):
            return head
    if department.startswith(("Công an xã", "Công an phường")):
        return "Trưởng Công an"
    return "Giám đốc"


# Grounds on which the clock may stand still. The version of the procedure says which of them it knows.
SUPPLEMENT_PAUSE = "supplement"
PAUSE_TITLES = {SUPPLEMENT_PAUSE: "yêu cầu bổ sung hồ sơ"}


class ItemKind(Titled):
    """What a supplement asks for."""

    FIELD = "field"
    PAPER = "paper"
    TEXT = "text"


class ClosingKind(Titled):
    """How a dossier ended without a result."""

    WITHDRAWN = "withdrawn"
    STOPPED = "stopped"


ITEM_TITLES: dict[str, str] = {
    ItemKind.FIELD.value: "Sửa tờ khai",
    ItemKind.PAPER.value: "Nộp giấy tờ",
    ItemKind.TEXT.value: "Trả lời",
}
CLOSING_TITLES: dict[str, str] = {
    ClosingKind.WITHDRAWN.value: "Người nộp rút hồ sơ",
    ClosingKind.STOPPED.value: "Cơ quan dừng giải quyết",
}
TITLES["ItemKind"] = ITEM_TITLES
TITLES["ClosingKind"] = CLOSING_TITLES

# The person is asked for something: the step's actions wait, the opinions of others go on.
WAITING_FOR_PERSON = frozenset({State.SUPPLEMENT_REQUESTED, State.PAYMENT_REQUESTED})


def state_after_waiting(*, accepted: bool) -> State:
    """Where a dossier goes on when the person has supplied or paid: to the counter, or to the step it stood at."""
    return State.IN_PROGRESS if accepted else State.REGISTERED


# Who may take over whose work: never upwards, so that nobody approves in the place of a leader.
_RANKS = {"handler": 1, "unit_head": 2, "leader": 3}


def role_for_take_over(roles: frozenset[str], task_role: str) -> str | None:
    """The highest of `roles` in which the work of `task_role` may be taken over; None: it may not."""
    wanted = _RANKS.get(task_role)
    if wanted is None:
        return None
    fit = [role for role in roles if role in ("unit_head", "leader") and _RANKS[role] >= wanted]
    return max(fit, key=_RANKS.__getitem__) if fit else None


@dataclass(frozen=True)
class StopGround:
    """Why an agency may stop; `needs_document`: it must name the paper that says so."""

    title: str
    needs_document: bool


STOP_GROUNDS: dict[str, StopGround] = {
    "not_supplemented": StopGround("Quá hạn bổ sung mà người nộp không bổ sung hồ sơ", False),
    "not_paid": StopGround("Quá hạn mà người nộp không thực hiện nghĩa vụ tài chính", False),
    "decision": StopGround("Theo quyết định, văn bản của cơ quan có thẩm quyền", True),
    "law": StopGround("Căn cứ khác theo quy định của pháp luật", True),
}
