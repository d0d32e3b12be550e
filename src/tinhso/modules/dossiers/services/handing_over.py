"""Between two agencies: who receives confirms, or refuses with a ground and gives back (Thông tư 11/2025, function 6)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from tinhso.kernel.access.api import Actor, account_of, require
from tinhso.kernel.audit.api import record
from tinhso.kernel.events.api import publish
from tinhso.modules.dossiers.events import HandOverConfirmed, HandOverRefused
from tinhso.modules.dossiers.models import Dossier, HandOver, Task
from tinhso.modules.dossiers.rules import FINISHED, State
from tinhso.modules.dossiers.services import parts
from tinhso.modules.dossiers.services.routing import COMMENT_MAX, CannotAct, finish_task


class CannotConfirm(CannotAct):
    """It is confirmed or refused already, or no ground was given. Nothing was changed."""


@transaction.atomic
def confirm_hand_over(*, hand_over_id: int, actor: Actor, now: datetime) -> None:
    """The receiving agency has the dossier: its people may work on it. Its time has run since the hand-over, so that
    waiting with the confirmation gains nothing. Raises `CannotConfirm`."""
    dossier, hand_over, task = _pending(hand_over_id, actor)
    hand_over.confirmed_at = now
    hand_over.confirmed_by_id = account_of(actor)
    hand_over.confirmed_by_name = actor.label[:300]
    hand_over.save(update_fields=["confirmed_at", "confirmed_by", "confirmed_by_name"])
    task.awaits_receipt = False
    task.save(update_fields=["awaits_receipt"])
    record(
        who=actor,
        action="dossiers.confirm_hand_over",
        object_ref=dossier.ref,
        after={"from": hand_over.from_organisation_id, "to": hand_over.to_organisation_id, "task": task.key},
        now=now,
    )
    publish(
        HandOverConfirmed(dossier_id=dossier.pk, code=dossier.code, organisation_id=hand_over.to_organisation_id),
        key=dossier.ref,
    )


@transaction.atomic
def refuse_hand_over(*, hand_over_id: int, ground: str, actor: Actor, now: datetime) -> int:
    """The receiving agency does not take the dossier: it goes back to who handed it over, whose own time runs on from
    where it stood. Returns the new task's number. Raises `CannotConfirm`."""
    dossier, hand_over, task = _pending(hand_over_id, actor)
    ground = ground.strip()
    if len(ground) < 10:
        raise CannotConfirm("Nêu rõ lý do không nhận bàn giao (ít nhất 10 ký tự): thiếu gì, cần làm gì tiếp.")
    if len(ground) > COMMENT_MAX:
        raise CannotConfirm(f"Lý do dài quá {COMMENT_MAX} ký tự. Hãy viết gọn lại.")
    if hand_over.is_return:
        raise CannotConfirm("Hồ sơ được trả lại chính nơi đã chuyển đi nên không từ chối được; hãy nhận rồi xử lý.")
    hand_over.refused_at = now
    hand_over.refused_by_name = actor.label[:300]
    hand_over.ground = ground
    hand_over.save(update_fields=["refused_at", "refused_by_name", "ground"])
    finish_task(
        task, action="refuse_hand_over", action_title="Không nhận bàn giao", comment=ground, actor=actor, now=now
    )
    parts.give_back_part(dossier, hand_over, now=now)
    old = hand_over.from_task
    new = Task.objects.create(
        dossier=dossier,
        kind=old.kind,
        key=old.key,
        title=old.title,
        role=old.role,
        organisation_id=old.organisation_id,
        unit_name=old.unit_name,
        holder_id=old.finished_by_id,
        is_rework=True,
        created_at=now,
        due_at=parts.due_of_open_part(dossier),
    )
    record(
        who=actor,
        action="dossiers.refuse_hand_over",
        object_ref=dossier.ref,
        reason=ground,
        after={"from": hand_over.from_organisation_id, "to": hand_over.to_organisation_id, "task": new.key},
        now=now,
    )
    publish(
        HandOverRefused(dossier_id=dossier.pk, code=dossier.code, organisation_id=hand_over.to_organisation_id),
        key=dossier.ref,
    )
    return new.pk


def _pending(hand_over_id: int, actor: Actor) -> tuple[Dossier, HandOver, Task]:
    """The dossier's row is the lock; `require` comes before any answer."""
    dossier = Dossier.objects.select_for_update().get(
        pk=HandOver.objects.filter(pk=hand_over_id).values("dossier_id")[:1]
    )
    hand_over = HandOver.objects.select_related("from_task", "to_task").get(pk=hand_over_id)
    require(actor, "dossiers.confirm_hand_over", hand_over)
    if hand_over.confirmed_at is not None:
        raise CannotConfirm(f"{hand_over.confirmed_by_name} đã xác nhận nhận bàn giao hồ sơ này.")
    if hand_over.refused_at is not None:
        who = hand_over.refused_by_name or "Hệ thống"
        raise CannotConfirm(f"{who} đã từ chối nhận bàn giao hồ sơ này: {hand_over.ground}")
    if State(dossier.state) in FINISHED:
        raise CannotConfirm(f"Hồ sơ đang «{State(dossier.state).title}» nên không còn bàn giao.")
    return dossier, hand_over, hand_over.to_task
