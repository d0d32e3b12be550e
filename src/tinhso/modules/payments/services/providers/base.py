"""What every provider door can do. The rest of the module knows no protocol."""

from __future__ import annotations

from datetime import date
from typing import Any, Protocol

import requests

from tinhso.modules.payments.rules.messages import Incoming, Notice, Order
from tinhso.modules.payments.rules.words import Verdict

TIMEOUT = (3, 8)


class ProviderAway(Exception):
    """The provider does not answer, or not as agreed. The message is for the operator and holds no personal data."""


class Provider(Protocol):
    @property
    def code(self) -> str: ...

    @property
    def title(self) -> str: ...

    @property
    def connected(self) -> bool:
        """Are address and secret known to this installation?"""
        ...

    @property
    def origin(self) -> str:
        """Where the payer's browser is sent."""
        ...

    def begin(self, order: Order) -> str:
        """The address that the payer goes to. Raises `ProviderAway`."""
        ...

    def read(self, incoming: Incoming) -> Notice:
        """A callback, or the payer's way back, with its signature checked. Raises `Forged`, `Unreadable`."""
        ...

    def answer(self, verdict: Verdict) -> tuple[int, dict[str, Any]]:
        """HTTP status and JSON that end a callback."""
        ...

    def ask(self, order: Order) -> Notice | None:
        """What the provider knows of an order; None: nothing. Raises `ProviderAway`."""
        ...

    def statement(self, day: date) -> bytes:
        """The day's statement file. Raises `ProviderAway`."""
        ...


def call(method: str, url: str, **arguments: Any) -> requests.Response:
    """One request, no redirects, with limits of time. Raises `ProviderAway`."""
    try:
        response = requests.request(method, url, timeout=TIMEOUT, allow_redirects=False, **arguments)
    except requests.Timeout:
        raise ProviderAway("Cổng trả lời quá chậm.") from None
    except requests.RequestException:
        raise ProviderAway("Không kết nối được với cổng.") from None
    if response.status_code >= 500 or len(response.content) > 5_000_000:
        raise ProviderAway(f"Cổng trả lời lỗi {response.status_code}.")
    return response


def json_of(response: requests.Response) -> dict[str, Any]:
    try:
        found = response.json()
    except ValueError:
        raise ProviderAway("Cổng trả lời không đúng định dạng.") from None
    if not isinstance(found, dict):
        raise ProviderAway("Cổng trả lời không đúng định dạng.")
    return found
