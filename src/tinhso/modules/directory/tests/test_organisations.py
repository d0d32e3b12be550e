"""What the door answers, and what the database refuses."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from tinhso.kernel.access.api import actor_of, allow
from tinhso.modules.directory import api
from tinhso.modules.directory.models import Organisation, Succession, Unit
from tinhso.modules.directory.tests.factories import (
    SINCE,
    TODAY,
    get_organisation,
    give,
    make_officer,
    make_organisation,
    make_province,
    make_staff,
)

pytestmark = pytest.mark.django_db


def test_an_organisation_is_found_by_the_code_it_held_on_a_day() -> None:
    root = make_province()
    old = make_organisation(
        "Sở Nội vụ", "H56.10", parent=root, valid_from=date(2020, 1, 1), valid_until=date(2025, 2, 28)
    )
    new = make_organisation("Sở Nội vụ", "H56.10", parent=root, valid_from=date(2025, 3, 1))
    assert api.organisation_by_code("H56.10", date(2024, 5, 1)).id == old.pk
    assert api.organisation_by_code("H56.10", date(2025, 3, 1)).id == new.pk
    assert api.organisation_by_code("H56.10").id == new.pk
    assert api.organisation_by_code("H56.10", date(2019, 1, 1)) is None
    assert api.organisation_by_code("H99") is None


def test_an_unknown_number_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(api.UnknownOrganisation):
        api.organisation(12345)


def test_the_database_refuses_what_cannot_be(django_assert_num_queries: object) -> None:
    root = make_province()
    ward = get_organisation("H56.102")
    impossible = [
        lambda: make_organisation("Trùng mã", "H56.102", parent=root, valid_from=date(2026, 1, 1)),
        lambda: make_organisation("Trùng ngày", "H56.102", parent=root, valid_until=date(2025, 8, 1)),
        lambda: make_organisation("Ngược ngày", "H56.9", parent=root, valid_until=date(2025, 6, 30)),
        lambda: make_organisation("Không mã", "", parent=root),
        lambda: make_organisation("Sai cấp", "H56.9", parent=root, level="ward"),
        lambda: make_organisation("Sai loại", "H56.9", parent=root, kind="club"),
        lambda: Organisation.objects.filter(pk=ward.pk).update(parent_id=ward.pk),
        lambda: Succession.objects.create(predecessor=ward, successor=ward, effective_date=SINCE, kind="merged"),
        lambda: Unit.objects.create(organisation=ward, name="P", valid_from=SINCE, valid_until=date(2025, 1, 1)),
    ]
    for attempt in impossible:
        with pytest.raises(IntegrityError), transaction.atomic():
            attempt()
    assert Organisation.objects.count() == 4


def test_descendants_come_in_one_query_and_include_closed_organisations(django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    root = make_province()
    ward, centre = get_organisation("H56.102"), get_organisation("H56.102.01")
    closed = make_organisation(
        "UBND xã cũ", "H56.31.01", parent=root, valid_from=date(2020, 1, 1), valid_until=date(2025, 6, 30)
    )
    with django_assert_num_queries(1):
        below = api.descendant_ids({root.pk, ward.pk, centre.pk})
    assert below[ward.pk] == {ward.pk, centre.pk}
    assert below[centre.pk] == {centre.pk}
    assert below[root.pk] == {row.pk for row in Organisation.objects.all()}
    assert closed.pk in below[root.pk]
    with django_assert_num_queries(0):
        assert api.descendant_ids(()) == {}


def test_a_grant_with_subtree_reaches_all_below_and_nobody_else() -> None:
    root = make_province()
    ward, other = get_organisation("H56.102"), make_organisation("UBND phường Sầm Sơn", "H56.150", parent=root)
    officer = give(make_officer("quantri.phuong"), "staff_admin", ward, subtree=True)
    assert allow(officer, "directory.import", get_organisation("H56.102.01"))
    assert not allow(officer, "directory.import", other)
    assert not allow(officer, "directory.import", root)


def test_the_centre_that_receives_is_the_communes_own_else_the_provinces(django_assert_max_num_queries) -> None:  # type: ignore[no-untyped-def]
    root = make_province()
    ward, ward_centre = get_organisation("H56.102"), get_organisation("H56.102.01")
    department = make_organisation("Sở Tư pháp", "H56.15", parent=root, level="province", kind="department")
    bare = make_organisation("UBND xã Pù Nhi", "H56.110", parent=root)
    with django_assert_max_num_queries(2):
        assert api.centre_of(ward.pk, on=TODAY).id == ward_centre.pk
    assert api.centre_of(department.pk, on=TODAY).code == "H56.22"
    assert api.centre_of(root.pk, on=TODAY).code == "H56.22"
    assert api.centre_of(ward_centre.pk, on=TODAY).id == ward_centre.pk
    assert api.centre_of(bare.pk, on=TODAY).code == "H56.22"
    assert api.centre_of(ward.pk, on=date(2020, 1, 1)) is None


def test_successors_are_followed_through_chains_and_never_guessed() -> None:
    root = make_province()
    ward = get_organisation("H56.102")
    first = make_organisation(
        "UBND xã A", "H56.1", parent=root, valid_from=date(2010, 1, 1), valid_until=date(2019, 12, 31)
    )
    second = make_organisation(
        "UBND phường B", "H56.2", parent=root, valid_from=date(2020, 1, 1), valid_until=date(2025, 6, 30)
    )
    lost = make_organisation(
        "UBND xã C", "H56.3", parent=root, valid_from=date(2020, 1, 1), valid_until=date(2025, 6, 30)
    )
    Succession.objects.create(predecessor=first, successor=second, effective_date=date(2020, 1, 1), kind="renamed")
    Succession.objects.create(predecessor=second, successor=ward, effective_date=SINCE, kind="merged")
    assert api.successor_of(first.pk, TODAY).id == ward.pk
    assert api.successor_of(first.pk, date(2021, 1, 1)).id == second.pk
    assert api.successor_of(ward.pk, TODAY).id == ward.pk
    assert api.successor_of(lost.pk, TODAY) is None
    twin = make_organisation("UBND phường D", "H56.4", parent=root)
    Succession.objects.create(predecessor=second, successor=twin, effective_date=SINCE, kind="split")
    assert api.successor_of(second.pk, TODAY) is None
    assert {found.id for found in api.successors_of(second.pk, TODAY)} == {ward.pk, twin.pk}


def test_colleagues_stand_by_given_name_and_by_role(django_assert_max_num_queries) -> None:  # type: ignore[no-untyped-def]
    root = make_province()
    ward = get_organisation("H56.102")
    office = Unit.objects.create(organisation=ward, name="Văn phòng HĐND và UBND", valid_from=SINCE)
    names = {"a": "Nguyễn Văn Ánh", "b": "Trần Thị Bình", "c": "Đỗ Ân", "d": "Lê An", "e": "Phạm Đức"}
    users = {key: make_officer(key * 3, name) for key, name in names.items()}
    for key, user in users.items():
        make_staff(user, ward, unit=office if key == "a" else None)
    give(users["b"], "handler", ward)
    give(users["c"], "handler", root, subtree=True)
    give(users["d"], "handler", root)
    left = make_officer("left", "Hà Văn Cũ")
    make_staff(left, ward, valid_until=date(2025, 12, 31))
    gone = make_officer("gone", "Hà Văn Nghỉ")
    make_staff(gone, ward)
    gone.is_active = False
    gone.save()
    assert [person.full_name for person in api.colleagues(ward.pk, on=TODAY)] == [
        "Lê An", "Nguyễn Văn Ánh", "Đỗ Ân", "Trần Thị Bình", "Phạm Đức",
    ]  # fmt: skip
    with django_assert_max_num_queries(3):
        handlers = api.colleagues(ward.pk, "handler", on=TODAY)
    assert [person.full_name for person in handlers] == ["Đỗ Ân", "Trần Thị Bình"]
    assert [person.full_name for person in api.colleagues(ward.pk, on=TODAY, unit_id=office.pk)] == ["Nguyễn Văn Ánh"]


def test_a_persons_place_is_the_highest_of_the_day() -> None:
    root = make_province()
    ward = get_organisation("H56.102")
    user = make_officer("maile")
    make_staff(user, ward)
    head = make_staff(user, root, position="Giám đốc")
    head.position.rank = 5
    head.position.save()
    assert api.staff_of_user(user.pk, TODAY).position_title == "Giám đốc"
    assert len(api.appointments_of_user(user.pk, TODAY)) == 2
    assert api.staff_of_user(user.pk, date(2020, 1, 1)) is None
    assert actor_of(user, on=TODAY).grants == ()
