"""No page of the directory costs more queries than tests/query_budgets.json allows, however much there is to show."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tinhso.kernel.access.api import RoleGrant
from tinhso.kernel.clock import now
from tinhso.modules.directory.models import ImportBatch, Organisation, StaffMember
from tinhso.modules.directory.services.granting import request_role
from tinhso.modules.directory.tests.factories import get_organisation, give, make_officer, make_province, make_staff

pytestmark = pytest.mark.django_db
BUDGETS = json.loads((Path(__file__).resolve().parents[5] / "tests/query_budgets.json").read_text(encoding="utf-8"))
PEOPLE = 12

# Page → who opens it.
PAGES = {
    "public": "leader",
    "organisations": "leader",
    "organisation": "leader",
    "tree": "leader",
    "staff": "leader",
    "staff_member": "staffadmin",
    "export": "leader",
    "import": "staffadmin",
    "import_template": "staffadmin",
    "import_batch": "staffadmin",
    "rights": "rights",
    "request_role": "leader",
    "revoke_role": "rights",
    "own_rights": "leader",
    "lend": "leader",
    "staffing": "staffadmin",
    "join": "staffadmin",
    "depart": "staffadmin",
}


@pytest.fixture
def users() -> dict[str, Any]:
    """A ward full of people who hold, lend and ask for roles."""
    root = make_province()
    ward = get_organisation("H56.102")
    moment = now()
    found: dict[str, Any] = {}
    for username, role, place in (
        ("leader", "leader", ward), ("rights", "rights_admin", root), ("staffadmin", "staff_admin", root),
    ):  # fmt: skip
        found[username] = make_officer(username, f"Người {username}")
        make_staff(found[username], place)
        give(found[username], role, place, subtree=place == root)
    grant = RoleGrant.objects.get(user=found["leader"])
    for number in range(PEOPLE):
        user = make_officer(f"officer{number}", f"Nguyễn Văn {number}")
        make_staff(user, ward)
        actor = give(user, "handler", ward)
        request_role(
            user_id=user.pk, role="unit_head", organisation_id=ward.pk, subtree=False, valid_from=moment.date(),
            valid_until=None, ground="Quyết định 1", actor=actor, now=moment,
        )  # fmt: skip
        RoleGrant.objects.create(
            user=user, role="leader", organisation_id=ward.pk, valid_from=moment.date(), valid_until=moment.date(),
            ground="Vắng mặt", delegated_from=grant,
        )  # fmt: skip
    return found


def address(name: str, users: dict[str, Any]) -> str:
    if name == "organisation":
        return reverse("directory:organisation", args=[Organisation.objects.get(code="H56.102").pk])
    if name == "staff_member":
        return reverse("directory:staff_member", args=[users["leader"].pk])
    if name == "revoke_role":
        return reverse("directory:revoke_role", args=[RoleGrant.objects.get(user=users["leader"]).pk])
    if name == "depart":
        return reverse("directory:depart", args=[StaffMember.objects.get(user=users["leader"]).pk])
    if name == "import_batch":
        batch = ImportBatch.objects.create(
            uploaded_by=users["staffadmin"], uploaded_at=now(), filename="x.csv", sha256="0" * 64, read_as="csv",
            state="faulty", tables={}, faults=[], counts={},
        )  # fmt: skip
        return reverse("directory:import_batch", args=[batch.pk])
    return reverse(f"directory:{name}")


@pytest.mark.parametrize("name", PAGES)
def test_a_page_stays_within_its_budget(name: str, users: dict[str, Any]) -> None:
    client = Client()
    client.force_login(users[PAGES[name]])
    url = address(name, users)
    for variant in (url, f"{url}?view=all", f"{url}?view=ending") if name == "rights" else (url,):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert client.get(variant).status_code == 200
        assert len(queries) <= BUDGETS[f"directory:{name}"], "\n".join(q["sql"][:150] for q in queries)
