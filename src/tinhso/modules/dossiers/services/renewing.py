"""A draft whose version has ended while it was written: it goes on under the version in force, or is told why it cannot.

Only drafts: a dossier keeps the version it came in under, whatever happens to the catalogue.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from tinhso.kernel.access.api import Actor
from tinhso.modules.dossiers.models import Draft
from tinhso.modules.dossiers.services.drafts import find
from tinhso.modules.procedures import api as procedures


class NoLongerOffered(Exception):
    """The procedure of the draft cannot be filed any more. The message says since when and what to do."""


def has_ended(draft: Draft, on: date) -> bool:
    """Has the draft's version gone out of force? No query where the version was joined (`drafts.find`)."""
    version = draft.version
    return draft.dossier_id is None and not procedures.in_force(
        version.status, version.valid_from, version.valid_until, on
    )


@transaction.atomic
def renew(*, public_id: UUID, actor: Actor, keys: Collection[str], now: datetime) -> str:
    """Move a draft to the version in force; returns what to tell its writer ("" where nothing was to do).

    What was typed and uploaded stays; what the new version does not ask is left out when the draft is sent. Raises
    `NoLongerOffered`, `DraftNotFound`.
    """
    draft = find(public_id=public_id, actor=actor, keys=keys, lock=True, now=now)
    if not has_ended(draft, now.date()):
        return ""
    old = procedures.version(draft.version_id)
    new = procedures.current_version(old.code, now.date())
    if new is None or not new.fileable or new.definition is None:
        raise NoLongerOffered(
            f"Thủ tục «{old.title}» không còn nhận hồ sơ từ khi nội dung bạn đang điền hết hiệu lực"
            f"{f' ({old.valid_until:%d/%m/%Y})' if old.valid_until else ''}. Bản nháp này không gửi được nữa; "
            "hãy xem trang thủ tục hoặc hỏi nơi tiếp nhận để biết thủ tục thay thế."
        )
    if (new.competent_kind, new.competent_level) != (old.competent_kind, old.competent_level) or (
        draft.channel not in new.definition.channels
    ):
        raise NoLongerOffered(
            f"Thủ tục «{old.title}» nay do cơ quan khác giải quyết hoặc không nhận theo cách nộp này. "
            "Hãy bắt đầu hồ sơ mới từ trang thủ tục."
        )
    draft.version_id = new.id
    draft.revision += 1
    draft.updated_at = now
    draft.save(update_fields=["version", "revision", "updated_at"])
    return (
        f"Thủ tục này có nội dung mới từ {new.valid_from:%d/%m/%Y}. Những gì bạn đã điền được giữ lại; "
        "hãy xem lại từng phần rồi gửi."
    )
