"""Small worlds for tests of the directory and of those who stand on it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from tinhso.kernel.access.api import SYSTEM, Actor, actor_of, create_user, grant_role
from tinhso.kernel.clock import VIETNAM
from tinhso.kernel.search import searchable
from tinhso.kernel.text import person_sort_key, sort_key
from tinhso.modules.directory.models import Organisation, Position, StaffMember, Unit
from tinhso.modules.directory.services.tree import settle_paths

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=VIETNAM)
TODAY = NOW.date()
SINCE = date(2025, 7, 1)


def make_organisation(name: str, code: str, *, parent: Organisation | None = None, **values: Any) -> Organisation:
    made = Organisation.objects.create(
        **{
            "name": name, "code": code, "parent": parent, "level": "commune", "kind": "people_committee",
            "code_source": "generated", "valid_from": SINCE, "search_text": searchable(name, code),
            "sort_key": sort_key(name), **values,
        }
    )  # fmt: skip
    settle_paths()
    made.refresh_from_db()
    return made


def make_province() -> Organisation:
    """UBND tỉnh with its centre and one ward with its own centre; returns the root."""
    root = make_organisation("UBND tỉnh Thanh Hóa", "H56", level="province", valid_from=date(2020, 1, 1))
    make_organisation(
        "Trung tâm Phục vụ hành chính công tỉnh Thanh Hóa", "H56.22", parent=root, level="province",
        kind="public_service_centre",
    )  # fmt: skip
    ward = make_organisation("UBND phường Hạc Thành", "H56.102", parent=root, admin_unit_code="14797")
    make_organisation(
        "Trung tâm Phục vụ hành chính công phường Hạc Thành", "H56.102.01", parent=ward, kind="public_service_centre",
        address="Phường Hạc Thành, tỉnh Thanh Hóa",
    )  # fmt: skip
    return root


def make_officer(username: str, full_name: str = "Lê Thị Mai", *, kind: str = "officer") -> Any:
    return create_user(username=username, full_name=full_name, kind=kind, password="tinhso-demo-2026")


def make_staff(
    user: Any, organisation: Organisation, *, position: str = "Chuyên viên", unit: Unit | None = None, **values: Any
) -> StaffMember:
    title, _ = Position.objects.get_or_create(title=position)
    return StaffMember.objects.create(
        **{
            "user": user, "organisation": organisation, "unit": unit, "position": title, "valid_from": SINCE,
            "search_text": searchable(user.full_name), "sort_key": person_sort_key(user.full_name), **values,
        }
    )  # fmt: skip


def give(user: Any, role: str, organisation: Organisation, *, subtree: bool = False) -> Actor:
    """Grant a role and return the user as an actor."""
    grant_role(
        user_id=user.pk, role=role, organisation_id=organisation.pk, subtree=subtree, valid_from=SINCE,
        ground="Kiểm thử", actor=SYSTEM, now=NOW,
    )  # fmt: skip
    return actor_of(user, on=TODAY)


def get_organisation(code: str) -> Organisation:
    return Organisation.objects.get(code=code, valid_until__isnull=True)
