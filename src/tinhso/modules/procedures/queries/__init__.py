"""Reading the catalogue: what a page needs, in a bounded number of queries."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice, zip_longest
from threading import Lock
from typing import Literal

from django.db.models import BooleanField, Case, Count, F, Q, QuerySet, Value, When
from django.db.models.functions import Length

from tinhso.kernel.search import folded_filter, tokens
from tinhso.kernel.text import fold, sort_key
from tinhso.modules.directory.api import OrganisationInfo, organisations, organisations_by_id
from tinhso.modules.procedures.models import Field, Procedure, ProcedureOffering, ProcedureVersion
from tinhso.modules.procedures.rules import LIFE_EVENTS, Definition, read_definition


@dataclass(frozen=True)
class ProcedureInfo:
    """A procedure of the catalogue, apart from what its versions say."""

    id: int
    code: str
    name: str
    plain_name: str
    field_name: str
    life_event: str
    at_ministry: bool
    at_province: bool
    at_commune: bool
    at_other: bool
    ministry: str
    portal_url: str
    source: str
    as_of: str
    remark: str
    retired_on: date | None = None
    replaced_by: str = ""

    @property
    def title(self) -> str:
        """What people call it, else the catalogue's name."""
        return self.plain_name or self.name

    @property
    def offered(self) -> bool:
        """Is it settled by the province or its communes (else it stands here for reference)?"""
        return self.at_province or self.at_commune


@dataclass(frozen=True)
class VersionInfo:
    """A version with its procedure. Unknown: None or "". `definition` None: known from the catalogue only."""

    id: int
    procedure: ProcedureInfo
    number: int
    status: str
    valid_from: date
    valid_until: date | None
    decision: str
    service_level: str | None
    old_level: int | None
    levels: tuple[str, ...]
    agency: str
    competent_kind: str
    competent_level: str
    time_limit_text: str
    time_limit_amount: int | None
    time_limit_unit: str
    fee_text: str
    is_free: bool | None
    channels: tuple[str, ...]
    fileable: bool
    definition: Definition | None
    definition_digest: str
    own_name: str = ""
    decided_on: date | None = None
    rule_in_force_on: date | None = None

    @property
    def code(self) -> str:
        return self.procedure.code

    def is_in_force(self, on: date) -> bool:
        return in_force(self.status, self.valid_from, self.valid_until, on)

    @property
    def name(self) -> str:
        """The catalogue's name, as it was under this version."""
        return self.own_name or self.procedure.name

    @property
    def title(self) -> str:
        return self.procedure.plain_name or self.name


def in_force(status: str, valid_from: date, valid_until: date | None, on: date) -> bool:
    """The same as `published_on`, for a row that is there already."""
    return status == "published" and valid_from <= on and (valid_until is None or valid_until >= on)


_CACHED = 512
_definitions: OrderedDict[str, Definition] = OrderedDict()
_lock = Lock()


def definition(version_id: int, *, digest: str) -> Definition | None:
    """The parsed definition of a published version. No query when this process has read that content before.

    `digest`: the version's `definition_digest`, which a caller's own query can join: the same content, the same
    definition, whatever its number; so nothing here can go stale.
    """
    with _lock:
        if digest in _definitions:
            _definitions.move_to_end(digest)
            return _definitions[digest]
    raw = raw_definition(version_id)
    found = None if raw is None else read_definition(raw).definition
    if found is not None and digest:
        with _lock:
            _definitions[digest] = found
            if len(_definitions) > _CACHED:
                _definitions.popitem(last=False)
    return found


def published_on(day: date) -> Q:
    """The filter for versions in force on a day."""
    return Q(status="published", valid_from__lte=day) & (Q(valid_until__isnull=True) | Q(valid_until__gte=day))


def version(version_id: int) -> VersionInfo | None:
    row = _rows().filter(pk=version_id).first()
    return None if row is None else _version_info(row)


def current_version(code: str, on: date) -> VersionInfo | None:
    row = _rows().filter(published_on(on), procedure__code=code).first()
    return None if row is None else _version_info(row)


