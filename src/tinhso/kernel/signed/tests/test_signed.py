"""A message of another system is believed when it is signed with our secret and fresh, and never otherwise."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from tinhso.kernel.clock import VIETNAM
from tinhso.kernel.signed import is_genuine, signature_of

NOW = datetime(2026, 12, 1, 8, 30, tzinfo=VIETNAM)
STAMP = str(int(NOW.timestamp()))


def believed(
    *, secret: str = "shared", stamp: str = STAMP, body: bytes = b"{}", signed: str | None = None, account: str = "",
    fresh: timedelta = timedelta(minutes=10),
) -> bool:  # fmt: skip
    signature = signature_of("shared", STAMP, b"{}") if signed is None else signed
    return is_genuine(secret, stamp, body, signature, now=NOW, account=account, fresh=fresh)


def test_signed_by_the_secret_and_fresh() -> None:
    assert believed()
    assert believed(account="one", signed=signature_of("shared", STAMP, b"{}", account="one"))


@pytest.mark.parametrize("changed", [
    {"secret": ""}, {"secret": "other"}, {"body": b"{ }"}, {"signed": ""}, {"signed": "đã ký"}, {"account": "another"},
    {"stamp": ""}, {"stamp": "now"}, {"stamp": "١٢٣٤٥٦٧٨٩"}, {"stamp": "9" * 13}, {"stamp": str(int(STAMP) + 1)},
])  # fmt: skip
def test_nothing_else_is_believed(changed: dict[str, Any]) -> None:
    assert not believed(**changed)


@pytest.mark.parametrize(("age", "good"), [(-601, False), (-600, True), (600, True), (601, False)])
def test_an_old_message_opens_nothing(age: int, good: bool) -> None:
    stamp = str(int(STAMP) - age)
    assert believed(stamp=stamp, signed=signature_of("shared", stamp, b"{}")) is good


def test_a_door_may_wait_longer() -> None:
    stamp = str(int(STAMP) - 86_400)
    assert believed(stamp=stamp, signed=signature_of("shared", stamp, b"{}"), fresh=timedelta(days=3))
