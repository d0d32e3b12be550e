"""The procedures that each agency settles on a day, and what the index asks of them. For a whole province at once."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from threading import Lock
from typing import Any

from django.conf import settings
from django.db.models import Q

from tinhso.modules.directory.api import OrganisationInfo, organisations
from tinhso.modules.procedures.models import NationalRecord, ProcedureOffering, ProcedureVersion
from tinhso.modules.procedures.rules.authority import is_for_people, is_named, missing_of, missing_of_texts

# By kind and level alone, as `queries.agencies_for` does.
_EVERY_ONE = ("people_committee", "public_service_centre", "police")


@dataclass(frozen=True)
class Settled:
    """A procedure in force on the day. None: not known. `missing`: what of the seven parts is not told.
    `for_people`: may people apply, not only organisations?"""

    code: str
    title: str
    number: int
    is_defined: bool
    service_level: str | None
    has_fee: bool | None
    missing: tuple[str, ...]
    for_people: bool | None

    @property
    def is_online(self) -> bool:
        return self.service_level in ("full", "partial")


@dataclass(frozen=True)
class Authority:
    """Both by the code of the procedure. `of`: agency → its procedures; an agency without any is absent. `agencies`: all
    organisations in force on the day, in Vietnamese order."""

    procedures: Mapping[str, Settled]
    of: Mapping[int, frozenset[str]]
    agencies: tuple[OrganisationInfo, ...]


_COLUMNS = (
    "pk", "procedure_id", "number", "name", "service_level", "is_free", "competent_kind", "competent_level", "agency",
    "channels", "time_limit_text", "definition_digest", "procedure__code", "procedure__name", "procedure__plain_name",
    "procedure__at_province", "procedure__at_commune",
)  # fmt: skip


def authority(*, on: date) -> Authority:
    """By named offerings, else by kind and level, else (for reference only) by the catalogue's words. At most six
    queries, however many agencies."""
    rows = _in_force(on)
    agencies = organisations(on=on)
    holders = _holders(rows, agencies, on)
    rows = [row for row in rows if holders.get(row["procedure_id"])]
    judged = _judged(rows)
    of: dict[int, set[str]] = {}
    groups: dict[frozenset[int], list[str]] = {}
    for row in rows:
        groups.setdefault(holders[row["procedure_id"]], []).append(row["procedure__code"])
    for held_by, codes in groups.items():
        for agency_id in held_by:
            of.setdefault(agency_id, set()).update(codes)
    return Authority(
        {row["procedure__code"]: _settled(row, *judged[row["pk"]]) for row in rows},
        # Communes hold the same: one set for all that are equal.
        _shared(of),
        tuple(agencies),
    )


def _shared(of: Mapping[int, set[str]]) -> dict[int, frozenset[str]]:
    known: dict[frozenset[str], frozenset[str]] = {}
    found = {}
    for agency_id, codes in of.items():
        frozen = frozenset(codes)
        found[agency_id] = known.setdefault(frozen, frozen)
    return found


def _in_force(on: date) -> list[dict[str, Any]]:
    """One row for each procedure: what was in force that day, replaced since or not."""
    versions = ProcedureVersion.objects.filter(
        Q(procedure__at_province=True) | Q(procedure__at_commune=True) | ~Q(competent_kind=""),
        Q(procedure__retired_on__isnull=True) | Q(procedure__retired_on__gt=on),
        Q(valid_until__isnull=True) | Q(valid_until__gte=on),
        status__in=["published", "retired"],
        valid_from__lte=on,
    )
    # A later number took the place of an earlier one.
    found: dict[int, dict[str, Any]] = {
        row["procedure_id"]: {**row} for row in versions.order_by("number").values(*_COLUMNS)
    }
    return list(found.values())


def _holders(rows: list[dict[str, Any]], agencies: list[OrganisationInfo], on: date) -> dict[int, frozenset[int]]:
    """Procedure → the agencies that settle it. One query."""
    named: dict[int, set[int]] = {}
    offerings = ProcedureOffering.objects.filter(
        Q(valid_until__isnull=True) | Q(valid_until__gte=on), valid_from__lte=on
    )
    for procedure_id, agency_id in offerings.values_list("procedure_id", "organisation_id"):
        named.setdefault(procedure_id, set()).add(agency_id)
    by_place: dict[tuple[str, str], frozenset[int]] = {}
    classes: dict[tuple[str, str, str], set[int]] = {}
    for one in agencies:
        place = (one.kind, one.level)
        by_place[place] = by_place.get(place, frozenset()) | {one.id}
        # Of all kinds but departments the name does not matter.
        classes.setdefault((*place, one.name if one.kind == "department" else ""), set()).add(one.id)
    read: dict[tuple[str, bool, bool], frozenset[int]] = {}
    found: dict[int, frozenset[int]] = {}
    for row in rows:
        number, kind = row["procedure_id"], row["competent_kind"]
        if number in named:
            found[number] = frozenset(named[number])
        elif kind in _EVERY_ONE:
            found[number] = by_place.get((kind, row["competent_level"]), frozenset())
        elif not kind:
            text = (row["agency"], row["procedure__at_province"], row["procedure__at_commune"])
            if text not in read:
                read[text] = _named_in(text, classes)
            found[number] = read[text]
    return found


def _named_in(text: tuple[str, bool, bool], classes: Mapping[tuple[str, str, str], set[int]]) -> frozenset[int]:
    words, at_province, at_commune = text
    city = str(settings.PROVINCE["name"])
    return frozenset[int]().union(
        *(
            numbers
            for (kind, level, name), numbers in classes.items()
            if is_named(
                words, kind=kind, level=level, name=name, at_province=at_province, at_commune=at_commune, own_city=city
            )
        )
    )


Judged = tuple[tuple[str, ...], bool | None]
_CACHED = 8192
_by_digest: OrderedDict[str, Judged] = OrderedDict()
_by_record: OrderedDict[tuple[str, str], Mapping[str, Any]] = OrderedDict()
_lock = Lock()


def _judged(rows: list[dict[str, Any]]) -> dict[int, Judged]:
    """Version → what it does not tell, and whether people may apply. Three queries at most, one where this process has
    read all of it before: what was read of a content never changes."""
    defined = {row["pk"]: row["definition_digest"] for row in rows if row["competent_kind"]}
    with _lock:
        known = {digest: _by_digest[digest] for digest in defined.values() if digest in _by_digest}
    unread = [pk for pk, digest in defined.items() if digest not in known]
    if unread:
        names = {row["pk"]: row["name"] or row["procedure__name"] for row in rows}
        for pk, text in ProcedureVersion.objects.filter(pk__in=unread).values_list("pk", "definition"):
            raw = json.loads(text or "{}")
            known[defined[pk]] = (missing_of(raw, name=names[pk]), is_for_people(str(raw.get("who_may_apply") or "")))
    records = _records({row["procedure__code"] for row in rows if not row["competent_kind"]})
    with _lock:
        _by_digest.update(known)
        while len(_by_digest) > _CACHED:
            _by_digest.popitem(last=False)
    return {row["pk"]: known[defined[row["pk"]]] if row["pk"] in defined else _of_texts(row, records) for row in rows}


def _of_texts(row: Mapping[str, Any], records: Mapping[str, Mapping[str, Any]]) -> Judged:
    missing = missing_of_texts(
        name=row["name"] or row["procedure__name"],
        agency=row["agency"],
        channels=row["channels"],
        time_limit=row["time_limit_text"],
        content=records.get(row["procedure__code"]),
    )
    return missing, None


def _records(codes: set[str]) -> dict[str, Mapping[str, Any]]:
    """What was read of the national database itself, by code: only the parts that the catalogue does not keep."""
    stamps = {
        code: (code, f"{stamp}|{accepted_at.isoformat()}")
        for code, stamp, accepted_at in NationalRecord.objects.exclude(stamp="").values_list(
            "code", "stamp", "accepted_at"
        )
        if code in codes
    }
    with _lock:
        found = {code: _by_record[key] for code, key in stamps.items() if key in _by_record}
    unread = sorted(set(stamps) - set(found))
    for start in range(0, len(unread), 2000):
        part = NationalRecord.objects.filter(code__in=unread[start : start + 2000])
        for code, content in part.values_list("code", "content"):
            found[code] = {"papers": bool(content.get("papers")), "has_steps": bool(content.get("has_steps"))}
    with _lock:
        _by_record.update({stamps[code]: content for code, content in found.items()})
        while len(_by_record) > _CACHED:
            _by_record.popitem(last=False)
    return found


def _settled(row: Mapping[str, Any], missing: tuple[str, ...], for_people: bool | None) -> Settled:
    return Settled(
        code=row["procedure__code"],
        title=row["procedure__plain_name"] or row["name"] or row["procedure__name"],
        number=row["number"],
        is_defined=bool(row["competent_kind"]),
        service_level=row["service_level"],
        has_fee=None if row["is_free"] is None else not row["is_free"],
        missing=missing,
        for_people=for_people,
    )


@dataclass(frozen=True)
class Decision:
    """A version's decision of publication. `rule_in_force_on` None: not told; `published_at` None: not made public here yet."""

    code: str
    number: int
    decision: str
    decided_on: date
    rule_in_force_on: date | None
    published_at: datetime | None


def decisions_between(since: date, until: date) -> tuple[Decision, ...]:
    """The decisions made on the days `since` to `until`, of versions that were not given up. One query."""
    rows = ProcedureVersion.objects.filter(decided_on__gte=since, decided_on__lte=until).exclude(status="withdrawn")
    found = rows.order_by("decided_on", "pk").values_list(
        "procedure__code", "number", "decision", "decided_on", "rule_in_force_on", "published_at"
    )
    return tuple(
        Decision(code, number, decision, decided_on, in_force_on, published_at)
        for code, number, decision, decided_on, in_force_on, published_at in found
        if decided_on is not None
    )
