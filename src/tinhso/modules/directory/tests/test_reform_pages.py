"""The pages of a plan over HTTP: who may see and do what, what a refused step says, how many queries a page costs."""

from __future__ import annotations

import io
import json
from pathlib import Path

import openpyxl
import pypdf
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tinhso.kernel.access.api import User
from tinhso.kernel.clock import now
from tinhso.modules.directory.models import Organisation, Reform
from tinhso.modules.directory.services.reforming import import_actions
from tinhso.modules.directory.tests.factories import get_organisation, give, make_officer, make_province, make_staff
from tinhso.modules.directory.tests.reforms import Reformers, drafted, joining, make_commune, make_reformers, state_of

pytestmark = pytest.mark.django_db
BUDGETS = json.loads((Path(__file__).resolve().parents[5] / "tests/query_budgets.json").read_text(encoding="utf-8"))


@pytest.fixture
def people() -> Reformers:
    root = make_province()
    commune = make_commune(root)
    for number in range(8):
        user = make_officer(f"o{number}", f"Nguyễn Văn {number}")
        make_staff(user, commune)
        give(user, "handler", commune)
    return make_reformers(root)


@pytest.fixture
def number(people: Reformers) -> int:
    return drafted(people, joining(), day=now().date(), now=now())


def as_(username: str) -> Client:
    client = Client()
    client.force_login(User.objects.get(username=username))
    return client


def url(name: str, number: int, *more: int) -> str:
    return reverse(f"directory:{name}", args=[number, *more])


def test_from_draft_to_application_by_two_people(people: Reformers) -> None:
    drafter, approver = as_("drafter"), as_("approver")
    made = drafter.post(
        reverse("directory:draft_reform"),
        {"title": "Nhập xã Quảng Thắng", "ground": "Nghị quyết 1", "effective_date": f"{now():%d/%m/%Y}"},
    )
    number = Reform.objects.get().pk
    assert made.status_code == 302
    assert made.url == url("reform_actions", number)  # type: ignore[attr-defined]
    form = {"kind": "merge", "old_code": "h56.103", "new_code": "H56.102", "takes": "all"}
    assert drafter.post(url("reform_actions", number), form).status_code == 302
    page = drafter.get(url("reform", number)).content.decode()
    assert "1 kết thúc" in page
    assert "Trình phê duyệt" in page
    assert drafter.post(url("submit_reform", number)).status_code == 302
    assert "Phê duyệt</button>" not in drafter.get(url("reform", number)).content.decode()
    assert drafter.post(url("decide_reform", number), {"decision": "approve"}).status_code == 403
    returned = approver.post(url("decide_reform", number), {"decision": "return", "note": ""})
    assert returned.status_code == 422
    assert "Ghi rõ cần sửa gì" in returned.content.decode()
    assert approver.post(url("decide_reform", number), {"decision": "approve"}).status_code == 302
    assert approver.post(url("apply_reform", number)).status_code == 302
    assert state_of(number) == "applied"
    page = approver.get(url("reform", number)).content.decode()
    assert "Kết quả áp dụng" in page
    with CaptureQueriesContext(connection) as counted:
        printed = approver.get(url("reform_report_pdf", number))
    assert len(counted) <= BUDGETS["directory:reform_report_pdf"]
    assert printed["Content-Type"] == "application/pdf"
    text = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(printed.content)).pages)
    assert "1 kết thúc, 0 thành lập" in text
    assert "UBND xã Quảng Thắng" in text
    again = approver.post(url("apply_reform", number))
    assert again.status_code == 422
    assert "chưa áp dụng" in again.content.decode()
    old = Organisation.objects.get(code="H56.103")
    shown = approver.get(reverse("directory:organisation", args=[old.pk])).content.decode()
    assert "UBND phường Hạc Thành" in shown


def test_an_empty_plan_is_not_submitted_and_nothing_typed_is_lost(people: Reformers) -> None:
    number = drafted(people, [], day=now().date(), now=now())
    drafter = as_("drafter")
    refused = drafter.post(url("submit_reform", number))
    assert refused.status_code == 422
    assert "chưa có việc nào" in refused.content.decode()
    wrong = drafter.post(url("reform_actions", number), {"kind": "", "old_code": "H56.103", "note": "giữ lại"})
    assert wrong.status_code == 422
    assert "giữ lại" in wrong.content.decode()
    wrong = drafter.post(
        reverse("directory:draft_reform"), {"title": "Tên dài đủ", "ground": "QĐ 1234", "effective_date": "32/1"}
    )
    assert wrong.status_code == 422
    assert "Tên dài đủ" in wrong.content.decode()


