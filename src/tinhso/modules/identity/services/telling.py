"""Telling a system that a person's session is over (OpenID Connect Back-Channel Logout 1.0)."""

from __future__ import annotations

import time
import uuid
from datetime import datetime
from typing import Any

import jwt
import requests
from allauth.core.internal import jwkkit
from allauth.idp.oidc.adapter import get_adapter
from django.db import transaction

from tinhso.kernel.access.api import Actor, require
from tinhso.modules.identity.models import SystemSession

SECONDS = 5
LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"


class SystemDidNotListen(RuntimeError):
    """The system did not answer 200 or 204; it is told again later. The message names no person."""


def tell(*, system_session_id: int, actor: Actor, now: datetime) -> bool:
    """Told once; again without effect. Raises `SystemDidNotListen`. False when there is nothing to tell."""
    require(actor, "identity.tell_systems")
    row: Any = SystemSession.objects.select_related("system__client", "user").filter(pk=system_session_id).first()
    if row is None or row.told_at is not None or not row.system.backchannel_logout_uri:
        return False
    try:
        answer = requests.post(
            row.system.backchannel_logout_uri,
            data={"logout_token": logout_token(row)},
            timeout=SECONDS,
            allow_redirects=False,
        )
    except requests.RequestException as error:
        raise SystemDidNotListen(f"system {row.system_id}: {type(error).__name__}") from None
    if answer.status_code not in (200, 204):
        raise SystemDidNotListen(f"system {row.system_id}: {answer.status_code}")
    with transaction.atomic():
        SystemSession.objects.filter(pk=row.pk).update(told_at=now)
    return True


def logout_token(row: SystemSession) -> str:
    """Signed by us for one system: whose session, which session, no more."""
    adapter = get_adapter()
    moment = int(time.time())
    client: Any = row.system.client
    key, private = jwkkit.load_jwk_from_pem(adapter.get_signing_key().pem)
    claims = {
        "iss": adapter.get_issuer(),
        "aud": client.pk,
        "iat": moment,
        "exp": moment + 120,
        "jti": uuid.uuid4().hex,
        "sub": adapter.get_user_sub(client, row.user),
        "sid": str(row.sid),
        "events": {LOGOUT_EVENT: {}},
    }
    return jwt.encode(claims, private, algorithm="RS256", headers={"kid": key["kid"], "typ": "logout+jwt"})
