"""Reminders and escalation, in sets: per agency a handful of statements, however many dossiers are open.

Two times are watched: the dossier's, at the agency that settles it, and in a dossier across agencies the time of the agency
that has it now.

Each agency is a transaction of its own: its signs and the notices about them are written together or not at all. One that
fails stops no other; after three failures in a row it is parked for an operator and shown.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import structlog
from django.db import connection, transaction

from tinhso.kernel.access.api import Actor, require
from tinhso.kernel.audit.api import record
from tinhso.kernel.calendar.api import add_working_minutes, calendar_for
from tinhso.kernel.clock import VIETNAM
from tinhso.kernel.events.api import failure_place
from tinhso.modules.dossiers.models import Dossier, Part, WatchRun, WatchThreshold
from tinhso.modules.dossiers.queries.work import RUNNING
from tinhso.modules.dossiers.rules.watching import (
    DEFAULT,
    ESCALATED,
    Boundaries,
    Stage,
    Thresholds,
    boundaries_of,
    threshold_errors,
)
from tinhso.modules.dossiers.services.reminding import Of, remind

log = structlog.get_logger("tinhso.dossiers")

PARK_AFTER = 3


@dataclass(frozen=True)
class Watched:
    """What a run did: agencies looked at, signs raised, notices made, agencies that failed and that stand parked."""

    agencies: int
    raised: int
    notices: int
    failed: int
    parked: int


class CannotSetThresholds(ValueError):
    """`errors`: field → message. Nothing was changed."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__("Ngưỡng nhắc hạn còn chỗ cần sửa.")
        self.errors = errors


class CannotResume(ValueError):
    """The agency is not parked."""


def watch(*, actor: Actor, now: datetime) -> Watched:
    """Raise every sign that is due, for all agencies with running dossiers or parts of some. Safe to repeat: a sign is
    raised once."""
    require(actor, "dossiers.run_watch")
    now = now.astimezone(VIETNAM)
    running = [state.value for state in RUNNING]
    agencies = (
        Dossier.objects.filter(state__in=running, due_at__isnull=False).order_by().values_list("agency_id").distinct()
    )
    at_work = Part.objects.filter(started_at__isnull=False, done_at__isnull=True, due_at__isnull=False)
    elsewhere = at_work.order_by().values_list("organisation_id").distinct()
    numbers = sorted({number for (number,) in (*agencies, *elsewhere)})
    thresholds = thresholds_on(now.date())
    parked = set(WatchRun.objects.filter(parked_at__isnull=False).values_list("agency_id", flat=True))
    raised = notices = failed = 0
    for place, agency_id in enumerate(numbers):
        if agency_id in parked:
            continue
        # An instant of its own for each agency: its new signs are found by it without reading those of all others.
        moment = now + timedelta(microseconds=place)
        try:
            with transaction.atomic():
                signs, told = _watch_agency(agency_id, thresholds(agency_id), actor, moment)
                WatchRun.objects.update_or_create(
                    agency_id=agency_id, defaults={"ran_at": now, "raised": signs, "failures": 0, "error": ""}
                )
        except Exception as error:
            failed += 1
            _note_failure(agency_id, error, now)
        else:
            raised, notices = raised + signs, notices + told
    return Watched(len(numbers), raised, notices, failed, len(parked))


def thresholds_on(day: date) -> Callable[[int], Thresholds]:
    """Agency → its thresholds on a day: its own, else the province's, else those of the program. One query."""
    found: dict[int | None, Thresholds] = {}
    for row in WatchThreshold.objects.filter(valid_from__lte=day).order_by("valid_from", "pk"):
        found[row.organisation_id] = Thresholds(
            row.soon_hours, row.repeat_days, row.leader_after_days, row.valid_from, row.organisation_id
        )
    usual = found.get(None, DEFAULT)
    return lambda agency_id: found.get(agency_id, usual)


def _watch_agency(agency_id: int, thresholds: Thresholds, actor: Actor, now: datetime) -> tuple[int, int]:
    calendar = calendar_for(agency_id, around=now.date())
    bounds = boundaries_of(
        thresholds,
        now=now,
        soon_until=add_working_minutes(calendar, now, thresholds.soon_hours * 60),
        works=lambda day: bool(calendar.spans_on(day)),
    )
    raised = told = 0
    for of in Of:
        signs = _raise_signs(agency_id, of, bounds)
        raised += signs
        if signs:
            told += remind(agency_id=agency_id, of=of, raised_at=now, leader_before=bounds.leader_before, actor=actor)
    return raised, told


# Whose time runs: `t.due_at`, of the dossier `t.id`.
_RUNNING = {
    Of.DOSSIERS: "SELECT d.id, d.due_at FROM dossiers_dossier d WHERE d.agency_id = %s AND d.state IN ({states})",
    Of.PARTS: """SELECT d.id, p.due_at FROM dossiers_part p JOIN dossiers_dossier d ON d.id = p.dossier_id
        WHERE p.organisation_id = %s AND p.started_at IS NOT NULL AND p.done_at IS NULL AND d.state IN ({states})""",
}


