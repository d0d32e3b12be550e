"""A dossier across agencies is one for the person, and one at each agency: by the agency's own part and time."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from tinhso.kernel.access.api import SYSTEM, actor_of
from tinhso.modules.directory.tests.factories import get_organisation, give, make_officer
from tinhso.modules.dossiers import api as dossiers
from tinhso.modules.dossiers.api import Narrowing, ProgressTable, Row, counted_dossiers, progress_table
from tinhso.modules.dossiers.models import HandOver
from tinhso.modules.dossiers.tests import factories as f
from tinhso.modules.dossiers.tests.test_parts import NOW, Joint, at_police, confirm, joint, later

__all__ = ["joint"]
pytestmark = pytest.mark.django_db
WEEK = {"since": date(2026, 11, 23), "until": date(2026, 11, 29)}
NEXT_WEEK = {"since": date(2026, 11, 30), "until": date(2026, 12, 6)}
WARD, POLICE, INSURANCE = "H56.102", "H56.102.02", "H56.30"


def table(now: datetime, **asked: object) -> ProgressTable:
    found = progress_table(**{**WEEK, "actor": SYSTEM, "now": now, **asked})  # type: ignore[arg-type]
    assert found.broken == ()
    return found


def numbers(found: ProgressTable) -> dict[str, dict[str, int]]:
    def own(row: Row) -> dict[str, int]:
        return {name: row.number(name) for name in dossiers.NUMBERS if not name.endswith(".total") and row.number(name)}

    return {row.key: own(row) for row in found.rows} | {"": own(found.total)}


def every_number_opens_its_list(found: ProgressTable, now: datetime) -> None:
    """By one row after the other, in pages of one."""
    for row in found.rows:
        narrowing = Narrowing(agency_id=found.ids[row.key])
        for name in dossiers.NUMBERS:
            codes, after = [], ""
            while True:
                page = counted_dossiers(
                    number=name, since=found.since, until=found.until, narrowing=narrowing, actor=SYSTEM, now=now,
                    after=after, limit=1,
                )  # fmt: skip
                codes += [one.code for one in page.rows]
                after = page.next
                if not after:
                    break
            assert len(codes) == len(set(codes)) == row.number(name), (row.key, name, codes)
    for name in dossiers.NUMBERS:
        rows = counted_dossiers(number=name, since=found.since, until=found.until, actor=SYSTEM, now=now).rows
        assert len(rows) == found.total.number(name), name


def test_each_agency_counts_its_own_part_and_the_person_one_dossier(joint: Joint) -> None:
    at_police(joint)
    f.accepted(joint.stage, now=NOW)
    now = later(2)
    found = table(now)
    assert numbers(found) == {
        # The ward still has the last step of the one that is with the police: not done there either.
        WARD: {"received.online": 2, "in_progress.in_time": 2},
        POLICE: {"received.online": 1, "in_progress.in_time": 1},
        "": {"received.online": 2, "in_progress.in_time": 2},
    }
    assert found.shared == 1
    every_number_opens_its_list(found, now)
    # At the person's level the rows add up.
    for by in ("field", "level", "channel"):
        assert table(now, by=by).shared == 0
        assert table(now, by=by).total.received.total == 2


def test_who_was_late_with_a_part_is_late_alone(joint: Joint) -> None:
    dossier = at_police(joint)
    confirm(dossier, joint.police, now=later(2))
    three_days = NOW + timedelta(days=3)
    f.do(dossier, "go", joint.police, now=three_days)
    confirm(dossier, joint.insurance, now=three_days)
    f.do(dossier, "go", joint.insurance, now=three_days + timedelta(hours=1))
    now = three_days + timedelta(hours=2)
    found = table(now, until=now.date())
    assert numbers(found) == {
        WARD: {"received.online": 1, "in_progress.in_time": 1},
        POLICE: {"received.online": 1, "done.late": 1},
        INSURANCE: {"received.online": 1, "done.early": 1},
        "": {"received.online": 1, "in_progress.in_time": 1},
    }
    every_number_opens_its_list(found, now)
    (late,) = counted_dossiers(
        number="done.late", **WEEK, narrowing=Narrowing(agency_id=joint.police_id), actor=SYSTEM, now=now
    ).rows
    assert (late.is_share, late.accepted_at, late.ended_at) == (True, later(1), three_days)


def test_what_one_period_leaves_open_the_next_carries_over(joint: Joint) -> None:
    at_police(joint)
    now = NOW + timedelta(days=7)
    first, second = table(now), table(now, **NEXT_WEEK)
    for key in (WARD, POLICE):
        left = next(row for row in first.rows if row.key == key)
        carried = next(row for row in second.rows if row.key == key)
        assert carried.received.carried_over == left.in_progress.total + left.paused.total == 1
    every_number_opens_its_list(second, now)


def test_a_supplement_pauses_it_where_it_lies_and_a_stop_ends_it_there(joint: Joint) -> None:
    asked = f.accepted(joint.stage, now=NOW)
    dossiers.request_supplement(
        dossier_id=asked.pk,
        reason="Thiếu bản sao giấy chứng sinh.",
        answer_by=date(2026, 12, 4),
        items=[dossiers.Asked(kind=dossiers.ItemKind.TEXT, target="", note="Nộp lại bản rõ nét.")],
        actor=joint.stage.handler,
        now=later(1),
    )
    stopped, withdrawn = at_police(joint), at_police(joint)
    confirm(stopped, joint.police, now=later(2))
    dossiers.stop(
        dossier_id=stopped.pk, ground="law", document="Thông báo 12/TB-CA", reason="Nhà đang có tranh chấp.",
        actor=joint.stage.leader, now=later(3),
    )  # fmt: skip
    dossiers.withdraw(dossier_id=withdrawn.pk, confirmed=True, actor=joint.stage.citizen, now=later(3))
    found = table(later(4))
    assert numbers(found) == {
        # The ward's last step was still to come: its share ended with the dossier.
        WARD: {"received.online": 3, "paused.in_time": 2, "done.on_time": 1},
        POLICE: {"received.online": 2, "paused.in_time": 1, "done.early": 1},
        "": {"received.online": 3, "paused.in_time": 2, "done.early": 1},
    }
    every_number_opens_its_list(found, later(4))


def test_a_refused_hand_over_was_never_received(joint: Joint) -> None:
    dossier = at_police(joint)
    dossiers.refuse_hand_over(
        hand_over_id=HandOver.objects.get(dossier=dossier).pk, ground="Thiếu tờ khai thay đổi cư trú.",
        actor=joint.police, now=later(2),
    )  # fmt: skip
    assert set(numbers(table(later(3)))) == {WARD, ""}


def test_an_agency_sees_its_share_and_another_nothing(joint: Joint) -> None:
    at_police(joint)
    chief = make_officer("chief", "Lê Văn Trưởng")
    give(chief, "leader", get_organisation(POLICE))
    now = later(2)
    mine = table(now, actor=actor_of(chief, on=now.date()))
    assert [(row.key, row.received.total) for row in mine.rows] == [(POLICE, 1)]
    # One agency: its sum is its row.
    assert mine.total.received.total == 1
    assert table(now, actor=joint.stage.elsewhere).rows == ()
    months = dossiers.done_by_month(**WEEK, narrowing=Narrowing(agency_id=joint.police_id), actor=SYSTEM, now=later(2))
    assert months == {}