def versions_of(code: str) -> list[VersionInfo]:
    """All versions of a procedure, the newest first, without their definitions. One query."""
    return [
        _version_info(row, with_definition=False) for row in _rows().filter(procedure__code=code).order_by("-number")
    ]


def versions_by_id(version_ids: Collection[int]) -> dict[int, VersionInfo]:
    """Several versions by their numbers in the database, without their definitions. One query."""
    rows = _rows().filter(pk__in=version_ids)
    return {row.pk: _version_info(row, with_definition=False) for row in rows}


def version_numbered(code: str, number: int) -> VersionInfo | None:
    """A version by its procedure and its number, without its definition. One query."""
    row = _rows().filter(procedure__code=code, number=number).first()
    return None if row is None else _version_info(row, with_definition=False)


@dataclass(frozen=True)
class MakingInfo:
    """Who made a version and why. Empty and None: not known or not yet."""

    based_on: int | None
    change_note: str
    review_note: str
    submitted_by: str
    submitted_at: datetime | None
    published_by: str
    published_at: datetime | None


def making_of(version_id: int) -> MakingInfo:
    """One query."""
    row = (
        ProcedureVersion.objects.select_related("based_on", "submitted_by", "published_by")
        .defer("definition", "based_on__definition")
        .get(pk=version_id)
    )
    return MakingInfo(
        based_on=row.based_on.number if row.based_on else None,
        change_note=row.change_note,
        review_note=row.review_note,
        submitted_by=row.submitted_by.full_name if row.submitted_by else "",
        submitted_at=row.submitted_at,
        published_by=row.published_by.full_name if row.published_by else "",
        published_at=row.published_at,
    )


def version_before(found: VersionInfo) -> VersionInfo | None:
    """What was in force before a version took its place. One query."""
    row = (
        _rows()
        .filter(procedure_id=found.procedure.id, status__in=["published", "retired"], valid_from__lt=found.valid_from)
        .order_by("-valid_from", "-number")
        .first()
    )
    return None if row is None else _version_info(row, with_definition=False)


def procedure_of(code: str) -> ProcedureInfo | None:
    """A procedure by its code, in force or not. One query."""
    row = Procedure.objects.select_related("field", "replaced_by").filter(code=code).first()
    return None if row is None else _procedure_info(row)


def raw_definition(version_id: int) -> object:
    """The definition as it was written, for the officer's check. None: for reference only."""
    text = ProcedureVersion.objects.filter(pk=version_id).values_list("definition", flat=True).first()
    return None if text is None else json.loads(text)


def _rows() -> QuerySet[ProcedureVersion]:
    return ProcedureVersion.objects.select_related("procedure__field", "procedure__replaced_by").defer("definition")


def _procedure_info(row: Procedure) -> ProcedureInfo:
    return ProcedureInfo(
        id=row.pk,
        code=row.code,
        name=row.name,
        plain_name=row.plain_name,
        field_name=row.field.name if row.field else "",
        life_event=row.life_event,
        at_ministry=row.at_ministry,
        at_province=row.at_province,
        at_commune=row.at_commune,
        at_other=row.at_other,
        ministry=row.ministry,
        portal_url=row.portal_url,
        source=row.source,
        as_of=row.as_of,
        remark=row.remark,
        retired_on=row.retired_on,
        replaced_by=row.replaced_by.code if row.replaced_by else "",
    )


def _version_info(row: ProcedureVersion, *, with_definition: bool = True) -> VersionInfo:
    # A reference version (competent_kind empty) has none: no query for it.
    wanted = with_definition and bool(row.competent_kind)
    return VersionInfo(
        id=row.pk,
        procedure=_procedure_info(row.procedure),
        number=row.number,
        status=row.status,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        decision=row.decision,
        service_level=row.service_level,
        old_level=row.old_level,
        levels=tuple(row.levels),
        agency=row.agency,
        competent_kind=row.competent_kind,
        competent_level=row.competent_level,
        time_limit_text=row.time_limit_text,
        time_limit_amount=row.time_limit_amount,
        time_limit_unit=row.time_limit_unit,
        fee_text=row.fee_text,
        is_free=row.is_free,
        channels=tuple(row.channels),
        fileable=row.fileable,
        definition=definition(row.pk, digest=row.definition_digest) if wanted else None,
        definition_digest=row.definition_digest,
        own_name=row.name,
        decided_on=row.decided_on,
        rule_in_force_on=row.rule_in_force_on,
    )


