"""Scanned at the counter: several files become one PDF, every page is looked at, bad input changes nothing."""

from __future__ import annotations

import io
from typing import Any
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image, ImageDraw, ImageFilter
from pypdf import PdfReader

from tinhso.kernel.access.api import Refused
from tinhso.kernel.files.api import FileRefused, open_file
from tinhso.modules.dossiers import api as dossiers
from tinhso.modules.dossiers.models import DraftFile, Paper
from tinhso.modules.dossiers.rules import Channel, PaperKind
from tinhso.modules.dossiers.services import scanning
from tinhso.modules.dossiers.services.drafts import DraftNotFound
from tinhso.modules.dossiers.services.page_check import check_pages, to_pdf
from tinhso.modules.dossiers.tests import factories as f
from tinhso.modules.dossiers.tests.test_officer_lists import browser

KEY = "birth_proof"


def sheet(*, dpi: int = 200, blank: bool = False, blurred: bool = False, exif: int = 0) -> bytes:
    """A page of A4 as a scanner gives it."""
    page = Image.new("L", (round(8.27 * dpi), round(11.69 * dpi)), 250)
    if not blank:
        draw = ImageDraw.Draw(page)
        for line in range(40):
            draw.text((dpi // 2, dpi // 2 + line * dpi // 4), "GIẤY CHỨNG SINH – số 012345/2026 " * 2, fill=20)
    if blurred:
        page = page.filter(ImageFilter.GaussianBlur(dpi // 40))
    made = io.BytesIO()
    if exif:
        tags = Image.Exif()
        tags[0x0112] = exif
        page.save(made, "JPEG", quality=85, exif=tags)
    else:
        page.save(made, "JPEG", quality=85)
    return made.getvalue()


def test_a_good_page_has_no_warning() -> None:
    (page,) = check_pages(to_pdf([sheet()]))
    assert page.dpi == 200
    assert page.warnings == ()


def test_blank_coarse_and_blurred_pages_are_told() -> None:
    pages = check_pages(to_pdf([sheet(), sheet(blank=True), sheet(dpi=96), sheet(blurred=True)]))
    assert [page.is_blank for page in pages] == [False, True, False, False]
    assert [page.is_blurred for page in pages] == [False, False, False, True]
    assert "độ phân giải thấp (96 dpi, cần từ 200)" in pages[2].warnings
    assert "trang trắng" in pages[1].warnings


def test_a_picture_is_set_upright_as_its_camera_says() -> None:
    (page,) = PdfReader(io.BytesIO(to_pdf([sheet(exif=6)]))).pages
    assert page.mediabox.width > page.mediabox.height


@pytest.fixture
def stage() -> f.Stage:
    return f.make_stage()


def draft_of(stage: f.Stage) -> UUID:
    same: dict[str, Any] = {"actor": stage.clerk, "now": f.NOW}
    public_id = dossiers.start(version_id=stage.version_id, agency_id=stage.agency_id, channel=Channel.COUNTER, **same)
    dossiers.save_applicant(public_id=public_id, values=f.APPLICANT, revision=None, keys=(), **same)
    for group, values in f.FORM_DATA.items():
        dossiers.save_group(public_id=public_id, group=group, values=values, revision=None, keys=(), **same)
    return public_id


def scan(stage: f.Stage, public_id: UUID, *contents: bytes, declared: int | None = None) -> scanning.Scan:
    return scanning.scan_paper(
        public_id=public_id, paper_key=KEY, files=[(io.BytesIO(c), f"trang-{n}.jpg") for n, c in enumerate(contents)],
        declared=declared, actor=stage.clerk, now=f.NOW,
    )  # fmt: skip


@pytest.mark.django_db
def test_scanned_straight_into_the_dossier(stage: f.Stage) -> None:
    public_id = draft_of(stage)
    done = scan(stage, public_id, sheet(), sheet(), declared=3)
    assert done.warnings == ("Đếm được 3 trang giấy nhưng bản quét có 2 trang",)
    sent = dossiers.receive_at_counter(
        public_id=public_id, papers=[dossiers.ReceivedPaper(KEY, PaperKind.ORIGINAL, 1)], actor=stage.clerk, now=f.NOW
    )
    papers = Paper.objects.filter(dossier_id=sent.dossier_id).order_by("pk")
    assert [paper.kind for paper in papers] == [PaperKind.ORIGINAL, PaperKind.DIGITISED]
    file_id = papers[1].file_id
    assert file_id is not None
    with open_file(file_id) as stream:
        assert len(PdfReader(stream).pages) == 2


@pytest.mark.django_db
def test_pages_are_put_in_order_turned_and_left_out(stage: f.Stage) -> None:
    public_id = draft_of(stage)
    done = scan(stage, public_id, sheet(), sheet(blank=True), sheet(dpi=96))
    same: dict[str, Any] = {"public_id": public_id, "actor": stage.clerk, "now": f.NOW}
    for wrong in ([], [1, 1], [4], [0]):
        with pytest.raises(scanning.CannotScan, match="Thứ tự trang"):
            scanning.arrange_scan(draft_file_id=done.draft_file_id, order=wrong, turn=frozenset(), **same)
    new = scanning.arrange_scan(draft_file_id=done.draft_file_id, order=[3, 1], turn=frozenset({3}), **same)
    assert [page.dpi for page in new.pages] == [96, 200]
    assert new.pages[0].is_turned
    assert DraftFile.objects.count() == 1


@pytest.mark.django_db
def test_bad_files_are_refused_and_nothing_is_kept(stage: f.Stage) -> None:
    public_id = draft_of(stage)
    with pytest.raises(scanning.CannotScan, match="Chọn tệp"):
        scan(stage, public_id)
    with pytest.raises(scanning.CannotScan, match="Số trang"):
        scan(stage, public_id, sheet(), declared=0)
    for content in (b"khong phai anh", b"%PDF-1.7 broken"):
        with pytest.raises((FileRefused, scanning.CannotScan)):
            scan(stage, public_id, sheet(), content)
    with pytest.raises((Refused, DraftNotFound)):
        scanning.scan_paper(
            public_id=public_id, paper_key=KEY, files=[(io.BytesIO(sheet()), "a.jpg")], declared=None,
            actor=stage.citizen, now=f.NOW,
        )  # fmt: skip
    assert not DraftFile.objects.exists()


@pytest.mark.django_db
def test_pages(stage: f.Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tinhso.kernel.access.web.now", lambda: f.NOW)
    public_id = draft_of(stage)
    clerk = browser(stage.clerk)
    page = reverse("dossiers:counter_scan", args=[public_id, KEY])
    assert "Số trang giấy đếm được" in clerk.get(page).content.decode()
    files = [SimpleUploadedFile(f"{n}.jpg", sheet(blank=n == 1), "image/jpeg") for n in range(2)]
    assert clerk.post(page, {"file": files, "declared": "2"}).status_code == 302
    shown = clerk.get(page).content.decode()
    assert "Trang 2: trang trắng" in shown
    number = DraftFile.objects.get().pk
    assert clerk.get(reverse("dossiers:counter_scanned", args=[public_id, number])).status_code == 200
    wrong = clerk.post(page, {"do": "arrange", "scan": number, "order": "9"})
    assert wrong.status_code == 422
    assert clerk.post(page, {"do": "arrange", "scan": number, "order": "2, 1"}).status_code == 302
    papers = clerk.get(reverse("dossiers:counter_papers", args=[public_id])).content.decode()
    assert "Đã quét 1 bản" in papers
    assert clerk.post(page, {"do": "remove", "scan": DraftFile.objects.get().pk}).status_code == 302
    assert not DraftFile.objects.exists()
    assert clerk.get(reverse("dossiers:counter_scan", args=[public_id, "nothing"])).status_code == 404
    assert browser(stage.elsewhere).get(page).status_code in (403, 404)
