"""The store of a person's documents: filled by results and digitised papers, and offered the next time."""

from __future__ import annotations

import io
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from pypdf import PdfWriter

from tinhso.kernel.access.api import SYSTEM, Refused
from tinhso.kernel.events.api import drain
from tinhso.modules.archive import api as archive
from tinhso.modules.archive.models import Document, DocumentUse, StoreLook
from tinhso.modules.archive.services.keeping import revoke
from tinhso.modules.archive.tests.factories import NUMBER, make_document, make_kind, open_store
from tinhso.modules.dossiers import api as dossiers
from tinhso.modules.dossiers.models import Dossier, DraftFile, Paper
from tinhso.modules.dossiers.rules import Channel, PaperKind
from tinhso.modules.dossiers.services.digitising import CannotDigitise
from tinhso.modules.dossiers.services.drafts import CannotSave
from tinhso.modules.dossiers.tests.citizen_steps import address, browser
from tinhso.modules.dossiers.tests.factories import (
    APPLICANT,
    FORM_DATA,
    NOW,
    Stage,
    accepted,
    at_counter,
    issued,
    make_stage,
    picture,
    send,
    write_draft,
)

pytestmark = pytest.mark.django_db
TODAY = NOW.date()


@pytest.fixture
def stage() -> Stage:
    return make_stage()


def pdf(pages: int = 2) -> io.BytesIO:
    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(200, 200)
    stream = io.BytesIO()
    writer.write(stream)
    stream.seek(0)
    return stream


def birth_kind() -> int:
    return make_kind("YT.CHUNGSINH", "Giấy chứng sinh", "1.001193/birth_proof")


def scan(kind: int, **changes: Any) -> dossiers.Scan:
    values: dict[str, Any] = {
        "kind_id": kind, "number": "12/CS", "issuer_name": "Bệnh viện Phụ sản", "issued_date": date(2026, 9, 14),
        "valid_until": None, "indefinite": True, "pages": 2, "compared_with": "original", "compared": True,
    }  # fmt: skip
    return dossiers.Scan(**{**values, **changes})


def digitise(paper: Paper, actor: Any, kind: int, *, stream: Any = "two", **changes: Any) -> int:
    return dossiers.digitise(
        paper_id=paper.pk, scan=scan(kind, **changes), stream=pdf() if stream == "two" else stream,
        filename="chung-sinh.pdf", actor=actor, now=NOW + timedelta(minutes=10),
    )  # fmt: skip


# Results


def test_a_result_goes_into_the_store_of_its_owner(stage: Stage) -> None:
    open_store(stage.citizen, stage.clerk)
    dossier = issued(stage)
    drain(NOW + timedelta(hours=1))
    row = Document.objects.get()
    assert (row.origin, row.trust, row.proof) == ("issued", "issued", "account")
    assert row.holder.number == NUMBER
    assert row.keeper_id == stage.agency_id
    assert row.source_note == f"Kết quả của hồ sơ {dossier.code}"
    drain(NOW + timedelta(hours=2))
    dossiers.keep_result(dossier_id=dossier.pk, actor=SYSTEM, now=NOW)
    assert Document.objects.count() == 1
    with pytest.raises(Refused):
        dossiers.keep_result(dossier_id=dossier.pk, actor=stage.leader, now=NOW)


def test_the_validity_is_that_of_the_results_definition() -> None:
    stage = make_stage(
        result=[{"key": "x", "name": "Giấy xác nhận", "kind": "certificate", "template": "generic", "validity": "P6M", "fields": []}]
    )  # fmt: skip
    issued(stage)
    drain(NOW + timedelta(hours=1))
    row = Document.objects.get()
    assert row.valid_until == date(2027, 5, 24)
    assert row.proof == "typed"
    assert archive.documents_by_id([row.pk], on=TODAY)[row.pk].standing == "withheld"


def test_a_corrected_result_takes_the_place_of_the_wrong_one(stage: Stage) -> None:
    open_store(stage.citizen, stage.clerk)
    dossier = issued(stage)
    drain(NOW + timedelta(hours=1))
    dossiers.correct_result(
        dossier_id=dossier.pk,
        reason="Ghi sai tên đệm của trẻ",
        values={},
        actor=stage.leader,
        now=NOW + timedelta(days=1),
    )
    drain(NOW + timedelta(days=1, hours=1))
    old, new = Document.objects.order_by("pk")
    standing = archive.documents_by_id([old.pk, new.pk], on=TODAY + timedelta(days=2))
    assert standing[old.pk].standing == "replaced"
    assert standing[old.pk].replaced_by_public_id == new.public_id
    assert standing[new.pk].usable


