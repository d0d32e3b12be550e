"""Each agency on the way may add its own paper: the next one and the person see it; nobody else adds or opens it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tinhso.kernel.access.api import Refused
from tinhso.kernel.audit.models import Entry
from tinhso.modules.dossiers.models import Dossier, HandOver, PartResult
from tinhso.modules.dossiers.services.handing_over import confirm_hand_over
from tinhso.modules.dossiers.services.part_results import CannotAddResult, add_part_result
from tinhso.modules.dossiers.services.parts import planned_due
from tinhso.modules.dossiers.services.submitting import current_pin
from tinhso.modules.dossiers.tests import factories as f
from tinhso.modules.dossiers.tests.test_officer_lists import browser
from tinhso.modules.dossiers.tests.test_parts import NOW, Joint, joint, later  # noqa: F401 - a fixture

pytestmark = pytest.mark.django_db


def at_police(joint: Joint, *, confirmed: bool = True) -> Dossier:  # noqa: F811
    dossier = f.accepted(joint.stage, now=NOW)
    f.do(dossier, "go", joint.stage.handler, comment="Đủ điều kiện.", now=later(1))
    f.do(dossier, "go", joint.stage.leader, now=later(2))
    if confirmed:
        confirm_hand_over(hand_over_id=HandOver.objects.get().pk, actor=joint.police, now=later(3))
    return dossier


def add(dossier: Dossier, actor: Any, **changes: Any) -> int:
    values: dict[str, Any] = {
        "dossier_id": dossier.pk, "name": "Thông báo kết quả đăng ký thường trú", "notation": "12/TB-CA",
        "issued_date": NOW.date(), "stream": f.picture(), "filename": "tb.png", "actor": actor, "now": later(4),
    }  # fmt: skip
    return add_part_result(**{**values, **changes})


def test_it_goes_on_with_the_dossier_and_the_person_sees_it(joint: Joint) -> None:  # noqa: F811
    dossier = at_police(joint)
    wrong = add(dossier, joint.police, notation="11/TB-CA", stream=f.picture("red"))
    right = add(dossier, joint.police)
    assert PartResult.objects.get(pk=wrong).superseded_at is not None
    f.do(dossier, "go", joint.police, comment="Đã đăng ký.", now=later(5))
    confirm_hand_over(hand_over_id=HandOver.objects.order_by("-pk")[0].pk, actor=joint.insurance, now=later(6))
    page = browser(joint.insurance).get(reverse("dossiers:show", args=[dossier.public_id])).content.decode()
    assert "12/TB-CA" in page
    assert "11/TB-CA" not in page
    officer_url = reverse("dossiers:part_result", args=[dossier.public_id, right])
    assert browser(joint.insurance).get(officer_url).status_code == 200
    own = browser(joint.stage.citizen)
    url = reverse("dossiers:follow_part_result", args=[dossier.public_id, right])
    assert "12/TB-CA" in own.get(reverse("dossiers:follow", args=[dossier.public_id])).content.decode()
    assert own.get(url).status_code == 200
    # Replaced ones, other people, and the code alone open nothing.
    assert own.get(reverse("dossiers:follow_part_result", args=[dossier.public_id, wrong])).status_code == 404
    assert browser(joint.stage.stranger).get(url).status_code == 404
    assert browser(joint.stage.elsewhere).get(officer_url).status_code in (403, 404)
    assert Client().get(url).status_code == 302
    visitor = Client()
    visitor.post(reverse("dossiers:track"), {"code": dossier.code, "pin": current_pin(dossier)})
    assert visitor.get(url).status_code == 200
    assert Entry.objects.filter(object_ref=dossier.ref, action="dossiers.add_part_result").count() == 2


def test_only_the_agency_that_has_it_adds_and_only_after_the_receipt(joint: Joint) -> None:  # noqa: F811
    dossier = at_police(joint, confirmed=False)
    with pytest.raises(CannotAddResult, match="bàn giao"):
        add(dossier, joint.police)
    for actor in (joint.insurance, joint.stage.handler, joint.stage.leader, joint.stage.clerk, joint.stage.citizen):
        with pytest.raises(Refused):
            add(dossier, actor)
    assert not PartResult.objects.exists()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": " "}, "name"),
        ({"notation": ""}, "notation"),
        ({"issued_date": None}, "issued_date"),
        ({"issued_date": NOW.date() + timedelta(days=1)}, "issued_date"),
        ({"stream": None}, "file"),
    ],
)
def test_what_is_missing_is_told_at_its_field(joint: Joint, change: dict[str, Any], field: str) -> None:  # noqa: F811
    dossier = at_police(joint)
    with pytest.raises(CannotAddResult) as refusal:
        add(dossier, joint.police, **change)
    assert refusal.value.field == field
    assert not PartResult.objects.exists()


def test_an_empty_form_keeps_what_was_typed(joint: Joint) -> None:  # noqa: F811
    dossier = at_police(joint)
    url = reverse("dossiers:add_part_result", args=[dossier.public_id])
    answer = browser(joint.police).post(url, {"name": "Thông báo", "notation": "", "issued_date": "25/11/2026"})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert 'value="Thông báo"' in page
    assert "Nhập số, ký hiệu" in page


def test_every_agency_has_a_planned_time_from_the_first_day(joint: Joint) -> None:  # noqa: F811
    dossier = f.accepted(joint.stage, now=NOW)
    planned = planned_due(dossier.pk)
    assert sorted(planned) == [1, 2, 3, 4]
    assert list(planned.values()) == sorted(planned.values())
    dossier.refresh_from_db()
    assert dossier.due_at is not None
    assert planned[4] <= dossier.due_at