def test_a_file_is_taken_whole_or_told_by_cell(people: Reformers, number: int) -> None:
    drafter = as_("drafter")
    good = io.BytesIO('Hình thức,Mã cơ quan cũ,"Mã cơ quan mới, nơi nhận"\nNhập,H56.103,H56.102\n'.encode())
    good.name = "plan.csv"
    assert drafter.post(url("import_reform", number), {"file": good}).status_code == 302
    bad = io.BytesIO("Hình thức\nBay hơi\n".encode())
    bad.name = "plan.csv"
    told = drafter.post(url("import_reform", number), {"file": bad})
    assert told.status_code == 422
    assert "A2" in told.content.decode()
    assert drafter.post(url("import_reform", number)).status_code == 422


def test_the_numbers_open_lists_and_the_report_is_a_workbook(people: Reformers, number: int) -> None:
    drafter = as_("drafter")
    listed = drafter.get(f"{url('reform_touched', number)}?kind=staff").content.decode()
    assert "Nguyễn Văn 3" in listed
    assert drafter.get(f"{url('reform_touched', number)}?kind=nothing").status_code == 404
    book = openpyxl.load_workbook(io.BytesIO(drafter.get(url("reform_report", number)).content))
    assert book.sheetnames == ["Tổng hợp", "Vấn đề", "Các việc"]
    empty = openpyxl.load_workbook(io.BytesIO(drafter.get(reverse("directory:reform_file")).content))
    assert empty.active is not None


def test_before_it_is_carried_out_there_is_no_report_to_print(people: Reformers, number: int) -> None:
    assert as_("drafter").get(url("reform_report_pdf", number)).status_code == 404


def test_doubts_are_settled_and_rows_taken_out(people: Reformers, number: int) -> None:
    drafter = as_("drafter")
    rows = [{"kind": "merge", "old_code": "H56.103", "new_code": "H56.102", "doubt": "Hai xã cùng tên."}]
    import_actions(
        reform_id=number, content=json.dumps(rows).encode(), filename="x.json", actor=people.drafter, now=now()
    )
    page = drafter.get(f"{url('reform_actions', number)}?view=doubts").content.decode()
    assert "Hai xã cùng tên." in page
    drafter.post(url("settle_doubts", number), {"all": "1", "settle_ground": "Công văn 12"})
    assert "đã quyết định" in drafter.get(url("reform_actions", number)).content.decode()
    assert drafter.post(url("remove_reform_action", number, 1)).status_code == 302
    assert drafter.post(url("try_reform", number)).status_code == 422
    assert drafter.post(url("cancel_reform", number), {"cancel_ground": ""}).status_code == 422
    assert drafter.post(url("cancel_reform", number), {"cancel_ground": "Làm lại"}).status_code == 302


def test_a_trial_from_the_page_changes_nothing(people: Reformers, number: int) -> None:
    drafter = as_("drafter")
    assert drafter.post(url("try_reform", number)).status_code == 302
    assert "đã hoàn tác" in drafter.get(url("reform", number)).content.decode()
    assert get_organisation("H56.103").valid_until is None


PAGES = ("reform", "reform_actions", "reform_report", "reform_progress")


def test_who_may_see_it(people: Reformers, number: int) -> None:
    for page in PAGES:
        assert as_("o1").get(url(page, number)).status_code == 403
        assert Client().get(url(page, number)).status_code == 302
        assert as_("approver").get(url(page, number)).status_code == 200
        assert as_("drafter").get(url(page, 10**9)).status_code == 404
    for act in ("submit_reform", "apply_reform", "decide_reform", "cancel_reform", "try_reform", "import_reform"):
        assert as_("o1").post(url(act, number)).status_code == 403
    assert state_of(number) == "draft"


@pytest.mark.parametrize("name", ["reforms", "draft_reform", "reform_file", "reform_touched", *PAGES])
def test_a_page_keeps_its_budget(name: str, people: Reformers, number: int) -> None:
    client = as_("drafter")
    plain = name in ("reforms", "draft_reform", "reform_file")
    address = reverse(f"directory:{name}") if plain else url(name, number)
    address += "?kind=staff" if name == "reform_touched" else ""
    client.get(address)
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(address).status_code == 200
    assert len(captured) <= BUDGETS[f"directory:{name}"], len(captured)
