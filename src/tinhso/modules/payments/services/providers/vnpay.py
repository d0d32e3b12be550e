"""A provider in the manner of VNPAY 2.1.0: signed address, callback by GET, question `querydr`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

from tinhso.kernel.clock import VIETNAM
from tinhso.modules.payments.rules.messages import (
    Forged,
    Incoming,
    Notice,
    Order,
    Unreadable,
    piped_signature,
    same_signature,
    vnpay_query,
    vnpay_signature,
)
from tinhso.modules.payments.rules.words import Verdict
from tinhso.modules.payments.services.providers.base import ProviderAway, call, json_of

ANSWERS = {
    Verdict.APPLIED: ("00", "Confirm Success"),
    Verdict.FAILED_NOTED: ("00", "Confirm Success"),
    Verdict.KNOWN: ("02", "Order already confirmed"),
    Verdict.UNKNOWN_ORDER: ("01", "Order not found"),
    Verdict.WRONG_AMOUNT: ("04", "Invalid amount"),
    Verdict.WRONG_SUBJECT: ("99", "Order info mismatch"),
    Verdict.FORGED: ("97", "Invalid signature"),
    Verdict.UNREADABLE: ("99", "Unknown error"),
}
NOT_FOUND = "91"
UNDER_WAY = {"01", "05"}


@dataclass(frozen=True)
class Vnpay:
    pay_url: str
    api_url: str
    merchant: str
    secret: str
    return_url: str
    code: str = "vnpay"
    title: str = "VNPAY"

    @property
    def connected(self) -> bool:
        return bool(self.pay_url and self.api_url and self.merchant and self.secret)

    @property
    def origin(self) -> str:
        url = urlsplit(self.pay_url)
        return f"{url.scheme}://{url.netloc}"

    def begin(self, order: Order) -> str:
        parameters = {
            "vnp_Version": "2.1.0",
            "vnp_Command": "pay",
            "vnp_TmnCode": self.merchant,
            "vnp_Amount": str(order.amount * 100),
            "vnp_CurrCode": "VND",
            "vnp_TxnRef": order.reference,
            "vnp_OrderInfo": order.subject,
            "vnp_OrderType": "other",
            "vnp_Locale": "vn",
            "vnp_ReturnUrl": self.return_url,
            "vnp_IpAddr": order.payer_address,
            "vnp_CreateDate": _stamp(order.started_at),
            "vnp_ExpireDate": _stamp(order.expires_at),
        }
        signature = vnpay_signature(parameters, self.secret)
        return f"{self.pay_url}?{vnpay_query(parameters)}&vnp_SecureHash={signature}"

    def read(self, incoming: Incoming) -> Notice:
        pairs = parse_qsl(incoming.query, keep_blank_values=True)
        given = dict(pairs)
        if len(given) != len(pairs) or not given:
            raise Unreadable("parameters")
        if not same_signature(given.get("vnp_SecureHash", "").lower(), vnpay_signature(given, self.secret)):
            raise Forged
        if given.get("vnp_TmnCode") != self.merchant:
            raise Forged
        return _notice(given)

    def answer(self, verdict: Verdict) -> tuple[int, dict[str, Any]]:
        code, text = ANSWERS[verdict]
        return 200, {"RspCode": code, "Message": text}

    def ask(self, order: Order) -> Notice | None:
        request = {
            "vnp_RequestId": uuid4().hex,
            "vnp_Version": "2.1.0",
            "vnp_Command": "querydr",
            "vnp_TmnCode": self.merchant,
            "vnp_TxnRef": order.reference,
            "vnp_OrderInfo": order.subject,
            "vnp_TransactionDate": _stamp(order.started_at),
            "vnp_CreateDate": _stamp(order.started_at),
            "vnp_IpAddr": order.payer_address,
        }
        signed = ("RequestId", "Version", "Command", "TmnCode", "TxnRef", "TransactionDate", "CreateDate", "IpAddr",
                  "OrderInfo")  # fmt: skip
        request["vnp_SecureHash"] = piped_signature([request[f"vnp_{name}"] for name in signed], self.secret)
        found = {name: str(value) for name, value in json_of(call("POST", self.api_url, json=request)).items()}
        answered = ("ResponseId", "Command", "ResponseCode", "Message", "TmnCode", "TxnRef", "Amount", "BankCode",
                    "PayDate", "TransactionNo", "TransactionType", "TransactionStatus", "OrderInfo", "PromotionCode",
                    "PromotionAmount")  # fmt: skip
        right = piped_signature([found.get(f"vnp_{name}", "") for name in answered], self.secret)
        if not same_signature(found.get("vnp_SecureHash", ""), right):
            raise ProviderAway("Trả lời của cổng có chữ ký không đúng.")
        if found.get("vnp_ResponseCode") == NOT_FOUND:
            return None
        try:
            return _notice(found)
        except Unreadable:
            raise ProviderAway("Trả lời của cổng không đọc được.") from None

    def statement(self, day: date) -> bytes:
        stamp = day.isoformat()
        response = call(
            "GET",
            f"{self.api_url}/statements/{stamp}.csv",
            params={"merchant": self.merchant, "signature": piped_signature([self.merchant, stamp], self.secret)},
        )
        if response.status_code != 200:
            raise ProviderAway(f"Cổng không cho bảng kê ngày này (mã {response.status_code}).")
        return response.content


def _stamp(at: datetime) -> str:
    return f"{at.astimezone(VIETNAM):%Y%m%d%H%M%S}"


def _notice(given: Mapping[str, str]) -> Notice:
    amount = given.get("vnp_Amount", "")
    if not re.fullmatch(r"\d{1,15}", amount) or int(amount) % 100 or not given.get("vnp_TxnRef"):
        raise Unreadable("amount or order")
    paid = given.get("vnp_PayDate", "")
    try:
        paid_at = datetime.strptime(paid, "%Y%m%d%H%M%S").replace(tzinfo=VIETNAM) if paid else None
    except ValueError:
        raise Unreadable("time") from None
    status = given.get("vnp_TransactionStatus", "")
    return Notice(
        reference=given["vnp_TxnRef"],
        amount=int(amount) // 100,
        subject=given.get("vnp_OrderInfo", ""),
        succeeded=given.get("vnp_ResponseCode") == "00" and status == "00",
        number=given.get("vnp_TransactionNo", "")[:40],
        code=(given.get("vnp_ResponseCode") if given.get("vnp_ResponseCode") != "00" else status) or "",
        paid_at=paid_at,
        final=status not in UNDER_WAY,
    )
