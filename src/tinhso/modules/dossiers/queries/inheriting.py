"""What of the dossiers follows when an organisation ends: counted and listed by organisation."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, F, Q, QuerySet
from django.urls import reverse

from tinhso.modules.directory import api as directory
from tinhso.modules.dossiers.models import UNFINISHED, Dossier, Draft, Inheritance, SavedFilter, Task


def open_at(organisations: Collection[int]) -> QuerySet[Dossier]:
    """Unfinished dossiers that these settle or received."""
    return Dossier.objects.filter(Q(agency_id__in=organisations) | Q(office_id__in=organisations), state__in=UNFINISHED)


def _by_place(pairs: QuerySet[Dossier] | QuerySet[Draft], organisations: Collection[int]) -> dict[int, int]:
    """Each row once, at its agency when that ends, else at its office."""
    wanted = frozenset(organisations)
    found: dict[int, int] = {}
    for row in pairs.order_by().values("agency_id", "office_id").annotate(number=Count("pk")):
        place = row["agency_id"] if row["agency_id"] in wanted else row["office_id"]
        found[place] = found.get(place, 0) + row["number"]
    return found


def count_open(organisations: Collection[int], day: date) -> Mapping[int, int]:
    return _by_place(open_at(organisations), organisations)


def count_done(organisations: Collection[int], day: date) -> Mapping[int, int]:
    """Finished ones: they stay with the agency that settled them, and need somebody to keep them. One query."""
    rows = Dossier.objects.filter(agency_id__in=list(organisations), ended_at__isnull=False).order_by()
    return dict(rows.values_list("agency_id").annotate(Count("pk")))


def list_open(organisations: Collection[int], day: date, limit: int) -> Sequence[directory.Touched]:
    wanted = frozenset(organisations)
    rows = open_at(organisations).order_by(F("due_at").asc(nulls_last=True), "pk")
    return [
        directory.Touched(
            f"{code}, hẹn trả {due_at:%d/%m/%Y}" if due_at else f"{code}, chưa có hẹn trả",
            agency_id if agency_id in wanted else office_id,
            reverse("dossiers:show", args=[public_id]),
        )
        for code, due_at, public_id, agency_id, office_id in rows.values_list(
            "code", "due_at", "public_id", "agency_id", "office_id"
        )[:limit]
    ]


def open_tasks_at(organisations: Collection[int]) -> QuerySet[Task]:
    """Open tasks there, of whatever dossier."""
    return Task.objects.filter(finished_at__isnull=True, organisation_id__in=organisations)


def count_tasks(organisations: Collection[int], day: date) -> Mapping[int, int]:
    rows = open_tasks_at(organisations).order_by().values("organisation_id").annotate(number=Count("pk"))
    return {row["organisation_id"]: row["number"] for row in rows}


def list_tasks(organisations: Collection[int], day: date, limit: int) -> Sequence[directory.Touched]:
    rows = (
        open_tasks_at(organisations)
        .order_by("due_at", "pk")
        .values_list("dossier__code", "title", "dossier__public_id", "organisation_id")
    )
    return [
        directory.Touched(f"{code}, {title}", organisation_id, reverse("dossiers:show", args=[public_id]))
        for code, title, public_id, organisation_id in rows[:limit]
    ]


def needs(organisations: Collection[int]) -> Sequence[directory.Need]:
    """Open tasks by organisation, lĩnh vực and role."""
    rows = (
        open_tasks_at(organisations)
        .order_by()
        .values("organisation_id", "role", "dossier__version__procedure__field__name")
        .annotate(number=Count("pk"))
    )
    return [
        directory.Need(
            row["organisation_id"], row["dossier__version__procedure__field__name"] or "", row["role"], row["number"]
        )
        for row in rows
    ]


def drafts_at(organisations: Collection[int]) -> QuerySet[Draft]:
    """What people are still writing to these."""
    return Draft.objects.filter(Q(agency_id__in=organisations) | Q(office_id__in=organisations), dossier__isnull=True)


def count_drafts(organisations: Collection[int], day: date) -> Mapping[int, int]:
    return _by_place(drafts_at(organisations), organisations)


def list_drafts(organisations: Collection[int], day: date, limit: int) -> Sequence[directory.Touched]:
    """Only how many there are: a draft belongs to who writes it."""
    found = count_drafts(organisations, day)
    return [directory.Touched(f"{count} bản nháp chưa gửi", number) for number, count in sorted(found.items())][:limit]


def filters_on(organisations: Collection[int]) -> dict[int, tuple[str, int]]:
    """Saved filters that narrow to one of these: number → (query, organisation). One query."""
    wanted = {f"agency={number}": number for number in organisations}
    found = {}
    for number, query in SavedFilter.objects.filter(query__contains="agency=").values_list("pk", "query"):
        for part in query.split("&"):
            if part in wanted:
                found[number] = (query, wanted[part])
    return found


def count_filters(organisations: Collection[int], day: date) -> Mapping[int, int]:
    found: dict[int, int] = {}
    for _, organisation in filters_on(organisations).values():
        found[organisation] = found.get(organisation, 0) + 1
    return found


def list_filters(organisations: Collection[int], day: date, limit: int) -> Sequence[directory.Touched]:
    numbers = filters_on(organisations)
    rows = SavedFilter.objects.filter(pk__in=numbers).select_related("user").order_by("pk")[:limit]
    return [directory.Touched(f"{row.user.full_name}: {row.name}", numbers[row.pk][1]) for row in rows]


@dataclass(frozen=True)
class Inherited:
    """One step of a dossier from an agency that ended to the one that carries on its work."""

    effective_date: date
    inherited_at: datetime
    agency_name: str
    office_name: str
    successor_name: str


def inherited(dossier_id: int) -> tuple[Inherited, ...]:
    """The steps in their order. One query."""
    rows = Inheritance.objects.filter(dossier_id=dossier_id).order_by("effective_date", "pk")
    return tuple(
        Inherited(row.effective_date, row.inherited_at, row.agency_name, row.office_name, row.successor_name)
        for row in rows
    )
