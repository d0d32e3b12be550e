"""The page of a dossier and what is done there, over HTTP: by nobody, citizens, officers elsewhere and in charge."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from tinhso.kernel.access.api import Actor
from tinhso.kernel.audit.api import trail
from tinhso.modules.dossiers import api as dossiers
from tinhso.modules.dossiers.models import Dossier, Paper, Printout, Visit
from tinhso.modules.dossiers.rules import MoneyState, State
from tinhso.modules.dossiers.tests import action_steps as steps
from tinhso.modules.dossiers.tests import factories as f
from tinhso.modules.dossiers.tests.test_officer_lists import browser

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage() -> f.Stage:
    return f.make_stage()


@pytest.fixture(autouse=True)
def _at_now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tinhso.kernel.access.web.now", lambda: f.NOW + timedelta(hours=1))


def url(name: str, dossier: Dossier, *args: object) -> str:
    return reverse(f"dossiers:{name}", args=[dossier.public_id, *args])


def text(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, response.status_code
    return response.content.decode()


def state_of(dossier: Dossier) -> State:
    return State(Dossier.objects.get(pk=dossier.pk).state)


GUARDED = [("show", ()), ("why", ()), ("audit", ()), ("preview", ()), ("refuse", ()), ("print", ("receipt",))]


@pytest.mark.parametrize(("name", "args"), GUARDED)
def test_only_officers_in_charge_open_a_dossiers_pages(stage: f.Stage, name: str, args: tuple[str, ...]) -> None:
    dossier = f.send(stage) if name == "refuse" else f.accepted(stage)
    address = url(name, dossier, *args)
    assert browser(None).get(address).status_code == 302
    for actor in (stage.citizen, stage.stranger, stage.elsewhere):
        refused = browser(actor).get(address)
        assert refused.status_code == 403
        assert "Bạn không mở được trang này" in refused.content.decode()
    assert browser(stage.clerk).get(address).status_code == 200


def test_an_unknown_dossier_and_a_paper_of_another_are_not_found(stage: f.Stage) -> None:
    one, other = f.send(stage), f.send(stage, actor=stage.stranger)
    paper = Paper.objects.get(dossier=other)
    client = browser(stage.clerk)
    assert client.get(reverse("dossiers:show", args=["00000000-0000-4000-8000-000000000000"])).status_code == 404
    assert client.get(url("file", one, paper.pk)).status_code == 404
    assert client.get(url("print", one, "result")).status_code == 404
    assert client.get(url("print", one, "nonsense")).status_code == 404
    assert client.get(url("slip", one)).status_code == 404


def test_papers_open_inside_the_page_and_only_for_those_in_charge(stage: f.Stage) -> None:
    dossier = f.send(stage)
    paper = Paper.objects.get(dossier=dossier)
    address = url("file", dossier, paper.pk)
    assert f'src="{address}"' in text(browser(stage.clerk), f"{url('show', dossier)}?open=p{paper.pk}")
    opened = browser(stage.clerk).get(address)
    assert (opened.status_code, opened.headers["Content-Type"]) == (200, "image/png")
    assert browser(stage.elsewhere).get(address).status_code == 403
    assert browser(None).get(address).status_code == 302


def test_the_first_look_of_a_day_is_noted_once_per_officer(stage: f.Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    dossier = f.accepted(stage)

    def looks() -> list[str]:
        return [line.who_label for line in trail(dossier.ref) if line.action == "dossiers.view"]

    for _ in range(2):
        text(browser(stage.handler), url("show", dossier))
        text(browser(stage.handler), url("audit", dossier))
    text(browser(stage.leader), url("show", dossier))
    assert looks() == [stage.handler.label, stage.leader.label]
    monkeypatch.setattr("tinhso.kernel.access.web.now", lambda: f.NOW + timedelta(days=1))
    text(browser(stage.handler), url("show", dossier))
    assert looks() == [stage.handler.label, stage.leader.label, stage.handler.label]
    assert Visit.objects.count() == 2


def test_what_is_new_since_the_last_look_stands_first(stage: f.Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    dossier = f.accepted(stage)
    leader = browser(stage.leader)
    assert "Mới từ lần xem trước" not in text(leader, url("show", dossier))
    f.do(dossier, "submit", stage.handler, comment="Đủ điều kiện, đề nghị ký.", now=f.NOW + timedelta(hours=2))
    monkeypatch.setattr("tinhso.kernel.access.web.now", lambda: f.NOW + timedelta(hours=3))
    page = text(leader, url("show", dossier))
    assert "Mới từ lần xem trước" in page
    assert "Đủ điều kiện, đề nghị ký." in page


def test_a_clerk_accepts_after_looking_at_every_paper(stage: f.Stage) -> None:
    dossier = f.send(stage)
    client = browser(stage.clerk)
    assert "Tiếp nhận bây giờ thì hẹn trả" in text(client, url("show", dossier))
    unseen = client.post(url("accept", dossier), {"note": "Đã gọi điện"})
    assert unseen.status_code == 422
    assert "Giấy chứng sinh" in unseen.content.decode()
    assert "Đã gọi điện" in unseen.content.decode()
    assert state_of(dossier) == State.REGISTERED
    paper = Paper.objects.get(dossier=dossier)
    done = client.post(url("accept", dossier), {"checked": [paper.pk]})
    assert done.headers["Location"] == url("show", dossier) + "?open=receipt"
    assert state_of(dossier) == State.ACCEPTED
    receipt = client.get(url("print", dossier, "receipt"))
    assert b"".join(receipt.streaming_content).startswith(b"%PDF")  # type: ignore[attr-defined]
    assert url("print", dossier, "receipt") in text(client, url("show", dossier) + "?open=receipt")


def test_accepting_twice_is_told_who_was_first(stage: f.Stage) -> None:
    dossier = f.send(stage)
    dossiers.accept(dossier_id=dossier.pk, actor=stage.clerk, now=f.NOW)
    again = browser(stage.clerk).post(url("accept", dossier), {"checked": []})
    assert again.status_code == 422
    assert "đã được Lê Thị Mai thực hiện lúc 09:00 ngày 24/11/2026" in again.content.decode()
    assert Printout.objects.count() <= 1


def test_a_clerk_refuses_with_a_ground_from_a_template(stage: f.Stage) -> None:
    dossier = f.send(stage)
    client = browser(stage.clerk)
    filled = text(client, url("refuse", dossier) + "?template=missing&paper=birth_proof")
    assert "Hồ sơ thiếu: Giấy chứng sinh." in filled
    short = client.post(url("refuse", dossier), {"ground": "Thiếu"})
    assert short.status_code == 422
    assert ">Thiếu</textarea>" in short.content.decode().replace("\n", "")
    assert state_of(dossier) == State.REGISTERED
    done = client.post(url("refuse", dossier), {"ground": "Hồ sơ thiếu giấy chứng sinh, đề nghị bổ sung."})
    assert done.headers["Location"] == url("show", dossier) + "?open=refusal"
    assert state_of(dossier) == State.REFUSED
    assert client.get(url("print", dossier, "refusal")).status_code == 200
    assert client.get(url("refuse", dossier)).status_code == 302


def test_a_handler_and_a_leader_carry_it_to_the_result(stage: f.Stage) -> None:
    dossier = f.accepted(stage)
    handler, leader = browser(stage.handler), browser(stage.leader)
    page = text(handler, url("show", dossier))
    assert "Trình lãnh đạo" in page
    assert "Hẹn trả giữ nguyên: 25/11/2026 17:00" in page
    assert "Phê duyệt, ban hành" not in page
    task = f.open_task(dossier)
    handler.post(url("act", dossier, task.pk), {"action": "submit", "comment": "Đủ điều kiện."})
    task = f.open_task(dossier)
    assert task.key == "approve"
    # The handler sees whom it waits for, not the leader's buttons.
    assert "Chờ lãnh đạo cơ quan, UBND phường Hạc Thành" in text(handler, url("show", dossier))
    page = text(leader, url("show", dossier))
    assert "Phê duyệt, ban hành" in page
    assert "Không sửa lại được" in page
    assert leader.get(url("preview", dossier)).content.startswith(b"%PDF")
    done = leader.post(url("act", dossier, task.pk), {"action": "approve"}, follow=True)
    assert "Đã ban hành kết quả số" in done.content.decode()
    assert state_of(dossier) == State.COMPLETED
    assert leader.get(url("print", dossier, "result")).status_code == 200
    assert leader.get(url("preview", dossier)).status_code == 404


def test_the_second_to_act_is_told_who_was_first_and_keeps_the_text(stage: f.Stage) -> None:
    dossier = f.accepted(stage)
    task = f.open_task(dossier)
    f.do(dossier, "submit", stage.handler, comment="Đủ.")
    late = browser(stage.colleague).post(
        url("act", dossier, task.pk), {"action": "submit", "comment": "Ý kiến dài của tôi"}
    )
    assert late.status_code == 422
    assert "đã được Nguyễn Văn Bình thực hiện" in late.content.decode()
    assert f.open_task(dossier).key == "approve"


def test_going_back_needs_a_reason_and_shows_it_to_whoever_must_do_it_again(stage: f.Stage) -> None:
    dossier = f.submitted_to_leader(stage)
    leader = browser(stage.leader)
    task = f.open_task(dossier)
    bare = leader.post(url("act", dossier, task.pk), {"action": "return", "comment": " "})
    assert bare.status_code == 422
    assert "Ghi rõ lý do trả lại" in bare.content.decode()
    assert f.open_task(dossier).pk == task.pk
    leader.post(url("act", dossier, task.pk), {"action": "return", "comment": "Chưa đối chiếu sổ hộ tịch."})
    page = text(browser(stage.handler), url("show", dossier))
    assert "Bị trả lại để làm lại" in page
    assert "Chưa đối chiếu sổ hộ tịch." in page


def test_opinions_are_asked_given_and_shown(stage: f.Stage) -> None:
    dossier = f.accepted(stage)
    task = f.open_task(dossier)
    browser(stage.handler).post(url("act", dossier, task.pk), {"action": "consult", "comment": ""})
    culture = f.open_task(dossier, "culture")
    colleague = browser(stage.colleague)
    assert "Gửi ý kiến" in text(colleague, url("show", dossier))
    silent = colleague.post(url("act", dossier, culture.pk), {"action": "opinion", "comment": ""})
    assert silent.status_code == 422
    colleague.post(url("act", dossier, culture.pk), {"action": "opinion", "comment": "Nhất trí giải quyết."})
    page = text(browser(stage.handler), url("show", dossier))
    assert "Ý kiến đã có" in page
    assert "Nhất trí giải quyết." in page


def test_an_action_that_the_step_does_not_offer_changes_nothing(stage: f.Stage) -> None:
    dossier = f.accepted(stage)
    task = f.open_task(dossier)
    for action in ("approve", "", "x" * 500):
        assert browser(stage.handler).post(url("act", dossier, task.pk), {"action": action}).status_code == 422
    other = f.accepted(stage)
    wrong = browser(stage.handler).post(url("act", other, task.pk), {"action": "submit"})
    assert wrong.status_code == 404
    assert f.open_task(dossier).pk == task.pk


@pytest.mark.parametrize("actor_name", ["elsewhere", "citizen", "clerk", "leader"])
def test_others_cannot_act_on_the_handlers_step(stage: f.Stage, actor_name: str) -> None:
    dossier = f.accepted(stage)
    task = f.open_task(dossier)
    actor: Actor = getattr(stage, actor_name)
    response = browser(actor).post(url("act", dossier, task.pk), {"action": "submit", "comment": ""})
    assert response.status_code in (403, 422)
    assert f.open_task(dossier).pk == task.pk
    assert browser(None).post(url("act", dossier, task.pk), {"action": "submit"}).status_code == 302


def test_claim_and_assign(stage: f.Stage) -> None:
    dossier = f.accepted(stage)
    task = f.open_task(dossier)
    browser(stage.handler).post(url("claim", dossier, task.pk))
    assert f.open_task(dossier).holder_id == stage.handler.user_id
    held = browser(stage.colleague).post(url("claim", dossier, task.pk))
    assert held.status_code == 422
    assert "đang do Nguyễn Văn Bình xử lý" in held.content.decode()
    head = browser(stage.head)
    assert "Giao cho" in text(head, url("show", dossier))
    assert "Giao cho" not in text(browser(stage.handler), url("show", dossier))
    head.post(url("assign", dossier, task.pk), {"user": stage.colleague.user_id})
    assert f.open_task(dossier).holder_id == stage.colleague.user_id
    for chosen in ("", "x", str(stage.leader.user_id), "99999999"):
        wrong = head.post(url("assign", dossier, task.pk), {"user": chosen})
        assert wrong.status_code == 422, chosen
    assert browser(stage.handler).post(url("assign", dossier, task.pk), {"user": "1"}).status_code == 403
    assert f.open_task(dossier).holder_id == stage.colleague.user_id


def test_the_fee_is_taken_before_the_result_is_returned(stage: f.Stage) -> None:
    dossier = f.issued(stage)
    clerk = browser(stage.clerk)
    page = text(clerk, url("show", dossier))
    assert "Xác nhận đã thu 16.000 đồng" in page
    early = clerk.post(url("return", dossier), {"received_by_name": "Lê Thị Hồng Nhung", "note": "đến nhận"})
    assert early.status_code == 422
    assert "chưa nộp phí" in early.content.decode()
    for amount in ("", "abc", "15.000"):
        assert clerk.post(url("take_fee", dossier), {"amount": amount}).status_code == 422
    clerk.post(url("take_fee", dossier), {"amount": "16.000"})
    assert Dossier.objects.get(pk=dossier.pk).money_state == MoneyState.PAID
    assert clerk.post(url("return", dossier), {"received_by_name": " "}).status_code == 422
    clerk.post(
        url("return", dossier),
        {"received_by_name": "Lê Thị Hồng Nhung", "received_by_identity": "038192004517", "note": ""},
    )
    assert state_of(dossier) == State.RETURNED
    again = clerk.post(url("return", dossier), {"received_by_name": "Ai đó"})
    assert again.status_code == 422
    assert browser(stage.handler).post(url("return", dossier), {"received_by_name": "A"}).status_code == 403


def test_a_new_pin_ends_the_old_one_and_opens_the_slip_in_this_session_only(stage: f.Stage) -> None:
    dossier = f.accepted(stage)
    clerk = browser(stage.clerk)
    done = clerk.post(url("new_pin", dossier))
    assert done.headers["Location"] == url("show", dossier) + "?open=slip"
    slip = clerk.get(url("slip", dossier))
    assert slip.content.startswith(b"%PDF")
    assert [line.action for line in trail(dossier.ref)][-1] == "dossiers.print_slip"
    assert browser(stage.clerk).get(url("slip", dossier)).status_code == 404
    assert browser(stage.handler).post(url("new_pin", dossier)).status_code == 403
    assert Dossier.objects.get(pk=dossier.pk).pin_serial == 2


def test_why_this_date_tells_day_by_day(stage: f.Stage) -> None:
    dossier = f.accepted(stage)
    page = text(browser(stage.handler), url("why", dossier))
    assert "Hẹn trả thứ Tư 25/11/2026 17:00" in page
    assert "24/11/2026" in page
    waiting = f.send(stage)
    assert "Chưa có hẹn trả" in text(browser(stage.clerk), url("why", waiting))


def test_who_did_what_shows_the_trail_and_its_seal(stage: f.Stage) -> None:
    dossier = f.submitted_to_leader(stage)
    page = text(browser(stage.leader), url("audit", dossier))
    assert "Nhật ký nguyên vẹn" in page
    for words in ("Nộp hồ sơ", "Tiếp nhận", "Xử lý bước", "Xem hồ sơ", "trạng thái: Mới đăng ký → Được tiếp nhận"):
        assert words in page, words


def test_hostile_and_long_answers_are_shown_as_text(stage: f.Stage) -> None:
    hostile = '<img src=x onerror="alert(1)">'
    dossier = f.accepted(stage, full_name=hostile, address="Đ" * 300)
    f.do(dossier, "submit", stage.handler, comment=hostile)
    for name in ("show", "audit"):
        page = text(browser(stage.leader), url(name, dossier))
        assert hostile not in page


def test_a_get_on_what_takes_a_post_leads_to_its_page(stage: f.Stage) -> None:
    """After an expired session one comes back by GET; the links of a refused answer lead to the dossier."""
    dossier = f.accepted(stage)
    task = f.open_task(dossier)
    show = url("show", dossier)
    for address in (url("act", dossier, task.pk), url("accept", dossier), url("return", dossier)):
        assert browser(stage.clerk).get(address).headers["Location"] == show
    for name, page in (("claim_marked", "list"), ("keep_filter", "list"), ("counter_begin", "counter")):
        response = browser(stage.clerk).get(reverse(f"dossiers:{name}"))
        assert response.headers["Location"] == reverse(f"dossiers:{page}")
    assert browser(stage.clerk).put(url("accept", dossier)).status_code == 405
    refused = browser(stage.handler).post(url("act", dossier, task.pk), {"action": "x"}).content.decode()
    assert f'href="{show}?open=receipt#looking"' in refused


def test_the_leader_reads_what_the_step_before_said(stage: f.Stage) -> None:
    dossier = f.submitted_to_leader(stage)
    page = text(browser(stage.leader), url("show", dossier))
    assert page.index("Hồ sơ đủ điều kiện.") < page.index("Phê duyệt, ban hành")


def test_while_the_person_is_asked_the_step_waits(stage: f.Stage) -> None:
    dossier = f.accepted(stage)
    steps.ask(dossier, stage.handler)
    page = text(browser(stage.handler), url("show", dossier))
    assert "Yêu cầu bổ sung giấy tờ: chờ người nộp" in page
    assert "Trình lãnh đạo" not in page
    new = f.send(stage)
    steps.ask(new, stage.clerk)
    page = text(browser(stage.clerk), url("show", new))
    assert "Tiếp nhận bây giờ" not in page
    desk = browser(stage.clerk).get(reverse("dossiers:desk")).context["desk"]
    assert desk.intake.tasks == ()


def test_a_paused_clock_is_told_as_such() -> None:
    stage = f.make_stage(supplement_pauses=True)
    dossier = f.accepted(stage)
    steps.ask(dossier, stage.handler)
    client = browser(stage.handler)
    assert "đang tạm dừng" in text(client, url("show", dossier))
    assert "Đang tạm dừng: chưa tính được hẹn trả" in text(client, url("why", dossier))
    assert "tạm dừng" in text(client, reverse("dossiers:list"))
    assert "tạm dừng" in text(client, reverse("dossiers:desk"))
