"""What rights cost a page: the grants in one query, whatever they cover, and nothing for each question after that."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from tinhso.kernel.access.api import actor_of, allow, explain, permissions, reach
from tinhso.modules.directory import api as directory
from tinhso.modules.directory.queries import descendant_ids
from tinhso.modules.directory.tests.factories import give, make_officer, make_organisation, make_province

pytestmark = pytest.mark.django_db
TODAY = date(2026, 12, 1)


def test_a_permission_check_adds_at_most_one_query(django_assert_num_queries: Callable) -> None:
    province = make_province()
    ward = make_organisation("UBND phường Thử", "H56.999", parent=province)
    officer = make_officer("lanhdao")
    give(officer, "leader", province, subtree=True)
    give(officer, "clerk", ward)
    shown = directory.organisation(ward.pk)
    with django_assert_num_queries(1):
        actor = actor_of(officer, on=TODAY)
    with django_assert_num_queries(0):
        for name in permissions():
            allow(actor, name)
            reach(actor, name)
        allow(actor, "directory.view", shown)
        explain(actor, "directory.view", shown)
    wide = next(grant for grant in actor.grants if grant.role == "leader")
    assert wide.organisation_ids == descendant_ids([province.pk])[province.pk]
    assert {province.pk, ward.pk} <= wide.organisation_ids
    assert next(grant for grant in actor.grants if grant.role == "clerk").organisation_ids == {ward.pk}
