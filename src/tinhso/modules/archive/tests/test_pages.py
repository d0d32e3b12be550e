"""The pages of the store over HTTP: by nobody, its owner, a stranger, officers here and elsewhere; and their budgets."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tinhso.kernel.access.api import Refused
from tinhso.modules.archive import api as archive
from tinhso.modules.archive.models import AccountLink, Document, KindMapping, ShareCode, StoreLook
from tinhso.modules.archive.services.sharing import WrongCode, open_shared, share
from tinhso.modules.archive.tests.factories import NOW, NUMBER, make_document, make_kind, open_store, picture
from tinhso.modules.archive.tests.officers import make_archivist
from tinhso.modules.directory.models import Organisation, Succession
from tinhso.modules.dossiers.tests.citizen_steps import HOSTILE, browser
from tinhso.modules.dossiers.tests.factories import Stage, make_stage

pytestmark = pytest.mark.django_db
BUDGETS = json.loads((Path(__file__).resolve().parents[5] / "tests/query_budgets.json").read_text(encoding="utf-8"))


@pytest.fixture
def stage() -> Stage:
    return make_stage()


@pytest.fixture
def row(stage: Stage) -> Document:
    """A document in the citizen's open store, for which the ward answers."""
    open_store(stage.citizen, stage.clerk)
    return make_document(make_kind(), keeper_id=stage.agency_id, source="a:1")


def text_of(answer: Any) -> str:
    return str(answer.content.decode())


def test_a_store_that_is_not_open_tells_how(stage: Stage) -> None:
    make_document(make_kind())
    client = browser(stage.citizen)
    assert "Kho chưa được mở" in text_of(client.get(reverse("archive:mine")))
    refused = client.post(reverse("archive:open_store"))
    assert refused.status_code == 422
    assert "chưa được định danh điện tử" in text_of(refused)
    assert not AccountLink.objects.exists()
    assert client.get(reverse("archive:upload")).status_code == 302


def test_the_owner_sees_filters_opens_and_saves(stage: Stage, row: Document) -> None:
    make_document(row.kind_id, source="a:2", colour="red", name=HOSTILE, valid_until=date(2026, 10, 1))
    client = browser(stage.citizen)
    page = text_of(client.get(reverse("archive:mine")))
    assert "Giấy chứng sinh" in page
    assert "&lt;script&gt;" in page
    assert HOSTILE not in page
    assert "Hết hạn" in page
    assert "&lt;script&gt;" not in text_of(client.get(reverse("archive:mine"), {"valid": "1"}))
    assert "Không có giấy tờ nào khớp" in text_of(client.get(reverse("archive:mine"), {"q": "khong co"}))
    for junk in ({"kind": "x"}, {"before": "-1"}, {"store": "999999999999999999999"}, {"q": "\0"}):
        assert client.get(reverse("archive:mine"), junk).status_code == 200
    assert "UBND phường Hạc Thành" in text_of(client.get(reverse("archive:own_document", args=[row.public_id])))
    file = client.get(reverse("archive:own_file", args=[row.public_id]) + "?save")
    assert file.status_code == 200
    assert "attachment" in file.headers["Content-Disposition"]


def test_nobody_else_sees_it(stage: Stage, row: Document) -> None:
    open_store(stage.stranger, stage.clerk, number="038192004599")
    addresses = [reverse(f"archive:{name}", args=[row.public_id]) for name in ("own_document", "own_file")]
    for url in addresses:
        assert browser(stage.stranger).get(url).status_code == 404
        assert browser(stage.clerk).get(url).status_code == 403
        assert browser(stage.elsewhere).get(url).status_code == 403
        assert browser().get(url).status_code == 302
    for name in ("shared_document", "shared_file"):
        assert browser(stage.stranger).get(reverse(f"archive:{name}", args=[row.public_id])).status_code == 404


