"""A dossier that somebody filed at the national portal: to the clerk's desk, the whole way, and told by code and PIN."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest

from tests.journeys import officers
from tests.journeys.browser import Person
from tests.journeys.product import ROOT, VIETNAM, Product

pytestmark = pytest.mark.journey

SAMPLE = ROOT / "tools/doubles/data/portal-dossier.json"


@pytest.fixture
def portal(product: Product) -> Iterator[str]:
    """The portal, a program of its own, on a free port."""
    process = subprocess.Popen(
        [
            sys.executable, str(ROOT / "tools/doubles/national_portal.py"), "--port", "0",
            "--target", f"{product.origin}/dossiers/portal/", "--secret-file", str(product.home / "portal_secret"),
            "--ahead", str((product.now() - datetime.now(tz=VIETNAM)).total_seconds()),
        ],
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    yield process.stdout.readline().strip()
    process.terminate()
    process.wait(10)


def say(url: str, what: dict[str, Any]) -> dict[str, Any]:
    request = urllib.request.Request(url, json.dumps(what).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=90) as answer:
        found: dict[str, Any] = json.loads(answer.read())
        return found


def test_from_the_portal_to_the_result(product: Product, person: Callable[..., Person], portal: str) -> None:
    sample = json.loads(SAMPLE.read_text(encoding="utf-8"))
    # Lies first: each is told why, and nothing of it is there.
    for fault, word in (("forged", "1:"), ("unknown_procedure", "3:"), ("broken_file", "6:"), ("malformed", "2:")):
        say(f"{portal}/control", {"fault": fault})
        told = say(f"{portal}/dossiers", sample)
        assert not told["code"]
        assert told["answers"][-1].startswith(word), told
    say(f"{portal}/control", {"fault": "", "repeat": 3, "delay": 1})
    paid = {
        "DuocThanhToanTrucTuyen": "1", "MaGiaoDich": f"DVCQG{int(time.time())}", "SoTien": 24_000,
        "ThoiGianThanhToan": f"{product.now():%Y%m%d%H%M%S}",
    }  # fmt: skip
    sent = say(f"{portal}/dossiers", {**sample, "ThanhToan": paid})
    assert [answer[:2] for answer in sent["answers"]] == ["0:"] * 3
    code, pin = sent["code"], sent["pin"]
    ((count,),) = product.rows("SELECT count(*) FROM dossiers_portalpacket WHERE portal_code = %s", [sent["MaHoSo"]])
    assert count == 1
    say(f"{portal}/control", {"repeat": 1, "delay": 0, "fault": "changed"})
    again = say(f"{portal}/dossiers", {**sample, "MaHoSo": sent["MaHoSo"]})
    assert again["answers"][-1].startswith("7:")
    clerk = person("clerk", username=officers.CLERK)
    officers.find(clerk, code)
    clerk.sees("Cổng Dịch vụ công quốc gia")
    clerk.sees(sent["MaHoSo"])
    clerk.sees("Gửi lại nội dung khác")
    clerk.sees("Đã nộp phí, lệ phí")
    clerk.look_at_both_widths()
    officers.accept(clerk)
    handler = person("handler", username=officers.HANDLER)
    officers.find(handler, code)
    officers.act(handler, "Trình lãnh đạo phê duyệt", "Đã tra sổ.")
    leader = person("leader", username=officers.LEADER)
    officers.find(leader, code)
    officers.act(leader, "Phê duyệt, ban hành kết quả")
    visitor = person("nobody", phone=True)
    visitor.go("/dossiers/track/")
    visitor.type("code", code)
    visitor.type("pin", pin)
    visitor.press("Xem hồ sơ")
    visitor.sees("Cổng Dịch vụ công quốc gia")
    visitor.sees("Đã xử lý xong")
