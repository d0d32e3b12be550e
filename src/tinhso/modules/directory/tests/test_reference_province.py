"""The reference province: complete, consistent, loaded once, quick."""

from __future__ import annotations

import time
from datetime import date

import pytest
from django.contrib.auth import authenticate

from tinhso.kernel.access.api import SYSTEM, actor_of, allow
from tinhso.modules.directory import api
from tinhso.modules.directory.models import Organisation, StaffMember, StaffNumber, Succession, Unit
from tinhso.modules.directory.tests.factories import NOW, TODAY

pytestmark = pytest.mark.django_db
PASSWORD = "tinhso-demo-2026"


def test_the_reference_province_loads_whole_and_once() -> None:
    told: list[str] = []
    began = time.process_time()
    first = api.seed_reference_province(
        now=NOW, actor=SYSTEM, password=PASSWORD, progress=lambda title, done, total: told.append(title)
    )
    assert time.process_time() - began < 15
    assert "1102 cơ quan" in first
    assert told[-1] == "xong"
    before = Organisation.objects.count(), StaffMember.objects.count()
    assert api.seed_reference_province(now=NOW, actor=SYSTEM, password=PASSWORD) == "đã có sẵn"
    assert (Organisation.objects.count(), StaffMember.objects.count()) == before
    _communes_of_both_tiers_stand_in_their_time()
    _appendix_two_is_there_to_the_number()
    _agencies_of_2020_continue_in_those_of_2025()
    _every_commune_can_receive_decide_and_sign()
    _demo_officers_can_work_and_nobody_else_can_sign_in()
    _staff_may_be_told_apart()


def _communes_of_both_tiers_stand_in_their_time() -> None:
    def committees(level: str, on: date) -> int:
        return len(api.organisations(level, "people_committee", on=on))

    assert committees("commune", date(2025, 6, 30)) == 547
    assert committees("commune", date(2025, 7, 1)) == 166
    assert committees("district", date(2025, 6, 30)) == 26
    assert committees("district", date(2025, 7, 1)) == 0
    assert len(api.organisations("commune", "public_service_centre", on=TODAY)) == 166
    former = Organisation.objects.filter(level="commune", valid_until=date(2025, 6, 30))
    reached = set(Succession.objects.filter(predecessor__in=former).values_list("predecessor_id", flat=True))
    assert reached == set(former.values_list("pk", flat=True))
    new = Organisation.objects.filter(level="commune", kind="people_committee", valid_until__isnull=True)
    fed = set(Succession.objects.filter(successor__in=new).values_list("successor_id", flat=True))
    assert fed == set(new.values_list("pk", flat=True))
    assert not Organisation.objects.filter(path="").exists()
    assert api.organisation_by_code("H56").code == "H56"
    assert Organisation.objects.filter(code_source="official").count() == 1


def _appendix_two_is_there_to_the_number() -> None:
    stated = dict(StaffNumber.objects.values_list("organisation_id", "people"))
    assert len(stated) == 21
    assert sum(stated.values()) == 1258
    day = date(2020, 12, 21)
    justice = api.organisation_by_code("H56.15", day)
    assert stated[justice.id] == 41
    for organisation_id, people in stated.items():
        assert len(api.colleagues(organisation_id, on=day)) == people


def _agencies_of_2020_continue_in_those_of_2025() -> None:
    transport = api.organisation_by_code("H56.05", date(2020, 12, 21))
    assert transport.name == "Sở Giao thông Vận tải"
    assert api.successor_of(transport.id, TODAY).name == "Sở Xây dựng"
    assert api.organisation_by_code("H56.05", TODAY) is None
    together = api.organisation_by_code("H56.17", TODAY)
    assert len(api.colleagues(together.id, on=TODAY)) == 77 + 70


def _every_commune_can_receive_decide_and_sign() -> None:
    for committee in api.organisations("commune", "people_committee", on=TODAY)[::40]:
        centre = api.centre_of(committee.id, on=TODAY)
        assert centre.parent_id == committee.id
        assert len(api.colleagues(centre.id, "clerk", on=TODAY)) == 2
        assert len(api.colleagues(committee.id, "handler", on=TODAY)) == 3
        assert len(api.colleagues(committee.id, "unit_head", on=TODAY)) == 3
        assert len(api.colleagues(committee.id, "leader", on=TODAY)) == 1
    units = {u.name for u in Unit.objects.filter(organisation__name="UBND phường Hạc Thành")}
    assert units == {"Văn phòng HĐND và UBND", "Phòng Kinh tế, Hạ tầng và Đô thị", "Phòng Văn hóa - Xã hội"}


def _demo_officers_can_work_and_nobody_else_can_sign_in() -> None:
    for officer in api.DEMO_OFFICERS:
        user = authenticate(username=officer.username, password=PASSWORD)
        assert user is not None, officer.username
        actor = actor_of(user, on=TODAY)
        assert actor.roles() == ({officer.role} if officer.role else frozenset())
    names = {officer.username for officer in api.DEMO_OFFICERS}
    other = StaffMember.objects.exclude(user__username__in=names).select_related("user").first()
    assert not other.user.has_usable_password()
    root = Organisation.objects.get(code="H56")
    administrator = actor_of(StaffMember.objects.get(user__username="quantricanbo").user, on=TODAY)
    assert allow(administrator, "directory.import", root)
    assert not allow(administrator, "access.grant")


def _staff_may_be_told_apart() -> None:
    names = list(StaffMember.objects.values_list("user__full_name", flat=True))
    assert len(set(names)) > len(names) // 3
    assert all(2 <= len(name.split()) <= 5 for name in names)
