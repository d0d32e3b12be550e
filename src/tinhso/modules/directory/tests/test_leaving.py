"""The successor's own word, a departure taken back, the register searched, drawn and given out."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse

from tinhso.kernel.access.api import Refused, RoleGrant, User, actor_of
from tinhso.modules.directory.models import Departure, StaffMember, Unit
from tinhso.modules.directory.queries import pages
from tinhso.modules.directory.services.leaving import answer_hand_over, cancel_departure, name_successor
from tinhso.modules.directory.services.staffing import CannotChangeStaff, Place, decide_departure, join
from tinhso.modules.directory.tests.factories import (
    NOW,
    SINCE,
    TODAY,
    get_organisation,
    give,
    make_officer,
    make_province,
    make_staff,
)
from tinhso.modules.directory.web.chart import PER_ROW, draw

pytestmark = pytest.mark.django_db
LAST_DAY = TODAY + timedelta(days=10)


@pytest.fixture
def people() -> dict[str, Any]:
    root = make_province()
    ward = get_organisation("H56.102")
    office = Unit.objects.create(organisation=ward, name="Văn phòng HĐND và UBND", valid_from=SINCE)
    found: dict[str, Any] = {"root": root, "ward": ward}
    for username, name in (("leaving", "Phạm Quang Hưng"), ("taking", "Hà Thu Trang"), ("third", "Lê Văn Ba")):
        found[username] = make_officer(username, name)
        make_staff(found[username], ward, unit=office)
        give(found[username], "handler", ward)
    admin = make_officer("admin", "Mai Phương Thảo")
    make_staff(admin, root)
    found["admin"] = give(admin, "staff_admin", root, subtree=True)
    return found


def decided(people: dict[str, Any], *, move: bool = False) -> int:
    member = StaffMember.objects.get(user=people["leaving"])
    to = Place(people["root"].pk, None, member.position_id) if move else None
    return decide_departure(
        member_id=member.pk, last_day=LAST_DAY, successor_id=people["taking"].pk, move_to=to, ground="Quyết định 15",
        actor=people["admin"], now=NOW,
    )  # fmt: skip


def actor(user: Any) -> Any:
    return actor_of(User.objects.get(pk=user.pk), on=TODAY)


def test_the_successor_confirms_and_nobody_else_may(people: dict[str, Any]) -> None:
    number = decided(people)
    with pytest.raises(CannotChangeStaff, match="cho bạn"):
        answer_hand_over(departure_id=number, accept=True, note="", actor=actor(people["third"]), now=NOW)
    answer_hand_over(departure_id=number, accept=True, note="", actor=actor(people["taking"]), now=NOW)
    assert Departure.objects.get(pk=number).confirmed_at == NOW
    with pytest.raises(CannotChangeStaff, match="đã trả lời"):
        answer_hand_over(departure_id=number, accept=False, note="Đổi ý", actor=actor(people["taking"]), now=NOW)


def test_refused_it_needs_another_successor(people: dict[str, Any]) -> None:
    number = decided(people)
    with pytest.raises(CannotChangeStaff, match="lý do"):
        answer_hand_over(departure_id=number, accept=False, note="", actor=actor(people["taking"]), now=NOW)
    answer_hand_over(
        departure_id=number, accept=False, note="Đang nghỉ thai sản", actor=actor(people["taking"]), now=NOW
    )
    assert Departure.objects.get(pk=number).successor_id is None
    with pytest.raises(CannotChangeStaff, match="cùng cơ quan"):
        name_successor(departure_id=number, successor_id=people["leaving"].pk, actor=people["admin"], now=NOW)
    name_successor(departure_id=number, successor_id=people["third"].pk, actor=people["admin"], now=NOW)
    assert Departure.objects.get(pk=number).successor_id == people["third"].pk


def test_taken_back_everything_is_as_before(people: dict[str, Any]) -> None:
    before = list(RoleGrant.objects.order_by("pk").values("pk", "valid_until", "revoked_at"))
    number = decided(people, move=True)
    assert StaffMember.objects.filter(user=people["leaving"]).count() == 2
    with pytest.raises(Refused):
        cancel_departure(departure_id=number, ground="Quyết định 16", actor=actor(people["third"]), now=NOW)
    with pytest.raises(CannotChangeStaff, match="căn cứ"):
        cancel_departure(departure_id=number, ground="", actor=people["admin"], now=NOW)
    cancel_departure(departure_id=number, ground="Quyết định 16", actor=people["admin"], now=NOW)
    place = StaffMember.objects.get(user=people["leaving"])
    assert place.valid_until is None
    assert list(RoleGrant.objects.order_by("pk").values("pk", "valid_until", "revoked_at")) == before
    assert User.objects.get(pk=people["leaving"].pk).is_active
    assert decided(people) != number


def test_what_was_carried_out_is_not_taken_back(people: dict[str, Any]) -> None:
    number = decided(people)
    Departure.objects.filter(pk=number).update(done_at=NOW)
    with pytest.raises(CannotChangeStaff, match="đã được thực hiện"):
        cancel_departure(departure_id=number, ground="Quyết định 16", actor=people["admin"], now=NOW)


def test_the_pages_of_a_departure(people: dict[str, Any]) -> None:
    number = decided(people)
    admin, taking = Client(), Client()
    admin.force_login(User.objects.get(username="admin"))
    taking.force_login(people["taking"])
    page = admin.get(reverse("directory:departure", args=[number])).content.decode()
    assert "chờ người nhận xác nhận" in page
    assert "Phạm Quang Hưng" in taking.get(reverse("directory:hand_overs")).content.decode()
    wrong = taking.post(reverse("directory:hand_overs"), {"departure": number, "answer": "refuse", "note": ""})
    assert wrong.status_code == 422
    taking.post(reverse("directory:hand_overs"), {"departure": number, "answer": "accept"})
    assert "đã xác nhận" in admin.get(reverse("directory:departure", args=[number])).content.decode()
    assert admin.post(reverse("directory:cancel_departure", args=[number]), {"cancel_ground": ""}).status_code == 422
    assert admin.post(reverse("directory:name_successor", args=[number]), {"successor": "x"}).status_code == 422
    assert taking.get(reverse("directory:departure", args=[number])).status_code == 403
    assert (
        admin.post(reverse("directory:cancel_departure", args=[number]), {"cancel_ground": "QĐ 16"}).status_code == 302
    )
    assert admin.get(reverse("directory:departure", args=[10**9])).status_code == 404


@pytest.mark.parametrize("words", ["hung", "quang hung van phong", "chuyen vien hac thanh", "pham hac thanh"])
def test_people_are_found_by_name_position_unit_and_agency(words: str, people: dict[str, Any]) -> None:
    member = StaffMember.objects.get(user=people["leaving"])
    move = Place(people["ward"].pk, member.unit_id, member.position_id)
    StaffMember.objects.all().delete()
    for user in ("leaving", "third"):
        join(
            username=user, full_name="", email="", place=move, valid_from=TODAY, ground="Quyết định 17",
            actor=people["admin"], now=NOW,
        )  # fmt: skip
    found = pages.staff_listing(on=TODAY, text=words, page=1)
    assert "Phạm Quang Hưng" in {row.user.full_name for row in found.rows}
    assert pages.staff_listing(on=TODAY, text=f"{words} khong co", page=1).count == 0


def test_the_chart_is_drawn_with_everything_in_its_frame(people: dict[str, Any]) -> None:
    for number in range(PER_ROW + 2):
        Unit.objects.create(organisation=people["ward"], name=f"Phòng có tên rất dài để phải xuống dòng {number}",
                            valid_from=SINCE)  # fmt: skip
    chart = pages.chart_of(people["ward"].pk, on=TODAY)
    assert chart is not None
    drawing = draw(chart)
    assert len(drawing.boxes) == 1 + len(chart.units) + len(chart.below) == len(drawing.links) + 1
    for box in drawing.boxes:
        assert box.x >= 0
        assert box.x + box.width <= drawing.width
        assert box.y + box.height <= drawing.height
    client = Client()
    client.force_login(people["third"])
    page = client.get(reverse("directory:chart", args=[people["ward"].pk])).content.decode()
    assert "<svg" in page
    assert "Bằng chữ" in page
    assert client.get(reverse("directory:chart", args=[10**9])).status_code == 404


def test_the_list_is_given_out_as_a_workbook(people: dict[str, Any]) -> None:
    client = Client()
    client.force_login(people["third"])
    book = openpyxl.load_workbook(io.BytesIO(client.get(reverse("directory:staff_export")).content))
    assert book.active is not None
    assert book.active.max_row == 5


def test_the_whole_staff_of_the_plan_in_little(monkeypatch: pytest.MonkeyPatch, people: dict[str, Any]) -> None:
    from tinhso.kernel.access.api import SYSTEM
    from tinhso.modules.directory.services import full_staff
    from tinhso.modules.directory.tests.factories import make_organisation

    make_organisation("Sở Tư pháp", "H56.12", parent=people["root"], level="province", kind="department")
    for name, count in (("AGENCIES", 20), ("COMMUNES", 30), ("UNITS", 41)):
        monkeypatch.setattr(full_staff, name, count)
    full_staff.seed_full_staff(actor=SYSTEM, now=NOW)
    working = StaffMember.objects.filter(valid_until__isnull=True)
    ours = working.exclude(organisation__kind="police")
    assert ours.filter(organisation__level="province").count() == 20
    assert ours.filter(organisation__level="commune").exclude(organisation__kind="unit").count() == 30
    assert ours.filter(organisation__kind="unit").count() == 41
    assert ours.count() == 91
    assert full_staff.seed_full_staff(actor=SYSTEM, now=NOW) == "đã có sẵn"
    assert pages.staff_listing(on=TODAY, text="giao vien mam non hac thanh", page=1).count > 0
