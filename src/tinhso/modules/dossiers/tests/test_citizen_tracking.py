"""Following a dossier: by code and PIN, as its owner, and by nobody else."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.cache import cache

from tinhso.kernel.clock import now
from tinhso.modules.dossiers import api as dossiers
from tinhso.modules.dossiers.models import DeadlineChange, Dossier
from tinhso.modules.dossiers.services.submitting import current_pin
from tinhso.modules.dossiers.tests.citizen_steps import browser, budget
from tinhso.modules.dossiers.tests.factories import Stage, accepted, issued, make_stage, send
from tinhso.modules.dossiers.web.citizen.story import days_of, stretches

pytestmark = pytest.mark.django_db
TRACK = "/dossiers/track/"


@pytest.fixture(autouse=True)
def _fresh_limits() -> None:
    cache.clear()


@pytest.fixture
def stage() -> Stage:
    return make_stage()


def follow(dossier: Dossier) -> str:
    return f"/dossiers/follow/{dossier.public_id}/"


def test_code_and_pin_together_open_it_in_this_browser_only(stage: Stage) -> None:
    dossier = send(stage)
    client = browser()
    pin = current_pin(dossier)
    response = client.post(TRACK, {"code": f" {dossier.code.lower()} ", "pin": f"{pin[:3]} {pin[3:]}"})
    assert response.url == follow(dossier)
    assert dossier.code in client.get(follow(dossier)).content.decode()
    assert browser().get(follow(dossier)).url.split("?")[0] == TRACK


def test_a_code_alone_opens_nothing_and_is_not_confirmed(stage: Stage) -> None:
    dossier = send(stage)
    wrong = browser().post(TRACK, {"code": dossier.code, "pin": "000000"}).content.decode()
    unknown = browser().post(TRACK, {"code": "H56.102-200101-0001", "pin": "000000"}).content.decode()
    sentence = "Mã hồ sơ và mã PIN không khớp"
    assert sentence in wrong
    assert sentence in unknown
    response = browser().post(TRACK, {"code": dossier.code})
    assert response.status_code == 422
    assert "Nhập mã PIN" in response.content.decode()
    assert browser().get(f"{TRACK}?code={dossier.code}&pin={current_pin(dossier)}").status_code == 200


@pytest.mark.parametrize("code", ["\x00", "H56\x00", "'; --", "Ư" * 500, "<b>"])
@pytest.mark.usefixtures("stage")
def test_hostile_codes_are_just_wrong(code: str) -> None:
    response = browser().post(TRACK, {"code": code, "pin": "\x00"})
    assert response.status_code == 422
    assert "<b>" not in response.content.decode().split("<main")[1].split("</form>")[0].replace("<b>Dịch", "")


def test_many_wrong_pins_lock_the_code_and_say_what_to_do(stage: Stage) -> None:
    dossier = send(stage)
    client = browser()
    for _ in range(5):
        client.post(TRACK, {"code": dossier.code, "pin": "000000"})
    response = client.post(TRACK, {"code": dossier.code, "pin": current_pin(dossier)})
    assert response.status_code == 422
    assert "thử lại sau 15 phút" in response.content.decode()
    assert browser(stage.citizen).get(follow(dossier)).status_code == 200


def test_nobody_tries_pins_of_many_codes(stage: Stage, settings) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"dossiers_pin": "3/h/ip"}
    dossier = send(stage)
    client = browser()
    for number in range(3):
        client.post(TRACK, {"code": f"H56.102-261124-{number:04}", "pin": "000000"})
    response = client.post(TRACK, {"code": dossier.code, "pin": current_pin(dossier)})
    assert response.status_code == 422
    assert "Có quá nhiều lần nhập sai" in response.content.decode()


def test_strangers_do_not_see_it(stage: Stage) -> None:
    dossier = send(stage)
    for page in (follow(dossier), f"{follow(dossier)}why/", f"{follow(dossier)}receipt.pdf"):
        assert browser().get(page).url.split("?")[0] == TRACK
        assert browser(stage.stranger).get(page).status_code == 404
        assert browser(stage.elsewhere).get(page).status_code == 404
    assert browser(stage.clerk).get(follow(dossier)).status_code == 200
    assert browser().get("/dossiers/follow/00000000-0000-4000-8000-000000000000/").url.split("?")[0] == TRACK


def test_by_pin_numbers_of_people_are_masked_and_papers_closed(stage: Stage) -> None:
    dossier = send(stage)
    client = browser()
    client.post(TRACK, {"code": dossier.code, "pin": current_pin(dossier)})
    page = client.get(follow(dossier)).content.decode()
    assert "038192004517" not in page
    assert "0912345678" not in page
    assert "••••••••4517" in page
    paper = dossiers.dossier_view(dossier.public_id).papers[0]
    assert client.get(f"{follow(dossier)}papers/{paper.id}/").status_code == 404
    owner = browser(stage.citizen)
    assert "038192004517" in owner.get(follow(dossier)).content.decode()
    assert owner.get(f"{follow(dossier)}papers/{paper.id}/").status_code == 200
    assert owner.get(f"{follow(dossier)}papers/{paper.id + 999}/").status_code == 404


def test_closing_ends_it(stage: Stage) -> None:
    dossier = send(stage)
    client = browser()
    client.post(TRACK, {"code": dossier.code, "pin": current_pin(dossier)})
    client.post(f"{TRACK}end/")
    assert client.get(follow(dossier)).url.split("?")[0] == TRACK


def test_what_was_opened_by_pin_closes_by_itself(stage: Stage) -> None:
    dossier = send(stage)
    client = browser()
    client.post(TRACK, {"code": dossier.code, "pin": current_pin(dossier)})
    session = client.session
    session["followed"] = {str(dossier.public_id): (now() - timedelta(hours=3)).isoformat()}
    session.save()
    assert client.get(follow(dossier)).url.split("?")[0] == TRACK


def test_the_story_tells_what_happened_who_holds_it_and_what_comes(stage: Stage) -> None:
    dossier = accepted(stage)
    page = browser(stage.citizen).get(follow(dossier)).content.decode()
    assert "Đã tiếp nhận hồ sơ" in page
    assert "Đang ở bước: Thẩm tra" in page
    assert "Văn phòng HĐND và UBND, UBND phường Hạc Thành" in page
    assert "Nguyễn Văn Bình" not in page  # who works on it inside is not told
    assert "Dự kiến" in page
    assert "25/11/2026" in page


def test_the_owner_takes_a_new_pin_and_the_old_one_ends(stage: Stage) -> None:
    dossier = send(stage)
    old = current_pin(dossier)
    client = browser(stage.citizen)
    url = f"{follow(dossier)}pin/"
    client.get(url)
    assert current_pin(Dossier.objects.get()) == old
    assert client.post(url).url == follow(dossier)
    new = current_pin(Dossier.objects.get())
    page = client.get(follow(dossier)).content.decode()
    assert f"{new[:3]} {new[3:]}" in page
    assert f"{new[:3]} {new[3:]}" not in client.get(follow(dossier)).content.decode()
    assert browser().post(TRACK, {"code": dossier.code, "pin": old}).status_code == 422
    assert browser().post(TRACK, {"code": dossier.code, "pin": new}).status_code == 302
    assert browser(stage.stranger).post(url).status_code == 404
    assert browser().post(url).status_code == 302


def test_why_this_date_shows_every_day_and_the_history(stage: Stage) -> None:
    dossier = accepted(stage)
    rows = [
        {"date": "2026-11-27", "counted_minutes": 240, "reason": "Tiếp nhận lúc 13:00"},
        {"date": "2026-11-28", "counted_minutes": 0, "reason": "Cuối tuần"},
        {"date": "2026-11-29", "counted_minutes": 0, "reason": "Cuối tuần"},
        {"date": "2026-11-30", "counted_minutes": 240, "reason": "Hết hạn lúc 11:30"},
    ]
    DeadlineChange.objects.create(
        dossier=dossier, changed_at=now(), changed_by_name="Lê Thị Mai", ground="Gia hạn theo phiếu xin lỗi",
        due_before=dossier.due_at, due_after=dossier.due_at, explanation=rows,
    )  # fmt: skip
    client = browser(stage.citizen)
    page = client.get(f"{follow(dossier)}why/").content.decode()
    assert "Gia hạn theo phiếu xin lỗi" in page
    assert "2 ngày" in page  # the weekend in one row
    for day in ("27/11/2026", "28/11/2026", "29/11/2026", "30/11/2026"):
        assert day in page
    assert "Xem đủ 4 ngày" in page
    assert "Những lần hẹn trước" in page
    assert "01 ngày làm việc" in page
    days = days_of(rows)
    assert [run.length for run in stretches(days)] == [1, 2, 1]
    assert [day.counted for day in days] == ["4 giờ", "không tính", "không tính", "4 giờ"]


def test_before_it_is_accepted_there_is_no_date_to_explain(stage: Stage) -> None:
    dossier = send(stage)
    assert "chưa có ngày hẹn" in browser(stage.citizen).get(f"{follow(dossier)}why/").content.decode()


def test_a_refused_dossier_says_why_and_gives_form_03(stage: Stage) -> None:
    dossier = send(stage)
    dossiers.refuse(
        dossier_id=dossier.pk, ground="Thiếu <b>giấy chứng sinh</b>; hãy nộp lại.", actor=stage.clerk, now=now()
    )
    client = browser(stage.citizen)
    page = client.get(follow(dossier)).content.decode()
    assert "Thiếu &lt;b&gt;giấy chứng sinh&lt;/b&gt;; hãy nộp lại." in page
    response = client.get(f"{follow(dossier)}refusal.pdf")
    assert b"".join(response).startswith(b"%PDF")
    assert client.get(f"{follow(dossier)}receipt.pdf").status_code == 404
    assert client.get(f"{follow(dossier)}result.pdf").status_code == 404


def test_papers_of_an_accepted_dossier_are_made_once(stage: Stage) -> None:
    dossier = accepted(stage)
    client = browser(stage.citizen)
    first = b"".join(client.get(f"{follow(dossier)}receipt.pdf"))
    assert first.startswith(b"%PDF")
    assert b"".join(client.get(f"{follow(dossier)}receipt.pdf")) == first


def test_the_list_of_ones_own_shows_drafts_and_dossiers(stage: Stage) -> None:
    sent = [send(stage) for _ in range(2)]
    other = send(stage, actor=stage.stranger)
    client = browser(stage.citizen)
    page = client.get("/dossiers/mine/").content.decode()
    assert all(dossier.code in page for dossier in sent)
    assert other.code not in page
    assert "Mới đăng ký" in page
    assert client.get("/dossiers/mine/?before=abc").status_code == 200
    assert sent[1].code not in client.get(f"/dossiers/mine/?before={sent[1].pk}").content.decode()
    assert browser().get("/dossiers/mine/").url == "/identity/login/?next=/dossiers/mine/"
    assert browser(stage.clerk).get("/dossiers/mine/").status_code == 403


def test_pages_keep_their_budget(stage: Stage, django_assert_max_num_queries) -> None:
    dossier = issued(stage)
    client = browser(stage.citizen)
    client.get(f"{follow(dossier)}receipt.pdf")
    client.get(f"{follow(dossier)}result.pdf")
    refused = send(stage)
    dossiers.refuse(dossier_id=refused.pk, ground="Thiếu giấy chứng sinh.", actor=stage.clerk, now=now())
    client.get(f"{follow(refused)}refusal.pdf")
    paper = dossiers.dossier_view(dossier.public_id).papers[0].id
    pages = {
        "dossiers:mine": "/dossiers/mine/",
        "dossiers:track": TRACK,
        "dossiers:follow": follow(dossier),
        "dossiers:follow_why": f"{follow(dossier)}why/",
        "dossiers:follow_paper": f"{follow(dossier)}papers/{paper}/",
        "dossiers:follow_receipt": f"{follow(dossier)}receipt.pdf",
        "dossiers:follow_result": f"{follow(dossier)}result.pdf",
        "dossiers:follow_refusal": f"{follow(refused)}refusal.pdf",
    }
    for name, url in pages.items():
        with django_assert_max_num_queries(budget(name)):
            assert client.get(url).status_code == 200, name


def test_a_link_to_a_page_of_the_dossier_leads_there_after_the_pin(stage: Stage) -> None:
    """opencps-v2#1471: the request for supplement that could not be opened from its notice."""
    dossier, other = send(stage), send(stage)
    client = browser()
    page = f"{follow(dossier)}supplement/"
    led = client.get(page)
    assert led.url.startswith(TRACK)
    assert page in client.get(led.url).content.decode()
    assert client.post(TRACK, {"code": dossier.code, "pin": current_pin(dossier), "to": page}).url == page
    # The page opens; nothing is asked of this one yet, which it says.
    assert client.get(page).status_code == 409
    assert "Hồ sơ" in client.get(page).content.decode()
    # Of another dossier, or of another site: only the story of what was opened.
    for wanted in (
        page,
        "https://evil.example/",
        "//evil.example",
        f"{follow(other)}../../identity/",
        "/dossiers/desk/",
    ):
        say = {"code": other.code, "pin": current_pin(other), "to": wanted}
        assert browser().post(TRACK, say).url == follow(other)
