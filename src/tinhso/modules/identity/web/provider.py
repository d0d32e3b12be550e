"""tinhso as an OpenID Connect provider: what the library asks us. Who may go where is asked in `web.signing_in`."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Literal
from uuid import UUID

from allauth.account.models import EmailAddress
from allauth.core import context
from allauth.idp.oidc import app_settings
from allauth.idp.oidc.adapter import DefaultOIDCAdapter
from allauth.idp.oidc.models import PrivateKey
from django.conf import settings
from django.core.cache import cache

from tinhso.kernel.access.api import User, own_grants
from tinhso.kernel.access.web import local_day
from tinhso.kernel.clock import now
from tinhso.modules.directory import api as directory
from tinhso.modules.identity.models import Person, SystemSession
from tinhso.modules.identity.rules import SCOPES
from tinhso.modules.identity.services.keys import key_files


def _sid_key(code: str) -> str:
    return f"identity.sid:{hashlib.sha256(code.encode()).hexdigest()}"


def remember_sid(code: str, sid: UUID) -> None:
    """Between the person's browser, which carries the code away, and the system, which brings it back."""
    cache.set(_sid_key(code), str(sid), app_settings.AUTHORIZATION_CODE_EXPIRES_IN)


class ProviderAdapter(DefaultOIDCAdapter):  # type: ignore[misc]
    """Keys from their folder; claims by scope; `sid` in the ID token, so that a system knows which session ends."""

    scope_display = SCOPES

    def get_issuer(self) -> str:
        return settings.PUBLIC_ORIGIN.rstrip("/")

    def list_private_keys(self, *, did_activate: Any = None, is_active: Any = None) -> list[PrivateKey]:
        return [
            PrivateKey(pem=pem, issued_at=datetime.strptime(name[:15], "%Y%m%dT%H%M%S").replace(tzinfo=UTC))
            for name, pem in key_files()
        ]

    def get_claims(
        self,
        purpose: Literal["id_token", "userinfo"],
        user: Any,
        client: Any,
        scopes: Iterable[str],
        email: str | None = None,
        **kwargs: Any,
    ) -> dict[str, Any]:
        """A system is told what it was registered for and what was asked for: no scope, no claim."""
        wanted = set(scopes)
        claims: dict[str, Any] = {"sub": self.get_user_sub(client, user)}
        if "profile" in wanted:
            claims |= {"name": user.full_name, "preferred_username": user.username}
        if "email" in wanted and user.email:
            verified = EmailAddress.objects.filter(user=user, email__iexact=user.email, verified=True).exists()
            claims |= {"email": user.email, "email_verified": verified}
        if "phone" in wanted and user.phone:
            claims |= {"phone_number": user.phone, "phone_number_verified": False}
        if user.kind in (User.Kind.OFFICER, User.Kind.OPERATOR):
            claims |= _of_an_officer(user, wanted)
        elif "identity_number" in wanted:
            claims |= _of_a_citizen(user)
        return claims

    def populate_id_token(self, id_token: dict[str, Any], client: Any, scopes: Iterable[str], **kwargs: Any) -> None:
        sid = cache.get(_sid_key(context.request.POST.get("code", "")))
        if sid is None:  # A refresh: the session that began last and still lives.
            living = SystemSession.objects.filter(
                system__client_id=client.pk,
                user_id=int(self.get_user_by_sub(client, id_token["sub"]).pk),
                ended_at=None,
            )
            found = living.order_by("-began_at").values_list("sid", flat=True).first()
            sid = str(found) if found else None
        if sid:
            id_token["sid"] = sid

    def populate_server_metadata(self, data: dict[str, Any]) -> None:
        data.pop("device_authorization_endpoint", None)
        data |= {
            "scopes_supported": list(SCOPES),
            "grant_types_supported": ["authorization_code", "refresh_token"],
            "response_types_supported": ["code"],
            "claims_supported": [
                "sub", "name", "preferred_username", "email", "email_verified", "phone_number", "organisations", "roles",
                "identity_number", "birthdate", "identity_verified",
            ],
            "backchannel_logout_supported": True,
            "backchannel_logout_session_supported": True,
            "frontchannel_logout_supported": True,
            "frontchannel_logout_session_supported": True,
        }  # fmt: skip

    def populate_introspection_response(self, *, response: dict[str, Any], token: Any) -> None:
        if token.user:
            response["username"] = token.user.username


def _of_an_officer(user: User, wanted: set[str]) -> dict[str, Any]:
    today = local_day(now())
    claims: dict[str, Any] = {}
    if "organisation" in wanted:
        places = directory.appointments_of_user(user.pk, today)
        numbers = directory.organisations_by_id([place.organisation_id for place in places])
        claims["organisations"] = [
            {
                "code": numbers[place.organisation_id].code,
                "name": numbers[place.organisation_id].name,
                "unit": place.unit_name,
                "position": place.position_title,
            }
            for place in places
        ]
    if "roles" in wanted:
        grants = list(own_grants(today).filter(user=user))
        codes = directory.organisations_by_id([grant.organisation_id for grant in grants])
        claims["roles"] = [
            {"role": grant.role, "organisation": codes[grant.organisation_id].code, "subtree": grant.subtree}
            for grant in grants
        ]
    return claims


def _of_a_citizen(user: User) -> dict[str, Any]:
    person = Person.objects.filter(user=user).first()
    if person is None or not person.identity_number:
        return {}
    claims: dict[str, Any] = {
        "identity_number": person.identity_number,
        "identity_verified": person.verified_at is not None,
    }
    if person.birth_date:
        claims["birthdate"] = person.birth_date.isoformat()
    return claims
