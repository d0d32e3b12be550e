"""Two people at once on one dossier: the row's lock lets one be first, the other is told, the dossier stays whole."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from tinhso.modules.dossiers import api as dossiers
from tinhso.modules.dossiers.models import Closing, Dossier, FormVersion, Printout, Result, SupplementRequest, Task
from tinhso.modules.dossiers.rules import State
from tinhso.modules.dossiers.tests.action_steps import NAME, REASON, ask, at, check_whole, field, write_answer
from tinhso.modules.dossiers.tests.factories import (
    NOW,
    Stage,
    accepted,
    issued,
    make_stage,
    open_task,
    submitted_to_leader,
)

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif("connection.vendor != 'postgresql'", reason="threads need a real server"),
]


@pytest.fixture
def stage() -> Stage:
    return make_stage()


def at_once(*calls: Callable[[], object]) -> list[Exception | None]:
    """Run all together; the answer of each: None when it was done, else the refusal."""
    together = Barrier(len(calls))

    def run(call: Callable[[], object]) -> Exception | None:
        try:
            together.wait()
            call()
        except ValueError as refusal:
            return refusal
        finally:
            connection.close()
        return None

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def withdraw(dossier: Dossier, stage: Stage) -> Callable[[], object]:
    return lambda: dossiers.withdraw(dossier_id=dossier.pk, confirmed=True, actor=stage.citizen, now=NOW)


def test_the_person_withdraws_while_the_leader_approves(stage: Stage) -> None:
    for _ in range(4):
        dossier = submitted_to_leader(stage)
        task = open_task(dossier).pk
        answers = at_once(
            withdraw(dossier, stage),
            lambda task=task: dossiers.act(task_id=task, action="approve", comment="", actor=stage.leader, now=NOW),
        )
        assert [answer is None for answer in answers].count(True) == 1, answers
        check_whole(dossier)
        assert Result.objects.filter(dossier=dossier).exists() == (dossier.state == State.COMPLETED)


def test_an_answer_comes_while_the_agency_stops(stage: Stage) -> None:
    for _ in range(4):
        dossier = accepted(stage)
        ask(dossier, stage.handler, field(), answer_by=date(2026, 11, 25))
        write_answer(dossier, stage.citizen, papers=())
        same: dict[str, Any] = {"dossier_id": dossier.pk, "now": at(days=5)}
        answers = at_once(
            lambda same=same: dossiers.send_answer(actor=stage.citizen, **same),
            lambda same=same: dossiers.stop(
                ground="not_supplemented",
                document="",
                reason="Quá hạn bổ sung, đã gọi điện.",
                actor=stage.leader,
                **same,
            ),
        )
        assert [answer is None for answer in answers].count(True) == 1, answers
        check_whole(dossier)
        assert Closing.objects.filter(dossier=dossier).exists() == (dossier.state == State.STOPPED)


def test_the_same_answer_sent_five_times_is_one(stage: Stage) -> None:
    dossier = accepted(stage)
    ask(dossier, stage.handler, field())
    write_answer(dossier, stage.citizen, papers=())
    answers = at_once(
        *[lambda: dossiers.send_answer(dossier_id=dossier.pk, actor=stage.citizen, now=NOW) for _ in range(5)]
    )
    assert answers.count(None) == 1
    assert FormVersion.objects.count() == 1
    check_whole(dossier)


def test_two_requests_and_a_step_at_once(stage: Stage) -> None:
    dossier = accepted(stage)
    task = open_task(dossier).pk

    def request() -> object:
        return dossiers.request_supplement(
            dossier_id=dossier.pk, items=[field()], reason=REASON, answer_by=date(2026, 12, 4), actor=stage.handler,
            now=NOW,
        )  # fmt: skip

    answers = at_once(
        request,
        request,
        lambda: dossiers.act(task_id=task, action="submit", comment="", actor=stage.handler, now=NOW),
    )
    assert answers.count(None) == 1, answers
    check_whole(dossier)
    assert SupplementRequest.objects.count() == dossier.supplement_count


def test_one_task_goes_one_way(stage: Stage) -> None:
    dossier = accepted(stage)
    dossiers.claim(task_id=open_task(dossier).pk, actor=stage.handler, now=NOW)
    task = open_task(dossier).pk
    same: dict[str, Any] = {"task_id": task, "now": NOW}
    answers = at_once(
        lambda: dossiers.transfer(
            organisation_id=stage.agency_id, unit_name="Phòng Văn hóa - Xã hội", ground="Thuộc phòng Văn hóa.",
            actor=stage.handler, **same,
        ),
        lambda: dossiers.take_over(ground="Nghỉ ốm từ hôm nay.", actor=stage.head, **same),
        lambda: dossiers.act(action="submit", comment="", actor=stage.handler, **same),
    )  # fmt: skip
    assert answers.count(None) == 1, answers
    check_whole(dossier)
    assert Task.objects.filter(dossier=dossier, finished_at__isnull=True).count() == 1


def test_two_corrections_make_one_chain(stage: Stage) -> None:
    dossier = issued(stage)
    dossiers.ensure_result(dossier_id=dossier.pk, actor=stage.leader, now=NOW)

    def correct(name: str) -> Callable[[], object]:
        return lambda: dossiers.correct_result(
            dossier_id=dossier.pk, reason=REASON, values={NAME: name}, actor=stage.leader, now=NOW
        )

    answers = at_once(correct("Nguyễn Khang A"), correct("Nguyễn Khang B"))
    assert answers.count(None) >= 1
    check_whole(dossier)
    rows = list(Result.objects.order_by("pk"))
    assert [row.is_current for row in rows] == [False] * (len(rows) - 1) + [True]
    assert [row.replaces_id for row in rows[1:]] == [row.pk for row in rows[:-1]]


def test_a_form_printed_by_several_workers_is_one(stage: Stage) -> None:
    dossier = accepted(stage)
    request = ask(dossier, stage.handler)
    files: list[int] = []

    def printed() -> None:
        files.append(dossiers.ensure_supplement_request(request_id=request.pk, actor=stage.clerk, now=NOW))

    assert at_once(*[printed] * 3) == [None] * 3
    assert len(set(files)) == 1
    assert Printout.objects.filter(form="02").count() == 1
