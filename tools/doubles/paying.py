"""What the stand-ins for two payment providers share: a ledger of orders, a page on which a person pays or gives up, calls
back to the shop, a statement of the day; and how they can be told to misbehave.

POST /control with JSON, any of:
  {"delay": 2.5}          answers late (seconds)
  {"down": true}          answers 503
  {"call_back": "none"}   never calls back; "late": after `late` seconds (20 unless told); "soon" (usual)
  {"late": 3}
  {"repeat": 3}           calls back so many times
  {"lie": "forge"}        signs with another secret; "amount": another amount; "order": the reference of another order;
                          "garbage": nothing that can be read
  {"statement": "drop"}   the statement lacks its first payment; "extra": has one that never was; "amount": is wrong by
                          1,000; "twice": has one twice
  {"refund": "<reference>"}   gives an order's money back, here only
POST /pay with reference=…&outcome=paid|failed pays without a browser. GET / shows the ledger.
"""

from __future__ import annotations

import argparse
import contextlib
import html
import json
import threading
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlsplit

HANOI = timezone(timedelta(hours=7))


@dataclass
class Behaviour:
    delay: float = 0.0
    down: bool = False
    call_back: str = "soon"
    late: float = 20.0
    repeat: int = 1
    lie: str = ""
    statement: str = ""


@dataclass
class Order:
    reference: str
    amount: int
    subject: str
    return_url: str
    notify_url: str
    status: str = "created"
    number: str = ""
    paid_at: datetime | None = None
    refunded_at: datetime | None = None
    extra: dict[str, str] = field(default_factory=dict)


@dataclass
class Answer:
    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


def page(title: str, body: str) -> Answer:
    text = (
        f'<!doctype html><html lang="vi"><head><meta charset="utf-8"><meta name="viewport" '
        f'content="width=device-width"><title>{html.escape(title)}</title></head><body><main>{body}</main></body></html>'
    )
    return Answer(200, text.encode(), {"Content-Type": "text/html; charset=utf-8"})


def as_json(content: Any, status: int = 200, headers: dict[str, str] | None = None) -> Answer:
    return Answer(status, json.dumps(content).encode(), {"Content-Type": "application/json", **(headers or {})})


