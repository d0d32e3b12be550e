"""The inner route: claim, assign, act. One open task per step; the first to act wins, the others are told."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from tinhso.kernel.access.api import Actor, Decision, account_of, allow, require
from tinhso.kernel.audit.api import record
from tinhso.kernel.calendar.api import DeadlineRule, compute_due_for
from tinhso.kernel.clock import VIETNAM
from tinhso.kernel.events.api import publish
from tinhso.kernel.identifiers.api import next_number
from tinhso.modules.directory import api as directory
from tinhso.modules.dossiers.events import DossierCompleted, HandedOver, StepFinished, TaskAssigned
from tinhso.modules.dossiers.models import Dossier, Result, Task
from tinhso.modules.dossiers.rules import (
    WAITING_FOR_PERSON,
    DeliveryState,
    State,
    TaskKind,
    Timeliness,
    may_become,
    notation_of,
    timeliness,
)
from tinhso.modules.dossiers.services import parts
from tinhso.modules.dossiers.services.timing import MEASURED, measure
from tinhso.modules.procedures import api as procedures

ISSUE = "issue"
COMMENT_MAX = 5000


class CannotAct(ValueError):
    """Somebody was quicker, or the action is not open at this step. Nothing was changed."""


class NeedsProof(Exception):
    """A result is issued only by somebody who has proved a short while ago that it is they. Nothing was changed."""


@dataclass(frozen=True)
class Outcome:
    """What an action led to: the number and sign of an issued result, or the titles of the steps now open."""

    notation: str = ""
    opened: tuple[str, ...] = ()


class CannotAssign(ValueError):
    """The person does not hold the task's role in its organisation."""


def may_work_on(actor: Actor, task: Task) -> Decision:
    """May `actor` do this task: its role over its organisation, and nobody else holds it."""
    if not any(g.role == task.role and task.organisation_id in g.organisation_ids for g in actor.grants):
        return Decision(False, f"Việc «{task.title}» dành cho vai trò khác hoặc cơ quan khác.")
    if task.holder_id is not None and not actor.stands_for(task.holder_id):
        holder = task.holder.full_name if task.holder else "người khác"
        return Decision(False, f"Việc «{task.title}» đang do {holder} xử lý.")
    return Decision(True)


def open_step(
    dossier: Dossier,
    step: procedures.Step,
    *,
    now: datetime,
    kind: TaskKind = TaskKind.STEP,
    is_rework: bool = False,
    holder_id: int | None = None,
    asked_by: Task | None = None,
    after: Task | None = None,
) -> Task:
    """Open the work of a step. Its inner time never replaces the legal deadline. `after`: the step that led here; where
    it was another agency's, the hand-over waits for its receipt."""
    organisation_id = _organisation_of(dossier, step, now)
    move = parts.enter(dossier, step, organisation_id, now=now) if kind == TaskKind.STEP else None
    due = compute_due_for(
        organisation_id=organisation_id,
        received_at=now,
        rule=DeadlineRule(amount=step.hours, unit="working_hour"),
    )
    task = Task.objects.create(
        dossier=dossier,
        kind=kind,
        key=step.key,
        title=step.title,
        role=step.role,
        organisation_id=organisation_id,
        unit_name=step.unit or "",
        holder_id=holder_id,
        asked_by=asked_by,
        is_rework=is_rework,
        awaits_receipt=move is not None and after is not None,
        created_at=now,
        due_at=due.due_at,
        planned_minutes=step.hours * 60,
    )
    if move is not None and after is not None:
        parts.note_move(dossier, move, from_task=after, to_task=task, by_name=after.finished_by_name, now=now)
        publish(
            HandedOver(
                dossier_id=dossier.pk,
                code=dossier.code,
                organisation_id=move.to_organisation_id,
                is_return=move.is_return,
            ),
            key=dossier.ref,
        )
    return task


def _organisation_of(dossier: Dossier, step: procedures.Step, now: datetime) -> int:
    """Who does a step: the competent agency, or the other one that the route names."""
    if step.agency is not None:
        asked = directory.organisation_by_code(step.agency, on=now.date())
        if asked is None:
            raise CannotAct(f"Không tìm thấy cơ quan mang mã {step.agency} mà quy trình hỏi ý kiến. Hãy báo quản trị.")
        return asked.id
    try:
        return parts.organisation_of(step.place, dossier.agency_id, now=now)
    except parts.CannotPlace as unknown:
        raise CannotAct(str(unknown)) from None


