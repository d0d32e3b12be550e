"""A plan of reorganisation held against the work that it touches: what follows, and what stands in its way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from tinhso.kernel.access.api import holders, holders_by_role, kept_apart_after
from tinhso.kernel.calendar.api import hours_in_conflict
from tinhso.modules.directory.queries.reforms import (
    Impact,
    Kind,
    above_of,
    full_names,
    role_title,
    staff_heads,
    standing,
)
from tinhso.modules.directory.rules.reforms import Action, Plan, Problem, judge
from tinhso.modules.directory.services.following import Need, followers, kept_records


def impact_of(actions: Sequence[Action], day: date) -> Impact:
    """The plan judged whole. Queries: one for the directory, one or two for each follower, a few for people and rights,
    whatever the size of the plan."""
    known = standing(day)
    names = {one.id: one.name for one in known}
    plan = judge(actions, known, day)
    # An organisation that the plan founds has no number yet: it stands under the negative number of its row.
    ids = {one.code: one.id for one in known if one.id not in plan.ended}
    new = {made.code: -made.number for made in plan.foundings}
    names |= {-made.number: made.name for made in plan.foundings}
    ids |= new
    old_ids = frozenset(plan.ended)
    by_old: dict[int, dict[str, int]] = {}
    kinds = []
    problems = list(plan.problems)
    mains = {e.old_id: ids[e.successor] for e in plan.edges if e.takes == "all" and e.successor in ids}
    waiting: list[Need] = []
    for follower in followers():
        counts = dict(follower.count(old_ids, day)) if old_ids else {}
        kinds.append(Kind(follower.name, follower.title, sum(counts.values())))
        for number, count in counts.items():
            by_old.setdefault(number, {})[follower.name] = count
            if count and follower.wants_owner and number not in mains:
                problems.append(_ownerless(plan, names, number, follower.name, follower.title, count))
        if follower.needs is not None and old_ids:
            waiting += follower.needs(old_ids)
    for records in kept_records():
        counts = dict(records.count(old_ids, day)) if old_ids else {}
        kinds.append(Kind(records.name, records.title, sum(counts.values()), stays=True))
        for number, count in counts.items():
            by_old.setdefault(number, {})[records.name] = count
            if count and number not in mains:
                problems.append(_keeperless(plan, names, number, records.title, count))
    problems += _unheld(plan, ids, mains, names, waiting, day)
    problems += _apart(plan, mains, names, day)
    problems += _hours(plan, mains, names, day)
    problems += _heads(plan, mains, names, day)
    problems += _empty(plan, mains)
    order = {"error": 0, "question": 1, "warning": 2}
    return Impact(
        plan,
        tuple(kinds),
        by_old,
        tuple(sorted(problems, key=lambda p: (order[p.severity], p.number, p.code))),
        names,
    )


def _ownerless(plan: Plan, names: Mapping[int, str], number: int, kind: str, title: str, count: int) -> Problem:
    people = kind == "staff"
    return Problem(
        "error",
        "people_nowhere" if people else "work_without_owner",
        plan.ended[number],
        f"{names[number]} kết thúc nhưng còn {count} {title.lower()} chưa có nơi chuyển đến.",
        "Ghi nơi nhận «Tất cả, hoặc phần còn lại», hoặc chuyển hết trước ngày hiệu lực.",
    )


def _keeperless(plan: Plan, names: Mapping[int, str], number: int, title: str, count: int) -> Problem:
    return Problem(
        "error",
        "records_without_keeper",
        plan.ended[number],
        f"{names[number]} kết thúc nhưng còn {count} {title.lower()} không cơ quan nào giữ tiếp.",
        "Ghi nơi nhận «Tất cả, hoặc phần còn lại»: cơ quan đó giữ và tra cứu được.",
    )


def _unheld(
    plan: Plan, ids: Mapping[str, int], mains: Mapping[int, int], names: Mapping[int, str], waiting: Sequence[Need],
    day: date,
) -> list[Problem]:  # fmt: skip
    """Work that waits for a role that nobody holds where it goes."""
    if not waiting:
        return []
    by_field = {(e.old_id, f): ids[e.successor] for e in plan.edges for f in e.fields if e.successor in ids}
    held = holders_by_role(set(plan.ended) | {n for n in ids.values() if n > 0}, on=day)
    there: set[tuple[int, str]] = set()
    for (organisation_id, role), count in held.items():
        if count:
            there.add((mains.get(organisation_id, organisation_id), role))
    missing: dict[tuple[int, str], tuple[int, int]] = {}
    for need in waiting:
        target = by_field.get((need.organisation_id, need.field_name), mains.get(need.organisation_id))
        if target is not None and (target, need.role) not in there:
            count, number = missing.get((target, need.role), (0, plan.ended[need.organisation_id]))
            missing[target, need.role] = (count + need.count, number)
    above = above_of({target for target, _ in missing if target > 0})
    return [
        Problem(
            "error",
            "no_holder",
            number,
            f"{count} việc đang chờ vai trò «{role_title(role)}» sẽ về {names[target]}, nơi chưa ai giữ vai trò này.",
            "Cấp vai trò đó cho một người ở cơ quan cũ hoặc nơi nhận trước ngày hiệu lực, hoặc đổi nơi nhận.",
        )
        for (target, role), (count, number) in sorted(missing.items())
        if not (target > 0 and holders(role, organisation_ids=(target,), above=above.get(target, ()), on=day))
    ]


def _apart(plan: Plan, mains: Mapping[int, int], names: Mapping[int, str], day: date) -> list[Problem]:
    found = kept_apart_after(mains, on=day) if mains else []
    people = full_names({user_id for user_id, _, _ in found})
    number_of = {target: plan.ended[old] for old, target in mains.items()}
    return [
        Problem(
            "error",
            "kept_apart",
            number_of.get(target, 0),
            f"{people.get(user_id, '')} sẽ giữ «{role_title(role)}» cùng một vai trò phải tách bạch tại {names[target]}.",
            "Thu hồi một trong hai vai trò trước khi áp dụng.",
        )
        for user_id, role, target in found
    ]


def _hours(plan: Plan, mains: Mapping[int, int], names: Mapping[int, str], day: date) -> list[Problem]:
    number_of = {target: plan.ended[old] for old, target in mains.items()}
    return [
        Problem(
            "warning",
            "hours_differ",
            number_of.get(target, 0),
            f"Các cơ quan nhập vào {names[target]} không cùng một giờ làm việc riêng: nơi nhận theo giờ chung của tỉnh.",
            "Sau khi áp dụng, đặt giờ làm việc riêng cho nơi nhận nếu cần.",
        )
        for target in (hours_in_conflict(mains, day=day) if mains else [])
    ]


def _heads(plan: Plan, mains: Mapping[int, int], names: Mapping[int, str], day: date) -> list[Problem]:
    if not mains:
        return []
    people: dict[tuple[int, str], set[int]] = {}
    for organisation_id, user_id, title in staff_heads(set(mains) | {t for t in mains.values() if t > 0}, day):
        people.setdefault((mains.get(organisation_id, organisation_id), title), set()).add(user_id)
    number_of = {target: plan.ended[old] for old, target in mains.items()}
    return [
        Problem(
            "warning",
            "two_heads",
            number_of.get(target, 0),
            f"{names[target]} sẽ có {len(users)} người cùng chức danh «{title}».",
            "Sau khi áp dụng, bố trí lại chức danh ở trang Biến động cán bộ.",
        )
        for (target, title), users in sorted(people.items())
        if len(users) > 1
    ]


def _empty(plan: Plan, mains: Mapping[int, int]) -> list[Problem]:
    reached = set(mains.values())
    return [
        Problem(
            "warning",
            "nobody_comes",
            made.number,
            f"{made.name} thành lập nhưng chưa có người và việc nào chuyển đến.",
            "Tiếp nhận cán bộ và cấp vai trò cho cơ quan này sau khi áp dụng.",
        )
        for made in plan.foundings
        if -made.number not in reached
    ]
