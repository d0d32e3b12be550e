"""How many results an agency has to digitise: declared, dated, never written over."""

from __future__ import annotations

from datetime import date, datetime

from django.db import IntegrityError, transaction

from tinhso.kernel.access.api import Actor, require
from tinhso.kernel.audit.api import record
from tinhso.kernel.clock import VIETNAM
from tinhso.modules.archive.models import HoldingFigure
from tinhso.modules.archive.queries.documents import Access

MOST = 50_000_000


class CannotDeclare(ValueError):
    """The figure cannot be taken: `field` names what is wrong."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


@transaction.atomic
def declare_figure(
    *, organisation_id: int, count: int | None, as_of_date: date | None, source: str, actor: Actor, now: datetime
) -> None:
    """An archivist states how many results still valid the agency held on a day, and by which document. Raises
    `CannotDeclare`."""
    require(actor, "archive.declare_figure", Access(frozenset({organisation_id}), None))
    if count is None or not 0 < count <= MOST:
        raise CannotDeclare("Nhập số kết quả còn hiệu lực, lớn hơn 0.", "count")
    if as_of_date is None or as_of_date > now.astimezone(VIETNAM).date():
        raise CannotDeclare("Nhập ngày tính số liệu, từ hôm nay trở về trước.", "as_of_date")
    if len(source.strip()) < 5:
        raise CannotDeclare("Ghi căn cứ: văn bản, báo cáo rà soát nào.", "source")
    try:
        with transaction.atomic():
            HoldingFigure.objects.create(
                organisation_id=organisation_id,
                as_of_date=as_of_date,
                count=count,
                source=source.strip()[:300],
                declared_at=now,
                declared_by_name=actor.label[:300],
            )
    except IntegrityError:
        raise CannotDeclare("Cơ quan đã khai số liệu cho ngày này. Chọn ngày khác.", "as_of_date") from None
    record(
        who=actor,
        action="archive.declare_figure",
        object_ref=f"organisation:{organisation_id}",
        after={"count": count, "as_of": str(as_of_date)},
        now=now,
    )
