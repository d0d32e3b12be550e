"""Digitisation at intake: a clerk scans a paper, counts its pages, compares it with the original and says what it is.

Not scanned (Thông tư 03/2025, khoản 2 Điều 5): what came electronically, what is only shown, what is secret. What came
electronically may still be compared, so that it can go into the store.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import BinaryIO

from django.db import transaction

from tinhso.kernel.access.api import Actor, account_of, require
from tinhso.kernel.audit.api import record
from tinhso.kernel.clock import VIETNAM
from tinhso.kernel.events.api import publish
from tinhso.kernel.files.api import page_count, store
from tinhso.modules.archive import api as archive
from tinhso.modules.dossiers.events import PaperDigitised
from tinhso.modules.dossiers.models import Digitisation, Dossier, Paper
from tinhso.modules.dossiers.rules import PaperKind, State

ENDED = (State.REFUSED, State.WITHDRAWN, State.STOPPED)


class CannotDigitise(ValueError):
    """The paper cannot be marked as digitised: `field` names what is wrong."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True)
class Scan:
    """What the clerk attests. `pages`: counted on the paper; `compared_with`: "original", or "copy" when only a copy
    was handed in; `indefinite`: the paper names no end (then `valid_until` is None)."""

    kind_id: int | None
    number: str
    issuer_name: str
    issued_date: date | None
    valid_until: date | None
    indefinite: bool
    pages: int | None
    compared_with: str
    compared: bool


def digitise(
    *,
    paper_id: int,
    scan: Scan,
    stream: BinaryIO | None,
    filename: str,
    actor: Actor,
    now: datetime,
) -> int:
    """Mark a paper of a dossier as digitised; returns the row's number. Raises `CannotDigitise`, and `FileRefused` of
    kernel.files for a scan that is none. After acceptance it goes into the owner's store, by the event."""
    dossier = Dossier.objects.get(pk=Paper.objects.values_list("dossier_id", flat=True).get(pk=paper_id))
    require(actor, "dossiers.digitise", dossier)
    _check(scan, today=now.astimezone(VIETNAM).date())
    with transaction.atomic():
        dossier = Dossier.objects.select_for_update().get(pk=dossier.pk)
        paper = Paper.objects.select_for_update(of=("self",)).select_related("file__blob").get(pk=paper_id)
        if State(dossier.state) in ENDED:
            raise CannotDigitise(f"Hồ sơ đã «{State(dossier.state).title}» nên không số hóa nữa.")
        if paper.superseded_at is not None:
            raise CannotDigitise("Giấy tờ này đã được thay bằng bản bổ sung. Hãy số hóa bản mới.")
        if paper.reuse_id is not None:
            raise CannotDigitise("Giấy tờ này lấy từ kho nên không phải số hóa lại.")
        if paper.digitisation_id is not None:
            raise CannotDigitise("Giấy tờ này đã được số hóa trước đó. Hãy tải lại trang.")
        if paper.file_id is None:
            if stream is None:
                raise CannotDigitise("Chọn tệp đã quét của giấy tờ này.", "scan")
            kept = store(stream, filename=filename, actor=actor, now=now, purpose="dossiers.paper")
            file_id, media_type = kept.id, kept.media_type
        else:
            file_id, media_type = paper.file_id, paper.file.blob.media_type if paper.file else ""
        counted = page_count(file_id)
        if counted is not None and counted != scan.pages:
            raise CannotDigitise(
                f"Bạn đếm {scan.pages} trang trên giấy nhưng tệp có {counted} trang. Kiểm tra trang thiếu hoặc thừa rồi quét lại.",
                "pages",
            )
        if counted is None and media_type.startswith("image/") and scan.pages != 1:
            raise CannotDigitise("Một ảnh chỉ là một trang. Gộp các trang vào một tệp PDF rồi tải lên.", "pages")
        row = Digitisation.objects.create(
            kind_id=scan.kind_id or 0,
            number=scan.number.strip()[:100],
            issuer_name=scan.issuer_name.strip()[:300],
            issued_date=scan.issued_date or now.date(),
            valid_until=None if scan.indefinite else scan.valid_until,
            page_count=scan.pages or 0,
            compared_with=scan.compared_with,
            digitised_by_id=account_of(actor),
            digitised_by_name=actor.label[:300],
            digitised_at=now,
        )
        paper.file_id, paper.digitisation = file_id, row
        paper.save(update_fields=["file", "digitisation"])
        record(
            who=actor,
            action="dossiers.digitise",
            object_ref=dossier.ref,
            after={"paper": paper.key, "pages": scan.pages, "compared_with": scan.compared_with, "kind": scan.kind_id},
            now=now,
        )
        publish(PaperDigitised(dossier_id=dossier.pk, code=dossier.code, paper_id=paper.pk), key=dossier.ref)
        return row.pk


def _check(scan: Scan, *, today: date) -> None:
    if scan.kind_id is None or not archive.is_kind(scan.kind_id, on=today):
        raise CannotDigitise("Chọn loại giấy tờ.", "kind")
    if not scan.issuer_name.strip():
        raise CannotDigitise("Nhập tên cơ quan cấp, như ghi trên giấy tờ.", "issuer_name")
    if scan.issued_date is None or scan.issued_date > today:
        raise CannotDigitise("Nhập ngày cấp, từ hôm nay trở về trước.", "issued_date")
    if not scan.indefinite and scan.valid_until is None:
        raise CannotDigitise("Nhập ngày hết giá trị, hoặc đánh dấu «Không ghi thời hạn».", "valid_until")
    if not scan.indefinite and scan.valid_until is not None and scan.valid_until < scan.issued_date:
        raise CannotDigitise("Ngày hết giá trị phải từ ngày cấp trở đi.", "valid_until")
    if scan.pages is None or not 1 <= scan.pages <= 2000:
        raise CannotDigitise("Nhập số trang đếm trên giấy, từ 1 đến 2000.", "pages")
    if scan.compared_with not in ("original", "copy"):
        raise CannotDigitise("Chọn đã đối chiếu với bản chính hay bản sao.", "compared_with")
    if not scan.compared:
        raise CannotDigitise("So từng trang của bản quét với bản giấy, rồi đánh dấu xác nhận.", "compared")


def to_scan(kind: PaperKind, *, has_file: bool) -> bool:
    """Must this paper be scanned? Only what was handed in as paper."""
    return kind != PaperKind.DIGITISED and not has_file
