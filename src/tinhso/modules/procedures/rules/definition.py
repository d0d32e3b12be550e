"""What a version of a procedure says, as frozen values, and the questions asked of it.

Parsed from JSON by `rules.reading.read_definition`, which names every defect. Nothing here knows the database or
the clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from typing import Any, Literal

from tinhso.modules.procedures.rules.conditions import Condition, at, holds

DeadlineUnit = Literal["working_day", "working_hour", "calendar_day", "same_day"]
ActionKind = Literal["forward", "back", "parallel", "issue"]
Channel = Literal["online", "counter", "post"]

HOURS_PER_WORKING_DAY = 8


@dataclass(frozen=True)
class Paper:
    """A paper of the dossier. `original`/`copy` are numbers of sheets sets; `present_only`: shown, not handed in."""

    key: str
    name: str
    original: int
    copy: int
    required: bool
    when: Condition | None
    present_only: bool
    example: str
    form_ref: str | None


@dataclass(frozen=True)
class Fee:
    """`amount` in đồng (None: not known); `per_field`: pointer to the number of units asked for."""

    key: str
    name: str
    amount: int | None
    unit: str | None
    channel: Channel | None
    when: Condition | None
    per_field: str | None
    note: str


@dataclass(frozen=True)
class DeadlineTerm:
    """How long the law gives. `cutoff`: what is received after it counts from the next working day."""

    amount: int
    unit: DeadlineUnit
    cutoff: time | None
    note: str

    def least_working_hours(self) -> int:
        """Working hours that the term holds at the least: the ceiling of the inner route."""
        if self.unit == "working_hour":
            return self.amount
        if self.unit == "working_day":
            return self.amount * HOURS_PER_WORKING_DAY
        if self.unit == "same_day":
            return HOURS_PER_WORKING_DAY
        weeks, rest = divmod(self.amount, 7)
        return (weeks * 5 + max(0, rest - 2)) * HOURS_PER_WORKING_DAY


@dataclass(frozen=True)
class DeadlineCase:
    when: Condition | None
    term: DeadlineTerm


@dataclass(frozen=True)
class Result:
    """A paper that the procedure issues. `fields`: pointers to the answers printed on it; `validity`: ISO 8601."""

    key: str
    name: str
    kind: str
    template: str
    validity: str | None
    fields: tuple[str, ...]


@dataclass(frozen=True)
class Action:
    """`to`: the next steps (one for forward and back, one or more for parallel, none for issue).
    `join`: where the opinions of a parallel action meet."""

    key: str
    title: str
    kind: ActionKind
    to: tuple[str, ...]
    join: str | None
    when: Condition | None


@dataclass(frozen=True)
class Place:
    """Another agency that does a step, named so that a version holds for every commune: by kind and level, a commune's
    own by nearness, and by `name` where there are several (departments)."""

    kind: str
    level: str
    name: str = ""


@dataclass(frozen=True)
class Step:
    """`role`: who does it; `unit`: name of the inner unit, None: any; `agency`: code of another agency asked for
    its opinion, None: the competent agency itself; `hours`: working hours. `place`: in a dossier that passes through
    several agencies (liên thông), the agency whose part this step belongs to; None: the competent one."""

    key: str
    title: str
    role: str
    unit: str | None
    agency: str | None
    hours: int
    actions: tuple[Action, ...]
    place: Place | None = None

    def action(self, key: str) -> Action | None:
        return next((action for action in self.actions if action.key == key), None)


@dataclass(frozen=True)
class Route:
    """The inner route, between receiving and returning (both fixed by law and the clerk's)."""

    start: str
    steps: tuple[Step, ...]

    def step(self, key: str) -> Step | None:
        return next((step for step in self.steps if step.key == key), None)


@dataclass(frozen=True)
class LegalBasis:
    title: str
    number: str


@dataclass(frozen=True)
class FeeLine:
    key: str
    name: str
    amount: int | None
    quantity: int
    unit: str | None
    note: str

    @property
    def total(self) -> int | None:
        return None if self.amount is None else self.amount * self.quantity


@dataclass(frozen=True)
class FeesDue:
    """`total` in đồng; None where a line's amount is not known."""

    lines: tuple[FeeLine, ...]
    total: int | None


@dataclass(frozen=True)
class Definition:
    """A whole version. `fees` None: not known, (): free of charge. `deadline`, `form`, `route` None: not known."""

    valid_from: date
    decision: str
    service_level: str | None
    levels: tuple[str, ...]
    competent_kind: str
    competent_level: str
    who_may_apply: str
    summary: str
    steps_text: tuple[str, ...]
    legal_basis: tuple[LegalBasis, ...]
    conditions: str | None
    channels: tuple[Channel, ...]
    papers: tuple[Paper, ...]
    fees: tuple[Fee, ...] | None
    deadline: tuple[DeadlineCase, ...] | None
    results: tuple[Result, ...]
    form: Mapping[str, Any] | None
    route: Route | None
    supplement_pauses: bool
    cautions: tuple[str, ...]
    # Of the decision, and of the rule that it makes known; None: not told.
    decided_on: date | None = None
    rule_in_force_on: date | None = None

    @property
    def fileable(self) -> bool:
        """Can a dossier be filed and settled by it? Only with form, route and deadline, and by an agency of the
        province or its communes: what the police or an agency under a ministry settles stands on their own system,
        and exactly one system may confirm a dossier's state."""
        complete = self.form is not None and self.route is not None and self.deadline is not None
        return complete and self.competent_kind != "other" and self.competent_level in ("province", "commune")


def papers_asked(definition: Definition, data: Mapping[str, Any]) -> tuple[Paper, ...]:
    """The papers that this case asks for, in the order of the version."""
    return tuple(paper for paper in definition.papers if holds(paper.when, data))


def fees_due(definition: Definition, data: Mapping[str, Any], channel: Channel) -> FeesDue | None:
    """What this case costs by this channel, in đồng. None: the version does not know."""
    if definition.fees is None:
        return None
    lines = tuple(
        FeeLine(fee.key, fee.name, fee.amount, _quantity(fee, data), fee.unit, fee.note)
        for fee in definition.fees
        if fee.channel in (None, channel) and holds(fee.when, data)
    )
    totals = [line.total for line in lines]
    return FeesDue(lines, None if None in totals else sum(total for total in totals if total is not None))


def _quantity(fee: Fee, data: Mapping[str, Any]) -> int:
    if fee.per_field is None:
        return 1
    asked = at(data, fee.per_field)
    if isinstance(asked, list):
        return len(asked)
    if isinstance(asked, bool) or not isinstance(asked, int | float) or asked < 0:
        return 1
    return int(asked)


def deadline_rule(definition: Definition, data: Mapping[str, Any]) -> DeadlineTerm | None:
    """The term of the first case that holds; None: not known."""
    for case in definition.deadline or ():
        if holds(case.when, data):
            return case.term
    return None


def first_step(definition: Definition) -> Step | None:
    return None if definition.route is None else definition.route.step(definition.route.start)


def actions_open(definition: Definition, step_key: str, data: Mapping[str, Any]) -> tuple[Action, ...]:
    """The actions offered at a step for this case."""
    step = None if definition.route is None else definition.route.step(step_key)
    return () if step is None else tuple(action for action in step.actions if holds(action.when, data))


def next_steps(definition: Definition, step_key: str, action_key: str) -> tuple[Step, ...]:
    """Where an action leads; empty when it issues the result. Raises `KeyError` on an unknown step or action."""
    route = definition.route
    step = None if route is None else route.step(step_key)
    action = None if step is None else step.action(action_key)
    if route is None or action is None:
        raise KeyError(f"{step_key}.{action_key}")
    return tuple(target for key in action.to if (target := route.step(key)) is not None)
