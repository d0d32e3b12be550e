"""A leader's instruction on a dossier and its answer (chỉ đạo). It asks and tells; it decides nothing: the professional
decision, the step and the due time stay with whoever has them."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from django.db import transaction

from tinhso.kernel.access.api import Actor, account_of, require
from tinhso.kernel.audit.api import record
from tinhso.kernel.calendar.api import calendar_for
from tinhso.kernel.clock import VIETNAM
from tinhso.kernel.events.api import publish
from tinhso.modules.dossiers.events import InstructionAnswered, InstructionGiven
from tinhso.modules.dossiers.models import UNFINISHED, Dossier, Instruction
from tinhso.modules.dossiers.queries.instructions import OPEN, addressees_of
from tinhso.modules.dossiers.queries.reading import Access
from tinhso.modules.dossiers.rules import State
from tinhso.modules.dossiers.services.telling import day_text
from tinhso.modules.notifications import api as notifications

TEXT_LEAST, TEXT_MOST = 10, 2000
DAYS_MOST = 60
LATE_AT_ONCE = 500


class CannotInstruct(ValueError):
    """Nothing was changed; `field` names what is wrong ("" for the whole), the message says it."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


@transaction.atomic
def instruct(
    *, dossier_id: int, addressee_id: int | None, text: str, answer_by: date | None, actor: Actor, now: datetime
) -> int:
    """Ask one of the people of the agency for something, to be answered by the end of a working day. Returns the
    instruction's number. Raises `CannotInstruct`."""
    dossier = Dossier.objects.select_for_update().get(pk=dossier_id)
    require(actor, "dossiers.instruct", Access(frozenset({dossier.agency_id}), dossier.owner_id))
    if dossier.state not in UNFINISHED:
        raise CannotInstruct(f"Hồ sơ {dossier.code} đã «{State(dossier.state).title}», không còn gì để chỉ đạo.")
    people = {person.user_id: person.full_name for person in addressees_of(dossier.agency_id, now=now)}
    if addressee_id is None or addressee_id not in people:
        raise CannotInstruct("Chọn người nhận chỉ đạo trong cơ quan giải quyết hồ sơ.", "addressee")
    if addressee_id == actor.user_id:
        raise CannotInstruct("Không tự chỉ đạo mình. Hãy chọn người khác.", "addressee")
    text = _words(text, "text", "Nội dung chỉ đạo")
    due = _end_of(answer_by, dossier.agency_id, now)
    row = Instruction.objects.create(
        dossier=dossier,
        text=text,
        given_at=now,
        given_by_id=account_of(actor),
        given_by_name=actor.label,
        addressee_id=addressee_id,
        addressee_name=people[addressee_id],
        answer_by_at=due,
    )
    record(
        who=actor,
        action="dossiers.instruct",
        object_ref=dossier.ref,
        reason=text,
        after={"instruction": row.pk, "addressee": people[addressee_id], "answer_by_at": due.isoformat()},
        now=now,
    )
    publish(InstructionGiven(dossier_id=dossier.pk, code=dossier.code, instruction_id=row.pk), key=dossier.ref)
    return row.pk


@transaction.atomic
def answer_instruction(*, instruction_id: int, text: str, actor: Actor, now: datetime) -> None:
    """The addressee (or who stands in for them) answers, once. Late answers are taken. Raises `CannotInstruct`."""
    row, dossier = _locked(instruction_id)
    require(actor, "dossiers.answer_instruction", Access(frozenset({dossier.agency_id}), dossier.owner_id))
    if not actor.stands_for(row.addressee_id):
        raise CannotInstruct(f"Chỉ đạo này giao cho {row.addressee_name}; người khác không trả lời thay.")
    _require_open(row)
    row.answer = _words(text, "answer", "Nội dung trả lời")
    row.answered_at = now
    row.answered_by_name = actor.label
    row.save(update_fields=["answer", "answered_at", "answered_by_name"])
    record(
        who=actor,
        action="dossiers.answer_instruction",
        object_ref=dossier.ref,
        reason=row.answer,
        after={"instruction": row.pk},
        now=now,
    )
    publish(InstructionAnswered(dossier_id=dossier.pk, code=dossier.code, instruction_id=row.pk), key=dossier.ref)


@transaction.atomic
def withdraw_instruction(*, instruction_id: int, reason: str, actor: Actor, now: datetime) -> None:
    """Whoever gave it takes it back before the answer. It stays readable. Raises `CannotInstruct`."""
    row, dossier = _locked(instruction_id)
    require(actor, "dossiers.instruct", Access(frozenset({dossier.agency_id}), dossier.owner_id))
    if not actor.stands_for(row.given_by_id):
        raise CannotInstruct(f"Chỉ đạo này do {row.given_by_name} giao; người khác không thu hồi được.")
    _require_open(row)
    row.withdrawn_reason = _words(reason, "reason", "Lý do thu hồi")
    row.withdrawn_at = now
    row.save(update_fields=["withdrawn_reason", "withdrawn_at"])
    record(
        who=actor,
        action="dossiers.withdraw_instruction",
        object_ref=dossier.ref,
        reason=row.withdrawn_reason,
        after={"instruction": row.pk},
        now=now,
    )


