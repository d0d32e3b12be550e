"""A stand-in for the national public service portal: people «file» there, and it sends their dossiers to the province.

    python tools/doubles/national_portal.py --secret-file var/portal_secret        then open http://127.0.0.1:9104/
    python tools/doubles/national_portal.py --secret-file var/portal_secret --send      one dossier from the sample, and stop
    python tools/doubles/national_portal.py --secret-file var/portal_secret --send my.json --ask

`POST http://…/dossiers/portal/` with `{"service": "NhanHoSo", "data": {…}}` or `{"service": "TraCuuHoSo", "data":
{"MaHoSo", "TrangThaiHoSo"?}}`. Signed: `X-Portal-Account`, `X-Portal-Timestamp` (seconds), `X-Portal-Signature` =
HMAC-SHA256 over "account.timestamp.body" in hexadecimal. Every answer carries `error_code`, 0 for success.

It can misbehave: page `/`, or `POST /control` with JSON:
  {"delay": 2} sends slowly · {"repeat": 3} sends everything so many times · {"lose": true} hangs up before the answer
  {"fault": "forged"} signs wrongly · "changed" sends other content under the same code · "unknown_procedure" ·
  "wrong_agency" · "broken_file" · "incomplete" · "malformed" JSON cut in the middle · "stale" an hour-old signature
"""

from __future__ import annotations

import argparse
import base64
import hmac
import html
import http.client
import json
import secrets
import struct
import sys
import threading
import time
import zlib
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

HERE = timezone(timedelta(hours=7))
SAMPLE = Path(__file__).parent / "data/portal-dossier.json"
FAULTS = {
    "": "Gửi đúng",
    "forged": "Ký sai",
    "stale": "Chữ ký cũ một giờ",
    "changed": "Cùng mã, nội dung khác",
    "unknown_procedure": "Mã thủ tục không có",
    "wrong_agency": "Cơ quan không có thẩm quyền",
    "broken_file": "Tệp hỏng",
    "incomplete": "Thiếu nội dung bắt buộc",
    "malformed": "JSON bị cắt giữa chừng",
}


@dataclass
class Behaviour:
    delay: float = 0.0
    repeat: int = 1
    lose: bool = False
    fault: str = ""


@dataclass
class Sent:
    """A dossier that was filed at the portal, and what the province said of it."""

    data: dict[str, Any]
    answers: list[str] = field(default_factory=list)
    code: str = ""
    pin: str = ""
    state: str = ""