def finish_task(task: Task, *, action: str, action_title: str, comment: str, actor: Actor, now: datetime) -> None:
    task.finished_at = now
    task.finished_by_id = actor.user_id
    task.finished_by_name = actor.label
    task.action = action
    task.action_title = action_title
    task.comment = comment.strip()
    measure(task, now=now)
    fields = ["finished_at", "finished_by", "finished_by_name", "action", "action_title", "comment"]
    task.save(update_fields=[*fields, *MEASURED])


def done_already(task: Task) -> str:
    """For whoever comes second: who was first, when, and with what."""
    at = task.finished_at.astimezone(VIETNAM) if task.finished_at else None
    return (
        f"«{task.title}» đã được {task.finished_by_name} thực hiện lúc {at:%H:%M ngày %d/%m/%Y} ({task.action_title})."
    )


def locked(task_id: int, permission: str, actor: Actor, *, of_dossier: bool = False) -> tuple[Dossier, Task]:
    """The dossier's row is the lock; the task is read after it. Only who may is told how it stands: `permission` is
    asked over the task's organisation, or over the dossier's."""
    dossier = (
        Dossier.objects.select_for_update(of=("self",))
        .select_related("version")
        .defer("version__definition")
        .get(pk=Task.objects.filter(pk=task_id).values("dossier_id")[:1])
    )
    task = Task.objects.get(pk=task_id)
    require(actor, permission, dossier if of_dossier else task)
    if task.finished_at is not None:
        raise CannotAct(done_already(task))
    if task.awaits_receipt:
        raise CannotAct("Hồ sơ do cơ quan khác bàn giao. Hãy xác nhận đã nhận bàn giao trước khi xử lý.")
    return dossier, task


@transaction.atomic
def claim(*, task_id: int, actor: Actor, now: datetime) -> None:
    """Take an open task of one's role out of the pool. Raises `CannotAct`."""
    dossier, task = locked(task_id, "dossiers.work", actor)
    if task.holder_id == actor.user_id:
        return
    decision = may_work_on(actor, task)
    if not decision:
        raise CannotAct(decision.reason)
    task.holder_id = actor.user_id
    task.claimed_at = now
    task.save(update_fields=["holder", "claimed_at"])
    begin(dossier)
    record(who=actor, action="dossiers.claim", object_ref=dossier.ref, after={"task": task.key}, now=now)


@transaction.atomic
def assign(*, task_id: int, user_id: int, actor: Actor, now: datetime) -> None:
    """A head or leader gives an open task to somebody who holds its role. Raises `CannotAssign`, `CannotAct`."""
    dossier, task = locked(task_id, "dossiers.assign", actor)
    candidates = directory.colleagues(task.organisation_id, role=task.role, on=now.date())
    person = next((c for c in candidates if c.user_id == user_id), None)
    if person is None:
        raise CannotAssign("Người được chọn không giữ vai trò của bước này tại cơ quan.")
    before = task.holder_id
    task.holder_id = user_id
    task.claimed_at = task.claimed_at or (now if before is None else None)
    task.save(update_fields=["holder", "claimed_at"])
    record(
        who=actor,
        action="dossiers.assign",
        object_ref=dossier.ref,
        before={"holder_id": before},
        after={"task": task.key, "holder_id": user_id},
        now=now,
    )
    publish(TaskAssigned(dossier_id=dossier.pk, code=dossier.code, task_id=task.pk, user_id=user_id), key=dossier.ref)


def begin(dossier: Dossier) -> None:
    """The first to touch an accepted dossier starts the work on it."""
    if dossier.state == State.ACCEPTED:
        dossier.state = State.IN_PROGRESS
        dossier.save(update_fields=["state"])


