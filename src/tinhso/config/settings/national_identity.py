"""The national electronic identity (VNeID), from the environment: tinhso is its relying party."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

# The double of tools/doubles, as `make identity-double` starts it: for trying and teaching only.
DOUBLE = {
    "TINHSO_VNEID_ISSUER": "http://127.0.0.1:8961",
    "TINHSO_VNEID_CLIENT_ID": "tinhso",
    "TINHSO_VNEID_CLIENT_SECRET": "vneid-double-secret",
}


def read(defaults: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Without an issuer it is not connected: the log-in page does not offer it. `levels`: `acr` → level of assurance."""
    known = {**(defaults or {}), **os.environ}
    issuer = known.get("TINHSO_VNEID_ISSUER", "")
    return {
        "issuer": issuer,
        "client_id": known.get("TINHSO_VNEID_CLIENT_ID", ""),
        "client_secret": known.get("TINHSO_VNEID_CLIENT_SECRET", ""),
        "levels": {known.get("TINHSO_VNEID_ACR_1", "muc-1"): 1, known.get("TINHSO_VNEID_ACR_2", "muc-2"): 2},
        # Where its log-in page stands, if on another host than the issuer: browsers are allowed to be led there.
        "login_origin": known.get("TINHSO_VNEID_LOGIN_ORIGIN", "") or _origin(issuer),
    }


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}" if parts.scheme and parts.netloc else ""


def origins(identity: Mapping[str, Any]) -> list[str]:
    """For the content security policy: where a form may send the browser."""
    return [identity["login_origin"]] if identity["login_origin"] else []
