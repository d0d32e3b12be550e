"""Default deny; own rights and lent rights; duties kept apart; why."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import pytest

from tinhso.kernel.access import rules
from tinhso.kernel.access.api import (
    NOBODY,
    SYSTEM,
    Actor,
    Grant,
    Refused,
    allow,
    declare,
    declare_apart,
    declare_role,
    explain,
    kept_apart_from,
    may_be_held_by,
    reach,
    require,
)


@dataclass(frozen=True)
class Thing:
    access_organisation_ids: Collection[int] = (1,)
    access_owner_id: int | None = 7


@pytest.fixture(autouse=True)
def declared(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few declarations that are gone after the test."""
    for name in ("_permissions", "_roles", "_role_kinds", "_apart"):
        monkeypatch.setattr(rules, name, getattr(rules, name).copy())
    declare_role("smith", title="Thợ rèn")
    declare_role("keeper", title="Thủ kho")
    declare_role("mechanic", title="Thợ máy", kinds={"operator"})
    declare("forge.work", title="Rèn", roles={"smith"}, kinds={"citizen"})
    declare("forge.look", title="Xem", kinds={"nobody", "citizen", "officer"})
    declare("forge.clean", title="Dọn")


def smith(*places: int, **values: object) -> Actor:
    return Actor("officer", "Thợ", 9, (Grant("smith", frozenset(places)),), **values)  # type: ignore[arg-type]


def test_what_is_not_declared_is_denied_even_to_the_system() -> None:
    for actor in (NOBODY, SYSTEM, smith(1)):
        assert not allow(actor, "forge.burn")


def test_a_role_holds_over_its_organisations_only() -> None:
    assert allow(smith(1), "forge.work", Thing())
    assert not allow(smith(2), "forge.work", Thing())
    assert not allow(Actor("officer", "x", 8), "forge.work")
    assert reach(smith(1, 2), "forge.work") == {1, 2}


def test_a_citizen_reaches_what_they_own_only() -> None:
    assert allow(Actor("citizen", "x", 7), "forge.work", Thing())
    assert not allow(Actor("citizen", "x", 8), "forge.work", Thing())
    assert not allow(Actor("citizen", "x", None), "forge.work", Thing(access_owner_id=None))


def test_what_names_nobody_is_for_the_system() -> None:
    assert allow(SYSTEM, "forge.clean")
    assert not allow(smith(1), "forge.clean")


def test_a_refusal_tells_which_permission_was_lacking() -> None:
    with pytest.raises(Refused) as refusal:
        require(NOBODY, "forge.work")
    assert refusal.value.permission == "forge.work"
    assert "đăng nhập" in str(refusal.value)


def test_every_decision_has_its_why() -> None:
    assert explain(smith(1), "forge.work", Thing()) == "Có vai trò Thợ rèn."
    assert explain(Actor("citizen", "x", 7), "forge.work", Thing()) == "Là chủ của hồ sơ."
    assert explain(NOBODY, "forge.look") == "Ai cũng được."
    assert "Rèn" in explain(smith(2), "forge.work", Thing())
    assert explain(SYSTEM, "forge.clean")


def test_duties_are_kept_apart_both_ways() -> None:
    declare_apart("smith", {"keeper"})
    assert kept_apart_from("smith") == {"keeper"}
    assert kept_apart_from("keeper") == {"smith"}
    assert kept_apart_from("mechanic") == frozenset()
    with pytest.raises(ValueError, match="itself"):
        declare_apart("smith", {"smith"})


def test_a_role_is_for_officers_unless_said_otherwise() -> None:
    assert may_be_held_by("smith", "officer")
    assert not may_be_held_by("smith", "operator")
    assert may_be_held_by("mechanic", "operator")
    assert not may_be_held_by("unknown", "officer")


def test_a_deputy_stands_for_two_accounts() -> None:
    deputy = smith(1, on_behalf_of=5)
    assert [deputy.stands_for(number) for number in (9, 5, 6, None)] == [True, True, False, False]
    assert not NOBODY.stands_for(None)
