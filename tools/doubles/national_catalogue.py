"""A stand-in for the national procedure database (Cơ sở dữ liệu quốc gia về thủ tục hành chính).

    python tools/doubles/national_catalogue.py --port 9103          then open http://127.0.0.1:9103/

JSON over HTTP. `POST /login {"username", "password"}` → `{"error_code": "0", "session"}`; `POST /service` with
`{"session", "service": "LayDanhSachTTHC", "page", "pageSize"}` → the list, or `{"service": "LayThuTuc", "MATTHC"}` → one
procedure whole. Every reply carries `error_code` ("0" = success), times are yyyyMMddHHmmss.

It serves the real catalogue that comes with the product. `--day N` (or the page) applies the scripted changes of the
first N days. It can be told to be slow, down or wrong: page `/`, or `POST /control` with JSON, for example
`{"day": 1, "delay": 2, "down": true, "fault": "shrunk"}`. Accounts: tinhso / tinhso-thu-nghiem.
"""

from __future__ import annotations

import argparse
import csv
import html
import json
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

ROOT = Path(__file__).resolve().parents[2]
CATALOGUE = ROOT / "src/tinhso/modules/procedures/data/procedures.tsv"
DETAILS = Path(__file__).parent / "data/procedures-full.json"
USERNAME, PASSWORD = "tinhso", "tinhso-thu-nghiem"
CHANNELS = {"Trực tiếp": "1", "Trực tuyến": "2", "Dịch vụ bưu chính": "3"}
FIRST_STAMP = "20260701000000"

Record = dict[str, Any]

FAULTS = {
    "": "Trả lời đúng",
    "malformed": "JSON hỏng",
    "missing": "Thiếu tên, mã ở một số thủ tục",
    "duplicates": "Một mã hai lần trong danh sách",
    "dates": "Ngày hết hiệu lực trước ngày có hiệu lực",
    "html": "Chữ lẫn thẻ HTML",
    "shrunk": "Danh sách chỉ còn một phần mười",
    "empty": "Danh sách rỗng",
    "session": "Phiên đăng nhập hết hạn sau mỗi 5 lần gọi",
}


@dataclass
class Control:
    """How it behaves. `codes`: only these procedures (empty: all), for small trials."""

    day: int = 0
    delay: float = 0.0
    down: bool = False
    fault: str = ""
    codes: list[str] = field(default_factory=list)


def catalogue() -> dict[str, Record]:
    """The real catalogue in the shape of the national service."""
    details = {one["code"]: one for one in json.loads(DETAILS.read_text(encoding="utf-8"))}
    with CATALOGUE.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE))
    return {row["code"]: _record(row, details.get(row["code"])) for row in rows}


def _record(row: dict[str, str], detail: Record | None) -> Record:
    channels = [one.strip() for one in row["channels"].split(";") if one.strip()]
    record: Record = {
        "MATTHC": row["code"],
        "TENTTHC": row["name"],
        "LINHVUC": row["field"],
        "CAPTHUCHIEN": row["level"],
        "COQUANTHUCHIEN": row["agency"],
        "MUCDODVC": row["online_level"],
        "THOIHAN": row["time_limit"],
        "PHILEPHI": row["fee"],
        "CACHTHUCTHUCHIEN": [{"KENH": CHANNELS[one]} for one in channels],
        "BONGANH": row["ministry"],
        "QUYETDINHCONGBO": row["decision"],
        "DUONGDAN": row["portal_url"],
        "NGAYCAPNHAT": FIRST_STAMP,
        "NGAYHIEULUC": "",
        "NGAYHETHIEULUC": "",
        "TRANGTHAI": "1",
        "MATTHCTHAYTHE": "",
    }
    if detail is not None:
        record["THANHPHANHOSO"] = [
            {
                "TRUONGHOP": group["case"] or "",
                "GIAYTO": [
                    {"TENGIAYTO": one["name"], "SOBANCHINH": one["original"], "SOBANSAO": one["copy"]}
                    for one in group["papers"]
                    if one["kind"] == "paper"
                ],
            }
            for group in detail["papers"] or ()
        ]
        record["KETQUATHUCHIEN"] = [
            {"TENKETQUA": one["name"], "MAKETQUA": one["code"]} for one in detail["result"] or ()
        ]
        record["CANCUPHAPLY"] = [
            {"SOKYHIEU": one["code"], "TENVANBAN": one["name"]} for one in detail["legal_basis"] or ()
        ]
    return record


