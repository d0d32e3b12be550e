"""The desk and the list, over HTTP: what they show to whom, filters, keyset, marked rows, export."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from tinhso.kernel.access.api import Actor, User
from tinhso.modules.dossiers import api as dossiers
from tinhso.modules.dossiers.models import SavedFilter, Task
from tinhso.modules.dossiers.queries import lists
from tinhso.modules.dossiers.rules import State
from tinhso.modules.dossiers.tests import factories as f

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage() -> f.Stage:
    return f.make_stage()


@pytest.fixture(autouse=True)
def _at_now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tinhso.kernel.access.web.now", lambda: f.NOW + timedelta(hours=1))


def browser(actor: Actor | None) -> Client:
    client = Client()
    if actor is not None:
        client.force_login(User.objects.get(pk=actor.user_id))
    return client


def codes(response: Any) -> list[str]:
    return [row.code for row in response.context["page"].rows]


def test_nobody_is_sent_to_sign_in_and_a_citizen_is_told_why_not(stage: f.Stage) -> None:
    for name in ("dossiers:desk", "dossiers:list", "dossiers:counter"):
        assert browser(None).get(reverse(name)).status_code == 302
        refused = browser(stage.citizen).get(reverse(name))
        assert refused.status_code == 403
        assert "không có vai trò" in refused.content.decode()


def test_the_desk_counts_and_shows_the_work_of_each_role(stage: f.Stage) -> None:
    f.send(stage)
    f.submitted_to_leader(stage)
    f.issued(stage)
    dossier = f.accepted(stage)
    dossiers.claim(task_id=f.open_task(dossier).pk, actor=stage.handler, now=f.NOW)

    desk = browser(stage.handler).get(reverse("dossiers:desk")).context["desk"]
    assert (desk.mine.text, desk.returned.text, len(desk.held.tasks), len(desk.pool.tasks)) == ("1", "0", 1, 0)
    clerk = browser(stage.clerk).get(reverse("dossiers:desk")).context["desk"]
    assert (len(clerk.intake.tasks), len(clerk.handing_back.tasks), clerk.agency_late) == (1, 1, None)
    leader = browser(stage.leader).get(reverse("dossiers:desk"))
    assert "Chờ tôi duyệt" in leader.content.decode()
    assert len(leader.context["desk"].pool.tasks) == 1


def test_the_numbers_lead_to_lists_of_the_same_length(stage: f.Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    returned = f.submitted_to_leader(stage)
    f.do(returned, "return", stage.leader, comment="Thiếu căn cứ pháp lý.")
    f.accepted(stage)
    monkeypatch.setattr("tinhso.kernel.access.web.now", lambda: f.NOW + timedelta(days=3))
    client = browser(stage.handler)
    page = client.get(reverse("dossiers:desk"))
    desk = page.context["desk"]
    assert (desk.mine.text, desk.late.text, desk.returned.text) == ("1", "2", "1")
    assert codes(client.get(reverse("dossiers:list") + "?holder=me")) == [returned.code]
    assert len(codes(client.get(reverse("dossiers:list") + "?holder=work&due=late"))) == 2
    assert codes(client.get(reverse("dossiers:list") + "?holder=me&returned=1")) == [returned.code]


def test_due_today_is_the_day_in_vietnam(stage: f.Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    dossier = f.accepted(stage)
    url = reverse("dossiers:list") + "?due=today"
    assert codes(browser(stage.handler).get(url)) == []
    monkeypatch.setattr("tinhso.kernel.access.web.now", lambda: dossier.due_at - timedelta(hours=9))
    assert codes(browser(stage.handler).get(url)) == [dossier.code]


def test_a_list_covers_the_officers_organisations_only(stage: f.Stage) -> None:
    dossier = f.accepted(stage)
    for actor in (stage.handler, stage.clerk, stage.head, stage.leader):
        assert codes(browser(actor).get(reverse("dossiers:list"))) == [dossier.code]
    elsewhere = browser(stage.elsewhere).get(reverse("dossiers:list"))
    assert codes(elsewhere) == []
    assert "Không có hồ sơ nào chưa xong" in elsewhere.content.decode()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=le+thi+hong", 1),
        ("q=trần", 0),
        ("state=4", 0),
        ("state=2", 1),
        ("state=all&channel=counter", 0),
        ("procedure=1.001193", 1),
        ("procedure=field:Hộ tịch", 1),
        ("procedure=9.999999", 0),
        ("from=24/11/2026&until=24/11/2026", 1),
        ("from=25/11/2026", 0),
        ("holder=nobody", 1),
        ("holder=me", 0),
        ("name=binh", 0),
        ("sort=received", 1),
        ("sort=code", 1),
        ("state=nonsense&due=x&holder=y&channel=z&agency=z&after=x", 1),
    ],
)
def test_filters(stage: f.Stage, query: str, found: int) -> None:
    f.accepted(stage)
    response = browser(stage.handler).get(f"{reverse('dossiers:list')}?{query}")
    assert response.status_code == 200
    assert len(codes(response)) == found


def test_a_holder_is_found_by_part_of_the_name_without_marks(stage: f.Stage) -> None:
    dossier = f.accepted(stage)
    dossiers.claim(task_id=f.open_task(dossier).pk, actor=stage.handler, now=f.NOW)
    assert codes(browser(stage.head).get(reverse("dossiers:list") + "?name=nguyen van")) == [dossier.code]


def test_a_wrong_date_is_told_and_the_list_is_still_there(stage: f.Stage) -> None:
    f.accepted(stage)
    response = browser(stage.handler).get(reverse("dossiers:list") + "?from=31/2/2026")
    assert response.status_code == 422
    assert "Không có ngày 31/2/2026" in response.content.decode()
    assert len(codes(response)) == 1


def test_a_whole_code_leads_to_its_dossier_if_the_list_covers_it(stage: f.Stage) -> None:
    dossier = f.accepted(stage)
    url = f"{reverse('dossiers:list')}?q={dossier.code.lower()}"
    assert browser(stage.handler).get(url).headers["Location"] == reverse("dossiers:show", args=[dossier.public_id])
    assert codes(browser(stage.elsewhere).get(url)) == []


def test_pages_follow_each_other_without_gap_or_repetition(stage: f.Stage) -> None:
    """Several without a due time, several with the same one: every order is total."""
    for number in range(5):
        f.accepted(stage, now=f.NOW + timedelta(minutes=number // 2))
    for number in range(4):
        f.send(stage, now=f.NOW + timedelta(minutes=number // 2))
    scope = lists.scope_of(stage.handler, on=f.TODAY)
    for sort in ("due", "received", "code"):
        seen: list[str] = []
        after = ""
        for _ in range(10):
            filters = lists.Filters(sort=sort)  # type: ignore[arg-type]
            page = lists.page_of(stage.handler, filters, scope=scope, after=after, limit=2, now=f.NOW)
            seen += [row.code for row in page.rows]
            after = page.next
            if not after:
                break
        assert len(seen) == len(set(seen)) == 9, sort
    whole = lists.page_of(stage.handler, lists.Filters(), scope=scope, now=f.NOW)
    assert [row.due_at is None for row in whole.rows] == [False] * 5 + [True] * 4


def test_marked_tasks_are_claimed_and_each_tells_its_outcome(stage: f.Stage) -> None:
    first, second = f.accepted(stage), f.accepted(stage)
    taken = f.open_task(second)
    dossiers.claim(task_id=taken.pk, actor=stage.colleague, now=f.NOW)
    client = browser(stage.handler)
    response = client.post(
        reverse("dossiers:claim_marked"),
        {"task": [f.open_task(first).pk, taken.pk, 999999, "x"], "query": "sort=code"},
        follow=True,
    )
    text = response.content.decode()
    assert "Đã nhận 1 việc" in text
    assert "đang do Hà Thu Trang xử lý" in text
    assert "không còn trong hệ thống" in text
    assert f.open_task(first).holder_id == stage.handler.user_id
    assert response.redirect_chain[0][0].endswith("?sort=code")
    assert "Chưa đánh dấu việc nào" in client.post(reverse("dossiers:claim_marked"), follow=True).content.decode()


def test_an_officer_elsewhere_claims_nothing(stage: f.Stage) -> None:
    task = f.open_task(f.accepted(stage))
    browser(stage.elsewhere).post(reverse("dossiers:claim_marked"), {"task": [task.pk]})
    assert Task.objects.get(pk=task.pk).holder_id is None


def test_columns_are_kept_for_the_session(stage: f.Stage) -> None:
    f.accepted(stage)
    client = browser(stage.handler)
    client.post(reverse("dossiers:choose_columns"), {"column": ["channel", "money", "nonsense"], "query": ""})
    assert client.get(reverse("dossiers:list")).context["columns"] == {"channel", "money"}


def test_filters_are_kept_under_a_name_and_forgotten(stage: f.Stage) -> None:
    client = browser(stage.handler)
    assert (
        "Đặt tên" in client.post(reverse("dossiers:keep_filter"), {"query": "due=late"}, follow=True).content.decode()
    )
    client.post(reverse("dossiers:keep_filter"), {"filter_name": "Quá hạn", "query": "due=late"})
    page = client.get(reverse("dossiers:list")).content.decode()
    assert "Quá hạn" in page
    assert f"{reverse('dossiers:list')}?due=late" in page
    kept = SavedFilter.objects.get()
    browser(stage.colleague).post(reverse("dossiers:forget_filter", args=[kept.pk]))
    assert SavedFilter.objects.exists()
    client.post(reverse("dossiers:forget_filter", args=[kept.pk]))
    assert not SavedFilter.objects.exists()


def test_the_export_holds_the_filtered_rows_as_texts_and_is_noted(stage: f.Stage) -> None:
    from tinhso.kernel.audit.api import trail

    dossier = f.accepted(stage, full_name='=HYPERLINK("http://x")')
    f.send(stage)
    response = browser(stage.handler).get(reverse("dossiers:list_export") + "?state=2")
    sheet = load_workbook(io.BytesIO(response.content)).active
    rows = list(sheet.iter_rows(min_row=2, values_only=True))
    assert rows[0][0] == dossier.code
    assert rows[0][1] == '=HYPERLINK("http://x")'
    assert sheet["B2"].data_type == "s"
    assert rows[1][0] is None
    line = trail(f"user:{stage.handler.user_id}")[-1]
    assert (line.action, line.after) == ("dossiers.export_list", {"rows": 1, "filter": ["state"]})
    assert browser(stage.citizen).get(reverse("dossiers:list_export")).status_code == 403


def test_the_list_is_printed(stage: f.Stage) -> None:
    dossier = f.accepted(stage)
    assert dossier.code in browser(stage.handler).get(reverse("dossiers:list_print")).content.decode()


def test_hostile_names_are_shown_as_text(stage: f.Stage) -> None:
    f.accepted(stage, full_name='<script>alert("x")</script>')
    for url in (reverse("dossiers:list"), reverse("dossiers:desk"), reverse("dossiers:list_print")):
        text = browser(stage.handler).get(url).content.decode()
        assert "<script>alert" not in text
        assert "&lt;script&gt;alert" in text


def test_scope_of_somebody_over_everything_and_of_one_centre(stage: f.Stage) -> None:
    from tinhso.modules.directory.models import Organisation
    from tinhso.modules.directory.tests.factories import get_organisation, give, make_officer

    f.accepted(stage)
    f.send(stage)
    above = give(make_officer("tinh", "Đỗ Trọng Hưng"), "leader", get_organisation("H56"), subtree=True)
    scope = lists.scope_of(above, on=f.TODAY)
    # Every centre's agency is covered too: the agencies alone say it all.
    assert scope.office_ids == frozenset()
    assert len(scope.agency_ids) == Organisation.objects.exclude(kind="public_service_centre").count()
    page = lists.page_of(above, lists.Filters(states=frozenset(State)), scope=scope, now=f.NOW)
    assert len(page.rows) == 2
    assert lists.scope_of(stage.clerk, on=f.TODAY).office_ids == {stage.office_id}
