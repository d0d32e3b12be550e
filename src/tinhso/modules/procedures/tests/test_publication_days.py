"""The days of a decision of publication: asked in the designer, kept with the version, not taken over by the next one."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tinhso.kernel.access.api import SYSTEM
from tinhso.modules.procedures.api import decisions_between
from tinhso.modules.procedures.models import ProcedureVersion
from tinhso.modules.procedures.rules import read_definition
from tinhso.modules.procedures.rules.carrying import carry_over
from tinhso.modules.procedures.rules.catalogue import read_row
from tinhso.modules.procedures.services import start_draft
from tinhso.modules.procedures.tests.designing import address, definition_of, draft_of, filled, modelled, sign_in
from tinhso.modules.procedures.tests.factories import NOW, make_procedure, publish_definition
from tinhso.modules.procedures.tests.samples import definition_raw

pytestmark = pytest.mark.django_db
DAYS = {"decided_on": "2026-11-02", "rule_in_force_on": "2026-11-16"}


@pytest.fixture(autouse=True)
def monday_morning(monkeypatch: pytest.MonkeyPatch) -> datetime:
    monkeypatch.setattr("tinhso.kernel.access.web.now", lambda: NOW)
    return NOW


@pytest.fixture
def editor(client: Client) -> Client:
    return sign_in(client, "catalogue_editor", "soan")


@pytest.fixture
def version() -> ProcedureVersion:
    return draft_of(modelled("1.000656")["version"], code="1.000656")


def save(editor: Client, version: ProcedureVersion, **changes: str) -> Any:
    here = address("design", version)
    return editor.post(here, {**filled(editor.get(here).content), **changes})


def test_asked_in_the_designer_and_shown_on_the_version(editor: Client, version: ProcedureVersion) -> None:
    assert save(editor, version, decided_on="02/11/2026", rule_in_force_on="16/11/2026").status_code == 302
    assert definition_of(version).items() >= DAYS.items()
    version.refresh_from_db()
    assert (version.decided_on, version.rule_in_force_on) == (date(2026, 11, 2), date(2026, 11, 16))
    page = editor.get(reverse("procedures:version", args=["1.000656", version.number])).content.decode()
    assert "ngày 02/11/2026" in page
    assert "từ 16/11/2026" in page
    # Left empty again they are gone.
    assert save(editor, version, decided_on="", rule_in_force_on="").status_code == 302
    assert not definition_of(version).keys() & DAYS.keys()


@pytest.mark.parametrize(
    ("name", "typed"),
    [("decided_on", "24/11/2026"), ("decided_on", "31/02/2026"), ("decided_on", "hôm qua"), ("rule_in_force_on", "x")],
)
def test_a_bad_day_is_told_and_kept(editor: Client, version: ProcedureVersion, name: str, typed: str) -> None:
    answer = save(editor, version, **{name: typed})
    assert answer.status_code == 422
    assert name in answer.context["error_of"]
    assert answer.context["values"][name] == typed
    assert not definition_of(version).keys() & DAYS.keys()


def test_a_day_that_cannot_be_read_is_a_defect() -> None:
    assert read_definition(definition_raw(**DAYS)).definition is not None
    reading = read_definition(definition_raw(decided_on="02/11/2026"))
    assert [defect.path for defect in reading.defects] == ["/decided_on"]
    assert read_definition(definition_raw(decided_on=None)).definition is not None


def test_published_with_the_version_and_not_taken_over_by_the_next() -> None:
    procedure = make_procedure()
    publish_definition(procedure, definition_raw(**DAYS))
    (found,) = decisions_between(date(2026, 11, 1), date(2026, 11, 30))
    assert (found.code, found.decided_on, found.published_at) == (procedure.code, date(2026, 11, 2), NOW)
    assert decisions_between(date(2026, 11, 3), date(2026, 11, 30)) == ()
    draft = ProcedureVersion.objects.get(pk=start_draft(procedure_id=procedure.pk, actor=SYSTEM, now=NOW))
    assert (draft.decided_on, draft.rule_in_force_on) == (None, None)
    assert not definition_of(draft).keys() & DAYS.keys()


def test_a_change_of_the_national_database_has_days_of_its_own() -> None:
    row = read_row({
        "code": "1.001193", "name": "A", "field": "", "level": "xã", "agency": "", "time_limit": "", "fee": "",
        "online_level": "", "channels": "", "ministry": "", "decision": "9/QĐ-BTP", "portal_url": "", "as_of": "01/11/2026",
        "remark": "",
    })  # fmt: skip
    carried = carry_over(definition_raw(**DAYS), row, [{"key": "decision", "before": "x", "after": "9/QĐ-BTP"}], None)
    assert carried.definition["decision"] == "9/QĐ-BTP"
    assert not carried.definition.keys() & DAYS.keys()
