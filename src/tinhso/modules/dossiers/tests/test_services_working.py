"""Intake, the inner route, issuing and the return: each with its refusals, which change nothing."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from tinhso.kernel.access.api import Actor, Refused
from tinhso.kernel.audit.api import trail, verify_object
from tinhso.modules.directory.tests.factories import get_organisation, give, make_officer, make_staff
from tinhso.modules.dossiers import api as dossiers
from tinhso.modules.dossiers.models import DeadlineChange, Dossier, Paper, Result, Task
from tinhso.modules.dossiers.rules import DeliveryState, MoneyState, PaperKind, State, TaskKind, Timeliness, signing_of
from tinhso.modules.dossiers.tests import factories as f

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage() -> f.Stage:
    return f.make_stage()


def whole(dossier: Dossier) -> tuple[Any, ...]:
    """All that a refusal must leave as it was."""
    return (
        list(Dossier.objects.filter(pk=dossier.pk).values()),
        list(Task.objects.filter(dossier=dossier).order_by("pk").values()),
        list(Result.objects.filter(dossier=dossier).values()),
        list(DeadlineChange.objects.filter(dossier=dossier).values()),
        len(trail(dossier.ref)),
    )


def refused(dossier: Dossier, error: Any, call: Callable[[], object], match: str | None = None) -> None:
    before = whole(dossier)
    with pytest.raises(error, match=match):
        call()
    assert whole(dossier) == before


def test_accepting_starts_the_time_by_the_versions_rule(stage: f.Stage) -> None:
    dossier = f.accepted(stage)
    assert dossier.state == State.ACCEPTED
    assert dossier.due_at == dossier.original_due_at
    assert f"{dossier.due_at.astimezone(f.NOW.tzinfo):%d/%m/%Y %H:%M}" == "25/11/2026 17:00"
    assert dossier.term == {"amount": 1, "unit": "working_day", "cutoff": None, "note": dossier.term["note"]}
    change = DeadlineChange.objects.get(dossier=dossier)
    assert (change.due_before, change.due_after) == (None, dossier.due_at)
    assert [row["date"] for row in change.explanation][-1] == "2026-11-25"
    task = f.open_task(dossier)
    assert (task.key, task.role, task.organisation_id, task.holder_id) == ("examine", "handler", stage.agency_id, None)


@pytest.mark.parametrize("name", ["handler", "leader", "citizen", "elsewhere"])
def test_only_the_offices_clerks_accept_and_refuse(stage: f.Stage, name: str) -> None:
    dossier = f.send(stage)
    actor = getattr(stage, name)
    refused(dossier, Refused, lambda: dossiers.accept(dossier_id=dossier.pk, actor=actor, now=f.NOW))
    ground = "Thiếu giấy chứng sinh theo quy định."
    refused(dossier, Refused, lambda: dossiers.refuse(dossier_id=dossier.pk, ground=ground, actor=actor, now=f.NOW))


def test_a_refusal_needs_a_ground_and_ends_the_dossier(stage: f.Stage) -> None:
    dossier = f.send(stage)

    def refuse(ground: str) -> None:
        dossiers.refuse(dossier_id=dossier.pk, ground=ground, actor=stage.clerk, now=f.NOW)

    for ground in ("", "   ", "Thiếu", "x" * 6000):
        refused(dossier, dossiers.CannotRefuse, lambda ground=ground: refuse(ground))
    refuse("  Thiếu giấy chứng sinh theo quy định.  ")
    dossier.refresh_from_db()
    assert (dossier.state, dossier.closed_reason) == (State.REFUSED, "Thiếu giấy chứng sinh theo quy định.")
    assert not Task.objects.filter(dossier=dossier, finished_at__isnull=True).exists()
    refused(
        dossier,
        dossiers.CannotAccept,
        lambda: dossiers.accept(dossier_id=dossier.pk, actor=stage.clerk, now=f.NOW),
        match="đã được Lê Thị Mai thực hiện",
    )


def test_the_second_clerk_is_told_who_was_first(stage: f.Stage) -> None:
    dossier = f.accepted(stage)
    for call in (
        lambda: dossiers.accept(dossier_id=dossier.pk, actor=stage.clerk, now=f.NOW),
        lambda: dossiers.refuse(dossier_id=dossier.pk, ground="Thiếu giấy tờ rồi nhé", actor=stage.clerk, now=f.NOW),
    ):
        refused(dossier, ValueError, call, match="đã được Lê Thị Mai thực hiện lúc 09:01 ngày 24/11/2026")


def test_claiming_begins_the_work_and_others_are_told_who_has_it(stage: f.Stage) -> None:
    dossier = f.accepted(stage)
    task = f.open_task(dossier)
    dossiers.claim(task_id=task.pk, actor=stage.handler, now=f.NOW)
    dossier.refresh_from_db()
    assert dossier.state == State.IN_PROGRESS
    before = whole(dossier)
    dossiers.claim(task_id=task.pk, actor=stage.handler, now=f.NOW)
    assert whole(dossier) == before
    refused(
        dossier,
        dossiers.CannotAct,
        lambda: dossiers.claim(task_id=task.pk, actor=stage.colleague, now=f.NOW),
        match="đang do Nguyễn Văn Bình xử lý",
    )
    refused(
        dossier,
        dossiers.CannotAct,
        lambda: dossiers.act(task_id=task.pk, action="submit", comment="", actor=stage.colleague, now=f.NOW),
        match="đang do Nguyễn Văn Bình xử lý",
    )
    refused(dossier, Refused, lambda: dossiers.claim(task_id=task.pk, actor=stage.elsewhere, now=f.NOW))


def test_a_head_assigns_to_somebody_of_the_role_only(stage: f.Stage) -> None:
    dossier = f.accepted(stage)
    task = f.open_task(dossier)

    def assign(user_id: int | None, actor: Actor = stage.head) -> None:
        dossiers.assign(task_id=task.pk, user_id=user_id or 0, actor=actor, now=f.NOW)

    for person in (stage.leader, stage.elsewhere, stage.citizen):
        refused(dossier, dossiers.CannotAssign, lambda person=person: assign(person.user_id))
    refused(dossier, Refused, lambda: assign(stage.handler.user_id, actor=stage.handler))
    assign(stage.colleague.user_id)
    assert f.open_task(dossier).holder_id == stage.colleague.user_id
    assert trail(dossier.ref)[-1].after == {"task": "examine", "holder_id": stage.colleague.user_id}


def test_forward_and_back_with_the_reason_to_whoever_did_it(stage: f.Stage) -> None:
    dossier = f.submitted_to_leader(stage)
    due = dossier.due_at
    task = f.open_task(dossier)

    def act(action: str, comment: str, actor: Actor = stage.leader) -> None:
        dossiers.act(task_id=task.pk, action=action, comment=comment, actor=actor, now=f.NOW)

    refused(dossier, dossiers.CannotAct, lambda: act("return", " ."), match="lý do")
    refused(dossier, dossiers.CannotAct, lambda: act("nonsense", ""), match="không có ở bước")
    refused(dossier, dossiers.CannotAct, lambda: act("return", "x" * 5001), match="dài quá")
    refused(dossier, dossiers.CannotAct, lambda: act("approve", "", stage.handler), match="vai trò khác")
    act("return", "Chưa đối chiếu sổ gốc.")
    again = f.open_task(dossier)
    assert (again.key, again.is_rework, again.holder_id) == ("examine", True, stage.handler.user_id)
    dossier.refresh_from_db()
    assert dossier.due_at == due
    refused(dossier, dossiers.CannotAct, lambda: act("approve", ""), match="đã được Lê Minh Tuấn thực hiện")


def test_parallel_opinions_meet_when_all_have_answered(stage: f.Stage) -> None:
    dossier = f.accepted(stage)
    f.do(dossier, "consult", stage.handler)
    opened = Task.objects.filter(dossier=dossier, finished_at__isnull=True)
    assert {(task.key, task.kind) for task in opened} == {
        ("culture", TaskKind.OPINION),
        ("economy", TaskKind.OPINION),
    }
    culture = opened.get(key="culture")
    refused(
        dossier,
        dossiers.CannotAct,
        lambda: dossiers.act(task_id=culture.pk, action="opinion", comment=" ", actor=stage.colleague, now=f.NOW),
        match="Ghi ý kiến",
    )
    f.do(dossier, "opinion", stage.colleague, comment="Nhất trí.", key="culture")
    # Silence is not consent.
    assert f.open_task(dossier).key == "economy"
    f.do(dossier, "opinion", stage.colleague, comment="Nhất trí.", key="economy")
    joined = f.open_task(dossier)
    assert (joined.key, joined.kind, joined.holder_id) == ("examine", TaskKind.STEP, stage.handler.user_id)


def test_issuing_fixes_number_signer_and_time_and_waits_for_the_return(stage: f.Stage) -> None:
    dossier = f.issued(stage)
    result = Result.objects.get(dossier=dossier)
    assert (dossier.state, dossier.delivery_state) == (State.COMPLETED, DeliveryState.WAITING)
    assert result.notation == "01/GCN-UBND"
    assert (result.signer_id, result.signer_name, result.issued_at) == (
        stage.leader.user_id,
        stage.leader.label,
        dossier.completed_at,
    )
    task = f.open_task(dossier)
    assert (task.kind, task.organisation_id) == (TaskKind.RETURN, stage.office_id)
    view = dossiers.dossier_view(dossier.public_id)
    assert view.timeliness == Timeliness.EARLY
    refused(
        dossier,
        dossiers.CannotAct,
        lambda: dossiers.act(task_id=task.pk, action="return", comment="", actor=stage.clerk, now=f.NOW),
        match="nút riêng",
    )
    assert verify_object(dossier.ref).ok


def test_fees_and_return_with_proof(stage: f.Stage) -> None:
    dossier = f.issued(stage)

    def give_back(name: str, actor: Actor = stage.clerk) -> None:
        dossiers.give_back(
            dossier_id=dossier.pk, received_by_name=name, received_by_identity="", actor=actor, now=f.NOW + timedelta(1)
        )

    def take(amount: int, actor: Actor = stage.clerk) -> None:
        dossiers.take_fee(dossier_id=dossier.pk, amount=amount, actor=actor, now=f.NOW)

    refused(dossier, dossiers.CannotReturn, lambda: give_back("Lê Thị A"), match="chưa nộp phí")
    for amount in (0, 15999, -16000):
        refused(dossier, dossiers.CannotTakeFee, lambda amount=amount: take(amount), match=r"16\.000 đồng")
    refused(dossier, Refused, lambda: take(16000, stage.handler))
    take(16000)
    refused(dossier, dossiers.CannotTakeFee, lambda: take(16000))
    refused(dossier, dossiers.CannotReturn, lambda: give_back("  "), match="người nhận")
    refused(dossier, Refused, lambda: give_back("Lê Thị A", stage.leader))
    give_back("Lê Thị A")
    dossier.refresh_from_db()
    assert (dossier.state, dossier.delivery_state, dossier.money_state) == (
        State.RETURNED,
        DeliveryState.HANDED_OVER,
        MoneyState.PAID,
    )
    refused(dossier, dossiers.CannotReturn, lambda: give_back("Lê Thị B"))


def test_nothing_is_returned_before_there_is_a_result(stage: f.Stage) -> None:
    for dossier in (f.send(stage), f.accepted(stage)):
        refused(
            dossier,
            dossiers.CannotReturn,
            lambda dossier=dossier: dossiers.give_back(
                dossier_id=dossier.pk, received_by_name="A", received_by_identity="", actor=stage.clerk, now=f.NOW
            ),
        )


def test_a_counter_dossier_is_received_at_once_and_once(stage: f.Stage) -> None:
    done = f.at_counter(stage)
    dossier = Dossier.objects.get(pk=done.dossier_id)
    assert (dossier.state, dossier.channel) == (State.ACCEPTED, "counter")
    paper = Paper.objects.get(dossier=dossier)
    assert (paper.kind, paper.quantity, paper.file_id) == (PaperKind.ORIGINAL, 1, None)
    from tinhso.modules.dossiers.models import Draft

    again = dossiers.receive_at_counter(
        public_id=Draft.objects.get().public_id, papers=[], actor=stage.clerk, now=f.NOW
    )
    assert (again.code, again.already) == (done.code, True)
    assert Dossier.objects.count() == 1


def test_a_counter_dossier_names_the_papers_that_were_not_handed_over(stage: f.Stage) -> None:
    from tinhso.modules.dossiers.rules import Channel

    public_id = dossiers.start(
        version_id=stage.version_id, agency_id=stage.agency_id, channel=Channel.COUNTER, actor=stage.clerk, now=f.NOW
    )
    for papers, words in (
        ([], "Chưa nhận: Giấy chứng sinh"),
        ([dossiers.ReceivedPaper("birth_proof", PaperKind.COPY, 0)], "Số lượng từ 1"),
    ):
        with pytest.raises(dossiers.CannotSubmit) as caught:
            dossiers.receive_at_counter(public_id=public_id, papers=papers, actor=stage.clerk, now=f.NOW)
        assert any(problem.message.startswith(words) for problem in caught.value.problems)
    assert not Dossier.objects.exists()


def test_every_change_is_in_the_trail_and_the_trail_is_whole(stage: f.Stage) -> None:
    dossier = f.issued(stage)
    dossiers.take_fee(dossier_id=dossier.pk, amount=16000, actor=stage.clerk, now=f.NOW)
    actions = [line.action for line in trail(dossier.ref)]
    assert actions == ["dossiers.submit", "dossiers.accept", "dossiers.act", "dossiers.issue", "dossiers.take_fee"]
    assert verify_object(dossier.ref).ok


@pytest.mark.parametrize(
    ("position", "kind", "name", "expected"),
    [
        ("Chủ tịch UBND", "people_committee", "UBND xã A", (("TM. Ủy ban nhân dân",), "Chủ tịch")),
        (
            "Phó Chủ tịch UBND",
            "people_committee",
            "UBND xã A",
            (("TM. Ủy ban nhân dân", "KT. Chủ tịch"), "Phó Chủ tịch"),
        ),
        ("Trưởng phòng", "people_committee", "UBND xã A", (("TL. Chủ tịch",), "Trưởng phòng")),
        ("Giám đốc", "department", "Sở Tư pháp", ((), "Giám đốc")),
        ("Phó Giám đốc", "department", "Sở Tư pháp", (("KT. Giám đốc",), "Phó Giám đốc")),
        ("Trưởng ban", "department", "Ban Dân tộc", ((), "Trưởng ban")),
        ("", "department", "Sở Tư pháp", ((), "")),
    ],
)
def test_how_a_result_is_signed(position: str, kind: str, name: str, expected: tuple[Any, ...]) -> None:
    signing = signing_of(position, organisation_kind=kind, organisation_name=name)
    assert (signing.authority, signing.title) == expected
    assert signing.head.endswith(name)
    assert not signing.head.startswith("Phó")


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_eight_who_act_at_once_one_wins_and_the_others_are_told(stage: f.Stage) -> None:
    dossier = f.accepted(stage)
    task = f.open_task(dossier)
    ward = get_organisation("H56.102")
    actors = []
    for number in range(8):
        user = make_officer(f"many{number}", f"Chuyên viên {number}")
        make_staff(user, ward)
        actors.append(give(user, "handler", ward))
    together = Barrier(8)

    def act(actor: Actor) -> str:
        together.wait()
        try:
            dossiers.act(task_id=task.pk, action="submit", comment="Đủ.", actor=actor, now=f.NOW)
        except dossiers.CannotAct as refusal:
            return str(refusal)
        finally:
            connection.close()
        return ""

    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(act, actors))
    assert told.count("") == 1
    winner = actors[told.index("")].label
    assert all(winner in words for words in told if words)
    assert Task.objects.filter(dossier=dossier, key="approve").count() == 1
    assert Task.objects.filter(dossier=dossier).count() == 3


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_eight_who_send_one_draft_at_once_one_dossier_is_made(stage: f.Stage) -> None:
    draft = f.write_draft(stage)
    together = Barrier(8)

    def send(_: int) -> str:
        together.wait()
        try:
            return dossiers.submit(public_id=draft, actor=stage.citizen, keys=(), now=f.NOW).code
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        codes = set(pool.map(send, range(8)))
    assert len(codes) == Dossier.objects.count() == 1
