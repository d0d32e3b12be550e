"""Pure decisions of the directory: validity in time, the tree and its paths. No Django, no clock."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

LEVELS: Mapping[str, str] = {"province": "Cấp tỉnh", "district": "Cấp huyện", "commune": "Cấp xã"}
KINDS: Mapping[str, str] = {
    "people_committee": "Ủy ban nhân dân",
    "department": "Sở, ban, ngành",
    "public_service_centre": "Trung tâm Phục vụ hành chính công",
    "police": "Công an",
    "unit": "Đơn vị trực thuộc",
    "other": "Cơ quan khác",
}
SUCCESSION_KINDS: Mapping[str, str] = {
    "merged": "Hợp nhất",
    "absorbed": "Sáp nhập",
    "split": "Chia, tách",
    "renamed": "Đổi tên",
    "continued": "Giữ nguyên, đổi cấp trực thuộc",
}
CODE_SOURCES: Mapping[str, str] = {"official": "Mã đã công bố", "generated": "Mã tạm, sinh theo mẫu"}


@dataclass(frozen=True)
class OrganisationInfo:
    """An organisation as other modules see it. It can stand as the object of a permission."""

    id: int
    code: str
    name: str
    short_name: str
    level: str
    kind: str
    parent_id: int | None
    path: str
    admin_unit_code: str
    address: str
    phone: str
    valid_from: date
    valid_until: date | None

    @property
    def access_organisation_ids(self) -> Collection[int]:
        return (self.id,)

    @property
    def access_owner_id(self) -> int | None:
        return None


@dataclass(frozen=True)
class StaffInfo:
    """A person's place in an organisation. `unit_id` is None and `unit_name` empty for those above the units."""

    user_id: int
    full_name: str
    position_title: str
    unit_id: int | None
    unit_name: str
    organisation_id: int


def valid_on(valid_from: date, valid_until: date | None, on: date) -> bool:
    """Is the period (both ends included, no end = still open) in force on a day?"""
    return valid_from <= on and (valid_until is None or on <= valid_until)


def periods_overlap(first_from: date, first_until: date | None, second_from: date, second_until: date | None) -> bool:
    """Do two periods (both ends included) share a day?"""
    return (second_until is None or first_from <= second_until) and (first_until is None or second_from <= first_until)


def child_path(parent_path: str, number: int) -> str:
    """The materialised path of organisation `number` below `parent_path` ("" = at the root): "/1/7/"."""
    return f"{parent_path or '/'}{number}/"


def path_ids(path: str) -> tuple[int, ...]:
    """The organisations on a path, root first: "/1/7/" → (1, 7)."""
    return tuple(int(part) for part in path.split("/") if part)


def cyclic(parents: Mapping[str, str | None]) -> frozenset[str]:
    """Of child → parent pairs, those that reach no root because they go round in a circle (or lead into one)."""
    settled: dict[str, bool] = {}
    for start in parents:
        trail: list[str] = []
        on_trail: set[str] = set()
        node: str | None = start
        while node is not None and node not in settled and node not in on_trail:
            trail.append(node)
            on_trail.add(node)
            node = parents.get(node)
        circle = node is not None and (node in on_trail or settled.get(node, False))
        settled.update(dict.fromkeys(trail, circle))
    return frozenset(node for node, circle in settled.items() if circle and node in parents)


def top_down(parents: Mapping[str, str | None]) -> list[str]:
    """The keys of child → parent pairs in an order where a parent comes before its children. No cycle allowed."""
    order: list[str] = []
    done: set[str] = set()

    def climb(node: str) -> Iterable[str]:
        chain: list[str] = []
        current: str | None = node
        while current is not None and current in parents and current not in done:
            chain.append(current)
            current = parents[current]
        return reversed(chain)

    for key in parents:
        for node in climb(key):
            done.add(node)
            order.append(node)
    return order
