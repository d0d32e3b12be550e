"""The states and kinds of this module, with their words on screen."""

from __future__ import annotations

from enum import StrEnum


class Titled(StrEnum):
    """A word of the code with its word on screen: `title` takes the place of the method that every text has."""

    @property
    def title(self) -> str:  # type: ignore[override]
        return TITLES[type(self).__name__][self.value]


class ChargeState(Titled):
    """Khoản phải nộp."""

    OPEN = "open"
    PAID = "paid"
    EXEMPT = "exempt"
    CANCELLED = "cancelled"
    REFUNDED = "refunded"


class AttemptState(Titled):
    """One try to pay online or by VietQR."""

    WAITING = "waiting"
    PAID = "paid"
    FAILED = "failed"
    EXPIRED = "expired"


class Method(Titled):
    CASH = "cash"
    VIETQR = "vietqr"
    VNPAY = "vnpay"
    PAYGOV = "paygov"
    PORTAL = "portal"


class RefundState(Titled):
    ASKED = "asked"
    APPROVED = "approved"
    DECLINED = "declined"
    DONE = "done"


class Verdict(Titled):
    """What became of a message from a provider."""

    APPLIED = "applied"
    FAILED_NOTED = "failed_noted"
    KNOWN = "known"
    UNKNOWN_ORDER = "unknown_order"
    WRONG_AMOUNT = "wrong_amount"
    WRONG_SUBJECT = "wrong_subject"
    FORGED = "forged"
    UNREADABLE = "unreadable"


class DifferenceKind(Titled):
    """How our books and the provider's statement can differ."""

    NOT_HERE = "not_here"
    NOT_THERE = "not_there"
    AMOUNT = "amount"
    TWICE = "twice"
    REFUND = "refund"


ONLINE = frozenset({Method.VNPAY, Method.PAYGOV})

TITLES: dict[str, dict[str, str]] = {
    "ChargeState": {
        "open": "Chưa nộp",
        "paid": "Đã nộp",
        "exempt": "Được miễn",
        "cancelled": "Không còn phải nộp",
        "refunded": "Đã hoàn trả",
    },
    "AttemptState": {
        "waiting": "Đang chờ kết quả",
        "paid": "Thành công",
        "failed": "Không thành công",
        "expired": "Hết thời gian",
    },
    "Method": {
        "cash": "Tiền mặt",
        "vietqr": "VietQR",
        "vnpay": "VNPAY",
        "paygov": "PayGov",
        "portal": "Cổng Dịch vụ công quốc gia",
    },
    "RefundState": {
        "asked": "Chờ duyệt",
        "approved": "Đã duyệt, chờ chi trả",
        "declined": "Không duyệt",
        "done": "Đã hoàn trả",
    },
    "Verdict": {
        "applied": "Đã ghi nhận tiền",
        "failed_noted": "Đã ghi nhận không thành công",
        "known": "Đã biết từ trước",
        "unknown_order": "Không có giao dịch này",
        "wrong_amount": "Sai số tiền",
        "wrong_subject": "Của hồ sơ khác",
        "forged": "Chữ ký không đúng",
        "unreadable": "Không đọc được",
    },
    "DifferenceKind": {
        "not_here": "Cổng có, hệ thống không có",
        "not_there": "Hệ thống có, cổng không có",
        "amount": "Lệch số tiền",
        "twice": "Thu hai lần",
        "refund": "Lệch khoản hoàn trả",
    },
}


# What each difference asks of a person.
REMEDIES: dict[str, str] = {
    "not_here": "Hỏi cổng thanh toán lại giao dịch; nếu có thật, ghi nhận tiền rồi đóng chênh lệch.",
    "not_there": "Yêu cầu cổng tra soát. Chưa có tiền về thì không được coi là đã thu.",
    "amount": "Đối chiếu sao kê ngân hàng để biết số tiền thật, rồi thu thêm hoặc hoàn phần thừa.",
    "twice": "Lập đề nghị hoàn trả khoản thu lần hai.",
    "refund": "Đối chiếu phiếu hoàn trả với cổng; ghi nhận việc hoàn hoặc yêu cầu cổng thực hiện.",
}
