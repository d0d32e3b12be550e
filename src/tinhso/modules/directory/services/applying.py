"""Carrying out a plan of reorganisation: in steps that each record their progress in the transaction that moved the rows.

Killed at any moment and started again it ends in the same state: the structure is written once, every follower touches
only what still belongs to an ended organisation. A trial run takes the same path and is rolled back.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import date, datetime, timedelta
from time import monotonic
from typing import Any

from django.db import transaction

from tinhso.kernel.access.api import Actor, reach, require
from tinhso.kernel.audit.api import record
from tinhso.kernel.clock import VIETNAM
from tinhso.kernel.events.api import publish
from tinhso.kernel.search import searchable
from tinhso.kernel.text import sort_key
from tinhso.modules.directory.events import OrganisationsReformed
from tinhso.modules.directory.models import Organisation, Reform, ReformAction, ReformStep, Succession
from tinhso.modules.directory.queries.reforms import Impact, actions_of, digest_now, standing
from tinhso.modules.directory.rules.reforms import ENDING, SUCCESSION_OF, Founding, Plan
from tinhso.modules.directory.services.following import Follower, Moves, followers
from tinhso.modules.directory.services.judging import impact_of
from tinhso.modules.directory.services.tree import settle_paths

BATCH = 2000
ROUNDS = 5
REPORTED = 200
STRUCTURE = "structure"

Tell = Callable[[str, int, int], None]


class CannotReform(ValueError):
    """The plan cannot be drafted, decided or carried out so; the message says why. Nothing was changed."""

    def __init__(self, message: str, field: str = "", problems: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.field = field
        self.problems = tuple(problems)


def silent(title: str, done: int, total: int) -> None:
    """Tells nobody."""


def apply_reform(*, reform_id: int, actor: Actor, now: datetime, tell: Tell = silent) -> dict[str, Any]:
    """Carry out an approved plan whose day has come, or go on with one that was interrupted. Returns the report.

    Raises `CannotReform`: not approved, before its day, changed since its approval, already applied, or something now
    stands in its way (then nothing was changed)."""
    require(actor, "directory.apply_reform")
    started = monotonic()
    impact = _begin(reform_id, actor, now)
    reform = Reform.objects.get(pk=reform_id)
    left = _carry_out(reform, now, tell)
    if left:
        raise CannotReform(
            "Còn việc chưa chuyển hết: " + ", ".join(f"{title} {count}" for title, count in left.items())
            + ". Chạy lại lệnh áp dụng để tiếp tục."
        )  # fmt: skip
    return _finish(reform_id, impact, actor, now, monotonic() - started)


@transaction.atomic
def _begin(reform_id: int, actor: Actor, now: datetime) -> Impact | None:
    """The checks and the structure, in one transaction; nothing when that was done before (None)."""
    reform = Reform.objects.select_for_update().filter(pk=reform_id).first()
    if reform is None:
        raise CannotReform("Không có phương án này.")
    if reform.state == Reform.State.APPLIED:
        raise CannotReform(f"Phương án đã được áp dụng lúc {_local(reform.applied_at)}; không áp dụng hai lần.")
    if reform.state == Reform.State.APPLYING:
        return None
    if reform.state != Reform.State.APPROVED:
        raise CannotReform("Phương án chưa được phê duyệt.")
    if reform.effective_date > now.astimezone(VIETNAM).date():
        raise CannotReform(f"Chưa đến ngày hiệu lực {reform.effective_date:%d/%m/%Y}.")
    if digest_now(reform) != reform.digest:
        raise CannotReform("Nội dung phương án khác với bản đã phê duyệt. Trả lại để trình lại.")
    impact = impact_of(actions_of(reform_id), reform.effective_date)
    refuse_blocked(impact)
    write_structure(reform, impact.plan)
    reform.state, reform.started_at = Reform.State.APPLYING, now
    reform.report = {"impact": _impact_report(impact)}
    reform.save(update_fields=["state", "started_at", "report"])
    record(
        who=actor,
        action="directory.begin_reform",
        object_ref=f"reform:{reform.pk}",
        reason=reform.ground,
        after={
            "ended": len(impact.plan.ended),
            "founded": len(impact.plan.foundings),
            "day": str(reform.effective_date),
        },
        now=now,
    )
    return impact


def refuse_blocked(impact: Impact) -> None:
    """Raise `CannotReform` with everything that stands in the way."""
    standing_in = impact.of("error") + impact.of("question")
    if standing_in:
        raise CannotReform(
            f"Phương án còn {len(standing_in)} điểm phải giải quyết: {standing_in[0].message}",
            problems=[p.message for p in standing_in],
        )


def refuse_unreachable(impact: Impact, actor: Actor, permission: str) -> None:
    """Raise `Refused` or `CannotReform` where the plan touches what the actor's role does not cover."""
    require(actor, permission)
    if actor.kind == "system":
        return
    known = {one.code: one.id for one in standing(date.max)}
    parents = {known[m.parent] for m in impact.plan.foundings if m.parent in known}
    touched = frozenset(impact.plan.ended) | frozenset(impact.plan.moves) | frozenset(parents)
    beyond = touched - reach(actor, permission)
    if beyond:
        names = [impact.names.get(number, "") for number in sorted(beyond)[:3]]
        raise CannotReform(f"Phương án có {len(beyond)} cơ quan ngoài phạm vi vai trò của bạn: {', '.join(names)}.")


