"""Reading a person's record, and the systems that sign people in through us."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from allauth.idp.oidc.models import Client
from django.db.models import Count, Q

from tinhso.kernel.access.api import User
from tinhso.modules.identity.models import Person, RelyingSystem, SystemSession
from tinhso.modules.identity.rules import SCOPES


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
    proof: str = ""
    national_level: int = 0


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
        proof=row.proof if row else "",
        national_level=row.national_level if row else 0,
    )


@dataclass(frozen=True)
class SystemRow:
    """A system in the administrator's list."""

    id: int
    name: str
    organisation: str
    audience: str
    retired_at: datetime | None
    lately: int


def systems(now: datetime) -> tuple[SystemRow, ...]:
    """All systems, those in use first; `lately`: sign-ins of the last 30 days. Two queries."""
    since = now - timedelta(days=30)
    counted = dict(
        SystemSession.objects.filter(began_at__gte=since).values_list("system_id").annotate(count=Count("id"))
    )
    rows: Any = RelyingSystem.objects.select_related("client", "organisation").order_by("retired_at", "client__name")
    return tuple(
        SystemRow(
            id=row.pk,
            name=row.client.name,
            organisation=row.organisation.name,
            audience=row.get_audience_display(),
            retired_at=row.retired_at,
            lately=counted.get(row.pk, 0),
        )
        for row in rows
    )


@dataclass(frozen=True)
class SystemPage:
    """One system with all that an administrator needs to connect it."""

    id: int
    name: str
    client_id: str
    public: bool
    organisation: str
    organisation_code: str
    audience: str
    purpose: str
    redirect_uris: tuple[str, ...]
    post_logout_uris: tuple[str, ...]
    backchannel_logout_uri: str
    frontchannel_logout_uri: str
    scopes: tuple[str, ...]
    registered_by: str
    registered_at: datetime
    retired_at: datetime | None
    living: int
    unheard: int


def system_page(system_id: int) -> SystemPage | None:
    """`living`: sessions that last; `unheard`: ended ones of which the system has not taken notice. Two queries."""
    rows: Any = RelyingSystem.objects.select_related("client", "organisation", "registered_by")
    row = rows.filter(pk=system_id).first()
    if row is None:
        return None
    counts = SystemSession.objects.filter(system=row).aggregate(
        living=Count("id", filter=Q(ended_at__isnull=True)),
        unheard=Count("id", filter=Q(ended_at__isnull=False, told_at__isnull=True)),
    )
    client: Client = row.client
    return SystemPage(
        id=row.pk,
        name=client.name,
        client_id=client.pk,
        public=client.type == Client.Type.PUBLIC,
        organisation=row.organisation.name,
        organisation_code=row.organisation.code,
        audience=row.get_audience_display(),
        purpose=row.purpose,
        redirect_uris=tuple(client.get_redirect_uris()),
        post_logout_uris=tuple(client.get_post_logout_redirect_uris()),
        backchannel_logout_uri=row.backchannel_logout_uri,
        frontchannel_logout_uri=row.frontchannel_logout_uri,
        scopes=tuple(SCOPES[scope] for scope in client.get_scopes() if scope in SCOPES),
        registered_by=row.registered_by.full_name,
        registered_at=row.registered_at,
        retired_at=row.retired_at,
        living=counts["living"],
        unheard=counts["unheard"] if row.backchannel_logout_uri else 0,
    )
