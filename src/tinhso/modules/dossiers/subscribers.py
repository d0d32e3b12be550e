"""What dossiers do when something happened: papers are printed right after, so that they are there when asked for.

Printing is slow, so the delivery only queues it.
"""

from __future__ import annotations

from tinhso.kernel.events.api import Context, subscribe
from tinhso.kernel.jobs.api import enqueue
from tinhso.modules.dossiers import jobs
from tinhso.modules.dossiers.events import DossierAccepted, DossierCompleted, DossierRefused


def on_accepted(event: DossierAccepted, context: Context) -> None:
    enqueue(jobs.print_receipt, dossier_id=event.dossier_id)


def on_refused(event: DossierRefused, context: Context) -> None:
    enqueue(jobs.print_refusal, dossier_id=event.dossier_id)


def on_completed(event: DossierCompleted, context: Context) -> None:
    enqueue(jobs.print_result, dossier_id=event.dossier_id)


def subscribe_all() -> None:
    subscribe(DossierAccepted, name="dossiers.print_receipt")(on_accepted)
    subscribe(DossierRefused, name="dossiers.print_refusal")(on_refused)
    subscribe(DossierCompleted, name="dossiers.print_result")(on_completed)
