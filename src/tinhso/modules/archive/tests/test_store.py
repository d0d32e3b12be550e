"""Keeping, replacing, revoking, proving whose it is; and that nothing is ever altered."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.db import DatabaseError, transaction

from tinhso.kernel.access.api import SYSTEM, Refused
from tinhso.kernel.audit.api import trail
from tinhso.modules.archive import api as archive
from tinhso.modules.archive.models import AccountLink, Document, DocumentEnding, DocumentUse, Holder
from tinhso.modules.archive.services.keeping import CannotKeep, CannotRevoke, confirm_owner, keep_own, revoke
from tinhso.modules.archive.services.kinds import CannotMap, end_mapping, map_paper
from tinhso.modules.archive.services.proving import CannotProve, end_link
from tinhso.modules.archive.tests.factories import NAME, NOW, NUMBER, make_document, make_kind, open_store
from tinhso.modules.dossiers.tests.factories import Stage, make_citizen, make_stage

pytestmark = pytest.mark.django_db
TODAY = NOW.date()


@pytest.fixture
def stage() -> Stage:
    return make_stage()


def standing(row: Document, on: date = TODAY) -> str:
    return archive.documents_by_id([row.pk], on=on)[row.pk].standing


def test_a_source_comes_into_the_store_once() -> None:
    kind = make_kind()
    first = make_document(kind, source="result:1")
    again = make_document(kind, source="result:1", name="Khác")
    assert first.pk == again.pk
    assert Document.objects.count() == 1
    assert [entry.action for entry in trail(first.ref)] == ["archive.keep"]


def test_one_owner_is_one_record() -> None:
    kind = make_kind()
    make_document(kind, source="a:1")
    make_document(kind, source="a:2", colour="red")
    assert Holder.objects.count() == 1
    assert Holder.objects.get().full_name == NAME


def test_the_database_refuses_to_alter_or_delete() -> None:
    row = make_document(make_kind())
    for attempt in (
        lambda: Document.objects.filter(pk=row.pk).update(name="Sửa"),
        lambda: Document.objects.filter(pk=row.pk).delete(),
    ):
        with pytest.raises(DatabaseError, match="never altered"), transaction.atomic():
            attempt()
    assert Document.objects.get(pk=row.pk).name == row.name


def test_a_new_document_takes_the_place_of_the_old() -> None:
    kind = make_kind()
    old = make_document(kind, source="result:1")
    make_document(
        kind, source="result:2", colour="red", replaces="result:1", replaced_because="Sai tên", number="16/2026"
    )
    found = archive.documents_by_id([old.pk], on=TODAY)[old.pk]
    assert found.standing == "replaced"
    assert found.why_not == "đã được thay bằng Giấy chứng sinh số 16/2026 ngày 01/09/2026"
    assert DocumentEnding.objects.get().reason == "Sai tên"


def test_an_owner_without_a_whole_number_has_no_store() -> None:
    with pytest.raises(CannotKeep, match="12 chữ số"):
        make_document(make_kind(), holder="123")
    assert not Holder.objects.exists()


def test_a_validity_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(CannotKeep, match="hết giá trị"):
        make_document(make_kind(), valid_until=date(2026, 8, 1))
    assert not Document.objects.exists()


def test_who_may_keep_and_revoke(stage: Stage) -> None:
    row = make_document(make_kind(), keeper_id=stage.agency_id)
    for actor in (stage.citizen, stage.handler, stage.elsewhere, stage.clerk):
        with pytest.raises(Refused):
            revoke(document_id=row.pk, reason="Thu hồi theo quyết định 12", actor=actor, now=NOW)
    assert standing(row) == "valid"
    with pytest.raises(CannotRevoke, match="Ghi rõ"):
        revoke(document_id=row.pk, reason="sai", actor=stage.leader, now=NOW)
    revoke(document_id=row.pk, reason="Thu hồi theo quyết định 12", actor=stage.leader, now=NOW)
    assert standing(row) == "revoked"
    with pytest.raises(CannotRevoke, match="đã bị thu hồi"):
        revoke(document_id=row.pk, reason="Thu hồi theo quyết định 13", actor=stage.leader, now=NOW)


def test_a_typed_number_gives_nobody_a_document(stage: Stage) -> None:
    """Somebody types another person's number: nothing appears there, and the true owner can still open their store."""
    kind = make_kind()
    wrong = make_document(
        kind, full_name="Kẻ Khác", proof=archive.Proof.TYPED, source="result:1", keeper_id=stage.office_id
    )
    assert standing(wrong) == "withheld"
    assert Holder.objects.get().full_name == ""
    open_store(stage.citizen, stage.clerk)
    assert Holder.objects.get().full_name == NAME
    assert standing(wrong) == "withheld"
    own = make_document(kind, proof=archive.Proof.TYPED, source="result:2", colour="red")
    assert standing(own) == "valid"
    with pytest.raises(CannotKeep, match="đối chiếu"):
        confirm_owner(document_id=wrong.pk, evidence="ừ", actor=stage.clerk, now=NOW)
    confirm_owner(document_id=wrong.pk, evidence="Đổi tên theo trích lục số 5", actor=stage.clerk, now=NOW)
    assert standing(wrong) == "valid"


