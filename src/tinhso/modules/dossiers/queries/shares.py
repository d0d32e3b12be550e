"""What one agency does of the dossiers across agencies (liên thông), as the agency itself counts it in a period.

For the person such a dossier is one, with one due time, at the agency that settles it (`counting`). For an agency it is
its share: all its parts of one dossier, counted once, by its own time; the others make it neither done nor late. A
share is done when every part that the agency has of the dossier is, so that what one period leaves open is what the next
carries over.
"""

from __future__ import annotations

from typing import Any

from django.db.models import Case, CharField, Count, DateTimeField, F, Max, Min, Q, QuerySet, Value, When
from django.db.models.functions import TruncDate

from tinhso.kernel.clock import VIETNAM
from tinhso.modules.dossiers.models import Part
from tinhso.modules.dossiers.queries import counting
from tinhso.modules.dossiers.queries.counting import CHANNELS_OF, Origin, Period, Standing
from tinhso.modules.dossiers.rules import State

# One row per agency and dossier.
SHARE = ("organisation_id", "dossier_id")


def counted_shares(period: Period, scope: Q, *columns: str) -> QuerySet[Any, Any]:
    """A row for each agency and dossier of the period within `scope` (`counting.scopes`), with `columns` of the part's dossier, `origin`, `standing`,
    `received_at`, `share_due_at` and `finished_at` (None while open). `standing` is never that of a refused one: who was
    refused came to no agency."""
    begun = Q(started_at__lt=period.end)
    open_here = Q(done_at__isnull=True) | Q(done_at__gte=period.end)
    dossier_open = Q(dossier__ended_at__isnull=True) | Q(dossier__ended_at__gte=period.end)
    waits = Q(dossier_id__in=counting.waiting_for_supplement(period)) | Q(
        dossier_id__in=counting.waiting_for_payment(period)
    )
    late = Q(due_at__lt=F("done_at"), done_at__lt=period.end) | (open_here & Q(due_at__lt=period.end))
    # Planned parts never begin once the dossier has ended.
    to_do = Q(is_skipped=False) & open_here & dossier_open
    parts: QuerySet[Any, Any] = Part.objects.filter(scope)
    counted: QuerySet[Any, Any] = (
        parts.values(*SHARE, "dossier__state", "dossier__channel", "dossier__ended_at", *columns)
        .annotate(
            received_at=Min("started_at", filter=begun),
            left=Count("pk", filter=to_do),
            waiting=Count("pk", filter=begun & open_here & waits),
            late=Count("pk", filter=begun & late),
            never_begun=Count("pk", filter=Q(started_at__isnull=True, is_skipped=False)),
            last_done_at=Max("done_at", filter=begun & Q(done_at__lt=period.end)),
            share_due_at=Max("due_at", filter=begun),
        )
        .annotate(finished_at=_finished())
        .filter(Q(left__gt=0) | Q(finished_at__gte=period.start), received_at__isnull=False)
        .annotate(
            finished_on=TruncDate("finished_at", tzinfo=VIETNAM),
            share_due_on=TruncDate("share_due_at", tzinfo=VIETNAM),
        )
        .annotate(origin=_origin(period), standing=_standing())
        .order_by()
    )
    return counted


def _finished() -> Case:
    """What was planned and never came to be ended with the dossier."""
    return Case(
        When(left__gt=0, then=Value(None)),
        When(never_begun__gt=0, then=F("dossier__ended_at")),
        default=F("last_done_at"),
        output_field=DateTimeField(),
    )


def _origin(period: Period) -> Case:
    return Case(
        When(received_at__lt=period.start, then=Value(Origin.CARRIED)),
        *(When(dossier__channel__in=channels, then=Value(origin)) for origin, channels in CHANNELS_OF.items()),
        default=Value(Origin.UNKNOWN),
        output_field=CharField(),
    )


def _standing() -> Case:
    stopped = Q(dossier__state=State.STOPPED, finished_at=F("dossier__ended_at"))
    return Case(
        When(left__gt=0, waiting__gt=0, late__gt=0, then=Value(Standing.PAUSED_LATE)),
        When(left__gt=0, waiting__gt=0, then=Value(Standing.PAUSED)),
        When(left__gt=0, late__gt=0, then=Value(Standing.WORKING_LATE)),
        When(left__gt=0, then=Value(Standing.WORKING)),
        When(stopped & Q(late__gt=0), then=Value(Standing.PAUSED_LATE)),
        When(stopped, then=Value(Standing.PAUSED)),
        When(late__gt=0, then=Value(Standing.LATE)),
        When(finished_on__lt=F("share_due_on"), then=Value(Standing.EARLY)),
        default=Value(Standing.ON_TIME),
        output_field=CharField(),
    )
