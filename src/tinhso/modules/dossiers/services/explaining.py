"""A head or leader records why a dossier is late."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from tinhso.kernel.access.api import Actor, account_of, require
from tinhso.kernel.audit.api import record
from tinhso.modules.dossiers.models import DelayGround, Dossier, Task
from tinhso.modules.dossiers.queries.reading import Access
from tinhso.modules.dossiers.rules.watching import DELAY_GROUNDS

NOTE_MOST = 2000


class CannotExplain(ValueError):
    """No ground, a ground that asks for a note, or a dossier that is not late. Nothing was changed."""


@transaction.atomic
def explain_delay(*, dossier_id: int, task_id: int | None, ground: str, note: str, actor: Actor, now: datetime) -> None:
    """Record why the dossier is late: at a step of it, or as a whole. Raises `CannotExplain`."""
    dossier = Dossier.objects.select_for_update().get(pk=dossier_id)
    require(actor, "dossiers.explain_delay", Access(frozenset({dossier.agency_id}), dossier.owner_id))
    note = note.strip()
    if dossier.due_at is None or (dossier.completed_at or now) <= dossier.due_at:
        raise CannotExplain(f"Hồ sơ {dossier.code} không quá hạn nên không có nguyên nhân chậm để ghi.")
    if ground not in DELAY_GROUNDS:
        raise CannotExplain("Chọn nguyên nhân chậm.")
    if ground == "other" and len(note) < 5:
        raise CannotExplain("Ghi rõ nguyên nhân khác là gì.")
    if len(note) > NOTE_MOST:
        raise CannotExplain(f"Ghi chú dài quá {NOTE_MOST} ký tự. Hãy viết gọn lại.")
    if task_id is not None and not Task.objects.filter(pk=task_id, dossier=dossier).exists():
        raise CannotExplain("Bước được chọn không thuộc hồ sơ này.")
    DelayGround.objects.create(
        dossier=dossier,
        task_id=task_id,
        ground=ground,
        note=note,
        recorded_at=now,
        recorded_by_id=account_of(actor),
        recorded_by_name=actor.label,
    )
    record(
        who=actor,
        action="dossiers.explain_delay",
        object_ref=dossier.ref,
        reason=DELAY_GROUNDS[ground],
        after={"task_id": task_id},
        now=now,
    )
