"""What a provider tells about a payment, whatever its protocol; and how two providers sign.

VNPAY's manner: parameters in the address, sorted, url-encoded, HMAC-SHA512 (integration guide 2.1.0). The gateway's
manner: JSON, HMAC-SHA256 over time and body, in headers.
"""

from __future__ import annotations

import hmac
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256, sha512
from urllib.parse import quote_plus


class Forged(ValueError):
    """The signature is not the provider's."""


class Unreadable(ValueError):
    """Signed, or not, but not what the protocol says."""


@dataclass(frozen=True)
class Order:
    """A payment as we ask a provider for it. `subject`: what it is for, in letters without marks, checked again in
    the answer."""

    reference: str
    amount: int
    subject: str
    started_at: datetime
    expires_at: datetime
    payer_address: str = "127.0.0.1"


@dataclass(frozen=True)
class Notice:
    """What a provider says about an order. `final` False: still under way there."""

    reference: str
    amount: int
    subject: str
    succeeded: bool
    number: str
    code: str
    paid_at: datetime | None
    final: bool = True


@dataclass(frozen=True)
class Incoming:
    """A request from outside, as it came."""

    method: str
    query: str
    body: bytes
    headers: Mapping[str, str]

    @property
    def raw(self) -> bytes:
        """The message itself: the same bytes are the same message."""
        return self.body if self.method == "POST" else self.query.encode()


UNSIGNED = ("vnp_SecureHash", "vnp_SecureHashType")


def vnpay_query(parameters: Mapping[str, str]) -> str:
    """The parameters in the order and the encoding that are signed; empty ones are left out."""
    return "&".join(
        f"{quote_plus(name)}={quote_plus(value)}"
        for name, value in sorted(parameters.items())
        if value and name not in UNSIGNED
    )


def vnpay_signature(parameters: Mapping[str, str], secret: str) -> str:
    return hmac.new(secret.encode(), vnpay_query(parameters).encode(), sha512).hexdigest()


def piped_signature(parts: list[str], secret: str) -> str:
    """How VNPAY signs questions and answers between servers: the values, joined by bars."""
    return hmac.new(secret.encode(), "|".join(parts).encode(), sha512).hexdigest()


def gateway_signature(*, timestamp: str, body: bytes, secret: str) -> str:
    return b64encode(hmac.new(secret.encode(), timestamp.encode() + b"\n" + body, sha256).digest()).decode()


def same_signature(given: str, right: str) -> bool:
    """In constant time."""
    return hmac.compare_digest(given.encode(errors="replace"), right.encode())