def test_a_withheld_document_is_not_shown(stage: Stage, row: Document) -> None:
    wrong = make_document(row.kind_id, source="a:9", colour="red", name="Của người khác", full_name="Kẻ Khác", proof=archive.Proof.TYPED)  # fmt: skip
    client = browser(stage.citizen)
    assert "Của người khác" not in text_of(client.get(reverse("archive:mine")))
    assert client.get(reverse("archive:own_document", args=[wrong.public_id])).status_code == 404


def test_uploading_ones_own(stage: Stage, row: Document) -> None:
    client = browser(stage.citizen)
    url = reverse("archive:upload")
    told = {"kind": str(row.kind_id), "number": HOSTILE, "issuer_name": "UBND xã", "issued_date": "1/2/2020"}
    lacking = client.post(url, {**told, "issued_date": "31/2/2020"})
    assert lacking.status_code == 422
    assert "Không có ngày" in text_of(lacking)
    assert HOSTILE not in text_of(lacking)
    program = SimpleUploadedFile("a.pdf", b"MZ" + b"\0" * 200, "application/pdf")
    assert client.post(url, {**told, "file": program}).status_code == 422
    good = SimpleUploadedFile("a.png", picture("blue").read(), "image/png")
    assert client.post(url, {**told, "file": good}).status_code == 302
    assert Document.objects.order_by("-pk")[0].trust == "declared"
    assert browser(stage.clerk).get(url).status_code == 403


def test_a_shared_document_opens_once(stage: Stage, row: Document) -> None:
    client = browser(stage.citizen)
    url = reverse("archive:share", args=[row.public_id])
    assert client.post(url, {"purpose": "", "hours": "24"}).status_code == 422
    assert client.post(url, {"purpose": "Ngân hàng", "hours": "9999"}).status_code == 422
    assert client.post(url, {"purpose": "Ngân hàng", "hours": "24"}).status_code == 302
    page = text_of(client.get(reverse("archive:own_document", args=[row.public_id])))
    code = page.split("Mã chia sẻ: ")[1].split("<")[0]
    assert code not in text_of(client.get(reverse("archive:own_document", args=[row.public_id])))
    guest = browser()
    assert guest.post(reverse("archive:shared"), {"code": "SAI"}).status_code == 422
    opened = guest.post(reverse("archive:shared"), {"code": code.lower()})
    assert opened.status_code == 302
    assert "Giấy chứng sinh" in text_of(guest.get(opened.url))
    assert guest.get(reverse("archive:shared_file", args=[row.public_id])).status_code == 200
    assert browser().post(reverse("archive:shared"), {"code": code}).status_code == 422
    assert browser().get(opened.url).status_code == 404
    assert "đã mở" in text_of(client.get(reverse("archive:own_document", args=[row.public_id])))


def test_a_code_ends_and_is_cancelled(stage: Stage, row: Document) -> None:
    with pytest.raises(Refused):
        share(document_id=row.pk, purpose="Ngân hàng", hours=1, actor=stage.stranger, now=NOW)
    code = share(document_id=row.pk, purpose="Ngân hàng", hours=1, actor=stage.citizen, now=NOW)
    with pytest.raises(WrongCode):
        open_shared(code=code, actor=stage.stranger, now=NOW + timedelta(hours=1))
    made = ShareCode.objects.get()
    url = reverse("archive:cancel_share", args=[made.pk])
    assert browser(stage.stranger).post(url).status_code == 404
    assert browser(stage.citizen).post(url).status_code == 302
    with pytest.raises(WrongCode):
        open_shared(code=code, actor=stage.stranger, now=NOW)


def look(client: Any, number: str = NUMBER, purpose: str = "Giải quyết hồ sơ xin nhập học") -> Any:
    return client.post(reverse("archive:search"), {"number": number, "purpose": purpose})


