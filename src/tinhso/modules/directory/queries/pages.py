"""What the pages of the directory show, each in a bounded number of queries whatever the size of the province."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Case, IntegerField, QuerySet, Value, When

from tinhso.kernel.access.api import Actor, actor_of, roles
from tinhso.kernel.search import folded_filter, searchable
from tinhso.kernel.text import fold
from tinhso.modules.directory.models import ImportBatch, Organisation, StaffMember, StaffNumber, Succession, Unit
from tinhso.modules.directory.queries import in_force
from tinhso.modules.directory.queries.rights import Held, own_rights
from tinhso.modules.directory.rules import path_ids

PAGE_SIZE = 50
PUBLIC_PAGE_SIZE = 30
FORMER_SHOWN = 20
CHILDREN_SHOWN = 12


@dataclass(frozen=True)
class Listing:
    """One page of rows; `count` is of all that fit."""

    rows: Sequence[Any]
    count: int
    page: int
    size: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.count // self.size))

    @property
    def first(self) -> int:
        return (self.page - 1) * self.size + 1 if self.count else 0

    @property
    def last(self) -> int:
        return min(self.page * self.size, self.count)


def listing_of(rows: QuerySet[Any], page: int, size: int) -> Listing:
    """One page of a list; a page beyond the last is the last. Two queries."""
    count = rows.count()
    page = min(max(page, 1), max(1, -(-count // size)))
    return Listing(list(rows[(page - 1) * size : page * size]), count, page, size)


@dataclass(frozen=True)
class PublicEntry:
    """An agency as the public sees it, with the centre where people hand in papers for it."""

    organisation: Organisation
    centre: Organisation | None


@dataclass(frozen=True)
class FormerEntry:
    """An agency that ended, with those that carry on its work (empty when not known)."""

    organisation: Organisation
    successors: Sequence[Organisation]


def public_listing(*, on: date, text: str, level: str, page: int) -> Listing:
    """Agencies in force on a day that fit the words, as `PublicEntry`. Three queries."""
    rows = (
        Organisation.objects.filter(in_force(on))
        .exclude(kind="public_service_centre")
        .exclude(kind="police", level="commune")
    )
    rows = folded_filter(rows, "search_text", text) if text else rows.filter(level=level)
    rows = rows.order_by(_phrase_first(text), *_RANKED, "sort_key", "pk")
    found = listing_of(rows, page, PUBLIC_PAGE_SIZE)
    return Listing(_with_centres(found.rows, on), found.count, found.page, found.size)


def _with_centres(rows: Iterable[Organisation], on: date) -> list[PublicEntry]:
    rows = list(rows)
    above = {number for row in rows for number in path_ids(row.path)}
    centres = {
        centre.parent_id: centre
        for centre in Organisation.objects.filter(in_force(on), kind="public_service_centre", parent_id__in=above)
    }

    def nearest(row: Organisation) -> Organisation | None:
        return next((centres[number] for number in reversed(path_ids(row.path)) if number in centres), None)

    return [PublicEntry(row, nearest(row)) for row in rows]


def former_listing(*, on: date, text: str) -> tuple[list[FormerEntry], int]:
    """Agencies that ended before a day and fit the words, at most `FORMER_SHOWN`, and how many there are. ≤ 4 queries."""
    if not text:
        return [], 0
    rows = folded_filter(
        Organisation.objects.filter(valid_until__lt=on).exclude(kind="public_service_centre"), "search_text", text
    )
    found = list(
        rows.select_related("parent").order_by(_phrase_first(text), *_RANKED, "sort_key", "pk")[: FORMER_SHOWN + 1]
    )
    count = rows.count() if len(found) > FORMER_SHOWN else len(found)
    found = found[:FORMER_SHOWN]
    after: dict[int, list[Organisation]] = {}
    if found:
        for step in Succession.objects.filter(predecessor__in=found).select_related("successor"):
            after.setdefault(step.predecessor_id, []).append(step.successor)
    return [FormerEntry(row, sorted(after.get(row.pk, ()), key=lambda heir: heir.sort_key)) for row in found], count


def organisation_listing(
    *, on: date, text: str = "", level: str = "", kind: str = "", parent_id: int | None = None, ended: bool = False,
    page: int = 1,
) -> Listing:  # fmt: skip
    """Organisations for the officer's list; with `ended` also those not in force that day. Two queries."""
    return listing_of(
        organisation_rows(on=on, text=text, level=level, kind=kind, parent_id=parent_id, ended=ended), page, PAGE_SIZE
    )


