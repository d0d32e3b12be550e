"""What must hold of an inner route before it may be published (Thông tư 11/2025, function 9)."""

from __future__ import annotations

from collections.abc import Iterator

from tinhso.modules.procedures.rules.definition import Action, DeadlineCase, Route, Step


def defects_of_route(route: Route, deadline: tuple[DeadlineCase, ...] | None) -> Iterator[tuple[str, str]]:
    """(path below the route, what is wrong): without target, unreachable, without exit, endless, too long."""
    known = {step.key for step in route.steps}
    if route.start not in known:
        yield "/start", f"không có bước «{route.start}»"
        return
    dangling = False
    for number, step in enumerate(route.steps):
        for index, action in enumerate(step.actions):
            for target in (*action.to, *((action.join,) if action.join else ())):
                if target not in known:
                    dangling = True
                    yield f"/steps/{number}/actions/{index}", f"dẫn đến bước không có: «{target}»"
    if dangling:
        return
    reached = _reached(route)
    exits = _leading_to_issue(route)
    if route.start not in exits:
        yield "", "tuyến xử lý không có lối ra: không hành động nào ban hành kết quả"
    for number, step in enumerate(route.steps):
        if step.key not in reached:
            yield f"/steps/{number}", f"không đường nào dẫn đến bước «{step.title}»"
        elif step.key not in exits:
            yield f"/steps/{number}", f"bước «{step.title}» không có lối ra (vòng lặp hoặc ngõ cụt)"
    hours, endless = _longest(route)
    if endless is not None:
        yield f"/steps/{endless}", "hành động «chuyển bước» quay lại bước đã qua; dùng kind «back»"
    for case_number, case in enumerate(deadline or ()):
        most = case.term.least_working_hours()
        if endless is None and hours > most:
            yield (
                "",
                f"các bước dài {hours} giờ làm việc, quá thời hạn của trường hợp {case_number + 1} ({most} giờ)",
            )


def route_hours(route: Route) -> int:
    """Working hours of the longest way through the route, ways back left out."""
    return _longest(route)[0]


def _targets(action: Action) -> tuple[str, ...]:
    return (*action.to, *((action.join,) if action.join else ()))


def _reached(route: Route) -> set[str]:
    seen: set[str] = set()
    waiting = [route.start]
    while waiting:
        key = waiting.pop()
        step = route.step(key)
        if key in seen or step is None:
            continue
        seen.add(key)
        waiting.extend(target for action in step.actions for target in _targets(action))
    return seen


def _leading_to_issue(route: Route) -> set[str]:
    good: set[str] = set()
    grown = True
    while grown:
        grown = False
        for step in route.steps:
            if step.key not in good and any(
                action.kind == "issue" or (action.to and all(target in good for target in action.to))
                for action in step.actions
            ):
                good.add(step.key)
                grown = True
    return good


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
