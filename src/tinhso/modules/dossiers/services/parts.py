"""The parts of a dossier that passes through several agencies: planned at intake, started and left as it goes on.

Everything here runs inside the caller's transaction and under the dossier's lock. A dossier that stays with one agency
has no parts and costs no query.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tinhso.kernel.calendar import api as calendar
from tinhso.modules.directory import api as directory
from tinhso.modules.dossiers.models import Dossier, HandOver, Part, Pause, Task
from tinhso.modules.procedures import api as procedures


class CannotPlace(LookupError):
    """The directory does not tell which agency does a step. The message names it."""


@dataclass(frozen=True)
class Move:
    """The dossier comes to another agency. `is_return`: to one where it has been before."""

    from_organisation_id: int
    to_organisation_id: int
    is_return: bool


def organisation_of(place: procedures.Place | None, agency_id: int, *, now: datetime) -> int:
    """The agency of a place as seen from the competent one: of a commune its own (same commune), else the only one of
    its kind, level and name. Raises `CannotPlace`."""
    if place is None:
        return agency_id
    found = directory.organisations(place.level, place.kind, on=now.date())
    if place.name:
        found = [one for one in found if place.name in (one.name, one.short_name)]
    if place.level == "commune":
        competent = directory.organisation(agency_id)
        found = [one for one in found if one.admin_unit_code == competent.admin_unit_code]
    if len(found) != 1:
        what = place.name or f"{directory.KINDS[place.kind]} ({directory.LEVELS[place.level].lower()})"
        how = "chưa có trong danh mục cơ quan" if not found else "có nhiều nơi cùng tên"
        raise CannotPlace(f"Chưa xác định được cơ quan liên thông: {what} {how}. Hãy báo quản trị tổ chức.")
    return found[0].id


def plan(dossier: Dossier, definition: procedures.Definition, *, now: datetime) -> None:
    """Write the parts that this case will have, when it has more than one agency. Raises `CannotPlace`."""
    stretches = procedures.stretches(definition, dossier.case)
    if len(stretches) < 2:
        return
    Part.objects.bulk_create(
        Part(
            dossier=dossier,
            number=number,
            organisation_id=organisation_of(stretch.place, dossier.agency_id, now=now),
            title=stretch.title,
            keys=list(stretch.keys),
            hours=stretch.hours,
            minutes=stretch.hours * 60,
        )
        for number, stretch in enumerate(stretches, 1)
    )
    dossier.is_joint = True
    dossier.save(update_fields=["is_joint"])


def enter(dossier: Dossier, step: procedures.Step, organisation_id: int, *, now: datetime) -> Move | None:
    """The dossier comes to a step at an agency. None when it stays where it is, or comes to the first."""
    if not dossier.is_joint:
        return None
    parts = list(Part.objects.filter(dossier=dossier).order_by("number"))
    current = next((part for part in parts if part.started_at is not None and part.done_at is None), None)
    if current is not None and current.organisation_id == organisation_id:
        return None
    fitting = [part for part in parts if part.organisation_id == organisation_id]
    target = next((part for part in fitting if step.key in part.keys), None)
    if target is None:
        # A way that the plan did not foresee: the agency gets a part for it.
        target = Part(
            dossier=dossier, number=len(parts) + 1, organisation_id=organisation_id, title=step.title, keys=[step.key],
            hours=step.hours, minutes=step.hours * 60,
        )  # fmt: skip
    if current is not None:
        _leave(current, now)
    Part.objects.filter(dossier=dossier, number__lt=target.number, started_at__isnull=True, is_skipped=False).update(
        is_skipped=True
    )
    is_return = current is not None and target.started_at is not None and target.number < current.number
    target.is_skipped = False
    _start(target, now)
    return None if current is None else Move(current.organisation_id, organisation_id, is_return)


def planned_due(dossier_id: int) -> dict[int, datetime]:
    """Number of a part → when it will be due if every agency before takes its whole time; of a part that has begun, its own
    due time. Each by its agency's calendar. Nothing while the clock stands still."""
    found: dict[int, datetime] = {}
    since: datetime | None = None
    for part in Part.objects.filter(dossier_id=dossier_id, is_skipped=False).order_by("number"):
        if part.started_at is not None:
            due = part.due_at
        elif since is None:
            due = None
        else:
            hours = calendar.calendar_for(part.organisation_id, around=since.date())
            due = calendar.add_working_minutes(hours, since, part.minutes)
        if due is None:
            return found
        found[part.number] = since = due
    return found


