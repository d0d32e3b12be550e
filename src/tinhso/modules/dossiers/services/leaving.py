"""Open work of somebody who leaves goes to their successor, or back to all who may do it: no dossier waits for nobody."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from tinhso.kernel.access.api import Actor, User, require
from tinhso.kernel.audit.api import record
from tinhso.modules.directory import api as directory
from tinhso.modules.dossiers.models import Dossier, Instruction, Task
from tinhso.modules.dossiers.queries.holding import held_tasks
from tinhso.modules.dossiers.queries.instructions import OPEN

BATCH = 200


class _Holders:
    """Who holds a role at an organisation, asked once for each pair."""

    def __init__(self, on: date) -> None:
        self._on = on
        self._known: dict[tuple[str, int], frozenset[int]] = {}

    def has(self, user_id: int | None, task: Task) -> bool:
        place = (task.role, task.organisation_id)
        if user_id is not None and place not in self._known:
            people = directory.colleagues(task.organisation_id, role=task.role, on=self._on)
            self._known[place] = frozenset(person.user_id for person in people)
        return user_id is not None and user_id in self._known[place]


def hand_over_tasks(
    *, user_id: int, organisation_id: int, successor_id: int | None, reason: str, actor: Actor, now: datetime
) -> int:
    """Every open task that a person held at an organisation (or below it) changes hands; the due times stay. Safe to
    repeat: what went already is not touched again. Returns how many went. Each batch is a transaction."""
    require(actor, "dossiers.hand_over_tasks")
    holders = _Holders(now.date())
    gone = 0
    while True:
        numbers = list(held_tasks(user_id, organisation_id).order_by("pk").values_list("pk", flat=True)[:BATCH])
        if not numbers:
            if successor_id is not None:
                _pass_instructions(user_id, organisation_id, successor_id, reason, actor, now)
            return gone
        gone += _hand_over(numbers, user_id, successor_id, reason, holders, actor, now)


@transaction.atomic
def _hand_over(
    numbers: list[int], user_id: int, successor_id: int | None, reason: str, holders: _Holders, actor: Actor,
    now: datetime,
) -> int:  # fmt: skip
    """The dossiers' rows are the locks, taken in one order; the tasks are read after them."""
    owners = Task.objects.filter(pk__in=numbers).values("dossier_id")
    dossiers = {row.pk: row for row in Dossier.objects.select_for_update().filter(pk__in=owners).order_by("pk")}
    tasks = list(Task.objects.filter(pk__in=numbers, finished_at__isnull=True, holder_id=user_id))
    for task in sorted(tasks, key=lambda t: dossiers[t.dossier_id].ref):
        task.holder_id = successor_id if holders.has(successor_id, task) else None
        task.save(update_fields=["holder"])
        record(
            who=actor,
            action="dossiers.hand_over_tasks",
            object_ref=dossiers[task.dossier_id].ref,
            reason=reason,
            before={"holder_id": user_id},
            after={"task": task.key, "holder_id": task.holder_id},
            now=now,
        )
    return len(tasks)


@transaction.atomic
def _pass_instructions(
    user_id: int, organisation_id: int, successor_id: int, reason: str, actor: Actor, now: datetime
) -> None:
    """What the person had to answer there, their successor answers; without one, whoever gave it sees that it waits."""
    below = directory.descendant_ids([organisation_id])[organisation_id]
    successor = User.objects.get(pk=successor_id)
    rows = Instruction.objects.filter(OPEN, addressee_id=user_id, dossier__agency_id__in=below)
    for row in rows.select_for_update(of=("self",)).select_related("dossier").order_by("dossier_id", "pk"):
        former = row.addressee_name
        row.addressee_id = successor_id
        row.addressee_name = successor.full_name
        row.save(update_fields=["addressee", "addressee_name"])
        record(
            who=actor,
            action="dossiers.pass_instruction",
            object_ref=row.dossier.ref,
            reason=reason,
            before={"addressee": former},
            after={"instruction": row.pk, "addressee": successor.full_name},
            now=now,
        )
