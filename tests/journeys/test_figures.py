"""Figures: a number leads to its dossiers, a report is closed, a point lost is found; a person rates, once."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from openpyxl import load_workbook

from tests.journeys import scenes
from tests.journeys.browser import Person
from tests.journeys.product import Product

pytestmark = pytest.mark.journey


def test_a_number_leads_to_its_dossiers_and_a_report_is_closed(person: Callable[..., Person]) -> None:
    walker = person("statistician", username="thongke")
    walker.go("/scorecards/progress/")
    walker.follow("Năm trước" if "Không có hồ sơ nào trong kỳ" in walker.text() else "Năm nay")
    walker.look_at_both_widths()
    first = walker.page.locator("table.figures tbody tr").first.locator("td.num a").first
    number = int(first.inner_text().replace(".", ""))
    walker.click(first)
    assert walker.page.locator("table.counted tbody tr").count() == min(50, number)
    walker.look_at_both_widths()
    walker.follow("Về bảng số liệu")
    walker.follow("Biểu đồ")
    assert walker.page.locator("svg.chart").count() == 3
    walker.look_at_both_widths()
    walker.follow("Về bảng số liệu")
    walker.page.fill("[name=report_name]", "Báo cáo năm")
    walker.press("Lưu báo cáo")
    walker.sees("Báo cáo năm")
    walker.look_at_both_widths()
    walker.press("Chốt số liệu")
    walker.sees("Chốt theo báo cáo «Báo cáo năm», phiên bản 1")
    walker.look_at_both_widths()
    assert walker.fetch(f"{walker.path}export/").startswith(b"PK")
    assert walker.fetch("/scorecards/progress/export/").startswith(b"PK")
    walker.go("/scorecards/progress/print/")
    walker.look_at_both_widths()


def test_a_lost_point_leads_to_its_dossiers(person: Callable[..., Person]) -> None:
    walker = person("statistician", username="thongke")
    walker.go("/scorecards/index/")
    walker.follow("Tháng trước")
    walker.look_at_both_widths()
    walker.click(walker.page.locator("table.figures tbody th a").first)
    walker.look_at_both_widths()
    walker.click(walker.page.get_by_role("link", name="Xem các hồ sơ làm mất điểm").first)
    assert walker.page.locator("table.counted tbody tr").count() > 0
    walker.look_at_both_widths()
    walker.go("/scorecards/satisfaction/")
    walker.look_at_both_widths()
    walker.click(walker.page.locator("table.figures tbody th a").first)
    walker.look_at_both_widths()


def test_the_procedures_that_cost_points(person: Callable[..., Person]) -> None:
    walker = person("leader", username="chutich")
    walker.go("/scorecards/index/")
    walker.click(walker.page.locator("table.figures tbody th a").first)
    walker.look_at_both_widths()
    walker.click(walker.page.get_by_role("link", name="Xem các thủ tục làm mất điểm").first)
    assert walker.page.locator("tbody tr").count() > 0
    walker.look_at_both_widths()


def test_figures_from_elsewhere(tmp_path: Path, person: Callable[..., Person]) -> None:
    walker = person("unit_head", username="truongphong")
    # Last month is closed in the demo: this one takes figures.
    walker.go("/scorecards/given/")
    walker.look_at_both_widths()
    walker.follow("Nhập một số liệu")
    walker.look_at_both_widths()
    walker.page.select_option("[name=indicator]", "complaints_on_time")
    walker.page.fill("[name=numerator]", "12")
    walker.page.fill("[name=denominator]", "10")
    with walker.expecting(422):
        walker.press("Ghi số liệu")
        walker.sees("Tử số 12 lớn hơn mẫu số 10")
        walker.look_at_both_widths()
    walker.page.fill("[name=numerator]", "9")
    walker.page.fill("[name=source]", "Công văn 15/BC-VP ngày 20/11/2026")
    walker.press("Ghi số liệu")
    walker.sees("Người khác xác nhận thì mới được tính")
    walker.follow("Nhập từ tệp Excel")
    walker.look_at_both_widths()
    filled = tmp_path / "so-lieu.xlsx"
    book = load_workbook(io.BytesIO(walker.fetch("/scorecards/given/template/")))
    book.active["E6"], book.active["F6"], book.active["G6"] = 7, "x", "Công văn 15/BC-VP ngày 20/11/2026"
    book.save(filled)
    walker.page.set_input_files("[name=file]", filled)
    with walker.expecting(422):
        walker.press("Gửi tệp")
        walker.sees("Ô F6: Mẫu số phải là số nguyên")
        walker.look_at_both_widths()
    book.active["F6"] = 10
    book.save(filled)
    walker.page.set_input_files("[name=file]", filled)
    walker.press("Gửi tệp")
    walker.sees("Đã ghi 1 số liệu")

    leader = person("leader", username="chutich")
    leader.go("/scorecards/given/")
    leader.look_at_both_widths()
    leader.click(leader.page.locator("tbody th a").nth(1))
    leader.look_at_both_widths()
    leader.page.get_by_text("Không xác nhận", exact=True).first.click()
    with leader.expecting(422):
        leader.page.locator("form[action$='/refuse/'] button").click()
        leader.sees("Ghi lý do không xác nhận")
        leader.look_at_both_widths()
    leader.go("/scorecards/given/")
    leader.page.locator("[name=figure]").first.check()
    leader.press("Xác nhận")
    leader.sees("Đã xác nhận 1 số liệu")
    leader.go("/scorecards/index/")
    leader.click(leader.page.locator("table.figures tbody th a").first)
    leader.sees("Nguồn khác: Công văn 15/BC-VP")
    leader.look_at_both_widths()


def returned(product: Product) -> list[str]:
    """Dossiers of the citizen that are in their hands and not rated."""
    sql = (
        "SELECT d.public_id FROM dossiers_dossier d JOIN access_user u ON u.id = d.owner_id"
        " LEFT JOIN dossiers_rated r ON r.dossier_id = d.id"
        " WHERE u.username = %s AND d.state = 10 AND r.id IS NULL ORDER BY d.id"
    )
    return [str(row[0]) for row in product.rows(sql, [scenes.CITIZEN])]


def dashed(public_id: str) -> str:
    plain = public_id.replace("-", "")
    return "-".join((plain[:8], plain[8:12], plain[12:16], plain[16:20], plain[20:]))


def test_a_person_rates_once(product: Product, person: Callable[..., Person]) -> None:
    citizen = person("citizen", username=scenes.CITIZEN)
    public_id = dashed(returned(product)[0])
    citizen.go(f"/dossiers/follow/{public_id}/")
    citizen.follow("Đánh giá")
    citizen.look_at_both_widths()
    with citizen.expecting(422):
        citizen.press("Gửi đánh giá")
        citizen.look_at_both_widths()
    for name in ("finding", "papers", "attitude", "time", "overall"):
        citizen.page.locator(f'[name="{name}"][value="5"]').check()
    citizen.press("Gửi đánh giá")
    citizen.sees("Cảm ơn bạn đã đánh giá")
    citizen.look_at_both_widths()
    citizen.go(f"/dossiers/rate/{public_id}/")
    citizen.sees("Mỗi hồ sơ đánh giá một lần")


def test_the_link_of_the_notice_and_the_kiosk(product: Product, person: Callable[..., Person]) -> None:
    links = product.rows("SELECT url FROM notifications_notice WHERE kind = %s ORDER BY id DESC", ["returned"])
    visitor = person("nobody", phone=True)
    visitor.go(str(links[0][0]))
    visitor.sees("Bạn thấy việc giải quyết thế nào?")
    visitor.go("/dossiers/rate/")
    visitor.look_at_both_widths()
    with visitor.expecting(422):
        visitor.press("Tiếp tục")
    visitor.look()


def test_a_paper_form_of_another_agency(product: Product, person: Callable[..., Person]) -> None:
    clerk = person("clerk", username="tiepnhan")
    clerk.go("/dossiers/ratings/enter/")
    clerk.look_at_both_widths()
    own = product.rows("SELECT code FROM dossiers_dossier WHERE code LIKE %s AND state = 10", ["H56.102-%"])
    clerk.page.fill("[name=code]", str(own[0][0]))
    with clerk.expecting(422):
        clerk.press("Nhập phiếu")
    assert re.search("cán bộ của cơ quan khác", clerk.text())