def organisation_rows(
    *, on: date, text: str = "", level: str = "", kind: str = "", parent_id: int | None = None, ended: bool = False
) -> QuerySet[Organisation]:
    rows = Organisation.objects.select_related("parent")
    if not ended:
        rows = rows.filter(in_force(on))
    if text:
        rows = folded_filter(rows, "search_text", text)
    if level:
        rows = rows.filter(level=level)
    if kind:
        rows = rows.filter(kind=kind)
    if parent_id is not None:
        rows = rows.filter(parent_id=parent_id)
    return rows.order_by(_phrase_first(text), *_RANKED, "sort_key", "valid_from", "pk")


def _ranked(column: str, order: Sequence[str]) -> Case:
    ranks = [When(**{column: word}, then=Value(rank)) for rank, word in enumerate(order)]
    return Case(*ranks, default=Value(len(order)), output_field=IntegerField())


# From the province down; at each level the People's Committees, then departments, then centres.
_RANKED = (
    _ranked("level", ("province", "district", "commune")),
    _ranked("kind", ("people_committee", "department", "public_service_centre")),
)


def _phrase_first(text: str) -> Case | Value:
    """Rows that hold the words together and whole come before those that hold them somewhere: "quang hai" is
    found in "Quảng Hải" before "Quảng Thái"."""
    words = fold(text)
    if not words:
        return Value(0)
    return Case(When(search_text__contains=f" {words} ", then=Value(0)), default=Value(1), output_field=IntegerField())


@dataclass
class Branch:
    organisation: Organisation
    branches: list[Branch] = field(default_factory=list)


def tree(*, on: date) -> list[Branch]:
    """All organisations in force on a day as a tree, children in Vietnamese order, departments before communes.
    One query."""
    branches = {
        row.pk: Branch(row) for row in Organisation.objects.filter(in_force(on)).order_by(*_RANKED, "sort_key", "pk")
    }
    roots: list[Branch] = []
    for branch in branches.values():
        above = branches.get(branch.organisation.parent_id or 0)
        (above.branches if above else roots).append(branch)
    return roots


@dataclass(frozen=True)
class OrganisationPage:
    organisation: Organisation
    above: Sequence[Organisation]
    children: Sequence[Organisation]
    children_count: int
    units: Sequence[tuple[Unit | None, Sequence[StaffMember]]]
    staff_count: int
    numbers: Sequence[StaffNumber]
    predecessors: Sequence[Succession]
    successors: Sequence[Succession]
    centre: Organisation | None
    staff_on: date


