"""Who follows when organisations are joined, divided or renamed. The directory moves its own rows and those of the kernel;
every module above registers here how its rows are counted and moved, and which of them stay as they were issued.

A test holds the list to the models: each column that points at an organisation is in a `Follower` or in `stays`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.apps import apps


@dataclass(frozen=True)
class Moves:
    """Who carries on for whom. `main`: ended organisation → the one that takes whatever no field rule gives elsewhere.
    `by_field`: (ended organisation, name of a lĩnh vực) → successor."""

    reform_id: int
    day: date
    ground: str
    main: Mapping[int, int]
    by_field: Mapping[tuple[int, str], int] = field(default_factory=dict)

    @property
    def ended(self) -> frozenset[int]:
        return frozenset(self.main) | frozenset(old for old, _ in self.by_field)

    def target(self, organisation_id: int, field_name: str = "") -> int | None:
        """Where it goes from an organisation; None: it does not end, or nobody takes this."""
        return self.by_field.get((organisation_id, field_name), self.main.get(organisation_id))


@dataclass(frozen=True)
class Touched:
    """One row as a list shows it. `url` "" where there is no page."""

    label: str
    organisation_id: int
    url: str = ""


@dataclass(frozen=True)
class Need:
    """Open work at an organisation waits for somebody with a role."""

    organisation_id: int
    field_name: str
    role: str
    count: int


Count = Callable[[Collection[int], date], Mapping[int, int]]
Listing = Callable[[Collection[int], date, int], Sequence[Touched]]
Move = Callable[[Moves, int, datetime], int]
Needs = Callable[[Collection[int]], Sequence[Need]]


@dataclass(frozen=True)
class Follower:
    """Rows that follow the work. All functions are sets: a bounded number of queries, whatever the size.

    `count(organisations, day)`: how many rows by organisation would follow on the day. `listing(organisations, day,
    limit)`: a few of them. `move(moves, limit, now)`: move at most about `limit` and return how many, 0 when none is
    left; runs in a transaction, may be repeated, touches nothing that does not belong to an ended organisation.
    `needs`: which roles open work waits for that nobody holds. `columns`: "app.Model.field" of all that it moves.
    """

    name: str
    title: str
    order: int
    columns: frozenset[str]
    count: Count
    listing: Listing
    move: Move
    needs: Needs | None = None
    # Rows that make no sense without somebody to take them: a plan that leaves them behind is refused.
    wants_owner: bool = True


@dataclass(frozen=True)
class Records:
    """Records that never move and are reached through whoever carries on (`api.successors_of`). Where nobody does, nobody
    would keep them: such a plan is refused. `count` as of a follower."""

    name: str
    title: str
    count: Count


_followers: dict[str, Follower] = {}
_records: dict[str, Records] = {}
_stays: dict[str, str] = {}


def register_follower(follower: Follower) -> None:
    """Only in `AppConfig.ready`."""
    _early(follower.name)
    if _followers.setdefault(follower.name, follower) is not follower:
        raise ValueError(f"follower {follower.name} registered twice")


def register_records(kept: Records) -> None:
    """Only in `AppConfig.ready`."""
    _early(kept.name)
    if _records.setdefault(kept.name, kept) != kept:
        raise ValueError(f"records {kept.name} registered twice")


def register_stays(columns: Collection[str], *, because: str) -> None:
    """Columns ("app.Model.field") that keep pointing at the organisation as it was when the row was made."""
    _early(because)
    _stays.update(dict.fromkeys(columns, because))


def _early(what: str) -> None:
    if apps.ready:
        raise RuntimeError(f"{what} registered after start: do it in AppConfig.ready")


def followers() -> list[Follower]:
    """In the order in which they are moved."""
    return sorted(_followers.values(), key=lambda one: (one.order, one.name))


def kept_records() -> list[Records]:
    """In the order of their names."""
    return [_records[name] for name in sorted(_records)]


def declared_columns() -> dict[str, str]:
    """Every column that was spoken for → who follows ("follows: …") or why it stays."""
    follow = {column: f"follows: {one.name}" for one in _followers.values() for column in one.columns}
    return {**_stays, **follow}
