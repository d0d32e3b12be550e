"""Payment asked, apology and new day, withdrawal and stop: each by the person who may, and refused to others."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from tinhso.kernel.access.api import NOBODY, Refused
from tinhso.kernel.audit.api import trail
from tinhso.kernel.clock import VIETNAM
from tinhso.modules.dossiers import api as dossiers
from tinhso.modules.dossiers.models import Apology, Closing, DeadlineChange, Dossier, PaymentRequest, Task
from tinhso.modules.dossiers.rules import MoneyState, State
from tinhso.modules.dossiers.tests.action_steps import answer, ask, at, by_pin, check_whole, field
from tinhso.modules.dossiers.tests.factories import (
    NOW,
    Stage,
    accepted,
    at_counter,
    do,
    issued,
    make_stage,
    open_task,
    send,
    submitted_to_leader,
)

pytestmark = pytest.mark.django_db

WHY = "Chờ xác minh của nơi đăng ký trước đây."


@pytest.fixture
def stage() -> Stage:
    return make_stage()


# Apology and a new day


def apologise(dossier: Dossier, actor: Any, *, due: datetime, reason: str = WHY, now: datetime = NOW) -> int:
    done = dossiers.apologise(dossier_id=dossier.pk, reason=reason, new_due_at=due, actor=actor, now=now)
    dossier.refresh_from_db()
    return done


def friday(hour: int = 16, minute: int = 0) -> datetime:
    return datetime(2026, 12, 4, hour, minute, tzinfo=VIETNAM)


def test_the_leader_apologises_and_the_first_day_is_kept(stage: Stage) -> None:
    dossier = submitted_to_leader(stage)
    original = dossier.due_at
    apologise(dossier, stage.leader, due=friday(), now=at(days=2))
    assert (dossier.due_at, dossier.original_due_at) == (friday(), original)
    change = DeadlineChange.objects.filter(dossier=dossier).last()
    assert change is not None
    assert change.ground == f"Xin lỗi và hẹn lại (mẫu 04 số 01): {WHY}"
    assert change.explanation[-1] == {
        "date": "2026-12-04", "counted_minutes": 420, "reason": "Ngày làm việc; ngày hẹn lại lúc 16:00",
    }  # fmt: skip
    assert [row["date"] for row in change.explanation if row["counted_minutes"] == 0] == ["2026-11-28", "2026-11-29"]
    check_whole(dossier)


def test_lateness_and_apology_never_block_the_result(stage: Stage) -> None:
    dossier = submitted_to_leader(stage)
    apologise(dossier, stage.leader, due=friday(), now=at(days=2))
    do(dossier, "approve", stage.leader, now=at(days=20))
    dossiers.take_fee(dossier_id=dossier.pk, amount=dossier.fee_total or 0, actor=stage.clerk, now=at(days=21))
    dossiers.give_back(
        dossier_id=dossier.pk, received_by_name="Lê Thị Hồng Nhung", received_by_identity="", actor=stage.clerk,
        now=at(days=21),
    )  # fmt: skip
    check_whole(dossier)
    assert dossier.state == State.RETURNED


@pytest.mark.parametrize(
    ("due", "reason", "said"),
    [
        (friday(), "Bận", "Nêu rõ lý do"),
        (at(minutes=-5), WHY, "sau thời điểm này"),
        (at(hours=1), WHY, "sau ngày đang hẹn"),
        (datetime(2026, 12, 5, 9, 0, tzinfo=VIETNAM), WHY, "ngày nghỉ"),
        (friday(12, 15), WHY, "ngoài giờ làm việc"),
        (friday(20), WHY, "ngoài giờ làm việc"),
        (datetime(2031, 12, 5, 9, 0, tzinfo=VIETNAM), WHY, "quá xa"),
    ],
)
def test_an_unfit_day_is_refused_and_changes_nothing(stage: Stage, due: datetime, reason: str, said: str) -> None:
    dossier = accepted(stage)
    before = dossier.due_at
    with pytest.raises(dossiers.CannotApologise, match=said):
        apologise(dossier, stage.leader, due=due, reason=reason)
    check_whole(dossier)
    assert dossier.due_at == before
    assert not Apology.objects.exists()


def test_closing_time_is_working_time(stage: Stage) -> None:
    dossier = accepted(stage)
    apologise(dossier, stage.leader, due=friday(17))
    assert dossier.due_at == friday(17)


def test_only_the_leader_of_the_late_agency(stage: Stage) -> None:
    dossier = accepted(stage)
    for actor in (stage.handler, stage.head, stage.clerk, stage.citizen, stage.elsewhere, NOBODY):
        with pytest.raises(Refused):
            apologise(dossier, actor, due=friday())
    assert not Apology.objects.exists()


def test_nothing_to_put_off_before_intake_when_finished_or_while_paused() -> None:
    stage = make_stage(supplement_pauses=True)
    waiting, done, paused = send(stage), issued(stage), accepted(stage)
    ask(paused, stage.handler)
    for dossier, said in ((waiting, "không có ngày hẹn"), (done, "không có ngày hẹn"), (paused, "đang tạm dừng")):
        with pytest.raises(dossiers.CannotApologise, match=said):
            apologise(dossier, stage.leader, due=friday())


def test_a_pause_after_the_apology_moves_the_new_day() -> None:
    stage = make_stage(supplement_pauses=True)
    dossier = accepted(stage)
    apologise(dossier, stage.leader, due=friday(10), now=at(days=2))
    ask(dossier, stage.handler, now=at(days=3))  # Friday 27/11 09:00
    assert dossier.due_at is None
    answer(dossier, stage.citizen, now=at(days=6))  # Monday 30/11 09:00: one working day later
    assert dossier.due_at == datetime(2026, 12, 7, 10, 0, tzinfo=VIETNAM)
    check_whole(dossier)


# Payment


def test_asked_to_pay_the_dossier_waits_and_goes_on_when_paid(stage: Stage) -> None:
    dossier = accepted(stage)
    dossiers.claim(task_id=open_task(dossier).pk, actor=stage.handler, now=NOW)
    dossiers.request_payment(
        dossier_id=dossier.pk, amount=1_250_000, reason="Lệ phí theo Nghị quyết 12.", actor=stage.handler, now=NOW
    )
    check_whole(dossier)
    assert (dossier.state, dossier.fee_total, dossier.money_state) == (6, 1_250_000, MoneyState.DUE)
    with pytest.raises(dossiers.CannotAct, match="chờ người nộp"):
        do(dossier, "submit", stage.handler)
    with pytest.raises(dossiers.CannotSettle, match="chưa nộp"):
        dossiers.resume_after_payment(dossier_id=dossier.pk, actor=stage.clerk, now=NOW)
    dossiers.take_fee(dossier_id=dossier.pk, amount=1_250_000, actor=stage.clerk, now=at(hours=1))
    check_whole(dossier)
    assert (dossier.state, dossier.money_state) == (State.IN_PROGRESS, MoneyState.PAID)
    do(dossier, "submit", stage.handler)


def test_payment_before_intake_and_an_exemption_with_its_ground(stage: Stage) -> None:
    dossier = send(stage)
    with pytest.raises(Refused):
        dossiers.request_payment(dossier_id=dossier.pk, amount=5, reason="Lệ phí.", actor=stage.handler, now=NOW)
    for amount, reason in ((0, "Lệ phí."), (-5, "Lệ phí."), (10**12, "Lệ phí."), (5000, "x")):
        with pytest.raises(dossiers.CannotRequestPayment):
            dossiers.request_payment(dossier_id=dossier.pk, amount=amount, reason=reason, actor=stage.clerk, now=NOW)
    dossiers.request_payment(dossier_id=dossier.pk, amount=5000, reason="Lệ phí.", actor=stage.clerk, now=NOW)
    dossiers.resume_after_payment(
        dossier_id=dossier.pk, exempt_ground="Hộ nghèo, được miễn theo Nghị quyết 12.", actor=stage.clerk, now=NOW
    )
    check_whole(dossier)
    assert (dossier.state, dossier.money_state) == (State.REGISTERED, MoneyState.FREE)
    with pytest.raises(dossiers.CannotSettle, match="không có yêu cầu"):
        dossiers.resume_after_payment(dossier_id=dossier.pk, actor=stage.clerk, now=NOW)


# Withdrawal


@pytest.mark.parametrize("how", ["waiting", "accepted", "with the leader", "supplement", "payment"])
def test_the_person_withdraws_before_there_is_a_result(stage: Stage, how: str) -> None:
    dossier = {"waiting": send, "with the leader": submitted_to_leader}.get(how, accepted)(stage)
    if how == "supplement":
        ask(dossier, stage.handler)
    if how == "payment":
        dossiers.request_payment(dossier_id=dossier.pk, amount=5000, reason="Lệ phí.", actor=stage.handler, now=NOW)
    dossiers.withdraw(
        dossier_id=dossier.pk, confirmed=True, reason="Không còn nhu cầu.", actor=stage.citizen, now=at(1)
    )
    check_whole(dossier)
    assert dossier.state == State.WITHDRAWN
    last = Task.objects.filter(dossier=dossier).order_by("-pk").first()
    assert last is not None
    assert (last.action, last.action_title) == ("withdrawn", "Đóng: người nộp rút hồ sơ")
    assert not PaymentRequest.objects.filter(settled_at__isnull=True).exists()
    assert trail(dossier.ref)[-1].action == "dossiers.withdraw"


def test_withdrawal_wants_confirmation_and_the_right_person(stage: Stage) -> None:
    dossier = send(stage)
    same: dict[str, Any] = {"dossier_id": dossier.pk, "now": NOW}
    with pytest.raises(dossiers.CannotWithdraw, match="xác nhận"):
        dossiers.withdraw(confirmed=False, actor=stage.citizen, **same)
    for actor in (stage.stranger, stage.handler, stage.elsewhere, NOBODY):
        with pytest.raises(Refused):
            dossiers.withdraw(confirmed=True, actor=actor, **same)
    with pytest.raises(dossiers.CannotWithdraw, match="trực tiếp hoặc qua bưu chính"):
        dossiers.withdraw(confirmed=True, actor=stage.clerk, **same)
    check_whole(dossier)
    assert dossier.state == State.REGISTERED
    dossiers.withdraw(confirmed=True, **by_pin(dossier), **same)
    assert Closing.objects.get().closed_by_name == "Lê Thị Hồng Nhung (mã PIN)"


def test_not_after_there_is_a_result(stage: Stage) -> None:
    dossier = issued(stage)
    with pytest.raises(dossiers.CannotWithdraw, match="đã có kết quả"):
        dossiers.withdraw(dossier_id=dossier.pk, confirmed=True, actor=stage.citizen, now=NOW)
    check_whole(dossier)


def test_a_clerk_withdraws_for_who_came_and_lists_the_papers(stage: Stage) -> None:
    dossier = Dossier.objects.get(pk=at_counter(stage).dossier_id)
    dossiers.withdraw(
        dossier_id=dossier.pk, confirmed=True, channel="counter", reason="Nộp nhầm nơi.", actor=stage.clerk, now=NOW
    )
    closing = Closing.objects.get()
    assert closing.papers_returned == ["Giấy chứng sinh (bản chính, 01 bản)"]
    assert (closing.channel, closing.closed_by_title) == ("counter", "Chuyên viên")
    check_whole(dossier)


# Stop


def stop(dossier: Dossier, actor: Any, **values: Any) -> int:
    return dossiers.stop(
        **{
            "dossier_id": dossier.pk, "ground": "decision", "document": "Quyết định 15/QĐ-TA ngày 20/11/2026",
            "reason": "Tòa án yêu cầu tạm dừng việc đăng ký.", "actor": actor, "now": NOW, **values,
        }
    )  # fmt: skip


def test_the_agency_stops_on_a_named_ground(stage: Stage) -> None:
    dossier = submitted_to_leader(stage)
    number = stop(dossier, stage.leader)
    check_whole(dossier)
    assert (dossier.state, number) == (State.STOPPED, 1)
    assert dossier.closed_reason == (
        "Theo quyết định, văn bản của cơ quan có thẩm quyền: Quyết định 15/QĐ-TA ngày 20/11/2026. "
        "Tòa án yêu cầu tạm dừng việc đăng ký."
    )
    with pytest.raises(dossiers.CannotStop, match="«Dừng xử lý»"):
        stop(dossier, stage.leader)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"ground": "because"}, "Chọn căn cứ"),
        ({"document": ""}, "văn bản làm căn cứ"),
        ({"reason": "Dừng"}, "Nêu rõ lý do"),
        ({"document": "x" * 400}, "dài quá"),
        ({"ground": "not_supplemented"}, "Chưa hết hạn bổ sung"),
        ({"ground": "not_paid"}, "không có yêu cầu nộp tiền"),
    ],
)
def test_a_stop_without_its_ground_is_refused(stage: Stage, values: dict[str, Any], said: str) -> None:
    dossier = accepted(stage)
    with pytest.raises(dossiers.CannotStop, match=said):
        stop(dossier, stage.leader, **values)
    check_whole(dossier)
    assert dossier.state == State.ACCEPTED
    assert not Closing.objects.exists()


def test_a_stop_is_not_for_handlers_nor_before_intake_nor_after_the_end(stage: Stage) -> None:
    dossier = accepted(stage)
    for actor in (stage.handler, stage.elsewhere, stage.citizen, NOBODY):
        with pytest.raises(Refused):
            stop(dossier, actor)
    for other in (send(stage), issued(stage)):
        with pytest.raises(dossiers.CannotStop):
            stop(other, stage.leader)
        check_whole(other)


def test_an_unanswered_request_may_be_stopped_after_its_day_only() -> None:
    stage = make_stage(supplement_pauses=True)
    dossier = accepted(stage)
    ask(dossier, stage.handler, field())
    values = {"ground": "not_supplemented", "document": "", "reason": "Quá hạn bổ sung, đã gọi điện hai lần."}
    with pytest.raises(dossiers.CannotStop, match="Chưa hết hạn"):
        stop(dossier, stage.clerk, **values, now=at(days=3))
    stop(dossier, stage.clerk, **values, now=at(days=12))
    check_whole(dossier)
    assert dossier.state == State.STOPPED
    assert dossier.due_at is not None  # the pause has its end


# Papers


@pytest.mark.parametrize("how", ["withdrawn", "stopped", "apology"])
def test_forms_04_and_05_are_printed_once(stage: Stage, how: str) -> None:
    dossier = submitted_to_leader(stage)
    if how == "apology":
        row = apologise(dossier, stage.leader, due=friday())
        files = {dossiers.ensure_apology(apology_id=row, actor=stage.leader, now=at(days=n)) for n in range(2)}
    else:
        if how == "stopped":
            stop(dossier, stage.leader)
        else:
            dossiers.withdraw(dossier_id=dossier.pk, confirmed=True, actor=stage.citizen, now=NOW)
        files = {
            dossiers.ensure_stop_notice(dossier_id=dossier.pk, actor=stage.clerk, now=at(days=n)) for n in range(2)
        }
    assert len(files) == 1
    check_whole(dossier)


def test_nothing_to_print_says_so(stage: Stage) -> None:
    dossier = send(stage)
    with pytest.raises(dossiers.NothingToPrint):
        dossiers.ensure_stop_notice(dossier_id=dossier.pk, actor=stage.clerk, now=NOW)
    with pytest.raises(dossiers.NothingToPrint):
        dossiers.ensure_apology(apology_id=99, actor=stage.clerk, now=NOW + timedelta(days=1))
    with pytest.raises(dossiers.NothingToPrint):
        dossiers.ensure_supplement_request(request_id=99, actor=stage.clerk, now=NOW)
