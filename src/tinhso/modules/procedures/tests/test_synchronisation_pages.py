"""Runs, change sets, history and the report of leftovers, over HTTP by nobody, a citizen, an editor, an approver."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from tinhso.kernel.access.api import SYSTEM
from tinhso.modules.directory.models import Organisation
from tinhso.modules.directory.tests.factories import make_organisation, make_province
from tinhso.modules.procedures.models import CatalogueChange, Procedure, ProcedureOffering, SyncRun
from tinhso.modules.procedures.queries.leftovers import counts_of, leftovers
from tinhso.modules.procedures.rules.diffing import pieces
from tinhso.modules.procedures.services import approve_changes, import_catalogue, start_run
from tinhso.modules.procedures.tests.factories import NOW, make_procedure, publish_definition
from tinhso.modules.procedures.tests.national import Double, national_database
from tinhso.modules.procedures.tests.test_synchronising import CODES, catalogue_of, read, settled_catalogue
from tinhso.modules.procedures.tests.test_version_pages import signed_in

pytestmark = pytest.mark.django_db
TODAY = NOW.date()
BUDGETS = json.loads((settings.PACKAGE_DIR.parents[1] / "tests/query_budgets.json").read_text(encoding="utf-8"))


@pytest.fixture(autouse=True)
def monday_morning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tinhso.kernel.access.web.now", lambda: NOW)


@pytest.fixture
def root() -> Organisation:
    return make_province()


@pytest.fixture
def national(root: Organisation, tmp_path: Path) -> Iterator[Double]:
    import_catalogue(catalogue_of(tmp_path, CODES), actor=SYSTEM, now=NOW)
    with national_database(*CODES, "1.019990", "1.019991") as double:
        settled_catalogue(double)
        double.control.day = 1
        yield double


def test_an_approver_goes_through_the_differences(root: Organisation, national: Double) -> None:
    run = read(national)
    editor, approver = signed_in("e", "catalogue_editor", root), signed_in("a", "catalogue_approver", root)
    assert f"Lần {run.pk}" in editor.get("/procedures/synchronisation/").content.decode()
    address = f"/procedures/synchronisation/{run.pk}/"
    assert "Áp dụng các dòng đã chọn" not in editor.get(address).content.decode(), "an editor looks, another decides"
    page = approver.get(address).content.decode()
    assert "Đăng ký khai tử (trong nước)" in page
    assert "<del>" in page
    assert "Bãi bỏ" in page
    done = approver.post(f"{address}decide/", {"do": "approve_harmless"}, follow=True)
    assert "Đã áp dụng 4 thay đổi" in done.content.decode()
    assert set(CatalogueChange.objects.filter(state="applied", run=run).values_list("is_harmless", flat=True)) == {True}
    nothing = approver.post(f"{address}decide/", {"do": "approve"})
    assert (nothing.status_code, "Chưa chọn thay đổi nào" in nothing.content.decode()) == (409, True)
    retired = CatalogueChange.objects.get(code="1.001776", state="open")
    refused = approver.post(f"{address}decide/", {"do": "refuse", "change": [retired.pk]})
    assert refused.status_code == 409
    assert f'value="{retired.pk}" checked' in refused.content.decode(), "what was chosen is kept"
    approver.post(f"{address}decide/", {"do": "approve", "change": [retired.pk]})
    assert Procedure.objects.get(code="1.001776").retired_on == TODAY
    assert "Đã bãi bỏ từ 23/11/2026" in editor.get("/procedures/catalogue/1.001776/history/").content.decode()
    gone = Client().get("/procedures/1.001776/")
    assert (gone.status_code, "Không còn áp dụng từ 23/11/2026" in gone.content.decode()) == (410, True)
    assert "1.001776" not in Client().get("/procedures/", {"q": "1.001776", "scope": "all"}).content.decode().split(
        'name="q"'
    )[-1].replace('value="1.001776"', "")


def test_the_public_page_tells_since_when_and_what_it_replaces(national: Double) -> None:
    later = NOW + timedelta(days=1)
    run = read(national, now=later)
    ids = CatalogueChange.objects.filter(run=run, code="1.000656").values_list("pk", flat=True)
    approve_changes(change_ids=ids, actor=SYSTEM, now=NOW)
    page = Client().get("/procedures/1.000656/").content.decode()
    assert "Có hiệu lực từ 23/11/2026 theo 2101/QĐ-BTP, thay thế nội dung áp dụng từ 01/06/2026 (163/QĐ-BTP)" in page


def test_a_held_run_is_decided_on_its_page(root: Organisation, national: Double) -> None:
    national.control.fault = "empty"
    run = read(national)
    approver = signed_in("a", "catalogue_approver", root)
    address = f"/procedures/synchronisation/{run.pk}/"
    assert "Kết quả bất thường, tạm giữ" in approver.get(address).content.decode()
    refused = approver.post(f"{address}decide/", {"do": "discard", "reason": ""})
    assert (refused.status_code, SyncRun.objects.get(pk=run.pk).state) == (409, "held")
    approver.post(f"{address}decide/", {"do": "discard", "reason": "Nguồn báo lỗi"})
    assert SyncRun.objects.get(pk=run.pk).state == "discarded"
    assert approver.post(f"{address}decide/", {"do": "dance"}).status_code == 404
    assert approver.post("/procedures/synchronisation/999/decide/", {"do": "approve"}).status_code == 404


def test_a_run_is_begun_by_hand_once(root: Organisation) -> None:
    editor = signed_in("e", "catalogue_editor", root)
    assert "Chưa kết nối" in editor.get("/procedures/synchronisation/").content.decode()
    editor.post("/procedures/synchronisation/start/")
    again = editor.post("/procedures/synchronisation/start/", follow=True).content.decode()
    assert "Một lần đồng bộ đang chạy" in again
    assert SyncRun.objects.count() == 1


@pytest.mark.parametrize(
    "address",
    [
        "/procedures/synchronisation/", "/procedures/synchronisation/1/", "/procedures/leftovers/",
        "/procedures/leftovers/export/",
    ],
)  # fmt: skip
def test_others_are_refused(root: Organisation, address: str) -> None:
    start_run(actor=SYSTEM, now=NOW)
    assert Client().get(address).status_code in (302, 403)
    assert signed_in("0912").get(address).status_code == 403
    assert signed_in("clerk", "clerk", root).get(address).status_code == 403


def test_what_was_left_behind_is_told_and_can_be_taken_along(root: Organisation, national: Double) -> None:
    read(national)
    ended = make_organisation("Sở Cũ", "H56.88", parent=root, level="province", kind="department")
    procedure = Procedure.objects.get(code="2.000815")
    ProcedureOffering.objects.create(procedure=procedure, organisation=ended, valid_from=date(2025, 7, 1))
    Organisation.objects.filter(pk=ended.pk).update(valid_until=date(2026, 6, 30))
    publish_definition(make_procedure(code="9.000001", name="Cấp giấy xác nhận cũ"))
    publish_definition(make_procedure(code="9.000002", name="Thủ tục cấp giấy xác nhận cũ."))
    found = leftovers(on=TODAY)
    assert counts_of(found) == {"gone": 4, "superseded": 1, "twice": 0, "same_name": 2, "no_agency": 1}
    assert {one.code for one in found if one.kind == "gone"} == {"1.001776", "1.004859", "9.000001", "9.000002"}
    officer = signed_in("e", "catalogue_editor", root)
    page = officer.get("/procedures/leftovers/", {"kind": "same_name"}).content.decode()
    assert "Cùng tên với mã 9.000002" in page
    assert "1.001776" not in page
    response = officer.get("/procedures/leftovers/export/")
    sheet = load_workbook(io.BytesIO(response.content)).active
    assert sheet is not None
    assert sheet.max_row == 1 + len(found)
    assert sheet["B2"].value == "1.001776"


def test_after_all_is_approved_nothing_national_is_left_behind(national: Double) -> None:
    run = read(national)
    ids = CatalogueChange.objects.filter(run=run, state="open").values_list("pk", flat=True)
    approve_changes(change_ids=ids, actor=SYSTEM, now=NOW)
    assert leftovers(on=TODAY) == ()


def test_pages_keep_to_their_budget(root: Organisation, national: Double, django_assert_max_num_queries) -> None:
    run = read(national)
    officer = signed_in("a", "catalogue_approver", root)
    for name, arguments in (
        ("runs", []), ("run", [run.pk]), ("history", ["1.000656"]), ("leftovers", []), ("leftovers_export", []),
    ):  # fmt: skip
        with django_assert_max_num_queries(BUDGETS[f"procedures:{name}"]):
            assert officer.get(reverse(f"procedures:{name}", args=arguments)).status_code == 200


def test_pieces_join_to_both_texts() -> None:
    old, new = "Thời hạn 3 ngày làm việc", "Thời hạn 5 ngày làm việc, trả qua bưu chính"
    found = pieces(old, new)
    assert "".join(one.text for one in found if one.mark != "new") == old
    assert "".join(one.text for one in found if one.mark != "gone") == new
