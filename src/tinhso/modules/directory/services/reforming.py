"""Drafting, submitting and deciding a plan of reorganisation. Who drafted it never approves it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime

from django.db import transaction
from django.db.models import Max

from tinhso.kernel.access.api import Actor, account_of, require
from tinhso.kernel.audit.api import record
from tinhso.kernel.clock import VIETNAM
from tinhso.modules.directory.models import Reform, ReformAction
from tinhso.modules.directory.queries.reforms import actions_of, digest_now
from tinhso.modules.directory.rules.reform_sheet import MAX_ACTIONS, read_objects, read_table
from tinhso.modules.directory.rules.reforms import Action, Problem
from tinhso.modules.directory.rules.sheets import Fault
from tinhso.modules.directory.services.applying import CannotReform, apply_reform, refuse_blocked, refuse_unreachable
from tinhso.modules.directory.services.judging import impact_of
from tinhso.modules.directory.services.workbooks import MAX_BYTES, CannotRead, read_upload

GROUND_MIN = 5
FAULTS_SHOWN = 50


class FaultyPlan(CannotReform):
    """The file of a plan has faults; `faults` names each by row and cell. Nothing was kept."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(f"Tệp có {len(faults)} lỗi; chưa dòng nào được nhập.", "file")
        self.faults = tuple(faults[:FAULTS_SHOWN])


@transaction.atomic
def draft_reform(*, title: str, ground: str, effective_date: date, actor: Actor, now: datetime) -> int:
    """A new empty plan. Returns its number."""
    require(actor, "directory.draft_reform")
    title, ground = " ".join(title.split()), " ".join(ground.split())
    _check_head(title, ground)
    reform = Reform.objects.create(
        title=title, ground=ground, effective_date=effective_date, drafted_by_id=account_of(actor), drafted_at=now
    )
    record(
        who=actor, action="directory.draft_reform", object_ref=f"reform:{reform.pk}", reason=ground,
        after={"effective_date": str(effective_date)}, now=now,
    )  # fmt: skip
    return reform.pk


def _check_head(title: str, ground: str) -> None:
    if not 5 <= len(title) <= 300:
        raise CannotReform("Đặt tên phương án, từ 5 đến 300 ký tự.", "title")
    if not GROUND_MIN <= len(ground) <= 500:
        raise CannotReform("Ghi căn cứ: số, ngày của nghị quyết, quyết định.", "ground")


def _draft(reform_id: int, actor: Actor) -> Reform:
    """The locked plan, still being drafted."""
    require(actor, "directory.draft_reform")
    reform = Reform.objects.select_for_update().filter(pk=reform_id).first()
    if reform is None:
        raise CannotReform("Không có phương án này.")
    if reform.state != Reform.State.DRAFT:
        raise CannotReform(f"Phương án «{reform.get_state_display().lower()}»: không sửa được nữa.")
    return reform


@transaction.atomic
def change_reform(
    *, reform_id: int, title: str, ground: str, effective_date: date, actor: Actor, now: datetime
) -> None:
    """Another title, ground or day."""
    reform = _draft(reform_id, actor)
    title, ground = " ".join(title.split()), " ".join(ground.split())
    _check_head(title, ground)
    before = {"effective_date": str(reform.effective_date)}
    reform.title, reform.ground, reform.effective_date = title, ground, effective_date
    reform.save(update_fields=["title", "ground", "effective_date"])
    record(
        who=actor, action="directory.change_reform", object_ref=f"reform:{reform.pk}", reason=ground, before=before,
        after={"effective_date": str(effective_date)}, now=now,
    )  # fmt: skip


@transaction.atomic
def add_action(*, reform_id: int, action: Action, actor: Actor, now: datetime) -> int:
    """Add a row; its number is the next. What is wrong with it the judgement of the plan tells. Returns the number."""
    reform = _draft(reform_id, actor)
    last = ReformAction.objects.filter(reform=reform).aggregate(last=Max("number"))["last"] or 0
    if last >= MAX_ACTIONS:
        raise CannotReform(f"Một phương án có nhiều nhất {MAX_ACTIONS} dòng.")
    _write(reform, [replace(action, number=last + 1)])
    return last + 1


@transaction.atomic
def remove_action(*, reform_id: int, number: int, actor: Actor, now: datetime) -> None:
    """Take a row out; the others keep their numbers."""
    reform = _draft(reform_id, actor)
    if not ReformAction.objects.filter(reform=reform, number=number).delete()[0]:
        raise CannotReform("Không có dòng này.")


