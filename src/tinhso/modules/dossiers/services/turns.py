"""Whose turn it is on a dossier, what they may do now, and what each action does to the due time. Changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tinhso.kernel.access.api import Actor, allow, roles
from tinhso.kernel.calendar.api import DeadlineRule, compute_due_for
from tinhso.kernel.clock import VIETNAM
from tinhso.modules.directory import api as directory
from tinhso.modules.dossiers.queries.reading import Access, DossierView, TaskInfo
from tinhso.modules.dossiers.rules import WAITING_FOR_PERSON, State, TaskKind, timeliness
from tinhso.modules.procedures import api as procedures


@dataclass(frozen=True)
class Offer:
    """An action that may be taken: its button, and what it will do, told before it is done."""

    key: str
    title: str
    kind: str
    effect: str

    @property
    def needs_reason(self) -> bool:
        return self.kind in ("back", "opinion")


@dataclass(frozen=True)
class Turn:
    """An open task as an actor finds it. `offers`: the first is the main one; `why_not`: why there are none.
    `candidates`: colleagues to whom the actor may give the task."""

    task: TaskInfo
    offers: tuple[Offer, ...]
    why_not: str
    may_claim: bool
    candidates: tuple[directory.StaffInfo, ...]

    @property
    def place(self) -> str:
        """The id of its card on the page."""
        return f"task-{self.task.id}"

    @property
    def assign_place(self) -> str:
        return f"assign-{self.task.id}"

    @property
    def main(self) -> Offer | None:
        return self.offers[0] if self.offers else None

    @property
    def others(self) -> tuple[Offer, ...]:
        return self.offers[1:]


def turns_of(actor: Actor, view: DossierView, *, now: datetime) -> tuple[Turn, ...]:
    """The open tasks of a dossier; those the actor may do come first. One query for the version, and two for each task
    that the actor may assign."""
    definition = procedures.version(view.version_id).definition
    turns = [_turn(actor, view, task, definition, now) for task in view.open_tasks]
    return tuple(sorted(turns, key=lambda turn: (not turn.offers, turn.task.id)))


def _turn(
    actor: Actor, view: DossierView, task: TaskInfo, definition: procedures.Definition | None, now: datetime
) -> Turn:
    place = Access(frozenset({task.organisation_id}), None)
    not_theirs = _why_not(actor, task, place)
    why_not = not_theirs
    if not why_not and task.awaits_receipt:
        why_not = "Chờ xác nhận nhận bàn giao"
    if not why_not and task.kind == TaskKind.STEP and view.state in WAITING_FOR_PERSON:
        why_not = f"{view.state.title}: chờ người nộp"
    candidates: tuple[directory.StaffInfo, ...] = ()
    if allow(actor, "dossiers.assign", place):
        candidates = tuple(directory.colleagues(task.organisation_id, role=task.role, on=now.date()))
    return Turn(
        task=task,
        offers=() if why_not else _offers(view, task, definition, now),
        why_not=why_not,
        may_claim=not not_theirs and not task.awaits_receipt and task.holder_id is None,
        candidates=candidates,
    )


def _why_not(actor: Actor, task: TaskInfo, place: Access) -> str:
    """The same answer as `routing.may_work_on`, from what the page has read already."""
    if not allow(actor, "dossiers.work", place) or not any(
        grant.role == task.role and task.organisation_id in grant.organisation_ids for grant in actor.grants
    ):
        return f"Chờ {_who(task)}"
    if task.holder_id is not None and not actor.stands_for(task.holder_id):
        return f"Đang do {task.holder_name} xử lý"
    return ""


def _who(task: TaskInfo) -> str:
    if task.holder_name:
        return task.holder_name
    role = roles().get(task.role, task.role)
    return f"{role[:1].lower()}{role[1:]}, {task.unit_name or task.organisation_name}"


def _offers(
    view: DossierView, task: TaskInfo, definition: procedures.Definition | None, now: datetime
) -> tuple[Offer, ...]:
    if task.kind == TaskKind.OPINION:
        return (Offer("opinion", "Gửi ý kiến", "opinion", f"Ý kiến được chuyển đến nơi hỏi. {_kept(view)}"),)
    if task.kind != TaskKind.STEP or definition is None:
        return ()
    case = {**view.form_data, "applicant": {"acting_as": _acting_as(view)}}
    offers = []
    for action in procedures.actions_open(definition, task.key, case):
        steps = procedures.next_steps(definition, task.key, action.key)
        offers.append(Offer(action.key, action.title, action.kind, _effect(view, action.kind, steps, now)))
    # Going back is never the main thing to do.
    return tuple(sorted(offers, key=lambda offer: offer.kind == "back"))


def _acting_as(view: DossierView) -> str:
    applicant = view.party("applicant")
    return applicant.acting_as if applicant else ""


def _effect(view: DossierView, kind: str, steps: tuple[procedures.Step, ...], now: datetime) -> str:
    titles = roles()
    if kind == "issue":
        if view.due_at is None:
            return "Lấy số và ban hành ngay; không sửa lại được."
        outcome = timeliness(now.astimezone(VIETNAM), view.due_at).title.lower()
        return (
            f"Lấy số và ban hành ngay, thời hạn dừng tại đây: {outcome} (hẹn {_at(view.due_at)}). Không sửa lại được."
        )
    if kind == "back":
        names = ", ".join(f"«{step.title}»" for step in steps)
        return f"Trả về {names}. Thời gian làm lại vẫn tính vào thời hạn. {_kept(view)}"
    if kind == "parallel":
        names = ", ".join(f"{step.title} ({step.hours} giờ làm việc)" for step in steps)
        return f"Hỏi đồng thời: {names}. Chờ đủ các ý kiến rồi xử lý tiếp. {_kept(view)}"
    names = ", ".join(f"«{s.title}» ({titles.get(s.role, s.role)}, {s.hours} giờ làm việc)" for s in steps)
    return f"Chuyển đến {names}. {_kept(view)}"


def _kept(view: DossierView) -> str:
    return "" if view.due_at is None else f"Hẹn trả giữ nguyên: {_at(view.due_at)}."


def _at(moment: datetime) -> str:
    return f"{moment.astimezone(VIETNAM):%d/%m/%Y %H:%M}"


@dataclass(frozen=True)
class ExpectedDue:
    """When the result would be due if the dossier were accepted now."""

    due_at: datetime | None
    term: dict[str, object]


def due_if_accepted(view: DossierView, *, now: datetime) -> ExpectedDue | None:
    """None where the version does not know its term, or the dossier is past accepting."""
    if view.state != State.REGISTERED:
        return None
    case = {**view.form_data, "applicant": {"acting_as": _acting_as(view)}}
    term = procedures.deadline_rule_for(view.version_id, case)
    if term is None:
        return None
    due = compute_due_for(
        organisation_id=view.agency_id,
        received_at=now,
        rule=DeadlineRule(amount=term.amount, unit=term.unit, cutoff=term.cutoff),
    )
    cutoff = term.cutoff.strftime("%H:%M") if term.cutoff else None
    return ExpectedDue(due.due_at, {"amount": term.amount, "unit": term.unit, "cutoff": cutoff})