def test_what_is_got_for_another_by_authority_is_not_the_helpers(stage: Stage) -> None:
    issued(
        stage, acting_as="authorised", subject_name="Phạm Thị Mận", subject_identity="038160000009",
        authority="Giấy ủy quyền số 5",
    )  # fmt: skip
    drain(NOW + timedelta(hours=1))
    row = Document.objects.get()
    assert row.holder.number == "038160000009"
    assert row.about_name == "Phạm Thị Mận"


# Digitised at intake


def test_a_clerk_digitises_a_paper_taken_at_the_counter(stage: Stage) -> None:
    kind = birth_kind()
    done = at_counter(stage)
    paper = Paper.objects.get()
    digitise(paper, stage.clerk, kind)
    drain(NOW + timedelta(hours=1))
    row = Document.objects.get()
    assert (row.origin, row.trust, row.page_count) == ("digitised", "compared", 2)
    assert row.compared_by_name == "Lê Thị Mai"
    assert row.holder.number == NUMBER
    view = dossiers.dossier_view(done.public_id)
    assert view.papers[0].digitised.in_store
    assert view.papers[0].file_id == row.file_id
    with pytest.raises(CannotDigitise, match="trước đó"):
        digitise(paper, stage.clerk, kind)


def test_what_is_compared_before_acceptance_is_stored_after_it(stage: Stage) -> None:
    kind = birth_kind()
    dossier = send(stage)
    digitise(Paper.objects.get(), stage.clerk, kind, stream=None, pages=1, compared_with="copy")
    drain(NOW + timedelta(minutes=20))
    assert not Document.objects.exists()
    dossiers.accept(dossier_id=dossier.pk, actor=stage.clerk, now=NOW + timedelta(minutes=30))
    drain(NOW + timedelta(hours=1))
    assert Document.objects.get().trust == "copied"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"kind_id": None}, "kind"),
        ({"kind_id": 999}, "kind"),
        ({"issuer_name": " "}, "issuer_name"),
        ({"issued_date": None}, "issued_date"),
        ({"issued_date": date(2030, 1, 1)}, "issued_date"),
        ({"indefinite": False}, "valid_until"),
        ({"indefinite": False, "valid_until": date(2026, 1, 1)}, "valid_until"),
        ({"pages": None}, "pages"),
        ({"pages": 3}, "pages"),
        ({"compared_with": "x"}, "compared_with"),
        ({"compared": False}, "compared"),
        ({"stream": None}, "scan"),
    ],
)
def test_what_a_scan_lacks_is_named(stage: Stage, change: dict[str, Any], field: str) -> None:
    kind = birth_kind()
    at_counter(stage)
    paper = Paper.objects.get()
    changes = {**change}
    if "kind_id" in changes:
        kind = changes.pop("kind_id")
    with pytest.raises(CannotDigitise) as refusal:
        digitise(paper, stage.clerk, kind, **changes)
    assert refusal.value.field == field
    paper.refresh_from_db()
    assert (paper.file_id, paper.digitisation_id) == (None, None)


def test_only_a_clerk_of_the_place_digitises(stage: Stage) -> None:
    kind = birth_kind()
    at_counter(stage)
    paper = Paper.objects.get()
    for actor in (stage.citizen, stage.handler, stage.leader, stage.elsewhere):
        with pytest.raises(Refused):
            digitise(paper, actor, kind)
    assert Paper.objects.get().file_id is None


