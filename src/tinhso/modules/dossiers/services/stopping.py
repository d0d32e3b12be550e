"""The end of a dossier without a result: the person withdraws it, or the agency stops (form 05 either way).

Sources: khoản 1 Điều 21 Nghị định 118/2025/NĐ-CP and Điều 7 Thông tư 03/2025/TT-VPCP for the person's request.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from tinhso.kernel.access.api import Actor, require
from tinhso.kernel.audit.api import record
from tinhso.kernel.events.api import publish
from tinhso.kernel.identifiers.api import next_number
from tinhso.modules.directory import api as directory
from tinhso.modules.dossiers.events import DossierStopped, DossierWithdrawn
from tinhso.modules.dossiers.models import Closing, Dossier, Paper, PaymentRequest, Task
from tinhso.modules.dossiers.rules import STOP_GROUNDS, ClosingKind, PaperKind, State, may_become
from tinhso.modules.dossiers.services import parts
from tinhso.modules.dossiers.services.answering import open_request
from tinhso.modules.dossiers.services.deadlines import end_pause
from tinhso.modules.dossiers.services.money import no_longer_owed
from tinhso.modules.dossiers.services.paying import settle
from tinhso.modules.dossiers.services.person import named, require_person
from tinhso.modules.dossiers.services.routing import COMMENT_MAX, finish_task


class CannotStop(ValueError):
    """No ground, or the dossier is past stopping. Nothing was changed."""


class CannotWithdraw(ValueError):
    """There is a result already, or it was not confirmed. Nothing was changed."""


@transaction.atomic
def stop(*, dossier_id: int, ground: str, document: str, reason: str, actor: Actor, now: datetime) -> int:
    """The agency stops the work on a ground of `rules.STOP_GROUNDS`. Returns the closing's number. Raises `CannotStop`."""
    dossier = Dossier.objects.select_for_update().get(pk=dossier_id)
    require(actor, "dossiers.stop", dossier)
    state = State(dossier.state)
    if not may_become(state, State.STOPPED):
        raise CannotStop(f"Hồ sơ {dossier.code} đang «{state.title}» nên không dừng giải quyết được.")
    if ground not in STOP_GROUNDS:
        raise CannotStop("Chọn căn cứ dừng giải quyết.")
    known = STOP_GROUNDS[ground]
    document, reason = document.strip(), reason.strip()
    if known.needs_document and len(document) < 5:
        raise CannotStop("Ghi số, ngày, cơ quan ban hành của văn bản làm căn cứ.")
    if len(reason) < 10:
        raise CannotStop("Nêu rõ lý do dừng (ít nhất 10 ký tự); lý do được in trên thông báo gửi người nộp.")
    if len(reason) > COMMENT_MAX or len(document) > 300:
        raise CannotStop("Lý do hoặc tên văn bản dài quá. Hãy viết gọn lại.")
    if ground == "not_supplemented":
        request = open_request(dossier)
        if request is None or now <= request.answer_by_at:
            raise CannotStop("Chưa hết hạn bổ sung nên chưa dừng được với căn cứ này.")
    if ground == "not_paid" and state != State.PAYMENT_REQUESTED:
        raise CannotStop("Hồ sơ không có yêu cầu nộp tiền nào đang chờ.")
    text = f"{known.title}: {document}" if document else known.title
    number = _close(dossier, ClosingKind.STOPPED, ground=text, reason=reason, channel="", actor=actor, now=now)
    record(
        who=actor,
        action="dossiers.stop",
        object_ref=dossier.ref,
        reason=f"{text}. {reason}",
        before={"state": state},
        after={"state": State.STOPPED, "form_05": number},
        now=now,
    )
    publish(DossierStopped(dossier_id=dossier.pk, code=dossier.code), key=dossier.ref)
    return number


