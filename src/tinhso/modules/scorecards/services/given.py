"""Figures from elsewhere: given by one person with their source, counted once another has confirmed them. A figure is never
written over: another one takes its place, and the earlier one stays."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import IntegrityError, transaction

from tinhso.kernel.access.api import Actor, account_of, require
from tinhso.kernel.access.web import local_day
from tinhso.kernel.audit.api import record
from tinhso.modules.directory import api as directory
from tinhso.modules.scorecards.models import ClosedMonth, GivenFigure
from tinhso.modules.scorecards.rules import FIRST_MONTH, GIVABLE, INDICATORS

State = GivenFigure.State
MOST = 10**9
MOST_SOURCE = 300
# At once, from a file or from a page's marks.
MOST_AT_ONCE = 5000


class CannotGive(ValueError):
    """Nothing was kept. `errors`: field → what is wrong there and what to do."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__(" ".join(errors.values()))
        self.errors = dict(errors)


class CannotDecideFigure(ValueError):
    """Nothing was changed; the message says why."""


@dataclass(frozen=True)
class Figure:
    """As read from a form or a row: `numerator` of `denominator`, and where it comes from."""

    agency_id: int
    indicator: str
    numerator: int
    denominator: int
    source: str


def read_figure(*, agency_id: int | None, indicator: str, numerator: str, denominator: str, source: str) -> Figure:
    """What somebody typed. Raises `CannotGive` with every field that is wrong."""
    errors: dict[str, str] = {}
    if agency_id is None:
        errors["agency"] = "Chọn cơ quan của số liệu."
    if indicator not in GIVABLE:
        errors["indicator"] = "Chọn chỉ tiêu lấy số liệu từ nguồn khác."
    part, whole = (
        _number("numerator", "Tử số", numerator, errors),
        _number("denominator", "Mẫu số", denominator, errors),
    )
    if not errors.keys() & {"numerator", "denominator"} and part > whole:
        errors["numerator"] = f"Tử số {part} lớn hơn mẫu số {whole}. Kiểm tra lại hai số."
    source = " ".join(source.replace("\x00", "").split())
    if len(source) < 5:
        errors["source"] = "Ghi nguồn: số, ngày của văn bản hoặc tên hệ thống và ngày lấy số liệu."
    elif len(source) > MOST_SOURCE:
        errors["source"] = f"Nguồn dài quá {MOST_SOURCE} ký tự. Ghi gọn số, ngày văn bản hoặc tên hệ thống."
    if errors or agency_id is None:
        raise CannotGive(errors)
    return Figure(agency_id, indicator, part, whole, source)


def _number(key: str, label: str, text: str, errors: dict[str, str]) -> int:
    text = text.strip()
    if not text:
        errors[key] = f"Nhập {label.lower()}; không có thì ghi 0."
    elif not (text.isascii() and text.isdigit()) or len(text) > 10 or int(text) > MOST:
        errors[key] = f"{label} phải là số nguyên từ 0 đến 1 tỷ, không có dấu chấm, phẩy."
    else:
        return int(text)
    return 0


def is_closed(month: date) -> bool:
    return ClosedMonth.objects.filter(month=month).exists()


def check_month(month: date, *, now: datetime) -> None:
    """Raises `CannotGive`."""
    if month > local_day(now).replace(day=1):
        raise CannotGive({"month": "Tháng này chưa đến."})
    if month < FIRST_MONTH:
        raise CannotGive({"month": f"Quyết định 766 áp dụng từ tháng {FIRST_MONTH:%m/%Y}. Chọn tháng sau đó."})
    if is_closed(month):
        raise CannotGive({"month": f"Số liệu tháng {month:%m/%Y} đã chốt nên không nhận thêm."})


