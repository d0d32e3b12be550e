"""Random legal and illegal actions on a dossier: whatever happens, it stays whole."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tinhso.kernel.access.api import Actor, Refused
from tinhso.kernel.audit.api import trail
from tinhso.kernel.clock import VIETNAM
from tinhso.modules.directory.tests.factories import get_organisation
from tinhso.modules.dossiers import api as dossiers
from tinhso.modules.dossiers.models import DeadlineChange, Dossier, Pause, Result, Task
from tinhso.modules.dossiers.queries.books import hand_overs
from tinhso.modules.dossiers.rules import TRANSITIONS, State
from tinhso.modules.dossiers.tests.action_steps import NAME, check_whole, field
from tinhso.modules.dossiers.tests.factories import Stage, make_stage, send

pytestmark = pytest.mark.django_db

START = datetime(2026, 12, 1, 8, 0, tzinfo=VIETNAM)
WHY = "Có lý do rõ ràng để làm việc này."
# What a use case may answer instead of doing it; anything else is a mistake of ours.
ANSWERS = (Refused, ValueError)
ACTIONS = (
    "accept", "refuse", "claim", "submit", "approve", "return", "consult", "opinion", "ask_supplement", "answer",
    "ask_payment", "take_fee", "resume", "exempt", "apologise", "stop", "withdraw", "transfer", "ask_opinions",
    "close_opinion", "send_back", "take_over", "correct", "give_back",
)  # fmt: skip
ACTORS = ("clerk", "handler", "colleague", "head", "leader", "elsewhere", "citizen", "stranger")

step = st.tuples(st.sampled_from(ACTIONS), st.sampled_from(ACTORS), st.integers(1, 30 * 60), st.integers(0, 3))


def do(name: str, dossier: Dossier, actor: Actor, now: datetime, pick: int) -> None:
    """One attempt, as the page would make it: on the open task that `pick` chooses."""
    tasks = list(Task.objects.filter(dossier=dossier, finished_at__isnull=True).order_by("pk"))
    task_id = tasks[pick % len(tasks)].pk if tasks else Task.objects.filter(dossier=dossier).latest("pk").pk
    who: dict[str, Any] = {"actor": actor, "now": now}
    it: dict[str, Any] = {"dossier_id": dossier.pk, **who}
    task: dict[str, Any] = {"task_id": task_id, **who}
    later = (now + timedelta(days=3)).date()

    def answer() -> None:
        dossiers.save_answer(fields={NAME: f"Nguyễn Khang {'ABCDE'[pick]}"}, texts={}, **it)
        dossiers.send_answer(**it)

    calls: dict[str, Callable[[], object]] = {
        "accept": lambda: dossiers.accept(**it),
        "refuse": lambda: dossiers.refuse(ground=WHY, **it),
        "claim": lambda: dossiers.claim(**task),
        "opinion": lambda: dossiers.act(action="opinion", comment=WHY, **task),
        "ask_supplement": lambda: dossiers.request_supplement(items=[field()], reason=WHY, answer_by=later, **it),
        "answer": answer,
        "ask_payment": lambda: dossiers.request_payment(amount=5000, reason=WHY, **it),
        "take_fee": lambda: dossiers.take_fee(amount=dossier.fee_total or 0, **it),
        "resume": lambda: dossiers.resume_after_payment(**it),
        "exempt": lambda: dossiers.resume_after_payment(exempt_ground=WHY, **it),
        "apologise": lambda: dossiers.apologise(reason=WHY, new_due_at=next_working_four(dossier, now), **it),
        "stop": lambda: dossiers.stop(ground="decision", document="Quyết định 15/QĐ", reason=WHY, **it),
        "withdraw": lambda: dossiers.withdraw(
            confirmed=True, channel="counter" if actor.kind == "officer" else "online", **it
        ),
        "transfer": lambda: dossiers.transfer(
            organisation_id=get_organisation("H56.103").pk if pick == 3 else dossier.agency_id,
            unit_name="" if pick == 3 else ("Phòng Văn hóa - Xã hội", "Văn phòng HĐND và UBND")[pick % 2],
            ground=WHY, **task,
        ),
        "ask_opinions": lambda: dossiers.ask_opinions(
            organisation_ids=[get_organisation("H56.103").pk], question=WHY, hours=4, **task
        ),
        "close_opinion": lambda: dossiers.close_unanswered(ground=WHY, **task),
        "send_back": lambda: dossiers.send_back(step_key="examine", reason=WHY, **task),
        "take_over": lambda: dossiers.take_over(ground=WHY, **task),
        "correct": lambda: dossiers.correct_result(reason=WHY, values={NAME: f"Nguyễn {'ABCDE'[pick]}"}, **it),
        "give_back": lambda: dossiers.give_back(received_by_name="Lê Nhung", received_by_identity="", **it),
    }  # fmt: skip
    calls.get(name, lambda: dossiers.act(action=name, comment=WHY, **task))()


def next_working_four(dossier: Dossier, now: datetime) -> datetime:
    day = max(now, dossier.due_at or now).astimezone(VIETNAM) + timedelta(days=1)
    while day.weekday() > 4:
        day += timedelta(days=1)
    return day.replace(hour=16, minute=0, second=0, microsecond=0)


def play(stage: Stage, steps: list[tuple[str, str, int, int]]) -> None:
    dossier = send(stage, now=START)
    now = START
    state = State.REGISTERED
    known_changes: list[tuple[Any, ...]] = []
    known_tasks: dict[int, tuple[Any, ...]] = {}
    for name, who, minutes, pick in steps:
        now += timedelta(minutes=minutes)
        lines = len(trail(dossier.ref))
        with suppress(*ANSWERS):
            do(name, dossier, getattr(stage, who), now, pick)
        check_whole(dossier)
        # The table of states is law; the two ways through a state in one use case are named here.
        after = State(dossier.state)
        begun = {State.IN_PROGRESS} if state == State.ACCEPTED else set()
        legal = TRANSITIONS[state] | {state} | set().union(*(TRANSITIONS[s] for s in begun))
        assert after in legal, (name, state, after)
        if after != state:
            assert len(trail(dossier.ref)) > lines
        state = after
        # History only grows.
        changes = list(DeadlineChange.objects.filter(dossier=dossier).order_by("pk").values_list())
        assert changes[: len(known_changes)] == known_changes
        known_changes = changes
        done = {row[0]: row for row in Task.objects.filter(dossier=dossier, finished_at__isnull=False).values_list()}
        assert all(done[number] == row for number, row in known_tasks.items())
        known_tasks = done
        assert Pause.objects.filter(dossier=dossier, ended_at__isnull=True).count() <= 1
        results = list(Result.objects.filter(dossier=dossier).order_by("pk").values_list("is_current", "replaces_id"))
        assert bool(results) == (state in (State.COMPLETED, State.RETURNED))
        assert [current for current, _ in results] == [False] * (len(results) - 1) + [True] * bool(results)
    rows = hand_overs(dossiers.dossier_view(dossier.public_id))
    assert len(rows) >= Task.objects.filter(dossier=dossier).count()
    assert [row.at for row in rows] == sorted(row.at for row in rows)


@pytest.mark.parametrize("pauses", [True, False])
def test_whatever_is_tried_the_dossier_stays_whole(pauses: bool) -> None:
    stage = make_stage(supplement_pauses=pauses)
    examples = 12

    @settings(
        max_examples=examples, deadline=None, database=None, derandomize=True, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(st.lists(step, min_size=25, max_size=45))
    def random_life(steps: list[tuple[str, str, int, int]]) -> None:
        play(stage, [("accept", "clerk", 5, 0), *steps] if steps[0][3] else steps)

    random_life()


LEGAL = [
    ("ask_supplement", "clerk"), ("answer", "citizen"), ("accept", "clerk"), ("claim", "handler"),
    ("ask_supplement", "handler"), ("answer", "citizen"), ("ask_opinions", "handler"), ("opinion", "elsewhere"),
    ("take_over", "head"), ("transfer", "head"), ("submit", "colleague"), ("send_back", "leader"),
    ("submit", "colleague"), ("apologise", "leader"), ("return", "leader"), ("ask_payment", "colleague"),
    ("take_fee", "clerk"), ("submit", "colleague"), ("approve", "leader"),
    ("correct", "leader"), ("give_back", "clerk"), ("correct", "leader"), ("give_back", "clerk"),
]  # fmt: skip


def test_one_life_with_everything_in_it() -> None:
    """Each line is legal where it stands, so that the machine above is known to reach all actions."""
    stage = make_stage(supplement_pauses=True)
    dossier = send(stage, now=START)
    now = START
    for number, (name, who) in enumerate(LEGAL):
        now += timedelta(hours=1)
        do(name, dossier, getattr(stage, who), now, 0)
        check_whole(dossier)
        if (name, number) == ("send_back", 11):
            assert Task.objects.get(dossier=dossier, finished_at__isnull=True).holder_id == stage.colleague.user_id
    assert dossier.state == State.RETURNED
    assert Result.objects.filter(dossier=dossier).count() == 3
    assert dossier.supplement_count == 2