@dataclass
class Portal:
    """`ahead`: seconds that its clock is ahead, for products whose clock a test has set."""

    target: str
    secret: str
    account: str = "congquocgia"
    ahead: float = 0.0
    behaviour: Behaviour = field(default_factory=Behaviour)
    sent: dict[str, Sent] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def now(self) -> datetime:
        return datetime.now(HERE) + timedelta(seconds=self.ahead)

    def file(self, data: dict[str, Any]) -> Sent:
        """Somebody files: the portal gives its own code, a picture for each paper without content, and sends."""
        data = deepcopy(data)
        now = self.now()
        data.setdefault("MaHoSo", f"G22.99.{now:%y%m%d}-{secrets.randbelow(10**6):06d}")
        data.setdefault("NgayNopHoSo", f"{now:%Y%m%d%H%M%S}")
        for paper in data.get("TaiLieuNop", []):
            paper.setdefault("NoiDungTep", base64.b64encode(picture()).decode())
        with self.lock:
            kept = self.sent.setdefault(data["MaHoSo"], Sent(data))
        self.send(kept)
        return kept

    def send(self, kept: Sent) -> None:
        for _ in range(max(1, self.behaviour.repeat)):
            self._take(kept, self.call("NhanHoSo", self._spoiled(kept.data)))

    def ask(self, kept: Sent, held: str = "") -> None:
        data = {"MaHoSo": kept.data["MaHoSo"], **({"TrangThaiHoSo": held} if held else {})}
        self._take(kept, self.call("TraCuuHoSo", data))

    def _take(self, kept: Sent, answer: dict[str, Any]) -> None:
        kept.answers.append(f"{answer.get('error_code')}: {answer.get('message')}")
        if answer.get("error_code") == 0:
            kept.code, kept.pin = answer["MaHoSoDiaPhuong"], answer["MaPIN"]
            kept.state = answer["TenTrangThai"]

    def _spoiled(self, data: dict[str, Any]) -> dict[str, Any]:
        data, fault = deepcopy(data), self.behaviour.fault
        if fault == "changed":
            data["NguoiNop"]["HoTen"] += " (đổi)"
        elif fault == "unknown_procedure":
            data["MaTTHC"] = "9.999999"
        elif fault == "wrong_agency":
            data["DonViXuLy"] = "H56"
        elif fault == "broken_file" and data["TaiLieuNop"]:
            data["TaiLieuNop"][0]["NoiDungTep"] = base64.b64encode(b"MZ not a picture").decode()
        elif fault == "incomplete":
            data["ToKhai"] = {}
        return data

    def call(self, service: str, data: dict[str, Any]) -> dict[str, Any]:
        body = json.dumps({"service": service, "data": data}, ensure_ascii=False).encode()
        fault = self.behaviour.fault
        if fault == "malformed":
            body = body[: len(body) // 2]
        stamp = str(int(self.now().timestamp()) - (3600 if fault == "stale" else 0))
        secret = "forged" if fault == "forged" else self.secret
        signature = hmac.new(secret.encode(), f"{self.account}.{stamp}.".encode() + body, sha256).hexdigest()
        headers = {
            "Content-Type": "application/json", "X-Portal-Account": self.account, "X-Portal-Timestamp": stamp,
            "X-Portal-Signature": signature,
        }  # fmt: skip
        where = urlsplit(self.target)
        make = http.client.HTTPSConnection if where.scheme == "https" else http.client.HTTPConnection
        connection = make(where.netloc, timeout=60)
        try:
            connection.request("POST", where.path, self._slowly(body), headers | {"Content-Length": str(len(body))})
            if self.behaviour.lose:
                return {"error_code": -1, "message": "mất kết nối trước khi có trả lời"}
            answer: dict[str, Any] = json.loads(connection.getresponse().read())
            return answer
        except (OSError, ValueError, http.client.HTTPException) as error:
            return {"error_code": -1, "message": f"không gửi được: {type(error).__name__}"}
        finally:
            connection.close()

    def _slowly(self, body: bytes) -> Any:
        if not self.behaviour.delay:
            return body

        def parts() -> Any:
            yield body[:100]
            time.sleep(self.behaviour.delay)
            yield body[100:]

        return parts()


def picture() -> bytes:
    """A small grey PNG."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    rows = b"".join(b"\0" + bytes([200]) * 60 for _ in range(80))
    header = struct.pack(">IIBBBBB", 60, 80, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def page(portal: Portal) -> str:
    now = portal.behaviour
    faults = "".join(
        f'<option value="{key}"{" selected" if key == now.fault else ""}>{html.escape(title)}</option>'
        for key, title in FAULTS.items()
    )
    rows = "".join(
        f"<tr><td>{html.escape(code)}</td><td>{html.escape(one.data['NguoiNop']['HoTen'])}</td><td>{html.escape(one.code)}"
        f"<br>PIN {html.escape(one.pin)}</td><td>{html.escape(one.state)}</td><td>{'<br>'.join(html.escape(a) for a in one.answers[-3:])}</td>"
        f'<td><form method="post" action="/again"><input type="hidden" name="code" value="{html.escape(code)}">'
        f'<button name="do" value="send">Gửi lại</button> <button name="do" value="ask">Hỏi trạng thái</button> '
        f'<button name="do" value="held">Báo đang giữ</button> <input name="state" size="2" aria-label="trạng thái" value="1"></form></td></tr>'
        for code, one in reversed(portal.sent.items())
    )
    sample = html.escape(SAMPLE.read_text(encoding="utf-8"))
    return f"""<!doctype html><html lang="vi"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Cổng Dịch vụ công quốc gia (thay thế)</title><style>body{{font:16px/1.5 sans-serif;max-width:75rem;margin:1rem auto;padding:0 1rem}}
table{{border-collapse:collapse}}td,th{{border:1px solid #999;padding:.3rem;vertical-align:top}}textarea{{width:100%;font:13px monospace}}</style>
<h1>Cổng Dịch vụ công quốc gia (chương trình thay thế)</h1><p>Gửi tới {html.escape(portal.target)}.</p>
<form method="post" action="/behave"><p><label>Chậm (giây) <input name="delay" type="number" min="0" step="0.5" value="{now.delay}"></label>
<label>Gửi mấy lần <input name="repeat" type="number" min="1" value="{now.repeat}"></label>
<label><input type="checkbox" name="lose"{" checked" if now.lose else ""}> Mất kết nối trước khi có trả lời</label>
<label>Kiểu sai <select name="fault">{faults}</select></label> <button>Đặt</button></p></form>
<table><caption>Hồ sơ đã nộp trên Cổng</caption><tr><th>Mã trên Cổng</th><th>Người nộp</th><th>Mã của tỉnh</th><th>Trạng thái</th><th>Trả lời gần nhất</th><th></th></tr>{rows}</table>
<h2>Nộp một hồ sơ</h2><form method="post" action="/file"><textarea name="data" rows="28" aria-label="Gói tin">{sample}</textarea>
<p><button>Nộp</button></p></form></html>"""


def serve(portal: Portal, port: int) -> ThreadingHTTPServer:
    """A server on 127.0.0.1; port 0 takes a free one. The caller runs `serve_forever`."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._say(200, page(portal).encode(), "text/html; charset=utf-8")

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if self.path in ("/control", "/dossiers"):
                self._say(200, json.dumps(self._by_program(json.loads(raw))).encode(), "application/json")
                return
            typed = {key: values[-1] for key, values in parse_qs(raw.decode()).items()}
            try:
                self._by_person(typed)
            except (ValueError, KeyError) as error:
                self._say(400, f"Gói tin không đọc được: {error}".encode(), "text/plain; charset=utf-8")
                return
            self.send_response(303)
            self.send_header("Location", "/")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def _by_program(self, said: dict[str, Any]) -> dict[str, Any]:
            if self.path == "/control":
                known = portal.behaviour.__dict__
                known.update({key: value for key, value in said.items() if key in known})
                return known
            kept = portal.file(said)
            return {"MaHoSo": kept.data["MaHoSo"], "code": kept.code, "pin": kept.pin, "answers": kept.answers}

        def _by_person(self, typed: dict[str, str]) -> None:
            if self.path == "/behave":
                portal.behaviour = Behaviour(
                    float(typed.get("delay", 0)), int(typed.get("repeat", 1)), "lose" in typed, typed.get("fault", "")
                )
            elif self.path == "/file":
                portal.file(json.loads(typed["data"]))
            elif self.path == "/again":
                kept = portal.sent[typed["code"]]
                if typed["do"] == "send":
                    portal.send(kept)
                else:
                    portal.ask(kept, typed.get("state", "") if typed["do"] == "held" else "")

        def _say(self, status: int, body: bytes, kind: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Quiet: names are not logged."""

    return ThreadingHTTPServer(("127.0.0.1", port), Handler)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=9104)
    parser.add_argument("--target", default="http://127.0.0.1:8000/dossiers/portal/")
    parser.add_argument("--secret-file", type=Path)
    parser.add_argument("--secret", default="")
    parser.add_argument("--account", default="congquocgia")
    parser.add_argument("--ahead", type=float, default=0.0, help="seconds its clock is ahead")
    parser.add_argument("--fault", choices=list(FAULTS), default="")
    parser.add_argument("--send", nargs="?", const=str(SAMPLE), metavar="FILE", help="send one dossier and stop")
    parser.add_argument("--ask", action="store_true", help="after --send, ask how it stands")
    args = parser.parse_args()
    secret = args.secret_file.read_text().strip() if args.secret_file else args.secret
    portal = Portal(args.target, secret, args.account, args.ahead, Behaviour(fault=args.fault))
    if args.send:
        kept = portal.file(json.loads(Path(args.send).read_text(encoding="utf-8")))
        if args.ask:
            portal.ask(kept)
        print(json.dumps({"MaHoSo": kept.data["MaHoSo"], "code": kept.code, "pin": kept.pin, "answers": kept.answers},
                         ensure_ascii=False, indent=1))  # fmt: skip
        sys.exit(0 if kept.code else 1)
    server = serve(portal, args.port)
    print(f"http://127.0.0.1:{server.server_address[1]}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
