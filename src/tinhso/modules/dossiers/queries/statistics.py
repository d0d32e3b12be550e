"""The progress table of Quyết định 766: what an agency received, finished, still works on and waits for in a period.

received = carried over + received in the period (by channel) = done + in progress + paused, for every row. Refused
dossiers were never received; they stand apart.

Two levels. For the person a dossier is one: counted once, at the agency that settles it (rows by field, level, channel;
the sum of the rows by agency). For an agency (a row by agency, or all rows narrowed to one) a dossier across agencies is its
own share (`shares`): each agency counts it once. So the rows by agency may add up to more than there are dossiers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db.models import Count, DateField, Q
from django.db.models.functions import TruncMonth

from tinhso.kernel.access.api import Actor, require
from tinhso.kernel.clock import VIETNAM
from tinhso.modules.directory import api as directory
from tinhso.modules.dossiers.queries import counting, shares
from tinhso.modules.dossiers.queries.counting import Narrowing, Origin, Period, Standing


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
class Open:
    """Still open at the end of the period, against the due instant at that moment."""

    total: int
    in_time: int
    late: int


@dataclass(frozen=True)
class Refused:
    total: int


@dataclass(frozen=True)
class Row:
    """One agency (field, level, channel) in a period."""

    key: str
    name: str
    received: Received
    done: Done
    in_progress: Open
    paused: Open
    refused: Refused

    @property
    def missing(self) -> int:
        """How many dossiers one side of the row counts and the other does not; not 0: the row is not to be trusted."""
        received = self.received
        origins = received.carried_over + received.online + received.direct + received.postal
        return abs(received.total - origins) + abs(
            received.total - self.done.total - self.in_progress.total - self.paused.total
        )

    def number(self, name: str) -> int:
        """One number by its dotted name: "done.late"."""
        group, _, part = name.partition(".")
        return int(getattr(getattr(self, group), part))


@dataclass(frozen=True)
class ProgressTable:
    """`until` is the last day counted. A period that has not ended is counted to `as_of`. `ids`: what to narrow to for
    the lists behind a row's numbers, by the row's key. `whole`: every dossier once, where the rows count an agency's
    share of it; None: the rows add up."""

    since: date
    until: date
    as_of: datetime
    by: str
    rows: tuple[Row, ...] = field(default=())
    ids: Mapping[str, Any] = field(default_factory=dict)
    whole: Row | None = None

    @property
    def total(self) -> Row:
        """Every dossier once: the sum of the rows, or `whole`."""
        return sum_of(self.rows) if self.whole is None else self.whole

    @property
    def shared(self) -> int:
        """By how many the rows count more than there are dossiers: the shares of further agencies."""
        return sum(row.received.total for row in self.rows) - self.total.received.total

    @property
    def broken(self) -> tuple[Row, ...]:
        """The rows, and the sum, that do not add up."""
        return tuple(row for row in (*self.rows, self.total) if row.missing)


# Every number of a row: which of the origins and standings it counts.
NUMBERS: Mapping[str, tuple[frozenset[Origin], frozenset[Standing]]] = {
    "received.total": (frozenset(Origin), counting.RECEIVED),
    "received.carried_over": (frozenset({Origin.CARRIED}), counting.RECEIVED),
    "received.online": (frozenset({Origin.ONLINE}), counting.RECEIVED),
    "received.direct": (frozenset({Origin.DIRECT}), counting.RECEIVED),
    "received.postal": (frozenset({Origin.POSTAL}), counting.RECEIVED),
    "done.total": (frozenset(Origin), counting.DONE),
    "done.early": (frozenset(Origin), frozenset({Standing.EARLY})),
    "done.on_time": (frozenset(Origin), frozenset({Standing.ON_TIME})),
    "done.late": (frozenset(Origin), frozenset({Standing.LATE})),
    "in_progress.total": (frozenset(Origin), counting.IN_PROGRESS),
    "in_progress.in_time": (frozenset(Origin), frozenset({Standing.WORKING})),
    "in_progress.late": (frozenset(Origin), frozenset({Standing.WORKING_LATE})),
    "paused.total": (frozenset(Origin), counting.PAUSED),
    "paused.in_time": (frozenset(Origin), frozenset({Standing.PAUSED})),
    "paused.late": (frozenset(Origin), frozenset({Standing.PAUSED_LATE})),
    "refused.total": (frozenset(Origin), frozenset({Standing.REFUSED})),
}

# What a row stands for: the column that is counted by.
GROUPS = {
    "agency": "agency_id",
    "field": "version__procedure__field__name",
    "level": "agency__level",
    "channel": "channel",
}
_SHARE_GROUPS = {
    "field": "dossier__version__procedure__field__name",
    "level": "organisation__level",
    "channel": "dossier__channel",
}
_BY_STANDING = ("standing",)
TOTAL = "Tổng cộng"
LEVELS = {"province": "Cấp tỉnh", "commune": "Cấp xã"}
CHANNELS = {"online": "Trực tuyến", "direct": "Trực tiếp tại quầy", "postal": "Bưu chính công ích"}
_CHANNEL_OF = {channel: name for name, channels in counting.CHANNELS_OF.items() for channel in channels}


def progress_table(
    *,
    since: date,
    until: date,
    actor: Actor,
    now: datetime,
    by: str = "agency",
    narrowing: Narrowing = Narrowing(),  # noqa: B008 - frozen
) -> ProgressTable:
    """The table over what is within `actor`'s reach, in three to six queries. Raises `ValueError` on days out of
    order, a period that has not begun, or an unknown grouping; `Refused`."""
    require(actor, "dossiers.statistics")
    if by not in GROUPS:
        raise ValueError(f"Không có cách gộp «{by}»: chọn {', '.join(GROUPS)}.")
    period = Period.of_days(since, until, now)
    scope, share_scope = counting.scopes(actor, narrowing)
    column = GROUPS[by]
    by_share = by == "agency" or narrowing.agency_id is not None
    counts: dict[Any, Counter[tuple[str, str]]] = {}
    whole: Counter[tuple[str, str]] = Counter()
    for part in counting.counted_parts(period):
        found = part.filter(scope).values(column, "is_joint", "origin", "standing").annotate(number=Count("pk"))
        for row in found:
            whole[row["origin"], row["standing"]] += row["number"]
            if not (by_share and row["is_joint"]):
                own = counts.setdefault(_value(by, row[column]), Counter())
                own[row["origin"], row["standing"]] += row["number"]
    if by_share:
        share_column = "organisation_id" if by == "agency" else _SHARE_GROUPS[by]
        mine = shares.counted_shares(period, share_scope, *{share_column} - {"organisation_id"})
        for value, origin, standing in mine.values_list(share_column, "origin", "standing").iterator():
            counts.setdefault(_value(by, value), Counter())[origin, standing] += 1
    named = _named(by, counts)
    rows = sorted(
        (row_of(key, name, counts[value]) for value, (key, name) in named.items()), key=lambda r: (r.key, r.name)
    )
    return ProgressTable(
        since,
        until,
        period.end,
        by,
        tuple(rows),
        {key: value for value, (key, _) in named.items()},
        # One agency counts each dossier once: its own sum says what its row says.
        row_of("", TOTAL, whole) if by_share and narrowing.agency_id is None and len(rows) > 1 else None,
    )


def _value(by: str, value: Any) -> Any:
    return _CHANNEL_OF.get(value, value) if by == "channel" else value


def done_by_month(
    *,
    since: date,
    until: date,
    actor: Actor,
    now: datetime,
    narrowing: Narrowing = Narrowing(),  # noqa: B008 - frozen
) -> dict[date, tuple[int, int, int]]:
    """First day of the month in which they were finished → how many early, on time and late. Two or three queries. Raises
    as `progress_table`."""
    require(actor, "dossiers.statistics")
    period = Period.of_days(since, until, now)
    scope, share_scope = counting.scopes(actor, narrowing)
    wanted = scope & Q(standing__in=sorted(counting.DONE))
    _, ended = counting.counted_parts(period)
    if narrowing.agency_id is not None:
        wanted &= Q(is_joint=False)
    found = (
        ended.filter(wanted)
        .values(*_BY_STANDING, month=TruncMonth("ended_at", output_field=DateField(), tzinfo=VIETNAM))
        .annotate(number=Count("pk"))
    )
    counts: dict[date, Counter[str]] = {}
    for row in found:
        counts.setdefault(row["month"], Counter())[row["standing"]] += row["number"]
    if narrowing.agency_id is not None:
        mine = shares.counted_shares(period, share_scope).filter(standing__in=sorted(counting.DONE))
        for finished_on, standing in mine.values_list("finished_on", "standing"):
            counts.setdefault(finished_on.replace(day=1), Counter())[standing] += 1
    order = (Standing.EARLY, Standing.ON_TIME, Standing.LATE)
    return {month: (own[order[0]], own[order[1]], own[order[2]]) for month, own in sorted(counts.items())}


def row_of(key: str, name: str, counts: Mapping[tuple[str, str], int]) -> Row:
    """A row from how many dossiers there are of each origin and standing."""
    number = {
        title: sum(count for (origin, standing), count in counts.items() if origin in origins and standing in standings)
        for title, (origins, standings) in NUMBERS.items()
    }
    return row_of_numbers(key, name, number)


def row_of_numbers(key: str, name: str, number: Mapping[str, int]) -> Row:
    """A row from all of `NUMBERS`, as a closed table kept them."""

    def parts(group: str) -> dict[str, int]:
        return {title.partition(".")[2]: count for title, count in number.items() if title.startswith(f"{group}.")}

    return Row(
        key,
        name,
        Received(**parts("received")),
        Done(**parts("done")),
        Open(**parts("in_progress")),
        Open(**parts("paused")),
        Refused(**parts("refused")),
    )


def sum_of(rows: Iterable[Row]) -> Row:
    rows = tuple(rows)

    def added(kind: type[Any], group: str) -> Any:
        return kind(
            **{part: sum(getattr(getattr(row, group), part) for row in rows) for part in kind.__dataclass_fields__}
        )

    return Row(
        "",
        TOTAL,
        added(Received, "received"),
        added(Done, "done"),
        added(Open, "in_progress"),
        added(Open, "paused"),
        added(Refused, "refused"),
    )


def _named(by: str, values: Iterable[Any]) -> dict[Any, tuple[str, str]]:
    """Each value of the column → the row's key and name. One query for agencies, none for the others."""
    if by == "agency":
        known = directory.organisations_by_id(list(values))
        return {number: (known[number].code or "", known[number].name) for number in values}
    if by == "level":
        return {level: (level, LEVELS.get(level, level)) for level in values}
    if by == "channel":
        return {channel: (channel, CHANNELS.get(channel, channel)) for channel in values}
    return {name: (name or counting.NO_FIELD, name or "Chưa xếp lĩnh vực") for name in values}
