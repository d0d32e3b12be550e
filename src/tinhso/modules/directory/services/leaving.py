"""Between the decision that somebody leaves and their last day: the successor's own word, and the decision taken back."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from tinhso.kernel.access.api import Actor, account_of, require, restore_rights
from tinhso.kernel.audit.api import record
from tinhso.modules.directory.models import Departure, StaffMember
from tinhso.modules.directory.services.staffing import GROUND_MIN, CannotChangeStaff


@transaction.atomic
def answer_hand_over(*, departure_id: int, accept: bool, note: str, actor: Actor, now: datetime) -> None:
    """The successor confirms that they take (or have taken) the work over, or refuses before the last day is over; then
    the decision needs another successor, or the work goes back to all who may do it. Raises `CannotChangeStaff`."""
    require(actor, "directory.own_rights")
    departure = Departure.objects.select_for_update().filter(pk=departure_id).first()
    own = account_of(actor)
    if departure is None or departure.successor_id != own or departure.cancelled_at is not None:
        raise CannotChangeStaff("Không có việc bàn giao này cho bạn.")
    if departure.confirmed_at is not None or departure.refused_at is not None:
        raise CannotChangeStaff("Bạn đã trả lời việc bàn giao này.")
    note = note.strip()[:500]
    if accept:
        departure.confirmed_at = now
    else:
        if departure.done_at is not None:
            raise CannotChangeStaff(
                "Việc đã bàn giao rồi. Nếu không làm được, đề nghị lãnh đạo phân công lại từng việc."
            )
        if len(note) < GROUND_MIN:
            raise CannotChangeStaff("Ghi lý do từ chối.", "note")
        departure.refused_at, departure.successor_id = now, None
    departure.answer_note = note
    departure.save(update_fields=["confirmed_at", "refused_at", "successor", "answer_note"])
    record(
        who=actor,
        action="directory.confirm_hand_over" if accept else "directory.refuse_hand_over",
        object_ref=f"user:{departure.user_id}",
        reason=note,
        after={"departure": departure.pk, "successor_id": own},
        now=now,
    )


@transaction.atomic
def name_successor(*, departure_id: int, successor_id: int, actor: Actor, now: datetime) -> None:
    """Another successor after the first refused, before the last day is over. Raises `CannotChangeStaff`."""
    departure = _waiting(departure_id, actor)
    there = StaffMember.objects.filter(
        user_id=successor_id, organisation_id=departure.organisation_id, user__is_active=True
    ).exclude(valid_until__lte=departure.last_day)
    if successor_id == departure.user_id or not there.exists():
        raise CannotChangeStaff("Người nhận bàn giao phải đang làm việc cùng cơ quan.", "successor")
    departure.successor_id, departure.refused_at, departure.confirmed_at = successor_id, None, None
    departure.answer_note = ""
    departure.save(update_fields=["successor", "refused_at", "confirmed_at", "answer_note"])
    record(
        who=actor, action="directory.name_successor", object_ref=f"user:{departure.user_id}",
        after={"departure": departure.pk, "successor_id": successor_id}, now=now,
    )  # fmt: skip


@transaction.atomic
def cancel_departure(*, departure_id: int, ground: str, actor: Actor, now: datetime) -> None:
    """Take back a departure whose last day is not over: place and rights as before; a place elsewhere that had not
    begun is gone. Raises `CannotChangeStaff`."""
    departure = _waiting(departure_id, actor)
    if len(ground.strip()) < GROUND_MIN:
        raise CannotChangeStaff("Ghi căn cứ hủy: số, ngày của quyết định.", "cancel_ground")
    before = departure.before
    if "member" not in before:
        raise CannotChangeStaff("Quyết định này lập trước khi hệ thống lưu đủ dữ liệu để hủy. Tiếp nhận lại người này.")
    if before.get("new_member"):
        StaffMember.objects.filter(pk=before["new_member"], user_id=departure.user_id).delete()
    StaffMember.objects.filter(pk=before["member"]).update(valid_until=_day(before["valid_until"]))
    restored = restore_rights(
        ends={int(number): _day(end) for number, end in before.get("grants", {}).items()},
        user_id=departure.user_id, reason=ground.strip(), actor=actor, now=now,
    )  # fmt: skip
    departure.done_at = departure.cancelled_at = now
    departure.save(update_fields=["done_at", "cancelled_at"])
    record(
        who=actor, action="directory.cancel_departure", object_ref=f"user:{departure.user_id}", reason=ground.strip(),
        after={"departure": departure.pk, "rights_restored": restored}, now=now,
    )  # fmt: skip


def _waiting(departure_id: int, actor: Actor) -> Departure:
    """The locked departure, decided and not carried out, within the actor's reach."""
    require(actor, "directory.manage_staff")
    departure = Departure.objects.select_for_update().filter(pk=departure_id).first()
    member = None
    if departure is not None:
        member = (
            StaffMember.objects.filter(user_id=departure.user_id, organisation_id=departure.organisation_id)
            .order_by("-valid_from")
            .first()
        )
    if departure is None or member is None:
        raise CannotChangeStaff("Không có quyết định này.")
    require(actor, "directory.manage_staff", member)
    if departure.done_at is not None:
        raise CannotChangeStaff("Quyết định đã được thực hiện hoặc đã hủy; không đổi được nữa.")
    if departure.user_id == actor.user_id:
        raise CannotChangeStaff("Việc của chính bạn do người quản trị cán bộ khác thực hiện.")
    return departure


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
