"""What people are told of, and over which channels."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal


class Channel(StrEnum):
    """How a notice leaves the house. The inbox on the page is no channel: every notice to an account stands there."""

    EMAIL = "email"
    SMS = "sms"
    ZALO = "zalo"


CHANNEL_TITLES = {Channel.EMAIL: "Thư điện tử", Channel.SMS: "Tin nhắn SMS", Channel.ZALO: "Zalo"}
# Read on locked screens, kept by carriers: nothing private goes there (rules.wording).
WEAK_CHANNELS = frozenset({Channel.SMS, Channel.ZALO})


class Kind(StrEnum):
    """Kinds of notices: the first ones go to the person, the others to officers."""

    RECEIVED = "received"
    ACCEPTED = "accepted"
    SUPPLEMENT = "supplement"
    PAYMENT = "payment"
    APOLOGY = "apology"
    STOPPED = "stopped"
    REFUSED = "refused"
    RESULT_READY = "result_ready"
    RETURNED = "returned"
    WITHDRAWN = "withdrawn"
    DATA_READY = "data_ready"
    SUPPORT_CODE = "support_code"
    MANDATE = "mandate"
    MANDATE_ASKED = "mandate_asked"
    ASSIGNED = "assigned"
    DUE_SOON = "due_soon"
    DUE_TODAY = "due_today"
    OVERDUE = "overdue"
    ESCALATED = "escalated"
    DIGEST = "digest"
    NEW_WORK = "new_work"
    INSTRUCTED = "instructed"
    INSTRUCTION_ANSWERED = "instr_answered"
    INSTRUCTION_LATE = "instr_late"
    ACCOUNT_SAFETY = "account_safety"


@dataclass(frozen=True)
class KindInfo:
    """`phone`: also to the telephone, since the person has to do something or waits for it. `email`: officers get most
    of their notices on the page only."""

    title: str
    audience: Literal["person", "officer"]
    email: bool = True
    phone: bool = False


KINDS: dict[Kind, KindInfo] = {
    Kind.RECEIVED: KindInfo("Đã nhận hồ sơ gửi đến", "person"),
    Kind.ACCEPTED: KindInfo("Hồ sơ được tiếp nhận", "person", phone=True),
    Kind.SUPPLEMENT: KindInfo("Yêu cầu bổ sung hồ sơ", "person", phone=True),
    Kind.PAYMENT: KindInfo("Yêu cầu nộp phí, lệ phí", "person", phone=True),
    Kind.APOLOGY: KindInfo("Xin lỗi và hẹn lại ngày trả", "person", phone=True),
    Kind.STOPPED: KindInfo("Dừng giải quyết hồ sơ", "person", phone=True),
    Kind.REFUSED: KindInfo("Không tiếp nhận hồ sơ", "person", phone=True),
    Kind.RESULT_READY: KindInfo("Đã có kết quả", "person", phone=True),
    Kind.RETURNED: KindInfo("Đã trả kết quả", "person"),
    Kind.WITHDRAWN: KindInfo("Đã rút hồ sơ", "person"),
    Kind.DATA_READY: KindInfo("Bản dữ liệu của bạn đã xong", "person"),
    Kind.SUPPORT_CODE: KindInfo("Mã đồng ý để cán bộ hỗ trợ", "person", phone=True),
    Kind.MANDATE: KindInfo("Ủy quyền, thay mặt", "person"),
    Kind.MANDATE_ASKED: KindInfo("Yêu cầu xác nhận quyền thay mặt", "officer", email=False),
    Kind.ASSIGNED: KindInfo("Được giao việc", "officer", email=False),
    Kind.DUE_SOON: KindInfo("Hồ sơ sắp đến hạn", "officer", email=False),
    Kind.DUE_TODAY: KindInfo("Hồ sơ đến hạn hôm nay", "officer", email=False),
    Kind.OVERDUE: KindInfo("Hồ sơ quá hạn", "officer"),
    Kind.ESCALATED: KindInfo("Báo cáo lãnh đạo hồ sơ quá hạn", "officer"),
    Kind.DIGEST: KindInfo("Việc trong ngày", "officer"),
    Kind.NEW_WORK: KindInfo("Việc mới của bộ phận một cửa", "officer", email=False),
    Kind.INSTRUCTED: KindInfo("Có chỉ đạo cần trả lời", "officer"),
    Kind.INSTRUCTION_ANSWERED: KindInfo("Chỉ đạo đã được trả lời", "officer", email=False),
    Kind.INSTRUCTION_LATE: KindInfo("Chỉ đạo quá hạn trả lời", "officer"),
    Kind.ACCOUNT_SAFETY: KindInfo("An toàn tài khoản", "officer"),
}


def channels_for(kind: Kind, *, email: bool, phone: Channel | None) -> tuple[Channel, ...]:
    """The channels of a notice for somebody who wants e-mail or not and has chosen one way to their telephone."""
    info = KINDS[kind]
    found: list[Channel] = [Channel.EMAIL] if email and info.email else []
    if phone is not None and info.phone:
        found.append(phone)
    return tuple(found)
