"""Who may see a dossier and why; who looked; opening one in an emergency."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tinhso.kernel.access.api import Actor, Refused, User
from tinhso.kernel.audit.api import trail
from tinhso.modules.directory.tests.factories import get_organisation, give, make_officer
from tinhso.modules.dossiers.models import EmergencyAccess, Paper
from tinhso.modules.dossiers.queries.reading import Access, dossier_view
from tinhso.modules.dossiers.queries.seeing import emergencies, looks_at, who_may_see
from tinhso.modules.dossiers.services.emergency import CannotOpen, break_glass, require_open, review
from tinhso.modules.dossiers.services.visiting import note_visit
from tinhso.modules.dossiers.tests.factories import NOW, Stage, accepted, make_stage

pytestmark = pytest.mark.django_db
GROUND = "Công an cần xác minh gấp người bị nạn, không liên lạc được phường."


@pytest.fixture
def stage() -> Stage:
    return make_stage()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tinhso.kernel.access.web.now", lambda: NOW)


def client_of(actor: Actor) -> Client:
    client = Client()
    client.force_login(User.objects.get(pk=actor.user_id))
    return client


def rights_office() -> Actor:
    return give(make_officer("rights", "Trần Mạnh Cường"), "rights_admin", get_organisation("H56"), subtree=True)


def test_everybody_who_may_see_is_told_with_the_grant_behind_it(stage: Stage) -> None:
    dossier = accepted(stage)
    chief = make_officer("chief", "Đỗ Trọng Hưng")
    give(chief, "leader", get_organisation("H56"), subtree=True)
    eyes = who_may_see(dossier_view(dossier.public_id), now=NOW)
    told = {group.why: {held.full_name for held in group.held} for group in eyes.officers.organisations}
    assert told["cơ quan giải quyết"] == {"Nguyễn Văn Bình", "Hà Thu Trang", "Phạm Quang Hưng", "Lê Minh Tuấn"}
    assert told["nơi tiếp nhận và trả kết quả"] == {"Lê Thị Mai"}
    assert told["cơ quan cấp trên, vai trò bao gồm cơ quan bên dưới"] == {"Đỗ Trọng Hưng"}
    assert {held.ground for group in eyes.officers.organisations for held in group.held} == {"Kiểm thử"}


def test_the_page_tells_it_to_who_may_see_and_to_nobody_else(stage: Stage, clock: None) -> None:
    address = reverse("dossiers:who_sees", args=[accepted(stage).public_id])
    assert "Phạm Quang Hưng" in client_of(stage.handler).get(address).content.decode()
    assert client_of(stage.elsewhere).get(address).status_code == 403
    assert client_of(stage.citizen).get(address).status_code == 403
    assert Client().get(address).status_code == 302


def test_the_owner_reads_who_looked_but_no_names(stage: Stage, clock: None) -> None:
    dossier = accepted(stage)
    access = Access(frozenset({stage.agency_id}), stage.citizen.user_id)
    note_visit(dossier_id=dossier.pk, access=access, actor=stage.handler, now=NOW)
    looks = looks_at(dossier.ref)
    assert [(look.organisation_name, look.position_title) for look in looks] == [
        ("UBND phường Hạc Thành", "Chuyên viên")
    ]
    address = reverse("dossiers:follow_visits", args=[dossier.public_id])
    page = client_of(stage.citizen).get(address).content.decode()
    assert "UBND phường Hạc Thành" in page
    assert "Nguyễn Văn Bình" not in page
    assert client_of(stage.stranger).get(address).status_code == 404
    assert Client().get(address).status_code == 302


@pytest.mark.parametrize("name", ["file", "why", "actions", "print"])
def test_whatever_of_it_is_opened_by_its_address_is_a_look(name: str, stage: Stage, clock: None) -> None:
    """A paper fetched without the dossier's page is looked at all the same; who is refused leaves no look."""
    dossier = accepted(stage)
    paper = Paper.objects.filter(dossier=dossier, file__isnull=False)[0]
    more = {"file": [paper.pk], "print": ["receipt"]}.get(name, [])
    address = reverse(f"dossiers:{name}", args=[dossier.public_id, *more])
    assert client_of(stage.elsewhere).get(address).status_code == 403
    assert looks_at(dossier.ref) == []
    assert client_of(stage.handler).get(address).status_code == 200
    assert [look.position_title for look in looks_at(dossier.ref)] == ["Chuyên viên"]
    client_of(stage.handler).get(address)
    assert len(looks_at(dossier.ref)) == 1


