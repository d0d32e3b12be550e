"""What was done with a dossier beside its route: requests to the person, apologies, its end without a result."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tinhso.modules.dossiers.models import (
    Apology,
    Closing,
    PaymentRequest,
    SupplementFile,
    SupplementItem,
    SupplementRequest,
)
from tinhso.modules.dossiers.queries.reading import DossierView
from tinhso.modules.dossiers.rules import CLOSING_TITLES, ItemKind, State


@dataclass(frozen=True)
class ItemInfo:
    position: int
    kind: ItemKind
    target: str
    label: str
    note: str
    answer: str


@dataclass(frozen=True)
class SupplementInfo:
    """A request for supplement (form 02). `is_open`: it waits for an answer."""

    id: int
    number: int
    reason: str
    requested_at: datetime
    requested_by_name: str
    answer_by_at: datetime
    answered_at: datetime | None
    answered_by_name: str
    closed_at: datetime | None
    items: tuple[ItemInfo, ...]

    @property
    def is_open(self) -> bool:
        return self.answered_at is None and self.closed_at is None

    @property
    def answered_late(self) -> bool:
        return self.answered_at is not None and self.answered_at > self.answer_by_at


@dataclass(frozen=True)
class ApologyInfo:
    id: int
    number: int
    reason: str
    due_before: datetime
    new_due_at: datetime
    made_at: datetime
    signer_name: str


@dataclass(frozen=True)
class PaymentInfo:
    amount: int
    reason: str
    requested_at: datetime
    requested_by_name: str
    settled_at: datetime | None
    settlement: str


@dataclass(frozen=True)
class ClosingInfo:
    title: str
    number: int
    ground: str
    reason: str
    closed_at: datetime
    closed_by_name: str
    papers_returned: tuple[str, ...]


@dataclass(frozen=True)
class ActionHistory:
    """The newest first."""

    supplements: tuple[SupplementInfo, ...] = ()
    payments: tuple[PaymentInfo, ...] = ()
    apologies: tuple[ApologyInfo, ...] = ()
    closing: ClosingInfo | None = None

    @property
    def open_supplement(self) -> SupplementInfo | None:
        return next((one for one in self.supplements if one.is_open), None)

    @property
    def open_payment(self) -> PaymentInfo | None:
        return next((one for one in self.payments if one.settled_at is None), None)

    def __bool__(self) -> bool:
        return bool(self.supplements or self.payments or self.apologies or self.closing)


def history_of(view: DossierView) -> ActionHistory:
    """What there is to tell of a dossier; a query only for what the dossier itself says may be there (at most five)."""
    changed = len(view.deadline_changes) > 1
    closed = view.state in (State.WITHDRAWN, State.STOPPED)
    return ActionHistory(
        supplements=_supplements(view.id) if view.supplement_count else (),
        payments=_payments(view.id) if view.state == State.PAYMENT_REQUESTED or closed else (),
        apologies=_apologies(view.id) if changed else (),
        closing=_closing(view.id) if closed else None,
    )


def _supplements(dossier_id: int) -> tuple[SupplementInfo, ...]:
    items: dict[int, list[ItemInfo]] = {}
    for row in SupplementItem.objects.filter(request__dossier_id=dossier_id).order_by("position"):
        items.setdefault(row.request_id, []).append(
            ItemInfo(row.position, ItemKind(row.kind), row.target, row.label, row.note, row.answer)
        )
    return tuple(
        SupplementInfo(
            id=row.pk,
            number=row.number,
            reason=row.reason,
            requested_at=row.requested_at,
            requested_by_name=row.requested_by_name,
            answer_by_at=row.answer_by_at,
            answered_at=row.answered_at,
            answered_by_name=row.answered_by_name,
            closed_at=row.closed_at,
            items=tuple(items.get(row.pk, ())),
        )
        for row in SupplementRequest.objects.filter(dossier_id=dossier_id).order_by("-pk")
    )


def _payments(dossier_id: int) -> tuple[PaymentInfo, ...]:
    return tuple(
        PaymentInfo(row.amount, row.reason, row.requested_at, row.requested_by_name, row.settled_at, row.settlement)
        for row in PaymentRequest.objects.filter(dossier_id=dossier_id).order_by("-pk")
    )


def _apologies(dossier_id: int) -> tuple[ApologyInfo, ...]:
    return tuple(
        ApologyInfo(row.pk, row.number, row.reason, row.due_before, row.new_due_at, row.made_at, row.signer_name)
        for row in Apology.objects.filter(dossier_id=dossier_id).order_by("-pk")
    )


def _closing(dossier_id: int) -> ClosingInfo | None:
    row = Closing.objects.filter(dossier_id=dossier_id).first()
    if row is None:
        return None
    return ClosingInfo(
        title=CLOSING_TITLES[row.kind],
        number=row.number,
        ground=row.ground,
        reason=row.reason,
        closed_at=row.closed_at,
        closed_by_name=row.closed_by_name,
        papers_returned=tuple(row.papers_returned),
    )


@dataclass(frozen=True)
class AnswerFile:
    """A file of an answer not sent yet. `id`: the row's number."""

    id: int
    file_id: int
    filename: str
    size: int
    # Taken from the store: what it is called there.
    document_name: str = ""


def answer_files(request_id: int) -> dict[str, list[AnswerFile]]:
    """Key of a paper (or "item-2") → the files attached to the answer so far. One query."""
    found: dict[str, list[AnswerFile]] = {}
    rows = SupplementFile.objects.filter(request_id=request_id).select_related("file__blob", "document").order_by("pk")
    for row in rows:
        found.setdefault(row.paper_key, []).append(
            AnswerFile(
                row.pk, row.file_id, row.file.filename, row.file.blob.size, row.document.name if row.document else ""
            )
        )
    return found
