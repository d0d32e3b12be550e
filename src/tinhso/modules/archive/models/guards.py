"""Triggers that keep documents, their endings and the proofs of use as they were written, on both databases.

As long as the audit trail is guarded, so are these tables: emptying a test database takes the trail's guards off first.
A migration that re-makes one of the tables on SQLite loses its triggers: let it call `install` again at its end.
"""

from __future__ import annotations

from typing import Any

TABLES = ("archive_document", "archive_documentending", "archive_documentuse", "archive_storelook")


def install(connection: Any) -> None:
    """Create the triggers (dropping what is left of them first)."""
    remove(connection)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                """CREATE OR REPLACE FUNCTION archive_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
                   BEGIN RAISE EXCEPTION 'archive: % is never altered', TG_TABLE_NAME; END $$"""
            )
        for table in TABLES:
            for act in ("UPDATE", "DELETE"):
                cursor.execute(_trigger(connection.vendor, table, act))


def _trigger(vendor: str, table: str, act: str) -> str:
    name = f"{table}_no_{act.lower()}"
    if vendor == "postgresql":
        return f"CREATE TRIGGER {name} BEFORE {act} ON {table} FOR EACH ROW EXECUTE FUNCTION archive_refuse()"
    # Names of our own only: nothing from outside stands in the statement.
    return (
        f"CREATE TRIGGER {name} BEFORE {act} ON {table} "  # noqa: S608
        "WHEN EXISTS (SELECT 1 FROM sqlite_master WHERE type = 'trigger' AND name = 'audit_entry_no_delete') "
        f"BEGIN SELECT RAISE(ABORT, 'archive: {table} is never altered'); END"
    )


def remove(connection: Any) -> None:
    """Drop the triggers, for migrations."""
    with connection.cursor() as cursor:
        for table in TABLES:
            for act in ("update", "delete"):
                where = f" ON {table}" if connection.vendor == "postgresql" else ""
                cursor.execute(f"DROP TRIGGER IF EXISTS {table}_no_{act}{where}")
