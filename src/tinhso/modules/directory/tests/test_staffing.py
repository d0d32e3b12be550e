"""Joining, moving, leaving: place, rights, sessions in one operation; nothing half done."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tinhso.kernel.access.api import SYSTEM, Refused, RoleGrant, User, actor_of
from tinhso.kernel.audit.api import trail
from tinhso.modules.directory.models import Departure, Organisation, Position, StaffMember
from tinhso.modules.directory.queries.pages import staff_listing
from tinhso.modules.directory.services.open_work import OpenWork
from tinhso.modules.directory.services.staffing import (
    CannotChangeStaff,
    Place,
    decide_departure,
    finish_departures,
    join,
    preview_departure,
)
from tinhso.modules.directory.tests.factories import (
    NOW,
    TODAY,
    get_organisation,
    give,
    make_officer,
    make_organisation,
    make_province,
    make_staff,
)

pytestmark = pytest.mark.django_db
GROUND = "Quyết định 15/QĐ-UBND"
YESTERDAY = TODAY - timedelta(days=1)


class World:
    def __init__(self) -> None:
        self.root = make_province()
        self.ward = get_organisation("H56.102")
        self.other = make_organisation("UBND phường Sầm Sơn", "H56.103", parent=self.root)
        admin = make_officer("staffadmin", "Mai Phương Thảo")
        make_staff(admin, self.root)
        self.admin = give(admin, "staff_admin", self.root, subtree=True)
        self.user = make_officer("binh", "Nguyễn Văn Bình")
        self.member = make_staff(self.user, self.ward)
        give(self.user, "handler", self.ward)
        self.heir = make_officer("trang", "Hà Thu Trang")
        make_staff(self.heir, self.ward)
        self.position = Position.objects.get(title="Chuyên viên")

    def leave(self, **values: Any) -> int:
        return decide_departure(
            **{
                "member_id": self.member.pk, "last_day": YESTERDAY, "successor_id": self.heir.pk, "move_to": None,
                "ground": GROUND, "actor": self.admin, "now": NOW, **values,
            }
        )  # fmt: skip

    def place(self, organisation: Organisation) -> Place:
        return Place(organisation.pk, None, self.position.pk)


@pytest.fixture
def world() -> World:
    return World()


def signed_in(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_who_leaves_loses_rights_sessions_and_account_at_once(world: World) -> None:
    client = signed_in(world.user)
    assert client.get(reverse("directory:own_rights")).status_code == 200
    world.leave()
    assert actor_of(User.objects.get(pk=world.user.pk), on=TODAY).grants == ()
    assert client.get(reverse("directory:own_rights")).status_code == 302
    user = User.objects.get(pk=world.user.pk)
    assert not user.is_active
    assert StaffMember.objects.get(pk=world.member.pk).valid_until == YESTERDAY
    assert [entry.action for entry in trail(f"user:{user.pk}")][-2:] == ["access.withdraw", "directory.leave"]


def test_a_departure_of_a_later_day_waits_for_it(world: World) -> None:
    client = signed_in(world.user)
    world.leave(last_day=TODAY + timedelta(days=3))
    assert finish_departures(actor=SYSTEM, now=NOW) == 0
    assert client.get(reverse("directory:own_rights")).status_code == 200
    assert actor_of(world.user, on=TODAY).roles() == {"handler"}
    assert actor_of(world.user, on=TODAY + timedelta(days=4)).grants == ()
    assert finish_departures(actor=SYSTEM, now=NOW + timedelta(days=4)) == 1
    assert finish_departures(actor=SYSTEM, now=NOW + timedelta(days=4)) == 0
    assert client.get(reverse("directory:own_rights")).status_code == 302


def test_who_moves_keeps_the_account_but_no_right_nor_session(world: World) -> None:
    client = signed_in(world.user)
    world.leave(move_to=world.place(world.other))
    user = User.objects.get(pk=world.user.pk)
    assert user.is_active
    assert actor_of(user, on=TODAY).grants == ()
    places = StaffMember.objects.filter(user=user, valid_until__isnull=True)
    assert [place.organisation_id for place in places] == [world.other.pk]
    assert client.get(reverse("directory:own_rights")).status_code == 302
    assert signed_in(user).get(reverse("directory:own_rights")).status_code == 200


def test_a_concurrent_post_and_its_rights_stay(world: World) -> None:
    make_staff(world.user, world.other)
    give(world.user, "handler", world.other)
    world.leave()
    user = User.objects.get(pk=world.user.pk)
    assert user.is_active
    assert [sorted(g.organisation_ids) for g in actor_of(user, on=TODAY).grants] == [[world.other.pk]]


def test_rights_lent_to_and_by_who_leaves_end_too(world: World) -> None:
    own = RoleGrant.objects.get(user=world.user)
    RoleGrant.objects.create(
        user=world.heir, role="handler", organisation_id=world.ward.pk, valid_from=TODAY, valid_until=TODAY,
        ground=GROUND, delegated_from=own,
    )  # fmt: skip
    assert actor_of(world.heir, on=TODAY, acting_for=world.user.pk).on_behalf_of == world.user.pk
    world.leave()
    assert actor_of(world.heir, on=TODAY, acting_for=world.user.pk).on_behalf_of is None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"ground": ""}, "căn cứ"),
        ({"last_day": TODAY.replace(year=2020)}, "trước ngày bắt đầu"),
    ],
)
def test_a_departure_that_makes_no_sense_changes_nothing(world: World, change: dict[str, Any], message: str) -> None:
    with pytest.raises(CannotChangeStaff, match=message):
        world.leave(**change)
    assert not Departure.objects.exists()
    assert StaffMember.objects.get(pk=world.member.pk).valid_until is None
    assert actor_of(world.user, on=TODAY).roles() == {"handler"}


def test_a_successor_is_somebody_else_of_the_same_place(world: World) -> None:
    with pytest.raises(CannotChangeStaff, match="chính người"):
        world.leave(successor_id=world.user.pk)
    with pytest.raises(CannotChangeStaff, match="cùng cơ quan"):
        world.leave(successor_id=world.admin.user_id)


def test_only_the_administrator_of_the_place_decides(world: World) -> None:
    elsewhere = make_officer("elsewhere", "Ngô Xuân Hải")
    actor = give(elsewhere, "staff_admin", world.other)
    with pytest.raises(Refused):
        world.leave(actor=actor)
    with pytest.raises(Refused):
        world.leave(actor=actor_of(world.heir, on=TODAY))
    with pytest.raises(Refused):
        world.leave(move_to=world.place(world.root), actor=give(make_officer("w"), "staff_admin", world.ward))
    assert StaffMember.objects.get(pk=world.member.pk).valid_until is None


def test_somebody_new_joins_without_a_password_and_without_rights(world: World) -> None:
    number = join(
        username="Hoa.NT", full_name="Nguyễn Thị Hoa", email="", place=world.place(world.ward), valid_from=TODAY,
        ground=GROUND, actor=world.admin, now=NOW,
    )  # fmt: skip
    user = User.objects.get(pk=number)
    assert (user.username, user.kind, user.has_usable_password()) == ("hoa.nt", "officer", False)
    assert actor_of(user, on=TODAY).grants == ()


def test_who_left_may_come_back_with_the_same_account(world: World) -> None:
    world.leave()
    number = join(
        username="binh", full_name="", email="", place=world.place(world.other), valid_from=TODAY, ground=GROUND,
        actor=world.admin, now=NOW,
    )  # fmt: skip
    assert number == world.user.pk
    assert User.objects.get(pk=number).is_active


@pytest.mark.parametrize(("username", "name"), [("", "A B"), ("có dấu", "A B"), ("two words", "A B"), ("new", "")])
def test_a_joining_that_makes_no_sense_is_refused(world: World, username: str, name: str) -> None:
    count = User.objects.count()
    with pytest.raises(CannotChangeStaff):
        join(
            username=username, full_name=name, email="", place=world.place(world.ward), valid_from=TODAY,
            ground=GROUND, actor=world.admin, now=NOW,
        )  # fmt: skip
    assert User.objects.count() == count


def test_an_account_of_a_citizen_or_of_another_person_is_not_taken(world: World) -> None:
    make_officer("0912345678", "Trần Thị Dân", kind="citizen")
    for username in ("0912345678", "trang"):
        with pytest.raises(CannotChangeStaff):
            join(
                username=username, full_name="Nguyễn Thị Hoa", email="", place=world.place(world.ward),
                valid_from=TODAY, ground=GROUND, actor=world.admin, now=NOW,
            )  # fmt: skip


def test_the_preview_tells_which_rights_end(world: World) -> None:
    preview = preview_departure(
        member_id=world.member.pk, successor_id=world.heir.pk, last_day=TODAY, moves=False, actor=world.admin
    )
    assert preview.rights == (("Chuyên viên xử lý", "UBND phường Hạc Thành"),)
    assert not preview.account_stays


def test_work_without_a_successor_is_told_before_anything_is_confirmed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tinhso.kernel.access.web.now", lambda: NOW)
    work = OpenWork("Việc đang giữ", 2, 0, ())
    monkeypatch.setattr("tinhso.modules.directory.services.staffing.open_work", lambda leaving: [work])
    admin = signed_in(User.objects.get(pk=world.admin.user_id))
    address = reverse("directory:depart", args=[world.member.pk])
    leaving = {"kind": "leave", "last_day": "23/11/2026", "successor": "", "ground": GROUND}
    page = admin.post(address, leaving).content.decode()
    assert "Còn việc đang làm: chọn người nhận bàn giao rồi xem lại" in page
    assert 'name="confirm"' not in page
    assert 'name="confirm"' in admin.post(address, {**leaving, "successor": world.heir.pk}).content.decode()
    oneself = admin.post(address, {**leaving, "successor": world.member.user_id})
    assert oneself.status_code == 422
    assert "Không bàn giao cho chính người rời đi" in oneself.content.decode()
    assert not Departure.objects.exists()


def test_another_place_is_added_from_the_persons_page(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tinhso.kernel.access.web.now", lambda: NOW)
    admin = signed_in(User.objects.get(pk=world.admin.user_id))
    address = f"{reverse('directory:join')}?user={world.user.pk}"
    assert address in admin.get(reverse("directory:staff_member", args=[world.user.pk])).content.decode()
    page = admin.get(address).content.decode()
    assert 'value="binh"' in page
    assert 'value="Nguyễn Văn Bình"' in page
    for junk in ("x", "999999999", "-1", "9" * 30):
        assert admin.get(reverse("directory:join"), {"user": junk}).status_code == 200
    form = {
        "username": "binh", "full_name": "Nguyễn Văn Bình", "organisation": "H56.103", "unit": "",
        "position": world.position.pk, "valid_from": "24/11/2026", "ground": GROUND,
    }  # fmt: skip
    assert admin.post(address, form).status_code == 302
    assert StaffMember.objects.filter(user=world.user, valid_until__isnull=True).count() == 2


def test_who_is_called_so_comes_before_who_works_at_a_place_called_so(world: World) -> None:
    school = make_organisation("Trường xã Thọ Bình", "H56.104", parent=world.root)
    make_staff(make_officer("an", "Nguyễn Văn An"), school, search_text="nguyen van an truong xa tho binh")
    found = staff_listing(on=TODAY, text="nguyễn văn bình", page=1)
    assert [row.user.full_name for row in found.rows] == ["Nguyễn Văn Bình", "Nguyễn Văn An"]


def test_the_pages_of_joining_and_leaving(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tinhso.kernel.access.web.now", lambda: NOW)
    admin = signed_in(User.objects.get(pk=world.admin.user_id))
    form = {
        "username": "hoa", "full_name": "Nguyễn Thị Hoa", "organisation": "H56.102", "unit": "",
        "position": world.position.pk, "valid_from": "24/11/2026", "ground": GROUND,
    }  # fmt: skip
    assert admin.get(reverse("directory:join")).status_code == 200
    for change in ({"organisation": "H99"}, {"unit": "Phòng không có"}, {"position": ""}, {"valid_from": "32/1/2026"}):
        assert admin.post(reverse("directory:join"), {**form, **change}).status_code == 422
    assert admin.post(reverse("directory:join"), form).status_code == 302
    address = reverse("directory:depart", args=[world.member.pk])
    leaving = {"kind": "leave", "last_day": "23/11/2026", "successor": world.heir.pk, "ground": GROUND}
    assert admin.get(address).status_code == 200
    preview = admin.post(address, leaving)
    assert preview.status_code == 200
    assert "Chuyên viên xử lý, UBND phường Hạc Thành" in preview.content.decode()
    assert not Departure.objects.exists()
    shown = f"leave|23/11/2026|{world.heir.pk}|"
    # What was changed after the preview is previewed again, not done.
    other = admin.post(address, {**leaving, "last_day": "22/11/2026", "confirm": "1", "previewed": shown})
    assert (other.status_code, Departure.objects.exists()) == (200, False)
    assert admin.post(address, {**leaving, "confirm": "1", "previewed": shown}).status_code == 302
    assert Departure.objects.get().done_at == NOW
    assert "Nguyễn Văn Bình" in admin.get(reverse("directory:staffing")).content.decode()
    assert signed_in(world.heir).get(address).status_code == 403
