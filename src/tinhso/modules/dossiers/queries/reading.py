"""One dossier, whole, in a bounded number of queries: what the pages of citizens and officers are made from."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef

from tinhso.kernel.access.api import Actor, Decision, allow
from tinhso.modules.archive import api as archive
from tinhso.modules.directory import api as directory
from tinhso.modules.dossiers.models import DeadlineChange, Dossier, Inheritance, Paper, Party, Printout, Result, Task
from tinhso.modules.dossiers.queries.inheriting import Inherited, inherited
from tinhso.modules.dossiers.queries.parts import HandOverInfo, PartInfo, parts_of
from tinhso.modules.dossiers.rules import (
    Channel,
    DeliveryState,
    MoneyState,
    PaperKind,
    State,
    SyncState,
    TaskKind,
    Timeliness,
    timeliness,
)


class DossierNotFound(LookupError):
    """No such dossier."""


@dataclass(frozen=True)
class Access:
    """What access is decided on: the agency, the office, every organisation that was given work; and the owner."""

    access_organisation_ids: frozenset[int]
    access_owner_id: int | None
    access_procedure: str = ""


@dataclass(frozen=True)
class PartyInfo:
    role: str
    role_title: str
    full_name: str
    identity_number: str
    phone: str
    email: str
    address: str
    acting_as: str
    authority: str
    place: str = ""


@dataclass(frozen=True)
class DigitisedInfo:
    """What a clerk attested of a paper's digital copy. `in_store`: kept with its owner."""

    page_count: int
    compared_with: str
    by_name: str
    at: datetime
    in_store: bool


@dataclass(frozen=True)
class PaperInfo:
    id: int
    key: str
    name: str
    kind: PaperKind
    quantity: int
    file_id: int | None
    filename: str
    media_type: str
    size: int
    superseded_at: datetime | None = None
    reuse: archive.UseInfo | None = None
    digitised: DigitisedInfo | None = None


@dataclass(frozen=True)
class TaskInfo:
    id: int
    kind: TaskKind
    key: str
    title: str
    role: str
    organisation_id: int
    organisation_name: str
    unit_name: str
    holder_id: int | None
    holder_name: str
    is_rework: bool
    created_at: datetime
    due_at: datetime | None
    finished_at: datetime | None
    finished_by_name: str
    action: str
    action_title: str
    comment: str
    awaits_receipt: bool = False

    @property
    def is_open(self) -> bool:
        return self.finished_at is None

    @property
    def timeliness(self) -> Timeliness | None:
        """How a finished task stood against its inner due time; None while open or without one."""
        if self.finished_at is None or self.due_at is None:
            return None
        return timeliness(self.finished_at, self.due_at)


@dataclass(frozen=True)
class DeadlineChangeInfo:
    changed_at: datetime
    changed_by_name: str
    ground: str
    due_before: datetime | None
    due_after: datetime | None
    explanation: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True)
class ResultInfo:
    name: str
    notation: str
    issued_at: datetime
    signer_name: str
    signer_title: str
    verify_token: str
    file_id: int | None
    received_by_name: str
    return_note: str
    is_current: bool = True
    correction_reason: str = ""
    organisation_id: int | None = None
    issuer_name: str = ""  # "": the dossier's agency


