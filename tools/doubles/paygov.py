"""A stand-in for a JSON gateway in the manner of PayGov or Napas: an order is made first, callbacks are signed posts.

python tools/doubles/paygov.py --port 8952
What it can be told to do wrong: see paying.py.
Signature, both ways: base64 of HMAC-SHA256 over "<timestamp>\\n<body>" (of the path where there is no body), in
X-PayGov-Timestamp and X-PayGov-Signature.
"""

from __future__ import annotations

import hmac
import json
import sys
import urllib.request
from base64 import b64encode
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urlencode

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tools.doubles.paying import Answer, Order, Provider, as_json, main, utc_seconds

PARTNER = "tinhso"


def sign(timestamp: str, body: bytes, secret: str) -> str:
    return b64encode(hmac.new(secret.encode(), timestamp.encode() + b"\n" + body, sha256).digest()).decode()


@dataclass
class Paygov(Provider):
    secret: str = "paygov-double-secret"

    title: ClassVar[str] = "PayGov"
    default_port: ClassVar[int] = 8952

    def route(self, method: str, path: str, query: dict[str, str], body: bytes, headers: Any) -> Answer | None:
        if path.startswith("/pay/") and method == "GET":
            order = self.orders.get(path.removeprefix("/pay/"))
            return None if order is None else self.ask_payer(order)
        if not path.startswith("/api/v1/"):
            return None
        right = sign(headers.get("X-PayGov-Timestamp", ""), body or path.encode(), self.secret)
        if headers.get("X-PayGov-Partner") != PARTNER or headers.get("X-PayGov-Signature") != right:
            return as_json({"error": "bad_signature"}, 401)
        if path == "/api/v1/orders" and method == "POST":
            return self.begin(json.loads(body), headers.get("Host", ""))
        if path.startswith("/api/v1/statements/"):
            return self.statement(date.fromisoformat(path.rpartition("/")[2]))
        order = self.orders.get(path.removeprefix("/api/v1/orders/"))
        return as_json({"error": "not_found"}, 404) if order is None else self.signed(self.told(order))

    def begin(self, given: dict[str, Any], host: str) -> Answer:
        order = self.orders.setdefault(
            given["order_id"],
            Order(given["order_id"], given["amount"], given["description"], given["return_url"], given["notify_url"]),
        )
        return as_json({"order_id": order.reference, "pay_url": f"http://{host}/pay/{order.reference}"}, 201)

    def told(self, order: Order) -> dict[str, Any]:
        return {
            "order_id": self.told_reference(order),
            "amount": self.told_amount(order),
            "description": order.subject,
            "status": order.status,
            "transaction_id": order.number,
            "paid_at": order.paid_at.isoformat() if order.paid_at else None,
        }

    def signed(self, content: dict[str, Any]) -> Answer:
        body, timestamp = json.dumps(content).encode(), utc_seconds()
        signature = sign(timestamp, body, self.signing_secret)
        headers = {"X-PayGov-Timestamp": timestamp, "X-PayGov-Signature": signature}
        return Answer(200, body, {"Content-Type": "application/json", **headers})

    def call_back(self, order: Order) -> urllib.request.Request:
        answer = self.signed(self.told(order))
        body = b"not json" if self.behaviour.lie == "garbage" else answer.body
        return urllib.request.Request(order.notify_url, body, answer.headers, method="POST")

    def way_back(self, order: Order) -> str:
        timestamp = utc_seconds()
        signature = sign(timestamp, order.reference.encode(), self.signing_secret)
        values = {"order_id": order.reference, "timestamp": timestamp, "signature": signature}
        return f"{order.return_url}?{urlencode(values)}"


if __name__ == "__main__":
    main(Paygov())
