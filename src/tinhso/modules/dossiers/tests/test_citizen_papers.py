"""The papers of a draft: many, refused at their place, taken off again, nobody else's."""

from __future__ import annotations

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from pypdf import PdfWriter

from tinhso.modules.dossiers.models import DraftFile
from tinhso.modules.dossiers.tests.citizen_steps import CHILD, address, begin, browser, budget, png, save
from tinhso.modules.dossiers.tests.factories import Stage, make_stage

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage() -> Stage:
    return make_stage()


def pdf(*, password: str = "") -> bytes:
    writer = PdfWriter()
    writer.add_blank_page(200, 200)
    if password:
        writer.encrypt(password)
    stream = io.BytesIO()
    writer.write(stream)
    return stream.getvalue()


@pytest.mark.usefixtures("stage")
def test_several_files_of_one_paper_are_kept_and_shown_with_their_size() -> None:
    client = browser()
    url = address("papers", begin(client))
    files = [png("mặt trước.png"), SimpleUploadedFile("mặt sau.pdf", pdf(), "application/pdf")]
    assert client.post(url, {"paper.birth_proof": files}).url == url
    page = client.get(url).content.decode()
    assert "mặt trước.png" in page
    assert "mặt sau.pdf" in page


@pytest.mark.usefixtures("stage")
@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("don.pdf", b"MZ" + b"\0" * 4000, "don.pdf"),
        ("khoa.pdf", pdf(password="bi-mat"), "khoa.pdf"),
        ("trong.pdf", b"", "trong.pdf"),
        ("<b>x.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "&lt;b&gt;"),
    ],
    ids=["renamed program", "encrypted", "empty", "active content"],
)
def test_what_is_refused_is_told_at_its_paper_and_the_others_are_kept(name: str, content: bytes, sentence: str) -> None:
    client = browser()
    url = address("papers", begin(client))
    files = [SimpleUploadedFile(name, content, "application/pdf"), png("tốt.png")]
    response = client.post(url, {"paper.birth_proof": files})
    page = response.content.decode()
    assert response.status_code == 422
    box = page[page.index('id="paper-birth_proof"') :]
    assert sentence in box.split("data-files")[0]
    assert '<a href="#paper-birth_proof">' in page
    assert "tốt.png" in page
    assert "<script>alert" not in page
    assert list(DraftFile.objects.values_list("file__filename", flat=True)) == ["tốt.png"]


@pytest.mark.usefixtures("stage")
def test_a_file_far_too_large_is_told_and_the_others_are_kept(settings) -> None:
    settings.FILES_MAX_BYTES = 200_000
    client = browser()
    url = address("papers", begin(client))
    huge = SimpleUploadedFile("ảnh lớn.png", b"\x89PNG" + b"\0" * 700_000, "image/png")
    response = client.post(url, {"paper.birth_proof": [huge, png("nhỏ.png")]})
    page = response.content.decode()
    assert response.status_code == 422
    assert "ảnh lớn.png: Tệp quá lớn" in page
    assert "nhỏ.png" in page


@pytest.mark.usefixtures("stage")
def test_a_file_is_taken_off_again() -> None:
    client = browser()
    url = address("papers", begin(client))
    client.post(url, {"paper.birth_proof": png()})
    row = DraftFile.objects.get()
    assert client.post(url, {"_remove": str(row.pk)}).status_code == 302
    assert not DraftFile.objects.exists()
    # Pressed twice: nothing happens.
    assert client.post(url, {"_remove": str(row.pk)}).status_code == 302
    assert client.post(url, {"_remove": "x"}).status_code == 302


@pytest.mark.usefixtures("stage")
def test_going_on_without_a_needed_paper_is_told_at_it() -> None:
    client = browser()
    url = address("papers", begin(client))
    response = client.post(url, {"next": "1"})
    assert response.status_code == 422
    assert "Chưa có tệp nào" in response.content.decode()
    assert client.post(url, {"paper.birth_proof": png(), "next": "1"}).status_code == 302


@pytest.mark.usefixtures("stage")
def test_only_the_papers_of_the_case_are_asked() -> None:
    client = browser()
    draft = begin(client)
    assert "Giấy tờ do nước ngoài cấp" not in client.get(address("papers", draft)).content.decode()
    save(client, address("form", draft, "child"), {**CHILD, "child.abroad": "true", "child.country": "Lào"})
    assert "Giấy tờ do nước ngoài cấp" in client.get(address("papers", draft)).content.decode()


def test_what_one_only_brings_along_is_not_uploaded() -> None:
    make_stage(papers=[{"key": "card", "name": "Thẻ căn cước", "original": 1, "present_only": True}])
    client = browser()
    url = address("papers", begin(client))
    page = client.get(url).content.decode()
    assert "Mang theo" in page
    assert 'name="paper.card"' not in page
    assert client.post(url, {"next": "1"}).status_code == 302


@pytest.mark.usefixtures("stage")
def test_a_paper_that_the_procedure_does_not_know_is_refused() -> None:
    client = browser()
    draft = begin(client)
    for field in ("paper.unknown", "unknown"):
        response = client.post(address("papers", draft), {field: png(), "next": "1"})
        assert response.status_code == 422
        assert "chưa nhận, vì câu trả lời hiện nay của bạn không cần loại giấy tờ này" in response.content.decode()
    assert not DraftFile.objects.exists()


@pytest.mark.usefixtures("stage")
def test_a_paper_that_another_tab_made_needless_is_not_taken_silently() -> None:
    """The page was open while an answer in another tab took its box away."""
    client = browser()
    draft = begin(client)
    url = address("papers", draft)
    assert 'name="paper.card"' not in client.get(url).content.decode()
    response = client.post(url, {"paper.card": png(), "paper.birth_proof": png()})
    assert response.status_code == 422
    assert "hãy tải lên lại ở đúng ô" in response.content.decode()
    assert [file.paper_key for file in DraftFile.objects.all()] == ["birth_proof"]


def test_a_paper_is_seen_by_its_owner_only(stage: Stage) -> None:
    client = browser(stage.citizen)
    draft = begin(client)
    client.post(address("papers", draft), {"paper.birth_proof": png()})
    url = address("file", draft, DraftFile.objects.get().pk)
    response = client.get(url)
    assert response.status_code == 200
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert browser(stage.stranger).get(url).status_code == 404
    assert browser(stage.clerk).get(url).status_code == 404
    assert browser().get(url).status_code == 302
    other = begin(client)
    assert client.get(address("file", other, DraftFile.objects.get().pk)).status_code == 404


def test_pages_keep_their_budget(stage: Stage, django_assert_max_num_queries) -> None:
    client = browser(stage.citizen)
    draft = begin(client)
    for number in range(8):
        client.post(address("papers", draft), {"paper.birth_proof": png(f"{number}.png", f"#0000{number}0")})
    assert DraftFile.objects.count() == 8
    with django_assert_max_num_queries(budget("dossiers:draft_papers")):
        client.get(address("papers", draft))
    with django_assert_max_num_queries(budget("dossiers:draft_file")):
        client.get(address("file", draft, DraftFile.objects.all()[0].pk))
