"""One person, one record: a number that is proven stands in one account, however its owner comes.

What somebody typed is no proof. Proof is the national identity, or a clerk who saw the card. Whoever is signed in and
proves a number that another account holds may put the two together; whoever is not simply enters the one that has it.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from allauth.socialaccount.models import SocialAccount
from django.db import IntegrityError, transaction
from django.db.models import Q

from tinhso.kernel.access.api import Actor, User, account_of, create_user, deactivate, require
from tinhso.kernel.audit.api import record
from tinhso.modules.identity.models import Mandate, MandateRequest, Person
from tinhso.modules.identity.rules import FULL_LEVEL, NationalClaims, Proof, same_name
from tinhso.modules.identity.services.holdings import holdings

PROVIDER = "national"


class CannotComeIn(ValueError):
    """The proof is good but the account is not to be opened; the message says why, in Vietnamese."""


@dataclass(frozen=True)
class CameIn:
    """`user_id`: whose account it is. `other`: it is not the one that is signed in; they may be put together."""

    user_id: int
    new: bool = False
    other: bool = False


def come_in(*, claims: NationalClaims, actor: Actor, now: datetime) -> CameIn:
    """The account of the person whom the national identity vouches for: found, made, or the one that is signed in.
    Two at once end in one. Raises `CannotComeIn` and changes nothing."""
    require(actor, "identity.national")
    for attempt in (1, 2):
        try:
            with transaction.atomic():
                return _come_in(claims, actor, now)
        except IntegrityError:
            # Somebody proved the same number at this very moment: now it is there.
            if attempt == 2:
                raise
    raise AssertionError


def _come_in(claims: NationalClaims, actor: Actor, now: datetime) -> CameIn:
    mine = account_of(actor) if actor.kind == "citizen" else None
    person = _proven(claims.number)
    known = SocialAccount.objects.filter(provider=PROVIDER, uid=claims.subject).first()
    if known is not None and (person is None or person.user_id != known.user_id):
        raise CannotComeIn(
            "Tài khoản định danh này đã gắn với một số định danh khác. Hãy đến quầy một cửa kèm thẻ căn cước."
        )
    if person is not None:
        if not person.user.is_active or person.user.kind != User.Kind.CITIZEN:
            raise CannotComeIn("Tài khoản này đang bị khóa.")
        if known is None:
            _tie(person, claims, signed_in=mine == person.user_id)
        if mine is not None and mine != person.user_id:
            return CameIn(person.user_id, other=True)
        _vouch(person, claims, now)
        return CameIn(person.user_id)
    if mine is not None:
        person = Person.objects.select_for_update().select_related("user").filter(user_id=mine).first()
        if person is not None and person.verified_at is not None:
            raise CannotComeIn(
                "Tài khoản đang đăng nhập đã được xác thực là của một người khác. Hãy đăng xuất rồi đăng nhập lại."
            )
        person = person or Person(user=User.objects.select_for_update().get(pk=mine), updated_at=now)
        new = False
    else:
        user = create_user(
            username=f"vneid.{uuid.uuid4().hex}", full_name=claims.full_name, kind=User.Kind.CITIZEN, phone=claims.phone
        )
        person, new = Person(user=user, updated_at=now), True
    SocialAccount.objects.create(user=person.user, provider=PROVIDER, uid=claims.subject)
    _vouch(person, claims, now)
    return CameIn(person.user_id, new=new)


def _proven(number: str) -> Person | None:
    rows = Person.objects.select_for_update(of=("self",)).select_related("user")
    return rows.filter(identity_number=number, verified_at__isnull=False).first()


def _tie(person: Person, claims: NationalClaims, *, signed_in: bool) -> None:
    """The record is there, this name of the national identity is new to it: after a proof at the counter for the first
    time; another name than before only by who is signed in to the account as well."""
    before = SocialAccount.objects.filter(provider=PROVIDER, user_id=person.user_id)
    if before and not signed_in:
        raise CannotComeIn(
            "Số định danh này trước đây gắn với một tài khoản định danh khác. Hãy đăng nhập bằng số điện thoại rồi xác "
            "thực lại, hoặc đến quầy một cửa kèm thẻ căn cước."
        )
    if not before and not signed_in and not same_name(person.user.full_name, claims.full_name):
        raise CannotComeIn("Số định danh này đã có tài khoản đứng tên khác. Hãy đến quầy một cửa kèm thẻ căn cước.")
    before.delete()
    SocialAccount.objects.create(user_id=person.user_id, provider=PROVIDER, uid=claims.subject)


def _vouch(person: Person, claims: NationalClaims, now: datetime) -> None:
    """What the national identity says goes into the record; the trail tells that, not what."""
    user = person.user
    before = (person.identity_number, person.birth_date, user.full_name, person.national_level, person.verified_at)
    first = person.verified_at is None
    person.identity_number, person.birth_date = claims.number, claims.birth_date or person.birth_date
    person.address = person.address or claims.address
    person.verified_at = person.verified_at or now
    person.proof = person.proof or Proof.NATIONAL
    person.national_level = max(person.national_level, claims.level)
    user.full_name, user.phone = claims.full_name, user.phone or claims.phone
    after = (person.identity_number, person.birth_date, user.full_name, person.national_level, person.verified_at)
    if before == after:
        return
    person.updated_at = now
    user.save(update_fields=["full_name", "phone"])
    person.save()
    record(
        who=Actor("citizen", user.full_name, user.pk),
        action="identity.verify" if first else "identity.verify_again",
        object_ref=f"user:{user.pk}",
        after={"proof": Proof.NATIONAL, "level": claims.level},
        now=now,
    )
    if person.national_level >= FULL_LEVEL and before[3] < FULL_LEVEL:
        _claim(person, now)


def _claim(person: Person, now: datetime) -> None:
    """What other modules keep under this number and name becomes the account's."""
    for one in holdings():
        if one.claim is not None:
            one.claim(person.user_id, person.identity_number, person.user.full_name, now)


