"""The pages of the actions: by the person who does it, refused to others, nothing typed lost."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tinhso.kernel.access.api import Actor, User
from tinhso.modules.dossiers import api as dossiers
from tinhso.modules.dossiers.models import Dossier, Result, SupplementRequest
from tinhso.modules.dossiers.rules import State
from tinhso.modules.dossiers.services.submitting import current_pin
from tinhso.modules.dossiers.tests.action_steps import NAME, ask, check_whole, field, free, paper
from tinhso.modules.dossiers.tests.factories import (
    Stage,
    accepted,
    issued,
    make_stage,
    open_task,
    picture,
    send,
    submitted_to_leader,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage() -> Stage:
    return make_stage()


@pytest.fixture
def now() -> Any:
    return timezone.now()


def browser(actor: Actor | None = None) -> Client:
    client = Client()
    if actor is not None:
        client.force_login(User.objects.get(pk=actor.user_id))
    return client


def url(name: str, *parts: Any) -> str:
    return reverse(f"dossiers:{name}", args=parts)


def png(name: str = "moi.png", colour: str = "green") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, picture(colour).read(), content_type="image/png")


# The person


def test_the_owner_sees_only_what_is_asked_for_and_sends_it(stage: Stage, now: Any) -> None:
    dossier = accepted(stage, now=now)
    ask(dossier, stage.handler, field(), paper(), free(), now=now, answer_by=(now + timezone.timedelta(days=9)).date())
    client = browser(stage.citizen)
    story = client.get(url("follow", dossier.public_id)).content.decode()
    assert "Cần bạn bổ sung trước" in story
    address = url("supplement", dossier.public_id)
    page = client.get(address).content.decode()
    assert 'name="child.full_name"' in page
    assert 'name="child.birth_date"' not in page
    assert 'name="paper.birth_proof"' in page
    assert "Chụp lại cho rõ con dấu." in page
    wrong = client.post(address, {f"shown.{NAME}": "1", "child.full_name": "X", "text.3": "Mẹ ở thôn 3.", "send": "1"})
    assert wrong.status_code == 422
    text = wrong.content.decode()
    assert 'value="X"' in text
    assert "Mẹ ở thôn 3." in text
    assert "Tải lên: Giấy chứng sinh" in text
    done = client.post(
        address,
        {f"shown.{NAME}": "1", "child.full_name": "Nguyễn Minh Khang B", "paper.birth_proof": png(), "text.3": "Ở thôn 3.",
         "send": "1"},
    )  # fmt: skip
    assert done.status_code == 302
    check_whole(dossier)
    assert dossier.state == State.IN_PROGRESS
    assert dossier.form_data["child"]["full_name"] == "Nguyễn Minh Khang B"
    again = client.get(address)
    assert again.status_code == 409
    assert "Bổ sung đã được gửi lúc" in again.content.decode()


def test_files_can_be_taken_off_and_bad_ones_are_named(stage: Stage, now: Any) -> None:
    dossier = accepted(stage, now=now)
    ask(dossier, stage.handler, paper(), now=now, answer_by=(now + timezone.timedelta(days=9)).date())
    client = browser(stage.citizen)
    address = url("supplement", dossier.public_id)
    bad = client.post(address, {"paper.birth_proof": SimpleUploadedFile("a.png", b"MZ\x90\x00"), "send": "1"})
    assert bad.status_code == 422
    assert "a.png" in bad.content.decode()
    client.post(address, {"paper.birth_proof": png(), "save": "1"})
    page = client.get(address).content.decode()
    assert "moi.png" in page
    row = page.split('name="_remove_file"')[1].split('value="')[1].split('"')[0]
    assert client.get(url("supplement_file", dossier.public_id, row)).status_code == 200
    assert browser(stage.stranger).get(url("supplement_file", dossier.public_id, row)).status_code == 404
    client.post(address + "?at=item-1", {"_remove_file": row})
    assert "moi.png" not in client.get(address).content.decode()


def test_a_list_grows_and_shrinks_without_scripts(stage: Stage, now: Any) -> None:
    dossier = accepted(stage, now=now)
    ask(
        dossier, stage.handler, field("/members", "Kê khai đủ thành viên."), now=now,
        answer_by=(now + timezone.timedelta(days=9)).date(),
    )  # fmt: skip
    client = browser(stage.citizen)
    address = url("supplement", dossier.public_id)
    shown = {"shown./members": "1"}
    assert client.post(address, {**shown, "_add": "members"}).url.endswith("#members-0")
    assert 'name="members.0.name"' in client.get(address).content.decode()
    client.post(address, {**shown, "members.0.name": "Lê Văn Tám", "_add": "members"})
    assert 'name="members.1.name"' in client.get(address).content.decode()
    client.post(address, {**shown, "members.0.name": "Lê Văn Tám", "members.1.name": "", "_remove": "members.1"})
    client.post(address, {**shown, "members.0.name": "Lê Văn Tám", "send": "1"})
    check_whole(dossier)
    assert dossier.form_data["members"] == [{"name": "Lê Văn Tám", "adult": False}]


def test_by_code_and_pin_and_not_by_the_address_alone(stage: Stage, now: Any) -> None:
    dossier = send(stage, now=now)
    ask(dossier, stage.clerk, field(), now=now, answer_by=(now + timezone.timedelta(days=9)).date())
    address = url("supplement", dossier.public_id)
    guest = browser()
    for name in ("supplement", "withdraw"):
        assert guest.get(url(name, dossier.public_id)).status_code == 302
        assert guest.post(url(name, dossier.public_id), {"confirmed": "1", "send": "1"}).status_code == 302
        assert browser(stage.stranger).get(url(name, dossier.public_id)).status_code == 404
    assert guest.get(url("form_pdf", dossier.public_id, "supplement", 1)).status_code == 302
    check_whole(dossier)
    guest.post(url("track"), {"code": dossier.code, "pin": current_pin(dossier)})
    assert guest.get(address).status_code == 200
    done = guest.post(address, {f"shown.{NAME}": "1", "child.full_name": "Nguyễn Khang", "send": "1"})
    assert done.status_code == 302
    check_whole(dossier)
    assert dossier.state == State.REGISTERED


def test_withdrawal_with_a_tick(stage: Stage, now: Any) -> None:
    dossier = send(stage, now=now)
    client = browser(stage.citizen)
    address = url("withdraw", dossier.public_id)
    assert "Rút hồ sơ" in client.get(url("follow", dossier.public_id)).content.decode()
    refused = client.post(address, {"reason": "Nhầm nơi"})
    assert refused.status_code == 422
    assert "Nhầm nơi" in refused.content.decode()
    client.post(address, {"reason": "Nhầm nơi", "confirmed": "1"})
    check_whole(dossier)
    assert dossier.state == State.WITHDRAWN
    page = client.get(url("follow", dossier.public_id)).content.decode()
    assert "mẫu 05" in page
    pdf = client.get(url("form_pdf", dossier.public_id, "stop", 0))
    assert b"".join(pdf.streaming_content if pdf.streaming else [pdf.content])[:5] == b"%PDF-"
    assert client.get(address).status_code == 302


def test_an_answer_after_the_agency_has_stopped_is_told_so(stage: Stage, now: Any) -> None:
    dossier = accepted(stage, now=now)
    ask(dossier, stage.handler, field(), now=now, answer_by=(now + timezone.timedelta(days=2)).date())
    dossiers.stop(
        dossier_id=dossier.pk, ground="not_supplemented", document="", reason="Quá hạn bổ sung, đã gọi điện.",
        actor=stage.leader, now=now + timezone.timedelta(days=5),
    )  # fmt: skip
    response = browser(stage.citizen).post(url("supplement", dossier.public_id), {"send": "1"})
    assert response.status_code == 409
    assert "đã dừng giải quyết hồ sơ" in response.content.decode()
    check_whole(dossier)


def test_by_pin_a_number_is_not_shown_but_typed_anew(stage: Stage, now: Any) -> None:
    dossier = send(stage, now=now)
    dossier.form_data["child"]["identity"] = "038192004517"
    dossier.save(update_fields=["form_data"])
    ask(
        dossier, stage.clerk, field("/child/identity", "Số không đúng."), now=now,
        answer_by=(now + timezone.timedelta(days=9)).date(),
    )  # fmt: skip
    guest = browser()
    guest.post(url("track"), {"code": dossier.code, "pin": current_pin(dossier)})
    address = url("supplement", dossier.public_id)
    page = guest.get(address).content.decode()
    assert "038192004517" not in page
    assert "nhập lại" in page
    assert "038192004517" in browser(stage.citizen).get(address).content.decode()
    guest.post(address, {"shown./child/identity": "1", "child.identity": "038192004518", "send": "1"})
    check_whole(dossier)
    assert dossier.form_data["child"]["identity"] == "038192004518"


def test_the_story_tells_what_happened_beside_the_route(stage: Stage, now: Any) -> None:
    before = now - timezone.timedelta(hours=2)
    dossier = accepted(stage, now=before)
    ask(
        dossier,
        stage.handler,
        field(),
        now=now - timezone.timedelta(hours=1),
        answer_by=(now + timezone.timedelta(days=9)).date(),
    )
    client = browser(stage.citizen)
    client.post(
        url("supplement", dossier.public_id),
        {f"shown.{NAME}": "1", "child.full_name": "Nguyễn Khang", "send": "1"},
    )
    client.post(url("withdraw", dossier.public_id), {"confirmed": "1"})
    page = client.get(url("follow", dossier.public_id)).content.decode()
    told = ["Đã tiếp nhận hồ sơ", "Yêu cầu bổ sung", "Đã bổ sung", "Người nộp rút hồ sơ"]
    places = [page.find(text, page.find("Diễn biến")) for text in told]
    assert -1 not in places
    assert places == sorted(places)
    assert "Xong bước" not in page


# Officers


def test_the_tab_offers_what_each_may_do(stage: Stage, now: Any) -> None:
    dossier = submitted_to_leader(stage, now=now)
    address = url("actions", dossier.public_id)

    def offered(actor: Actor) -> str:
        return browser(actor).get(address).content.decode()

    leader, handler, clerk = offered(stage.leader), offered(stage.handler), offered(stage.clerk)
    for title in ("Yêu cầu bổ sung", "Xin lỗi và hẹn lại", "Lấy ý kiến", "Trả lại bước trước", "Dừng giải quyết"):
        assert title in leader
    assert "Xin lỗi và hẹn lại" not in handler
    assert "Rút hồ sơ theo yêu cầu" in clerk
    assert browser(stage.elsewhere).get(address).status_code == 403
    assert browser(stage.citizen).get(address).status_code == 403
    assert browser().get(address).status_code == 302


def test_form_02_is_asked_from_the_page_and_a_refusal_keeps_all(stage: Stage, now: Any) -> None:
    dossier = send(stage, now=now)
    client = browser(stage.clerk)
    address = url("request_supplement", dossier.public_id)
    assert "Trẻ được khai sinh: Họ và tên" in client.get(address).content.decode()
    typed = {
        f"field.{NAME}": "1",
        f"note.field.{NAME}": "Ghi đúng giấy chứng sinh.",
        "paper.birth_proof": "1",
        "note.paper.birth_proof": "Chụp lại cho rõ.",
        "free.1": "Cho biết nơi cư trú của mẹ.",
        "answer_by": "hôm nào cũng được",
    }
    refused = client.post(address, typed)
    assert refused.status_code == 422
    text = refused.content.decode()
    for kept in ("Ghi đúng giấy chứng sinh.", "Cho biết nơi cư trú của mẹ.", "hôm nào cũng được"):
        assert kept in text
    day = (now + timezone.timedelta(days=9)).strftime("%d/%m/%Y")
    done = client.post(address, {**typed, "answer_by": day, "reason": "Tên khác giấy chứng sinh (Điều 16)."})
    assert done.status_code == 302
    check_whole(dossier)
    assert SupplementRequest.objects.get().dossier == dossier
    page = client.get(url("actions", dossier.public_id)).content.decode()
    assert "mẫu 02 số 1" in page
    assert "Nhận bổ sung tại quầy" in page


def test_a_clerk_answers_for_who_brought_the_paper(stage: Stage, now: Any) -> None:
    dossier = send(stage, now=now)
    ask(dossier, stage.clerk, paper(), now=now, answer_by=(now + timezone.timedelta(days=9)).date())
    client = browser(stage.clerk)
    address = url("supplement", dossier.public_id)
    assert "Bản giấy nhận tại quầy" in client.get(address).content.decode()
    done = client.post(address, {"handed.birth_proof": "original", "send": "1"})
    assert done.status_code == 302
    check_whole(dossier)
    view = dossiers.dossier_view(dossier.public_id)
    assert [(p.kind.value, p.file_id) for p in view.papers] == [("original", None)]


POSTS: list[tuple[str, str, dict[str, str], str]] = [
    ("request_payment", "handler", {"amount": "50.000", "reason": "Lệ phí cấp bản sao."}, "Đã gửi yêu cầu nộp tiền"),
    ("apologise", "leader", {"day": "03/12/2031", "hour": "16:00", "reason": "Chờ xác minh."}, "quá xa"),
    ("stop", "leader", {"ground": "decision", "document": "Quyết định 15", "reason": "Tòa án yêu cầu dừng."}, "xác nhận"),
    ("stop", "leader", {"ground": "decision", "document": "Quyết định 15", "reason": "Tòa án yêu cầu dừng.",
     "confirmed": "1"}, "Đã dừng giải quyết"),
    ("transfer", "handler", {"to": "unit:Phòng Văn hóa - Xã hội", "ground": "Thuộc phòng Văn hóa."}, "Đã chuyển"),
    ("transfer", "handler", {"to": "", "ground": "Thuộc phòng Văn hóa."}, "Chọn nơi nhận"),
    ("ask_opinions", "handler", {"question": "Nơi cư trú có đúng không?", "hours": "8"}, "Chọn từ 1 đến"),
    ("send_back", "handler", {"step": "approve", "ground": "Sai bước."}, "đã qua"),
    ("take_over", "head", {"ground": "Nghỉ ốm."}, "chưa ai nhận"),
    ("close_opinion", "handler", {"ground": "Đã đôn đốc hai lần."}, "không phải là một ý kiến"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "who", "typed", "said"), POSTS)
def test_each_page_does_its_action_or_says_why_not(
    stage: Stage, now: Any, name: str, who: str, typed: dict[str, str], said: str
) -> None:
    dossier = accepted(stage, now=now)
    parts: list[Any] = [dossier.public_id]
    if name in ("transfer", "ask_opinions", "send_back", "take_over", "close_opinion"):
        parts.append(open_task(dossier).pk)
    client = browser(getattr(stage, who))
    assert client.get(url(name, *parts)).status_code == 200
    response = client.post(url(name, *parts), typed, follow=True)
    text = response.content.decode()
    assert said in text
    if not said.startswith("Đã"):
        assert response.status_code == 422
        for value in (value for key, value in typed.items() if key != "step"):
            assert value in text
    check_whole(dossier)
    for stranger in (stage.elsewhere, stage.citizen):
        assert browser(stranger).post(url(name, *parts), typed).status_code == 403
    assert browser().post(url(name, *parts), typed).status_code == 302
    check_whole(dossier)


def test_opinions_are_asked_from_the_page(stage: Stage, now: Any) -> None:
    from tinhso.modules.directory.tests.factories import get_organisation

    dossier = accepted(stage, now=now)
    found = browser(stage.handler).post(
        url("ask_opinions", dossier.public_id, open_task(dossier).pk),
        {"place": "sam son", "find": "1", "question": "Có?"},
    )
    assert found.status_code == 200
    assert "UBND phường Sầm Sơn" in found.content.decode()
    assert 'value="Phòng Văn hóa - Xã hội"' in found.content.decode()
    assert "Có?" in found.content.decode()
    done = browser(stage.handler).post(
        url("ask_opinions", dossier.public_id, open_task(dossier).pk),
        {"question": "Nơi cư trú có đúng không?", "hours": "8", "organisations": [get_organisation("H56.103").pk]},
    )
    assert done.status_code == 302
    assert open_task(dossier).organisation.code == "H56.103"
    assert browser(stage.elsewhere).get(url("show", dossier.public_id)).status_code == 200


def test_a_task_of_another_dossier_is_not_here(stage: Stage, now: Any) -> None:
    one, other = accepted(stage, now=now), accepted(stage, now=now, full_name="Trần Thị Hai")
    response = browser(stage.handler).get(url("transfer", one.public_id, open_task(other).pk))
    assert response.status_code == 404


def test_a_result_is_corrected_from_the_page(stage: Stage, now: Any) -> None:
    dossier = issued(stage, now=now)
    client = browser(stage.leader)
    address = url("correct_result", dossier.public_id)
    page = client.get(address).content.decode()
    assert 'value="Nguyễn Minh Khang"' in page
    shown = {f"shown.{NAME}": "1", "shown./child/sex": "1", "child.sex": "male"}
    bad = client.post(address, {**shown, "child.full_name": "X", "reason": "Ghi sai tên đệm của trẻ."})
    assert bad.status_code == 422
    assert 'value="X"' in bad.content.decode()
    good = client.post(address, {**shown, "child.full_name": "Nguyễn Mạnh Khang", "reason": "Ghi sai tên đệm của trẻ."})
    assert good.status_code == 302
    check_whole(dossier)
    assert Result.objects.count() == 2
    assert dossier.form_data["child"] == {"full_name": "Nguyễn Mạnh Khang", "birth_date": "2026-09-14", "sex": "male"}
    assert browser(stage.clerk).get(address).status_code == 403


def test_control_sheet_and_book_are_downloads(stage: Stage, now: Any) -> None:
    dossier = accepted(stage, now=now)
    for kind, start in (("pdf", b"%PDF-"), ("xlsx", b"PK")):
        response = browser(stage.head).get(url("control_sheet", dossier.public_id, kind))
        assert response.content.startswith(start)
        assert "no-store" in response.headers["Cache-Control"]
        taken = browser(stage.clerk).get(url("book"), {"take": kind})
        assert taken.content.startswith(start)
        assert browser(stage.elsewhere).get(url("control_sheet", dossier.public_id, kind)).status_code == 403
    assert browser(stage.head).get(url("control_sheet", dossier.public_id, "exe")).status_code == 404
    page = browser(stage.clerk).get(url("book"))
    assert "Trung tâm Phục vụ hành chính công phường Hạc Thành" in page.content.decode()
    assert browser(stage.clerk).get(url("book"), {"first": "31/02/2026", "take": "pdf"}).status_code == 422
    assert browser(stage.handler).get(url("book")).status_code == 403
    assert io.BytesIO(taken.content).read(2) == b"PK"
    assert Dossier.objects.count() == 1
