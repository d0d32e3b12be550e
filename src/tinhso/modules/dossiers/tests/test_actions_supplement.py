"""Asking the person to complete a dossier, and the answer."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest

from tinhso.kernel.access.api import NOBODY, Refused
from tinhso.kernel.audit.api import trail
from tinhso.kernel.clock import VIETNAM
from tinhso.kernel.events.api import drain
from tinhso.kernel.files.api import FileRefused, open_file
from tinhso.kernel.jobs.api import run_due
from tinhso.modules.dossiers import api as dossiers
from tinhso.modules.dossiers.models import (
    DeadlineChange,
    Dossier,
    FormVersion,
    Paper,
    Pause,
    Printout,
    SupplementFile,
    SupplementItem,
    SupplementRequest,
)
from tinhso.modules.dossiers.rules import PaperKind, State
from tinhso.modules.dossiers.tests.action_steps import (
    NAME,
    REASON,
    answer,
    ask,
    at,
    by_pin,
    check_whole,
    field,
    free,
    paper,
    write_answer,
)
from tinhso.modules.dossiers.tests.factories import (
    FORM_DATA,
    NOW,
    Stage,
    accepted,
    at_counter,
    do,
    make_stage,
    open_task,
    picture,
    send,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage() -> Stage:
    return make_stage()


def pausing() -> Stage:
    return make_stage(supplement_pauses=True)


# Asking


def test_a_clerk_asks_before_intake_and_no_time_runs(stage: Stage) -> None:
    dossier = send(stage)
    request = ask(dossier, stage.clerk, field(), paper(), free())
    assert dossier.state == State.SUPPLEMENT_REQUESTED
    assert dossier.supplement_count == 1
    assert (dossier.due_at, dossier.accepted_at) == (None, None)
    items = SupplementItem.objects.filter(request=request).order_by("position")
    assert [(item.kind, item.target, item.label) for item in items] == [
        ("field", NAME, "Trẻ được khai sinh: Họ và tên"),
        ("paper", "birth_proof", "Giấy chứng sinh"),
        ("text", "", "Nội dung khác"),
    ]
    assert f"{request.answer_by_at.astimezone(NOW.tzinfo):%H:%M}" == "17:00"
    check_whole(dossier)


def test_the_answer_brings_it_back_to_the_counter_where_it_is_accepted(stage: Stage) -> None:
    dossier = send(stage)
    ask(dossier, stage.clerk)
    done = answer(dossier, stage.citizen, now=at(days=1))
    assert (done.late, done.state) == (False, State.REGISTERED)
    dossiers.accept(dossier_id=dossier.pk, actor=stage.clerk, now=at(days=1, hours=1))
    check_whole(dossier)
    assert dossier.state == State.ACCEPTED


def test_the_one_who_examines_asks_and_keeps_the_step(stage: Stage) -> None:
    dossier = accepted(stage)
    ask(dossier, stage.handler, now=at(minutes=5))
    assert dossier.state == State.SUPPLEMENT_REQUESTED
    assert open_task(dossier).holder_id == stage.handler.user_id
    with pytest.raises(dossiers.CannotAct, match="chờ người nộp"):
        do(dossier, "submit", stage.handler)
    answer(dossier, stage.citizen, now=at(hours=1))
    assert dossier.state == State.IN_PROGRESS
    do(dossier, "submit", stage.handler, now=at(hours=2))
    check_whole(dossier)


@pytest.mark.parametrize(
    ("items", "reason", "answer_by", "said"),
    [
        ([], REASON, date(2026, 12, 4), "ít nhất một nội dung"),
        ([field("/child/nothing")], REASON, date(2026, 12, 4), "không thuộc tờ khai"),
        ([field("/child/country")], REASON, date(2026, 12, 4), "không thuộc tờ khai"),  # hidden in this case
        ([paper("secret")], REASON, date(2026, 12, 4), "không thuộc tờ khai"),
        ([field(note="Sai")], REASON, date(2026, 12, 4), "ghi rõ sai"),
        ([field(), field()], REASON, date(2026, 12, 4), "hai lần"),
        ([free()] * 51, REASON, date(2026, 12, 4), "tối đa 50"),
        ([field()], "Thiếu", date(2026, 12, 4), "Nêu rõ lý do"),
        ([field()], "x" * 6000, date(2026, 12, 4), "dài quá"),
        ([field()], REASON, NOW.date(), "sau hôm nay"),
        ([field()], REASON, date(2028, 1, 1), "một năm"),
    ],
)
def test_an_unclear_request_is_refused_and_changes_nothing(
    stage: Stage, items: list[dossiers.Asked], reason: str, answer_by: date, said: str
) -> None:
    dossier = send(stage)
    before = len(trail(dossier.ref))
    with pytest.raises(dossiers.CannotRequestSupplement, match=said):
        dossiers.request_supplement(
            dossier_id=dossier.pk, items=items, reason=reason, answer_by=answer_by, actor=stage.clerk, now=NOW
        )
    check_whole(dossier)
    assert (dossier.state, dossier.supplement_count) == (State.REGISTERED, 0)
    assert len(trail(dossier.ref)) == before


def test_others_may_not_ask(stage: Stage) -> None:
    dossier = send(stage)
    for actor in (stage.handler, stage.elsewhere, stage.citizen, NOBODY):
        with pytest.raises(Refused):
            ask(dossier, actor)
    inside = accepted(stage, full_name="Trần Thị Hai")
    with pytest.raises(dossiers.CannotRequestSupplement, match="người đang xử lý"):
        ask(inside, stage.clerk)
    dossiers.claim(task_id=open_task(inside).pk, actor=stage.handler, now=NOW)
    with pytest.raises(dossiers.CannotRequestSupplement, match="người đang xử lý"):
        ask(inside, stage.colleague)
    assert not SupplementRequest.objects.exists()


def test_not_twice_at_once_and_not_when_it_is_over(stage: Stage) -> None:
    dossier = send(stage)
    ask(dossier, stage.clerk)
    with pytest.raises(dossiers.CannotRequestSupplement, match="Yêu cầu bổ sung"):
        ask(dossier, stage.clerk)
    dossiers.withdraw(dossier_id=dossier.pk, confirmed=True, actor=stage.citizen, now=NOW)
    with pytest.raises(dossiers.CannotRequestSupplement, match="rút"):
        ask(dossier, stage.clerk)


# Answering


def test_old_answers_and_papers_stay_in_the_history(stage: Stage) -> None:
    dossier = accepted(stage)
    old = Paper.objects.get(dossier=dossier)
    ask(dossier, stage.handler)
    answer(dossier, stage.citizen, now=at(hours=1))
    kept = FormVersion.objects.get(dossier=dossier)
    assert kept.form_data["child"]["full_name"] == FORM_DATA["child"]["full_name"]
    assert dossier.form_data["child"]["full_name"] == "Nguyễn Minh Khang Sửa"
    old.refresh_from_db()
    assert old.superseded_at == at(hours=1)
    view = dossiers.dossier_view(dossier.public_id)
    assert [p.id for p in view.former_papers] == [old.pk]
    assert [p.filename for p in view.papers] == ["moi.png"]
    with open_file(old.file_id or 0) as stream:
        assert stream.read(4) == b"\x89PNG"


def test_an_answer_is_checked_by_the_form_itself(stage: Stage) -> None:
    dossier = send(stage)
    ask(dossier, stage.clerk, field(), paper(), free())
    write_answer(dossier, stage.citizen, name="X", papers=())
    with pytest.raises(dossiers.CannotAnswer) as refused:
        dossiers.send_answer(dossier_id=dossier.pk, actor=stage.citizen, now=NOW)
    assert [(p.page, p.field) for p in refused.value.problems] == [
        ("form", NAME), ("papers", "birth_proof"), ("texts", "3"),
    ]  # fmt: skip
    check_whole(dossier)
    assert dossier.state == State.SUPPLEMENT_REQUESTED
    assert not FormVersion.objects.exists()


def test_what_an_answer_brings_with_it_is_asked_too(stage: Stage) -> None:
    """Saying "born abroad" asks for the country and for a foreign paper: on the same page, before sending."""
    dossier = send(stage)
    ask(dossier, stage.clerk, field("/child/abroad", "Trẻ sinh ở đâu?"))
    write_answer(dossier, stage.citizen, fields={"/child/abroad": True}, papers=())
    with pytest.raises(dossiers.CannotAnswer) as refused:
        dossiers.send_answer(dossier_id=dossier.pk, actor=stage.citizen, now=NOW)
    assert [(p.page, p.field) for p in refused.value.problems] == [
        ("form", "/child/country"), ("papers", "foreign_proof"),
    ]  # fmt: skip
    write_answer(dossier, stage.citizen, fields={"/child/country": "Lào"}, papers=("foreign_proof",))
    dossiers.send_answer(dossier_id=dossier.pk, actor=stage.citizen, now=NOW)
    dossier.refresh_from_db()
    assert dossier.form_data["child"]["country"] == "Lào"
    assert set(Paper.objects.filter(dossier=dossier).values_list("key", flat=True)) == {"birth_proof", "foreign_proof"}


def test_only_what_is_asked_for_can_be_changed(stage: Stage) -> None:
    dossier = send(stage)
    ask(dossier, stage.clerk, field())
    write_answer(dossier, stage.citizen, fields={NAME: "Nguyễn Khang", "/request/copies": 20}, papers=())
    with pytest.raises(dossiers.CannotAnswer, match="không có trong phiếu"):
        write_answer(dossier, stage.citizen, fields={}, papers=("foreign_proof",))
    dossiers.send_answer(dossier_id=dossier.pk, actor=stage.citizen, now=NOW)
    dossier.refresh_from_db()
    assert dossier.form_data["request"]["copies"] == 2


def test_a_repeated_group_is_asked_for_whole(stage: Stage) -> None:
    dossier = send(stage)
    ask(dossier, stage.clerk, field("/members", "Kê khai đủ thành viên."))
    members = [{"name": "Lê Văn Tám", "adult": True}]
    write_answer(dossier, stage.citizen, fields={"/members": members}, papers=())
    with pytest.raises(dossiers.CannotAnswer) as refused:
        dossiers.send_answer(dossier_id=dossier.pk, actor=stage.citizen, now=NOW)
    assert [p.field for p in refused.value.problems] == ["/members/0/note"]
    members[0]["note"] = "Chú"
    answer(dossier, stage.citizen, fields={"/members": members}, papers=())
    assert dossier.form_data["members"] == [{"name": "Lê Văn Tám", "adult": True, "note": "Chú"}]


def test_a_free_item_is_answered_by_words_or_a_file(stage: Stage) -> None:
    dossier = send(stage)
    request = ask(dossier, stage.clerk, free(), free("Gửi bản đồ vị trí thửa đất."))
    answer(dossier, stage.citizen, fields={}, texts={1: "Mẹ ở thôn 3.", 2: ""}, papers=("item-2",))
    item = SupplementItem.objects.get(request=request, position=1)
    assert item.answer == "Mẹ ở thôn 3."
    assert Paper.objects.filter(dossier=dossier, name="Bổ sung: Gửi bản đồ vị trí thửa đất.").count() == 1
    assert Paper.objects.get(dossier=dossier, key="birth_proof").superseded_at is None


def test_fee_follows_the_changed_answers(stage: Stage) -> None:
    dossier = send(stage)
    ask(dossier, stage.clerk, field("/request/copies", "Số bản sao phải đúng phiếu thu."))
    assert dossier.fee_total == 16_000
    answer(dossier, stage.citizen, fields={"/request/copies": 5}, papers=())
    assert dossier.fee_total == 40_000


def test_by_code_and_pin_without_an_account(stage: Stage) -> None:
    dossier = send(stage)
    ask(dossier, stage.clerk)
    with pytest.raises(Refused, match="mã PIN"):
        answer(dossier, NOBODY)
    with pytest.raises(Refused, match="mã PIN"):
        answer(dossier, NOBODY, opened={"another"})
    answer(dossier, **by_pin(dossier))
    request = SupplementRequest.objects.get(dossier=dossier)
    assert request.answered_by_name == "Lê Thị Hồng Nhung (mã PIN)"
    with pytest.raises(Refused):
        dossiers.send_answer(dossier_id=dossier.pk, actor=stage.stranger, now=NOW)


def test_a_clerk_takes_the_paper_over_the_counter(stage: Stage) -> None:
    made = at_counter(stage)
    dossier = Dossier.objects.get(pk=made.dossier_id)
    ask(dossier, stage.handler, paper())
    received = [dossiers.ReceivedPaper("birth_proof", PaperKind.CERTIFIED, 1)]
    same: dict[str, Any] = {"dossier_id": dossier.pk, "now": at(days=1), "received": received}
    with pytest.raises(dossiers.CannotAnswer, match="cán bộ"):
        dossiers.send_answer(actor=NOBODY, opened={str(dossier.public_id)}, **same)
    dossiers.send_answer(actor=stage.clerk, **same)
    new = Paper.objects.get(dossier=dossier, superseded_at__isnull=True)
    assert (new.kind, new.file_id) == (PaperKind.CERTIFIED, None)
    check_whole(dossier)


def test_a_bad_file_is_refused_and_the_rest_is_kept(stage: Stage) -> None:
    import io

    dossier = send(stage)
    ask(dossier, stage.clerk)
    write_answer(dossier, stage.citizen)
    with pytest.raises(FileRefused):
        dossiers.attach_answer(
            dossier_id=dossier.pk, paper_key="birth_proof", stream=io.BytesIO(b"MZ\x90"), filename="x.png",
            actor=stage.citizen, now=NOW,
        )  # fmt: skip
    row = SupplementFile.objects.get()
    dossiers.attach_answer(
        dossier_id=dossier.pk, paper_key="birth_proof", stream=picture("blue"), filename="moi.png",
        actor=stage.citizen, now=NOW,
    )  # fmt: skip
    assert SupplementFile.objects.get() == row  # the same picture twice is one
    dossiers.detach_answer(dossier_id=dossier.pk, file_row=row.pk, actor=stage.citizen)
    assert not SupplementFile.objects.exists()


def test_sending_twice_says_that_it_was_sent(stage: Stage) -> None:
    dossier = send(stage)
    ask(dossier, stage.clerk)
    answer(dossier, stage.citizen)
    with pytest.raises(dossiers.CannotAnswer, match="Bổ sung đã được gửi lúc 09:00"):
        dossiers.send_answer(dossier_id=dossier.pk, actor=stage.citizen, now=NOW)
    assert FormVersion.objects.count() == 1


def test_an_answer_after_its_time_is_taken_unless_the_agency_has_stopped(stage: Stage) -> None:
    late, stopped = accepted(stage), accepted(stage, full_name="Trần Thị Hai")
    for dossier in (late, stopped):
        ask(dossier, stage.handler)
    assert answer(late, stage.citizen, now=at(days=20)).late
    write_answer(stopped, stage.citizen, now=at(days=20))
    dossiers.stop(
        dossier_id=stopped.pk, ground="not_supplemented", document="", reason="Đã quá hạn bổ sung mà không bổ sung.",
        actor=stage.leader, now=at(days=20),
    )  # fmt: skip
    with pytest.raises(dossiers.CannotAnswer, match=r"đã dừng giải quyết.*04/12/2026.*hồ sơ mới"):
        dossiers.send_answer(dossier_id=stopped.pk, actor=stage.citizen, now=at(days=21))
    # What was prepared is not lost.
    assert SupplementFile.objects.count() == 2
    check_whole(late)
    check_whole(stopped)


# The clock


def test_the_clock_runs_on_where_the_version_does_not_pause(stage: Stage) -> None:
    dossier = accepted(stage)
    due = dossier.due_at
    ask(dossier, stage.handler)
    assert dossier.due_at == due
    answer(dossier, stage.citizen, now=at(days=3))
    assert dossier.due_at == due
    assert not Pause.objects.exists()
    assert DeadlineChange.objects.filter(dossier=dossier).count() == 1


def test_the_clock_stands_still_from_the_request_to_the_answer() -> None:
    stage = pausing()
    dossier = accepted(stage, now=at(days=1))  # Wednesday 09:01, one working day (24/11 is a day off)
    request = ask(dossier, stage.handler, now=at(days=1, hours=1))  # Wednesday 10:00
    pause = Pause.objects.get()
    assert dossier.due_at is None
    assert pause.document == request.reference == "phiếu yêu cầu bổ sung số 01 năm 2026"
    check_whole(dossier)
    answer(dossier, stage.citizen, now=at(days=3, hours=1))  # Friday 10:00
    assert f"{dossier.due_at.astimezone(NOW.tzinfo):%d/%m %H:%M}" == "30/11 09:01"  # Monday
    assert dossier.original_due_at is not None
    changes = list(DeadlineChange.objects.filter(dossier=dossier).order_by("pk"))
    assert [bool(change.due_after) for change in changes] == [True, False, True]
    assert sum(day["counted_minutes"] for day in changes[-1].explanation) == 480
    assert any("Tạm dừng theo" in day["reason"] for day in changes[-1].explanation)
    check_whole(dossier)


def test_a_pause_after_the_due_time_does_not_heal_a_late_dossier() -> None:
    stage = pausing()
    dossier = accepted(stage)
    due = dossier.due_at
    ask(dossier, stage.handler, now=at(days=2))
    assert dossier.due_at == due
    answer(dossier, stage.citizen, now=at(days=3))
    assert dossier.due_at == due
    check_whole(dossier)


def test_before_intake_nothing_is_paused() -> None:
    stage = pausing()
    dossier = send(stage)
    ask(dossier, stage.clerk)
    assert not Pause.objects.exists()


def test_a_second_request_is_counted_and_does_not_make_it_late() -> None:
    stage = pausing()
    dossier = accepted(stage)
    for round_ in range(2):
        ask(dossier, stage.handler, now=at(hours=1 + round_ * 24))
        answer(dossier, stage.citizen, now=at(hours=2 + round_ * 24), name=f"Nguyễn Khang {round_}")
    do(dossier, "submit", stage.handler, now=at(hours=27))
    do(dossier, "approve", stage.leader, now=at(hours=28))
    view = dossiers.dossier_view(dossier.public_id)
    assert view.supplement_count == 2
    assert view.timeliness in (dossiers.Timeliness.EARLY, dossiers.Timeliness.ON_TIME)
    assert [version.number for version in FormVersion.objects.order_by("number")] == [1, 2]
    check_whole(dossier)


def test_a_pause_wants_its_ground_in_the_version(stage: Stage) -> None:
    from tinhso.modules.dossiers.services.deadlines import CannotPause, begin_pause

    dossier = accepted(stage)
    with pytest.raises(CannotPause, match="không cho tạm dừng"):
        begin_pause(dossier, ground="supplement", document="công văn 12", actor=stage.handler, now=NOW)
    with pytest.raises(CannotPause, match="không cho tạm dừng"):
        begin_pause(dossier, ground="coffee", document="công văn 12", actor=stage.handler, now=NOW)
    assert not Pause.objects.exists()


# Form 02


@pytest.mark.django_db(transaction=True)
def test_form_02_is_printed_behind_the_page_under_its_number() -> None:
    stage = make_stage()
    first = send(stage)
    request = ask(first, stage.clerk)
    drain(NOW)
    run_due(now=NOW)
    request.refresh_from_db()
    assert request.printout is not None
    assert (request.printout.form, request.printout.number) == ("02", 1)
    again = dossiers.ensure_supplement_request(request_id=request.pk, actor=stage.clerk, now=at(days=1))
    assert again == request.printout.file_id
    answer(first, stage.citizen)
    second = ask(first, stage.clerk)
    dossiers.ensure_supplement_request(request_id=second.pk, actor=stage.clerk, now=NOW)
    assert sorted(Printout.objects.filter(form="02").values_list("number", flat=True)) == [1, 2]


def test_a_day_off_as_the_last_day_moves_it_to_the_next_working_day(stage: Stage) -> None:
    """Bộ luật Dân sự 2015, khoản 5 Điều 148: nobody is told «before midnight of Sunday»."""
    dossier = send(stage)
    saturday = date(2026, 12, 5)
    assert saturday.weekday() == 5
    request = ask(dossier, stage.clerk, answer_by=saturday)
    assert request.answer_by_at == datetime(2026, 12, 7, 17, 0, tzinfo=VIETNAM)