@transaction.atomic
def prove_at_counter(*, user_id: int, number: str, full_name: str, actor: Actor, now: datetime) -> None:
    """A clerk saw the card of the person whose account this is; the caller has asked for the right to say so. Raises
    `CannotComeIn` when the number is another account's, or the account another person's."""
    require(actor, "identity.prove_at_counter")
    user = User.objects.select_for_update().get(pk=user_id, kind=User.Kind.CITIZEN)
    holder = _proven(number)
    if holder is not None and holder.user_id != user_id:
        raise CannotComeIn(
            "Số định danh này đã được xác thực ở một tài khoản khác. Người dân đăng nhập cả hai tài khoản để gộp lại."
        )
    person = Person.objects.select_for_update().filter(user=user).first() or Person(user=user, updated_at=now)
    if person.verified_at is not None:
        if person.identity_number != number:
            raise CannotComeIn("Tài khoản này đã được xác thực với số định danh khác.")
        return
    person.identity_number, person.verified_at, person.proof, person.updated_at = number, now, Proof.COUNTER, now
    user.full_name = full_name
    user.save(update_fields=["full_name"])
    person.save()
    record(who=actor, action="identity.verify", object_ref=f"user:{user.pk}", after={"proof": Proof.COUNTER}, now=now)
    _claim(person, now)


@transaction.atomic
def release_at_counter(*, user_id: int, number: str, actor: Actor, now: datetime) -> None:
    """A proof at the counter was a mistake or holds no longer. What the national identity vouches for stays."""
    require(actor, "identity.prove_at_counter")
    person = Person.objects.select_for_update().filter(user_id=user_id, identity_number=number).first()
    if person is None or person.proof != Proof.COUNTER or person.national_level:
        return
    person.verified_at, person.proof, person.updated_at = None, Proof.NONE, now
    person.save(update_fields=["verified_at", "proof", "updated_at"])
    record(
        who=actor, action="identity.unverify", object_ref=f"user:{user_id}", before={"proof": Proof.COUNTER}, now=now
    )


