"""Two at once, on PostgreSQL: a request is decided once, and what is kept apart is not joined by a race."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection

from tinhso.kernel.access.api import CannotGrant, RoleGrant, RoleRequest, grant_role
from tinhso.modules.directory.services.granting import decide
from tinhso.modules.directory.tests.factories import NOW, TODAY
from tinhso.modules.directory.tests.test_rights import GROUND, World, ask

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def at_once(*works: Callable[[], object]) -> list[object]:
    """What each gave or was refused with, begun together in connections of their own."""
    barrier = Barrier(len(works))

    def run(work: Callable[[], object]) -> object:
        try:
            barrier.wait()
            return work()
        except CannotGrant as reason:
            return reason
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


def test_two_offices_decide_one_request_once() -> None:
    world = World()
    number = ask(world, world.officer)
    found = at_once(
        lambda: decide(request_id=number, approve=True, reason="", actor=world.rights, now=NOW),
        lambda: decide(request_id=number, approve=True, reason="", actor=world.other_rights, now=NOW),
    )
    assert sum(isinstance(outcome, CannotGrant) for outcome in found) == 1
    assert RoleGrant.objects.filter(user=world.users["officer"], role="unit_head").count() == 1
    assert RoleRequest.objects.get(pk=number).decision == "approved"


def test_roles_kept_apart_are_not_joined_by_two_grants_at_once() -> None:
    world = World()
    user_id = world.users["officer"].pk
    RoleGrant.objects.filter(user_id=user_id).delete()

    def give(role: str) -> Callable[[], int]:
        return lambda: grant_role(
            user_id=user_id, role=role, organisation_id=world.ward.pk, valid_from=TODAY,
            valid_until=TODAY + timedelta(days=9), ground=GROUND, actor=world.rights, now=NOW,
        )  # fmt: skip

    found = at_once(give("leader"), give("rights_admin"))
    assert sum(isinstance(outcome, CannotGrant) for outcome in found) == 1
    assert RoleGrant.objects.filter(user_id=user_id).count() == 1
