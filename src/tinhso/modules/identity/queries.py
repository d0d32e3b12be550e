"""Reading a person's record."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from tinhso.kernel.access.api import User
from tinhso.modules.identity.models import Person


@dataclass(frozen=True)
class PersonInfo:
    """What is known of a person; unknown: empty or None."""

    user_id: int
    full_name: str
    phone: str
    email: str
    identity_number: str
    birth_date: date | None
    address: str
    verified_at: datetime | None


def person(user_id: int) -> PersonInfo | None:
    """A person's record, in at most two queries; None when there is no such account."""
    user = User.objects.filter(pk=user_id).first()
    if user is None:
        return None
    row = Person.objects.filter(user=user).first()
    return PersonInfo(
        user_id=user.pk,
        full_name=user.full_name,
        phone=user.phone,
        email=user.email,
        identity_number=row.identity_number if row else "",
        birth_date=row.birth_date if row else None,
        address=row.address if row else "",
        verified_at=row.verified_at if row else None,
    )
