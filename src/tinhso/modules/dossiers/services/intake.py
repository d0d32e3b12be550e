"""At the one-stop counter: accept, refuse, and take in a dossier for a person who has come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from tinhso.kernel.access.api import Actor, require
from tinhso.kernel.audit.api import record
from tinhso.kernel.calendar.api import DeadlineRule, compute_due_for
from tinhso.kernel.events.api import publish
from tinhso.modules.archive import api as archive
from tinhso.modules.dossiers.events import DossierAccepted, DossierRefused
from tinhso.modules.dossiers.models import DeadlineChange, Dossier, Draft, Paper, Task
from tinhso.modules.dossiers.rules import PaperKind, State, may_become
from tinhso.modules.dossiers.services import parts
from tinhso.modules.dossiers.services.drafts import find
from tinhso.modules.dossiers.services.money import no_longer_owed
from tinhso.modules.dossiers.services.reusing import offers_for, prove_use
from tinhso.modules.dossiers.services.routing import COMMENT_MAX, done_already, finish_task, open_step
from tinhso.modules.dossiers.services.submitting import (
    CannotSubmit,
    Problem,
    ReceivedPaper,
    Submitted,
    applicant_context,
    create_dossier,
    current_pin,
    files_asked,
    papers_of,
    problems_of,
)
from tinhso.modules.post import api as post
from tinhso.modules.procedures import api as procedures

PAPER_QUANTITY_MAX = 99


class CannotAccept(ValueError):
    """The dossier is not waiting for intake, or its version cannot be settled."""


class CannotRefuse(ValueError):
    """No ground was given, or the dossier is past refusing."""


def _waiting(
    dossier_id: int, target: State, permission: str, error: type[ValueError], actor: Actor
) -> tuple[Dossier, Task]:
    """The dossier's row is the lock. Whoever comes second is told who was first."""
    dossier = Dossier.objects.select_for_update().get(pk=dossier_id)
    require(actor, permission, dossier)
    task = Task.objects.get(dossier=dossier, key="intake")
    if task.finished_at is not None:
        raise error(done_already(task))
    if not may_become(State(dossier.state), target):
        raise error(
            f"Hồ sơ {dossier.code} đang ở trạng thái «{State(dossier.state).title}» nên không làm được việc này."
        )
    return dossier, task


@transaction.atomic
def accept(
    *, dossier_id: int, actor: Actor, now: datetime, note: str = "", received_at: datetime | None = None
) -> None:
    """The clerk accepts: the time runs from now, by the rule of the dossier's version. `received_at`: when the office got a
    complete dossier by post; the time runs from there. Raises `CannotAccept`."""
    since = received_at or now
    dossier, task = _waiting(dossier_id, State.ACCEPTED, "dossiers.accept", CannotAccept, actor)
    definition = procedures.version(dossier.version_id).definition
    first = None if definition is None else procedures.first_step(definition)
    term = None if definition is None else procedures.deadline_rule(definition, dossier.case)
    if definition is None or first is None or term is None:
        raise CannotAccept("Phiên bản thủ tục của hồ sơ này thiếu thời hạn hoặc quy trình. Hãy báo quản trị danh mục.")
    due = compute_due_for(
        organisation_id=dossier.agency_id,
        received_at=since,
        rule=DeadlineRule(amount=term.amount, unit=term.unit, cutoff=term.cutoff),
    )
    dossier.state = State.ACCEPTED
    dossier.accepted_at = since
    dossier.term = {
        "amount": term.amount,
        "unit": term.unit,
        "cutoff": term.cutoff.strftime("%H:%M") if term.cutoff else None,
        "note": term.note,
    }
    dossier.original_due_at = dossier.due_at = due.due_at
    dossier.save(update_fields=["state", "accepted_at", "term", "original_due_at", "due_at"])
    DeadlineChange.objects.create(
        dossier=dossier,
        changed_at=now,
        changed_by_name=actor.label,
        ground="Tiếp nhận hồ sơ; thời hạn theo quy định của thủ tục"
        if received_at is None
        else "Tiếp nhận hồ sơ gửi qua bưu chính; thời hạn tính từ lúc nơi tiếp nhận nhận được phong bì",
        due_after=due.due_at,
        explanation=[
            {"date": line.date.isoformat(), "counted_minutes": line.counted_minutes, "reason": line.reason}
            for line in due.explanation
        ],
    )
    finish_task(task, action="accept", action_title="Tiếp nhận", comment=note, actor=actor, now=now)
    try:
        parts.plan(dossier, definition, now=now)
    except parts.CannotPlace as unknown:
        raise CannotAccept(str(unknown)) from None
    open_step(dossier, first, now=now)
    record(
        who=actor,
        action="dossiers.accept",
        object_ref=dossier.ref,
        before={"state": State.REGISTERED},
        after={"state": State.ACCEPTED, "due_at": due.due_at.isoformat() if due.due_at else None},
        now=now,
    )
    publish(DossierAccepted(dossier_id=dossier.pk, code=dossier.code), key=dossier.ref)