Scope = Literal["offered", "fileable", "all"]


@dataclass(frozen=True)
class Search:
    """What somebody looks for. Empty: not narrowed. `scope`: the province's own (default), those that can be filed
    here, or the whole catalogue with what is there for reference."""

    text: str = ""
    field_id: int | None = None
    life_event: str = ""
    level: str = ""
    service_level: str = ""
    scope: Scope = "offered"


@dataclass(frozen=True)
class Page:
    """`total` is exact: the catalogue has thousands of rows, never millions."""

    rows: tuple[VersionInfo, ...]
    total: int
    number: int
    pages: int

    @property
    def first(self) -> int:
        return 0 if not self.total else (self.number - 1) * PAGE_SIZE + 1

    @property
    def last(self) -> int:
        return min(self.number * PAGE_SIZE, self.total)


PAGE_SIZE = 20
_LEVEL_COLUMNS = {
    "ministry": "procedure__at_ministry",
    "province": "procedure__at_province",
    "commune": "procedure__at_commune",
}


def search(wanted: Search, *, on: date, page: int = 1) -> Page:
    """One page of the versions in force, the best first: what can be filed, the words as typed, short names. Two
    queries."""
    found = _rows().filter(published_on(on))
    if wanted.scope == "fileable":
        found = found.filter(fileable=True)
    elif wanted.scope == "offered":
        found = found.filter(Q(procedure__at_province=True) | Q(procedure__at_commune=True))
    if wanted.field_id is not None:
        found = found.filter(procedure__field_id=wanted.field_id)
    if wanted.life_event:
        found = found.filter(procedure__life_event=wanted.life_event)
    if wanted.level in _LEVEL_COLUMNS:
        found = found.filter(**{_LEVEL_COLUMNS[wanted.level]: True})
    if wanted.service_level == "unknown":
        found = found.filter(service_level__isnull=True)
    elif wanted.service_level:
        found = found.filter(service_level=wanted.service_level)
    found = folded_filter(found, "procedure__folded", wanted.text)
    total = found.count()
    pages = max(1, -(-total // PAGE_SIZE))
    number = min(max(1, page), pages)
    rows = _ranked(found, wanted.text)[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]
    return Page(tuple(_version_info(row, with_definition=False) for row in rows), total, number, pages)


def _ranked(found: QuerySet[ProcedureVersion], text: str) -> QuerySet[ProcedureVersion]:
    if not tokens(text):
        return found.order_by("-fileable", "procedure__sort", "procedure_id")
    # As whole words: "so do" means sổ đỏ, not "mã số đơn vị". The column never begins with them, it begins with the code.
    phrase = fold(text)[:300]
    whole = Q(procedure__folded__contains=f" {phrase} ") | Q(procedure__folded__endswith=f" {phrase}")
    code = Q(procedure__code=text.strip()[:20])
    as_typed = Case(When(whole | code, then=Value(True)), default=Value(False), output_field=BooleanField())
    return found.annotate(as_typed=as_typed, length=Length("procedure__name")).order_by(
        "-as_typed", "-fileable", "length", "procedure__sort", "procedure_id"
    )


def fileable_versions(*, on: date) -> tuple[VersionInfo, ...]:
    """All versions whose dossiers are filed here, by name, without their definitions. One query."""
    rows = _rows().filter(published_on(on), fileable=True).order_by("procedure__sort", "procedure_id")
    return tuple(_version_info(row, with_definition=False) for row in rows)


def examples(*, on: date, limit: int = 9) -> tuple[VersionInfo, ...]:
    """Procedures to show on the first page: those that can be filed here, one of each life event in turn. One query."""
    rows = _rows().filter(published_on(on), fileable=True).order_by("procedure__code")[:200]
    by_event: dict[str, list[ProcedureVersion]] = {key: [] for key in (*LIFE_EVENTS, "")}
    for row in rows:
        by_event.setdefault(row.procedure.life_event, []).append(row)
    in_turn = (row for turn in zip_longest(*by_event.values()) for row in turn if row is not None)
    return tuple(_version_info(row, with_definition=False) for row in islice(in_turn, limit))


@dataclass(frozen=True)
class FieldCount:
    id: int
    name: str
    count: int


def fields(*, scope: Scope = "offered") -> tuple[FieldCount, ...]:
    """The subjects in Vietnamese order with how many procedures each holds. One query."""
    found = Procedure.objects.filter(field__isnull=False)
    if scope != "all":
        found = found.filter(Q(at_province=True) | Q(at_commune=True))
    rows = (
        found.order_by()
        .values(pk_of=F("field_id"), name_of=F("field__name"), sort_of=F("field__sort"))
        .annotate(count=Count("pk"))
        .order_by("sort_of", "pk_of")
    )
    return tuple(FieldCount(row["pk_of"], row["name_of"], row["count"]) for row in rows)


@dataclass(frozen=True)
class CatalogueCounts:
    """How many procedures the catalogue holds: in all, offered in the province, filed here, and by life event."""

    total: int
    offered: int
    fileable: int
    by_life_event: dict[str, int]


def counts(*, on: date) -> CatalogueCounts:
    """One query."""
    found = ProcedureVersion.objects.filter(published_on(on)).order_by()
    offered = Q(procedure__at_province=True) | Q(procedure__at_commune=True)
    rows = found.values("procedure__life_event").annotate(
        total=Count("pk"), offered=Count("pk", filter=offered), fileable=Count("pk", filter=Q(fileable=True))
    )
    by_event: dict[str, int] = {}
    total = offered_total = fileable = 0
    for row in rows:
        total += row["total"]
        offered_total += row["offered"]
        fileable += row["fileable"]
        if row["procedure__life_event"]:
            by_event[row["procedure__life_event"]] = row["fileable"]
    return CatalogueCounts(total, offered_total, fileable, by_event)


def field_name(field_id: int) -> str | None:
    return Field.objects.filter(pk=field_id).values_list("name", flat=True).first()


def agencies_offering(found: VersionInfo, *, on: date) -> tuple[OrganisationInfo, ...]:
    """The agencies that settle a procedure on a day, in Vietnamese order. At most two queries."""
    return agencies_for(found.procedure.id, found.competent_kind, found.competent_level, on=on)


def agencies_for(procedure_id: int, kind: str, level: str, *, on: date) -> tuple[OrganisationInfo, ...]:
    """The agencies named for a procedure, else every People's Committee (public service centre, police) of its level. A
    department's procedure is settled by that department alone, so without a name it is not known: empty."""
    numbers: Collection[int] = set(
        ProcedureOffering.objects.filter(procedure_id=procedure_id, valid_from__lte=on)
        .filter(Q(valid_until__isnull=True) | Q(valid_until__gte=on))
        .values_list("organisation_id", flat=True)
    )
    if numbers:
        named = organisations_by_id(numbers)
        return tuple(sorted(named.values(), key=lambda agency: sort_key(agency.name)))
    if kind not in ("people_committee", "public_service_centre", "police"):
        return ()
    return tuple(organisations(level, kind, on=on))


_COMMITTEE = ("Ủy ban nhân dân ", "UBND ")


def commune_names(*, on: date) -> tuple[str, ...]:
    """The communes of the province as people write them ("Phường Hạc Thành"), in Vietnamese order. One query."""
    names = (
        agency.name.removeprefix(_COMMITTEE[0]).removeprefix(_COMMITTEE[1])
        for agency in organisations("commune", "people_committee", on=on)
    )
    return tuple(name[:1].upper() + name[1:] for name in names)


def version_ids_of_field(name: str) -> frozenset[int]:
    where = Q(procedure__field__name=name) if name else Q(procedure__field__isnull=True)
    return frozenset(ProcedureVersion.objects.filter(where).values_list("pk", flat=True))
