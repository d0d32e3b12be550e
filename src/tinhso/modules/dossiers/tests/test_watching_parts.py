"""Each agency of a dossier across agencies is reminded by its own time, long before the person's is over."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tinhso.kernel.access.api import SYSTEM
from tinhso.kernel.clock import VIETNAM
from tinhso.modules.directory.models import Organisation
from tinhso.modules.directory.tests.factories import give, make_officer, make_staff
from tinhso.modules.dossiers import api as dossiers
from tinhso.modules.dossiers.models import Dossier, Part, Sign
from tinhso.modules.dossiers.rules.watching import ESCALATED, Stage
from tinhso.modules.dossiers.services.reminding import send_digest
from tinhso.modules.dossiers.tests import factories as f
from tinhso.modules.dossiers.tests.test_parts import Joint, at_police, confirm, joint, later
from tinhso.modules.dossiers.tests.test_watching import run, told
from tinhso.modules.notifications.models import Notice

__all__ = ["joint"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def chief(joint: Joint) -> int:
    """The leader of the police."""
    place = Organisation.objects.get(pk=joint.police_id)
    user = make_officer("chief", "Nguyễn Hữu Đạt")
    make_staff(user, place, position="Trưởng Công an")
    give(user, "leader", place)
    return user.pk


def part_of(dossier: Dossier, organisation_id: int) -> Part:
    return Part.objects.get(dossier=dossier, organisation_id=organisation_id, started_at__isnull=False)


def test_the_agency_that_has_it_is_told_of_its_own_time(joint: Joint, chief: int) -> None:
    dossier = at_police(joint)
    confirm(dossier, joint.police, now=later(2))
    part = part_of(dossier, joint.police_id)
    assert part.due_at is not None
    assert dossier.due_at is not None
    assert part.due_at + timedelta(days=5) < dossier.due_at
    # Everybody's time is far off but that of the police.
    assert run(part.due_at - timedelta(hours=2)).raised == 1
    sign = Sign.objects.get()
    assert (sign.due_at, sign.stage) == (part.due_at, Stage.TODAY)
    assert set(told("due_today")) == {joint.police.user_id}
    assert Notice.objects.get(kind="due_today").url == "/dossiers/parts/"
    # Late with the part, in time for the person: the officer, and after the threshold the leader of the police alone.
    assert run(part.due_at + timedelta(minutes=1)).raised == 1
    assert Notice.objects.get(kind="overdue").url == "/dossiers/parts/?late=1"
    run(part.due_at + timedelta(days=4))
    assert set(told("escalated")) == {chief}
    assert Sign.objects.filter(stage=ESCALATED).count() == 1
    assert joint.stage.leader.user_id not in told("overdue")


def test_the_letter_of_the_morning_tells_the_time_of_the_part(joint: Joint) -> None:
    dossier = at_police(joint)
    confirm(dossier, joint.police, now=later(2))
    dossiers.claim(task_id=f.open_task(dossier).pk, actor=joint.police, now=later(2))
    part = part_of(dossier, joint.police_id)
    assert part.due_at is not None
    assert send_digest(actor=SYSTEM, now=part.due_at.astimezone(VIETNAM).replace(hour=7, minute=30)) >= 1
    notice = Notice.objects.get(kind="digest", user_id=joint.police.user_id)
    assert dossier.code in notice.text
    assert f"{part.due_at:%d/%m/%Y}" in notice.text


def test_again_nothing_and_what_is_done_is_left_alone(joint: Joint) -> None:
    dossier = at_police(joint)
    confirm(dossier, joint.police, now=later(2))
    due_at = part_of(dossier, joint.police_id).due_at
    assert due_at is not None
    run(due_at + timedelta(minutes=1))
    assert run(due_at + timedelta(minutes=2)).raised == 0
    f.do(dossier, "go", joint.police, now=due_at + timedelta(minutes=3))
    police = {kind: len(told(kind)) for kind in ("due_soon", "due_today", "overdue")}
    run(due_at + timedelta(minutes=4))
    assert not Sign.objects.filter(due_at=due_at, raised_at__gt=due_at + timedelta(minutes=2)).exists()
    assert police["overdue"] == 1


def test_the_settling_agency_hears_of_the_whole_once_though_its_part_ends_with_it(joint: Joint) -> None:
    dossier = f.accepted(joint.stage, now=later(0))
    part = part_of(dossier, joint.stage.agency_id)
    Dossier.objects.filter(pk=dossier.pk).update(due_at=part.due_at)
    assert part.due_at is not None
    assert run(part.due_at + timedelta(minutes=1)).raised == 1
    assert Notice.objects.filter(kind="overdue", user_id=joint.stage.head.user_id).count() == 1
