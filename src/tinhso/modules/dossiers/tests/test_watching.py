"""Reminders and escalation in sets: once per stage, to the right people, one poisoned agency stops no other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection

from tinhso.kernel.access.api import SYSTEM, Refused
from tinhso.kernel.clock import VIETNAM
from tinhso.modules.directory.tests.factories import get_organisation, give, make_officer, make_staff
from tinhso.modules.dossiers import api as dossiers
from tinhso.modules.dossiers.models import Dossier, Sign, WatchRun, WatchThreshold
from tinhso.modules.dossiers.rules.watching import ESCALATED, Stage
from tinhso.modules.dossiers.services.reminding import send_digest
from tinhso.modules.dossiers.services.watching import (
    CannotResume,
    CannotSetThresholds,
    resume_watching,
    set_thresholds,
    watch,
)
from tinhso.modules.dossiers.tests import factories as f
from tinhso.modules.notifications.models import Notice

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage() -> f.Stage:
    return f.make_stage()


def due(dossier: Dossier, at: datetime) -> Dossier:
    Dossier.objects.filter(pk=dossier.pk).update(due_at=at)
    return dossier


def run(at: datetime = f.NOW) -> Any:
    return watch(actor=SYSTEM, now=at)


def stages(dossier: Dossier) -> set[int]:
    return set(Sign.objects.filter(dossier=dossier).values_list("stage", flat=True))


def told(kind: str) -> dict[int, str]:
    """User → title of the notice of a kind."""
    return dict(Notice.objects.filter(kind=kind).values_list("user_id", "title"))


def day(number: int, hour: int = 17) -> datetime:
    return datetime(2026, 11, number, hour, 0, tzinfo=VIETNAM)


def test_each_stage_is_told_once(stage: f.Stage) -> None:
    dossier = due(f.accepted(stage, now=day(17, 9)), day(25))
    dossiers.claim(task_id=f.open_task(dossier).pk, actor=stage.handler, now=day(17, 10))
    # 16 working hours before: Friday afternoon is the first moment (Tuesday is a public holiday).
    assert run(day(20, 9)).raised == 0
    assert (run(day(23, 8)).raised, run(day(23, 9)).raised) == (1, 0)
    assert run(day(25, 8)).raised == 1
    assert run(day(25, 18)).raised == 1
    assert run(day(26, 9)).raised == 0
    assert run(day(27, 9)).raised == 1
    assert stages(dossier) == {Stage.SOON, Stage.TODAY, Stage.OVERDUE, ESCALATED}
    for kind in ("due_soon", "due_today", "overdue"):
        assert stage.handler.user_id in told(kind)
    # The head hears of what is late, the leader of what stays late.
    assert stage.head.user_id in told("overdue")
    assert stage.head.user_id not in told("due_soon")
    assert set(told("escalated")) == {stage.leader.user_id}
    assert "1 hồ sơ quá hạn" in told("overdue")[stage.handler.user_id]


def test_after_the_third_working_day_it_is_said_again(stage: f.Stage) -> None:
    dossier = due(f.accepted(stage, now=day(10, 9)), day(16))
    run(day(17, 9))
    assert run(day(18, 9)).raised == 1  # to the leader
    assert run(day(19, 9)).raised == 1  # Tuesday, Wednesday, Thursday have begun
    assert run(day(24, 9)).raised == 0  # a public holiday
    assert run(day(25, 9)).raised == 1
    assert stages(dossier) == {ESCALATED, Stage.OVERDUE, Stage.OVERDUE + 1, Stage.OVERDUE + 2}


def test_after_an_outage_the_reached_stage_is_told_not_all_before_it(stage: f.Stage) -> None:
    dossier = due(f.accepted(stage, now=day(3, 9)), day(5))
    run(day(24, 9))
    assert stages(dossier) == {ESCALATED, Stage.OVERDUE + 4}
    assert run(day(24, 10)).raised == 0


def test_a_new_due_time_starts_anew(stage: f.Stage) -> None:
    dossier = due(f.accepted(stage, now=day(17, 9)), day(24, 8))
    run(day(24, 9))
    due(dossier, day(24, 17))
    assert run(day(24, 10)).raised == 1
    assert Sign.objects.filter(dossier=dossier).count() == 2


def test_what_nobody_has_taken_up_is_told_to_the_head_of_its_unit(stage: f.Stage) -> None:
    other = make_officer("head2", "Trần Thị Hoa")
    ward = get_organisation("H56.102")
    make_staff(other, ward, position="Trưởng phòng", unit=f.Unit.objects.get(name="Phòng Văn hóa - Xã hội"))
    give(other, "unit_head", ward)
    due(f.accepted(stage), f.NOW + timedelta(hours=5))
    run()
    assert set(told("due_today")) == {stage.head.user_id}
    # The number opens the list of their unit, not of the whole agency.
    url = Notice.objects.get(kind="due_today").url
    assert parse_qs(urlsplit(url).query) == {
        "due": ["today"],
        "agency": [str(ward.pk)],
        "unit": ["Văn phòng HĐND và UBND"],
    }


def test_many_dossiers_make_one_notice_a_person(stage: f.Stage) -> None:
    for number in range(5):
        dossier = due(f.accepted(stage), f.NOW - timedelta(hours=number + 1))
        dossiers.claim(task_id=f.open_task(dossier).pk, actor=stage.handler, now=f.NOW)
    first = Dossier.objects.order_by("due_at").first()
    run(f.NOW + timedelta(minutes=1))
    notice = Notice.objects.get(user_id=stage.handler.user_id, kind="overdue")
    assert notice.title == "5 hồ sơ quá hạn"
    assert first is not None
    assert first.code in notice.text
    assert notice.url == "/dossiers/list/?due=late&holder=me"


def test_finished_and_paused_dossiers_are_left_alone(stage: f.Stage) -> None:
    done = due(f.issued(stage), f.NOW - timedelta(days=1))
    paused = f.accepted(stage)
    Dossier.objects.filter(pk=paused.pk).update(due_at=None)
    run()
    assert stages(done) == set()
    assert stages(paused) == set()


def test_thresholds_of_an_agency_hold_from_their_day(stage: f.Stage) -> None:
    due(f.accepted(stage), day(26, 9))
    arguments = {"organisation_id": stage.agency_id, "repeat_days": 5, "leader_after_days": 0, "now": f.NOW}
    set_thresholds(soon_hours=4, valid_from=f.TODAY, actor=stage.leader, **arguments)
    set_thresholds(soon_hours=40, valid_from=f.TODAY + timedelta(days=1), actor=stage.leader, **arguments)
    WatchThreshold.objects.create(
        valid_from=f.TODAY, soon_hours=200, repeat_days=1, leader_after_days=1, made_at=f.NOW, made_by_name="tỉnh"
    )
    assert run().raised == 0
    assert run(day(25, 8)).raised == 1


def test_only_the_leader_of_the_place_sets_thresholds(stage: f.Stage) -> None:
    values = {"organisation_id": stage.agency_id, "soon_hours": 8, "repeat_days": 3, "leader_after_days": 1}
    for actor in (stage.handler, stage.head, stage.citizen, stage.elsewhere):
        with pytest.raises(Refused):
            set_thresholds(**values, valid_from=f.TODAY, actor=actor, now=f.NOW)
    with pytest.raises(CannotSetThresholds) as caught:
        set_thresholds(
            **{**values, "soon_hours": 0}, valid_from=f.TODAY - timedelta(days=1), actor=stage.leader, now=f.NOW
        )
    assert set(caught.value.errors) == {"soon_hours", "valid_from"}
    assert not WatchThreshold.objects.exists()


@contextmanager
def poisoned(agency_id: int) -> Iterator[None]:
    """The database refuses a sign of this agency's dossiers, as damaged data would."""
    mine = f"(SELECT agency_id FROM dossiers_dossier WHERE id = NEW.dossier_id) = {agency_id}"
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "CREATE FUNCTION poison() RETURNS trigger AS $$ BEGIN IF "
                + mine
                + " THEN RAISE EXCEPTION 'poisoned'; END IF; RETURN NEW; END $$ LANGUAGE plpgsql"
            )
            cursor.execute(
                "CREATE TRIGGER poison BEFORE INSERT ON dossiers_sign FOR EACH ROW EXECUTE FUNCTION poison()"
            )
        else:
            cursor.execute(
                f"CREATE TRIGGER poison BEFORE INSERT ON dossiers_sign WHEN {mine} "
                "BEGIN SELECT RAISE(ABORT, 'poisoned'); END"
            )
    yield
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER poison{' ON dossiers_sign' if connection.vendor == 'postgresql' else ''}")


