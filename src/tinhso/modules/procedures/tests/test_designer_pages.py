"""The designers through their pages: who may, what each button does, two editors at once, undo, the preview."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tinhso.kernel.access.api import SYSTEM, create_user
from tinhso.modules.procedures.models import DesignStep, ProcedureVersion
from tinhso.modules.procedures.rules.form_editing import outline
from tinhso.modules.procedures.services import open_dossiers, start_draft
from tinhso.modules.procedures.tests.designing import address, definition_of, draft_of, filled, modelled, sign_in
from tinhso.modules.procedures.tests.factories import NOW, make_procedure, publish_definition

pytestmark = pytest.mark.django_db
BUDGETS = json.loads((settings.PACKAGE_DIR.parents[1] / "tests/query_budgets.json").read_text(encoding="utf-8"))


@pytest.fixture(autouse=True)
def monday_morning(monkeypatch: pytest.MonkeyPatch) -> datetime:
    monkeypatch.setattr("tinhso.kernel.access.web.now", lambda: NOW)
    return NOW


@pytest.fixture
def editor(client: Client) -> Client:
    return sign_in(client, "catalogue_editor", "soan")


@pytest.fixture
def version() -> ProcedureVersion:
    return draft_of(modelled("1.000656")["version"], code="1.000656")


def text(response: Any) -> str:
    return str(response.content.decode())


def press(client: Client, version: ProcedureVersion, do: str, name: str = "design_change") -> Any:
    version.refresh_from_db()
    return client.post(address(name, version), {"seen": version.definition_digest, "do": do}, follow=True)


def order(version: ProcedureVersion, group: str) -> list[str]:
    return [str(key) for key in definition_of(version)["form"]["properties"][group]["x-order"]]


PAGES = ("design", "design_form", "design_preview", "design_papers", "design_fees", "design_terms", "design_results",
         "design_route", "design_field_new", "design_preview_page", "design_definition")  # fmt: skip


def test_only_who_edits_the_catalogue_comes_in(client: Client, version: ProcedureVersion) -> None:
    for name in PAGES:
        assert client.get(address(name, version)).status_code == 302, "nobody is asked to sign in"
    client.force_login(create_user(username="nguoidan", full_name="Người dân", kind="citizen"))
    assert {client.get(address(name, version)).status_code for name in PAGES} == {403}
    sign_in(client, "catalogue_approver", "duyet")
    assert {client.get(address(name, version)).status_code for name in PAGES} == {403}
    assert press(client, version, "delete:death").status_code == 403
    assert "death" in definition_of(version)["form"]["properties"]


def test_every_page_stays_within_its_budget(editor: Client, version: ProcedureVersion) -> None:
    urls = {name: address(name, version) for name in PAGES}
    urls |= {
        name: address(name, version, 0)
        for name in ("design_paper", "design_fee", "design_term", "design_result", "design_step")
    }
    urls["design_field"] = address("design_field", version, at="death.notice")
    over = {}
    for name, url in urls.items():
        editor.get(url)
        with CaptureQueriesContext(
            connection,
        ) as found:
            assert editor.get(url).status_code == 200, name
        if len(found) > (BUDGETS.get(f"procedures:{name}") or 0):
            over[name] = len(found)
    assert over == {}


def test_a_published_version_is_looked_at_not_edited(editor: Client) -> None:
    procedure = make_procedure()
    published = ProcedureVersion.objects.get(pk=publish_definition(procedure))
    page = editor.get(address("design_form", published))
    assert page.status_code == 302
    assert page["Location"] == reverse("procedures:version", args=[procedure.code, 1])
    answer = press(editor, published, "delete:child")
    assert "không sửa được" in text(answer)
    assert ProcedureVersion.objects.get(pk=published.pk).definition == published.definition


def test_what_is_not_there_is_not_found(editor: Client, version: ProcedureVersion) -> None:
    assert editor.get(reverse("procedures:design", args=[9_999_999])).status_code == 404
    assert editor.get(address("design_field", version, at="no.such")).status_code == 404
    assert editor.get(address("design_step", version, 99)).status_code == 404
    assert editor.get(address("design_paper", version, 99)).status_code == 404
    assert editor.get(f"{address('design_field_new', version)}?in=no").status_code == 404


def test_the_buttons_of_the_outline(editor: Client, version: ProcedureVersion) -> None:
    before = order(version, "death")
    press(editor, version, "down:death.time")
    assert order(version, "death")[:2] == [before[1], before[0]]
    press(editor, version, "up:death.time")
    assert order(version, "death") == before
    press(editor, version, "copy:death.place")
    assert order(version, "death")[4] == "place_2"
    page = press(editor, version, "delete:death.place_2")
    assert order(version, "death") == before
    assert "Hoàn tác: Xóa «Nơi chết (bản sao)»" in text(page)
    press(editor, version, "drop:death.cause:death.time")
    assert order(version, "death")[0] == "cause"
    press(editor, version, "block:address")
    assert "address" in definition_of(version)["form"]["properties"]


def test_what_is_moved_elsewhere_is_still_read_where_it_was_read(editor: Client, version: ProcedureVersion) -> None:
    press(editor, version, "drop:death.notice:deceased.full_name")
    definition = definition_of(version)
    assert "notice" in definition["form"]["properties"]["deceased"]["properties"]
    assert '"/death/notice"' not in json.dumps(definition)
    assert definition["papers"][1]["when"] == {"field": "/deceased/notice", "equals": "paper"}


def test_a_deletion_that_breaks_a_condition_is_told_where_it_breaks_and_undone(
    editor: Client, version: ProcedureVersion
) -> None:
    before = version.definition
    page = text(press(editor, version, "delete:death.notice"))
    assert "điều kiện dựa vào «/death/notice»".lower() in page.lower()
    version.refresh_from_db()
    answer = editor.post(
        address("design_undo", version),
        {"seen": version.definition_digest, "then": address("design_form", version)},
        follow=True,
    )
    assert "Đã hoàn tác: Xóa «Giấy báo tử hoặc giấy tờ thay thế»" in text(answer)
    version.refresh_from_db()
    assert version.definition == before


def test_undo_goes_back_step_by_step_and_no_further(editor: Client, version: ProcedureVersion) -> None:
    first = version.definition
    for do in ("delete:death.time", "delete:death.place"):
        press(editor, version, do)
    for _ in range(3):
        version.refresh_from_db()
        page = editor.post(address("design_undo", version), {"seen": version.definition_digest}, follow=True)
    version.refresh_from_db()
    assert version.definition == first
    assert "Không còn thay đổi nào" in text(page)
    assert DesignStep.objects.count() == 0


def test_a_new_question_is_set_on_its_own_page(editor: Client, version: ProcedureVersion) -> None:
    url = address("design_field_new", version)
    given = filled(editor.get(f"{url}?in=death").content)
    wrong = editor.post(url, {**given, "title": "", "kind": "radio"})
    assert wrong.status_code == 422
    assert "Ghi câu hỏi" in text(wrong)
    answer = editor.post(url, {**given, "title": "Có mang bệnh truyền nhiễm không", "kind": "radio", "required": "1"})
    assert answer.status_code == 302
    page = answer["Location"]
    assert page.endswith("?at=death.co_mang_benh_truyen_nhiem_khong")
    given = filled(editor.get(page).content)
    given |= {
        "option_title": ["Có", "Không", "Chưa rõ", "", ""],
        "help": "Theo Giấy báo tử.\r\nNếu có.",
        "example": "Lao phổi",
        "when_field": ["/death/notice", ""],
        "when_operator": ["one_of", "is"],
        "when_value": ["Có bản giấy; Đã có Giấy báo tử điện tử", ""],
        "error_required": "Chọn có hoặc không",
    }
    assert editor.post(page, given).status_code == 302
    made = definition_of(version)["form"]["properties"]["death"]["properties"]["co_mang_benh_truyen_nhiem_khong"]
    assert made == {
        "type": "string",
        "title": "Có mang bệnh truyền nhiễm không",
        "oneOf": [
            {"const": "lua_chon_1", "title": "Có"},
            {"const": "lua_chon_2", "title": "Không"},
            {"const": "chua_ro", "title": "Chưa rõ"},
        ],
        "x-widget": "radio",
        "x-help": "Theo Giấy báo tử.\nNếu có.",
        "x-example": "Lao phổi",
        "x-when": {"field": "/death/notice", "in": ["paper", "electronic"]},
        "x-errors": {"required": "Chọn có hoặc không"},
    }


def test_what_cannot_be_set_is_told_at_its_control_and_kept(editor: Client, version: ProcedureVersion) -> None:
    url = address("design_field", version, at="request.copies")
    given = filled(editor.get(url).content)
    given |= {
        "title": "Số bản mới gõ",
        "minimum": "9",
        "maximum": "abc",
        "key": "Số bản",
        "when_value": ["không có lựa chọn này"],
    }
    page = editor.post(url, given)
    assert page.status_code == 422
    for sentence in ("phải là một số", "Tên máy chỉ gồm", "không có lựa chọn", "Số bản mới gõ"):
        assert sentence in text(page)
    version.refresh_from_db()
    assert DesignStep.objects.count() == 0


def test_two_editors_at_once_the_second_is_told_and_loses_nothing(editor: Client, version: ProcedureVersion) -> None:
    url = address("design_field", version, at="death.place")
    mine = {**filled(editor.get(url).content), "title": "Nơi chết (ghi rõ)"}
    other = sign_in(Client(), "catalogue_editor", "soan2")
    theirs = {**filled(other.get(address("design_field", version, at="death.cause")).content), "title": "Nguyên nhân"}
    assert other.post(address("design_field", version, at="death.cause"), theirs).status_code == 302
    page = editor.post(url, mine)
    assert page.status_code == 422
    assert "vừa được Cán bộ soan2 lưu lúc 09:00 (Sửa «Nguyên nhân»)" in text(page)
    assert "Nơi chết (ghi rõ)" in text(page)
    again = {**filled(page.content), "title": "Nơi chết (ghi rõ)"}
    assert editor.post(url, again).status_code == 302
    fields = definition_of(version)["form"]["properties"]["death"]["properties"]
    assert (fields["place"]["title"], fields["cause"]["title"]) == ("Nơi chết (ghi rõ)", "Nguyên nhân")


def test_a_press_on_an_old_page_changes_nothing(editor: Client, version: ProcedureVersion) -> None:
    old = version.definition_digest
    press(editor, version, "delete:death.time")
    answer = editor.post(address("design_change", version), {"seen": old, "do": "delete:death"}, follow=True)
    assert "vừa được" in text(answer)
    assert "death" in definition_of(version)["form"]["properties"]


@pytest.mark.parametrize(
    "do", ["", "up", "fly:death", "up:no.such", "drop:death:no", "block:no", "delete:", "drop:death.time:"]
)
def test_presses_that_mean_nothing(editor: Client, version: ProcedureVersion, do: str) -> None:
    before = version.definition
    assert press(editor, version, do).status_code == 200
    version.refresh_from_db()
    assert version.definition == before


def test_the_preview_is_filled_in_checked_and_stores_nothing(editor: Client, version: ProcedureVersion) -> None:
    url = address("design_preview_page", version)
    assert editor.get(address("design_preview", version)).status_code == 200
    page = editor.get(url)
    given = filled(page.content, holding="carried")
    wrong = editor.post(url, given)
    assert wrong.status_code == 422
    assert "Chọn quan hệ với người chết" in text(wrong)
    with CaptureQueriesContext(connection) as found:
        second = editor.post(url, {**given, "requester.relation": "child", "requester.fee_exemption": "none"})
    assert second.status_code == 200
    assert "Người chết" in text(second)
    assert not [query for query in found.captured_queries if query["sql"].startswith(("INSERT", "UPDATE", "DELETE"))
                and "session" not in query["sql"]]  # fmt: skip
    carried = filled(second.content, holding="carried")
    assert '"relation": "child"' in carried["carried"][0]


def test_the_preview_goes_to_the_end(editor: Client) -> None:
    found = modelled("2.000908")
    version = draft_of(found["version"], code="2.000908")
    url = address("design_preview_page", version)
    data = found["samples"][0]["data"]
    group = [node.key for node in outline(found["version"]["form"]) if node.level == 0][-1]
    posted = {f"{group}.{key}": str(value) for key, value in data[group].items() if not isinstance(value, dict | list)}
    page = editor.post(url, {"group": group, "carried": json.dumps(data), **posted})
    assert "Biểu mẫu điền được đến hết" in text(page), text(page)[-2500:]


@pytest.mark.parametrize("carried", ["[", "[1]", "null", '{"applicant": {"x": 1}}', "x" * 500_000, '{"requester": 5}'])
def test_the_preview_minds_nothing_strange(editor: Client, version: ProcedureVersion, carried: str) -> None:
    answer = editor.post(address("design_preview_page", version), {"group": "requester", "carried": carried})
    assert answer.status_code == 422


def test_a_step_is_added_and_led_to(editor: Client, version: ProcedureVersion) -> None:
    number = len(definition_of(version)["route"]["steps"])
    url = address("design_step", version, number)
    given = filled(editor.get(url).content)
    wrong = editor.post(url, {**given, "title": "", "hours": "nửa ngày"})
    assert wrong.status_code == 422
    assert "Ghi số giờ làm việc" in text(wrong)
    assert "nửa ngày" in text(wrong)
    answer = editor.post(url, {**given, "title": "Kiểm tra lại", "role": "unit_head", "hours": "2"}, follow=True)
    assert "không có hành động nào" in text(answer)
    assert "không đường nào dẫn đến bước «Kiểm tra lại»".lower() in text(answer).lower()
    given = filled(editor.get(url).content)
    given |= {"a0_title": "Trình ký", "a0_kind": "forward", "a0_to": ["approve"]}
    assert editor.post(url, given).status_code == 302
    step = definition_of(version)["route"]["steps"][number]
    assert step["actions"] == [{"key": "trinh_ky", "title": "Trình ký", "kind": "forward", "to": "approve"}]


def test_opinions_need_who_is_asked_and_where_they_meet(editor: Client, version: ProcedureVersion) -> None:
    url = address("design_step", version, 0)
    given = filled(editor.get(url).content)
    given |= {"a1_title": "Lấy ý kiến", "a1_kind": "parallel", "a1_to": []}
    page = editor.post(url, given)
    assert page.status_code == 422
    assert "chọn các bước cho ý kiến và bước tổng hợp" in text(page)


def test_hours_are_held_against_the_legal_term_at_once(editor: Client, version: ProcedureVersion) -> None:
    url = address("design_step", version, 0)
    given = {**filled(editor.get(url).content), "hours": "200"}
    page = text(editor.post(url, given, follow=True))
    assert "Quá thời hạn" in page
    assert "201 giờ làm việc" in page


def test_dossiers_under_way_keep_their_version_and_the_page_says_how_many(
    editor: Client, version: ProcedureVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = ProcedureVersion.objects.get(procedure_id=version.procedure_id, number=1)
    monkeypatch.setattr(
        open_dossiers, "_count", lambda procedure_id: {first.pk: 12} if procedure_id == version.procedure_id else {}
    )
    page = text(editor.get(address("design_route", version)))
    assert "12 hồ sơ chưa xong theo phiên bản 1" in page


def test_a_draft_of_a_procedure_known_from_the_catalogue_only_opens(editor: Client) -> None:
    procedure = make_procedure(code="9.1")
    number = start_draft(procedure_id=procedure.pk, actor=SYSTEM, now=NOW)
    version = ProcedureVersion.objects.get(pk=number)
    for name in PAGES:
        assert editor.get(address(name, version)).status_code in (200, 422), name
    assert "Biểu mẫu chưa có trang nào" in text(editor.get(address("design_form", version)))


def test_general_facts_papers_fees_terms_and_results_from_nothing(editor: Client) -> None:
    procedure = make_procedure(code="9.1")
    version = ProcedureVersion.objects.get(pk=start_draft(procedure_id=procedure.pk, actor=SYSTEM, now=NOW))
    given = filled(editor.get(address("design", version)).content)
    given |= {"summary": "Được cấp giấy xác nhận.", "competent_kind": "people_committee", "competent_level": "commune",
              "levels": ["commune"], "channels": ["online", "counter"], "legal_basis": "không có dấu gạch"}  # fmt: skip
    wrong = editor.post(address("design", version), given)
    assert wrong.status_code == 422
    assert "thiếu dấu |" in text(wrong)
    assert (
        editor.post(address("design", version), {**given, "legal_basis": "12/2026/NĐ-CP | Nghị định thử"}).status_code
        == 302
    )
    made = {
        "design_paper": {"name": "Tờ khai", "original": "1", "copy": "0", "required": "1"},
        "design_fee": {"name": "Lệ phí", "amount": "8.000", "unit": "bản"},
        "design_term": {"amount": "3", "unit": "working_day"},
        "design_result": {"name": "Giấy xác nhận", "kind": "certificate"},
    }
    for name, values in made.items():
        url = address(name, version, 0)
        given = filled(editor.get(url).content)
        assert (
            editor.post(url, {**given, **{key: "" for key in values if key in ("name", "amount")}}).status_code == 422
        ), name
        assert editor.post(url, {**given, **values}).status_code == 302, name
    definition = definition_of(version)
    assert definition["legal_basis"] == [{"title": "Nghị định thử", "number": "12/2026/NĐ-CP"}]
    assert definition["papers"][0]["key"] == "to_khai"
    assert definition["fees"][0]["amount"] == 8000
    assert definition["deadline"]["cases"][0]["amount"] == 3
    assert definition["result"][0]["kind"] == "certificate"
    press(editor, version, "delete:0", "design_fees")
    press(editor, version, "known:unknown", "design_fees")
    assert definition_of(version)["fees"] is None