@transaction.atomic
def give(*, month: date, figures: Sequence[Figure], actor: Actor, now: datetime) -> list[int]:
    """Keep figures of a month, all or none; each waits for another person's word and takes the place of one that still waited.
    Returns their numbers. Raises `CannotGive`, `Refused`."""
    require(actor, "scorecards.give_figures")
    check_month(month, now=now)
    if len(figures) > MOST_AT_ONCE:
        raise CannotGive({"": f"Mỗi lần nhận tối đa {MOST_AT_ONCE} số liệu."})
    giver = account_of(actor)
    agencies = directory.organisations_by_id({one.agency_id for one in figures})
    for one in figures:
        require(actor, "scorecards.give_figures", agencies[one.agency_id])
    keys = {(one.agency_id, one.indicator) for one in figures}
    waiting = GivenFigure.objects.select_for_update().filter(
        month=month, state=State.WAITING, agency_id__in={key[0] for key in keys}
    )
    gone = [row.pk for row in waiting if (row.agency_id, row.indicator) in keys]
    GivenFigure.objects.filter(pk__in=gone).update(state=State.REPLACED, replaced_at=now)
    try:
        with transaction.atomic():
            made = GivenFigure.objects.bulk_create(
                GivenFigure(
                    agency_id=one.agency_id, month=month, indicator=one.indicator, numerator=one.numerator,
                    denominator=one.denominator, source=one.source, given_at=now, given_by_id=giver,
                    given_by_name=actor.label[:300],
                )
                for one in figures
            )  # fmt: skip
    except IntegrityError:
        raise CannotGive({"": "Vừa có người khác nhập số liệu này. Tải lại trang để xem rồi nhập lại."}) from None
    record(
        who=actor,
        action="scorecards.give_figures",
        object_ref=f"month:{month:%Y-%m}",
        after={"figures": [row.pk for row in made], "replaced": gone},
        now=now,
    )
    return [row.pk for row in made]


@transaction.atomic
def confirm(*, figure_ids: Collection[int], actor: Actor, now: datetime) -> int:
    """From now on they count, in the place of those confirmed before. All or none. Raises `CannotDecideFigure`, `Refused`."""
    require(actor, "scorecards.confirm_figures")
    rows = _locked(figure_ids, actor)
    decider = account_of(actor)
    for row in rows:
        GivenFigure.objects.filter(
            agency_id=row.agency_id, month=row.month, indicator=row.indicator, state=State.CONFIRMED
        ).update(state=State.REPLACED, replaced_at=now)
        row.state, row.decided_at, row.decided_by_id, row.decided_by_name = (
            State.CONFIRMED,
            now,
            decider,
            actor.label[:300],
        )
        row.save(update_fields=["state", "decided_at", "decided_by", "decided_by_name"])
    record(
        who=actor,
        action="scorecards.confirm_figures",
        object_ref=f"month:{rows[0].month:%Y-%m}",
        after={"figures": [row.pk for row in rows]},
        now=now,
    )
    return len(rows)


@transaction.atomic
def refuse(*, figure_id: int, reason: str, actor: Actor, now: datetime) -> None:
    """It does not count; the reason is for who gave it. Raises `CannotDecideFigure`, `Refused`."""
    require(actor, "scorecards.confirm_figures")
    reason = " ".join(reason.replace("\x00", "").split())
    if not 5 <= len(reason) <= 500:
        raise CannotDecideFigure("Ghi lý do không xác nhận, từ 5 đến 500 ký tự.")
    (row,) = _locked([figure_id], actor)
    row.state, row.decided_at, row.decided_by_id, row.decided_by_name = (
        State.REFUSED, now, account_of(actor), actor.label[:300],
    )  # fmt: skip
    row.reason = reason
    row.save(update_fields=["state", "decided_at", "decided_by", "decided_by_name", "reason"])
    record(
        who=actor,
        action="scorecards.refuse_figure",
        object_ref=f"month:{row.month:%Y-%m}",
        after={"figure": row.pk},
        reason=reason,
        now=now,
    )


def _locked(figure_ids: Collection[int], actor: Actor) -> list[GivenFigure]:
    """Those that wait, for `actor` to decide."""
    if not figure_ids:
        raise CannotDecideFigure("Đánh dấu ít nhất một số liệu.")
    rows = list(
        GivenFigure.objects.select_for_update(of=("self",))
        .select_related("agency")
        .filter(pk__in=list(figure_ids)[:MOST_AT_ONCE])
        .order_by("pk")
    )
    if len(rows) < len(set(figure_ids)):
        raise CannotDecideFigure("Có số liệu không còn nữa. Tải lại trang.")
    for row in rows:
        require(actor, "scorecards.confirm_figures", row)
        name = f"{INDICATORS[row.indicator].code} của {row.agency.name}"
        if row.state != State.WAITING:
            raise CannotDecideFigure(f"Số liệu {name} đã được quyết định hoặc thay thế. Tải lại trang để xem.")
        if actor.stands_for(row.given_by_id):
            raise CannotDecideFigure(f"Số liệu {name} do chính bạn nhập: người khác phải xác nhận.")
    months = {row.month for row in rows}
    closed = ClosedMonth.objects.filter(month__in=months).values_list("month", flat=True).first()
    if closed is not None:
        raise CannotDecideFigure(f"Số liệu tháng {closed:%m/%Y} đã chốt nên không thay đổi nữa.")
    return rows