# What happens from day to day. Each is cumulative; codes are real, what changes is invented.
def _rename(records: dict[str, Record]) -> None:
    _touch(records, "1.000656", "20261120080000", TENTTHC="Đăng ký khai tử (trong nước)", QUYETDINHCONGBO="2101/QĐ-BTP")


def _longer_term(records: dict[str, Record]) -> None:
    _touch(records, "1.004873", "20261120080500", THOIHAN="5 Ngày làm việc", NGAYHIEULUC="20261201000000",
           QUYETDINHCONGBO="2101/QĐ-BTP")  # fmt: skip


def _decision_only(records: dict[str, Record]) -> None:
    for code in ("2.000815", "2.000884", "2.000908"):
        _touch(records, code, "20261120081000", QUYETDINHCONGBO="2102/QĐ-BTP")


def _new_one(records: dict[str, Record]) -> None:
    records["1.019990"] = {
        **records["2.000635"], "MATTHC": "1.019990", "TENTTHC": "Cấp bản sao điện tử Giấy khai sinh theo yêu cầu",
        "QUYETDINHCONGBO": "2103/QĐ-BTP", "NGAYCAPNHAT": "20261120090000", "NGAYHIEULUC": "20261120000000", "DUONGDAN": "",
    }  # fmt: skip


def _retire_one(records: dict[str, Record]) -> None:
    del records["1.001776"]


def _supersede_one(records: dict[str, Record]) -> None:
    _touch(records, "1.004859", "20261120100000", TRANGTHAI="0", NGAYHETHIEULUC="20261120000000",
           MATTHCTHAYTHE="1.019991")  # fmt: skip
    records["1.019991"] = {
        **records["1.004859"], "MATTHC": "1.019991", "TRANGTHAI": "1", "NGAYHETHIEULUC": "", "MATTHCTHAYTHE": "",
        "TENTTHC": "Thủ tục đăng ký thay đổi, cải chính, bổ sung thông tin hộ tịch, xác định lại dân tộc",
        "NGAYHIEULUC": "20261121000000", "DUONGDAN": "",
    }  # fmt: skip


def _fee_and_papers(records: dict[str, Record]) -> None:
    papers = [*records["1.001193"].get("THANHPHANHOSO", [])]
    papers.append({"TRUONGHOP": "", "GIAYTO": [{"TENGIAYTO": "Tờ khai đăng ký khai sinh theo mẫu mới", "SOBANCHINH": 1,
                                                "SOBANSAO": 0}]})  # fmt: skip
    _touch(records, "1.001193", "20261121080000", THANHPHANHOSO=papers, PHILEPHI="8.000 đồng/bản sao")


DAYS: tuple[tuple[str, tuple[Callable[[dict[str, Record]], None], ...]], ...] = (
    (
        "Đổi tên 1.000656; thời hạn 1.004873; quyết định của ba thủ tục chứng thực; thủ tục mới 1.019990; bỏ 1.001776; "
        "1.004859 được thay bằng 1.019991",
        (_rename, _longer_term, _decision_only, _new_one, _retire_one, _supersede_one),
    ),
    ("Khai sinh 1.001193: thêm giấy tờ, đổi phí", (_fee_and_papers,)),
)


