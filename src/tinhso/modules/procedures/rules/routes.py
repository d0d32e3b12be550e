"""What must hold of an inner route before it may be published (Thông tư 11/2025, function 9). Every defect at once."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from tinhso.modules.procedures.rules.cases import case_in_words, cases_of
from tinhso.modules.procedures.rules.conditions import holds
from tinhso.modules.procedures.rules.definition import Action, DeadlineCase, Route, Step


def defects_of_route(
    route: Route,
    deadline: tuple[DeadlineCase, ...] | None,
    form: Mapping[str, Any] | None = None,
    *,
    form_is_sound: bool = True,
) -> Iterator[tuple[str, str]]:
    """(path below the route, what is wrong): without target, unreachable, without exit, endless, too long, and the
    cases in which a dossier would stand still. What hangs in the air is named and then left out of the rest."""
    yield from _dangling(route)
    known = {step.key for step in route.steps}
    if route.start not in known:
        yield "/start", f"không có bước «{route.start}»"
        return
    reached = _reached(route, route.start)
    exits = _leading_to_issue(route, None)
    if route.start not in exits:
        yield "", "tuyến xử lý không có lối ra: không hành động nào ban hành kết quả"
    for number, step in enumerate(route.steps):
        if step.key not in reached:
            yield f"/steps/{number}", f"không đường nào dẫn đến bước «{step.title}»"
        elif step.key not in exits:
            yield f"/steps/{number}", f"bước «{step.title}» không có lối ra (vòng lặp hoặc ngõ cụt)"
        yield from _ways_back(route, step, number)
        yield from _branches(route, step, number)
    if form_is_sound:
        yield from _standing_still(route, exits, form)
    yield from _too_long(route, deadline)


def route_hours(route: Route) -> int:
    """Working hours of the longest way through the route, ways back left out."""
    return _longest(route)[0]


def _dangling(route: Route) -> Iterator[tuple[str, str]]:
    known = {step.key for step in route.steps}
    for number, step in enumerate(route.steps):
        for index, action in enumerate(step.actions):
            for target in _targets(action):
                if target not in known:
                    yield f"/steps/{number}/actions/{index}", f"dẫn đến bước không có: «{target}»"


def _ways_back(route: Route, step: Step, number: int) -> Iterator[tuple[str, str]]:
    """A way back leads to what was passed: else it would be a way forward whose hours nobody counts."""
    for index, action in enumerate(step.actions):
        if action.kind != "back":
            continue
        for key in action.to:
            target = route.step(key)
            if target is not None and (key == step.key or step.key not in _reached(route, key, back=False)):
                path = f"/steps/{number}/actions/{index}"
                yield path, f"trả lại về «{target.title}», là bước không đứng trước bước «{step.title}»"


def _branches(route: Route, step: Step, number: int) -> Iterator[tuple[str, str]]:
    """An opinion comes back to where opinions meet, and issues nothing on its way there."""
    for index, action in enumerate(step.actions):
        if action.kind != "parallel" or action.join is None or route.step(action.join) is None:
            continue
        path = f"/steps/{number}/actions/{index}"
        for key in action.to:
            branch = route.step(key)
            if branch is None:
                continue
            within = _reached(route, key, until=action.join, back=False)
            if key == action.join or action.join not in within:
                yield path, f"nhánh «{branch.title}» không dẫn về bước tổng hợp ý kiến «{action.join}»"
            steps = [route.step(one) for one in within if one != action.join]
            if any(step_in is not None and any(a.kind == "issue" for a in step_in.actions) for step_in in steps):
                yield path, f"nhánh «{branch.title}» ban hành kết quả khi các ý kiến chưa về đủ"


def _standing_still(route: Route, exits: Collection[str], form: Mapping[str, Any] | None) -> Iterator[tuple[str, str]]:
    """Steps from which some case of the form has no way to a result, though others have."""
    conditions = [action.when for step in route.steps for action in step.actions if action.when is not None]
    if not conditions:
        return
    cases = cases_of(conditions, form)
    told: set[str] = set()
    if cases is None:
        for number, step in enumerate(route.steps):
            ways = [action for action in step.actions if action.kind != "back"]
            if ways and all(action.when is not None for action in ways):
                yield f"/steps/{number}", f"bước «{step.title}» chỉ có thao tác có điều kiện, không kiểm hết được"
        return
    for case in cases:
        good = _leading_to_issue(route, case)
        for number, step in enumerate(route.steps):
            stuck = step.key in exits and step.key not in good and step.key not in told
            if stuck and step.key in _reached(route, route.start, case=case):
                told.add(step.key)
                yield (
                    f"/steps/{number}",
                    f"bước «{step.title}» không đi tiếp được đến kết quả khi {case_in_words(case, form)}",
                )


def _too_long(route: Route, deadline: tuple[DeadlineCase, ...] | None) -> Iterator[tuple[str, str]]:
    hours, endless = _longest(route)
    if endless is not None:
        yield f"/steps/{endless}", "hành động «chuyển bước» quay lại bước đã qua; dùng kind «back»"
        return
    for number, case in enumerate(deadline or ()):
        most = case.term.least_working_hours()
        if hours > most:
            yield "", f"các bước dài {hours} giờ làm việc, quá thời hạn của trường hợp {number + 1} ({most} giờ)"


def _targets(action: Action) -> tuple[str, ...]:
    return (*action.to, *((action.join,) if action.join else ()))


def _open(step: Step, case: Mapping[str, Any] | None) -> Iterator[Action]:
    return (action for action in step.actions if case is None or holds(action.when, case))


def _reached(
    route: Route, start: str, *, until: str | None = None, back: bool = True, case: Mapping[str, Any] | None = None
) -> set[str]:
    """What can be come to from a step; `until`: not beyond it; `back`: ways back counted."""
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        key = waiting.pop()
        step = route.step(key)
        if key in seen or step is None:
            continue
        seen.add(key)
        if key != until:
            waiting.extend(t for a in _open(step, case) if back or a.kind != "back" for t in _targets(a))
    return seen


def _leading_to_issue(route: Route, case: Mapping[str, Any] | None) -> set[str]:
    """The steps from which a result can be come to. Opinions asked for: where they meet must lead on."""
    good: set[str] = set()
    grown = True
    while grown:
        grown = False
        for step in route.steps:
            if step.key not in good and any(_leads_on(action, good) for action in _open(step, case)):
                good.add(step.key)
                grown = True
    return good


def _leads_on(action: Action, good: Collection[str]) -> bool:
    if action.kind == "issue":
        return True
    if action.kind == "parallel":
        return action.join in good
    return bool(action.to) and all(target in good for target in action.to)


def _longest(route: Route) -> tuple[int, int | None]:
    """(hours, number of a step where forward actions run in a circle or None).

    A parallel action is one edge to its join, as long as its longest branch; ways back are left out, since how
    often one goes back cannot be known.
    """
    order = {step.key: number for number, step in enumerate(route.steps)}
    best: dict[tuple[str, str | None], int] = {}
    open_now: set[tuple[str, str | None]] = set()
    circle: list[int] = []

    def from_here(step: Step, until: str | None) -> int:
        """Hours from the beginning of `step`; `until`: the join that ends a branch (its hours not counted)."""
        place = (step.key, until)
        if place in best:
            return best[place]
        if place in open_now:
            circle.append(order[step.key])
            return 0
        open_now.add(place)
        most = 0
        asked = 0
        for action in step.actions:
            if action.kind == "forward":
                most = max([most, *(onward(target, until) for target in action.to)])
            elif action.kind == "parallel":
                branches = max([0, *(onward(target, action.join) for target in action.to)])
                if action.join == step.key:
                    asked = max(asked, branches)  # the answers come back to the step that asked
                elif action.join is not None:
                    most = max(most, branches + onward(action.join, until))
        open_now.discard(place)
        best[place] = step.hours + asked + most
        return best[place]

    def onward(key: str, until: str | None) -> int:
        step = route.step(key)
        return 0 if key == until or step is None else from_here(step, until)

    hours = onward(route.start, None)
    return hours, circle[0] if circle else None
