"""A route changed while dossiers run on it: they keep theirs to the end, and the designer says how many they are."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tinhso.kernel.access.api import SYSTEM
from tinhso.modules.dossiers.queries.by_version import open_by_version
from tinhso.modules.dossiers.services.routing import act, claim
from tinhso.modules.dossiers.tests.factories import (
    NOW,
    accepted,
    issued,
    make_stage,
    open_task,
    send,
    submitted_to_leader,
)
from tinhso.modules.procedures.models import ProcedureVersion
from tinhso.modules.procedures.services import install_version
from tinhso.modules.procedures.services.open_dossiers import OldVersion, open_dossiers

pytestmark = pytest.mark.django_db


def test_dossiers_under_way_are_counted_by_version_and_go_on_by_it() -> None:
    stage = make_stage()
    version = ProcedureVersion.objects.get(pk=stage.version_id)
    issued(stage)
    send(stage)
    accepted(stage)
    dossier = submitted_to_leader(stage)
    later = NOW + timedelta(days=1)
    definition = json.loads(version.definition or "")
    definition |= {"valid_from": later.date().isoformat()}
    definition["route"]["steps"] = [step for step in definition["route"]["steps"] if step["key"] == "examine"]
    definition["route"]["steps"][0]["actions"] = [{"key": "approve", "title": "Ban hành ngay", "kind": "issue"}]
    install_version(procedure_id=version.procedure_id, definition=definition, actor=SYSTEM, now=NOW)
    with CaptureQueriesContext(connection) as found:
        assert open_by_version(version.procedure_id) == {stage.version_id: 3}
    assert len(found) == 1
    assert open_dossiers(version.procedure_id) == (OldVersion(1, "published", 3),)
    task = open_task(dossier)
    assert task.key == "approve", "a step that the new version no longer has"
    claim(task_id=task.pk, actor=stage.leader, now=later)
    outcome = act(task_id=task.pk, action="approve", comment="", actor=stage.leader, now=later)
    assert outcome.notation
    assert open_by_version(version.procedure_id) == {stage.version_id: 2}
