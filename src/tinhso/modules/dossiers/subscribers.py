"""What dossiers do when something happened: papers are printed right after, so that they are there when asked for.

Printing is slow, so the delivery only queues it.
"""

from __future__ import annotations

from tinhso.kernel.access.api import SYSTEM
from tinhso.kernel.events.api import Context, subscribe
from tinhso.kernel.jobs.api import enqueue
from tinhso.modules.directory.events import StaffLeft
from tinhso.modules.dossiers import api, jobs
from tinhso.modules.dossiers.events import (
    DeadlineExtended,
    DossierAccepted,
    DossierCompleted,
    DossierRefused,
    DossierStopped,
    DossierWithdrawn,
    ResultCorrected,
    SupplementRequested,
)


def on_accepted(event: DossierAccepted, context: Context) -> None:
    enqueue(jobs.print_receipt, dossier_id=event.dossier_id)


def on_refused(event: DossierRefused, context: Context) -> None:
    enqueue(jobs.print_refusal, dossier_id=event.dossier_id)


def on_completed(event: DossierCompleted, context: Context) -> None:
    enqueue(jobs.print_result, dossier_id=event.dossier_id)


def on_supplement_requested(event: SupplementRequested, context: Context) -> None:
    enqueue(jobs.print_supplement, request_id=event.request_id)


def on_deadline_extended(event: DeadlineExtended, context: Context) -> None:
    enqueue(jobs.print_apology, apology_id=event.apology_id)


def on_stopped(event: DossierStopped, context: Context) -> None:
    enqueue(jobs.print_stop, dossier_id=event.dossier_id)


def on_withdrawn(event: DossierWithdrawn, context: Context) -> None:
    enqueue(jobs.print_stop, dossier_id=event.dossier_id)


def on_corrected(event: ResultCorrected, context: Context) -> None:
    enqueue(jobs.print_result, dossier_id=event.dossier_id)


def on_staff_left(event: StaffLeft, context: Context) -> None:
    api.hand_over_tasks(
        user_id=event.user_id,
        organisation_id=event.organisation_id,
        successor_id=event.successor_id,
        reason=event.ground,
        actor=SYSTEM,
        now=context.now,
    )


def subscribe_all() -> None:
    subscribe(StaffLeft, name="dossiers.hand_over_tasks")(on_staff_left)
    subscribe(DossierAccepted, name="dossiers.print_receipt")(on_accepted)
    subscribe(DossierRefused, name="dossiers.print_refusal")(on_refused)
    subscribe(DossierCompleted, name="dossiers.print_result")(on_completed)
    subscribe(SupplementRequested, name="dossiers.print_supplement")(on_supplement_requested)
    subscribe(DeadlineExtended, name="dossiers.print_apology")(on_deadline_extended)
    subscribe(DossierStopped, name="dossiers.print_stop")(on_stopped)
    subscribe(DossierWithdrawn, name="dossiers.print_withdrawal")(on_withdrawn)
    subscribe(ResultCorrected, name="dossiers.print_correction")(on_corrected)
