"""SQLite forgets the triggers of a table that a migration makes anew. End such a migration with `renew`."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from django.db import migrations

_first = import_module("tinhso.modules.procedures.migrations.0002_no_overlap")


def _renew(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "sqlite":
        _first.allow_overlap(apps, schema_editor)
        _first.forbid_overlap(apps, schema_editor)


def renew() -> migrations.RunPython:
    """The guard against overlapping versions, set again where SQLite lost it."""
    return migrations.RunPython(_renew, migrations.RunPython.noop)
