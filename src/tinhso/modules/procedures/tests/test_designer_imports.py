"""Routes from files through the pages: read, shown, confirmed whole; refused files kept and nothing changed."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import openpyxl
import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tinhso.modules.procedures.models import DesignStep, ProcedureVersion, RouteFile
from tinhso.modules.procedures.tests.designing import address, definition_of, draft_of, filled, modelled, sign_in
from tinhso.modules.procedures.tests.factories import make_procedure, publish_definition
from tinhso.modules.procedures.tests.test_bpmn_reading import END, START, XXE, drawn, task

pytestmark = pytest.mark.django_db
BUDGETS = json.loads((settings.PACKAGE_DIR.parents[1] / "tests/query_budgets.json").read_text(encoding="utf-8"))


@pytest.fixture
def editor(client: Client) -> Client:
    return sign_in(client, "catalogue_editor", "soan")


@pytest.fixture
def version() -> ProcedureVersion:
    return draft_of(modelled("1.000656")["version"], code="1.000656")


def text(response: Any) -> str:
    return str(response.content.decode())


def upload(client: Client, version: ProcedureVersion, content: bytes, name: str = "quy-trinh.bpmn") -> Any:
    return client.post(address("design_imports", version), {"file": SimpleUploadedFile(name, content)}, follow=True)


def workbook(*, total: str = "20 giờ") -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Quy trình"
    for row in (
        ["QUY TRÌNH NỘI BỘ"], ["Thủ tục khai tử"], [],
        ["STT", "Nội dung công việc", "Đơn vị/người thực hiện", "Thời gian", "Kết quả"],
        [1, "Tiếp nhận hồ sơ", "Bộ phận một cửa", "02 giờ", "Giấy hẹn"],
        [2, "Thẩm tra hồ sơ", "Công chức tư pháp - hộ tịch", "1 ngày", "Dự thảo"],
        [3, "Ghi sổ hộ tịch", None, "02 giờ", "Sổ"],
        [4, "Ký Trích lục", "Lãnh đạo UBND xã", 0.5, "Trích lục"],
        [None, "Tổng cộng", None, total, None],
    ):  # fmt: skip
        sheet.append(row)
    sheet.merge_cells("A1:E1")
    sheet.merge_cells("C6:C7")
    sheet["D8"] = "1 ngày"
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def test_the_export_of_ours_comes_back_to_another_draft(editor: Client, version: ProcedureVersion) -> None:
    other = draft_of(modelled("1.000703")["version"], code="1.000703")
    drawing = editor.get(address("design_bpmn", other))
    assert drawing.status_code == 200
    assert "quy-trinh-1.000703.bpmn" in drawing["Content-Disposition"]
    page = upload(editor, version, drawing.content)
    assert "Quy trình đọc được" in text(page)
    assert definition_of(version)["route"] == modelled("1.000656")["version"]["route"], "only shown so far"
    answer = editor.post(page.request["PATH_INFO"], filled(page.content), follow=True)
    assert "Đã đưa quy trình từ tệp vào bản nháp" in text(answer)
    assert definition_of(version)["route"] == modelled("1.000703")["version"]["route"]
    assert RouteFile.objects.get().state == "applied"
    version.refresh_from_db()
    editor.post(address("design_undo", version), {"seen": version.definition_digest})
    assert definition_of(version)["route"] == modelled("1.000656")["version"]["route"]


def test_a_foreign_drawing_asks_for_roles_and_hours(editor: Client, version: ProcedureVersion) -> None:
    page = upload(editor, version, drawn(START, task("a", "Thẩm định"), task("b", "Ký"), END, flows="s>a|a>b|b>e"))
    given = filled(page.content)
    url = page.request["PATH_INFO"]
    wrong = editor.post(url, given)
    assert wrong.status_code == 422
    assert text(wrong).count("Chọn vai trò.") >= 1
    assert "Ghi số giờ làm việc" in text(wrong)
    given |= {"lane_role_0": "handler", "lane_unit_0": "Phòng Tư pháp", "hours_0": "2", "hours_1": "0"}
    wrong = editor.post(url, given)
    assert wrong.status_code == 422
    assert "Phòng Tư pháp" in text(wrong), "what was typed stays"
    assert editor.post(url, {**given, "hours_1": "1"}).status_code == 302
    steps = definition_of(version)["route"]["steps"]
    assert [(step["title"], step["role"], step["unit"], step["hours"]) for step in steps] == [
        ("Thẩm định", "handler", "Phòng Tư pháp", 2), ("Ký", "handler", "Phòng Tư pháp", 1),
    ]  # fmt: skip


def test_a_table_is_read_shown_and_taken_over_as_the_officer_left_it(editor: Client, version: ProcedureVersion) -> None:
    page = upload(editor, version, workbook(), "quy-trinh.xlsx")
    assert "Các bước đọc được" in text(page), text(page)[-3000:]
    assert "Tiếp nhận hồ sơ» do luật định" in text(page)
    given = filled(page.content)
    assert given["role_1"] == ["handler"], "the merged cell holds for both rows"
    given |= {"hours_0": "1", "hours_1": "1", "title_1": "Ghi sổ"}
    assert editor.post(page.request["PATH_INFO"], given).status_code == 302
    route = definition_of(version)["route"]
    assert [(step["title"], step["role"], step["hours"]) for step in route["steps"]] == [
        ("Thẩm tra hồ sơ", "handler", 1), ("Ghi sổ", "handler", 1), ("Ký Trích lục", "leader", 8),
    ]  # fmt: skip
    assert "Quá thời hạn" in text(editor.get(address("design_route", version)))


def test_a_table_with_a_wrong_total_changes_nothing(editor: Client, version: ProcedureVersion) -> None:
    before = version.definition
    page = upload(editor, version, workbook(total="3 giờ"), "quy-trinh.xlsx")
    assert "Dòng tổng ghi 3 giờ nhưng các dòng cộng lại là 20 giờ" in text(page)
    assert "Đưa vào quy trình" not in text(page)
    forced = editor.post(page.request["PATH_INFO"], {"seen": version.definition_digest})
    assert forced.status_code == 422
    assert "Hãy sửa tệp rồi tải lên lại" in text(forced)
    version.refresh_from_db()
    assert version.definition == before
    kept = RouteFile.objects.get()
    assert (kept.state, bytes(kept.content)[:2]) == ("refused", b"PK")


def bomb() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"0" * 100_000_000)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (XXE.encode(), "x.bpmn", "DOCTYPE"),
        (b"\x00\x01\x02", "x.bpmn", "không phải XML"),
        (b"MZ\x90", "x.xlsx", "không phải bảng tính"),
        (bomb(), "x.xlsx", "quá lớn sau khi giải nén"),
        (drawn(START, task("x", "Máy", "scriptTask"), END, flows="s>x|x>e"), "x.bpmn", "không bao giờ được chạy"),
        (b"a,b\n1,2\n", "x.csv", "Không tìm thấy dòng tiêu đề"),
    ],
)
def test_bad_files_are_told_kept_and_change_nothing(
    editor: Client, version: ProcedureVersion, content: bytes, name: str, said: str
) -> None:
    page = upload(editor, version, content, name)
    assert page.status_code == 200
    assert said in text(page)
    kept = RouteFile.objects.get()
    assert bytes(kept.content) == content
    got = editor.get(address("design_import_original", version, kept.pk))
    assert got.content == content
    assert got["Content-Type"] == "application/octet-stream"
    assert DesignStep.objects.count() == 0


@pytest.mark.parametrize(
    ("content", "said"), [(b"", "Tệp rỗng|Chọn một tệp"), (b"x" * (2 * 1024 * 1024 + 1), "lớn quá 2 MB")]
)
def test_files_that_are_not_kept(editor: Client, version: ProcedureVersion, content: bytes, said: str) -> None:
    page = upload(editor, version, content)
    assert page.status_code == 422
    assert any(part in text(page) for part in said.split("|"))
    assert RouteFile.objects.count() == 0


def test_a_file_of_another_draft_is_not_found(editor: Client, version: ProcedureVersion) -> None:
    upload(editor, version, drawn(START, task("a"), END, flows="s>a|a>e"))
    kept = RouteFile.objects.get()
    other = draft_of(modelled("1.000703")["version"], code="1.000703")
    assert editor.get(address("design_import_file", other, kept.pk)).status_code == 404
    assert editor.get(address("design_import_original", other, kept.pk)).status_code == 404
    sign_in(editor, "handler", "xuly")
    assert editor.get(address("design_import_file", version, kept.pk)).status_code == 403


def test_somebody_else_saved_before_the_confirmation(editor: Client, version: ProcedureVersion) -> None:
    page = upload(editor, version, drawn(START, task("a"), END, flows="s>a|a>e"))
    given = {**filled(page.content), "lane_role_0": "leader", "hours_0": "1"}
    other = sign_in(Client(), "catalogue_editor", "soan2")
    other.post(address("design_change", version), {"seen": version.definition_digest, "do": "delete:death.time"})
    answer = editor.post(page.request["PATH_INFO"], given)
    assert answer.status_code == 422
    assert "vừa được Cán bộ soan2 lưu" in text(answer)
    assert RouteFile.objects.get().state == "ready"
    again = {**filled(answer.content), "hours_0": "1", "lane_role_0": "leader"}
    assert editor.post(page.request["PATH_INFO"], again).status_code == 302
    assert "time" not in definition_of(version)["form"]["properties"]["death"]["properties"], "both changes hold"


def test_the_drawing_of_any_version_may_be_taken_along(client: Client) -> None:
    procedure = make_procedure()
    published = ProcedureVersion.objects.get(pk=publish_definition(procedure))
    sign_in(client, "handler", "xuly")
    assert client.get(address("design_bpmn", published)).content.startswith(b"<?xml")


def test_pages_of_files_stay_within_their_budgets(editor: Client, version: ProcedureVersion) -> None:
    for _ in range(3):
        upload(editor, version, workbook(), "x.xlsx")
    kept = RouteFile.objects.order_by("pk")[0]
    over = {}
    for name, rest in (
        ("design_imports", ()),
        ("design_import_file", (kept.pk,)),
        ("design_bpmn", ()),
        ("design_import_original", (kept.pk,)),
    ):
        editor.get(address(name, version, *rest))
        with CaptureQueriesContext(connection) as found:
            assert editor.get(address(name, version, *rest)).status_code == 200
        if len(found) > BUDGETS[f"procedures:{name}"]:
            over[name] = len(found)
    assert over == {}
