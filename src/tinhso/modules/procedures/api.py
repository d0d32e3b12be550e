"""The door of procedures: the catalogue, its versions, and the questions that a dossier asks of its version.

A dossier keeps the number of the version it came in under (`ProcedureVersion`, foreign key
"procedures.ProcedureVersion") and asks `version(id)`; that answer never changes. The answers of a form are nested
JSON by group, plus {"applicant": {...}} from the dossier's fixed first page, which conditions may read.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.conf import settings

from tinhso.kernel.access.api import Actor
from tinhso.modules.directory.api import OrganisationInfo, organisation_by_code
from tinhso.modules.procedures import queries, rules
from tinhso.modules.procedures.queries import (
    ProcedureInfo,
    VersionInfo,
    definition,
    synchronising,
    versions_by_id,
)
from tinhso.modules.procedures.queries.authority import Authority, Decision, Settled, authority, decisions_between
from tinhso.modules.procedures.queries.guidance import any_guidance
from tinhso.modules.procedures.rules import (
    APPLICANT_FIELDS,
    CHANNELS,
    LIFE_EVENTS,
    SERVICE_LEVELS,
    Action,
    Channel,
    DeadlineTerm,
    Definition,
    ExemptFee,
    FeeLine,
    FeesDue,
    Paper,
    Place,
    Result,
    Route,
    Row,
    Section,
    Step,
    Stretch,
    actions_open,
    answer,
    apply_list_action,
    blank,
    clean,
    deadline_rule,
    describe,
    fees_due,
    fees_exempt,
    first_step,
    from_post,
    holds,
    next_steps,
    ordered,
    papers_asked,
    shown_value,
    sift,
    stretches,
    visible,
)
from tinhso.modules.procedures.rules.authority import PARTS
from tinhso.modules.procedures.seed import seed_sample_run
from tinhso.modules.procedures.services import (
    CannotImport,
    CannotLoad,
    CannotPublish,
    ImportReport,
    LoadReport,
    advance,
    import_catalogue,
    load_modelled,
    publish,
    set_offerings,
    start_run,
)
from tinhso.modules.procedures.services.guidance import CannotGuide, approve_guidance, propose_guidance
from tinhso.modules.procedures.services.national import NationalDatabase
from tinhso.modules.procedures.services.open_dossiers import register_open_dossiers

__all__ = [
    "APPLICANT_FIELDS",
    "CHANNELS",
    "LIFE_EVENTS",
    "PARTS",
    "SERVICE_LEVELS",
    "Action",
    "Authority",
    "CannotGuide",
    "CannotImport",
    "CannotLoad",
    "CannotPublish",
    "Channel",
    "DeadlineTerm",
    "Decision",
    "Definition",
    "ExemptFee",
    "FeeLine",
    "FeesDue",
    "ImportReport",
    "LoadReport",
    "Paper",
    "Place",
    "ProcedureInfo",
    "Result",
    "Route",
    "Row",
    "Section",
    "Settled",
    "Step",
    "Stretch",
    "UnknownVersion",
    "VersionInfo",
    "actions_open",
    "advance_run",
    "agencies_offering",
    "answer",
    "any_guidance",
    "apply_list_action",
    "approve_guidance",
    "authority",
    "blank",
    "clean",
    "current_version",
    "deadline_rule",
    "deadline_rule_for",
    "decisions_between",
    "definition",
    "describe",
    "fees_due",
    "fees_exempt",
    "fees_for",
    "fileable_versions",
    "first_step",
    "from_post",
    "holds",
    "import_catalogue",
    "in_force",
    "is_fileable",
    "load_modelled",
    "load_reference_catalogue",
    "next_steps",
    "nightly_run_is_due",
    "ordered",
    "papers_asked",
    "papers_for",
    "propose_guidance",
    "publish",
    "register_open_dossiers",
    "run_on_its_way",
    "seed_sample_run",
    "set_offerings",
    "shown_value",
    "sift",
    "start_run",
    "stretches",
    "version",
    "version_ids_of_field",
    "versions_by_id",
    "visible",
]

DATA = Path(__file__).parent / "data"


class UnknownVersion(LookupError):
    """No version has this number. A mistake of the caller, not of the person at the screen."""


def version(version_id: int) -> VersionInfo:
    """A version, whatever its status. Raises `UnknownVersion`. One query (two the first time its content is read)."""
    found = queries.version(version_id)
    if found is None:
        raise UnknownVersion(f"procedure version {version_id}")
    return found


def current_version(code: str, on: date) -> VersionInfo | None:
    """The version of a procedure in force on a day. None: no such procedure, or none in force. One query."""
    return queries.current_version(code, on)


def in_force(status: str, valid_from: date, valid_until: date | None, on: date) -> bool:
    """Is a version with these facts in force on that day? For a caller whose own query has joined them."""
    return queries.in_force(status, valid_from, valid_until, on)


def is_fileable(code: str, on: date) -> bool:
    """Can a dossier of this procedure be filed here on that day?"""
    found = queries.current_version(code, on)
    return found is not None and found.fileable


def fileable_versions(on: date) -> tuple[VersionInfo, ...]:
    """The versions in force whose dossiers are filed here, by name, without their definitions. One query."""
    return queries.fileable_versions(on=on)


def version_ids_of_field(name: str) -> frozenset[int]:
    """All versions, of whatever status, of the procedures of a field; "": of those without a field. One query."""
    return queries.version_ids_of_field(name)


def deadline_rule_for(version_id: int, data: Mapping[str, Any]) -> DeadlineTerm | None:
    """The legal term of this case (amount, unit, cutoff, note). None: the version does not know."""
    found = version(version_id).definition
    return None if found is None else rules.deadline_rule(found, data)


def fees_for(version_id: int, data: Mapping[str, Any], channel: Channel) -> FeesDue | None:
    """What this case costs by this channel, in đồng. None: the version does not know; no lines: free of charge."""
    found = version(version_id).definition
    return None if found is None else rules.fees_due(found, data, channel)


def papers_for(version_id: int, data: Mapping[str, Any]) -> tuple[Paper, ...]:
    """The papers that this case asks for, in the order of the version."""
    found = version(version_id).definition
    return () if found is None else rules.papers_asked(found, data)


def agencies_offering(version_id: int, on: date) -> tuple[OrganisationInfo, ...]:
    """The agencies that settle the procedure on a day, in Vietnamese order. At most three queries."""
    return queries.agencies_offering(version(version_id), on=on)


def run_on_its_way() -> int | None:
    """The reading of the national database that is not at its end. One query."""
    return synchronising.run_on_its_way()


def nightly_run_is_due(*, now: datetime, since: datetime) -> bool:
    """Has nobody begun to read the national database since that hour?"""
    return since <= now and not synchronising.was_started_since(since)


def advance_run(*, run_id: int, actor: Actor, now: datetime) -> bool:
    """Read the national database of the settings on, for up to 45 seconds. True when the run is at its end."""
    where = settings.NATIONAL_CATALOGUE
    source = NationalDatabase(url=str(where["url"]), username=str(where["username"]), password=str(where["password"]))
    return advance(run_id=run_id, source=source, actor=actor, now=now)


def load_reference_catalogue(*, actor: Actor, now: datetime) -> tuple[ImportReport, LoadReport]:
    """The catalogue and the modelled procedures that come with the product; again without effect."""
    imported = import_catalogue(DATA / "procedures.tsv", actor=actor, now=now)
    loaded = load_modelled(DATA / "modelled", actor=actor, now=now)
    _load_offerings(actor=actor, now=now)
    return imported, loaded


def _load_offerings(*, actor: Actor, now: datetime) -> None:
    """Which departments of the reference province settle what; those not in the directory are left out."""
    raw = json.loads((DATA / "offerings.json").read_text(encoding="utf-8"))
    since = date.fromisoformat(raw["valid_from"])
    for code, agency_codes in raw["offerings"].items():
        agencies = [found for one in agency_codes if (found := organisation_by_code(one, now.date())) is not None]
        if agencies and queries.current_version(code, now.date()) is not None:
            set_offerings(
                code=code,
                organisation_ids=[agency.id for agency in agencies],
                valid_from=since,
                ground="Tỉnh mẫu",
                actor=actor,
                now=now,
            )
