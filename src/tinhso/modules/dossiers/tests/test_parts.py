"""A dossier across agencies: a part for each with its own time, hand-over with receipt, each agency counted once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pypdf import PdfReader

from tinhso.kernel.access.api import SYSTEM, Actor, Refused
from tinhso.kernel.files.api import open_file
from tinhso.modules.archive.models import Document
from tinhso.modules.directory.models import Organisation
from tinhso.modules.directory.tests.factories import get_organisation, give, make_officer, make_organisation, make_staff
from tinhso.modules.dossiers import api as dossiers
from tinhso.modules.dossiers.models import Dossier, HandOver, Part, Result
from tinhso.modules.dossiers.queries.reading import dossier_view
from tinhso.modules.dossiers.rules import State
from tinhso.modules.dossiers.services.offers import offers_of
from tinhso.modules.dossiers.tests import factories as f
from tinhso.modules.dossiers.tests.action_steps import check_whole
from tinhso.modules.dossiers.tests.test_actions_races import at_once
from tinhso.modules.dossiers.tests.test_officer_budgets import BUDGETS
from tinhso.modules.dossiers.tests.test_officer_lists import browser

pytestmark = pytest.mark.django_db
# A Wednesday morning: the day before, 24 November, is a day off.
NOW = f.NOW + timedelta(days=1)
POLICE = {"kind": "police", "level": "commune"}
INSURANCE = {"kind": "other", "level": "province", "name": "BHXH tỉnh"}
ROUTE: dict[str, Any] = {
    "start": "examine",
    "steps": [
        {"key": "examine", "title": "Đăng ký khai sinh", "role": "handler", "hours": 3,
         "actions": [{"key": "go", "title": "Trình", "kind": "forward", "to": "approve"}]},
        {"key": "approve", "title": "Ký", "role": "leader", "hours": 1,
         "actions": [{"key": "go", "title": "Ký, chuyển Công an", "kind": "forward", "to": "residence"},
                     {"key": "return", "title": "Trả lại", "kind": "back", "to": "examine"}]},
        {"key": "residence", "title": "Đăng ký thường trú", "role": "handler", "hours": 8, "place": POLICE,
         "actions": [{"key": "go", "title": "Chuyển BHXH", "kind": "forward", "to": "card"},
                     {"key": "return", "title": "Trả lại", "kind": "back", "to": "approve"}]},
        {"key": "card", "title": "Cấp thẻ", "role": "handler", "hours": 4, "place": INSURANCE,
         "actions": [{"key": "go", "title": "Chuyển UBND", "kind": "forward", "to": "issue"}]},
        {"key": "issue", "title": "Ban hành", "role": "leader", "hours": 2,
         "actions": [{"key": "approve", "title": "Ban hành", "kind": "issue"}]},
    ],
}  # fmt: skip


@dataclass(frozen=True)
class Joint:
    stage: f.Stage
    police_id: int
    insurance_id: int
    police: Actor
    insurance: Actor


@pytest.fixture
def joint(monkeypatch: pytest.MonkeyPatch) -> Joint:
    monkeypatch.setattr(f, "ROUTE", ROUTE)
    ward_definition = {"deadline": {"cases": [{"when": None, "amount": 10, "unit": "working_day"}]}}
    stage = make_joint_stage(ward_definition)
    ward = get_organisation("H56.102")
    ward.admin_unit_code = "14758"
    ward.save()
    root = get_organisation("H56")
    police = make_organisation("Công an phường", "H56.102.02", parent=ward, kind="police", level="commune")
    police.admin_unit_code = "14758"
    police.save()
    make_organisation("Công an phường khác", "H56.103.02", parent=root, kind="police", level="commune")
    insurance = make_organisation("Bảo hiểm xã hội tỉnh", "H56.30", parent=root, kind="other", level="province")
    insurance.short_name = "BHXH tỉnh"
    insurance.save()

    def officer(username: str, name: str, place: Any) -> Actor:
        user = make_officer(username, name)
        make_staff(user, place, position="Cán bộ")
        return give(user, "handler", place)

    return Joint(
        stage,
        police.pk,
        insurance.pk,
        officer("police", "Lê Hồng Quân", police),
        officer("insurance", "Trịnh Thị Hạnh", insurance),
    )


def make_joint_stage(changes: dict[str, Any]) -> f.Stage:
    """The stage's deadline is given by `definition_raw`; the longer one is written over."""
    original = f.definition_raw

    def raw(**given: Any) -> Any:
        return original(**{**given, **changes})

    f.definition_raw = raw
    try:
        return f.make_stage()
    finally:
        f.definition_raw = original


