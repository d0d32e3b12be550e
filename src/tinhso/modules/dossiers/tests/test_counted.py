"""Every number of the progress table against lives told in plain Python, and against the list that it opens."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tinhso.kernel.access.api import SYSTEM, Refused
from tinhso.kernel.clock import VIETNAM
from tinhso.modules.dossiers.api import NUMBERS, Narrowing, counted_dossiers, progress_table, sum_of
from tinhso.modules.dossiers.models import Dossier, PaymentRequest, SupplementRequest
from tinhso.modules.dossiers.queries.statistics import GROUPS, row_of
from tinhso.modules.dossiers.rules import State
from tinhso.modules.dossiers.tests.factories import Stage, make_stage
from tinhso.modules.dossiers.tests.test_statistics import dossier

pytestmark = pytest.mark.django_db

BEGIN = datetime(2026, 11, 1, 8, tzinfo=VIETNAM)
NOW = datetime(2026, 12, 20, 8, tzinfo=VIETNAM)
HOUR = timedelta(hours=1)
ENDS = (State.RETURNED, State.COMPLETED, State.WITHDRAWN, State.STOPPED, State.REFUSED)


@pytest.fixture
def scene() -> Stage:
    return make_stage()


@dataclass(frozen=True)
class Life:
    """A dossier by hours since the beginning. `ended` None: still open; `asked`: (from, to or None, money?)."""

    accepted: int
    due: int | None
    ended: int | None
    end: State
    channel: str
    asked: tuple[int, int | None, bool] | None


lives = st.builds(
    Life,
    accepted=st.integers(0, 500),
    due=st.none() | st.integers(1, 200),
    ended=st.none() | st.integers(1, 300),
    end=st.sampled_from(ENDS),
    channel=st.sampled_from(["online", "national", "counter", "post"]),
    asked=st.none() | st.tuples(st.integers(0, 100), st.none() | st.integers(1, 100), st.booleans()),
)


def write(scene: Stage, number: int, life: Life) -> None:
    accepted = BEGIN + life.accepted * HOUR
    ended = None if life.ended is None else accepted + life.ended * HOUR
    refused = ended is not None and life.end == State.REFUSED
    with_result = life.end in (State.RETURNED, State.COMPLETED)
    row = dossier(
        scene,
        number,
        accepted=accepted,
        due=None if life.due is None or refused else accepted + life.due * HOUR,
        channel=life.channel,
        state=State.IN_PROGRESS if ended is None else life.end,
        submitted_at=accepted,
        accepted_at=None if refused else accepted,
        completed_at=ended if with_result else None,
        returned_at=ended if life.end == State.RETURNED else None,
        closed_at=None if with_result else ended,
    )
    if life.asked is None:
        return
    since, until, money = life.asked
    asked_at = accepted + since * HOUR
    answered_at = None if until is None else asked_at + until * HOUR
    if money:
        PaymentRequest.objects.create(
            dossier=row, amount=1, reason="", requested_at=asked_at, requested_by_name="", settled_at=answered_at
        )
    else:
        SupplementRequest.objects.create(
            dossier=row, office_id=scene.office_id, year=2026, number=number, reason="", requested_at=asked_at,
            requested_by_name="", answer_by_at=NOW, answered_at=answered_at,
        )  # fmt: skip


def told(life: Life, start: datetime, end: datetime) -> set[str]:
    """The numbers that a life counts in, by the words of the table."""
    accepted = BEGIN + life.accepted * HOUR
    ended = None if life.ended is None else accepted + life.ended * HOUR
    due = None if life.due is None else accepted + life.due * HOUR
    if ended is not None and life.end == State.REFUSED:
        return {"refused.total"} if start <= ended < end else set()
    if accepted >= end or (ended is not None and ended < start):
        return set()
    channels = {"online": "online", "national": "online", "counter": "direct", "post": "postal"}
    origin = "carried_over" if accepted < start else channels[life.channel]
    over = ended is not None and ended < end
    late_now = "late" if due is not None and due < end else "in_time"
    waits = False
    if life.asked is not None:
        asked_at = accepted + life.asked[0] * HOUR
        answered_at = None if life.asked[1] is None else asked_at + life.asked[1] * HOUR
        waits = asked_at < end and (answered_at is None or answered_at >= end)
    if (over and life.end == State.STOPPED) or (not over and waits):
        standing = ("paused", late_now)
    elif not over:
        standing = ("in_progress", late_now)
    elif due is None or ended is None:
        standing = ("done", "on_time")
    else:
        standing = ("done", "late" if ended > due else "early" if ended.date() < due.date() else "on_time")
    return {"received.total", f"received.{origin}", f"{standing[0]}.total", ".".join(standing)}


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(told_lives=st.lists(lives, max_size=8), first=st.integers(0, 24), length=st.integers(0, 12))
def test_every_number_is_the_length_of_its_list_and_what_the_lives_tell(
    scene: Stage, told_lives: list[Life], first: int, length: int
) -> None:
    for model in (PaymentRequest, SupplementRequest, Dossier):
        model.objects.all().delete()
    for number, life in enumerate(told_lives):
        write(scene, number, life)
    days = {"since": date(2026, 11, 1) + timedelta(days=first)}
    days["until"] = days["since"] + timedelta(days=length)
    start = datetime(days["since"].year, days["since"].month, days["since"].day, tzinfo=VIETNAM)
    expected = [told(life, start, start + timedelta(days=length + 1)) for life in told_lives]
    for by in GROUPS:
        table = progress_table(**days, by=by, actor=SYSTEM, now=NOW)
        assert all(row.missing == 0 for row in table.rows)
        for number in NUMBERS:
            assert table.total.number(number) == sum(number in one for one in expected), (by, number)
    for number in NUMBERS:
        codes, after = [], ""
        while True:
            page = counted_dossiers(number=number, **days, actor=SYSTEM, now=NOW, after=after, limit=2)
            codes += [row.code for row in page.rows]
            after = page.next
            if not after:
                break
        assert len(codes) == len(set(codes)) == sum(number in one for one in expected), number


@given(
    st.lists(
        st.dictionaries(
            st.tuples(
                st.sampled_from(["carried", "online", "direct", "postal"]),
                st.sampled_from(
                    ["early", "on_time", "late", "working", "working_late", "paused", "paused_late", "refused"]
                ),
            ),
            st.integers(0, 10**6),
        ),
        max_size=6,
    )
)
def test_rows_and_their_sum_add_up(counts: list[dict[tuple[str, str], int]]) -> None:
    rows = [row_of(str(n), str(n), one) for n, one in enumerate(counts)]
    total = sum_of(rows)
    assert total.missing == 0
    assert all(row.missing == 0 for row in rows)
    everything = total.received.total + total.refused.total
    assert everything == sum(sum(one.values()) for one in counts)


def test_a_row_that_does_not_add_up_tells_how_far_it_is_off() -> None:
    assert row_of("A", "A", {("unknown", "early"): 3, ("online", "late"): 2}).missing == 3


def test_lists_are_narrowed_as_their_rows(scene: Stage) -> None:
    dossier(scene, 1, accepted=BEGIN, due=None)
    dossier(scene, 2, accepted=BEGIN, due=None, channel="post")
    days: dict[str, Any] = {"since": date(2026, 11, 1), "until": date(2026, 11, 30), "actor": SYSTEM, "now": NOW}

    def found(**narrowing: Any) -> int:
        rows = counted_dossiers(number="received.total", narrowing=Narrowing(**narrowing), **days).rows
        total = progress_table(narrowing=Narrowing(**narrowing), **days).total
        assert len(rows) == total.received.total
        return len(rows)

    (field,) = progress_table(by="field", **days).rows
    (level,) = progress_table(by="level", **days).rows
    assert (found(), found(channel="postal"), found(channel="direct")) == (2, 1, 0)
    assert (found(field=field.key), found(field="không có")) == (2, 0)
    assert (found(level=level.key), found(level="province")) == (2, 0)
    assert (found(agency_id=scene.agency_id), found(agency_id=scene.office_id)) == (2, 0)


def test_only_within_reach_and_names_only_to_those_who_may_open(scene: Stage) -> None:
    dossier(scene, 1, accepted=BEGIN, due=None)
    asked: dict[str, Any] = {
        "number": "received.total", "since": date(2026, 11, 1), "until": date(2026, 11, 30), "now": NOW,
    }  # fmt: skip
    (row,) = counted_dossiers(actor=scene.leader, **asked).rows
    assert row.applicant_name == "Lê Thị Lan"
    assert row.public_id is not None
    # The clerk of the ward's centre: what the centre receives.
    assert len(counted_dossiers(actor=scene.clerk, **asked).rows) == 1
    assert counted_dossiers(actor=scene.elsewhere, **asked).rows == ()
    (hidden,) = counted_dossiers(actor=SYSTEM, **asked).rows
    assert (hidden.public_id, hidden.applicant_name) == (None, "")
    with pytest.raises(Refused):
        counted_dossiers(actor=scene.citizen, **asked)


@pytest.mark.parametrize("number", ["", "done", "done.x", "against.x", "against."])
def test_a_number_that_is_not_there_is_told(scene: Stage, number: str) -> None:
    with pytest.raises(ValueError, match="Không có"):
        counted_dossiers(number=number, since=date(2026, 11, 1), until=date(2026, 11, 2), actor=SYSTEM, now=NOW)


@pytest.mark.parametrize("after", ["x", "o_", "e_1.x", "e_99999999999999999999999.1", "_", "o_5"])
def test_a_cursor_that_makes_no_sense_begins_anew(scene: Stage, after: str) -> None:
    dossier(scene, 1, accepted=BEGIN, due=None)
    page = counted_dossiers(
        number="received.total", since=date(2026, 11, 1), until=date(2026, 11, 2), actor=SYSTEM, now=NOW, after=after
    )
    assert len(page.rows) in (0, 1)
