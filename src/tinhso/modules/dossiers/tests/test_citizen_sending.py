"""Check, send, receipt: all problems named, one dossier however often it is sent."""

from __future__ import annotations

import pytest

from tinhso.modules.dossiers.models import Dossier
from tinhso.modules.dossiers.tests.citizen_steps import address, begin, browser, budget, file_whole, save, send, write
from tinhso.modules.dossiers.tests.factories import APPLICANT, Stage, make_stage, write_draft

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage() -> Stage:
    return make_stage()


@pytest.mark.usefixtures("stage")
def test_everything_still_to_do_is_listed_with_its_place() -> None:
    client = browser()
    draft = begin(client)
    page = client.get(address("check", draft)).content.decode()
    assert f'href="{address("applicant", draft)}#full_name"' in page
    assert f'href="{address("form", draft, "child")}#child-full_name"' in page
    assert f'href="{address("papers", draft)}#paper-birth_proof"' in page
    assert client.post(address("send", draft)).url == address("check", draft)
    assert not Dossier.objects.exists()


def test_the_answers_the_fee_and_the_day_are_shown_before_sending(stage: Stage) -> None:
    client = browser(stage.citizen)
    draft = str(write_draft(stage))
    page = client.get(address("check", draft)).content.decode()
    assert "Hồ sơ đã đủ" in page
    assert "Nguyễn Minh Khang" in page
    assert "14/09/2026" in page
    assert "chung-sinh.png" in page
    assert "16.000 đồng" in page or "8.000 đồng" in page
    assert "Nếu hồ sơ được tiếp nhận ngay bây giờ" in page
    assert "01 ngày làm việc" in page


def test_the_receipt_gives_code_and_pin_and_says_who_holds_it(stage: Stage) -> None:
    client = browser()
    draft, code, pin, follow = file_whole(stage, client)
    page = client.get(f"/dossiers/sent/{draft}/").content.decode()
    assert Dossier.objects.get().code == code
    assert pin in page
    assert "Trung tâm Phục vụ hành chính công phường Hạc Thành" in page
    assert client.get(follow).status_code == 200


def test_sent_again_by_double_click_or_the_back_button_it_is_one_dossier(stage: Stage) -> None:
    client = browser(stage.citizen)
    draft, code, _, _ = file_whole(stage, client)
    receipt = f"/dossiers/sent/{draft}/"
    assert client.post(address("send", draft)).url == receipt
    assert client.get(address("send", draft)).url == address("check", draft)
    for page in (
        address("applicant", draft),
        address("form", draft, "child"),
        address("papers", draft),
        address("check", draft),
        f"/dossiers/drafts/{draft}/",
    ):
        assert client.get(page).url == receipt
    assert client.post(address("applicant", draft), {**APPLICANT, "full_name": "Muộn Rồi"}).url == receipt
    assert client.post(address("discard", draft)).url == receipt
    assert Dossier.objects.get().code == code
    assert code in client.get(receipt).content.decode()


def test_the_receipt_is_for_the_sender_only(stage: Stage) -> None:
    draft, _, _, _ = file_whole(stage, browser())
    url = f"/dossiers/sent/{draft}/"
    for page in (url, f"{url}slip.pdf"):
        assert browser(stage.citizen).get(page).status_code == 404
        assert browser(stage.handler).get(page).status_code == 403
        assert browser().get(page).status_code == 302


def test_a_draft_not_sent_has_no_receipt(stage: Stage) -> None:
    client = browser(stage.citizen)
    draft = begin(client)
    assert client.get(f"/dossiers/sent/{draft}/").url == f"/dossiers/drafts/{draft}/"


def test_the_slip_is_a_pdf_and_not_kept_by_anyone_between(stage: Stage) -> None:
    client = browser()
    draft, code, _, _ = file_whole(stage, client)
    response = client.get(f"/dossiers/sent/{draft}/slip.pdf")
    assert response.content.startswith(b"%PDF")
    assert code in response.headers["Content-Disposition"]
    assert "no-store" in response.headers["Cache-Control"]


def test_on_a_shared_machine_it_is_closed(stage: Stage) -> None:
    client = browser()
    draft, _, _, follow = file_whole(stage, client)
    client.post("/dossiers/track/end/")
    assert client.get(f"/dossiers/sent/{draft}/").status_code == 302
    assert client.get(follow).url.startswith("/dossiers/track/")


def test_the_dossier_sent_without_an_account_stays_so_after_signing_in(stage: Stage) -> None:
    client = browser()
    draft = begin(client)
    write(client, draft)
    send(client, draft)
    client.post("/identity/login/", {"login": "citizen", "password": "tinhso-demo-2026"})
    client.get("/dossiers/mine/")
    assert Dossier.objects.get().owner_id is None


def test_hostile_answers_go_through_and_show_literally(stage: Stage) -> None:
    client = browser(stage.citizen)
    draft = str(write_draft(stage, full_name="<img src=x onerror=alert(1)>"))
    save(
        client,
        address("form", draft, "child"),
        {"child.full_name": "</dd><script>alert(1)</script>", "child.birth_date": "1/9/2026", "child.sex": "male"},
    )
    _, _, follow = send(client, draft)
    for page in (follow, "/dossiers/mine/", f"/dossiers/sent/{draft}/"):
        content = client.get(page).content.decode()
        assert "<img src=x" not in content
        assert "<script>alert" not in content


def test_pages_keep_their_budget(stage: Stage, django_assert_max_num_queries) -> None:
    client = browser(stage.citizen)
    draft, _, _, _ = file_whole(stage, client)
    with django_assert_max_num_queries(budget("dossiers:sent")):
        client.get(f"/dossiers/sent/{draft}/")
    with django_assert_max_num_queries(budget("dossiers:sent_slip")):
        client.get(f"/dossiers/sent/{draft}/slip.pdf")