def later(hours: float) -> datetime:
    return NOW + timedelta(hours=hours)


def at_police(joint: Joint, *, now: datetime = NOW) -> Dossier:
    """The ward has handed the dossier over; the police have not confirmed."""
    dossier = f.accepted(joint.stage, now=now)
    f.do(dossier, "go", joint.stage.handler, now=now + timedelta(minutes=30))
    f.do(dossier, "go", joint.stage.leader, now=now + timedelta(hours=1))
    return dossier


def confirm(dossier: Dossier, actor: Actor, *, now: datetime) -> None:
    pending = HandOver.objects.get(dossier=dossier, confirmed_at__isnull=True, refused_at__isnull=True)
    dossiers.confirm_hand_over(hand_over_id=pending.pk, actor=actor, now=now)


def parts(dossier: Dossier) -> list[Part]:
    return list(Part.objects.filter(dossier=dossier).order_by("number"))


def test_intake_plans_a_part_for_each_agency(joint: Joint) -> None:
    dossier = f.accepted(joint.stage, now=NOW)
    assert dossier.is_joint
    planned = [(p.number, p.organisation_id, p.hours) for p in parts(dossier)]
    ward = joint.stage.agency_id
    assert planned == [(1, ward, 4), (2, joint.police_id, 8), (3, joint.insurance_id, 4), (4, ward, 2)]
    first, *rest = parts(dossier)
    assert first.started_at == dossier.accepted_at
    assert first.due_at is not None
    assert dossier.due_at is not None
    assert first.due_at < dossier.due_at
    assert all(p.started_at is None and p.due_at is None for p in rest)
    assert not HandOver.objects.exists()


def test_a_dossier_of_one_agency_has_no_parts() -> None:
    dossier = f.accepted(f.make_stage())
    assert not dossier.is_joint
    assert not Part.objects.exists()


def test_from_the_citizen_to_the_last_agency_and_back(joint: Joint) -> None:
    dossier = at_police(joint)
    one, two, *_ = parts(dossier)
    assert one.done_at == later(1)
    assert two.started_at == later(1)
    # Eight working hours of the police from 10:00 on a Wednesday: 10:00 on Thursday.
    assert two.due_at == NOW + timedelta(days=1, hours=1)
    confirm(dossier, joint.police, now=later(2))
    assert parts(dossier)[1].due_at == two.due_at  # Waiting with the confirmation gains nothing.
    f.do(dossier, "go", joint.police, now=later(3))
    confirm(dossier, joint.insurance, now=later(4.5))
    f.do(dossier, "go", joint.insurance, now=later(5))
    confirm(dossier, joint.stage.leader, now=later(5.5))
    f.do(dossier, "approve", joint.stage.leader, now=later(6))
    assert dossier.state == State.COMPLETED
    assert all(p.done_at is not None for p in parts(dossier))
    assert Result.objects.get(dossier=dossier).organisation_id == joint.stage.agency_id
    assert HandOver.objects.filter(dossier=dossier, confirmed_at__isnull=False).count() == 3
    dossiers.take_fee(dossier_id=dossier.pk, amount=dossier.fee_total or 0, actor=joint.stage.clerk, now=later(6.5))
    dossiers.give_back(
        dossier_id=dossier.pk, received_by_name="Lê Thị Hồng Nhung", received_by_identity="", actor=joint.stage.clerk,
        now=later(7),
    )  # fmt: skip
    check_whole(dossier)


