"""Slow work of dossiers: printing papers. Safe to repeat: each paper is made once."""

from __future__ import annotations

from tinhso.kernel.access.api import SYSTEM
from tinhso.kernel.clock import now
from tinhso.kernel.jobs.api import job
from tinhso.modules.dossiers import api


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