def proven_account(*, number: str, full_name: str) -> int | None:
    """Whose account has this number, proven at a counter or at the full level, under this name? One query."""
    row = Person.objects.select_related("user").filter(identity_number=number, verified_at__isnull=False).first()
    if row is None or not row.user.is_active or not same_name(row.user.full_name, full_name):
        return None
    return row.user_id if row.proof == Proof.COUNTER or row.national_level >= FULL_LEVEL else None


def vouched_nationally(user_id: int) -> bool:
    """Has the national identity vouched for this account, at any level? One query."""
    return Person.objects.filter(user_id=user_id, national_level__gt=0).exists()


def _adopt_mandates(kept: int, closed: int, now: datetime) -> None:
    """Between the two there is nothing left to mandate; all others go over."""
    between = Q(principal_id=kept, holder_id=closed) | Q(principal_id=closed, holder_id=kept)
    living = Mandate.objects.filter(between, ended_at__isnull=True)
    living.update(ended_at=now, ended_by_id=kept, end_reason="Hai tài khoản là của một người, đã gộp")
    Mandate.objects.filter(principal_id=closed).exclude(holder_id=kept).update(principal_id=kept)
    Mandate.objects.filter(holder_id=closed).exclude(principal_id=kept).update(holder_id=kept)
    waiting = MandateRequest.objects.filter(state=MandateRequest.State.WAITING)
    asked = waiting.filter(holder_id=kept).values_list("principal_number", flat=True)
    waiting.filter(holder_id=closed, principal_number__in=list(asked)).update(
        state=MandateRequest.State.WITHDRAWN, decided_by_id=kept, decided_at=now, reason="Gộp tài khoản"
    )
    MandateRequest.objects.filter(holder_id=closed).update(holder_id=kept)


@transaction.atomic
def put_together(*, other_id: int, claims_level: int, actor: Actor, now: datetime) -> None:
    """Who is signed in has also proven, by the national identity, to be the owner of `other_id` (the caller asked a
    short while ago): all that the other account has becomes this one's, and the other closes. Raises `CannotComeIn`."""
    require(actor, "identity.national")
    mine = account_of(actor)
    if claims_level < FULL_LEVEL:
        raise CannotComeIn("Gộp tài khoản cần định danh điện tử mức 2.")
    # Locks in one order, whichever of the two is kept.
    users = {user.pk: user for user in User.objects.select_for_update().filter(pk__in=[mine, other_id]).order_by("pk")}
    people = {one.user_id: one for one in Person.objects.select_for_update().filter(user_id__in=users).order_by("pk")}
    gone, own = people.get(other_id), people.get(mine)
    if gone is None or gone.verified_at is None or not users[other_id].is_active or mine == other_id:
        raise CannotComeIn("Tài khoản kia không còn để gộp.")
    if own is not None and own.verified_at is not None:
        raise CannotComeIn("Tài khoản đang đăng nhập đã được xác thực là của một người khác.")
    number, birth, proof, level = gone.identity_number, gone.birth_date, gone.proof, gone.national_level
    verified_at, address = gone.verified_at, gone.address
    # First the old one lets go of the number: it stands in one record only.
    gone.identity_number, gone.verified_at, gone.proof, gone.national_level = "", None, "", 0
    gone.save()
    SocialAccount.objects.filter(user_id=other_id).update(user_id=mine)
    own = own or Person(user=users[mine])
    own.identity_number, own.birth_date, own.proof, own.national_level = number, birth, proof, level
    own.verified_at, own.address, own.updated_at = verified_at, own.address or address, now
    own.save()
    users[mine].full_name = users[other_id].full_name
    users[mine].save(update_fields=["full_name"])
    _adopt_mandates(mine, other_id, now)
    for one in holdings():
        if one.adopt is not None:
            one.adopt(mine, other_id)
    deactivate(other_id)
    after = {"kept": mine, "closed": other_id}
    for user_id in sorted(users):
        record(who=actor, action="identity.merge", object_ref=f"user:{user_id}", after=after, now=now)
    _claim(own, now)