def _touch(records: dict[str, Record], code: str, stamp: str, **changes: Any) -> None:
    records[code] = {**records[code], **changes, "NGAYCAPNHAT": stamp}


class National:
    """The service itself, apart from HTTP."""

    def __init__(self, control: Control) -> None:
        self.control = control
        self.lock = threading.Lock()
        self.sessions: dict[str, int] = {}
        self.calls = 0
        self.original = catalogue()

    def records(self) -> dict[str, Record]:
        if not self.control.day and not self.control.codes:
            return self.original
        found = dict(self.original)
        for _, changes in DAYS[: self.control.day]:
            for change in changes:
                change(found)
        if self.control.codes:
            found = {code: found[code] for code in self.control.codes if code in found}
        return found

    def login(self, asked: Record) -> Record:
        if (asked.get("username"), asked.get("password")) != (USERNAME, PASSWORD):
            return {"error_code": "401", "message": "Sai tài khoản hoặc mật khẩu"}
        session = secrets.token_urlsafe(24)
        self.sessions[session] = 0
        return {"error_code": "0", "session": session}

    def serve(self, asked: Record) -> Record:
        session = str(asked.get("session", ""))
        if session not in self.sessions:
            return {"error_code": "-1", "message": "Phiên đăng nhập không hợp lệ hoặc đã hết hạn"}
        self.sessions[session] += 1
        if self.control.fault == "session" and self.sessions[session] > 5:
            del self.sessions[session]
            return {"error_code": "-1", "message": "Phiên đăng nhập không hợp lệ hoặc đã hết hạn"}
        if asked.get("service") == "LayDanhSachTTHC":
            return self._list(int(asked.get("page", 1)), int(asked.get("pageSize", 200)))
        if asked.get("service") == "LayThuTuc":
            return self._one(str(asked.get("MATTHC", "")))
        return {"error_code": "404", "message": "Không có dịch vụ này"}

    def _list(self, page: int, size: int) -> Record:
        rows = [
            {key: one[key] for key in ("MATTHC", "TENTTHC", "NGAYCAPNHAT", "TRANGTHAI")}
            for one in self.records().values()
        ]
        if self.control.fault == "shrunk":
            rows = rows[::10]
        elif self.control.fault == "empty":
            rows = []
        elif self.control.fault == "duplicates" and rows:
            rows = [*rows, {**rows[0]}, {**rows[1 % len(rows)], "NGAYCAPNHAT": "20200101000000"}]
        elif self.control.fault == "missing":
            rows = [{**one, "MATTHC": ""} if number % 97 == 5 else one for number, one in enumerate(rows)]
        return {"error_code": "0", "total": len(rows), "page": page, "result": rows[(page - 1) * size : page * size]}

    def _one(self, code: str) -> Record:
        found = self.records().get(code)
        if found is None:
            return {"error_code": "404", "message": f"Không có thủ tục {code}"}
        wrong = int("".join(filter(str.isdigit, code))[-2:] or 0) % 4 == 0
        if self.control.fault == "missing" and wrong:
            found = {key: value for key, value in found.items() if key != "TENTTHC"}
        elif self.control.fault == "dates" and wrong:
            found = {**found, "NGAYHIEULUC": "20261201000000", "NGAYHETHIEULUC": "20250101000000"}
        elif self.control.fault == "html":
            found = {**found, "TENTTHC": f"<p><b>{html.escape(found['TENTTHC'])}</b>&nbsp;<br/></p>"}
        return {"error_code": "0", "result": [found]}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    national: National

    def do_GET(self) -> None:
        if self.path == "/control":
            self._answer(200, json.dumps(asdict(self.national.control)).encode(), "application/json")
        elif self.path == "/":
            self._answer(200, _page(self.national).encode(), "text/html; charset=utf-8")
        else:
            self._answer(404, b"", "text/plain")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        control = self.national.control
        if self.path == "/control":
            self._change(body)
            return
        with self.national.lock:
            self.national.calls += 1
        if control.delay:
            time.sleep(control.delay)
        if control.down:
            self._answer(503, b"<html><h1>503 Service Unavailable</h1></html>", "text/html")
            return
        try:
            asked = json.loads(body)
        except ValueError:
            self._answer(400, b'{"error_code": "400"}', "application/json")
            return
        answer = self.national.login(asked) if self.path == "/login" else self.national.serve(asked)
        text = json.dumps(answer, ensure_ascii=False)
        if control.fault == "malformed" and self.path != "/login":
            text = text[: len(text) // 2]
        self._answer(200, text.encode(), "application/json; charset=utf-8")

    def _change(self, body: bytes) -> None:
        as_form = self.headers.get("Content-Type", "").startswith("application/x-www-form-urlencoded")
        if as_form:
            typed = {key: values[-1] for key, values in parse_qs(body.decode()).items()}
            wanted: Record = {
                "day": int(typed.get("day", 0)), "delay": float(typed.get("delay", 0)), "down": "down" in typed,
                "fault": typed.get("fault", ""),
            }  # fmt: skip
        else:
            wanted = json.loads(body)
        for key, value in wanted.items():
            if hasattr(self.national.control, key):
                setattr(self.national.control, key, value)
        if as_form:
            self.send_response(303)
            self.send_header("Location", "/")
            self.send_header("Content-Length", "0")
            self.end_headers()
        else:
            self._answer(200, json.dumps(asdict(self.national.control)).encode(), "application/json")

    def _answer(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        return


def _page(national: National) -> str:
    control = national.control
    days = "".join(
        f"<li>{'<b>' if control.day > number else ''}Ngày {number + 1}: {html.escape(title)}"
        f"{'</b>' if control.day > number else ''}</li>"
        for number, (title, _) in enumerate(DAYS)
    )
    faults = "".join(
        f'<option value="{key}"{" selected" if key == control.fault else ""}>{html.escape(title)}</option>'
        for key, title in FAULTS.items()
    )
    return f"""<!doctype html><html lang="vi"><meta charset="utf-8"><title>Cơ sở dữ liệu TTHC (bản thử)</title>
<h1>Cơ sở dữ liệu quốc gia về TTHC: bản thử</h1>
<p>{len(national.records())} thủ tục, {national.calls} lần gọi. Kịch bản:</p><ol>{days}</ol>
<form method="post" action="/control"><p><label>Đã qua mấy ngày <input name="day" type="number" min="0" max="{len(DAYS)}"
value="{control.day}"></label> <label>Chậm (giây) <input name="delay" type="number" step="0.1" min="0"
value="{control.delay}"></label> <label><input name="down" type="checkbox"{" checked" if control.down else ""}> Ngừng
hoạt động</label> <label>Lỗi <select name="fault">{faults}</select></label> <button>Đặt</button></p></form></html>"""


def server(port: int, control: Control | None = None) -> ThreadingHTTPServer:
    """Listening, not serving yet: call `serve_forever`. Port 0: any free one."""
    national = National(control or Control())
    made = ThreadingHTTPServer(("127.0.0.1", port), type("Bound", (Handler,), {"national": national}))
    made.daemon_threads = True
    return made


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("--port", type=int, default=9103)
    parser.add_argument("--day", type=int, default=0, help="số ngày của kịch bản đã qua")
    parser.add_argument("--delay", type=float, default=0.0, help="chậm bao nhiêu giây mỗi lần gọi")
    parser.add_argument("--down", action="store_true", help="ngừng hoạt động (503)")
    parser.add_argument("--fault", choices=list(FAULTS), default="", help="kiểu trả lời sai")
    given = parser.parse_args()
    made = server(given.port, Control(given.day, given.delay, given.down, given.fault))
    print(f"http://127.0.0.1:{given.port}/", flush=True)
    made.serve_forever()


if __name__ == "__main__":
    main()
