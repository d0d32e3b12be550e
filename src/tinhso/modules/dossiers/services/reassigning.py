"""Open work goes to somebody else: another unit or a competent agency, an earlier step, a head in an absent one's place.

The task that is left is finished with its outcome and another is opened: a hand-over is never written over (form 06).
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from tinhso.kernel.access.api import Actor, account_of, allow
from tinhso.kernel.audit.api import record
from tinhso.kernel.events.api import publish
from tinhso.modules.directory import api as directory
from tinhso.modules.dossiers.events import TaskHandedOver
from tinhso.modules.dossiers.models import Dossier, Task
from tinhso.modules.dossiers.rules import State, TaskKind, role_for_take_over
from tinhso.modules.dossiers.services.routing import (
    COMMENT_MAX,
    CannotAct,
    begin,
    finish_task,
    last_holder,
    locked,
    may_work_on,
    open_step,
)
from tinhso.modules.procedures import api as procedures

OUTCOMES = {
    "transfer": "Chuyển đơn vị khác",
    "take_over": "Nhận thay người vắng mặt",
    "send_back": "Trả lại bước trước",
}


class CannotHandOver(CannotAct):
    """The place is not competent, nobody is there, or no ground was given. Nothing was changed."""


@transaction.atomic
def transfer(*, task_id: int, organisation_id: int, unit_name: str, ground: str, actor: Actor, now: datetime) -> int:
    """Give an open step or opinion to another unit, or a step (and with it the dossier) to another agency that is
    competent by the version. The due times stay. Returns the new task's number. Raises `CannotHandOver`."""
    dossier, task = _ready(task_id, "dossiers.transfer", ground, actor)
    if not (may_work_on(actor, task) or allow(actor, "dossiers.assign", task)):
        raise CannotHandOver("Chỉ người đang xử lý hoặc lãnh đạo đơn vị được chuyển việc này.")
    elsewhere = organisation_id != task.organisation_id
    if elsewhere:
        _check_competent(dossier, task, organisation_id, now)
    elif unit_name == task.unit_name:
        raise CannotHandOver("Việc đang ở chính đơn vị này. Hãy chọn đơn vị khác.")
    # What a head did in an absent one's place goes on as the work that it is.
    role = Task.objects.filter(dossier=dossier, key=task.key).order_by("pk").values_list("role", flat=True)[0]
    staff = directory.colleagues(organisation_id, role=role, on=now.date())
    if not any(person.unit_name == unit_name or not unit_name for person in staff):
        raise CannotHandOver("Đơn vị được chọn chưa có cán bộ giữ vai trò của bước này.")
    begin(dossier)
    _finish(task, "transfer", ground, actor, now)
    new = _reopen(task, now, organisation_id=organisation_id, unit_name=unit_name, role=role, holder_id=None)
    before = dossier.agency_id
    if elsewhere:
        dossier.agency_id = organisation_id
        dossier.save(update_fields=["agency"])
    _say(dossier, new, "transfer", ground, actor, now, before={"agency_id": before, "unit": task.unit_name},
         after={"agency_id": dossier.agency_id, "unit": unit_name})  # fmt: skip
    return new.pk


def _check_competent(dossier: Dossier, task: Task, organisation_id: int, now: datetime) -> None:
    if task.kind != TaskKind.STEP or task.organisation_id != dossier.agency_id:
        raise CannotHandOver(
            "Việc cho ý kiến chỉ chuyển trong cơ quan; muốn hỏi cơ quan khác, hãy lấy ý kiến cơ quan đó."
        )
    competent = {agency.id for agency in procedures.agencies_offering(dossier.version_id, now.date())}
    if organisation_id not in competent:
        raise CannotHandOver("Cơ quan được chọn không có thẩm quyền giải quyết thủ tục này.")
    if Task.objects.filter(dossier=dossier, finished_at__isnull=True).exclude(pk=task.pk).exists():
        raise CannotHandOver("Còn đơn vị đang cho ý kiến. Hãy chờ đủ ý kiến rồi chuyển hồ sơ.")


@transaction.atomic
def send_back(*, task_id: int, step_key: str, reason: str, actor: Actor, now: datetime) -> int:
    """Give the dossier back to any earlier step, to whoever did it if they are still there. Time runs on. Returns the
    new task's number. Raises `CannotHandOver`."""
    dossier, task = _ready(task_id, "dossiers.work", reason, actor)
    decision = may_work_on(actor, task)
    if not decision:
        raise CannotHandOver(decision.reason)
    if task.kind != TaskKind.STEP:
        raise CannotHandOver("Việc cho ý kiến không trả lại bước trước được; hãy ghi vào ý kiến.")
    definition = procedures.version(dossier.version_id).definition
    step = definition.route.step(step_key) if definition and definition.route else None
    if step is None or step_key not in dict(earlier_steps(dossier.pk, task.key)):
        raise CannotHandOver("Chỉ trả lại một bước mà hồ sơ đã qua.")
    if Task.objects.filter(dossier=dossier, finished_at__isnull=True).exclude(pk=task.pk).exists():
        raise CannotHandOver("Còn đơn vị đang cho ý kiến. Hãy chờ đủ ý kiến rồi trả lại.")
    begin(dossier)
    _finish(task, "send_back", reason, actor, now, title=f"Trả lại bước «{step.title}»")
    new = open_step(dossier, step, now=now, is_rework=True, holder_id=last_holder(dossier, step, now), after=task)
    _say(dossier, new, "send_back", reason, actor, now, before={"task": task.key}, after={"task": step.key})
    return new.pk


