"""Who may see a document of the store and why; who looked; nobody else reads it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.urls import reverse

from tinhso.kernel.access.api import Actor, User
from tinhso.kernel.clock import now
from tinhso.modules.archive import api as archive
from tinhso.modules.archive.models import Document, StoreLook
from tinhso.modules.archive.queries.own_data import looks
from tinhso.modules.archive.queries.seeing import Eyes, who_may_see
from tinhso.modules.archive.services.looking import look_for
from tinhso.modules.archive.services.sharing import share
from tinhso.modules.archive.tests.factories import NOW, NUMBER, make_document, make_kind, open_store
from tinhso.modules.archive.tests.officers import make_archivist
from tinhso.modules.directory.models import Organisation, Succession
from tinhso.modules.directory.tests.factories import get_organisation, give, make_officer
from tinhso.modules.dossiers.tests.citizen_steps import browser
from tinhso.modules.dossiers.tests.factories import Stage, make_stage

pytestmark = pytest.mark.django_db
PURPOSE = "Giải quyết hồ sơ xin nhập học"


@pytest.fixture
def stage() -> Stage:
    return make_stage()


@pytest.fixture
def row(stage: Stage) -> Document:
    """A document in the citizen's open store, for which the ward answers."""
    open_store(stage.citizen, stage.clerk)
    return make_document(make_kind(), keeper_id=stage.agency_id, source="a:1")


def eyes_of(row: Document) -> Eyes:
    found = archive.document(row.public_id, NOW.date())
    assert found is not None
    return who_may_see(found, now=NOW)


def open_look(actor: Actor) -> int:
    number = look_for(number=NUMBER, purpose=PURPOSE, actor=actor, now=now())
    assert number is not None
    return number


def test_everybody_who_may_see_is_told_with_the_reason(stage: Stage, row: Document) -> None:
    make_archivist(stage)
    chief = make_officer("chief", "Đỗ Trọng Hưng")
    give(chief, "leader", get_organisation("H56"), subtree=True)
    code = share(document_id=row.pk, purpose="Ngân hàng", hours=1, actor=stage.citizen, now=NOW)
    eyes = eyes_of(row)
    told = {group.why: {held.full_name for held in group.held} for group in eyes.officers.organisations}
    assert told.pop("cơ quan cấp trên, vai trò bao gồm cơ quan bên dưới") == {"Đỗ Trọng Hưng"}
    assert told["cơ quan đã cấp giấy tờ này"] >= {"Nguyễn Văn Bình", "Nguyễn Thị Hòa"}
    assert "Cán bộ lưu trữ, số hóa" in eyes.officers.role_titles
    assert [(owner.full_name, owner.is_person) for owner in eyes.owners] == [("Lê Thị Hồng Nhung", True)]
    assert [one.purpose for one in eyes.codes] == ["Ngân hàng"]
    assert code not in repr(eyes)
    later = archive.document(row.public_id, NOW.date())
    assert later is not None
    assert not who_may_see(later, now=NOW + timedelta(hours=2)).codes


def test_what_is_told_is_what_opens(stage: Stage, row: Document) -> None:
    """Each officer named opens the document; each of these others is refused."""
    named = {held.user_id for group in eyes_of(row).officers.organisations for held in group.held}
    for actor in (stage.handler, stage.leader, stage.elsewhere):
        number = open_look(actor)
        answer = browser(actor).get(reverse("archive:who_sees", args=[number, row.public_id]))
        assert answer.status_code == (200 if actor.user_id in named else 403)
    assert stage.elsewhere.user_id not in named


def test_the_successor_of_the_keeper_is_named_as_such(stage: Stage, row: Document) -> None:
    new = Organisation.objects.get(code="H56.103")
    Organisation.objects.filter(pk=stage.agency_id).update(valid_until=date(2026, 11, 1))
    Succession.objects.create(
        predecessor_id=stage.agency_id, successor=new, effective_date=date(2026, 11, 2), kind="merged"
    )
    told = {group.name: group.why for group in eyes_of(row).officers.organisations}
    assert told[new.name] == "kế thừa việc của UBND phường Hạc Thành, nơi đã giữ giấy tờ này"


def test_a_document_only_its_owner_keeps_is_seen_by_no_officer(stage: Stage, row: Document) -> None:
    own = make_document(row.kind_id, source="a:2", colour="red", keeper_id=None)
    assert not eyes_of(own).officers.organisations


def test_a_withheld_document_is_not_seen_by_the_owner_either(stage: Stage, row: Document) -> None:
    wrong = make_document(
        row.kind_id,
        source="a:9",
        colour="red",
        full_name="Kẻ Khác",
        proof=archive.Proof.TYPED,
        keeper_id=stage.agency_id,
    )
    assert eyes_of(wrong).withheld
    client, number = browser(stage.handler), open_look(stage.handler)
    page = client.get(reverse("archive:who_sees", args=[number, wrong.public_id])).content.decode()
    assert "Chủ kho chưa xem được" in page


def test_the_page_tells_who_looked_and_is_itself_a_look(stage: Stage, row: Document) -> None:
    client, number = browser(stage.handler), open_look(stage.handler)
    address = reverse("archive:who_sees", args=[number, row.public_id])
    page = client.get(address).content.decode()
    assert "Nguyễn Văn Bình" in page
    assert PURPOSE in page
    assert address in client.get(reverse("archive:store_document", args=[number, row.public_id])).content.decode()
    assert StoreLook.objects.filter(document=row, user_id=stage.handler.user_id).count() == 1
    lines = StoreLook.objects.count()
    for actor in (stage.citizen, stage.elsewhere, stage.leader):
        assert browser(actor).get(address).status_code == 403
    assert browser().get(address).status_code == 302
    assert StoreLook.objects.count() == lines


def test_the_owner_reads_where_and_as_what_but_no_names(stage: Stage, row: Document) -> None:
    open_look(stage.handler)
    told = looks(stage.citizen.user_id or 0)
    assert [(look.agency, look.who, look.purpose) for look in told] == [
        ("UBND phường Hạc Thành", "Chuyên viên", PURPOSE)
    ]
    assert User.objects.get(pk=stage.handler.user_id).full_name not in repr(told)
