"""The officers' list: one page of the dossiers within reach, narrowed and sorted, by keyset and never by counting.

Every order has an index for the whole province, for an agency and for a receiving office (see models.Dossier).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from django.db.models import F, Q, QuerySet

from tinhso.kernel.access.api import Actor, allow, reach
from tinhso.kernel.search import folded_filter, tokens
from tinhso.kernel.text import fold
from tinhso.modules.directory import api as directory
from tinhso.modules.dossiers.models import UNFINISHED, Dossier, SavedFilter, Task
from tinhso.modules.dossiers.queries.work import (
    OpenTask,
    among,
    day_bounds,
    due_here,
    due_window,
    elsewhere,
    held_by,
    part_due,
    unit_names_of,
    waiting_for,
)
from tinhso.modules.dossiers.rules import Channel, DeliveryState, MoneyState, State

PAGE = 100
EXPORT_MOST = 5000
Sort = Literal["due", "received", "code"]
OPEN_STATES = frozenset(UNFINISHED)


@dataclass(frozen=True)
class Filters:
    """What the list is narrowed to. `holder`: "me", "work" (mine or waiting for my role), "here" (another
    agency's, a part or an opinion of which lies at mine), "nobody", "" for all, else part of a name. `procedure_ids` None: all. Days are of the time of sending, both ends included."""

    states: frozenset[int] = OPEN_STATES
    due: Literal["", "today", "soon", "late"] = ""
    procedure_ids: frozenset[int] | None = None
    agency_id: int | None = None
    channel: str = ""
    holder: str = ""
    returned_only: bool = False
    received_from: date | None = None
    received_until: date | None = None
    text: str = ""
    # The title of the open step and its unit ("-": of none), as the board names them.
    step: str = ""
    unit: str = ""
    sort: Sort = "due"

    @property
    def order(self) -> Sort:
        """By due time only where something is still due: of the finished ones no index keeps that order."""
        return "received" if self.sort == "due" and not self.states <= OPEN_STATES else self.sort


@dataclass(frozen=True)
class ListRow:
    """One dossier of the list. Times aware; `done_at`: when its time stopped."""

    id: int
    public_id: UUID
    code: str
    applicant_name: str
    procedure_name: str
    agency_name: str
    state: State
    money_state: MoneyState
    delivery_state: DeliveryState
    channel: Channel
    submitted_at: datetime
    accepted_at: datetime | None
    due_at: datetime | None
    done_at: datetime | None
    tasks: tuple[OpenTask, ...]


@dataclass(frozen=True)
class ListPage:
    """`next`: what to give as `after` for the following rows, "" at the end."""

    rows: tuple[ListRow, ...]
    next: str


@dataclass(frozen=True)
class Scope:
    """What of the province an officer's list covers: agencies, and offices for which the agencies do not stand."""

    agency_ids: frozenset[int]
    office_ids: frozenset[int]
    agencies: tuple[directory.OrganisationInfo, ...]

    def condition(self, agency_id: int | None) -> Q:
        if agency_id is not None and agency_id in self.agency_ids:
            return Q(agency_id=agency_id)
        inside = Q(pk__in=[])
        if self.agency_ids:
            inside |= among("agency_id", self.agency_ids)
        if self.office_ids:
            inside |= among("office_id", self.office_ids)
        return inside if agency_id is None else inside & Q(agency_id=agency_id)


def scope_of(actor: Actor, *, on: date) -> Scope:
    """The scope of the list, with the records of those whose work the actor's organisations carry on. Two queries; one
    more for those at the province's public service centre, and for each link of a chain of successions."""
    own = reach(actor, "dossiers.list")
    known = directory.organisations_by_id(own | directory.predecessors_of(own))
    centres = {o.id: o for o in known.values() if o.kind == "public_service_centre"}
    # A grant that holds a centre and the agency above it holds all that the centre receives for.
    covered = {
        number
        for number, centre in centres.items()
        if any(number in g.organisation_ids and centre.parent_id in g.organisation_ids for g in actor.grants)
    }
    agencies = [o for o in known.values() if o.id not in centres]
    choices = [o for o in agencies if o.id in own]
    wide = next((c for n, c in centres.items() if n not in covered and c.level == "province"), None)
    if wide is not None:
        choices = [*choices, *directory.organisations(on=on, parent_id=wide.parent_id, kind="department")]
    return Scope(
        agency_ids=frozenset(o.id for o in agencies),
        office_ids=frozenset(centres) - covered,
        agencies=tuple(sorted(choices, key=lambda o: fold(o.name))) if len(choices) > 1 else (),
    )


def page_of(
    actor: Actor,
    filters: Filters,
    *,
    scope: Scope,
    after: str = "",
    limit: int = PAGE,
    now: datetime,
) -> ListPage:
    """The rows after `after`, at most `limit`. Two queries; one or two more for some holders, and one on the page
    after the first where the dossiers without a due time begin."""
    found = _narrowed(actor, filters, scope, now)
    rows, more = _ordered(found, filters.order, after, limit)
    tasks = _open_tasks(actor, [row["id"] for row in rows])
    shown = tuple(_row(row, tasks) for row in rows)
    return ListPage(shown, _cursor(rows[-1], filters.order) if more else "")


def row_of_code(actor: Actor, code: str, *, scope: Scope) -> UUID | None:
    """The dossier of a whole code, if the list covers it or the actor's organisations have worked on it: whoever types
    or scans a code wants that dossier. One query."""
    worked = Task.objects.filter(organisation_id__in=reach(actor, "dossiers.list")).values("dossier_id")
    found = Dossier.objects.filter(scope.condition(None) | Q(pk__in=worked), code="".join(code.split()).upper())
    return found.values_list("public_id", flat=True).first()


def _narrowed(actor: Actor, filters: Filters, scope: Scope, now: datetime) -> QuerySet[Dossier, Any]:
    found: QuerySet[Dossier, Any] = Dossier.objects.order_by()
    if filters.holder in ("me", "work"):
        # One's own work may come from another agency that asked for an opinion.
        tasks = held_by(actor)
        if filters.holder == "work":
            tasks |= waiting_for(actor, unit_names_of(actor, on=now.date()))
        if filters.due:
            tasks &= due_here(filters.due, now)
        found = found.filter(pk__in=_of_tasks(tasks, filters.returned_only))
        if filters.agency_id is not None:
            found = found.filter(agency_id=filters.agency_id)
    elif filters.holder == "here":
        places = scope.agency_ids & {filters.agency_id} if filters.agency_id is not None else scope.agency_ids
        tasks = elsewhere(places)
        if filters.step or filters.unit:
            tasks &= _at_step(filters)
        if filters.due:
            tasks &= due_here(filters.due, now)
        found = found.filter(pk__in=_of_tasks(tasks, filters.returned_only))
    else:
        found = found.filter(scope.condition(filters.agency_id))
        if filters.holder == "nobody":
            found = found.filter(pk__in=_of_tasks(Q(finished_at__isnull=True, holder_id__isnull=True), False))
        elif filters.holder:
            numbers = _holders_named(filters.holder, scope)
            found = found.filter(pk__in=_of_tasks(Q(finished_at__isnull=True, holder_id__in=numbers), False))
    if (filters.step or filters.unit) and filters.holder != "here":
        found = found.filter(pk__in=_of_tasks(_at_step(filters), False))
    if filters.states != frozenset(State):
        found = found.filter(state__in=sorted(filters.states))
    if filters.due and filters.holder not in ("me", "work", "here"):
        found = found.filter(due_window(filters.due, now))
    if filters.procedure_ids is not None:
        found = found.filter(version__procedure_id__in=sorted(filters.procedure_ids))
    if filters.channel:
        found = found.filter(channel=filters.channel)
    if filters.received_from is not None:
        found = found.filter(submitted_at__gte=day_bounds(filters.received_from)[0])
    if filters.received_until is not None:
        found = found.filter(submitted_at__lt=day_bounds(filters.received_until)[1])
    return folded_filter(found, "search_text", filters.text)


def _at_step(filters: Filters) -> Q:
    at = Q(finished_at__isnull=True)
    if filters.step:
        at &= Q(title=filters.step)
    if filters.unit:
        at &= Q(unit_name="" if filters.unit == "-" else filters.unit)
    return at


def _of_tasks(condition: Q, returned_only: bool) -> QuerySet[Task, int]:
    tasks = Task.objects.filter(condition)
    if returned_only:
        tasks = tasks.filter(is_rework=True)
    return tasks.values_list("dossier_id", flat=True)


def _holders_named(name: str, scope: Scope) -> list[int]:
    """Who holds open work at the agencies and offices of the scope and is called so. One query."""
    places = scope.agency_ids | scope.office_ids
    people = (
        Task.objects.filter(finished_at__isnull=True, organisation_id__in=places, holder_id__isnull=False)
        .order_by()
        .values_list("holder_id", "holder__full_name")
        .distinct()
    )
    words = tokens(name)
    return [number for number, full in people if number is not None and all(w in fold(full or "") for w in words)]


_COLUMNS = (
    "id", "public_id", "code", "applicant_name", "version__procedure__plain_name", "version__procedure__name",
    "agency__short_name", "agency__name", "state", "money_state", "delivery_state", "channel", "submitted_at",
    "accepted_at", "due_at", "completed_at",
)  # fmt: skip


def _ordered(found: QuerySet[Dossier, Any], order: Sort, after: str, limit: int) -> tuple[list[dict[str, Any]], bool]:
    """One more row than asked tells whether there are more."""
    wanted = limit + 1
    rows: list[dict[str, Any]] = []
    if order == "code":
        page = found.filter(code__gt=after) if after else found
        rows = list(page.order_by("code").values(*_COLUMNS)[:wanted])
    elif order == "received":
        mark = mark_of(after)
        page = found
        if mark is not None and mark[0] is not None:
            at, number = mark
            page = found.filter(Q(submitted_at__lte=at) & (Q(submitted_at__lt=at) | Q(pk__lt=number)))
        rows = list(page.order_by("-submitted_at", "-pk").values(*_COLUMNS)[:wanted])
    else:
        # Those that have no due time yet come last, in the order of their arrival. Further pages ask for them apart:
        # "later than, or none" would keep no index.
        mark = mark_of(after)
        in_order = (F("due_at").asc(nulls_last=True), "pk")
        if mark is None:
            rows = list(found.order_by(*in_order).values(*_COLUMNS)[:wanted])
        else:
            at, number = mark
            if at is not None:
                page = found.filter(Q(due_at__gte=at) & (Q(due_at__gt=at) | Q(pk__gt=number)))
                rows = list(page.order_by(*in_order).values(*_COLUMNS)[:wanted])
                number = 0
            if len(rows) < wanted:
                rest = found.filter(due_at__isnull=True, pk__gt=number).order_by("pk")
                rows += rest.values(*_COLUMNS)[: wanted - len(rows)]
    return rows[:limit], len(rows) > limit


def _cursor(row: Mapping[str, Any], order: Sort) -> str:
    if order == "code":
        return str(row["code"])
    return cursor_of(row["due_at"] if order == "due" else row["submitted_at"], row["id"])


def cursor_of(at: datetime | None, number: int) -> str:
    """The place of a row in an order by an instant (or none) and its number, as it stands in an address."""
    micros = "" if at is None else (at - _EPOCH) // timedelta(microseconds=1)
    return f"{micros}.{number}"


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def mark_of(after: str) -> tuple[datetime | None, int] | None:
    """(instant or None, number) of a cursor; None for none, or for one that makes no sense."""
    instant, dot, number = after.partition(".")
    if not dot or not number.isdecimal() or len(after) > 40 or not (instant == "" or instant.isdecimal()):
        return None
    try:
        return (_EPOCH + timedelta(microseconds=int(instant)) if instant else None), int(number)
    except OverflowError:
        return None


def _open_tasks(actor: Actor, dossier_ids: Collection[int]) -> dict[int, tuple[OpenTask, ...]]:
    found: dict[int, tuple[OpenTask, ...]] = {}
    rows = (
        Task.objects.filter(dossier_id__in=dossier_ids, finished_at__isnull=True)
        .select_related("holder")
        .defer("comment")
        .annotate(part_due_at=part_due())
        .order_by("pk")
    )
    for row in rows:
        found[row.dossier_id] = (*found.get(row.dossier_id, ()), open_task(actor, row, part_due_at=row.part_due_at))
    return found


def open_task(actor: Actor, row: Task, *, part_due_at: datetime | None = None) -> OpenTask:
    """A task as lists show it to an actor."""
    fits = row.holder_id is None and any(
        grant.role == row.role and row.organisation_id in grant.organisation_ids for grant in actor.grants
    )
    return OpenTask(
        id=row.pk,
        title=row.title,
        unit_name=row.unit_name,
        holder_id=row.holder_id,
        holder_name="" if row.holder is None else row.holder.full_name,
        is_rework=row.is_rework,
        due_at=row.due_at,
        mine=actor.stands_for(row.holder_id),
        claimable=bool(fits and allow(actor, "dossiers.work", row)),
        part_due_at=part_due_at,
    )


def _row(row: Mapping[str, Any], tasks: Mapping[int, tuple[OpenTask, ...]]) -> ListRow:
    state = State(row["state"])
    ended = state in (State.COMPLETED, State.RETURNED)
    return ListRow(
        id=row["id"],
        public_id=row["public_id"],
        code=row["code"],
        applicant_name=row["applicant_name"],
        procedure_name=row["version__procedure__plain_name"] or row["version__procedure__name"],
        agency_name=row["agency__short_name"] or row["agency__name"],
        state=state,
        money_state=MoneyState(row["money_state"]),
        delivery_state=DeliveryState(row["delivery_state"]),
        channel=Channel(row["channel"]),
        submitted_at=row["submitted_at"],
        accepted_at=row["accepted_at"],
        due_at=row["due_at"],
        done_at=row["completed_at"] if ended else None,
        tasks=tasks.get(row["id"], ()),
    )


@dataclass(frozen=True)
class KeptFilter:
    id: int
    name: str
    query: str


def saved_filters(actor: Actor) -> tuple[KeptFilter, ...]:
    """The actor's own filters in Vietnamese order. One query."""
    rows = SavedFilter.objects.filter(user_id=actor.user_id or 0)
    return tuple(sorted((KeptFilter(row.pk, row.name, row.query) for row in rows), key=lambda kept: fold(kept.name)))
