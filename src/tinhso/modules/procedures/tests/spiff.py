"""SpiffWorkflow running an exported route: the oracle. It sees nothing but the BPMN file."""

from __future__ import annotations

from typing import Any

from lxml import etree
from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.specs.defaults import ParallelGateway
from SpiffWorkflow.util.task import TaskState

from tinhso.modules.procedures.rules.bpmn_writing import CHOICE, bpmn_of

PROCESS = "procedure_1_1"


class Oracle:
    def __init__(self, route: dict[str, Any]) -> None:
        parser = BpmnParser()
        parser.add_bpmn_xml(etree.ElementTree(etree.fromstring(bpmn_of(route, code="1.1", title="Thử", roles={}))))
        self.workflow = BpmnWorkflow(parser.get_spec(PROCESS))
        self.workflow.do_engine_steps()

    @property
    def open(self) -> list[str]:
        """Keys of the steps that wait for somebody, sorted."""
        ready = self.workflow.get_tasks(state=TaskState.READY, manual=True)
        return sorted(self._key(task) for task in ready)

    @property
    def finished(self) -> bool:
        return bool(self.workflow.is_completed())

    def act(self, key: str, action: str) -> None:
        task = next(one for one in self.workflow.get_tasks(state=TaskState.READY, manual=True) if self._key(one) == key)
        task.data[CHOICE] = action
        task.run()
        self.workflow.do_engine_steps()
        self._forget_what_was_merged()

    def _forget_what_was_merged(self) -> None:
        """A token that a join has taken is gone. SpiffWorkflow counts it once more when the same join is waited at again
        and the branches come back in another order (its TODO on excess tokens)."""
        waiting = {task.task_spec.name for task in self.workflow.get_tasks(state=TaskState.WAITING)}
        for task in self.workflow.get_tasks(state=TaskState.CANCELLED):
            if isinstance(task.task_spec, ParallelGateway) and task.task_spec.name not in waiting:
                task.parent._drop_children(force=True)

    @staticmethod
    def _key(task: Any) -> str:
        return str(task.task_spec.bpmn_id).removeprefix("step_").split("__")[0]