def test_an_officer_elsewhere_reads_a_dossier_for_an_hour_under_the_eyes_of_others(stage: Stage) -> None:
    dossier = accepted(stage)
    public_id = break_glass(code=f" {dossier.code.lower()} ", ground=GROUND, actor=stage.elsewhere, now=NOW)
    assert public_id == dossier.public_id
    assert require_open(dossier_id=dossier.pk, actor=stage.elsewhere, now=NOW + timedelta(minutes=59))
    with pytest.raises(Refused):
        require_open(dossier_id=dossier.pk, actor=stage.elsewhere, now=NOW + timedelta(minutes=60))
    with pytest.raises(Refused):
        require_open(dossier_id=dossier.pk, actor=stage.handler, now=NOW)
    entry = trail(dossier.ref)[-1]
    assert (entry.action, entry.reason) == ("dossiers.break_glass", GROUND)
    assert looks_at(dossier.ref)[0].reason == GROUND
    assert [row.user_id for row in emergencies(rights_office(), waiting=True)] == [stage.elsewhere.user_id]


@pytest.mark.parametrize(("code", "ground"), [("H56.12-000000-0001", GROUND), ("", GROUND), (None, "cần gấp")])
def test_no_ground_or_no_dossier_opens_nothing(stage: Stage, code: str | None, ground: str) -> None:
    dossier = accepted(stage)
    lines = len(trail(dossier.ref))
    with pytest.raises(CannotOpen):
        break_glass(code=dossier.code if code is None else code, ground=ground, actor=stage.elsewhere, now=NOW)
    assert not EmergencyAccess.objects.exists()
    assert len(trail(dossier.ref)) == lines


def test_who_needs_no_emergency_or_handles_no_dossiers_cannot_break_in(stage: Stage) -> None:
    dossier = accepted(stage)
    with pytest.raises(CannotOpen, match="đã bao gồm"):
        break_glass(code=dossier.code, ground=GROUND, actor=stage.handler, now=NOW)
    operator = Actor("operator", "Lương Công Thành", make_officer("op", kind="operator").pk)
    for actor in (operator, stage.stranger, rights_office()):
        with pytest.raises(Refused):
            break_glass(code=dossier.code, ground=GROUND, actor=actor, now=NOW)
    assert not EmergencyAccess.objects.exists()


def test_each_opening_is_reviewed_once_by_the_office_of_rights(stage: Stage) -> None:
    dossier = accepted(stage)
    break_glass(code=dossier.code, ground=GROUND, actor=stage.elsewhere, now=NOW)
    number = EmergencyAccess.objects.get().pk
    office = rights_office()
    with pytest.raises(Refused):
        review(access_id=number, note="", actor=stage.leader, now=NOW)
    review(access_id=number, note="Hợp lý", actor=office, now=NOW)
    with pytest.raises(CannotOpen):
        review(access_id=number, note="", actor=office, now=NOW)
    assert emergencies(office, waiting=True) == []
    assert len(emergencies(office, waiting=False)) == 1


def test_the_pages_of_an_emergency(stage: Stage, clock: None) -> None:
    dossier = accepted(stage)
    entry = reverse("dossiers:emergency")
    whole = reverse("dossiers:emergency_dossier", args=[dossier.public_id])
    officer, office = client_of(stage.elsewhere), client_of(rights_office())
    assert officer.get(entry).status_code == 200
    assert officer.get(whole).status_code == 403
    assert officer.post(entry, {"code": dossier.code, "ground": "gấp"}).status_code == 422
    assert officer.post(entry, {"code": dossier.code, "ground": GROUND}).status_code == 302
    page = officer.get(whole)
    assert "Lê Thị Hồng Nhung" in page.content.decode()
    assert "038192004517" not in page.content.decode()
    assert officer.get(reverse("dossiers:show", args=[dossier.public_id])).status_code == 403
    log: Any = office.get(reverse("dossiers:emergency_log"))
    assert dossier.code in log.content.decode()
    assert "Lê Thị Hồng Nhung" not in log.content.decode()
    assert office.get(whole).status_code == 403
    number = EmergencyAccess.objects.get().pk
    assert officer.post(reverse("dossiers:emergency_review", args=[number])).status_code == 403
    assert office.post(reverse("dossiers:emergency_review", args=[number]), {"note": "Đã hỏi lại"}).status_code == 302
    assert dossier.code not in office.get(reverse("dossiers:emergency_log")).content.decode()