def test_nothing_is_done_before_the_receipt_is_confirmed(joint: Joint) -> None:
    dossier = at_police(joint)
    with pytest.raises(dossiers.CannotAct, match="xác nhận đã nhận bàn giao"):
        f.do(dossier, "go", joint.police, now=later(2))
    assert parts(dossier)[1].done_at is None


def test_others_may_not_confirm(joint: Joint) -> None:
    dossier = at_police(joint)
    pending = HandOver.objects.get(dossier=dossier)
    for stranger in (joint.stage.handler, joint.insurance, joint.stage.citizen, joint.stage.elsewhere):
        with pytest.raises(Refused):
            dossiers.confirm_hand_over(hand_over_id=pending.pk, actor=stranger, now=later(2))
        with pytest.raises(Refused):
            dossiers.refuse_hand_over(
                hand_over_id=pending.pk, ground="Không phải của chúng tôi.", actor=stranger, now=later(2)
            )
    pending.refresh_from_db()
    assert pending.confirmed_at is None
    assert pending.refused_at is None


def test_a_hand_over_is_answered_once(joint: Joint) -> None:
    dossier = at_police(joint)
    pending = HandOver.objects.get(dossier=dossier)
    confirm(dossier, joint.police, now=later(2))
    with pytest.raises(dossiers.CannotConfirm, match="Lê Hồng Quân đã xác nhận"):
        dossiers.confirm_hand_over(hand_over_id=pending.pk, actor=joint.police, now=later(3))
    with pytest.raises(dossiers.CannotConfirm):
        dossiers.refuse_hand_over(
            hand_over_id=pending.pk, ground="Thiếu giấy tờ chủ hộ.", actor=joint.police, now=later(3)
        )


def test_a_refused_hand_over_goes_back_with_its_ground(joint: Joint) -> None:
    dossier = at_police(joint)
    pending = HandOver.objects.get(dossier=dossier)
    with pytest.raises(dossiers.CannotConfirm, match="ít nhất 10 ký tự"):
        dossiers.refuse_hand_over(hand_over_id=pending.pk, ground="Thiếu", actor=joint.police, now=later(2))
    dossiers.refuse_hand_over(
        hand_over_id=pending.pk, ground="Thiếu văn bản đồng ý của chủ hộ.", actor=joint.police, now=later(2)
    )
    one, two, *_ = parts(dossier)
    assert two.started_at is None
    # The ward used one of its four hours; three run on from the refusal at 11:00: to 16:00 by way of the noon break.
    assert one.done_at is None
    assert one.due_at is not None
    assert one.due_at > later(2)
    task = f.open_task(dossier)
    assert (task.key, task.organisation_id, task.is_rework) == ("approve", joint.stage.agency_id, True)
    assert task.holder_id == joint.stage.leader.user_id
    f.do(dossier, "go", joint.stage.leader, now=later(2.2))
    assert HandOver.objects.filter(dossier=dossier).count() == 2
    assert parts(dossier)[1].started_at == later(2.2)
    check_whole(dossier)


def test_going_back_to_the_agency_before_waits_for_its_receipt_too(joint: Joint) -> None:
    dossier = at_police(joint)
    confirm(dossier, joint.police, now=later(2))
    f.do(dossier, "return", joint.police, comment="Sai tên cha.", now=later(2.5))
    back = HandOver.objects.get(dossier=dossier, is_return=True)
    assert back.to_organisation_id == joint.stage.agency_id
    with pytest.raises(dossiers.CannotConfirm, match="không từ chối được"):
        dossiers.refuse_hand_over(
            hand_over_id=back.pk, ground="Chúng tôi đã làm đúng rồi.", actor=joint.stage.leader, now=later(2.6)
        )
    confirm(dossier, joint.stage.leader, now=later(2.7))
    one, two, *_ = parts(dossier)
    assert one.done_at is None
    assert two.done_at == later(2.5)
    f.do(dossier, "go", joint.stage.leader, now=later(3))
    two = parts(dossier)[1]
    assert two.done_at is None
    assert two.started_at == later(1)
    # It had used half an hour before eleven and has the rest of its eight hours left, not eight new ones.
    assert two.minutes < 8 * 60


