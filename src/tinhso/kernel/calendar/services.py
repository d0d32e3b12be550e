"""Changes of working time, each by a decision that is named. Days and hours of the whole province need another
permission than those of one organisation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import uuid4

from django.db import IntegrityError, transaction

from tinhso.kernel.access.api import Actor, require
from tinhso.kernel.audit.api import record
from tinhso.kernel.calendar.models import CalendarState, HolidayOverride, WorkingHours
from tinhso.kernel.calendar.rules import CannotComputeDeadline, check_day, hours_text, parse_hours


class CannotChangeCalendar(Exception):
    """The change is refused; `errors` maps a field to a message for the person who typed it."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__(" ".join(errors.values()))
        self.errors = errors


@dataclass(frozen=True)
class CalendarOf:
    """The calendar of an organisation, as access sees it."""

    organisation_id: int

    @property
    def access_organisation_ids(self) -> frozenset[int]:
        return frozenset({self.organisation_id})

    @property
    def access_owner_id(self) -> None:
        return None


@transaction.atomic
def add_override(
    *,
    day: date,
    kind: str,
    organisation_id: int | None,
    reason: str,
    ground: str,
    source: str = "",
    actor: Actor,
    now: datetime,
) -> int:
    """Decide that `day` is "off" or a "work" day, for an organisation or (None) the whole province.

    `reason` is what people read on the page of a deadline; `ground` the decision's number and date. Returns the
    number of the override. Raises `Refused` and `CannotChangeCalendar`.
    """
    _require(actor, organisation_id)
    reason, ground, source = reason.strip(), ground.strip(), source.strip()
    errors = _day_error("day", day) | _text_errors(reason=(reason, 200), ground=(ground, 500))
    if kind not in HolidayOverride.Kind.values:
        errors["kind"] = "Chọn «Nghỉ» hoặc «Làm việc»."
    if len(source) > 500:
        errors["source"] = "Nguồn dài nhất 500 ký tự."
    if errors:
        raise CannotChangeCalendar(errors)
    try:
        with transaction.atomic():
            row = HolidayOverride.objects.create(
                day=day,
                kind=kind,
                organisation_id=organisation_id,
                reason=reason,
                ground=ground,
                source=source,
                added_at=now,
            )
    except IntegrityError:
        raise CannotChangeCalendar(
            {"day": f"Ngày {day:%d/%m/%Y} đã có quyết định; bỏ quyết định đó trước khi thêm."}
        ) from None
    after = {"id": row.pk, "day": day.isoformat(), "kind": kind, "reason": reason}
    record(
        who=actor, action="calendar.add_override", object_ref=_ref(organisation_id), reason=ground, after=after, now=now
    )
    mark_changed()
    return row.pk


@transaction.atomic
def remove_override(*, override_id: int, ground: str, actor: Actor, now: datetime) -> None:
    """Take an override back; its row stays for the record. Removing it twice is refused."""
    row = HolidayOverride.objects.select_for_update().filter(pk=override_id).first()
    _require(actor, row.organisation_id if row else None)
    ground = ground.strip()
    if row is None or row.removed_at is not None:
        raise CannotChangeCalendar({"override_id": "Quyết định về ngày này không có hoặc đã được bỏ."})
    if errors := _text_errors(ground=(ground, 500)):
        raise CannotChangeCalendar(errors)
    row.removed_at = now
    row.removal_ground = ground
    row.save(update_fields=["removed_at", "removal_ground"])
    before = {"id": row.pk, "day": row.day.isoformat(), "kind": row.kind, "reason": row.reason}
    record(
        who=actor,
        action="calendar.remove_override",
        object_ref=_ref(row.organisation_id),
        reason=ground,
        before=before,
        now=now,
    )
    mark_changed()


@transaction.atomic
def set_working_hours(
    *,
    organisation_id: int | None,
    hours: str,
    valid_from: date,
    valid_until: date | None = None,
    ground: str,
    source: str = "",
    actor: Actor,
    now: datetime,
) -> int:
    """Set the hours ("07:30-11:30,13:00-17:00") from a date on, for an organisation or (None) the whole province.

    Where periods overlap, the one that starts later counts, and an organisation's own before the province's.
    Returns the number of the period. Raises `Refused` and `CannotChangeCalendar`.
    """
    _require(actor, organisation_id)
    ground, source = ground.strip(), source.strip()
    errors = _day_error("valid_from", valid_from) | _text_errors(ground=(ground, 500))
    try:
        hours = hours_text(parse_hours(hours))
    except CannotComputeDeadline as error:
        errors["hours"] = str(error)
    if len(hours) > 100:
        errors["hours"] = "Nhiều nhất 8 buổi làm việc trong ngày."
    if valid_until is not None and valid_until < valid_from:
        errors["valid_until"] = "Ngày kết thúc phải từ ngày bắt đầu trở đi."
    if len(source) > 500:
        errors["source"] = "Nguồn dài nhất 500 ký tự."
    if errors:
        raise CannotChangeCalendar(errors)
    try:
        with transaction.atomic():
            row = WorkingHours.objects.create(
                organisation_id=organisation_id,
                hours=hours,
                valid_from=valid_from,
                valid_until=valid_until,
                ground=ground,
                source=source,
                added_at=now,
            )
    except IntegrityError:
        raise CannotChangeCalendar(
            {"valid_from": f"Đã có giờ làm việc bắt đầu từ ngày {valid_from:%d/%m/%Y}."}
        ) from None
    after = {
        "id": row.pk,
        "hours": hours,
        "valid_from": valid_from.isoformat(),
        "valid_until": valid_until.isoformat() if valid_until else None,
    }
    record(
        who=actor,
        action="calendar.set_working_hours",
        object_ref=_ref(organisation_id),
        reason=ground,
        after=after,
        now=now,
    )
    mark_changed()
    return row.pk


def _require(actor: Actor, organisation_id: int | None) -> None:
    if organisation_id is None:
        require(actor, "calendar.manage_province")
    else:
        require(actor, "calendar.manage", CalendarOf(organisation_id))


def _ref(organisation_id: int | None) -> str:
    return f"calendar:{organisation_id or 0}"


def mark_changed() -> None:
    CalendarState.objects.update_or_create(pk=1, defaults={"token": uuid4().hex})


def _day_error(field: str, day: date) -> dict[str, str]:
    try:
        check_day(day)
    except CannotComputeDeadline as error:
        return {field: str(error)}
    return {}


def _text_errors(**texts: tuple[str, int]) -> dict[str, str]:
    names = {"reason": "Lý do", "ground": "Căn cứ"}
    errors = {}
    for field, (text, longest) in texts.items():
        if not text:
            errors[field] = f"{names[field]} không được để trống."
        elif len(text) > longest:
            errors[field] = f"{names[field]} dài nhất {longest} ký tự."
    return errors
