"""The due time after it was first set: pauses and new days. Always counted again from the rule, never added up by hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from tinhso.kernel.access.api import Actor
from tinhso.kernel.calendar import api as calendar
from tinhso.kernel.clock import VIETNAM
from tinhso.modules.dossiers.models import Apology, DeadlineChange, Dossier, Pause
from tinhso.modules.dossiers.rules import PAUSE_TITLES, SUPPLEMENT_PAUSE
from tinhso.modules.dossiers.services import parts
from tinhso.modules.procedures import api as procedures

Rows = list[dict[str, Any]]
# No holiday is longer; Tết with its weekends is ten days.
DAYS_OFF_MOST = 30


class CannotPause(ValueError):
    """The version of the procedure does not name this ground, or no time runs."""


def closing_time(organisation_id: int, day: date) -> datetime:
    """The end of working time on a day. What would end on a day off ends with the next working day (Bộ luật Dân sự 2015,
    khoản 5 Điều 148)."""
    hours = calendar.calendar_for(organisation_id, around=day)
    for later in range(DAYS_OFF_MOST):
        spans = hours.spans_on(day + timedelta(days=later))
        if spans:
            return datetime.combine(day + timedelta(days=later), time.min, VIETNAM) + timedelta(minutes=spans[-1][1])
    return datetime.combine(day + timedelta(days=1), time.min, VIETNAM)


def pauses(dossier: Dossier, ground: str) -> bool:
    """Does the version of this dossier let its clock stand still on this ground?"""
    definition = procedures.version(dossier.version_id).definition
    return ground == SUPPLEMENT_PAUSE and definition is not None and definition.supplement_pauses


def begin_pause(dossier: Dossier, *, ground: str, document: str, actor: Actor, now: datetime) -> None:
    """The clock stands still from now on. Inside the caller's transaction and lock. Raises `CannotPause`."""
    if not pauses(dossier, ground):
        raise CannotPause(
            f"Thủ tục của hồ sơ này không cho tạm dừng thời hạn với lý do {PAUSE_TITLES.get(ground, ground)}."
        )
    if dossier.accepted_at is None:
        raise CannotPause("Hồ sơ chưa được tiếp nhận nên chưa tính thời hạn, không có gì để tạm dừng.")
    Pause.objects.create(dossier=dossier, ground=ground, document=document, started_at=now)
    recompute(dossier, ground=f"Tạm dừng: {PAUSE_TITLES[ground]}, theo {document}", actor=actor, now=now)


def end_pause(dossier: Dossier, *, why: str, actor: Actor, now: datetime) -> bool:
    """The clock runs again. False when it did run. Inside the caller's transaction and lock."""
    pause = Pause.objects.filter(dossier=dossier, ended_at__isnull=True).first()
    if pause is None:
        return False
    # The calendar counts minutes: a second is nothing, but an end is after its start.
    pause.ended_at = max(now, pause.started_at + timedelta(seconds=1))
    pause.save(update_fields=["ended_at"])
    recompute(dossier, ground=f"{why}; thời hạn tính tiếp", actor=actor, now=now)
    return True


def recompute(dossier: Dossier, *, ground: str, actor: Actor, now: datetime) -> None:
    """Count the due time again with all pauses, and keep the change with its reasons."""
    before = dossier.due_at
    dossier.due_at, explanation = _due(dossier)
    dossier.save(update_fields=["due_at"])
    parts.recount(dossier, now=now)
    note_change(dossier, before=before, ground=ground, explanation=explanation, actor=actor, now=now)


def note_change(
    dossier: Dossier, *, before: datetime | None, ground: str, explanation: Rows, actor: Actor, now: datetime
) -> None:
    DeadlineChange.objects.create(
        dossier=dossier,
        changed_at=now,
        changed_by_name=actor.label[:300],
        ground=ground,
        due_before=before,
        due_after=dossier.due_at,
        explanation=explanation,
    )


def _due(dossier: Dossier) -> tuple[datetime | None, Rows]:
    """From the legal term; where a leader set a new day, from that day, moved by the pauses that came after it."""
    if dossier.accepted_at is None or dossier.term is None:
        raise ValueError("no time runs on a dossier that is not accepted")
    stops = [
        calendar.Pause(row.started_at, row.ended_at, f"{PAUSE_TITLES[row.ground]} ({row.document})")
        for row in Pause.objects.filter(dossier=dossier).order_by("pk")
    ]
    apology = Apology.objects.filter(dossier=dossier).order_by("-pk").first()
    if apology is not None:
        later = [stop for stop in stops if stop.start >= apology.made_at]
        return _moved(dossier, apology, later)
    due = calendar.compute_due_for(dossier.agency_id, dossier.accepted_at, _rule(dossier.term), stops)
    return due.due_at, [
        {"date": line.date.isoformat(), "counted_minutes": line.counted_minutes, "reason": line.reason}
        for line in due.explanation
    ]


def _rule(term: dict[str, Any]) -> calendar.DeadlineRule:
    cutoff = term.get("cutoff")
    return calendar.DeadlineRule(
        amount=term["amount"], unit=term["unit"], cutoff=time.fromisoformat(cutoff) if cutoff else None
    )


def _moved(dossier: Dossier, apology: Apology, stops: Sequence[calendar.Pause]) -> tuple[datetime | None, Rows]:
    hours = calendar.calendar_for(dossier.agency_id)
    due = apology.new_due_at
    for stop in stops:
        if stop.start >= due:
            continue
        if stop.end is None:
            rows = days_between(dossier.agency_id, apology.made_at, stop.start, f"Tạm dừng theo {stop.ground}")
            return None, rows
        due = calendar.add_working_minutes(hours, due, calendar.working_minutes_between(hours, stop.start, stop.end))
    return due, days_between(dossier.agency_id, apology.made_at, due, "Ngày hẹn lại", stops)


def days_between(
    organisation_id: int, start: datetime, end: datetime, last: str, stops: Sequence[calendar.Pause] = ()
) -> Rows:
    """The working time of each day between two instants, pauses left out: why a new day is as far away as it is."""
    hours = calendar.calendar_for(organisation_id)
    start, end = start.astimezone(VIETNAM), end.astimezone(VIETNAM)
    rows: Rows = []
    for number in range((end.date() - start.date()).days + 1):
        day = start.date() + timedelta(days=number)
        begin = datetime.combine(day, time.min, VIETNAM)
        first, until = max(start, begin), min(end, begin + timedelta(days=1))
        counted = calendar.working_minutes_between(hours, first, until)
        reasons = [hours.day_off_reason(day) or "Ngày làm việc"]
        for stop in stops:
            from_, to = max(first, stop.start), min(until, stop.end or until)
            if from_ < to:
                counted -= calendar.working_minutes_between(hours, from_, to)
                reasons.append(f"tạm dừng theo {stop.ground}")
        if day == end.date():
            reasons.append(f"{last[:1].lower()}{last[1:]} lúc {end:%H:%M}")
        rows.append({"date": day.isoformat(), "counted_minutes": max(counted, 0), "reason": "; ".join(reasons)})
    return rows
