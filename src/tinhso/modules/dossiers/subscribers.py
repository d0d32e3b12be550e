"""What dossiers do when something happened: papers are printed right after, so that they are there when asked for.

Printing is slow, so the delivery only queues it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tinhso.kernel.access.api import SYSTEM
from tinhso.kernel.events.api import Context, Event, subscribe
from tinhso.kernel.jobs.api import enqueue
from tinhso.modules.directory.events import StaffLeft
from tinhso.modules.dossiers import api, jobs
from tinhso.modules.dossiers.events import (
    DeadlineExtended,
    DossierAccepted,
    DossierCompleted,
    DossierRefused,
    DossierStopped,
    DossierSubmitted,
    DossierWithdrawn,
    InstructionAnswered,
    InstructionGiven,
    PaperDigitised,
    PaymentRequested,
    PaymentSettled,
    ResultCorrected,
    ResultReturned,
    StepFinished,
    SupplementAnswered,
    SupplementRequested,
    TaskAssigned,
    TaskHandedOver,
)
from tinhso.modules.dossiers.services import instructing, portal, posting
from tinhso.modules.dossiers.services.telling import tell_assigned, tell_office, tell_person
from tinhso.modules.notifications import api as notifications
from tinhso.modules.payments.events import ChargeSettled, PaymentRefunded
from tinhso.modules.post.events import ConsignmentDelivered, ConsignmentReturned


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


def on_charge_changed(event: ChargeSettled | PaymentRefunded, context: Context) -> None:
    kind, _, number = event.subject_ref.partition(":")
    if kind == "dossier":
        api.follow_payment(dossier_id=int(number), actor=SYSTEM, now=context.now)


def on_result(event: DossierCompleted | ResultCorrected, context: Context) -> None:
    enqueue(jobs.keep_result, dossier_id=event.dossier_id)


def on_papers(event: DossierAccepted | PaperDigitised, context: Context) -> None:
    api.keep_digitised(dossier_id=event.dossier_id, actor=SYSTEM, now=context.now)


def on_staff_left(event: StaffLeft, context: Context) -> None:
    api.hand_over_tasks(
        user_id=event.user_id,
        organisation_id=event.organisation_id,
        successor_id=event.successor_id,
        reason=event.ground,
        actor=SYSTEM,
        now=context.now,
    )


def _tells(kind: notifications.Kind) -> Callable[[Any, Context], None]:
    """A handler that tells the person of an event of this kind."""

    def tell(event: Any, context: Context) -> None:
        source = getattr(event, "request_id", 0) or getattr(event, "apology_id", 0)
        tell_person(
            kind=kind,
            event_id=context.event_id,
            dossier_id=event.dossier_id,
            source_id=source,
            actor=SYSTEM,
            now=context.now,
        )

    return tell


def on_assigned(event: TaskAssigned | TaskHandedOver, context: Context) -> None:
    tell_assigned(event_id=context.event_id, task_id=event.task_id, actor=SYSTEM, now=context.now)


def on_new(event: DossierSubmitted, context: Context) -> None:
    """What a clerk takes in at the counter is in their hands already."""
    if event.channel != "counter":
        tell_office(dossier_id=event.dossier_id, waiting="Chờ tiếp nhận", actor=SYSTEM, now=context.now)


def on_ready(event: DossierCompleted, context: Context) -> None:
    tell_office(dossier_id=event.dossier_id, waiting="Có kết quả chờ trả", actor=SYSTEM, now=context.now)


def on_instructed(event: InstructionGiven, context: Context) -> None:
    instructing.tell_instructed(instruction_id=event.instruction_id, actor=SYSTEM, now=context.now)


def on_instruction_answered(event: InstructionAnswered, context: Context) -> None:
    instructing.tell_answered(instruction_id=event.instruction_id, actor=SYSTEM, now=context.now)


TOLD: tuple[tuple[type[Event], notifications.Kind], ...] = (
    (DossierSubmitted, notifications.Kind.RECEIVED),
    (DossierAccepted, notifications.Kind.ACCEPTED),
    (DossierRefused, notifications.Kind.REFUSED),
    (SupplementRequested, notifications.Kind.SUPPLEMENT),
    (PaymentRequested, notifications.Kind.PAYMENT),
    (DeadlineExtended, notifications.Kind.APOLOGY),
    (DossierStopped, notifications.Kind.STOPPED),
    (DossierWithdrawn, notifications.Kind.WITHDRAWN),
    (DossierCompleted, notifications.Kind.RESULT_READY),
    (ResultCorrected, notifications.Kind.RESULT_READY),
    (ResultReturned, notifications.Kind.RETURNED),
)


def on_post_delivered(event: ConsignmentDelivered, context: Context) -> None:
    posting.delivered(reference=event.reference, consignment_id=event.consignment_id, now=context.now)


def on_post_returned(event: ConsignmentReturned, context: Context) -> None:
    posting.came_back(reference=event.reference, now=context.now)


def on_state_changed(event: Any, context: Context) -> None:
    portal.queue_for_portal(dossier_id=event.dossier_id, actor=SYSTEM, now=context.now)


STATE_CHANGES: tuple[type[Event], ...] = (
    DossierAccepted, DossierRefused, StepFinished, DossierCompleted, ResultReturned, SupplementRequested,
    SupplementAnswered, PaymentRequested, PaymentSettled, DossierWithdrawn, DossierStopped,
)  # fmt: skip


def subscribe_all() -> None:
    for change in STATE_CHANGES:
        subscribe(change, name="dossiers.queue_for_portal")(on_state_changed)
    for event, kind in TOLD:
        subscribe(event, name="dossiers.tell_person")(_tells(kind))
    subscribe(TaskAssigned, name="dossiers.tell_assigned")(on_assigned)
    subscribe(TaskHandedOver, name="dossiers.tell_assigned")(on_assigned)
    subscribe(DossierSubmitted, name="dossiers.tell_office_new")(on_new)
    subscribe(DossierCompleted, name="dossiers.tell_office_ready")(on_ready)
    subscribe(InstructionGiven, name="dossiers.tell_instructed")(on_instructed)
    subscribe(InstructionAnswered, name="dossiers.tell_instruction_answered")(on_instruction_answered)
    subscribe(ConsignmentDelivered, name="dossiers.post_delivered")(on_post_delivered)
    subscribe(ConsignmentReturned, name="dossiers.post_returned")(on_post_returned)
    subscribe(StaffLeft, name="dossiers.hand_over_tasks")(on_staff_left)
    subscribe(ChargeSettled, name="dossiers.follow_payment")(on_charge_changed)
    subscribe(PaymentRefunded, name="dossiers.follow_refund")(on_charge_changed)
    subscribe(DossierAccepted, name="dossiers.print_receipt")(on_accepted)
    subscribe(DossierRefused, name="dossiers.print_refusal")(on_refused)
    subscribe(DossierCompleted, name="dossiers.print_result")(on_completed)
    subscribe(SupplementRequested, name="dossiers.print_supplement")(on_supplement_requested)
    subscribe(DeadlineExtended, name="dossiers.print_apology")(on_deadline_extended)
    subscribe(DossierStopped, name="dossiers.print_stop")(on_stopped)
    subscribe(DossierWithdrawn, name="dossiers.print_withdrawal")(on_withdrawn)
    subscribe(ResultCorrected, name="dossiers.print_correction")(on_corrected)
    subscribe(DossierCompleted, name="dossiers.store_result")(on_result)
    subscribe(ResultCorrected, name="dossiers.store_correction")(on_result)
    subscribe(DossierAccepted, name="dossiers.store_accepted_papers")(on_papers)
    subscribe(PaperDigitised, name="dossiers.store_digitised_paper")(on_papers)
