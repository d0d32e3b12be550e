"""An agency on the way adds what it made: its own paper goes on with the dossier, and the person sees it."""

from __future__ import annotations

from datetime import date, datetime
from typing import BinaryIO

from django.db import transaction

from tinhso.kernel.access.api import Actor, account_of, require
from tinhso.kernel.audit.api import record
from tinhso.kernel.clock import VIETNAM
from tinhso.kernel.files.api import store
from tinhso.modules.dossiers.models import Dossier, Part, PartResult, Task
from tinhso.modules.dossiers.queries.reading import Access
from tinhso.modules.dossiers.rules import FINISHED, State


class CannotAddResult(ValueError):
    """The dossier is not at this agency, or the paper is not described. `field` names the place. Nothing was changed."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


@transaction.atomic
def add_part_result(
    *, dossier_id: int, name: str, notation: str, issued_date: date | None, stream: BinaryIO | None, filename: str,
    actor: Actor, now: datetime,
) -> int:  # fmt: skip
    """Add the result of the part that is being done now, by somebody of its agency. The same name again replaces the one
    before, which is kept. Returns its number in the table. Raises `CannotAddResult`, `FileRefused`."""
    dossier = Dossier.objects.select_for_update().get(pk=dossier_id)
    part = Part.objects.filter(dossier=dossier, started_at__isnull=False, done_at__isnull=True).first()
    if part is None or State(dossier.state) in FINISHED:
        require(actor, "dossiers.add_part_result", dossier)
        raise CannotAddResult("Hồ sơ không có phần việc nào đang làm.")
    require(actor, "dossiers.add_part_result", Access(frozenset({part.organisation_id}), None))
    if Task.objects.filter(dossier=dossier, finished_at__isnull=True, awaits_receipt=True).exists():
        raise CannotAddResult("Xác nhận đã nhận bàn giao trước, rồi thêm kết quả.")
    name, notation = " ".join(name.split())[:300], " ".join(notation.split())[:60]
    if not name:
        raise CannotAddResult("Nhập tên giấy tờ kết quả.", "name")
    if not notation:
        raise CannotAddResult("Nhập số, ký hiệu ghi trên giấy tờ.", "notation")
    if issued_date is None or issued_date > now.astimezone(VIETNAM).date():
        raise CannotAddResult("Nhập ngày ký, không sau hôm nay.", "issued_date")
    if stream is None:
        raise CannotAddResult("Chọn tệp kết quả đã ký (PDF hoặc ảnh).", "file")
    stored = store(stream, filename=filename, actor=actor, now=now, purpose="dossiers.result")
    PartResult.objects.filter(part=part, name=name, superseded_at__isnull=True).update(superseded_at=now)
    row = PartResult.objects.create(
        part=part,
        name=name,
        notation=notation,
        issued_date=issued_date,
        file_id=stored.id,
        added_at=now,
        added_by_id=account_of(actor),
        added_by_name=actor.label[:300],
    )
    record(
        who=actor,
        action="dossiers.add_part_result",
        object_ref=dossier.ref,
        after={"part": part.number, "notation": notation, "sha256": stored.sha256},
        now=now,
    )
    return row.pk