def note_move(dossier: Dossier, move: Move, *, from_task: Task, to_task: Task, by_name: str, now: datetime) -> None:
    """Keep the hand-over: it waits until the receiving agency confirms."""
    HandOver.objects.create(
        dossier=dossier,
        from_organisation_id=move.from_organisation_id,
        to_organisation_id=move.to_organisation_id,
        from_task=from_task,
        to_task=to_task,
        is_return=move.is_return,
        handed_at=now,
        handed_by_name=by_name[:300],
    )


def give_back_part(dossier: Dossier, hand_over: HandOver, *, now: datetime) -> None:
    """The receiving agency refused: its part is as if it had never begun, the sender's goes on with the time it had."""
    received = _open_part(dossier)
    if received is not None:
        before = HandOver.objects.filter(
            dossier=dossier, to_organisation_id=received.organisation_id, confirmed_at__isnull=False
        )
        if before.exists():
            _leave(received, now)
        else:
            received.started_at = received.running_since = received.due_at = None
            received.save(update_fields=["started_at", "running_since", "due_at"])
    sender = (
        Part.objects.filter(dossier=dossier, organisation_id=hand_over.from_organisation_id, done_at__isnull=False)
        .order_by("-done_at", "-number")
        .first()
    )
    if sender is not None:
        _start(sender, now)


def close(dossier: Dossier, *, now: datetime) -> None:
    """The work has ended: with a result, or without one."""
    if not dossier.is_joint:
        return
    current = _open_part(dossier)
    if current is not None:
        _leave(current, now)
    HandOver.objects.filter(dossier=dossier, confirmed_at__isnull=True, refused_at__isnull=True).update(
        refused_at=now, ground="Hồ sơ đã kết thúc trước khi nhận bàn giao."
    )


def recount(dossier: Dossier, *, now: datetime) -> None:
    """The clock of the dossier was stopped or goes on: that of the open part as well."""
    if not dossier.is_joint:
        return
    current = _open_part(dossier)
    if current is not None:
        current.due_at = _due(current)
        current.save(update_fields=["due_at"])


def due_of_open_part(dossier: Dossier) -> datetime | None:
    current = _open_part(dossier)
    return None if current is None else current.due_at


def _open_part(dossier: Dossier) -> Part | None:
    return Part.objects.filter(dossier=dossier, started_at__isnull=False, done_at__isnull=True).first()


def _start(part: Part, now: datetime) -> None:
    part.started_at = part.started_at or now
    part.running_since = now
    part.done_at = None
    part.due_at = _due(part)
    part.save()


def _leave(part: Part, now: datetime) -> None:
    part.minutes = max(0, part.minutes - _used(part, now))
    part.done_at = now
    part.save(update_fields=["minutes", "done_at"])


def _used(part: Part, now: datetime) -> int:
    """Working minutes since the part last began, pauses left out."""
    since = part.running_since or now
    hours = calendar.calendar_for(part.organisation_id, around=since.date())
    used = calendar.working_minutes_between(hours, since, now)
    for start, end in _pauses(part):
        until = min(end or now, now)
        if start < until:
            used -= calendar.working_minutes_between(hours, start, until)
    return used


def _due(part: Part) -> datetime | None:
    """By the calendar of the part's own agency, from when it came there; None while the clock stands still."""
    since = part.running_since
    if since is None:
        return None
    hours = calendar.calendar_for(part.organisation_id, around=since.date())
    due = calendar.add_working_minutes(hours, since, part.minutes)
    for start, end in _pauses(part):
        if start >= due:
            continue
        if end is None:
            return None
        due = calendar.add_working_minutes(hours, due, calendar.working_minutes_between(hours, start, end))
    return due


def _pauses(part: Part) -> list[tuple[datetime, datetime | None]]:
    """The pauses of the dossier that fall into the part's time."""
    since = part.running_since
    rows = Pause.objects.filter(dossier_id=part.dossier_id).order_by("pk")
    return [
        (max(row.started_at, since), row.ended_at)
        for row in rows
        if since is not None and (row.ended_at is None or row.ended_at > since)
    ]
