"""What publishing asks of the organisations: somebody for each step, somewhere."""

from __future__ import annotations

from typing import Any

import pytest

from tinhso.kernel.access.api import Actor, Grant
from tinhso.modules.directory.models import StaffMember, Unit
from tinhso.modules.directory.tests.factories import (
    SINCE,
    get_organisation,
    give,
    make_officer,
    make_organisation,
    make_province,
    make_staff,
)
from tinhso.modules.procedures.models import ProcedureVersion
from tinhso.modules.procedures.queries.checking import defects_of_version
from tinhso.modules.procedures.services import CannotPublish, publish, start_draft, submit_for_review
from tinhso.modules.procedures.tests.factories import NOW, make_procedure
from tinhso.modules.procedures.tests.samples import definition_raw

pytestmark = pytest.mark.django_db
TODAY = NOW.date()
EDITOR = Actor("officer", "editor", None, (Grant("catalogue_editor", frozenset({1})),))
APPROVER = Actor("officer", "approver", None, (Grant("catalogue_approver", frozenset({1})),))


def with_unit(unit: str) -> dict[str, Any]:
    raw = definition_raw()
    raw["route"]["steps"][0]["unit"] = unit
    return raw


def staff(role: str, code: str, unit: str = "", **options: Any) -> None:
    organisation = get_organisation(code)
    place = Unit.objects.get_or_create(organisation=organisation, name=unit, valid_from=SINCE)[0] if unit else None
    user = make_officer(f"{role}.{code}")
    make_staff(user, organisation, unit=place)
    over = organisation if not options else get_organisation("H56")
    give(user, role, over, **options)


def test_publishing_names_the_step_that_nobody_can_do_and_changes_nothing(django_assert_max_num_queries: Any) -> None:
    root = make_province()
    make_organisation("UBND xã Bá Thước", "H56.104", parent=root)
    procedure = make_procedure()
    version_id = start_draft(procedure_id=procedure.pk, definition=with_unit("Phòng Kinh tế"), actor=EDITOR, now=NOW)
    submit_for_review(version_id=version_id, actor=EDITOR, now=NOW)
    staff("handler", "H56.102", "Văn phòng")
    with django_assert_max_num_queries(6):
        found = defects_of_version(procedure.pk, with_unit("Phòng Kinh tế"), on=TODAY)
    assert [one.path for one in found] == ["/route/steps/0/role", "/route/steps/1/role"]
    with pytest.raises(CannotPublish) as caught:
        publish(version_id=version_id, actor=APPROVER, now=NOW)
    assert caught.value.defects == found
    assert "không có ai giữ vai trò này ở «Phòng Kinh tế»" in str(caught.value)
    assert ProcedureVersion.objects.get().status == "in_review"
    # In the other commune there is somebody, and the leader holds the role from above, for all below.
    staff("handler", "H56.104", "Phòng Kinh tế")
    staff("leader", "H56.104", subtree=True)
    assert defects_of_version(procedure.pk, with_unit("Phòng Kinh tế"), on=TODAY) == ()
    publish(version_id=version_id, actor=APPROVER, now=NOW)
    assert ProcedureVersion.objects.get().status == "published"


def test_who_has_left_or_has_no_place_does_not_count() -> None:
    make_province()
    staff("handler", "H56.102")
    staff("leader", "H56.102")
    procedure = make_procedure()
    assert defects_of_version(procedure.pk, definition_raw(), on=TODAY) == ()
    user = make_officer("away")
    give(user, "handler", get_organisation("H56.102"))
    StaffMember.objects.filter(user__username="handler.H56.102").update(valid_until=SINCE)
    assert [one.path for one in defects_of_version(procedure.pk, definition_raw(), on=TODAY)] == ["/route/steps/0/role"]


def test_what_is_for_information_only_needs_nobody() -> None:
    raw = definition_raw(form=None, route=None, papers=[], fees=None, result=[], deadline=None)
    assert defects_of_version(make_procedure().pk, raw, on=TODAY) == ()
