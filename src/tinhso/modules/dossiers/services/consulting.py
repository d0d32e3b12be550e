"""Asking others for their opinion from any step, beside the route. Silence is not consent: it is only silence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from tinhso.kernel.access.api import Actor, allow
from tinhso.kernel.audit.api import record
from tinhso.kernel.calendar.api import DeadlineRule, compute_due_for
from tinhso.kernel.events.api import publish
from tinhso.modules.directory import api as directory
from tinhso.modules.dossiers.events import OpinionsAsked, StepFinished
from tinhso.modules.dossiers.models import Task
from tinhso.modules.dossiers.rules import State, TaskKind
from tinhso.modules.dossiers.services.routing import (
    COMMENT_MAX,
    CannotAct,
    begin,
    finish_task,
    join_when_all_answered,
    locked,
    may_work_on,
)

MOST_ASKED = 20
HOURS_MOST = 400


class CannotAsk(CannotAct):
    """Nobody is chosen, nobody is there, or the question is missing. Nothing was changed."""


@transaction.atomic
def ask_opinions(
    *,
    task_id: int,
    organisation_ids: Sequence[int],
    question: str,
    hours: int,
    actor: Actor,
    now: datetime,
    units: Sequence[str] = (),
) -> list[int]:
    """Ask organisations, and inner `units` of the own one, in parallel, each within `hours` of its working time; the
    step goes on when all have answered. Returns the numbers of the opened tasks. Raises `CannotAsk`."""
    dossier, task = locked(task_id, "dossiers.work", actor)
    decision = may_work_on(actor, task)
    if not decision:
        raise CannotAsk(decision.reason)
    if task.kind != TaskKind.STEP or dossier.state not in (State.ACCEPTED, State.IN_PROGRESS):
        raise CannotAsk(f"Hồ sơ đang «{State(dossier.state).title}», bước này không hỏi ý kiến được.")
    chosen, inner = list(dict.fromkeys(organisation_ids)), list(dict.fromkeys(units))
    if not 1 <= len(chosen) + len(inner) <= MOST_ASKED:
        raise CannotAsk(f"Chọn từ 1 đến {MOST_ASKED} cơ quan, đơn vị cần hỏi.")
    question = question.strip()
    if len(question) < 10:
        raise CannotAsk("Ghi rõ nội dung cần cho ý kiến (ít nhất 10 ký tự).")
    if len(question) > COMMENT_MAX:
        raise CannotAsk(f"Nội dung hỏi dài quá {COMMENT_MAX} ký tự. Hãy viết gọn lại.")
    if not 1 <= hours <= HOURS_MOST:
        raise CannotAsk(f"Thời gian trả lời từ 1 đến {HOURS_MOST} giờ làm việc.")
    places = [_place(number, task.organisation_id, now) for number in chosen]
    places += [_unit(task.organisation_id, unit, now) for unit in inner]
    begin(dossier)
    finish_task(task, action="ask_opinions", action_title="Lấy ý kiến", comment=question, actor=actor, now=now)
    opened = [
        Task.objects.create(
            dossier=dossier,
            kind=TaskKind.OPINION,
            key=f"opinion_{number}",
            title=f"Ý kiến của {place.title}"[:300],
            role=place.role,
            organisation_id=place.organisation_id,
            unit_name=place.unit_name,
            asked_by=task,
            created_at=now,
            due_at=compute_due_for(place.organisation_id, now, DeadlineRule(amount=hours, unit="working_hour")).due_at,
            planned_minutes=hours * 60,
        )
        for number, place in enumerate(places, 1)
    ]
    record(
        who=actor,
        action="dossiers.ask_opinions",
        object_ref=dossier.ref,
        reason=question,
        after={"task": task.key, "organisations": chosen, "units": inner, "hours": hours},
        now=now,
    )
    publish(OpinionsAsked(dossier_id=dossier.pk, code=dossier.code, organisation_ids=tuple(chosen)), key=dossier.ref)
    return [row.pk for row in opened]


@dataclass(frozen=True)
class _Asked:
    """Who is asked: an organisation, or an inner unit; `role`: who there has it in hand."""

    organisation_id: int
    unit_name: str
    title: str
    role: str


def _place(number: int, own_id: int, now: datetime) -> _Asked:
    place = directory.organisations_by_id([number]).get(number)
    if place is None or (place.valid_until is not None and place.valid_until < now.date()) or number == own_id:
        raise CannotAsk("Có nơi không còn hoạt động, hoặc là chính cơ quan đang hỏi. Hãy chọn lại.")
    for role in ("handler", "unit_head", "leader"):
        if directory.colleagues(number, role=role, on=now.date()):
            return _Asked(number, "", place.short_name or place.name, role)
    raise CannotAsk(f"{place.name} chưa có cán bộ nhận việc trên hệ thống. Hãy gửi công văn và ghi vào ý kiến.")


def _unit(organisation_id: int, unit_name: str, now: datetime) -> _Asked:
    for role in ("handler", "unit_head"):
        staff = directory.colleagues(organisation_id, role=role, on=now.date())
        if unit_name and any(person.unit_name == unit_name for person in staff):
            return _Asked(organisation_id, unit_name, unit_name, role)
    raise CannotAsk(f"«{unit_name[:100]}» chưa có cán bộ nhận việc trên hệ thống.")


@transaction.atomic
def close_unanswered(*, task_id: int, ground: str, actor: Actor, now: datetime) -> None:
    """Go on without an opinion that has not come by its time; the trail says that it did not come, not that it agreed.
    For whoever asked and the heads of the asking agency. Raises `CannotAsk`."""
    dossier, task = locked(task_id, "dossiers.close_opinion", actor, of_dossier=True)
    if task.kind != TaskKind.OPINION or task.asked_by is None:
        raise CannotAsk("Việc này không phải là một ý kiến đang chờ.")
    heads = bool(allow(actor, "dossiers.assign", dossier))
    if task.asked_by.finished_by_id != actor.user_id and not heads:
        raise CannotAsk("Chỉ người đã hỏi hoặc lãnh đạo của họ được kết thúc việc chờ ý kiến.")
    if task.due_at is not None and now <= task.due_at:
        raise CannotAsk("Chưa hết thời gian cho ý kiến. Im lặng không phải là đồng ý; hãy chờ hoặc nhắc đơn vị.")
    if len(ground.strip()) < 10:
        raise CannotAsk("Ghi rõ đã đôn đốc thế nào và vì sao đi tiếp (ít nhất 10 ký tự).")
    if len(ground) > COMMENT_MAX:
        raise CannotAsk(f"Lý do dài quá {COMMENT_MAX} ký tự. Hãy viết gọn lại.")
    finish_task(task, action="no_answer", action_title="Không cho ý kiến", comment=ground, actor=actor, now=now)
    record(
        who=actor, action="dossiers.close_opinion", object_ref=dossier.ref, reason=ground.strip(),
        after={"task": task.key}, now=now,
    )  # fmt: skip
    publish(
        StepFinished(dossier_id=dossier.pk, code=dossier.code, task_id=task.pk, action="no_answer"), key=dossier.ref
    )
    join_when_all_answered(dossier, task, now)
