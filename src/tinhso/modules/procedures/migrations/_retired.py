"""The guard that keeps a retired procedure out of force. SQLite forgets it when a migration makes the table of versions
anew (end such a migration with `guard`), and refuses to make the table of procedures anew while it stands (begin with
`lift`, end with `guard`)."""

from __future__ import annotations

from typing import Any

from django.db import migrations

_POSTGRESQL = """
CREATE OR REPLACE FUNCTION procedures_keep_retired() RETURNS trigger AS $$
BEGIN
    IF NEW.status = 'published' AND EXISTS (
        SELECT 1 FROM procedures_procedure
        WHERE id = NEW.procedure_id AND retired_on <= COALESCE(NEW.valid_until, 'infinity'::date)
    ) THEN
        RAISE EXCEPTION 'procedureversion_not_of_retired' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$ LANGUAGE plpgsql;
DROP TRIGGER IF EXISTS procedureversion_not_of_retired ON procedures_procedureversion;
CREATE TRIGGER procedureversion_not_of_retired BEFORE INSERT OR UPDATE ON procedures_procedureversion
FOR EACH ROW EXECUTE FUNCTION procedures_keep_retired();
"""

_SQLITE = """
SELECT RAISE(ABORT, 'procedureversion_not_of_retired') FROM procedures_procedure
WHERE id = NEW.procedure_id AND retired_on <= COALESCE(NEW.valid_until, '9999-12-31')
"""


def _guard(apps: Any, schema_editor: Any) -> None:
    _lift(apps, schema_editor)
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(_POSTGRESQL)
        return
    for moment in ("INSERT", "UPDATE"):
        schema_editor.execute(
            f"CREATE TRIGGER procedureversion_not_of_retired_{moment.lower()} BEFORE {moment} "
            f"ON procedures_procedureversion WHEN NEW.status = 'published' BEGIN {_SQLITE}; END"
        )


def _lift(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP TRIGGER IF EXISTS procedureversion_not_of_retired ON procedures_procedureversion")
        return
    for moment in ("insert", "update"):
        schema_editor.execute(f"DROP TRIGGER IF EXISTS procedureversion_not_of_retired_{moment}")


def guard() -> migrations.RunPython:
    return migrations.RunPython(_guard, _lift)


def lift() -> migrations.RunPython:
    return migrations.RunPython(_lift, migrations.RunPython.noop)
