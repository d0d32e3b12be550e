"""The publishing check with what only the organisations know. `publish` and the version's page ask the same."""

from __future__ import annotations

from datetime import date
from typing import Any

from tinhso.kernel.access.api import roles
from tinhso.modules.directory.api import OrganisationInfo, organisation_by_code, staffed_roles
from tinhso.modules.procedures.queries import agencies_for
from tinhso.modules.procedures.rules import Defect, Definition, Workplace, defects, read_definition, staffing_defects


def defects_of_version(procedure_id: int, raw: Any, *, on: date) -> tuple[Defect, ...]:
    """Every defect of a version's JSON as things stand on a day, each with place and remedy. At most six queries, and one
    for each other agency that its steps ask."""
    found = defects(raw, roles=roles().keys())
    return found + _unmanned(procedure_id, read_definition(raw).parsed, raw, on)


def _unmanned(procedure_id: int, definition: Definition, raw: Any, on: date) -> tuple[Defect, ...]:
    if definition.route is None or not definition.fileable:
        return ()
    offering = agencies_for(procedure_id, definition.competent_kind, definition.competent_level, on=on)
    asked = {
        step.agency: organisation_by_code(step.agency, on) for step in definition.route.steps if step.agency is not None
    }
    everywhere = {one.id for one in (*offering, *(other for other in asked.values() if other is not None))}
    held = staffed_roles(everywhere, {step.role for step in definition.route.steps}, on=on)

    def workplace(agency: OrganisationInfo) -> Workplace:
        return Workplace(agency.name, held.get(agency.id, {}))

    return staffing_defects(
        definition,
        [workplace(agency) for agency in offering],
        {code: None if other is None else workplace(other) for code, other in asked.items()},
        raw,
    )