def test_who_is_late_with_a_part_does_not_make_the_next_one_late(joint: Joint) -> None:
    dossier = at_police(joint)
    confirm(dossier, joint.police, now=later(2))
    three_days = NOW + timedelta(days=3)
    f.do(dossier, "go", joint.police, now=three_days)
    confirm(dossier, joint.insurance, now=three_days)
    f.do(dossier, "go", joint.insurance, now=three_days + timedelta(hours=1))
    view = dossier_view(dossier.public_id)
    late = [part.organisation_id for part in view.parts if part.started_at and part.is_late(three_days)]
    assert late == [joint.police_id]
    assert dossier.due_at is not None
    assert three_days < dossier.due_at


@pytest.mark.parametrize("what", ["supplement", "payment"])
def test_the_agency_where_it_lies_may_ask_the_person(joint: Joint, what: str) -> None:
    dossier = at_police(joint)
    confirm(dossier, joint.police, now=later(2))
    assert f"request_{what}" in {
        one.name for one in offers_of(joint.police, dossier_view(dossier.public_id), now=later(2))
    }

    def ask(actor: Actor) -> None:
        if what == "payment":
            dossiers.request_payment(
                dossier_id=dossier.pk, amount=20_000, reason="Lệ phí cư trú.", actor=actor, now=later(3)
            )
            return
        dossiers.request_supplement(
            dossier_id=dossier.pk, reason="Thiếu giấy tờ về chỗ ở hợp pháp.", answer_by=later(48).date(),
            items=[dossiers.Asked(dossiers.ItemKind.TEXT, "", "Nộp giấy tờ về chỗ ở.")], actor=actor, now=later(3),
        )  # fmt: skip

    for actor in (joint.insurance, joint.stage.elsewhere):
        with pytest.raises(Refused):
            ask(actor)
    dossier.refresh_from_db()
    assert dossier.state == State.IN_PROGRESS
    ask(joint.police)
    dossier.refresh_from_db()
    assert dossier.state == (State.SUPPLEMENT_REQUESTED if what == "supplement" else State.PAYMENT_REQUESTED)
    check_whole(dossier)


def test_an_agency_that_nobody_knows_is_told_at_intake(joint: Joint) -> None:
    Organisation.objects.filter(pk=joint.insurance_id).update(valid_until=NOW.date() - timedelta(days=1))
    dossier = f.send(joint.stage, now=NOW)
    with pytest.raises(dossiers.CannotAccept, match="BHXH tỉnh chưa có trong danh mục"):
        dossiers.accept(dossier_id=dossier.pk, actor=joint.stage.clerk, now=NOW)
    dossier.refresh_from_db()
    assert dossier.state == State.REGISTERED
    assert not Part.objects.exists()


def test_the_agency_that_issued_stands_in_the_store_and_corrects(
    joint: Joint,
) -> None:
    """The last step is of the police: not the competent agency's leader but theirs puts a wrong result right."""
    chief = make_officer("chief", "Lê Văn Trưởng")
    police = Organisation.objects.get(pk=joint.police_id)
    make_staff(chief, police, position="Trưởng Công an")
    leader = give(chief, "leader", police)
    dossier = f.accepted(joint.stage, now=NOW)
    f.do(dossier, "go", joint.stage.handler, now=later(0.5))
    f.do(dossier, "go", joint.stage.leader, now=later(1))
    confirm(dossier, joint.police, now=later(1.5))
    task = f.open_task(dossier)
    task.role, task.key = "leader", "issue"
    task.save()
    f.do(dossier, "approve", leader, now=later(2))
    result = Result.objects.get(dossier=dossier)
    assert result.organisation_id == joint.police_id
    dossiers.keep_result(dossier_id=dossier.pk, actor=SYSTEM, now=later(3))
    kept = Document.objects.get(source_ref=f"result:{result.pk}")
    assert (kept.issuer_id, kept.issuer_name, kept.keeper_id) == (police.pk, police.name, police.pk)
    view = dossier_view(dossier.public_id)
    for actor, offered in ((leader, True), (joint.stage.leader, False)):
        assert ("correct_result" in {one.name for one in offers_of(actor, view, now=later(3))}) is offered


