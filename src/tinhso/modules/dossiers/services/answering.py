"""The person's answer to a request for supplement: written bit by bit, checked by the form's own rules, sent once.

Nothing is written over: the answers and papers that are replaced stay in the history.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO
from uuid import UUID

from django.db import transaction

from tinhso.kernel.access.api import Actor
from tinhso.kernel.audit.api import record
from tinhso.kernel.clock import VIETNAM
from tinhso.kernel.events.api import publish
from tinhso.kernel.files.api import store
from tinhso.modules.archive import api as archive
from tinhso.modules.dossiers.events import SupplementAnswered
from tinhso.modules.dossiers.models import (
    Dossier,
    FormVersion,
    Paper,
    SupplementFile,
    SupplementItem,
    SupplementRequest,
)
from tinhso.modules.dossiers.rules import ItemKind, PaperKind, State, state_after_waiting
from tinhso.modules.dossiers.services.deadlines import end_pause
from tinhso.modules.dossiers.services.drafts import FILES_PER_PAPER
from tinhso.modules.dossiers.services.money import owe_by_version
from tinhso.modules.dossiers.services.person import name_of, named, require_person
from tinhso.modules.dossiers.services.reusing import applicant_of, offers_for_answer, prove_use
from tinhso.modules.dossiers.services.submitting import Problem, ReceivedPaper
from tinhso.modules.dossiers.services.supplement_fields import merged, target_of, within
from tinhso.modules.procedures import api as procedures

ANSWER_MOST = 4000
FREE = "item-"


class CannotAnswer(ValueError):
    """There is nothing to answer, or the answer is not complete: `problems` name each place."""

    def __init__(self, message: str, problems: Sequence[Problem] = ()) -> None:
        super().__init__(message)
        self.problems = tuple(problems)


@dataclass(frozen=True)
class Answered:
    """`late`: after the day that form 02 named; taken all the same, since the agency had not stopped the dossier."""

    late: bool
    state: State


@dataclass(frozen=True)
class Answer:
    """An answer on its way: the form as it would be, what is still wrong, which fields and papers the page shows."""

    data: dict[str, Any]
    problems: tuple[Problem, ...]
    fields: tuple[str, ...]
    paper_keys: tuple[str, ...]


@transaction.atomic
def save_answer(
    *,
    dossier_id: int,
    fields: Mapping[str, Any],
    texts: Mapping[int, str],
    actor: Actor,
    now: datetime,
    opened: Collection[str] = (),
) -> None:
    """Keep what was typed: pointer → value (only of fields that are asked for), position of a free item → text.
    Raises `CannotAnswer`."""
    dossier, request = _open(dossier_id, actor, opened)
    allowed = answer_of(dossier, request, today=now).fields
    kept = dict(request.values.get("fields", {}))
    kept.update({pointer: value for pointer, value in fields.items() if pointer in allowed})
    written = dict(request.values.get("texts", {}))
    for item in _items(request):
        if item.kind == ItemKind.TEXT and item.position in texts:
            written[str(item.position)] = texts[item.position].strip()[:ANSWER_MOST]
    request.values = {"fields": kept, "texts": written}
    request.save(update_fields=["values"])


@transaction.atomic
def attach_answer(
    *,
    dossier_id: int,
    paper_key: str,
    stream: BinaryIO,
    filename: str,
    actor: Actor,
    now: datetime,
    opened: Collection[str] = (),
) -> int:
    """Add a file to a paper that is asked for, or to a free item. Raises `CannotAnswer`, `FileRefused`."""
    dossier, request = _open(dossier_id, actor, opened)
    answer = answer_of(dossier, request, today=now)
    free = {f"{FREE}{item.position}" for item in _items(request) if item.kind == ItemKind.TEXT}
    if paper_key not in answer.paper_keys and paper_key not in free:
        raise CannotAnswer("Giấy tờ này không có trong phiếu yêu cầu bổ sung.")
    here = SupplementFile.objects.filter(request=request, paper_key=paper_key)
    if here.count() >= FILES_PER_PAPER:
        raise CannotAnswer(f"Mỗi giấy tờ nhận tối đa {FILES_PER_PAPER} tệp. Hãy bỏ bớt hoặc gộp thành một tệp PDF.")
    stored = store(
        stream, filename=filename, actor=actor, now=now, purpose="dossiers.paper",
        owner_user_id=dossier.owner_id or actor.user_id,
    )  # fmt: skip
    same = here.filter(file__blob__sha256=stored.sha256).first()
    if same is not None:
        return same.pk
    return SupplementFile.objects.create(request=request, paper_key=paper_key, file_id=stored.id, added_at=now).pk


@transaction.atomic
def take_answer_from_store(
    *, dossier_id: int, paper_key: str, document: UUID, actor: Actor, now: datetime, opened: Collection[str] = ()
) -> int:
    """Put a document of the person's store in the place of a paper that is asked for; the same again for the same
    document. Raises `CannotAnswer` with why it cannot."""
    dossier, request = _open(dossier_id, actor, opened)
    if paper_key not in answer_of(dossier, request, today=now).paper_keys:
        raise CannotAnswer("Giấy tờ này không có trong phiếu yêu cầu bổ sung.")
    offer = offers_for_answer(dossier, [paper_key], actor=actor, now=now).get(paper_key)
    held = (*offer.usable, *offer.unusable) if offer else ()
    found = next((one for one in held if one.public_id == document), None)
    if found is None:
        raise CannotAnswer("Giấy tờ này không có trong kho của người nộp hồ sơ. Hãy tải lại trang.")
    if not found.usable:
        raise CannotAnswer(f"{found.name} trong kho {found.why_not} nên không dùng lại được.")
    here = SupplementFile.objects.filter(request=request, paper_key=paper_key)
    same = here.filter(document_id=found.id).first()
    if same is not None:
        return same.pk
    if here.count() >= FILES_PER_PAPER:
        raise CannotAnswer(f"Mỗi giấy tờ nhận tối đa {FILES_PER_PAPER} tệp. Hãy bỏ bớt rồi chọn lại.")
    return SupplementFile.objects.create(
        request=request, paper_key=paper_key, file_id=found.file_id, document_id=found.id, added_at=now
    ).pk


@transaction.atomic
def detach_answer(*, dossier_id: int, file_row: int, actor: Actor, opened: Collection[str] = ()) -> None:
    """Take a file off the answer. Missing already: nothing happens. Raises `CannotAnswer`."""
    _, request = _open(dossier_id, actor, opened)
    SupplementFile.objects.filter(request=request, pk=file_row).delete()


def open_request(dossier: Dossier) -> SupplementRequest | None:
    """The request that waits for an answer."""
    return SupplementRequest.objects.filter(dossier=dossier, answered_at__isnull=True, closed_at__isnull=True).first()


def answer_of(
    dossier: Dossier, request: SupplementRequest, *, today: datetime, received: Collection[str] = ()
) -> Answer:
    """The answer as it stands, without changing anything. `received`: papers that a clerk has in hand."""
    definition = procedures.version(dossier.version_id).definition
    form = (definition.form if definition else None) or {"type": "object", "properties": {}}
    context = {"applicant": {"acting_as": dossier.acting_as}}
    items = _items(request)
    asked = [item.target for item in items if item.kind == ItemKind.FIELD]
    answers: dict[str, Any] = dict(request.values.get("fields", {}))
    data, errors = procedures.clean(
        form, merged(dossier.form_data, answers), today=today.astimezone(VIETNAM).date(), context=context
    )
    problems = [Problem("form", pointer, message) for pointer, message in errors.items()]
    # What an answer brings with it (a question that is now asked, a paper that is now needed) is asked here too.
    fields = tuple(
        dict.fromkeys([*asked, *(p for p in answers if not within(p, asked)), *(target_of(form, p) for p in errors)])
    )
    case = {**data, **context}
    needed = [paper for paper in procedures.papers_for(dossier.version_id, case) if not paper.present_only]
    names = {paper.key: paper.name for paper in needed}
    names.update({item.target: item.label for item in items if item.kind == ItemKind.PAPER})
    wanted = [item.target for item in items if item.kind == ItemKind.PAPER]
    had = set(Paper.objects.filter(dossier=dossier, superseded_at__isnull=True).values_list("key", flat=True))
    wanted += [paper.key for paper in needed if paper.required and paper.key not in had and paper.key not in wanted]
    given = set(SupplementFile.objects.filter(request=request).values_list("paper_key", flat=True)) | set(received)
    problems += [Problem("papers", key, f"Tải lên: {names[key]}") for key in wanted if key not in given]
    texts = request.values.get("texts", {})
    problems += [
        Problem("texts", str(item.position), f"Trả lời nội dung {item.position}: {item.note}")
        for item in items
        if item.kind == ItemKind.TEXT and not texts.get(str(item.position)) and f"{FREE}{item.position}" not in given
    ]
    return Answer(data, tuple(problems), fields, tuple(wanted))


@transaction.atomic
def send_answer(
    *,
    dossier_id: int,
    actor: Actor,
    now: datetime,
    opened: Collection[str] = (),
    received: Sequence[ReceivedPaper] = (),
) -> Answered:
    """Send the answer: the dossier goes back to where it was. A clerk may add papers handed over (`received`).

    Raises `CannotAnswer`; after the day named it is taken as long as the agency has not stopped the dossier.
    """
    dossier, request = _open(dossier_id, actor, opened)
    if received and actor.kind != "officer":
        raise CannotAnswer("Giấy tờ bản giấy do cán bộ nhận tại quầy ghi nhận.")
    answer = answer_of(dossier, request, today=now, received=[paper.key for paper in received])
    if answer.problems:
        raise CannotAnswer(f"Còn {len(answer.problems)} nội dung chưa xong. Hãy làm nốt rồi gửi.", answer.problems)
    who = named(actor, dossier)
    late = now > request.answer_by_at
    _keep_form(dossier, request, answer.data, who, now)
    replaced = _keep_papers(dossier, request, received, actor=actor, now=now)
    texts = request.values.get("texts", {})
    for item in _items(request):
        if item.kind == ItemKind.TEXT:
            item.answer = texts.get(str(item.position), "")
            item.save(update_fields=["answer"])
    request.answered_at = now
    request.answered_by_name = name_of(actor, dossier)
    request.save(update_fields=["answered_at", "answered_by_name"])
    dossier.state = state_after_waiting(accepted=dossier.accepted_at is not None)
    dossier.save(update_fields=["state"])
    end_pause(dossier, why=f"Đã bổ sung theo {request.reference}", actor=who, now=now)
    record(
        who=who,
        action="dossiers.answer_supplement",
        object_ref=dossier.ref,
        before={"state": State.SUPPLEMENT_REQUESTED},
        after={
            "state": dossier.state,
            "form_02": request.number,
            "late": late,
            "fields": sorted(request.values.get("fields", {})),
            "papers": sorted(replaced),
        },
        now=now,
    )
    publish(
        SupplementAnswered(dossier_id=dossier.pk, code=dossier.code, request_id=request.pk, late=late), key=dossier.ref
    )
    return Answered(late, State(dossier.state))


def _open(dossier_id: int, actor: Actor, opened: Collection[str]) -> tuple[Dossier, SupplementRequest]:
    """The dossier under its lock and its open request. Raises `CannotAnswer` with what happened meanwhile."""
    dossier = Dossier.objects.select_for_update().get(pk=dossier_id)
    require_person(actor, "dossiers.answer_supplement", dossier, opened)
    request = open_request(dossier)
    if request is not None and dossier.state == State.SUPPLEMENT_REQUESTED:
        return dossier, request
    raise CannotAnswer(why_closed(dossier))


def why_closed(dossier: Dossier) -> str:
    """Why there is nothing to answer: it was answered, the agency has stopped, or nothing was asked."""
    state = State(dossier.state)
    last = SupplementRequest.objects.filter(dossier=dossier).order_by("-pk").first()
    if state == State.STOPPED:
        by = f" (hạn bổ sung là {last.answer_by_at.astimezone(VIETNAM):%H:%M ngày %d/%m/%Y})" if last else ""
        return (
            f"Cơ quan đã dừng giải quyết hồ sơ này{by} nên không nhận bổ sung nữa. "
            "Nội dung bạn đã chuẩn bị vẫn được giữ; nếu còn nhu cầu, hãy nộp hồ sơ mới."
        )
    if last is not None and last.answered_at is not None and state not in (State.WITHDRAWN, State.REFUSED):
        return f"Bổ sung đã được gửi lúc {last.answered_at.astimezone(VIETNAM):%H:%M ngày %d/%m/%Y}."
    return f"Hồ sơ đang «{state.title}», không có yêu cầu bổ sung nào chờ trả lời."


def _items(request: SupplementRequest) -> list[SupplementItem]:
    return list(SupplementItem.objects.filter(request=request).order_by("position"))


def _keep_form(dossier: Dossier, request: SupplementRequest, data: dict[str, Any], actor: Actor, now: datetime) -> None:
    replace_form(dossier, data, ground=f"Bổ sung theo {request.reference}", actor=actor, now=now)
    owe_by_version(dossier, {**data, "applicant": {"acting_as": dossier.acting_as}}, actor=actor, now=now)
    dossier.save(update_fields=["charge", "fee_total", "money_state"])


def replace_form(dossier: Dossier, data: dict[str, Any], *, ground: str, actor: Actor, now: datetime) -> bool:
    """Other answers for the dossier; the ones before stay as a numbered version. False when they are the same."""
    if data == dossier.form_data:
        return False
    FormVersion.objects.create(
        dossier=dossier,
        number=FormVersion.objects.filter(dossier=dossier).count() + 1,
        form_data=dossier.form_data,
        replaced_at=now,
        replaced_by_name=actor.label[:300],
        ground=ground,
    )
    dossier.form_data = data
    dossier.save(update_fields=["form_data"])
    return True


def _keep_papers(
    dossier: Dossier, request: SupplementRequest, received: Sequence[ReceivedPaper], *, actor: Actor, now: datetime
) -> set[str]:
    """New papers beside the old ones, which are marked as replaced; what came from the store with its proof. Returns the
    keys. Raises `CannotAnswer` when a chosen document does not hold any more."""
    definition = procedures.version(dossier.version_id).definition
    by_key = {paper.key: paper for paper in definition.papers} if definition else {}
    names = {key: paper.name for key, paper in by_key.items()}
    applicant = applicant_of(dossier)
    notes = {f"{FREE}{item.position}": item.note for item in _items(request)}
    files = list(SupplementFile.objects.filter(request=request).order_by("pk"))
    rows = [
        Paper(
            dossier=dossier,
            key=row.paper_key if row.paper_key in names else f"bo-sung-{request.pk}-{row.paper_key}",
            name=names.get(row.paper_key) or f"Bổ sung: {notes.get(row.paper_key, '')}",
            kind=PaperKind.DIGITISED,
            file_id=row.file_id,
            reuse_id=_proof(dossier, row, by_key[row.paper_key], applicant, actor, now)
            if row.document_id is not None
            else None,
            added_at=now,
        )
        for row in files
    ]
    rows += [
        Paper(
            dossier=dossier,
            key=paper.key,
            name=names[paper.key],
            kind=paper.kind,
            quantity=paper.quantity,
            added_at=now,
        )
        for paper in received
        if paper.key in names
    ]
    keys = {row.key for row in rows}
    Paper.objects.filter(dossier=dossier, key__in=keys, superseded_at__isnull=True).update(superseded_at=now)
    Paper.objects.bulk_create(rows)
    return keys


def _proof(
    dossier: Dossier,
    row: SupplementFile,
    paper: procedures.Paper,
    applicant: Mapping[str, Any],
    actor: Actor,
    now: datetime,
) -> int:
    try:
        return prove_use(
            dossier, document_id=row.document_id or 0, paper=paper, applicant=applicant, actor=actor, now=now
        )
    except archive.CannotUse as refusal:
        raise CannotAnswer(str(refusal), [Problem("papers", row.paper_key, str(refusal))]) from None
