"""A reform: drafted by one, approved by another, tried, applied once; who may not and what may not is refused whole."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from tinhso.kernel.access.api import SYSTEM, Actor, Refused, RoleGrant, RoleRequest, actor_of, grant_role
from tinhso.kernel.audit.api import trail, verify
from tinhso.kernel.calendar.api import set_working_hours
from tinhso.kernel.calendar.models import HolidayOverride, WorkingHours
from tinhso.modules.directory import api
from tinhso.modules.directory.models import (
    Departure,
    Organisation,
    Reform,
    ReformAction,
    StaffMember,
    Succession,
    Unit,
)
from tinhso.modules.directory.queries.reforms import actions_of
from tinhso.modules.directory.rules.reforms import Action
from tinhso.modules.directory.services import reforming
from tinhso.modules.directory.services.applying import CannotReform, apply_reform, try_reform
from tinhso.modules.directory.services.delegating import delegate
from tinhso.modules.directory.services.judging import impact_of
from tinhso.modules.directory.tests.factories import (
    NOW,
    SINCE,
    TODAY,
    get_organisation,
    give,
    make_officer,
    make_organisation,
    make_province,
    make_staff,
)
from tinhso.modules.directory.tests.reforms import (
    Reformers,
    approved,
    drafted,
    founding,
    joining,
    make_commune,
    make_reformers,
    state_of,
)

pytestmark = pytest.mark.django_db
EVE = TODAY - timedelta(days=1)
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def root() -> Organisation:
    return make_province()


@pytest.fixture
def commune(root: Organisation) -> Organisation:
    return make_commune(root)


@pytest.fixture
def people(root: Organisation, commune: Organisation) -> Reformers:
    return make_reformers(root)


def problems(actions: list[Action], severity: str = "error") -> set[str]:
    return {p.code for p in impact_of(actions, TODAY).of(severity)}


def everything() -> dict[str, list[Any]]:
    """All rows that a reform touches: what must be equal after a refusal or a trial run."""
    models: tuple[Any, ...] = (Organisation, Succession, Unit, StaffMember, RoleGrant, RoleRequest, Departure,
                               HolidayOverride, WorkingHours)  # fmt: skip
    return {model.__name__: list(model.objects.order_by("pk").values()) for model in models}


def ward() -> Organisation:
    return Organisation.objects.get(code="H56.900")


class TestApplying:
    def test_the_old_ones_end_on_the_eve_and_the_new_one_begins_on_the_day(
        self, people: Reformers, commune: Organisation
    ) -> None:
        number = approved(people, joining())
        report = apply_reform(reform_id=number, actor=people.drafter, now=NOW)
        old = Organisation.objects.get(pk=commune.pk)
        assert (old.valid_until, old.name) == (EVE, "UBND xã Quảng Thắng")
        assert (ward().valid_from, ward().path) == (TODAY, f"{Organisation.objects.get(code='H56').path}{ward().pk}/")
        assert Organisation.objects.get(code="H56.900.01").parent_id == ward().pk
        assert state_of(number) == "applied"
        assert report["impact"]["ended"] == 3
        assert {s["name"] for s in report["steps"]} >= {"staff", "grants", "calendar"}
        assert verify().ok
        assert trail(f"reform:{number}")[-1].action == "directory.apply_reform"

    def test_old_codes_and_names_still_find_the_successor(self, people: Reformers, commune: Organisation) -> None:
        apply_reform(reform_id=approved(people, joining()), actor=SYSTEM, now=NOW)
        found = api.organisation_by_code("H56.103")
        assert found is not None
        assert found.id == commune.pk
        heir = api.successor_of(found.id, TODAY)
        assert heir is not None
        assert heir.code == "H56.900"
        assert api.heirs_of([commune.pk]) == {ward().pk}
        assert commune.pk in api.predecessors_of([ward().pk])
        assert "UBND xã Quảng Thắng" in api.former_names([ward().pk], TODAY)[ward().pk]

    def test_people_go_on_at_the_successor_once_in_a_unit_of_the_same_name(
        self, people: Reformers, commune: Organisation
    ) -> None:
        old_ward = get_organisation("H56.102")
        office = Unit.objects.create(organisation=commune, name="Văn phòng", valid_from=SINCE)
        both, one = make_officer("both", "Lê Thị Hai"), make_officer("one", "Phạm Một")
        make_staff(both, commune, unit=office)
        make_staff(both, old_ward, position="Chủ tịch UBND")
        make_staff(one, commune, unit=office)
        apply_reform(reform_id=approved(people, joining()), actor=SYSTEM, now=NOW)
        now_there = StaffMember.objects.filter(organisation=ward(), valid_until__isnull=True)
        assert sorted(now_there.values_list("user__username", flat=True)) == ["both", "one"]
        assert now_there.get(user=one).unit.name == "Văn phòng"  # type: ignore[union-attr]
        assert now_there.get(user=one).unit.organisation_id == ward().pk  # type: ignore[union-attr]
        before = StaffMember.objects.get(user=one, organisation=commune)
        assert (before.valid_from, before.valid_until) == (SINCE, EVE)

    def test_rights_follow_once_and_lent_ones_with_them(self, people: Reformers, commune: Organisation) -> None:
        old_ward = get_organisation("H56.102")
        leader, deputy = make_officer("leader", "Lê Minh Tuấn"), make_officer("deputy", "Vũ Hữu Phúc")
        for place in (commune, old_ward):
            make_staff(leader, place)
            give(leader, "leader", place)
        make_staff(deputy, commune)
        grant = RoleGrant.objects.get(user=leader, organisation_id=commune.pk)
        delegate(
            grant_ids=[grant.pk], to_user_id=deputy.pk, valid_from=TODAY, valid_until=TODAY + timedelta(days=5),
            ground="Đi công tác", actor=actor_of(leader, on=TODAY), now=NOW,
        )  # fmt: skip
        apply_reform(reform_id=approved(people, joining()), actor=SYSTEM, now=NOW)
        actor = actor_of(leader, on=TODAY)
        assert {n for g in actor.grants for n in g.organisation_ids} == {ward().pk}
        assert RoleGrant.objects.filter(user=leader, organisation_id=ward().pk).count() == 1
        standing_in = actor_of(deputy, on=TODAY, acting_for=leader.pk)
        assert standing_in.on_behalf_of == leader.pk
        assert {n for g in standing_in.grants for n in g.organisation_ids} == {ward().pk}
        old = RoleGrant.objects.get(pk=grant.pk)
        assert old.valid_until == EVE
        assert old.revoked_at is None

    def test_open_requests_departures_and_calendar_follow(self, people: Reformers, commune: Organisation) -> None:
        leaving = make_officer("leaving", "Bùi Ngọc Ánh")
        make_staff(leaving, commune, valid_until=TODAY + timedelta(days=9))
        Departure.objects.create(
            user=leaving, organisation=commune, kind="leave", last_day=TODAY + timedelta(days=9), ground="QĐ 1",
            decided_by_id=people.drafter.user_id, decided_at=NOW,
        )  # fmt: skip
        RoleRequest.objects.create(
            user=leaving, role="handler", organisation_id=commune.pk, valid_from=TODAY, ground="QĐ 2",
            requested_by_id=people.drafter.user_id, requested_at=NOW,
        )  # fmt: skip
        HolidayOverride.objects.create(
            day=TODAY + timedelta(days=3), kind="off", organisation_id=commune.pk, reason="Lễ hội", ground="QĐ 3",
            added_at=NOW,
        )  # fmt: skip
        apply_reform(reform_id=approved(people, joining()), actor=SYSTEM, now=NOW)
        assert Departure.objects.get(user=leaving).organisation_id == ward().pk
        assert StaffMember.objects.get(user=leaving, organisation=ward()).valid_until == TODAY + timedelta(days=9)
        assert RoleRequest.objects.get(user=leaving).organisation_id == ward().pk
        assert HolidayOverride.objects.get(organisation_id=ward().pk, removed_at__isnull=True).reason == "Lễ hội"

    def test_moved_ones_keep_their_number_with_all_below(self, root: Organisation) -> None:
        district = make_organisation("UBND huyện Quảng Xương", "H56.31", parent=root, level="district")
        below = make_organisation("UBND xã Quảng Hải", "H56.31.01", parent=district)
        below_it = make_organisation("Trạm Y tế xã Quảng Hải", "H56.31.01.01", parent=below, kind="unit")
        actions = [Action(1, "move", "H56.31.01", parent_code="H56"), Action(2, "dissolve", "H56.31")]
        number = approved(make_reformers(root), actions)
        apply_reform(reform_id=number, actor=SYSTEM, now=NOW)
        below_it.refresh_from_db()
        assert below_it.path == f"/{root.pk}/{below.pk}/{below_it.pk}/"
        assert Organisation.objects.get(pk=district.pk).valid_until == EVE

    def test_a_renamed_one_keeps_its_old_name_for_what_was_issued(
        self, people: Reformers, commune: Organisation
    ) -> None:
        actions = [Action(1, "rename", "H56.103", name="UBND phường Quảng Thắng")]
        apply_reform(reform_id=approved(people, actions), actor=SYSTEM, now=NOW)
        assert Organisation.objects.get(pk=commune.pk).name == "UBND xã Quảng Thắng"
        heir = api.successor_of(commune.pk, TODAY)
        assert heir is not None
        assert (heir.name, heir.code) == ("UBND phường Quảng Thắng", "H56.103")

    def test_interrupted_and_taken_up_again_it_ends_the_same(
        self, people: Reformers, commune: Organisation, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from tinhso.modules.directory.services import applying

        for number in range(6):
            user = make_officer(f"o{number}", f"Người {number}")
            make_staff(user, commune)
            give(user, "handler", commune)
        monkeypatch.setattr(applying, "BATCH", 2)
        number = approved(people, joining())
        told: list[str] = []

        def die(title: str, done: int, total: int) -> None:
            told.append(title)
            if len(told) == 2:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            apply_reform(reform_id=number, actor=SYSTEM, now=NOW, tell=die)
        assert state_of(number) == "applying"
        assert reforming.apply_due_reforms(actor=SYSTEM, now=LATER) == 1
        assert StaffMember.objects.filter(organisation=ward(), valid_until__isnull=True).count() == 6
        assert RoleGrant.objects.filter(organisation_id=ward().pk, revoked_at__isnull=True).count() == 6
        assert StaffMember.objects.filter(organisation=commune, valid_until=EVE).count() == 6


class TestTrial:
    def test_a_trial_changes_nothing_and_tells_what_would_happen(
        self, people: Reformers, commune: Organisation
    ) -> None:
        make_staff(make_officer("one"), commune)
        number = drafted(people, joining())
        before = everything()
        report = try_reform(reform_id=number, actor=people.drafter, now=NOW)
        assert everything() == before
        assert report["left"] == {}
        assert {s["name"]: s["moved"] for s in report["steps"]}["staff"] == 1
        assert Reform.objects.get(pk=number).report["trial"]
        assert state_of(number) == "draft"


class TestRefusals:
    def refused(self, number: int, words: str, *, actor: Actor = SYSTEM, now: Any = NOW) -> None:
        before = everything()
        with pytest.raises(CannotReform, match=words):
            apply_reform(reform_id=number, actor=actor, now=now)
        assert everything() == before

    def test_not_before_its_approval(self, people: Reformers, commune: Organisation) -> None:
        number = drafted(people, joining())
        self.refused(number, "chưa được phê duyệt")
        reforming.submit_reform(reform_id=number, actor=people.drafter, now=NOW)
        self.refused(number, "chưa được phê duyệt")

    def test_not_twice(self, people: Reformers, commune: Organisation) -> None:
        number = approved(people, joining())
        apply_reform(reform_id=number, actor=SYSTEM, now=NOW)
        self.refused(number, "không áp dụng hai lần")

    def test_not_before_its_day(self, people: Reformers, commune: Organisation) -> None:
        self.refused(approved(people, joining(), day=TODAY + timedelta(days=1)), "Chưa đến ngày hiệu lực")

    def test_not_when_it_changed_after_its_approval(self, people: Reformers, commune: Organisation) -> None:
        number = approved(people, joining())
        ReformAction.objects.filter(reform_id=number, number=1).update(name="UBND phường Khác")
        self.refused(number, "khác với bản đã phê duyệt")

    def test_not_when_something_came_in_its_way_since(self, people: Reformers, commune: Organisation) -> None:
        number = approved(people, joining())
        make_organisation("Cơ quan lạ", "H56.900", parent=None)
        self.refused(number, "đang do Cơ quan lạ giữ")
        assert state_of(number) == "approved"
        assert reforming.apply_due_reforms(actor=SYSTEM, now=NOW) == 0
        assert "Chưa áp dụng được" in Reform.objects.get(pk=number).decision_note

    def test_not_approved_by_who_drafted_it(self, root: Organisation, people: Reformers, commune: Organisation) -> None:
        number = drafted(people, joining())
        reforming.submit_reform(reform_id=number, actor=people.drafter, now=NOW)
        with pytest.raises(Refused):
            reforming.decide_reform(reform_id=number, approve=True, note="", actor=people.drafter, now=NOW)
        # Even where somebody had come by both roles in some other way.
        RoleGrant.objects.create(
            user_id=people.drafter.user_id, role="reform_approver", organisation_id=root.pk, subtree=True,
            valid_from=SINCE, ground="lách luật",
        )  # fmt: skip
        from tinhso.kernel.access.api import User

        both = actor_of(User.objects.get(pk=people.drafter.user_id), on=TODAY)
        with pytest.raises(CannotReform, match="không được tự phê duyệt"):
            reforming.decide_reform(reform_id=number, approve=True, note="", actor=both, now=NOW)
        assert state_of(number) == "submitted"

    def test_the_roles_are_kept_apart(self, root: Organisation, people: Reformers) -> None:
        with pytest.raises(ValueError, match="tách bạch"):
            grant_role(
                user_id=people.drafter.user_id or 0, role="reform_approver", organisation_id=root.pk,
                valid_from=TODAY, ground="Quyết định", actor=SYSTEM, now=NOW,
            )  # fmt: skip

    def test_people_with_nowhere_to_go(self, people: Reformers, commune: Organisation) -> None:
        make_staff(make_officer("one"), commune)
        actions = [Action(1, "dissolve", "H56.103")]
        assert problems(actions) == {"people_nowhere"}
        number = drafted(people, actions)
        with pytest.raises(CannotReform, match="chưa có nơi chuyển đến"):
            reforming.submit_reform(reform_id=number, actor=people.drafter, now=NOW)
        assert state_of(number) == "draft"

    def test_duties_that_joining_would_unite(self, people: Reformers, commune: Organisation) -> None:
        user = make_officer("one")
        make_staff(user, commune)
        give(user, "leader", commune)
        give(user, "rights_admin", get_organisation("H56.102"))
        assert problems(joining()) == {"kept_apart"}

    def test_a_cyclic_organisation(self, people: Reformers, commune: Organisation) -> None:
        number = drafted(people, [Action(1, "move", "H56.102", parent_code="H56.102.01")])
        with pytest.raises(CannotReform, match="vòng tròn"):
            reforming.submit_reform(reform_id=number, actor=people.drafter, now=NOW)

    def test_beyond_the_drafters_reach(self, root: Organisation, commune: Organisation) -> None:
        local = give(make_officer("local"), "staff_admin", commune, subtree=True)
        number = reforming.draft_reform(
            title="Sắp xếp", ground="Quyết định 1", effective_date=TODAY, actor=local, now=NOW
        )
        for action in joining():
            reforming.add_action(reform_id=number, action=action, actor=local, now=NOW)
        with pytest.raises(CannotReform, match="ngoài phạm vi"):
            reforming.submit_reform(reform_id=number, actor=local, now=NOW)

    def test_what_was_submitted_is_not_changed_any_more(self, people: Reformers, commune: Organisation) -> None:
        number = approved(people, joining())
        with pytest.raises(CannotReform, match="không sửa được nữa"):
            reforming.add_action(reform_id=number, action=founding(9, "H56.901", "X"), actor=people.drafter, now=NOW)
        with pytest.raises(CannotReform, match="không sửa được nữa"):
            reforming.remove_action(reform_id=number, number=1, actor=people.drafter, now=NOW)

    def test_who_has_no_role_may_do_nothing(self, people: Reformers, commune: Organisation) -> None:
        nobody = give(make_officer("clerk"), "clerk", commune)
        number = approved(people, joining())
        with pytest.raises(Refused):
            apply_reform(reform_id=number, actor=nobody, now=NOW)
        with pytest.raises(Refused):
            reforming.draft_reform(title="Sắp xếp", ground="Quyết định", effective_date=TODAY, actor=nobody, now=NOW)


class TestDrafting:
    def test_a_plan_comes_from_a_file(self, people: Reformers, commune: Organisation) -> None:
        number = drafted(people, [])
        rows = [{"kind": "merge", "old_code": "H56.103", "new_code": "H56.102", "doubt": "Tên cũ trùng."}]
        count = reforming.import_actions(
            reform_id=number, content=json.dumps(rows).encode(), filename="plan.json", actor=people.drafter, now=NOW
        )
        assert count == 1
        assert actions_of(number)[0].new_code == "H56.102"
        with pytest.raises(CannotReform, match="Tên cũ trùng"):
            reforming.submit_reform(reform_id=number, actor=people.drafter, now=NOW)
        reforming.settle_doubts(reform_id=number, numbers=[1], ground="Theo bản đồ 1/7", actor=people.drafter, now=NOW)
        reforming.submit_reform(reform_id=number, actor=people.drafter, now=NOW)
        assert state_of(number) == "submitted"

    def test_a_faulty_file_changes_nothing(self, people: Reformers) -> None:
        number = drafted(people, joining())
        bad = "Hình thức;Mã cơ quan cũ\nBay hơi;H56.1\n".encode()
        with pytest.raises(reforming.FaultyPlan) as told:
            reforming.import_actions(reform_id=number, content=bad, filename="x.csv", actor=people.drafter, now=NOW)
        assert told.value.faults[0].cell == "A2"
        for content in (b"[{", b"", b"[]", b"%PDF-1.7"):
            with pytest.raises(CannotReform):
                reforming.import_actions(reform_id=number, content=content, filename="x", actor=people.drafter, now=NOW)
        assert len(actions_of(number)) == 5

    def test_sent_back_with_the_reason_it_is_drafted_on(self, people: Reformers, commune: Organisation) -> None:
        number = drafted(people, joining())
        reforming.submit_reform(reform_id=number, actor=people.drafter, now=NOW)
        with pytest.raises(CannotReform, match="cần sửa gì"):
            reforming.decide_reform(reform_id=number, approve=False, note="", actor=people.approver, now=NOW)
        reforming.decide_reform(reform_id=number, approve=False, note="Thiếu xã B", actor=people.approver, now=NOW)
        assert state_of(number) == "draft"
        reforming.cancel_reform(reform_id=number, ground="Lập lại từ đầu", actor=people.drafter, now=NOW)
        assert state_of(number) == "cancelled"

    def test_warnings_name_several_heads_and_different_hours(self, people: Reformers, commune: Organisation) -> None:
        for name, place in (("a", commune), ("b", get_organisation("H56.102"))):
            make_staff(make_officer(name), place, position="Chủ tịch UBND")
        set_working_hours(
            organisation_id=commune.pk, hours="07:00-11:00,13:00-17:00", valid_from=SINCE, ground="QĐ 1", actor=SYSTEM,
            now=NOW,
        )  # fmt: skip
        assert problems(joining(), "warning") >= {"two_heads", "hours_differ"}
        assert problems(joining()) == set()