@transaction.atomic
def remind_of_instructions(*, actor: Actor, now: datetime) -> int:
    """Tell both sides, once, of instructions whose time has passed without an answer. Returns how many notices are new."""
    require(actor, "dossiers.run_watch")
    late = (
        Instruction.objects.filter(OPEN, answer_by_at__lt=now, answer_by_at__gte=now - timedelta(days=7))
        .select_related("dossier__agency", "dossier__version__procedure")
        .defer("dossier__form_data", "dossier__version__definition")
        .order_by("answer_by_at")[:LATE_AT_ONCE]
    )
    wanted = [
        _wanted(row, notifications.Kind.INSTRUCTION_LATE, user_id, f"instruction_late:{row.pk}")
        for row in late
        for user_id in (row.addressee_id, row.given_by_id)
    ]
    return notifications.notify_many(wanted=wanted, actor=actor, now=now)


def tell_instructed(*, instruction_id: int, actor: Actor, now: datetime) -> bool:
    """Tell the addressee; not of what was answered or taken back meanwhile."""
    row = _told(instruction_id)
    if row.answered_at or row.withdrawn_at:
        return False
    wanted = _wanted(row, notifications.Kind.INSTRUCTED, row.addressee_id, f"instructed:{row.pk}")
    return notifications.notify(wanted=wanted, actor=actor, now=now)


def tell_answered(*, instruction_id: int, actor: Actor, now: datetime) -> bool:
    row = _told(instruction_id)
    wanted = _wanted(row, notifications.Kind.INSTRUCTION_ANSWERED, row.given_by_id, f"instruction_answered:{row.pk}")
    return notifications.notify(wanted=wanted, actor=actor, now=now)


def _told(instruction_id: int) -> Instruction:
    return Instruction.objects.select_related("dossier__agency", "dossier__version__procedure").get(pk=instruction_id)


def _wanted(row: Instruction, kind: notifications.Kind, user_id: int, key: str) -> notifications.Wanted:
    procedure = row.dossier.version.procedure
    return notifications.Wanted(
        kind=kind,
        key=key,
        recipient=notifications.Recipient(user_id=user_id),
        values={
            "procedure": procedure.plain_name or procedure.name,
            "code": row.dossier.code,
            "date": day_text(row.answer_by_at),
            "agency": row.dossier.agency.name,
        },
        url=f"/dossiers/{row.dossier.public_id}/instructions/{row.pk}/",
    )


def _locked(instruction_id: int) -> tuple[Instruction, Dossier]:
    """The dossier's row is the lock, taken before the instruction is read."""
    owner = Instruction.objects.values_list("dossier_id", flat=True).get(pk=instruction_id)
    dossier = Dossier.objects.select_for_update().get(pk=owner)
    return Instruction.objects.get(pk=instruction_id), dossier


def _require_open(row: Instruction) -> None:
    if row.answered_at is not None:
        raise CannotInstruct(f"Đã được {row.answered_by_name} trả lời lúc {day_text(row.answered_at)}.")
    if row.withdrawn_at is not None:
        raise CannotInstruct(f"{row.given_by_name} đã thu hồi chỉ đạo này lúc {day_text(row.withdrawn_at)}.")


def _words(typed: str, field: str, what: str) -> str:
    text = typed.replace("\x00", "").strip()
    if len(text) < TEXT_LEAST:
        raise CannotInstruct(f"{what}: ghi rõ, ít nhất {TEXT_LEAST} ký tự.", field)
    if len(text) > TEXT_MOST:
        raise CannotInstruct(f"{what} dài quá {TEXT_MOST} ký tự. Hãy viết gọn lại.", field)
    return text


def _end_of(day: date | None, agency_id: int, now: datetime) -> datetime:
    """When the agency closes on that day. Raises `CannotInstruct` on a day off, a day over, or one too far away."""
    if day is None:
        raise CannotInstruct("Nhập ngày phải trả lời.", "answer_by")
    today = now.astimezone(VIETNAM).date()
    if day > today + timedelta(days=DAYS_MOST):
        raise CannotInstruct(f"Hạn trả lời xa quá {DAYS_MOST} ngày. Hãy xem lại.", "answer_by")
    if day < today:
        raise CannotInstruct("Hạn trả lời phải từ hôm nay trở đi.", "answer_by")
    hours = calendar_for(agency_id, around=day)
    spans = hours.spans_on(day)
    if not spans:
        off = hours.day_off_reason(day) or "cơ quan không làm việc"
        raise CannotInstruct(f"Ngày {day:%d/%m/%Y} là ngày nghỉ ({off}). Hãy chọn một ngày làm việc.", "answer_by")
    hour, minute = divmod(spans[-1][1], 60)
    due = datetime.combine(day, time(hour, minute), VIETNAM)
    if due <= now:
        raise CannotInstruct("Hôm nay đã hết giờ làm việc. Hãy chọn ngày làm việc tới.", "answer_by")
    return due
