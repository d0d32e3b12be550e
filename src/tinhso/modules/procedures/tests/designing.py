"""Steps for the tests of the designers: an editor with a draft, and a page's form filled in as a browser would."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

from django.test import Client
from django.urls import reverse
from lxml import html

from tinhso.kernel.access.api import SYSTEM, create_user, grant_role
from tinhso.modules.directory.models import Organisation
from tinhso.modules.procedures.models import ProcedureVersion
from tinhso.modules.procedures.services import start_draft
from tinhso.modules.procedures.tests.factories import NOW, make_committee, make_procedure, publish_definition

MODELLED = sorted((Path(__file__).parents[1] / "data" / "modelled").glob("*.json"))


def modelled(code: str) -> dict[str, Any]:
    path = next(path for path in MODELLED if path.stem == code)
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def sign_in(client: Client, role: str, username: str) -> Client:
    office = Organisation.objects.filter(code="H56.900").first() or make_committee()
    user = create_user(username=username, full_name=f"Cán bộ {username}", kind="officer")
    grant_role(
        user_id=user.pk, role=role, organisation_id=office.pk, subtree=True, valid_from=date(2025, 7, 1),
        ground="Kiểm thử", actor=SYSTEM, now=NOW,
    )  # fmt: skip
    client.force_login(user)
    return client


def draft_of(definition: dict[str, Any], code: str = "1.001193") -> ProcedureVersion:
    """A draft with this definition, of a procedure that has a version in force."""
    procedure = make_procedure(code=code)
    publish_definition(procedure)
    version_id = start_draft(procedure_id=procedure.pk, definition=definition, actor=SYSTEM, now=NOW)
    return ProcedureVersion.objects.get(pk=version_id)


def definition_of(version: ProcedureVersion) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(ProcedureVersion.objects.get(pk=version.pk).definition or "null")
    return found


def address(name: str, version: ProcedureVersion, *rest: Any, **query: str) -> str:
    return reverse(f"procedures:{name}", args=[version.pk, *rest], query=query or None)


def filled(body: bytes, *, holding: str = "seen") -> dict[str, Any]:
    """What a browser would post from the page's form of that field, left as it was opened."""
    document = html.fromstring(body.decode())
    form = next(
        form for form in document.forms
        if holding in form.fields and "then" not in form.fields
    )  # fmt: skip
    found: dict[str, Any] = {}
    for name, value in form.form_values():
        found.setdefault(name, []).append(value)
    return found