@transaction.atomic
def act(*, task_id: int, action: str, comment: str, actor: Actor, now: datetime, proven: bool = True) -> Outcome:
    """Finish a step with one of the actions that the route offers for this case. Raises `CannotAct`, and `NeedsProof`
    when the action issues the result and whoever sits at the page has not `proven` lately that it is they.

    forward/back: the next step opens (back: with whoever did it before, marked as returned) ·
    parallel: all opinions open, and the joining step when the last has answered · issue: the result.
    """
    dossier, task = locked(task_id, "dossiers.work", actor)
    decision = may_work_on(actor, task)
    if not decision:
        raise CannotAct(decision.reason)
    if len(comment) > COMMENT_MAX:
        raise CannotAct(f"Ý kiến dài quá {COMMENT_MAX} ký tự. Hãy viết gọn lại hoặc đính kèm văn bản.")
    if task.kind == TaskKind.OPINION:
        _give_opinion(dossier, task, comment, actor, now)
        return Outcome()
    if task.kind != TaskKind.STEP:
        raise CannotAct("Việc này có nút riêng: tiếp nhận, từ chối hoặc trả kết quả.")
    if dossier.state in WAITING_FOR_PERSON:
        raise CannotAct(f"Hồ sơ đang chờ người nộp («{State(dossier.state).title}») nên chưa chuyển bước được.")
    begin(dossier)
    definition = _definition(dossier)
    chosen = next((a for a in procedures.actions_open(definition, task.key, dossier.case) if a.key == action), None)
    if chosen is None:
        raise CannotAct("Thao tác này không có ở bước hiện tại. Hãy tải lại trang.")
    if chosen.kind == "back" and len(comment.strip()) < 5:
        raise CannotAct("Ghi rõ lý do trả lại để người nhận biết cần làm gì.")
    if chosen.kind == ISSUE and not proven:
        raise NeedsProof(chosen.title)
    finish_task(task, action=chosen.key, action_title=chosen.title, comment=comment, actor=actor, now=now)
    notation, opened = "", []
    if chosen.kind == ISSUE:
        notation = _issue(dossier, task, actor=actor, now=now)
    else:
        for step in procedures.next_steps(definition, task.key, chosen.key):
            parallel = chosen.kind == "parallel"
            opened.append(step.title)
            open_step(
                dossier,
                step,
                now=now,
                kind=TaskKind.OPINION if parallel else TaskKind.STEP,
                is_rework=chosen.kind == "back",
                holder_id=last_holder(dossier, step, now) if chosen.kind == "back" else None,
                asked_by=task if parallel else None,
                after=task,
            )
        record(
            who=actor,
            action="dossiers.act",
            object_ref=dossier.ref,
            after={"task": task.key, "action": chosen.key, "state": dossier.state},
            now=now,
        )
    publish(StepFinished(dossier_id=dossier.pk, code=dossier.code, task_id=task.pk, action=chosen.key), key=dossier.ref)
    return Outcome(notation, tuple(opened))


def _definition(dossier: Dossier) -> procedures.Definition:
    definition = procedures.definition(dossier.version_id, digest=dossier.version.definition_digest)
    if definition is None:
        raise CannotAct("Phiên bản thủ tục của hồ sơ này thiếu quy trình. Hãy báo quản trị danh mục.")
    return definition


def last_holder(dossier: Dossier, step: procedures.Step, now: datetime) -> int | None:
    """Who did the step last, if they can do it again."""
    done = Task.objects.filter(dossier=dossier, key=step.key, finished_at__isnull=False).order_by("-pk")
    return _if_still_there(done.values_list("finished_by_id", flat=True).first(), dossier, step, now)


def _if_still_there(user_id: int | None, dossier: Dossier, step: procedures.Step, now: datetime) -> int | None:
    """Work given to somebody who no longer holds the role would lie there."""
    if user_id is None or step.agency is not None:
        return user_id
    staff = directory.colleagues(_organisation_of(dossier, step, now), role=step.role, on=now.date())
    return user_id if any(person.user_id == user_id for person in staff) else None


