"""Writing, approving and ending the answers that officers are given. Who wrote one does not approve it."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import transaction

from tinhso.kernel.access.api import Actor, account_of, require
from tinhso.kernel.audit.api import record
from tinhso.kernel.clock import VIETNAM
from tinhso.kernel.search import searchable
from tinhso.modules.procedures.models import Guidance, Procedure

LEAST, QUESTION_MOST, ANSWER_MOST, SOURCE_MOST = 10, 300, 4000, 500
Status = Guidance.Status


class CannotGuide(ValueError):
    """Nothing was changed; `problems`: field → message."""

    def __init__(self, message: str, problems: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.problems = problems or {}


@transaction.atomic
def propose_guidance(
    *,
    procedure_code: str,
    question: str,
    answer: str,
    source: str,
    replaces_id: int | None,
    actor: Actor,
    now: datetime,
) -> int:
    """Write an answer down for approval; returns its number. `procedure_code` "": of no single procedure. Raises
    `CannotGuide`."""
    require(actor, "procedures.write_guidance")
    texts = {"question": question, "answer": answer, "source": source}
    texts = {name: text.replace("\x00", "").strip() for name, text in texts.items()}
    problems = _problems(texts)
    procedure = None
    code = procedure_code.replace("\x00", "").strip()[:20]
    if code:
        procedure = Procedure.objects.filter(code=code).first()
        if procedure is None:
            problems["procedure_code"] = f"Không có thủ tục mang mã {code}."
    former = Guidance.objects.filter(pk=replaces_id).first() if replaces_id else None
    if former is not None and former.status != Status.APPROVED:
        raise CannotGuide("Chỉ thay được hướng dẫn đang áp dụng.")
    if problems:
        raise CannotGuide("Chưa ghi đủ.", problems)
    row = Guidance.objects.create(
        procedure=procedure,
        folded=searchable(texts["question"], texts["answer"], procedure.name if procedure else "", code),
        replaces=former,
        written_at=now,
        written_by_id=account_of(actor),
        written_by_name=actor.label,
        **texts,
    )
    _note(row, "procedures.write_guidance", actor, now)
    return row.pk


@transaction.atomic
def approve_guidance(*, guidance_id: int, valid_from: date | None, actor: Actor, now: datetime) -> None:
    """Put it in force from a day; the one it replaces ends the day before. Raises `CannotGuide`."""
    row = _locked(guidance_id, actor)
    if row.written_by_id == account_of(actor):
        raise CannotGuide("Người soạn không tự duyệt. Cần một người khác.")
    today = now.astimezone(VIETNAM).date()
    day = valid_from or today
    if not today <= day <= today + timedelta(days=366):
        raise CannotGuide(
            "Ngày áp dụng từ hôm nay đến một năm tới.", {"valid_from": "Ngày áp dụng từ hôm nay đến một năm tới."}
        )
    row.status, row.valid_from, row.decided_at, row.decided_by_name = Status.APPROVED, day, now, actor.label
    row.save(update_fields=["status", "valid_from", "decided_at", "decided_by_name"])
    if row.replaces_id is not None:
        former = Guidance.objects.select_for_update().get(pk=row.replaces_id)
        former.valid_until, former.reason = day - timedelta(days=1), f"Thay bằng hướng dẫn số {row.pk}"
        former.save(update_fields=["valid_until", "reason"])
        _note(former, "procedures.end_guidance", actor, now)
    _note(row, "procedures.approve_guidance", actor, now)


@transaction.atomic
def refuse_guidance(*, guidance_id: int, reason: str, actor: Actor, now: datetime) -> None:
    """Not approved, with the reason. Raises `CannotGuide`."""
    row = _locked(guidance_id, actor)
    row.reason = _reason(reason)
    row.status, row.decided_at, row.decided_by_name = Status.WITHDRAWN, now, actor.label
    row.save(update_fields=["status", "reason", "decided_at", "decided_by_name"])
    _note(row, "procedures.refuse_guidance", actor, now)


@transaction.atomic
def end_guidance(*, guidance_id: int, reason: str, actor: Actor, now: datetime) -> None:
    """No longer given from tomorrow on; it stays readable. Raises `CannotGuide`."""
    require(actor, "procedures.approve_guidance")
    row = Guidance.objects.select_for_update().get(pk=guidance_id)
    today = now.astimezone(VIETNAM).date()
    if row.status != Status.APPROVED or (row.valid_until is not None and row.valid_until <= today):
        raise CannotGuide("Chỉ kết thúc được hướng dẫn đang áp dụng.")
    row.reason, row.valid_until, row.status = _reason(reason), today, Status.ENDED
    row.save(update_fields=["reason", "valid_until", "status"])
    _note(row, "procedures.end_guidance", actor, now)


def _locked(guidance_id: int, actor: Actor) -> Guidance:
    require(actor, "procedures.approve_guidance")
    row = Guidance.objects.select_for_update().get(pk=guidance_id)
    if row.status != Status.PROPOSED:
        raise CannotGuide(f"Hướng dẫn này đang ở tình trạng «{row.get_status_display()}».")
    return row


def _reason(typed: str) -> str:
    reason = typed.replace("\x00", "").strip()
    if not LEAST <= len(reason) <= SOURCE_MOST:
        message = f"Ghi lý do, từ {LEAST} đến {SOURCE_MOST} ký tự."
        raise CannotGuide(message, {"reason": message})
    return reason


def _problems(texts: dict[str, str]) -> dict[str, str]:
    most = {"question": QUESTION_MOST, "answer": ANSWER_MOST, "source": SOURCE_MOST}
    words = {
        "question": "Ghi câu hỏi",
        "answer": "Ghi câu trả lời",
        "source": "Ghi nguồn: văn bản, điều, khoản. Không có nguồn thì không được dùng",
    }
    return {
        name: f"{words[name]}, từ {LEAST} đến {most[name]} ký tự."
        for name, text in texts.items()
        if not LEAST <= len(text) <= most[name]
    }


def _note(row: Guidance, action: str, actor: Actor, now: datetime) -> None:
    record(
        who=actor,
        action=action,
        object_ref=f"guidance:{row.pk}",
        reason=row.reason,
        after={"status": row.status, "source": row.source},
        now=now,
    )
