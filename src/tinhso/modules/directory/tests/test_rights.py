"""Roles asked for and given by another person, taken back, lent during an absence; duties kept apart."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tinhso.kernel.access.api import (
    Actor,
    CannotGrant,
    Refused,
    RoleGrant,
    RoleRequest,
    actor_of,
    allow,
    grant_role,
    own_grants,
)
from tinhso.kernel.audit.api import trail
from tinhso.modules.directory.models import Organisation
from tinhso.modules.directory.queries.pages import staff_page
from tinhso.modules.directory.services.delegating import begin_acting_for, delegate, end_delegation
from tinhso.modules.directory.services.granting import decide, request_role, revoke, withdraw_request
from tinhso.modules.directory.tests.factories import (
    NOW,
    TODAY,
    get_organisation,
    give,
    make_officer,
    make_province,
    make_staff,
)

pytestmark = pytest.mark.django_db
GROUND = "Quyết định 12/QĐ-UBND"


class World:
    """A ward with its chairman, a head and an officer, and two rights offices over the province."""

    def __init__(self) -> None:
        self.root = make_province()
        self.ward = get_organisation("H56.102")
        self.users: dict[str, Any] = {}
        self.rights = self._hire("rights", "Trần Mạnh Cường", "rights_admin", self.root, subtree=True)
        self.other_rights = self._hire("rights2", "Lê Hữu Nam", "rights_admin", self.root, subtree=True)
        self.leader = self._hire("leader", "Lê Minh Tuấn", "leader", self.ward)
        self.head = self._hire("head", "Phạm Quang Hưng", "unit_head", self.ward)
        self.officer = self._hire("officer", "Nguyễn Văn Bình", "handler", self.ward)

    def _hire(self, username: str, name: str, role: str, place: Organisation, *, subtree: bool = False) -> Actor:
        user = self.users[username] = make_officer(username, name)
        make_staff(user, place)
        return give(user, role, place, subtree=subtree)

    def again(self, username: str, on: date = TODAY, acting_for: int | None = None) -> Actor:
        return actor_of(self.users[username], on=on, acting_for=acting_for)

    def client(self, username: str) -> Client:
        client = Client()
        client.force_login(self.users[username])
        return client


@pytest.fixture
def world() -> World:
    return World()


def ask(world: World, actor: Actor, *, user_id: int | None = None, role: str = "unit_head", **values: Any) -> int:
    return request_role(
        **{
            "user_id": user_id or actor.user_id, "role": role, "organisation_id": world.ward.pk, "subtree": False,
            "valid_from": TODAY, "valid_until": None, "ground": GROUND, "actor": actor, "now": NOW, **values,
        }
    )  # fmt: skip


def test_a_role_is_asked_for_and_given_by_another_person(world: World) -> None:
    number = ask(world, world.officer)
    assert not allow(world.again("officer"), "access.delegate", world.ward)
    grant = decide(request_id=number, approve=True, reason="", actor=world.rights, now=NOW)
    assert allow(world.again("officer"), "access.delegate", world.ward)
    row = RoleGrant.objects.get(pk=grant)
    assert (row.ground, row.granted_by_id) == (GROUND, world.rights.user_id)
    actions = [entry.action for entry in trail(f"user:{world.officer.user_id}")]
    assert actions[-3:] == ["directory.request_role", "access.grant", "directory.decide_role"]


def test_nobody_approves_their_own_request_nor_one_for_themselves(world: World) -> None:
    own = ask(world, world.rights, role="catalogue_editor", organisation_id=world.root.pk)
    with pytest.raises(CannotGrant, match="chính mình"):
        decide(request_id=own, approve=True, reason="", actor=world.rights, now=NOW)
    assert decide(request_id=own, approve=True, reason="", actor=world.other_rights, now=NOW)
    for_other = ask(world, world.rights, user_id=world.officer.user_id)
    with pytest.raises(CannotGrant, match="chính mình"):
        decide(request_id=for_other, approve=True, reason="", actor=world.rights, now=NOW)
    with pytest.raises(CannotGrant, match="tự cấp"):
        grant_role(
            user_id=world.rights.user_id or 0, role="catalogue_editor", organisation_id=world.root.pk,
            valid_from=TODAY, ground=GROUND, actor=world.rights, now=NOW,
        )  # fmt: skip


@pytest.mark.parametrize("role", ["clerk", "handler", "unit_head", "leader", "staff_admin"])
def test_who_manages_rights_takes_no_part_in_the_work(world: World, role: str) -> None:
    with pytest.raises(CannotGrant, match="tách bạch"):
        ask(world, world.other_rights, role=role)
    assert not RoleRequest.objects.exists()


def test_duties_are_kept_apart_the_other_way_round_and_in_subtrees(world: World) -> None:
    with pytest.raises(CannotGrant, match="tách bạch"):
        ask(world, world.leader, role="rights_admin", organisation_id=world.root.pk, subtree=True)
    # Over another organisation it is no contradiction.
    assert ask(world, world.leader, role="rights_admin", organisation_id=get_organisation("H56.22").pk)


def test_a_technical_operator_never_holds_a_role_in_dossiers(world: World) -> None:
    operator = make_officer("operator", "Lương Công Thành", kind="operator")
    make_staff(operator, world.ward)
    for role in ("clerk", "handler", "leader", "rights_admin"):
        with pytest.raises(CannotGrant, match="không được giữ"):
            grant_role(
                user_id=operator.pk, role=role, organisation_id=world.ward.pk, valid_from=TODAY, ground=GROUND,
                actor=world.rights, now=NOW,
            )  # fmt: skip


def test_only_heads_and_administrators_ask_for_others(world: World) -> None:
    with pytest.raises(Refused):
        ask(world, world.officer, user_id=world.users["head"].pk, role="leader")
    assert ask(world, world.leader, user_id=world.officer.user_id)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"ground": " "}, "căn cứ"),
        ({"valid_from": TODAY - timedelta(days=1)}, "hôm nay"),
        ({"valid_until": TODAY - timedelta(days=1)}, "kết thúc"),
        ({"role": "emperor"}, "vai trò"),
        ({"organisation_id": 10**9}, "cơ quan"),
    ],
)
def test_a_request_that_makes_no_sense_is_refused(world: World, change: dict[str, Any], message: str) -> None:
    with pytest.raises(CannotGrant, match=message):
        ask(world, world.officer, **change)


def test_one_request_waits_at_a_time_and_is_decided_once(world: World) -> None:
    number = ask(world, world.officer)
    with pytest.raises(CannotGrant, match="đang chờ"):
        ask(world, world.officer)
    with pytest.raises(CannotGrant, match="lý do"):
        decide(request_id=number, approve=False, reason="", actor=world.rights, now=NOW)
    decide(request_id=number, approve=False, reason="Chưa có quyết định phân công.", actor=world.rights, now=NOW)
    with pytest.raises(CannotGrant, match="đã được quyết định"):
        decide(request_id=number, approve=True, reason="", actor=world.rights, now=NOW)
    again = ask(world, world.officer)
    with pytest.raises(Refused):
        withdraw_request(request_id=again, actor=world.head, now=NOW)
    withdraw_request(request_id=again, actor=world.officer, now=NOW)
    assert RoleRequest.objects.filter(decision="").count() == 0


def test_a_role_is_revoked_at_once_with_what_was_lent_from_it(world: World) -> None:
    lent = lend(world)
    grant = own_grants(TODAY).get(user=world.users["leader"])
    with pytest.raises(CannotGrant, match="lý do"):
        revoke(grant_id=grant.pk, reason="", actor=world.rights, now=NOW)
    with pytest.raises(Refused):
        revoke(grant_id=grant.pk, reason="Tôi không thích", actor=world.head, now=NOW)
    revoke(grant_id=grant.pk, reason="Hết nhiệm kỳ công tác", actor=world.rights, now=NOW)
    assert world.again("leader").grants == ()
    assert world.again("head", acting_for=world.leader.user_id).on_behalf_of is None
    assert RoleGrant.objects.get(pk=lent[0]).revoke_reason == "Hết nhiệm kỳ công tác"
    with pytest.raises(CannotGrant, match="trước đó"):
        revoke(grant_id=grant.pk, reason="Lần nữa thử xem", actor=world.rights, now=NOW)


def lend(world: World, **values: Any) -> list[int]:
    grant = own_grants(TODAY).get(user=world.users["leader"])
    return delegate(
        **{
            "grant_ids": [grant.pk], "to_user_id": world.head.user_id, "valid_from": TODAY,
            "valid_until": TODAY + timedelta(days=7), "ground": "Đi công tác tại Hà Nội", "actor": world.leader,
            "now": NOW, **values,
        }
    )  # fmt: skip


def test_who_acts_in_an_absence_has_the_lent_roles_only_and_both_names(world: World) -> None:
    lend(world)
    assert world.again("head").roles() == {"unit_head"}
    assert world.again("head").label == "Phạm Quang Hưng"
    deputy = world.again("head", acting_for=world.leader.user_id)
    assert (deputy.roles(), deputy.label) == ({"leader"}, "Phạm Quang Hưng (thừa ủy quyền của Lê Minh Tuấn)")
    assert deputy.on_behalf_of == world.leader.user_id
    assert world.again("officer", acting_for=world.leader.user_id).on_behalf_of is None
    after = TODAY + timedelta(days=8)
    assert world.again("head", on=after, acting_for=world.leader.user_id).roles() == {"unit_head"}


def test_what_a_deputy_does_is_told_apart_in_the_trail(world: World) -> None:
    lend(world)
    deputy = world.again("head", acting_for=world.leader.user_id)
    ask(world, deputy, user_id=world.officer.user_id)
    entry = trail(f"user:{world.officer.user_id}")[-1]
    assert entry.who_label == "Phạm Quang Hưng (thừa ủy quyền của Lê Minh Tuấn)"
    assert (entry.after or {})["on_behalf_of"] == world.leader.user_id


def test_a_delegation_stands_on_the_profiles_of_both(world: World) -> None:
    lend(world)
    told = {
        key: staff_page(world.users[key].pk, on=TODAY)
        for key in ("leader", "head", "officer")
    }  # fmt: skip
    shown = {
        key: ([row.for_name for row in page.lent_to], [row.full_name for row in page.lent_by])
        for key, page in told.items()
        if page is not None
    }
    assert shown == {
        "leader": ([], ["Phạm Quang Hưng"]),
        "head": (["Lê Minh Tuấn"], []),
        "officer": ([], []),
    }


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"valid_until": TODAY + timedelta(days=90)}, "90 ngày"),
        ({"valid_until": TODAY - timedelta(days=1)}, "kết thúc"),
        ({"valid_from": TODAY - timedelta(days=1)}, "hôm nay"),
        ({"ground": ""}, "căn cứ"),
        ({"grant_ids": []}, "vai trò"),
    ],
)
def test_a_lending_that_makes_no_sense_is_refused(world: World, change: dict[str, Any], message: str) -> None:
    with pytest.raises(CannotGrant, match=message):
        lend(world, **change)
    assert not RoleGrant.objects.filter(delegated_from__isnull=False).exists()


def test_nobody_lends_to_themselves_or_to_strangers_or_what_is_not_theirs(world: World) -> None:
    with pytest.raises(CannotGrant, match="chính mình"):
        lend(world, to_user_id=world.leader.user_id)
    with pytest.raises(CannotGrant, match="cùng cơ quan"):
        lend(world, to_user_id=world.rights.user_id)
    with pytest.raises(CannotGrant, match="chính bạn"):
        lend(world, actor=world.head, to_user_id=world.officer.user_id)
    with pytest.raises(Refused):
        lend(world, actor=world.officer, to_user_id=world.head.user_id)


def test_what_was_lent_is_not_lent_further(world: World) -> None:
    lent = lend(world)
    deputy = world.again("head", acting_for=world.leader.user_id)
    with pytest.raises(CannotGrant, match="ủy quyền tiếp"):
        lend(world, actor=deputy, to_user_id=world.officer.user_id)
    with pytest.raises(CannotGrant, match="chính bạn"):
        lend(world, actor=world.head, grant_ids=lent, to_user_id=world.officer.user_id)


def test_lender_or_deputy_ends_it_early_and_nobody_else(world: World) -> None:
    lent = lend(world)
    with pytest.raises(Refused):
        end_delegation(grant_id=lent[0], actor=world.officer, now=NOW)
    end_delegation(grant_id=lent[0], actor=world.head, now=NOW)
    again = lend(world)
    end_delegation(grant_id=again[0], actor=world.leader, now=NOW)
    with pytest.raises(CannotGrant, match="Hiện không có"):
        begin_acting_for(user_id=world.leader.user_id or 0, actor=world.head, now=NOW)


def test_an_actor_costs_at_most_two_queries(world: World, django_assert_max_num_queries: Any) -> None:
    lend(world)
    for username, acting_for in (("rights", None), ("officer", None), ("head", world.leader.user_id)):
        with django_assert_max_num_queries(2):
            world.again(username, acting_for=acting_for)


def test_the_pages_from_request_to_revocation(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tinhso.kernel.access.web.now", lambda: NOW)
    officer, office = world.client("officer"), world.client("rights")
    form = {
        "role": "unit_head", "organisation": world.ward.pk, "valid_from": "24/11/2026", "ground": GROUND,
    }  # fmt: skip
    assert officer.get(reverse("directory:request_role")).status_code == 200
    assert officer.post(reverse("directory:request_role"), {**form, "ground": ""}).status_code == 422
    assert officer.post(reverse("directory:request_role"), {**form, "code": "H99"}).status_code == 422
    assert officer.post(reverse("directory:request_role"), form).status_code == 302
    number = RoleRequest.objects.get().pk
    assert "Chờ duyệt" in officer.get(reverse("directory:own_rights")).content.decode()
    assert GROUND in office.get(reverse("directory:rights")).content.decode()
    address = reverse("directory:decide_role", args=[number])
    assert officer.post(address, {"decision": "approve"}).status_code == 403
    assert office.post(address, {"decision": "approve"}).status_code == 302
    assert allow(world.again("officer"), "access.delegate", world.ward)
    assert "Nguyễn Văn Bình" in office.get(reverse("directory:rights") + "?view=all&q=binh").content.decode()
    grant = RoleGrant.objects.order_by("-pk")[0]
    revocation = reverse("directory:revoke_role", args=[grant.pk])
    assert office.get(revocation).status_code == 200
    assert office.post(revocation, {"reason": ""}).status_code == 422
    assert office.post(revocation, {"reason": "Chuyển vị trí khác"}).status_code == 302
    assert not allow(world.again("officer"), "access.delegate", world.ward)


def test_the_pages_of_an_absence(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tinhso.kernel.access.web.now", lambda: NOW)
    leader, head = world.client("leader"), world.client("head")
    grant = own_grants(TODAY).get(user=world.users["leader"])
    form = {
        "grant": grant.pk, "to_user": world.users["head"].pk, "valid_from": "24/11/2026", "valid_until": "30/11/2026",
        "ground": "Nghỉ phép năm",
    }  # fmt: skip
    assert leader.get(reverse("directory:lend")).status_code == 200
    assert leader.post(reverse("directory:lend"), {**form, "valid_until": "30/11/2027"}).status_code == 422
    assert leader.post(reverse("directory:lend"), form).status_code == 302
    assert "Làm thay Lê Minh Tuấn" in head.get(reverse("directory:own_rights")).content.decode()
    assert head.post(reverse("directory:act_for"), {"user": world.users["leader"].pk}).status_code == 302
    page = head.get(reverse("directory:own_rights")).content.decode()
    assert "Phạm Quang Hưng (thừa ủy quyền của Lê Minh Tuấn)" in page
    assert head.get(reverse("directory:lend")).status_code == 200  # The page opens; lending further is refused.
    assert head.post(reverse("directory:act_for"), {}).status_code == 302
    assert "(thay" not in head.get(reverse("directory:own_rights")).content.decode()
    stranger = world.client("officer")
    stranger.post(reverse("directory:act_for"), {"user": world.users["leader"].pk})
    assert "(thay" not in stranger.get(reverse("directory:own_rights")).content.decode()


def test_who_is_refused_reads_which_roles_would_do_and_whom_to_ask(world: World) -> None:
    page = world.client("officer").get(reverse("directory:rights"))
    assert page.status_code == 403
    text = page.content.decode()
    assert "Quản lý vai trò được cấp" in text
    assert "Quản trị quyền" in text
    assert "Trần Mạnh Cường" in text
