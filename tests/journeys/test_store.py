"""The store of documents: what one dossier leaves is offered to the next; papers are digitised at the counter; old
results come in bulk; officers look with a purpose and the person sees it."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from tests.journeys import officers, papers, scenes
from tests.journeys.browser import Person
from tests.journeys.product import ROOT, Product

pytestmark = pytest.mark.journey

CORRECTION = "1.004859"
ARCHIVIST = "luutru"
NUMBER = scenes.APPLICANT["identity_number"]


def wait_for(product: Product, somebody: Person, sql: str, *parameters: Any) -> Any:
    """The first value of what the worker is about to write."""
    for _ in range(300):
        rows = product.rows(sql, list(parameters))
        if rows and rows[0][0]:
            return rows[0][0]
        somebody.page.wait_for_timeout(100)
    raise AssertionError(f"it did not come: {sql}")


def correction() -> dict[str, Any]:
    """The sample answers of «Thay đổi, cải chính, bổ sung hộ tịch», made out to the citizen of the journeys."""
    file = ROOT / "src/tinhso/modules/procedures/data/modelled" / f"{CORRECTION}.json"
    sample = json.loads(file.read_text(encoding="utf-8"))["samples"][0]
    answers: dict[str, Any] = sample["data"]
    answers["person"] |= {"full_name": scenes.APPLICANT["full_name"], "identity_number": NUMBER}
    return answers


def test_the_result_of_one_dossier_is_offered_to_the_next(product: Product, person: Callable[..., Person]) -> None:
    citizen = person("citizen", username=scenes.CITIZEN)
    first = scenes.file_birth(citizen, full_name="Nguyễn Kho Báu")
    clerk = person("clerk", username=officers.CLERK)
    officers.find(clerk, first.code)
    officers.accept(clerk)
    handler = person("handler", username=officers.HANDLER)
    officers.find(handler, first.code)
    officers.act(handler, "Trình lãnh đạo phê duyệt", "Đủ điều kiện.")
    leader = person("leader", username=officers.LEADER)
    officers.find(leader, first.code)
    officers.act(leader, "Phê duyệt, ban hành kết quả")
    number = wait_for(
        product,
        citizen,
        "SELECT number FROM archive_document WHERE source_note = %s",
        f"Kết quả của hồ sơ {first.code}",
    )

    # The person finds it in their store.
    citizen.go("/archive/mine/")
    citizen.sees(f"Số {number}")
    citizen.click(citizen.page.locator(".results li", has_text=f"Số {number}").get_by_role("link"))
    citizen.sees("Bản gốc điện tử")
    here = citizen.path
    assert citizen.fetch(f"{here}file/").startswith(b"%PDF")

    # The second dossier asks for a ground: one click instead of an upload.
    citizen.go(f"/dossiers/start/{CORRECTION}/")
    scenes.choose_ward(citizen)
    citizen.press("Bắt đầu")
    scenes.tell_who(citizen)
    scenes.fill_pages(citizen, correction())
    assert citizen.path.endswith("/papers/"), citizen.errors()
    box = citizen.page.locator("#paper-grounds")
    citizen.sees("Đã có trong kho của bạn")
    citizen.click(box.locator("li", has_text=f"số {number}").get_by_role("button"))
    assert "từ kho giấy tờ" in citizen.page.locator("#paper-grounds").inner_text()
    citizen.press("Lưu và tiếp tục")
    second = scenes.send(citizen)

    # The clerk sees where it comes from, opens it, accepts.
    officers.find(clerk, second.code)
    clerk.sees("Dùng lại từ kho")
    clerk.sees("Bản gốc điện tử của cơ quan cấp.")
    officers.accept(clerk)
    digest = product.rows("SELECT digest FROM archive_documentuse WHERE dossier_code = %s", [second.code])[0][0]
    assert digest[:12] in clerk.text()

    # And the person sees where it was used.
    citizen.go(here)
    citizen.sees(second.code)
    assert citizen.page.get_by_text(digest[:12]).count()


def test_a_clerk_digitises_what_came_on_paper(product: Product, person: Callable[..., Person], tmp_path: Path) -> None:
    rows = product.rows(
        "SELECT d.public_id, p.id FROM dossiers_dossier d JOIN dossiers_paper p ON p.dossier_id = d.id "
        "JOIN directory_organisation o ON o.id = d.agency_id WHERE d.channel = 'counter' AND p.file_id IS NULL "
        "AND d.state IN (2, 4, 9, 10) AND d.acting_as = 'self' AND o.code = 'H56.102' ORDER BY d.id LIMIT 1"
    )
    public_id, paper = rows[0]
    address = f"/dossiers/{str(public_id) if '-' in str(public_id) else _dashed(str(public_id))}/"
    clerk = person("clerk", username=officers.CLERK)
    clerk.go(address)
    clerk.click(clerk.page.get_by_role("link", name="Số hóa giấy tờ").first)
    form = clerk.page.locator(f"#digitise-{paper}")
    form.locator(f"#scan-{paper}").set_input_files(str(papers.scan(tmp_path)))
    form.locator("[name=kind]").select_option(index=1)
    form.locator("[name=number]").fill("77/2020")
    form.locator("[name=issuer_name]").fill("UBND phường Hạc Thành")
    form.locator("[name=issued_date]").fill("01/02/2020")
    form.locator("[name=indefinite]").check()
    form.locator("[name=pages]").fill("2")
    form.locator("[name=compared]").check()
    clerk.press("Xác nhận số hóa", within=form)
    assert any("tệp có 1 trang" in told for told in clerk.errors()), clerk.errors()
    form = clerk.page.locator(f"#digitise-{paper}")
    assert form.locator("[name=number]").input_value() == "77/2020"
    form.locator(f"#scan-{paper}").set_input_files(str(papers.scan(tmp_path)))
    form.locator("[name=pages]").fill("1")
    clerk.press("Xác nhận số hóa", within=form)
    clerk.sees("Đã số hóa")
    kept = wait_for(product, clerk, "SELECT trust FROM archive_document WHERE source_ref = %s", f"paper:{paper}")
    assert kept == "compared"
    clerk.go(address)
    clerk.sees("đã vào kho của người nộp")


def _dashed(plain: str) -> str:
    return f"{plain[:8]}-{plain[8:12]}-{plain[12:16]}-{plain[16:20]}-{plain[20:]}"


def test_an_officer_looks_and_the_person_sees_who_and_why(person: Callable[..., Person]) -> None:
    officer = person("archivist", username=ARCHIVIST)
    officer.go("/archive/search/")
    officer.press("Xem kho")
    assert len(officer.errors()) == 1
    officer.type("number", NUMBER)
    officer.type("purpose", "Kiểm tra giấy phép xây dựng trước khi gia hạn")
    officer.press("Xem kho")
    officer.sees("118/GPXD")
    officer.click(officer.page.get_by_role("link", name="Giấy phép xây dựng nhà ở riêng lẻ").first)
    officer.sees("Ghi nhận thu hồi")
    assert officer.fetch(f"{officer.path}file/")[:2] == b"\xff\xd8"
    officer.follow("Ai xem được")
    officer.sees("Người được ủy quyền làm thay không xem được kho của người ủy quyền.")
    officer.sees("Kiểm tra giấy phép xây dựng trước khi gia hạn")
    officer.go("/archive/kinds/")
    officer.sees("1.013227/permit")
    officer.go("/archive/report/")
    citizen = person("citizen", username=scenes.CITIZEN, phone=True)
    citizen.go("/archive/mine/looks/")
    citizen.sees("Kiểm tra giấy phép xây dựng trước khi gia hạn")


def test_a_document_is_shared_once_and_ones_own_is_added(person: Callable[..., Person], tmp_path: Path) -> None:
    citizen = person("citizen", username=scenes.CITIZEN, phone=True)
    citizen.go("/archive/mine/upload/")
    citizen.press("Đưa vào kho")
    assert len(citizen.errors()) == 2
    citizen.page.locator("[name=kind]").select_option(label="Giấy khám sức khỏe")
    citizen.type("issuer_name", "Bệnh viện Đa khoa tỉnh Thanh Hóa")
    citizen.type("issued_date", "15/11/2026")
    citizen.page.locator("#file").set_input_files(str(papers.photograph(tmp_path)))
    citizen.press("Đưa vào kho")
    citizen.sees("Tự khai, chưa kiểm tra")
    citizen.follow("Giấy khám sức khỏe")
    citizen.type("purpose", "Nhà trường")
    citizen.press("Tạo mã chia sẻ")
    code = citizen.page.locator(".notice-title", has_text="Mã chia sẻ").inner_text().split(": ")[1]
    guest = person("nobody")
    guest.go("/archive/shared/")
    guest.type("code", code)
    guest.press("Xem giấy tờ")
    guest.sees("Bệnh viện Đa khoa tỉnh Thanh Hóa")
    assert guest.fetch(f"{guest.path}file/")[:2] == b"\xff\xd8"
    guest.go("/archive/shared/")
    guest.type("code", code)
    guest.press("Xem giấy tờ")
    assert guest.errors() == ["Mã không đúng, đã dùng, đã hủy hoặc hết hạn. Hỏi lại người đưa mã."]


def test_a_store_is_opened_at_the_counter(person: Callable[..., Person]) -> None:
    clerk = person("clerk", username=officers.CLERK)
    clerk.go("/archive/owners/")
    for name, value in (
        ("username", scenes.OTHER_CITIZEN), ("number", "038085000002"), ("full_name", "Trịnh Văn Nam"),
        ("evidence", "Thẻ căn cước cấp ngày 12/3/2022"),
    ):  # fmt: skip
        clerk.type(name, value)
    clerk.press("Mở kho")
    assert len(clerk.errors()) == 1
    clerk.page.locator("[name=seen]").check()
    clerk.press("Mở kho")
    clerk.sees("Đã mở kho giấy tờ cho tài khoản này.")


def test_old_results_come_in_bulk(product: Product, person: Callable[..., Person], tmp_path: Path) -> None:
    archivist = person("archivist", username=ARCHIVIST)
    sample = tmp_path / "chi-muc.xlsx"
    sample.write_bytes(archivist.fetch("/archive/import/template/"))
    wrong = tmp_path / "sai.xlsx"
    book = load_workbook(sample)
    book.active["D2"] = "12345"  # type: ignore[index]
    book.save(wrong)
    archivist.go("/archive/import/")
    archivist.page.locator("[name=organisation]").select_option(label="UBND phường Hạc Thành")
    archivist.page.locator("#index").set_input_files(str(wrong))
    archivist.press("Kiểm tra chỉ mục")
    archivist.sees("D2")
    archivist.go("/archive/import/")
    archivist.page.locator("[name=organisation]").select_option(label="UBND phường Hạc Thành")
    archivist.page.locator("#index").set_input_files(str(sample))
    archivist.press("Kiểm tra chỉ mục")
    archivist.sees("Còn thiếu 1 tệp")
    parcel = io.BytesIO()
    with zipfile.ZipFile(parcel, "w") as packed:
        packed.write(papers.scan(tmp_path, "15-GPXD.pdf"), "15-GPXD.pdf")
    (tmp_path / "goi.zip").write_bytes(parcel.getvalue())
    archivist.page.locator("#parcel").set_input_files(str(tmp_path / "goi.zip"))
    archivist.press("Gửi gói tệp")
    wait_for(product, archivist, "SELECT id FROM archive_importbatch WHERE state = 'ready'")
    archivist.go(archivist.path)
    archivist.press("Đưa tất cả vào kho")
    wait_for(product, archivist, "SELECT id FROM archive_document WHERE number = '15/GPXD'")
    archivist.go(archivist.path)
    archivist.sees("Đã vào kho")
    archivist.go("/archive/report/")
    archivist.sees("UBND phường Hạc Thành")


def test_what_a_supplement_asks_for_is_taken_from_the_store(
    product: Product, person: Callable[..., Person], tmp_path: Path
) -> None:
    """The ground was photographed badly; when it is asked for again the person's own certificate of birth is offered."""
    name, number, phone = "Trịnh Văn Nam", "038085000002", scenes.OTHER_CITIZEN
    citizen = person("citizen", username=scenes.OTHER_CITIZEN, phone=True)
    citizen.go(f"/dossiers/start/{CORRECTION}/")
    scenes.choose_ward(citizen)
    citizen.press("Bắt đầu")
    scenes.tell_who(citizen, full_name=name, identity_number=number, phone=phone)
    answers = correction()
    answers["person"] |= {"full_name": name, "identity_number": number}
    scenes.fill_pages(citizen, answers)
    scenes.attach(citizen, "grounds", papers.photograph(tmp_path, "mo.jpg"))
    citizen.press("Lưu và tiếp tục")
    receipt = scenes.send(citizen)

    clerk = person("clerk", username=officers.CLERK)
    officers.find(clerk, receipt.code)
    show = clerk.path
    clerk.go(f"{show}actions/supplement/")
    clerk.type("reason", "Bản chụp bị mờ, không đọc được.")
    clerk.page.locator('[name="paper.grounds"]').check()
    clerk.type("note.paper.grounds", "Chụp lại cho rõ, hoặc dùng giấy khai sinh.")
    clerk.type("answer_by", f"{product.now() + timedelta(days=14):%d/%m/%Y}")
    clerk.press("Gửi yêu cầu bổ sung")
    clerk.sees("Yêu cầu bổ sung giấy tờ")

    citizen.go(receipt.follow)
    citizen.follow("Bổ sung ngay")
    citizen.sees("Đã có trong kho của bạn")
    citizen.look_at_both_widths()
    # Nothing chosen: told at its place, nothing sent.
    citizen.press("Gửi bổ sung")
    assert citizen.errors()
    offer = citizen.page.locator("li", has_text="203/2015")
    citizen.click(offer.get_by_role("button"))
    citizen.sees("từ kho giấy tờ")
    citizen.look_at_both_widths()
    citizen.press("Gửi bổ sung")
    citizen.sees("Đã gửi bổ sung")

    officers.find(clerk, receipt.code)
    clerk.sees("Dùng lại từ kho")
    clerk.look_at_both_widths()
    digest = product.rows("SELECT digest FROM archive_documentuse WHERE dossier_code = %s", [receipt.code])[0][0]
    assert digest[:12] in clerk.text()
    citizen.go("/archive/mine/")
    citizen.click(citizen.page.locator(".results li", has_text="203/2015").get_by_role("link"))
    citizen.sees(receipt.code)
    citizen.look_at_both_widths()
