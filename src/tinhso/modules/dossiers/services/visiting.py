"""Officers' looks into personal data: who opened which dossier, who took a list away. Once per day is enough."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from tinhso.kernel.access.api import Actor, require
from tinhso.kernel.audit.api import record
from tinhso.kernel.clock import VIETNAM
from tinhso.modules.dossiers.models import Visit
from tinhso.modules.dossiers.queries.reading import Access

# Pages opened one after the other are one visit.
SAME_VISIT = timedelta(minutes=30)


@dataclass(frozen=True)
class Visited:
    """`before_at`: when the officer looked in the last time before this; None the first time."""

    before_at: datetime | None


def note_visit(*, dossier_id: int, access: Access, actor: Actor, now: datetime) -> Visited:
    """Note that an officer opened a dossier. The trail gets a line once per officer, dossier and day in Vietnam; again
    within the day costs one query."""
    require(actor, "dossiers.view", access)
    today = now.astimezone(VIETNAM).date()
    visit = Visit.objects.filter(dossier_id=dossier_id, user_id=actor.user_id or 0).first()
    if visit is not None and visit.recorded_date == today and now - visit.seen_at < SAME_VISIT:
        return Visited(visit.before_at)
    with transaction.atomic():
        if visit is None:
            try:
                with transaction.atomic():
                    Visit.objects.create(
                        dossier_id=dossier_id, user_id=actor.user_id or 0, recorded_date=today, seen_at=now
                    )
            except IntegrityError:
                return Visited(None)  # The same page opened twice at once: the other one writes the line.
            before_at = None
        else:
            before_at = visit.seen_at if now - visit.seen_at >= SAME_VISIT else visit.before_at
            changed = Visit.objects.filter(pk=visit.pk, seen_at=visit.seen_at).update(
                recorded_date=today, seen_at=now, before_at=before_at
            )
            if not changed or visit.recorded_date == today:
                return Visited(before_at)
        record(who=actor, action="dossiers.view", object_ref=f"dossier:{dossier_id}", now=now)
    return Visited(before_at)


@transaction.atomic
def note_export(*, count: int, query: str, actor: Actor, now: datetime) -> None:
    """Note that an officer took a list of dossiers away as a file: how many rows, and by which filter."""
    require(actor, "dossiers.list")
    record(
        who=actor,
        action="dossiers.export_list",
        object_ref=f"user:{actor.user_id or 0}",
        after={"rows": count, "filter": sorted(_names(query))},
        now=now,
    )


def _names(query: str) -> set[str]:
    """The filters' names without what was typed into them: the trail holds no personal data of third persons."""
    return {part.partition("=")[0] for part in query.split("&") if part}