def earlier_steps(dossier_id: int, current_key: str) -> list[tuple[str, str]]:
    """(key, title) of the steps that were done before, the first first."""
    done = (
        Task.objects.filter(dossier_id=dossier_id, kind=TaskKind.STEP, finished_at__isnull=False)
        .exclude(key=current_key)
        .order_by("pk")
        .values_list("key", "title")
    )
    return list(dict(done).items())


@transaction.atomic
def take_over(*, task_id: int, ground: str, actor: Actor, now: datetime) -> int:
    """A head or leader does the work of somebody who is absent, in their own role: nobody takes over upwards.
    Returns the new task's number. Raises `CannotHandOver`."""
    dossier, task = _ready(task_id, "dossiers.take_over", ground, actor)
    if task.kind not in (TaskKind.STEP, TaskKind.OPINION):
        raise CannotHandOver("Việc tiếp nhận và trả kết quả do cán bộ một cửa làm; hãy phân công người khác.")
    if task.holder_id is None:
        raise CannotHandOver("Việc này chưa ai nhận. Hãy phân công cho cán bộ.")
    if task.holder_id == actor.user_id:
        raise CannotHandOver("Bạn đang giữ việc này.")
    here = frozenset(g.role for g in actor.grants if task.organisation_id in g.organisation_ids)
    role = role_for_take_over(here, task.role)
    if role is None:
        raise CannotHandOver("Vai trò của bạn không được làm thay việc này.")
    holder = task.holder.full_name if task.holder else ""
    _finish(task, "take_over", ground, actor, now, title=f"{OUTCOMES['take_over']} ({holder})"[:300])
    new = _reopen(task, now, role=role, holder_id=account_of(actor))
    _say(dossier, new, "take_over", ground, actor, now, before={"holder_id": task.holder_id},
         after={"holder_id": actor.user_id, "role": role})  # fmt: skip
    return new.pk


def _ready(task_id: int, permission: str, ground: str, actor: Actor) -> tuple[Dossier, Task]:
    dossier, task = locked(task_id, permission, actor)
    if task.kind not in (TaskKind.STEP, TaskKind.OPINION):
        raise CannotHandOver("Việc này có nút riêng: tiếp nhận, từ chối hoặc trả kết quả.")
    if dossier.state not in (State.ACCEPTED, State.IN_PROGRESS):
        raise CannotHandOver(f"Hồ sơ đang «{State(dossier.state).title}» nên chưa chuyển việc được.")
    if len(ground.strip()) < 5:
        raise CannotHandOver("Ghi rõ lý do để người nhận biết cần làm gì.")
    if len(ground) > COMMENT_MAX:
        raise CannotHandOver(f"Lý do dài quá {COMMENT_MAX} ký tự. Hãy viết gọn lại.")
    return dossier, task


def _finish(task: Task, how: str, ground: str, actor: Actor, now: datetime, title: str = "") -> None:
    finish_task(task, action=how, action_title=title or OUTCOMES[how], comment=ground, actor=actor, now=now)


def _reopen(task: Task, now: datetime, **changes: object) -> Task:
    """The same work in other hands, with the inner time that it had."""
    values: dict[str, object] = {
        "dossier_id": task.dossier_id, "kind": task.kind, "key": task.key, "title": task.title, "role": task.role,
        "organisation_id": task.organisation_id, "unit_name": task.unit_name, "asked_by_id": task.asked_by_id,
        "is_rework": task.is_rework, "created_at": now, "due_at": task.due_at,
        "planned_minutes": task.planned_minutes, **changes,
    }  # fmt: skip
    return Task.objects.create(**values)


def _say(
    dossier: Dossier, task: Task, how: str, ground: str, actor: Actor, now: datetime, *, before: dict[str, object],
    after: dict[str, object],
) -> None:  # fmt: skip
    record(
        who=actor, action=f"dossiers.{how}", object_ref=dossier.ref, reason=ground.strip(), before=before, after=after,
        now=now,
    )  # fmt: skip
    publish(TaskHandedOver(dossier_id=dossier.pk, code=dossier.code, task_id=task.pk, how=how), key=dossier.ref)
