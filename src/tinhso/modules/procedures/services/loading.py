"""Loading the procedures that are modelled in full, from the files that come with the product."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction

from tinhso.kernel.access.api import Actor, require, roles
from tinhso.kernel.search import searchable
from tinhso.kernel.text import sort_key
from tinhso.modules.procedures.models import Procedure, ProcedureVersion
from tinhso.modules.procedures.rules import LIFE_EVENTS, read_definition
from tinhso.modules.procedures.services.drafting import digest_of
from tinhso.modules.procedures.services.publishing import CannotPublish, install_version


class CannotLoad(Exception):
    """Nothing was loaded. `problems`: file and path of every defect."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("Không nạp được thủ tục mẫu:\n" + "\n".join(self.problems))


@dataclass(frozen=True)
class LoadReport:
    """Codes published now, and codes whose content was in force already."""

    published: tuple[str, ...]
    unchanged: tuple[str, ...]


def problems_of_file(path: Path, role_names: Iterable[str] | None = None) -> list[str]:
    """Everything that is wrong with one file, without touching the database."""
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        return [f"{path.name}: không đọc được JSON ({error})"]
    if not isinstance(raw, dict):
        return [f"{path.name}: phải là một đối tượng JSON"]
    problems = [f"{path.name}: /{key}: khóa lạ" for key in raw if key not in _KEYS]
    for key in ("code", "plain_name"):
        if not isinstance(raw.get(key), str) or not raw[key].strip():
            problems.append(f"{path.name}: /{key}: thiếu")
    if raw.get("life_event") not in LIFE_EVENTS:
        problems.append(
            f"{path.name}: /life_event: «{raw.get('life_event')}» không phải một trong: {', '.join(LIFE_EVENTS)}"
        )
    defects = read_definition(raw.get("version"), roles=None if role_names is None else tuple(role_names)).defects
    return problems + [f"{path.name}: /version{defect}" for defect in defects]


# `samples`: example answers, for tests and for trying a form; not part of the version.
_KEYS = ("code", "name", "plain_name", "life_event", "version", "samples")


@transaction.atomic
def load_modelled(folder: Path, *, actor: Actor, now: datetime) -> LoadReport:
    """Publish the version of every *.json of a folder. The same content again makes no new version.

    Raises `CannotLoad` with the defects of all files before anything is written.
    """
    require(actor, "procedures.install")
    paths = sorted(folder.glob("*.json"))
    problems = [problem for path in paths for problem in problems_of_file(path, roles())]
    if problems:
        raise CannotLoad(problems)
    published: list[str] = []
    unchanged: list[str] = []
    for path in paths:
        raw = json.loads(path.read_text(encoding="utf-8"))
        procedure = _procedure(raw)
        (published if _version(procedure, raw["version"], path, actor, now) else unchanged).append(procedure.code)
    return LoadReport(tuple(published), tuple(unchanged))


def _procedure(raw: dict[str, Any]) -> Procedure:
    name = raw.get("name") or raw["plain_name"]
    procedure, _ = Procedure.objects.select_related("field").get_or_create(
        code=raw["code"], defaults={"name": name, "sort": sort_key(name), "source": "Thủ tục mẫu"}
    )
    levels = raw["version"]["levels"]
    wanted = {
        "plain_name": raw["plain_name"].strip(),
        "life_event": raw["life_event"],
        "at_province": procedure.at_province or "province" in levels,
        "at_commune": procedure.at_commune or "commune" in levels,
    }
    wanted["folded"] = searchable(
        procedure.code, wanted["plain_name"], procedure.name, procedure.field.name if procedure.field else ""
    )
    if any(getattr(procedure, key) != value for key, value in wanted.items()):
        Procedure.objects.filter(pk=procedure.pk).update(**wanted)
    return procedure


def _version(procedure: Procedure, definition: dict[str, Any], path: Path, actor: Actor, now: datetime) -> bool:
    # What was in force once, or was retired since, does not come back by a new start of the program.
    known = ProcedureVersion.objects.filter(
        procedure=procedure, status__in=["published", "retired"], definition_digest=digest_of(definition)
    )
    if procedure.retired_on is not None or known.exists():
        return False
    try:
        install_version(procedure_id=procedure.pk, definition=definition, actor=actor, now=now)
    except CannotPublish as error:
        raise CannotLoad([f"{path.name}: {error}"]) from error
    return True