def test_withdrawal_on_the_way_closes_the_part(joint: Joint) -> None:
    dossier = at_police(joint)
    dossiers.withdraw(dossier_id=dossier.pk, confirmed=True, actor=joint.stage.citizen, now=later(2))
    assert not Part.objects.filter(dossier=dossier, started_at__isnull=False, done_at__isnull=True).exists()
    assert HandOver.objects.get(dossier=dossier).refused_at is not None
    check_whole(dossier)


def test_pages_of_everybody_concerned_show_every_part(joint: Joint, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tinhso.kernel.access.web.now", lambda: later(2))
    dossier = at_police(joint)
    show = reverse("dossiers:show", args=[dossier.public_id])
    for actor in (joint.police, joint.stage.handler, joint.stage.clerk):
        page = browser(actor).get(show).content.decode()
        assert "Bảo hiểm xã hội tỉnh" in page
    assert browser(joint.insurance).get(show).status_code == 403  # It has not come to them yet.
    told = browser(joint.stage.citizen).get(reverse("dossiers:follow", args=[dossier.public_id])).content.decode()
    assert "Công an phường" in told
    assert "chuyển hồ sơ đến" in told
    desk = browser(joint.police).get(reverse("dossiers:desk")).content.decode()
    assert "Chờ nhận bàn giao" in desk
    assert "Xác nhận đã nhận" in browser(joint.police).get(show).content.decode()
    pending = HandOver.objects.get(dossier=dossier)
    refuse = reverse("dossiers:refuse_hand_over", args=[dossier.public_id, pending.pk])
    answer = browser(joint.police).post(refuse, {"ground": "Thiếu"})
    assert answer.status_code == 422
    assert "Thiếu" in answer.content.decode()
    done = browser(joint.police).post(reverse("dossiers:confirm_hand_over", args=[dossier.public_id, pending.pk]))
    assert done.status_code == 302
    assert "Phần việc" in browser(joint.police).get(reverse("dossiers:parts")).content.decode()


def test_the_receipt_names_the_total_and_the_own_due_time(joint: Joint) -> None:
    dossier = f.accepted(joint.stage, now=NOW)
    file_id = dossiers.ensure_receipt(dossier_id=dossier.pk, actor=joint.stage.clerk, now=NOW)
    text = pdf_text(file_id)
    assert "Tổng thời gian của các cơ quan" in text
    assert "Bảo hiểm xã hội tỉnh" in text


def pdf_text(file_id: int) -> str:
    with open_file(file_id) as stream:
        return " ".join(" ".join(page.extract_text() for page in PdfReader(stream).pages).split())


def test_a_page_of_parts_costs_the_same_for_one_and_for_many(joint: Joint, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tinhso.kernel.access.web.now", lambda: later(2))
    client = browser(joint.police)
    costs = []
    for _ in range(2):
        for _ in range(3):
            at_police(joint, now=NOW)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(reverse("dossiers:parts")).status_code == 200
        costs.append(len(queries))
    assert costs[0] == costs[1] <= BUDGETS["dossiers:parts"]


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="threads need a real server")
@pytest.mark.django_db(transaction=True)
def test_one_confirms_while_another_refuses(joint: Joint) -> None:
    for _ in range(4):
        dossier = at_police(joint)
        number = HandOver.objects.get(dossier=dossier).pk
        answers = at_once(
            lambda number=number: dossiers.confirm_hand_over(hand_over_id=number, actor=joint.police, now=later(2)),
            lambda number=number: dossiers.refuse_hand_over(
                hand_over_id=number, ground="Thiếu văn bản đồng ý.", actor=joint.police, now=later(2)
            ),
        )
        assert answers.count(None) == 1, answers
        check_whole(dossier)
        assert Part.objects.filter(dossier=dossier, started_at__isnull=False, done_at__isnull=True).count() == 1
