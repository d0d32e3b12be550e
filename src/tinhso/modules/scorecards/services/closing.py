"""Figures closed at a time: the index of a month that is over, once and for all."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction

from tinhso.kernel.access.api import Actor, require
from tinhso.kernel.access.web import local_day
from tinhso.kernel.audit.api import record
from tinhso.modules.scorecards.models import ClosedMonth, ClosedProvince
from tinhso.modules.scorecards.queries.sources import gather, whole_of
from tinhso.modules.scorecards.rules import Share


class CannotClose(ValueError):
    """The month is not over, or closed already. Nothing was changed."""


@transaction.atomic
def close_month(*, month: date, actor: Actor, now: datetime) -> int:
    """Keep what the index counts of every agency in a month that is over. Returns of how many agencies. Raises
    `CannotClose`."""
    require(actor, "scorecards.close_month")
    first = month.replace(day=1)
    after = (first + timedelta(days=31)).replace(day=1)
    if local_day(now) < after:
        raise CannotClose(f"Tháng {first:%m/%Y} chưa hết nên chưa chốt số liệu được.")
    if ClosedMonth.objects.filter(month=first).exists():
        raise CannotClose(f"Số liệu tháng {first:%m/%Y} đã được chốt.")
    asked = gather(since=first, until=after - timedelta(days=1), actor=actor, now=now)
    shares = asked.known
    try:
        with transaction.atomic():
            ClosedMonth.objects.bulk_create(
                ClosedMonth(
                    agency_id=number,
                    month=first,
                    shares=_kept(own),
                    given=asked.given.get(number, {}),
                    closed_at=now,
                )
                for number, own in sorted(shares.items())
            )
            if shares:
                ClosedProvince.objects.create(month=first, shares=_kept(whole_of(asked)), closed_at=now)
    except IntegrityError as error:
        raise CannotClose(f"Số liệu tháng {first:%m/%Y} vừa được chốt.") from error
    record(
        who=actor,
        action="scorecards.close_month",
        object_ref=f"month:{first:%Y-%m}",
        after={"agencies": len(shares)},
        now=now,
    )
    return len(shares)


def _kept(shares: Mapping[str, Share]) -> dict[str, list[int]]:
    return {key: [share.numerator, share.denominator] for key, share in shares.items()}
