"""The paper that a mandate stands on: taken in through the gate of files, shown to the two sides and to the officer who may
confirm, each look written down."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from tinhso.kernel.access.api import Actor, Refused, account_of, require
from tinhso.kernel.audit.api import record
from tinhso.kernel.clock import VIETNAM
from tinhso.modules.directory import api as directory
from tinhso.modules.identity.models import Mandate, MandateLook, MandateRequest
from tinhso.modules.identity.services.mandates import place_of, stands_on

LOOK = "identity.mandate_document"


class NoDocument(LookupError):
    """There is none, or it is not this person's to see; the two look the same."""


@dataclass(frozen=True)
class Seen:
    """What `allow` is asked on: the office that may confirm it, and the side that looks."""

    access_organisation_ids: tuple[int, ...]
    access_owner_id: int | None


@transaction.atomic
def document_of_mandate(*, mandate_id: int, actor: Actor, now: datetime) -> int:
    """The number of its file, for whoever may see it; the look is written down. Raises `NoDocument`."""
    row = Mandate.objects.filter(pk=mandate_id, document__isnull=False).first()
    if row is None or row.document_id is None:
        raise NoDocument
    side = actor.owner_id if stands_on(actor, row) else None
    _may(actor, Seen(tuple(place_of(row, now)), side))
    _note(MandateLook(mandate=row), {row.principal_id, row.holder_id}, f"mandate {row.pk}", actor, now)
    return row.document_id


@transaction.atomic
def document_of_request(*, request_id: int, actor: Actor, now: datetime) -> int:
    """The same for what somebody showed to ask for a mandate. Raises `NoDocument`."""
    row = MandateRequest.objects.filter(pk=request_id).first()
    if row is None:
        raise NoDocument
    mine = actor.mandate is None and row.holder_id == actor.user_id
    _may(actor, Seen((row.organisation_id,), actor.owner_id if mine else None))
    _note(MandateLook(request=row), {row.holder_id}, f"request {row.pk}", actor, now)
    return row.document_id


def _may(actor: Actor, seen: Seen) -> None:
    try:
        require(actor, LOOK, seen)
    except Refused:
        raise NoDocument from None


def _note(look: MandateLook, users: set[int], what: str, actor: Actor, now: datetime) -> None:
    look.user_id, look.user_name, look.looked_at = account_of(actor), actor.label[:300], now
    if actor.kind != "citizen":
        place = directory.staff_of_user(account_of(actor), on=now.astimezone(VIETNAM).date())
        look.workplace = directory.organisation(place.organisation_id).name if place else ""
    look.save()
    for user_id in sorted(users):
        record(who=actor, action="identity.look_mandate", object_ref=f"user:{user_id}", after={"of": what}, now=now)