def test_a_store_is_opened_on_proof_only(stage: Stage) -> None:
    good = {
        "username": "citizen", "number": NUMBER, "full_name": NAME, "evidence": "Thẻ căn cước", "seen": True,
        "actor": stage.clerk, "now": NOW,
    }  # fmt: skip
    for change, field in (
        ({"seen": False}, "seen"),
        ({"evidence": " "}, "evidence"),
        ({"number": "12"}, "number"),
        ({"username": "khong-co"}, "username"),
        ({"full_name": "Trần Văn Khác"}, "username"),
        ({"username": "handler"}, "username"),
    ):
        with pytest.raises(CannotProve) as refusal:
            archive.prove_at_counter(**{**good, **change})
        assert refusal.value.field == field
    for actor in (stage.citizen, stage.handler, stage.leader):
        with pytest.raises(Refused):
            archive.prove_at_counter(**{**good, "actor": actor})
    assert not AccountLink.objects.exists()
    first = archive.prove_at_counter(**good)
    assert archive.prove_at_counter(**good) == first
    assert [one.number for one in archive.holders_of_account(stage.citizen.user_id)] == [NUMBER]


def test_a_store_has_one_account_and_an_account_one_person(stage: Stage) -> None:
    open_store(stage.citizen, stage.clerk)
    other = make_citizen("namesake", NAME)
    with pytest.raises(CannotProve, match="tài khoản khác"):
        open_store(other, stage.clerk)
    with pytest.raises(CannotProve, match="tài khoản khác"):
        open_store(stage.citizen, stage.clerk, number="038192004518")
    end_link(number=NUMBER, reason="Mất điện thoại, đổi số", actor=stage.clerk, now=NOW)
    assert archive.holders_of_account(stage.citizen.user_id) == []
    open_store(other, stage.clerk)
    assert AccountLink.objects.count() == 2


def test_ones_own_paper_is_told_by_oneself(stage: Stage) -> None:
    kind = make_kind()
    file = make_document(kind).file_id
    told = {
        "kind_id": kind, "name": "", "number": "", "issuer_name": "UBND xã", "issued_date": date(2026, 1, 1),
        "valid_until": None, "file_id": file, "now": NOW,
    }  # fmt: skip
    with pytest.raises(CannotKeep, match="chưa được mở"):
        keep_own(**told, actor=stage.citizen)
    open_store(stage.citizen, stage.clerk)
    for change in ({"issued_date": TODAY + timedelta(days=1)}, {"issuer_name": " "}, {"kind_id": 0}):
        with pytest.raises(CannotKeep):
            keep_own(**{**told, **change}, actor=stage.citizen)
    with pytest.raises(Refused):
        keep_own(**told, actor=stage.clerk)
    row = Document.objects.get(pk=keep_own(**told, actor=stage.citizen))
    assert (row.trust, row.origin, row.name) == ("declared", "uploaded", "Giấy khai sinh")


def test_offers_tell_what_can_be_used_and_why_not() -> None:
    kind = make_kind("HT.KHAISINH", "Giấy khai sinh", "1.001193/birth_proof")
    good = make_document(kind, source="a:1")
    make_document(kind, source="a:2", colour="red", valid_until=date(2026, 10, 1))
    declared = make_document(kind, source="a:3", colour="blue", origin=archive.Origin.UPLOADED, trust=archive.Trust.DECLARED,
                             issued_date=date(2026, 10, 1))  # fmt: skip
    holder = good.holder_id
    offers = archive.offers(holder_ids=[holder], procedure_code="1.001193", paper_keys=["birth_proof", "x"], on=TODAY)
    assert [one.id for one in offers["birth_proof"].usable] == [good.pk, declared.pk]
    assert [one.why_not for one in offers["birth_proof"].unusable] == ["hết hạn ngày 01/10/2026"]
    assert archive.offers(holder_ids=[holder], procedure_code="9.9", paper_keys=["birth_proof"], on=TODAY) == {}
    assert archive.offers(holder_ids=[], procedure_code="1.001193", paper_keys=["birth_proof"], on=TODAY) == {}


