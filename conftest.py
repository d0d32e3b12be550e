"""What every test may use. Scenes of a module stand beside it in its own tests."""

from __future__ import annotations

from collections import Counter

import pytest

# Files that take long in few tests: begun first, so that no process is left waiting for them at the end. The others
# follow by their number of tests. The option --no-loadscope-reorder keeps this order.
LONG = (
    "tests/week/",
    "tests/faults/",
    "tests/architecture/test_rights_table",
    "test_designer_round_trip",
    "tests/test_backup",
)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--journeys", action="store_true", help="drive the real product in a real browser")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    from django.conf import settings

    on_postgres = "postgresql" in settings.DATABASES["default"]["ENGINE"]
    for item in items:
        if "journey" in item.keywords and not config.getoption("--journeys"):
            item.add_marker(pytest.mark.skip(reason="browser journeys run with --journeys (make journeys)"))
        if "postgres" in item.keywords and not on_postgres:
            item.add_marker(pytest.mark.skip(reason="needs PostgreSQL: set TINHSO_DATABASE_URL"))
    if not config.getoption("--journeys"):
        many = Counter(item.path for item in items)
        items.sort(
            key=lambda item: (not any(part in str(item.path) for part in LONG), -many[item.path], str(item.path))
        )
