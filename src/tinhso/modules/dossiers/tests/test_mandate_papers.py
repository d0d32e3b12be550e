"""The paper of a mandate, the request for one, the officer's list and the reminders: who may, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from tests.test_query_budgets import budgets
from tinhso.kernel.access.api import NOBODY, SYSTEM, Actor, Refused, User, actor_of
from tinhso.kernel.audit.api import trail
from tinhso.kernel.clock import now as clock
from tinhso.kernel.events.api import drain
from tinhso.modules.directory.tests.factories import get_organisation, give, make_officer, make_organisation
from tinhso.modules.dossiers import api as dossiers
from tinhso.modules.dossiers.models import Dossier, Draft
from tinhso.modules.dossiers.rules import State
from tinhso.modules.dossiers.tests.factories import NOW, TODAY, Stage, make_stage, picture, write_draft
from tinhso.modules.dossiers.tests.test_mandates import CHILD, TERMS, browser, entered, given, paper, under
from tinhso.modules.identity.models import Mandate, MandateLook, MandateRequest, Person
from tinhso.modules.identity.rules import Basis
from tinhso.modules.identity.services.holdings import holdings
from tinhso.modules.identity.services.mandate_pages import (
    NotHere,
    Wanted,
    mandate_list,
    page_for_officer,
    page_for_side,
    request_page,
)
from tinhso.modules.identity.services.mandates import CannotMandate, Upload, accept, end
from tinhso.modules.identity.services.mandates_kept import remind
from tinhso.modules.identity.services.requesting import ask, confirm, refuse, withdraw
from tinhso.modules.notifications.models import Notice

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage() -> Stage:
    return make_stage()


def asked(stage: Stage, *, terms: dict[str, Any] | None = None, **changes: Any) -> int:
    made = replace(TERMS, basis=Basis.GUARDIAN, ground="Giấy khai sinh số 15/2026", **(terms or {}))
    values: dict[str, Any] = {
        "principal_number": CHILD, "principal_name": "Trần Minh Khôi", "terms": made, "document": paper(),
        "organisation_id": stage.office_id, "actor": stage.stranger, "now": NOW,
    }  # fmt: skip
    return ask(**{**values, **changes})


def clerk_elsewhere(stage: Stage) -> Actor:
    centre = make_organisation(
        "Trung tâm PVHCC Sầm Sơn", "H56.103.01", parent=get_organisation("H56.103"), kind="public_service_centre"
    )
    return give(make_officer("clerk2", "Người ở xa"), "clerk", centre)


def overseer(stage: Stage) -> Actor:
    return give(make_officer("rights", "Người giữ quyền"), "rights_admin", get_organisation("H56"), subtree=True)


# The request and its confirmation


def test_nothing_is_in_force_until_an_officer_has_seen_the_paper(stage: Stage) -> None:
    number = asked(stage)
    assert not Mandate.objects.exists()
    # Nothing is made of a number and a name that somebody typed.
    assert not Person.objects.filter(identity_number=CHILD).exists()
    drain(NOW)
    assert {one.user_id for one in Notice.objects.filter(kind="mandate_asked")} == {stage.clerk.user_id}
    with pytest.raises(CannotMandate, match="mở giấy tờ"):
        confirm(request_id=number, seen=False, actor=stage.clerk, now=NOW)
    made = confirm(request_id=number, seen=True, actor=stage.clerk, now=NOW)
    row = Mandate.objects.get(pk=made)
    assert (row.document_needed, row.accepted_at, row.organisation_id) == (True, NOW, stage.office_id)
    assert under(stage.stranger, made).mandate is not None
    drain(NOW)
    assert {one.user_id for one in Notice.objects.filter(kind="mandate")} == {row.holder_id, row.principal_id}
    with pytest.raises(CannotMandate, match="đã được quyết định"):
        confirm(request_id=number, seen=True, actor=stage.clerk, now=NOW)
    assert Mandate.objects.count() == 1


@pytest.mark.parametrize("who", ["handler", "citizen", "stranger", "elsewhere", "away", "overseer"])
def test_others_confirm_and_refuse_nothing(stage: Stage, who: str) -> None:
    number = asked(stage)
    makers = {"away": clerk_elsewhere, "overseer": overseer}
    actor = makers[who](stage) if who in makers else getattr(stage, who)
    with pytest.raises(Refused):
        confirm(request_id=number, seen=True, actor=actor, now=NOW)
    with pytest.raises(Refused):
        refuse(request_id=number, reason="Không đúng giấy tờ", actor=actor, now=NOW)
    assert MandateRequest.objects.get().state == "waiting"
    assert not Mandate.objects.exists()


def test_nobody_confirms_or_enters_their_own(stage: Stage) -> None:
    number = asked(stage)
    User.objects.filter(pk=stage.clerk.user_id).update(phone="0977000111")
    User.objects.filter(pk=stage.stranger.user_id).update(phone="0977000111")
    with pytest.raises(CannotMandate, match="của chính bạn"):
        confirm(request_id=number, seen=True, actor=stage.clerk, now=NOW)
    with pytest.raises(CannotMandate, match="của chính bạn"):
        refuse(request_id=number, reason="Không đúng giấy tờ", actor=stage.clerk, now=NOW)
    with pytest.raises(CannotMandate, match="của chính bạn"):
        entered(stage)
    assert not Mandate.objects.exists()


def test_a_picture_is_no_proof_against_somebody_with_an_account(stage: Stage) -> None:
    Person.objects.create(
        user_id=stage.citizen.user_id, identity_number="038192004517", verified_at=NOW, proof="counter", updated_at=NOW
    )  # fmt: skip
    number = asked(
        stage, principal_number="038192004517", principal_name="Lê Thị Hồng Nhung", terms={"holder_name": "x"}
    )
    with pytest.raises(CannotMandate, match="có tài khoản"):
        confirm(request_id=number, seen=True, actor=stage.clerk, now=NOW)
    assert not Mandate.objects.exists()


def test_a_refusal_says_why_and_a_request_can_be_withdrawn(stage: Stage) -> None:
    number = asked(stage)
    with pytest.raises(CannotMandate) as wrong:
        refuse(request_id=number, reason=" ", actor=stage.clerk, now=NOW)
    assert "reason" in wrong.value.errors
    with pytest.raises(CannotMandate, match="đang chờ"):
        asked(stage)
    with pytest.raises(CannotMandate):
        withdraw(request_id=number, actor=stage.citizen, now=NOW)
    refuse(request_id=number, reason="Ảnh mờ, không đọc được số", actor=stage.clerk, now=NOW)
    drain(NOW)
    notice = Notice.objects.get(kind="mandate")
    assert notice.user_id == stage.stranger.user_id
    assert "Ảnh mờ" in notice.text
    again = asked(stage)
    withdraw(request_id=again, actor=stage.stranger, now=NOW)
    assert sorted(MandateRequest.objects.values_list("state", flat=True)) == ["refused", "withdrawn"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"document": None}, "document"),
        ({"document": Upload(BytesIO(b"MZ not a paper"), "giay.pdf")}, "document"),
        ({"document": Upload(BytesIO(b""), "giay.pdf")}, "document"),
        ({"principal_number": "12"}, "principal_number"),
        ({"principal_name": ""}, "principal_name"),
        ({"principal_number": "2801234567"}, "basis"),
        ({"organisation_id": 10**9}, "organisation"),
        ({"organisation_id": None}, "organisation"),
        ({"terms": {"valid_until": None}}, "valid_until"),
    ],
)
def test_what_is_wrong_in_a_request_is_named(stage: Stage, changes: Any, field: str) -> None:
    with pytest.raises(CannotMandate) as wrong:
        asked(stage, **changes)
    assert field in wrong.value.errors
    assert not MandateRequest.objects.exists()


def test_only_citizens_for_themselves_ask(stage: Stage) -> None:
    acting = under(stage.stranger, given(stage))
    for actor in (NOBODY, stage.clerk, acting):
        with pytest.raises(Refused):
            asked(stage, actor=actor)


# The paper


def test_a_mandate_that_needs_a_paper_is_not_in_force_without(stage: Stage) -> None:
    with pytest.raises(CannotMandate) as wrong:
        entered(stage, document=None)
    assert "document" in wrong.value.errors
    number = entered(stage)
    Mandate.objects.filter(pk=number).update(document=None)
    with pytest.raises(IntegrityError), transaction.atomic():
        accept(mandate_id=number, actor=stage.stranger, now=NOW)
    assert under(stage.stranger, number).mandate is None


def test_the_paper_is_seen_by_both_sides_and_its_office_each_look_written_down(stage: Stage) -> None:
    number = entered(stage)
    accept(mandate_id=number, actor=stage.stranger, now=NOW)
    address = f"/identity/mandates/{number}/document/"
    for actor in (stage.citizen, stage.handler, stage.leader, clerk_elsewhere(stage), overseer(stage)):
        assert browser(actor).get(address).status_code in (403, 404), actor.label
    assert not MandateLook.objects.exists()
    for actor in (stage.stranger, stage.clerk):
        assert browser(actor).get(address).status_code == 200
    looks = MandateLook.objects.order_by("pk")
    assert [one.user_name for one in looks] == ["Trần Văn Khác", "Lê Thị Mai"]
    assert looks[1].workplace
    actions = [line.action for line in trail(f"user:{stage.stranger.user_id}")]
    assert actions.count("identity.look_mandate") == 2
    told = next(one for one in holdings() if one.key == "uy-quyen")
    assert told.looks is not None
    assert [look.agency for look in told.looks(stage.stranger.user_id or 0)] == [looks[1].workplace]
    with pytest.raises(DatabaseError), transaction.atomic():
        MandateLook.objects.update(user_name="Ai đó")


def test_who_acts_for_the_principal_does_not_read_the_papers_of_their_other_mandates(stage: Stage) -> None:
    first = given(stage)
    holder = browser(stage.stranger)
    holder.post("/identity/mandates/act/", {"mandate": first})
    third = User.objects.create(username="third", full_name="Người thứ ba", kind="citizen")
    other = Mandate.objects.create(
        principal_id=stage.citizen.user_id, holder=third, basis="authorised", acts=["file"], valid_from=TODAY,
        valid_until=TODAY, ground="Giấy số 9", granted_by_id=stage.citizen.user_id, granted_at=NOW,
        document_id=Mandate.objects.get(pk=entered(stage)).document_id,
    )  # fmt: skip
    assert holder.get(f"/identity/mandates/{other.pk}/document/").status_code == 404
    assert holder.get(f"/identity/mandates/{other.pk}/").status_code == 404


def test_a_bad_file_is_told_and_what_was_typed_stays(stage: Stage) -> None:
    today = clock().date()
    typed = {
        "principal_number": CHILD, "principal_name": "Trần Minh Khôi", "basis": "guardian", "acts": ["follow"],
        "ground": "Giấy khai sinh số 15", "valid_from": f"{today:%d/%m/%Y}", "organisation": stage.office_id,
        "valid_until": f"{today + timedelta(days=90):%d/%m/%Y}",
    }  # fmt: skip
    client = browser(stage.stranger)
    bad = client.post("/identity/mandates/ask/", {**typed, "document": BytesIO(b"<html>")})
    assert bad.status_code == 422
    page = bad.content.decode()
    assert "Giấy khai sinh số 15" in page
    assert 'href="#document"' in page
    assert not MandateRequest.objects.exists()
    other = client.post("/identity/mandates/ask/", {**typed, "valid_until": "", "document": picture()})
    assert "Chọn lại tệp" in other.content.decode()
    assert client.post("/identity/mandates/ask/", {**typed, "document": picture()}).status_code == 302
    row = MandateRequest.objects.get()
    clerk = browser(stage.clerk)
    assert "Trần Minh Khôi" in clerk.get("/identity/mandates/list/").content.decode()
    here = f"/identity/mandates/requests/{row.pk}/"
    assert clerk.get(here).status_code == 200
    assert clerk.get(f"{here}document/").status_code == 200
    assert browser(stage.citizen).get(f"{here}document/").status_code == 404
    assert clerk.post(f"{here}decide/", {"decision": "confirm"}).status_code == 422
    assert clerk.post(f"{here}decide/", {"decision": "confirm", "seen": "1"}).status_code == 302
    assert client.get(f"/identity/mandates/{Mandate.objects.get().pk}/").status_code == 200


# The list, and ending by an officer


def test_an_officer_finds_those_within_reach(stage: Stage) -> None:
    theirs, online = entered(stage), given(stage, valid_from=TODAY + timedelta(days=1))
    clerk, away, over = stage.clerk, clerk_elsewhere(stage), overseer(stage)

    def numbers(actor: Actor, **wanted: Any) -> list[int]:
        return [one.row.pk for one in mandate_list(wanted=Wanted(**wanted), actor=actor, now=NOW).rows]

    assert numbers(clerk) == [theirs]
    assert numbers(away) == []
    assert numbers(over) == [online, theirs]
    assert numbers(clerk, text="khoi") == [theirs]
    assert numbers(clerk, text="không ai") == []
    assert numbers(clerk, text=CHILD) == [theirs]
    assert numbers(over, text=str(online)) == [online]
    assert numbers(over, standing="waiting") == [theirs]
    assert numbers(over, standing="coming") == [online]
    for actor in (away, clerk):
        with pytest.raises(NotHere):
            page_for_officer(mandate_id=online, actor=actor, now=NOW)
    with pytest.raises(NotHere):
        request_page(request_id=asked(stage, principal_number="038226001235"), actor=away, now=NOW)
    for actor in (stage.handler, stage.citizen, NOBODY):
        with pytest.raises(Refused):
            mandate_list(wanted=Wanted(), actor=actor, now=NOW)


def test_ended_by_an_officer_it_is_lost_at_once_and_what_was_filed_stays(stage: Stage) -> None:
    number = entered(stage)
    accept(mandate_id=number, actor=stage.stranger, now=NOW)
    acting = under(stage.stranger, number)
    filed = write_draft(stage, actor=acting)
    sent = dossiers.submit(public_id=filed, actor=acting, keys=(), now=NOW)
    draft = write_draft(stage, actor=acting)
    away = browser(clerk_elsewhere(stage))
    assert away.post(f"/identity/mandates/{number}/end/", {"reason": "Phá cho vui"}).status_code == 403
    clerk = browser(stage.clerk)
    assert clerk.post(f"/identity/mandates/{number}/end/", {"reason": "x"}).status_code == 422
    assert under(stage.stranger, number).mandate is not None
    page = clerk.get(f"/identity/mandates/{number}/review/").content.decode()
    assert sent.code in page
    assert "Đang viết dở" in page
    ended = clerk.post(f"/identity/mandates/{number}/end/", {"reason": "Quyết định đổi người giám hộ số 12"})
    assert ended.status_code == 302
    assert under(stage.stranger, number).mandate is None
    assert Dossier.objects.get(pk=sent.dossier_id).state == State.REGISTERED
    assert Draft.objects.get(public_id=draft).dossier_id is None
    assert "vẫn giữ nguyên" in clerk.get(f"/identity/mandates/{number}/review/").content.decode()
    drain(clock())
    row = Mandate.objects.get()
    notices = Notice.objects.filter(key__startswith=f"mandate:{number}:ended")
    assert {one.user_id for one in notices} == {row.principal_id, row.holder_id}
    assert all("giám hộ số 12" in one.text for one in notices)


def test_only_whoever_has_the_whole_province_ends_what_was_made_on_line(stage: Stage) -> None:
    number = given(stage)
    with pytest.raises(Refused):
        end(mandate_id=number, reason="Không đúng", actor=stage.clerk, now=NOW)
    end(mandate_id=number, reason="Theo bản án số 5", actor=overseer(stage), now=NOW)
    assert under(stage.stranger, number).mandate is None


# Its life


def test_both_sides_are_reminded_once_before_the_end(stage: Stage) -> None:
    number = given(stage)
    short = entered(stage, terms={"valid_until": TODAY + timedelta(days=3)})
    accept(mandate_id=short, actor=stage.stranger, now=NOW)
    assert remind(actor=SYSTEM, now=NOW) == 0
    late = NOW + timedelta(days=17)
    for _ in range(2):
        remind(actor=SYSTEM, now=late)
    drain(late)
    row = Mandate.objects.get(pk=number)
    reminded = Notice.objects.filter(key__contains=":ending")
    assert sorted(one.user_id for one in reminded if one.user_id) == sorted([row.principal_id, row.holder_id])
    assert row.reminded_at == late
    with pytest.raises(Refused):
        remind(actor=stage.clerk, now=NOW)


def test_its_life_is_told_to_its_sides(stage: Stage) -> None:
    number = given(stage, accepted=False)
    here = {"mandate_id": number, "actor": stage.citizen}
    assert page_for_side(**here, now=NOW).view.standing == "waiting"
    accept(mandate_id=number, actor=stage.stranger, now=NOW + timedelta(minutes=1))
    assert page_for_side(**here, now=NOW).view.standing == "in_force"
    assert page_for_side(**here, now=NOW + timedelta(days=20)).view.standing == "ending"
    assert page_for_side(**here, now=NOW + timedelta(days=31)).view.standing == "expired"
    end(mandate_id=number, reason="Không cần nữa", actor=stage.stranger, now=NOW + timedelta(hours=1))
    page = page_for_side(**here, now=NOW)
    last = page.life[-1]
    assert (page.view.standing, last.who, last.note) == ("ended", "Trần Văn Khác", "Không cần nữa")
    third = User.objects.create(username="third", full_name="Người thứ ba", kind="citizen")
    with pytest.raises(NotHere):
        page_for_side(mandate_id=number, actor=actor_of(third, on=TODAY), now=NOW)


def test_the_download_has_both_sides(stage: Stage) -> None:
    given(stage)
    entered(stage)
    told = next(one for one in holdings() if one.key == "uy-quyen")
    assert told.export is not None
    mine, theirs = (told.export(actor.user_id or 0) for actor in (stage.stranger, stage.citizen))
    assert [row["vai trò của tôi"] for row in mine.content] == ["người làm thay"] * 2
    assert [row["vai trò của tôi"] for row in theirs.content] == ["người được thay mặt"]
    assert (len(mine.files), len(theirs.files)) == (1, 0)


def test_the_pages_keep_their_budgets(stage: Stage, django_assert_max_num_queries: Any) -> None:
    number, request = entered(stage), asked(stage)
    accept(mandate_id=number, actor=stage.stranger, now=NOW)
    acting = under(stage.stranger, number)
    for _ in range(3):
        dossiers.submit(public_id=write_draft(stage, actor=acting), actor=acting, keys=(), now=NOW)
    clerk, holder = browser(stage.clerk), browser(stage.stranger)
    here = "/identity/mandates/"
    pages = [
        (clerk, f"{here}list/", "mandate_list"), (clerk, f"{here}{number}/review/", "mandate_review"),
        (clerk, f"{here}{number}/document/", "mandate_document"), (clerk, f"{here}requests/{request}/", "mandate_request"),
        (clerk, f"{here}requests/{request}/document/", "mandate_request_document"), (holder, here, "mandates"),
        (holder, f"{here}{number}/", "mandate"), (holder, f"{here}ask/", "mandate_ask"),
    ]  # fmt: skip
    for client, address, name in pages:
        client.get(address)
        with django_assert_max_num_queries(budgets()[f"identity:{name}"]):
            assert client.get(address).status_code == 200
