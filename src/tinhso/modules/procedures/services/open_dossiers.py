"""How many dossiers still go by older versions: told by who owns the dossiers, asked by who edits procedures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tinhso.modules.procedures.models import ProcedureVersion

Count = Callable[[int], Mapping[int, int]]


@dataclass(frozen=True)
class OldVersion:
    """`open`: dossiers not yet finished that came in under it; they keep it."""

    number: int
    status: str
    open: int


def _none(procedure_id: int) -> Mapping[int, int]:
    return {}


_count: Count = _none


def register_open_dossiers(function: Count) -> None:
    """The owner of the dossiers tells, for a procedure, version's number in the database → open dossiers."""
    global _count
    _count = function


def open_dossiers(procedure_id: int) -> tuple[OldVersion, ...]:
    """The versions of a procedure that have open dossiers, the newest first. One query and the owner's."""
    counted = _count(procedure_id)
    rows = ProcedureVersion.objects.filter(pk__in=counted).order_by("-number").values_list("pk", "number", "status")
    return tuple(OldVersion(number, status, counted[pk]) for pk, number, status in rows if counted[pk])
