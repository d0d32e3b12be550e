"""Database triggers that keep the trail append-only, for SQLite and PostgreSQL.

They stop a slip and a careless script, and make tampering a deliberate act; whoever owns the database can drop
them, which is why the rows are hash-linked as well. A migration that alters `audit_entry` on SQLite re-makes the
table and loses its triggers: let it call `install` again at its end.
"""

from __future__ import annotations

from typing import Any

_CONTENT = (
    "id",
    "object_ref",
    "object_number",
    "prev_object_digest",
    "recorded_us",
    "who_kind",
    "who_user_id",
    "who_label",
    "action",
    "reason",
    "before",
    "after",
    "digest",
)
_TABLES = ("audit_entry", "audit_objecthead", "audit_auditday")


def _only_sealed(same: str) -> str:
    kept = " AND ".join(f'NEW."{name}" {same} OLD."{name}"' for name in _CONTENT)
    return f"OLD.seq IS NULL AND NEW.seq IS NOT NULL AND NEW.chain_digest <> '' AND {kept}"


_HEAD_GROWS = "NEW.object_ref = OLD.object_ref AND NEW.count = OLD.count + 1"
_DAY_GROWS = (
    "NEW.day = OLD.day AND NEW.first_seq = OLD.first_seq AND NEW.last_seq > OLD.last_seq "
    "AND NOT EXISTS (SELECT 1 FROM audit_auditday later WHERE later.day > OLD.day)"
)


def _allowed(table: str, same: str) -> str:
    """The only updates that a table allows; `same` is the database's way to compare with NULL."""
    return {"audit_entry": _only_sealed(same), "audit_objecthead": _HEAD_GROWS, "audit_auditday": _DAY_GROWS}[table]


def _sqlite_install() -> list[str]:
    statements = [
        # The new entry must be the next link of its object's chain; then it becomes the head.
        """CREATE TRIGGER audit_entry_link AFTER INSERT ON audit_entry BEGIN
             SELECT RAISE(ABORT, 'audit: not the next link of its object')
              WHERE NOT EXISTS (SELECT 1 FROM audit_objecthead h WHERE h.object_ref = NEW.object_ref
                                AND h.count = NEW.object_number - 1 AND h.digest = NEW.prev_object_digest);
             UPDATE audit_objecthead SET count = count + 1, digest = NEW.digest WHERE object_ref = NEW.object_ref;
           END"""
    ]
    for table in _TABLES:
        statements.append(
            f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} BEGIN "
            f"SELECT RAISE(ABORT, 'audit: {table} is append-only'); END"
        )
        statements.append(
            f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} WHEN NOT ({_allowed(table, 'IS')}) BEGIN "
            f"SELECT RAISE(ABORT, 'audit: {table} is append-only'); END"
        )
    return statements


def _postgresql_install() -> list[str]:
    statements = [
        """CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
           BEGIN RAISE EXCEPTION 'audit: % is append-only', TG_TABLE_NAME; END $$""",
        """CREATE OR REPLACE FUNCTION audit_link() RETURNS trigger LANGUAGE plpgsql AS $$
           BEGIN
             UPDATE audit_objecthead SET count = count + 1, digest = NEW.digest
              WHERE object_ref = NEW.object_ref AND count = NEW.object_number - 1 AND digest = NEW.prev_object_digest;
             IF NOT FOUND THEN RAISE EXCEPTION 'audit: not the next link of its object'; END IF;
             RETURN NULL;
           END $$""",
        """CREATE OR REPLACE FUNCTION audit_day_grows() RETURNS trigger LANGUAGE plpgsql AS $$
           BEGIN
             IF EXISTS (SELECT 1 FROM audit_auditday later WHERE later.day > OLD.day)
             THEN RAISE EXCEPTION 'audit: a closed day does not change'; END IF;
             RETURN NEW;
           END $$""",
        "CREATE TRIGGER audit_entry_link AFTER INSERT ON audit_entry FOR EACH ROW EXECUTE FUNCTION audit_link()",
        "CREATE TRIGGER audit_auditday_closed BEFORE UPDATE ON audit_auditday "
        "FOR EACH ROW EXECUTE FUNCTION audit_day_grows()",
    ]
    for table in _TABLES:
        # A WHEN clause may not hold a subquery: the closed-day rule has its own function above.
        rule = _allowed(table, "IS NOT DISTINCT FROM").split(" AND NOT EXISTS")[0]
        statements.append(
            f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION audit_refuse()"
        )
        statements.append(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()"
        )
        statements.append(
            f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} "
            f"FOR EACH ROW WHEN (NOT ({rule})) EXECUTE FUNCTION audit_refuse()"
        )
    return statements


def _names(vendor: str) -> list[tuple[str, str]]:
    names = [("audit_entry_link", "audit_entry")]
    for table in _TABLES:
        names += [(f"{table}_no_delete", table), (f"{table}_no_update", table)]
        if vendor == "postgresql":
            names.append((f"{table}_no_truncate", table))
    if vendor == "postgresql":
        names.append(("audit_auditday_closed", "audit_auditday"))
    return names


def install(connection: Any) -> None:
    """Create the triggers (dropping what is left of them first)."""
    remove(connection)
    statements = _postgresql_install() if connection.vendor == "postgresql" else _sqlite_install()
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def remove(connection: Any) -> None:
    """Drop the triggers: for migrations, and for emptying a test database."""
    with connection.cursor() as cursor:
        for name, table in _names(connection.vendor):
            cursor.execute(
                f"DROP TRIGGER IF EXISTS {name} ON {table}"
                if connection.vendor == "postgresql"
                else f"DROP TRIGGER IF EXISTS {name}"
            )
