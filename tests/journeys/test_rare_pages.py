"""Pages that come once in a thousand dossiers: an opinion that never came, a fee in mid-way, an emergency, an account
that is locked, too many attempts. They are looked at like all others."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.journeys import officers, scenes
from tests.journeys.browser import Person
from tests.journeys.product import Product
from tests.journeys.test_actions import filed, open_action, refused_then

pytestmark = pytest.mark.journey


@pytest.fixture
def crew(person: Callable[..., Person]) -> dict[str, Person]:
    return {
        name: person(name, username=username)
        for name, username in (("clerk", officers.CLERK), ("handler", officers.HANDLER))
    }


def test_an_opinion_that_never_came(product: Product, person: Callable[..., Person], crew: dict[str, Person]) -> None:
    """Silence is not consent: whoever asked writes down that there was no answer."""
    receipt, _ = filed(person, crew, "Nguyễn Chờ Ý Kiến")
    handler = crew["handler"]
    open_action(handler, receipt.code, "Lấy ý kiến cơ quan, đơn vị khác")
    handler.page.get_by_label("Sở Tư pháp", exact=True).check()
    refused_then(handler, "Gửi câu hỏi", question="Trường hợp này có cần xác minh thêm không?")
    asked = product.rows(
        "SELECT t.id FROM dossiers_task t JOIN dossiers_dossier d ON d.id = t.dossier_id "
        "WHERE d.code = %s AND t.kind = 'opinion' AND t.finished_at IS NULL",
        [receipt.code],
    )[0][0]
    officers.find(handler, receipt.code)
    handler.page.goto(f"{handler.path}tasks/{asked}/close/")
    handler.look_at_both_widths()
    with handler.expecting(422):
        handler.type("ground", "")
        handler.press("Kết thúc chờ", within=handler.page.locator("#action"))
        assert handler.errors(), handler.text()
        handler.look_at_both_widths()


def test_a_fee_asked_in_mid_way(person: Callable[..., Person], crew: dict[str, Person]) -> None:
    receipt, citizen = filed(person, crew, "Nguyễn Nộp Thêm Phí")
    handler, clerk = crew["handler"], crew["clerk"]
    open_action(handler, receipt.code, "Yêu cầu nộp phí, lệ phí")
    handler.look_at_both_widths()
    refused_then(handler, "Gửi yêu cầu nộp tiền", amount="8.000", reason="Lệ phí bản sao trích lục.")
    citizen.go(receipt.follow)
    citizen.look_at_both_widths()
    citizen.go(f"{receipt.follow}pay/")
    citizen.sees("Thanh toán phí, lệ phí")
    citizen.look_at_both_widths()
    open_action(clerk, receipt.code, "Xử lý tiếp sau khi nộp tiền")
    clerk.look_at_both_widths()


def test_an_emergency_is_looked_at(person: Callable[..., Person]) -> None:
    citizen = person("citizen", username=scenes.CITIZEN)
    receipt = scenes.file_birth(citizen)
    elsewhere = person("clerk elsewhere", username="tiepnhan.samson")
    elsewhere.go("/dossiers/emergency/")
    elsewhere.look_at_both_widths()
    elsewhere.type("code", receipt.code)
    elsewhere.type("ground", "Bệnh viện cần xác minh gấp người giám hộ, ngoài giờ làm việc.")
    elsewhere.press("Mở hồ sơ")
    elsewhere.look_at_both_widths()
    office = person("rights admin", username="quantriquyen")
    office.go("/dossiers/emergency/log/")
    office.look_at_both_widths()
    number = office.page.locator("form[action*='/review/']").first.get_attribute("action") or ""
    office.go(number, status=405)  # As after signing in again: the address only takes a form.
    office.sees("Chưa có gì được gửi")
    office.look_at_both_widths()


def test_a_role_is_taken_back_with_its_page(person: Callable[..., Person]) -> None:
    office = person("rights admin", username="quantriquyen")
    office.go("/directory/rights/?view=all&q=pham+quang+hung")
    office.click(office.page.locator("a[href$='/revoke/']").first)
    office.look_at_both_widths()


def test_too_many_attempts(person: Callable[..., Person]) -> None:
    visitor = person("nobody", fresh=True)
    visitor.go("/identity/inactive/")
    visitor.look_at_both_widths()
    for _ in range(6):
        visitor.go("/identity/login/")
        visitor.type("login", "0999999999")
        visitor.type("password", "khong-dung-mat-khau")
        visitor.press("Đăng nhập", within=visitor.page.locator("main"))
    assert any("tạm dừng đăng nhập" in line for line in visitor.errors()), visitor.text()
    visitor.look_at_both_widths()
    with visitor.expecting(429):
        for _ in range(25):
            visitor.page.goto("/identity/password/reset/")
            visitor.type("email", "khong.co@example.vn")
            visitor.press("Gửi liên kết", within=visitor.page.locator("main"))
            if visitor.statuses.get("/identity/password/reset/") == 429:
                break
        assert visitor.statuses["/identity/password/reset/"] == 429
        visitor.look_at_both_widths()


def test_a_leader_asks_and_an_officer_answers(
    product: Product, person: Callable[..., Person], crew: dict[str, Person]
) -> None:
    """Chỉ đạo: asked from the dossier, told, answered; the due time and the step stay as they were."""
    receipt, _ = filed(person, crew, "Nguyễn Cần Chỉ Đạo")
    how_it_stands = (
        "SELECT d.state, d.due_at, count(t.id), max(t.holder_id) FROM dossiers_dossier d "
        "JOIN dossiers_task t ON t.dossier_id = d.id WHERE d.code = %s GROUP BY d.state, d.due_at"
    )
    before = product.rows(how_it_stands, [receipt.code])
    leader, handler = person("leader", username=officers.LEADER), crew["handler"]
    open_action(leader, receipt.code, "Chỉ đạo xử lý")
    leader.look_at_both_widths()
    with leader.expecting(422):
        leader.type("text", "Báo cáo hướng xử lý")
        leader.type("answer_by", "06/12/2026")
        leader.press("Giao chỉ đạo")
        assert leader.errors()
    leader.page.locator("select[name=addressee]").select_option(index=1)
    leader.page.locator("select[name=addressee]").select_option(
        value=str(product.rows("SELECT id FROM access_user WHERE username = %s", [officers.HANDLER])[0][0])
    )
    leader.type("text", "Báo cáo vướng mắc và hướng xử lý hồ sơ này.")
    leader.type("answer_by", "18/12/2026")
    leader.press("Giao chỉ đạo")
    leader.sees("Đã giao chỉ đạo")
    handler.go("/dossiers/desk/")
    handler.sees("Chỉ đạo chờ tôi trả lời")
    handler.follow("Báo cáo vướng mắc và hướng xử lý hồ sơ này.")
    handler.look_at_both_widths()
    handler.type("answer", "Đã liên hệ người nộp, trình lãnh đạo trong ngày mai.")
    handler.press("Gửi trả lời")
    handler.sees("Đã gửi trả lời")
    leader.go("/dossiers/instructions/?which=given&only=all")
    leader.look_at_both_widths()
    leader.follow("Báo cáo vướng mắc và hướng xử lý hồ sơ này.")
    leader.sees("trình lãnh đạo trong ngày mai")
    assert product.rows(how_it_stands, [receipt.code]) == before


def test_the_column_of_a_clerk_folds(person: Callable[..., Person]) -> None:
    """By keyboard; what was unfolded stays so on the next page. The board is not offered to who has none."""
    clerk = person("clerk", username=officers.CLERK)
    clerk.go("/dossiers/desk/")
    column = clerk.page.get_by_role("navigation", name="Danh mục")
    assert not column.get_by_role("link", name="Mở kho cho người dân").is_visible()
    assert column.get_by_role("link", name="Bảng theo dõi").count() == 0
    column.get_by_text("Kho giấy tờ", exact=True).locator("visible=true").first.press("Enter")
    column.get_by_role("link", name="Mở kho cho người dân").wait_for()
    clerk.follow("Danh sách hồ sơ", within=column)
    clerk.look_at_both_widths()
    clerk.follow("Mở kho cho người dân", within=column)
    column.get_by_text("Kho giấy tờ", exact=True).locator("visible=true").first.press("Enter")
    clerk.follow("Danh sách hồ sơ", within=column)
    assert not column.get_by_role("link", name="Mở kho cho người dân").is_visible()


def test_an_answer_for_officers_is_written_approved_and_found(person: Callable[..., Person]) -> None:
    """Only what a second person approved answers, with its source; the procedure's own version answers besides."""
    handler = person("handler", username=officers.HANDLER)
    handler.go("/procedures/guidance/?q=giay chung sinh bi nhoe")
    handler.sees("Không có câu trả lời từ nguồn đã duyệt")
    handler.go("/procedures/guidance/?q=giay to nao khong phai so hoa")
    handler.sees("Khoản 2 Điều 5 Thông tư 03/2025/TT-VPCP")
    handler.look_at_both_widths()
    editor = person("editor", username="soandanhmuc")
    editor.go("/procedures/guidance/write/")
    editor.look_at_both_widths()
    with editor.expecting(422):
        editor.press("Gửi duyệt")
        assert len(editor.errors()) == 3
    editor.type("procedure_code", scenes.BIRTH)
    editor.type("question", "Giấy chứng sinh bị nhòe có nhận không?")
    editor.type("answer", "Nhận nếu còn đọc được số, ngày cấp và dấu.")
    editor.type("source", "Công văn mẫu số 12 ngày 05/01/2026 của Sở Tư pháp")
    editor.press("Gửi duyệt")
    editor.sees("Chờ duyệt")
    approver = person("approver", username="duyetdanhmuc")
    approver.go("/procedures/guidance/")
    approver.follow("Giấy chứng sinh bị nhòe có nhận không?")
    approver.look_at_both_widths()
    approver.press("Duyệt")
    approver.sees("Đang áp dụng")
    handler.go("/procedures/guidance/?q=giay chung sinh bi nhoe")
    handler.sees("Công văn mẫu số 12")
    handler.go(f"/procedures/guidance/?procedure={scenes.BIRTH}")
    handler.sees("Thành phần hồ sơ")
    handler.look_at_both_widths()
