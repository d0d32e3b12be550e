"""What is filed for another: who hears of it, who finds it, whose store holds its result; all of it ends with the mandate."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tinhso.kernel.access.api import SYSTEM, Actor, Refused, User, allow, explain
from tinhso.kernel.events.api import drain
from tinhso.modules.archive import api as archive
from tinhso.modules.archive.models import Document, DocumentUse, StoreLook
from tinhso.modules.archive.tests.factories import NUMBER, make_document, open_store
from tinhso.modules.dossiers import api as dossiers
from tinhso.modules.dossiers.models import Dossier, DraftFile
from tinhso.modules.dossiers.services.drafts import CannotSave
from tinhso.modules.dossiers.services.telling import tell_person
from tinhso.modules.dossiers.tests.citizen_steps import browser
from tinhso.modules.dossiers.tests.factories import NOW, Stage, do, issued, make_citizen, make_stage, write_draft
from tinhso.modules.dossiers.tests.test_mandates import CHILD, entered, given, under
from tinhso.modules.dossiers.tests.test_store import birth_kind
from tinhso.modules.identity.models import Mandate
from tinhso.modules.identity.rules import Basis
from tinhso.modules.identity.services.mandates import accept, end
from tinhso.modules.notifications import api as notifications
from tinhso.modules.notifications.models import Message, Notice

pytestmark = pytest.mark.django_db
ALL = frozenset({"file", "follow", "store"})
PARENT = {"full_name": "Trần Văn Khác", "identity_number": "038085009999"}


@pytest.fixture
def stage() -> Stage:
    return make_stage()


def filed(stage: Stage, mandate: int, *, actor: Actor | None = None, **changes: Any) -> Dossier:
    acting = under(actor or stage.stranger, mandate)
    draft = write_draft(stage, actor=acting, **{**PARENT, **changes})
    return Dossier.objects.get(pk=dossiers.submit(public_id=draft, actor=acting, keys=(), now=NOW).dossier_id)


def for_child(stage: Stage, **terms: Any) -> int:
    number = entered(stage, terms={"acts": ALL, **terms})
    accept(mandate_id=number, actor=stage.stranger, now=NOW)
    return number


def told(dossier: Dossier, event: int, *, days: int = 0) -> list[int]:
    """Whom one event of the dossier tells."""
    kind, key = notifications.Kind.ACCEPTED, f"accepted:{event}:"
    for _ in range(2):
        tell_person(
            kind=kind, event_id=event, dossier_id=dossier.pk, actor=SYSTEM, now=NOW + timedelta(days=days)
        )  # fmt: skip
    rows = Notice.objects.filter(key__startswith=key).order_by("pk")
    return [row.user_id for row in rows if row.user_id is not None]


# Notices


def test_who_acts_for_a_child_hears_of_it_once_and_after_the_end_no_more(stage: Stage) -> None:
    number = for_child(stage)
    dossier = filed(stage, number, email="khac@example.vn", phone="0987654321")
    child = dossier.owner_id
    assert told(dossier, 1) == [child, stage.stranger.user_id]
    mails = Message.objects.filter(notice__key__startswith="accepted:1:")
    assert set(mails.values_list("address", flat=True)) <= {"khac@example.vn", "0987654321"}
    assert mails.filter(channel="email").count() == 1
    for weak in mails.exclude(channel="email"):
        assert "Khôi" not in weak.text
    end(mandate_id=number, reason="Con đã đủ tuổi", actor=stage.stranger, now=NOW)
    assert told(dossier, 2) == [child]
    assert not Message.objects.filter(notice__key__startswith="accepted:2:").exists()


def test_by_its_last_day_as_well(stage: Stage) -> None:
    dossier = filed(stage, for_child(stage))
    assert stage.stranger.user_id in told(dossier, 1, days=30)
    assert stage.stranger.user_id not in told(dossier, 2, days=31)


def test_a_grown_up_principal_hears_on_their_own_ways_not_on_those_of_the_representative(stage: Stage) -> None:
    User.objects.filter(pk=stage.citizen.user_id).update(email="nhung@example.vn")
    number = given(stage)
    dossier = filed(stage, number, email="khac@example.vn")
    assert told(dossier, 1) == [stage.citizen.user_id, stage.stranger.user_id]
    letters = Message.objects.filter(notice__key__startswith="accepted:1:", channel="email")
    assert sorted(letters.values_list("notice__user_id", "address")) == sorted(
        [(stage.citizen.user_id, "nhung@example.vn"), (stage.stranger.user_id, "khac@example.vn")]
    )
    end(mandate_id=number, reason="Không cần nữa", actor=stage.citizen, now=NOW)
    assert told(dossier, 2) == [stage.citizen.user_id]


def test_who_may_only_file_or_only_in_other_procedures_is_not_told(stage: Stage) -> None:
    dossier = filed(stage, given(stage))
    Mandate.objects.update(acts=["file"])
    assert told(dossier, 1) == [stage.citizen.user_id]
    Mandate.objects.update(acts=["follow"], procedure_codes=["9.999999"])
    assert told(dossier, 2) == [stage.citizen.user_id]


def test_of_a_child_the_other_parent_hears_when_who_filed_it_acts_no_more(stage: Stage) -> None:
    first = for_child(stage)
    second = entered(
        stage, terms={"acts": ALL, "holder_username": "citizen", "holder_name": "Lê Thị Hồng Nhung"}
    )  # fmt: skip
    accept(mandate_id=second, actor=stage.citizen, now=NOW)
    dossier = filed(stage, first)
    assert told(dossier, 1) == [dossier.owner_id, stage.stranger.user_id]
    end(mandate_id=first, reason="Đổi người giám hộ", actor=stage.clerk, now=NOW)
    assert told(dossier, 2) == [dossier.owner_id, stage.citizen.user_id]


# Finding it


def test_the_link_of_a_notice_asks_to_sit_down_as_them_first(stage: Stage) -> None:
    number = for_child(stage)
    dossier = filed(stage, number)
    address = f"/dossiers/follow/{dossier.public_id}/"
    holder = browser(stage.stranger)
    first = holder.get(address)
    assert first.status_code == 403
    assert "Thay mặt Trần Minh Khôi" in first.content.decode()
    assert "Thay mặt Trần Minh Khôi" in holder.get("/dossiers/mine/").content.decode()
    assert browser(make_citizen("third", "Người thứ ba")).get(address).status_code == 404
    sat = holder.post("/identity/mandates/act/", {"mandate": number, "next": address})
    assert sat.headers["location"] == address
    assert holder.get(address).status_code == 200
    assert dossier.code in holder.get("/dossiers/mine/").content.decode()
    for elsewhere in ("https://evil.example/", "//evil.example/", "x"):
        out = holder.post("/identity/mandates/act/", {"mandate": number, "next": elsewhere})
        assert out.headers["location"] == "/identity/after-login/"
    end(mandate_id=number, reason="Con đã đủ tuổi", actor=stage.stranger, now=NOW)
    assert holder.get(address).status_code == 404
    page = holder.get("/dossiers/mine/").content.decode()
    assert dossier.code not in page
    assert "Thay mặt Trần Minh Khôi" not in page


# The store


def test_a_result_for_a_child_is_kept_under_the_child(stage: Stage) -> None:
    open_store(stage.stranger, stage.clerk, number=PARENT["identity_number"])
    number = for_child(stage)
    acting = under(stage.stranger, number)
    issued(stage, **PARENT)  # somebody's own, to compare
    dossier = filed(stage, number)
    _issue(stage, dossier)
    row = Document.objects.get(source_note__contains=dossier.code)
    assert (row.holder.number, row.owner_name, row.proof) == (CHILD, "Trần Minh Khôi", "counter")
    assert archive.documents_by_id([row.pk], on=NOW.date())[row.pk].usable
    # Seen under the mandate, not in one's own name.
    holder = browser(stage.stranger)
    assert row.name not in _store(holder) or "Trần Minh Khôi" not in _store(holder)
    assert holder.get(f"/archive/mine/{row.public_id}/").status_code == 404
    holder.post("/identity/mandates/act/", {"mandate": number})
    assert f"ủy quyền số {number}" in _store(holder)
    assert holder.get(f"/archive/mine/{row.public_id}/").status_code == 200
    assert holder.get(f"/archive/mine/{row.public_id}/file/").status_code == 200
    assert StoreLook.objects.filter(purpose__contains=f"ủy quyền số {number}").count() == 2
    for closed in ("/archive/upload/", "/archive/mine/looks/"):
        assert holder.get(closed).status_code in (200, 403, 404)
    assert not allow(acting, "archive.upload")
    assert not allow(acting, "archive.share")
    assert explain(acting, "archive.own") == f"Thay mặt Trần Minh Khôi, theo ủy quyền số {number}."
    end(mandate_id=number, reason="Con đã đủ tuổi", actor=stage.stranger, now=NOW)
    assert holder.get(f"/archive/mine/{row.public_id}/").status_code == 404


def _store(client: Any) -> str:
    return str(client.get("/archive/mine/").content.decode())


def _issue(stage: Stage, dossier: Dossier) -> None:
    dossiers.accept(dossier_id=dossier.pk, actor=stage.clerk, now=NOW + timedelta(minutes=1))
    dossier.refresh_from_db()
    do(dossier, "submit", stage.handler, comment="Đủ điều kiện.", now=NOW + timedelta(minutes=5))
    do(dossier, "approve", stage.leader, now=NOW + timedelta(minutes=9))
    drain(NOW + timedelta(hours=1))


def reuse(stage: Stage, actor: Actor, document: Document) -> Any:
    draft = write_draft(stage, actor=actor, papers=False, **PARENT)
    dossiers.take_from_store(
        public_id=draft, paper_key="birth_proof", document=document.public_id, actor=actor, keys=(), now=NOW
    )  # fmt: skip
    return draft


def test_it_is_used_for_them_on_their_behalf_and_for_nobody_else(stage: Stage) -> None:
    number = for_child(stage)
    document = make_document(birth_kind(), holder=CHILD, full_name="Trần Minh Khôi")
    acting = under(stage.stranger, number)
    draft = reuse(stage, acting, document)
    sent = dossiers.submit(public_id=draft, actor=acting, keys=(), now=NOW)
    use = DocumentUse.objects.get()
    assert f"ủy quyền số {number}" in use.ground
    assert use.used_by_name == "Trần Văn Khác (thay mặt Trần Minh Khôi)"
    assert use.dossier_code == sent.code
    # Not in a dossier of one's own, whatever number is written there.
    with pytest.raises(CannotSave, match="không có trong kho"):
        reuse(stage, stage.stranger, document)
    own = write_draft(
        stage, actor=stage.stranger, papers=False, full_name="Trần Văn Khác", acting_as="representative",
        subject_name="Trần Minh Khôi", subject_identity=CHILD, authority="Là cha của cháu",
    )  # fmt: skip
    with pytest.raises(CannotSave, match="không có trong kho"):
        dossiers.take_from_store(
            public_id=own, paper_key="birth_proof", document=document.public_id, actor=stage.stranger, keys=(), now=NOW
        )  # fmt: skip
    assert DocumentUse.objects.count() == 1


def test_the_representatives_own_papers_are_not_offered_for_the_child(stage: Stage) -> None:
    open_store(stage.stranger, stage.clerk, number=PARENT["identity_number"])
    mine = make_document(birth_kind(), holder=PARENT["identity_number"], full_name=PARENT["full_name"])
    acting = under(stage.stranger, for_child(stage))
    with pytest.raises(CannotSave, match="không có trong kho"):
        reuse(stage, acting, mine)


def test_the_use_ends_with_the_mandate(stage: Stage) -> None:
    number = for_child(stage)
    document = make_document(birth_kind(), holder=CHILD, full_name="Trần Minh Khôi")
    draft = reuse(stage, under(stage.stranger, number), document)
    end(mandate_id=number, reason="Con đã đủ tuổi", actor=stage.stranger, now=NOW)
    with pytest.raises((Refused, LookupError)):
        dossiers.submit(public_id=draft, actor=under(stage.stranger, number), keys=(), now=NOW)
    assert not DocumentUse.objects.exists()
    assert DraftFile.objects.filter(document=document).count() == 1


def test_a_mandate_that_does_not_name_the_store_opens_none(stage: Stage) -> None:
    open_store(stage.citizen, stage.clerk)
    document = make_document(birth_kind(), holder=NUMBER)
    acting = under(stage.stranger, given(stage))
    assert archive.stores_for(actor=acting, numbers=[NUMBER]) == []
    assert not allow(acting, "archive.own")
    with pytest.raises(CannotSave, match="không có trong kho"):
        reuse(stage, acting, document)
    Mandate.objects.update(acts=sorted(ALL))
    named = under(stage.stranger, Mandate.objects.get(basis=Basis.AUTHORISED).pk)
    assert [one.number for one in archive.stores_for(actor=named, numbers=[NUMBER])] == [NUMBER]
    assert archive.stores_for(actor=named, numbers=["038160000009"]) == []


def test_a_store_under_another_name_stays_closed(stage: Stage) -> None:
    make_document(birth_kind(), holder=CHILD, full_name="Người trùng số")
    acting = under(stage.stranger, for_child(stage))
    assert archive.stores_for(actor=acting, numbers=[CHILD]) == []
