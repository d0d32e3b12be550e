"""How a dossier is counted in a period: where it came from, and how it stood at the end.

The progress table, the charts, the index of Quyết định 766 and the lists behind their numbers all ask here, so that a
number and its list cannot differ. Read from two covering indexes (`models.Dossier`): what ended, and what is open.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any, Literal

from django.db.models import Case, CharField, F, Q, QuerySet, Value, When
from django.db.models.functions import TruncDate

from tinhso.kernel.access.api import Actor, reach
from tinhso.kernel.clock import VIETNAM
from tinhso.modules.directory import api as directory
from tinhso.modules.dossiers.models import Dossier, PaymentRequest, SupplementRequest
from tinhso.modules.dossiers.queries.work import among
from tinhso.modules.dossiers.rules import Channel, State
from tinhso.modules.procedures import api as procedures


class Origin(StrEnum):
    """Where it came from: before the period, or in it and by which channel."""

    CARRIED = "carried"
    ONLINE = "online"
    DIRECT = "direct"
    POSTAL = "postal"
    UNKNOWN = "unknown"


class Standing(StrEnum):
    """How it stood at the end of the period."""

    EARLY = "early"
    ON_TIME = "on_time"
    LATE = "late"
    WORKING = "working"
    WORKING_LATE = "working_late"
    PAUSED = "paused"
    PAUSED_LATE = "paused_late"
    REFUSED = "refused"


DONE = frozenset({Standing.EARLY, Standing.ON_TIME, Standing.LATE})
IN_PROGRESS = frozenset({Standing.WORKING, Standing.WORKING_LATE})
PAUSED = frozenset({Standing.PAUSED, Standing.PAUSED_LATE})
RECEIVED = DONE | IN_PROGRESS | PAUSED
FRESH = frozenset({Origin.ONLINE, Origin.DIRECT, Origin.POSTAL, Origin.UNKNOWN})
ONLINE_CHANNELS = (Channel.ONLINE, Channel.NATIONAL)


@dataclass(frozen=True)
class Period:
    """From the first instant of a day to the last of another, or to now where it has not ended."""

    start: datetime
    end: datetime

    @classmethod
    def of_days(cls, since: date, until: date, now: datetime) -> Period:
        """Raises `ValueError` on days out of order, or a period that has not begun."""
        if until < since:
            raise ValueError("Ngày kết thúc phải từ ngày bắt đầu trở đi.")
        start = datetime.combine(since, time.min, VIETNAM)
        if start > now:
            raise ValueError("Kỳ thống kê chưa bắt đầu. Hãy chọn ngày bắt đầu từ hôm nay trở về trước.")
        return cls(start, min(datetime.combine(until + timedelta(days=1), time.min, VIETNAM), now))


# In place of a field's name: the procedures that have none.
NO_FIELD = "-"


@dataclass(frozen=True)
class Narrowing:
    """What of the dossiers is counted; the empty one: all within reach. `level`: of the agency that settles them;
    `field`: the name of the procedures' field. With `agency_id` it is counted as that agency does: its own dossiers
    whole, of those across agencies its share (`shares`)."""

    agency_id: int | None = None
    level: str = ""
    field: str = ""
    channel: Literal["", "online", "direct", "postal"] = ""

    def conditions(self) -> tuple[Q, Q]:
        """Of dossiers, and of the parts of dossiers. One query where a field is named, else none."""
        whole, share = Q(), Q()
        if self.agency_id is not None:
            whole &= Q(agency_id=self.agency_id)
            share &= Q(organisation_id=self.agency_id)
        if self.level:
            whole &= Q(agency__level=self.level)
            share &= Q(organisation__level=self.level)
        if self.field:
            # By number: a join would lead the database away from the index.
            versions = procedures.version_ids_of_field("" if self.field == NO_FIELD else self.field)
            whole &= among("version_id", versions)
            share &= among("dossier__version_id", versions)
        if self.channel:
            whole &= Q(channel__in=CHANNELS_OF[self.channel])
            share &= Q(dossier__channel__in=CHANNELS_OF[self.channel])
        return whole, share


CHANNELS_OF = {
    "online": list(ONLINE_CHANNELS),
    "direct": [Channel.COUNTER],
    "postal": [Channel.POST],
}


def within(actor: Actor, permission: str = "dossiers.statistics") -> Q:
    """The dossiers that the actor's role covers. One query, none for the system."""
    return scopes(actor, Narrowing(), permission)[0]