def test_the_page_of_digitising(stage: Stage) -> None:
    kind = birth_kind()
    done = at_counter(stage)
    url = reverse("dossiers:digitise", args=[done.public_id])
    client = browser(stage.clerk)
    page = client.get(url).content.decode()
    assert f'<option value="{kind}" selected' in page
    paper = Paper.objects.get()
    sent = {
        "paper": str(paper.pk), "kind": str(kind), "number": "12/CS", "issuer_name": "Bệnh viện", "issued_date": "14/9/2026",
        "indefinite": "1", "pages": "5", "compared_with": "original", "compared": "1",
    }  # fmt: skip
    refused = client.post(url, {**sent, "scan": SimpleUploadedFile("a.pdf", pdf().read(), "application/pdf")})
    text = refused.content.decode()
    assert refused.status_code == 422
    assert "tệp có 2 trang" in text
    assert 'value="12/CS"' in text
    assert f'href="#pages-{paper.pk}"' in text
    bad = client.post(url, {**sent, "scan": SimpleUploadedFile("a.pdf", b"MZ" + b"\0" * 99, "application/pdf")})
    assert bad.status_code == 422
    good = client.post(
        url, {**sent, "pages": "2", "scan": SimpleUploadedFile("a.pdf", pdf().read(), "application/pdf")}
    )
    assert good.status_code == 302
    assert "Đã số hóa" in client.get(url).content.decode()
    assert browser(stage.citizen).get(url).status_code == 403
    assert browser(stage.handler).get(url).status_code == 403
    assert browser(stage.elsewhere).get(url).status_code == 403
    assert browser().get(url).status_code == 302


# The next time


def offered(stage: Stage, **changes: Any) -> tuple[Document, Any]:
    """A document in the citizen's store, and a draft without its paper."""
    open_store(stage.citizen, stage.clerk)
    row = make_document(birth_kind(), keeper_id=stage.office_id, **changes)
    return row, write_draft(stage, papers=False)


def test_it_is_offered_used_with_one_click_and_proven(stage: Stage) -> None:
    row, draft = offered(stage)
    client = browser(stage.citizen)
    url = address("papers", draft)
    page = client.get(url).content.decode()
    assert "Đã có trong kho của bạn" in page
    assert "cấp ngày 01/09/2026 bởi UBND phường Hạc Thành" in page
    click = {"_reuse": f"birth_proof/{row.public_id}"}
    assert client.post(url, click).status_code == 302
    assert client.post(url, click).status_code == 302
    assert DraftFile.objects.get().document_id == row.pk
    assert client.post(url, {"next": "1"}).status_code == 302
    assert "từ kho giấy tờ" in client.get(address("check", draft)).content.decode()
    assert client.post(address("send", draft)).status_code == 302
    proof = DocumentUse.objects.get()
    dossier = Dossier.objects.get()
    assert (proof.document_id, proof.dossier_code, proof.used_by_name) == (row.pk, dossier.code, "Lê Thị Hồng Nhung")
    paper = Paper.objects.get()
    assert (paper.reuse_id, paper.file_id, paper.kind) == (proof.pk, row.file_id, PaperKind.DIGITISED)
    shown = browser(stage.clerk).get(reverse("dossiers:show", args=[dossier.public_id])).content.decode()
    assert "Dùng lại từ kho" in shown
    assert proof.digest[:12] in shown


def test_the_index_counts_what_was_reused_with_proof(stage: Stage) -> None:
    row, draft = offered(stage)
    same = {"public_id": draft, "actor": stage.citizen, "keys": (), "now": NOW}
    dossiers.take_from_store(paper_key="birth_proof", document=row.public_id, **same)
    sent = dossiers.submit(**same)
    dossiers.accept(dossier_id=sent.dossier_id, actor=stage.clerk, now=NOW)
    accepted(stage)
    (counts,) = dossiers.index_counts(since=TODAY, until=TODAY, actor=SYSTEM, now=NOW + timedelta(days=1))
    assert counts.counts["data_reused"] == (1, 2)


@pytest.mark.parametrize(
    ("change", "why"),
    [({"valid_until": date(2026, 11, 1)}, "hết hạn ngày 01/11/2026"), ({"valid_from": date(2026, 12, 1)}, "có hiệu lực từ 01/12/2026")],
)  # fmt: skip
def test_what_does_not_hold_is_not_offered_and_says_why(stage: Stage, change: dict[str, Any], why: str) -> None:
    row, draft = offered(stage, **change)
    client = browser(stage.citizen)
    page = client.get(address("papers", draft)).content.decode()
    assert "Dùng giấy tờ này" not in page
    assert why in page
    answer = client.post(address("papers", draft), {"_reuse": f"birth_proof/{row.public_id}"})
    assert answer.status_code == 422
    assert "không dùng lại được" in answer.content.decode()
    assert not DraftFile.objects.exists()


