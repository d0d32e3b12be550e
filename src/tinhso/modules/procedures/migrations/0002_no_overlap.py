"""What models cannot say: the index of the search column, and that published versions never overlap."""

from __future__ import annotations

from typing import Any

from django.db import migrations

from tinhso.kernel.search import TrigramIndex

_POSTGRESQL = """
ALTER TABLE procedures_procedureversion ADD CONSTRAINT procedureversion_no_overlap
EXCLUDE USING gist (
    int8range(procedure_id, procedure_id, '[]') WITH &&,
    daterange(valid_from, valid_until, '[]') WITH &&
) WHERE (status = 'published')
"""

_SQLITE_OVERLAP = """
SELECT RAISE(ABORT, 'procedureversion_no_overlap')
FROM procedures_procedureversion AS other
WHERE other.procedure_id = NEW.procedure_id AND other.id <> NEW.id AND other.status = 'published'
    AND other.valid_from <= COALESCE(NEW.valid_until, '9999-12-31')
    AND NEW.valid_from <= COALESCE(other.valid_until, '9999-12-31')
"""


def forbid_overlap(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(_POSTGRESQL)
        return
    for moment in ("INSERT", "UPDATE"):
        schema_editor.execute(
            f"CREATE TRIGGER procedureversion_no_overlap_{moment.lower()} AFTER {moment} "
            f"ON procedures_procedureversion WHEN NEW.status = 'published' BEGIN {_SQLITE_OVERLAP}; END"
        )


def allow_overlap(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            "ALTER TABLE procedures_procedureversion DROP CONSTRAINT IF EXISTS procedureversion_no_overlap"
        )
        return
    for moment in ("insert", "update"):
        schema_editor.execute(f"DROP TRIGGER IF EXISTS procedureversion_no_overlap_{moment}")


class Migration(migrations.Migration):
    dependencies = [("procedures", "0001_initial")]

    operations = [
        migrations.RunPython(forbid_overlap, allow_overlap),
        TrigramIndex("procedure", "folded", "procedures_procedure_folded"),
    ]
