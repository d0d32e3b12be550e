"""Small procedures for tests, here and in modules above."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from tinhso.kernel.access.api import SYSTEM
from tinhso.kernel.clock import VIETNAM
from tinhso.kernel.search import searchable
from tinhso.kernel.text import sort_key
from tinhso.modules.directory.models import Organisation
from tinhso.modules.directory.tests.factories import give, make_officer, make_province, make_staff
from tinhso.modules.procedures.models import Field, Procedure
from tinhso.modules.procedures.services import install_version
from tinhso.modules.procedures.tests.samples import definition_raw

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=VIETNAM)


def make_procedure(code: str = "1.001193", name: str = "Thủ tục đăng ký khai sinh", **changes: Any) -> Procedure:
    values = {"at_commune": True, "plain_name": "", "field_name": "Hộ tịch", **changes}
    field_name = values.pop("field_name")
    subject = None
    if field_name:
        subject, _ = Field.objects.get_or_create(
            name=field_name, defaults={"folded": searchable(field_name), "sort": sort_key(field_name)}
        )
    return Procedure.objects.create(
        code=code,
        name=name,
        field=subject,
        folded=searchable(code, values["plain_name"], name, field_name),
        sort=sort_key(name),
        **values,
    )


def publish_definition(procedure: Procedure, definition: dict[str, Any] | None = None, now: datetime = NOW) -> int:
    """A published version of the procedure; returns its number in the database."""
    return install_version(procedure_id=procedure.pk, definition=definition or definition_raw(), actor=SYSTEM, now=now)


def make_committee(
    name: str = "Ủy ban nhân dân phường Hạc Thành", code: str = "H56.900", **values: Any
) -> Organisation:
    """A commune's People's Committee, or another agency by `level` and `kind`."""
    return Organisation.objects.create(
        **{
            "name": name,
            "short_name": name,
            "code": code,
            "level": "commune",
            "kind": "people_committee",
            "sort_key": sort_key(name),
            "address": "25 Lê Lợi",
            "valid_from": date(2025, 7, 1),
            **values,
        }
    )


def make_ward_with_staff(*roles: str) -> Organisation:
    """A ward whose officers hold the roles (without a word: those that the sample's route asks for)."""
    root = make_province()
    ward = Organisation.objects.get(parent=root, kind="people_committee")
    for role in roles or ("handler", "leader"):
        user = make_officer(f"ward.{role}")
        make_staff(user, ward)
        give(user, role, ward)
    return ward