@dataclass(frozen=True)
class DossierView:
    """A dossier as a page shows it. Times are aware; money in đồng."""

    id: int
    public_id: UUID
    code: str
    version_id: int
    procedure_code: str
    procedure_name: str
    plain_name: str
    agency_id: int
    agency_name: str
    office_id: int
    office_name: str
    owner_id: int | None
    channel: Channel
    state: State
    money_state: MoneyState
    delivery_state: DeliveryState
    sync_state: SyncState
    applicant_name: str
    form_data: Mapping[str, Any] = field(repr=False)
    fee_total: int | None
    result_delivery: str
    submitted_at: datetime
    accepted_at: datetime | None
    term: Mapping[str, Any] | None
    original_due_at: datetime | None
    due_at: datetime | None
    completed_at: datetime | None
    returned_at: datetime | None
    closed_reason: str
    parties: tuple[PartyInfo, ...] = field(repr=False)
    papers: tuple[PaperInfo, ...] = field(repr=False)
    tasks: tuple[TaskInfo, ...]
    deadline_changes: tuple[DeadlineChangeInfo, ...]
    result: ResultInfo | None
    printed_forms: Mapping[str, int]  # form → file id
    access: Access
    supplement_count: int = 0
    # The page of payments about what is or was to be paid; None where nothing ever was.
    charge_public_id: UUID | None = None
    # What a supplement or a correction replaced: kept and shown apart.
    former_papers: tuple[PaperInfo, ...] = field(default=(), repr=False)
    former_results: tuple[ResultInfo, ...] = ()
    # A dossier across agencies: the part of each, and how it went from one to the next.
    parts: tuple[PartInfo, ...] = ()
    hand_overs: tuple[HandOverInfo, ...] = ()
    # Under which agencies it stood before reorganisations.
    inherited: tuple[Inherited, ...] = ()

    @property
    def ref(self) -> str:
        return f"dossier:{self.id}"

    @property
    def open_tasks(self) -> tuple[TaskInfo, ...]:
        return tuple(task for task in self.tasks if task.is_open)

    @property
    def pending_hand_over(self) -> HandOverInfo | None:
        return next((one for one in self.hand_overs if one.is_pending), None)

    @property
    def timeliness(self) -> Timeliness | None:
        return None if self.completed_at is None else timeliness(self.completed_at, self.due_at)

    def party(self, role: str) -> PartyInfo | None:
        return next((party for party in self.parties if party.role == role), None)


def dossier_view(public_id: UUID) -> DossierView:
    """The dossier with all its parts, in seven queries (three more across agencies, two more when its agency ended, one
    more when it was inherited). The caller asks `allow(actor, …, view.access)` before showing it. Raises
    `DossierNotFound`."""
    rows = Dossier.objects.select_related("version__procedure", "agency", "office", "charge").filter(
        public_id=public_id
    )
    row = rows.annotate(is_inherited=Exists(Inheritance.objects.filter(dossier=OuterRef("pk")))).first()
    if row is None:
        raise DossierNotFound
    tasks = tuple(
        _task(t) for t in Task.objects.select_related("organisation", "holder").filter(dossier=row).order_by("pk")
    )
    results = list(Result.objects.filter(dossier=row).select_related("organisation").order_by("pk"))
    result = next((one for one in results if one.is_current), None)
    papers = _papers(row.pk)
    procedure = row.version.procedure
    parts, hand_overs = parts_of(row.pk) if row.is_joint else ((), ())
    return DossierView(
        id=row.pk,
        public_id=row.public_id,
        code=row.code,
        version_id=row.version_id,
        procedure_code=procedure.code,
        procedure_name=procedure.name,
        plain_name=procedure.plain_name or procedure.name,
        agency_id=row.agency_id,
        agency_name=row.agency.name,
        office_id=row.office_id,
        office_name=row.office.name,
        owner_id=row.owner_id,
        channel=Channel(row.channel),
        state=State(row.state),
        money_state=MoneyState(row.money_state),
        delivery_state=DeliveryState(row.delivery_state),
        sync_state=SyncState(row.sync_state),
        applicant_name=row.applicant_name,
        form_data=row.form_data,
        fee_total=row.fee_total,
        result_delivery=row.result_delivery,
        submitted_at=row.submitted_at,
        accepted_at=row.accepted_at,
        term=row.term,
        original_due_at=row.original_due_at,
        due_at=row.due_at,
        completed_at=row.completed_at,
        returned_at=row.returned_at,
        closed_reason=row.closed_reason,
        parties=tuple(_party(p) for p in Party.objects.filter(dossier=row).order_by("pk")),
        papers=tuple(paper for paper in papers if paper.superseded_at is None),
        tasks=tasks,
        deadline_changes=tuple(
            DeadlineChangeInfo(
                c.changed_at, c.changed_by_name, c.ground, c.due_before, c.due_after, tuple(c.explanation)
            )
            for c in DeadlineChange.objects.filter(dossier=row).order_by("pk")
        ),
        result=None if result is None else _result(result),
        printed_forms=dict(Printout.objects.filter(dossier=row).order_by("pk").values_list("form", "file_id")),
        access=Access(_keepers(row, tasks), row.owner_id, row.version.procedure.code),
        supplement_count=row.supplement_count,
        charge_public_id=None if row.charge is None else row.charge.public_id,
        former_papers=tuple(paper for paper in papers if paper.superseded_at is not None),
        former_results=tuple(_result(one) for one in results if not one.is_current),
        parts=parts,
        hand_overs=hand_overs,
        inherited=inherited(row.pk) if row.is_inherited else (),
    )