def test_an_officer_looks_with_a_purpose_and_the_person_sees_it(stage: Stage, row: Document) -> None:
    make_document(row.kind_id, source="a:2", colour="red", name="Giấy của nơi khác")
    client = browser(stage.handler)
    assert look(client, number="Lê Thị").status_code == 422
    assert look(client, purpose="xem").status_code == 422
    assert not StoreLook.objects.exists()
    answer = look(client)
    assert answer.status_code == 302
    assert NUMBER not in answer.url
    page = text_of(client.get(answer.url))
    assert "Giấy chứng sinh" in page
    assert "Giấy của nơi khác" not in page
    assert "1 giấy tờ khác" in page
    number = answer.url.strip("/").split("/")[-1]
    assert client.get(reverse("archive:store_document", args=[number, row.public_id])).status_code == 200
    assert client.get(reverse("archive:store_file", args=[number, row.public_id])).status_code == 200
    seen = text_of(browser(stage.citizen).get(reverse("archive:looks")))
    assert "Giải quyết hồ sơ xin nhập học" in seen
    assert "UBND phường Hạc Thành" in seen
    assert "Nguyễn Văn Bình" not in seen
    assert StoreLook.objects.filter(document=row).count() == 1


def test_whose_look_it_is_and_what_lies_within_ones_rights(stage: Stage, row: Document) -> None:
    number = look(browser(stage.handler)).url.strip("/").split("/")[-1]
    for name in ("store_document", "store_file"):
        url = reverse(f"archive:{name}", args=[number, row.public_id])
        assert browser(stage.leader).get(url).status_code == 403
        assert browser(stage.citizen).get(url).status_code == 403
        assert browser().get(url).status_code == 302
    elsewhere = browser(stage.elsewhere)
    own = look(elsewhere).url
    assert "Không có giấy tờ nào trong phạm vi" in text_of(elsewhere.get(own))
    inside = reverse("archive:store_document", args=[own.strip("/").split("/")[-1], row.public_id])
    assert elsewhere.get(inside).status_code == 403
    assert browser(stage.citizen).post(reverse("archive:search"), {}).status_code == 403
    assert "chưa có kho" in text_of(look(browser(stage.handler), number="038192009999"))


def test_who_carries_on_the_work_reaches_what_the_old_agency_kept(stage: Stage, row: Document) -> None:
    """The row keeps the agency that ended; the successor's officers see it, and only then."""
    elsewhere = browser(stage.elsewhere)
    assert "Giấy chứng sinh" not in text_of(elsewhere.get(look(elsewhere).url))
    new = Organisation.objects.get(code="H56.103")
    Organisation.objects.filter(pk=stage.agency_id).update(valid_until=date(2026, 11, 1))
    Succession.objects.create(
        predecessor_id=stage.agency_id, successor=new, effective_date=date(2026, 11, 2), kind="merged"
    )
    number = look(elsewhere).url.strip("/").split("/")[-1]
    assert "Giấy chứng sinh" in text_of(elsewhere.get(reverse("archive:store", args=[number])))
    assert elsewhere.get(reverse("archive:store_document", args=[number, row.public_id])).status_code == 200


def test_revoking_over_the_page(stage: Stage, row: Document) -> None:
    archivist = browser(make_archivist(stage))
    number = look(archivist).url.strip("/").split("/")[-1]
    url = reverse("archive:revoke", args=[number, row.public_id])
    assert archivist.post(url, {"reason": "x"}).status_code == 422
    assert archivist.post(url, {"reason": "Thu hồi theo quyết định số 12"}).status_code == 302
    assert "đã bị thu hồi" in text_of(browser(stage.citizen).get(reverse("archive:own_document", args=[row.public_id])))
    assert browser(stage.handler).post(url, {"reason": "Thu hồi theo quyết định"}).status_code == 403


