"""An officer without code draws a small procedure from nothing; another publishes it; a citizen gets its result."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from tests.journeys import officers, scenes
from tests.journeys.browser import Person

pytestmark = pytest.mark.journey

EDITOR, APPROVER = "soandanhmuc", "duyetdanhmuc"
# Known from the national catalogue only: «Xác nhận nơi thường xuyên đậu, đỗ; sử dụng phương tiện vào mục đích để ở».
CODE = "1.013313"


def start_draft(editor: Person, code: str) -> str:
    """From the catalogue to the designers; returns the address that the designers of this draft begin with."""
    editor.go(f"/procedures/catalogue/?q={code}")
    editor.follow(code)
    editor.press("Soạn phiên bản mới")
    editor.follow("Soạn nội dung")
    return editor.path


def add_question(editor: Person, group: str, title: str, kind: str, *, required: bool = True) -> None:
    editor.follow(re.compile(f"^Thêm «{group}»$"))
    editor.type("title", title)
    editor.answer("kind", kind)
    if required:
        editor.page.locator("[name=required]").check()
    editor.press("Thêm và đặt chi tiết")


def remove(editor: Person, title: str) -> None:
    editor.click(editor.page.get_by_role("button", name=re.compile(f"^Xóa.*{title}$")).first)


def add_step(editor: Person, title: str, role: str, hours: str, action: str, kind: str, to: str = "") -> None:
    editor.follow("Thêm bước")
    editor.type("title", title)
    editor.answer("role", role)
    editor.type("hours", hours)
    if action:
        editor.type("a0_title", action)
        editor.answer("a0_kind", kind)
    if to:
        editor.page.locator("fieldset", has_text="Thêm thao tác").get_by_label(to).check()
    editor.press("Lưu")


def test_from_an_empty_page_to_a_result(person: Callable[..., Person], tmp_path: Path) -> None:
    editor = person("catalogue editor", username=EDITOR)
    base = start_draft(editor, CODE)
    editor.look_at_both_widths()
    editor.sees("Những điều phải sửa trước khi trình duyệt")
    today = editor.page.evaluate("new Date().toLocaleDateString('vi-VN', {timeZone: 'Asia/Ho_Chi_Minh'})")
    editor.type("summary", "Được xác nhận nơi phương tiện thường xuyên đậu, đỗ.")
    editor.type("valid_from", today)
    editor.answer("competent_kind", "people_committee")
    editor.answer("competent_level", "commune")
    for name, values in (("levels", ["commune"]), ("channels", ["online", "counter"])):
        for value in values:
            editor.page.locator(f"[name={name}][value={value}]").check()
    editor.press("Lưu")

    # The form: a page, questions, a condition, the order, an undone deletion.
    editor.follow(re.compile("^Biểu mẫu"))
    editor.look_at_both_widths()
    editor.follow("Thêm nhóm câu hỏi (một trang)")
    editor.look_at_both_widths()
    editor.type("title", "Phương tiện")
    editor.answer("kind", "group")
    editor.press("Thêm và đặt chi tiết")
    editor.press("Lưu")
    add_question(editor, "Phương tiện", "Loại phương tiện", "radio")
    editor.look_at_both_widths()
    titles = editor.page.locator("[name=option_title]")
    titles.nth(0).fill("Tàu, thuyền")
    titles.nth(1).fill("Xe")
    editor.press("Lưu")
    add_question(editor, "Phương tiện", "Biển số xe", "text")
    editor.page.locator("#when_field_0").select_option(label="Phương tiện: Loại phương tiện")
    editor.type("when_value", "Xe")
    editor.type("example", "36A-123.45")
    editor.press("Lưu")
    editor.sees("Chỉ hỏi khi «Loại phương tiện» là «Xe»")
    add_question(editor, "Phương tiện", "Nơi đậu, đỗ", "textarea")
    editor.press("Lưu")
    editor.press("Chuyển lên: Nơi đậu, đỗ")
    remove(editor, "Nơi đậu, đỗ")
    editor.press("Hoàn tác: Xóa «Nơi đậu, đỗ»")
    editor.sees("Đã hoàn tác")
    with editor.page.expect_navigation():
        editor.page.locator("[data-address$='.noi_dau_do']").drag_to(
            editor.page.locator("[data-address$='.loai_phuong_tien']")
        )
    order = editor.page.locator("[data-address]").evaluate_all(
        "rows => rows.map((row) => row.dataset.address.split('.').pop())"
    )
    assert order == ["phuong_tien", "noi_dau_do", "loai_phuong_tien", "bien_so_xe"]
    editor.press("Địa chỉ")
    remove(editor, "Địa chỉ")

    # The preview, filled in on the phone's frame.
    editor.follow("Xem thử")
    editor.look_at_both_widths()
    frame = editor.page.frame_locator("iframe.phone")
    frame.get_by_role("button", name="Tiếp tục").last.click()
    frame.get_by_text("Chưa").or_(frame.locator("[data-error-summary]")).first.wait_for()
    frame.get_by_label("Nơi đậu, đỗ").fill("Bến Hàm Rồng")
    frame.get_by_label("Xe", exact=True).check()
    frame.get_by_label("Biển số xe").fill("36A-123.45")
    frame.get_by_role("button", name="Tiếp tục").last.click()
    frame.get_by_text("Biểu mẫu điền được đến hết").wait_for()
    editor.go(f"{base}preview/page/")
    editor.look_at_both_widths()

    # Papers, term, result.
    editor.go(f"{base}papers/")
    editor.look_at_both_widths()
    editor.follow("Thêm giấy tờ")
    editor.look_at_both_widths()
    editor.type("name", "Giấy đăng ký phương tiện")
    editor.page.locator("[name=required]").uncheck()
    editor.press("Lưu")
    editor.go(f"{base}fees/")
    editor.look_at_both_widths()
    if editor.page.get_by_role("button", name="Ghi là không thu phí").count():
        editor.press("Ghi là không thu phí")
    editor.go(f"{base}terms/")
    editor.look_at_both_widths()
    if not editor.page.locator(".outline-row").count():
        editor.follow("Thêm trường hợp")
        editor.type("amount", "2")
        editor.answer("unit", "working_day")
        editor.press("Lưu")
    for path in ("fees/0/", "terms/0/"):
        editor.go(f"{base}{path}")
        editor.look_at_both_widths()
    editor.go(f"{base}results/")
    editor.look_at_both_widths()
    editor.follow("Thêm kết quả")
    editor.look_at_both_widths()
    editor.type("name", "Giấy xác nhận nơi đậu, đỗ phương tiện")
    editor.answer("kind", "certificate")
    editor.page.get_by_label("Phương tiện: Nơi đậu, đỗ").check()
    editor.press("Lưu")

    # The route, step by step, with its defects until it is whole.
    editor.go(f"{base}route/")
    editor.look_at_both_widths()
    add_step(editor, "Thẩm định", "handler", "8", "", "")
    editor.sees("không có hành động nào")
    add_step(editor, "Ký giấy xác nhận", "leader", "4", "Phê duyệt, ban hành kết quả", "issue")
    editor.look_at_both_widths()
    editor.sees("12 giờ làm việc")
    editor.follow("Ký giấy xác nhận")
    editor.look_at_both_widths()
    editor.type("a1_title", "Trả lại để làm lại")
    editor.answer("a1_kind", "back")
    editor.page.locator("fieldset", has_text="Thêm thao tác").get_by_label("Thẩm định").check()
    editor.press("Lưu")
    assert editor.fetch(f"{base}route/export/").startswith(b"<?xml")
    assert b'"Gi' in editor.fetch(f"{base}definition.json")
    editor.sees("Đủ và đúng")

    # Two people: who wrote it submits, another publishes.
    editor.go(f"/procedures/catalogue/?q={CODE}")
    editor.follow(CODE)
    editor.follow(re.compile("đang soạn$"))
    editor.press("Trình duyệt")
    editor.sees("Đã trình duyệt")
    version = editor.path
    editor.go(base)
    assert editor.path == version, "what is submitted is looked at, not edited"
    approver = person("catalogue approver", username=APPROVER)
    approver.go(version)
    approver.click(approver.page.get_by_role("button", name=re.compile("^Công bố, áp dụng từ")))
    approver.sees("Đã công bố phiên bản")

    # The citizen files it, on a phone.
    citizen = person("citizen", username=scenes.CITIZEN, phone=True)
    citizen.go(f"/dossiers/start/{CODE}/")
    scenes.choose_ward(citizen)
    citizen.press("Bắt đầu")
    scenes.tell_who(citizen)
    scenes.fill_pages(
        citizen,
        {"phuong_tien": {"noi_dau_do": "Bến Hàm Rồng", "loai_phuong_tien": "lua_chon_2", "bien_so_xe": "36A-123.45"}},
    )
    citizen.press("Lưu và tiếp tục")
    receipt = scenes.send(citizen)
    clerk = person("clerk", username=officers.CLERK)
    officers.find(clerk, receipt.code)
    officers.accept(clerk)
    handler = person("handler", username=officers.HANDLER)
    officers.find(handler, receipt.code)
    officers.act(handler, "Chuyển: Ký giấy xác nhận", "Đủ điều kiện.")
    leader = person("leader", username=officers.LEADER)
    officers.find(leader, receipt.code)
    officers.act(leader, "Phê duyệt, ban hành kết quả")
    leader.sees("Đã ban hành kết quả")

    # A new draft of it tells nothing of dossiers that are done.
    base = start_draft(editor, CODE)
    editor.go(f"{base}route/")
    assert "giữ quy trình cũ" not in editor.text()


def workbook(folder: Path) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (
        ["QUY TRÌNH NỘI BỘ"], ["STT", "Nội dung công việc", "Đơn vị/người thực hiện", "Thời gian", "Kết quả"],
        [1, "Tiếp nhận hồ sơ", "Bộ phận một cửa", "01 giờ", "Giấy hẹn"],
        [2, "Thẩm tra hồ sơ", "Công chức tư pháp - hộ tịch", "04 giờ", "Dự thảo"],
        [3, "Ký Trích lục", "Lãnh đạo UBND", "02 giờ", "Trích lục"], [None, "Tổng cộng", None, "07 giờ", None],
    ):  # fmt: skip
        sheet.append(row)
    sheet.merge_cells("A1:E1")
    book.save(folder / "quy-trinh.xlsx")
    return folder / "quy-trinh.xlsx"


def test_files_in_and_out_without_scripts(person: Callable[..., Person], tmp_path: Path) -> None:
    """A table, then the drawing of another procedure; a file with a script is told and kept. No JavaScript at all."""
    editor = person("catalogue editor", username=EDITOR, scripts=False)
    base = start_draft(editor, "1.000656")
    drawing = tmp_path / "ve.bpmn"
    drawing.write_bytes(editor.fetch(f"{base}route/export/"))
    editor.go(f"{base}route/import/")
    editor.page.locator("#file").set_input_files(str(workbook(tmp_path)))
    editor.press("Đọc tệp")
    editor.sees("Các bước đọc được")
    table = editor.path
    editor.press("Đưa vào quy trình")
    editor.sees("Đã đưa quy trình từ tệp vào bản nháp")
    editor.sees("Thẩm tra hồ sơ")
    editor.press("Chuyển xuống: Thẩm tra hồ sơ")
    editor.go(f"{base}route/import/")
    editor.page.locator("#file").set_input_files(str(drawing))
    editor.press("Đọc tệp")
    editor.sees("Quy trình đọc được")
    editor.press("Đưa vào quy trình")
    editor.sees("Ký Trích lục khai tử")
    drawing.write_bytes(drawing.read_bytes().replace(b"userTask", b"scriptTask"))
    editor.go(f"{base}route/import/")
    editor.page.locator("#file").set_input_files(str(drawing))
    editor.press("Đọc tệp")
    editor.sees("mã lệnh không bao giờ được chạy")
    assert editor.fetch(f"{editor.path}original/") == drawing.read_bytes()

    drawn = person("catalogue editor", username=EDITOR)
    for path in (f"{base}route/import/", table, editor.path, f"{base}route/", f"{base}route/steps/0/", f"{base}form/"):
        drawn.go(path)
        drawn.look_at_both_widths()