def _give_opinion(dossier: Dossier, task: Task, comment: str, actor: Actor, now: datetime) -> None:
    """An asked unit answers. Silence is not consent: the joining step opens only when all have answered."""
    if len(comment.strip()) < 5:
        raise CannotAct("Ghi ý kiến của đơn vị bạn trước khi gửi.")
    finish_task(task, action="opinion", action_title="Cho ý kiến", comment=comment, actor=actor, now=now)
    record(who=actor, action="dossiers.opinion", object_ref=dossier.ref, after={"task": task.key}, now=now)
    publish(StepFinished(dossier_id=dossier.pk, code=dossier.code, task_id=task.pk, action="opinion"), key=dossier.ref)
    join_when_all_answered(dossier, task, now)


def join_when_all_answered(dossier: Dossier, task: Task, now: datetime) -> None:
    """Open the joining step once no opinion of the same question is out."""
    if Task.objects.filter(asked_by_id=task.asked_by_id, finished_at__isnull=True).exists() or task.asked_by is None:
        return
    definition = _definition(dossier)
    asking = definition.route.step(task.asked_by.key) if definition.route else None
    how = asking.action(task.asked_by.action) if asking else None
    join = definition.route.step(how.join) if definition.route and how and how.join else asking
    if join is None:
        raise CannotAct("Quy trình thiếu bước tổng hợp ý kiến. Hãy báo quản trị danh mục.")
    asker = task.asked_by.finished_by_id if join.key == task.asked_by.key else None
    holder = _if_still_there(asker, dossier, join, now)
    open_step(dossier, join, now=now, holder_id=holder, after=task.asked_by)


def _issue(dossier: Dossier, task: Task, *, actor: Actor, now: datetime) -> str:
    """The result is approved: number, signer and time are fixed; its paper is printed from exactly these. Who issues is
    the agency of the last step: the competent one, or in a dossier across agencies the one that decides."""
    require(actor, "dossiers.issue", task)
    if not may_become(State(dossier.state), State.COMPLETED):
        raise CannotAct(f"Hồ sơ đang «{State(dossier.state).title}» nên chưa thể ban hành kết quả.")
    if Task.objects.filter(dossier=dossier, finished_at__isnull=True).exists():
        raise CannotAct("Còn đơn vị chưa cho ý kiến; im lặng không phải là đồng ý.")
    results = _definition(dossier).results
    result = results[0] if results else None
    agency = directory.organisation(task.organisation_id)
    signer = directory.staff_of_user(actor.user_id, on=now.date()) if actor.user_id else None
    kind = result.kind if result else "notice"
    number = next_number(f"result:{agency.id}:{now.year}:{kind}")
    notation = notation_of(number, kind=kind, organisation_kind=agency.kind, short_name=agency.short_name)
    Result.objects.create(
        dossier=dossier,
        organisation_id=agency.id,
        name=result.name if result else f"Kết quả giải quyết {procedures.version(dossier.version_id).title}",
        number=number,
        notation=notation,
        issued_at=now,
        signer_id=account_of(actor),
        signer_name=actor.label,
        signer_title=signer.position_title if signer else "",
        verify_token=secrets.token_urlsafe(18),
    )
    before = dossier.state
    dossier.state = State.COMPLETED
    dossier.completed_at = now
    dossier.delivery_state = DeliveryState.WAITING
    dossier.save(update_fields=["state", "completed_at", "delivery_state"])
    parts.close(dossier, now=now)
    Task.objects.create(
        dossier=dossier,
        kind=TaskKind.RETURN,
        key="return",
        title="Trả kết quả",
        role="clerk",
        organisation_id=dossier.office_id,
        created_at=now,
    )
    record(
        who=actor,
        action="dossiers.issue",
        object_ref=dossier.ref,
        before={"state": before},
        after={"state": State.COMPLETED, "number": number},
        now=now,
    )
    on_time = timeliness(now, dossier.due_at) != Timeliness.LATE
    publish(DossierCompleted(dossier_id=dossier.pk, code=dossier.code, on_time=on_time), key=dossier.ref)
    return notation


def open_tasks_for(actor: Actor, dossier_id: int) -> list[Task]:
    """The open tasks of a dossier that `actor` may do now."""
    tasks = Task.objects.filter(dossier_id=dossier_id, finished_at__isnull=True).order_by("pk")
    return [task for task in tasks if allow(actor, "dossiers.work", task) and may_work_on(actor, task)]
