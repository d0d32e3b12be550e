"""What the stand-ins for an SMS gateway and for Zalo share: a small server that takes messages once by their key, reports
delivery by a signed call back, shows what it holds on a page, and can be told to misbehave.

POST /control with JSON, any of:
  {"delay": 2.5}      answers late (seconds)
  {"down": true}      answers 503
  {"lie": "no_id"}    says yes without a number; "garbage": no JSON; "other_id": reports a number it never gave
  {"outcome": "failed"}  what its reports say: "delivered" (usual), "failed", "expired", "none"
  {"repeat": 3}       sends each report so many times
  {"forge": true}     signs reports with another secret
POST /incoming with {"phone": "0912…", "text": "HS H56.102-261124-0001 123456"}: somebody writes to the number; the product's
  answer comes back (SMS only).
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
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar


@dataclass
class Behaviour:
    delay: float = 0.0
    down: bool = False
    lie: str = ""
    outcome: str = "delivered"
    repeat: int = 1
    forge: bool = False


@dataclass
class Taken:
    """A message, once per key however often it was asked for."""

    key: str
    number: str
    phone: str
    text: str
    asked: int = 1


@dataclass
class Provider:
    """One stand-in. Subclasses speak the protocol: `read`, `accepted`, `refusal` and `report`."""

    report_url: str = ""
    secret: str = "double"
    behaviour: Behaviour = field(default_factory=Behaviour)
    taken: dict[str, Taken] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    title: ClassVar[str] = ""

    def read(self, body: Any, headers: Any) -> Taken | dict[str, Any]:
        raise NotImplementedError

    def accepted(self, message: Taken) -> dict[str, Any]:
        raise NotImplementedError

    def report(self, message: Taken, number: str) -> tuple[bytes, dict[str, str]] | None:
        raise NotImplementedError

    def answer(self, body: Any, headers: Any) -> dict[str, Any]:
        """Take a message; the same key gets the same answer and is not sent twice."""
        read = self.read(body, headers)
        if isinstance(read, dict):
            return read
        with self.lock:
            known = self.taken.get(read.key)
            if known is not None:
                known.asked += 1
                return self.accepted(known)
            read.number = f"{self.title[:1]}{len(self.taken) + 1:08d}"
            self.taken[read.key] = read
        threading.Thread(target=self._report, args=(read,), daemon=True).start()
        return self.accepted(read)

    def _report(self, message: Taken) -> None:
        if not self.report_url or self.behaviour.outcome == "none":
            return
        made = self.report(message, "X00000000" if self.behaviour.lie == "other_id" else message.number)
        if made is None:
            return
        body, headers = made
        for _ in range(self.behaviour.repeat):
            request = urllib.request.Request(
                self.report_url, body, {"Content-Type": "application/json", **headers}, method="POST"
            )
            try:
                urllib.request.urlopen(request, timeout=10).read()
            except (urllib.error.URLError, OSError) as error:
                print(f"report: {type(error).__name__}", flush=True)

    def incoming(self, phone: str, text: str) -> dict[str, Any]:
        """What the product answers somebody who writes to its number."""
        raise NotImplementedError

    @property
    def signing_secret(self) -> str:
        return "forged" if self.behaviour.forge else self.secret

    def page(self) -> str:
        rows = "".join(
            f"<tr><td>{html.escape(m.number)}</td><td>{html.escape(m.phone)}</td><td>{html.escape(m.text)}</td>"
            f"<td>{m.asked}</td></tr>"
            for m in reversed(list(self.taken.values()))
        )
        return (
            f'<!doctype html><html lang="vi"><meta charset="utf-8"><title>{self.title}</title><h1>{self.title}</h1>'
            f"<p>{html.escape(str(self.behaviour))}</p><table border><caption>Tin đã nhận: {len(self.taken)}</caption>"
            f"<tr><th>Số</th><th>Điện thoại</th><th>Nội dung</th><th>Số lần yêu cầu</th></tr>{rows}</table></html>"
        )


def serve(provider: Provider, port: int) -> ThreadingHTTPServer:
    """A server of the provider on 127.0.0.1; port 0 takes a free one. The caller runs `serve_forever`."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._say(200, provider.page().encode(), "text/html; charset=utf-8")

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            try:
                body = json.loads(raw)
            except ValueError:
                self._say(400, b'{"error": "no JSON"}')
                return
            if self.path == "/control":
                provider.behaviour.__dict__.update({k: v for k, v in body.items() if k in provider.behaviour.__dict__})
                self._say(200, json.dumps(provider.behaviour.__dict__).encode())
                return
            if self.path == "/incoming":
                said = provider.incoming(str(body.get("phone", "")), str(body.get("text", "")))
                self._say(200, json.dumps(said, ensure_ascii=False).encode())
                return
            time.sleep(provider.behaviour.delay)
            if provider.behaviour.down:
                self._say(503, b"<h1>Service Unavailable</h1>", "text/html")
            elif provider.behaviour.lie == "garbage":
                self._say(200, b"<html>OK</html>", "text/html")
            else:
                self._say(200, json.dumps(provider.answer(body, self.headers)).encode())

        def _say(self, status: int, body: bytes, kind: str = "application/json") -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            with contextlib.suppress(OSError):  # who asked may have given up
                self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    return ThreadingHTTPServer(("127.0.0.1", port), Handler)


def main(make: type[Provider], *, port: int, path: str) -> None:
    """The command line of a stand-in."""
    parser = argparse.ArgumentParser(description=make.title)
    parser.add_argument("--port", type=int, default=port)
    parser.add_argument("--report-url", default=f"http://127.0.0.1:8000/notifications/reports/{path}/")
    parser.add_argument("--secret", default="double", help="secret of the reports")
    args = parser.parse_args()
    server = serve(make(report_url=args.report_url, secret=args.secret), args.port)
    print(f"{make.title}: http://127.0.0.1:{args.port}/", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        server.server_close()
