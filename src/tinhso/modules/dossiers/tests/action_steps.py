"""Short ways to the states in which the actions beside the route are tested."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from tinhso.kernel.access.api import NOBODY
from tinhso.kernel.audit.api import verify_object
from tinhso.modules.dossiers import api as dossiers
from tinhso.modules.dossiers.models import DeadlineChange, Dossier, Pause, SupplementRequest, Task
from tinhso.modules.dossiers.rules import FINISHED, ItemKind, State
from tinhso.modules.dossiers.tests.factories import NOW, Stage, picture

NAME = "/child/full_name"
ANSWER_BY = date(2026, 12, 4)
REASON = "Tên trẻ khác giấy chứng sinh (Điều 16 Luật Hộ tịch)."


def at(days: int = 0, hours: int = 0, minutes: int = 0) -> datetime:
    return NOW + timedelta(days=days, hours=hours, minutes=minutes)


def field(target: str = NAME, note: str = "Ghi đúng như giấy chứng sinh.") -> dossiers.Asked:
    return dossiers.Asked(ItemKind.FIELD, target, note)


def paper(target: str = "birth_proof", note: str = "Chụp lại cho rõ con dấu.") -> dossiers.Asked:
    return dossiers.Asked(ItemKind.PAPER, target, note)


def free(note: str = "Cho biết nơi cư trú hiện nay của mẹ.") -> dossiers.Asked:
    return dossiers.Asked(ItemKind.TEXT, "", note)


def ask(
    dossier: Dossier, actor: Any, *items: dossiers.Asked, now: datetime = NOW, answer_by: date = ANSWER_BY
) -> SupplementRequest:
    number = dossiers.request_supplement(
        dossier_id=dossier.pk,
        items=items or (field(), paper()),
        reason=REASON,
        answer_by=answer_by,
        actor=actor,
        now=now,
    )
    dossier.refresh_from_db()
    return SupplementRequest.objects.get(pk=number)


def write_answer(
    dossier: Dossier, actor: Any, *, now: datetime = NOW, opened: Any = (), name: str = "Nguyễn Minh Khang Sửa",
    fields: dict[str, Any] | None = None, texts: dict[int, str] | None = None, papers: Any = ("birth_proof",),
) -> None:  # fmt: skip
    same = {"dossier_id": dossier.pk, "actor": actor, "now": now, "opened": opened}
    dossiers.save_answer(fields={NAME: name} if fields is None else fields, texts=texts or {}, **same)
    for key in papers:
        dossiers.attach_answer(paper_key=key, stream=picture("blue"), filename="moi.png", **same)


def answer(dossier: Dossier, actor: Any, *, now: datetime = NOW, opened: Any = (), **written: Any) -> dossiers.Answered:
    write_answer(dossier, actor, now=now, opened=opened, **written)
    done = dossiers.send_answer(dossier_id=dossier.pk, actor=actor, now=now, opened=opened)
    dossier.refresh_from_db()
    return done


def by_pin(dossier: Dossier) -> dict[str, Any]:
    """A guest who opened the dossier with code and PIN."""
    return {"actor": NOBODY, "opened": {str(dossier.public_id)}}


def check_whole(dossier: Dossier) -> None:
    """What must hold of a dossier whatever was done with it."""
    dossier.refresh_from_db()
    state = State(dossier.state)
    open_tasks = list(Task.objects.filter(dossier=dossier, finished_at__isnull=True))
    keys = [task.key for task in open_tasks]
    assert len(keys) == len(set(keys)), keys
    if state in FINISHED - {State.COMPLETED, State.RETURNED}:
        assert not keys
    elif state == State.COMPLETED:
        assert keys == ["return"]
    elif state == State.RETURNED:
        assert keys in ([], ["return"])
    else:
        assert keys
        assert dossier.accepted_at is not None or keys == ["intake"]
    waiting = SupplementRequest.objects.filter(dossier=dossier, answered_at__isnull=True, closed_at__isnull=True)
    assert waiting.count() == (1 if state == State.SUPPLEMENT_REQUESTED else 0)
    assert dossier.supplement_count == SupplementRequest.objects.filter(dossier=dossier).count()
    paused = Pause.objects.filter(dossier=dossier, ended_at__isnull=True).exists()
    assert not paused or state == State.SUPPLEMENT_REQUESTED
    changes = list(DeadlineChange.objects.filter(dossier=dossier).order_by("pk"))
    assert bool(changes) == (dossier.accepted_at is not None)
    before = None
    for change in changes:
        assert change.due_before == before
        assert change.ground
        assert change.explanation
        before = change.due_after
    assert dossier.due_at == before
    if changes:
        assert dossier.original_due_at == changes[0].due_after
    verdict = verify_object(dossier.ref)
    assert verdict.ok, verdict


def stage_of(**changes: Any) -> Stage:
    from tinhso.modules.dossiers.tests.factories import make_stage

    return make_stage(**changes)
