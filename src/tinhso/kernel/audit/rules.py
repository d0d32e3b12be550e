"""The pure part of the audit trail: what is hashed, and how.

A digest is the lower-case hexadecimal SHA-256 of a UTF-8 text. The text is a JSON array in one canonical form
(no spaces, keys sorted, letters not escaped), so that any language can repeat it. Times are whole microseconds
since 1970 in UTC: SQLite and PostgreSQL then give the same digest.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any

FORMAT = "tinhso-audit-1"
MAX_STATE_CHARS = 262_144

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_OBJECT_REF = re.compile(r"[a-z][a-z0-9_]{0,39}:[A-Za-z0-9][A-Za-z0-9._-]{0,78}")
_ACTION = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)+")

# The C encoder, made once: verification of a long trail calls it for every row.
_encode = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"), check_circular=False
).encode


def canonical(value: Mapping[str, Any] | None) -> str:
    """The canonical JSON of a before/after state; "" for none. Raises `ValueError` on what is not JSON."""
    if value is None:
        return ""
    try:
        text = json.dumps(dict(value), ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))
        text.encode()
    except (TypeError, UnicodeEncodeError) as error:
        raise ValueError(f"an audit state must be JSON: {error}") from error
    if len(text) > MAX_STATE_CHARS:
        raise ValueError(f"an audit state may have {MAX_STATE_CHARS} characters, not {len(text)}")
    return text


def check_object_ref(object_ref: str) -> str:
    """«kind:number», as "dossier:12". Raises `ValueError`. Never put personal data in it."""
    if not _OBJECT_REF.fullmatch(object_ref):
        raise ValueError(f"object_ref must look like 'dossier:12', not {object_ref!r}")
    return object_ref


def check_action(action: str) -> str:
    if len(action) > 80 or not _ACTION.fullmatch(action):
        raise ValueError(f"action must look like 'dossiers.accept', not {action!r}")
    return action


def plain(text: str, limit: int | None = None) -> str:
    """Text that both databases store as it is: no NUL, no half characters; cut at `limit`."""
    text = text.replace("\0", "�").encode("utf-8", "replace").decode()
    return text if limit is None or len(text) <= limit else text[: limit - 1] + "…"


def to_microseconds(instant: datetime) -> int:
    if instant.tzinfo is None:
        raise ValueError("the time of an audit entry needs its time zone")
    return (instant - _EPOCH) // _MICROSECOND


def from_microseconds(count: int) -> datetime:
    return _EPOCH + count * _MICROSECOND


def entry_text(
    object_ref: str,
    object_number: int,
    prev_object_digest: str,
    recorded_us: int,
    who_kind: str,
    who_user_id: int | None,
    who_label: str,
    action: str,
    reason: str,
    before: str,
    after: str,
) -> str:
    """What the digest of an entry is taken over. It holds the digest of the object's entry before: the chain."""
    return _encode(
        [
            FORMAT,
            object_ref,
            object_number,
            prev_object_digest,
            recorded_us,
            who_kind,
            who_user_id,
            who_label,
            action,
            reason,
            before,
            after,
        ]
    )


def digest_of(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def chain_digest(seq: int, previous: str, digest: str) -> str:
    """The link of the chain over all entries. `previous` is "" for the first."""
    return sha256(f"{seq}:{previous}:{digest}".encode()).hexdigest()


def day_digest(previous: str, day: date, first_seq: int, last_seq: int, last_chain_digest: str) -> str:
    """The link of the chain of days; this is the figure to print, publish or send to another body each evening."""
    return sha256(f"{previous}:{day.isoformat()}:{first_seq}:{last_seq}:{last_chain_digest}".encode()).hexdigest()