@transaction.atomic
def refuse(*, dossier_id: int, ground: str, actor: Actor, now: datetime) -> None:
    """The clerk refuses with a ground that the person can act on (form 03). Raises `CannotRefuse`."""
    dossier, task = _waiting(dossier_id, State.REFUSED, "dossiers.refuse", CannotRefuse, actor)
    ground = ground.strip()
    if len(ground) < 10:
        raise CannotRefuse("Nêu rõ lý do từ chối (ít nhất 10 ký tự): thiếu gì, theo quy định nào, cần làm gì tiếp.")
    if len(ground) > COMMENT_MAX:
        raise CannotRefuse(f"Lý do dài quá {COMMENT_MAX} ký tự. Hãy viết gọn lại.")
    dossier.state = State.REFUSED
    dossier.closed_at = now
    dossier.closed_reason = ground
    dossier.save(update_fields=["state", "closed_at", "closed_reason"])
    no_longer_owed(dossier, ground="Hồ sơ không được tiếp nhận", actor=actor, now=now)
    finish_task(task, action="refuse", action_title="Từ chối tiếp nhận", comment=ground, actor=actor, now=now)
    record(
        who=actor,
        action="dossiers.refuse",
        object_ref=dossier.ref,
        reason=ground,
        before={"state": State.REGISTERED},
        after={"state": State.REFUSED},
        now=now,
    )
    publish(DossierRefused(dossier_id=dossier.pk, code=dossier.code), key=dossier.ref)


@transaction.atomic
def receive_at_counter(
    *, public_id: UUID, papers: Sequence[ReceivedPaper], actor: Actor, now: datetime, note: str = ""
) -> Submitted:
    """A clerk's draft for a person at the counter, sent and accepted in one. Repeated: the same dossier.

    Raises `CannotSubmit` (with the missing papers named), `DraftNotFound`.
    """
    draft = find(public_id=public_id, actor=actor, keys=(), lock=True)
    require(actor, "dossiers.counter_intake", draft)
    if draft.dossier_id is not None:
        dossier = Dossier.objects.get(pk=draft.dossier_id)
        return Submitted(dossier.pk, dossier.public_id, dossier.code, current_pin(dossier), already=True)
    cleaned, problems = problems_of(draft, now=now, papers_needed=False)
    version = procedures.version(draft.version_id)
    asked = papers_of(version, {**cleaned, **applicant_context(draft)})
    received = {paper.key: paper for paper in papers}
    for paper in asked:
        if paper.required and not paper.present_only and paper.key not in received:
            problems.append(Problem("papers", paper.key, f"Chưa nhận: {paper.name}"))
        elif paper.key in received and not 1 <= received[paper.key].quantity <= PAPER_QUANTITY_MAX:
            problems.append(Problem("papers", paper.key, f"Số lượng từ 1 đến {PAPER_QUANTITY_MAX}: {paper.name}"))
    chosen, refused = _from_store(draft, [p for p in asked if p.key in received], received, actor=actor, now=now)
    problems += refused
    if problems:
        raise CannotSubmit(problems)
    arrived_at = envelope_arrival(draft, actor=actor)
    dossier = create_dossier(
        draft=draft, version=version, form_data=cleaned, actor=actor, now=now, submitted_at=arrived_at
    )
    if draft.envelope_id is not None:
        _take_in(draft.envelope_id, dossier, actor=actor, now=now)
    Paper.objects.bulk_create(
        Paper(
            dossier=dossier,
            key=paper.key,
            name=paper.name,
            kind=PaperKind.DIGITISED if paper.key in chosen else received[paper.key].kind,
            quantity=received[paper.key].quantity,
            file_id=chosen[paper.key].file_id if paper.key in chosen else None,
            reuse_id=prove_use(
                dossier,
                document_id=chosen[paper.key].id,
                paper=paper,
                applicant=draft.applicant,
                actor=actor,
                now=now,
            )
            if paper.key in chosen
            else None,
            added_at=now,
        )
        for paper in asked
        if paper.key in received
    )
    # What the clerk has scanned is kept beside the paper, as its digitised copy.
    Paper.objects.bulk_create(
        Paper(
            dossier=dossier,
            key=paper.key,
            name=paper.name,
            kind=PaperKind.DIGITISED,
            file_id=row.file_id,
            added_at=now,
        )
        for row, paper in files_asked(draft, version, cleaned)
        if row.is_scan
    )
    accept(dossier_id=dossier.pk, actor=actor, now=now, note=note, received_at=arrived_at)
    return Submitted(dossier.pk, dossier.public_id, dossier.code, current_pin(dossier), already=False)


def envelope_arrival(draft: Draft, *, actor: Actor) -> datetime | None:
    """When the office got the envelope of this draft; None: it did not come in one."""
    if draft.envelope_id is None:
        return None
    row = post.envelope_in_reach(draft.envelope_id, actor)
    if row is None or row.state != post.EnvelopeState.ARRIVED:
        raise CannotSubmit([Problem("papers", "", "Phong bì của hồ sơ này đã được xử lý hoặc gửi trả.")])
    return row.arrived_at


def _take_in(envelope_id: int, dossier: Dossier, *, actor: Actor, now: datetime) -> None:
    try:
        post.take_in(envelope_id=envelope_id, reference=dossier.ref, actor=actor, now=now)
    except post.CannotHandle as refusal:
        raise CannotSubmit([Problem("papers", "", str(refusal))]) from None


def _from_store(
    draft: Draft,
    papers: Sequence[procedures.Paper],
    received: Mapping[str, ReceivedPaper],
    *,
    actor: Actor,
    now: datetime,
) -> tuple[dict[str, archive.DocumentInfo], list[Problem]]:
    """Key of a paper → the document that the clerk takes from the person's store instead, and what cannot be taken."""
    wanted = [paper for paper in papers if received[paper.key].document is not None]
    offered = offers_for(draft, wanted, actor=actor, now=now) if wanted else {}
    chosen: dict[str, archive.DocumentInfo] = {}
    problems = []
    for paper in wanted:
        offer = offered.get(paper.key)
        usable = offer.usable if offer else ()
        found = next((one for one in usable if one.public_id == received[paper.key].document), None)
        if found is None:
            problems.append(Problem("papers", paper.key, f"Giấy tờ trong kho không còn dùng được: {paper.name}"))
        else:
            chosen[paper.key] = found
    return chosen, problems
