"""A stand-in for the public postal service (bưu chính công ích): HTTP JSON, signed messages, a page to look at.

python tools/doubles/postal_operator.py --port 8901 --report http://127.0.0.1:8000/post/messages/ --secret double --key double

POST /v1/consignments   {"order_id", "sender", "recipient": {"name", "phone", "address"}, "content"}
                        → {"order_id", "tracking_code", "fee"}; the same order_id again: the same answer
GET  /v1/consignments/<code>          → {"events": [...]}: what became of it
POST /advance/<code>    {"state": "in_transit" | "delivering" | "attempted" | "delivered" | "returning" | "returned",
                         "received_by": "…", "place": "…", "minutes_ago": 0}: happens, and is told, signed
POST /envelopes         {"office": "H56.102.01", "sender": {"name", "phone", "address"}}: somebody sends an envelope to an
                        office; it is announced at …/announcements/, signed
GET  /                  what it holds, with buttons to move each on

POST /control with JSON, any of:
  {"delay": 2.5} answers late · {"down": true} answers 503 · {"lie": "no_code" | "garbage" | "other_order" | "same_code"}
  {"repeat": 3} tells everything so many times · {"silent": true} tells nothing (ask it) · {"forge": true} signs wrongly
"""

from __future__ import annotations

import argparse
import hmac
import html
import json
import threading
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

WAY = ("in_transit", "delivering", "delivered")
HERE = timezone(timedelta(hours=7))


@dataclass
class Behaviour:
    delay: float = 0.0
    down: bool = False
    lie: str = ""
    repeat: int = 1
    silent: bool = False
    forge: bool = False


@dataclass
class Parcel:
    order_id: str
    code: str
    recipient: str
    fee: int
    events: list[dict[str, Any]] = field(default_factory=list)
    asked: int = 1


@dataclass
class Operator:
    """The operator with all it holds. `report_url` "": it tells nobody."""

    report_url: str = ""
    secret: str = "double"
    key: str = "double"
    # Seconds that this operator's clock is ahead of the machine's: for products whose clock a test has set.
    ahead: float = 0.0
    behaviour: Behaviour = field(default_factory=Behaviour)
    parcels: dict[str, Parcel] = field(default_factory=dict)
    envelopes: dict[str, dict[str, Any]] = field(default_factory=dict)
    # The first number it gives, less one: two runs of it never give the same code.
    first: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)
    answers: list[int] = field(default_factory=list)

    def create(self, body: dict[str, Any]) -> dict[str, Any]:
        with self.lock:
            known = next((p for p in self.parcels.values() if p.order_id == body["order_id"]), None)
            if known is not None:
                known.asked += 1
            else:
                number = 1 if self.behaviour.lie == "same_code" else self.first + len(self.parcels) + 1
                known = Parcel(body["order_id"], f"RA{number:09d}VN", body["recipient"]["name"], 26_000)
                self.parcels[known.code] = known
        answer: dict[str, Any] = {"order_id": known.order_id, "tracking_code": known.code, "fee": known.fee}
        if self.behaviour.lie == "no_code":
            del answer["tracking_code"]
        if self.behaviour.lie == "other_order":
            answer["order_id"] = "somebody-else"
        return answer

    def advance(self, code: str, said: dict[str, Any]) -> dict[str, Any] | None:
        """Something happens to a parcel; whoever listens is told."""
        with self.lock:
            parcel = self.parcels.get(code)
            if parcel is None:
                return None
            at = (
                datetime.now(HERE)
                + timedelta(seconds=self.ahead)
                - timedelta(minutes=float(said.get("minutes_ago", 0)))
            )
            event = {
                "event_id": f"{code}-{len(parcel.events) + 1}", "order_id": parcel.order_id, "tracking_code": code,
                "state": said["state"], "at": str(said.get("at") or at.isoformat()), "place": said.get("place", "Bưu cục Hạc Thành"),
                "note": said.get("note", ""), "received_by": said.get("received_by", ""),
            }  # fmt: skip
            parcel.events.append(event)
        if self.report_url and not self.behaviour.silent:
            self.tell(event)
        return event

    def announce(self, said: dict[str, Any]) -> dict[str, Any]:
        """Somebody handed an envelope for an office to the post."""
        with self.lock:
            code = said.get("tracking_code") or f"RE{self.first + len(self.envelopes) + 1:09d}VN"
            at = datetime.now(HERE) + timedelta(seconds=self.ahead)
            envelope = {
                "tracking_code": code, "office": said.get("office", "H56.102.01"), "at": at.isoformat(),
                "sender": {
                    "name": "Đỗ Thị Bưởi", "phone": "0912000077", "address": "Thôn 5, xã Hoằng Hóa, tỉnh Thanh Hóa",
                    **said.get("sender", {}),
                },
            }  # fmt: skip
            self.envelopes[code] = envelope
        if self.report_url and not self.behaviour.silent:
            self.tell(envelope, self.report_url.replace("messages/", "announcements/"))
        return envelope

    def tell(self, event: dict[str, Any], url: str = "") -> None:
        body = json.dumps(event).encode()
        stamp = str(int(time.time() + self.ahead))
        secret = "forged" if self.behaviour.forge else self.secret
        signature = hmac.new(secret.encode(), stamp.encode() + b"." + body, sha256).hexdigest()
        headers = {"Content-Type": "application/json", "X-Post-Timestamp": stamp, "X-Post-Signature": signature}
        for _ in range(self.behaviour.repeat):
            try:
                with urllib.request.urlopen(
                    urllib.request.Request(url or self.report_url, body, headers), timeout=10
                ) as answer:
                    self.answers.append(answer.status)
            except urllib.error.HTTPError as error:
                self.answers.append(error.code)
            except (urllib.error.URLError, OSError) as error:
                print(f"report: {type(error).__name__}", flush=True)

    def page(self) -> str:
        rows = "".join(
            f"<tr><td>{p.code}</td><td>{html.escape(p.recipient)}</td><td>{html.escape(p.events[-1]['state']) if p.events else 'created'}</td>"
            f'<td><form method="post" action="/move">'
            + "".join(
                f'<button name="to" value="{p.code} {state}">{state}</button>'
                for state in (*WAY, "attempted", "returning", "returned")
            )
            + "</form></td></tr>"
            for p in self.parcels.values()
        )
        return (
            '<!doctype html><html lang="vi"><meta charset="utf-8"><title>Bưu chính (thay thế)</title>'
            f"<h1>Bưu chính công ích (chương trình thay thế)</h1><p>{html.escape(str(self.behaviour))}</p>"
            f"<table border><tr><th>Mã vận đơn</th><th>Người nhận</th><th>Ở đâu</th><th>Chuyển tiếp</th></tr>{rows}</table>"
            '<h2>Người dân gửi phong bì</h2><form method="post" action="/send"><label>Người gửi <input name="name" value="Đỗ Thị Bưởi">'
            '</label> <label>Điện thoại <input name="phone" value="0912000077"></label> <label>Địa chỉ <input name="address" '
            'size="50" value="Thôn 5, xã Hoằng Hóa, tỉnh Thanh Hóa"></label> <label>Mã cơ quan nhận <input name="office" '
            'value="H56.102.01"></label> <button>Gửi</button></form><ul>'
            + "".join(
                f"<li>{code}: {html.escape(one['sender']['name'])} → {html.escape(one['office'])}</li>"
                for code, one in self.envelopes.items()
            )
            + "</ul></html>"
        )