def scopes(actor: Actor, narrowing: Narrowing, permission: str = "dossiers.statistics") -> tuple[Q, Q]:
    """What of the dossiers, and of the parts of dossiers across agencies, the actor's role covers: of the agencies
    within reach, and of what was received at the public service centres. At most two queries."""
    whole, share = narrowing.conditions()
    if actor.kind == "system":
        return whole, share
    known = directory.organisations_by_id(reach(actor, permission))
    agencies = {o.id for o in known.values() if o.kind != "public_service_centre"}
    # A centre whose agency is within reach adds nothing.
    offices = {o.id for o in known.values() if o.id not in agencies and o.parent_id not in agencies}
    dossiers_inside, parts_inside = Q(pk__in=[]), Q(pk__in=[])
    if agencies:
        dossiers_inside |= among("agency_id", agencies)
        parts_inside |= among("organisation_id", agencies)
    if offices:
        dossiers_inside |= among("office_id", offices)
        parts_inside |= among("dossier__office_id", offices)
    return dossiers_inside & whole, parts_inside & share


def waiting_for_supplement(period: Period) -> QuerySet[Any, Any]:
    """The dossiers whose person had been asked for papers and had not answered at the end of the period."""
    return SupplementRequest.objects.filter(
        Q(answered_at__isnull=True) | Q(answered_at__gte=period.end),
        Q(closed_at__isnull=True) | Q(closed_at__gte=period.end),
        requested_at__lt=period.end,
    ).values("dossier_id")


def waiting_for_payment(period: Period) -> QuerySet[Any, Any]:
    """The dossiers whose person had been asked to pay and had not at the end of the period."""
    return PaymentRequest.objects.filter(
        Q(settled_at__isnull=True) | Q(settled_at__gte=period.end), requested_at__lt=period.end
    ).values("dossier_id")


def counted_parts(period: Period) -> tuple[QuerySet[Dossier], QuerySet[Dossier]]:
    """What is open to this day, and what has ended in the period or after it; each with its `origin` and `standing`."""
    known = Q(accepted_at__lt=period.end)
    refused = Q(state=State.REFUSED, ended_at__lt=period.end)
    still_open = _still_open(period)
    parts = (
        (Dossier.objects.filter(known, ended_at__isnull=True), still_open),
        # Those refused were never received; they stand apart in the table.
        (Dossier.objects.filter(known | refused, ended_at__gte=period.start), _ended(period, still_open)),
    )
    opened, ended = (
        part.annotate(ended_on=TruncDate("ended_at", tzinfo=VIETNAM), due_on=TruncDate("due_at", tzinfo=VIETNAM))
        .annotate(origin=_origin(period), standing=standing)
        .order_by()
        for part, standing in parts
    )
    return opened, ended


def _origin(period: Period) -> Case:
    return Case(
        When(accepted_at__lt=period.start, then=Value(Origin.CARRIED)),
        *(When(channel__in=channels, then=Value(origin)) for origin, channels in CHANNELS_OF.items()),
        default=Value(Origin.UNKNOWN),
        output_field=CharField(),
    )


def _still_open(period: Period) -> Case:
    """Waits at the end for papers or money, or is worked on; against the due instant."""
    waits = Q(pk__in=waiting_for_supplement(period)) | Q(pk__in=waiting_for_payment(period))
    late = Q(due_at__lt=period.end)
    return Case(
        When(waits & late, then=Value(Standing.PAUSED_LATE)),
        When(waits, then=Value(Standing.PAUSED)),
        When(late, then=Value(Standing.WORKING_LATE)),
        default=Value(Standing.WORKING),
        output_field=CharField(),
    )


def _ended(period: Period, still_open: Case) -> Case:
    return Case(
        When(state=State.REFUSED, then=Value(Standing.REFUSED)),
        When(ended_at__gte=period.end, then=still_open),
        When(state=State.STOPPED, due_at__lt=period.end, then=Value(Standing.PAUSED_LATE)),
        When(state=State.STOPPED, then=Value(Standing.PAUSED)),
        When(ended_at__gt=F("due_at"), then=Value(Standing.LATE)),
        # With more than a day between, the days themselves need not be looked at.
        When(due_at__gt=F("ended_at") + timedelta(days=1), then=Value(Standing.EARLY)),
        When(ended_on__lt=F("due_on"), then=Value(Standing.EARLY)),
        default=Value(Standing.ON_TIME),
        output_field=CharField(),
    )
