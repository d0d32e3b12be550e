"""A stand-in for VNPAY 2.1.0: the signed address, the page of payment, the callback (IPN) by GET, `querydr`, statements.

python tools/doubles/vnpay.py --port 8951
What it can be told to do wrong: see paying.py. The callback goes to /payments/callbacks/vnpay/ at the origin of the
return address (at VNPAY itself that address is registered).
"""

from __future__ import annotations

import hmac
import json
import sys
import urllib.request
from dataclasses import dataclass
from datetime import date
from hashlib import sha512
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import quote_plus, urlsplit

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tools.doubles.paying import Answer, Order, Provider, as_json, main

MERCHANT = "TINHSO01"
ANSWERED = (
    "ResponseId", "Command", "ResponseCode", "Message", "TmnCode", "TxnRef", "Amount", "BankCode", "PayDate",
    "TransactionNo", "TransactionType", "TransactionStatus", "OrderInfo", "PromotionCode", "PromotionAmount",
)  # fmt: skip
ASKED = ("RequestId", "Version", "Command", "TmnCode", "TxnRef", "TransactionDate", "CreateDate", "IpAddr", "OrderInfo")


def digest(text: str, secret: str) -> str:
    return hmac.new(secret.encode(), text.encode(), sha512).hexdigest()


def signed_query(values: dict[str, str], secret: str) -> str:
    text = "&".join(f"{quote_plus(name)}={quote_plus(values[name])}" for name in sorted(values) if values[name] != "")
    return f"{text}&vnp_SecureHash={digest(text, secret)}"


@dataclass
class Vnpay(Provider):
    secret: str = "vnpay-double-secret"

    title: ClassVar[str] = "VNPAY"
    default_port: ClassVar[int] = 8951

    def route(self, method: str, path: str, query: dict[str, str], body: bytes, headers: Any) -> Answer | None:
        if path == "/paymentv2/vpcpay.html" and method == "GET":
            return self.begin(query)
        if path == "/merchant_webapi/api/transaction" and method == "POST":
            return self.querydr(json.loads(body))
        if path.startswith("/merchant_webapi/api/transaction/statements/"):
            day = path.rpartition("/")[2].removesuffix(".csv")
            right = digest(f"{query.get('merchant', '')}|{day}", self.secret)
            if query.get("merchant") != MERCHANT or query.get("signature") != right:
                return Answer(403)
            return self.statement(date.fromisoformat(day))
        return None

    def begin(self, query: dict[str, str]) -> Answer:
        given = dict(query)
        signature = given.pop("vnp_SecureHash", "")
        if signed_query(given, self.secret).rpartition("=")[2] != signature or given.get("vnp_TmnCode") != MERCHANT:
            return as_json({"code": "97", "message": "Invalid signature"}, 403)
        back = urlsplit(given["vnp_ReturnUrl"])
        order = self.orders.setdefault(
            given["vnp_TxnRef"],
            Order(
                given["vnp_TxnRef"],
                int(given["vnp_Amount"]) // 100,
                given["vnp_OrderInfo"],
                given["vnp_ReturnUrl"],
                f"{back.scheme}://{back.netloc}/payments/callbacks/vnpay/",
            ),
        )
        return self.ask_payer(order)

    def told(self, order: Order) -> dict[str, str]:
        paid = order.status == "paid"
        return {
            "vnp_TmnCode": MERCHANT,
            "vnp_Amount": str(self.told_amount(order) * 100),
            "vnp_BankCode": "NCB",
            "vnp_PayDate": f"{order.paid_at:%Y%m%d%H%M%S}" if order.paid_at else "",
            "vnp_OrderInfo": order.subject,
            "vnp_ResponseCode": "00" if paid else "24",
            "vnp_TransactionNo": order.number,
            "vnp_TransactionStatus": "00" if paid else "02",
            "vnp_TxnRef": self.told_reference(order),
        }

    def call_back(self, order: Order) -> urllib.request.Request:
        if self.behaviour.lie == "garbage":
            return urllib.request.Request(f"{order.notify_url}?vnp_Amount=%00&vnp_SecureHash=x")
        return urllib.request.Request(f"{order.notify_url}?{signed_query(self.told(order), self.signing_secret)}")

    def way_back(self, order: Order) -> str:
        return f"{order.return_url}?{signed_query(self.told(order), self.signing_secret)}"

    def querydr(self, given: dict[str, str]) -> Answer:
        right = digest("|".join(given.get(f"vnp_{name}", "") for name in ASKED), self.secret)
        order = self.orders.get(given.get("vnp_TxnRef", ""))
        found = dict.fromkeys((f"vnp_{name}" for name in ANSWERED), "")
        found |= {"vnp_ResponseId": given.get("vnp_RequestId", ""), "vnp_Command": "querydr", "vnp_TmnCode": MERCHANT}
        if given.get("vnp_SecureHash") != right:
            found |= {"vnp_ResponseCode": "97", "vnp_Message": "Invalid checksum"}
        elif order is None:
            found |= {"vnp_ResponseCode": "91", "vnp_Message": "Transaction not found"}
        else:
            status = {"paid": "00", "failed": "02"}.get(order.status, "01")
            found |= {**self.told(order), "vnp_ResponseCode": "00", "vnp_TransactionStatus": status}
            found |= {"vnp_Message": "Success", "vnp_TransactionType": "01"}
        found["vnp_SecureHash"] = digest("|".join(found[f"vnp_{name}"] for name in ANSWERED), self.signing_secret)
        return as_json(found)


if __name__ == "__main__":
    main(Vnpay())
