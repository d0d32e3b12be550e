"""What the index of Quyết định 766 counts of an agency's dossiers in a period."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Count, Exists, F, OuterRef, Q

from tinhso.kernel.access.api import Actor, reach, require
from tinhso.kernel.clock import VIETNAM
from tinhso.modules.dossiers.models import Paper, Result
from tinhso.modules.dossiers.queries.statistics import in_period
from tinhso.modules.dossiers.rules import Channel, PaperKind

SUPPLEMENTS_BEFORE_LATE = 1


@dataclass(frozen=True)
class IndexCounts:
    """Dossiers of one agency. `total`: carried over and received in the period; `received`: in the period only.
    `on_time`: by Quyết định 766, where more than one supplement request counts as late though by law it need not be."""

    agency_code: str
    agency: str
    total: int
    received: int
    on_time: int
    online_with_result: int
    with_result: int
    with_papers_and_result: int
    with_reused: int


def index_counts(*, since: date, until: date, actor: Actor, now: datetime) -> tuple[IndexCounts, ...]:
    """By agency within `actor`'s reach, in the order of codes, in one query. Raises `ValueError` on days out of order."""
    require(actor, "dossiers.statistics")
    if until < since:
        raise ValueError("Ngày kết thúc phải từ ngày bắt đầu trở đi.")
    start = datetime.combine(since, time.min, VIETNAM)
    end = min(datetime.combine(until + timedelta(days=1), time.min, VIETNAM), now)
    papers = Paper.objects.filter(dossier=OuterRef("pk"), superseded_at__isnull=True)
    results = Result.objects.filter(dossier=OuterRef("pk"), file__isnull=False, issued_at__lt=end)
    found = in_period(start, end).annotate(
        has_result=Exists(results),
        has_file=Exists(papers.filter(file__isnull=False)),
        has_reused=Exists(papers.filter(kind=PaperKind.DIGITISED)),
    )
    if actor.kind != "system":
        found = found.filter(agency_id__in=reach(actor, "dossiers.statistics"))
    late = Q(is_done=True, done_at__gt=F("due_at")) | Q(is_done=False, due_at__lt=end)
    fresh = Q(accepted_at__gte=start)
    online = fresh & Q(channel__in=[Channel.ONLINE, Channel.NATIONAL], has_result=True)
    rows = (
        found.values("agency__code", "agency__name")
        .annotate(
            total=Count("pk"),
            received=Count("pk", filter=fresh),
            # Counted, not negated: a dossier whose due time is not known yet is not late.
            late=Count("pk", filter=late | Q(supplement_count__gt=SUPPLEMENTS_BEFORE_LATE)),
            online_with_result=Count("pk", filter=online),
            with_result=Count("pk", filter=Q(has_result=True)),
            with_papers_and_result=Count("pk", filter=Q(has_result=True, has_file=True)),
            with_reused=Count("pk", filter=Q(has_reused=True)),
        )
        .order_by("agency__code")
    )
    return tuple(
        IndexCounts(
            agency_code=row["agency__code"],
            agency=row["agency__name"],
            total=row["total"],
            received=row["received"],
            on_time=row["total"] - row["late"],
            online_with_result=row["online_with_result"],
            with_result=row["with_result"],
            with_papers_and_result=row["with_papers_and_result"],
            with_reused=row["with_reused"],
        )
        for row in rows
    )
