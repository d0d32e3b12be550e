"""Real dossiers along random routes, by random officers' choices: the same open steps as SpiffWorkflow running the
exported BPMN file."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis.extra.django import TestCase

from tinhso.modules.dossiers.models import Dossier, Task
from tinhso.modules.dossiers.rules import State, TaskKind
from tinhso.modules.dossiers.services.routing import act
from tinhso.modules.dossiers.tests.factories import NOW, Stage, accepted, make_stage
from tinhso.modules.procedures import api as procedures
from tinhso.modules.procedures.models import Procedure
from tinhso.modules.procedures.tests.factories import make_procedure, publish_definition
from tinhso.modules.procedures.tests.routes import choices, routes
from tinhso.modules.procedures.tests.samples import definition_raw
from tinhso.modules.procedures.tests.spiff import Oracle

TERM = {"cases": [{"when": None, "amount": 100, "unit": "working_day"}]}


class RealDossiers(TestCase):
    stage: Stage

    @classmethod
    def setUpTestData(cls) -> None:
        cls.stage = make_stage()

    @settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
    @given(routes(most=4), choices(most=16))
    def test_dossiers_take_the_steps_that_the_oracle_takes(self, route: dict[str, Any], numbers: list[int]) -> None:
        # The leader may do all of it: who does a step is not the question here.
        steps = [{**step, "role": "leader"} for step in route["steps"]]
        route = {**route, "steps": steps}
        procedure = make_procedure(code=f"9.{Procedure.objects.count()}")
        version_id = publish_definition(procedure, definition_raw(route=route, deadline=TERM))
        dossier = accepted(replace(self.stage, version_id=version_id))
        oracle = Oracle(route)
        for which, what in zip(numbers[::2], numbers[1::2], strict=False):
            tasks = self.open(dossier)
            assert [task.key for task in tasks] == oracle.open
            if not tasks:
                break
            task = tasks[which % len(tasks)]
            if task.kind == TaskKind.OPINION:
                action = "opinion"
            else:
                version = procedures.version(version_id)
                assert version.definition is not None
                offered = procedures.actions_open(version.definition, task.key, dossier.case)
                action = offered[what % len(offered)].key
            act(task_id=task.pk, action=action, comment="Đã xem xét.", actor=self.stage.leader, now=NOW)
            oracle.act(task.key, action)
        dossier.refresh_from_db()
        assert [task.key for task in self.open(dossier)] == oracle.open
        assert (dossier.state == State.COMPLETED) == oracle.finished

    @staticmethod
    def open(dossier: Dossier) -> list[Task]:
        """Open steps and opinions, by key; handing the result over is the clerk's."""
        found = Task.objects.filter(dossier=dossier, finished_at__isnull=True)
        return sorted(found.filter(kind__in=[TaskKind.STEP, TaskKind.OPINION]), key=lambda task: task.key)
