"""Acting for another: only under a mandate in force, only in what it covers, seen on everything; else nothing of theirs."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connections
from django.test import Client

from tinhso.kernel.access.api import NOBODY, Actor, Refused, User, actor_of, allow, require
from tinhso.kernel.audit.api import trail
from tinhso.kernel.clock import now as clock
from tinhso.modules.dossiers import api as dossiers
from tinhso.modules.dossiers.models import Dossier, Draft, Party
from tinhso.modules.dossiers.queries.own import dossiers_of
from tinhso.modules.dossiers.queries.reading import dossier_view
from tinhso.modules.dossiers.queries.seeing import who_may_see
from tinhso.modules.dossiers.services.drafts import CannotStart, DraftNotFound, find
from tinhso.modules.dossiers.services.submitting import current_pin
from tinhso.modules.dossiers.services.tracking import CannotTrack, open_by_pin
from tinhso.modules.dossiers.tests.factories import NOW, TODAY, Stage, make_stage, picture, send, write_draft
from tinhso.modules.identity.models import Mandate, OrganisationAccount, Person
from tinhso.modules.identity.rules import Basis, NationalClaims, OrganisationClaim
from tinhso.modules.identity.services.mandates import CannotMandate, Terms, Upload, accept, end, enter, grant, represent
from tinhso.modules.identity.services.proving import come_in, put_together

pytestmark = pytest.mark.django_db
TERMS = Terms(
    holder_username="stranger", holder_name="Trần Văn Khác", basis=Basis.AUTHORISED, acts=frozenset({"file", "follow"}),
    procedure_codes=(), valid_from=TODAY, valid_until=TODAY + timedelta(days=30), ground="Giấy ủy quyền số 5 ngày 20/11/2026",
)  # fmt: skip
CHILD = "038226001234"


@pytest.fixture
def stage() -> Stage:
    return make_stage()


def under(actor: Actor, mandate_id: int, *, days: int = 0) -> Actor:
    """Who the holder is when their session acts under the mandate."""
    return actor_of(User.objects.get(pk=actor.user_id), on=TODAY + timedelta(days=days), acting_for=mandate_id)


def given(stage: Stage, *, accepted: bool = True, **changes: Any) -> int:
    number = grant(terms=replace(TERMS, **changes), actor=stage.citizen, now=NOW)
    if accepted:
        accept(mandate_id=number, actor=stage.stranger, now=NOW)
    return number


def test_without_a_mandate_nothing_and_with_it_theirs_only(stage: Stage) -> None:
    theirs = send(stage)
    mine = send(stage, actor=stage.stranger, full_name="Trần Văn Khác", identity_number="038085009999")
    assert not allow(stage.stranger, "dossiers.own", theirs)
    number = given(stage, accepted=False)
    assert under(stage.stranger, number).mandate is None
    accept(mandate_id=number, actor=stage.stranger, now=NOW)
    acting = under(stage.stranger, number)
    assert acting.label == "Trần Văn Khác (thay mặt Lê Thị Hồng Nhung)"
    assert allow(acting, "dossiers.own", theirs)
    # Own things and lent ones are never mixed.
    assert not allow(acting, "dossiers.own", mine)
    assert allow(stage.stranger, "dossiers.own", mine)
    assert [line.id for line in dossiers_of(acting.owner_id or 0)[0]] == [theirs.pk]


def test_what_is_filed_tells_who_for_whom_and_on_what_authority(stage: Stage) -> None:
    number = given(stage)
    acting = under(stage.stranger, number)
    draft = write_draft(
        stage, actor=acting, full_name="Trần Văn Khác", identity_number="038085009999", acting_as="self",
    )  # fmt: skip
    sent = dossiers.submit(public_id=draft, actor=acting, keys=(), now=NOW)
    dossier = Dossier.objects.get(pk=sent.dossier_id)
    assert (dossier.owner_id, dossier.mandate_id) == (stage.citizen.user_id, number)
    applicant, subject = Party.objects.filter(dossier=dossier).order_by("pk")
    assert (applicant.full_name, applicant.acting_as) == ("Trần Văn Khác", "authorised")
    assert "Giấy ủy quyền số 5" in applicant.authority
    assert subject.full_name == "Lê Thị Hồng Nhung"
    assert "thay mặt Lê Thị Hồng Nhung" in trail(dossier.ref)[0].who_label
    # No PIN that would outlive the mandate; the principal makes one.
    assert current_pin(dossier) == sent.pin == ""
    for pin in ("", "000000"):
        with pytest.raises(CannotTrack):
            open_by_pin(code=dossier.code, pin=pin, actor=NOBODY, now=NOW)
    with pytest.raises(Refused):
        dossiers.renew_pin(dossier_id=dossier.pk, actor=acting, now=NOW)
    pin = dossiers.renew_pin(dossier_id=dossier.pk, actor=stage.citizen, now=NOW)
    assert open_by_pin(code=dossier.code, pin=pin, actor=NOBODY, now=NOW) == dossier.public_id


@pytest.mark.parametrize("how", ["end", "day", "principal", "holder"])
def test_at_its_end_nothing_is_left(stage: Stage, how: str) -> None:
    theirs = send(stage)
    number = given(stage)
    draft = write_draft(stage, actor=under(stage.stranger, number))
    days = 0
    if how == "day":
        days = 31
    elif how == "end":
        end(mandate_id=number, reason="Không cần nữa", actor=stage.citizen, now=NOW)
    else:
        who = stage.citizen if how == "principal" else stage.stranger
        User.objects.filter(pk=who.user_id).update(is_active=False)
    after = under(stage.stranger, number, days=days)
    assert after.mandate is None
    assert not allow(after, "dossiers.own", theirs)
    with pytest.raises((DraftNotFound, Refused)):
        find(public_id=draft, actor=after, keys=())
    with pytest.raises((DraftNotFound, Refused)):
        dossiers.submit(public_id=draft, actor=after, keys=(), now=NOW)
    assert Draft.objects.get(public_id=draft).dossier_id is None


def test_what_it_does_not_cover_is_refused(stage: Stage) -> None:
    theirs = send(stage)
    only_follow = under(stage.stranger, given(stage, acts=frozenset({"follow"})))
    assert allow(only_follow, "dossiers.own", theirs)
    for name in ("dossiers.withdraw", "dossiers.answer_supplement", "dossiers.submit", "dossiers.draft", "dossiers.choose_delivery",
                 "dossiers.renew_pin"):  # fmt: skip
        assert not allow(only_follow, name, theirs), name
    with pytest.raises(Refused):
        write_draft(stage, actor=only_follow)
    for name in ("identity.profile", "identity.sessions", "identity.own_data", "identity.download_data", "archive.own",
                 "notifications.inbox", "dossiers.renew_pin"):  # fmt: skip
        assert not allow(only_follow, name), name
    for name in ("procedures.view_public", "dossiers.track", "identity.mandates", "identity.home"):
        assert allow(only_follow, name), name
    with pytest.raises(Refused, match="thay mặt"):
        require(only_follow, "identity.profile")


def test_only_the_procedures_that_it_names(stage: Stage) -> None:
    theirs = send(stage)
    code = theirs.version.procedure.code
    other = under(stage.stranger, given(stage, procedure_codes=("9.999999",)))
    assert not allow(other, "dossiers.own", theirs)
    assert dossiers_of(other.owner_id or 0, codes=other.mandate.procedures)[0] == []  # type: ignore[union-attr]
    with pytest.raises(CannotStart, match="không gồm thủ tục"):
        write_draft(stage, actor=other)
    this = under(stage.stranger, given(stage, procedure_codes=(code,)))
    assert allow(this, "dossiers.own", theirs)
    assert write_draft(stage, actor=this)


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"holder_username": "citizen", "holder_name": "Lê Thị Hồng Nhung"}, "holder_username", "chính mình"),
        ({"holder_username": "nobody"}, "holder_username", "Không tìm thấy"),
        ({"holder_name": "Trần Văn Khắc"}, "holder_username", "Không tìm thấy"),
        ({"holder_username": "clerk", "holder_name": "Lê Thị Mai"}, "holder_username", "Không tìm thấy"),
        ({"valid_from": TODAY - timedelta(days=1)}, "valid_from", "đã qua"),
        ({"valid_from": None}, "valid_from", "Nhập ngày"),
        ({"valid_until": None}, "valid_until", "có hạn"),
        ({"valid_until": TODAY - timedelta(days=1)}, "valid_until", "từ ngày bắt đầu"),
        ({"ground": "  "}, "ground", "căn cứ"),
        ({"acts": frozenset()}, "acts", "ít nhất một"),
        ({"acts": frozenset({"everything"})}, "acts", "ít nhất một"),
    ],
)
def test_what_is_refused_says_why_and_changes_nothing(stage: Stage, changes: Any, field: str, sentence: str) -> None:
    with pytest.raises(CannotMandate) as refusal:
        given(stage, **changes)
    assert sentence in refusal.value.errors[field]
    assert not Mandate.objects.exists()
    assert trail(f"user:{stage.citizen.user_id}") == []


def test_overlapping_and_round_in_circles(stage: Stage) -> None:
    number = given(stage)
    with pytest.raises(CannotMandate, match="Đã có ủy quyền"):
        given(stage, valid_from=TODAY + timedelta(days=30), valid_until=TODAY + timedelta(days=60))
    given(stage, accepted=False, valid_from=TODAY + timedelta(days=31), valid_until=TODAY + timedelta(days=60))
    back = replace(TERMS, holder_username="citizen", holder_name="Lê Thị Hồng Nhung")
    with pytest.raises(CannotMandate, match="vòng quanh"):
        grant(terms=back, actor=stage.stranger, now=NOW)
    # Who acts for another does not hand it on.
    with pytest.raises(CannotMandate, match="không ủy quyền lại"):
        grant(terms=back, actor=under(stage.stranger, number), now=NOW)
    for row in Mandate.objects.all():
        end(mandate_id=row.pk, reason="Không cần nữa", actor=stage.citizen, now=NOW)
    assert grant(terms=back, actor=stage.stranger, now=NOW)


def test_others_neither_accept_nor_end_it(stage: Stage) -> None:
    number = given(stage, accepted=False)
    third = actor_of(
        User.objects.create(username="third", full_name="Người thứ ba", kind="citizen"), on=TODAY
    )  # fmt: skip
    for actor in (third, stage.citizen):
        with pytest.raises(CannotMandate):
            accept(mandate_id=number, actor=actor, now=NOW)
    with pytest.raises(CannotMandate):
        end(mandate_id=number, reason="Phá cho vui", actor=third, now=NOW)
    for actor in (stage.clerk, stage.handler):
        with pytest.raises((Refused, CannotMandate)):
            end(mandate_id=number, reason="Phá cho vui", actor=actor, now=NOW)
    with pytest.raises(CannotMandate, match="lý do"):
        end(mandate_id=number, reason="", actor=stage.stranger, now=NOW)
    accept(mandate_id=number, actor=stage.stranger, now=NOW)
    # Nor does who acts under it end others, or itself for the principal.
    assert under(third, number).mandate is None
    assert Mandate.objects.get().ended_at is None


def paper(colour: str = "white") -> Upload:
    """A picture of the document."""
    return Upload(picture(colour), "giay-to.png")


def entered(stage: Stage, **changes: Any) -> int:
    terms = replace(TERMS, basis=Basis.GUARDIAN, ground="Giấy khai sinh số 15/2026", **changes.pop("terms", {}))
    values = {
        "principal_number": CHILD, "principal_name": "Trần Minh Khôi", "terms": terms, "seen": True,
        "document": paper(), "organisation_id": stage.office_id, "actor": stage.clerk, "now": NOW,
    }  # fmt: skip
    return enter(**{**values, **changes})


def test_a_parent_acts_for_a_child(stage: Stage) -> None:
    number = entered(stage)
    accept(mandate_id=number, actor=stage.stranger, now=NOW)
    acting = under(stage.stranger, number)
    draft = write_draft(stage, actor=acting, full_name="Trần Văn Khác", identity_number="038085009999")
    dossier = Dossier.objects.get(pk=dossiers.submit(public_id=draft, actor=acting, keys=(), now=NOW).dossier_id)
    subject = Party.objects.get(dossier=dossier, role="subject")
    assert (dossier.acting_as, subject.full_name, subject.identity_number) == (
        "representative",
        "Trần Minh Khôi",
        CHILD,
    )
    # The child comes of age, signs in by the national identity, and finds the record.
    claims = NationalClaims("child", CHILD, "Trần Minh Khôi", None, "", "", 2)
    assert come_in(claims=claims, actor=NOBODY, now=NOW).user_id == dossier.owner_id
    end(mandate_id=number, reason="Nhập nhầm người", actor=stage.clerk, now=NOW)
    assert under(stage.stranger, number).mandate is None


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"seen": False}, "seen"), ({"principal_name": ""}, "principal_name"), ({"principal_number": "12"}, "principal_number"),
        ({"principal_number": "2801234567"}, "basis"),
    ],
)  # fmt: skip
def test_an_officer_enters_only_what_was_seen(stage: Stage, changes: Any, field: str) -> None:
    with pytest.raises(CannotMandate) as refusal:
        entered(stage, **changes)
    assert field in refusal.value.errors
    assert not Mandate.objects.exists()
    assert not Person.objects.exists()


def test_others_do_not_enter(stage: Stage) -> None:
    for actor in (stage.handler, stage.citizen, stage.elsewhere, NOBODY):
        with pytest.raises(Refused):
            entered(stage, actor=actor)
    entered(stage)
    with pytest.raises(CannotMandate, match="đứng tên khác"):
        entered(stage, principal_name="Trần Minh Khoa")


def test_an_organisation_its_representative_and_its_staff(stage: Stage) -> None:
    claims = NationalClaims(
        "boss", "038085009999", "Trần Văn Khác", None, "", "", 2,
        OrganisationClaim("2801234567", "Công ty TNHH Mây tre", "legal_representative"),
    )  # fmt: skip
    boss = stage.stranger.user_id
    assert boss is not None
    assert represent(claims=replace(claims, level=1), user_id=boss, now=NOW) is None
    other = OrganisationClaim("2801234567", "Công ty", "accountant")
    assert represent(claims=replace(claims, organisation=other), user_id=boss, now=NOW) is None
    number = represent(claims=claims, user_id=boss, now=NOW)
    assert number is not None
    assert represent(claims=claims, user_id=boss, now=NOW + timedelta(days=3)) == number
    assert under(stage.stranger, number, days=33).mandate is not None
    assert under(stage.stranger, number, days=34).mandate is None
    acting = under(stage.stranger, number)
    # The representative gives a member of staff a mandate that ends; the staff do not give it on.
    staff = replace(TERMS, holder_username="citizen", holder_name="Lê Thị Hồng Nhung")
    lent = grant(terms=staff, actor=acting, now=NOW)
    assert Mandate.objects.get(pk=lent).basis == Basis.STAFF
    accept(mandate_id=lent, actor=stage.citizen, now=NOW)
    worker = under(stage.citizen, lent)
    draft = write_draft(stage, actor=worker)
    dossier = Dossier.objects.get(pk=dossiers.submit(public_id=draft, actor=worker, keys=(), now=NOW).dossier_id)
    subject = Party.objects.get(dossier=dossier, role="subject")
    assert (dossier.acting_as, subject.identity_number) == ("organisation", "2801234567")
    assert dossier.owner_id == OrganisationAccount.objects.get().user_id
    assert allow(acting, "dossiers.own", dossier)
    assert not allow(stage.citizen, "dossiers.own", dossier)
    with pytest.raises(CannotMandate, match="không ủy quyền lại"):
        grant(terms=TERMS, actor=worker, now=NOW)
    with pytest.raises(CannotMandate):
        end(mandate_id=number, reason="Đảo chính thôi", actor=worker, now=NOW)
    end(mandate_id=lent, reason="Nghỉ việc từ hôm nay", actor=acting, now=NOW)
    assert under(stage.citizen, lent).mandate is None
    # Nobody signs in to the organisation's account itself, nor acts through it.
    assert not User.objects.get(username="tochuc.2801234567").has_usable_password()
    with pytest.raises(CannotMandate, match="Không tìm thấy"):
        grant(terms=replace(TERMS, holder_username="tochuc.2801234567", holder_name="Công ty TNHH Mây tre"),
              actor=stage.citizen, now=NOW)  # fmt: skip


def test_two_accounts_of_one_person_keep_their_mandates(stage: Stage) -> None:
    claims = NationalClaims("s", "038192004517", "Lê Thị Hồng Nhung", None, "", "", 2)
    owner = come_in(claims=claims, actor=NOBODY, now=NOW).user_id
    old = actor_of(User.objects.get(pk=owner), on=TODAY)
    number = grant(terms=TERMS, actor=old, now=NOW)
    accept(mandate_id=number, actor=stage.stranger, now=NOW)
    put_together(other_id=owner, claims_level=2, actor=stage.citizen, now=NOW)
    assert under(stage.stranger, number).owner_id == stage.citizen.user_id


def browser(actor: Actor) -> Client:
    client = Client()
    client.force_login(
        User.objects.get(pk=actor.user_id), backend="allauth.account.auth_backends.AuthenticationBackend"
    )
    return client


def test_over_the_pages(stage: Stage) -> None:
    today = clock().date()
    principal, holder = browser(stage.citizen), browser(stage.stranger)
    typed = {
        "holder_username": "stranger", "holder_name": "Trần Văn Khác", "acts": ["file", "follow"], "ground": "Giấy ủy quyền số 5",
        "valid_from": f"{today:%d/%m/%Y}", "valid_until": f"{today + timedelta(days=9):%d/%m/%Y}",
    }  # fmt: skip
    wrong = principal.post("/identity/mandates/new/", {**typed, "valid_until": "31/02/2026"})
    assert wrong.status_code == 422
    assert 'value="Giấy ủy quyền số 5"' in wrong.content.decode() or "Giấy ủy quyền số 5" in wrong.content.decode()
    assert principal.post("/identity/mandates/new/", typed).status_code == 302
    row = Mandate.objects.get()
    assert holder.post("/identity/mandates/act/", {"mandate": row.pk}).status_code == 404
    assert holder.post(f"/identity/mandates/{row.pk}/", {"accept": "1"}).status_code == 302
    for made_up in ("999999", "x", "-1", "9" * 30):
        assert holder.post("/identity/mandates/act/", {"mandate": made_up}).status_code == 404
    assert browser(stage.citizen).post("/identity/mandates/999999/", {"accept": "1"}).status_code == 404
    assert browser(stage.citizen).post("/identity/mandates/act/", {"mandate": row.pk}).status_code == 404
    assert holder.post("/identity/mandates/act/", {"mandate": row.pk}).status_code == 302
    page = holder.get("/dossiers/mine/").content.decode()
    assert "Bạn đang thay mặt Lê Thị Hồng Nhung" in page
    assert holder.get("/identity/profile/").status_code == 403
    # Ended while the holder sits there: what they press is not done in their own name.
    assert principal.post(f"/identity/mandates/{row.pk}/", {"reason": "Không cần nữa"}).status_code == 302
    refused = holder.post("/identity/mandates/new/", typed)
    assert refused.status_code == 403
    assert "vừa hết hiệu lực" in refused.content.decode()
    assert Mandate.objects.count() == 1
    assert "Bạn đang thay mặt" not in holder.get("/dossiers/mine/").content.decode()
    assert Client().get("/identity/mandates/").status_code == 302
    assert browser(stage.clerk).get("/identity/mandates/").status_code == 403


def test_an_officers_page(stage: Stage) -> None:
    clerk = browser(stage.clerk)
    address = "/identity/mandates/enter/"
    assert clerk.get(address).status_code == 200
    empty = clerk.post(address, {})
    assert empty.status_code == 422
    today = clock().date()
    typed = {
        "principal_number": "038 226 001 234", "principal_name": "Trần Minh Khôi", "basis": "guardian", "seen": "1",
        "holder_username": "stranger", "holder_name": "Trần Văn Khác", "acts": ["follow"], "ground": "Giấy khai sinh số 15",
        "valid_from": f"{today:%d/%m/%Y}", "valid_until": f"{today + timedelta(days=9):%d/%m/%Y}",
    }  # fmt: skip
    without = clerk.post(address, typed)
    assert without.status_code == 422
    assert "Không có giấy tờ thì" in without.content.decode()
    assert clerk.post(address, {**typed, "document": picture()}).status_code == 302
    assert Mandate.objects.get().organisation_id == stage.office_id
    for actor in (stage.citizen, stage.handler):
        assert browser(actor).post(address, typed).status_code == 403
    assert Mandate.objects.count() == 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_the_same_mandate_twice_at_once() -> None:
    stage = make_stage()
    ready = Barrier(2)

    def go(_: int) -> str:
        try:
            ready.wait(10)
            grant(terms=TERMS, actor=stage.citizen, now=NOW)
        except CannotMandate:
            return "refused"
        finally:
            connections.close_all()
        return "made"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(go, range(2))) == ["made", "refused"]
    assert Mandate.objects.count() == 1


def test_officers_read_who_acts_for_the_owner_of_a_dossier(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Named while the mandate holds and covers the procedure; not before it is accepted, not after its end."""
    dossier = send(stage)
    view = dossier_view(dossier.public_id)
    number = given(stage, accepted=False)
    assert not who_may_see(view, now=NOW).representatives
    accept(mandate_id=number, actor=stage.stranger, now=NOW)
    told = who_may_see(view, now=NOW).representatives
    assert [(one.full_name, one.ground) for one in told] == [("Trần Văn Khác", TERMS.ground)]
    monkeypatch.setattr("tinhso.kernel.access.web.now", lambda: NOW)
    client = Client()
    client.force_login(User.objects.get(pk=stage.handler.user_id))
    assert "Trần Văn Khác" in client.get(f"/dossiers/{dossier.public_id}/access/").content.decode()
    Mandate.objects.filter(pk=number).update(procedure_codes=["9.999999"])
    assert not who_may_see(view, now=NOW).representatives
    Mandate.objects.filter(pk=number).update(procedure_codes=[])
    end(mandate_id=number, reason="Không cần nữa", actor=stage.citizen, now=NOW)
    assert not who_may_see(view, now=NOW).representatives
