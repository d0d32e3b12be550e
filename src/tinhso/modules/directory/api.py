"""The door of the directory: organisations, their public service centres, successors and staff.

Days (`on`) decide which facts hold; nothing here asks the clock.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from tinhso.modules.directory import queries
from tinhso.modules.directory.queries import staffing
from tinhso.modules.directory.queries.rights import PlaceHeld, places_of
from tinhso.modules.directory.queries.seeing import OfficerEyes, eyes_over
from tinhso.modules.directory.rules import KINDS, LEVELS, OrganisationInfo, StaffInfo
from tinhso.modules.directory.rules.catalogues import Catalogue, Entry, register_catalogue
from tinhso.modules.directory.services.applying import CannotReform, apply_reform, try_reform
from tinhso.modules.directory.services.following import (
    Follower,
    Moves,
    Need,
    Records,
    Touched,
    declared_columns,
    register_follower,
    register_records,
    register_stays,
)
from tinhso.modules.directory.services.full_staff import seed_full_staff
from tinhso.modules.directory.services.open_work import Leaving, OpenWork, register_open_work
from tinhso.modules.directory.services.reforming import (
    decide_reform,
    draft_reform,
    import_actions,
    reform_problems,
    settle_doubts,
    submit_reform,
)
from tinhso.modules.directory.services.sample_reform import seed_sample_reform
from tinhso.modules.directory.services.seeding import DEMO_OFFICERS, DemoOfficer, seed_reference_province
from tinhso.modules.directory.services.workbooks import CannotRead, read_upload

__all__ = [
    "DEMO_OFFICERS",
    "KINDS",
    "LEVELS",
    "CannotRead",
    "CannotReform",
    "Catalogue",
    "DemoOfficer",
    "Entry",
    "Follower",
    "Leaving",
    "Moves",
    "Need",
    "OfficerEyes",
    "OpenWork",
    "OrganisationInfo",
    "PlaceHeld",
    "Records",
    "StaffInfo",
    "Touched",
    "UnknownOrganisation",
    "apply_reform",
    "appointments_of_user",
    "centre_of",
    "colleagues",
    "decide_reform",
    "declared_columns",
    "descendant_ids",
    "draft_reform",
    "eyes_over",
    "former_names",
    "heirs_of",
    "import_actions",
    "organisation",
    "organisation_by_code",
    "organisations",
    "organisations_by_codes",
    "organisations_by_id",
    "places_of",
    "places_of_users",
    "predecessors_of",
    "read_upload",
    "reform_problems",
    "register_catalogue",
    "register_follower",
    "register_open_work",
    "register_records",
    "register_stays",
    "seed_full_staff",
    "seed_reference_province",
    "seed_sample_reform",
    "settle_doubts",
    "staff_of_user",
    "staffed_roles",
    "submit_reform",
    "successor_of",
    "successors_of",
    "try_reform",
]


class UnknownOrganisation(LookupError):
    """No organisation has this number. A mistake of the caller, not of the person at the screen."""


def organisation(organisation_id: int) -> OrganisationInfo:
    """One organisation by its number, closed ones too. Raises `UnknownOrganisation`. One query."""
    found = queries.organisation(organisation_id)
    if found is None:
        raise UnknownOrganisation(f"organisation {organisation_id}")
    return found


def organisations_by_id(organisation_ids: Collection[int]) -> dict[int, OrganisationInfo]:
    """Several at once, unknown numbers left out. One query: what a list page uses."""
    return queries.organisations_by_id(organisation_ids)


def organisation_by_code(code: str, on: date | None = None) -> OrganisationInfo | None:
    """Who holds the identifier on a day; without a day, the last holder. None when nobody does. One query."""
    return queries.organisation_by_code(code, on)


def organisations_by_codes(codes: Collection[str]) -> list[OrganisationInfo]:
    """Everybody who holds or held one of these identifiers, each holder's days with it, the first first. One query."""
    return queries.organisations_by_codes(codes)


def organisations(
    level: str | None = None, kind: str | None = None, *, on: date, parent_id: int | None = None
) -> list[OrganisationInfo]:
    """Organisations in force on a day, in Vietnamese order. One query."""
    return queries.organisations(on=on, level=level, kind=kind, parent_id=parent_id)


def descendant_ids(organisation_ids: Collection[int]) -> dict[int, frozenset[int]]:
    """Each number → itself and everything below, closed organisations too (their records still need a keeper)."""
    return queries.descendant_ids(organisation_ids)


def centre_of(organisation_id: int, *, on: date) -> OrganisationInfo | None:
    """The public service centre that receives for an organisation: the commune's own, or the province's. ≤ 2 queries."""
    return queries.centre_of(organisation_id, on)


def successor_of(organisation_id: int, on: date) -> OrganisationInfo | None:
    """The organisation itself while in force, else the one that carries on its work; None when unknown or several."""
    found = queries.successors_of(organisation_id, on)
    return found[0] if len(found) == 1 else None


def successors_of(organisation_id: int, on: date) -> list[OrganisationInfo]:
    """All that carry on its work on a day (the organisation itself while in force). Two queries."""
    return queries.successors_of(organisation_id, on)


def heirs_of(organisation_ids: Collection[int]) -> frozenset[int]:
    """All that carry on the work of ended ones among these, along chains: who keeps their records. One query for each
    link of the longest chain and one more, none for an empty set."""
    return queries.heirs_of(organisation_ids)


def predecessors_of(organisation_ids: Collection[int]) -> frozenset[int]:
    """All ended organisations whose work these carry on, along chains, without these themselves. Queries as `heirs_of`."""
    return queries.predecessors_of(organisation_ids)


def former_names(organisation_ids: Collection[int], on: date) -> dict[int, tuple[str, ...]]:
    """Each number → the names of the organisations whose work it carries on. One query."""
    return queries.former_names(organisation_ids, on)


def colleagues(
    organisation_id: int, role: str | None = None, *, on: date, unit_id: int | None = None
) -> list[StaffInfo]:
    """Active staff of an organisation by given name; with `role`, only its holders over that organisation."""
    return queries.colleagues(organisation_id, role=role, on=on, unit_id=unit_id)


def staffed_roles(
    organisation_ids: Collection[int], roles: Collection[str], *, on: date
) -> dict[int, dict[str, frozenset[str]]]:
    """Organisation → role → names of the units in which somebody of its staff holds it ("" for no unit). Three queries."""
    return staffing.staffed_roles(organisation_ids, roles, on=on)


def staff_of_user(user_id: int, on: date) -> StaffInfo | None:
    """A person's place on a day, the highest when there are several; None for those who work nowhere. One query."""
    found = queries.appointments_of_user(user_id, on)
    return found[0] if found else None


def appointments_of_user(user_id: int, on: date) -> list[StaffInfo]:
    """All places of a person on a day, the highest first."""
    return queries.appointments_of_user(user_id, on)


def places_of_users(user_ids: Collection[int], on: date) -> dict[int, frozenset[int]]:
    """Each person → the organisations where they work on a day; who works nowhere is left out. One query."""
    return queries.places_of_users(user_ids, on)