def organisation_page(organisation_id: int, *, on: date) -> OrganisationPage | None:
    """An organisation with everything around it; a closed one as it stood on its last day. At most ten queries."""
    row = Organisation.objects.filter(pk=organisation_id).first()
    if row is None:
        return None
    day = max(row.valid_from, min(on, row.valid_until or on))
    ancestors = {found.pk: found for found in Organisation.objects.filter(pk__in=path_ids(row.path)[:-1])}
    children = Organisation.objects.filter(in_force(day), parent=row)
    shown = list(children.order_by(*_RANKED, "sort_key", "pk")[: CHILDREN_SHOWN + 1])
    staff: dict[int | None, list[StaffMember]] = {}
    members = StaffMember.objects.filter(in_force(day), organisation=row, user__is_active=True)
    for member in members.select_related("user", "position").order_by("sort_key", "pk"):
        staff.setdefault(member.unit_id, []).append(member)
    units = list(Unit.objects.filter(in_force(day), organisation=row).order_by("rank", "name"))
    leading = sorted(staff.get(None, ()), key=lambda member: (member.position.rank, member.sort_key))
    grouped: list[tuple[Unit | None, Sequence[StaffMember]]] = [(None, leading)] if leading else []
    grouped += [(unit, staff.get(unit.pk, [])) for unit in units]
    entry = _with_centres([row], day)[0]
    return OrganisationPage(
        organisation=row,
        above=[ancestors[number] for number in path_ids(row.path)[:-1] if number in ancestors],
        children=shown[:CHILDREN_SHOWN],
        children_count=children.count() if len(shown) > CHILDREN_SHOWN else len(shown),
        units=grouped,
        staff_count=sum(len(members) for members in staff.values()),
        numbers=list(StaffNumber.objects.filter(organisation=row).order_by("-as_of_date")),
        predecessors=list(
            Succession.objects.filter(successor=row).select_related("predecessor").order_by("predecessor__sort_key")
        ),
        successors=list(
            Succession.objects.filter(predecessor=row).select_related("successor").order_by("successor__sort_key")
        ),
        centre=entry.centre if entry.centre and entry.centre.pk != row.pk else None,
        staff_on=day,
    )


def staff_listing(*, on: date, text: str, page: int) -> Listing:
    """Staff in service on a day by given name; `text`: words of name, position, unit or agency. Two queries."""
    return listing_of(staff_rows(on=on, text=text), page, PAGE_SIZE)


def staff_rows(*, on: date, text: str) -> QuerySet[StaffMember]:
    """Those whose name begins as what was typed come first: a word of a name is a word of many places too."""
    rows = StaffMember.objects.filter(in_force(on), user__is_active=True)
    order: list[Any] = ["sort_key", "pk"]
    if text:
        rows = folded_filter(rows, "search_text", text)
        named = When(search_text__startswith=searchable(text), then=0)
        order.insert(0, Case(named, default=1, output_field=IntegerField()))
    return rows.select_related("user", "position", "unit", "organisation").order_by(*order)


StaffLine = tuple[str, str, str | None, str, str, date, date | None, str]


def staff_lines(*, on: date, text: str) -> Iterable[StaffLine]:
    """The same people for a workbook: name, position, unit, organisation and its code, first and last day, account. As
    plain rows: the whole province is some 76,000. One query."""
    return staff_rows(on=on, text=text).values_list(
        "user__full_name", "position__title", "unit__name", "organisation__name", "organisation__code", "valid_from",
        "valid_until", "user__username",
    )  # fmt: skip


@dataclass(frozen=True)
class ChartBox:
    """A unit, or an organisation below: its people, the highest first."""

    name: str
    people: tuple[tuple[str, str], ...]
    count: int
    url: str = ""


@dataclass(frozen=True)
class Chart:
    """An organisation as its chart shows it. `leaders`: those above the units."""

    organisation: Organisation
    leaders: ChartBox
    units: tuple[ChartBox, ...]
    below: tuple[ChartBox, ...]
    below_count: int


CHART_NAMES = 3


