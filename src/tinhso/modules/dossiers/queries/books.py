"""What the control sheet (form 06) and the follow-up book (form 07) are made from: the trail as it is, in order."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import QuerySet

from tinhso.kernel.clock import VIETNAM
from tinhso.modules.dossiers.models import Dossier, Party, PaymentRequest, SupplementRequest
from tinhso.modules.dossiers.queries.reading import DossierView, TaskInfo
from tinhso.modules.dossiers.queries.work import day_bounds
from tinhso.modules.dossiers.rules import DeliveryState, TaskKind, Timeliness, timeliness

PERSON = "Người nộp hồ sơ"


@dataclass(frozen=True)
class HandedOver:
    """One hand-over: from where and whom, to where and whom, when, how the taker stood against the time, and what
    came of it. `outcome` None: still open, or work without a time of its own."""

    from_place: str
    from_name: str
    to_place: str
    to_name: str
    at: datetime
    outcome: Timeliness | None
    note: str


def hand_overs(view: DossierView) -> list[HandedOver]:
    """Every hand-over of a dossier, the first first: each task that was opened, each request to the person and each
    answer. Two queries."""
    found = [_of_task(view, number) for number in range(len(view.tasks))]
    # What the person was asked, in the hands of whoever had the work then.
    for request in SupplementRequest.objects.filter(dossier_id=view.id).order_by("pk"):
        place = _place_at(view, request.requested_at)
        until = f"hạn {request.answer_by_at.astimezone(VIETNAM):%d/%m/%Y}"
        found.append(
            HandedOver(
                place, request.requested_by_name, PERSON, view.applicant_name, request.requested_at, None,
                f"Yêu cầu bổ sung, mẫu 02 số {request.number:02d}; {until}",
            )
        )  # fmt: skip
        if request.answered_at is not None:
            outcome = Timeliness.LATE if request.answered_at > request.answer_by_at else Timeliness.ON_TIME
            found.append(
                HandedOver(
                    PERSON, request.answered_by_name, place, "", request.answered_at, outcome,
                    f"Đã bổ sung theo mẫu 02 số {request.number:02d}",
                )
            )  # fmt: skip
    for payment in PaymentRequest.objects.filter(dossier_id=view.id).order_by("pk"):
        place = _place_at(view, payment.requested_at)
        note = f"Yêu cầu nộp {payment.amount:,} đồng".replace(",", ".")
        found.append(
            HandedOver(place, payment.requested_by_name, PERSON, view.applicant_name, payment.requested_at, None, note)
        )
        if payment.settled_at is not None:
            found.append(
                HandedOver(PERSON, view.applicant_name, place, "", payment.settled_at, None, payment.settlement)
            )
    found += [
        HandedOver(
            step.agency_name, "", step.successor_name, "", step.inherited_at, None,
            f"Sắp xếp đơn vị hành chính, hiệu lực {step.effective_date:%d/%m/%Y}",
        )
        for step in view.inherited
    ]  # fmt: skip
    return sorted(found, key=lambda one: one.at)


def _of_task(view: DossierView, number: int) -> HandedOver:
    task = view.tasks[number]
    # The same instant: one use case finished the one and opened the other.
    opener = next((t for t in reversed(view.tasks[:number]) if t.finished_at == task.created_at), None)
    note = task.action_title
    if task.is_rework:
        note = f"Làm lại. {note}".strip()
    if task.comment:
        note = f"{note}: {task.comment[:200]}" if note else task.comment[:200]
    return HandedOver(
        from_place=PERSON if opener is None else place_of(opener),
        from_name=view.applicant_name if opener is None else opener.finished_by_name,
        to_place=place_of(task),
        to_name=task.finished_by_name or task.holder_name,
        at=task.created_at,
        outcome=_outcome(view, task),
        note=note,
    )


def _outcome(view: DossierView, task: TaskInfo) -> Timeliness | None:
    if task.finished_at is None or task.kind == TaskKind.INTAKE:
        return None
    if task.kind == TaskKind.RETURN:
        # Of the return the law knows one time: the dossier's own.
        return None if view.completed_at is None else timeliness(view.completed_at, view.due_at)
    return task.timeliness


def place_of(task: TaskInfo) -> str:
    return f"{task.unit_name}, {task.organisation_name}" if task.unit_name else task.organisation_name


def _place_at(view: DossierView, at: datetime) -> str:
    """Where the work was at an instant."""
    held = [t for t in view.tasks if t.created_at <= at and (t.finished_at is None or t.finished_at >= at)]
    return place_of(held[-1]) if held else view.office_name


def partners_of(view: DossierView) -> tuple[str, ...]:
    """Other organisations that had work on the dossier."""
    own = {view.agency_id, view.office_id}
    return tuple(dict.fromkeys(t.organisation_name for t in view.tasks if t.organisation_id not in own))


@dataclass(frozen=True)
class BookRow:
    """A line of the book; `return_method` empty until the result is returned."""

    code: str
    procedure_name: str
    applicant_name: str
    contact: str
    agency_name: str
    accepted_at: datetime
    due_at: datetime | None
    returned_at: datetime | None
    return_method: str


RETURN_METHODS = {
    DeliveryState.HANDED_OVER: "Trực tiếp",
    DeliveryState.SENT_ONLINE: "Bản điện tử",
    DeliveryState.BY_POST: "Bưu chính công ích",
}


def book_rows(office_id: int, *, first: date, last: date, field_ids: Collection[int] = (), limit: int) -> list[BookRow]:
    """Dossiers that an office received from the `first` to the `last` day, in order; at most `limit`. Two queries."""
    rows: QuerySet[Dossier] = Dossier.objects.filter(
        office_id=office_id, accepted_at__gte=day_bounds(first)[0], accepted_at__lt=day_bounds(last)[1]
    )
    if field_ids:
        rows = rows.filter(version__procedure__field_id__in=sorted(field_ids))
    found = list(
        rows.select_related("version__procedure", "agency")
        .only(
            "code", "applicant_name", "accepted_at", "due_at", "returned_at", "delivery_state",
            "version__procedure__name", "agency__name",
        )
        .order_by("accepted_at", "pk")[:limit]
    )  # fmt: skip
    contacts = {
        party.dossier_id: " / ".join(part for part in (party.address, party.phone) if part)
        for party in Party.objects.filter(dossier_id__in=[row.pk for row in found], role=Party.Role.APPLICANT).only(
            "dossier_id", "address", "phone"
        )
    }
    return [
        BookRow(
            code=row.code,
            procedure_name=row.version.procedure.name,
            applicant_name=row.applicant_name,
            contact=contacts.get(row.pk, ""),
            agency_name=row.agency.name,
            accepted_at=row.accepted_at,
            due_at=row.due_at,
            returned_at=row.returned_at,
            return_method=RETURN_METHODS.get(DeliveryState(row.delivery_state), "") if row.returned_at else "",
        )
        for row in found
        if row.accepted_at is not None
    ]


def offices_among(organisation_ids: Collection[int]) -> list[int]:
    """Which of these organisations receive dossiers. One query."""
    rows = Dossier.objects.filter(office_id__in=sorted(organisation_ids), accepted_at__isnull=False)
    return list(rows.order_by().values_list("office_id", flat=True).distinct())


def fields_of_office(office_id: int) -> list[tuple[int, str]]:
    """(id, name) of the fields of the dossiers that an office has received. One query."""
    rows = Dossier.objects.filter(
        office_id=office_id, accepted_at__isnull=False, version__procedure__field__isnull=False
    )
    found = rows.order_by().values_list("version__procedure__field_id", "version__procedure__field__name").distinct()
    return sorted(((int(number), str(name)) for number, name in found), key=lambda pair: pair[1])
