"""A paper scanned at the counter straight into the draft: several files become one PDF, each page is looked at."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO
from uuid import UUID

from django.db import transaction

from tinhso.kernel.access.api import Actor, require
from tinhso.kernel.files.api import discard, open_file, store
from tinhso.modules.dossiers.models import Draft, DraftFile
from tinhso.modules.dossiers.services.drafts import CannotSave, attach, find
from tinhso.modules.dossiers.services.page_check import CannotReadScan, PageCheck, arranged, check_pages, to_pdf

FILES_AT_ONCE = 30
DECLARED_MOST = 999


class CannotScan(ValueError):
    """No file came, a page cannot be read, or the order is wrong. Nothing was changed."""


@dataclass(frozen=True)
class Scan:
    """A scanned paper with its pages. `declared`: how many pages the clerk counted (None: not said)."""

    draft_file_id: int
    filename: str
    declared: int | None
    pages: tuple[PageCheck, ...]

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is to be looked at before it is kept, page by page."""
        found = [f"Trang {page.number}: {text}" for page in self.pages for text in page.warnings]
        if self.declared is not None and self.declared != len(self.pages):
            found.insert(0, f"Đếm được {self.declared} trang giấy nhưng bản quét có {len(self.pages)} trang")
        return tuple(found)


def scans_of(draft: Draft, paper_key: str) -> list[Scan]:
    """The scans of a paper, each page looked at anew."""
    rows = (
        DraftFile.objects.filter(draft=draft, paper_key=paper_key, is_scan=True).select_related("file").order_by("pk")
    )
    return [Scan(row.pk, row.file.filename, row.declared_pages, check_pages(_content(row.file_id))) for row in rows]


def _content(file_id: int) -> bytes:
    with open_file(file_id) as stream:
        return stream.read()


@transaction.atomic
def scan_paper(
    *,
    public_id: UUID,
    paper_key: str,
    files: Sequence[tuple[BinaryIO, str]],
    declared: int | None,
    actor: Actor,
    now: datetime,
) -> Scan:
    """Take the scanner's files in their order as one PDF of the paper. Raises `CannotScan`, `CannotSave`, `FileRefused`
    of kernel.files (each file is looked into before it is opened)."""
    draft = find(public_id=public_id, actor=actor, keys=(), lock=True)
    require(actor, "dossiers.counter_intake", draft)
    if not files:
        raise CannotScan("Chọn tệp đã quét (PDF nhiều trang hoặc các ảnh).")
    if len(files) > FILES_AT_ONCE:
        raise CannotScan(f"Mỗi lần nhận tối đa {FILES_AT_ONCE} tệp. Hãy quét thành một tệp PDF nhiều trang.")
    if declared is not None and not 1 <= declared <= DECLARED_MOST:
        raise CannotScan(f"Số trang giấy từ 1 đến {DECLARED_MOST}.")
    contents = []
    for stream, filename in files:
        stored = store(stream, filename=filename, actor=actor, now=now, purpose="dossiers.scan")
        contents.append(_content(stored.id))
        discard(stored.id)
    try:
        return _keep(draft, paper_key, to_pdf(contents), declared, actor, now)
    except CannotReadScan as fault:
        raise CannotScan(str(fault)) from None


def _keep(draft: Draft, paper_key: str, pdf: bytes, declared: int | None, actor: Actor, now: datetime) -> Scan:
    number = attach(
        public_id=draft.public_id,
        paper_key=paper_key,
        stream=io.BytesIO(pdf),
        filename=f"quet-{paper_key}.pdf",
        actor=actor,
        keys=(),
        now=now,
    )
    DraftFile.objects.filter(pk=number).update(is_scan=True, declared_pages=declared)
    row = DraftFile.objects.select_related("file").get(pk=number)
    return Scan(number, row.file.filename, declared, check_pages(pdf))


@transaction.atomic
def arrange_scan(
    *,
    public_id: UUID,
    draft_file_id: int,
    order: Sequence[int],
    turn: frozenset[int],
    actor: Actor,
    now: datetime,
) -> Scan:
    """Pages in another order, some left out, some turned: a new PDF takes the place of the old one. Raises `CannotScan`,
    `CannotSave`."""
    draft = find(public_id=public_id, actor=actor, keys=(), lock=True)
    require(actor, "dossiers.counter_intake", draft)
    if draft.dossier_id is not None:
        raise CannotSave("Hồ sơ này đã được gửi nên không sửa được nữa.")
    row = DraftFile.objects.filter(draft=draft, pk=draft_file_id, is_scan=True).first()
    if row is None:
        raise CannotScan("Bản quét này không còn. Hãy tải lại trang.")
    try:
        pdf = arranged(_content(row.file_id), list(order), turn)
        row.delete()
        return _keep(draft, row.paper_key, pdf, row.declared_pages, actor, now)
    except CannotReadScan as fault:
        raise CannotScan(str(fault)) from None