def write_structure(reform: Reform, plan: Plan) -> None:
    """Ends, foundings, parents and successions: some dozen statements whatever the size."""
    day = reform.effective_date
    known = {one.code: one.id for one in standing(day) if one.id not in plan.ended}
    ended = list(plan.ended)
    for start in range(0, len(ended), 1000):
        Organisation.objects.filter(pk__in=ended[start : start + 1000]).update(valid_until=day - timedelta(days=1))
    made = _found(plan.foundings, known, day)
    ids = known | {code: row.pk for code, row in made.items()}
    _move(plan, ids)
    settle_paths()
    rows = {row.number: row for row in ReformAction.objects.filter(reform=reform)}
    for edge in plan.edges:
        rows[edge.number].old_id, rows[edge.number].successor_id = edge.old_id, ids[edge.successor]
    for number, action in rows.items():
        if action.kind in ENDING and action.old_id is None:
            action.old_id = next((old for old, by in plan.ended.items() if by == number), None)
    for founding in plan.foundings:
        rows[founding.number].made = made[founding.code]
    ReformAction.objects.bulk_update(rows.values(), ["old", "successor", "made"], batch_size=500)
    Succession.objects.bulk_create(
        (
            Succession(
                predecessor_id=edge.old_id, successor_id=ids[edge.successor], effective_date=day,
                kind=SUCCESSION_OF[edge.kind], note=rows[edge.number].note,
            )
            for edge in plan.edges
        ),
        batch_size=1000,
        ignore_conflicts=True,
    )  # fmt: skip


def _found(foundings: Sequence[Founding], known: dict[str, int], day: date) -> dict[str, Organisation]:
    """The new ones, those above before those below."""
    made: dict[str, Organisation] = {}
    waiting = list(foundings)
    while waiting:
        codes = {one.code for one in waiting}
        layer = [one for one in waiting if one.parent not in codes]
        rows = [
            Organisation(
                name=one.name, short_name=one.short_name, code=one.code, code_source="official", level=one.level,
                kind=one.kind, admin_unit_code=one.admin_unit_code, address=one.address, phone=one.phone,
                parent_id=made[one.parent].pk if one.parent in made else known.get(one.parent), valid_from=day,
                search_text=searchable(one.name, one.short_name, one.code), sort_key=sort_key(one.name),
            )
            for one in layer
        ]  # fmt: skip
        Organisation.objects.bulk_create(rows, batch_size=500)
        made |= {row.code: row for row in rows}
        waiting = [one for one in waiting if one.parent in codes]
    return made


def _move(plan: Plan, ids: dict[str, int]) -> None:
    """New parents; the paths of what was moved and of all below it are settled anew."""
    by_parent: dict[int, list[int]] = {}
    for number, parent in plan.moves.items():
        by_parent.setdefault(ids[parent], []).append(number)
    if not by_parent:
        return
    paths = sorted(Organisation.objects.filter(pk__in=plan.moves).values_list("path", flat=True))
    unsettled: list[int] = []
    for path in paths:
        unsettled += Organisation.objects.filter(path__startswith=path).values_list("pk", flat=True)
    for parent_id, numbers in by_parent.items():
        Organisation.objects.filter(pk__in=numbers).update(parent_id=parent_id)
    for start in range(0, len(unsettled), 1000):
        Organisation.objects.filter(pk__in=unsettled[start : start + 1000]).update(path="")


def moves_of(reform: Reform) -> Moves:
    """Who carries on for whom, as the structure was written."""
    main: dict[int, int] = {}
    by_field: dict[tuple[int, str], int] = {}
    rows = ReformAction.objects.filter(
        reform=reform, kind__in=list(ENDING), old__isnull=False, successor__isnull=False
    ).values_list("old_id", "successor_id", "takes", "fields", "kind")
    for old, successor, takes, fields, kind in rows:
        if takes == "all" or kind in ("merge", "rename"):
            main[old] = successor
        elif takes == "fields":
            by_field.update(dict.fromkeys(((old, name) for name in fields), successor))
    return Moves(reform.pk, reform.effective_date, reform.ground, main, by_field)