def chart_of(organisation_id: int, *, on: date) -> Chart | None:
    """What the chart of an organisation is drawn from. Four queries."""
    row = Organisation.objects.filter(pk=organisation_id).first()
    if row is None:
        return None
    day = on if row.valid_until is None or row.valid_until >= on else row.valid_until
    people: dict[int | None, list[tuple[str, str]]] = {}
    places = StaffMember.objects.filter(in_force(day), organisation=row, user__is_active=True)
    for unit_id, name, title in places.order_by("position__rank", "sort_key").values_list(
        "unit_id", "user__full_name", "position__title"
    ):
        people.setdefault(unit_id, []).append((name, title))

    def box(name: str, members: list[tuple[str, str]]) -> ChartBox:
        return ChartBox(name, tuple(members[:CHART_NAMES]), len(members))

    units = Unit.objects.filter(in_force(day), organisation=row).order_by("rank", "name")
    children = Organisation.objects.filter(in_force(day), parent=row).order_by(*_RANKED, "sort_key", "pk")
    shown = list(children[: CHILDREN_SHOWN + 1])
    count = children.count() if len(shown) > CHILDREN_SHOWN else len(shown)
    return Chart(
        row,
        box(row.name, people.get(None, [])),
        tuple(box(unit.name, people.get(unit.pk, [])) for unit in units),
        tuple(
            ChartBox(child.name, (), 0, f"/directory/organisations/{child.pk}/chart/")
            for child in shown[:CHILDREN_SHOWN]
        ),
        count,
    )


@dataclass(frozen=True)
class StaffPage:
    user: Any
    current: Sequence[StaffMember]
    past: Sequence[StaffMember]
    roles: Sequence[tuple[str, str]]
    lent_to: Sequence[Held]
    lent_by: Sequence[Held]


def staff_page(user_id: int, *, on: date) -> StaffPage | None:
    """A member of staff: places now and before, roles with where they hold. None for accounts that never worked
    anywhere (citizens are no business of this page). `lent_to`, `lent_by`: delegations in force or to come, in which the
    person is the deputy or the absent one. At most seven queries."""
    places = list(
        StaffMember.objects.filter(user_id=user_id)
        .select_related("user", "position", "unit", "organisation")
        .order_by("-valid_from", "pk")
    )
    if not places:
        return None
    user = places[0].user
    actor = actor_of(user, on=on)
    current = [
        place for place in places if place.valid_from <= on and (place.valid_until is None or place.valid_until >= on)
    ]
    # The highest place is the main one, the others are held beside it (kiêm nhiệm).
    current.sort(key=lambda place: (place.position.rank, place.valid_from))
    past = [place for place in places if place not in current]
    rights = own_rights(user_id, on=on)
    return StaffPage(user, current, past, _roles_of(actor), rights.lent_to_me, rights.lent_by_me)


def _roles_of(actor: Actor) -> list[tuple[str, str]]:
    titles = roles()
    single = {number for grant in actor.grants if len(grant.organisation_ids) == 1 for number in grant.organisation_ids}
    wide = {min(grant.organisation_ids) for grant in actor.grants if len(grant.organisation_ids) > 1}
    names = dict(Organisation.objects.filter(pk__in=single | wide).values_list("pk", "name"))
    told = []
    for grant in actor.grants:
        name = names.get(min(grant.organisation_ids), "")
        below = len(grant.organisation_ids) - 1
        told.append((titles.get(grant.role, grant.role), f"{name} và {below} cơ quan bên dưới" if below else name))
    return sorted(told)


def workplace(actor: Actor, on: date) -> str:
    """Where an officer works, in the words of the top bar; empty when nowhere. One query."""
    if actor.user_id is None:
        return ""
    row = (
        StaffMember.objects.filter(in_force(on), user_id=actor.user_id)
        .order_by("position__rank", "valid_from", "pk")
        .values_list("organisation__short_name", "organisation__name")
        .first()
    )
    return (row[0] or row[1]) if row else ""


def import_batch(batch_id: int, actor: Actor) -> ImportBatch | None:
    """A file that the actor uploaded; nobody sees another's."""
    return ImportBatch.objects.filter(pk=batch_id, uploaded_by_id=actor.user_id).first()


def import_batches(actor: Actor) -> list[ImportBatch]:
    """The actor's last ten uploads."""
    return list(ImportBatch.objects.filter(uploaded_by_id=actor.user_id).defer("tables", "faults").order_by("-pk")[:10])