def test_what_is_revoked_before_sending_is_told_at_sending(stage: Stage) -> None:
    row, draft = offered(stage)
    same = {"public_id": draft, "actor": stage.citizen, "keys": (), "now": NOW}
    dossiers.take_from_store(paper_key="birth_proof", document=row.public_id, **same)
    revoke(document_id=row.pk, reason="Thu hồi theo quyết định số 12", actor=SYSTEM, now=NOW)
    with pytest.raises(dossiers.CannotSubmit) as refusal:
        dossiers.submit(**same)
    assert [(p.page, p.field) for p in refusal.value.problems] == [("papers", "birth_proof")]
    assert "đã bị thu hồi" in refusal.value.problems[0].message
    assert not DocumentUse.objects.exists()


def test_a_store_serves_only_its_own_person(stage: Stage) -> None:
    row, draft = offered(stage)
    stranger_draft = write_draft(stage, actor=stage.stranger, papers=False)
    assert "Đã có trong kho" not in browser(stage.stranger).get(address("papers", stranger_draft)).content.decode()
    with pytest.raises(CannotSave, match="không có trong kho"):
        dossiers.take_from_store(
            public_id=stranger_draft,
            paper_key="birth_proof",
            document=row.public_id,
            actor=stage.stranger,
            keys=(),
            now=NOW,
        )
    # Chosen for oneself, then the dossier is made out to another number.
    same = {"public_id": draft, "actor": stage.citizen, "keys": (), "now": NOW}
    dossiers.take_from_store(paper_key="birth_proof", document=row.public_id, **same)
    dossiers.save_applicant(values={**APPLICANT, "identity_number": "038192004599"}, revision=None, **same)
    with pytest.raises(dossiers.CannotSubmit) as refusal:
        dossiers.submit(**same)
    assert "kho của người khác" in refusal.value.problems[0].message
    assert not DocumentUse.objects.exists()


def test_a_hostile_choice_is_refused_at_its_paper(stage: Stage) -> None:
    _, draft = offered(stage)
    client = browser(stage.citizen)
    for typed in ("birth_proof/x", "unknown/00000000-0000-0000-0000-000000000000", "birth_proof/<script>"):
        answer = client.post(address("papers", draft), {"_reuse": typed})
        assert answer.status_code in (302, 422), typed
        assert b"<script>x" not in answer.content
    assert not DraftFile.objects.exists()


def test_a_clerk_reuses_for_the_person_at_the_counter(stage: Stage) -> None:
    row = make_document(birth_kind(), keeper_id=stage.office_id)
    same = {"actor": stage.clerk, "now": NOW}
    draft = dossiers.start(version_id=stage.version_id, agency_id=stage.agency_id, channel=Channel.COUNTER, **same)
    dossiers.save_applicant(public_id=draft, values=APPLICANT, revision=None, keys=(), **same)
    for group, values in FORM_DATA.items():
        dossiers.save_group(public_id=draft, group=group, values=values, revision=None, keys=(), **same)
    client = browser(stage.clerk)
    url = reverse("dossiers:counter_papers", args=[draft])
    assert "Dùng bản trong kho" in client.get(url).content.decode()
    look = StoreLook.objects.get()
    assert look.purpose.startswith("Tiếp nhận hồ sơ tại quầy")
    wrong = client.post(url, {"store-birth_proof": "00000000-0000-0000-0000-000000000000"})
    assert wrong.status_code == 422
    done = client.post(url, {"store-birth_proof": str(row.public_id)})
    assert done.status_code == 302, done.content.decode()
    proof = DocumentUse.objects.get()
    assert proof.used_by_name == "Lê Thị Mai"
    assert Paper.objects.get().reuse_id == proof.pk
    with pytest.raises(CannotDigitise, match="lấy từ kho"):
        digitise(Paper.objects.get(), stage.clerk, row.kind_id, stream=io.BytesIO(picture().read()), pages=1)


def test_without_an_account_nothing_is_offered(stage: Stage) -> None:
    make_document(birth_kind())
    from tinhso.modules.dossiers.tests.citizen_steps import begin, save

    client = browser()
    draft = begin(client)
    save(client, address("applicant", draft), APPLICANT)
    assert "kho của bạn" not in client.get(address("papers", draft)).content.decode()
