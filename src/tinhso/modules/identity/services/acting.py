"""Who acts for whom today, as other modules ask it: whom to tell, whose store is open, for whom one may sit down."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from allauth.socialaccount.models import SocialAccount

from tinhso.kernel.access.api import Actor, User
from tinhso.modules.identity.models import Mandate, OrganisationAccount, Person
from tinhso.modules.identity.services.mandates import in_force


@dataclass(frozen=True)
class Held:
    """A mandate in force that somebody holds. `what`: on what they act, in words."""

    number: int
    principal_id: int
    principal_name: str
    what: str
    valid_until: date


@dataclass(frozen=True)
class Principal:
    """Whom an actor acts for: the number is "" while nobody has proven it. `proof`: of `rules.Proof`, "" for an
    organisation, whose number the national identity or a clerk vouched for."""

    number: str
    full_name: str
    proof: str
    is_person: bool


def signs_in(user_id: int) -> bool:
    """Does somebody come in to this account? A child's record and an organisation's are nobody's. At most two queries."""
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user is None:
        return False
    return user.has_usable_password() or SocialAccount.objects.filter(user_id=user_id).exists()


def told_under(mandate_id: int, *, procedure_code: str, on: date) -> tuple[int, ...]:
    """The accounts, beside the principal's, that hear of what was done under a mandate: whoever did it, while they hold a
    mandate that lets them follow it; when they do not any more, and nobody signs in as the principal, all others who do.
    Four queries at most."""
    row = Mandate.objects.only("principal_id", "holder_id").get(pk=mandate_id)
    following = [
        one.holder_id
        for one in in_force(on).filter(principal_id=row.principal_id).order_by("pk")
        if "follow" in one.acts and (not one.procedure_codes or procedure_code in one.procedure_codes)
    ]
    if row.holder_id in following:
        return (row.holder_id,)
    return () if signs_in(row.principal_id) else tuple(dict.fromkeys(following))


def held_now(holder_id: int, *, on: date, principal_id: int | None = None) -> list[Held]:
    """The mandates in force of an account, by the name of the principal. One query."""
    rows = in_force(on).filter(holder_id=holder_id)
    if principal_id is not None:
        rows = rows.filter(principal_id=principal_id)
    return [
        Held(row.pk, row.principal_id, row.principal.full_name, row.get_basis_display(), row.valid_until)
        for row in rows.select_related("principal").order_by("principal__full_name", "-valid_until", "pk")[:50]
    ]


def principal_of(actor: Actor) -> Principal | None:
    """Whom the actor acts for under a mandate; None: for themselves. Two queries at most."""
    if actor.mandate is None:
        return None
    return principal_record(actor.mandate.principal_id, actor.mandate.principal_name)


def principal_record(user_id: int, full_name: str) -> Principal:
    """Two queries at most."""
    person = Person.objects.filter(user_id=user_id, verified_at__isnull=False).first()
    if person is not None:
        return Principal(person.identity_number, full_name, person.proof, is_person=True)
    organisation = OrganisationAccount.objects.filter(user_id=user_id).first()
    return Principal(organisation.number if organisation else "", full_name, "", is_person=organisation is None)


def holder_of(mandate_id: int) -> int:
    """Whose mandate it is, in force or not. One query."""
    return Mandate.objects.values_list("holder_id", flat=True).get(pk=mandate_id)
