"""Drawing numbers."""

from __future__ import annotations

import re

from django.db import connection

_SCOPE = re.compile(r"[a-z][a-z0-9_]*(:[A-Za-z0-9._-]+)*")


def next_number(scope: str) -> int:
    """The next number of `scope` (as "dossier:H56:261123"), from 1: no gap and no duplicate, ever.

    Inside a transaction only (`RuntimeError` otherwise): a rolled-back draw gives its number back. Others who draw in
    the same scope wait until this transaction ends, so draw late in it. One statement. `ValueError` on a bad scope.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("next_number() must be called inside the transaction that uses the number")
    if len(scope) > 120 or not _SCOPE.fullmatch(scope):
        raise ValueError(f"scope must look like 'dossier:H56:261123', not {scope!r}")
    with connection.cursor() as cursor:
        # The conflicting row is locked and its latest value is read: this is safe between processes on PostgreSQL;
        # on SQLite the transaction holds the only write lock.
        cursor.execute(
            """INSERT INTO identifiers_sequence (scope, value) VALUES (%s, 1)
               ON CONFLICT (scope) DO UPDATE SET value = identifiers_sequence.value + 1 RETURNING value""",
            [scope],
        )
        return int(cursor.fetchone()[0])
