"""A small reform for tests: the ward and a commune become one new ward; drafted by one, approved by another."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tinhso.kernel.access.api import Actor
from tinhso.modules.directory.models import Organisation, Reform
from tinhso.modules.directory.rules.reforms import Action
from tinhso.modules.directory.services.reforming import add_action, decide_reform, draft_reform, submit_reform
from tinhso.modules.directory.tests.factories import NOW, TODAY, give, make_officer, make_organisation

GROUND = "Nghị quyết 1686/NQ-UBTVQH15"


@dataclass(frozen=True)
class Reformers:
    drafter: Actor
    approver: Actor


def make_reformers(root: Organisation) -> Reformers:
    return Reformers(
        give(make_officer("drafter", "Mai Phương Thảo"), "staff_admin", root, subtree=True),
        give(make_officer("approver", "Lê Đức Giang"), "reform_approver", root, subtree=True),
    )


def founding(number: int, code: str, name: str, *, parent: str = "H56", kind: str = "people_committee") -> Action:
    return Action(
        number, "create", new_code=code, name=name, level="commune", organisation_kind=kind, parent_code=parent
    )


def joining() -> list[Action]:
    """Ward H56.102 with its centre, and commune H56.103, become ward H56.900 with a centre."""
    return [
        founding(1, "H56.900", "UBND phường Hạc Thành Mới"),
        founding(
            2, "H56.900.01", "Trung tâm PVHCC phường Hạc Thành Mới", parent="H56.900", kind="public_service_centre"
        ),
        Action(3, "merge", "H56.102", "H56.900"),
        Action(4, "merge", "H56.102.01", "H56.900.01"),
        Action(5, "merge", "H56.103", "H56.900"),
    ]


def make_commune(root: Organisation) -> Organisation:
    return make_organisation("UBND xã Quảng Thắng", "H56.103", parent=root)


def drafted(people: Reformers, actions: list[Action], *, day: Any = TODAY, now: datetime = NOW) -> int:
    number = draft_reform(title="Sắp xếp xã, phường", ground=GROUND, effective_date=day, actor=people.drafter, now=now)
    for action in actions:
        add_action(reform_id=number, action=action, actor=people.drafter, now=now)
    return number


def approved(people: Reformers, actions: list[Action], *, day: Any = TODAY, now: datetime = NOW) -> int:
    number = drafted(people, actions, day=day, now=now)
    submit_reform(reform_id=number, actor=people.drafter, now=now)
    decide_reform(reform_id=number, approve=True, note="", actor=people.approver, now=now)
    return number


def state_of(reform_id: int) -> str:
    return Reform.objects.values_list("state", flat=True).get(pk=reform_id)