def serve(operator: Operator, port: int) -> ThreadingHTTPServer:
    """A server of the operator on 127.0.0.1; port 0 takes a free one. The caller runs `serve_forever`."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self._misbehaves():
                return
            code = self.path.removeprefix("/v1/consignments/")
            if code != self.path:
                parcel = operator.parcels.get(code)
                self._say(404 if parcel is None else 200, {"events": [] if parcel is None else parcel.events})
                return
            self._page()

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if self.path == "/move":
                code, _, state = parse_qs(raw.decode())["to"][0].partition(" ")
                operator.advance(code, {"state": state, "received_by": operator.parcels[code].recipient})
                self._page()
                return
            if self.path == "/send":
                typed = {key: values[0] for key, values in parse_qs(raw.decode()).items()}
                operator.announce({"office": typed.pop("office", ""), "sender": typed})
                self._page()
                return
            body = json.loads(raw or b"{}")
            if self.path == "/envelopes":
                self._say(200, operator.announce(body))
            elif self.path == "/control":
                operator.behaviour.__dict__.update({k: v for k, v in body.items() if k in operator.behaviour.__dict__})
                self._say(200, operator.behaviour.__dict__)
            elif self.path.startswith("/advance/"):
                event = operator.advance(self.path.removeprefix("/advance/"), body)
                self._say(404 if event is None else 200, event or {})
            elif self.path == "/v1/consignments" and not self._misbehaves():
                if self.headers.get("Authorization") != f"Bearer {operator.key}":
                    self._say(401, {"error": "key"})
                elif not isinstance(body.get("order_id"), str) or not body.get("recipient", {}).get("address"):
                    self._say(422, {"error": "order"})
                else:
                    self._say(200, operator.create(body))

        def _misbehaves(self) -> bool:
            time.sleep(operator.behaviour.delay)
            if operator.behaviour.down:
                self.send_error(503)
            elif operator.behaviour.lie == "garbage":
                self._raw(b"<html>OK</html>", "text/html")
            else:
                return False
            return True

        def _page(self) -> None:
            self._raw(operator.page().encode(), "text/html; charset=utf-8")

        def _say(self, status: int, what: dict[str, Any]) -> None:
            self._raw(json.dumps(what).encode(), "application/json", status)

        def _raw(self, body: bytes, kind: str, status: int = 200) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Quiet: names and addresses are not logged."""

    return ThreadingHTTPServer(("127.0.0.1", port), Handler)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=8901)
    parser.add_argument("--report", default="http://127.0.0.1:8000/post/messages/")
    parser.add_argument("--secret", default="double")
    parser.add_argument("--key", default="double")
    parser.add_argument("--ahead", type=float, default=0.0, help="seconds its clock is ahead")
    args = parser.parse_args()
    server = serve(
        Operator(
            report_url=args.report,
            secret=args.secret,
            key=args.key,
            ahead=args.ahead,
            first=int(time.time()) % 10**8 * 10,
        ),
        args.port,
    )
    print(f"http://127.0.0.1:{args.port}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