def _raise_signs(agency_id: int, of: Of, bounds: Boundaries) -> int:
    """Two statements: the highest stage that each dossier has reached, and the word to the leader."""
    running = _RUNNING[of].format(states=", ".join(str(int(state)) for state in RUNNING))
    at = connection.ops.adapt_datetimefield_value
    now = at(bounds.now)
    # From the farthest boundary to the nearest: the first that fits is the stage.
    repeats = list(enumerate(bounds.repeats, start=1))[::-1]
    whens = " ".join(f"WHEN t.due_at < %s THEN {int(Stage.OVERDUE) + k}" for k, _ in repeats)
    reached = f"""
        SELECT t.id, t.due_at, CASE
            WHEN t.due_at >= %s THEN CASE WHEN t.due_at < %s THEN {int(Stage.TODAY)} ELSE {int(Stage.SOON)} END
            {whens} ELSE {int(Stage.OVERDUE)} END AS stage
        FROM ({running}) t WHERE t.due_at <= %s"""  # noqa: S608 - numbers of this program
    insert = "INSERT INTO dossiers_sign (dossier_id, due_at, stage, raised_at)"
    with connection.cursor() as cursor:
        cursor.execute(
            f"""{insert}
            SELECT w.id, w.due_at, w.stage, %s FROM ({reached}) w
            WHERE NOT EXISTS (SELECT 1 FROM dossiers_sign s
                WHERE s.dossier_id = w.id AND s.due_at = w.due_at AND s.stage >= w.stage)
            ON CONFLICT DO NOTHING""",  # noqa: S608 - numbers of this program
            [now, now, at(bounds.tomorrow), *(at(b) for _, b in repeats), agency_id, at(bounds.soon_until)],
        )
        raised = cursor.rowcount
        cursor.execute(
            f"""{insert}
            SELECT t.id, t.due_at, {ESCALATED}, %s FROM ({running}) t
            WHERE t.due_at < %s
            AND NOT EXISTS (SELECT 1 FROM dossiers_sign s
                WHERE s.dossier_id = t.id AND s.due_at = t.due_at AND s.stage = {ESCALATED})
            ON CONFLICT DO NOTHING""",  # noqa: S608 - numbers of this program
            [now, agency_id, at(bounds.leader_before)],
        )
        return int(raised + cursor.rowcount)


def _note_failure(agency_id: int, error: Exception, now: datetime) -> None:
    """In a transaction of its own: that of the agency is gone."""
    place = failure_place(error)[:500]
    log.warning("watch_failed", agency=agency_id, error=place)
    with transaction.atomic():
        run, _ = WatchRun.objects.select_for_update().get_or_create(agency_id=agency_id, defaults={"ran_at": now})
        run.ran_at, run.failures, run.error = now, run.failures + 1, place
        if run.failures >= PARK_AFTER:
            run.parked_at = now
        run.save(update_fields=["ran_at", "failures", "error", "parked_at"])


@transaction.atomic
def resume_watching(*, agency_id: int, actor: Actor, now: datetime) -> None:
    """An operator lets the next run try a parked agency again. Raises `CannotResume`."""
    require(actor, "dossiers.operate_watch")
    run = WatchRun.objects.select_for_update().filter(agency_id=agency_id, failures__gt=0).first()
    if run is None:
        raise CannotResume("Cơ quan này không còn bị tạm dừng nhắc hạn.")
    run.failures, run.parked_at, run.error = 0, None, ""
    run.save(update_fields=["failures", "parked_at", "error"])
    record(who=actor, action="dossiers.resume_watching", object_ref=f"organisation:{agency_id}", now=now)


@transaction.atomic
def set_thresholds(
    *,
    organisation_id: int,
    soon_hours: int | None,
    repeat_days: int | None,
    leader_after_days: int | None,
    valid_from: date,
    actor: Actor,
    now: datetime,
) -> None:
    """A leader sets when the people of their organisation are reminded, from a day on. Raises `CannotSetThresholds`."""
    require(actor, "dossiers.set_watch", _Place(frozenset({organisation_id})))
    errors = threshold_errors(soon_hours=soon_hours, repeat_days=repeat_days, leader_after_days=leader_after_days)
    if valid_from < now.astimezone(VIETNAM).date():
        errors["valid_from"] = "Ngưỡng mới chỉ áp dụng từ hôm nay hoặc về sau."
    if errors:
        raise CannotSetThresholds(errors)
    values = {"soon_hours": soon_hours, "repeat_days": repeat_days, "leader_after_days": leader_after_days}
    WatchThreshold.objects.update_or_create(
        organisation_id=organisation_id,
        valid_from=valid_from,
        defaults={**values, "made_at": now, "made_by_name": actor.label},
    )
    record(
        who=actor,
        action="dossiers.set_thresholds",
        object_ref=f"organisation:{organisation_id}",
        after={**values, "valid_from": valid_from.isoformat()},
        now=now,
    )


@dataclass(frozen=True)
class _Place:
    """An organisation as the object of a permission."""

    access_organisation_ids: frozenset[int]
    access_owner_id: int | None = None
