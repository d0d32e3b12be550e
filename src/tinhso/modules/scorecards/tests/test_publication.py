"""1.1 and 1.2: decisions of publication against their terms in working days, once per procedure."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from tinhso.kernel.access.api import SYSTEM
from tinhso.kernel.calendar.api import WorkingCalendar
from tinhso.kernel.clock import VIETNAM
from tinhso.modules.dossiers.tests import factories as f
from tinhso.modules.dossiers.tests.test_officer_lists import browser
from tinhso.modules.procedures.api import Decision
from tinhso.modules.procedures.models import ProcedureVersion
from tinhso.modules.scorecards.queries.publication import judge, step, terms_of
from tinhso.modules.scorecards.queries.scores import shares_of
from tinhso.modules.scorecards.rules import Share

LATER = datetime(2026, 12, 31, 12, tzinfo=VIETNAM)
NOVEMBER: dict[str, Any] = {"since": date(2026, 11, 1), "until": date(2026, 11, 30)}
# A Monday; no holiday is near.
MONDAY = date(2026, 11, 2)
CALENDAR = WorkingCalendar()


@given(st.dates(date(2026, 1, 1), date(2026, 12, 31)), st.integers(1, 30))
def test_steps_are_working_days(day: date, days: int) -> None:
    for way in (days, -days):
        end = step(CALENDAR, day, way)
        between = [min(day, end) + timedelta(days=n) for n in range(abs((end - day).days) + 1)]
        assert sum(CALENDAR.day_off_reason(one) is None for one in between if one != day) == days
        assert CALENDAR.day_off_reason(end) is None


def test_the_terms_are_dated_and_by_who_decided() -> None:
    for text, expected in (
        ("100/QĐ-UBND", (5, 5)), ("", (5, 5)), ("2628/QĐ-BTC", (20, 10)), ("9354/QĐ-BCA-C06", (20, 10)),
    ):  # fmt: skip
        found = terms_of(text, MONDAY)
        assert (found.decided_before_rule, found.public_after_decision) == expected


def decision(**changes: Any) -> Decision:
    facts: dict[str, Any] = {
        "code": "1.000001", "number": 1, "decision": "100/QĐ-UBND", "decided_on": MONDAY,
        "rule_in_force_on": date(2026, 11, 9), "published_at": datetime(2026, 11, 9, 23, 59, tzinfo=VIETNAM),
    }  # fmt: skip
    return Decision(**{**facts, **changes})


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changes", "in_time", "public"),
    # 24/11 is a holiday: twenty working days before 1/12 is the second of November.
    [
        ({}, True, True),
        ({"rule_in_force_on": date(2026, 11, 6)}, False, True),
        ({"rule_in_force_on": None}, None, True),
        ({"published_at": datetime(2026, 11, 10, 0, 1, tzinfo=VIETNAM)}, True, False),
        ({"published_at": None}, True, False),
        ({"decision": "1/QĐ-BTC"}, False, True),
        ({"decision": "1/QĐ-BTC", "rule_in_force_on": date(2026, 12, 1)}, True, True),
        ({"decision": "1/QĐ-BTC", "published_at": datetime(2026, 11, 16, 12, tzinfo=VIETNAM)}, False, True),
        ({"decision": "1/QĐ-BTC", "published_at": datetime(2026, 11, 17, 12, tzinfo=VIETNAM)}, False, False),
    ],
)
def test_at_the_edge(changes: dict[str, Any], in_time: bool | None, public: bool) -> None:
    (found,) = judge([decision(**changes)], today=date(2026, 11, 30)).values()
    assert (found.in_time, found.public_in_time) == (in_time, public)
    assert bool(found.why_decided) == (in_time is False)
    assert bool(found.why_public) == (public is False)


@pytest.mark.django_db
def test_not_public_and_still_in_time_says_nothing() -> None:
    (found,) = judge([decision(published_at=None)], today=date(2026, 11, 9)).values()
    assert found.public_in_time is None


@pytest.mark.django_db
def test_late_once_is_late() -> None:
    both = [decision(), decision(number=2, rule_in_force_on=date(2026, 11, 3))]
    found = judge(both, today=date(2026, 11, 30))
    assert list(found) == ["1.000001"]
    assert found["1.000001"].in_time is False


@pytest.mark.django_db
def test_counted_and_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tinhso.kernel.access.web.now", lambda: LATER)
    stage = f.make_stage()
    f.accepted(stage)

    def of_ward() -> Any:
        return shares_of(**NOVEMBER, actor=SYSTEM, now=LATER)[stage.agency_id]

    assert not {"published_on_time", "made_public_on_time"} & of_ward().keys()
    version = ProcedureVersion.objects.filter(pk=stage.version_id)
    version.update(
        decision="100/QĐ-UBND",
        decided_on=MONDAY,
        rule_in_force_on=date(2026, 11, 3),
        published_at=datetime(2026, 11, 3, tzinfo=VIETNAM),
    )
    assert (of_ward()["published_on_time"], of_ward()["made_public_on_time"]) == (Share(0, 1), Share(1, 1))
    page = browser(stage.leader).get(
        reverse("scorecards:index_dossiers", args=[stage.agency_id, "published_on_time"]), {"month": "2026-11"}
    )
    assert [row.why for row in page.context["rows"]] == [
        "Quyết định ngày 02/11/2026, chậm nhất phải là 27/10/2026 (5 ngày làm việc trước 03/11/2026)"
    ]
    version.update(decided_on=date(2026, 10, 31))
    assert "published_on_time" not in of_ward()
