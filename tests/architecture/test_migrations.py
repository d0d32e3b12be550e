"""Models and migrations agree, and each module has one linear history."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import call_command
from django.db.migrations.loader import MigrationLoader


@pytest.mark.django_db
def test_no_migration_is_missing() -> None:
    out = StringIO()
    try:
        call_command("makemigrations", check=True, dry_run=True, verbosity=1, stdout=out)
    except SystemExit:
        pytest.fail(f"models without migrations:\n{out.getvalue()}")


def test_each_history_is_linear() -> None:
    loader = MigrationLoader(None)
    assert loader.detect_conflicts() == {}
