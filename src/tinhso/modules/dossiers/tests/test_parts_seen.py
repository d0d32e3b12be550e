"""What an agency has of another's dossier stands on its desk, board and list by its own time."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.core.cache import cache
from django.urls import reverse

from tinhso.kernel.access.api import Actor
from tinhso.modules.directory.models import Organisation
from tinhso.modules.directory.tests.factories import give, make_officer, make_staff
from tinhso.modules.dossiers.models import Dossier, Part
from tinhso.modules.dossiers.queries.desk import desk_of
from tinhso.modules.dossiers.tests import factories as f
from tinhso.modules.dossiers.tests.test_officer_lists import browser
from tinhso.modules.dossiers.tests.test_parts import NOW, Joint, at_police, confirm, joint, later

__all__ = ["joint"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def chief(joint: Joint) -> Actor:
    place = Organisation.objects.get(pk=joint.police_id)
    user = make_officer("chief", "Nguyễn Hữu Đạt")
    make_staff(user, place, position="Trưởng Công an")
    return give(user, "leader", place)


@pytest.fixture
def late(joint: Joint, monkeypatch: pytest.MonkeyPatch) -> tuple[Dossier, datetime]:
    """The police are a day late with their part; the person's day is still far off."""
    cache.clear()
    dossier = at_police(joint)
    confirm(dossier, joint.police, now=later(2))
    due_at = Part.objects.get(dossier=dossier, organisation_id=joint.police_id).due_at
    assert due_at is not None
    now = due_at + timedelta(days=1)
    assert dossier.due_at is not None
    assert now < dossier.due_at
    monkeypatch.setattr("tinhso.kernel.access.web.now", lambda: now)
    return dossier, now


def test_the_desk_counts_who_is_late_with_their_part(joint: Joint, late: tuple[Dossier, datetime]) -> None:
    dossier, now = late
    desk = desk_of(joint.police, now=now)
    shown = (*desk.held.tasks, *desk.pool.tasks)
    assert [one.code for one in shown] == [dossier.code]
    assert shown[0].task.part_due_at is not None
    assert shown[0].task.part_due_at < now
    assert desk.late.found == 1
    page = browser(joint.police).get(reverse("dossiers:list") + "?holder=work&due=late")
    assert [row.code for row in page.context["page"].rows] == [dossier.code]
    body = browser(joint.police).get(reverse("dossiers:desk")).content.decode()
    assert "theo hạn phần việc" in body
    # Before its time nobody is late; the agency that settles it is not late because another one is.
    assert desk_of(joint.police, now=later(3)).late.found == 0
    assert desk_of(joint.stage.leader, now=now).late.found == 0


@pytest.mark.parametrize("by", ["procedure", "unit"])
def test_every_number_of_its_board_opens_its_list(
    joint: Joint, chief: Actor, late: tuple[Dossier, datetime], by: str
) -> None:
    dossier, _ = late
    client = browser(chief)
    page = client.get(reverse("dossiers:board") + f"?by={by}")
    [(lane, columns)] = page.context["lanes"]
    assert lane.elsewhere
    [(column, url, late_url)] = columns
    assert (column.title, column.total, column.late) == ("Đăng ký thường trú", 1, 1)
    for address in (url, late_url):
        assert [row.code for row in client.get(address).context["page"].rows] == [dossier.code]
    assert "cơ quan khác chuyển đến" in page.content.decode()
    # At the agency that settles it the dossier is in time.
    [(own, columns)] = browser(joint.stage.leader).get(reverse("dossiers:board") + f"?by={by}").context["lanes"]
    assert not own.elsewhere
    assert [(column.total, column.late) for column, _, _ in columns] == [(1, 0)]


def test_only_what_lies_at_ones_own_agency(joint: Joint, chief: Actor, late: tuple[Dossier, datetime]) -> None:
    dossier, _ = late
    here = reverse("dossiers:list") + "?holder=here"
    assert [row.code for row in browser(chief).get(here).context["page"].rows] == [dossier.code]
    for other in (joint.insurance, joint.stage.elsewhere, joint.stage.leader):
        assert browser(other).get(here).context["page"].rows == ()
    named = f"{here}&agency={joint.insurance_id}"
    assert browser(chief).get(named).context["page"].rows == ()
    assert browser(joint.stage.citizen).get(here).status_code == 403


def test_the_causes_of_delay_of_an_agency_hold_its_parts(
    joint: Joint, chief: Actor, late: tuple[Dossier, datetime]
) -> None:
    dossier, now = late
    f.do(dossier, "go", joint.police, now=now)
    days = f"?from={NOW:%d/%m/%Y}&until={now:%d/%m/%Y}"
    table = browser(chief).get(reverse("dossiers:delays") + days).context["table"]
    assert [(row.title, row.many) for row in table.rows] == [("Đăng ký thường trú", 1)]
    # The agency that settles the dossier sees all of its steps.
    whole = browser(joint.stage.leader).get(reverse("dossiers:delays") + days).context["table"]
    assert {row.title for row in whole.rows} == {"Đăng ký khai sinh", "Ký", "Đăng ký thường trú"}
    assert browser(joint.insurance).get(reverse("dossiers:delays") + days).status_code == 403