def _carry_out(reform: Reform, now: datetime, tell: Tell) -> dict[str, int]:
    """Every follower until none of its rows is left; again for what came in meanwhile. Returns what is left."""
    moves = moves_of(reform)
    left: dict[str, int] = {}
    for _ in range(ROUNDS):
        for follower in followers():
            _follow(follower, moves, now, tell)
        left = {
            follower.title: count
            for follower in followers()
            if (count := sum(follower.count(moves.main.keys(), moves.day).values()))
        }
        if not left:
            break
        ReformStep.objects.filter(reform=reform).update(done_at=None)
    return left


def _follow(follower: Follower, moves: Moves, now: datetime, tell: Tell) -> None:
    total = sum(follower.count(moves.ended, moves.day).values())
    while True:
        with transaction.atomic():
            # The row is the lock: two that apply at once take turns, batch by batch.
            Reform.objects.select_for_update().get(pk=moves.reform_id)
            step, _ = ReformStep.objects.get_or_create(
                reform_id=moves.reform_id, name=follower.name, defaults={"total": total}
            )
            if step.done_at is not None:
                return
            moved = follower.move(moves, BATCH, now)
            step.moved += moved
            step.total = max(step.total, step.moved)
            if not moved:
                step.done_at = now
            step.save(update_fields=["moved", "total", "done_at"])
        tell(follower.title, step.moved, step.total)
        if not moved:
            return


@transaction.atomic
def _finish(reform_id: int, impact: Impact | None, actor: Actor, now: datetime, seconds: float) -> dict[str, Any]:
    reform = Reform.objects.select_for_update().get(pk=reform_id)
    if reform.state == Reform.State.APPLIED:
        return dict(reform.report)
    reform.report = {**reform.report, "steps": step_report(reform_id), "seconds": round(seconds, 1)}
    reform.state, reform.applied_at = Reform.State.APPLIED, now
    reform.save(update_fields=["state", "applied_at", "report"])
    moves = moves_of(reform)
    publish(
        OrganisationsReformed(
            reform_id=reform.pk, effective_date=reform.effective_date.isoformat(), ended=len(moves.ended),
        ),
        key=f"reform:{reform.pk}",
    )  # fmt: skip
    record(
        who=actor,
        action="directory.apply_reform",
        object_ref=f"reform:{reform.pk}",
        reason=reform.ground,
        after={step["name"]: step["moved"] for step in reform.report["steps"]},
        now=now,
    )
    return dict(reform.report)


def step_report(reform_id: int) -> list[dict[str, Any]]:
    """Each kind with how many were to be moved and were, in the order of the steps."""
    steps = {step.name: step for step in ReformStep.objects.filter(reform_id=reform_id)}
    return [
        {
            "name": follower.name, "title": follower.title,
            "total": steps[follower.name].total if follower.name in steps else 0,
            "moved": steps[follower.name].moved if follower.name in steps else 0,
            "done": follower.name in steps and steps[follower.name].done_at is not None,
        }
        for follower in followers()
    ]  # fmt: skip


def try_reform(*, reform_id: int, actor: Actor, now: datetime, tell: Tell = silent) -> dict[str, Any]:
    """The whole application, rolled back at its end: what would happen, and how long it takes. Holds its locks as long
    as it runs, so outside office hours for a big plan. Raises `CannotReform` when something stands in the way."""
    require(actor, "directory.draft_reform")
    started = monotonic()
    with transaction.atomic():
        reform = Reform.objects.select_for_update().filter(pk=reform_id).first()
        if reform is None:
            raise CannotReform("Không có phương án này.")
        if reform.state in (Reform.State.APPLYING, Reform.State.APPLIED, Reform.State.CANCELLED):
            raise CannotReform(f"Phương án «{reform.get_state_display()}»: không chạy thử được nữa.")
        impact = impact_of(actions_of(reform_id), reform.effective_date)
        if impact.of("error"):
            refuse_blocked(impact)
        write_structure(reform, impact.plan)
        left = _carry_out(reform, now, tell)
        steps = step_report(reform_id)
        transaction.set_rollback(True)
    report = {
        "trial": True, "steps": steps, "left": left, "seconds": round(monotonic() - started, 1),
        "impact": _impact_report(impact),
    }  # fmt: skip
    Reform.objects.filter(pk=reform_id).update(report=report, tried_at=now)
    return report


def _impact_report(impact: Impact) -> dict[str, Any]:
    plan = impact.plan
    return {
        "ended": len(plan.ended),
        "founded": len(plan.foundings),
        "moved": len(plan.moves),
        "kinds": [asdict(kind) for kind in impact.kinds],
        "problems": [asdict(problem) for problem in impact.problems[:REPORTED]],
    }


def _local(at: datetime | None) -> str:
    return "" if at is None else at.astimezone(VIETNAM).strftime("%H:%M ngày %d/%m/%Y")
