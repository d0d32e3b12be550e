"""What a person holds at an organisation: asked before they leave it."""

from __future__ import annotations

from django.db.models import Count, QuerySet

from tinhso.modules.directory import api as directory
from tinhso.modules.dossiers.models import Task

EXAMPLES = 5


def held_tasks(user_id: int, organisation_id: int) -> QuerySet[Task]:
    """Open tasks that a person holds at an organisation or below it."""
    below = directory.descendant_ids([organisation_id])[organisation_id]
    return Task.objects.filter(finished_at__isnull=True, holder_id=user_id, organisation_id__in=below)


def open_work(leaving: directory.Leaving) -> directory.OpenWork:
    """How many tasks somebody holds, how many of them the successor may do, and a few by name. Bounded by the number of
    roles and organisations, not of tasks."""
    tasks = held_tasks(leaving.user_id, leaving.organisation_id)
    count = to_successor = 0
    for row in tasks.order_by().values("role", "organisation_id").annotate(number=Count("pk")):
        count += row["number"]
        if leaving.successor_id is not None:
            people = directory.colleagues(row["organisation_id"], role=row["role"], on=leaving.on)
            if any(person.user_id == leaving.successor_id for person in people):
                to_successor += row["number"]
    examples = tasks.order_by("due_at", "pk").values_list("dossier__code", "title", "dossier__public_id")[:EXAMPLES]
    return directory.OpenWork(
        "Việc đang giữ trong hồ sơ",
        count,
        to_successor,
        tuple((f"{code}, {title}", f"/dossiers/{public_id}/") for code, title, public_id in examples),
    )