@dataclass
class Provider:
    """One stand-in. Subclasses speak the protocol: `route`, `call_back` and `way_back`."""

    secret: str = ""
    behaviour: Behaviour = field(default_factory=Behaviour)
    orders: dict[str, Order] = field(default_factory=dict)
    answers: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    title: ClassVar[str] = ""
    default_port: ClassVar[int] = 0

    def route(self, method: str, path: str, query: dict[str, str], body: bytes, headers: Any) -> Answer | None:
        raise NotImplementedError

    def call_back(self, order: Order) -> urllib.request.Request:
        raise NotImplementedError

    def way_back(self, order: Order) -> str:
        raise NotImplementedError

    @property
    def signing_secret(self) -> str:
        return "forged" if self.behaviour.lie == "forge" else self.secret

    def told_reference(self, order: Order) -> str:
        others = [one.reference for one in self.orders.values() if one.reference != order.reference]
        return others[0] if self.behaviour.lie == "order" and others else order.reference

    def told_amount(self, order: Order) -> int:
        return order.amount - 1000 if self.behaviour.lie == "amount" else order.amount

    def ask_payer(self, order: Order) -> Answer:
        buttons = "".join(
            f'<button name="outcome" value="{value}">{text}</button> '
            for value, text in (("paid", "Trả tiền"), ("failed", "Hủy giao dịch"))
        )
        return page(
            self.title,
            f"<h1>{self.title}: cổng giả lập</h1><p>Không có tiền thật nào được chuyển.</p>"
            f"<p>{html.escape(order.subject)}</p><p><b>{order.amount:,} đồng</b>, mã {html.escape(order.reference)}</p>"
            f'<form method="post" action="/pay"><input type="hidden" name="reference" '
            f'value="{html.escape(order.reference)}">{buttons}</form>',
        )

    def pay(self, given: dict[str, str]) -> Answer:
        order = self.orders.get(given.get("reference", ""))
        if order is None:
            return Answer(404)
        with self.lock:
            if order.status in ("created", "failed"):
                order.status = "paid" if given.get("outcome") == "paid" else "failed"
                order.number = f"{int(time.time() * 1000) % 10**10:010d}{len(self.orders):03d}"
                order.paid_at = datetime.now(HANOI) if order.status == "paid" else None
        threading.Thread(target=self.tell, args=(order,), daemon=True).start()
        return Answer(303, b"", {"Location": self.way_back(order)})

    def tell(self, order: Order) -> None:
        if self.behaviour.call_back == "none":
            return
        time.sleep(self.behaviour.late if self.behaviour.call_back == "late" else 0)
        request = self.call_back(order)
        for _ in range(self.behaviour.repeat):
            try:
                with urllib.request.urlopen(request, timeout=15) as response:
                    self.answers.append(f"{response.status} {response.read().decode()}")
            except urllib.error.HTTPError as refused:
                self.answers.append(f"{refused.code} {refused.read().decode()[:300]}")
            except (urllib.error.URLError, OSError) as error:
                self.answers.append(type(error).__name__)

    def statement(self, day: date) -> Answer:
        rows = []
        for order in self.orders.values():
            if order.paid_at and order.paid_at.date() == day:
                rows.append([order.reference, order.number, "thanh_toan", order.amount, order.paid_at])
            if order.refunded_at and order.refunded_at.date() == day:
                rows.append([order.reference, f"R{order.number}", "hoan_tra", order.amount, order.refunded_at])
        paid = [row for row in rows if row[2] == "thanh_toan"]
        lie = self.behaviour.statement
        if lie == "extra":
            noon = datetime.combine(day, datetime.min.time(), HANOI) + timedelta(hours=12)
            rows.append(["TS26000000000000", "9999999999", "thanh_toan", 50_000, noon])
        elif paid and lie == "drop":
            rows.remove(paid[0])
        elif paid and lie == "amount":
            paid[0][3] += 1000
        elif paid and lie == "twice":
            rows.append([paid[0][0], f"{paid[0][1]}2", *paid[0][2:]])
        lines = ["ma_tham_chieu,ma_giao_dich,loai,so_tien,thoi_gian"]
        lines += [f"{a},{b},{c},{d},{at.isoformat(timespec='seconds')}" for a, b, c, d, at in rows]
        return Answer(200, ("\n".join(lines) + "\n").encode(), {"Content-Type": "text/csv; charset=utf-8"})

    def control(self, told: dict[str, Any]) -> Answer:
        reference = told.pop("refund", "")
        if reference and reference in self.orders:
            self.orders[reference].refunded_at = datetime.now(HANOI)
        for name, value in told.items():
            if not hasattr(self.behaviour, name):
                return as_json({"unknown": name}, 400)
            setattr(self.behaviour, name, value)
        return as_json(vars(self.behaviour))

    def ledger(self) -> Answer:
        rows = "".join(
            f"<tr><td>{html.escape(o.reference)}</td><td>{o.amount:,}</td><td>{html.escape(o.subject)}</td>"
            f"<td>{o.status}</td><td>{o.number}</td></tr>"
            for o in reversed(list(self.orders.values()))
        )
        answers = "".join(f"<li>{html.escape(one)}</li>" for one in self.answers[-20:])
        return page(
            self.title,
            f"<h1>{self.title}: cổng giả lập</h1><p>{html.escape(str(self.behaviour))}</p>"
            f"<table border><caption>Giao dịch: {len(self.orders)}</caption><tr><th>Mã</th><th>Số tiền</th><th>Nội dung"
            f"</th><th>Trạng thái</th><th>Số của cổng</th></tr>{rows}</table><h2>Trả lời của hệ thống</h2>"
            f"<ol>{answers}</ol>",
        )

    def answer(self, method: str, target: str, body: bytes, headers: Any) -> Answer:
        url = urlsplit(target)
        query = dict(parse_qsl(url.query, keep_blank_values=True))
        if (method, url.path) == ("POST", "/control"):
            return self.control(json.loads(body))
        if (method, url.path) == ("GET", "/"):
            return self.ledger()
        time.sleep(self.behaviour.delay)
        if self.behaviour.down:
            return Answer(503)
        if (method, url.path) == ("POST", "/pay"):
            return self.pay(dict(parse_qsl(body.decode())))
        return self.route(method, url.path, query, body, headers) or Answer(404)


def serve(provider: Provider, port: int) -> ThreadingHTTPServer:
    """A server of the provider on 127.0.0.1; port 0 takes a free one. The caller runs `serve_forever`."""

    class Handler(BaseHTTPRequestHandler):
        def _do(self) -> None:
            size = min(int(self.headers.get("Content-Length") or 0), 100_000)
            answer = provider.answer(self.command, self.path, self.rfile.read(size), self.headers)
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        do_GET = _do  # noqa: N815 - the names that the library calls
        do_POST = _do  # noqa: N815

        def log_message(self, *_: Any) -> None:
            pass

    return ThreadingHTTPServer(("127.0.0.1", port), Handler)


def main(provider: Provider) -> None:
    parser = argparse.ArgumentParser(description=provider.title)
    parser.add_argument("--port", type=int, default=provider.default_port)
    args = parser.parse_args()
    server = serve(provider, args.port)
    print(f"{provider.title}: http://127.0.0.1:{server.server_port}/", flush=True)
    with contextlib.suppress(KeyboardInterrupt):
        server.serve_forever()


def utc_seconds() -> str:
    return str(int(datetime.now(UTC).timestamp()))
