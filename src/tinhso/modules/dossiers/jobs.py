"""Slow work of dossiers: printing papers. Safe to repeat: each paper is made once."""

from __future__ import annotations

from datetime import datetime

import structlog

from tinhso.kernel.access.api import SYSTEM
from tinhso.kernel.clock import now
from tinhso.kernel.jobs.api import enqueue, every, job
from tinhso.modules.dossiers import api
from tinhso.modules.dossiers.queries.money import disagreements

log = structlog.get_logger()


@job(name="dossiers.print_receipt")
def print_receipt(*, dossier_id: int) -> None:
    """Form 01 of an accepted dossier."""
    api.ensure_receipt(dossier_id=dossier_id, actor=SYSTEM, now=now())


@job(name="dossiers.print_refusal")
def print_refusal(*, dossier_id: int) -> None:
    """Form 03 of a refused dossier."""
    api.ensure_refusal(dossier_id=dossier_id, actor=SYSTEM, now=now())


@job(name="dossiers.print_result")
def print_result(*, dossier_id: int) -> None:
    """The result's paper."""
    api.ensure_result(dossier_id=dossier_id, actor=SYSTEM, now=now())


@job(name="dossiers.keep_result")
def keep_result(*, dossier_id: int) -> None:
    """The result goes into its owner's store."""
    api.keep_result(dossier_id=dossier_id, actor=SYSTEM, now=now())


@job(name="dossiers.print_supplement")
def print_supplement(*, request_id: int) -> None:
    """Form 02 of a request for supplement."""
    api.ensure_supplement_request(request_id=request_id, actor=SYSTEM, now=now())


@job(name="dossiers.print_apology")
def print_apology(*, apology_id: int) -> None:
    """Form 04 of an apology."""
    api.ensure_apology(apology_id=apology_id, actor=SYSTEM, now=now())


@job(name="dossiers.print_stop")
def print_stop(*, dossier_id: int) -> None:
    """Form 05 of a withdrawn or stopped dossier."""
    api.ensure_stop_notice(dossier_id=dossier_id, actor=SYSTEM, now=now())


@every(seconds=3600, name="dossiers.money_check")
def money_check(*, now: datetime) -> None:
    """Dossiers that do not agree with their payments: each is told the truth again; those that still do not are logged
    by their numbers, and stand on the page until they do."""
    for row in disagreements():
        if row.charge_public_id is not None:
            api.follow_payment(dossier_id=row.dossier_id, actor=SYSTEM, now=now)
    left = [row.dossier_id for row in disagreements()]
    if left:
        log.warning("dossiers disagree with their payments", dossiers=left)


@job(name="dossiers.watch_due_times")
def watch_due_times() -> None:
    """Reminders and escalation over all open dossiers."""
    api.watch(actor=SYSTEM, now=now())


@every(seconds=900, name="dossiers.watch")
def look_at_due_times(*, now: datetime) -> None:
    """Ask for a run, tell of instructions that were not answered, and early on working days send the digests."""
    enqueue(watch_due_times)
    api.remind_of_instructions(actor=SYSTEM, now=now)
    api.send_digest(actor=SYSTEM, now=now)