def test_a_proof_of_use_is_frozen(stage: Stage) -> None:
    row = make_document(make_kind(), keeper_id=stage.agency_id)
    asked = archive.Use(row.pk, "dossier:7", "H56.102-261124-0007", "birth_proof", "Giấy chứng sinh", stage.agency_id)
    with pytest.raises(Refused):
        archive.use(asked, numbers=[NUMBER], actor=stage.citizen, now=NOW)
    open_store(stage.citizen, stage.clerk)
    for actor, numbers in ((stage.stranger, [NUMBER]), (stage.citizen, ["038192004518"]), (stage.handler, [NUMBER])):
        with pytest.raises(Refused):
            archive.use(asked, numbers=numbers, actor=actor, now=NOW)
    assert not DocumentUse.objects.exists()
    made = archive.use(asked, numbers=[NUMBER], actor=stage.citizen, now=NOW)
    assert archive.use(asked, numbers=[NUMBER], actor=stage.citizen, now=NOW) == made
    proof = DocumentUse.objects.get()
    assert proof.snapshot["sha256"] == row.sha256
    assert proof.used_by_name == NAME
    with pytest.raises(DatabaseError, match="never altered"), transaction.atomic():
        DocumentUse.objects.update(ground="khác")
    revoke(document_id=row.pk, reason="Thu hồi theo quyết định 12", actor=stage.leader, now=NOW)
    with pytest.raises(archive.CannotUse, match="đã bị thu hồi"):
        archive.use(replace(asked, dossier_ref="dossier:8"), numbers=[NUMBER], actor=stage.citizen, now=NOW)
    assert archive.reuse_counts(since=TODAY, until=TODAY) == (archive.ReuseCount(stage.agency_id, 1, 1),)
    assert archive.reuse_counts(since=TODAY, until=TODAY, agency_ids=[stage.office_id]) == ()


def test_the_kinds_that_come_with_the_product_fit_its_procedures() -> None:
    """Every paper and result named in data/kinds.json stands in the modelled procedure of that code."""
    import json

    from tinhso.modules.archive.services.kinds import DATA
    from tinhso.modules.procedures import api as procedures

    wrong = []
    for kind in json.loads(DATA.read_text(encoding="utf-8"))["kinds"]:
        for part, listed in (("papers", "papers"), ("results", "result")):
            for place in kind.get(part, ()):
                code, _, key = place.partition("/")
                content = json.loads((procedures.DATA / "modelled" / f"{code}.json").read_text(encoding="utf-8"))
                if key not in {one["key"] for one in content["version"].get(listed, ())}:
                    wrong.append(place)
    assert wrong == []


def test_loading_the_kinds_twice_changes_nothing() -> None:
    first = archive.load_kinds(actor=SYSTEM, now=NOW)
    assert first.kinds > 15
    assert first.mappings > 30
    again = archive.load_kinds(actor=SYSTEM, now=NOW)
    assert (again.kinds, again.mappings) == (0, 0)


def test_a_result_without_a_kind_gets_one() -> None:
    asked = {"procedure_code": "1.9", "result_key": "x", "result_name": "Giấy lạ", "validity": "P6M", "on": TODAY}
    kind = archive.kind_of_result(**asked)
    assert archive.kind_of_result(**asked) == kind
    assert archive.usual_until(kind, date(2026, 1, 1)) == date(2026, 7, 1)


def test_only_an_archivist_maps_a_paper(stage: Stage) -> None:
    from tinhso.modules.archive.tests.officers import make_archivist

    kind = make_kind()
    asked = {
        "kind_id": kind,
        "procedure_code": "1.001193",
        "part": "paper",
        "key": "birth_proof",
        "valid_from": TODAY,
        "now": NOW,
    }
    for actor in (stage.citizen, stage.clerk, stage.leader):
        with pytest.raises(Refused):
            map_paper(**asked, actor=actor)
    archivist = make_archivist(stage)
    for change in ({"key": "khong-co"}, {"procedure_code": "9.999"}, {"kind_id": 0}, {"part": "x"}):
        with pytest.raises(CannotMap):
            map_paper(**{**asked, **change}, actor=archivist)
    made = map_paper(**asked, actor=archivist)
    with pytest.raises(CannotMap, match="đã được xếp"):
        map_paper(**asked, actor=archivist)
    assert archive.kinds_of_papers("1.001193", TODAY) == {"birth_proof": {kind}}
    end_mapping(mapping_id=made, last_day=TODAY, actor=archivist, now=NOW)
    assert archive.kinds_of_papers("1.001193", TODAY + timedelta(days=1)) == {}
    with pytest.raises(CannotMap):
        end_mapping(mapping_id=made, last_day=TODAY, actor=archivist, now=NOW)