@transaction.atomic
def settle_doubts(*, reform_id: int, numbers: Iterable[int], ground: str, actor: Actor, now: datetime) -> int:
    """A person has decided what was doubtful in these rows. Returns how many."""
    reform = _draft(reform_id, actor)
    if len(ground.strip()) < GROUND_MIN:
        raise CannotReform("Ghi rõ đã quyết định theo căn cứ nào.", "settle_ground")
    wanted = sorted(set(numbers))
    rows = ReformAction.objects.filter(reform=reform, number__in=wanted, settled_at__isnull=True).exclude(doubt="")
    count = rows.update(settled_at=now)
    if not count:
        raise CannotReform("Chọn ít nhất một điểm chưa quyết định.", "settle")
    record(
        who=actor, action="directory.settle_doubts", object_ref=f"reform:{reform.pk}", reason=ground.strip(),
        after={"rows": wanted[:200], "count": count}, now=now,
    )  # fmt: skip
    return count


def read_plan(content: bytes, filename: str) -> list[Action]:
    """The actions of a file: XLSX, CSV or JSON. Raises `FaultyPlan`, `CannotReform`."""
    if len(content) > MAX_BYTES:
        raise CannotReform(f"Tệp lớn quá {MAX_BYTES // 1024 // 1024} MB.", "file")
    if content.lstrip()[:1] in (b"[", b"{"):
        try:
            actions, faults = read_objects(filename, json.loads(content))
        except (ValueError, RecursionError) as wrong:
            raise CannotReform("Tệp JSON sai cấu trúc.", "file") from wrong
    else:
        try:
            tables, _ = read_upload(content, filename)
        except CannotRead as wrong:
            raise CannotReform(str(wrong), "file") from wrong
        filled = [table for table in tables if table.rows]
        if len(filled) != 1:
            raise CannotReform("Tệp phải có đúng một trang có dữ liệu.", "file")
        actions, faults = read_table(filled[0])
    if faults:
        raise FaultyPlan(faults)
    if not actions:
        raise CannotReform("Tệp không có dòng nào.", "file")
    return actions


@transaction.atomic
def import_actions(*, reform_id: int, content: bytes, filename: str, actor: Actor, now: datetime) -> int:
    """Replace the rows of a draft by those of a file. Returns how many. Raises `FaultyPlan` with every fault."""
    reform = _draft(reform_id, actor)
    actions = read_plan(content, filename)
    ReformAction.objects.filter(reform=reform).delete()
    _write(reform, actions)
    record(
        who=actor, action="directory.import_reform", object_ref=f"reform:{reform.pk}", after={"rows": len(actions)},
        now=now,
    )  # fmt: skip
    return len(actions)


def reform_problems(reform_id: int) -> tuple[Problem, ...]:
    """Everything that stands in the way of a plan, or that its people should know. Raises `CannotReform`."""
    reform = Reform.objects.filter(pk=reform_id).first()
    if reform is None:
        raise CannotReform("Không có phương án này.")
    return impact_of(actions_of(reform_id), reform.effective_date).problems


def _write(reform: Reform, actions: Iterable[Action]) -> None:
    ReformAction.objects.bulk_create(
        (
            ReformAction(
                reform=reform, number=a.number, kind=a.kind, old_code=a.old_code, new_code=a.new_code, name=a.name,
                short_name=a.short_name, level=a.level, organisation_kind=a.organisation_kind,
                parent_code=a.parent_code, admin_unit_code=a.admin_unit_code, address=a.address, takes=a.takes,
                fields=list(a.fields), note=a.note, doubt=a.doubt,
            )
            for a in actions
        ),
        batch_size=500,
    )  # fmt: skip


@transaction.atomic
def submit_reform(*, reform_id: int, actor: Actor, now: datetime) -> None:
    """Give the plan to another person for approval; nothing may stand in its way."""
    reform = _draft(reform_id, actor)
    impact = impact_of(actions_of(reform_id), reform.effective_date)
    refuse_unreachable(impact, actor, "directory.draft_reform")
    refuse_blocked(impact)
    reform.state, reform.submitted_at, reform.digest = Reform.State.SUBMITTED, now, digest_now(reform)
    reform.decided_by_id, reform.decided_at, reform.decision_note = None, None, ""
    reform.save()
    record(
        who=actor, action="directory.submit_reform", object_ref=f"reform:{reform.pk}", reason=reform.ground,
        after={"digest": reform.digest}, now=now,
    )  # fmt: skip


