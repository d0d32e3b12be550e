"""Reading the trail of an object, and handing it out so that its holder can check it alone."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from tinhso.kernel.audit.models import AuditDay, Entry
from tinhso.kernel.audit.rules import check_object_ref, entry_text, from_microseconds
from tinhso.kernel.clock import VIETNAM


@dataclass(frozen=True)
class AuditEntry:
    """A line of the trail. `at` in Vietnam time; `seq` is None until the line is sealed (a second or so)."""

    id: int
    seq: int | None
    at: datetime
    who_kind: str
    who_user_id: int | None
    who_label: str
    action: str
    object_ref: str
    object_number: int
    reason: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    digest: str


@dataclass(frozen=True)
class DaySeal:
    """A day of the chain; `digest` is the figure to keep outside."""

    day: date
    first_seq: int
    last_seq: int
    count: int
    digest: str


def trail(object_ref: str) -> list[AuditEntry]:
    """All lines of an object, oldest first. One query. The caller asks `require` first."""
    rows = Entry.objects.filter(object_ref=check_object_ref(object_ref)).order_by("object_number")
    return [_read(row) for row in rows]


def lines_of(object_refs: Collection[str], *, actions: Collection[str], most: int) -> list[AuditEntry]:
    """Lines of many objects with one of these actions, the newest first, at most so many. One query. The caller asks
    `require` first."""
    rows = Entry.objects.filter(object_ref__in=list(object_refs), action__in=list(actions))
    return [_read(row) for row in rows.order_by("-recorded_us", "-pk")[:most]]


def _read(row: Entry) -> AuditEntry:
    return AuditEntry(
        id=row.pk,
        seq=row.seq,
        at=from_microseconds(row.recorded_us).astimezone(VIETNAM),
        who_kind=row.who_kind,
        who_user_id=row.who_user_id,
        who_label=row.who_label,
        action=row.action,
        object_ref=row.object_ref,
        object_number=row.object_number,
        reason=row.reason,
        before=json.loads(row.before) if row.before else None,
        after=json.loads(row.after) if row.after else None,
        digest=row.digest,
    )


def proof(object_ref: str) -> str:
    """The object's trail as JSON lines, each `{"text", "digest", "seq", "chain_digest"}`.

    `digest` is the SHA-256 of `text`, and `text` (a JSON array) holds as its fourth item the digest of the line
    before: whoever holds the lines checks them without us (see README.md). One query.
    """
    rows = Entry.objects.filter(object_ref=check_object_ref(object_ref)).order_by("object_number")
    lines = [
        json.dumps(
            {
                "text": entry_text(
                    row.object_ref,
                    row.object_number,
                    row.prev_object_digest,
                    row.recorded_us,
                    row.who_kind,
                    row.who_user_id,
                    row.who_label,
                    row.action,
                    row.reason,
                    row.before,
                    row.after,
                ),
                "digest": row.digest,
                "seq": row.seq,
                "chain_digest": row.chain_digest,
            },
            ensure_ascii=False,
        )
        for row in rows
    ]
    return "".join(line + "\n" for line in lines)


def days(*, latest: int = 31) -> list[DaySeal]:
    """The latest sealed days, newest first."""
    return [
        DaySeal(row.day, row.first_seq, row.last_seq, row.count, row.digest)
        for row in AuditDay.objects.order_by("-day")[:latest]
    ]