@transaction.atomic
def withdraw(
    *,
    dossier_id: int,
    confirmed: bool,
    actor: Actor,
    now: datetime,
    reason: str = "",
    channel: str = "online",
    opened: Collection[str] = (),
) -> int:
    """The person takes the dossier back, before there is a result; a clerk does it for somebody who came or wrote
    (`channel`: counter or post). Returns the number of form 05. Raises `CannotWithdraw`."""
    dossier = Dossier.objects.select_for_update().get(pk=dossier_id)
    require_person(actor, "dossiers.withdraw", dossier, opened)
    state = State(dossier.state)
    if not may_become(state, State.WITHDRAWN):
        if state in (State.COMPLETED, State.RETURNED):
            raise CannotWithdraw("Hồ sơ đã có kết quả nên không rút được nữa (Điều 21 Nghị định 118/2025/NĐ-CP).")
        raise CannotWithdraw(f"Hồ sơ {dossier.code} đang «{state.title}» nên không rút được.")
    if not confirmed:
        raise CannotWithdraw("Hãy đánh dấu xác nhận rút hồ sơ. Rút rồi thì không làm tiếp được hồ sơ này.")
    if channel not in ("online", "counter", "post") or (actor.kind == "officer") == (channel == "online"):
        raise CannotWithdraw("Chọn cách người nộp gửi yêu cầu rút: trực tiếp hoặc qua bưu chính.")
    who = named(actor, dossier)
    reason = reason.strip()[:COMMENT_MAX]
    number = _close(
        dossier, ClosingKind.WITHDRAWN, ground="Người nộp yêu cầu", reason=reason, channel=channel, actor=who, now=now
    )
    record(
        who=who,
        action="dossiers.withdraw",
        object_ref=dossier.ref,
        reason=reason,
        before={"state": state},
        after={"state": State.WITHDRAWN, "form_05": number, "channel": channel},
        now=now,
    )
    publish(DossierWithdrawn(dossier_id=dossier.pk, code=dossier.code), key=dossier.ref)
    return number


def _close(
    dossier: Dossier, kind: ClosingKind, *, ground: str, reason: str, channel: str, actor: Actor, now: datetime
) -> int:
    """Close all that is open, each with its outcome, and list the papers that go back to the person."""
    withdrawn = kind == ClosingKind.WITHDRAWN
    title = "Đóng: người nộp rút hồ sơ" if withdrawn else "Đóng: dừng giải quyết"
    for task in Task.objects.filter(dossier=dossier, finished_at__isnull=True).order_by("pk"):
        finish_task(task, action=str(kind.value), action_title=title, comment=reason, actor=actor, now=now)
    request = open_request(dossier)
    if request is not None:
        request.closed_at = now
        request.save(update_fields=["closed_at"])
    payment = PaymentRequest.objects.filter(dossier=dossier, settled_at__isnull=True).first()
    if payment is not None:
        settle(dossier, payment, how=title, actor=actor, now=now)
    no_longer_owed(dossier, ground=title, actor=actor, now=now)
    end_pause(dossier, why=title, actor=actor, now=now)
    parts.close(dossier, now=now)
    dossier.state = State.WITHDRAWN if withdrawn else State.STOPPED
    dossier.closed_at = now
    dossier.closed_reason = f"{ground}. {reason}".strip() if reason else ground
    dossier.save(update_fields=["state", "closed_at", "closed_reason"])
    number = next_number(f"form05:{dossier.office_id}:{now.year}")
    staff = directory.staff_of_user(actor.user_id, on=now.date()) if actor.kind == "officer" and actor.user_id else None
    Closing.objects.create(
        dossier=dossier,
        kind=kind,
        office_id=dossier.office_id,
        year=now.year,
        number=number,
        ground=ground,
        reason=reason,
        channel=channel,
        closed_at=now,
        closed_by_name=actor.label[:300],
        closed_by_title=staff.position_title if staff else "",
        papers_returned=papers_in_hand(dossier.pk),
    )
    return number


def papers_in_hand(dossier_id: int) -> list[str]:
    """Papers that were handed in as paper, those replaced by a supplement too: they go back to the person."""
    rows = Paper.objects.filter(dossier_id=dossier_id).exclude(kind=PaperKind.DIGITISED).order_by("pk")
    return [f"{row.name} ({PaperKind(row.kind).title.lower()}, {row.quantity:02d} bản)" for row in rows]