def _keepers(row: Dossier, tasks: Sequence[TaskInfo]) -> frozenset[int]:
    """Whoever works or worked on it; of an agency that ended, those who carry on its work keep the records."""
    places = frozenset({row.agency_id, row.office_id, *(task.organisation_id for task in tasks)})
    ended = {one.pk for one in (row.agency, row.office) if one.valid_until is not None}
    return places | directory.heirs_of(ended)


def _task(row: Task) -> TaskInfo:
    return TaskInfo(
        id=row.pk,
        kind=TaskKind(row.kind),
        key=row.key,
        title=row.title,
        role=row.role,
        organisation_id=row.organisation_id,
        organisation_name=row.organisation.name,
        unit_name=row.unit_name,
        holder_id=row.holder_id,
        holder_name="" if row.holder is None else row.holder.full_name,
        is_rework=row.is_rework,
        created_at=row.created_at,
        due_at=row.due_at,
        finished_at=row.finished_at,
        finished_by_name=row.finished_by_name,
        action=row.action,
        action_title=row.action_title,
        comment=row.comment,
        awaits_receipt=row.awaits_receipt,
    )


def _party(row: Party) -> PartyInfo:
    return PartyInfo(
        role=row.role,
        role_title=Party.Role(row.role).label,
        full_name=row.full_name,
        identity_number=row.identity_number,
        phone=row.phone,
        email=row.email,
        address=row.address,
        acting_as=row.acting_as,
        authority=row.authority,
        place=row.place,
    )


def _papers(dossier_id: int) -> list[PaperInfo]:
    """With where each came from. One query."""
    rows = Paper.objects.filter(dossier_id=dossier_id).order_by("pk")
    return [
        _paper(row) for row in rows.select_related("file__blob", "digitisation", "reuse__agency", "reuse__document")
    ]


def _paper(row: Paper) -> PaperInfo:
    file, done = row.file, row.digitisation
    return PaperInfo(
        id=row.pk,
        key=row.key,
        name=row.name,
        kind=PaperKind(row.kind),
        quantity=row.quantity,
        file_id=row.file_id,
        filename="" if file is None else file.filename,
        media_type="" if file is None else file.blob.media_type,
        size=0 if file is None else file.blob.size,
        superseded_at=row.superseded_at,
        reuse=None if row.reuse is None else archive.use_info(row.reuse),
        digitised=None
        if done is None
        else DigitisedInfo(
            done.page_count,
            done.compared_with,
            done.digitised_by_name,
            done.digitised_at,
            done.document_id is not None,
        ),
    )


def _result(row: Result) -> ResultInfo:
    return ResultInfo(
        name=row.name,
        notation=row.notation,
        issued_at=row.issued_at,
        signer_name=row.signer_name,
        signer_title=row.signer_title,
        verify_token=row.verify_token,
        file_id=row.file_id,
        received_by_name=row.received_by_name,
        return_note=row.return_note,
        is_current=row.is_current,
        correction_reason=row.correction_reason,
        organisation_id=row.organisation_id,
        issuer_name="" if row.organisation is None else row.organisation.name,
    )


def may_see(actor: Actor, view: DossierView, *, opened_by_pin: Collection[str] = ()) -> Decision:
    """May `actor` see this dossier: its owner, an officer whose role covers an organisation that works on it, or
    whoever opened it by code and PIN in this session."""
    if str(view.public_id) in opened_by_pin:
        return allow(actor, "dossiers.track")
    if actor.kind == "citizen":
        return allow(actor, "dossiers.own", view.access)
    return allow(actor, "dossiers.view", view.access)


def result_by_token(token: str) -> tuple[DossierView, ResultInfo] | None:
    """The dossier and result behind a verification code, a replaced one too; None when there is none."""
    public_id = Result.objects.filter(verify_token=token).values_list("dossier__public_id", flat=True).first()
    if public_id is None:
        return None
    view = dossier_view(public_id)
    results = (*view.former_results, *(() if view.result is None else (view.result,)))
    return next(((view, result) for result in results if result.verify_token == token), None)


def any_dossier() -> bool:
    """Is there any dossier at all? For set-up only."""
    return Dossier.objects.exists()


def is_task_of(public_id: UUID, task_id: int) -> bool:
    """Does the task belong to the dossier of this address?"""
    return Task.objects.filter(pk=task_id, dossier__public_id=public_id).exists()
