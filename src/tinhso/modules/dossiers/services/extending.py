"""Being late said openly: an apology with a new day (form 04). It never blocks the return of a result."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from tinhso.kernel.access.api import Actor, account_of, require
from tinhso.kernel.audit.api import record
from tinhso.kernel.calendar.api import calendar_for
from tinhso.kernel.clock import VIETNAM
from tinhso.kernel.events.api import publish
from tinhso.kernel.identifiers.api import next_number
from tinhso.modules.directory import api as directory
from tinhso.modules.dossiers.events import DeadlineExtended
from tinhso.modules.dossiers.models import Apology, Dossier
from tinhso.modules.dossiers.queries.reading import Access
from tinhso.modules.dossiers.rules import FINISHED, State
from tinhso.modules.dossiers.services.deadlines import days_between, note_change
from tinhso.modules.dossiers.services.routing import COMMENT_MAX


class CannotApologise(ValueError):
    """No reason, no fit day, or nothing to be late with. Nothing was changed."""


@transaction.atomic
def apologise(*, dossier_id: int, reason: str, new_due_at: datetime, actor: Actor, now: datetime) -> int:
    """The leader of the agency apologises and names a new due time; the original one is kept. Returns the apology's
    number in the table. Raises `CannotApologise`."""
    dossier = Dossier.objects.select_for_update().get(pk=dossier_id)
    # Of the agency that is late, not of the office that received.
    require(actor, "dossiers.apologise", Access(frozenset({dossier.agency_id}), dossier.owner_id))
    reason = reason.strip()
    if dossier.accepted_at is None or dossier.state in FINISHED:
        raise CannotApologise(f"Hồ sơ {dossier.code} đang «{State(dossier.state).title}», không có ngày hẹn để dời.")
    if dossier.due_at is None:
        raise CannotApologise(
            "Thời hạn của hồ sơ đang tạm dừng. Khi người nộp bổ sung xong, ngày hẹn mới được tính lại."
        )
    if len(reason) < 10:
        raise CannotApologise("Nêu rõ lý do chậm (ít nhất 10 ký tự); lý do được in trên văn bản xin lỗi.")
    if len(reason) > COMMENT_MAX:
        raise CannotApologise(f"Lý do dài quá {COMMENT_MAX} ký tự. Hãy viết gọn lại.")
    _check_day(dossier, new_due_at, now)
    signer = directory.staff_of_user(account_of(actor), on=now.date())
    before = dossier.due_at
    number = next_number(f"form04:{dossier.office_id}:{now.year}")
    apology = Apology.objects.create(
        dossier=dossier,
        office_id=dossier.office_id,
        year=now.year,
        number=number,
        reason=reason,
        due_before=before,
        new_due_at=new_due_at,
        made_at=now,
        signer_id=account_of(actor),
        signer_name=actor.label,
        signer_title=signer.position_title if signer else "",
    )
    dossier.due_at = new_due_at
    dossier.save(update_fields=["due_at"])
    note_change(
        dossier,
        before=before,
        ground=f"Xin lỗi và hẹn lại (mẫu 04 số {number:02d}): {reason}",
        explanation=days_between(dossier.agency_id, now, new_due_at, "Ngày hẹn lại"),
        actor=actor,
        now=now,
    )
    record(
        who=actor,
        action="dossiers.apologise",
        object_ref=dossier.ref,
        reason=reason,
        before={"due_at": before.isoformat()},
        after={"due_at": new_due_at.isoformat(), "form_04": number},
        now=now,
    )
    publish(DeadlineExtended(dossier_id=dossier.pk, code=dossier.code, apology_id=apology.pk), key=dossier.ref)
    return apology.pk


def _check_day(dossier: Dossier, new_due_at: datetime, now: datetime) -> None:
    if new_due_at <= now:
        raise CannotApologise("Ngày hẹn mới phải sau thời điểm này.")
    if dossier.due_at is not None and new_due_at <= dossier.due_at:
        raise CannotApologise(
            f"Ngày hẹn mới phải sau ngày đang hẹn ({dossier.due_at.astimezone(VIETNAM):%H:%M ngày %d/%m/%Y})."
        )
    local = new_due_at.astimezone(VIETNAM)
    if local.year > now.astimezone(VIETNAM).year + 2:
        raise CannotApologise("Ngày hẹn mới quá xa. Hãy xem lại năm.")
    hours = calendar_for(dossier.agency_id, around=local.date())
    minute = local.hour * 60 + local.minute
    off = hours.day_off_reason(local.date())
    if off:
        raise CannotApologise(f"Ngày {local:%d/%m/%Y} là ngày nghỉ ({off}). Hãy chọn một ngày làm việc.")
    if not any(start <= minute <= end for start, end in hours.spans_on(local.date())):
        spans = ", ".join(
            f"{a // 60:02d}:{a % 60:02d}–{b // 60:02d}:{b % 60:02d}" for a, b in hours.spans_on(local.date())
        )
        raise CannotApologise(f"Giờ hẹn {local:%H:%M} ngoài giờ làm việc ({spans}).")