def test_a_poisoned_agency_is_parked_and_shown_and_all_others_go_on(stage: f.Stage) -> None:
    good = due(f.accepted(stage), f.NOW - timedelta(days=1))
    bad = due(f.accepted(stage), f.NOW - timedelta(days=1))
    other = get_organisation("H56.103")
    Dossier.objects.filter(pk=bad.pk).update(agency=other)
    operator = f.actor_of(f.create_user(username="op", full_name="Vận hành", kind="operator"), on=f.TODAY)
    with poisoned(other.pk):
        first = run()
        assert (first.failed, first.parked, first.raised) == (1, 0, 1)
        assert stages(good) == {Stage.OVERDUE}
        assert stages(bad) == set()
        for minute in (1, 2):
            run(f.NOW + timedelta(minutes=minute))
        parked = WatchRun.objects.get(agency=other)
        assert (parked.failures, parked.parked_at) == (3, f.NOW + timedelta(minutes=2))
        assert "poisoned" not in parked.error
        assert parked.error
        again = run(f.NOW + timedelta(minutes=3))
        assert (again.failed, again.parked) == (0, 1)
    # Mended, and let go by an operator only.
    assert run(f.NOW + timedelta(minutes=4)).raised == 0
    with pytest.raises(Refused):
        resume_watching(agency_id=other.pk, actor=stage.leader, now=f.NOW)
    resume_watching(agency_id=other.pk, actor=operator, now=f.NOW)
    assert run(f.NOW + timedelta(minutes=5)).raised == 1
    with pytest.raises(CannotResume):
        resume_watching(agency_id=other.pk, actor=operator, now=f.NOW)


