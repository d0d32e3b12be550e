"""A version as the designers see it: as written, right or wrong, with all that is wrong with it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from typing import Any

from tinhso.modules.procedures.models import DesignStep, ProcedureVersion
from tinhso.modules.procedures.queries.checking import defects_of_version
from tinhso.modules.procedures.rules import Defect


@dataclass(frozen=True)
class Draft:
    """`digest`: what a change must name, so that nobody overwrites another unseen. `last`: the change that can be undone."""

    version: ProcedureVersion
    definition: dict[str, Any]
    digest: str
    defects: tuple[Defect, ...]
    last: DesignStep | None

    @property
    def editable(self) -> bool:
        return self.version.status == ProcedureVersion.Status.DRAFT

    def defects_below(self, path: str) -> tuple[Defect, ...]:
        return tuple(defect for defect in self.defects if f"{defect.path}/".startswith(f"{path}/"))


def draft(version_id: int, *, on: date) -> Draft | None:
    """None: no such version, or one that is known from the catalogue only. Two queries and those of the check."""
    version = ProcedureVersion.objects.select_related("procedure").filter(pk=version_id).first()
    if version is None or version.definition is None:
        return None
    definition = json.loads(version.definition)
    if not isinstance(definition, dict):
        return None
    found = defects_of_version(version.procedure_id, definition, on=on)
    last = DesignStep.objects.filter(version=version).select_related("done_by").defer("before").order_by("-pk").first()
    return Draft(version, definition, version.definition_digest, found, last)
