"""Asking the person to complete a dossier (form 02): before intake, or while it is examined.

The answer of the person is services.answering. Whether the clock stands still meanwhile is said by the version alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction

from tinhso.kernel.access.api import Actor, require
from tinhso.kernel.audit.api import record
from tinhso.kernel.events.api import publish
from tinhso.kernel.identifiers.api import next_number
from tinhso.modules.dossiers.events import SupplementRequested
from tinhso.modules.dossiers.models import Dossier, SupplementItem, SupplementRequest, Task
from tinhso.modules.dossiers.rules import SUPPLEMENT_PAUSE, ItemKind, State, TaskKind, may_become
from tinhso.modules.dossiers.services.deadlines import begin_pause, closing_time, pauses
from tinhso.modules.dossiers.services.routing import COMMENT_MAX, begin, may_work_on
from tinhso.modules.dossiers.services.supplement_fields import field_targets
from tinhso.modules.procedures import api as procedures

MOST_ITEMS = 50
LONGEST_DAYS = 365


class CannotRequestSupplement(ValueError):
    """Nothing to ask for, or the dossier is not where one may ask. Nothing was changed."""


@dataclass(frozen=True)
class Asked:
    """One thing to put right: `target` is a pointer of the form, the key of a paper, or "" for a free item."""

    kind: ItemKind
    target: str
    note: str


@transaction.atomic
def request_supplement(
    *, dossier_id: int, items: Sequence[Asked], reason: str, answer_by: date, actor: Actor, now: datetime
) -> int:
    """Ask for what is missing or wrong, all at once, to be answered by the end of a day. Returns the request's number
    in the table. Raises `CannotRequestSupplement`."""
    dossier = Dossier.objects.select_for_update().get(pk=dossier_id)
    # Where the dossier lies: in one across agencies that may be another's step.
    require(actor, "dossiers.request_supplement", task_in_hand(dossier, actor) or dossier)
    _may_ask(dossier, actor, now)
    # Asking from the first step begins the work: what was accepted is in progress before it waits.
    before = State(dossier.state)
    rows = _checked(dossier, items)
    reason = reason.strip()
    if len(reason) < 10:
        raise CannotRequestSupplement("Nêu rõ lý do (ít nhất 10 ký tự): theo quy định nào, vì sao cần bổ sung.")
    if len(reason) > COMMENT_MAX:
        raise CannotRequestSupplement(f"Lý do dài quá {COMMENT_MAX} ký tự. Hãy viết gọn lại.")
    if not now.date() < answer_by <= now.date() + timedelta(days=LONGEST_DAYS):
        raise CannotRequestSupplement("Hạn bổ sung phải sau hôm nay và trong vòng một năm.")
    number = next_number(f"form02:{dossier.office_id}:{now.year}")
    request = SupplementRequest.objects.create(
        dossier=dossier,
        office_id=dossier.office_id,
        year=now.year,
        number=number,
        reason=reason,
        requested_at=now,
        requested_by_id=actor.user_id,
        requested_by_name=actor.label,
        answer_by_at=closing_time(dossier.office_id, answer_by),
    )
    SupplementItem.objects.bulk_create(
        SupplementItem(request=request, position=place, kind=item.kind, target=item.target, label=label, note=item.note)
        for place, (item, label) in enumerate(rows, 1)
    )
    dossier.state = State.SUPPLEMENT_REQUESTED
    dossier.supplement_count += 1
    dossier.save(update_fields=["state", "supplement_count"])
    if dossier.accepted_at is not None and pauses(dossier, SUPPLEMENT_PAUSE):
        begin_pause(dossier, ground=SUPPLEMENT_PAUSE, document=request.reference, actor=actor, now=now)
    record(
        who=actor,
        action="dossiers.request_supplement",
        object_ref=dossier.ref,
        reason=reason,
        before={"state": before},
        after={
            "state": State.SUPPLEMENT_REQUESTED,
            "form_02": number,
            "items": len(rows),
            "answer_by_at": request.answer_by_at.isoformat(),
            "count": dossier.supplement_count,
        },
        now=now,
    )
    publish(SupplementRequested(dossier_id=dossier.pk, code=dossier.code, request_id=request.pk), key=dossier.ref)
    return request.pk


def _may_ask(dossier: Dossier, actor: Actor, now: datetime) -> None:
    """Before intake a clerk asks; afterwards whoever has the step in hand, which becomes theirs."""
    state = State(dossier.state)
    if state == State.REGISTERED:
        require(actor, "dossiers.accept", dossier)
        return
    if state == State.ACCEPTED or may_become(state, State.SUPPLEMENT_REQUESTED):
        task = task_in_hand(dossier, actor)
        if task is None:
            raise CannotRequestSupplement(
                "Chỉ người đang xử lý bước hiện tại được yêu cầu bổ sung. Hãy nhận việc trước, "
                "hoặc chờ các đơn vị cho ý kiến xong."
            )
        begin(dossier)
        if task.holder_id is None:
            task.holder_id = actor.user_id
            task.claimed_at = now
            task.save(update_fields=["holder", "claimed_at"])
        return
    raise CannotRequestSupplement(f"Hồ sơ {dossier.code} đang «{state.title}» nên chưa thể yêu cầu bổ sung.")


def task_in_hand(dossier: Dossier, actor: Actor) -> Task | None:
    """The open step on which `actor` may work."""
    steps = Task.objects.filter(dossier=dossier, kind=TaskKind.STEP, finished_at__isnull=True).select_related("holder")
    return next((task for task in steps.order_by("pk") if may_work_on(actor, task)), None)


def _checked(dossier: Dossier, items: Sequence[Asked]) -> list[tuple[Asked, str]]:
    """The items with their labels. Raises `CannotRequestSupplement`."""
    if not items:
        raise CannotRequestSupplement("Chọn ít nhất một nội dung cần bổ sung.")
    if len(items) > MOST_ITEMS:
        raise CannotRequestSupplement(f"Một phiếu có tối đa {MOST_ITEMS} nội dung.")
    fields, papers = what_may_be_asked(dossier)
    found: list[tuple[Asked, str]] = []
    seen: set[tuple[str, str]] = set()
    for item in items:
        note = item.note.strip()
        names = {ItemKind.FIELD: fields, ItemKind.PAPER: papers}.get(item.kind)
        if names is not None and item.target not in names:
            raise CannotRequestSupplement("Có nội dung không thuộc tờ khai hoặc thành phần của hồ sơ này.")
        if (item.kind, item.target) in seen and names is not None:
            raise CannotRequestSupplement(f"«{names[item.target]}» được chọn hai lần.")
        label = names[item.target] if names is not None else "Nội dung khác"
        if len(note) < 5:
            raise CannotRequestSupplement(f"«{label}»: ghi rõ sai hoặc thiếu gì, cần sửa thế nào.")
        if len(note) > 1000:
            raise CannotRequestSupplement(f"«{label}»: ghi tối đa 1000 ký tự.")
        seen.add((item.kind, item.target))
        found.append((Asked(item.kind, item.target if names is not None else "", note), label[:500]))
    return found


def what_may_be_asked(dossier: Dossier) -> tuple[dict[str, str], dict[str, str]]:
    """(pointer → label, key of a paper → name) of this case: also papers that the case does not ask for by itself."""
    definition = procedures.version(dossier.version_id).definition
    if definition is None:
        return {}, {}
    context = {"applicant": {"acting_as": dossier.acting_as}}
    fields = field_targets(definition.form or {"properties": {}}, dossier.form_data, context)
    return fields, {paper.key: paper.name for paper in definition.papers}