@transaction.atomic
def decide_reform(*, reform_id: int, approve: bool, note: str, actor: Actor, now: datetime) -> None:
    """Approve what was submitted, or send it back to be drafted on. Not by who drafted it."""
    require(actor, "directory.approve_reform")
    reform = Reform.objects.select_for_update().filter(pk=reform_id).first()
    if reform is None:
        raise CannotReform("Không có phương án này.")
    if reform.state != Reform.State.SUBMITTED:
        raise CannotReform("Phương án không ở bước chờ phê duyệt.")
    own = account_of(actor)
    if own == reform.drafted_by_id or actor.on_behalf_of == reform.drafted_by_id:
        raise CannotReform("Người soạn phương án không được tự phê duyệt.")
    note = note.strip()[:500]
    if not approve and len(note) < GROUND_MIN:
        raise CannotReform("Ghi rõ cần sửa gì.", "note")
    if approve:
        impact = impact_of(actions_of(reform_id), reform.effective_date)
        refuse_unreachable(impact, actor, "directory.approve_reform")
        refuse_blocked(impact)
        if digest_now(reform) != reform.digest:
            raise CannotReform("Nội dung phương án khác với bản đã trình.")
        reform.state, reform.decided_by_id, reform.decided_at = Reform.State.APPROVED, own, now
    else:
        reform.state, reform.digest = Reform.State.DRAFT, ""
    reform.decision_note = note
    reform.save()
    record(
        who=actor,
        action="directory.approve_reform" if approve else "directory.return_reform",
        object_ref=f"reform:{reform.pk}", reason=note or reform.ground, after={"digest": reform.digest}, now=now,
    )  # fmt: skip


@transaction.atomic
def cancel_reform(*, reform_id: int, ground: str, actor: Actor, now: datetime) -> None:
    """Give a plan up before it is applied."""
    require(actor, "directory.draft_reform")
    reform = Reform.objects.select_for_update().filter(pk=reform_id).first()
    if reform is None or reform.state in (Reform.State.APPLYING, Reform.State.APPLIED, Reform.State.CANCELLED):
        raise CannotReform("Phương án này không hủy được nữa.")
    if len(ground.strip()) < GROUND_MIN:
        raise CannotReform("Ghi lý do hủy.", "cancel_ground")
    reform.state = Reform.State.CANCELLED
    reform.save(update_fields=["state"])
    record(
        who=actor, action="directory.cancel_reform", object_ref=f"reform:{reform.pk}", reason=ground.strip(), now=now
    )


@transaction.atomic
def ask_for_trial(*, reform_id: int, actor: Actor, now: datetime, begin: Callable[[int], None]) -> None:
    """A trial run behind the page. `begin` queues it in this transaction."""
    require(actor, "directory.draft_reform")
    reform = Reform.objects.filter(pk=reform_id).first()
    if reform is None or reform.state not in (Reform.State.DRAFT, Reform.State.SUBMITTED, Reform.State.APPROVED):
        raise CannotReform("Phương án này không chạy thử được nữa.")
    impact = impact_of(actions_of(reform_id), reform.effective_date)
    if impact.of("error"):
        refuse_blocked(impact)
    begin(reform_id)
    record(who=actor, action="directory.try_reform", object_ref=f"reform:{reform_id}", now=now)


@transaction.atomic
def ask_for_application(*, reform_id: int, actor: Actor, now: datetime, begin: Callable[[int], None]) -> None:
    """The application behind the page. `begin` queues it in this transaction."""
    require(actor, "directory.apply_reform")
    reform = Reform.objects.select_for_update().filter(pk=reform_id).first()
    if reform is None or reform.state not in (Reform.State.APPROVED, Reform.State.APPLYING):
        raise CannotReform("Chỉ áp dụng được phương án đã phê duyệt và chưa áp dụng.")
    if reform.effective_date > now.astimezone(VIETNAM).date():
        raise CannotReform(f"Chưa đến ngày hiệu lực {reform.effective_date:%d/%m/%Y}.")
    begin(reform_id)
    record(who=actor, action="directory.ask_for_application", object_ref=f"reform:{reform_id}", now=now)


def apply_due_reforms(*, actor: Actor, now: datetime) -> int:
    """Go on with what was interrupted and begin what is due. One that something stands in the way of waits, with the
    reason on its page. Returns how many were carried out."""
    require(actor, "directory.apply_reform")
    today = now.astimezone(VIETNAM).date()
    due = Reform.objects.filter(
        state__in=[Reform.State.APPROVED, Reform.State.APPLYING], effective_date__lte=today
    ).order_by("effective_date", "pk")
    done = 0
    for number in list(due.values_list("pk", flat=True)):
        try:
            apply_reform(reform_id=number, actor=actor, now=now)
            done += 1
        except CannotReform as reason:
            Reform.objects.filter(pk=number).update(decision_note=f"Chưa áp dụng được: {reason}"[:500])
    return done
