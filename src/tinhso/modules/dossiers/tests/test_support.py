"""Help from a distance: nothing without consent, the helper never transacts, sees what was agreed and only until it ends."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tinhso.kernel.access.api import NOBODY, Actor, Refused
from tinhso.kernel.audit.models import Entry
from tinhso.kernel.clock import now as clock_now
from tinhso.kernel.events.api import drain
from tinhso.modules.archive.tests.factories import make_document, make_kind
from tinhso.modules.directory.tests.factories import get_organisation, give, make_officer, make_organisation, make_staff
from tinhso.modules.dossiers import api as dossiers
from tinhso.modules.dossiers.models import Dossier, Draft, Party, Support
from tinhso.modules.dossiers.services.submitting import current_pin
from tinhso.modules.dossiers.services.supporting import CannotSupport, WrongCode, ask, confirm, end, end_by_person
from tinhso.modules.dossiers.tests import factories as f
from tinhso.modules.dossiers.tests.citizen_steps import address, browser
from tinhso.modules.notifications.models import Message, Notice

pytestmark = pytest.mark.django_db
PERSON = {
    "full_name": "Lê Thị Hồng Nhung", "identity_number": "038192004517", "phone": "0912345678", "email": "nhung@example.vn",
}  # fmt: skip


@pytest.fixture
def stage() -> f.Stage:
    return f.make_stage()


@pytest.fixture
def helper(stage: f.Stage) -> Actor:
    """An officer of another commune, whose only role is to help."""
    place = make_organisation("Trung tâm Sầm Sơn", "H56.103.01", parent=get_organisation("H56.103"))
    user = make_officer("nguoihotro", "Ngô Thị Sen")
    make_staff(user, place, position="Chuyên viên")
    return give(user, "digital_helper", place)


def asked(stage: f.Stage, helper: Actor, **changes: Any) -> Support:
    values: dict[str, Any] = {
        "version_id": stage.version_id, "agency_id": stage.agency_id, "person": PERSON, "way": "code", "scope": "fill",
        "days": 7, "seen_document": "", "actor": helper, "now": clock_now(),
    }  # fmt: skip
    return Support.objects.get(public_id=ask(**{**values, **changes}))


def code_of(row: Support) -> str:
    text = Notice.objects.get(about=row.ref).text
    found = re.search(r"\b\d{6}\b", text)
    assert found
    return found[0]


def present(stage: f.Stage, helper: Actor, **changes: Any) -> Support:
    return asked(stage, helper, way="present", seen_document="thẻ căn cước bản chính", **changes)


def fill(client: Client, row: Support) -> Any:
    assert row.draft is not None
    draft = row.draft.public_id
    client.post(
        address("applicant", draft), {**f.APPLICANT, "full_name": "Ngô Thị Sen", "identity_number": "038190000001"}
    )
    same: dict[str, Any] = {"public_id": draft, "revision": None, "keys": (), "now": clock_now()}
    for group, values in f.FORM_DATA.items():
        dossiers.save_group(group=group, values=values, actor=_actor(client), **same)
    dossiers.attach(
        public_id=draft, paper_key="birth_proof", stream=f.picture(), filename="a.png", actor=_actor(client), keys=(),
        now=clock_now(),
    )  # fmt: skip
    return draft


def _actor(client: Client) -> Actor:
    from tinhso.kernel.access.api import User, actor_of

    return actor_of(User.objects.get(pk=client.session["_auth_user_id"]), on=clock_now().date())


def test_by_code_nothing_can_be_done_before_the_person_has_told_it(stage: f.Stage, helper: Actor) -> None:
    row = asked(stage, helper)
    assert row.draft is not None
    client = browser(helper)
    assert client.get(address("applicant", row.draft.public_id)).status_code == 404
    assert Message.objects.filter(channel="email").count() == 1
    code = code_of(row)
    wrong = "000000" if code != "000000" else "000001"
    page = reverse("dossiers:support_page", args=[row.public_id])
    answer = client.post(page, {"code": wrong})
    assert answer.status_code == 422
    assert "Còn 4 lần" in answer.content.decode()
    assert client.post(page, {"code": f"{code[:3]} {code[3:]}"}).status_code == 302
    row.refresh_from_db()
    assert row.consent_note == "Mã một lần gửi tới thư n…@example.vn"
    assert client.get(address("applicant", row.draft.public_id)).status_code == 200
    assert code not in str(list(Entry.objects.values_list("after", flat=True)))
    assert code not in row.code_digest


def test_the_person_transacts_whatever_the_helper_types_and_the_helper_gets_no_pin(
    stage: f.Stage, helper: Actor
) -> None:
    row = present(stage, helper)
    client = browser(helper)
    draft = fill(client, row)
    assert "Bạn đang hỗ trợ Lê Thị Hồng Nhung" in client.get(address("check", draft)).content.decode()
    sent = client.post(address("send", draft))
    assert sent["Location"] == reverse("dossiers:support_page", args=[row.public_id])
    assert client.post(address("send", draft)).status_code == 302
    dossier = Dossier.objects.get()
    parties = dict(Party.objects.values_list("role", "full_name"))
    assert parties == {"applicant": "Lê Thị Hồng Nhung", "helper": "Ngô Thị Sen"}
    assert Party.objects.get(role="helper").place == "Trung tâm Sầm Sơn"
    assert Party.objects.get(role="applicant").identity_number == PERSON["identity_number"]
    pin = current_pin(dossier)
    for url in (
        sent["Location"],
        reverse("dossiers:sent", args=[draft]),
        reverse("dossiers:follow", args=[dossier.public_id]),
        reverse("dossiers:show", args=[dossier.public_id]),
    ):
        text = client.get(url, follow=True).content.decode()
        assert pin not in text
        assert f"{pin[:3]} {pin[3:]}" not in text
        assert "Nguyễn Minh Khang" not in text
    assert Entry.objects.filter(object_ref=dossier.ref, action="dossiers.support_sent").count() == 1


def test_what_is_followed_is_what_was_agreed(stage: f.Stage, helper: Actor) -> None:
    client = browser(helper)
    for scope, seen in (("fill", False), ("follow", True)):
        row = present(stage, helper, scope=scope)
        client.post(address("send", fill(client, row)))
        text = client.get(reverse("dossiers:support_page", args=[row.public_id])).content.decode()
        assert ("Mới đăng ký" in text) is seen
    row = Support.objects.get(scope="follow")
    end(public_id=row.public_id, actor=helper, now=clock_now())
    text = client.get(reverse("dossiers:support_page", args=[row.public_id])).content.decode()
    assert "Mới đăng ký" not in text
    assert Dossier.objects.order_by("-pk")[0].code not in text


def test_the_person_sees_who_helped_and_ends_it(stage: f.Stage, helper: Actor) -> None:
    row = present(stage, helper, scope="follow")
    client = browser(helper)
    client.post(address("send", fill(client, row)))
    dossier = Dossier.objects.get()
    visitor = Client()
    url = reverse("dossiers:follow_end_support", args=[dossier.public_id])
    assert visitor.post(url).status_code == 302
    visitor.post(reverse("dossiers:track"), {"code": dossier.code, "pin": current_pin(dossier)})
    follow = reverse("dossiers:follow", args=[dossier.public_id])
    page = visitor.get(follow).content.decode()
    assert "Ngô Thị Sen, Trung tâm Sầm Sơn" in page
    assert "thẻ căn cước bản chính" in page
    for actor in (stage.stranger, stage.clerk, helper, NOBODY):
        with pytest.raises(Refused):
            end_by_person(dossier_id=dossier.pk, actor=actor, now=clock_now())
    assert visitor.post(url).status_code == 302
    row.refresh_from_db()
    assert (row.ended_by_name, row.ended_at is not None) == ("Lê Thị Hồng Nhung", True)
    assert "Đã kết thúc" in visitor.get(follow).content.decode()


def test_before_sending_the_person_ends_it_by_the_code_and_the_draft_shuts(stage: f.Stage, helper: Actor) -> None:
    row = asked(stage, helper)
    code = code_of(row)
    confirm(public_id=row.public_id, code=code, actor=helper, now=clock_now())
    url = reverse("dossiers:support_person")
    visitor = Client()
    assert visitor.post(url, {"phone": PERSON["phone"], "code": "000000"}).status_code == 422
    page = visitor.post(url, {"phone": PERSON["phone"], "code": code}).content.decode()
    assert "Ngô Thị Sen, Trung tâm Sầm Sơn" in page
    visitor.post(url, {"phone": PERSON["phone"], "code": code, "end": "1"})
    row.refresh_from_db()
    assert row.ended_at is not None
    assert row.draft is not None
    assert browser(helper).get(address("applicant", row.draft.public_id)).status_code == 404
    # Guessing closes the number for a while.
    for _ in range(5):
        visitor.post(url, {"phone": PERSON["phone"], "code": "123"})
    assert "Thử lại sau" in visitor.post(url, {"phone": PERSON["phone"], "code": code}).content.decode()


def test_it_ends_by_itself_and_wrong_codes_end_it_too(stage: f.Stage, helper: Actor) -> None:
    row = present(stage, helper, days=1)
    later = clock_now() + timedelta(days=1, minutes=1)
    same: dict[str, Any] = {"group": "child", "values": {}, "revision": None, "actor": helper, "keys": ()}
    assert row.draft is not None
    with pytest.raises(dossiers.DraftNotFound):
        dossiers.save_group(public_id=row.draft.public_id, now=later, **same)
    other = asked(stage, helper)
    with pytest.raises(WrongCode, match="hết hạn"):
        confirm(public_id=other.public_id, code=code_of(other), actor=helper, now=clock_now() + timedelta(minutes=16))
    for _ in range(5):
        with pytest.raises(WrongCode):
            confirm(public_id=other.public_id, code="9", actor=helper, now=clock_now())
    with pytest.raises(WrongCode, match="quá nhiều lần"):
        confirm(public_id=other.public_id, code=code_of(other), actor=helper, now=clock_now())
    other.refresh_from_db()
    assert other.consented_at is None


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"person": {**PERSON, "full_name": ""}}, "full_name"),
        ({"person": {**PERSON, "identity_number": "12"}}, "identity_number"),
        ({"way": "letter"}, "way"),
        ({"scope": "all"}, "scope"),
        ({"days": 31}, "days"),
        ({"days": 0}, "days"),
        ({"way": "present", "seen_document": ""}, "seen_document"),
        ({"person": {**PERSON, "email": ""}}, "phone"),
    ],
)
def test_what_is_missing_is_told_and_nothing_begins(
    stage: f.Stage, helper: Actor, change: dict[str, Any], field: str
) -> None:
    with pytest.raises(CannotSupport) as refusal:
        asked(stage, helper, **change)
    assert set(refusal.value.errors) == {field}
    assert not Support.objects.exists()
    assert not Draft.objects.exists()


def test_others_neither_help_nor_look_nor_open_the_store(stage: f.Stage, helper: Actor) -> None:
    for actor in (stage.handler, stage.leader, stage.citizen, NOBODY):
        with pytest.raises(Refused):
            asked(stage, actor)
    make_document(make_kind("YT.CHUNGSINH", "Giấy chứng sinh", "1.001193/birth_proof"))
    row = present(stage, helper)
    assert row.draft is not None
    draft = row.draft.public_id
    assert browser(stage.clerk).get(address("applicant", draft)).status_code == 404
    assert browser(stage.clerk).get(reverse("dossiers:support_page", args=[row.public_id])).status_code == 404
    assert "trong kho" not in browser(helper).get(address("papers", draft)).content.decode().lower().replace(
        "kho giấy tờ", ""
    )


def test_the_answer_from_their_own_telephone_makes_the_dossier_theirs(
    stage: f.Stage, helper: Actor, settings: Any
) -> None:
    known = settings.NOTIFICATIONS_PROVIDERS
    settings.NOTIFICATIONS_PROVIDERS = {**known, "sms": {**known["sms"], "url": "http://127.0.0.1:9/"}}
    owner = f.make_citizen(PERSON["phone"], "Lê Thị Hồng Nhung")
    row = asked(stage, helper)
    confirm(public_id=row.public_id, code=code_of(row), actor=helper, now=clock_now())
    client = browser(helper)
    client.post(address("send", fill(client, row)))
    drain(now=clock_now())
    assert Dossier.objects.get().owner_id == owner.user_id
