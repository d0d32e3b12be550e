"""Random routes that pass the check: steps forward and back, opinions in parallel that meet ahead or come back."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

ROLES = ("handler", "unit_head", "leader")


@st.composite
def routes(draw: st.DrawFn, most: int = 5) -> dict[str, Any]:
    """The last step issues; every step leads forward; opinions are given by steps of their own."""
    count = draw(st.integers(1, most))
    steps: list[dict[str, Any]] = []
    opinions: list[dict[str, Any]] = []
    for number in range(count):
        last = number == count - 1
        actions: list[dict[str, Any]] = []
        if last:
            actions.append({"key": "issue", "title": "Ban hành", "kind": "issue"})
        else:
            ahead = draw(st.lists(st.integers(number + 1, count - 1), min_size=1, max_size=2, unique=True))
            # One way leads to the neighbour, so that no step is left out.
            ahead = list(dict.fromkeys([number + 1, *ahead]))
            actions += [{"key": f"to_{at}", "title": f"Chuyển {at}", "kind": "forward", "to": f"s{at}"} for at in ahead]
            if draw(st.booleans()):
                actions.append({"key": "early", "title": "Ban hành sớm", "kind": "issue"})
        if number and draw(st.booleans()):
            back = draw(st.integers(0, number - 1))
            actions.append({"key": "back", "title": f"Trả lại {back}", "kind": "back", "to": f"s{back}"})
        if draw(st.booleans()):
            asked = [f"s{number}_asked_{index}" for index in range(draw(st.integers(1, 3)))]
            join = f"s{number}" if last or draw(st.booleans()) else f"s{number + 1}"
            actions.append({"key": "ask", "title": "Lấy ý kiến", "kind": "parallel", "to": asked, "join": join})
            opinions += [
                {
                    "key": key, "title": f"Ý kiến {key}", "role": draw(st.sampled_from(ROLES)), "unit": None, "hours": 1,
                    "actions": [{"key": "send", "title": "Gửi ý kiến", "kind": "forward", "to": join}],
                }
                for key in asked
            ]  # fmt: skip
        steps.append({
            "key": f"s{number}", "title": f"Bước {number}", "role": draw(st.sampled_from(ROLES)), "unit": None,
            "hours": draw(st.integers(1, 8)), "actions": draw(st.permutations(actions)),
        })  # fmt: skip
    return {"start": "s0", "steps": [*steps, *opinions]}


def choices(most: int = 40) -> st.SearchStrategy[list[int]]:
    """What the officers do: numbers, each read as "which open task" or "which of its actions"."""
    return st.lists(st.integers(0, 997), min_size=2, max_size=most)
