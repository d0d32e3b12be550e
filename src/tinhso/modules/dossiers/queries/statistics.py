"""The progress table of Quyết định 766: what an agency received, finished, still works on and waits for in a period.

received = carried over + received in the period (by channel) = done + in progress + paused, for every row. Refused
dossiers were never received; they stand apart. One row is counted once, at the agency that settles it.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Case, Count, DateTimeField, Exists, F, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.functions import TruncDate

from tinhso.kernel.access.api import Actor, reach, require
from tinhso.kernel.clock import VIETNAM
from tinhso.modules.dossiers.models import Closing, Dossier, PaymentRequest, SupplementRequest, Task
from tinhso.modules.dossiers.rules import Channel, State


@dataclass(frozen=True)
class Received:
    total: int
    carried_over: int
    online: int
    direct: int
    postal: int


@dataclass(frozen=True)
class Done:
    """`early`: on a day before the due day; `late`: after the due instant."""

    total: int
    early: int
    on_time: int
    late: int


@dataclass(frozen=True)
class Standing:
    """Still open at the end of the period, against the due instant at that moment."""

    total: int
    in_time: int
    late: int


@dataclass(frozen=True)
class Refused:
    total: int


@dataclass(frozen=True)
class Row:
    """One agency (or field) in a period."""

    key: str
    name: str
    received: Received
    done: Done
    in_progress: Standing
    paused: Standing
    refused: Refused

    def __post_init__(self) -> None:
        if self.received.total != self.done.total + self.in_progress.total + self.paused.total:
            raise ArithmeticError(f"progress table does not add up for {self.key}: {asdict(self)}")


@dataclass(frozen=True)
class ProgressTable:
    """`until` is the last day counted. A period that has not ended is counted to `as_of`."""

    since: date
    until: date
    as_of: datetime
    by: str
    rows: tuple[Row, ...] = field(default=())


# What a row stands for: the columns of its key and name.
GROUPS = {
    "agency": ("agency__code", "agency__name"),
    "field": ("version__procedure__field__name", "version__procedure__field__name"),
}


def progress_table(*, since: date, until: date, actor: Actor, now: datetime, by: str = "agency") -> ProgressTable:
    """The table over the agencies within `actor`'s reach, in two queries. Raises `ValueError` on days out of order
    or an unknown grouping."""
    require(actor, "dossiers.statistics")
    if until < since:
        raise ValueError("Ngày kết thúc phải từ ngày bắt đầu trở đi.")
    if by not in GROUPS:
        raise ValueError(f"Không có cách gộp «{by}»: chọn {', '.join(GROUPS)}.")
    start = datetime.combine(since, time.min, VIETNAM)
    end = min(datetime.combine(until + timedelta(days=1), time.min, VIETNAM), now)
    scope = Q() if actor.kind == "system" else Q(agency_id__in=reach(actor, "dossiers.statistics"))
    key, name = GROUPS[by]
    counted = {
        (row[key] or "", row[name] or ""): row
        for row in in_period(start, end).filter(scope).values(key, name).annotate(**_counts(start, end)).order_by()
    }
    refused = {
        (row[key] or "", row[name] or ""): row["refused"]
        for row in _refused(start, end).filter(scope).values(key, name).annotate(refused=Count("pk")).order_by()
    }
    rows = tuple(_row(group, counted.get(group, {}), refused.get(group, 0)) for group in sorted({*counted, *refused}))
    return ProgressTable(since, until, end, by, rows)


def in_period(start: datetime, end: datetime) -> QuerySet[Dossier]:
    """Dossiers validly received before the end and not finished before the start, with their instants."""
    # Asked row by row only of the withdrawn ones; who waits is asked once for all.
    withdrawn = Closing.objects.filter(dossier=OuterRef("pk"), kind="withdrawn").values("closed_at")[:1]
    stopped = Closing.objects.filter(kind="stopped", closed_at__lt=end)
    open_request = Q(requested_at__lt=end)
    supplements = SupplementRequest.objects.filter(open_request).filter(
        Q(answered_at__isnull=True) | Q(answered_at__gte=end), Q(closed_at__isnull=True) | Q(closed_at__gte=end)
    )
    payments = PaymentRequest.objects.filter(open_request).filter(Q(settled_at__isnull=True) | Q(settled_at__gte=end))
    return (
        Dossier.objects.filter(accepted_at__lt=end)
        .annotate(
            done_at=Case(
                When(state=State.WITHDRAWN, then=Subquery(withdrawn, output_field=DateTimeField())),
                default=F("completed_at"),
            )
        )
        .filter(Q(done_at__isnull=True) | Q(done_at__gte=start))
        # Stopped before the period: it stood in the table of the period in which it was stopped, and is over.
        .exclude(pk__in=Closing.objects.filter(kind="stopped", closed_at__lt=start).values("dossier_id"))
        .annotate(
            done_on=TruncDate("done_at", tzinfo=VIETNAM),
            due_on=TruncDate("due_at", tzinfo=VIETNAM),
            is_done=Q(done_at__isnull=False) & Q(done_at__lt=end),
            is_paused=Q(pk__in=stopped.values("dossier_id"))
            | Q(pk__in=supplements.values("dossier_id"))
            | Q(pk__in=payments.values("dossier_id")),
        )
    )


def _counts(start: datetime, end: datetime) -> dict[str, Any]:
    done = Q(is_done=True)
    paused = Q(is_done=False, is_paused=True)
    working = Q(is_done=False, is_paused=False)
    fresh = Q(accepted_at__gte=start)
    late_done = done & Q(due_at__isnull=False, done_at__gt=F("due_at"))
    early = done & Q(due_at__isnull=False) & Q(done_on__lt=F("due_on"))
    late_now = Q(due_at__isnull=False, due_at__lt=end)
    online = Q(channel__in=[Channel.ONLINE, Channel.NATIONAL])
    return {
        "total": Count("pk"),
        "carried_over": Count("pk", filter=~fresh),
        "online": Count("pk", filter=fresh & online),
        "direct": Count("pk", filter=fresh & Q(channel=Channel.COUNTER)),
        "postal": Count("pk", filter=fresh & Q(channel=Channel.POST)),
        "done_total": Count("pk", filter=done),
        "done_early": Count("pk", filter=early),
        "done_late": Count("pk", filter=late_done),
        "working_total": Count("pk", filter=working),
        "working_late": Count("pk", filter=working & late_now),
        "paused_total": Count("pk", filter=paused),
        "paused_late": Count("pk", filter=paused & late_now),
    }


def _refused(start: datetime, end: datetime) -> QuerySet[Dossier]:
    refusals = Task.objects.filter(
        dossier=OuterRef("pk"), key="intake", action="refuse", finished_at__gte=start, finished_at__lt=end
    )
    return Dossier.objects.filter(Exists(refusals), state=State.REFUSED)


def _row(group: tuple[str, str], found: dict[str, Any], refused: int) -> Row:
    def count(name: str) -> int:
        return int(found.get(name, 0))

    def standing(name: str) -> Standing:
        total, late = count(f"{name}_total"), count(f"{name}_late")
        return Standing(total=total, in_time=total - late, late=late)

    done, early, late = count("done_total"), count("done_early"), count("done_late")
    return Row(
        key=group[0],
        name=group[1],
        received=Received(
            total=count("total"),
            carried_over=count("carried_over"),
            online=count("online"),
            direct=count("direct"),
            postal=count("postal"),
        ),
        done=Done(total=done, early=early, on_time=done - early - late, late=late),
        in_progress=standing("working"),
        paused=standing("paused"),
        refused=Refused(total=refused),
    )
