"""A plan of reorganisation from its draft to its application, by two people at two browsers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.journeys.browser import Person
from tests.journeys.product import BEGINNING

pytestmark = pytest.mark.journey


def test_a_reform_is_drafted_approved_and_applied(person: Callable[..., Person], tmp_path: Path) -> None:
    drafter = person("staff admin", username="quantricanbo")
    drafter.go("/directory/reforms/")
    drafter.follow("Soạn phương án")
    drafter.type("title", "Nhập xã Mường Chanh vào xã Quang Chiểu")
    drafter.type("ground", "Nghị quyết số 12/NQ-HĐND")
    drafter.type("effective_date", f"{BEGINNING:%d/%m/%Y}")
    drafter.press("Tiếp tục")
    assert drafter.fetch("/directory/reforms/table/")[:2] == b"PK"
    table = tmp_path / "phuong-an.csv"
    table.write_text('Hình thức,Mã cơ quan cũ,"Mã cơ quan mới, nơi nhận"\nBay hơi,H56.105,H56.106\n', encoding="utf-8")
    drafter.page.locator("#file").set_input_files(str(table))
    drafter.press("Nhập tệp")
    drafter.sees("không nằm trong")
    table.write_text(
        'Hình thức,Mã cơ quan cũ,"Mã cơ quan mới, nơi nhận"\n'
        "Nhập,H56.180,H56.181\nNhập,H56.180.01,H56.181.01\nNhập,H56.180.02,H56.181.02\n",
        encoding="utf-8",
    )
    drafter.page.locator("#file").set_input_files(str(table))
    drafter.press("Nhập tệp")
    drafter.sees("3 kết thúc")
    drafter.press("Trình phê duyệt")
    drafter.sees("Chờ phê duyệt")
    address = drafter.path

    approver = person("reform approver", username="giamdoc.snv")
    approver.go(address)
    approver.press("Phê duyệt")
    approver.sees("Đã phê duyệt")
    approver.press("Áp dụng ngay")
    approver.page.wait_for_function(
        "() => document.body.innerText.includes('Đang áp dụng') || document.body.innerText.includes('Kết quả áp dụng')"
    )
    for _ in range(60):
        approver.go(address)
        if "Đã áp dụng" in approver.page.locator("main").inner_text():
            break
        approver.page.wait_for_timeout(1000)
    approver.sees("Đã áp dụng")
    assert b"progress" in approver.fetch(f"{address}progress/")
    assert approver.fetch(approver.address_of("Bản in (PDF)"))[:5] == b"%PDF-"
    approver.go("/directory/organisations/?q=H56.180&ended=1")
    approver.go("/directory/?q=H56.180")
    approver.sees("Nay là")
