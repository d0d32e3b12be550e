"""The progress table of Quyết định 766 against a scene counted by hand, and its identity over any period."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tinhso.kernel.access.api import NOBODY, SYSTEM, Refused
from tinhso.kernel.clock import VIETNAM
from tinhso.modules.directory.api import organisation
from tinhso.modules.dossiers.api import progress_table
from tinhso.modules.dossiers.models import Closing, Dossier, SupplementRequest, Task
from tinhso.modules.dossiers.rules import DeliveryState, MoneyState, State, SyncState
from tinhso.modules.dossiers.tests.factories import Stage, make_stage

pytestmark = pytest.mark.django_db

LATER = datetime(2026, 12, 31, 12, tzinfo=VIETNAM)


def at(day: int, hour: int = 9) -> datetime:
    return datetime(2026, 11, day, hour, tzinfo=VIETNAM)


@pytest.fixture
def scene() -> Stage:
    return make_stage()


def dossier(scene: Stage, number: int, *, accepted: datetime | None, due: datetime | None, **values: Any) -> Dossier:
    return Dossier.objects.create(
        **{
            "code": f"H56.102-2611{number:02d}-{number:04d}",
            "version_id": scene.version_id,
            "agency_id": scene.agency_id,
            "office_id": scene.office_id,
            "channel": "online",
            "state": State.IN_PROGRESS,
            "money_state": MoneyState.FREE,
            "delivery_state": DeliveryState.NOT_READY,
            "sync_state": SyncState.NOT_CONNECTED,
            "applicant_name": "Lê Thị Lan",
            "acting_as": "self",
            "form_data": {},
            "search_text": "",
            "result_delivery": "online",
            "submitted_at": accepted or at(2),
            "accepted_at": accepted,
            "due_at": due,
            **values,
        }
    )


def test_a_month_counted_by_hand(scene: Stage) -> None:
    done = {"state": State.COMPLETED, "delivery_state": DeliveryState.WAITING}
    # Came before the period: one finished in it on time, one still open and late, one finished before (not counted).
    dossier(scene, 1, accepted=at(2), due=at(12, 17), completed_at=at(12, 10), **done)
    dossier(scene, 2, accepted=at(3), due=at(11, 17))
    dossier(scene, 3, accepted=at(2), due=at(6, 17), completed_at=at(6), **done)
    # Came in the period: early at the counter, late by post, open in time online.
    dossier(scene, 4, accepted=at(11), due=at(16, 17), completed_at=at(13), channel="counter", **done)
    dossier(scene, 5, accepted=at(11), due=at(12, 17), completed_at=at(13), channel="post", **done)
    dossier(scene, 6, accepted=at(12), due=at(30, 17))
    # Waits for papers at the end; asked again after it, which does not matter.
    waiting = dossier(scene, 7, accepted=at(12), due=at(13, 17), state=State.SUPPLEMENT_REQUESTED)
    SupplementRequest.objects.create(
        dossier=waiting, office_id=scene.office_id, year=2026, number=1, reason="thiếu", requested_at=at(13),
        requested_by_name="Mai", answer_by_at=at(30), answered_at=at(20),
    )  # fmt: skip
    # Withdrawn in the period; refused (never received); came after the period.
    gone = dossier(scene, 8, accepted=at(11), due=at(20, 17), state=State.WITHDRAWN, closed_at=at(13))
    Closing.objects.create(
        dossier=gone, kind="withdrawn", office_id=scene.office_id, year=2026, number=1, closed_at=at(13),
        closed_by_name="Lan",
    )  # fmt: skip
    refused = dossier(scene, 9, accepted=None, due=None, state=State.REFUSED, closed_at=at(12))
    Task.objects.create(
        dossier=refused, kind="intake", key="intake", title="Tiếp nhận", role="clerk", organisation_id=scene.office_id,
        created_at=at(11), finished_at=at(12), action="refuse",
    )  # fmt: skip
    dossier(scene, 10, accepted=at(16), due=at(20, 17))
    # Stopped before the period: over, and in no later table.
    over = dossier(scene, 11, accepted=at(3), due=at(20, 17), state=State.STOPPED, closed_at=at(5))
    Closing.objects.create(
        dossier=over,
        kind="stopped",
        office_id=scene.office_id,
        year=2026,
        number=2,
        closed_at=at(5),
        closed_by_name="Tú",
    )

    table = progress_table(since=date(2026, 11, 10), until=date(2026, 11, 15), actor=SYSTEM, now=LATER)

    (row,) = table.rows
    assert row.name == organisation(scene.agency_id).name
    received = row.received
    assert (received.total, received.carried_over, received.online, received.direct, received.postal) == (7, 2, 3, 1, 1)
    assert (row.done.total, row.done.early, row.done.on_time, row.done.late) == (4, 2, 1, 1)
    assert (row.in_progress.total, row.in_progress.in_time, row.in_progress.late) == (2, 1, 1)
    assert (row.paused.total, row.paused.in_time, row.paused.late) == (1, 0, 1)
    assert row.refused.total == 1


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    lives=st.lists(st.tuples(st.integers(0, 25), st.integers(0, 12), st.integers(-3, 12)), max_size=12),
    first=st.integers(0, 27),
    length=st.integers(0, 10),
)
def test_every_row_adds_up_in_any_period(
    scene: Stage, lives: list[tuple[int, int, int]], first: int, length: int
) -> None:
    Dossier.objects.all().delete()
    start = datetime(2026, 11, 1, 8, tzinfo=VIETNAM)
    for number, (day, term, lasted) in enumerate(lives):
        accepted = start + timedelta(days=day)
        finished = accepted + timedelta(days=lasted) if lasted >= 0 else None
        dossier(
            scene,
            number,
            accepted=accepted,
            due=accepted + timedelta(days=term),
            state=State.COMPLETED if finished else State.IN_PROGRESS,
            completed_at=finished,
        )
    since = date(2026, 11, 1) + timedelta(days=first)
    until = since + timedelta(days=length)
    table = progress_table(since=since, until=until, actor=SYSTEM, now=LATER)
    end = datetime(until.year, until.month, until.day, tzinfo=VIETNAM) + timedelta(days=1)
    begin = datetime(since.year, since.month, since.day, tzinfo=VIETNAM)
    counted = [
        (accepted, finished)
        for day, _, lasted in lives
        if (accepted := start + timedelta(days=day)) < end
        and ((finished := accepted + timedelta(days=lasted) if lasted >= 0 else None) is None or finished >= begin)
    ]
    assert sum(row.received.total for row in table.rows) == len(counted)
    for row in table.rows:
        assert row.received.total == row.received.carried_over + row.received.online
        assert row.received.total == row.done.total + row.in_progress.total + row.paused.total
        assert row.done.total == row.done.early + row.done.on_time + row.done.late


def test_an_officer_sees_the_agencies_within_reach_and_a_stranger_nothing(scene: Stage) -> None:
    dossier(scene, 1, accepted=at(11), due=at(20))
    period = {"since": date(2026, 11, 10), "until": date(2026, 11, 15), "now": LATER}
    assert [row.name for row in progress_table(actor=scene.leader, **period).rows] == [
        organisation(scene.agency_id).name
    ]
    assert progress_table(actor=scene.elsewhere, **period).rows == ()
    with pytest.raises(Refused):
        progress_table(actor=NOBODY, **period)


def test_days_out_of_order_are_refused(scene: Stage) -> None:
    with pytest.raises(ValueError, match="Ngày kết thúc"):
        progress_table(since=date(2026, 11, 15), until=date(2026, 11, 10), actor=SYSTEM, now=LATER)
