"""Messages of other systems at our doors: signed with a shared secret over their time, so that an old one opens nothing."""

from __future__ import annotations

import hmac
import re
from datetime import datetime, timedelta
from hashlib import sha256

AHEAD = timedelta(minutes=10)
"""How far another system's clock may run before ours."""
FRESH = timedelta(minutes=10)


def signature_of(secret: str, timestamp: str, body: bytes, *, account: str = "") -> str:
    """HMAC-SHA256 over "timestamp.body", or "account.timestamp.body" where the caller names itself; hexadecimal."""
    told = f"{account}.{timestamp}." if account else f"{timestamp}."
    return hmac.new(secret.encode(), told.encode() + body, sha256).hexdigest()


def is_genuine(
    secret: str,
    timestamp: str,
    body: bytes,
    signature: str,
    *,
    now: datetime,
    fresh: timedelta = FRESH,
    account: str = "",
) -> bool:
    """Signed with our secret, and not older than `fresh`. `timestamp`: seconds since 1970. Without a secret nothing is
    genuine."""
    if not secret or re.fullmatch(r"[0-9]{9,12}", timestamp) is None:
        return False
    if not -AHEAD.total_seconds() <= now.timestamp() - int(timestamp) <= fresh.total_seconds():
        return False
    expected = signature_of(secret, timestamp, body, account=account)
    return hmac.compare_digest(expected.encode(), signature.encode())
