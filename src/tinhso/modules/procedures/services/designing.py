"""Changing a draft in the designers: each change is one step that can be undone; nobody overwrites another unseen."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from tinhso.kernel.access.api import Actor, require
from tinhso.kernel.clock import VIETNAM
from tinhso.modules.procedures.models import DesignStep, ProcedureVersion
from tinhso.modules.procedures.rules.canonical import canonical
from tinhso.modules.procedures.services.drafting import CannotDraft, save_draft

MOST_STEPS_KEPT = 60


class SavedMeanwhile(CannotDraft):
    """Somebody else saved since the page was opened. Nothing was written; what was typed is still on the page."""


@transaction.atomic
def change_draft(
    *, version_id: int, definition: Mapping[str, Any], seen: str, what: str, actor: Actor, now: datetime
) -> str:
    """Write a draft's definition in its canonical form and remember the one before. Returns the new digest; the same
    definition again changes nothing. Raises `SavedMeanwhile`, `CannotDraft`."""
    require(actor, "procedures.edit")
    version = ProcedureVersion.objects.select_related("procedure").get(pk=version_id)
    before, digest = version.definition, version.definition_digest
    if digest != seen and version.status == ProcedureVersion.Status.DRAFT:
        raise SavedMeanwhile(_told(version))
    after = save_draft(version_id=version_id, definition=canonical(definition), seen=seen, actor=actor, now=now)
    if after != digest:
        DesignStep.objects.create(
            version_id=version_id, what=what[:300], before=before or "null", digest_before=digest, digest_after=after,
            done_by_id=actor.user_id, done_by_name=actor.label, done_at=now,
        )  # fmt: skip
        kept = DesignStep.objects.filter(version_id=version_id).order_by("-pk").values_list("pk", flat=True)
        if (oldest := list(kept[MOST_STEPS_KEPT : MOST_STEPS_KEPT + 1])) != []:
            DesignStep.objects.filter(version_id=version_id, pk__lte=oldest[0]).delete()
    return after


@transaction.atomic
def undo(*, version_id: int, seen: str, actor: Actor, now: datetime) -> str:
    """Take the last change back; returns what it was. Raises `SavedMeanwhile`, `CannotDraft` where there is none."""
    require(actor, "procedures.edit")
    step = DesignStep.objects.filter(version_id=version_id).order_by("-pk").first()
    version = ProcedureVersion.objects.select_related("procedure").get(pk=version_id)
    if version.definition_digest != seen:
        raise SavedMeanwhile(_told(version))
    if step is None or step.digest_after != seen:
        raise CannotDraft("Không còn thay đổi nào để hoàn tác.")
    save_draft(version_id=version_id, definition=json.loads(step.before), seen=seen, actor=actor, now=now)
    step.delete()
    return step.what


def _told(version: ProcedureVersion) -> str:
    step = DesignStep.objects.filter(version=version).order_by("-pk").first()
    who = f"{step.done_by_name} lưu lúc {step.done_at.astimezone(VIETNAM):%H:%M}" if step else "người khác lưu"
    what = f" ({step.what})" if step else ""
    return (
        f"Bản nháp vừa được {who}{what} trong khi bạn đang sửa. Thay đổi của bạn chưa được ghi nhưng vẫn còn trên trang "
        "này: hãy xem lại rồi bấm lưu lần nữa để ghi lên bản mới."
    )
