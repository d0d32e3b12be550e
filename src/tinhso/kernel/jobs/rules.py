"""The pure part of jobs: what an argument may be, and when a period comes round."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

# A holder that has not been heard of for this long is dead; it says that it lives every BEAT.
LEASE = timedelta(seconds=30)
BEAT = timedelta(seconds=5)

ATTEMPTS = 5
FOREIGN_ATTEMPTS = 3  # tasks that a library brought along, and that say nothing about it

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def require_plain(value: object, where: str) -> None:
    """Raise `TypeError` unless `value` is JSON as it stands: what comes back equals what went in."""
    if value is None or isinstance(value, str | bool | int):
        return
    if isinstance(value, float) and math.isfinite(value):
        return
    if isinstance(value, list):
        for number, item in enumerate(value):
            require_plain(item, f"{where}[{number}]")
        return
    if isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str):
                raise TypeError(f"{where}: the key {key!r} is no text")
            require_plain(item, f"{where}.{key}")
        return
    raise TypeError(f"{where}: {type(value).__name__} is not JSON")


def next_turn(after: datetime, seconds: int) -> datetime:
    """The first turn of a period after an instant. Turns lie on multiples of the period since 1970, for every worker."""
    passed = (after - _EPOCH) // timedelta(seconds=seconds)
    return (_EPOCH + (passed + 1) * timedelta(seconds=seconds)).astimezone(after.tzinfo)
