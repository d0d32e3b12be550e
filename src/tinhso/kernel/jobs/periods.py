"""The periodic functions: each runs once per period, by whichever worker takes its lease."""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import datetime, timedelta

import structlog
from django.db.models import Q

from tinhso.kernel.events.api import failure_place, pause_after
from tinhso.kernel.jobs.models import PeriodState
from tinhso.kernel.jobs.registry import Period
from tinhso.kernel.jobs.rules import LEASE, next_turn
from tinhso.kernel.jobs.running import Clock

log = structlog.get_logger("tinhso.jobs")

CLOCKS_APART = timedelta(minutes=1)


def run_turns(periods: Iterable[Period], *, holder: str, clock: Clock) -> int:
    """Run those of `periods` that are due; returns how many ran. A new period is due at once."""
    known = {period.name: period for period in periods}
    now = clock()
    states = {state.name: state for state in PeriodState.objects.filter(name__in=known)}
    new = [PeriodState(name=name, next_run_at=now) for name in known.keys() - states.keys()]
    if new:
        PeriodState.objects.bulk_create(new, ignore_conflicts=True)
        states |= {state.name: state for state in new}
    ran = 0
    for name, state in states.items():
        now = clock()
        # A clock set back must not silence a period until it has caught up again; clocks a little apart are no matter.
        if state.next_run_at <= now or state.next_run_at > next_turn(now, known[name].seconds) + CLOCKS_APART:
            ran += _run_turn(known[name], state, holder, clock)
    return ran


def release(*, holder: str) -> None:
    """Let go of the periods that `holder` still holds from before its trouble."""
    PeriodState.objects.filter(holder=holder).update(holder="", expires_at=None)


def _run_turn(period: Period, seen: PeriodState, holder: str, clock: Clock) -> bool:
    now = clock()
    # `next_run_at` as it was seen: had another worker run this turn meanwhile, it would have moved.
    free = PeriodState.objects.filter(Q(holder="") | Q(expires_at__lt=now), pk=period.name)
    if not free.filter(next_run_at=seen.next_run_at).update(holder=holder, expires_at=now + LEASE):
        return False
    told = log.bind(period=period.name)
    began = time.monotonic()
    error = ""
    try:
        period.function(now=now)
    except Exception as raised:
        error = failure_place(raised)
    milliseconds = round((time.monotonic() - began) * 1000)
    if error:
        told.warning("period_failed", error=error, milliseconds=milliseconds, in_a_row=seen.failures + 1)
    else:
        told.debug("period_done", milliseconds=milliseconds)
    _end_turn(period, seen, holder, clock(), error)
    return True


def _end_turn(period: Period, seen: PeriodState, holder: str, now: datetime, error: str) -> None:
    turn = next_turn(now, period.seconds)
    mine = PeriodState.objects.filter(pk=period.name, holder=holder)
    if error:
        # A long period does not wait for its next turn to try again.
        turn = min(turn, now + pause_after(seen.failures + 1))
        mine.update(holder="", expires_at=None, next_run_at=turn, failures=seen.failures + 1, last_error=error)
    else:
        mine.update(holder="", expires_at=None, next_run_at=turn, failures=0, last_error="", last_finished_at=now)
