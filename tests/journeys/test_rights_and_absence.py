"""A role asked for and given; a chairman away and his deputy; an emergency that its subject reads about."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.journeys import scenes
from tests.journeys.browser import Person

pytestmark = pytest.mark.journey


def test_a_role_is_asked_for_given_and_taken_back(person: Callable[..., Person]) -> None:
    head = person("unit head", username="truongphong")
    head.go("/directory/rights/mine/")
    head.follow("Đề nghị cấp vai trò")
    head.answer("role", "clerk")
    head.type("ground", "Phân công trực một cửa tháng 12")
    head.press("Gửi đề nghị")
    head.sees("Chờ duyệt")

    office = person("rights admin", username="quantriquyen")
    office.go("/directory/rights/")
    office.sees("Phân công trực một cửa tháng 12")
    office.press("Duyệt")
    office.go("/directory/rights/?view=all&q=pham+quang+hung&role=clerk")
    office.follow("Thu hồi Cán bộ tiếp nhận và trả kết quả của Phạm Quang Hưng")
    office.type("reason", "Hết đợt trực một cửa")
    office.press("Thu hồi")
    office.sees("Đã thu hồi vai trò")


def test_the_deputy_works_in_the_absent_ones_name(person: Callable[..., Person]) -> None:
    chairman = person("leader", username="chutich")
    chairman.go("/directory/rights/mine/")
    chairman.follow("Ủy quyền khi vắng mặt")
    name = chairman.page.locator("[name=to_user] option", has_text="Phạm Quang Hưng").first.get_attribute("value")
    chairman.answer("to_user", name)
    first = chairman.page.locator("[name=valid_from]").input_value()
    chairman.type("valid_until", first)
    chairman.type("ground", "Họp tại tỉnh")
    chairman.press("Ủy quyền")
    chairman.sees("Tôi đã ủy quyền")
    chairman.go(f"/directory/organisations/staff/{name}/")
    chairman.sees("thừa ủy quyền của Lê Minh Tuấn")
    chairman.look_at_both_widths()

    deputy = person("unit head", username="truongphong", fresh=True)
    deputy.go("/directory/rights/mine/")
    deputy.press("Làm thay Lê Minh Tuấn")
    deputy.sees("Chờ tôi duyệt")
    deputy.sees("Phạm Quang Hưng (thừa ủy quyền của Lê Minh Tuấn)")
    deputy.go("/directory/rights/mine/")
    deputy.press("Trở lại quyền của tôi")
    deputy.press("Trả lại ủy quyền")
    deputy.sees("Đã kết thúc ủy quyền.")


def test_an_emergency_is_read_by_its_subject_and_reviewed(person: Callable[..., Person]) -> None:
    citizen = person("citizen", username=scenes.CITIZEN)
    receipt = scenes.file_birth(citizen)
    ground = "Bệnh viện cần xác minh gấp người giám hộ, ngoài giờ làm việc."

    elsewhere = person("clerk elsewhere", username="tiepnhan.samson")
    elsewhere.go("/dossiers/emergency/")
    elsewhere.type("code", receipt.code)
    elsewhere.type("ground", ground)
    elsewhere.press("Mở hồ sơ")
    elsewhere.sees("Chỉ để đọc.")

    citizen.go(receipt.follow)
    citizen.follow("Xem những lần đó")
    citizen.sees(f"lý do: {ground}")

    office = person("rights admin", username="quantriquyen")
    office.go("/dossiers/emergency/log/")
    office.sees(ground)
    office.press("Đã xem xét")
    office.sees("Đã ghi nhận việc xem xét.")


def test_a_departure_is_seen_whole_before_it_is_confirmed(person: Callable[..., Person]) -> None:
    admin = person("staff admin", username="quantricanbo")
    admin.go("/directory/organisations/staff/?q=ha+thu+trang")
    admin.follow("Hà Thu Trang")
    admin.follow("Chuyển công tác, thôi việc")
    admin.type("ground", "Quyết định 15/QĐ-UBND")
    admin.press("Xem trước")
    admin.sees("Chuyên viên xử lý, UBND phường Hạc Thành")
    admin.go("/directory/staffing/join/")
    admin.go("/directory/staffing/")
