"""One person, one record: dossiers, papers in the store and drafts follow the proven number, never a typed one."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier
from typing import Any

import pytest
from django.db import connections
from django.test import Client

from tinhso.kernel.access.api import NOBODY, Actor, User, create_user
from tinhso.kernel.audit.api import trail
from tinhso.modules.archive import api as archive
from tinhso.modules.archive.tests.factories import make_document, make_kind, open_store
from tinhso.modules.dossiers.models import Dossier, Draft
from tinhso.modules.dossiers.tests.factories import APPLICANT, NOW, Stage, at_counter, make_stage, send, write_draft
from tinhso.modules.identity.models import Person
from tinhso.modules.identity.rules import NationalClaims
from tinhso.modules.identity.services.proving import CannotComeIn, come_in, put_together
from tinhso.modules.notifications.models import Notice

NAME, NUMBER = APPLICANT["full_name"], APPLICANT["identity_number"]
CLAIMS = NationalClaims("subject-1", NUMBER, NAME, None, "0912345678", "Thôn 3", 2)


def citizen(user_id: int) -> Actor:
    return Actor("citizen", User.objects.get(pk=user_id).full_name, user_id)


def first_time(claims: NationalClaims = CLAIMS, actor: Actor = NOBODY) -> int:
    return come_in(claims=claims, actor=actor, now=NOW).user_id


@pytest.fixture
def stage() -> Stage:
    return make_stage()


@pytest.mark.django_db
def test_taken_in_at_the_counter_then_signed_in(stage: Stage) -> None:
    taken = at_counter(stage)
    other = at_counter(stage, full_name="Lê Thị Hồng Nhạn")
    mistyped = at_counter(stage, identity_number="038192004518")
    user_id = first_time()
    assert set(Dossier.objects.filter(owner_id=user_id).values_list("pk", flat=True)) == {taken.dossier_id}
    assert Dossier.objects.get(pk=other.dossier_id).owner_id is None
    assert Dossier.objects.get(pk=mistyped.dossier_id).owner_id is None
    assert [entry.action for entry in trail(f"dossier:{taken.dossier_id}")][-1] == "dossiers.claim_own"
    # And what is taken in from now on is theirs at once.
    assert Dossier.objects.get(pk=at_counter(stage).dossier_id).owner_id == user_id


@pytest.mark.django_db
def test_level_one_gets_nothing_that_a_clerk_typed(stage: Stage) -> None:
    at_counter(stage)
    user_id = first_time(replace(CLAIMS, level=1))
    assert not Dossier.objects.filter(owner_id=user_id).exists()
    assert Dossier.objects.get(pk=at_counter(stage).dossier_id).owner_id is None
    assert archive.holders_of_account(user_id) == []
    first_time()
    assert Dossier.objects.filter(owner_id=user_id).count() == 2
    assert len(archive.holders_of_account(user_id)) == 1


@pytest.mark.django_db
def test_the_store_opens_by_itself(stage: Stage) -> None:
    make_document(make_kind())
    user_id = first_time()
    assert [holder.full_name for holder in archive.holders_of_account(user_id)] == [NAME]


@pytest.mark.django_db
def test_who_typed_another_ones_number_gets_nothing_of_theirs(stage: Stage) -> None:
    thief = stage.stranger.user_id
    assert thief is not None
    Person.objects.create(user_id=thief, identity_number=NUMBER, updated_at=NOW)
    User.objects.filter(pk=thief).update(full_name=NAME)
    make_document(make_kind())
    at_counter(stage)
    assert archive.holders_of_account(thief) == []
    assert not Dossier.objects.filter(owner_id=thief).exists()
    owner = first_time()
    assert owner != thief
    assert Person.objects.get(user_id=thief).verified_at is None
    assert not Dossier.objects.filter(owner_id=thief).exists()


@pytest.mark.django_db
def test_telephone_first_then_the_national_identity_in_that_account(stage: Stage) -> None:
    dossier = send(stage)
    mine = stage.citizen.user_id
    at_counter(stage)
    assert first_time(actor=stage.citizen) == mine
    assert Dossier.objects.filter(owner_id=mine).count() == 2
    assert dossier.owner_id == mine
    # From another browser, not signed in: the same account.
    assert first_time() == mine
    assert Person.objects.filter(identity_number=NUMBER).count() == 1


@pytest.mark.django_db
def test_proven_at_the_counter_then_the_national_identity(stage: Stage) -> None:
    open_store(stage.citizen, stage.clerk)
    assert Person.objects.get(user_id=stage.citizen.user_id).proof == "counter"
    assert first_time() == stage.citizen.user_id
    with pytest.raises(CannotComeIn, match="tài khoản định danh khác"):
        first_time(replace(CLAIMS, subject="subject-2"))


@pytest.mark.django_db
def test_proven_at_the_counter_under_another_name_is_not_entered(stage: Stage) -> None:
    open_store(stage.citizen, stage.clerk)
    with pytest.raises(CannotComeIn, match="đứng tên khác"):
        first_time(replace(CLAIMS, full_name="Lê Thị Hồng Nhạn"))


@pytest.mark.django_db
def test_both_ways_first_then_put_together(stage: Stage) -> None:
    make_document(make_kind())
    owner = first_time()
    theirs = write_draft(stage, actor=citizen(owner))
    sent_there = send(stage, actor=citizen(owner))
    Notice.objects.create(key="a", kind="dossier", user_id=owner, title="x", text="y", created_at=NOW)
    mine = stage.citizen
    sent_here = send(stage)
    came = come_in(claims=CLAIMS, actor=mine, now=NOW)
    assert (came.user_id, came.other) == (owner, True)
    assert mine.user_id is not None
    put_together(other_id=owner, claims_level=2, actor=mine, now=NOW)
    assert set(Dossier.objects.filter(owner_id=mine.user_id)) == {sent_there, sent_here}
    assert Draft.objects.get(public_id=theirs).owner_id == mine.user_id
    assert len(archive.holders_of_account(mine.user_id)) == 1
    assert archive.holders_of_account(owner) == []
    assert Notice.objects.filter(user_id=owner).count() == 0
    person = Person.objects.get(identity_number=NUMBER)
    assert (person.user_id, person.national_level) == (mine.user_id, 2)
    assert not User.objects.get(pk=owner).is_active
    for user_id in (owner, mine.user_id):
        assert "identity.merge" in [entry.action for entry in trail(f"user:{user_id}")]
    assert first_time() == mine.user_id


@pytest.mark.django_db
def test_what_is_not_put_together(stage: Stage) -> None:
    owner = first_time()
    before = list(User.objects.order_by("pk").values_list("pk", "is_active"))
    stranger = stage.stranger
    with pytest.raises(CannotComeIn, match="mức 2"):
        put_together(other_id=owner, claims_level=1, actor=stranger, now=NOW)
    assert stranger.user_id is not None
    with pytest.raises(CannotComeIn, match="không còn"):
        put_together(other_id=stranger.user_id, claims_level=2, actor=citizen(owner), now=NOW)
    come_in(claims=replace(CLAIMS, subject="s2", number="038085000002"), actor=stranger, now=NOW)
    with pytest.raises(CannotComeIn, match="của một người khác"):
        put_together(other_id=owner, claims_level=2, actor=stranger, now=NOW)
    with pytest.raises(CannotComeIn, match="một người khác"):
        come_in(claims=replace(CLAIMS, subject="s3", number="038085000003"), actor=stranger, now=NOW)
    with pytest.raises(PermissionError):
        come_in(claims=CLAIMS, actor=stage.clerk, now=NOW)
    assert list(User.objects.order_by("pk").values_list("pk", "is_active")) == before


@pytest.mark.django_db
def test_a_mistaken_proof_at_the_counter_is_taken_back(stage: Stage) -> None:
    from tinhso.modules.archive.services.proving import end_link

    open_store(stage.citizen, stage.clerk)
    end_link(number=NUMBER, reason="Gắn nhầm tài khoản", actor=stage.clerk, now=NOW)
    assert Person.objects.get(user_id=stage.citizen.user_id).verified_at is None
    assert first_time() != stage.citizen.user_id


@pytest.mark.django_db
def test_forms_are_filled_from_the_proven_record(stage: Stage) -> None:
    user_id = first_time()
    client = Client()
    client.force_login(User.objects.get(pk=user_id), backend="allauth.account.auth_backends.AuthenticationBackend")
    from tinhso.modules.dossiers import api as dossiers
    from tinhso.modules.dossiers.rules import Channel

    draft = dossiers.start(
        version_id=stage.version_id, agency_id=stage.agency_id, channel=Channel.ONLINE, actor=citizen(user_id), now=NOW
    )
    address = f"/dossiers/drafts/{draft}/applicant/"
    page = client.get(address).content.decode()
    # The session has not shown the level: no number, no address.
    assert NUMBER not in page
    assert NAME in page
    session = client.session
    session["national_level"] = 2
    session.save()
    page = client.get(address).content.decode()
    assert NUMBER in page
    assert "Theo định danh điện tử quốc gia" in page


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("attempt", range(3))
def test_two_first_log_ins_at_once_make_one_record(attempt: int) -> None:
    ready = Barrier(6)

    def enter(number: int) -> Any:
        try:
            ready.wait(10)
            return come_in(claims=CLAIMS, actor=NOBODY, now=NOW).user_id
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as pool:
        found = set(pool.map(enter, range(6)))
    assert len(found) == 1
    assert Person.objects.filter(identity_number=NUMBER).count() == 1
    assert User.objects.count() == 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_accounts_proving_one_number_at_once() -> None:
    """Two telephones of one person, both signed in: one gets the record, the other is told that there is one."""
    actors = [
        citizen(create_user(username=f"091200000{n}", full_name=NAME, kind="citizen", password="x").pk)
        for n in range(2)
    ]
    ready = Barrier(2)

    def enter(actor: Actor) -> Any:
        try:
            ready.wait(10)
            return come_in(claims=CLAIMS, actor=actor, now=NOW)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(enter, actors))
    assert len({came.user_id for came in found}) == 1
    assert sorted(came.other for came in found) == [False, True]
    assert Person.objects.filter(identity_number=NUMBER).count() == 1