def test_a_wrong_owner_is_checked_over_the_page(stage: Stage, row: Document) -> None:
    wrong = make_document(row.kind_id, source="a:9", colour="red", full_name="Kẻ Khác", proof=archive.Proof.TYPED, keeper_id=stage.agency_id)  # fmt: skip
    archivist = browser(make_archivist(stage))
    number = look(archivist).url.strip("/").split("/")[-1]
    page = text_of(archivist.get(reverse("archive:store_document", args=[number, wrong.public_id])))
    assert "Xác nhận chủ giấy tờ" in page
    url = reverse("archive:confirm_owner", args=[number, wrong.public_id])
    assert archivist.post(url, {"evidence": ""}).status_code == 422
    assert archivist.post(url, {"evidence": "Trích lục đổi tên số 5/2024"}).status_code == 302
    assert browser(stage.citizen).get(reverse("archive:own_document", args=[wrong.public_id])).status_code == 200


def test_opening_a_store_over_the_page(stage: Stage) -> None:
    clerk = browser(stage.clerk)
    url = reverse("archive:prove")
    typed = {"username": "citizen", "number": NUMBER, "full_name": "Lê Thị Hồng Nhung", "evidence": "Thẻ căn cước"}
    refused = clerk.post(url, typed)
    assert refused.status_code == 422
    assert 'value="Thẻ căn cước"' in text_of(refused)
    assert clerk.post(url, {**typed, "seen": "1"}).status_code == 302
    assert AccountLink.objects.get().proven_by_name == "Lê Thị Mai"
    assert clerk.post(url, {"end": "1", "number": NUMBER, "reason": ""}).status_code == 422
    assert clerk.post(url, {"end": "1", "number": NUMBER, "reason": "Mất điện thoại rồi"}).status_code == 302
    for actor in (stage.citizen, stage.handler, stage.elsewhere):
        assert browser(actor).post(url, {**typed, "seen": "1"}).status_code == 403
    assert not AccountLink.objects.filter(ended_at__isnull=True).exists()


def test_the_catalogue_of_kinds(stage: Stage) -> None:
    kind = make_kind()
    archivist = browser(make_archivist(stage))
    url = reverse("archive:kinds")
    asked = {"kind": str(kind), "procedure": "1.001193", "part": "paper", "key": "birth_proof"}
    assert archivist.post(url, {**asked, "key": HOSTILE}).status_code == 422
    assert archivist.post(url, asked).status_code == 302
    made = KindMapping.objects.get()
    assert "1.001193/birth_proof" in text_of(browser(stage.handler).get(url))
    assert browser(stage.handler).post(url, {**asked, "key": "x"}).status_code == 403
    end = reverse("archive:end_mapping", args=[made.pk])
    assert browser(stage.handler).post(end).status_code == 403
    assert archivist.post(end).status_code == 302
    assert browser(stage.citizen).get(url).status_code == 403


def test_pages_keep_their_budgets(stage: Stage, row: Document) -> None:
    for number in range(12):
        make_document(row.kind_id, source=f"b:{number}", colour=f"#0000{number:02x}", keeper_id=stage.agency_id, replaces=f"b:{number - 1}")  # fmt: skip
    citizen, archivist = browser(stage.citizen), browser(make_archivist(stage))
    share(document_id=row.pk, purpose="Ngân hàng", hours=1, actor=stage.citizen, now=NOW)
    number = look(archivist).url.strip("/").split("/")[-1]
    pages = [
        (citizen, "mine", []), (citizen, "upload", []), (citizen, "looks", []), (citizen, "own_document", [row.public_id]),
        (citizen, "own_file", [row.public_id]), (citizen, "shared", []), (archivist, "search", []),
        (archivist, "store", [number]), (archivist, "store_document", [number, row.public_id]),
        (archivist, "who_sees", [number, row.public_id]),
        (archivist, "store_file", [number, row.public_id]), (archivist, "kinds", []), (browser(stage.clerk), "prove", []),
    ]  # fmt: skip
    over = []
    for client, name, args in pages:
        url = reverse(f"archive:{name}", args=args)
        client.get(url)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(url).status_code == 200, name
        if len(queries) > BUDGETS[f"archive:{name}"]:
            over.append((name, len(queries)))
    assert over == []