def test_signs_and_notices_stand_or_fall_together(stage: f.Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    dossier = due(f.accepted(stage), f.NOW - timedelta(days=1))

    def broken(**_: Any) -> int:
        raise RuntimeError

    with monkeypatch.context() as patched:
        patched.setattr("tinhso.modules.notifications.api.notify_many", broken)
        assert run().failed == 1
    assert stages(dossier) == set()
    assert run().raised == 1
    assert Notice.objects.filter(kind="overdue").count() == 1


def test_the_number_of_queries_does_not_grow_with_the_dossiers(
    stage: f.Stage, django_assert_max_num_queries: Any
) -> None:
    for _ in range(12):
        due(f.accepted(stage), f.NOW - timedelta(days=1))
    with django_assert_max_num_queries(32):
        assert run().raised == 12


def test_the_digest_comes_once_early_on_a_working_day(stage: f.Stage) -> None:
    dossier = due(f.accepted(stage, now=day(23, 9)), day(26))
    dossiers.claim(task_id=f.open_task(dossier).pk, actor=stage.handler, now=day(23, 10))
    assert send_digest(actor=SYSTEM, now=day(25, 10)) == 0
    assert send_digest(actor=SYSTEM, now=day(24, 7)) == 0  # a public holiday
    assert send_digest(actor=SYSTEM, now=day(25, 7)) == 1
    assert send_digest(actor=SYSTEM, now=day(25, 8)) == 0
    notice = Notice.objects.get(kind="digest")
    assert notice.user_id == stage.handler.user_id
    assert dossier.code in notice.text


def test_only_the_system_runs_it(stage: f.Stage) -> None:
    for actor in (stage.leader, stage.citizen):
        with pytest.raises(Refused):
            watch(actor=actor, now=f.NOW)
