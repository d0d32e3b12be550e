"""A provider in the manner of a JSON gateway (PayGov, Napas): an order is made first, callbacks are signed posts."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests

from tinhso.modules.payments.rules.messages import (
    Forged,
    Incoming,
    Notice,
    Order,
    Unreadable,
    gateway_signature,
    same_signature,
)
from tinhso.modules.payments.rules.words import Verdict
from tinhso.modules.payments.services.providers.base import ProviderAway, call, json_of

ANSWERS = {
    Verdict.APPLIED: (200, "accepted"),
    Verdict.FAILED_NOTED: (200, "accepted"),
    Verdict.KNOWN: (200, "accepted"),
    Verdict.UNKNOWN_ORDER: (404, "order_not_found"),
    Verdict.WRONG_AMOUNT: (409, "amount_mismatch"),
    Verdict.WRONG_SUBJECT: (409, "subject_mismatch"),
    Verdict.FORGED: (401, "bad_signature"),
    Verdict.UNREADABLE: (400, "bad_message"),
}
UNDER_WAY = {"created", "pending"}


@dataclass(frozen=True)
class Paygov:
    url: str
    partner: str
    secret: str
    return_url: str
    notify_url: str
    code: str = "paygov"
    title: str = "PayGov"

    @property
    def connected(self) -> bool:
        return bool(self.url and self.partner and self.secret)

    @property
    def origin(self) -> str:
        url = urlsplit(self.url)
        return f"{url.scheme}://{url.netloc}"

    def begin(self, order: Order) -> str:
        content = {
            "order_id": order.reference,
            "amount": order.amount,
            "currency": "VND",
            "description": order.subject,
            "return_url": self.return_url,
            "notify_url": self.notify_url,
            "expires_at": order.expires_at.isoformat(),
        }
        response = self._call("POST", "/api/v1/orders", json.dumps(content).encode())
        found = json_of(response)
        pay_url = found.get("pay_url")
        if response.status_code not in (200, 201) or not isinstance(pay_url, str):
            raise ProviderAway(f"Cổng không nhận giao dịch (mã {response.status_code}).")
        # The payer is sent nowhere else than to the gateway itself.
        if not pay_url.startswith(f"{self.origin}/") or len(pay_url) > 2000:
            raise ProviderAway("Cổng cho địa chỉ thanh toán không hợp lệ.")
        return pay_url

    def read(self, incoming: Incoming) -> Notice:
        if incoming.method == "GET":
            # The payer's way back carries the order's number only, signed in the address.
            given = dict(parse_qsl(incoming.query))
            body = given.get("order_id", "").encode()
            timestamp, signature = given.get("timestamp", ""), given.get("signature", "")
            self._require(timestamp, body, signature)
            return Notice(given.get("order_id", ""), 0, "", False, "", "return", None, final=False)
        lower = {name.lower(): value for name, value in incoming.headers.items()}
        self._require(lower.get("x-paygov-timestamp", ""), incoming.body, lower.get("x-paygov-signature", ""))
        try:
            found = json.loads(incoming.body)
        except ValueError:
            raise Unreadable("JSON") from None
        return _notice(found)

    def answer(self, verdict: Verdict) -> tuple[int, dict[str, Any]]:
        status, text = ANSWERS[verdict]
        return status, {"result": text}

    def ask(self, order: Order) -> Notice | None:
        response = self._call("GET", f"/api/v1/orders/{order.reference}", b"")
        if response.status_code == 404:
            return None
        if response.status_code != 200:
            raise ProviderAway(f"Cổng không trả lời (mã {response.status_code}).")
        headers = response.headers
        right = gateway_signature(
            timestamp=headers.get("X-PayGov-Timestamp", ""), body=response.content, secret=self.secret
        )
        if not same_signature(headers.get("X-PayGov-Signature", ""), right):
            raise ProviderAway("Trả lời của cổng có chữ ký không đúng.")
        try:
            return _notice(json_of(response))
        except Unreadable:
            raise ProviderAway("Trả lời của cổng không đọc được.") from None

    def statement(self, day: date) -> bytes:
        response = self._call("GET", f"/api/v1/statements/{day.isoformat()}", b"")
        if response.status_code != 200:
            raise ProviderAway(f"Cổng không cho bảng kê ngày này (mã {response.status_code}).")
        return response.content

    def _call(self, method: str, path: str, body: bytes) -> requests.Response:
        timestamp = str(int(time.time()))
        signed = body or path.encode()
        headers = {
            "Content-Type": "application/json",
            "X-PayGov-Partner": self.partner,
            "X-PayGov-Timestamp": timestamp,
            "X-PayGov-Signature": gateway_signature(timestamp=timestamp, body=signed, secret=self.secret),
        }
        return call(method, f"{self.url}{path}", data=body or None, headers=headers)

    def _require(self, timestamp: str, body: bytes, signature: str) -> None:
        if not same_signature(signature, gateway_signature(timestamp=timestamp, body=body, secret=self.secret)):
            raise Forged


def _notice(found: Any) -> Notice:
    if not isinstance(found, dict):
        raise Unreadable("JSON")
    amount, reference, status = found.get("amount"), found.get("order_id"), found.get("status")
    if isinstance(amount, bool) or not isinstance(amount, int) or not isinstance(reference, str) or not reference:
        raise Unreadable("amount or order")
    try:
        paid_at = datetime.fromisoformat(found["paid_at"]) if found.get("paid_at") else None
    except (TypeError, ValueError):
        raise Unreadable("time") from None
    if paid_at is not None and paid_at.tzinfo is None:
        raise Unreadable("time")
    return Notice(
        reference=reference,
        amount=amount,
        subject=str(found.get("description", "")),
        succeeded=status == "paid",
        number=str(found.get("transaction_id", ""))[:40],
        code=str(status)[:20],
        paid_at=paid_at,
        final=status not in UNDER_WAY,
    )
